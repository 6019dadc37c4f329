"""The blocks of the exit monitor: what respondents said becomes titles, bars, tables and files."""

from __future__ import annotations

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
GOOD, BAD = {"sociale_veiligheid": [5, 4]}, {"sociale_veiligheid": [1, 2]}


@cache
def exit_cells() -> pl.DataFrame:
    """Of 200 respondents a year 140 felt safe; the group, 60, far less; 50 named the career."""
    said = {"racism_role": "no", "talked": True, "exit_kind": "resigned", "would_return": "yes"}
    rows = [
        row
        for year in (2023, 2024, 2025)
        for row in (
            *answers(120, year, origin="nederland", scores=GOOD, **said, reasons=["career"]),
            *answers(20, year, origin="nederland", scores=BAD, **said),
            *answers(20, year, origin="turkije", scores=GOOD, **said),
            *answers(40, year, origin="turkije", scores=BAD, **said | {"racism_role": "yes"}),
        )
    ]
    made = protected(exits(rows, {2023: 400, 2024: 400, 2025: 400})).table.cells
    counts = made.filter(pl.col("metric").str.starts_with("exit_"))
    figures = derive(made, dimensions(), metric_frame())
    return pl.concat(
        [
            counts,
            figures.filter(pl.col("metric").str.starts_with("exit_")).cast(dict(counts.schema)),
        ]
    )


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


def test_the_blocks_say_what_respondents_said(mart: Mart) -> None:
    said = page(mart)
    print(said)
    assert "Exitmonitor" in said
    assert "50%" in said  # 200 of 400 invited answered
    assert "n = 200" in said


def test_the_group_stands_beside_the_others_with_what_is_certain(mart: Mart) -> None:
    said = page(mart)
    assert "Racisme speelde een rol" in said


def test_in_english(mart: Mart) -> None:
    assert "Exit monitor" in page(mart, "?lang=en")


def test_a_unit_without_answers_names_where_there_are_some(mart: Mart) -> None:
    assert "De exitmonitor" in page(mart, "?unit=DGD")


def test_another_attribute_has_no_answers_by_group(mart: Mart) -> None:
    assert "Het oordeel naar geslacht" in page(mart, "?attribute=gender")
