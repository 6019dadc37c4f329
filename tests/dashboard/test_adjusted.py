"""What remains after correction for scale: never more than the margin allows, on both pages."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import polars as pl
import pytest
from dash.development.base_component import Component

from dashboard import text_adjusted, text_chance
from dashboard.charts import read_themes
from dashboard.export import Query, render
from dashboard.frame import Request, route
from dashboard.mart import Mart
from dashboard.pages import PAGES
from dashboard.settings import ASSETS
from tests.dashboard.rows import cell
from tests.dashboard.trees import kinds, text_of, with_class
from tests.factories import make_tables, write_publication

THEMES = read_themes(ASSETS / "tokens.css")
LOWER, CHANCE, HIGHER = (0.6, 0.4, 0.9), (0.9, 0.7, 1.1), (1.5, 1.2, 1.9)
Three = tuple[float, float, float]


@pytest.mark.parametrize(
    ("crude", "within", "expected"),
    [
        (LOWER, LOWER, "Ook binnen dezelfde schaalgroepen is de kans op promotie kleiner dan die"),
        (HIGHER, HIGHER, "Ook binnen dezelfde schaalgroepen is de kans op promotie groter dan die"),
        (LOWER, CHANCE, "Wat er binnen dezelfde schaalgroepen van het verschil in de kans op"),
        (HIGHER, CHANCE, "Wat er binnen dezelfde schaalgroepen van het verschil in de kans op"),
        (CHANCE, CHANCE, "Ook binnen dezelfde schaalgroepen kan het verschil in de kans op promo"),
        (CHANCE, LOWER, "Binnen dezelfde schaalgroepen is de kans op promotie kleiner dan die va"),
        (CHANCE, HIGHER, "Binnen dezelfde schaalgroepen is de kans op promotie groter dan die va"),
        (HIGHER, LOWER, "Binnen dezelfde schaalgroepen is de kans op promotie kleiner dan die va"),
        (LOWER, HIGHER, "Binnen dezelfde schaalgroepen is de kans op promotie groter dan die va"),
    ],
)
def test_the_title_says_what_remains(crude: Three, within: Three, expected: str) -> None:
    rows = cell("promotion_odds", *crude), cell("promotion_adjusted", *within)
    said = text_adjusted.title_adjusted(*rows, "nl")
    assert said.startswith(expected)
    assert ("toeval" in said) == (CHANCE in (crude, within))


@pytest.mark.parametrize(
    ("lower", "upper", "sure"), [(0.5, 0.99, True), (0.5, 1.0, False), (0.5, 1.01, False)]
)
def test_the_margin_decides(lower: float, upper: float, sure: bool) -> None:
    within = cell("exit_adjusted", 0.7, lower, upper)
    said = text_adjusted.title_adjusted(cell("exit_odds", 0.6, 0.4, 0.8), within, "en")
    assert ("smaller than that of others" in said) == sure
    assert ("may be chance" in said) != sure


def test_a_hidden_comparison_is_hidden_and_not_explained() -> None:
    within = cell("promotion_adjusted", None)
    said = text_adjusted.title_adjusted(cell("promotion_odds", None), within, "nl")
    assert said == "De kans op promotie, vergeleken binnen schaalgroepen, is onderdrukt"
    assert text_adjusted.remains(cell("promotion_odds", None), within, None, "nl") == ""


def test_the_sentence_gives_both_ratios_and_what_was_left_out() -> None:
    rows = cell("promotion_odds", 0.62, 0.5, 0.8), cell("promotion_adjusted", 0.81, 0.61, 1.07)
    said = text_adjusted.remains(*rows, cell("promotion_left_out", 40, base=866), "nl")
    assert said == (
        "Zonder correctie is de odds ratio 0,62; vergeleken met anderen in dezelfde schaalgroep "
        "0,81 (marge 0,61–1,07). Buiten de vergelijking bleef 40% van alle promoties."
    )
    whole = text_adjusted.remains(*rows, cell("promotion_left_out", 0.0, base=866), "en")
    assert whole == (
        "Without correction the odds ratio is 0.62; compared with others in the same scale group "
        "0.81 (margin 0.61–1.07)."
    )


def test_the_four_fifths_rule_is_not_about_odds() -> None:
    assert not text_chance.four_fifths(cell("promotion_adjusted", 0.5, 0.3, 0.7), "nl")
    assert text_chance.four_fifths(cell("promotion_parity", 0.5, 0.3, 0.7), "nl")


def shown(mart: Mart, path: str, query: str = "") -> Component:
    return route(mart, PAGES, THEMES, Request(path, query, {}))


def block(view: Component, words: str) -> Component:
    """The part of a page whose title holds these words."""
    found = [part for part in with_class(view, "block") if words in text_of(kinds(part, "H2"))]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(("path", "stem"), [("/doorstroom", "promotion"), ("/uitstroom", "exit")])
def test_raw_and_adjusted_stand_side_by_side(mart: Mart, path: str, stem: str) -> None:
    part = block(shown(mart, path), "binnen dezelfde schaalgroepen")
    cells = mart.cells(
        [f"{stem}_odds", f"{stem}_adjusted", f"{stem}_standardised"], ["MIN"], ["2025"]
    )
    values = dict(cells.select("metric", "value").iter_rows())
    table = kinds(part, "Tbody")[0]
    read = [text_of(kinds(row, "Td")[0]) for row in kinds(table, "Tr")]
    wanted = [values[f"{stem}_{name}"] for name in ("odds", "adjusted", "standardised")]
    assert read == [f"{value:.2f}×".replace(".", ",") for value in wanted]
    tests = [text_of(kinds(row, "Td")[3]) for row in kinds(table, "Tr")]
    assert tests == ["", "0,214", ""]
    assert re.search(r"Buiten de vergelijking bleef 2(,0)?% van", text_of(with_class(part, "note")))
    links = [link.href for link in kinds(part, "A")]
    assert all(f"{stem}_odds+{stem}_adjusted" in link for link in links)


def test_the_exact_test_stands_beside_the_four_fifths_flag(mart: Mart) -> None:
    part = with_class(shown(mart, "/doorstroom"), "block")[0]
    head = [text_of(th) for th in kinds(kinds(part, "Thead")[0], "Th")]
    assert head[-1] == "Exacte toets, p-waarde"
    rows = [[text_of(td) for td in kinds(tr, "Td")] for tr in kinds(kinds(part, "Tbody")[0], "Tr")]
    assert {row[-1] for row in rows} <= {"0,012", "0,310", "onderdrukt", "–"}
    assert "0,012" in {row[-1] for row in rows if "meer dan toeval" in row[2]}
    leaving = with_class(shown(mart, "/uitstroom"), "block")[0]
    assert "Exacte toets, p-waarde" in text_of(kinds(leaving, "Thead")[0])
    assert "vijfde" not in text_of(kinds(leaving, "Tbody")[0])  # leaving is not being chosen


def test_below_the_whole_the_block_leads_to_it(mart: Mart) -> None:
    part = block(shown(mart, "/doorstroom", "?unit=UB1"), "Na correctie voor schaal")
    assert "niet in het publicatieplan" in text_of(part)
    (link,) = kinds(part, "Link")
    assert link.href.startswith("/doorstroom?unit=MIN&")


def test_a_suppressed_comparison_is_hatched(tmp_path: Path) -> None:
    tables = make_tables()
    ours = pl.col("metric").is_in(
        [f"promotion_{name}" for name in ("odds", "adjusted", "standardised", "adjusted_p")]
    )
    numbers = [
        pl.when(ours).then(None).otherwise(pl.col(name)).alias(name)
        for name in ("value", "lower", "upper")
    ]
    gone = pl.when(ours).then(pl.lit("suppressed")).otherwise("status").alias("status")
    cells = tables["mart_cell"].with_columns(*numbers, gone)
    write_publication(tmp_path, tables | {"mart_cell": cells}, "2026-1")
    part = block(shown(Mart(tmp_path), "/doorstroom"), "vergeleken binnen schaalgroepen")
    assert len(with_class(part, "hatch")) == 3
    assert with_class(part, "note") == []


def test_the_export_names_the_unit_and_has_the_published_decimals(mart: Mart) -> None:
    query = Query(("promotion_adjusted_p", "promotion_adjusted"), period=("2025",))
    file = render(mart, query, "csv", dialect="rfc4180").decode()
    rows = list(csv.DictReader(io.StringIO(file)))
    told = {row["metric"]: (row["value"], row["value_unit"], row["lower"]) for row in rows}
    assert told["promotion_adjusted_p"] == ("0.214", "probability", "")
    assert told["promotion_adjusted"][1] == "ratio"
