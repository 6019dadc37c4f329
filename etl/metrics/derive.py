"""From protected counts to every share, rate, ratio and statistic; cannot open the warehouse.

The input is what is published (``cells.csv`` of kind ``count``, ``dimensions.csv`` and
``metrics.csv``), so that anybody can rebuild the output from an export and compare. A figure whose
counts are not all shown is suppressed, one whose counts do not belong to the dates that it is
about is not refreshed, and one of whose counts is not planned does not exist.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from etl.metrics import statistics
from etl.metrics.adjusted import STRATA, adjusted
from etl.metrics.cells import CELLS, KEYS
from etl.metrics.counted import (
    HIDDEN,
    PLACE,
    PUBLISHED,
    REST,
    Counts,
    of_one_date,
    outer_bands,
    rank,
    worst,
)
from etl.metrics.decomposition import changes
from etl.metrics.stratified import exact_test
from etl.metrics.targets import BENCHMARK, TARGET, against_references
from etl.metrics.written import P_DECIMALS, percentages, written
from etl.privacy.policy import Policy

Numbers = statistics.Floats | Sequence[float | None]
_SIZES = {"value": "size", "status": "size_status", "variance": "size_var", "as_of": "size_as_of"}
"""Column of a count -> its name as a denominator."""

LOWEST_BAND = "lowest scale group"
"""``reference`` of a metric that is about the lowest band of ``main`` only."""


def derive(
    counts: pl.DataFrame,
    dimensions: pl.DataFrame,
    metrics: pl.DataFrame,
    policy: Policy | None = None,
    references: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Everything that is computed from protected counts.

    Args:
        counts: cells of kind ``count``, columns ``CELLS``.
        dimensions: ``dimensions.csv``.
        metrics: ``metrics.csv``; its rows say what is divided by what, and when.
        policy: the policy of the publication; None: the one in force.
        references: ``references.csv``, targets and benchmarks; None: there are none.

    Returns:
        Cells of every other kind, columns ``CELLS``, sorted by key. Percentages are rounded as
        they are written; nothing is computed from a rounded percentage. ``as_of`` is the period
        of the counts; the period itself where nothing is shown.
    """
    book = Counts(counts, dimensions)
    proportions = [
        _proportion(book, row)
        for row in metrics.filter(pl.col("kind").is_in(["share", "rate"])).iter_rows(named=True)
    ]
    exact = pl.concat(proportions)
    bands = outer_bands(dimensions)
    stratified = pl.col("reference") == STRATA
    held = pl.col("reference").is_in([TARGET, BENCHMARK])
    two = pl.col("kind").is_in(["ratio", "statistic"]) & ~stratified & ~held
    compared = [
        _compare_bands(exact, row, bands)
        if row["numerator"] == "share"
        else _compare_groups(exact, row)
        for row in metrics.filter(two).iter_rows(named=True)
    ]
    within = adjusted(book, dimensions, metrics.filter(stratified), policy or Policy.load())
    shares = _write_percent(exact.filter(pl.col("category") != REST))
    made = [shares, *compared, within, changes(book, metrics)]
    if references is not None:
        made.append(against_references(exact, dimensions, metrics, references))
    return pl.concat([frame.select(CELLS) for frame in made]).sort(KEYS)


def _proportion(book: Counts, metric: dict[str, str]) -> pl.DataFrame:
    """One share or rate in fractions: numerator, denominator, their variances, exact value."""
    numerator = book.of(metric["numerator"]).filter(_rows_of(metric))
    if metric["reference"] == LOWEST_BAND:
        numerator = numerator.filter(pl.col("scale_group") == book.lowest_band)
    kinds = numerator.select("period", "period_kind").unique()
    stock = book.at(metric["denominator"], metric["denominator_when"], kinds)
    joined = _with_denominator(numerator, stock, metric["denominator_category"])
    return _interval(joined.with_columns(metric=pl.lit(metric["metric"])))


def _rows_of(metric: dict[str, str]) -> pl.Expr:
    """Which cells of the numerator the metric is computed for."""
    if metric["numerator_category"]:
        return pl.col("category") == metric["numerator_category"]
    if metric["kind"] == "rate":
        return ~pl.col("category").is_in(["known", "unknown"]) & (pl.col("attribute2") == "")
    return ~pl.col("category").is_in(["known", "unknown", "", "no", REST])


