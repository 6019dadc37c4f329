"""Retention: what goes and what stays, told before it is done, and no number given away by it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
import typer
from typer.testing import CliRunner, Result

from etl import cli_steward, retention
from etl.load import load
from etl.pipeline import publish
from etl.privacy import dates
from etl.privacy.policy import Policy, RetentionRules
from etl.publish import names
from etl.retention import Due, opening_of, retain
from etl.settings import SHIPPED_REFERENCE, Settings
from etl.warehouse.store import Warehouse
from tests.etl.small_extracts import ORGANISATIE, home, personeel, write
from tests.etl.test_publish_commands import published_cells

NOW = datetime(2025, 1, 4, tzinfo=UTC)
"""With seven years, reference dates before 2017-12-31 go."""
PEOPLE = {f"{n:04d}": "A 10 V nederland" for n in range(200)}
PEOPLE |= {f"{n:04d}": "A 12 M turkije" for n in range(200, 260)}
PEOPLE |= {f"{n:04d}": "B 15 M onbekend" for n in range(260, 330)}
RULES = Policy.load().retention
assert RULES is not None


def changed(people: Mapping[str, str], persons: int) -> dict[str, str]:
    """So many have left the first part, and as many have come."""
    left = dict(list(people.items())[persons:])
    return left | {f"{5000 + n}": "A 10 V nederland" for n in range(persons)}


def take_in(directory: Path, settings: Settings, year: int, people: Mapping[str, str]) -> None:
    file = directory / "in" / f"personeel_{year}.csv"
    write(file, personeel(f"31-12-{year}", people))
    load([file], directory / "own.toml", settings, now=datetime(year + 1, 1, 2))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four years of the same people, 2014 to 2017, published: all but the first repeat it."""
    directory = tmp_path_factory.mktemp("retention")
    settings = home(directory)
    shipped = (SHIPPED_REFERENCE / "organisation.toml").read_text(encoding="utf-8")
    yearly = shipped.replace('calendar = "quarter"', 'calendar = "year"')
    assert yearly != shipped
    (directory / "organisation.toml").write_text(yearly, encoding="utf-8")
    (directory / "own.toml").write_text(
        'name = "own"\nextends = "rijk-standaard"\n'
        '[reference]\n"organisation.toml" = "organisation.toml"\n'
    )
    units = write(directory / "in" / "organisatie.csv", ORGANISATIE.replace("2020", "2010"))
    load([units], directory / "own.toml", settings, now=datetime(2014, 1, 2))
    for year in range(2014, 2018):
        take_in(directory, settings, year, PEOPLE)
    publish(settings, None, datetime(2018, 1, 3, tzinfo=UTC))
    return directory


@pytest.fixture
def settings(made: Path, tmp_path: Path) -> Settings:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return Settings(home=tmp_path / "home")


def run(settings: Settings, *arguments: str) -> Result:
    app = typer.Typer()
    cli_steward.register(app)
    return CliRunner().invoke(app, ["retention", *arguments], obj=settings)


def people_at(settings: Settings) -> dict[str, list[int]]:
    tables = ("fct_snapshot", "fct_presence", "decided_person", "decided_path", "ledger_date")
    with Warehouse.open(settings, "read") as warehouse:
        return {
            table: warehouse.frame(f"SELECT DISTINCT year(ref) AS y FROM {table} ORDER BY y")[
                "y"
            ].to_list()
            for table in tables
        }


def split(settings: Settings, year: int) -> pl.DataFrame:
    """Shown head counts by origin of a year."""
    cells = published_cells(settings)
    return cells.filter(
        pl.col("period") == str(year), pl.col("status") == "published",
        metric="headcount", attribute="origin",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("today", "month", "opening"),
    [
        (date(2030, 1, 1), 12, date(2022, 12, 31)),
        (date(2030, 12, 31), 12, date(2022, 12, 31)),
        (date(2031, 1, 1), 12, date(2023, 12, 31)),
        (date(2030, 6, 30), 6, date(2022, 6, 30)),
        (date(2030, 7, 1), 6, date(2023, 6, 30)),
    ],
)
def test_whole_years_go_and_the_opening_of_the_oldest_stays(
    today: date, month: int, opening: date
) -> None:
    assert RULES is not None
    assert RULES.person_years.value == 7
    assert opening_of(today, RULES, month) == opening


def test_a_dry_run_tells_and_deletes_nothing(settings: Settings) -> None:
    before = people_at(settings)
    due = retain(settings, NOW, apply=False)
    assert [ref.year for ref in due.dates] == [2014, 2015, 2016]
    assert due.rows["fct_snapshot"] == due.rows["decided_person"] == 3 * 330
    assert people_at(settings) == before
    assert before["fct_snapshot"] == [2014, 2015, 2016, 2017]


def test_applied_it_does_what_it_told(settings: Settings) -> None:
    told = retain(settings, NOW, apply=False)
    assert retain(settings, NOW, apply=True) == told
    assert set(map(tuple, people_at(settings).values())) == {(2017,)}
    assert retain(settings, NOW, apply=True).nothing
    with Warehouse.open(settings, "read") as warehouse:
        standing = warehouse.standing_loads().filter(extract="personeel")
    assert standing["reference_date"].to_list() == [date(2017, 12, 31)]


def test_an_old_file_loaded_again_stays_away(settings: Settings) -> None:
    retain(settings, NOW, apply=True)
    directory = settings.home.parent
    again = load([directory / "in"], directory / "own.toml", settings, now=datetime(2025, 1, 5))
    assert all(file.unchanged for file in again.files)
    assert people_at(settings)["fct_snapshot"] == [2017]


