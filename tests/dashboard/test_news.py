"""What is new: said by name from what travels along, or that there is nothing to compare with."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from dashboard.charts import read_themes
from dashboard.frame import Request, route
from dashboard.mart import Mart
from dashboard.pages import PAGES
from dashboard.settings import ASSETS
from tests.dashboard.trees import kinds, text_of, with_class
from tests.factories import Row, make_tables, news_frame, write_publication

NEW: list[Row] = [
    ("period", "new", "2025Q4", None, None, "quarter", "2025 K4", "2025 Q4"),
    ("period", "new", "2025", None, None, "year", "2025", "2025"),
    ("metric", "new", "share", None, None, "", "Aandeel", "Share"),
    ("unit", "ended", "SG1", None, None, "2025-06-30", "Bureau A", "Office A"),
    ("unit", "gone", "OUD", None, None, None, "Oud onderdeel", "Old unit"),
    ("withdrawal", "new", "share", "2025Q2", None, None, None, None),
    ("policy", "changed", "classes.special.threshold", None, "10", "12", None, None),
    ("policy", "gone", "iets.anders", None, "0.5", None, None, None),
]
SAID = {
    "nl": {
        "Nieuwe peildatums en perioden": "31 december 2025; 2025",
        "Nieuwe kengetallen": "Aandeel",
        "Opgeheven onderdelen": "Bureau A (30 juni 2025)",
        "Vervallen onderdelen": "Oud onderdeel",
        "Ingetrokken cijfers": "Aandeel 2025 K2",
        "Gewijzigde regels": "Bijzondere gegevens: kleinste groep en kleinste rest: 10, nu 12",
        "Vervallen regels": "iets.anders: 0,50, nu geen",
    },
    "en": {
        "New reference dates and periods": "31 December 2025; 2025",
        "New metrics": "Share",
        "Units that ended": "Office A (30 June 2025)",
        "Units that are gone": "Old unit",
        "Withdrawn figures": "Share 2025 Q2",
        "Changed rules": "Special data: smallest group and smallest remainder: 10, now 12",
        "Rules that are gone": "iets.anders: 0.50, now none",
    },
}


def written(directory: Path, rows: list[Row], earlier: int = 1) -> Mart:
    tables = make_tables(publication="2026-3", years=range(2024, 2026))
    made = [(f"2026-{n}", f"2026-0{n}-14T09:00:00+00:00", "2025Q4") for n in range(3 - earlier, 4)]
    tables["mart_history"] = pl.DataFrame(
        made, schema=["publication", "created", "last_period"], orient="row"
    )
    tables["mart_news"] = news_frame(*rows)
    write_publication(directory, tables, "2026-3")
    return Mart(directory)


def block(mart: Mart, lang: str = "nl") -> tuple[str, dict[str, str]]:
    """Title, and subject -> what is said about it, of the first block of Verantwoording."""
    themes = read_themes(ASSETS / "tokens.css")
    view = route(mart, PAGES, themes, Request("/verantwoording", f"?lang={lang}"))
    first = with_class(view, "block")[0]
    terms, said = (list(map(text_of, kinds(first, name))) for name in ("Dt", "Dd"))
    return text_of(kinds(first, "H2")), dict(zip(terms, said, strict=True)) or {
        "": text_of(kinds(first, "P"))
    }


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_everything_new_is_said_by_name(tmp_path: Path, lang: str) -> None:
    title, said = block(written(tmp_path, NEW), lang)
    assert (
        title == {"nl": "Nieuw sinds publicatie 2026-2", "en": "New since publication 2026-2"}[lang]
    )
    assert said == SAID[lang]


def test_a_first_publication_and_one_without_news_say_so(tmp_path: Path) -> None:
    title, said = block(written(tmp_path / "first", [], earlier=0))
    assert (title, said[""]) == ("Wat is nieuw", "Dit is de eerste publicatie: alles is nieuw.")
    title, said = block(written(tmp_path / "same", []))
    assert title == "Nieuw sinds publicatie 2026-2"
    assert said[""].startswith("Dezelfde peildatums")


def test_long_lists_end_with_a_number(tmp_path: Path) -> None:
    units: list[Row] = [
        ("unit", "new", f"U{n}", None, None, "tree", f"Eenheid {n}", f"Unit {n}") for n in range(15)
    ]
    _title, said = block(written(tmp_path, units))
    assert said["Nieuwe onderdelen"].endswith("Eenheid 11 en nog 3")


def test_a_publication_that_does_not_tell_has_no_block_and_no_link(
    tmp_path: Path, mart: Mart
) -> None:
    themes = read_themes(ASSETS / "tokens.css")
    tables = make_tables(publication="2026-1", years=range(2024, 2026))
    del tables["mart_news"]
    write_publication(tmp_path, tables, "2026-1")
    old = Mart(tmp_path)
    assert block(old)[0] == "Zo worden personen beschermd"
    for each, expected in ((mart, ["hoe we meten", "wat is nieuw"]), (old, ["hoe we meten"])):
        (line,) = with_class(route(each, PAGES, themes, Request("/")), "provenance")
        assert [text_of(link) for link in kinds(line, "Link")] == expected
