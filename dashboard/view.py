"""The one argument of a page: the data, what the reader chose, and how it is drawn."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from dashboard.cells import ALL, Cells, Row, second_of
from dashboard.charts import Style
from dashboard.filters import (
    PARENT,
    PREVIOUS_QUARTER,
    PREVIOUS_YEAR,
    Filters,
    stock_periods,
)
from dashboard.formats import period_end
from dashboard.i18n import Translate, translator
from dashboard.mart import Mart

METHOD = "/verantwoording"
"""The page that explains how the numbers are protected."""


@dataclass(frozen=True)
class View:
    """What a page needs to know; made once for each request."""

    mart: Mart
    filters: Filters
    style: Style

    @property
    def lang(self) -> str:
        """``nl`` or ``en``."""
        return self.filters.lang

    @cached_property
    def translate(self) -> Translate:
        """Dutch message -> the reader's language."""
        return translator(self.lang)

    def label(self, dimension: str, code: str) -> str:
        """The published label of a code."""
        return self.mart.label(dimension, code, self.lang)

    @cached_property
    def metrics(self) -> dict[str, Row]:
        """Metric -> its row of ``mart_metric``."""
        return {row["metric"]: row for row in self.mart.metrics().iter_rows(named=True)}

    def metric(self, key: str) -> str:
        """The published label of a metric."""
        return str(self.metrics[key][f"label_{self.lang}"]) if key in self.metrics else key

    def link(self, path: str, **changes: str) -> str:
        """An address with this view's choices, some of them changed."""
        return path + self.filters.but(**changes).to_query()

    @cached_property
    def unit(self) -> str:
        """The name of the chosen unit."""
        return self.label("unit", self.filters.unit)

    @cached_property
    def group(self) -> str:
        """The followed group, as ``Herkomst buiten Europa``."""
        return self.label(self.filters.attribute, "yes")

    @cached_property
    def others(self) -> str:
        """Everybody whom the followed group is compared with."""
        return self.label(self.filters.attribute, "no")

    @property
    def from_cbs(self) -> bool:
        """Whether the reader looks at origin, and origin comes from CBS."""
        source = self.mart.meta().get("origin_source")
        return source == "cbs" and self.filters.attribute == "origin"

    @cached_property
    def ancestors(self) -> list[str]:
        """Units above the chosen one, the root first."""
        return self.mart.ancestors(self.filters.unit)

    @cached_property
    def children(self) -> list[str]:
        """Units directly under the chosen one that exist on the reference date."""
        return [
            row["code"]
            for row in self._dimension("unit")
            if row["parent"] == self.filters.unit
            and (row["valid_from"] is None or row["valid_from"] <= self.day)
            and (row["valid_to"] is None or row["valid_to"] >= self.day)
        ]

    @cached_property
    def day(self) -> date:
        """The reference date."""
        return period_end(self.filters.period)

    @cached_property
    def periods(self) -> list[str]:
        """Reference dates up to and including the chosen one."""
        return [code for code in stock_periods(self.mart) if code <= self.filters.period]

    def bands(self, partition: str) -> list[str]:
        """Scale groups of a partition (main, fine, single), from low to high."""
        return [r["code"] for r in self._dimension("scale_group") if r["partition"] == partition]

    def categories(self, partition: str, attribute: str | None = None) -> list[str]:
        """Categories of a partition of the attribute."""
        rows = self._dimension(attribute or self.filters.attribute)
        return [row["code"] for row in rows if row["partition"] == partition]

    @cached_property
    def low(self) -> str:
        """The lower main scale band."""
        return self.bands("main")[0]

    @cached_property
    def high(self) -> str:
        """The upper main scale band."""
        return self.bands("main")[-1]

    def hue(self, scale_group: str) -> str:
        """The colour of a scale group: that of the main band it lies in."""
        return "high" if _first_scale(scale_group) >= _first_scale(self.high) else "low"

    def band(self, code: str) -> str:
        """The label of a scale group."""
        return self.label("scale_group", code)

    def _dimension(self, name: str) -> list[Row]:
        return self.mart.dimension_rows(name)

    def cells(
        self,
        metrics: Sequence[str],
        *,
        scale_groups: Sequence[str] | None = None,
        categories: Sequence[str] | None = ("", "yes", "no", "known"),
        children: bool = True,
        attribute2: str | None = "",
        questions: Sequence[str] = (),
    ) -> Cells:
        """The one query of a page: the unit, those above it and those directly under it.

        Of everybody, of the chosen attribute, and of ``questions`` of the exit monitor.
        """
        units = [*self.ancestors, self.filters.unit, *(self.children if children else ())]
        frame = self.mart.cells(
            metrics,
            units,
            scale_groups=scale_groups,
            attribute=["", self.filters.attribute, *questions],
            categories=categories,
            attribute2=attribute2,
        )
        return Cells(frame)

    def compared(self, cells: Cells, row: Row | None) -> Row | None:
        """The cell that ``row`` is compared with, by the reader's choice; None without one."""
        if row is None:
            return None
        place = (row["scale_group"], row["category"], second_of(row))
        if self.filters.compare == PARENT:
            above = self.ancestors[-1] if self.ancestors else ""
            return cells.get(row["metric"], above, row["period"], *place)
        series = cells.series(row["metric"], row["unit"], *place)
        same_kind = sorted(
            (code for code, other in series.items() if other["period_kind"] == row["period_kind"]),
            key=period_end,
        )
        return series.get(self._before(same_kind, row) or "")

    def _before(self, codes: Sequence[str], row: Row) -> str | None:
        """The latest of ``codes`` (oldest first) that the reader's choice reaches back to."""
        chosen, until = self.filters.compare, period_end(row["period"])
        if chosen == PREVIOUS_QUARTER and row["period_kind"] == "quarter":
            reach = _day_before(until)
        elif chosen in {PREVIOUS_QUARTER, PREVIOUS_YEAR}:
            reach = _year_before(until)
        else:
            reach = min(period_end(chosen), _day_before(until))
        earlier = [code for code in codes if period_end(code) <= reach]
        return earlier[-1] if earlier else None

    def reference(self, kind: str, metric: str, scale_group: str = ALL) -> Row | None:
        """The target or benchmark of the followed group here, or of the nearest unit above.

        Of several targets the first whose year has not passed, else the last that has; of several
        benchmarks the newest. A target of status ``none`` says that there is none here.
        """
        about = {
            "kind": kind,
            "metric": metric,
            "scale_group": scale_group,
            "attribute": self.filters.attribute,
            "category": "yes",
        }
        found = [
            row
            for row in self.mart.reference_rows()
            if all(row[column] == code for column, code in about.items())
        ]
        for unit in [self.filters.unit, *reversed(self.ancestors)]:
            here = [row for row in found if row["unit"] == unit]
            ahead = [row for row in here if row["year"] >= self.day.year]
            if kind == "target" and ahead:
                return ahead[0]
            if here:
                return here[-1]
        return None


def _first_scale(code: str) -> int:
    """The first scale that a code names: ``14-15`` -> 14, ``<=13`` -> 13."""
    found = re.search(r"\d+", code)
    return int(found[0]) if found else 0


def _year_before(day: date) -> date:
    return day.replace(year=day.year - 1)


def _day_before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)
