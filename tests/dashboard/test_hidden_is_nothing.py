"""Pages are a function of what is published: not of hidden numbers, nor of the order of rows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
from dash.development.base_component import Component
from plotly.utils import PlotlyJSONEncoder

from dashboard.charts import read_themes
from dashboard.export import FORMATS, Query, render
from dashboard.frame import Request, route
from dashboard.mart import Mart
from dashboard.pages import PAGES
from dashboard.settings import ASSETS
from tests.dashboard.trees import kinds, text_of
from tests.factories import make_tables, write_publication

THEMES = read_themes(ASSETS / "tokens.css")
QUERIES = ("?unit=MIN", "?unit=DGOB", "?unit=SG1", "?unit=MIN&attribute=gender&compare=parent")
HIDDEN = pl.col("status") != "published"


def mart_of(directory: Path, cells: pl.DataFrame) -> Mart:
    write_publication(directory, make_tables() | {"mart_cell": cells}, "2026-1")
    return Mart(directory)


def drawn(mart: Mart, queries: Sequence[str] = QUERIES) -> dict[str, str]:
    """Every page as the browser gets it: text, figures, alt texts, addresses."""
    return {
        page.PATH + query: json.dumps(
            route(mart, PAGES, THEMES, Request(page.PATH, query, {})), cls=PlotlyJSONEncoder
        )
        for page in PAGES
        for query in queries
    }


@pytest.fixture(scope="module")
def cells() -> pl.DataFrame:
    return make_tables()["mart_cell"]


@pytest.fixture(scope="module")
def before(cells: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return drawn(mart_of(tmp_path_factory.mktemp("plain"), cells))


def test_a_number_in_a_hidden_cell_would_change_no_byte_of_a_page(
    cells: pl.DataFrame, before: dict[str, str], tmp_path: Path
) -> None:
    """As a naive product would store them; ``publish`` refuses such a file."""
    assert cells.filter(HIDDEN).height > 100
    numbers = {"value": 7771, "lower": 6661, "upper": 8881}
    filled = cells.with_columns(
        pl.when(HIDDEN).then(pl.lit(float(n))).otherwise(pl.col(name)).alias(name)
        for name, n in numbers.items()
    )
    assert drawn(mart_of(tmp_path, filled)) == before


@pytest.fixture(scope="module")
def pair(cells: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> tuple[Mart, Mart]:
    """As it is, and with numbers in hidden cells."""
    filled = cells.with_columns(value=pl.when(HIDDEN).then(7771.0).otherwise(pl.col("value")))
    root = tmp_path_factory.mktemp("pair")
    return mart_of(root / "plain", cells), mart_of(root / "filled", filled)


@pytest.mark.parametrize("form", FORMATS)
def test_nor_of_a_file(pair: tuple[Mart, Mart], form: str) -> None:
    query = Query(("share", "headcount"), unit=("MIN", "DGOB", "SG1"))
    plain, filled = (render(mart, query, form) for mart in pair)
    assert filled == plain


def test_the_order_of_the_rows_changes_no_byte_of_a_page(
    cells: pl.DataFrame, before: dict[str, str], tmp_path: Path
) -> None:
    assert drawn(mart_of(tmp_path, cells.reverse())) == before


def test_a_published_number_does_change_the_pages(
    cells: pl.DataFrame, before: dict[str, str], tmp_path: Path
) -> None:
    other = cells.with_columns(
        pl.when(pl.col("value") > 1).then(pl.col("value") + 1).otherwise(0.5)
    )
    after = drawn(mart_of(tmp_path, cells.with_columns(value=other["value"])), QUERIES[:1])
    assert all(after[address] != before[address] for address in after if "verantw" not in address)


def names_in_order(view: Component, known: Sequence[str]) -> list[list[str]]:
    """Of each table of units: their names from top to bottom."""
    found = [
        [
            name
            for name in (text_of(kinds(row, "Th")) for row in kinds(table, "Tr"))
            if name in known
        ]
        for table in kinds(view, "Table")
    ]
    return [names for names in found if len(names) == len(known)]


@pytest.mark.parametrize("path", ["/bezetting", "/instroom"])
def test_ties_and_hidden_units_stand_in_the_order_of_their_codes(
    cells: pl.DataFrame, path: str, tmp_path: Path
) -> None:
    """Three units: one higher, the others equal; then the hidden ones, whatever they hold."""
    plain = mart_of(tmp_path / "plain", cells)
    units = sorted(plain.children("MIN"))
    hidden, highest = units[1::2], units[-1] if units[-1] not in units[1::2] else units[-2]
    share = pl.col("metric").is_in(["share", "inflow_share"]) & pl.col("unit").is_in(units)
    is_hidden = share & pl.col("unit").is_in(hidden)
    # What is hidden falls with the code: an order by the hidden value would be the other way.
    secret = pl.col("unit").replace_strict(units, range(len(units)), default=0).cast(pl.Float64)
    tied = cells.with_columns(
        status=pl.when(is_hidden)
        .then(pl.lit("suppressed"))
        .otherwise(pl.when(share).then(pl.lit("published")).otherwise(pl.col("status"))),
        value=pl.when(is_hidden)
        .then(90 - secret)
        .otherwise(
            pl.when(share)
            .then(pl.when(pl.col("unit") == highest).then(60.0).otherwise(50.0))
            .otherwise(pl.col("value"))
        ),
        base=pl.when(share).then(1000.0 + secret).otherwise(pl.col("base")),
        lower=pl.when(share).then(40.0).otherwise(pl.col("lower")),
        upper=pl.when(share).then(70.0).otherwise(pl.col("upper")),
    )
    mart = mart_of(tmp_path / "tied", tied.sample(fraction=1, shuffle=True, seed=5))
    view = route(mart, PAGES, THEMES, Request(path, "?unit=MIN", {}))
    names = {unit: mart.label("unit", unit, "nl") for unit in units}
    shown = [unit for unit in units if unit not in hidden and unit != highest]
    expected = [names[unit] for unit in (highest, *shown, *hidden)]
    assert expected in names_in_order(view, list(names.values()))
