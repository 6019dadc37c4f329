"""Published counts -> the model that Vooruitblik carries forward, and where each number is from.

Nothing here is computed from a written percentage or from a cell that is not shown. A number that
the unit does not publish comes from the nearest place that does, and says so: of inflow and
crossings the nearest unit above, of exits first all scales of the unit itself, since what differs
most by scale is who comes in. Where the plan does not split the inflow of a band, it is what all
scales have and the other band has not: a difference of published counts, used only where it and
the rest are as large as the policy asks of any number. A band that was planned and is hidden is
never made that way.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Any

from dashboard.cells import ALL, EVERYBODY, KNOWN, NO, YES, Cells, Row, published
from dashboard.formats import period_end
from dashboard.projection import Model, Rate
from dashboard.view import View

METRICS = ("share", "headcount", "inflow", "exit", "exit_rate", "crossing", "crossing_rate")
REACH = 5
"""Of how many years, the newest ones that have ended, the rates are taken together."""
QUANTILE = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class Count:
    """Events among persons (or person years), with the variance that rounding gave the events."""

    events: float
    base: float
    variance: float

    def rate(self) -> Rate:
        """The fraction with its Wilson 95% interval, widened by the rounding.

        The size of a sample that would be as uncertain stands for the base (``docs/intervals.md``).
        """
        p = min(max(self.events / self.base, 0.0), 1.0)
        # where nobody or everybody is counted, what one event would vary by
        spread = max(p * (1 - p), 1 / self.base * (1 - 1 / self.base))
        n = spread / (spread / self.base + self.variance / self.base**2)
        z2 = QUANTILE**2
        middle = (p + z2 / (2 * n)) / (1 + z2 / n)
        half = QUANTILE * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
        return Rate(p, max(0.0, middle - half), min(1.0, middle + half))


@dataclass(frozen=True)
class Source:
    """One number of the start: its value and where it was published.

    ``rest``: made as all scales minus the other band.
    """

    name: str
    rate: Rate
    base: float
    unit: str
    scale_group: str
    periods: tuple[str, ...]
    rest: bool = False


@dataclass(frozen=True)
class Start:
    """A model with the origin of its numbers, by field."""

    model: Model
    sources: dict[str, Source]


@dataclass(frozen=True)
class Missing:
    """What is published nowhere: the names of the fields, and whether the unit's own stock is."""

    names: tuple[str, ...]
    stock: bool


def starting(view: View, cells: Cells) -> Start | Missing:
    """The model of the chosen unit, group and date, or what is missing for it.

    Args:
        view: the view.
        cells: ``METRICS`` of the unit and of those above it, by both main bands and ``ALL``.
    """
    finder = _Finder(view, cells)
    bands = {"low": view.low, "high": view.high}
    stock = {name: finder.stock(band) for name, band in bands.items()}
    found: dict[str, Source | None] = {f"share_{name}": stock[name] for name in bands}
    for name, band in bands.items():
        found[f"inflow_{name}"] = finder.inflow(band)
        found[f"exit_{name}"], found[f"exit_{name}_others"] = finder.pair("exit", [band, ALL])
    found["crossing"], found["crossing_others"] = finder.pair("crossing", [view.low])
    missing = tuple(name for name, source in found.items() if source is None)
    if missing:
        return Missing(missing, stock=all(stock.values()))
    sources = {name: replace(each, name=name) for name, each in found.items() if each is not None}
    given: dict[str, Any] = {name: source.rate for name, source in sources.items()}
    given |= {f"size_{name}": sources[f"share_{name}"].base for name in bands}
    return Start(Model(**given), sources)


