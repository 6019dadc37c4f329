"""From extracts to true planned counts, step by step, with the seconds and the memory of each.

Everything of `load`, then of `publish` what comes before protection: leaves, accounting identity,
counts. The counts are written as a file, because a cube that nobody can read is not done.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from etl.load import load
from etl.pipeline import true_counts
from etl.settings import Settings
from etl.steps import LOG
from tests.benchmarks.extracts import TYPES

Step = dict[str, float]

SCAN = "SELECT COUNT(*), COUNT(COLUMNS(*)) FROM read_csv(?, delim=';', header=true, columns={}, decimal_separator=',')"


class Clock(logging.Handler):
    """The steps of a command as they pass; a step that comes again adds up.

    Attributes:
        steps: name -> seconds, and the most megabytes in memory while it ran.
    """

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.steps: dict[str, Step] = {}
        self._since = time.perf_counter()
        _forget_peak()

    def emit(self, record: logging.LogRecord) -> None:
        self.mark(record.getMessage())

    def mark(self, name: str) -> None:
        """A step ends here."""
        now = time.perf_counter()
        step = self.steps.setdefault(name, {"seconds": 0.0, "peak megabytes": 0})
        step["seconds"] = round(step["seconds"] + now - self._since, 3)
        step["peak megabytes"] = max(step["peak megabytes"], _peak())
        _forget_peak()
        self._since = time.perf_counter()


def _peak() -> int:
    """The most megabytes since it was last forgotten, code of the libraries included."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) // 1024


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


@contextmanager
def _watched() -> Iterator[Clock]:
    clock = Clock()
    level, LOG.level = LOG.level, logging.DEBUG
    LOG.addHandler(clock)
    try:
        yield clock
    finally:
        LOG.removeHandler(clock)
        LOG.setLevel(level)


@dataclass(frozen=True)
class Job:
    """What is loaded into which home; ``counted``: with what `publish` does before protection."""

    home: Path
    files: tuple[Path, ...]
    counted: bool = True


@dataclass(frozen=True)
class Outcome:
    """What a run took. ``idle``: megabytes of the process before it began."""

    steps: dict[str, Step]
    idle: int
    cells: int

    @property
    def seconds(self) -> float:
        return round(sum(step["seconds"] for step in self.steps.values()), 2)

    @property
    def megabytes(self) -> int:
        return int(max(step["peak megabytes"] for step in self.steps.values()))


def run(job: Job) -> Outcome:
    """Load and count; for `tests.benchmarks.measure.apart`."""
    settings = Settings(home=job.home)
    idle = _peak()
    with _watched() as clock:
        load(job.files, "rijk-standaard", settings)
        clock.mark("load: closed")
        cells = true_counts(settings) if job.counted else pl.DataFrame()
        if job.counted:
            cells.write_parquet(job.home / "cells.parquet")
            clock.mark("counted and written")
    return Outcome(clock.steps, idle, cells.height)


def scan(files: tuple[Path, ...]) -> float:
    """Seconds of a typed scan of the files by DuckDB, every value of every column read."""
    types = ", ".join(f"'{name}': '{kind}'" for name, kind in TYPES.items())
    began = time.perf_counter()
    with duckdb.connect() as connection:
        names = [str(file) for file in files]
        connection.execute(SCAN.replace("{}", "{" + types + "}"), [names]).fetchall()
    return time.perf_counter() - began


def lines(steps: dict[str, Step]) -> pl.DataFrame:
    """Steps as a table, for the eye."""
    return pl.DataFrame([{"step": name, **step} for name, step in steps.items()])
