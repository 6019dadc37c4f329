"""Backup of a home as one file, consistent and verified. Keys are no part of it: they lie apart.

The archive is a compressed tar: every file of the home but its keys, and last a manifest with the
size and SHA-256 of each. While it is written the warehouse is locked, so that no command changes
anything meanwhile. It is read back before it gets its name.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO

from pydantic import BaseModel, ConfigDict, ValidationError

from etl.errors import AfspiegelingError, RefusedInput
from etl.pseudonym import KEY_NAMES
from etl.settings import Settings
from etl.warehouse.ledger import bound_keys
from etl.warehouse.store import Warehouse

PARTS = ("incoming", "warehouse", "published", "log")
"""What a home consists of, besides its keys."""
MANIFEST = "manifest.json"
FORMAT = 1
CHUNK = 1 << 20


class Held(BaseModel):
    """A file of the archive."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sha256: str
    size: int
    mode: int


class Manifest(BaseModel):
    """What an archive holds, written last: a file that was cut off has none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int
    made_at: datetime
    fingerprints: dict[str, str]
    """Of the keys that the data was made with: without these keys a restore is of no use."""
    files: dict[str, Held]


def backup(
    settings: Settings, file: Path, now: datetime, keys_file: Path | None = None
) -> Manifest:
    """Write the whole home, without keys, into a new file (mode 0600).

    Args:
        settings: the home.
        file: the archive to make; outside the home.
        now: the moment, kept in the manifest.
        keys_file: where the keys are written, apart from the data; None: they are not.

    Raises:
        RefusedInput: there is nothing to back up, the file exists or lies in the home, a key is
            missing or another, or another command is at work.
    """
    for path in filter(None, (file, keys_file)):
        _check_place(path, settings.home)
    part = file.with_name(file.name + ".part")
    with ExitStack() as last:
        # The kernel forgets the lock of a process that closes any handle on the file: the one
        # that is read here is closed after the warehouse.
        with Warehouse.open(settings, "change") as warehouse:
            with warehouse.transaction():
                keys = bound_keys(warehouse, settings)
            warehouse.connection.execute("CHECKPOINT")
            prints = {name: keys.fingerprint(name) for name in KEY_NAMES}
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            last.callback(part.unlink, missing_ok=True)
            with os.fdopen(handle, "wb") as raw:
                made = _write(
                    raw,
                    settings,
                    last,
                    Manifest(format=FORMAT, made_at=now, fingerprints=prints, files={}),
                )
                raw.flush()
                os.fsync(raw.fileno())
        for _ in members(part, made):
            pass
        part.rename(file)
    if keys_file is not None:
        _write_keys(keys_file, {name: keys.key(name).hex() for name in KEY_NAMES})
    return made


def _check_place(path: Path, home: Path) -> None:
    if home.resolve() in path.resolve().parents:
        raise RefusedInput(
            "A backup inside the home would go with the home",
            where=str(path),
            expected="a file outside the home, on another disk",
        )
    if path.exists():
        raise RefusedInput(
            "There is a file with this name already",
            where=str(path),
            expected="a new name for each backup: none is overwritten",
        )


def _write(raw: IO[bytes], settings: Settings, last: ExitStack, empty: Manifest) -> Manifest:
    files: dict[str, Held] = {}
    with tarfile.open(fileobj=raw, mode="w:gz", compresslevel=1) as archive:
        for path in files_of(settings.home):
            name = path.relative_to(settings.home).as_posix()
            source = path.open("rb")
            last.callback(source.close)
            files[name] = _add(archive, name, source)
        made = empty.model_copy(update={"files": files})
        text = made.model_dump_json(indent=1).encode()
        _add(archive, MANIFEST, io.BytesIO(text), len(text))
    return made


def files_of(home: Path) -> list[Path]:
    """The files of a home that a backup holds, in the order of their names."""
    return sorted(
        path
        for part in PARTS
        for path in (home / part).rglob("*")
        if path.is_file() and not path.is_symlink() and not _passing(path)
    )


def _passing(path: Path) -> bool:
    """Whether a file is only there while a command works."""
    return path.suffix in {".part", ".wal", ".rewritten"}


def _add(archive: tarfile.TarFile, name: str, source: IO[bytes], size: int | None = None) -> Held:
    """Add as much of a file as it held when it was opened: a log may grow meanwhile."""
    entry = tarfile.TarInfo(name)
    entry.mode = 0o600
    if size is None:
        facts = os.fstat(source.fileno())
        entry.size, entry.mode, entry.mtime = facts.st_size, facts.st_mode & 0o777, facts.st_mtime
    else:
        entry.size = size
    hashed = Hashing(source)
    archive.addfile(entry, hashed)
    return Held(sha256=hashed.hexdigest(), size=entry.size, mode=entry.mode)


class Hashing:
    """A file that is hashed while it is read."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source, self._state = source, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Read on."""
        found = self._source.read(size)
        self._state.update(found)
        return found

    def hexdigest(self) -> str:
        """The SHA-256 of what was read."""
        return self._state.hexdigest()