class _Finder:
    """Looks numbers up in the unit and above it; the same cells give the same object."""

    def __init__(self, view: View, cells: Cells) -> None:
        self.view, self.cells = view, cells
        self.units = [view.filters.unit, *reversed(view.ancestors)]
        meta = view.mart.meta()
        self.least = float(meta["threshold_special"])
        base = float(meta["rounding_base"])
        self.variance = (base**2 - 1) / 6  # of one rounding, on average (``docs/intervals.md``)
        self.once: dict[tuple[object, ...], Source] = {}

    def stock(self, band: str) -> Source | None:
        """The share of the unit itself on the reference date."""
        unit, day = self.view.filters.unit, self.view.filters.period
        share = self.cells.get("share", unit, day, band)
        count = self.cells.get("headcount", unit, day, band, YES)
        if share is None or count is None or not (published(share) and published(count)):
            return None
        if not share["base"]:
            return None
        counted = Count(count["value"], share["base"], self.variance)
        return self._source("share", counted, unit, band, [share["period"]])

    def pair(self, flow: str, bands: Sequence[str]) -> tuple[Source | None, Source | None]:
        """The yearly rates of the group and of the others, from one place."""
        for unit in self.units:
            for band in bands:
                codes = self._codes(f"{flow}_rate", unit, band, [YES])
                ours = self._rate(flow, unit, band, codes, YES)
                theirs = self._rate(flow, unit, band, codes, NO) or self._elsewhere(
                    flow, unit, band, codes
                )
                if ours is not None and theirs is not None:
                    return ours, theirs
        return None, None

    def inflow(self, band: str) -> Source | None:
        """The group's part of who joined a band."""
        for unit in self.units:
            found = self._inflow(unit, band) or self._inflow_rest(unit, band)
            if found is not None:
                return found
        return next((made for unit in self.units if (made := self._inflow(unit, ALL))), None)

    def _inflow(self, unit: str, band: str) -> Source | None:
        codes, whole = self._split(unit, [band])
        if not codes:
            return None
        events, base = (self._sum("inflow", unit, band, codes, key) for key in (YES, whole))
        return self._counted("inflow", events, base, unit, band, codes)

    def _inflow_rest(self, unit: str, band: str) -> Source | None:
        """All scales minus the other band, where the plan does not split this one."""
        if self.cells.series("inflow", unit, band, YES):
            return None
        other = self.view.high if band == self.view.low else self.view.low
        codes, whole = self._split(unit, [ALL, other])
        if not codes:
            return None
        events, base = (
            self._sum("inflow", unit, ALL, codes, key)
            - self._sum("inflow", unit, other, codes, key)
            for key in (YES, whole)
        )
        if min(events, base - events) < self.least:
            return None
        source = self._counted("inflow", events, base, unit, band, codes, roundings=2)
        return replace(source, rest=True) if source else None

    def _split(self, unit: str, bands: Sequence[str]) -> tuple[list[str], str]:
        """Periods in which the inflow of all these bands is split, and what it is a part of.

        A part of whose attribute is known; of everybody where the attribute has no such category
        or the number is not shown.
        """
        for whole in (KNOWN, EVERYBODY):
            each = [self._codes("inflow", unit, band, [YES, whole]) for band in bands]
            codes = [code for code in each[0] if all(code in others for others in each)]
            if codes:
                return codes, whole
        return [], EVERYBODY

    def _rate(
        self, flow: str, unit: str, band: str, codes: Sequence[str], category: str
    ) -> Source | None:
        rows = [
            (count, rate)
            for code in codes
            if (count := self._shown(flow, unit, code, band, category))
            and (rate := self._shown(f"{flow}_rate", unit, code, band, category))
        ]
        if not rows or len(rows) < len(codes):
            return None
        events = sum(count["value"] for count, _rate in rows)
        base = sum(rate["base"] for _count, rate in rows)
        return self._counted(flow, events, base, unit, band, codes, category=category)

    def _elsewhere(self, flow: str, unit: str, band: str, codes: Sequence[str]) -> Source | None:
        """Everybody else, where the number of known others is not shown."""
        whole = self._rate(flow, unit, band, codes, EVERYBODY)
        ours = self._rate(flow, unit, band, codes, YES)
        if whole is None or ours is None:
            return None
        events = whole.rate.value * whole.base - ours.rate.value * ours.base
        rest = whole.base - ours.base
        return self._counted(flow, events, rest, unit, band, codes, category="rest")

    def _codes(self, metric: str, unit: str, band: str, categories: Sequence[str]) -> list[str]:
        """The newest years, or the newest block, of which all categories are shown."""
        series = [self.cells.series(metric, unit, band, category) for category in categories]
        ended = [
            (row["period_kind"], code)
            for code, row in series[0].items()
            if period_end(code) <= self.view.day
            and all(published(rows.get(code)) for rows in series)
        ]
        years = sorted(code for kind, code in ended if kind == "year")
        blocks = sorted((code for kind, code in ended if kind == "block"), key=period_end)
        since = str(self.view.day.year - REACH)
        return [code for code in years if code >= since][-REACH:] or blocks[-1:]

    def _shown(self, metric: str, unit: str, code: str, band: str, category: str) -> Row | None:
        row = self.cells.get(metric, unit, code, band, category)
        return row if published(row) else None

    def _sum(self, metric: str, unit: str, band: str, codes: Sequence[str], category: str) -> float:
        rows = [self._shown(metric, unit, code, band, category) for code in codes]
        return float(sum(row["value"] for row in rows if row is not None))

    def _counted(  # noqa: PLR0917  (a count and its place)
        self,
        name: str,
        events: float,
        base: float,
        unit: str,
        band: str,
        codes: Sequence[str],
        *,
        category: str = YES,
        roundings: int = 1,
    ) -> Source | None:
        if base <= 0 or events < 0:
            return None
        count = Count(events, base, self.variance * roundings * len(codes))
        return self._source(f"{name}_{category}", count, unit, band, codes)

    def _source(
        self, name: str, count: Count, unit: str, band: str, codes: Sequence[str]
    ) -> Source:
        """A number; asked for twice, it is one estimate that moves together."""
        key = (name, unit, band, *codes)
        if key not in self.once:
            self.once[key] = Source(name, count.rate(), count.base, unit, band, tuple(codes))
        return self.once[key]
