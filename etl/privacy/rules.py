"""The disclosure rules: each is a ``check_x`` that raises with the reason and its boolean ``x``.

The boolean faces work on whole numbers and on numpy arrays of them alike, so that the rule that a
truth table tests is the rule that decides 100,000 cells.
"""

from __future__ import annotations

from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]
N = TypeVar("N", int, Ints)


class Unsafe(Exception):
    """A cell may not be shown; the text says which rule forbids it and names no cell."""


def base_is_open(base: N, minimum: int) -> N | bool | Bools:
    """Whether a public head count is large enough to be split at all."""
    return base >= minimum


def check_base(base: int, minimum: int) -> None:
    """Raise when the base is below the gate.

    Raises:
        Unsafe: fewer than ``minimum`` persons.
    """
    if not base_is_open(base, minimum):
        raise Unsafe(f"a group of fewer than {minimum} is not split")


def count_is_large(count: N, threshold: int) -> N | bool | Bools:
    """Whether a count reaches the threshold; zero is small."""
    return count >= threshold


def check_count(count: int, threshold: int) -> None:
    """Raise when a count, zero included, is below the threshold.

    Raises:
        Unsafe: fewer than ``threshold`` persons.
    """
    if not count_is_large(count, threshold):
        raise Unsafe(f"a count below {threshold}, zero included, is not shown")


def complement_is_large(count: N, whole: N, threshold: int) -> N | bool | Bools:
    """Whether those of the whole who are *not* counted reach the threshold."""
    return whole - count >= threshold


def check_complement(count: int, whole: int, threshold: int) -> None:
    """Raise when (nearly) everybody is counted.

    Raises:
        Unsafe: fewer than ``threshold`` persons remain.
    """
    if not complement_is_large(count, whole, threshold):
        raise Unsafe(f"a count whose remainder is below {threshold} is not shown")
