"""Files of the exit monitor in the headers of rijk-standaard, and a home that can take them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import polars as pl

from etl.load import load
from etl.load_report import LoadResult
from etl.settings import Settings
from etl.warehouse.store import Warehouse
from tests.etl.small_extracts import personeel, write

NOW = datetime(2026, 1, 15, 9, 30)
UNITS = """
code | naam_nl  | bovenliggend | niveau | geldig_van | geldig_tot
MIN  | Whole    |              | 1      | 01-01-2015 |
A    | Part A   | MIN          | 2      | 01-01-2015 |
OLD  | Part Old | MIN          | 2      | 01-01-2015 | 31-12-2020
A1   | Part A1  | A            | 3      | 01-01-2015 |
"""
STAFF = {
    "00000101": "A 10 V nederland",
    "00000102": "A 14 M turkije",
    "00000103": "A1 12 V europa",
}
HEAD = (
    "respondent;uitstroomjaar;organisatie_eenheid;schaalgroep;herkomst;soort_vertrek;"
    "vertrekredenen;racisme_speelde_rol;gesprek_gevoerd;zou_terugkeren;vrijuit_spreken;"
    "fouten_bespreken;erbij_horen;gelijke_kansen;respectvol_behandeld;buitengesloten"
)
GOOD = "q7a;2024;A;t/m 13;Turkije;eigen verzoek;werkdruk | sfeer en omgang;ja;nee;weet niet;4;4;4;4;4;2"
INVITED_HEAD = "personeelsnummer;uitstroomjaar;uitgenodigd;beantwoord"


def row(**changed: str) -> str:
    """The good row with some fields changed."""
    fields = dict(zip(HEAD.split(";"), GOOD.split(";"), strict=True))
    assert changed.keys() <= fields.keys()
    return ";".join((fields | changed).values())


def answers(path: Path, *rows: str, head: str = HEAD) -> Path:
    """Write a file of answers, or of invitations with another head."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(line + "\n" for line in (head, *rows)), encoding="utf-8")
    return path


def invitations(path: Path, *rows: str) -> Path:
    """Write a file of invitations."""
    return answers(path, *rows, head=INVITED_HEAD)


def staffed(directory: Path) -> Settings:
    """A home that knows its units and three persons."""
    settings = Settings(home=directory / "home")
    first = [
        write(directory / "first" / "organisatie.csv", UNITS),
        write(directory / "first" / "personeel.csv", personeel("31-12-2024", STAFF)),
    ]
    load(first, "rijk-standaard", settings, now=NOW)
    return settings


def take(settings: Settings, *paths: Path, mapping: str | Path = "rijk-standaard") -> LoadResult:
    """Load files."""
    return load(list(paths), mapping, settings, now=NOW)


def stored(settings: Settings, sql: str, parameters: Sequence[object] = ()) -> list[tuple]:  # type: ignore[type-arg]
    """What a query finds in the warehouse."""
    with Warehouse.open(settings, "read") as warehouse:
        return warehouse.frame(sql, parameters).rows()


def answer_rows(settings: Settings) -> pl.DataFrame:
    """Every stored answer."""
    with Warehouse.open(settings, "read") as warehouse:
        return warehouse.frame("SELECT * FROM fct_exit_answer ORDER BY year, respondent")
