"""`load` and `publish` where Spark is the engine: the same store, or nothing changed and exit code 2."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from etl.load import load
from etl.pseudonym import Keys
from etl.settings import Settings
from etl.spread import staging
from etl.warehouse.spark_session import refusal, spark_errors
from etl.warehouse.store import Warehouse
from tests.cli import afspiegeling
from tests.etl.machines import InProcess
from tests.etl.small_extracts import ORGANISATIE, home, personeel, write

NOW = datetime(2026, 1, 14, 9, 30)
PEOPLE = {f"{n:04d}": "A 10 V nederland" for n in range(60)}
PEOPLE |= {"0061": "A 99 V nederland", "0062": "C 10 V nederland", "0063": "B 15 M atlantis"}


def delivered(directory: Path) -> list[Path]:
    rows = {"k3": personeel("30-09-2025", PEOPLE), "k4": personeel("31-12-2025", PEOPLE)}
    units = write(directory / "in" / "organisatie.csv", ORGANISATIE)
    return [units, *(write(directory / "in" / f"personeel_{k}.csv", t) for k, t in rows.items())]


def stored(settings: Settings) -> dict[str, list[str]]:
    """Every row about persons, and of what was refused, in one order."""
    with Warehouse.open(settings, "read") as warehouse:
        return {
            name: sorted(
                warehouse.frame(f"SELECT to_json({name})::VARCHAR AS row FROM {name}")["row"]
            )
            for name in ("fct_snapshot", "fct_presence", "quarantine", "decision", "ledger")
        }


@contextmanager
def no_session(_url: str | None) -> Iterator[None]:
    yield None


def test_a_load_spread_over_machines_stores_what_one_machine_stores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machines = InProcess(7, 3)
    monkeypatch.setattr(staging, "spark_session", no_session)
    monkeypatch.setattr(staging, "SparkMachines", lambda _session: machines)
    one, many = home(tmp_path), Settings(home=tmp_path / "many", engine="spark")
    Keys.of(one)
    shutil.copytree(one.keys, many.keys)
    files = delivered(tmp_path)
    results = [load(files, "rijk-standaard", settings, now=NOW) for settings in (one, many)]
    assert machines.seen
    assert stored(many) == stored(one)
    assert [file.refused for file in results[1].files] == [
        file.refused for file in results[0].files
    ]
    assert results[1].rows_refused == 6


def test_a_load_that_loses_its_machines_stores_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Lost(InProcess):
        def gathered(self, *_: Any) -> Any:
            kind = type("SparkException", (Exception,), {"__module__": "pyspark.errors"})
            with spark_errors("personeel_k3.csv"):
                raise kind("Job aborted: ExecutorLostFailure (executor 1 exited: 0001)")

    monkeypatch.setattr(staging, "spark_session", no_session)
    monkeypatch.setattr(staging, "SparkMachines", lambda _session: Lost(7, 3))
    for name, value in {"ENGINE": "spark", "SPARK_SHARED": str(tmp_path)}.items():
        monkeypatch.setenv(f"AFSPIEGELING_{name}", value)
    words = ("load", *delivered(tmp_path), "--mapping", "rijk-standaard")
    done = afspiegeling(tmp_path / "home", *words, expect=2)
    assert "Workers were lost" in done.stderr
    assert "0001" not in done.stderr
    assert all(rows == [] for rows in stored(Settings(home=tmp_path / "home")).values())


def test_a_publication_without_its_engine_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = home(tmp_path)
    load(delivered(tmp_path), "rijk-standaard", settings, now=NOW)
    before = stored(settings)
    for name in ("pyspark", "pyspark.sql"):
        monkeypatch.setitem(sys.modules, name, None)
    for name, value in {"ENGINE": "spark", "SPARK_SHARED": str(tmp_path)}.items():
        monkeypatch.setenv(f"AFSPIEGELING_{name}", value)
    done = afspiegeling(settings.home, "publish", expect=2)
    told = done.stderr.splitlines()[-1]
    assert told.startswith("The engine spark needs a part that is not installed.")
    assert "Next: install" in told
    assert stored(settings) == before
    assert not settings.published.is_dir() or list(settings.published.iterdir()) == []
    assert not list(tmp_path.glob("run-*"))


def test_what_a_refusal_tells_has_every_part() -> None:
    kind = type("SparkException", (Exception,), {"__module__": "pyspark.errors"})
    told = refusal(kind("[FAILED_READ_FILE.FILE_NOT_EXIST] file:/x/1234"), "shared")
    assert (told.where, told.got) == ("shared", "FAILED_READ_FILE.FILE_NOT_EXIST")
    assert told.expected
    assert told.next_step
