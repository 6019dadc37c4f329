"""Keyed random rounding: unbiased, off by less than the base, and silent about the group.

``r = b*floor(n/b) + b*[u < (n mod b)/b]`` with base ``b`` and a draw ``u`` that is a keyed hash of
*everybody in the base* (the sum of their record keys), the attribute and the set of leaves counted.
Same base and leaves: the same draw, in every table and period, so that repetition averages nothing
out; another base: an independent draw, so that a changed number says nothing about the group.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np

from etl.privacy.rules import Ints

MODULUS_BITS = 64


def key_sums(high: Ints, low: Ints) -> list[int]:
    """Sums of record keys modulo 2^64 from the sums of their 32-bit halves."""
    mask = (1 << MODULUS_BITS) - 1
    pairs = zip(high.tolist(), low.tolist(), strict=True)
    return [((upper << 32) + lower) & mask for upper, lower in pairs]


def category_of(leaves: Iterable[str]) -> str:
    """The draw's category: the sorted set of leaves counted, whatever its label is."""
    return "\x1f".join(sorted(leaves))


def draws(sums: list[int], attribute: str, category: str, key: bytes) -> list[int]:
    """One draw in ``[0, 2^64)`` per base."""
    seeded = hashlib.blake2b(key=key, digest_size=8)
    seeded.update(f"{attribute}\x1e{category}\x1e".encode())
    found = []
    for total in sums:
        state = seeded.copy()
        state.update(total.to_bytes(8, "big"))
        found.append(int.from_bytes(state.digest(), "big"))
    return found


def round_counts(counts: Ints, drawn: list[int], base: int) -> Ints:
    """Counts rounded to multiples of ``base``, one draw per count.

    Exact in whole numbers: ``u < (n mod b)/b`` holds exactly when ``floor(b*u)`` is below
    ``n mod b``.
    """
    levels = np.array([(draw * base) >> MODULUS_BITS for draw in drawn], dtype=np.int64)
    rest = counts % base
    return counts - rest + base * (levels < rest)
