"""How the lines of a delimited file are read, so that any part of it gives what the whole gives."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from etl.delimited import UTF16_MARKS, read_delimited
from etl.extract import LINE, Extract, frame_of
from etl.mapping import ExtractMapping

_LONGEST_HEAD = 1 << 20
_NO_TEXT = (b"PK\x03\x04", b"PAR1", b"\xd0\xcf\x11\xe0", *UTF16_MARKS)
_LINE_END = re.compile(rb"\r\n|\r|\n")
_EMPTY_RECORD = b'""\n'
"""Gives a part without quotes to the reader that follows them; it is no record of its own."""


@dataclass(frozen=True)
class Reading:
    """How a file is read: its lines up to the header, and what was found out of the whole.

    Attributes:
        name: the file name, for errors.
        head: all bytes up to the end of the header line.
        head_lines: how many lines these are.
        delimiter: as the mapping gives it.
        encoding: of the whole file.
        expected: case folded headers that the mapping knows.
        quoted: whether there is a quote anywhere in the file.
    """

    name: str
    head: bytes
    head_lines: int
    delimiter: str
    encoding: str
    expected: frozenset[str]
    quoted: bool = False

    def extract(self, lines: list[bytes]) -> Extract:
        """Some lines of the file as an extract; ``#line`` counts these lines, from 1.

        Raises:
            RefusedInput: they cannot be read as a table.
        """
        extra = _EMPTY_RECORD if self.quoted else b""
        content = self.head + extra + b"\n".join(lines) + b"\n"
        table = read_delimited(content, self.name, self.delimiter, self.encoding, self.expected)
        frame = frame_of(table, self.name)
        before = self.head_lines + (1 if extra else 0)
        return Extract(Path(self.name), "", frame.with_columns(pl.col(LINE) - before))


def reading_of(path: Path, how: ExtractMapping) -> Reading | None:
    """How the lines of a file are read; None where it is no text that can be cut into lines.

    That is a workbook, Parquet, UTF-16, a header over more than one line, or a damaged file: those
    are for one machine, which says what is wrong.
    """
    try:
        head = _head(path)
    except (OSError, EOFError):
        return None
    if head is None or head.startswith(_NO_TEXT):
        return None
    taken = _lines_up_to_header(head)
    if taken is None or taken[0].count(b'"') % 2:
        return None
    content, lines = taken
    return Reading(path.name, content, lines, how.delimiter, how.encoding, how.expected_headers)


def _head(path: Path) -> bytes | None:
    with path.open("rb") as file:
        head = file.read(_LONGEST_HEAD)
    if not head.startswith(b"\x1f\x8b"):
        return head
    if path.suffix != ".gz":  # by this name alone a cluster knows that it is compressed
        return None
    with gzip.open(path) as unpacked:
        return unpacked.read(_LONGEST_HEAD)


def _lines_up_to_header(head: bytes) -> tuple[bytes, int] | None:
    """The bytes up to the end of the header line and how many lines they are.

    The header is the first line with text that is no ``sep=`` of a spreadsheet.
    """
    end = 0
    for number, found in enumerate(_LINE_END.finditer(head), start=1):
        line, end = head[end : found.start()], found.end()
        text = line.removeprefix(b"\xef\xbb\xbf").strip()
        if text and not re.fullmatch(rb"sep=.", text):
            return head[:end], number
    return None


def encoding_of(told: str, not_utf8: bool, multibyte: bool) -> str | None:
    """The encoding of the whole file, from what its parts are; None where they do not agree."""
    if told != "auto":
        return told
    if not not_utf8:
        return "utf-8"
    return None if multibyte else "cp1252"


def is_utf8(lines: bytes) -> bool:
    """Whether some lines are UTF-8."""
    try:
        lines.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
