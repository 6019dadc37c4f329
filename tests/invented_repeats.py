"""Numbers of the invented publication that repeat an earlier date, as the distance rule does."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from tests.invented_counts import ALL, HIGH, LOW

STOCKS = ("headcount", "share", "coverage")
COMPARED = ("gap", "ratio")
NUMBERS = ("status", "as_of", "value", "base", "lower", "upper")
REPEATED = {"SG1": ((ALL, LOW, HIGH), 2), "UB1": ((ALL, LOW, HIGH), 1), "UB2": ((HIGH,), 2)}
"""Unit -> its scale groups, and how many of the last dates repeat the date before them."""


def with_repeats(cells: pl.DataFrame, stocks: Sequence[str]) -> pl.DataFrame:
    """Origin at the last dates of some units: repeated, and what no longer fits not refreshed.

    Args:
        cells: columns of ``mart_cell``.
        stocks: codes of all reference dates, oldest first.
    """
    for unit, (bands, dates) in REPEATED.items():
        source, targets = stocks[-dates - 1], stocks[-dates:]
        metrics = (*STOCKS, *COMPARED) if LOW in bands else STOCKS
        cells = _repeat(cells, _of(unit, metrics, bands), source, targets)
        if LOW not in bands:
            cells = _stale(cells, _of(unit, COMPARED, (ALL,)) & pl.col("period").is_in(targets))
        ended = pl.col("period").str.ends_with(stocks[-1][:4]) & (pl.col("period_kind") == "block")
        flows = _of(unit, ("exit_rate", "exit_parity"), bands)
        cells = _stale(cells, flows & ended)
    return cells


def _of(unit: str, metrics: Sequence[str], bands: Sequence[str]) -> pl.Expr:
    return (
        (pl.col("unit") == unit)
        & (pl.col("attribute") == "origin")
        & pl.col("metric").is_in(metrics)
        & pl.col("scale_group").is_in(bands)
    )


def _repeat(
    cells: pl.DataFrame, which: pl.Expr, source: str, targets: Sequence[str]
) -> pl.DataFrame:
    key = ["metric", "unit", "scale_group", "attribute", "category", "attribute2", "category2"]
    before = cells.filter(which & (pl.col("period") == source)).select(*key, *NUMBERS)
    here = which & pl.col("period").is_in(targets)
    shown = pl.col("status_before") == "published"
    kept = cells.filter(here).join(before, on=key, how="left", suffix="_before")
    kept = kept.with_columns(
        pl.when(shown).then(f"{name}_before").otherwise(name).alias(name) for name in NUMBERS
    )
    return _in_order(cells, pl.concat([cells.filter(~here), kept.select(cells.columns)]))


def _stale(cells: pl.DataFrame, which: pl.Expr) -> pl.DataFrame:
    """Shown figures of these become ``not_refreshed``."""
    lost = which & (pl.col("status") == "published")
    return cells.with_columns(
        pl.when(lost).then(pl.lit("not_refreshed")).otherwise("status").alias("status"),
        *(
            pl.when(lost).then(None).otherwise(name).alias(name)
            for name in ("value", "base", "lower", "upper")
        ),
    )


def _in_order(cells: pl.DataFrame, changed: pl.DataFrame) -> pl.DataFrame:
    key = cells.columns[:10]
    return cells.select(key).join(changed, on=key, how="left", maintain_order="left")
