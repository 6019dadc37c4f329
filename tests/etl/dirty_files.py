"""Small extract files for the tests of the intake: clean by default, with one thing spoiled."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from etl.domain import Reference
from etl.mapping import load_mapping
from etl.pseudonym import KEY_NAMES, Keys
from etl.schemas import STAGED_ORGANISATIE
from etl.stage import StagedFile, stage

NOW = date(2026, 1, 15)
KEYS = Keys({name: bytes([number]) * 32 for number, name in enumerate(KEY_NAMES, start=1)})
RIJK = load_mapping("rijk-standaard")

HEADER = (
    "peildatum;personeelsnummer;organisatie_eenheid;salarisschaal;geslacht;geboortedatum;herkomst;"
    "deeltijdfactor;datum_in_dienst"
)
ROWS = (
    "31-12-2025;00012301;A1;10;V;31-12-1985;nederland;1,0;01-03-2015",
    "31-12-2025;00012302;A1;14;M;01-01-1986;suriname;0,8;01-03-2015",
    "31-12-2025;00012303;B;7;V;15-06-2001;;0,5;01-03-2020",
)


def units(*rows: tuple[str, str | None, int, str, str | None]) -> pl.DataFrame:
    """Staged units: code, parent, level, valid from and to; a small tree when left out."""
    small = (
        ("MIN", None, 1, "2020-01-01", None),
        ("A", "MIN", 2, "2020-01-01", None),
        ("B", "MIN", 2, "2020-01-01", None),
        ("A1", "A", 3, "2020-01-01", None),
        ("OUD", "A", 3, "2020-01-01", "2025-12-30"),
    )
    return pl.DataFrame(
        [
            {
                "code": code,
                "name_nl": code,
                "name_en": code,
                "parent": parent,
                "level": level,
                "valid_from": date.fromisoformat(begin),
                "valid_to": date.fromisoformat(end) if end else None,
                "successor_of": None,
            }
            for code, parent, level, begin, end in rows or small
        ],
        schema=STAGED_ORGANISATIE,
    )


def text(*rows: str, header: str = HEADER, end: str = "\n") -> str:
    """An extract: the header and the rows (the three clean ones when left out)."""
    return end.join((header, *(rows or ROWS))) + end


def spoiled(row: int, column: str, value: str) -> str:
    """The clean extract with one value replaced."""
    place = HEADER.split(";").index(column)
    rows = list(ROWS)
    values = rows[row].split(";")
    values[place] = value
    rows[row] = ";".join(values)
    return text(*rows)


def stage_bytes(
    directory: Path, content: str | bytes, name: str = "personeel_2025.csv", **how: object
) -> StagedFile:
    """Write a file and stage it with ``rijk-standaard`` (settings of the extract replaceable)."""
    path = directory / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    extract = RIJK.extract_for(path)
    changed = RIJK.extracts[extract].model_copy(update=how)
    mapping = RIJK.model_copy(update={"extracts": {**RIJK.extracts, extract: changed}})
    known = units() if extract != "organisatie" else pl.DataFrame()
    return stage(path, extract, mapping, Reference(), known, KEYS, NOW)
