"""The extract `cbs-barometer`: rows that are taken, rows that are refused, a corrected file."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from etl.load import load
from etl.settings import Settings
from etl.warehouse.delivered import deliveries
from etl.warehouse.store import Warehouse
from tests.etl.dirty_files import stage_bytes, text
from tests.etl.exit_files import NOW, staffed
from tests.etl.test_bad_input import refusal, refused_row

HEAD = "peildatum;kenmerk;subgroep;aantal;pct_nederland;pct_europa;pct_buiten_europa"
WHOLE = "31-12-2025;organisatie;;500;76;12;12"
NAME = "cbs-barometer.csv"


def barometer(*rows: str) -> str:
    return text(*rows, header=HEAD)


def test_rows_become_subgroups(tmp_path: Path) -> None:
    rows = (WHOLE, "31-12-2025;eenheid;A;250;75;13;13", "31-12-2025;schaalgroep;14+;300;80;13;7")
    staged = stage_bytes(tmp_path, barometer(*rows), NAME)
    assert staged.quarantine.is_empty()
    day = date(2025, 12, 31)
    assert staged.rows.rows() == [
        (day, "A", "all", 250, 75, 13, 13),
        (day, "MIN", ">=14", 300, 80, 13, 7),
        (day, "MIN", "all", 500, 76, 12, 12),
    ]


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("31-12-2025;eenheid;A;249;76;12;12", "subgroup_small"),
        ("31-12-2025;eenheid;A;250;75;12;11", "percent_sum"),
        ("31-12-2025;eenheid;A;250;76;13;13", "percent_sum"),
        ("31-12-2025;eenheid;A;250;101;0;0", "percent_invalid"),
        ("31-12-2025;eenheid;A;250;-1;50;51", "percent_invalid"),
        ("31-12-2025;eenheid;A;250;76,4;11,8;11,8", "percent_invalid"),
        ("31-12-2025;eenheid;A;250;veel;12;12", "number_invalid"),
        ("31-12-2025;eenheid;A;2,5;76;12;12", "number_invalid"),
        ("31-12-2025;eenheid;A;;76;12;12", "value_missing"),
        ("31-12-2025;eenheid;;250;76;12;12", "value_missing"),
        ("31-12-2025;eenheid;Z;250;76;12;12", "unit_unknown"),
        ("31-12-2025;schaalgroep;>=15;250;76;12;12", "code_unknown"),
        ("31-12-2025;organisatie;A;250;76;12;12", "code_unknown"),
        ("31-12-2025;geslacht;V;250;76;12;12", "code_unknown"),
        (";eenheid;A;250;76;12;12", "date_missing"),
        ("12-2025;eenheid;A;250;76;12;12", "date_invalid"),
        ("31-12-2199;eenheid;A;250;76;12;12", "date_future"),
        ("30-11-2025;eenheid;A;250;76;12;12", "date_no_period_end"),
        ("30-12-2025;eenheid;A;250;76;12;12", "date_no_period_end"),
        (WHOLE, "duplicate_row"),
        ("31-12-2025;totaal;MIN;501;76;12;12", "subgroup_again"),
    ],
)
def test_bad_rows(tmp_path: Path, row: str, rule: str) -> None:
    assert refused_row(tmp_path, barometer(WHOLE, row), NAME) == (rule, 3)


@pytest.mark.parametrize("percents", ["75;12;12", "76;12;12", "76;13;12", "100;0;0"])
def test_sums_that_rounding_makes(tmp_path: Path, percents: str) -> None:
    row = f"31-12-2025;organisatie;;250;{percents}"
    assert stage_bytes(tmp_path, barometer(row), NAME).quarantine.is_empty()


def test_a_file_without_sizes_is_refused(tmp_path: Path) -> None:
    content = barometer(WHOLE).replace("aantal", "n")
    assert "expected: a column aantal (size)" in refusal(tmp_path, content, NAME).lower()


def test_a_file_without_rows_is_refused(tmp_path: Path) -> None:
    assert "no rows" in refusal(tmp_path, HEAD + "\n", NAME)


# --- in the warehouse ----------------------------------------------------------------------------


def take(settings: Settings, path: Path, *rows: str) -> tuple[str, ...]:
    path.write_text(barometer(*rows), encoding="utf-8")
    return load([path], "rijk-standaard", settings, now=NOW).notes


def stored(settings: Settings) -> list[tuple[object, ...]]:
    with Warehouse.open(settings, "read") as warehouse:
        return deliveries(warehouse).select("ref", "unit", "scale_group", "pct_outside").rows()


def test_a_corrected_file_takes_the_place_of_its_dates(tmp_path: Path) -> None:
    settings = staffed(tmp_path)
    old, new = "31-12-2023;organisatie;;500;76;12;12", "31-12-2024;organisatie;;500;75;13;12"
    take(settings, tmp_path / "cbs-barometer-a.csv", old, new)
    take(settings, tmp_path / "cbs-barometer-b.csv", new.replace("75;13;12", "74;13;13"))
    days = date(2023, 12, 31), date(2024, 12, 31)
    assert stored(settings) == [(days[0], "MIN", "all", 12), (days[1], "MIN", "all", 13)]
    with Warehouse.open(settings, "read") as warehouse:
        loads = warehouse.loads().filter(extract="cbs-barometer")
    assert loads["replaced_by"].is_not_null().to_list() == [True, False]


def test_a_file_that_is_not_shown_says_so(tmp_path: Path) -> None:
    settings = staffed(tmp_path)
    (note,) = take(settings, tmp_path / NAME, "31-12-2024;organisatie;;500;76;12;12")
    assert note.startswith("cbs-barometer.csv: stored, not shown: the source of origin is decl")


def test_refused_rows_are_kept_with_line_and_rule(tmp_path: Path) -> None:
    settings = staffed(tmp_path)
    take(settings, tmp_path / NAME, "31-12-2024;organisatie;;249;76;12;12")
    with Warehouse.open(settings, "read") as warehouse:
        assert warehouse.quarantine().select("rule", "line").rows() == [("subgroup_small", 2)]
    assert stored(settings) == []
