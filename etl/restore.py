"""Restore a home from a backup: verified first, then put in place; nothing is thrown away.

What was there is set aside in the home, publications made after the backup stay known (what was
shown once counts in every later attack), and persons who were forgotten since are forgotten again.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import IO

import duckdb

from etl.backup import PARTS, Manifest, damaged, files_of, members, read_manifest
from etl.errors import RefusedInput
from etl.forget import forget_again
from etl.pseudonym import KEY_BYTES, KEY_NAMES, Keys
from etl.settings import Settings
from etl.warehouse.store import CONFIG, Warehouse

REPLACED = ("incoming", "warehouse", "published")
"""Parts that a restore replaces as a whole; of the log only what is missing is added."""


@dataclass(frozen=True)
class Restored:
    """What a restore did."""

    manifest: Manifest
    aside: Path | None
    """Where the earlier content was put; None where the home was empty."""
    kept: tuple[str, ...]
    """Publications that the backup does not hold."""
    forgotten: int
    """Persons who were forgotten again."""
    keys: bool
    """Whether the keys are there."""


def restore(
    settings: Settings,
    file: Path,
    now: datetime,
    *,
    keys_file: Path | None = None,
    replace: bool = False,
) -> Restored:
    """Put a backup in the place of a home.

    Args:
        settings: the home; it may not exist yet.
        file: the archive.
        now: the moment, in the name of what is set aside.
        keys_file: the keys that were written beside the backup; None: those that are there.
        replace: also where the home is not empty.

    Raises:
        RefusedInput: the archive is damaged, the keys are other ones, the home is not empty, or
            another command is at work on it; nothing was changed.
    """
    manifest = read_manifest(file)
    keys = _keys(settings, manifest, keys_file)
    full = any(path.parts[len(settings.home.parts)] in REPLACED for path in files_of(settings.home))
    if full and not replace:
        raise RefusedInput(
            "The home is not empty, and a restore replaces what is there",
            where=str(settings.home),
            expected="an empty home, or --replace",
            next_step="give --replace to set aside what is there, or another --home",
        )
    settings.home.mkdir(parents=True, exist_ok=True)
    staging = Path(mkdtemp(prefix=".restoring-", dir=settings.home))
    try:
        _unpack(file, manifest, staging)
        with _alone(settings.warehouse) as gone:
            aside = _set_aside(settings.home, now) if full else None
            _move(settings.home, staging)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    if keys_file is not None and keys is not None:
        _write_keys(settings, keys)
    kept = tuple(_keep_publications(settings.published, aside)) if aside else ()
    again = forget_again(settings, gone, now) if keys and gone else 0
    with Warehouse.open(settings, "read" if keys is None else "change") as warehouse:
        warehouse.head_counts()
    return Restored(manifest, aside, kept, again, keys is not None)


def _keys(settings: Settings, manifest: Manifest, keys_file: Path | None) -> Keys | None:
    """The keys that the data will be used with, checked; None where there are none yet."""
    if keys_file is not None:
        keys = _read_keys(keys_file)
    elif settings.keys.is_dir() or os.environ.get("AFSPIEGELING_PSEUDONYM_KEY"):
        keys = Keys.of(settings, make=False)
    else:
        return None
    wrong = [name for name in KEY_NAMES if keys.fingerprint(name) != manifest.fingerprints[name]]
    if wrong:
        raise RefusedInput(
            "The keys are not those that the data of this backup was made with",
            where=", ".join(wrong),
            expected=", ".join(f"fingerprint {manifest.fingerprints[name]}" for name in wrong),
            got=", ".join(f"fingerprint {keys.fingerprint(name)}" for name in wrong),
            next_step="give the keys that belong to it with --keys, or use an empty --home",
        )
    return keys


def _read_keys(path: Path) -> Keys:
    try:
        told = json.loads(path.read_text(encoding="ascii"))
        return Keys({name: bytes.fromhex(told[name]) for name in KEY_NAMES})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RefusedInput(
            "The keys cannot be read",
            where=str(path),
            expected=f"what `backup --keys` wrote: {len(KEY_NAMES)} keys of {KEY_BYTES} bytes",
        ) from error


def _write_keys(settings: Settings, keys: Keys) -> None:
    settings.keys.mkdir(mode=0o700, exist_ok=True)
    for name in KEY_NAMES:
        path = settings.keys / f"{name}.key"
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(keys.key(name).hex() + "\n")


def _unpack(file: Path, manifest: Manifest, place: Path) -> None:
    """Write every file of an archive below a directory of mode 0700, verified.

    Raises:
        RefusedInput: the archive is damaged.
    """
    out: IO[bytes] | None = None
    try:
        for name, piece in members(file, manifest):
            if piece is not None and out is not None:
                out.write(piece)
                continue
            if out is not None:
                out.close()
            if name not in manifest.files:
                raise damaged(file, "a file that the manifest does not name")
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            mode = manifest.files[name].mode & 0o666
            out = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb")
    finally:
        if out is not None:
            out.close()
    (place / "warehouse").chmod(0o700)


@contextmanager
def _alone(warehouse: Path) -> Iterator[frozenset[str]]:
    """Keep every other command out of a home meanwhile, where its warehouse can be opened at all.

    Yields:
        The tombstones that it knows.

    Raises:
        RefusedInput: another command is at work.
    """
    connection, gone = None, frozenset[str]()
    if warehouse.is_file():
        try:
            connection = duckdb.connect(str(warehouse), config=dict(CONFIG))
            rows = connection.execute("SELECT tombstone FROM forgotten").fetchall()
            gone = frozenset(tombstone for (tombstone,) in rows)
        except duckdb.Error as error:
            if "lock" in str(error).lower():
                raise RefusedInput(
                    "The warehouse is in use by another command",
                    where=str(warehouse),
                    next_step="wait until the other command is done, then try again",
                ) from error
    try:
        yield gone
    finally:
        if connection is not None:
            connection.close()


def _set_aside(home: Path, now: datetime) -> Path:
    """Put what a restore replaces into a directory of its own."""
    aside = home / f"before-restore-{now:%Y%m%d-%H%M%S}"
    aside.mkdir(mode=0o700)
    for part in REPLACED:
        if (home / part).exists():
            (home / part).rename(aside / part)
    return aside


def _move(home: Path, staging: Path) -> None:
    """Put what was unpacked in its place."""
    for part in PARTS:
        source, target = staging / part, home / part
        if part not in REPLACED:
            for path in source.rglob("*"):
                there = target / path.relative_to(source)
                if path.is_file() and not there.exists():
                    there.parent.mkdir(parents=True, exist_ok=True)
                    path.rename(there)
        elif source.exists():
            if target.exists():
                shutil.rmtree(target)  # empty but for directories: the home was found empty
            source.rename(target)


def _keep_publications(published: Path, aside: Path) -> Iterator[str]:
    """Put back publications that were made after the backup: what was shown stays known."""
    for pattern in ("publication-*.duckdb", "approval-*.json"):
        for path in sorted((aside / "published").glob(pattern)):
            if not (published / path.name).exists():
                published.mkdir(exist_ok=True)
                shutil.copy2(path, published / path.name)
                if path.suffix == ".duckdb":
                    yield path.stem.removeprefix("publication-")
