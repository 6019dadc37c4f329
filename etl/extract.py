"""A file -> an all-string frame, its sha256 and the source line of every record.

Nothing is interpreted here: no dates, no numbers, no codes. What cannot be read as a table without
guessing is refused as a whole, with the place.
"""

from __future__ import annotations

import gzip
import hashlib
import logging
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import fastexcel
import polars as pl
import pyarrow.compute as pc
from pyarrow import DataType, Field
from pyarrow.parquet import ParquetFile
from pyarrow.types import (
    is_binary,
    is_dictionary,
    is_fixed_size_binary,
    is_large_binary,
    is_large_string,
    is_nested,
    is_string,
)

from etl.delimited import Table, read_delimited
from etl.errors import RefusedInput
from etl.limits import MOST_BYTES, MOST_COLUMNS, check_table, too_large, too_many_bytes
from etl.workbook import check_workbook

LINE, RAGGED = "#line", "#ragged"
"""Columns of an extract's frame beside the source's own."""
_EXCEL_DIGITS = 15
"""A spreadsheet keeps no more digits of a number than this; it makes up the rest."""
_TOO_LONG = rf"^\d{{{_EXCEL_DIGITS + 1},}}$"
_ZIP, PARQUET, _OLD_EXCEL = b"PK\x03\x04", b"PAR1", b"\xd0\xcf\x11\xe0"
_MIDNIGHT = r"[ T]00:00:00(\.0+)?$"


@dataclass(frozen=True)
class Extract:
    """A file as read: string columns under the source's headers, ``#line`` and ``#ragged``.

    ``typed``: the source knew numbers and dates (XLSX, Parquet), so numbers have a point.
    """

    path: Path
    sha256: str
    frame: pl.DataFrame
    typed: bool = False

    @property
    def headers(self) -> list[str]:
        """The source's own headers in their order."""
        return [name for name in self.frame.columns if name not in (LINE, RAGGED)]


def read_extract(
    path: Path,
    *,
    delimiter: str = "auto",
    encoding: str = "auto",
    sheet: str | None = None,
    expected: frozenset[str] = frozenset(),
) -> Extract:
    """Read CSV, CSV.GZ, XLSX or Parquet; the kind is told by the content, not by the name.

    Args:
        path: the file.
        delimiter: of CSV: ``auto``, ``;``, ``,`` or tab.
        encoding: of CSV: ``auto``, ``utf-8``, ``cp1252`` or ``utf-16``.
        sheet: of XLSX: the sheet to read; without it there must be one sheet with data.
        expected: case folded headers that the mapping knows.

    Returns:
        The extract; values are stripped, empty ones null, records without any value left out.

    Raises:
        RefusedInput: empty, damaged, undecodable, doubtful delimiter, more than one sheet with
            data, or a header that occurs twice.
    """
    data = _bytes(path)
    content = _decompressed(data, path.name)
    typed = content.startswith((_ZIP, PARQUET))
    if content.startswith(_ZIP):
        table = _excel(content, path.name, sheet)
    elif content.startswith(PARQUET):
        table = _parquet(content, path.name)
    elif content.startswith(_OLD_EXCEL):
        raise RefusedInput(
            "This is an old or a protected Excel file",
            where=path.name,
            expected="XLSX without a password, CSV or Parquet",
            next_step="save it as XLSX or CSV",
        )
    else:
        table = read_delimited(content, path.name, delimiter, encoding, expected)
    return Extract(path, hashlib.sha256(data).hexdigest(), frame_of(table, path.name), typed)


def file_sha256(path: Path) -> str:
    """The sha256 of a file as delivered, in hexadecimal.

    Raises:
        RefusedInput: it cannot be read, is empty or too large.
    """
    return hashlib.sha256(_bytes(path)).hexdigest()


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)  # whatever size it claims: a device claims none
    except OSError as error:
        raise RefusedInput(
            "The file cannot be read",
            where=path.name,
            got=error.strerror,
            next_step="check the path and the rights on the file",
        ) from None
    if len(data) > MOST_BYTES:
        raise too_many_bytes(path.name)
    if not data.strip(b" \t\r\n\xef\xbb\xbf"):
        raise _empty(path.name)
    return data


