"""Protected counts divided by one another: fractions with Wilson intervals, rounding included."""

from __future__ import annotations

import numpy as np
import polars as pl

from etl.metrics import statistics
from etl.metrics.cells import KEYS
from etl.metrics.counted import PLACE, PUBLISHED, REST, Counts, of_one_date, rank, worst
from etl.metrics.written import percentages

_SIZES = {"value": "size", "status": "size_status", "variance": "size_var", "as_of": "size_as_of"}
"""Column of a count -> its name as a denominator."""

LOWEST_BAND = "lowest scale group"
"""``reference`` of a metric that is about the lowest band of ``main`` only."""


def proportion(book: Counts, metric: dict[str, str]) -> pl.DataFrame:
    """One share or rate in fractions: numerator, denominator, their variances, exact value."""
    flow = metric["kind"] == "rate"
    counted = book.over_years(metric["numerator"]) if flow else book.of(metric["numerator"])
    numerator = counted.filter(_rows_of(metric))
    if metric["reference"] == LOWEST_BAND:
        numerator = numerator.filter(pl.col("scale_group") == book.lowest_band)
    kinds = numerator.select("period", "period_kind").unique()
    stock = book.at(metric["denominator"], metric["denominator_when"], kinds)
    joined = with_denominator(numerator, stock, metric["denominator_category"])
    return interval(joined.with_columns(metric=pl.lit(metric["metric"])))


def _rows_of(metric: dict[str, str]) -> pl.Expr:
    """Which cells of the numerator the metric is computed for."""
    if metric["numerator_category"]:
        return pl.col("category") == metric["numerator_category"]
    if metric["kind"] == "rate":
        return ~pl.col("category").is_in(["known", "unknown"]) & (pl.col("attribute2") == "")
    return ~pl.col("category").is_in(["known", "unknown", "", "no", REST])


def with_denominator(numerator: pl.DataFrame, stock: pl.DataFrame, category: str) -> pl.DataFrame:
    """Cells with what they are divided by: ``size, size_status, size_var, size_as_of``.

    Args:
        numerator: rows of ``Counts``.
        stock: rows of ``Counts`` of the denominator.
        category: ``same`` as the row's own, ``known`` where that is shown, else everybody.
    """
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
        size="base", size_status=pl.lit(PUBLISHED), size_var="base_var", size_as_of="as_of"
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


def judged(pair: pl.DataFrame, other_status: str, other_as_of: str) -> pl.DataFrame:
    """Status and date of a figure of two numbers, which must belong to one date."""
    both = pl.max_horizontal(rank(), rank(other_status))
    found = pair.with_columns(status=worst(of_one_date(both, "as_of", other_as_of)))
    shown = pl.col("status") == PUBLISHED
    return found.with_columns(as_of=pl.when(shown).then("as_of").otherwise("period"))


def interval(joined: pl.DataFrame) -> pl.DataFrame:
    """Add the status, the fraction and its bounds, and the effective size behind them."""
    frame = judged(joined, "size_status", "size_as_of")
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
        | {"count_var": count_var, "size_var": size_var}
    ).with_columns(size="base")
    return pl.concat(
        [frame.select(*KEYS, "status", "as_of"), numbers],
        how="horizontal",
    ).with_columns(
        pl.when(pl.col("status") == PUBLISHED).then(pl.col(name)).alias(name)
        for name in numbers.columns
    )


def write_percent(exact: pl.DataFrame) -> pl.DataFrame:
    """Fractions and their bounds as percentages, as they are written."""
    percent = exact.with_columns(
        value=pl.col("p") * 100, lower=pl.col("lower") * 100, upper=pl.col("upper") * 100
    )
    return percentages(percent, ("value", "lower", "upper"))


def pair(exact: pl.DataFrame, left: pl.Expr, right: pl.Expr, on: list[str]) -> pl.DataFrame:
    """The rows of two proportions side by side, shown where both are, and of one date."""
    columns = ["status", "as_of", "p", "lower", "upper", "effective", "base", "size"]
    pair = exact.filter(left).join(exact.filter(right).select(*on, *columns), on=on, suffix="_2")
    found = judged(pair, "status_2", "as_of_2")
    return found.with_columns(base=pl.min_horizontal("base", "base_2"))
