"""Promotion and exit of two groups compared within the finer scale bands, from protected counts.

A band of which a count is not shown, or belongs to another date, is no stratum by itself: all of
these become one, the published whole minus the bands that are shown. It is used only where its four
counts are large enough (``policy.toml``), else left out; the share of public events that was left
out is told. Fewer than two strata give no figure. Over a block, the strata of its years are taken
together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from scipy.linalg import block_diag

from etl.metrics.cells import CELLS
from etl.metrics.counted import HIDDEN, PUBLISHED, REST, Counts, of_one_date, rank, worst
from etl.metrics.stratified import (
    Strata,
    cochran_mantel_haenszel,
    fourfold,
    mantel_haenszel,
    standardised_ratio,
)
from etl.metrics.written import P_DECIMALS, percentages, written
from etl.privacy.policy import Policy

STRATA = "finer scale groups"
"""``reference`` of a metric that compares within the bands of the partition ``fine``."""
FINE, WHOLE = "fine", "all"
FIGURE = ["period", "period_kind", "unit", "unit_level", "attribute"]
"""What the cells of one comparison share."""
COUNTS = ["value", "size"]
Pairs = Mapping[tuple[str, str], Mapping[str, Any]]
"""(scale group, category) -> events and people at the start, their variances and status."""
Place = tuple[Any, ...]
"""The values of ``FIGURE``."""
_NUMBER = dict.fromkeys(("value", "base", "lower", "upper"), pl.Float64)


@dataclass(frozen=True)
class Comparison:
    """The strata of one comparison, or why there are too few.

    Attributes:
        strata: None where there are fewer than two.
        status: ``published`` with strata; else the worst status of what was needed.
        events: public number of events in the whole.
        outside: how many of them lie in no stratum.
    """

    strata: Strata | None
    status: str
    events: float
    outside: float


def adjusted(
    book: Counts, dimensions: pl.DataFrame, metrics: pl.DataFrame, policy: Policy
) -> pl.DataFrame:
    """Every figure that compares within strata, for each period and unit whose bands are planned.

    Args:
        book: the protected counts.
        dimensions: ``dimensions.csv``: names the finer bands.
        metrics: the rows of ``metrics.csv`` whose ``reference`` is ``STRATA``.
        policy: says how large the counts of a stratum of what is not shown must be.

    Returns:
        Columns ``CELLS``; the ratios with 95% bounds, p-values and percentages without.
    """
    made = [pl.DataFrame(schema=_schema(book))]
    smallest = policy.strata.smallest_count.value if policy.strata else None
    fine = (pl.col("dimension") == "scale_group") & (pl.col("partition") == FINE)
    bands = dimensions.filter(fine)["code"].to_list()
    if smallest is None or not bands:
        return made[0]
    for (flow, stock, when), asked in metrics.group_by(
        ["numerator", "denominator", "denominator_when"], maintain_order=True
    ):
        pairs = _pairs(book, str(flow), str(stock), str(when))
        found = {
            place: _comparison(_by_band(rows), bands, smallest)
            for place, rows in pairs.group_by(FIGURE, maintain_order=True)
            if rows["scale_group"].is_in(bands).any()
        }
        for place, one in (found | _over_years(found, book.years_of_blocks(str(flow)))).items():
            rows_made = _rows(one, dict(zip(FIGURE, place, strict=True)), asked)
            made.append(pl.DataFrame(rows_made, schema=made[0].schema))
    return pl.concat([made[0], *map(_as_written, made[1:])])


def _schema(book: Counts) -> dict[str, Any]:
    return {name: _NUMBER.get(name, book.cells.schema[name]) for name in CELLS}


def _pairs(book: Counts, flow: str, stock: str, when: str) -> pl.DataFrame:
    """Events beside the people that they could have happened to, of one attribute at a time."""
    alone = (pl.col("attribute") != "") & (pl.col("attribute2") == "")
    events = book.of(flow).filter(alone & pl.col("category").is_in(["yes", "no", REST]))
    people = book.at(stock, when, events.select("period", "period_kind").unique())
    on = [*FIGURE, "scale_group", "category"]
    sizes = people.filter(pl.col("attribute2") == "").select(
        *on, size="value", size_variance="variance", size_status="status"
    )
    joined = events.join(sizes, on=on)
    both = pl.max_horizontal(rank(), rank("size_status"))
    judged = joined.with_columns(status=worst(of_one_date(both, "as_of", "period")))
    return judged.sort(*FIGURE, "scale_group", "category")


def _over_years(found: Mapping[Place, Comparison], years: pl.DataFrame) -> dict[Place, Comparison]:
    """The strata of all years of a block together: each year's bands are strata of their own.

    A year without strata is left out, as a band would be.
    """
    block_of = {year: (block, needed) for block, year, needed in years.iter_rows()}
    parts: dict[Place, list[Comparison]] = {}
    for (period, kind, *place), one in found.items():
        if kind == "year" and period in block_of:
            block, _ = block_of[period]
            parts.setdefault((block, "block", *place), []).append(one)
    needed_of = dict(block_of.values())
    return {
        place: _together(years)
        for place, years in parts.items()
        if len(years) == needed_of[place[0]] and place not in found
    }


def _together(years: Sequence[Comparison]) -> Comparison:
    shown = [one.strata for one in years if one.strata is not None]
    events = sum(one.events for one in years)
    if not shown:
        return Comparison(None, years[-1].status, events, events)
    outside = sum(one.events if one.strata is None else one.outside for one in years)
    strata = Strata(
        np.vstack([one.counts for one in shown]),
        np.vstack([one.variance for one in shown]),
        block_diag(*(one.mix for one in shown)),
    )
    return Comparison(strata, PUBLISHED, events, outside)


def _by_band(rows: pl.DataFrame) -> Pairs:
    return {(row["scale_group"], row["category"]): row for row in rows.iter_rows(named=True)}


def _comparison(pairs: Pairs, bands: Sequence[str], smallest: int) -> Comparison:
    """The strata against the others who are known, or where that loses a band, against everybody.

    One reference for all strata, so that together they are about the same people.
    """
    shown = {other: _shown_bands(pairs, bands, other) for other in ("no", REST)}
    other = REST if len(shown[REST]) > len(shown["no"]) else "no"
    events = float(pairs[WHOLE, "yes"]["base"])
    outside = events - sum(pairs[band, "yes"]["base"] for band in shown[other])
    rest = outside > 0 and _rest_is_used(pairs, shown[other], other, smallest)
    if len(shown[other]) + rest < 2:
        return Comparison(None, _why(pairs), events, outside)
    strata = _strata(pairs, shown[other], other, rest)
    return Comparison(strata, PUBLISHED, events, 0.0 if rest else outside)


def _shown_bands(pairs: Pairs, bands: Sequence[str], other: str) -> list[str]:
    """The bands with all counts shown, and people without the event on both sides."""
    return [
        band
        for band in bands
        if _is_shown(pairs, band, other)
        and (fourfold(np.array([_counts(pairs, band, other)])) > 0).all()
    ]


def _is_shown(pairs: Pairs, band: str, other: str) -> bool:
    sides = [pairs.get((band, category)) for category in ("yes", other)]
    return all(side is not None and side["status"] == PUBLISHED for side in sides)


def _counts(pairs: Pairs, band: str, other: str) -> list[float]:
    return [pairs[band, side][name] for side in ("yes", other) for name in COUNTS]


def _variances(pairs: Pairs, band: str, other: str) -> list[float]:
    names = ("variance", "size_variance")
    return [pairs[band, side][name] for side in ("yes", other) for name in names]


def _rest_is_used(pairs: Pairs, shown: Sequence[str], other: str, smallest: int) -> bool:
    """Whether the whole minus the shown bands is large enough to be a stratum."""
    if not _is_shown(pairs, WHOLE, other):
        return False
    strata = _strata(pairs, shown, other, rest=True)
    return bool((fourfold(strata.made[-1:]) >= smallest).all())


def _strata(pairs: Pairs, shown: Sequence[str], other: str, rest: bool) -> Strata:
    """The shown bands, and last, where it is used, the whole minus these."""
    rows = [*shown, WHOLE] if rest else list(shown)
    mix = np.eye(len(rows))
    if rest:
        mix[-1, :-1] = -1
    return Strata(
        np.array([_counts(pairs, band, other) for band in rows]),
        np.array([_variances(pairs, band, other) for band in rows]),
        mix,
    )


def _why(pairs: Pairs) -> str:
    """Not refreshed where that is all that is wrong, else suppressed."""
    statuses = {row["status"] for row in pairs.values()} - {PUBLISHED}
    return "not_refreshed" if statuses == {"not_refreshed"} else HIDDEN[0]


# --- figures -----------------------------------------------------------------------------------

Figure = tuple[float, float | None, float | None]
STATISTICS: Mapping[str, Callable[[Strata], Figure]] = {
    "odds": lambda strata: mantel_haenszel(strata.pooled),
    "adjusted": mantel_haenszel,
    "adjusted_p": lambda strata: (cochran_mantel_haenszel(strata)[1], None, None),
    "standardised": standardised_ratio,
}
"""What stands behind the flow in the key of a metric -> its value and bounds."""
LEFT_OUT = "left_out"


def _rows(
    found: Comparison, place: Mapping[str, Any], asked: pl.DataFrame
) -> Iterator[dict[str, Any]]:
    """One cell a metric."""
    for metric, flow in asked.select("metric", "numerator").iter_rows():
        yield {
            **dict.fromkeys(CELLS, ""),
            **place,
            "metric": metric,
            "scale_group": WHOLE,
            "category": "yes",
            "status": found.status,
            "as_of": place["period"],
            **_numbers(found, metric.removeprefix(f"{flow}_")),
        }


def _numbers(found: Comparison, statistic: str) -> dict[str, float | None]:
    """Value, bounds and base: the smaller group's people, of what is left out the events."""
    if found.strata is None:
        return dict.fromkeys(_NUMBER)
    if statistic == LEFT_OUT:
        share = 100 * found.outside / found.events
        return {"value": share, "base": found.events, "lower": None, "upper": None}
    value, lower, upper = STATISTICS[statistic](found.strata)
    people = found.strata.made[:, [1, 3]].sum(axis=0)
    return {"value": value, "base": float(people.min()), "lower": lower, "upper": upper}


def _as_written(cells: pl.DataFrame) -> pl.DataFrame:
    """Percentages by their base, p-values and ratios with their own decimals."""
    percent = pl.col("metric").str.ends_with(LEFT_OUT)
    tests = pl.col("metric").str.ends_with("_p")
    ratios = ("value", "lower", "upper")
    return pl.concat(
        [
            percentages(cells.filter(percent), ("value",)),
            cells.filter(tests).with_columns(written("value", P_DECIMALS)),
            cells.filter(~percent & ~tests).with_columns(written(name, 2) for name in ratios),
        ]
    )
