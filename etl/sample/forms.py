"""The forms in which real systems deliver one extract; the bytes depend on its content only."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import xlsxwriter


@dataclass(frozen=True)
class Form:
    """A way to write a frame: file suffix and, for text, delimiter, encoding, ends and dates."""

    suffix: str = ".csv"
    delimiter: str = ";"
    encoding: str = "utf-8"
    newline: str = "\r\n"
    dates: str = "%d-%m-%Y"


OFFICE = Form(encoding="cp1252")
BOM = Form(encoding="utf-8-sig")
UNIX = Form(newline="\n")
TABBED = Form(delimiter="\t", newline="\n")
COMMA = Form(delimiter=",", newline="\n", dates="%Y-%m-%d")
ZIPPED = Form(suffix=".csv.gz", newline="\n", dates="%Y-%m-%d")
SHEET = Form(suffix=".xlsx")
COLUMNAR = Form(suffix=".parquet")

FORMS = (
    OFFICE, OFFICE, UNIX, OFFICE, COMMA, TABBED, BOM, OFFICE, ZIPPED, COMMA, BOM, OFFICE, TABBED,
    UNIX, BOM, COMMA, TABBED, ZIPPED, SHEET, COLUMNAR, BOM,
)  # fmt: skip
"""Forms of 21 reference dates; shorter series take the end of it, longer ones begin again."""


def form_of(snapshot: int, last: int) -> Form:
    """The form of a snapshot, counted back from the last."""
    return FORMS[(snapshot - last - 1) % len(FORMS)]


def write(frame: pl.DataFrame, path: Path, form: Form) -> None:
    """Write a frame in a form; the same frame gives the same bytes."""
    if form.suffix == ".parquet":
        frame.write_parquet(path, compression="zstd", statistics=False)
    elif form.suffix == ".xlsx":
        _write_sheet(frame, path)
    else:
        text = _as_text(frame, form).write_csv(
            separator=form.delimiter, line_terminator=form.newline
        )
        data = text.encode(form.encoding)
        # The time of writing must not be in the file.
        zipped = form.suffix.endswith(".gz")
        path.write_bytes(gzip.compress(data, 6, mtime=0) if zipped else data)


def _as_text(frame: pl.DataFrame, form: Form) -> pl.DataFrame:
    """Dates in the form's own way, numbers with a decimal comma."""
    return frame.with_columns(
        pl.col(pl.Date).dt.strftime(form.dates),
        pl.col(pl.Float64)
        .cast(pl.String)
        .str.replace(r"\.0$", "")
        .str.replace(".", ",", literal=True),
    )


def _write_sheet(frame: pl.DataFrame, path: Path) -> None:
    """One worksheet with real date cells, as a spreadsheet program writes it."""
    book = xlsxwriter.Workbook(path, {"constant_memory": True, "default_date_format": "dd-mm-yyyy"})
    book.set_properties({"created": datetime(2026, 1, 5, tzinfo=UTC).replace(tzinfo=None)})
    sheet = book.add_worksheet("Personeel")
    dated = book.add_format({"num_format": "dd-mm-yyyy"})
    for column, header in enumerate(frame.columns):
        sheet.write_string(0, column, header)
    writers = [
        (sheet.write_datetime, dated) if dtype == pl.Date
        else (sheet.write_number, None) if dtype == pl.Float64
        else (sheet.write_string, None)
        for dtype in frame.dtypes
    ]  # fmt: skip
    for line, row in enumerate(frame.iter_rows(), start=1):
        for column, (value, (writer, style)) in enumerate(zip(row, writers, strict=True)):
            if value is not None:
                writer(line, column, value, style)
    book.close()
