"""The change in a share taken apart, for the invented publication: from its own protected cells."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tests.invented_counts import ALL, BINARY, HIGH, LOW, ROOT, UNITS, level_of

if TYPE_CHECKING:
    from tests.invented_cells import Cells

Number = float | None
Pair = tuple[Number, Number]
Place = tuple[object, ...]


def change_cells(cells: Cells, years: Sequence[int], calendar: str) -> None:
    """Per year the whole and the second level, per block both bands of the whole."""
    for year in years:
        for unit in UNITS:
            if level_of(unit) <= 2:
                _all_attributes(
                    cells, [year], (str(year), "year", unit, level_of(unit), ALL), calendar
                )
    if len(years) >= 5:
        code = f"{years[0]}-{years[4]}"
        for band in (LOW, HIGH):
            _all_attributes(cells, years[:5], (code, "block", ROOT, 1, band), calendar)


def _all_attributes(cells: Cells, years: Sequence[int], place: Place, calendar: str) -> None:
    for attribute in ("origin", *BINARY):
        _change(cells, years, place, attribute, calendar)


def _change(
    cells: Cells, years: Sequence[int], place: Place, attribute: str, calendar: str
) -> None:
    unit = place[2:5]
    quarter, kind = ("Q4", "quarter") if calendar == "quarter" else ("", "year")
    first, last = (
        _pair(cells, "headcount", (f"{year}{quarter}", kind, *unit), attribute)
        for year in (years[0] - 1, years[-1])
    )
    legs = {
        f"change_{flow}": (
            sign,
            _sum(cells, flow, [(str(y), "year", *unit) for y in years], attribute),
        )
        for flow, sign in (("inflow", 1), ("exit", -1))
    }
    if place[4] != ALL:
        crossed = _pair(cells, "crossing", (*place[:4], LOW), attribute)
        legs["change_promotion"] = (1 if place[4] == HIGH else -1, crossed)
    _put(cells, (*place, attribute, "yes", "", ""), first, last, legs)


def _pair(cells: Cells, metric: str, place: Place, attribute: str) -> Pair:
    where = (metric, *place)
    whole = cells.value(metric, where, "known" if attribute == "origin" else "")
    return cells.value(metric, where, "yes", attribute), whole


def _sum(cells: Cells, metric: str, places: Sequence[Place], attribute: str) -> Pair:
    pairs = [_pair(cells, metric, place, attribute) for place in places]
    if any(None in pair for pair in pairs):
        return None, None
    return sum(a or 0 for a, _b in pairs), sum(b or 0 for _a, b in pairs)


def _put(
    cells: Cells, tail: Place, first: Pair, last: Pair, legs: dict[str, tuple[int, Pair]]
) -> None:
    (n0, w0), (n1, w1) = first, last
    if n0 is None or n1 is None or not w0 or not w1:
        for metric in (*legs, "change_other", "change_total"):
            cells.put((metric, *tail), None, 0)
        return
    places, base = (1 if min(w0, w1) >= 1000 else 0), min(w0, w1)
    total = round(round(100 * n1 / w1, places) - round(100 * n0 / w0, places), places)
    half = 196 * math.sqrt(n1 / w1 * (1 - n1 / w1) / w1 + n0 / w0 * (1 - n0 / w0) / w0)
    ends = (round(total - half, places), round(total + half, places))
    cells.put(("change_total", *tail), total, base, *ends)
    left = total
    for metric, (sign, (k, w)) in legs.items():
        if k is None or not w:
            cells.put((metric, *tail), None, 0)
            continue
        value = 100 * sign * (k - n0 / w0 * w) / w1
        half = 196 * math.sqrt(w * k / w * (1 - min(1, k / w)) + 6.25) / w1
        written = [round(v, places) + 0.0 for v in (value, value - half, value + half)]
        cells.put((metric, *tail), written[0], base, *written[1:])
        left -= written[0]
    cells.put(("change_other", *tail), round(left, places) + 0.0, base)
