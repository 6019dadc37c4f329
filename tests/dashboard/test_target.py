"""Targets in words and on the pages: never stronger than the interval, always with their source."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from dashboard import formats
from dashboard import text_target as said
from dashboard.charts import read_themes
from dashboard.compare import Row
from dashboard.frame import Request, route
from dashboard.mart import Mart
from dashboard.pages import PAGES
from dashboard.settings import ASSETS
from etl.metrics.findings import findings
from tests.dashboard.rows import cell
from tests.dashboard.trees import drawings, text_of, with_class
from tests.factories import make_tables, write_publication

THEMES = read_themes(ASSETS / "tokens.css")
UNDER = cell("target_distance", -2.1, -3.0, -0.9)
RISING = cell("share_pace", 0.34, 0.12, 0.56)
BETWEEN = cell("target_year", 2034, 2031, 2045)


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ((-2.1, -3.0, -0.9), "2,1 punt eronder"),
        ((-2.1, -3.0, 0.0), "2,1 punt eronder, kan toeval zijn"),
        ((0.0, -1.0, 1.0), "gehaald, kan toeval zijn"),
        ((1.0, 0.1, 2.0), "gehaald"),
    ],
)
def test_distance(figures: tuple[float, float, float], words: str) -> None:
    assert said.distance_words(cell("target_distance", *figures), "nl") == words


def test_a_repeated_distance_has_its_date_and_a_hidden_one_only_its_status() -> None:
    old = cell("target_distance", -2.1, -3.0, -0.9, as_of="2025Q2")
    assert said.distance_words(old, "nl") == "2,1 punt eronder (stand 2025 K2)"
    assert said.distance_words(cell("target_distance", None), "nl") == "afstand onderdrukt"
    assert said.distance_words(None, "nl") == ""


@pytest.mark.parametrize(
    ("lower", "upper", "words"),
    [
        (2034, 2034, "in 2034"),
        (2031, 2045, "tussen 2031 en 2045"),
        (2031, None, "in 2031 of later"),
    ],
)
def test_a_year_is_as_wide_as_its_interval(lower: int, upper: int | None, words: str) -> None:
    year = cell("target_year", 2034, lower, upper)
    assert said.outlook(RISING, year, UNDER, "nl") == f"bij dit tempo {words}"


@pytest.mark.parametrize(
    ("pace", "words"),
    [
        (cell("share_pace", 0.3, 0.0, 0.6), "het tempo kan toeval zijn"),
        (cell("share_pace", -0.3, -0.6, 0.0), "het tempo kan toeval zijn"),
        (cell("share_pace", -0.3, -0.6, -0.01), "bij dit tempo niet"),
        (cell("share_pace", 0.3, 0.01, 0.6), "bij dit tempo niet binnen afzienbare tijd"),
        (cell("share_pace", None), "tempo onderdrukt"),
        (cell("share_pace", None, status="not_refreshed"), "tempo niet ververst"),
        (None, "te weinig peildata voor een tempo"),
    ],
)
def test_without_a_year_it_is_said_why(pace: Row | None, words: str) -> None:
    assert said.outlook(pace, None, UNDER, "nl") == words


def test_a_target_that_has_been_reached_needs_no_year() -> None:
    assert not said.outlook(RISING, BETWEEN, cell("target_distance", 0.5, 0.1, 1.0), "nl")
    assert not said.outlook(RISING, BETWEEN, None, "nl")


def test_the_sentence_in_both_languages() -> None:
    dutch = said.pace_sentence("de ambitie", RISING, BETWEEN, UNDER, "acht kwartalen", "nl")
    assert dutch == (
        "Tegenover de ambitie: 2,1 punt eronder; tempo van de laatste acht kwartalen "
        "+0,34 punt per jaar (marge 0,12–0,56); bij dit tempo tussen 2031 en 2045."
    )
    english = said.pace_sentence("the ambition", RISING, BETWEEN, UNDER, "eight quarters", "en")
    assert english == (
        "Against the ambition: 2.1 points below it; pace of the last eight quarters "
        "+0.34 points a year (margin 0.12–0.56); at this pace between 2031 and 2045."
    )
    assert said.pace_sentence("de ambitie", None, None, None, "acht jaar", "nl") == ""


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        ((0.5, 0.4, 0.9), "lager dan evenredig"),
        ((0.9, 0.8, 1.0), "niet aantoonbaar anders"),
        ((1.5, 1.1, 1.9), "hoger dan evenredig"),
    ],
)
def test_representation(bounds: tuple[float, float, float], words: str) -> None:
    assert words in said.index_words(cell("representation_index", *bounds), "nl")


@pytest.mark.parametrize(
    ("upper", "words"), [(18.3, "blijft achter"), (18.4, "niet aantoonbaar"), (19.0, "niet aan")]
)
def test_inflow_against_the_labour_market(upper: float, words: str) -> None:
    inflow = cell("inflow_share", 17.0, 15.0, upper)
    assert words in said.title_market(inflow, {"value": 18.4}, "nl")
    above = said.title_market(cell("inflow_share", 20.0, 18.5, 22.0), {"value": 18.4}, "en")
    assert above == "The inflow (20.0%) is above the labour market (18.4%)"
    assert said.title_market(inflow, None, "nl") == "Instroom naast bezetting, per schaalgroep"


def test_years_and_paces_are_written_as_such() -> None:
    assert formats.quantity(2034, 2000, "year", "nl") == "2034"
    assert formats.margin(2031, 2045, "year", 2000, "nl") == "2031–2045"
    assert formats.quantity(-0.3, 200, "points_per_year", "nl") == "−0,30 punt per jaar"


# --- pages -------------------------------------------------------------------------------------


def with_targets(directory: Path, *targets: tuple[object, ...]) -> Mart:
    """The invented publication with other targets of the upper band, and figures about them.

    Args:
        directory: where it is written.
        targets: unit, value, year, status, source.
    """
    tables = make_tables()
    known = tables["mart_reference"]
    pattern = known.filter(kind="target", attribute="origin").row(0, named=True)
    rows = [
        pattern | dict(zip(("unit", "value", "year", "status", "source"), each, strict=True))
        for each in targets
    ]
    made = pl.DataFrame(rows, schema=known.schema) if rows else known.clear()
    tables["mart_reference"] = pl.concat([known.filter(kind="benchmark"), made])
    figures = [{**row, "scale_group": ">=14"} for row in (UNDER, RISING, BETWEEN)]
    cells = tables["mart_cell"]
    tables["mart_cell"] = pl.concat(
        [cells, pl.DataFrame(figures, schema=cells.schema)]
    ).sort("unit", "metric", "period")  # fmt: skip
    metrics = tables["mart_metric"]
    like = metrics.filter(metric="gap").row(0, named=True)
    units = {"target_distance": "points", "share_pace": "points_per_year", "target_year": "year"}
    more = [like | {"metric": metric, "unit": unit} for metric, unit in units.items()]
    tables["mart_metric"] = pl.concat([metrics, pl.DataFrame(more, schema=metrics.schema)])
    names = ("mart_cell", "mart_reference", "mart_dimension", "mart_metric")
    tables["mart_finding"] = findings(*(tables[name] for name in names))
    write_publication(directory, tables, "2026-1")
    return Mart(directory)


def page(mart: Mart, path: str, query: str = "") -> str:
    return text_of(route(mart, PAGES, THEMES, Request(path, query)))


PLAN = ("MIN", 5.5, 2028, "ambition", "Diversiteitsplan 2024")


def test_the_overview_shows_target_distance_and_what_the_pace_leads_to(tmp_path: Path) -> None:
    mart = with_targets(tmp_path, PLAN)
    view = route(mart, PAGES, THEMES, Request("/", ""))
    low, high, *_more = (text_of(card) for card in with_class(view, "card"))
    assert "geen streefcijfer" in low
    for words in ("ambitie 5,5% in 2028", "2,1 punt eronder", "tussen 2031 en 2045"):
        assert words in high


def test_the_trend_names_target_pace_and_source(tmp_path: Path) -> None:
    said_here = page(with_targets(tmp_path, PLAN), "/bezetting")
    assert "Tegenover de ambitie van 5,5% voor 2028 (vanaf schaal 14): 2,1 punt" in said_here
    assert "Bron streefcijfer: Diversiteitsplan 2024." in said_here


def test_a_target_of_the_whole_is_named_as_such_in_a_unit(tmp_path: Path) -> None:
    said_here = page(with_targets(tmp_path, PLAN), "/", "?unit=SG1")
    assert "ambitie 5,5% in 2028 van Voorbeeldministerie" in said_here


def test_none_is_no_target_here_nor_that_of_above(tmp_path: Path) -> None:
    mart = with_targets(tmp_path, PLAN, ("SG1", None, 2028, "none", ""))
    view = route(mart, PAGES, THEMES, Request("/", "?unit=SG1"))
    _low, high, *_more = (text_of(card) for card in with_class(view, "card"))
    assert "geen streefcijfer" in high
    assert "5,5" not in text_of(view)
    assert drawings(route(mart, PAGES, THEMES, Request("/bezetting", "?unit=SG1")))


@pytest.mark.parametrize(("date", "value"), [("2024Q4", "4%"), ("2025Q4", "5%")])
def test_the_next_target_counts(tmp_path: Path, date: str, value: str) -> None:
    later = ("MIN", 9.0, 2030, "hard", "")
    mart = with_targets(
        tmp_path, ("MIN", 4.0, 2024, "hard", ""), ("MIN", 5.0, 2025, "hard", ""), later
    )
    assert f"streefcijfer {value} in {date[:4]}" in page(mart, "/", f"?period={date}")


def test_benchmark_and_source_stand_under_the_inflow(mart: Mart) -> None:
    said_here = page(mart, "/instroom")
    assert "Arbeidsmarkt 13,2%: 13,2%. Bron: CBS." in said_here
