"""``forget`` and ``withdraw`` as commands: what goes for good, and what must not move."""

from __future__ import annotations

import stat
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
import typer
from typer.testing import CliRunner, Result

from etl import cli_steward
from etl.domain import ATTRIBUTES, Reference
from etl.errors import RefusedInput
from etl.forget import _TABLES, erased
from etl.load import load
from etl.metrics.cells import KEYS
from etl.pipeline import publish, true_counts
from etl.pseudonym import KEY_NAMES, Keys
from etl.settings import Settings
from etl.warehouse import record
from etl.warehouse.store import Warehouse
from tests.cli import afspiegeling, as_process
from tests.etl.person_rows import MOVEMENTS, PEOPLE, movements, people
from tests.etl.small_extracts import personeel, write
from tests.etl.test_publish_commands import JOINERS, LEAVERS, STAYERS, loaded, published_cells

NOW = datetime(2026, 5, 14, 9, 30, tzinfo=UTC)
STAYER, LEAVER = "7412369850", "7412369851"
Q3, Q4, Q1 = date(2025, 9, 30), date(2025, 12, 31), date(2026, 3, 31)
BEFORE = STAYERS | LEAVERS | {STAYER: "A 12 M turkije", LEAVER: "B 15 V marokko"}
AFTER = STAYERS | JOINERS | {STAYER: "A 12 M turkije"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return loaded(
        tmp_path,
        ("k3", personeel("30-09-2025", BEFORE)),
        ("k4", personeel("31-12-2025", AFTER)),
    )


def run(settings: Settings, *arguments: str, typed: str = "") -> Result:
    app = typer.Typer()
    cli_steward.register(app)
    return CliRunner().invoke(app, arguments, obj=settings, input=typed)


def forget(settings: Settings, *numbers: str) -> Result:
    done = run(settings, "forget", typed="\n".join(numbers) + "\n")
    assert done.exit_code == 0, done.output
    return done


def stored(settings: Settings) -> dict[str, list[tuple[object, ...]]]:
    """Every table that names a person, and the tombstones."""
    with Warehouse.open(settings, "read") as warehouse:
        queries = {name: read.split(" WHERE")[0] for name, (read, *_) in _TABLES.items()}
        queries["forgotten"] = "SELECT tombstone FROM forgotten"
        return {name: sorted(warehouse.frame(sql).rows(), key=str) for name, sql in queries.items()}


def of(settings: Settings, number: str) -> pl.DataFrame:
    """The snapshots of a person who was forgotten."""
    keys = Keys.of(settings)
    (tombstone,) = keys.tombstones(keys.pseudonyms(pl.Series([number])))
    with Warehouse.open(settings, "read") as warehouse:
        return warehouse.frame("SELECT * FROM fct_snapshot ORDER BY ref").filter(person=tombstone)


def test_attributes_are_unknown_and_the_place_stays(settings: Settings) -> None:
    forget(settings, STAYER)
    found = of(settings, STAYER)
    assert found.select("ref", "unit", "scale").rows() == [(Q3, "A", 12), (Q4, "A", 12)]
    reference = Reference()
    for key in ATTRIBUTES:
        assert found[key].unique().to_list() == [reference.attributes[key].empty]
    others = ["job_scale", "fte_milli", "hire_date", "born_in_nl", "function_family", "is_manager"]
    assert found.select(others).null_count().row(0) == (2,) * len(others)


def test_public_totals_and_draws_do_not_move(settings: Settings) -> None:
    publish(settings, "first", NOW)
    cells, counts = published_cells(settings), true_counts(settings)
    forget(settings, STAYER, LEAVER)
    publish(settings, None, NOW)
    public = pl.col("attribute") == "", pl.col("metric") != "fte"
    assert published_cells(settings).filter(*public).equals(cells.filter(*public))
    after = true_counts(settings)
    drawn_from = [*KEYS, "base", "key_hi", "key_lo"]
    assert after.select(drawn_from).equals(counts.select(drawn_from))
    gone = {"attribute": "origin", "category": "unknown", "attribute2": "", "unit": "MIN"}
    unknown = {"metric": "headcount", "scale_group": "all", **gone}
    moved = after.filter(**unknown)["count"] - counts.filter(**unknown)["count"]
    assert moved.to_list() == [2, 1]  # both at the first date, the stayer at the second


def test_nobody_else_changes(settings: Settings) -> None:
    before = stored(settings)
    keys = Keys.of(settings)
    (pseudonym,) = keys.pseudonyms(pl.Series([STAYER]))
    (tombstone,) = keys.tombstones(pl.Series([pseudonym]))
    forget(settings, STAYER)
    after = stored(settings)
    for name in _TABLES:
        rows = [row for row in before[name] if pseudonym not in row]
        assert [row for row in after[name] if tombstone not in row] == rows
        assert len(after[name]) == len(before[name])


def test_neither_number_nor_pseudonym_is_left_on_the_disk(settings: Settings) -> None:
    keys = Keys.of(settings)
    pseudonyms = keys.pseudonyms(pl.Series([STAYER, LEAVER])).to_list()
    traces = [text.encode() for text in (STAYER, LEAVER, *pseudonyms)]
    assert any(p.encode() in settings.warehouse.read_bytes() for p in pseudonyms)
    done = forget(settings, STAYER, LEAVER)
    publish(settings, "first", NOW)
    files = [path for path in settings.home.rglob("*") if path.is_file()]
    assert {settings.warehouse, *settings.log.iterdir()} <= set(files)
    assert [p.name for p in files for trace in traces if trace in p.read_bytes()] == []
    assert not any(trace in done.output.encode() for trace in traces)
    assert stat.S_IMODE(settings.warehouse.stat().st_mode) == 0o600


def test_later_loads_know_the_forgotten(settings: Settings, tmp_path: Path) -> None:
    """An old date corrected, and a new one: the same person, without attributes, is no joiner."""
    forget(settings, STAYER)
    again = write(
        tmp_path / "again" / "personeel_k3.csv",
        personeel("30-09-2025", BEFORE | {STAYER: "A 11 M turkije"}),
    )
    new = write(tmp_path / "again" / "personeel_k1.csv", personeel("31-03-2026", AFTER))
    load([again, new], "rijk-standaard", settings, now=NOW.replace(tzinfo=None))
    found = of(settings, STAYER)
    assert found.select("ref", "scale", "origin", "gender").rows() == [
        (Q3, 11, "onbekend", "onbekend"),
        (Q4, 12, "onbekend", "onbekend"),
        (Q1, 12, "onbekend", "onbekend"),
    ]
    assert found["key_hi"].n_unique() == found["key_lo"].n_unique() == 1
    (pseudonym,) = Keys.of(settings).pseudonyms(pl.Series([STAYER]))
    assert pseudonym.encode() not in settings.warehouse.read_bytes()
    with Warehouse.open(settings, "read") as warehouse:
        last = warehouse.leaves().filter(pl.col("to_ref") == Q1)
    assert last["kind"].unique().to_list() == ["stay"]


def test_the_recorded_sets_name_the_tombstone(settings: Settings) -> None:
    with Warehouse.open(settings) as warehouse:
        record.append(warehouse, "2026-1", pl.DataFrame(schema=record.DECISIONS), [Q3])
        before = record.sets(warehouse).roster
    forget(settings, STAYER)
    with Warehouse.open(settings) as warehouse:
        after = record.sets(warehouse).roster
    (tombstone,) = of(settings, STAYER)["person"].unique()
    assert after.filter(person=tombstone)["ref"].to_list() == [Q3, Q4]
    assert after.height == before.height
    assert set(after["person"]) - set(before["person"]) == {tombstone}


def test_once_more_changes_nothing(settings: Settings) -> None:
    assert "Forgotten: 1 " in forget(settings, STAYER).output
    before = stored(settings)
    assert "Forgotten: 0 " in forget(settings, STAYER, STAYER).output
    assert stored(settings) == before


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (f"{STAYER}\n999888777\n", "number 2 of 2"),
        ("\n", "No personnel number was given"),
    ],
)
def test_a_number_of_nobody_forgets_nobody(settings: Settings, typed: str, said: str) -> None:
    before = stored(settings)
    done = run(settings, "forget", typed=typed)
    assert isinstance(done.exception, RefusedInput)
    assert said in str(done.exception)
    assert "999888777" not in str(done.exception)
    assert stored(settings) == before


