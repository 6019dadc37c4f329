"""A file read part by part gives the very rows, quarantine and presence of the file read at once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from etl import large
from etl.domain import Reference
from etl.errors import RefusedInput
from etl.load import load
from etl.settings import Settings
from etl.stage import StagedFile, stage, stage_large
from etl.warehouse.ledger import reference_dates
from etl.warehouse.store import Warehouse
from tests.etl.dirty_files import HEADER, KEYS, NOW, RIJK, ROWS, text, units
from tests.etl.small_extracts import ORGANISATIE, personeel, write

T = TypeVar("T")
BLOCK, BATCH = 100, 3
COLUMNS = HEADER.split(";")
PEOPLE = {"01": "A 10 V nederland", "02": "B 99 M europa", "03": "B 14 V marokko", "04": "A 9 X x"}
HOW = RIJK.extracts["personeel"]


@pytest.fixture(autouse=True)
def _tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is large, and read a few lines at a time."""
    monkeypatch.setattr(large, "WHOLE_ROWS", 0)
    monkeypatch.setattr(large, "BLOCK", BLOCK)
    monkeypatch.setattr(large, "BATCH", BATCH)


def whole(path: Path) -> StagedFile:
    return stage(path, "personeel", RIJK, Reference(), units(), KEYS, NOW)


def parted(path: Path, rows: int) -> tuple[large.Large, list[StagedFile]]:
    source = large.large_source(path, HOW)
    assert source is not None
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    found = large.first_pass(path, sha256, source, HOW, NOW, rows=rows)
    return found, list(stage_large(found, RIJK, Reference(), units(), KEYS, NOW))


def attempt(work: Callable[[], T]) -> tuple[T | None, str]:
    """What came of it, or why it was refused."""
    try:
        return work(), ""
    except RefusedInput as refusal:
        return None, str(refusal)


def assert_same(path: Path, rows: int) -> None:
    """Both ways, or both refusals, are the same."""
    at_once, why = attempt(lambda: whole(path))
    in_parts, why_parts = attempt(lambda: parted(path, rows))
    assert why_parts == why
    if at_once is None or in_parts is None:
        return
    found, parts = in_parts
    keys = ["ref", "person"]
    assert sum(part.rows_read for part in parts) == at_once.rows_read
    assert list(found.dates) == reference_dates(at_once)
    both = pl.concat([part.rows for part in parts]).sort(keys)
    assert_frame_equal(both, at_once.rows.sort(keys))
    seen = pl.concat([part.presence for part in parts if part.presence is not None])
    assert at_once.presence is not None
    assert_frame_equal(seen.sort(keys), at_once.presence)
    refused = pl.concat([part.quarantine for part in parts]).sort("line")
    assert_frame_equal(refused, at_once.quarantine.sort("line"))


def field(*values: str) -> st.SearchStrategy[str]:
    return st.sampled_from(values)


RECORD = st.tuples(
    field("31-12-2025", "31-12-2025", "30-09-2025", "x", "", "01-01-2099"),
    field("1", "00012301", "00012302", "4", "5", "6,34581E+17", "", " 1 "),
    field("A1", "A1", "B", "OUD", "nergens", ""),
    field("10", "12", "14a", ""),
    field("V", "M", "Q"),
    field("01-01-1986", "1986", "31-02-1986"),
    field("nederland", "suriname", ""),
    field("1,0", "0,8", "7", "veel"),
    field("01-03-2015", "01-03-2030"),
)
LINE = st.one_of(
    RECORD.map(";".join),
    RECORD.map(";".join),
    st.sampled_from(["", ";;;;;;;;", "31-12-2025;1;A1", f"{ROWS[0]};", f"{ROWS[0]};te veel"]),
)
ANY = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)  # fmt: skip


@ANY
@given(
    lines=st.lists(LINE, min_size=1, max_size=25),
    again=st.integers(0, 3),
    rows=st.integers(1, 9),
    end=field("\n", "\r\n", "\r"),
)
@example(lines=[";".join(("x", *ROWS[0].split(";")[1:])), *ROWS], again=1, rows=1, end="\r\n")
def test_text_in_parts(tmp_path: Path, lines: list[str], again: int, rows: int, end: str) -> None:
    path = tmp_path / "personeel.csv"
    path.write_bytes(text(*lines, *lines[:again], end=end).encode())
    assert_same(path, rows)