def _decompressed(data: bytes, name: str) -> bytes:
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        with gzip.open(BytesIO(data)) as file:
            content = file.read(MOST_BYTES + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        cut = isinstance(error, EOFError)
        raise RefusedInput(
            "The compressed file is cut off" if cut else "The compressed file is damaged",
            where=name,
            expected="a complete gzip file",
            got="an end before the end mark" if cut else "a wrong checksum or structure",
            next_step="copy or export the file again",
        ) from None
    if len(content) > MOST_BYTES:
        raise too_many_bytes(name)
    if not content.strip():
        raise _empty(name)
    return content


def _empty(name: str) -> RefusedInput:
    return RefusedInput(
        "The file is empty",
        where=name,
        expected="a header line and rows",
        got="0 bytes of text",
        next_step="export the file again; look for a full disk or an export that stopped",
    )


@contextmanager
def _readable(what: str, name: str, expected: str, next_step: str) -> Iterator[None]:
    """Turn whatever a reader raises on a damaged file into a refusal, its panics included."""
    try:
        yield
    except RefusedInput:
        raise
    except BaseException as error:
        # A panic of a reader in Rust is no Exception, and its class has no public name.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise RefusedInput(
            f"{what} cannot be read",
            where=name,
            expected=expected,
            got=type(error).__name__,
            next_step=next_step,
        ) from None


def _excel(content: bytes, name: str, sheet: str | None) -> Table:
    with _readable(
        "The spreadsheet", name, "an XLSX file without a password", "save it again as XLSX or CSV"
    ):
        check_workbook(content, name)
        book = fastexcel.read_excel(content)
        # Row 1 of the sheet is row 1 of the frame, so that line numbers are those of the sheet.
        names = [sheet] if sheet else _sheets_with_data(book)
        if len(names) == 1 and names[0] in book.sheet_names:
            sheet_rows = book.load_sheet(names[0], header_row=None, skip_rows=0, dtypes="string")
            cells = sheet_rows.to_polars()
            return _sheet(cells, _numeric(book, names[0]) if _long(cells) else set(), name)
    raise _sheet_error(names, book.sheet_names, name)


def _sheets_with_data(book: fastexcel.ExcelReader) -> list[str]:
    if len(book.sheet_names) == 1:  # whether it is empty shows when it is read, once
        return book.sheet_names
    return [
        name
        for name in book.sheet_names
        if book.load_sheet(name, header_row=None, n_rows=1, dtypes="string").width
    ]


def _sheet_error(names: list[str], present: list[str], name: str) -> RefusedInput:
    if not names:
        return _empty(name)
    return RefusedInput(
        "The spreadsheet has no such sheet"
        if len(names) == 1
        else "The spreadsheet has more than one sheet with data",
        where=name,
        expected=f"the sheet {names[0]}" if len(names) == 1 else "one sheet with data",
        got="the sheets " + ", ".join(present),
        next_step="remove the other sheets, or name the right one as `sheet` in the mapping",
    )


def _long(cells: pl.DataFrame) -> bool:
    """Whether some cell holds more digits than a spreadsheet's number can keep."""
    found = cells.select(pl.any_horizontal(pl.all().str.contains(_TOO_LONG).any()))
    return bool(found.item()) if cells.width else False


def _numeric(book: fastexcel.ExcelReader, sheet: str) -> set[int]:
    """Positions of columns that hold numbers only, below the header."""
    logging.getLogger("fastexcel").setLevel(logging.ERROR)  # an all-empty column is no warning
    body = book.load_sheet(sheet, header_row=0, schema_sample_rows=None).to_polars()
    return {i for i, dtype in enumerate(body.dtypes) if dtype.is_numeric()}


def _sheet(cells: pl.DataFrame, numeric: set[int], name: str) -> Table:
    cells = cells.with_row_index(LINE, offset=1)
    values = [column for column in cells.columns if column != LINE]
    cells = cells.with_columns(
        pl.col(values).str.strip_chars().str.replace(_MIDNIGHT, "").replace("", None)
    ).filter(pl.any_horizontal(pl.col(values).is_not_null()))
    if cells.is_empty():
        raise _empty(name)
    cells = cells.with_columns(_as_damaged(values[i]) for i in sorted(numeric) if i < len(values))
    body = cells.slice(1)
    return Table(
        headers=[text or "" for text in cells.select(values).row(0)],
        columns=[body[column] for column in values],
        line=body[LINE].cast(pl.Int64),
        ragged=pl.repeat(False, body.height, dtype=pl.Boolean, eager=True),
    )


def _as_damaged(column: str) -> pl.Expr:
    """A number of more than 15 digits, written as the spreadsheet shows it: 6,34581E+17."""
    text = pl.col(column)
    shown = pl.format(
        "{},{}E+{}", text.str.slice(0, 1), text.str.slice(1, 5), text.str.len_chars() - 1
    )
    damaged = text.str.contains(_TOO_LONG)
    return pl.when(damaged).then(shown).otherwise(text).alias(column)


def readable_parquet(name: str) -> AbstractContextManager[None]:
    """Turn whatever a reader raises on a damaged Parquet file into a refusal."""
    return _readable(
        "The Parquet file", name, "a complete Parquet file", "copy or export the file again"
    )


def parquet_fields(source: Path | BytesIO) -> list[Field]:
    """The columns of a Parquet file as it declares them."""
    return list(ParquetFile(source).schema_arrow)