def members(file: Path, manifest: Manifest) -> Iterator[tuple[str, bytes | None]]:
    """The content of an archive in pieces: a name with None when it begins, then its bytes.

    Everything is held against the manifest; whoever uses a piece before the end undoes it when
    this raises.

    Raises:
        RefusedInput: something is missing, damaged, or not in the manifest.
    """
    seen = set()
    try:
        with tarfile.open(file, "r|gz") as archive:
            for entry in archive:
                if entry.name == MANIFEST:
                    continue
                yield entry.name, None
                yield from _pieces(archive, entry, manifest.files.get(entry.name))
                seen.add(entry.name)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise damaged(file, type(error).__name__) from error
    except _Differs as error:
        raise damaged(file, str(error)) from error
    if seen != set(manifest.files):
        raise damaged(file, "files are missing")


class _Differs(Exception):
    """A file of an archive is not what the manifest says."""


def _pieces(
    archive: tarfile.TarFile, entry: tarfile.TarInfo, held: Held | None
) -> Iterator[tuple[str, bytes]]:
    source = archive.extractfile(entry) if entry.isreg() and held else None
    if source is None or held is None or not _inside(entry.name):
        raise _Differs("a file that the manifest does not name")
    hashed = Hashing(source)
    while piece := hashed.read(CHUNK):
        yield entry.name, piece
    if hashed.hexdigest() != held.sha256 or entry.size != held.size:
        raise _Differs("a file is not as it was written")


def _inside(name: str) -> bool:
    """Whether a name stays in one of the parts of a home."""
    parts = PurePosixPath(name).parts
    return len(parts) > 1 and parts[0] in PARTS and ".." not in parts


def read_manifest(file: Path) -> Manifest:
    """The manifest of an archive.

    Raises:
        RefusedInput: there is no such file, it is no backup, or it was cut off.
    """
    if not file.is_file():
        raise RefusedInput("There is no such backup", where=str(file), next_step="check the path")
    try:
        with tarfile.open(file, "r|gz") as archive:
            found = next((entry for entry in archive if entry.name == MANIFEST), None)
            source = archive.extractfile(found) if found else None
            text = source.read() if source else b""
        made = Manifest.model_validate(json.loads(text))
    except (tarfile.TarError, EOFError, OSError, ValueError, ValidationError) as error:
        raise damaged(file, "no manifest that can be read") from error
    if made.format != FORMAT:
        raise RefusedInput(
            "The backup was made by another version",
            where=str(file),
            expected=f"format {FORMAT}",
            got=f"format {made.format}",
            next_step="restore it with the version that made it",
        )
    return made


def damaged(file: Path, got: str) -> AfspiegelingError:
    """The refusal of an archive that cannot be relied upon."""
    return RefusedInput(
        "The backup is damaged; nothing was changed",
        where=str(file),
        expected="every file as the manifest at its end describes it",
        got=got,
        next_step="use another backup",
    )


def _write_keys(path: Path, keys: dict[str, str]) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(json.dumps(keys, indent=1) + "\n")
