"""From protected counts to every share, rate, ratio and statistic; cannot open the warehouse.

The input is what is published (``cells.csv`` of kind ``count``, ``dimensions.csv`` and
``metrics.csv``), so that anybody can rebuild the output from an export and compare. A figure whose
counts are not all shown is suppressed; a figure one of whose counts is not planned does not exist.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from etl.metrics import statistics
from etl.metrics.cells import CELLS, KEYS

WHOLE_PERCENT_BELOW = 1000
"""Percentages of a smaller base are written in whole percent, of a larger one in one decimal."""

LOWEST_BAND = "lowest scale group"
"""``reference`` of a metric that is about the lowest band of ``main`` only."""

REST = "rest"
"""Category of everybody outside the group; used for comparing, never published."""

_ID = ("unit", "unit_level", "scale_group", "attribute", "attribute2", "category2")
_STATUS_ORDER = {"published": 0, "suppressed": 1, "not_measured": 2}


def derive(counts: pl.DataFrame, dimensions: pl.DataFrame, metrics: pl.DataFrame) -> pl.DataFrame:
    """Everything that is computed from protected counts.

    Args:
        counts: cells of kind ``count``, columns ``CELLS``.
        dimensions: ``dimensions.csv``.
        metrics: ``metrics.csv``; its rows say what is divided by what, and when.

    Returns:
        Cells of every other kind, columns ``CELLS``, sorted by key. Percentages are rounded as
        they are written; nothing is computed from a rounded percentage.
    """
    book = _Counts(counts, dimensions)
    proportions = [
        _proportion(book, row)
        for row in metrics.filter(pl.col("kind").is_in(["share", "rate"])).iter_rows(named=True)
    ]
    exact = pl.concat(proportions)
    bands = _outer_bands(dimensions)
    compared = [
        _compare_bands(exact, row, bands)
        if row["numerator"] == "share"
        else _compare_groups(exact, row)
        for row in metrics.filter(pl.col("kind").is_in(["ratio", "statistic"])).iter_rows(
            named=True
        )
    ]
    written = [_write_percent(exact.filter(pl.col("category") != REST)), *compared]
    return pl.concat([frame.select(CELLS) for frame in written]).sort(KEYS)


class _Counts:
    """Protected counts with their rounding variance, and stocks carried to the periods of flows."""

    def __init__(self, counts: pl.DataFrame, dimensions: pl.DataFrame) -> None:
        self.cells = (
            _with_rest(counts)
            .join(_roundings(dimensions), on=["attribute", "category"], how="left")
            .with_columns(variance=pl.col("roundings").fill_null(0) * statistics.ROUNDING_VARIANCE)
        )
        self.lowest_band = _outer_bands(dimensions)[0]
        self.periods = dimensions.filter(pl.col("dimension") == "period")

    def of(self, metric: str) -> pl.DataFrame:
        return self.cells.filter(pl.col("metric") == metric)

    def at(self, metric: str, when: str, kinds: pl.DataFrame) -> pl.DataFrame:
        """Cells of a stock summed over the dates that ``when`` asks for, one row a flow period.

        Args:
            metric: the stock.
            when: ``same``, ``start`` or ``mean``.
            kinds: the (period, period_kind) pairs that are asked for.
        """
        cells = self.of(metric)
        if when == "same":
            return cells
        weights = _stock_weights(self.periods, kinds, when)
        needed = weights.group_by("period", "period_kind").agg(needed=pl.len())
        return (
            cells.drop("period_kind")
            .rename({"period": "stock_period"})
            .join(weights, on="stock_period")
            .group_by("period", "period_kind", *_ID, "category")
            .agg(
                status=_worst("status"),
                value=(pl.col("value") * pl.col("weight")).sum(),
                variance=(pl.col("variance") * pl.col("weight") ** 2).sum(),
                dates=pl.len(),
            )
            .join(needed, on=["period", "period_kind"])
            .filter(pl.col("dates") == pl.col("needed"))
        )


def _with_rest(counts: pl.DataFrame) -> pl.DataFrame:
    """Add everybody outside the group, the reference where the known others are suppressed.

    The number of known others is hidden with the number of unknowns; everybody and the group are
    both published then, and their difference says nothing that they do not.
    """
    on = ["metric", "period", "period_kind", "unit", "unit_level", "scale_group"]
    everybody = counts.filter(pl.col("attribute") == "").select(*on, everybody="value")
    group = counts.filter((pl.col("category") == "yes") & (pl.col("attribute2") == ""))
    rest = group.join(everybody, on=on).with_columns(
        category=pl.lit(REST), value=pl.col("everybody") - pl.col("value")
    )
    return pl.concat([counts, rest.select(counts.columns)])


def _worst(column: str) -> pl.Expr:
    order = pl.col(column).replace_strict(_STATUS_ORDER, return_dtype=pl.Int8).max()
    return order.replace_strict({v: k for k, v in _STATUS_ORDER.items()}, return_dtype=pl.String)


def _roundings(dimensions: pl.DataFrame) -> pl.DataFrame:
    """How many independent roundings each category's published count holds.

    A part that is rounded by itself holds one; a remainder those of its parent and its siblings,
    whatever order the dimensions come in.
    """
    parts = dimensions.filter(pl.col("rounding").is_in(["own", "complement"]))
    rows = parts.select("dimension", "partition", "code", "parent", "rounding").rows(named=True)
    own = {(row["dimension"], row["code"]) for row in rows if row["rounding"] == "own"}
    remainders = {(r["dimension"], r["code"]): r for r in rows if r["rounding"] == "complement"}

    def roundings(dimension: str, code: str) -> int:
        if (dimension, code) in own:
            return 1
        made = remainders.get((dimension, code))
        if made is None:  # everybody: exact
            return 0
        siblings: int = sum(
            other["rounding"] == "own"
            for other in rows
            if (other["dimension"], other["partition"]) == (dimension, made["partition"])
        )
        return siblings + roundings(dimension, made["parent"])

    attributes = {row["dimension"] for row in rows}
    keys = {*own, *remainders}
    found = [{"attribute": a, "category": c, "roundings": roundings(a, c)} for a, c in keys]
    found += [{"attribute": a, "category": REST, "roundings": 1} for a in attributes]
    schema = {"attribute": pl.String, "category": pl.String, "roundings": pl.Int64}
    return pl.DataFrame(found, schema=schema)


def _stock_weights(periods: pl.DataFrame, kinds: pl.DataFrame, when: str) -> pl.DataFrame:
    """(period, period_kind, stock_period, weight): the dates at which a flow's stock is taken.

    Within a block the stock is taken in every year and added up, so that a rate is a yearly one.
    """
    stock_kind = "quarter" if "quarter" in periods["partition"].to_list() else "year"
    stocks = periods.filter(pl.col("partition") == stock_kind)
    asked = periods.join(
        kinds, left_on=["code", "partition"], right_on=["period", "period_kind"], how="semi"
    )
    rows: list[dict[str, object]] = []
    for flow in asked.iter_rows(named=True):
        step = periods.filter(
            (pl.col("partition") == ("year" if flow["partition"] == "block" else flow["partition"]))
            & (pl.col("valid_from") >= flow["valid_from"])
            & (pl.col("valid_to") <= flow["valid_to"])
        )
        for part in step.iter_rows(named=True):
            ends = [
                (pl.lit(part["valid_from"]).dt.offset_by("-1d"), 1.0 if when == "start" else 0.5)
            ]
            if when == "mean":
                ends.append((pl.lit(part["valid_to"]), 0.5))
            for date, weight in ends:
                found = stocks.filter(pl.col("valid_to") == date)["code"].to_list()
                rows.append(
                    {
                        "period": flow["code"],
                        "period_kind": flow["partition"],
                        "stock_period": found[0] if found else "",
                        "weight": weight,
                    }
                )
    return pl.DataFrame(
        rows,
        schema={
            "period": pl.String,
            "period_kind": pl.String,
            "stock_period": pl.String,
            "weight": pl.Float64,
        },
    )


def _proportion(book: _Counts, metric: dict[str, str]) -> pl.DataFrame:
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
    on = ["period", "period_kind", *_ID]
    sizes = stock.select(*on, "category", size="value", size_status="status", size_var="variance")
    if category == "same":
        return numerator.join(sizes, on=[*on, "category"])
    whole = _whole_of(numerator, sizes)
    if category == "":
        return whole
    known = sizes.filter(pl.col("category") == category).drop("category")
    joined = whole.join(known, on=on, how="left", suffix="_known", maintain_order="left")
    shown = pl.col("size_status_known") == "published"
    return joined.with_columns(
        pl.when(shown).then(pl.col(f"{name}_known")).otherwise(pl.col(name)).alias(name)
        for name in ("size", "size_status", "size_var")
    ).drop("size_known", "size_status_known", "size_var_known")


def _whole_of(numerator: pl.DataFrame, sizes: pl.DataFrame) -> pl.DataFrame:
    """Everybody in each cell's unit, scale group and period; of a two-way cell its margin."""
    on = ["period", "period_kind", "unit", "unit_level", "scale_group"]
    margin = sizes.filter(pl.col("attribute2") == "").select(
        *on, "size", "size_status", "size_var", margin="attribute", margin_category="category"
    )
    return numerator.join(
        margin,
        left_on=[*on, "attribute2", "category2"],
        right_on=[*on, "margin", "margin_category"],
    )


