"""Keys that are the same in every run, where an outcome depends on how the rounding is drawn."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from etl.pseudonym import KEY_NAMES


@contextmanager
def fixed_keys(seed: int) -> Iterator[None]:
    """The keys of a number, in the environment, where they come before any file."""
    with pytest.MonkeyPatch.context() as patch:
        for name in KEY_NAMES:
            patch.setenv(f"AFSPIEGELING_{name.upper()}_KEY", _key(name, seed))
        yield


def write_keys(home: Path, seed: int) -> None:
    """The keys of a number as the key files of a home."""
    (home / "keys").mkdir(parents=True, mode=0o700)
    for name in KEY_NAMES:
        file = home / "keys" / f"{name}.key"
        file.touch(mode=0o600)
        file.write_text(_key(name, seed) + "\n", encoding="ascii")


def _key(name: str, seed: int) -> str:
    return hashlib.sha256(f"{name} {seed}".encode()).hexdigest()