def test_a_home_without_warehouse_gets_none(tmp_path: Path) -> None:
    empty = Settings(home=tmp_path / "empty")
    done = run(empty, "forget", typed="1\n")
    assert isinstance(done.exception, RefusedInput)
    assert not empty.home.exists()


def test_a_number_on_the_command_line_is_refused_unread(settings: Settings) -> None:
    done = as_process(settings.home, "forget", STAYER, expect=2)
    assert "history of the shell" in done.stderr
    assert STAYER not in done.stdout + done.stderr
    assert stored(settings)["forgotten"] == []


def test_numbers_are_read_as_the_mapping_reads_them(tmp_path: Path) -> None:
    mapping = write_text(
        tmp_path / "padded.toml",
        'name = "padded"\nextends = "rijk-standaard"\n'
        '[personeel.transforms]\nperson_number = "pad:8"\n',
    )
    settings = loaded(tmp_path, ("k3", personeel("30-09-2025", {"00000042": "A 10 V europa"})))
    assert isinstance(run(settings, "forget", typed="42\n").exception, RefusedInput)
    done = run(settings, "forget", "--mapping", str(mapping), typed=" 42 \n")
    assert done.exit_code == 0, done.output
    assert of(settings, "00000042")["origin"].to_list() == ["onbekend"]