def _parquet(content: bytes, name: str) -> Table:
    with readable_parquet(name):
        fields = parquet_fields(BytesIO(content))
        if len(fields) > MOST_COLUMNS:
            raise too_large(name, "columns", MOST_COLUMNS)
        check_table(name, ParquetFile(BytesIO(content)).metadata.num_rows, len(fields))
        _check_text(content, [f.name for f in fields if is_text(f.type)], name)
        frame = pl.read_parquet(BytesIO(content), columns=[f.name for f in fields if _is_plain(f)])
        return parquet_table(frame.with_row_index(LINE, offset=1), fields)


def parquet_table(rows: pl.DataFrame, fields: list[Field]) -> Table:
    """Rows of a Parquet file, with their ``LINE``, as records; an empty row is none."""
    # Values that are no text stand empty: there is nothing to read in them.
    nothing = pl.repeat(None, rows.height, dtype=pl.String, eager=True)
    texts = [_as_text(rows[f.name]) if _is_plain(f) else nothing for f in fields]
    columns = [values.alias(str(i)) for i, values in enumerate(texts)]
    table = pl.DataFrame([rows[LINE].cast(pl.Int64), *columns])
    if texts:
        table = table.filter(pl.any_horizontal(pl.exclude(LINE).is_not_null()))
    return Table(
        headers=[field.name.strip() for field in fields],
        columns=[table[str(i)] for i in range(len(texts))],
        line=table[LINE],
        ragged=pl.repeat(False, table.height, dtype=pl.Boolean, eager=True),
    )


def _is_plain(field: Field) -> bool:
    return not (is_nested(field.type) or _is_bytes(field.type))


def is_text(kind: DataType) -> bool:
    """Whether a column holds text, as such or as references to a dictionary."""
    values = kind.value_type if is_dictionary(kind) else kind
    return bool(is_string(values) or is_large_string(values))


def _is_bytes(kind: DataType) -> bool:
    return bool(is_binary(kind) or is_large_binary(kind) or is_fixed_size_binary(kind))


def _check_text(content: bytes, texts: list[str], name: str) -> None:
    """Refuse texts that are kept once in the file, and are far too much where they are used."""
    file = ParquetFile(BytesIO(content), read_dictionary=texts)
    total = 0
    for batch in file.iter_batches(columns=texts) if texts else ():
        for column in batch.columns:
            lengths = pc.binary_length(column.dictionary).take(column.indices)
            total += pc.sum(lengths).as_py() or 0
        if total > MOST_BYTES:
            raise too_many_bytes(name)


def _as_text(values: pl.Series) -> pl.Series:
    """A typed column as text; whole floats (an integer column with gaps) lose their ``.0``."""
    frame = values.alias("v").to_frame()
    text = pl.col("v").cast(pl.String)
    if values.dtype.is_float():
        whole = (pl.col("v") == pl.col("v").round()) & (pl.col("v").abs() < 10.0**_EXCEL_DIGITS)
        text = (
            pl.when(whole)
            .then(pl.col("v").cast(pl.Int64, strict=False).cast(pl.String))
            .otherwise(text)
        )
    text = text.str.strip_chars().str.replace(_MIDNIGHT, "")
    return frame.select(pl.when(text != "").then(text).alias(values.name)).to_series()


def frame_of(table: Table, name: str) -> pl.DataFrame:
    """A table as the frame of an extract; columns without header and value are left out.

    Raises:
        RefusedInput: too many columns, or a header that occurs twice.
    """
    headers = []
    columns = []
    for position, (header, values) in enumerate(
        zip(table.headers, table.columns, strict=True), start=1
    ):
        if header or values.is_not_null().any():
            headers.append(header or f"(column {position})")
            columns.append(values)
    if len(headers) > MOST_COLUMNS:
        raise too_large(name, "columns", MOST_COLUMNS)
    check_headers(headers, name)
    return as_frame(table, headers, columns)


def as_frame(table: Table, headers: list[str], columns: list[pl.Series]) -> pl.DataFrame:
    """Records as the frame of an extract: ``LINE``, ``RAGGED`` and the columns under headers."""
    named = [values.alias(header) for header, values in zip(headers, columns, strict=True)]
    return pl.DataFrame([table.line.alias(LINE), table.ragged.alias(RAGGED), *named])


def check_headers(headers: list[str], name: str) -> None:
    """Refuse a header that occurs twice, or is one of ours.

    Raises:
        RefusedInput: with the positions of the columns.
    """
    folded = [header.casefold() for header in headers]
    twice = [i for i, header in enumerate(folded, start=1) if folded.count(header) > 1]
    if twice or LINE in folded or RAGGED in folded:
        raise RefusedInput(
            "A column occurs twice",
            where=f"{name}, header",
            expected="every header once",
            # Positions, not names: the first line of a file without a header is somebody's data.
            got="the same header in the columns " + ", ".join(map(str, twice)),
            next_step="remove one of them from the export",
        )
