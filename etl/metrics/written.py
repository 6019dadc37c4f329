"""How a computed figure is written: in whole percent or in tenths, by its base."""

from __future__ import annotations

import polars as pl

WHOLE_PERCENT_BELOW = 1000
"""Percentages of a smaller base are written in whole percent, of a larger one in one decimal."""


def written(name: str, decimals: int) -> pl.Expr:
    """Round a figure as it is written, the same on every machine.

    The last bits of a computed 1.5 depend on how the processor grouped the work; nine decimals
    are far beyond what is shown and settle them before the figure is rounded to even.
    """
    return pl.col(name).round(9).round(decimals).alias(name)


def decimals(frame: pl.DataFrame, values: tuple[str, ...]) -> pl.DataFrame:
    """Percentages as they are written, by the size of the base."""
    small = pl.col("base") < WHOLE_PERCENT_BELOW
    return frame.with_columns(
        pl.when(small).then(written(name, 0)).otherwise(written(name, 1)).alias(name)
        for name in values
    )
