"""The leaf query on a real cluster that loses a worker: the same rows as DuckDB and as by hand."""

from __future__ import annotations

import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from etl.warehouse.engine import DuckDbEngine, calendar_of
from etl.warehouse.handover import hand_over, run_directory
from etl.warehouse.spark import SparkEngine
from etl.warehouse.spark_session import spark_session
from tests.cluster import invented
from tests.cluster.cluster import Cluster
from tests.etl.person_rows import (
    MOVEMENTS,
    PEOPLE,
    Q1,
    Q2,
    Q3,
    REFUSED,
    movements,
    people,
    presence,
)
from tests.etl.test_leaf import EXPECTED, as_drawn

pytestmark = pytest.mark.cluster
TASKS, DONE = 16, 2
"""Tasks of a shuffle, and how many of them are done when a worker dies."""


def duckdb_leaves(directory: Path, calendar: pl.DataFrame) -> pl.DataFrame:
    with duckdb.connect() as connection:
        invented.offered(connection, directory)
        return DuckDbEngine(connection).leaves(calendar)


def test_a_cluster_that_loses_a_worker_gives_the_rows_of_duckdb_and_those_by_hand(
    cluster: Cluster,
) -> None:
    refs = invented.dates(20)
    with (
        spark_session(cluster.url) as session,
        run_directory(cluster.shared) as small,
        run_directory(cluster.shared) as large,
    ):
        with duckdb.connect() as connection:
            connection.register("snapshot", people(PEOPLE))
            connection.register("presence", presence(PEOPLE, REFUSED))
            connection.register("movement", movements(MOVEMENTS))
            hand_over(connection, small)
            by_duckdb = DuckDbEngine(connection).leaves(calendar_of([Q1, Q2, Q3]))
        session.sql("SET spark.sql.shuffle.partitions=2")
        by_spark = SparkEngine(session, small).leaves(calendar_of([Q1, Q2, Q3]))
        assert_frame_equal(by_spark, by_duckdb)
        drawn, expected = as_drawn(by_spark, EXPECTED)
        assert_frame_equal(drawn, expected, check_row_order=False, check_exact=True)
        pair = by_spark.filter(pl.col("persons") == 2, pl.col("to_ref") == Q3).row(0, named=True)
        assert ((pair["key_hi"] << 32) + pair["key_lo"]) % 2**64 == 0x8000000000000004

        invented.write(large, 10_000, refs)
        session.sql(f"SET spark.sql.shuffle.partitions={TASKS}")
        killer = Killer(cluster, session)
        killer.start()
        found = SparkEngine(session, large).leaves(calendar_of(refs))
        killer.join(timeout=60)
        assert killer.killed >= 2, killer.told
        assert_frame_equal(found, duckdb_leaves(large, calendar_of(refs)))
    assert_work_was_lost_and_done_again(cluster.events())


class Killer(threading.Thread):
    """Kill a worker with its executor when some tasks of a shuffle are done."""

    def __init__(self, cluster: Cluster, session: Any) -> None:
        super().__init__(daemon=True)
        self.cluster, self.tracker = cluster, session.sparkContext.statusTracker()
        self.killed, self.told = 0, "no shuffle was seen half done"

    def run(self) -> None:
        until = time.monotonic() + 120
        while time.monotonic() < until:
            for stage in self.tracker.getActiveStageIds():
                about = self.tracker.getStageInfo(stage)
                if (
                    about
                    and about.numTasks == TASKS
                    and DONE <= about.numCompletedTasks < TASKS - 2
                ):
                    self.told = f"stage {stage}: {about.numCompletedTasks} of {TASKS} done"
                    self.killed = self.cluster.kill_a_worker()
                    return
            time.sleep(0.002)


def assert_work_was_lost_and_done_again(events: list[dict[str, Any]]) -> None:
    ended = [event for event in events if event["Event"] == "SparkListenerTaskEnd"]
    lost = [
        e
        for e in ended
        if e["Task End Reason"]["Reason"] in ("ExecutorLostFailure", "Resubmitted", "FetchFailed")
    ]
    assert lost, Counter(event["Task End Reason"]["Reason"] for event in ended)
    assert any(event["Event"] == "SparkListenerExecutorRemoved" for event in events)
    done = {work(event) for event in ended if event["Task End Reason"]["Reason"] == "Success"}
    assert {work(event) for event in lost} & done, "nothing that was lost was done again"


def work(event: dict[str, Any]) -> tuple[int, int]:
    """Which piece of work a task is, whatever attempt."""
    return event["Stage ID"], event["Task Info"]["Index"]