def write_text(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_every_table_that_names_a_person_is_known(settings: Settings) -> None:
    with Warehouse.open(settings, "read") as warehouse:
        found = warehouse.frame(
            "SELECT table_name FROM information_schema.columns "
            "WHERE column_name = 'person' AND table_schema = 'main'"
        )
    views = {"snapshot", "presence", "movement"}
    assert set(found["table_name"]) - views == set(_TABLES)


def test_movements_lose_their_reason_and_stay_otherwise() -> None:
    rows = movements(MOVEMENTS)
    made = erased(rows, {"p03": "x"}, Reference())
    changed = made.filter(person="x")
    assert changed["reason"].to_list() == [None]
    kept = ["effective", "kind", "from_scale", "to_scale", "from_unit", "to_unit"]
    assert made.select(kept).equals(rows.select(kept))
    others = pl.col("person") != "p03"
    assert made.filter(pl.col("person") != "x").equals(rows.filter(others))


def test_nobody_to_forget_leaves_rows_as_they_are() -> None:
    rows = people(PEOPLE)
    assert erased(rows, {}, Reference()).equals(rows)


def test_a_tombstone_needs_the_key_and_is_no_pseudonym() -> None:
    keys = Keys(dict.fromkeys(KEY_NAMES, bytes(32)))
    others = Keys({**dict.fromkeys(KEY_NAMES, bytes(32)), "pseudonym": b"k" * 32})
    given = pl.Series(["a", None, "a", "b"])
    made = keys.tombstones(given)
    assert made.null_count() == 1
    assert (made[0], made.n_unique()) == (made[2], 3)
    for other in (keys.pseudonyms(given), others.tombstones(given)):
        assert not set(made.drop_nulls()) & set(other.drop_nulls())


# --- withdraw


def test_withdraw_says_what_it_does_and_what_comes_next(settings: Settings) -> None:
    cell = {"metric": "headcount", "period": "2025Q3", "period_kind": "quarter", "unit": "A"}
    cell |= {"scale_group": "all", "attribute": "origin", "category": "yes"}
    cell |= {"attribute2": "", "category2": "", "status": "published", "as_of": "2025Q3"}
    row = {**cell, "unit_level": 2, "value": 30.0, "base": 130.0, "fresh": True}
    with Warehouse.open(settings) as warehouse:
        record.append(warehouse, "2026-1", pl.DataFrame([row], schema=record.DECISIONS), [Q3])
    done = run(settings, "withdraw", "headcount", "2025Q3", "--reason", "counted twice")
    assert done.exit_code == 0, done.output
    assert "Withdrawn: headcount 2025Q3" in done.stdout
    assert "Next: afspiegeling publish" in done.stdout
    with Warehouse.open(settings, "read") as warehouse:
        told = record.withdrawals(warehouse)
        assert record.decisions(warehouse)["value"].to_list() == [30.0]
    assert told.select("metric", "period", "period_kind", "reason").rows() == [
        ("headcount", "2025Q3", "quarter", "counted twice")
    ]


def test_withdraw_of_what_was_never_published_is_refused(settings: Settings) -> None:
    told = afspiegeling(
        settings.home, "withdraw", "headcount", "2025Q3", "--reason", "wrong", expect=2
    )
    assert "Nothing was published that answers to that" in told.stderr
