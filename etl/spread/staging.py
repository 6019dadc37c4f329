"""Who stages a personnel file: a cluster where the settings say so, else this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path

import polars as pl

from etl.domain import Reference
from etl.mapping import Mapping
from etl.pseudonym import Keys
from etl.settings import Settings
from etl.spread.spark import SparkMachines
from etl.spread.stage import stage_spread
from etl.stage import StagedFile
from etl.warehouse.spark_session import spark_session

Spread = Callable[[Path, Mapping, Reference, pl.DataFrame, Keys, date], StagedFile | None]
"""Stages a personnel file over many machines; None where it is for one machine."""


@contextmanager
def spreading(settings: Settings) -> Iterator[Spread | None]:
    """How personnel files are staged for a home: on Spark where it is the engine, else here.

    Everything else (units, movements, targets, surveys) is small, and staged here.

    Raises:
        RefusedInput: Spark is asked for and cannot be had; nothing was changed.
    """
    if settings.engine == "duckdb":
        yield None
        return
    with spark_session(settings.spark_url) as session:
        machines = SparkMachines(session)
        directory = (settings.spark_keys or settings.keys).resolve()
        yield partial(stage_spread, machines, key_directory=directory)
