"""Reference files that a mapping brings along: part of the home from its first load on.

They say what the codes of the stored rows mean, so they never change under rows that are there.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from etl import durable
from etl.domain import Reference
from etl.errors import RefusedInput
from etl.settings import SHIPPED_REFERENCE, Settings
from etl.steps import Step, passed

UNCONFIRMED = ".first-load.json"
"""Lists the files that a first load put here; it is gone once the load is committed."""


@contextmanager
def brought_along(
    files: dict[str, Path], settings: Settings, *, fresh: bool, keep: bool
) -> Iterator[Reference]:
    """Offer the reference files in force, with those that a mapping brings in their place.

    The files are put into the home when the block ends well; an exception leaves it as it was.
    They are there before the rows are committed, so that no row is ever without the codes it was
    read with; what a first load that was cut off left is taken away by the next one.

    Args:
        files: name of the reference file -> the mapping's own file.
        settings: the home.
        fresh: whether its warehouse is empty.
        keep: false never touches the home (a dry run).

    Raises:
        RefusedInput: the warehouse holds rows that were read with another text.
    """
    if fresh and keep:
        _clear_unfinished(settings.overlay)
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
            _put(files, settings.overlay)
            passed(Step.REFERENCE_KEPT)


def confirm(settings: Settings) -> None:
    """Tell that the load which brought the reference files along is committed."""
    (settings.overlay / UNCONFIRMED).unlink(missing_ok=True)


def _put(files: dict[str, Path], overlay: Path) -> None:
    overlay.mkdir(exist_ok=True)
    durable.write(overlay / UNCONFIRMED, json.dumps(sorted(files)).encode())
    for name, path in files.items():
        (overlay / name).parent.mkdir(parents=True, exist_ok=True)
        durable.write(overlay / name, path.read_bytes(), mode=0o644)
    durable.sync(overlay.parent)


def _clear_unfinished(overlay: Path) -> None:
    """Take away what a first load brought that was never committed."""
    mark = overlay / UNCONFIRMED
    if not mark.is_file():
        return
    for name in json.loads(mark.read_text(encoding="utf-8")):
        (overlay / name).unlink(missing_ok=True)
    mark.unlink()


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
