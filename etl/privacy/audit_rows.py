"""Linear equations of whole numbers as sparse arrays, and what their bounds leave possible."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True)
class Rows:
    """``sum(sign * x) = constant`` in every row; entries sorted by row, and found by unknown.

    Attributes:
        start: where the entries of a row start, one more than there are rows.
        unknown: the unknown of each entry.
        sign: +1 or -1 of each entry.
        constant: one a row.
        column_start: where the rows of an unknown start in ``column_row``.
        column_row: the rows of each unknown.
    """

    start: Ints
    unknown: Ints
    sign: Ints
    constant: Ints
    column_start: Ints
    column_row: Ints

    def entries(self, rows: Ints) -> tuple[Ints, Ints]:
        """Places of all entries of some rows, and where each of these rows starts among them."""
        return _ranges(self.start, rows)

    def rows_of(self, unknowns: Ints) -> Ints:
        """The rows that hold some unknowns, each once."""
        places, _ = _ranges(self.column_start, unknowns)
        return distinct(self.column_row[places], self.count)

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.constant)

    def highest(self, of_unknown: Ints) -> Ints:
        """For each row the highest number of its unknowns; 0 for a row without any."""
        found = np.zeros(self.count, dtype=np.int64)
        held = np.flatnonzero(np.diff(self.start) > 0)
        if len(held):
            found[held] = np.maximum.reduceat(of_unknown[self.unknown], self.start[held])
        return found


def make_rows(terms: pl.DataFrame, constant: Ints, unknowns: int) -> Rows:
    """Rows from their terms.

    Args:
        terms: ``row, x, sign``; an unknown is in a row once.
        constant: what the terms of each row add up to.
        unknowns: how many unknowns there are.
    """
    by_row = terms.sort("row", "x")
    row = by_row["row"].to_numpy().astype(np.int64)
    unknown = by_row["x"].to_numpy().astype(np.int64)
    order = np.argsort(unknown, kind="stable")
    return Rows(
        start=_starts(row, len(constant)),
        unknown=unknown,
        sign=by_row["sign"].to_numpy().astype(np.int64),
        constant=constant,
        column_start=_starts(unknown[order], unknowns),
        column_row=row[order],
    )


@dataclass
class Bounds:
    """What is known of every unknown, and which rows contradicted that."""

    lower: Ints
    upper: Ints
    against: set[int] = field(default_factory=set)

    @property
    def fixed(self) -> Bools:
        """Which unknowns have one possible value left."""
        found: Bools = self.lower == self.upper
        return found


def propagate(
    rows: Rows, bounds: Bounds, without: Bools | None = None, first: Ints | None = None
) -> None:
    """Narrow bounds until nothing moves: each row bounds each of its unknowns by the others.

    Only rows whose unknowns moved are looked at again. A row that would leave an unknown no value
    is a contradiction, and not used any more.

    Args:
        rows: the equations.
        bounds: narrowed in place.
        without: rows that are left out.
        first: rows to begin with, where nothing moved in the others since they were last looked
            at; None: all.
    """
    usable = np.ones(rows.count, dtype=np.bool_) if without is None else ~without
    asked = np.arange(rows.count) if first is None else first
    active = asked[usable[asked] & (np.diff(rows.start)[asked] > 0)]
    while len(active):
        moved = _narrow(rows, bounds, usable, active)
        active = rows.rows_of(moved) if len(moved) else moved
        active = active[usable[active]]


def _narrow(rows: Rows, bounds: Bounds, usable: Bools, active: Ints) -> Ints:
    """One sweep over some rows; the unknowns whose bounds moved."""
    places, starts = rows.entries(active)
    unknown, sign = rows.unknown[places], rows.sign[places]
    low, high = bounds.lower[unknown], bounds.upper[unknown]
    least = np.where(sign > 0, low, -high)
    most = np.where(sign > 0, high, -low)
    length = np.diff(np.append(starts, len(places)))
    constant = rows.constant[active]
    above = np.repeat(constant - np.add.reduceat(most, starts), length) + most
    below = np.repeat(constant - np.add.reduceat(least, starts), length) + least
    new_low = np.where(sign > 0, above, -below)
    new_high = np.where(sign > 0, below, -above)
    wrong = (new_low > high) | (new_high < low)
    if wrong.any():
        against = np.unique(np.repeat(active, length)[wrong])
        usable[against] = False
        bounds.against.update(against.tolist())
        keep = usable[np.repeat(active, length)]
        unknown, new_low, new_high = unknown[keep], new_low[keep], new_high[keep]
    return _tighten(rows, bounds, unknown, new_low, new_high)


def _tighten(rows: Rows, bounds: Bounds, unknown: Ints, new_low: Ints, new_high: Ints) -> Ints:
    narrower = (new_low > bounds.lower[unknown]) | (new_high < bounds.upper[unknown])
    unknown, new_low, new_high = unknown[narrower], new_low[narrower], new_high[narrower]
    moved = distinct(unknown, len(bounds.lower))
    before = bounds.lower[moved], bounds.upper[moved]
    np.maximum.at(bounds.lower, unknown, new_low)
    np.minimum.at(bounds.upper, unknown, new_high)
    # Two rows that each leave a value, but not the same one: keep what was known before.
    empty = bounds.lower[moved] > bounds.upper[moved]
    bounds.lower[moved[empty]], bounds.upper[moved[empty]] = before[0][empty], before[1][empty]
    bounds.against.update(rows.rows_of(moved[empty]).tolist() if empty.any() else ())
    return moved[~empty]


def distinct(numbers: Ints, size: int) -> Ints:
    """The numbers, each once and in order; all of them below ``size``."""
    marked = np.zeros(size, dtype=np.bool_)
    marked[numbers] = True
    found: Ints = np.flatnonzero(marked)
    return found


def _starts(sorted_keys: Ints, count: int) -> Ints:
    return np.searchsorted(sorted_keys, np.arange(count + 1)).astype(np.int64)


def _ranges(start: Ints, chosen: Ints) -> tuple[Ints, Ints]:
    """All places from ``start[i]`` to ``start[i + 1]`` for some i, and where each i begins."""
    first, length = start[chosen], start[chosen + 1] - start[chosen]
    begins = np.cumsum(length) - length
    return np.arange(length.sum()) + np.repeat(first - begins, length), begins
