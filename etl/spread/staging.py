"""Who stages a file: this machine, or a cluster where the settings say so and the file is large."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import polars as pl

from etl.domain import Reference
from etl.mapping import Mapping
from etl.pseudonym import Keys
from etl.settings import Settings
from etl.spread.spark import SparkMachines
from etl.spread.stage import stage_spread
from etl.stage import StagedFile, stage
from etl.warehouse.spark_session import spark_session

Stage = Callable[[Path, str, Mapping, Reference, pl.DataFrame, Keys, date | None], StagedFile]
"""What :func:`etl.stage.stage` is."""


@contextmanager
def staging(settings: Settings) -> Iterator[Stage]:
    """How files are staged for a home: personnel files on Spark where it is the engine.

    Everything else (units, movements, targets, surveys) is small, and staged here.

    Raises:
        RefusedInput: Spark is asked for and cannot be had; nothing was changed.
    """
    if settings.engine == "duckdb":
        yield stage
        return
    with spark_session(settings.spark_url) as session:
        machines = SparkMachines(session)
        directory = (settings.spark_keys or settings.keys).resolve()

        def spread(  # noqa: PLR0917  (as `etl.stage.stage`)
            path: Path,
            extract: str,
            mapping: Mapping,
            reference: Reference,
            units: pl.DataFrame,
            keys: Keys,
            now: date | None,
        ) -> StagedFile:
            if extract != "personeel":
                return stage(path, extract, mapping, reference, units, keys, now)
            return stage_spread(
                machines,
                path,
                mapping,
                reference,
                units,
                keys,
                now=now or date.today(),
                key_directory=directory,
            )

        yield spread
