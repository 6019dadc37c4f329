"""Which leaf rows a metric counts, and on which side of the period."""

from __future__ import annotations

import polars as pl

from etl.domain import ATTRIBUTES, Reference

STOCKS = ("headcount", "fte")
TO_SIDE = ("headcount", "fte", "inflow", "transfer_in")
"""Metrics counted where people are after the period; the others where they were before it."""
SUMS = ("persons", "fte", "fte_persons", "key_hi", "key_lo")
"""What leaves add up."""


def events(leaves: pl.LazyFrame, metric: str, reference: Reference) -> pl.LazyFrame:
    """The leaf rows that a metric counts, with the side on which it counts them.

    Lazy: of millions of leaves only the columns that are asked for later are looked at.
    """
    promoted = (pl.col("kind") == "stay") & (pl.col("move") == "promotion")
    crossed = pl.col("from_scale").is_in(sorted(reference.scales.low.scales)) & pl.col(
        "to_scale"
    ).is_in(sorted(reference.scales.high.scales))
    chosen = {
        "headcount": pl.col("to_unit").is_not_null(),
        "inflow": pl.col("kind") == "inflow",
        "exit": pl.col("kind") == "exit",
        "promotion": promoted,
        "crossing": promoted & crossed,
    }[metric]
    return located(leaves.filter(chosen), "to" if metric in TO_SIDE else "from")


def located(leaves: pl.LazyFrame, side: str) -> pl.LazyFrame:
    """Leaves with the unit, scale and attributes of one side."""
    return leaves.select(
        "to_ref",
        *SUMS,
        pl.col(f"{side}_ref").alias("ref"),
        *(pl.col(f"{side}_{name}").alias(name) for name in ("unit", "scale", *ATTRIBUTES)),
    )
