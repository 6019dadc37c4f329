"""The cells of one page view, read with one query and looked up by name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl

from dashboard.formats import period_end

Row = dict[str, Any]
"""One published cell: the columns of ``mart_cell``."""

YES, NO, KNOWN, EVERYBODY = "yes", "no", "known", ""
ALL = "all"
Second = tuple[str, str]
"""A second attribute and its category; ``ALONE`` without one."""
ALONE: Second = ("", "")
KEY, SECOND = ("metric", "unit", "scale_group", "category"), ("attribute2", "category2")
FLOW_KINDS = ("year", "block", "quarter")
"""Kinds of flow periods, the first that a unit has is shown."""


def second_of(row: Row) -> Second:
    """The second attribute of a cell: two of them use the same category codes."""
    return row["attribute2"], row["category2"]


def published(row: Row | None) -> bool:
    """Whether the cell carries a number."""
    return row is not None and row["status"] == "published"


class Cells:
    """Cells of one attribute (and of everybody), indexed; holds no state beyond its frame.

    Questions of the exit monitor have metrics of their own, so that one key is one series.
    """

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame
        self._frames: dict[tuple[Any, ...], pl.DataFrame] = {}
        self._rows: dict[tuple[Any, ...], dict[str, Row]] = {}
        # where each series is; its rows are made when it is looked up: few are
        ordered = frame.sort(*KEY, *SECOND, maintain_order=True)
        series = ordered.group_by(*KEY, *SECOND, maintain_order=True).len()
        start = 0
        for *key, attribute2, category2, length in series.iter_rows():
            self._frames[*key, (attribute2, category2)] = ordered.slice(start, length)
            start += length

    def series(
        self,
        metric: str,
        unit: str,
        scale_group: str = ALL,
        category: str = YES,
        second: Second = ALONE,
    ) -> dict[str, Row]:
        """Period -> cell."""
        key = (metric, unit, scale_group, category, second)
        if key not in self._rows:
            frame = self._frames.get(key)
            found = [] if frame is None else frame.to_dicts()
            self._rows[key] = {row["period"]: row for row in found}
        return self._rows[key]

    def get(  # noqa: PLR0917  (the key of a cell)
        self,
        metric: str,
        unit: str,
        period: str | None,
        scale_group: str = ALL,
        category: str = YES,
        second: Second = ALONE,
    ) -> Row | None:
        """One cell, or None where the plan has none."""
        if period is None:
            return None
        return self.series(metric, unit, scale_group, category, second).get(period)

    def flow_periods(
        self, metric: str, unit: str, scale_group: str = ALL, category: str = YES
    ) -> list[str]:
        """The periods of the kind in which this unit's flow is split, oldest first."""
        rows = self.series(metric, unit, scale_group, category)
        for kind in FLOW_KINDS:
            found = [code for code, row in rows.items() if row["period_kind"] == kind]
            if found:
                return sorted(found, key=period_end)
        return []

    def flow_period(
        self,
        metric: str,
        unit: str,
        until: date,
        scale_group: str = ALL,
        category: str = YES,
    ) -> str | None:
        """The last whole flow period that ended on or before ``until``."""
        periods = self.flow_periods(metric, unit, scale_group, category)
        ended = [code for code in periods if period_end(code) <= until]
        return ended[-1] if ended else None

    def shown_period(
        self, metric: str, unit: str, until: date, scale_group: str = ALL
    ) -> str | None:
        """The last flow period until ``until`` whose cell has a number; the last one without."""
        rows = self.series(metric, unit, scale_group)
        codes = [c for c in self.flow_periods(metric, unit, scale_group) if period_end(c) <= until]
        shown = [code for code in codes if published(rows[code])]
        return next(iter([*reversed(shown), *reversed(codes)]), None)


def nearest(cells: Cells, metrics: Sequence[str], units: Sequence[str], scale_group: str) -> str:
    """The lowest of ``units`` (root first) for which one of ``metrics`` is in the plan, or ""."""
    for unit in reversed(units):
        if any(cells.series(metric, unit, scale_group) for metric in metrics):
            return unit
    return ""
