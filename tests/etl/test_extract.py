"""Files as HR systems write them -> one string frame with the right lines."""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from etl.delimited import read_delimited
from etl.errors import RefusedInput
from etl.extract import LINE, RAGGED, read_extract
from etl.identifiers import bsn_share, is_identifier


def columns(
    content: bytes, delimiter: str = "auto"
) -> tuple[dict[str, list[str | None]], list[int]]:
    """Columns by header, and the lines."""
    found = read_delimited(content, "f.csv", delimiter, "auto", frozenset({"a", "b"}))
    values = [series.to_list() for series in found.columns]
    return dict(zip(found.headers, values, strict=True)), found.line.to_list()


def test_plain_text() -> None:
    assert columns(b"a;b\n1;2\n\n 3 ;\n") == ({"a": ["1", "3"], "b": ["2", None]}, [2, 4])


def test_quoted_text_keeps_source_lines() -> None:
    content = b'\n"a","b"\r\n"x\r\ny","1,5"\r\n"say ""hi""",2\r\n'
    expected = {"a": ["x\ny", 'say "hi"'], "b": ["1,5", "2"]}
    assert columns(content) == (expected, [3, 5])


def test_known_headers_decide_between_delimiters() -> None:
    # More commas than semicolons in the header, but only the semicolon gives known headers.
    values, _ = columns(b"a;b;c, d, e, f\n1;2;3\n")
    assert list(values) == ["a", "b", "c, d, e, f"]


def test_cp1252() -> None:
    assert columns("a;b\ncoördinatie;€ 5\n".encode("cp1252"))[0]["a"] == ["coördinatie"]


def test_surplus_empty_fields_do_no_harm() -> None:
    found = read_delimited(b"a;b\n1;2;;\n1;2;3\n1\n", "f", ";", "auto", frozenset())
    assert found.ragged.to_list() == [False, True, True]
    quoted = read_delimited(b'"a";b\n1;2;;\n1;2;3\n1\n', "f", ";", "auto", frozenset())
    assert quoted.ragged.to_list() == [False, True, True]


# Python and polars disagree on whether the separators U+001C to U+001F are blanks.
CELL = st.text(st.characters(codec="cp1252", exclude_characters='\0"\x1c\x1d\x1e\x1f'), max_size=6)


@given(
    st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=6),
    st.sampled_from([";", ",", "\t"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_whatever_csv_writes_is_read(
    rows: list[tuple[str, str, str]], delimiter: str, end: str
) -> None:
    # The writer quotes a line end only where it is its own.
    spans = any("\n" in cell or "\r" in cell for row in rows for cell in row)
    quoting = csv.QUOTE_ALL if spans else csv.QUOTE_MINIMAL
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerow(("a", "b", "c"))
    writer.writerows(rows)
    found = read_delimited(buffer.getvalue().encode(), "f", delimiter, "auto", frozenset("ab"))
    read = list(zip(*(series.to_list() for series in found.columns), strict=True))
    assert read == [cleaned for row in rows if any(cleaned := tuple(map(clean, row)))]
    assert not found.ragged.any()


def clean(value: str) -> str | None:
    """A cell as the intake keeps it: one kind of line end, stripped, null when empty."""
    return value.replace("\r\n", "\n").replace("\r", "\n").strip() or None


def test_same_content_has_one_hash(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"a;b\n1;2\n")
    extract = read_extract(tmp_path / "x.csv")
    assert extract.sha256 == hashlib.sha256(b"a;b\n1;2\n").hexdigest()
    assert extract.headers == ["a", "b"]
    assert not extract.typed


def test_spreadsheet(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "dd-mm-yyyy"})
        sheet.write_row(1, 0, ["id", "dag", "deel", "groot", "leeg"])
        sheet.write_string(2, 0, "000123")
        sheet.write_datetime(2, 1, datetime(2025, 12, 31), day)
        sheet.write_number(2, 2, 0.1 + 0.2)
        sheet.write_number(2, 3, 634581123456789012)
        sheet.write_string(4, 0, "000124")
        sheet.write_string(4, 1, "31-12-9999")
        sheet.write_number(4, 2, 1)
        sheet.write_number(4, 3, 7)
    frame = read_extract(path).frame
    assert frame.drop(LINE, RAGGED).rows() == [
        ("000123", "2025-12-31", "0.3", "6,34581E+17", None),
        ("000124", "31-12-9999", "1", "7", None),
    ]
    assert frame[LINE].to_list() == [3, 5]


def test_parquet(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pl.DataFrame(
        {
            "id": [1.0, None, 6.34581e17],
            "dag": [date(2025, 12, 31), None, None],
            "deel": [0.8, None, 1.0],
            "ja": [True, None, False],
            "lijst": [[1], None, [2]],
        }
    ).write_parquet(path)
    extract = read_extract(path)
    assert extract.frame.drop(LINE, RAGGED).rows() == [
        ("1", "2025-12-31", "0.8", "true", None),
        ("6.34581e+17", None, "1", "false", None),
    ]
    assert extract.frame[LINE].to_list() == [1, 3]
    assert extract.typed


def test_the_content_tells_the_kind(tmp_path: Path) -> None:
    (tmp_path / "x.xlsx").write_bytes(b"PKEY;b\n1;2\n")
    assert read_extract(tmp_path / "x.xlsx").headers == ["PKEY", "b"]


def test_column_without_header(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"a;;b;\n1;x;2;\n")
    assert read_extract(tmp_path / "x.csv").headers == ["a", "(column 2)", "b"]


def test_headers_that_look_like_patterns(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"*;^a$\n1;2\n")
    assert read_extract(tmp_path / "x.csv").frame.drop(LINE, RAGGED).rows() == [("1", "2")]


def test_explicit_encoding_that_does_not_fit(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes("a;b\n1;é\n".encode("cp1252"))
    with pytest.raises(RefusedInput, match=r"cannot be read as utf-8.*line 2"):
        read_extract(tmp_path / "x.csv", encoding="utf-8")


@pytest.mark.parametrize(
    ("values", "share"),
    [
        (["111222333", "123456782"], 1.0),
        (["1112.22.333", "123 456 782"], 1.0),
        (["111222333", "123456782", "x", "y"], 0.5),
        (["111222334", "123456783"], 0.0),
        (["111222333"] * 9, 0.0),  # one number, many times: an employer, not persons
        (["11122233", "12345678"], 0.0),
        ([None, None], 0.0),
    ],
)
def test_bsn_share(values: list[str | None], share: float) -> None:
    assert bsn_share(pl.Series(values, dtype=pl.String)) == share


@pytest.mark.parametrize(
    ("header", "identifies"),
    [("bsn", True), ("Naam", True), ("unit_name", False), ("e-mail leidinggevende", True),
     ("manager_naam", True), ("geslacht", False), ("mobiel", True), ("mobiliteit", False)],
)  # fmt: skip
def test_is_identifier(header: str, identifies: bool) -> None:
    assert is_identifier(header) is identifies
