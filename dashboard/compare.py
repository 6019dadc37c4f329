"""Whether two published values differ by more than chance: pure functions over their intervals.

Nothing here sees a count that is not published. Two values differ by more than chance when the 95%
interval of their difference leaves out "no difference"; it is made from the two published intervals
(Newcombe's square-and-add, Zou & Donner 2008), and the digits that were rounded away count against
the difference. Ratios are compared on the logarithmic scale.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

Row = Mapping[str, Any]
"""One cell with the columns of ``mart_cell``."""

EQUAL = 1e-9
"""Closer than this is equal: decimals are not exact in binary."""
ONE_STEP = {"ratio": 0.01}
"""The smallest step in which a unit is published, where it does not depend on the base."""


@dataclass(frozen=True)
class Change:
    """``difference`` in the unit of the values (percent points, or times for a ratio)."""

    difference: float
    more_than_chance: bool


def published(row: Row | None) -> bool:
    """Whether the cell shows a value."""
    return row is not None and row["status"] == "published" and row["value"] is not None


def repeated(row: Row | None) -> bool:
    """Whether the cell shows a number of an earlier date than its period."""
    return row is not None and published(row) and row["as_of"] != row["period"]


def of_one_date(a: Row, b: Row) -> bool:
    """Whether two cells may be compared: neither is repeated, or both from the same date."""
    return a["as_of"] == b["as_of"] or not (repeated(a) or repeated(b))


def change(now: Row | None, before: Row | None, *, unit: str = "percent") -> Change | None:
    """The change from ``before`` to ``now``; None where it cannot be said.

    That is: one of them is hidden or absent, or a number is repeated from an earlier date
    (``as_of`` differs from ``period``), so that a change would not be one.
    """
    if repeated(now) or repeated(before):
        return None
    return difference(now, before, unit=unit)


def difference(
    a: Row | None, b: Row | None, *, unit: str = "percent", comparisons: int = 1
) -> Change | None:
    """``a`` minus ``b``, and whether it is more than chance; None where that cannot be said.

    That is: one of them is hidden or absent, or they belong to different dates because the number
    of one is repeated.

    Args:
        a: the one value.
        b: the other value.
        unit: unit of both as ``mart_metric`` names it; ``ratio`` is compared by logarithm.
        comparisons: how many such pairs are looked at together (Bonferroni).
    """
    if a is None or b is None or not (published(a) and published(b) and of_one_date(a, b)):
        return None
    size = float(a["value"]) - float(b["value"])
    if any(row[end] is None for row in (a, b) for end in ("lower", "upper")):
        return Change(size, more_than_chance=False)
    if unit == "ratio":
        return Change(size, more_than_chance=_apart(_logs(a), _logs(b), 0.0, comparisons))
    step = (_step(a) + _step(b)) / 2  # half a step on either side may have been rounded away
    return Change(size, more_than_chance=_apart(_ends(a), _ends(b), step, comparisons))


def excludes(row: Row, value: float) -> bool:
    """Whether the 95% interval of a published cell leaves ``value`` out."""
    if not published(row) or row["lower"] is None or row["upper"] is None:
        return False
    return bool(row["lower"] > value or row["upper"] < value)


def _step(row: Row) -> float:
    base = row["base"]
    return 0.1 if base is not None and base >= 1000 else 1.0


def _ends(row: Row) -> tuple[float, float, float]:
    return float(row["lower"]), float(row["value"]), float(row["upper"])


def _logs(row: Row) -> tuple[float, float, float]:
    smallest = ONE_STEP["ratio"]
    lower, value, upper = (math.log(max(end, smallest)) for end in _ends(row))
    return lower, value, upper


def _apart(
    a: tuple[float, float, float], b: tuple[float, float, float], step: float, comparisons: int
) -> bool:
    """Square-and-add: the distance against the halves of the intervals that face each other."""
    upper, lower = (a, b) if a[1] >= b[1] else (b, a)
    halves = math.hypot(upper[1] - upper[0], lower[2] - lower[1])
    stricter = NormalDist().inv_cdf(1 - 0.025 / comparisons) / NormalDist().inv_cdf(0.975)
    return upper[1] - lower[1] - step > stricter * halves + EQUAL
