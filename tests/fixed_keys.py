"""Keys that are the same in every run, where an outcome depends on how the rounding is drawn."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from etl.pseudonym import KEY_NAMES


@contextmanager
def fixed_keys(seed: int) -> Iterator[None]:
    """The keys of a number, in the environment, where they come before any file."""
    with pytest.MonkeyPatch.context() as patch:
        for name in KEY_NAMES:
            key = hashlib.sha256(f"{name} {seed}".encode()).hexdigest()
            patch.setenv(f"AFSPIEGELING_{name.upper()}_KEY", key)
        yield
