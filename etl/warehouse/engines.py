"""Which engine computes the leaves of a home: DuckDB, or Spark where the settings say so."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from etl.errors import RefusedInput
from etl.settings import Settings
from etl.warehouse.handover import hand_over, run_directory
from etl.warehouse.spark import SparkEngine
from etl.warehouse.spark_session import spark_session
from etl.warehouse.store import Warehouse


def leaves_of(warehouse: Warehouse, settings: Settings) -> pl.DataFrame:
    """The leaves of all periods (columns: `etl.warehouse.engine.LEAVES`), whoever computes them.

    Raises:
        BrokenContract: the result cannot be right.
        RefusedInput: Spark is asked for and cannot do it; nothing was changed.
    """
    if settings.engine == "duckdb":
        return warehouse.leaves()
    shared = shared_directory(settings)
    with run_directory(shared) as run, spark_session(settings.spark_url) as session:
        hand_over(warehouse.connection, run)
        return SparkEngine(session, run).leaves(warehouse.calendar())


def shared_directory(settings: Settings) -> Path:
    """The directory that the driver and the executors share.

    Raises:
        RefusedInput: none is set.
    """
    if settings.spark_shared is None:
        raise RefusedInput(
            "The engine spark needs a directory that it shares with the executors",
            expected="a path that this machine and every executor see",
            next_step="set AFSPIEGELING_SPARK_SHARED (docs/scale-out.md)",
        )
    return settings.spark_shared
