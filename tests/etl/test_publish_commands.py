"""``publish``, ``reconcile`` and ``rollback`` as commands, on a small loaded warehouse."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest
import typer
from typer.testing import CliRunner, Result

from etl import cli_publish
from etl.errors import NotPublished, RefusedInput
from etl.load import load
from etl.metrics.cells import CELLS
from etl.pipeline import STAGES
from etl.pseudonym import Keys
from etl.settings import Settings
from etl.warehouse.store import Warehouse
from tests.etl.small_extracts import ORGANISATIE, home, personeel, write

NOW = datetime(2026, 1, 14, 9, 30, tzinfo=UTC)
STAYERS = {f"{n:04d}": "A 10 V nederland" for n in range(100)}
STAYERS |= {f"{n:04d}": "A 12 M turkije" for n in range(100, 130)}
STAYERS |= {f"{n:04d}": "B 15 M onbekend" for n in range(130, 150)}
LEAVERS = {f"{n:04d}": "B 15 V nederland" for n in range(150, 154)}
JOINERS = {f"{n:04d}": "A 11 V marokko" for n in range(160, 163)}


def loaded(directory: Path, *extracts: tuple[str, str]) -> Settings:
    """A home with ORGANISATIE and these extracts."""
    settings = home(directory)
    paths = [write(directory / "in" / "organisatie.csv", ORGANISATIE)]
    paths += [write(directory / "in" / f"personeel_{name}.csv", text) for name, text in extracts]
    load(paths, "rijk-standaard", settings, now=NOW)
    return settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return loaded(
        tmp_path,
        ("k3", personeel("30-09-2025", STAYERS | LEAVERS)),
        ("k4", personeel("31-12-2025", STAYERS | JOINERS)),
    )


def run(settings: Settings, *arguments: str | Path) -> Result:
    app = typer.Typer()

    @app.callback()
    def root(context: typer.Context) -> None:
        context.obj = settings

    cli_publish.register(app)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def published_cells(settings: Settings) -> pl.DataFrame:
    pointer = json.loads((settings.published / "current.json").read_text(encoding="utf-8"))
    with duckdb.connect(str(settings.published / pointer["file"]), read_only=True) as connection:
        return pl.DataFrame(connection.table("mart_cell").to_arrow_table())


def test_publish_says_what_it_made(settings: Settings) -> None:
    told = run(settings, "publish", "--json")
    assert told.exit_code == 0, told.output
    facts = json.loads(told.output)
    assert facts["file"] == f"publication-{facts['publication']}.duckdb"
    assert sum(facts["statuses"].values()) == facts["cells"]
    second = run(settings, "publish")
    assert second.stdout.startswith("Published ")
    stages = [line.split()[1] for line in second.stderr.splitlines() if line.startswith("[")]
    assert stages == list(STAGES)
    everybody = published_cells(settings).filter(
        pl.col("period") == "2025Q4", attribute="", scale_group="all", unit="MIN"
    )
    values = dict(everybody.select("metric", "value").iter_rows())
    assert {metric: values[metric] for metric in ("headcount", "inflow", "exit", "crossing")} == {
        "headcount": 153.0,
        "inflow": 3.0,
        "exit": 4.0,
        "crossing": 0.0,
    }


def test_the_first_extract_yields_stock_and_no_flow(tmp_path: Path) -> None:
    settings = loaded(tmp_path, ("k4", personeel("31-12-2025", STAYERS)))
    assert run(settings, "publish").exit_code == 0
    cells = published_cells(settings)
    assert {"headcount", "share"} <= set(cells["metric"])
    assert not {"inflow", "exit", "inflow_rate"} & set(cells["metric"])


def test_the_same_input_gives_the_same_cells(settings: Settings) -> None:
    run(settings, "publish")
    first = published_cells(settings)
    run(settings, "publish")
    assert published_cells(settings).equals(first)


def test_reconcile_writes_true_counts_for_nobody_else(settings: Settings, tmp_path: Path) -> None:
    output = tmp_path / "true.csv"
    told = run(settings, "reconcile", "-o", output, "--metric", "headcount", "--period", "2025Q4")
    assert told.exit_code == 0, told.output
    assert output.stat().st_mode & 0o777 == 0o600
    raw = output.read_bytes()
    assert b"\r\n" in raw
    rows = list(csv.DictReader(io.StringIO(raw.decode(), newline="")))
    assert tuple(rows[0]) == CELLS
    whole = {
        (row["attribute"], row["category"]): (float(row["value"]), float(row["base"]))
        for row in rows
        if row["unit"] == "MIN" and row["scale_group"] == "all" and not row["attribute2"]
    }
    assert whole["", ""] == (153.0, 153.0)
    assert whole["origin", "unknown"] == (20.0, 153.0)
    assert whole["origin", "yes"] == (33.0, 153.0)
    assert whole["origin", "marokko"] == (3.0, 153.0)
    assert {row["metric"] for row in rows} == {"headcount"}


def test_reconcile_replaces_an_open_file_by_a_closed_one(
    settings: Settings, tmp_path: Path
) -> None:
    output = tmp_path / "true.csv"
    output.write_text("old", encoding="utf-8")
    output.chmod(0o644)
    assert run(settings, "reconcile", "-o", output).exit_code == 0
    assert output.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("place", ["true.csv", "deep/true.csv", "../published/true.csv"])
def test_reconcile_is_refused_inside_published(settings: Settings, place: str) -> None:
    (settings.published / "deep").mkdir(parents=True)
    told = run(settings, "reconcile", "-o", settings.published / place)
    assert isinstance(told.exception, RefusedInput)
    assert not list(settings.published.rglob("*.csv"))


def test_reconcile_of_something_unplanned_is_refused(settings: Settings, tmp_path: Path) -> None:
    told = run(settings, "reconcile", "-o", tmp_path / "x.csv", "--metric", "complaints")
    assert isinstance(told.exception, RefusedInput)
    assert not (tmp_path / "x.csv").exists()


def test_rollback_serves_the_one_before(settings: Settings) -> None:
    run(settings, "publish")
    run(settings, "publish")
    told = run(settings, "rollback")
    assert told.output.strip().endswith("-1.")
    assert len(list(settings.published.glob("publication-*.duckdb"))) == 2


def test_an_empty_home_has_nothing_to_publish(tmp_path: Path) -> None:
    told = run(home(tmp_path), "publish")
    assert isinstance(told.exception, RefusedInput)
    assert told.exception.exit_code == 2
    assert not (tmp_path / "home" / "warehouse").exists()


def test_a_gap_between_extracts_is_refused(tmp_path: Path) -> None:
    settings = loaded(
        tmp_path,
        ("k2", personeel("30-06-2025", STAYERS)),
        ("k4", personeel("31-12-2025", STAYERS)),
    )
    told = run(settings, "publish")
    assert isinstance(told.exception, RefusedInput)
    assert "leave a gap" in str(told.exception)
    assert not settings.published.exists()


@pytest.fixture
def halved(tmp_path: Path) -> Settings:
    """The second extract holds a quarter of the people: half-delivered."""
    few = {number: row for number, row in STAYERS.items() if int(number) % 4 == 0}
    return loaded(
        tmp_path,
        ("k3", personeel("30-09-2025", STAYERS)),
        ("k4", personeel("31-12-2025", few)),
    )


def test_a_gross_jump_holds_the_publication_until_it_is_accepted(halved: Settings) -> None:
    told = run(halved, "publish")
    assert isinstance(told.exception, NotPublished)
    assert told.exception.exit_code == 4
    assert "2025-12-31" in str(told.exception)
    # No figure in the message: the head count fell from 150 to 38.
    assert not any(figure in str(told.exception) for figure in ("150", "38", "112", "75", "0.7"))
    assert not halved.published.exists()
    accepted = run(halved, "publish", "--accept", "afsplitsing per 1 oktober")
    assert accepted.exit_code == 0, accepted.output
    with Warehouse.open(halved) as warehouse:
        reasons = warehouse.warnings().filter(pl.col("severity") == "gross")["accepted_reason"]
    assert set(reasons) == {"afsplitsing per 1 oktober"}
    assert run(halved, "publish").exit_code == 0


def test_an_empty_reason_accepts_nothing(halved: Settings) -> None:
    told = run(halved, "publish", "--accept", " ")
    assert isinstance(told.exception, RefusedInput)
    assert isinstance(run(halved, "publish").exception, NotPublished)


def test_another_rounding_key_is_refused(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFSPIEGELING_ROUNDING_KEY", "ab" * 32)
    told = run(settings, "publish")
    assert isinstance(told.exception, RefusedInput)
    assert "rounding" in str(told.exception)


def test_no_key_pseudonym_or_hidden_number_is_in_the_file(settings: Settings) -> None:
    run(settings, "publish")
    (path,) = settings.published.glob("publication-*.duckdb")
    held = path.read_bytes()
    keys = Keys.of(settings)
    for name in ("pseudonym", "record", "rounding"):
        assert keys.key(name) not in held
        assert keys.key(name).hex().encode() not in held
    with Warehouse.open(settings) as warehouse:
        persons = warehouse.frame("SELECT DISTINCT person FROM fct_snapshot")["person"]
    assert not any(person.encode() in held for person in persons)
    hidden = published_cells(settings).filter(pl.col("status") != "published")
    assert hidden.height > 0
    assert hidden.select("value", "lower", "upper").null_count().row(0) == (hidden.height,) * 3
