"""Clean extracts in every form, mangled; and what may come of any bytes whatever."""

from __future__ import annotations

import gzip
import random
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import polars as pl
import xlsxwriter

from etl.errors import RefusedInput
from tests.etl.dirty_files import HEADER, ROWS, stage_bytes, text

REFUSED, STAGED = "refused", "rows and quarantine"
MOST_SAID = 10_000
"""Characters of a refusal: it is read by a person."""


def outcome(directory: Path, content: bytes, name: str = "personeel_2025.csv") -> str:
    """Stage any bytes: refused as a whole in one line, or rows and quarantine that add up.

    Raises:
        AssertionError: neither; any other error of the product goes through.
    """
    try:
        staged = stage_bytes(directory, content, name)
    except RefusedInput as refusal:
        said = refusal.paragraph()
        assert said.isprintable()
        assert len(said) < MOST_SAID
        assert name in said
        return REFUSED
    assert staged.rows_read == staged.rows_kept + staged.rows_refused
    assert staged.rows_read >= staged.rows_kept >= staged.rows.height >= 0
    assert staged.quarantine["line"].is_duplicated().sum() == 0
    assert staged.rows_kept == 0 or staged.rows.height > 0
    return STAGED


def workbook() -> bytes:
    """The clean rows as a spreadsheet."""
    content = BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Blad1")
        for line, row in enumerate((HEADER, *ROWS)):
            sheet.write_row(line, 0, row.split(";"))
    return content.getvalue()


def parquet() -> bytes:
    """The clean rows as Parquet."""
    content = BytesIO()
    rows = [row.split(";") for row in ROWS]
    frame = pl.DataFrame(rows, schema=HEADER.split(";"), orient="row")
    frame.write_parquet(content, compression="uncompressed")
    return content.getvalue()


SHEET = "XLSX, its sheet and texts"
_OF_SHEET = ("xl/worksheets/sheet1.xml", "xl/sharedStrings.xml")
SEEDS: dict[str, Callable[[], bytes]] = {
    "CSV": lambda: text().encode(),
    "CSV with quotes": lambda: text(*(f'"{row.replace(";", chr(34) + ";" + chr(34))}"' for row in ROWS)).encode(),
    "CSV in UTF-16": lambda: text().encode("utf-16"),
    "CSV.GZ": lambda: gzip.compress(text().encode(), mtime=0),
    "XLSX": workbook,
    SHEET: workbook,
    "Parquet": parquet,
}  # fmt: skip
"""A clean file of every form."""

_TOKENS = (
    b"\0", b"\xff", b"\xef\xbb\xbf", b"\r", b"\n", b'"', b'""', b";", b",", b"\t", b"sep=;\n", b'sep="\n',
    b"=1+1", b"'", b"-1", b"99999999999999999999", b"1e999", b"nan", b"31-12-0000", b"\xe2\x80\xae",
    b"\x1b[31m", b"PK\x03\x04", b"PAR1", b"\x1f\x8b", b"A" * 300, b"#line", b"../../x", b"{}", b"$",
)  # fmt: skip


def mangled_file(form: str, draw: random.Random) -> bytes:
    """A clean file of a form, mangled; of a spreadsheet also a sheet, in a sound archive."""
    content = SEEDS[form]()
    if form != SHEET:
        return mangled(content, draw)
    packed = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(packed, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, mangled(part, draw) if name in _OF_SHEET else part)
    return packed.getvalue()


def mangled(content: bytes, draw: random.Random) -> bytes:
    """The file with one to eight changes of its bytes."""
    data = bytearray(content)
    for _ in range(draw.randint(1, 8)):
        at = draw.randrange(len(data) + 1)
        match draw.randrange(5):
            case 0 if at < len(data):
                data[at] ^= 1 << draw.randrange(8)
            case 1:
                data[at:at] = draw.choice(_TOKENS)
            case 2:
                del data[at : at + draw.randint(1, 40)]
            case 3:
                other = draw.randrange(len(data) + 1)
                data[at:at] = data[other : other + draw.randint(1, 60)]
            case 4 if at < len(data):
                data[at] = draw.choice((0, 1, 127, 128, 255))
            case _:
                data = data[: max(at, 1)]
    return bytes(data)
