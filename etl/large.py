"""A personnel file that is larger than memory, read part by part with the same rules.

Every rule of a row looks at the row itself or at the other rows of the same person: equal rows,
employments, presence. So the file is parted by person, and each part is staged as if it were a
file. The first pass looks at what concerns the file as a whole (encoding, identifiers of persons,
damaged numbers, reference dates) and keeps two bytes of each line: the part that it belongs to.
Each part is one more pass. Nothing of the source is ever written anywhere.

Parquet, and CSV in UTF-8 without quotes, can be read so.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Protocol

import numpy as np
import polars as pl
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow.parquet import ParquetFile

from etl import cast
from etl.delimited import Table, check_length, header_of, plain_records
from etl.errors import RefusedInput
from etl.extract import (
    LINE,
    PARQUET,
    RAGGED,
    Extract,
    as_frame,
    check_headers,
    is_text,
    parquet_fields,
    parquet_table,
    readable_parquet,
)
from etl.identifiers import check_identifiers
from etl.intake import DAMAGED_KEY, damaged, no_rows
from etl.limits import (
    LONGEST_LINE,
    MOST_BYTES,
    MOST_CELLS,
    MOST_COLUMNS,
    MOST_DATES,
    MOST_DISTINCT,
    MOST_LARGE_BYTES,
    MOST_LINES,
    PART_ROWS,
    WHOLE_ROWS,
    check_table,
    too_large,
    too_many_bytes,
)
from etl.mapping import ExtractMapping

BLOCK = 8 << 20
"""Bytes of text that are read at once."""
BATCH = 65_536
"""Rows that are looked at at once."""
_NOBODY = np.uint16(65_535)
"""The mark of a line that is no record."""
_OTHER_KINDS = (b"\x1f\x8b", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\xff\xfe", b"\xfe\xff")
_SEED = 1

Marks = NDArray[np.uint16]


class Chunk(Protocol):
    """Some adjacent lines of the file."""

    @property
    def first(self) -> int:
        """The number of the first line."""

    @property
    def height(self) -> int:
        """How many lines it has, records or not."""

    def records(self, wanted: pl.Series | None = None) -> pl.DataFrame:
        """The records among the lines, or among those that are wanted, as `Extract.frame`."""


class Source(Protocol):
    """A file that can be read again and again."""

    headers: list[str]
    typed: bool

    def chunks(self) -> Iterator[Chunk]:
        """The lines of the file below its header, in their order."""


@dataclass(frozen=True)
class Large:
    """A large file whose first pass is done.

    Attributes:
        dates: the reference dates of everybody whom it names.
        rows: how many records it has.
        marks: of each chunk the part of every line, before it is brought down to ``parts``.
        parts: how many there are.
    """

    path: Path
    sha256: str
    source: Source
    dates: tuple[date, ...]
    rows: int
    marks: list[Marks]
    parts: int

    def extracts(self) -> Iterator[Extract]:
        """The parts, one after the other: no person is in two of them.

        Raises:
            RefusedInput: a part is too large: too many rows are of the same person.
        """
        for part in range(self.parts):
            frame = pl.concat(self._records(part))
            if not frame.is_empty():
                yield Extract(self.path, self.sha256, frame, self.source.typed)

    def _records(self, part: int) -> Iterator[pl.DataFrame]:
        rows = 0
        for chunk, marks in zip(self.source.chunks(), self.marks, strict=True):
            wanted = (marks % self.parts == part) & (marks != _NOBODY)
            records = chunk.records(pl.Series(wanted))
            rows += records.height
            check_table(self.path.name, rows, records.width)
            yield records


def large_source(path: Path, how: ExtractMapping) -> Source | None:
    """The file as a source that is read part by part; None where it is to be read at once.

    Raises:
        RefusedInput: it is too large to be read at once, and cannot be read part by part.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(PARQUET):
        return _large_parquet(path, size)
    if start.startswith(_OTHER_KINDS) or how.encoding not in ("auto", "utf-8"):
        if size > MOST_BYTES:
            raise too_many_bytes(path.name)
        return None
    lines = _lines(path)
    if size <= MOST_BYTES and (lines <= WHOLE_ROWS or not _is_plain(path)):
        return None
    if size > MOST_LARGE_BYTES:
        raise too_large(path.name, "bytes", MOST_LARGE_BYTES)
    if lines > MOST_LINES:
        raise too_large(path.name, "lines", MOST_LINES)
    return _Text(path, how)


