"""Measure the leaf query: ``python -m tests.cluster.measure ENGINE SIZE DIRECTORY``.

Engines: ``duckdb``, ``polars`` (its SQL, the same text) and ``spark`` (master and two workers of a
core each on this machine, with encryption). The rows are made once and kept in the directory. Time
is that of the query with the session open; memory is the highest sum over all processes, those of
the cluster included. The figure is added to ``docs/proof/scale-out.json``.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import polars as pl

from etl.warehouse.engine import LEAF_SQL, RELATIONS, DuckDbEngine, calendar_of, checked
from tests.cluster import invented
from tests.conftest import REPOSITORY
from tests.proof.record import record

SIZES = {"s": (10_000, 20), "m": (150_000, 40), "l": (1_000_000, 40), "pair": (10_000_000, 2)}
"""People and dates."""
NAME = "scale-out"


@dataclass
class Peak:
    """The highest memory of this process and all that it started, in MB."""

    mb: float = 0.0


@contextmanager
def watched() -> Iterator[Peak]:
    """Look at the memory ten times a second."""
    peak, over = Peak(), threading.Event()

    def look() -> None:
        while not over.wait(0.1):
            peak.mb = max(peak.mb, sum(map(_resident, _tree(os.getpid()))))

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        over.set()
        watcher.join()


def _tree(root: int) -> set[int]:
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text().rsplit(")", 1)[1].split()[1])
    found = {root}
    while new := {p for p, parent in parents.items() if parent in found} - found:
        found |= new
    return found


def _resident(process: int) -> float:
    """Proportional memory, so that what processes share counts once."""
    with suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1000
    return 0.0


def by_duckdb(directory: Path, refs: list[date]) -> tuple[pl.DataFrame, float]:
    with TemporaryDirectory() as spill, duckdb.connect() as connection:
        connection.execute(f"SET temp_directory = '{spill}'")
        invented.offered(connection, directory)
        began = time.perf_counter()
        return DuckDbEngine(connection).leaves(calendar_of(refs)), time.perf_counter() - began


def by_polars(directory: Path, refs: list[date]) -> tuple[pl.DataFrame, float]:
    frames = {name: pl.scan_parquet(directory / name / "*.parquet") for name in RELATIONS}
    frames["calendar"] = calendar_of(refs).lazy()
    began = time.perf_counter()
    found = pl.SQLContext(frames).execute(LEAF_SQL).collect(engine="streaming")
    return checked(found), time.perf_counter() - began


def by_spark(directory: Path, refs: list[date]) -> tuple[pl.DataFrame, float]:
    from etl.warehouse.spark import SparkEngine
    from etl.warehouse.spark_session import spark_session
    from tests.cluster.cluster import running_cluster

    memory = {"spark.driver.memory": "2g", "spark.executor.memory": "2g"}
    with TemporaryDirectory() as place, running_cluster(Path(place), **memory) as cluster:  # noqa: SIM117
        with spark_session(cluster.url) as session:
            session.sql("SET spark.sql.shuffle.partitions=16")
            began = time.perf_counter()
            found = SparkEngine(session, directory).leaves(calendar_of(refs))
            return found, time.perf_counter() - began


ENGINES = {"duckdb": by_duckdb, "polars": by_polars, "spark": by_spark}


def main(engine: str, size: str, where: str) -> None:
    """Measure one engine on one size, and remember it."""
    people, dates = SIZES[size]
    directory, refs = Path(where) / size, invented.dates(dates)
    if not directory.is_dir():
        invented.write(directory, people, refs)
    with watched() as peak:
        leaves, seconds = ENGINES[engine](directory, refs)
    figure = {
        "people": people,
        "dates": dates,
        "person_rows": people * dates,
        "seconds": round(seconds, 1),
        "mb": round(peak.mb),
        "leaf_rows": leaves.height,
        "rows": str(leaves.hash_rows(seed=1).sum()),
    }
    path = REPOSITORY / "docs" / "proof" / f"{NAME}.json"
    known = json.loads(path.read_text("utf-8"))["figures"] if path.is_file() else {}
    known[f"{size} {engine}"] = figure
    record(NAME, "python -m tests.cluster.measure ENGINE SIZE DIRECTORY", known)
    sys.stdout.write(json.dumps(figure) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
