"""Small files that stand for very much, and large ones that stand for nothing."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import polars as pl

from etl.limits import MOST_BYTES
from tests.etl.dirty_files import HEADER, ROWS
from tests.faults.mangled import workbook

SHEET, TEXTS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELS = "xl/_rels/workbook.xml.rels"
_MIB = 1 << 20


def _pieces(piece: bytes, size: int) -> Iterator[bytes]:
    block = piece * (_MIB // len(piece))
    for _ in range(size // len(block) + 1):
        yield block


def _unpacks_to(path: Path, start: bytes, piece: bytes, size: int) -> None:
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(start)
        for block in _pieces(piece, size):
            file.write(block)


def _plain(path: Path, start: bytes, piece: bytes, size: int) -> None:
    with path.open("wb") as file:
        file.write(start)
        for block in _pieces(piece, size):
            file.write(block)


def _book(path: Path, parts: dict[str, Iterator[bytes] | bytes]) -> None:
    """The clean workbook with some parts replaced or added."""
    clean = path.with_suffix(".clean")
    clean.write_bytes(workbook())
    with zipfile.ZipFile(clean) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, content in parts.items():
            with new.open(name, "w", force_zip64=True) as part:
                for block in (content,) if isinstance(content, bytes) else content:
                    part.write(block)
    clean.unlink()


def _sheet(body: Iterator[bytes]) -> Iterator[bytes]:
    yield f'<?xml version="1.0"?><worksheet xmlns="{MAIN}"><sheetData>'.encode()
    yield from body
    yield b"</sheetData></worksheet>"


def _claims_little(path: Path) -> None:
    """A sheet of 300 MiB of which the archive says that it has 1,000 bytes."""
    _book(path, {SHEET: _sheet(_pieces(b" ", MOST_BYTES + 50 * _MIB))})
    data = bytearray(path.read_bytes())
    entry = data.rfind(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = (1000).to_bytes(4, "little")
    path.write_bytes(bytes(data))


FAR = (
    b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
)
"""Two cells, in opposite corners of a sheet."""


def _hidden_corner(path: Path) -> None:
    """A sheet whose part is called a picture."""
    with zipfile.ZipFile(BytesIO(workbook())) as clean:
        rels = clean.read(_RELS).replace(b"worksheets/sheet1.xml", b"worksheets/sheet1.png")
    _book(path, {_RELS: rels, "xl/worksheets/sheet1.png": _sheet(iter([FAR]))})


def _long_texts(path: Path) -> None:
    """Twenty thousand cells that refer to one text of 32 KiB."""
    row = b"".join(b'<c t="s"><v>0</v></c>' for _ in range(20))
    text = f'<sst xmlns="{MAIN}"><si><t>{"x" * 32_767}</t></si></sst>'.encode()
    rows = (b"<row>" + row + b"</row>" for _ in range(1000))
    _book(path, {SHEET: _sheet(rows), TEXTS: text})


def _entities(path: Path) -> None:
    """Entities that stand for entities: a billion laughs."""
    names = [f'<!ENTITY a{i} "{f"&a{i - 1};" * 10 if i else "ha" * 50}">' for i in range(10)]
    body = f'<!DOCTYPE x [{"".join(names)}]><worksheet xmlns="{MAIN}">&a9;</worksheet>'
    _book(path, {SHEET: b'<?xml version="1.0"?>' + body.encode()})


def _parquet_of_one_text(path: Path) -> None:
    """Five thousand rows of one text of a megabyte, kept once."""
    values = pl.Series(["x" * _MIB]).cast(pl.Categorical).new_from_index(0, 5000)
    frame = pl.DataFrame(dict.fromkeys(HEADER.split(";"), values))
    frame.write_parquet(path, compression="zstd")


def _parquet_of_one_row(path: Path) -> None:
    """Two million times the same person: as many values as are allowed, in a few kilobytes."""
    row = dict(zip(HEADER.split(";"), ROWS[0].split(";"), strict=True))
    frame = pl.DataFrame({k: pl.Series([v]).new_from_index(0, 2_000_000) for k, v in row.items()})
    frame.write_parquet(path, compression="zstd")


def _sparse(path: Path) -> None:
    """A file of 8 GiB of which nothing is on the disk."""
    with path.open("wb") as file:
        file.write(HEADER.encode() + b"\n")
        file.truncate(8 << 30)


def _columns(path: Path, many: int) -> None:
    names = ";".join(f"kolom{i}" for i in range(many))
    path.write_text(f"{HEADER};{names}\n" + "\n".join(ROWS) + "\n", encoding="utf-8")


def _dates(path: Path) -> None:
    """Twenty thousand rows with a reference date of their own."""
    rows = (f"{i % 28 + 1:02}-{i // 28 % 12 + 1:02}-{1960 + i // 336};{i};MIN;10;V;01-01-1940;;1;01-01-1958" for i in range(20_000))  # fmt: skip
    path.write_text(HEADER + "\n" + "\n".join(rows) + "\n", encoding="utf-8")


HEAD = HEADER.encode() + b"\n"
ROW = ROWS[0].encode() + b"\n"
BOMBS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "gzip that unpacks to 2 GiB": ("csv.gz", lambda p: _unpacks_to(p, HEAD, ROW, 2 << 30)),
    "gzip of 80 million short lines": ("csv.gz", lambda p: _unpacks_to(p, HEAD, b"a;\n", 240 * _MIB)),
    "a file of 8 GiB": ("csv", _sparse),
    "a line of 1 GB": ("csv", lambda p: _plain(p, HEAD, b"x", 10**9)),
    "a line of 200 MiB": ("csv", lambda p: _plain(p, HEAD, b"x", 200 * _MIB)),
    "a header of 200 MiB": ("csv", lambda p: _plain(p, b"", b"x", 200 * _MIB)),
    "a record of 80 million empty fields": ("csv", lambda p: _plain(p, HEAD, b'"";', 240 * _MIB)),
    "a quote that is closed after 200 MiB": ("csv", lambda p: _plain(p, HEAD + b'"', b"x\n", 200 * _MIB)),
    "CSV of 100 million short lines": ("csv", lambda p: _plain(p, HEAD, b"a;\n", 300 * _MIB)),
    "500 columns, 50 million rows of one field": (
        "csv.gz",
        lambda p: _unpacks_to(p, ";".join(f"k{i}" for i in range(499)).encode() + b"\n", b"a\n", 100 * _MIB),
    ),
    "10,000 columns": ("csv", lambda p: _columns(p, 10_000)),
    "1,000,000 columns": ("csv", lambda p: _columns(p, 1_000_000)),
    "20,000 reference dates": ("csv", _dates),
    "XLSX that unpacks to 2 GiB": ("xlsx", lambda p: _book(p, {SHEET: _sheet(_pieces(b"<row/>", 2 << 30))})),
    "XLSX that unpacks to more than it says": ("xlsx", _claims_little),
    "XLSX with a cell in the far corner": (
        "xlsx",
        lambda p: _book(p, {SHEET: _sheet(iter([FAR]))}),
    ),
    "XLSX with such a cell in a part of another name": ("xlsx", _hidden_corner),
    "XLSX with a part twice": ("xlsx", lambda p: _book(p, {"xl/SHAREDSTRINGS.xml": b"<sst/>"})),
    "XLSX with one long text in 20,000 cells": ("xlsx", _long_texts),
    "XLSX with entities in entities": ("xlsx", _entities),
    "XLSX of 2,000 parts": ("xlsx", lambda p: _book(p, {f"x/{i}": b"" for i in range(2000)})),
    "XLSX with parts that lead out": ("xlsx", lambda p: _book(p, {"../../../evil.txt": b"x", "/evil.txt": b"x"})),
    "Parquet of one text of 1 MiB, 5,000 times": ("parquet", _parquet_of_one_text),
    "Parquet of one person, 2 million times": ("parquet", _parquet_of_one_row),
}  # fmt: skip
"""What it is: the ending of its name, and how it is made."""
