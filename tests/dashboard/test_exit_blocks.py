"""The blocks of the exit monitor: what respondents said becomes titles, bars, tables and files."""

from __future__ import annotations

import re
from functools import cache

import polars as pl
import pytest

from dashboard.charts import read_themes
from dashboard.frame import Request, route
from dashboard.mart import Mart
from dashboard.pages import PAGES
from dashboard.settings import ASSETS
from etl.metrics.derive import derive
from etl.metrics.registry import metric_frame
from tests.dashboard.trees import text_of
from tests.exits import answers, dimensions, exits, protected
from tests.factories import make_tables, write_publication

THEMES = read_themes(ASSETS / "tokens.css")
SAFETY = "sociale_veiligheid"
GOOD, SO_SO, BAD = ({SAFETY: scores} for scores in ([5, 4], [3, 3], [1, 2]))
YEARS = (2023, 2024, 2025)


@cache
def exit_cells() -> pl.DataFrame:
    """Of 300 respondents a year 130 felt safe, 60 neither, 80 not, 30 did not answer that.

    Of the group, 140, 30 felt safe and 60 did not; 40 of it named racism.
    """
    home, away = {"origin": "nederland"}, {"origin": "turkije"}
    rows = [
        row
        for year in YEARS
        for row in (
            *answers(100, year, scores=GOOD, racism_role="no", reasons=["loopbaan"], **home),
            *answers(40, year, scores=SO_SO, racism_role="no", talked=True, **home),
            *answers(20, year, scores=BAD, racism_role="not_said", talked=False, **home),
            *answers(30, year, scores=GOOD, racism_role="no", talked=True, **away),
            *answers(20, year, scores=SO_SO, racism_role="not_said", **away),
            *answers(40, year, scores=BAD, racism_role="yes", talked=False, **away),
            *answers(20, year, scores=BAD, **away),
            *answers(30, year, **away),
        )
    ]
    made = protected(exits(rows, dict.fromkeys(YEARS, 600))).table.cells
    figures = derive(made, dimensions(), metric_frame()).cast(dict(made.schema))
    both = pl.concat([made, figures.select(made.columns)])
    return both.filter(pl.col("metric").str.starts_with("exit_"))


@pytest.fixture(scope="module")
def mart(tmp_path_factory: pytest.TempPathFactory) -> Mart:
    """The invented publication with an exit monitor."""
    tables = make_tables()
    cells, codes, metrics = (tables[f"mart_{name}"] for name in ("cell", "dimension", "metric"))
    mine = exit_cells().filter(pl.col("unit") == "MIN")
    mine = mine.join(cells.select("metric").unique(), on="metric", how="anti")
    ours = dimensions().join(codes, on=["dimension", "partition", "code"], how="anti")
    told = metric_frame().join(metrics, on="metric", how="anti")
    directory = tmp_path_factory.mktemp("exits")
    tables |= {
        "mart_cell": _both(cells, mine).sort("unit", "metric", "period"),
        "mart_dimension": _both(codes, ours.filter(pl.col("dimension") != "unit")),
        "mart_metric": _both(metrics, told.filter(pl.col("metric").str.starts_with("exit_"))),
    }
    write_publication(directory, tables, "2026-1")
    return Mart(directory)


def _both(frame: pl.DataFrame, more: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([frame, more.select(frame.columns).cast(dict(frame.schema))])


def page(mart: Mart, query: str = "") -> str:
    return text_of(route(mart, PAGES, THEMES, Request("/uitstroom", query, {})))


def row_of(said: str, name: str, table: str) -> list[float]:
    """The percentages of one row of the table with a caption."""
    line = said.partition(f"{table}, met")[2] or said.partition(table)[2]
    cells = re.search(rf"{re.escape(name)} (?:n = \d+ )?((?:[\d%–,]+ ?)+)", line)
    assert cells is not None, line[:400]
    return [
        float(text.replace(",", ".")) for text in re.findall(r"(?<![–\d])([\d,]+)%(?!–)", cells[1])
    ]


def test_response_is_of_who_was_invited(mart: Mart) -> None:
    assert "Van de uitgenodigde vertrekkers vulde 50% de exitmonitor in (2025)" in page(mart)


def test_opinions_diverge_and_name_the_worst_theme(mart: Mart) -> None:
    """80 of 270 are 30%, 60 are 22%, 130 are 48%."""
    said = page(mart)
    assert "Over sociale veiligheid oordelen vertrekkers het vaakst ongunstig: 30% (2025)" in said
    found = row_of(said, "Sociale veiligheid", "Oordeel van respondenten per thema, 2025")
    assert found == pytest.approx([30, 22, 48], abs=2)


def test_the_group_stands_beside_the_others(mart: Mart) -> None:
    """Over three years 180 of 420 of the group felt unsafe, 60 of 480 others.

    How many of the group did not answer is hidden, so that these count as neutral.
    """
    said = page(mart)
    table = "Oordeel van respondenten per thema en groep, 2023–2025"
    assert row_of(said, "Sociale veiligheid: Herkomst buiten Europa", table)[0] == pytest.approx(
        100 * 180 / 420, abs=2
    )
    assert row_of(said, "Sociale veiligheid: Andere bekende herkomst", table)[0] == pytest.approx(
        100 * 60 / 480, abs=2
    )


def test_racism_is_of_who_answered_the_question(mart: Mart) -> None:
    """40 of the 250 who were asked."""
    assert "Voor 16% van de vertrekkers speelde racisme een rol (2025)" in page(mart)


def test_reasons_are_bars_of_all_respondents(mart: Mart) -> None:
    """100 of 300."""
    table = "Deel van de respondenten dat de reden noemde, 2025"
    assert row_of(page(mart), "Loopbaan 2025", table)[0] == pytest.approx(33, abs=2)


def test_every_block_has_its_table_and_files(mart: Mart) -> None:
    shown = route(mart, PAGES, THEMES, Request("/uitstroom", "", {}))
    exits_only = str(shown).partition("Exitmonitor")[2]
    assert exits_only.count("'Tabel'") == exits_only.count("'Definitie'")
    assert exits_only.count("'CSV'") >= exits_only.count("'Tabel'") >= 6


def test_in_english(mart: Mart) -> None:
    said = page(mart, "?lang=en")
    assert "Exit monitor" in said
    assert "Exitmonitor" not in said.partition("Exit monitor")[2]


def test_a_unit_without_answers_names_where_there_are_some(mart: Mart) -> None:
    said = page(mart, "?unit=DGD").partition("Exitmonitor")[2]
    assert "Voorbeeldministerie" in said
    assert "vulde" not in said


def test_another_attribute_has_no_answers_by_group(mart: Mart) -> None:
    said = page(mart, "?attribute=gender")
    assert "Het oordeel per groep" in said
    assert "Sociale veiligheid: Vrouwen" not in said


def test_the_overview_has_a_card_of_social_safety(mart: Mart) -> None:
    """(10 * 130 + 5 * 60) / 270 = 5.9."""
    said = text_of(route(mart, PAGES, THEMES, Request("/", "", {})))
    card = said.partition("Sociale veiligheid, score van vertrekkers")[2]
    assert card.lstrip().startswith(("5,8", "5,9", "6,0"))
