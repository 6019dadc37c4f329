"""Files that are whole or not there, whatever happens to the process or the power.

A file is written beside its place, synced, and given its name; then the directory is synced, since
a name, too, is lost with the power until it is. Nobody ever reads half a file.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def sync(path: Path) -> None:
    """Wait until a file's content, or the names in a directory, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def rename(new: Path, path: Path) -> None:
    """Put a file that is written in the place of another one in the same directory."""
    sync(new)
    new.replace(path)
    sync(path.parent)


def name_once(new: Path, path: Path) -> None:
    """Give a written file its name unless another process was first; ``new`` is gone after."""
    # Not there: another process was first and has tidied up; its file is the file.
    with suppress(FileNotFoundError):
        sync(new)
        try:
            os.link(new, path)
        except FileExistsError:
            pass
        except OSError:  # a file system without hard links
            if not path.exists():
                new.rename(path)
        new.unlink()
    sync(path.parent)


def clear(directory: Path, pattern: str) -> None:
    """Take away what a command that was cut off had begun to write."""
    for stale in directory.glob(pattern):
        stale.unlink(missing_ok=True)


def write(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write a small file in place of what is there, never readable by more than ``mode`` says."""
    new = path.with_name(f".{path.name}.part")
    fill(new, content, mode)
    rename(new, path)


def fill(path: Path, content: bytes, mode: int) -> None:
    """Write a new file; what stood there is thrown away. Not synced yet."""
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fchmod(file.fileno(), mode)
