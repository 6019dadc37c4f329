"""The change in a share, taken apart into what inflow, exits and crossings did to it.

With ``n`` of ``N`` at the start, every leg of ``k`` of ``K`` persons who came (or left) moves the
share ``s = n / N`` by ``(k - s K) / N1``, where ``N1`` is everybody at the end: the legs together
are the change, exactly. Of protected counts some legs are hidden or not planned; with the rounding
these are one term, so that the terms always add up to what is published.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from etl.metrics import statistics
from etl.metrics.cells import CELLS
from etl.metrics.chain import LEFT
from etl.metrics.counted import PUBLISHED, Counts, rank, worst
from etl.metrics.legs import CROSSING, PLACE, SIGNS, leg, stocks
from etl.metrics.statistics import Floats
from etl.metrics.written import percentages

OTHER, TOTAL = "other", "total"
Pair = tuple[float, float]
"""Persons of the group, persons in all (whose attribute is known)."""
FIGURES = ("value", "lower", "upper")


def decompose(
    before: Pair, after: Pair, legs: Mapping[str, tuple[float, Pair]]
) -> dict[str, float]:
    """The change in a share by leg, in fractions.

    Args:
        before: the stock at the start, not empty.
        after: the stock at the end, not empty.
        legs: name -> sign (1 came, -1 left) and pair.

    Returns:
        A term a leg, ``other`` (0 where the legs are the true ones and all of them) and ``total``.
    """
    share = before[0] / before[1]
    total = after[0] / after[1] - share
    terms = {
        name: sign * (group - share * whole) / after[1]
        for name, (sign, (group, whole)) in legs.items()
    }
    return {**terms, OTHER: total - sum(terms.values()), TOTAL: total}


def changes(book: Counts, metrics: pl.DataFrame) -> pl.DataFrame:
    """The published decompositions, from protected counts alone.

    Args:
        book: the protected counts.
        metrics: ``metrics.csv``; those of kind ``change`` say which flow is a term.

    Returns:
        Columns ``CELLS``, percentage points as they are written. The terms of a place add up to
        its total, which is the difference of the two shares as they are written. A term is hidden
        or not refreshed with any of its counts, and absent where its flow is not planned.
    """
    declared = metrics.filter(pl.col("kind") == "change").sort("metric").to_dicts()
    flows = {row["numerator"]: row["metric"] for row in declared}
    legs = {flow: leg(book, flow) for flow in (*SIGNS, CROSSING) if flow in flows}
    if not legs:
        return book.cells.select(CELLS).clear()
    ends = stocks(book, legs)
    terms = [
        _term(ends, made).with_columns(metric=pl.lit(flows[flow])) for flow, made in legs.items()
    ]
    total = _total(ends)
    whole = [
        (_left(total, terms) if row["reference"] == LEFT else total).with_columns(
            metric=pl.lit(row["metric"])
        )
        for row in declared
        if row["numerator"] not in legs
    ]
    return pl.concat(_as_cells(frame) for frame in (*terms, *whole))


def _proportion(rows: pl.DataFrame, suffix: str) -> tuple[Floats, Floats, tuple[Floats, Floats]]:
    """Everybody, the share of the group and its 95% bounds at one end, or of a leg."""
    names = ("group", "whole", "group_var", "whole_var")
    count, size, count_var, size_var = (
        rows[name + suffix].to_numpy().astype(np.float64) for name in names
    )
    return size, count / size, statistics.wilson(count, size, count_var, size_var)


def _term(ends: pl.DataFrame, made: pl.DataFrame) -> pl.DataFrame:
    """What one leg did to the share at each place.

    The interval is that of the difference of the leg's share and the share at the start (which
    holds those who left, so for exits it is on the wide side), times ``K / N1``, taken as given.
    """
    joined = ends.join(made, on=PLACE, suffix="_leg").filter(
        (pl.col("status_leg") != PUBLISHED) | (pl.col("whole_leg") > 0)
    )
    judged = _judged(joined, "status", "status_end", "status_leg")
    shown = judged.filter(pl.col("status") == PUBLISHED)
    moved, share, bounds = _proportion(shown, "_leg")
    _, before, bounds_before = _proportion(shown, "")
    weight = shown["sign"].to_numpy() * moved / shown["whole_end"].to_numpy()
    apart = statistics.difference_interval(share, bounds, before, bounds_before)
    value, one, other = (100 * weight * figure for figure in apart)
    numbers = (value, np.minimum(one, other), np.maximum(one, other))
    return percentages(_with_figures(judged, shown, numbers), FIGURES)


def _total(ends: pl.DataFrame) -> pl.DataFrame:
    """The share at the end minus that at the start, both as they are written."""
    judged = _judged(ends, "status", "status_end")
    shown = judged.filter(pl.col("status") == PUBLISHED)
    _, before, bounds_before = _proportion(shown, "")
    _, after, bounds = _proportion(shown, "_end")
    _, lower, upper = statistics.difference_interval(after, bounds, before, bounds_before)
    sizes = shown.select(base=pl.min_horizontal("whole", "whole_end"))
    written = percentages(
        sizes.with_columns(a=pl.Series(100 * after), b=pl.Series(100 * before)), ("a", "b")
    )
    difference = (written["a"] - written["b"]).to_numpy()
    return percentages(
        _with_figures(judged, shown, (difference, 100 * lower, 100 * upper)), FIGURES
    )


def _left(total: pl.DataFrame, terms: list[pl.DataFrame]) -> pl.DataFrame:
    """What the terms that are shown leave of the total; without an interval."""
    taken = [frame.with_columns(value=-pl.col("value")) for frame in terms]
    shown = pl.concat(frame.select(*PLACE, "value") for frame in (total, *taken))
    summed = shown.group_by(PLACE).agg(pl.sum("value"))
    none = pl.lit(None, dtype=pl.Float64)
    joined = total.drop("value").join(summed, on=PLACE).with_columns(lower=none, upper=none)
    hidden = pl.col("status") != PUBLISHED
    return percentages(joined.with_columns(value=pl.when(~hidden).then("value")), ("value",))


def _judged(rows: pl.DataFrame, *statuses: str) -> pl.DataFrame:
    """The status of a figure of several counts, each of its own date."""
    return rows.with_columns(status=worst(pl.max_horizontal(rank(name) for name in statuses)))


def _with_figures(
    judged: pl.DataFrame, shown: pl.DataFrame, numbers: tuple[Floats, Floats, Floats]
) -> pl.DataFrame:
    """Places with their figures and base, those that are not shown without any."""
    base = pl.min_horizontal("whole", "whole_end")
    found = shown.select(*PLACE, "status", base=base).with_columns(
        pl.Series(name, figure) for name, figure in zip(FIGURES, numbers, strict=True)
    )
    none = [pl.lit(None, dtype=pl.Float64).alias(name) for name in ("base", *FIGURES)]
    hidden = judged.filter(pl.col("status") != PUBLISHED).select(*PLACE, "status", *none)
    return pl.concat([found, hidden])


def _as_cells(frame: pl.DataFrame) -> pl.DataFrame:
    alone = pl.lit("")
    return frame.with_columns(
        # minus nothing is written as nothing
        (pl.when(pl.col(name) == 0).then(0.0).otherwise(name).alias(name) for name in FIGURES),
        category=pl.lit("yes"),
        attribute2=alone,
        category2=alone,
        as_of="period",
    ).select(CELLS)