def _interval(joined: pl.DataFrame) -> pl.DataFrame:
    """Add the status, the fraction and its bounds, and the effective size behind them."""
    frame = joined.with_columns(
        status=pl.when(pl.col("status") != "published")
        .then(pl.col("status"))
        .when(pl.col("size_status") != "published")
        .then(pl.col("size_status"))
        .otherwise(pl.lit("published"))
    ).filter((pl.col("status") != "published") | (pl.col("size") > 0))
    shown = pl.col("status") == "published"
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
    )
    return pl.concat(
        [frame.select(*KEYS, "status", "as_of"), numbers],
        how="horizontal",
    ).with_columns(
        pl.when(pl.col("status") == "published").then(pl.col(name)).alias(name)
        for name in ("p", "lower", "upper", "effective", "base")
    )


def _written(name: str, decimals: int) -> pl.Expr:
    """Round a figure as it is written, the same on every machine.

    The last bits of a computed 1.5 depend on how the processor grouped the work; nine decimals
    are far beyond what is shown and settle them before the figure is rounded to even.
    """
    return pl.col(name).round(9).round(decimals).alias(name)


def _decimals(frame: pl.DataFrame, values: tuple[str, ...]) -> pl.DataFrame:
    """Percentages as they are written, by the size of the base."""
    small = pl.col("base") < WHOLE_PERCENT_BELOW
    return frame.with_columns(
        pl.when(small).then(_written(name, 0)).otherwise(_written(name, 1)).alias(name)
        for name in values
    )