@ANY
@given(
    lines=st.lists(RECORD, min_size=1, max_size=25), again=st.integers(0, 3), rows=st.integers(1, 9)
)
def test_parquet_in_parts(
    tmp_path: Path, lines: list[tuple[str, ...]], again: int, rows: int
) -> None:
    path = tmp_path / "personeel.parquet"
    frame = pl.DataFrame([*lines, *lines[:again]], schema=COLUMNS, orient="row")
    frame.with_columns(pl.col("salarisschaal").cast(pl.Int32, strict=False)).write_parquet(path)
    assert_same(path, rows)


def test_most_numbers_damaged_are_a_matter_of_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "personeel.csv"
    good, bad = ROWS[0], ROWS[0].replace("00012301", "6,34581E+17")
    path.write_text(text(good, bad, good.replace("V", "M"), bad), encoding="utf-8")
    assert_same(path, 1)
    path.write_text(text(good, bad, bad), encoding="utf-8")
    assert_same(path, 1)


@pytest.mark.parametrize("header", [HEADER.replace("geslacht", "bsn"), HEADER.replace("personeelsnummer", "x"), HEADER + ";herkomst"])  # fmt: skip
def test_a_header_refuses_the_whole_file(tmp_path: Path, header: str) -> None:
    path = tmp_path / "personeel.csv"
    path.write_text(text(header=header), encoding="utf-8")
    assert_same(path, 1)


def test_numbers_of_citizens_are_found_whatever_the_parts(tmp_path: Path) -> None:
    path = tmp_path / "personeel.csv"
    rows = [f"{row};{bsn}" for row, bsn in zip(ROWS, ("111222333", "123456782", "x"), strict=True)]
    path.write_text(text(*rows, header=HEADER + ";iets"), encoding="utf-8")
    with pytest.raises(RefusedInput, match="direct identifier"):
        whole(path)
    assert_same(path, 1)


@pytest.mark.parametrize("content", ["é".encode("cp1252"), b'"x"'])
def test_what_cannot_be_parted_is_read_at_once(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "personeel.csv"
    path.write_bytes(text().encode() + content)
    assert large.large_source(path, HOW) is None


def test_what_is_too_large_and_cannot_be_parted_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large, "MOST_BYTES", 10)
    path = tmp_path / "personeel.csv"
    for content, got in (("é".encode("cp1252"), "not UTF-8"), (b'"x"', "quotes"), (b"\0", "NUL")):
        path.write_bytes(text().encode() + content)
        with pytest.raises(RefusedInput, match=got):
            parted(path, 1)


def test_too_many_rows_of_one_person_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them would be one part, however small parts are to be."""
    monkeypatch.setattr("etl.limits.MOST_CELLS", 30 * len(COLUMNS))
    path = tmp_path / "personeel.csv"
    path.write_text(text(*([ROWS[0]] * 40)), encoding="utf-8")
    with pytest.raises(RefusedInput, match="too large"):
        parted(path, 1)


def test_a_load_in_parts_leaves_the_warehouse_of_a_load_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def loaded(home: Path) -> dict[str, pl.DataFrame]:
        settings = Settings(home=home)
        inside = tmp_path / "in"
        write(inside / "organisatie.csv", ORGANISATIE)
        write(inside / "personeel_2025.csv", personeel("31-12-2025", PEOPLE))
        load([inside], "rijk-standaard", settings, now=datetime(2026, 1, 15))
        with Warehouse.open(settings, "read") as warehouse:
            return {
                table: warehouse.frame(f"SELECT * FROM {table} ORDER BY ALL")
                for table in ("fct_snapshot", "fct_presence", "quarantine", "ledger_date", "ledger")
            }

    monkeypatch.setenv("AFSPIEGELING_PSEUDONYM_KEY", "11" * 32)
    monkeypatch.setenv("AFSPIEGELING_RECORD_KEY", "22" * 32)
    monkeypatch.setattr(large, "PART_ROWS", 1)
    parts = loaded(tmp_path / "parts")
    monkeypatch.setattr(large, "WHOLE_ROWS", 1_000)
    for table, rows in loaded(tmp_path / "whole").items():
        assert not rows.is_empty() or table == "quarantine"
        assert_frame_equal(rows, parts[table])
