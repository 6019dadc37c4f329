"""A home of an earlier version: brought along with a copy beside it, or refused untouched."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest

from etl.errors import RefusedInput
from etl.load import load
from etl.pipeline import publish
from etl.settings import Settings
from etl.warehouse import layout
from etl.warehouse.layout import LAYOUT, copy_name
from etl.warehouse.store import Warehouse
from tests.etl.small_extracts import personeel, write
from tests.etl.test_publish_commands import JOINERS, LEAVERS, STAYERS, loaded, published_cells

NOW = datetime(2026, 1, 14, 9, 30, tzinfo=UTC)
NEW = ("layout", "made", "approval", "retirement")
"""Tables that layout 1 did not have."""
LATER_ON = ("fct_exit_invitation", "fct_exit_answer", "fct_barometer", "delivered_shown")
"""Tables that layout 1 got while it was in use."""
RECORD = ("decision", "decided_person", "decided_path", "withdrawal", "forgotten")


def former(settings: Settings, *dropped: str, source: bool = True) -> None:
    """Turn a warehouse into the one that an earlier version would have made of the same files."""
    with duckdb.connect(str(settings.warehouse)) as connection:
        for table in dropped:
            connection.execute(f"DROP TABLE {table}")
        if not source:
            connection.execute("ALTER TABLE dim_target DROP COLUMN source")


FORMER: dict[str, Callable[[Settings], None]] = {
    "the last release": lambda settings: former(settings, *NEW),
    "before the exit monitor": lambda settings: former(settings, *NEW, *LATER_ON, source=False),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one quarter loaded and published."""
    directory = tmp_path_factory.mktemp("layout")
    settings = loaded(directory, ("k3", personeel("30-09-2025", STAYERS | LEAVERS)))
    publish(settings, None, NOW)
    return directory


@pytest.fixture
def settings(made: Path, tmp_path: Path) -> Settings:
    shutil.copytree(made / "home", tmp_path / "home")
    return Settings(home=tmp_path / "home")


def load_next(settings: Settings) -> None:
    file = write(
        settings.home.parent / "personeel_k4.csv", personeel("31-12-2025", STAYERS | JOINERS)
    )
    load([file], "rijk-standaard", settings, now=NOW.replace(tzinfo=None))


def rows(path: Path, table: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(f"SELECT * FROM {table} ORDER BY ALL").fetchall()


@pytest.mark.parametrize("become", FORMER.values(), ids=FORMER)
def test_an_older_home_is_brought_along_with_a_copy(
    settings: Settings, become: Callable[[Settings], None], caplog: pytest.LogCaptureFixture
) -> None:
    become(settings)
    before = {table: rows(settings.warehouse, table) for table in ("fct_snapshot", "decision")}
    load_next(settings)
    copy = copy_name(settings.warehouse)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert {table: rows(copy, table) for table in before} == before
    with pytest.raises(duckdb.Error):
        rows(copy, "made")  # it is as it was
    assert [number for number, _ in rows(settings.warehouse, "layout")] == [LAYOUT]
    assert set(before["decision"]) == set(rows(settings.warehouse, "decision"))
    assert set(before["fct_snapshot"]) < set(rows(settings.warehouse, "fct_snapshot"))
    assert "as it was, it is in" in caplog.text


def test_after_that_it_publishes_and_what_was_served_stands(
    settings: Settings,
) -> None:
    """What was served stands, to the last cell: the record came along."""
    before = published_cells(settings).filter(pl.col("period") == "2025Q3")
    FORMER["before the exit monitor"](settings)
    load_next(settings)
    publish(settings, None, NOW)
    after = published_cells(settings)
    assert after.filter(pl.col("period") == "2025Q3").equals(before)
    assert after.filter(period="2025Q4", attribute="origin", status="published").height > 0


def test_reading_brings_it_along_as_well(settings: Settings) -> None:
    FORMER["the last release"](settings)
    with Warehouse.open(settings, "read") as warehouse:
        assert warehouse.frame("SELECT * FROM approval").is_empty()
    assert copy_name(settings.warehouse).is_file()


def test_a_file_of_this_layout_is_not_copied(settings: Settings) -> None:
    load_next(settings)
    assert not copy_name(settings.warehouse).exists()


def test_without_a_record_of_decisions_it_is_refused_untouched(settings: Settings) -> None:
    former(settings, *NEW, *LATER_ON, *RECORD)
    before = settings.warehouse.read_bytes()
    for mode in ("read", "change"):
        with (
            pytest.raises(RefusedInput, match="kept no record") as told,
            Warehouse.open(settings, mode),  # type: ignore[arg-type]
        ):
            pass
        assert "another --home" in str(told.value)
    assert settings.warehouse.read_bytes() == before
    assert not copy_name(settings.warehouse).exists()


def test_without_a_record_it_is_brought_along_where_nothing_was_published(
    settings: Settings,
) -> None:
    former(settings, *NEW, *LATER_ON, *RECORD)
    shutil.rmtree(settings.published)
    load_next(settings)
    assert copy_name(settings.warehouse).is_file()
    assert rows(settings.warehouse, "decision") == []
    assert len(rows(settings.warehouse, "fct_snapshot")) == 154 + 153


def test_a_newer_layout_is_refused(settings: Settings) -> None:
    with Warehouse.open(settings) as warehouse:
        warehouse.connection.execute("INSERT INTO layout VALUES (99, TIMESTAMP '2030-01-01')")
    with pytest.raises(RefusedInput, match="newer version"), Warehouse.open(settings):
        pass


def test_what_goes_wrong_on_the_way_leaves_the_old_one(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    FORMER["before the exit monitor"](settings)
    broken = layout.STEPS | {1: layout.STEPS[1] + "SELECT * FROM no_such_table;"}
    monkeypatch.setattr(layout, "STEPS", broken)
    with pytest.raises(duckdb.Error), Warehouse.open(settings):
        pass
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        assert layout.layout_of(connection) == 1
    monkeypatch.undo()
    load_next(settings)
    assert rows(settings.warehouse, "layout")[0][0] == LAYOUT
