"""Delimited text (CSV and kin): bytes -> text -> string columns with source line numbers."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from etl.errors import RefusedInput
from etl.limits import LONGEST_LINE, MOST_COLUMNS, check_table, too_large

DELIMITERS = {";": "semicolon", ",": "comma", "\t": "tab", "|": "pipe"}
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
MULTIBYTE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
"""Bytes that no single-byte text has by chance: one character of UTF-8."""


@dataclass(frozen=True)
class Table:
    """Records of a source: header names, string columns by position, lines, and odd shapes.

    ``columns[i]`` are the values under ``headers[i]``, null when empty; ``line`` the 1-based line
    that a record begins on; ``ragged`` marks records with more or fewer fields than the header.
    """

    headers: list[str]
    columns: list[pl.Series]
    line: pl.Series
    ragged: pl.Series


def read_delimited(
    data: bytes, name: str, delimiter: str, encoding: str, expected: frozenset[str]
) -> Table:
    """Read delimited text; ``auto`` finds the delimiter in the header, the encoding in the bytes.

    Line ends may be LF, CRLF or bare CR; quoted fields may hold delimiters and line ends.

    Args:
        data: the file's bytes, not compressed.
        name: the file name, for errors.
        delimiter: one of ``DELIMITERS`` or ``auto``.
        encoding: ``utf-8``, ``cp1252``, ``utf-16`` or ``auto``.
        expected: case folded headers that the mapping knows; they decide between delimiters.

    Raises:
        RefusedInput: NUL bytes, not decodable, mixed encodings, bad quotes, or one column only.
    """
    text = decode(data, name, encoding).replace("\r\n", "\n").replace("\r", "\n")
    start, chosen, width = header_of(text, name, delimiter, expected)
    first_line = text.count("\n", 0, start) + 1
    body = text[start:]
    check_table(name, body.count("\n"), width)
    if '"' in body:
        return _quoted(body, name, chosen, first_line)
    return _plain(body, name, chosen, first_line)


def header_of(
    text: str, name: str, delimiter: str, expected: frozenset[str]
) -> tuple[int, str, int]:
    """Where the header begins in the text, the delimiter in use, and how many columns there are.

    Raises:
        RefusedInput: it is too long, has too many columns, or one where several were expected.
    """
    start, hint = _past_blank_lines(text)
    header = text[start:].split("\n", 1)[0]
    if len(header) > LONGEST_LINE:
        raise too_large(name, "characters in a line", LONGEST_LINE)
    chosen = _delimiter(header, name, hint if delimiter == "auto" and hint else delimiter, expected)
    width = len(_split_header(header, chosen))
    if width > MOST_COLUMNS:
        raise too_large(name, "columns", MOST_COLUMNS)
    return start, chosen, width


def decode(data: bytes, name: str, encoding: str) -> str:
    """Bytes -> text, without a byte order mark.

    Raises:
        RefusedInput: NUL bytes, bytes outside the encoding, or UTF-8 and cp1252 in one file.
    """
    if data.startswith(UTF16_MARKS) and encoding in ("auto", "utf-16"):
        return _decoded(data, name, "utf-16")
    if (position := data.find(b"\0")) >= 0 and encoding != "utf-16":
        raise RefusedInput(
            "The file holds NUL bytes: it is no text, or it was damaged on the way",
            where=f"{name}, line {_line_of(data, position)}",
            expected="CSV text in UTF-8 or cp1252, XLSX or Parquet",
            next_step="deliver the file again",
        )
    if encoding != "auto":
        return _decoded(data, name, encoding)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        _refuse_mixed(data, name, error.start)
        return _decoded(data, name, "cp1252")


def _refuse_mixed(data: bytes, name: str, position: int) -> None:
    """The text is not UTF-8: refuse it if parts of it are, else it is taken for cp1252."""
    utf8 = MULTIBYTE.search(data)
    if utf8 or data.startswith(b"\xef\xbb\xbf"):
        first = _line_of(data, utf8.start() if utf8 else 0)
        raise RefusedInput(
            "The file mixes two encodings",
            where=f"{name}, line {_line_of(data, position)}",
            expected="one encoding in the whole file",
            got=f"UTF-8 in line {first}, a byte that is not UTF-8 in line "
            f"{_line_of(data, position)}",
            next_step="export it again in UTF-8 (two exports may have been pasted together), or "
            "set `encoding` in the mapping if it is cp1252 throughout",
        )


def _decoded(data: bytes, name: str, encoding: str) -> str:
    try:
        return data.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        raise RefusedInput(
            f"The file cannot be read as {encoding}",
            where=f"{name}, line {_line_of(data, error.start)}",
            expected="text in UTF-8 or cp1252",
            got=f"byte 0x{data[error.start]:02x}",
            next_step="set `encoding` in the mapping, or export the file again in UTF-8",
        ) from None


def _line_of(data: bytes, position: int) -> int:
    before = data[:position]
    return before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n") + 1


def _past_blank_lines(text: str) -> tuple[int, str | None]:
    """Where the header begins, and the delimiter that an Excel line ``sep=;`` names."""
    found = re.match(r"(?:\s*\n)?(?:sep=(.)\n)?(?:[ \n]*\n)?", text)
    hint = found.group(1) if found else None
    return (found.end() if found else 0), hint if hint in DELIMITERS else None


def _delimiter(header: str, name: str, delimiter: str, expected: frozenset[str]) -> str:
    widths = {mark: _split_header(header, mark) for mark in DELIMITERS}
    best = max(widths, key=lambda mark: (_hits(widths[mark], expected), len(widths[mark])))
    chosen = best if delimiter == "auto" else delimiter
    if len(_split_header(header, chosen)) > 1 or len(expected) <= 1:
        return chosen
    several = len(widths[best]) > 1
    raise RefusedInput(
        "The file has one column where several were expected: another delimiter is in use",
        where=f"{name}, header",
        expected=f"{DELIMITERS.get(delimiter, 'semicolon, comma or tab')} between columns",
        got=f"{DELIMITERS[best]} between columns" if several else "a header of one column",
        next_step='set `delimiter = "auto"` in the mapping, or export the file again',
    )


def _split_header(header: str, mark: str) -> list[str]:
    return next(csv.reader([header], delimiter=mark), [""])


def _hits(names: list[str], expected: frozenset[str]) -> int:
    return sum(name.strip().casefold() in expected for name in names)


def _plain(body: str, name: str, delimiter: str, first_line: int) -> Table:
    """Text without quotes: a record is a line, so that columns can be split as vectors."""
    lines = pl.DataFrame({"text": body.split("\n")}).with_row_index("line", offset=first_line)
    check_length(lines["text"], name)
    headers = [part.strip() for part in lines["text"][0].split(delimiter)]
    return plain_records(lines.slice(1), headers, delimiter)


def check_length(lines: pl.Series, name: str) -> None:
    """Refuse a file with a line that is no record.

    Raises:
        RefusedInput: a line is longer than ``LONGEST_LINE``.
    """
    if int(lines.str.len_bytes().max() or 0) > LONGEST_LINE:  # type: ignore[arg-type]
        raise too_large(name, "characters in a line", LONGEST_LINE)


def plain_records(lines: pl.DataFrame, headers: list[str], delimiter: str) -> Table:
    """Lines without quotes (``text``, ``line``) as records; a line that says nothing is none."""
    says = pl.col("text").str.replace_all(delimiter, "", literal=True).str.strip_chars() != ""
    lines = lines.filter(says)
    width = len(headers)
    fields = lines["text"].str.split_exact(delimiter, max(width - 1, 1)).struct.unnest()
    return Table(
        headers=headers,
        columns=[_clean(fields[name]) for name in fields.columns[:width]],
        line=lines["line"].cast(pl.Int64),
        ragged=_odd_shape(lines["text"], delimiter, width),
    )


def _odd_shape(lines: pl.Series, delimiter: str, width: int) -> pl.Series:
    """Lines with too few fields, or with too many that are not just empty ones at the end."""
    count = lines.str.count_matches(delimiter, literal=True)
    filled = lines.str.strip_chars_end(f"{delimiter} ").str.count_matches(delimiter, literal=True)
    return (count < width - 1) | (filled > width - 1)


def _quoted(body: str, name: str, delimiter: str, first_line: int) -> Table:
    """Text with quotes: records may span lines, which only a real reader can follow."""
    lines_of = _Lines(body, name)
    reader = csv.reader(lines_of, delimiter=delimiter, strict=True)
    headers: list[str] = []
    records: list[list[str]] = []
    lines: list[int] = []
    before = 0
    try:
        for record in reader:
            begins, before = before + 1, reader.line_num
            lines_of.characters = 0
            if not headers:
                headers = [part.strip() for part in record]
                check_table(name, body.count("\n"), len(headers))
            elif "".join(record).strip():
                records.append(record)
                lines.append(begins + first_line - 1)
    except csv.Error as error:
        raise RefusedInput(
            "A quoted field is not closed, or goes on after its closing quote",
            where=f"{name}, line {before + first_line}",
            expected='quotes around whole fields, a quote inside written as ""',
            got=str(error),
            next_step="correct the export",
        ) from None
    return _table(headers, records, lines)


class _Lines:
    """The lines of a text, for as long as no record of them is too long."""

    def __init__(self, body: str, name: str) -> None:
        self.lines, self.name = io.StringIO(body, newline=""), name
        self.characters = 0
        """Of the record in hand."""

    def __iter__(self) -> Iterator[str]:
        for line in self.lines:
            self.characters += len(line)
            if self.characters > LONGEST_LINE:
                raise too_large(self.name, "characters in a line", LONGEST_LINE)
            yield line


def _table(headers: list[str], records: list[list[str]], lines: list[int]) -> Table:
    width = len(headers)
    padded = [(record + [""] * width)[:width] for record in records]
    columns = zip(*padded, strict=True) if padded else [()] * width
    return Table(
        headers=headers,
        columns=[_clean(pl.Series(list(values), dtype=pl.String)) for values in columns],
        line=pl.Series(lines, dtype=pl.Int64),
        ragged=pl.Series([len(r) < width or any(r[width:]) for r in records], dtype=pl.Boolean),
    )


def _clean(values: pl.Series) -> pl.Series:
    frame = values.alias("v").to_frame().select(pl.col("v").str.strip_chars())
    return frame.select(pl.when(pl.col("v") != "").then(pl.col("v"))).to_series()