def test_deleted_rows_leave_the_file(settings: Settings, tmp_path: Path) -> None:
    take_in(settings.home.parent, settings, 2018, changed(PEOPLE, 300))
    with Warehouse.open(settings, "read") as warehouse:
        rows = warehouse.frame(
            "SELECT person FROM fct_snapshot GROUP BY person HAVING max(year(ref)) < 2018"
        )
    gone = rows["person"].to_list()
    assert len(gone) == 300
    retain(settings, datetime(2026, 1, 4, tzinfo=UTC), apply=True)
    held = settings.warehouse.read_bytes()
    assert not any(person.encode() in held for person in gone)


def test_what_was_published_stays_and_periods_that_are_kept_say_the_same(
    settings: Settings,
) -> None:
    before = split(settings, 2014)
    assert before.height > 0
    assert set(split(settings, 2017)["as_of"]) == {"2014"}
    old = (settings.published / "publication-2018-1.duckdb").read_bytes()
    retain(settings, NOW, apply=True)
    publish(settings, None, NOW)
    assert names(settings.published) == ["2018-1", "2025-1"]
    assert (settings.published / "publication-2018-1.duckdb").read_bytes() == old
    cells = published_cells(settings)
    assert set(cells.filter(pl.col("metric") == "headcount")["period"]) == {"2017"}
    # They repeated 2014, a date that is gone: hidden, not made anew.
    assert split(settings, 2017).is_empty()
    everybody = cells.filter(metric="headcount", attribute="", unit="MIN", scale_group="all")
    assert everybody["value"].to_list() == [330.0]


@pytest.mark.parametrize(("persons", "fresh"), [(4, False), (5, True)])
def test_a_base_near_to_one_whose_set_is_gone_is_not_decided_anew(
    settings: Settings, persons: int, *, fresh: bool
) -> None:
    """4 leavers and 4 joiners are 8 distinct persons, under 10; 5 and 5 are 10."""
    retain(settings, NOW, apply=True)
    take_in(settings.home.parent, settings, 2018, changed(PEOPLE, persons))
    publish(settings, None, NOW)
    assert (not split(settings, 2018).is_empty()) == fresh


def test_without_that_rule_it_would_be(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    retain(settings, NOW, apply=True)
    take_in(settings.home.parent, settings, 2018, changed(PEOPLE, 1))
    monkeypatch.setattr(dates._Distances, "_since", lambda *_: None)
    publish(settings, None, NOW)
    assert not split(settings, 2018).is_empty()


def test_the_oldest_date_that_is_kept_is_not_decided_when_it_was_not(settings: Settings) -> None:
    """Nobody knows any more how near it is to what was decided before."""
    take_in(settings.home.parent, settings, 2018, changed(PEOPLE, 40))
    retain(settings, datetime(2026, 1, 4, tzinfo=UTC), apply=True)
    assert people_at(settings)["fct_snapshot"] == [2018]
    publish(settings, None, NOW)
    assert split(settings, 2018).is_empty()


# --- files


def aged(path: Path, days: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.write_text("x")
    moment = (NOW - timedelta(days=days)).timestamp()
    os.utime(path, (moment, moment))
    return path


def test_files_go_by_times_of_their_own(settings: Settings) -> None:
    assert RULES is not None
    copies, logs = RULES.copies_days.value, RULES.log_days.value
    base = settings.home
    source = base / "incoming" / "personeel_2017.csv"
    source.parent.mkdir()
    shutil.copy(base.parent / "in" / "personeel_2017.csv", source)
    due = {
        aged(source, copies + 1),
        aged(base / "warehouse" / "before-layout-2.duckdb", copies + 1),
        aged(base / "log" / "events-2020-01.jsonl", logs + 1),
    }
    stays = {
        aged(base / "incoming" / "not-loaded.csv", 5000),
        aged(base / "incoming" / "mapping.toml", 5000),
        aged(base / "log" / "events-2024-12.jsonl", logs - 1),
        *settings.published.iterdir(),
    }
    folder = base / "before-restore-20200101-000000"
    folder.mkdir()
    aged(folder / "published" / "x", copies + 1)
    aged(folder, copies + 1)
    found = retain(settings, NOW, apply=True)
    assert {base / path for path in found.files} == due | {folder}
    assert not any(path.exists() for path in (*due, folder))
    assert all(path.exists() for path in stays)
    assert source not in stays


def test_a_young_source_stays(settings: Settings) -> None:
    assert RULES is not None
    source = settings.home / "incoming" / "personeel_2017.csv"
    source.parent.mkdir()
    shutil.copy(settings.home.parent / "in" / "personeel_2017.csv", source)
    aged(source, RULES.copies_days.value - 1)
    assert retain(settings, NOW, apply=True).files == ()


def test_the_command_tells_first(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    told = run(settings)
    assert told.exit_code == 0, told.output
    assert "Would be deleted: reference dates 2014-12-31 to 201" in told.stdout
    assert "Dry run: nothing was deleted" in told.stdout
    assert people_at(settings)["fct_snapshot"] == [2014, 2015, 2016, 2017]
    empty = Due(date(2017, 12, 31), (), {"fct_snapshot": 0}, ())
    monkeypatch.setattr(cli_steward, "retain", lambda *_, **__: empty)
    assert "Nothing is past its time" in run(settings, "--apply").stdout


def test_every_table_that_names_a_person_is_reached(settings: Settings) -> None:
    with Warehouse.open(settings, "read") as warehouse:
        found = warehouse.frame(
            "SELECT table_name FROM information_schema.columns WHERE table_schema = 'main' "
            "AND table_name IN (SELECT table_name FROM information_schema.tables "
            "WHERE table_type = 'BASE TABLE') AND column_name IN ('person', 'respondent')"
        )
    assert set(found["table_name"]) <= set(retention._OLD)
    assert isinstance(RULES, RetentionRules)
