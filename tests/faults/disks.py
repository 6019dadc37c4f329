"""Disks that are full or may not be written, as real as the rights of this user allow."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(directory: Path, size: int) -> Iterator[bool]:
    """A file system of so many bytes at ``directory``; gives false where none may be mounted."""
    directory.mkdir(parents=True, exist_ok=True)
    mounted = _mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(directory))
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(directory)], check=True)


@contextmanager
def read_only(directory: Path) -> Iterator[None]:
    """Nobody writes below ``directory``: a read-only mount where that is allowed, else by rights."""
    path = str(directory)
    if _mount("--bind", path, path):
        try:
            subprocess.run(["mount", "-o", "remount,bind,ro", path], check=True)
            yield
        finally:
            subprocess.run(["umount", "-l", path], check=True)
        return
    if not os.getuid():
        pytest.skip("root writes everywhere, and may not mount anything here")
    inside = [directory, *directory.rglob("*")]
    modes = {p: p.stat().st_mode for p in inside}
    for p in inside:
        p.chmod(modes[p] & ~0o222)
    try:
        yield
    finally:
        for p in inside:
            p.chmod(modes[p])


def fill(directory: Path, leave: int) -> Path:
    """Fill a small disk until so many bytes are left; returns the file that takes the room."""
    stat = os.statvfs(directory)
    filler = directory / "filler"
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(stat.f_bavail * stat.f_frsize - leave, 1))
    return filler


def _mount(*words: str) -> bool:
    if os.getuid():
        return False
    return subprocess.run(["mount", *words], capture_output=True, check=False).returncode == 0