def first_pass(
    path: Path,
    sha256: str,
    source: Source,
    how: ExtractMapping,
    now: date,
    *,
    rows: int | None = None,
) -> Large:
    """Check the file as a whole, and learn to which part each line belongs.

    Args:
        path: the file.
        sha256: of its bytes.
        source: the file as :func:`large_source` gave it.
        how: the mapping of `personeel`.
        now: later dates are nobody's reference date.
        rows: about how many of them make a part; ``PART_ROWS`` when left out.

    Raises:
        RefusedInput: what :func:`etl.stage.stage` refuses a whole file for.
    """
    empty = pl.DataFrame(
        schema={LINE: pl.Int64, RAGGED: pl.Boolean, **dict.fromkeys(source.headers, pl.String)}
    )
    check_headers(source.headers, path.name)
    cast.check_columns(Extract(path, sha256, empty), "personeel", how)
    seen = _Seen(path, source.headers, how, now, source.typed)
    marks = [seen.look(chunk) for chunk in source.chunks()]
    seen.judge()
    room = max(min(rows or PART_ROWS, MOST_CELLS // (2 * max(len(source.headers), 1))), 1)
    parts = max(min(-(-seen.rows // room), int(_NOBODY)), 1)
    return Large(path, sha256, source, tuple(sorted(seen.dates)), seen.rows, marks, parts)


@dataclass
class _Seen:
    """What the first pass gathers."""

    path: Path
    headers: list[str]
    how: ExtractMapping
    now: date
    typed: bool
    rows: int = 0
    given: int = 0
    damaged: int = 0
    dates: set[date] = field(default_factory=set)
    distinct: dict[str, pl.Series] = field(default_factory=dict)

    def look(self, chunk: Chunk) -> Marks:
        """Take a chunk in; the marks of its lines."""
        frame = chunk.records()
        self.rows += frame.height
        texts = cast.fields(Extract(self.path, "", frame, self.typed), "personeel", self.how)
        numbers = texts["person_number"]
        spoiled = numbers.str.contains(DAMAGED_KEY)
        self.given += len(numbers) - numbers.null_count()
        self.damaged += int(spoiled.sum())
        self._dates(texts.filter(~spoiled).select(pl.col("reference_date").unique()))
        for header in self.headers:
            self._values(header, frame[header])
        # Whoever has no number is nobody's row: those are spread, so that no part is too large.
        alone = numbers.is_null()
        person = numbers.str.strip_chars().hash(_SEED)
        mark = pl.select(pl.when(alone).then(frame[LINE].cast(pl.UInt64)).otherwise(person))
        marks = np.full(chunk.height, _NOBODY, dtype=np.uint16)
        at = (frame[LINE] - chunk.first).to_numpy()
        marks[at] = (mark.to_series().to_numpy() % int(_NOBODY)).astype(np.uint16)
        return marks

    def _dates(self, texts: pl.DataFrame) -> None:
        ref = cast.dates("reference_date", self.how.date_formats)
        found = texts.select(ref.alias("ref"))["ref"].drop_nulls()
        self.dates |= set(found.filter(found <= self.now))
        if len(self.dates) > MOST_DATES:
            raise too_large(self.path.name, "reference dates", MOST_DATES)

    def _values(self, header: str, values: pl.Series) -> None:
        known = self.distinct.get(header, values.clear())
        if len(known) < MOST_DISTINCT:
            self.distinct[header] = pl.concat([known, values.unique()]).unique()

    def judge(self) -> None:
        """Refuse the file for what concerns it as a whole.

        Raises:
            RefusedInput: direct identifiers of persons, no rows, or most numbers are damaged.
        """
        numbers = {self.how.headers.get("person_number", "").casefold()}
        for header in self.headers:
            values = self.distinct.get(header, pl.Series(dtype=pl.String))
            column = Extract(self.path, "", pl.DataFrame({header: values}))
            check_identifiers(column, {header} if header.casefold() in numbers else set(), set())
        if not self.rows:
            raise no_rows(self.path.name)
        if self.damaged * 2 > self.given:
            here = {header.casefold(): header for header in self.headers}
            raise damaged(self.path.name, here.get(*numbers))


# --- text -----------------------------------------------------------------------------------------


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        blocks = iter(lambda: file.read(BLOCK), b"")
        return sum(max(block.count(b"\n"), block.count(b"\r")) for block in blocks)


def _is_plain(path: Path) -> bool:
    try:
        return all('"' not in text for text in _blocks(path))
    except RefusedInput:
        return False


def _blocks(path: Path) -> Iterator[str]:
    """Whole lines of a text, each with a line end of one kind.

    Raises:
        RefusedInput: it is not UTF-8, holds NUL bytes, or a line is too long.
    """
    decoder, rest = codecs.getincrementaldecoder("utf-8-sig")(), ""
    with path.open("rb") as file:
        while data := file.read(BLOCK):
            if b"\0" in data:
                raise _not_plain(path, "NUL bytes")
            try:
                text = rest + decoder.decode(data)
            except UnicodeDecodeError:
                raise _not_plain(path, "bytes that are not UTF-8") from None
            held = "\r" if text.endswith("\r") else ""  # the other half may follow
            text = text[: len(text) - len(held)].replace("\r\n", "\n").replace("\r", "\n")
            end = text.rfind("\n") + 1
            rest = text[end:] + held
            if len(rest) > LONGEST_LINE:
                raise too_large(path.name, "characters in a line", LONGEST_LINE)
            if end:
                yield text[:end]
    if decoder.getstate()[0]:
        raise _not_plain(path, "bytes that are not UTF-8")
    if rest.strip("\r"):
        yield rest.replace("\r", "\n") + "\n"


def _not_plain(path: Path, got: str) -> RefusedInput:
    return RefusedInput(
        "The file is too large to be read at once, and cannot be read part by part",
        where=path.name,
        expected=f"at most {MOST_BYTES >> 20:,} MiB; or Parquet, or CSV in UTF-8 without quotes",
        got=got,
        next_step="export it as Parquet, or split it by reference date",
    )


class _Text:
    """CSV in UTF-8 without quotes."""

    typed = False

    def __init__(self, path: Path, how: ExtractMapping) -> None:
        self.path = path
        text = next(_blocks(path), "")
        found = header_of(text, path.name, how.delimiter, how.expected_headers)
        self._start, self.delimiter, _ = found
        self._header_line = text.count("\n", 0, self._start) + 1
        header = text[self._start :].split("\n", 1)[0]
        self._texts = [part.strip() for part in header.split(self.delimiter)]
        self.headers = _named(self._texts)

    def chunks(self) -> Iterator[Chunk]:
        line, start = 1, self._start
        for text in _blocks(self.path):
            if '"' in text:
                raise _not_plain(self.path, "quotes")
            body, first = text[start:], line + text.count("\n", 0, start)
            line, start = line + text.count("\n"), 0
            lines = pl.Series("text", body.split("\n")[:-1], dtype=pl.String)
            check_length(lines, self.path.name)
            skipped = int(first == self._header_line)
            for at in range(skipped, len(lines), BATCH):
                yield _Lines(lines.slice(at, BATCH), first + at, self._texts, self.delimiter)


@dataclass(frozen=True)
class _Lines:
    """Lines of text."""

    lines: pl.Series
    first: int
    headers: list[str]
    delimiter: str

    @property
    def height(self) -> int:
        return len(self.lines)

    def records(self, wanted: pl.Series | None = None) -> pl.DataFrame:
        lines = self.lines.to_frame().with_row_index("line", offset=self.first)
        lines = lines if wanted is None else lines.filter(wanted)
        return _frame(plain_records(lines, self.headers, self.delimiter))


def _named(headers: list[str]) -> list[str]:
    return [header or f"(column {place})" for place, header in enumerate(headers, start=1)]


def _frame(table: Table) -> pl.DataFrame:
    return as_frame(table, _named(table.headers), table.columns)


# --- Parquet --------------------------------------------------------------------------------------


def _large_parquet(path: Path, size: int) -> Source | None:
    with readable_parquet(path.name):
        about = ParquetFile(path).metadata
        rows = about.num_rows
    if size <= MOST_BYTES and rows <= WHOLE_ROWS:
        return None
    if rows > MOST_LINES:
        raise too_large(path.name, "rows", MOST_LINES)
    if size > MOST_LARGE_BYTES:
        raise too_large(path.name, "bytes", MOST_LARGE_BYTES)
    return _Parquet(path)


class _Parquet:
    """A Parquet file."""

    typed = True

    def __init__(self, path: Path) -> None:
        self.path = path
        with readable_parquet(path.name):
            self._fields = parquet_fields(path)
            if len(self._fields) > MOST_COLUMNS:
                raise too_large(path.name, "columns", MOST_COLUMNS)
            self._check_texts()
        self.headers = _named([field.name.strip() for field in self._fields])

    def _check_texts(self) -> None:
        """Refuse texts that are kept once in the file, and are far too much where they are used."""
        texts = [field.name for field in self._fields if is_text(field.type)]
        file = ParquetFile(self.path, read_dictionary=texts)
        for batch in file.iter_batches(BATCH, columns=texts) if texts else ():
            total = 0
            for column in batch.columns:
                lengths = pc.binary_length(column.dictionary).take(column.indices)
                total += pc.sum(lengths).as_py() or 0
            if total > MOST_BYTES:
                raise too_many_bytes(self.path.name)

    def chunks(self) -> Iterator[Chunk]:
        first = 1
        with readable_parquet(self.path.name):
            for batch in ParquetFile(self.path).iter_batches(BATCH):
                yield _Rows(pl.DataFrame(batch), first, self)
                first += batch.num_rows

    def records(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows with their ``LINE`` as records."""
        return _frame(parquet_table(rows, self._fields))


@dataclass(frozen=True)
class _Rows:
    """Rows of a Parquet file."""

    rows: pl.DataFrame
    first: int
    file: _Parquet

    @property
    def height(self) -> int:
        return self.rows.height

    def records(self, wanted: pl.Series | None = None) -> pl.DataFrame:
        rows = self.rows.with_row_index(LINE, offset=self.first)
        return self.file.records(rows if wanted is None else rows.filter(wanted))
