"""Time to promotion on the page: never more than the margin allows, and how far the curve reaches."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from dash.development.base_component import Component

from dashboard import chart_curve, text_time
from dashboard.charts import Line, Point, Style, read_themes
from dashboard.compare import Row
from dashboard.frame import Request, route
from dashboard.mart import Mart
from dashboard.pages import PAGES
from dashboard.settings import ASSETS
from etl.metrics.registry import metric_frame
from tests.dashboard.rows import cell
from tests.dashboard.trees import kinds, text_of, with_class
from tests.factories import make_tables, write_publication

THEMES = read_themes(ASSETS / "tokens.css")
WIDE, NARROW = Style(THEMES["light"]), Style(THEMES["light"], narrow=True)
BLOCK = "2021-2025"


def within(value: float | None, **more: object) -> Row:
    return cell("promoted_within", value, None, None, base=400, period=BLOCK, **more)


def gap(value: float, lower: float, upper: float) -> Row:
    return cell("promoted_within_gap", value, lower, upper, base=400, period=BLOCK)


@pytest.mark.parametrize(
    ("lower", "upper", "expected"),
    [
        (-21, -1, "na 1 jaar in dezelfde schaal is 11% gepromoveerd, minder dan de 22% van de"),
        (-21, 0, "na 1 jaar in dezelfde schaal is 11% gepromoveerd, tegenover 22% van de"),
        (-21, 1, "na 1 jaar in dezelfde schaal is 11% gepromoveerd, tegenover 22% van de"),
    ],
)
def test_the_margin_of_the_difference_decides(lower: float, upper: float, expected: str) -> None:
    said = text_time.title_time([(within(11), within(22), gap(-11, lower, upper))], "nl")
    assert said.lower().startswith(expected)
    assert ("kan toeval zijn" in said) == (upper >= 0)


def test_more_is_said_as_well() -> None:
    said = text_time.title_time([(within(22), within(11), gap(11, 1, 21))], "en")
    assert (
        said
        == "By the end of year 1 in the same scale 22% are promoted, more than the 11% of the others"
    )


def test_the_title_is_about_the_last_year_that_both_show() -> None:
    years = [(within(11), within(22), gap(-11, -21, -1)), (within(None), within(30), None)]
    assert text_time.title_time(years, "nl").startswith("Na 1 jaar")


def test_a_hidden_curve_is_hidden_and_not_explained() -> None:
    said = text_time.title_time([(within(None), within(None), None)], "nl")
    assert said == "Hoeveel van de groep en van anderen na een jaar is gepromoveerd, is onderdrukt"


@pytest.mark.parametrize(
    ("yes", "no", "expected"),
    [
        (4.2, 3.1, "De helft is gepromoveerd: na 4,2 jaar; bij anderen: na 3,1 jaar."),
        (None, 3.1, "De helft is gepromoveerd: niet bereikt; bij anderen: na 3,1 jaar."),
        (None, None, "De helft (mediaan): niet bereikt."),
    ],
)
def test_medians(yes: float | None, no: float | None, expected: str) -> None:
    rows = [
        cell(
            "promotion_median",
            value,
            period=BLOCK,
            **({"status": "not_reached"} if value is None else {}),
        )
        for value in (yes, no)
    ]
    assert text_time.medians(rows[0], rows[1], "nl") == expected


def test_why_a_curve_ends() -> None:
    shown, hidden = (within(11), within(22), None), (within(None), within(None), None)
    assert text_time.reach([shown] * 5, 5, "nl") == ""
    assert text_time.reach([shown, hidden], 5, "nl").startswith("Het 2e jaar is onderdrukt")
    assert text_time.reach([shown] * 3, 5, "nl").startswith("Het 4e jaar telt te weinig promoties")


def test_a_curve_is_level_until_the_next_year_and_begins_at_nothing() -> None:
    points = [Point(0.0), Point(10.0, 8.0, 12.0, "10%"), Point(20.0, 17.0, 24.0, "20%"), None]
    drawn = chart_curve.curves(["begin", "1", "2", "3"], [Line("groep", "group", points)], WIDE)
    lower, upper, curve = drawn["data"]
    assert curve["line"]["shape"] == "hv"
    assert curve["y"] == [0.0, 10.0, 20.0, 20.0]
    assert curve["x"][:3] == [0, 1, 2]
    assert lower["y"] == [8.0, 17.0, 17.0]
    assert upper["y"] == [12.0, 24.0, 24.0]
    assert drawn["layout"]["yaxis"]["range"][0] == 0


@pytest.mark.parametrize("style", [WIDE, NARROW])
def test_a_hidden_year_is_a_strip_with_the_word(style: Style) -> None:
    points = [Point(0.0), Point(10.0, 8.0, 12.0, "10%"), Point(None, text="onderdrukt")]
    drawn = chart_curve.curves(["begin", "1", "2"], [Line("groep", "group", points)], style)
    (strip,) = [trace for trace in drawn["data"] if trace["type"] == "bar"]
    assert strip["x"][0] - strip["width"][0] / 2 > 1
    said = [note["text"] for note in drawn["layout"]["annotations"]]
    assert any("onderdrukt" in words for words in said)
    assert any("10%" in words and "groep" in words for words in said)


# --- the block ----------------------------------------------------------------------------------

YEARS = ("year_1", "year_2", "year_3")
CURVES = (
    ("promoted_within", "year_1", "yes", 11.0, 6.0, 19.0),
    ("promoted_within", "year_1", "no", 22.2, 20.0, 24.6),
    ("promoted_within_gap", "year_1", "yes", -11.0, -18.0, -2.0),
    ("promoted_within", "year_2", "yes", None, None, None),
    ("promoted_within", "year_2", "no", 30.0, 27.0, 33.1),
    ("promoted_within_gap", "year_2", "yes", None, None, None),
    ("promotion_median", "all", "no", 4.3, 3.9, 4.8),
)


@pytest.fixture(scope="module")
def mart(tmp_path_factory: pytest.TempPathFactory) -> Mart:
    """The invented publication with curves of two years of three."""
    tables = make_tables()
    cells = tables["mart_cell"]
    rows = [
        cell(metric, value, lower, upper, period=BLOCK, scale_group=year, category=category)
        for metric, year, category, value, lower, upper in CURVES
    ]
    rows.append(cell("promotion_median", None, period=BLOCK, status="not_reached"))
    added = pl.DataFrame([dict(row) for row in rows], infer_schema_length=None)
    dimensions = tables["mart_dimension"]
    band = dimensions.filter(pl.col("dimension") == "scale_group").head(1)
    years = [
        band.with_columns(
            partition=pl.lit("years"), code=pl.lit(year), position=pl.lit(n, pl.Int64)
        )
        for n, year in enumerate(YEARS)
    ]
    metrics = tables["mart_metric"]
    ours = metric_frame().filter(pl.col("kind") == "curve")
    changed = {
        "mart_cell": pl.concat(
            [cells, added.select(pl.col(n).cast(t) for n, t in cells.schema.items())]
        ),
        "mart_dimension": pl.concat([dimensions, *(y.select(dimensions.columns) for y in years)]),
        "mart_metric": pl.concat(
            [metrics, ours.select(pl.col(n).cast(t) for n, t in metrics.schema.items())]
        ),
    }
    directory = tmp_path_factory.mktemp("curves")
    write_publication(directory, tables | changed, "2026-1")
    return Mart(directory)


def block(mart: Mart, words: str, query: str = "") -> Component:
    view = route(mart, PAGES, THEMES, Request("/doorstroom", query, {}))
    found = [part for part in with_class(view, "block") if words in text_of(kinds(part, "H2"))]
    assert len(found) == 1
    return found[0]


def test_the_page_shows_both_curves_with_their_twin(mart: Mart) -> None:
    part = block(mart, "Na 1 jaar in dezelfde schaal is 11,0% gepromoveerd, minder dan de 22,2%")
    rows = [[text_of(td) for td in kinds(tr, "Td")] for tr in kinds(kinds(part, "Tbody")[0], "Tr")]
    assert rows[0][:4] == ["11,0%", "6,0%–19,0%", "22,2%", "20,0%–24,6%"]
    assert rows[1][0] == "onderdrukt"
    assert rows[1][2] == "30,0%"
    assert rows[2][:4] == ["niet bereikt", "", "4,3 jaar", "3,9–4,8"]
    assert len(with_class(part, "hatch")) == 2  # what was not reached hides nothing
    said = text_of(with_class(part, "note"))
    assert "niet bereikt; bij anderen: na 4,3 jaar" in said
    assert "Het 2e jaar is onderdrukt" in said
    assert any("spell_at_risk" in link.href for link in kinds(part, "A"))
    terms = text_of(kinds(part, "Dl"))
    assert "actuarieel, naar Kaplan en Meier" in terms


def test_below_the_whole_the_block_leads_to_it(mart: Mart) -> None:
    part = block(mart, "Tijd tot promotie", "?unit=UB1")
    assert "niet in het publicatieplan" in text_of(part)
    (link,) = kinds(part, "Link")
    assert link.href.startswith("/doorstroom?unit=MIN&")


def test_before_a_block_is_over_the_page_says_so(mart: Mart, tmp_path: Path) -> None:
    tables = make_tables()
    publication = mart.current()
    tables["mart_dimension"] = publication.table("dimensions").select(
        tables["mart_dimension"].columns
    )
    write_publication(tmp_path, tables, "2026-1")
    part = block(Mart(tmp_path), "Tijd tot promotie")
    assert "zodra een heel tijdvak van jaren voorbij is" in text_of(part)


def test_a_publication_of_before_the_curves_has_no_block(tmp_path: Path) -> None:
    write_publication(tmp_path, make_tables(), "2026-1")
    view = route(Mart(tmp_path), PAGES, THEMES, Request("/doorstroom", "", {}))
    assert "ijd tot promotie" not in text_of(kinds(view, "H2"))
