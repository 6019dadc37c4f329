"""Which engine makes the leaves, what it is handed, and what is said when it cannot be had."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from etl.errors import RefusedInput
from etl.settings import Settings
from etl.warehouse import engines, handover
from etl.warehouse.engine import LEAVES, RELATIONS, calendar_of
from etl.warehouse.engines import leaves_of
from etl.warehouse.handover import check_relations, hand_over, run_directory
from etl.warehouse.spark import SparkEngine
from etl.warehouse.spark_session import refusal, spark_errors, spark_session
from etl.warehouse.store import Warehouse
from tests.etl.person_rows import MOVEMENTS, PEOPLE, Q1, REFUSED, movements, people, presence


@pytest.fixture
def connection() -> Any:
    with duckdb.connect() as opened:
        opened.register("snapshot", people(PEOPLE))
        opened.register("presence", presence(PEOPLE, REFUSED))
        opened.register("movement", movements(MOVEMENTS))
        yield opened


def test_what_an_engine_is_handed_is_what_the_query_reads(
    connection: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handover, "ROWS_A_FILE", 10)
    hand_over(connection, tmp_path)
    files = sorted((tmp_path / "snapshot").iterdir())
    assert len(files) > 1
    rows = pl.concat([pl.read_parquet(file) for file in files])
    assert_frame_equal(rows, people(PEOPLE).select(list(RELATIONS["snapshot"])))
    assert "hire_date" not in rows.columns
    check_relations(tmp_path)


def test_a_relation_without_rows_has_its_columns(tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        for name, schema in RELATIONS.items():
            connection.register(name, pl.DataFrame(schema=schema))
        hand_over(connection, tmp_path)
    for name, schema in RELATIONS.items():
        assert pl.read_parquet(tmp_path / name / "*.parquet").schema == schema


def test_a_file_of_another_schema_is_refused(connection: Any, tmp_path: Path) -> None:
    hand_over(connection, tmp_path)
    other = people(PEOPLE).select(list(RELATIONS["snapshot"])).cast({"scale": pl.Int64})
    other.write_parquet(tmp_path / "snapshot" / "00001.parquet")
    with pytest.raises(RefusedInput) as refused:
        SparkEngine(NoSession(), tmp_path).leaves(calendar_of([Q1]))  # type: ignore[arg-type]
    assert refused.value.where == "snapshot/00001.parquet"
    assert (refused.value.expected, refused.value.got) == ("scale Int16", "scale Int64")


class NoSession:
    def __getattr__(self, name: str) -> Any:
        raise AssertionError("Spark was asked for something that could be known before")


def test_the_run_directory_is_private_and_goes_also_when_the_work_fails(tmp_path: Path) -> None:
    def failing() -> None:
        with run_directory(tmp_path) as run:
            assert stat.S_IMODE(run.stat().st_mode) == 0o700
            (run / "rows").write_text("person data")
            raise KeyError

    with pytest.raises(KeyError):
        failing()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_command_left_is_taken_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handover.socket, "gethostname", lambda: "here")
    kept = {f"run-here-{os.getpid()}-aa", "run-elsewhere-1-aa", "other"}
    for name in {*kept, f"run-here-{2**22 + 1}-aa"}:
        (tmp_path / name).mkdir()
    with run_directory(tmp_path) as run:
        assert {path.name for path in tmp_path.iterdir()} == {*kept, run.name}


def spark_home(home: Path, **settings: Any) -> Settings:
    """A home with the hand-made rows, for which Spark is to make the leaves."""
    made = Settings(home=home, engine="spark", **settings)
    rows = people(PEOPLE).with_columns(pl.col("origin").fill_null("onbekend"))
    with Warehouse.open(made) as warehouse, warehouse.registered("given", rows):
        warehouse.connection.execute("INSERT INTO fct_snapshot BY NAME SELECT * FROM given")
    return made


def refused(settings: Settings) -> RefusedInput:
    with Warehouse.open(settings, "read") as warehouse, pytest.raises(RefusedInput) as told:
        leaves_of(warehouse, settings)
    return told.value


def test_without_a_shared_directory_nothing_is_asked_of_spark(tmp_path: Path) -> None:
    assert "AFSPIEGELING_SPARK_SHARED" in str(refused(spark_home(tmp_path)))


def test_a_shared_directory_that_is_not_there(
    tmp_path: Path,
) -> None:
    settings = spark_home(tmp_path / "home", spark_shared=tmp_path / "nowhere")
    assert refused(settings).where == str(tmp_path / "nowhere")


def test_spark_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    told = refused(spark_home(tmp_path, spark_shared=tmp_path))
    assert "afspiegeling[spark]" in str(told.next_step)
    assert not list(tmp_path.glob("run-*"))


def installed(
    monkeypatch: pytest.MonkeyPatch, *, active: object = None, fails: Exception | None = None
) -> None:
    """A pyspark that has a session, none, or fails to make one."""

    class Builder:
        def __getattr__(self, name: str) -> Any:
            return lambda *_: self

        def getOrCreate(self) -> Any:  # noqa: N802
            assert fails is not None
            raise fails

    class Session:
        builder = Builder()
        getActiveSession = staticmethod(lambda: active)  # noqa: N815

    package, module = ModuleType("pyspark"), ModuleType("pyspark.sql")
    module.SparkSession = Session  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pyspark", package)
    monkeypatch.setitem(sys.modules, "pyspark.sql", module)
    for name in ("PYSPARK_GATEWAY_PORT", "SPARK_REMOTE"):
        monkeypatch.delenv(name, raising=False)


def of_spark(text: str) -> Exception:
    """An error as Spark raises it, with the words in it that it would have."""
    kind = type("PySparkRuntimeError", (Exception,), {"__module__": "pyspark.errors"})
    made: Exception = kind(text)
    return made


def test_no_session_and_no_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch)
    told = refused(spark_home(tmp_path, spark_shared=tmp_path))
    assert told.what == "There is no Spark session"
    assert "AFSPIEGELING_SPARK_URL" in str(told.next_step)


def test_the_session_of_the_platform_is_used_and_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = SimpleNamespace()  # without stop()
    installed(monkeypatch, active=own)
    with spark_session(None) as session:
        assert session is own


@pytest.mark.parametrize(
    ("says", "what"),
    [
        ("[JAVA_GATEWAY_EXITED] Java gateway process exited before its port number", "no Java 17"),
        ("o123: All masters are unresponsive! Giving up.", "no Spark at this address"),
        ("[FAILED_READ_FILE.FILE_NOT_EXIST] file:/shared/x.parquet", "does not see the shared"),
        ("java.io.FileNotFoundException: File file:/shared/x does not exist", "does not see"),
        ("Job aborted: ExecutorLostFailure (executor 1 exited)", "Workers were lost"),
        ("[CANNOT_MERGE_SCHEMAS] Failed merging schemas", "one schema"),
        ("Told: afspiegeling:key", "another key"),
        ("Told: afspiegeling:file", "cannot be read as a table"),
        ("Told: afspiegeling:failed_ValueError", "could not do the work"),
        ("ModuleNotFoundError: No module named 'etl'", "cannot import Afspiegeling"),
        ("[SOMETHING_NEW] with words of 123456789", "could not do the work"),
    ],
)
def test_what_spark_says_is_told_in_our_words(says: str, what: str) -> None:
    told = refusal(of_spark(says), "spark://host:7077")
    assert what in told.what
    assert told.exit_code == 2
    assert told.next_step
    assert "123456789" not in str(told)


def test_java_that_is_missing_is_told_when_the_session_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(monkeypatch, fails=of_spark("[JAVA_GATEWAY_EXITED] Java gateway process exited"))
    settings = spark_home(tmp_path, spark_shared=tmp_path, spark_url="local[2]")
    told = refused(settings)
    assert (told.where, told.got) == ("local[2]", "JAVA_GATEWAY_EXITED")
    assert "Java" in told.what


def test_an_error_of_our_own_is_not_taken_for_one_of_spark() -> None:
    with pytest.raises(ZeroDivisionError), spark_errors("here"):
        raise ZeroDivisionError


def test_duckdb_is_the_default_and_needs_none_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "spark_session", NoSession())
    settings = spark_home(tmp_path).model_copy(update={"engine": "duckdb"})
    assert Settings().engine == "duckdb"
    with Warehouse.open(settings, "read") as warehouse:
        assert leaves_of(warehouse, settings).schema == LEAVES
