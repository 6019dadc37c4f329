"""Where CBS is the source of origin, the pages show its shares and say what they leave out."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from dashboard.charts import read_themes
from dashboard.frame import Request, route
from dashboard.mart import Mart
from dashboard.pages import PAGES
from dashboard.report.build import Request as PaperRequest
from dashboard.report.build import build, render
from dashboard.settings import ASSETS
from tests.dashboard.rows import cell
from tests.dashboard.trees import drawings, kinds, text_of, with_class
from tests.factories import make_tables, write_publication

THEMES = read_themes(ASSETS / "tokens.css")


@pytest.fixture(scope="module")
def mart(tmp_path_factory: pytest.TempPathFactory) -> Mart:
    """The invented publication without anything declared, and two delivered shares."""
    directory: Path = tmp_path_factory.mktemp("cbs")
    tables = make_tables()
    cells = tables["mart_cell"].filter(
        (pl.col("attribute") != "origin") & (pl.col("attribute2") != "origin")
    )
    shares = [
        cell("cbs_share", 12.0, base=1235.0, as_of="2024Q4"),
        cell("cbs_share", None, base=None, scale_group=">=14"),
        cell("cbs_share", 11.0, base=1230.0, period="2024Q4"),
        cell("cbs_share", 3.0, base=1000.0, period="2024Q4", scale_group=">=14"),
    ]
    tables["mart_cell"] = pl.concat([cells, pl.DataFrame(shares, schema=cells.schema)])
    metrics = tables["mart_metric"]
    like = metrics.filter(metric="share").row(0, named=True)
    own = like | {"metric": "cbs_share", "kind": "delivered", "unit": "whole_percent"}
    tables["mart_metric"] = pl.concat([metrics, pl.DataFrame([own], schema=metrics.schema)])
    meta = tables["mart_meta"]
    source = pl.DataFrame({"key": ["origin_source"], "value": ["cbs"]}, schema=meta.schema)
    tables["mart_meta"] = pl.concat([meta, source])
    write_publication(directory, tables, "2026-1")
    return Mart(directory)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.__name__.rpartition(".")[2])
def test_every_page_says_where_origin_comes_from(mart: Mart, page: object) -> None:
    path = page.PATH  # type: ignore[attr-defined]
    said = text_of(route(mart, PAGES, THEMES, Request(path, "")))
    assert "Volgens het CBS is het aandeel 12% (stand 2024 K4)" in said
    assert "1.235" in said
    assert "onderdrukt" in said
    assert "Er wordt niets geteld uit eigen opgave" in said
    assert "staat niet in het publicatieplan" not in said
    other = text_of(route(mart, PAGES, THEMES, Request(path, "?attribute=gender")))
    assert "CBS is het aandeel" not in other


def test_the_series_is_drawn_with_its_table(mart: Mart) -> None:
    tree = route(mart, PAGES, THEMES, Request("/", ""))
    (drawing,) = drawings(tree)
    lines = [trace["y"] for trace in drawing["data"] if trace["type"] == "scatter"]
    assert lines == [[11.0, 12.0], [3.0, None]]
    figure = with_class(tree, "figure")[0].to_plotly_json()["props"]
    assert "alle schalen: 12%, stand 2024 K4; vanaf schaal 14: onderdrukt" in figure["aria-label"]
    cells = [text_of(each) for each in kinds(tree, "Td")]
    assert [text for text in cells if "%" in text] == ["12% stand 2024 K4", "11%", "3%"]


def test_units_are_drawn_beside_each_other(tmp_path: Path, mart: Mart) -> None:
    tables = make_tables()
    cells = tables["mart_cell"].filter(pl.col("attribute") == "")
    child = next(row for row in tables["mart_cell"].iter_rows(named=True) if row["unit"] != "MIN")
    shares = [cell("cbs_share", 12.0), cell("cbs_share", 9.0, unit=child["unit"], unit_level=2)]
    tables["mart_cell"] = pl.concat([cells, pl.DataFrame(shares, schema=cells.schema)])
    tables["mart_meta"] = pl.concat(
        [tables["mart_meta"], pl.DataFrame({"key": ["origin_source"], "value": ["cbs"]})]
    )
    write_publication(tmp_path, tables, "2026-1")
    (drawing,) = drawings(route(Mart(tmp_path), PAGES, THEMES, Request("/", "")))
    dots = [trace["x"] for trace in drawing["data"] if trace.get("mode") == "markers"]
    assert dots == [[12.0], [9.0]]


def test_the_board_paper_begins_with_it(mart: Mart) -> None:
    model = build(mart, PaperRequest("2025Q4"))
    first = model.sections[0]
    assert first.name == "Herkomst volgens het CBS"
    assert "12%" in str(first.blocks[0].table)
    assert "onderdrukt" in str(first.blocks[0].table)
    assert "Er wordt niets geteld uit eigen opgave" in " ".join(first.blocks[0].notes)
    gender = build(mart, PaperRequest("2025Q4", attribute="gender"))
    assert gender.sections[0].name == "Overzicht"
    for form in ("pptx", "pdf"):
        assert render(mart, PaperRequest("2025Q4"), form)


def test_without_cbs_nothing_is_said_of_it(tmp_path: Path) -> None:
    write_publication(tmp_path, make_tables(), "2026-1")
    assert "volgens het CBS" not in text_of(route(Mart(tmp_path), PAGES, THEMES, Request("/", "")))