def _with_denominator(numerator: pl.DataFrame, stock: pl.DataFrame, category: str) -> pl.DataFrame:
    on = ["period", "period_kind", *PLACE]
    sizes = stock.select(
        *on, "category", *(pl.col(name).alias(size) for name, size in _SIZES.items())
    )
    if category == "same":
        return numerator.join(sizes, on=[*on, "category"])
    whole = _whole_of(numerator, sizes)
    if category == "":
        return whole
    known = sizes.filter(pl.col("category") == category).drop("category")
    joined = whole.join(known, on=on, how="left", suffix="_known", maintain_order="left")
    shown = pl.col("size_status_known") == PUBLISHED
    return joined.with_columns(
        pl.when(shown).then(pl.col(f"{name}_known")).otherwise(pl.col(name)).alias(name)
        for name in _SIZES.values()
    ).drop(f"{name}_known" for name in _SIZES.values())


def _whole_of(numerator: pl.DataFrame, sizes: pl.DataFrame) -> pl.DataFrame:
    """Everybody in each cell's base, at the date of its number; of a two-way cell its margin."""
    alone = numerator.filter(pl.col("attribute2") == "").with_columns(
        size="base", size_status=pl.lit(PUBLISHED), size_var=pl.lit(0.0), size_as_of="as_of"
    )
    on = ["period", "period_kind", "unit", "unit_level", "scale_group"]
    margin = sizes.filter(pl.col("attribute2") == "").select(
        *on, *_SIZES.values(), margin="attribute", margin_category="category"
    )
    crossed = numerator.filter(pl.col("attribute2") != "").join(
        margin,
        left_on=[*on, "attribute2", "category2"],
        right_on=[*on, "margin", "margin_category"],
    )
    return pl.concat([alone, crossed.select(alone.columns)])


def _judged(pair: pl.DataFrame, other_status: str, other_as_of: str) -> pl.DataFrame:
    """Status and date of a figure of two numbers, which must belong to one date."""
    both = pl.max_horizontal(rank(), rank(other_status))
    judged = pair.with_columns(status=worst(of_one_date(both, "as_of", other_as_of)))
    shown = pl.col("status") == PUBLISHED
    return judged.with_columns(as_of=pl.when(shown).then("as_of").otherwise("period"))


def _interval(joined: pl.DataFrame) -> pl.DataFrame:
    """Add the status, the fraction and its bounds, and the effective size behind them."""
    frame = _judged(joined, "size_status", "size_as_of")
    frame = frame.filter((pl.col("status") != PUBLISHED) | (pl.col("size") > 0))
    shown = pl.col("status") == PUBLISHED
    count, size, count_var, size_var = (
        frame.select(pl.when(shown).then(pl.col(name)).otherwise(fill))
        .to_series()
        .to_numpy()
        .astype(np.float64)
        for name, fill in (("value", 0.0), ("size", 1.0), ("variance", 0.0), ("size_var", 0.0))
    )
    lower, upper = statistics.wilson(count, size, count_var, size_var)
    effective = statistics.effective_size(count, size, count_var, size_var)
    numbers = pl.DataFrame(
        {"p": count / size, "lower": lower, "upper": upper, "effective": effective, "base": size}
    ).with_columns(size="base")
    return pl.concat(
        [frame.select(*KEYS, "status", "as_of"), numbers],
        how="horizontal",
    ).with_columns(
        pl.when(pl.col("status") == PUBLISHED).then(pl.col(name)).alias(name)
        for name in ("p", "lower", "upper", "effective", "base", "size")
    )


def _write_percent(exact: pl.DataFrame) -> pl.DataFrame:
    percent = exact.with_columns(
        value=pl.col("p") * 100, lower=pl.col("lower") * 100, upper=pl.col("upper") * 100
    )
    return percentages(percent, ("value", "lower", "upper"))


def _pair(exact: pl.DataFrame, left: pl.Expr, right: pl.Expr, on: list[str]) -> pl.DataFrame:
    """The rows of two proportions side by side, shown where both are, and of one date."""
    columns = ["status", "as_of", "p", "lower", "upper", "effective", "base", "size"]
    pair = exact.filter(left).join(exact.filter(right).select(*on, *columns), on=on, suffix="_2")
    judged = _judged(pair, "status_2", "as_of_2")
    return judged.with_columns(base=pl.min_horizontal("base", "base_2"))


