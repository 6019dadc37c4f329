"""Protected counts as ``derive`` looks them up: with their rounding variance, dates and the rest.

A stock that repeats an earlier number belongs to the date in ``as_of`` and to no other: a figure
that needs it at its own period is ``not_refreshed`` then.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from etl.metrics import statistics

REST = "rest"
"""Category of everybody outside the group; used for comparing, never published."""

PUBLISHED, NOT_REFRESHED = "published", "not_refreshed"
HIDDEN = ("suppressed", "not_measured")
STATUSES = (PUBLISHED, NOT_REFRESHED, *HIDDEN)
"""Every status of a cell; of the counts of one figure the last in this order is the figure's."""

NOT_REACHED = "not_reached"
"""Status of a figure that the counts, all shown, do not reach."""

PLACE = ("unit", "unit_level", "scale_group", "attribute", "attribute2", "category2")
"""What a count and its denominator share, beside the period."""


class Counts:
    """Protected counts with their rounding variance, and stocks carried to the periods of flows.

    Args:
        counts: cells of kind ``count``.
        dimensions: ``dimensions.csv``.
        rounded: metrics of which everybody's number is rounded, too. ``base_var`` is the variance
            of ``base``.
    """

    def __init__(
        self, counts: pl.DataFrame, dimensions: pl.DataFrame, rounded: Sequence[str] = ()
    ) -> None:
        total = pl.col("metric").is_in(list(rounded)).cast(pl.Int64)
        made = pl.col("roundings").fill_null(0) + total * pl.col("of_whole").fill_null(1)
        self.cells = (
            _with_rest(counts)
            .join(_roundings(dimensions), on=["attribute", "category"], how="left")
            .with_columns(
                variance=made * statistics.ROUNDING_VARIANCE,
                base_var=total * statistics.ROUNDING_VARIANCE,
            )
        )
        self.lowest_band, self.highest_band = outer_bands(dimensions)
        self.periods = dimensions.filter(pl.col("dimension") == "period")

    def of(self, metric: str) -> pl.DataFrame:
        """The cells of one metric."""
        return self.cells.filter(pl.col("metric") == metric)

    def over_years(self, metric: str) -> pl.DataFrame:
        """The cells of a flow, and for places whose years are counted the sums over each block.

        Only for the blocks that the plan has for this flow: some units are counted by year, others
        by block, and both are to be seen over the same years.
        """
        cells = self.of(metric)
        summed = self.years_summed(cells.filter(pl.col("period_kind") == "year"))
        made = summed.join(
            self.years_of_blocks(metric), left_on="period", right_on="block", how="semi"
        ).join(cells, on=["period", *PLACE, "category"], how="anti")
        return pl.concat([cells, made], how="diagonal")

    def years_summed(self, yearly: pl.DataFrame) -> pl.DataFrame:
        """Yearly counts summed over all years of each block; a hidden year hides the sum."""
        return (
            yearly.join(self.years_of_blocks(), on="period")
            .group_by("metric", "block", "needed", *PLACE, "category")
            .agg(
                pl.sum("value", "base", "variance", "base_var"),
                years=pl.len(),
                status=worst(rank().max()),
            )
            .filter(pl.col("years") == pl.col("needed"))
            .with_columns(period="block", period_kind=pl.lit("block"), as_of="block")
            .drop("block", "needed", "years")
        )

    def years_of_blocks(self, metric: str = "") -> pl.DataFrame:
        """``block, period, needed``: the years that each block needs, and how many these are.

        Args:
            metric: only the blocks for which some of its cells are planned; "": all.
        """
        blocks = self.periods.filter(pl.col("partition") == "block")
        if metric:
            blocks = blocks.join(self.of(metric), left_on="code", right_on="period", how="semi")
        years = self.periods.filter(pl.col("partition") == "year")
        pairs = blocks.select("valid_from", "valid_to", block="code").join(
            years.select("valid_from", "valid_to", period="code"), how="cross", suffix="_year"
        )
        inside = (pl.col("valid_from_year") >= pl.col("valid_from")) & (
            pl.col("valid_to_year") <= pl.col("valid_to")
        )
        return pairs.filter(inside).select("block", "period", needed=pl.len().over("block"))

    def at(self, metric: str, when: str, kinds: pl.DataFrame) -> pl.DataFrame:
        """Cells of a stock summed over the dates that ``when`` asks for, one row a flow period.

        A number that belongs to an earlier date than asked for makes the sum ``not_refreshed``.

        Args:
            metric: the stock.
            when: ``same``, ``start`` or ``mean`` (of each year of the period), ``begin`` or ``end``
                (of the period as a whole).
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
            .group_by("period", "period_kind", *PLACE, "category")
            .agg(
                status=worst(_at_own_date().max()),
                value=(pl.col("value") * pl.col("weight")).sum(),
                variance=(pl.col("variance") * pl.col("weight") ** 2).sum(),
                dates=pl.len(),
            )
            .join(needed, on=["period", "period_kind"])
            .filter(pl.col("dates") == pl.col("needed"))
            .with_columns(as_of="period")
        )


def _with_rest(counts: pl.DataFrame) -> pl.DataFrame:
    """Add everybody outside the group, the reference where the known others are suppressed.

    The number of known others is hidden with the number of unknowns; everybody and the group are
    both published then, and their difference says nothing that they do not. ``base`` is everybody
    in the set that the number belongs to: at the date in ``as_of``.
    """
    group = counts.filter((pl.col("category") == "yes") & (pl.col("attribute2") == ""))
    rest = group.with_columns(category=pl.lit(REST), value=pl.col("base") - pl.col("value"))
    return pl.concat([counts, rest])


def rank(status: str = "status") -> pl.Expr:
    """The place of a status in ``STATUSES``."""
    places = {each: place for place, each in enumerate(STATUSES)}
    return pl.col(status).replace_strict(places, return_dtype=pl.Int8)


def worst(ranks: pl.Expr) -> pl.Expr:
    """The status at a place in ``STATUSES``."""
    return ranks.replace_strict(dict(enumerate(STATUSES)), return_dtype=pl.String)


def of_one_date(ranks: pl.Expr, as_of: str, other: str) -> pl.Expr:
    """The rank of a figure of two numbers that must belong to one date."""
    apart = pl.col(as_of) != pl.col(other)
    return (
        pl.when(apart)
        .then(pl.max_horizontal(ranks, STATUSES.index(NOT_REFRESHED)))
        .otherwise(ranks)
    )


def _at_own_date() -> pl.Expr:
    return of_one_date(rank(), "as_of", "stock_period")


def _roundings(dimensions: pl.DataFrame) -> pl.DataFrame:
    """How many independent roundings each category's published count holds.

    A part that is rounded by itself holds one; a remainder those of its parent and its siblings,
    whatever order the dimensions come in. ``of_whole``: 1 where everybody's number is one of the
    numbers that it is made of.
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

    def of_whole(dimension: str, code: str) -> int:
        while code and (dimension, code) not in own:
            code = remainders[dimension, code]["parent"] if (dimension, code) in remainders else ""
        return int(not code)

    attributes = {row["dimension"] for row in rows}
    found = [(a, c, roundings(a, c), of_whole(a, c)) for a, c in {*own, *remainders}]
    found += [(a, REST, 1, 1) for a in attributes]
    schema = ["attribute", "category", "roundings", "of_whole"]
    types = {"attribute": pl.String(), "category": pl.String()}
    return pl.DataFrame(found, schema=schema, schema_overrides=types, orient="row")


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
        parts = [flow] if when in {"begin", "end"} else step.iter_rows(named=True)
        for part in parts:
            before, after = part["valid_from"] - timedelta(days=1), part["valid_to"]
            for day, weight in _dates(before, after)[when]:
                found = stocks.filter(pl.col("valid_to") == day)["code"].to_list()
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


def _dates(before: date, after: date) -> dict[str, list[tuple[date, float]]]:
    """At which dates a stock is taken, and its weight, for each ``when``."""
    return {
        "start": [(before, 1.0)],
        "mean": [(before, 0.5), (after, 0.5)],
        "begin": [(before, 1.0)],
        "end": [(after, 1.0)],
    }


def outer_bands(dimensions: pl.DataFrame) -> tuple[str, str]:
    """The lowest and the highest scale group of the partition ``main``."""
    codes = dimensions.filter(
        (pl.col("dimension") == "scale_group") & (pl.col("partition") == "main")
    )["code"].to_list()
    return codes[0], codes[-1]
