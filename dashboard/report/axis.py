"""The axis of values of a chart: where it begins and ends, and which values it names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.charts import tick_text, ticks
from dashboard.formats import number, signed
from dashboard.report.paper import Chart

RATIOS = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Ratios are drawn by their logarithm: half as often is as far from equal as twice as often."""
ROOM = 1.04


@dataclass(frozen=True)
class Axis:
    """``low`` to ``high``; ``start`` is where bars begin; ticks are values with their text."""

    low: float
    high: float
    start: float
    ticks: Sequence[tuple[float, str]]
    log: bool = False

    @property
    def step(self) -> float:
        """The distance between two ticks (on a logarithmic axis a factor)."""
        first, second = self.ticks[0][0], self.ticks[1][0]
        return second / first if self.log else second - first


def axis(chart: Chart, lang: str, steps: int = 5) -> Axis:
    """The axis that holds every value, interval and reference line of a chart."""
    match chart.kind:
        case "ratios":
            return _ratios(_seen(chart), lang)
        case "steps":
            return _contributions(_seen(chart), lang, steps)
        case "parts":
            values = [0.0, 25.0, 50.0, 75.0, 100.0]
        case _:
            values = ticks(max([*_seen(chart), 1.0]) * ROOM, steps)
    text = tick_text(values, lang)
    return Axis(0.0, values[-1], 0.0, list(zip(values, text, strict=True)))


def _seen(chart: Chart) -> list[float]:
    values = [
        end
        for series in chart.series
        for spot in series.spots
        for end in (spot.value, spot.lower, spot.upper)
        if end is not None
    ]
    return [*values, chart.line.value] if chart.line else values


def _ratios(seen: Sequence[float], lang: str) -> Axis:
    """At least from half to twice, in factors of two."""
    low, high = min([*seen, 0.5]), max([*seen, 2.0])
    first = max([tick for tick in RATIOS if tick <= low], default=RATIOS[0])
    last = min([tick for tick in RATIOS if tick >= high], default=RATIOS[-1])
    named = [tick for tick in RATIOS if first <= tick <= last]
    text = [f"{number(tick, lang, _decimals(tick))}×" for tick in named]
    return Axis(first, last, 1.0, list(zip(named, text, strict=True)), log=True)


def _decimals(tick: float) -> int:
    return next(places for places in range(4) if round(tick, places) == tick)


def _contributions(seen: Sequence[float], lang: str, steps: int) -> Axis:
    """Around nothing, as far to either side as is needed."""
    values = ticks(max([*(abs(value) for value in seen), 0.5]) * ROOM, max(steps // 2, 2))
    below = min(seen, default=0.0) < 0
    named = [*([-value for value in reversed(values[1:])] if below else []), *values]
    places = 0 if all(float(value).is_integer() for value in named) else 1
    text = [signed(value, lang, places) if value else "0" for value in named]
    return Axis(named[0], named[-1], 0.0, list(zip(named, text, strict=True)))