def _write_percent(exact: pl.DataFrame) -> pl.DataFrame:
    percent = exact.with_columns(
        value=pl.col("p") * 100, lower=pl.col("lower") * 100, upper=pl.col("upper") * 100
    )
    return _decimals(percent, ("value", "lower", "upper"))


def _outer_bands(dimensions: pl.DataFrame) -> tuple[str, str]:
    """The lowest and the highest scale group of the partition ``main``."""
    codes = dimensions.filter(
        (pl.col("dimension") == "scale_group") & (pl.col("partition") == "main")
    )["code"].to_list()
    return codes[0], codes[-1]


def _pair(exact: pl.DataFrame, left: pl.Expr, right: pl.Expr, on: list[str]) -> pl.DataFrame:
    """The rows of two proportions side by side, shown where both are."""
    columns = ["status", "p", "lower", "upper", "effective", "base"]
    pair = exact.filter(left).join(exact.filter(right).select(*on, *columns), on=on, suffix="_2")
    worst = (
        pl.when(pl.col("status") != "published")
        .then(pl.col("status"))
        .otherwise(pl.col("status_2"))
    )
    return pair.with_columns(status=worst, base=pl.min_horizontal("base", "base_2"))


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
    return _decimals(result, ("value", "lower", "upper"))


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
    hidden = known.filter(pl.col("status") != "published").select(KEYS)
    outside = _pair(exact, group, mine & (pl.col("category") == REST), on)
    pair = pl.concat(
        [
            known.filter(pl.col("status") == "published"),
            outside.join(hidden, on=KEYS, how="semi"),
        ]
    )
    return _as_ratio(pair.with_columns(metric=pl.lit(metric["metric"])))


def _as_ratio(pair: pl.DataFrame) -> pl.DataFrame:
    shown = _shown(pair)
    p1, n1, p2, n2 = (shown[c].to_numpy() for c in ("p", "effective", "p_2", "effective_2"))
    result = _with_numbers(pair, shown, *statistics.ratio_interval(p1, n1, p2, n2))
    return result.with_columns(_written(name, 2) for name in ("value", "lower", "upper"))


def _shown(pair: pl.DataFrame) -> pl.DataFrame:
    """The pairs that can be compared: both shown, neither of them zero."""
    return pair.filter((pl.col("status") == "published") & (pl.col("p") > 0) & (pl.col("p_2") > 0))


def _with_numbers(
    pair: pl.DataFrame,
    shown: pl.DataFrame,
    value: statistics.Floats,
    lower: statistics.Floats,
    upper: statistics.Floats,
) -> pl.DataFrame:
    """The compared rows with their numbers, then the rows that are not shown without any."""
    numbers = shown.with_columns(
        value=pl.Series(value), lower=pl.Series(lower), upper=pl.Series(upper)
    )
    hidden = pair.filter(pl.col("status") != "published").with_columns(
        pl.lit(None, dtype=pl.Float64).alias(name) for name in ("value", "lower", "upper", "base")
    )
    return pl.concat([frame.select(CELLS) for frame in (numbers, hidden)])
