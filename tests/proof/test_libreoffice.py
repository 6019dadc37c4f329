"""The files open in LibreOffice as a Dutch reader expects: numbers, dates, codes as text, no formula.

LibreOffice (Debian: libreoffice-calc) opens each file without a screen and writes it as a workbook;
what that workbook holds is what a reader of the file sees.
"""

from __future__ import annotations

import shutil
import subprocess
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from dashboard.export import FORMULA, MISREAD, Query, neutral, render
from dashboard.mart import Mart
from tests.factories import make_tables, write_publication
from tests.proof.record import record

NASTY = {"MIN": '=HYPERLINK("x")', "DGOB": "@SUM(A1)", "SG2": "-1+1", "UB1": "\t=1+1"}
DUTCH = "CSV:59,34,UTF8,1,,1043,false,true,false"
"""What a Dutch LibreOffice fills in by itself: semicolon, quotes, Dutch numbers, special numbers."""
QUERY = Query(
    ("share", "gap"), ("MIN", "DGOB", "SG2", "UB1"), ("2025Q4",), attribute=("origin",)
)  # fmt: skip


@pytest.fixture(scope="module")
def soffice() -> str:
    found = shutil.which("soffice")
    if found is None:
        pytest.fail("LibreOffice is not installed. Next: apt-get install libreoffice-calc")
    return found


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Mart:
    """The invented publication with unit names that a spreadsheet would run."""
    tables = make_tables(years=range(2024, 2026))
    dimensions = tables["mart_dimension"]
    unit = pl.col("dimension") == "unit"
    name = pl.col("code").replace_strict(NASTY, default=None, return_dtype=pl.String)
    named = pl.when(unit).then(pl.coalesce(name, "label_nl")).otherwise("label_nl")
    tables["mart_dimension"] = dimensions.with_columns(named.alias("label_nl"))
    directory = tmp_path_factory.mktemp("published")
    write_publication(directory, tables, "2026-1")
    return Mart(directory)


@pytest.mark.proof
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_dutch_reader_sees_the_published_values(
    soffice: str, hostile: Mart, tmp_path: Path, form: str
) -> None:
    danger = f"{FORMULA}|{MISREAD}" if form == "csv" else FORMULA
    expected = neutral(pl.read_parquet(render(hostile, QUERY, "parquet")), danger)
    source = tmp_path / f"export.{form}"
    source.write_bytes(render(hostile, QUERY, form))
    seen = opened(soffice, source, tmp_path / "out")
    assert seen.height == expected.height > 20
    for column in ("value", "lower", "upper", "base"):
        assert seen[column].dtype.is_numeric()
        assert seen[column].to_list() == pytest.approx(expected[column].to_list(), nan_ok=True)
    assert {as_date(day) for day in seen["reference_date"]} == {date(2025, 12, 31)}
    for column in ("metric", "period", "unit", "scale_group", "status", "unit_label"):
        assert [text or "" for text in seen[column]] == expected[column].to_list(), column
    assert {">=14", "<=13"} <= set(seen["scale_group"])
    assert formulas(source if form == "xlsx" else tmp_path / "out" / "export.xlsx") == 0
    record(
        f"libreoffice-{form}",
        "make proof (tests/proof/test_libreoffice.py)",
        {"rows": seen.height, "columns": seen.width, "cells that differ": 0, "formulas": 0},
    )


def opened(soffice: str, source: Path, directory: Path) -> pl.DataFrame:
    """The first sheet of a file as LibreOffice opens it."""
    profile = f"-env:UserInstallation=file://{directory.parent}/profile"
    how = [f"--infilter={DUTCH}"] if source.suffix == ".csv" else []
    command = [soffice, profile, "--headless", *how, "--convert-to", "xlsx", "--outdir"]
    subprocess.run([*command, directory, source], check=True, capture_output=True, timeout=180)
    return pl.read_excel(directory / "export.xlsx", sheet_id=1)


def formulas(workbook: Path) -> int:
    """How many cells of a workbook hold a formula."""
    unpacked = workbook.parent / f"{workbook.stem}-parts"
    shutil.unpack_archive(workbook, unpacked, "zip")
    sheets = (unpacked / "xl" / "worksheets").glob("sheet*.xml")
    return sum(sheet.read_text(encoding="utf-8").count("<f") for sheet in sheets)


def as_date(value: object) -> date:
    assert isinstance(value, date), value
    return value.date() if isinstance(value, datetime) else value
