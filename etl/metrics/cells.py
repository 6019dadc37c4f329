"""The columns of a cell: one declaration for counting, protecting, deriving and publishing."""

from __future__ import annotations

import polars as pl

from etl.attributes import EVERYBODY

KEYS = (
    "metric",
    "period",
    "period_kind",
    "unit",
    "unit_level",
    "scale_group",
    "attribute",
    "category",
    "attribute2",
    "category2",
)
"""What identifies a cell."""
CELLS = (*KEYS, "status", "as_of", "value", "base", "lower", "upper")
"""The columns of ``cells.csv`` and ``mart_cell``."""

BASE_KEYS = ("unit", "unit_level", "scale_group", "period", "period_kind")
"""What identifies a base of one metric while it is counted."""
COUNTS = pl.Schema(
    {
        "metric": pl.String(),
        "period": pl.String(),
        "period_kind": pl.String(),
        "unit": pl.String(),
        "unit_level": pl.Int16(),
        "scale_group": pl.String(),
        "attribute": pl.String(),
        "category": pl.String(),
        "attribute2": pl.String(),
        "category2": pl.String(),
        "count": pl.Int64(),
        "base": pl.Int64(),
        "key_hi": pl.Int64(),
        "key_lo": pl.Int64(),
        "fte": pl.Int64(),
        "measured": pl.Int64(),
    }
)
"""The planned true counts. ``base``, ``key_hi`` and ``key_lo`` are of everybody in the cell's unit,
scale group, period and metric; ``fte`` (thousandths) only for the metric fte, whose ``count`` is
its nearest whole number; ``measured``: how many persons had the attribute (or fte) delivered."""


def finish(cells: pl.DataFrame, metric: str, attributes: tuple[str, ...]) -> pl.DataFrame:
    """Counted rows as cells of a metric, columns ``COUNTS``.

    Args:
        cells: ``BASE_KEYS, base, count, measured`` and ``<attribute>_category`` of each attribute.
        metric: what was counted.
        attributes: none to two of them.
    """
    names = [*attributes, EVERYBODY, EVERYBODY][:2]
    labels = [pl.col(f"{name}_category") if name else pl.lit(EVERYBODY) for name in names]
    return cells.with_columns(
        metric=pl.lit(metric),
        attribute=pl.lit(names[0]),
        category=labels[0],
        attribute2=pl.lit(names[1]),
        category2=labels[1],
        fte=pl.col("fte") if metric == "fte" else pl.lit(None, dtype=pl.Int64),
    ).select(pl.col(name).cast(dtype) for name, dtype in COUNTS.items())