def _compare_bands(
    exact: pl.DataFrame, metric: dict[str, str], bands: tuple[str, str]
) -> pl.DataFrame:
    """The share in the highest scale group against the lowest: their difference or their ratio."""
    low, high = bands
    mine = (pl.col("metric") == metric["numerator"]) & (pl.col("attribute2") == "")
    on = [
        "period",
        "period_kind",
        "unit",
        "unit_level",
        "attribute",
        "category",
        "attribute2",
        "category2",
    ]
    pair = _pair(
        exact, mine & (pl.col("scale_group") == high), mine & (pl.col("scale_group") == low), on
    )
    pair = pair.with_columns(metric=pl.lit(metric["metric"]), scale_group=pl.lit("all"))
    if metric["kind"] == "ratio":
        return _as_ratio(pair)
    shown = _shown(pair)
    p1, l1, u1, p2, l2, u2 = (
        shown[c].to_numpy() for c in ("p", "lower", "upper", "p_2", "lower_2", "upper_2")
    )
    value, lower, upper = statistics.difference_interval(p1, (l1, u1), p2, (l2, u2))
    result = _with_numbers(pair, shown, value * 100, lower * 100, upper * 100)
    return percentages(result, ("value", "lower", "upper"))


def _compare_groups(exact: pl.DataFrame, metric: dict[str, str]) -> pl.DataFrame:
    """The rate of the group against that of the others."""
    mine = (pl.col("metric") == metric["numerator"]) & (pl.col("attribute2") == "")
    on = [
        "period",
        "period_kind",
        "unit",
        "unit_level",
        "scale_group",
        "attribute",
        "attribute2",
        "category2",
    ]
    group = mine & (pl.col("category") == metric["numerator_category"])
    known = _pair(exact, group, mine & (pl.col("category") == metric["denominator_category"]), on)
    hidden = known.filter(pl.col("status").is_in(HIDDEN)).select(KEYS)
    outside = _pair(exact, group, mine & (pl.col("category") == REST), on)
    pair = pl.concat(
        [
            known.join(hidden, on=KEYS, how="anti"),
            outside.join(hidden, on=KEYS, how="semi"),
        ]
    )
    pair = pair.with_columns(metric=pl.lit(metric["metric"]))
    return _as_exact_test(pair) if metric["unit"] == "probability" else _as_ratio(pair)


def _as_exact_test(pair: pl.DataFrame) -> pl.DataFrame:
    """Fisher's p-value of the two rates: the test that stands beside the four-fifths flag."""
    shown = _shown(pair)
    sides = shown.select(
        a=pl.col("p") * pl.col("size"), n1="size", c=pl.col("p_2") * pl.col("size_2"), n0="size_2"
    )
    found = [exact_test(*(round(number) for number in row)) for row in sides.iter_rows()]
    none: list[float | None] = [None] * len(found)
    result = _with_numbers(pair, shown, found, none, none)
    return result.with_columns(written("value", P_DECIMALS))


def _as_ratio(pair: pl.DataFrame) -> pl.DataFrame:
    shown = _shown(pair)
    p1, n1, p2, n2 = (shown[c].to_numpy() for c in ("p", "effective", "p_2", "effective_2"))
    result = _with_numbers(pair, shown, *statistics.ratio_interval(p1, n1, p2, n2))
    return result.with_columns(written(name, 2) for name in ("value", "lower", "upper"))


def _shown(pair: pl.DataFrame) -> pl.DataFrame:
    """The pairs that can be compared: both shown, neither of them zero."""
    return pair.filter((pl.col("status") == PUBLISHED) & (pl.col("p") > 0) & (pl.col("p_2") > 0))


def _with_numbers(
    pair: pl.DataFrame,
    shown: pl.DataFrame,
    value: Numbers,
    lower: Numbers,
    upper: Numbers,
) -> pl.DataFrame:
    """The compared rows with their numbers, then the rows that are not shown without any."""
    numbers = shown.with_columns(
        pl.Series(name, column, dtype=pl.Float64)
        for name, column in (("value", value), ("lower", lower), ("upper", upper))
    )
    hidden = pair.filter(pl.col("status") != PUBLISHED).with_columns(
        pl.lit(None, dtype=pl.Float64).alias(name) for name in ("value", "lower", "upper", "base")
    )
    return pl.concat([frame.select(CELLS) for frame in (numbers, hidden)])
