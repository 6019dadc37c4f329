"""What Vooruitblik shows: the start, carried forward as measured and with the reader's choices."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from dashboard.cells import ALL, EVERYBODY, KNOWN, NO, YES, Cells, Row
from dashboard.formats import decimals_for
from dashboard.projection import (
    HIGH,
    LOW,
    Change,
    Floats,
    Model,
    Rate,
    crossing_set,
    exit_set,
    inflow_set,
    margins,
    shares,
)
from dashboard.scenario import Scenario
from dashboard.starting import METRICS, Missing, Start, starting
from dashboard.view import View

MEASURED, CHOSEN = "measured", "chosen"
"""The two ways on: everything as measured, and with what the reader set."""
CHANGES: dict[str, Change] = {
    "inflow_low": inflow_set(LOW),
    "inflow_high": inflow_set(HIGH),
    "crossing": crossing_set,
    "exit": exit_set,
}
"""Lever of the scenario -> what it does."""
Figures = tuple[Floats, Floats, Floats]
"""Shares with their lower and upper bounds: fractions of shape (years + 1, 2 bands)."""


@dataclass(frozen=True)
class Outlook:
    """The start of one unit and group, with the reader's choices."""

    view: View
    cells: Cells
    start: Start

    @property
    def scenario(self) -> Scenario:
        """What the reader set."""
        return self.view.filters.scenario

    @cached_property
    def model(self) -> Model:
        """The model with the reader's choices."""
        return applied(self.scenario, self.start.model)

    @cached_property
    def bands(self) -> dict[str, int]:
        """Scale group -> its place in the arrays of the model."""
        return {self.view.low: LOW, self.view.high: HIGH}

    @cached_property
    def ways(self) -> dict[str, Figures]:
        """As measured and, where anything was set, as chosen."""
        models = {MEASURED: self.start.model}
        if self.scenario.changes:
            models[CHOSEN] = self.model
        years = self.scenario.years
        return {way: (shares(m, years), *margins(m, years)) for way, m in models.items()}

    @property
    def way(self) -> str:
        """The way that the page is about."""
        return CHOSEN if CHOSEN in self.ways else MEASURED

    @cached_property
    def periods(self) -> list[str]:
        """The reference date, and the same date of each year ahead, as period codes."""
        return [self.ahead(step) for step in range(self.scenario.years + 1)]

    def ahead(self, steps: int) -> str:
        """The reference date so many years on."""
        code = self.view.filters.period
        return f"{int(code[:4]) + steps}{code[4:]}"

    def base(self, band: str) -> float:
        """How many persons a share in this band is of."""
        model = self.start.model
        return model.size_low if band == self.view.low else model.size_high

    def rows(self, way: str, band: str) -> list[Row]:
        """The shares of a band as cells of the publication would be: percent, as it is written."""
        place, base = self.bands[band], self.base(band)
        figures = [100 * figure[:, place] for figure in self.ways[way]]
        return [
            {
                "metric": "share",
                "unit": self.view.filters.unit,
                "scale_group": band,
                "attribute": self.view.filters.attribute,
                "category": YES,
                "period": code,
                "as_of": code,
                "status": "published",
                "base": base,
            }
            | {
                name: round(float(number), decimals_for(base))
                for name, number in zip(("value", "lower", "upper"), numbers, strict=True)
            }
            for code, *numbers in zip(self.periods, *figures, strict=True)
        ]


def outlook(view: View) -> Outlook | tuple[Missing, Cells]:
    """The outlook of a view; or what is missing for it, with the cells that were read."""
    cells = view.cells(
        METRICS,
        scale_groups=[ALL, view.low, view.high],
        categories=[EVERYBODY, YES, NO, KNOWN],
        children=False,
    )
    start = starting(view, cells)
    return (start, cells) if isinstance(start, Missing) else Outlook(view, cells, start)


def applied(scenario: Scenario, model: Model) -> Model:
    """The model with what was set; a chosen chance of the group is a part of that of the others."""
    for lever, change in CHANGES.items():
        value = scenario.value(lever)
        if value is not None:
            model = change(model, value / 100)
    return model


def measured(model: Model, lever: str) -> float | None:
    """A lever as measured, in percent; None where the others' chance is nothing.

    The exits of both bands are set together: measured is the ratio over both, each band counting
    by the people of the group in it.
    """
    if lever.startswith("inflow"):
        rate: Rate = getattr(model, lever)
        return 100 * rate.value
    if lever == "crossing":
        pairs = [(1.0, model.crossing, model.crossing_others)]
    else:
        low = model.size_low * model.share_low.value
        high = model.size_high * model.share_high.value
        pairs = [
            (low, model.exit_low, model.exit_low_others),
            (high, model.exit_high, model.exit_high_others),
        ]
    ours = sum(many * rate.value for many, rate, _others in pairs)
    theirs = sum(many * others.value for many, _rate, others in pairs)
    return 100 * ours / theirs if theirs > 0 else None
