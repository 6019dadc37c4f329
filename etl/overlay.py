"""Reference files that a mapping brings along: part of the home from its first load on.

They say what the codes of the stored rows mean, so they never change under rows that are there.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from etl.domain import Reference
from etl.errors import RefusedInput
from etl.settings import SHIPPED_REFERENCE, Settings


@contextmanager
def brought_along(
    files: dict[str, Path], settings: Settings, *, fresh: bool, keep: bool
) -> Iterator[Reference]:
    """Offer the reference files in force, with those that a mapping brings in their place.

    The files are put into the home when the block ends well; an exception leaves it as it was.

    Args:
        files: name of the reference file -> the mapping's own file.
        settings: the home.
        fresh: whether its warehouse is empty.
        keep: false never touches the home (a dry run).

    Raises:
        RefusedInput: the warehouse holds rows that were read with another text.
    """
    if not fresh:
        _check_same(files, Reference.of(settings))
        yield Reference.of(settings)
        return
    with TemporaryDirectory() as directory:
        staging = Path(directory) / "reference"
        if settings.overlay.is_dir():
            shutil.copytree(settings.overlay, staging)
        for name, path in files.items():
            (staging / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, staging / name)
        yield Reference(staging, SHIPPED_REFERENCE)
        if keep and files:
            shutil.copytree(staging, settings.overlay, dirs_exist_ok=True)


def _check_same(files: dict[str, Path], reference: Reference) -> None:
    for name, path in files.items():
        if path.read_bytes() != reference.path(name).read_bytes():
            raise RefusedInput(
                "The mapping brings another reference file than the warehouse was loaded with",
                where=name,
                expected="the same text for the whole life of a warehouse: stored rows carry its "
                "codes",
                next_step="use another --home for this mapping, or load everything anew into one",
            )
