"""The exit monitor as it is counted: answers, and apart from them who was invited."""

from __future__ import annotations

import polars as pl

from etl.metrics.exits import ANSWER_ROWS, INVITED_ROWS, Exits
from etl.warehouse.store import Warehouse

_HALF = 8
"""Hexadecimal digits of a half of a key."""


def exits_of(warehouse: Warehouse) -> Exits:
    """What is loaded of the exit monitor, in no order that tells of a file.

    Who was forgotten counts as not invited; answers are nobody's and stay.
    """
    answers = warehouse.frame(
        "SELECT year, unit, respondent AS mark, origin, exit_kind, racism_role, talked, "
        "would_return, reasons, items FROM fct_exit_answer ORDER BY year, respondent"
    )
    invited = warehouse.frame(
        "SELECT year, person AS mark FROM fct_exit_invitation WHERE invited ORDER BY year, person"
    )
    return Exits(_keyed(answers, ANSWER_ROWS), _keyed(invited, INVITED_ROWS))


def _keyed(rows: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """Rows with the halves of the key that rounding draws from: digits of a keyed mark."""
    mark = pl.col("mark").str
    return rows.with_columns(
        key_hi=mark.slice(0, _HALF).str.to_integer(base=16, dtype=pl.Int64),
        key_lo=mark.slice(_HALF, _HALF).str.to_integer(base=16, dtype=pl.Int64),
    ).select(pl.col(name).cast(kind) for name, kind in schema.items())
