"""The record of decisions: written once, never changed, withdrawn by adding."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest

from etl.errors import RefusedInput
from etl.settings import Settings
from etl.warehouse import ledger, record
from etl.warehouse.engine import BrokenContract
from etl.warehouse.store import Warehouse
from tests.etl.person_rows import Q1, Q2, UNITS, people, units
from tests.etl.test_warehouse_store import Q1_ROWS, Q2_ROWS, File, personnel
from tests.spec.tables import table

NOW = datetime(2026, 1, 15, 9, 30)

CELLS = """
metric    | period | period_kind | unit | unit_level | scale_group | attribute | category | status     | value | base | as_of  | fresh
headcount | 2025Q1 | quarter     | A    | 2          | all         | origin    | yes      | published  | 15    | 60   | 2025Q1 | true
headcount | 2025Q1 | quarter     | A    | 2          | all         | origin    | unknown  | suppressed | -     | 60   | 2025Q1 | true
"""
LATER = """
metric    | period | period_kind | unit | unit_level | scale_group | attribute | category | status       | value | base | as_of  | fresh
headcount | 2025Q2 | quarter     | A    | 2          | all         | origin    | yes      | published    | 15    | 60   | 2025Q1 | false
headcount | 2025Q2 | quarter     | B    | 2          | all         | origin    | yes      | published    | 25    | 80   | 2025Q2 | true
headcount | 2025Q2 | quarter     | C    | 2          | all         | origin    | yes      | not_measured | -     | 80   | 2025Q2 | true
exit      | 2025Q2 | quarter     | A    | 2          | all         | origin    | yes      | published    | 10    | 90   | 2025Q2 | true
"""
TYPES = {"unit_level": pl.Int16, "value": pl.Float64, "base": pl.Float64}


def cells(drawing: str) -> pl.DataFrame:
    drawn = table(drawing, **TYPES)
    nothing = pl.lit("")
    return drawn.with_columns(
        attribute2=nothing, category2=nothing, fresh=pl.col("fresh") == "true"
    )


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    with Warehouse.open(Settings(home=tmp_path)) as opened:
        store(opened, File("organisatie", "o.csv", units(UNITS)))
        store(opened, personnel("k1.csv", Q1_ROWS))
        store(opened, personnel("k2.csv", Q2_ROWS))
        yield opened


def store(warehouse: Warehouse, file: File) -> None:
    with warehouse.transaction():
        ledger.store(warehouse, file, mapping="m", context="c", loaded_at=NOW)


def test_what_is_appended_is_read_back(warehouse: Warehouse) -> None:
    record.append(warehouse, "2026-1", cells(CELLS), [Q1])
    record.append(warehouse, "2026-2", cells(LATER), [Q2])
    found = record.decisions(warehouse)
    assert found.schema == pl.Schema({"publication": pl.String(), **record.DECISIONS})
    assert found.select("publication", "period", "unit", "category", "value", "fresh").rows() == [
        ("2026-2", "2025Q2", "A", "yes", 10.0, True),
        ("2026-1", "2025Q1", "A", "unknown", None, True),
        ("2026-1", "2025Q1", "A", "yes", 15.0, True),
        ("2026-2", "2025Q2", "A", "yes", 15.0, False),
        ("2026-2", "2025Q2", "B", "yes", 25.0, True),
        ("2026-2", "2025Q2", "C", "yes", None, True),
    ]
    assert record.closed_periods(warehouse).rows() == [("2025Q1", "quarter"), ("2025Q2", "quarter")]


@pytest.mark.parametrize("unit", ["A", "NEW"])
def test_a_served_period_is_closed(warehouse: Warehouse, unit: str) -> None:
    """The same cell again, and a cell that the period did not have."""
    record.append(warehouse, "2026-1", cells(CELLS), [Q1])
    before = record.decisions(warehouse)
    again = pl.concat([cells(LATER), cells(CELLS).head(1).with_columns(unit=pl.lit(unit))])
    with pytest.raises(BrokenContract, match=r"headcount 2025Q1 quarter.*served before"):
        record.append(warehouse, "2026-2", again, [Q2])
    assert record.decisions(warehouse).equals(before)
    assert record.recorded_dates(warehouse) == [Q1]


def test_a_cell_that_stands_twice_is_not_written(warehouse: Warehouse) -> None:
    with pytest.raises(BrokenContract, match="stands twice"):
        record.append(warehouse, "2026-1", pl.concat([cells(CELLS), cells(CELLS)]), [Q1])
    assert record.decisions(warehouse).is_empty()


def test_a_date_without_people_writes_nothing(warehouse: Warehouse) -> None:
    with pytest.raises(BrokenContract, match="2020-03-31"):
        record.append(warehouse, "2026-1", cells(CELLS), [Q1, Q1.replace(year=2020)])
    assert record.decisions(warehouse).is_empty()
    assert record.recorded_dates(warehouse) == []


def test_the_sets_stay_as_they_were_decided(warehouse: Warehouse) -> None:
    """A corrected extract and a reorganised tree change the dates that are still open."""
    record.append(warehouse, "2026-1", cells(CELLS), [Q1])
    store(warehouse, File("organisatie", "o.csv", units(UNITS.replace("A      | 3", "B      | 3"))))
    store(warehouse, personnel("k1.csv", Q1_ROWS.replace("p2", "p9")))
    found = record.sets(warehouse)
    was = people(Q1_ROWS).select("ref", "person", "unit", "scale").sort("person")
    assert found.roster.filter(ref=Q1).rows() == was.rows()
    assert found.roster.filter(ref=Q2)["person"].to_list() == ["p1", "p3"]
    above = {ref: found.paths.filter(ref=ref, unit="A1")["ancestor"].to_list() for ref in (Q1, Q2)}
    assert above == {Q1: ["MIN", "A", "A1"], Q2: ["MIN", "B", "A1"]}


def test_the_sets_of_a_date_are_copied_once(warehouse: Warehouse) -> None:
    record.append(warehouse, "2026-1", cells(CELLS), [Q1])
    record.append(warehouse, "2026-2", cells(LATER), [Q1, Q2])
    assert record.sets(warehouse).roster.height == 4
    # MIN 1, A and B 2 each, A1 and A2 3 each: 11 paths a date.
    assert warehouse.frame("SELECT * FROM decided_path").height == 22


def test_a_warehouse_from_before_the_record_gets_one(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with Warehouse.open(settings):
        pass
    with duckdb.connect(str(settings.warehouse)) as connection:
        for name in (
            "decision",
            "decided_person",
            "decided_path",
            "withdrawal",
            "forgotten",
            "layout",
        ):
            connection.execute(f"DROP TABLE {name}")
    with Warehouse.open(settings) as opened:
        assert record.decisions(opened).is_empty()
        assert record.withdrawals(opened).is_empty()


# --- withdrawals


def test_withdrawn_numbers_are_hidden_where_they_are_repeated_too(warehouse: Warehouse) -> None:
    record.append(warehouse, "2026-1", cells(CELLS), [Q1])
    record.append(warehouse, "2026-2", cells(LATER), [Q2])
    record.withdraw(warehouse, "headcount", "2025Q1", " counted twice ", NOW)
    told = record.withdrawals(warehouse)
    assert told.rows() == [("headcount", "2025Q1", "quarter", "counted twice", NOW)]
    rows = record.decisions(warehouse)
    assert rows.filter(status="published").height == 4  # the record itself keeps the number
    shown = record.without_withdrawn(rows, told)
    assert shown.columns == rows.columns
    assert shown.select("metric", "period", "unit", "category", "status", "value").rows() == [
        ("exit", "2025Q2", "A", "yes", "published", 10.0),
        ("headcount", "2025Q1", "A", "unknown", "suppressed", None),
        ("headcount", "2025Q1", "A", "yes", "suppressed", None),
        ("headcount", "2025Q2", "A", "yes", "suppressed", None),
        ("headcount", "2025Q2", "B", "yes", "published", 25.0),
        ("headcount", "2025Q2", "C", "yes", "not_measured", None),
    ]
    assert record.without_withdrawn(rows, told.clear()).equals(rows)


@pytest.mark.parametrize(
    ("metric", "period", "reason", "said"),
    [
        ("headcount", "2025Q1", "  ", "with a reason only"),
        ("headcount", "2024Q4", "wrong", "a period of 2025Q1"),
        ("complaints", "2025Q1", "wrong", "a metric of headcount"),
    ],
)
def test_only_what_was_published_is_withdrawn(
    warehouse: Warehouse, metric: str, period: str, reason: str, said: str
) -> None:
    record.append(warehouse, "2026-1", cells(CELLS), [Q1])
    with pytest.raises(RefusedInput, match=said):
        record.withdraw(warehouse, metric, period, reason, NOW)
    assert record.withdrawals(warehouse).is_empty()


def test_a_number_is_withdrawn_once(warehouse: Warehouse) -> None:
    record.append(warehouse, "2026-1", cells(CELLS), [Q1])
    record.withdraw(warehouse, "headcount", "2025Q1", "wrong", NOW)
    with pytest.raises(RefusedInput, match="withdrawn before"):
        record.withdraw(warehouse, "headcount", "2025Q1", "again", NOW)
    assert record.withdrawals(warehouse)["reason"].to_list() == ["wrong"]
