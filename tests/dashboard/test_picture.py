"""Pictures: an address gives the block of the page, the same bytes, the same numbers as the files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import polars as pl
import pytest
from dash.development.base_component import Component
from flask import Flask, g
from flask.testing import FlaskClient

from dashboard import export, picture, projection_file
from dashboard.access import EVERYBODY
from dashboard.formats import quantity
from dashboard.mart import Mart
from dashboard.pages import PAGES
from dashboard.picture import Address, draw, find, render
from dashboard.scene import colour, rich, scene
from tests.dashboard.trees import kinds, text_of, with_class
from tests.factories import make_tables, write_publication

EXPECTED = {
    *("trend", "chain", "chain-from-inflow", "bands", "scales", "units", "groups", "parity"),
    *("adjusted", "time", "change", "change-low", "change-high", "projection", "needed-high"),
}
HIDDEN = pl.col("status") != "published"
TREND = "share+gap+target_distance+share_pace+target_year"


def entered() -> None:
    g.access = EVERYBODY


@pytest.fixture
def client(mart: Mart) -> FlaskClient:
    server = Flask("test")
    server.before_request(entered)
    export.register_routes(server, mart)
    projection_file.register_routes(server, mart)
    picture.register_routes(server, mart, PAGES)
    return server.test_client()


def drawn_blocks(mart: Mart, query: str = "") -> Iterator[Component]:
    """Every block with a figure on every page."""
    view = picture.view_of(mart, Address((), "", query))
    for page in PAGES:
        for block in with_class(page.layout(view), "block"):
            if with_class(block, "plot"):
                yield block


def link_of(block: Component, form: str = "png") -> str:
    found = [a.href for a in kinds(block, "A") if f".{form}?" in a.href]
    assert len(found) == 1, text_of(kinds(block, "H2"))
    return str(found[0])


def address_of(link: str) -> Address:
    parts = urlsplit(link)
    return Address.of(parts.path.rpartition("/")[2].partition(".")[0], parts.query)


@pytest.mark.parametrize("query", ["unit=MIN", "unit=DGOB&lang=en&attribute=gender"])
def test_every_figure_of_every_page_has_a_picture_of_its_own(mart: Mart, query: str) -> None:
    found: dict[tuple[tuple[str, ...], str], picture.Picture] = {}
    for block in drawn_blocks(mart, query):
        address = address_of(link_of(block))
        made = find(mart, PAGES, address)
        assert made.title == text_of(kinds(block, "H2"))
        assert found.setdefault((address.metrics, address.figure), made) == made
        assert address_of(link_of(block, "svg")) == address
    assert len(found) > 8
    if query == "unit=MIN":
        assert {figure for _metrics, figure in found} >= EXPECTED - {"time"}


@pytest.mark.parametrize("form", picture.FORMS)
def test_the_address_gives_the_bytes_of_the_button(
    client: FlaskClient, mart: Mart, form: str
) -> None:
    block = next(drawn_blocks(mart, "unit=DGOB"))
    link = link_of(block, form)
    first, second = client.get(link), client.get(link)
    assert first.status_code == 200
    assert first.data == second.data == render(mart, PAGES, address_of(link), form)
    assert first.mimetype == export.PICTURES[form]
    kind = first.headers["Content-Disposition"]
    assert kind.startswith('attachment; filename="afspiegeling-2026-1-share+')
    assert kind.endswith(f'.{form}"')


def test_a_metric_and_a_unit_are_enough(client: FlaskClient, mart: Mart) -> None:
    whole = client.get(f"/export/{TREND}.svg?figure=trend&unit=MIN").data
    assert client.get("/export/share.svg").data == whole
    assert client.get("/export/gap+share.svg?unit=MIN").data == whole
    assert client.get("/export/share.svg?period=2023Q4").data != whole
    assert client.get("/export/share.svg?lang=en").data != whole
    assert client.get("/export/share.png").data.startswith(b"\x89PNG")
    assert client.get("/export/share.csv").data.startswith(b"\xef\xbb\xbf")
    assert client.get("/export/projection.svg?unit=MIN").data.startswith(b"<svg")
    assert client.get("/export/projection.csv?unit=MIN").data.startswith(b"\xef\xbb\xbf")


def words_of(svg: bytes) -> tuple[str, str]:
    """Title and description."""
    root = ElementTree.fromstring(svg)  # noqa: S314  (our own)
    assert root.get("role") == "img"
    title, told = (root.find(f"{{{picture._SVG}}}{name}") for name in ("title", "desc"))
    assert title is not None
    assert told is not None
    return title.text or "", told.text or ""


@pytest.mark.parametrize(
    ("name", "metric", "figure"),
    [
        (TREND, "share", "trend"),
        ("share", "share", "units"),
        ("share", "share", "scales"),
        ("exit_rate", "exit_rate", "trend"),
        ("exit_parity+exit_parity_p", "exit_parity", "parity"),
    ],
)
@pytest.mark.parametrize("lang", ["nl", "en"])
def test_the_figures_of_the_picture_are_those_of_the_csv(  # noqa: PLR0917
    client: FlaskClient, mart: Mart, name: str, metric: str, figure: str, lang: str
) -> None:
    query = f"unit=MIN&lang={lang}"
    block = next(
        each
        for each in drawn_blocks(mart, query)
        if address_of(link_of(each)).figure == figure
        and address_of(link_of(each)).metrics == tuple(name.split("+"))
    )
    title, told = words_of(client.get(link_of(block, "svg")).data)
    assert title == text_of(kinds(block, "H2"))
    link = next(a.href for a in kinds(block, "A") if "dialect=rfc4180" in a.href)
    rows = read(client, f"/export/{metric}.csv?{urlsplit(link).query}")
    shown = 0
    for row in rows:
        whole = name == TREND and row["scale_group"] == "all"  # in the file only
        if row["status"] == "published" and not whole:
            value, base = float(row["value"]), float(row["base"])
            assert quantity(value, base, row["value_unit"], lang) in told, row
            shown += 1
    assert shown > 1


def read(client: FlaskClient, link: str) -> list[dict[str, str]]:
    text = client.get(link).data.decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_all_dates_of_a_line_are_told_with_their_margin(mart: Mart) -> None:
    _title, told = words_of(render(mart, PAGES, Address.of("share", "unit=MIN"), "svg"))
    cells = mart.cells(
        ["share"], ["MIN"], attribute="origin", categories=["yes"], scale_groups=["<=13"]
    )
    assert cells.height > 15
    for row in cells.iter_rows(named=True):
        ends = [f"{row[end]:.1f}%".replace(".", ",") for end in ("value", "lower", "upper")]
        assert f"{ends[0]} ({ends[1]}–{ends[2]})" in told
    assert "Publicatie 2026-1" in told
    assert mart.label("unit", "MIN", "nl") in told


def test_a_number_in_a_hidden_cell_would_change_no_byte(tmp_path: Path) -> None:
    cells = make_tables()["mart_cell"]
    filled = cells.with_columns(value=pl.when(HIDDEN).then(7771.0).otherwise(pl.col("value")))
    marts = []
    for name, table in (("plain", cells), ("filled", filled)):
        write_publication(tmp_path / name, make_tables() | {"mart_cell": table}, "2026-1")
        marts.append(Mart(tmp_path / name))
    hidden = 0
    for block in drawn_blocks(marts[0], "unit=SG1"):
        address = address_of(link_of(block))
        plain, other = (render(mart, PAGES, address, "svg") for mart in marts)
        assert plain == other
        assert b"7771" not in plain
        hidden += b"onderdrukt" in plain
    assert hidden > 0


@pytest.mark.parametrize(
    ("address", "word"),
    [
        ("share.svg?unit=NOPE", "unit"),
        ("share.svg?period=1999Q1", "period"),
        ("share.svg?attribute=shoes", "attribute"),
        ("share.svg?compare=yesterday", "comparison"),
        ("share.svg?lang=de", "language"),
        ("share.svg?scale_group=all", "choice"),
        ("share.svg?unit=MIN&unit=DGOB", "one view"),
        ("share.svg?figure=pie", "figure pie"),
        ("no_such.svg", "no_such"),
        ("headcount+no_such.png", "no_such"),
    ],
)
def test_a_wrong_address_is_refused_in_words(client: FlaskClient, address: str, word: str) -> None:
    answer = client.get(f"/export/{address}")
    assert answer.status_code == 404
    assert word in answer.text
    assert "Next:" in answer.text


def test_without_a_publication_it_is_not_available(tmp_path: Path) -> None:
    server = Flask("test")
    server.before_request(entered)
    picture.register_routes(server, Mart(tmp_path), PAGES)
    assert server.test_client().get("/export/share.svg").status_code == 503


# --- the scene: pixels by hand --------------------------------------------------------------------

AXIS = {"gridcolor": "#111111", "linecolor": "#222222", "tickfont": {"color": "#333333"}}
TEMPLATE = {"layout": {"xaxis": AXIS, "yaxis": AXIS}}


def figure(data: Sequence[object], **layout: object) -> dict[str, object]:
    """A plot of 200 x 100 pixels whose values run from 0 to 10 across and up, at (50, 20)."""
    plain = {"tickvals": [], "ticktext": [], "range": [0, 10]}
    made = {
        "template": TEMPLATE, "height": 150, "margin": {"l": 50, "r": 30, "t": 20, "b": 30},
        "shapes": [], "annotations": [], "xaxis": plain, "yaxis": plain,
    }  # fmt: skip
    return {"data": data, "layout": made | layout}


def line(**more: object) -> dict[str, object]:
    return {
        "type": "scatter", "mode": "lines", "line": {"color": "#123456", "width": 2}, **more,
    }  # fmt: skip


def test_a_line_is_broken_where_nothing_is_shown() -> None:
    data = [line(x=[0, 1, 2, 3, 4, 5], y=[0, 5, None, 10, None, 2])]
    paths = scene(figure(data), 280)
    assert [path["points"] for path in paths] == [[[50, 120], [70, 70]]]
    # (3, 10) and (5, 2) stand alone: dots, where the trace has any


def test_a_curve_of_steps_goes_along_and_then_up() -> None:
    data = [line(x=[0, 5], y=[0, 10]) | {"line": {"color": "#123456", "width": 2, "shape": "hv"}}]
    (path,) = scene(figure(data), 280)
    assert path["points"] == [[50, 120], [150, 120], [150, 20]]


def test_bars_and_hatched_strips_end_at_the_plot() -> None:
    bar = {
        "type": "bar", "x": [20], "y": [5], "base": [-5], "width": [2], "orientation": "h",
        "marker": {
            "color": "#aabbcc", "line": {"width": 0},
            "pattern": {"shape": "/", "fgcolor": "#ddeeff"},
        },
    }  # fmt: skip
    (box,) = scene(figure([bar]), 280)
    assert (box["x"], box["y"], box["w"], box["h"]) == (50, 60, 200, 20)
    assert (box["pattern"], box["ink"], box["stroke"]) == ("/", "#ddeeff", None)


def test_on_a_logarithmic_axis_values_are_raw_and_texts_are_exponents() -> None:
    axis = {"type": "log", "tickvals": [], "ticktext": [], "range": [-1, 1]}
    note = {"text": "<b>gelijk</b> &gt; 0", "x": 0, "y": 1, "yref": "paper", "yshift": 4,
            "font": {"size": 12, "color": "#000000"}, "xanchor": "right"}  # fmt: skip
    rule = {"type": "line", "x0": 1, "x1": 1, "y0": 0, "y1": 10,
            "line": {"color": "#000000", "width": 1, "dash": "dot"}}  # fmt: skip
    drawn, text = scene(figure([], xaxis=axis, shapes=[rule], annotations=[note]), 280)
    assert drawn["points"] == [[150, 120], [150, 20]]
    assert drawn["dash"] == "dot"
    assert (text["x"], text["y"], text["across"], text["down"]) == (150, 16, 1.0, 0.5)
    assert text["lines"] == [[("gelijk", True), (" > 0", False)]]


def test_repeated_numbers_are_hollow_diamonds() -> None:
    marker = {
        "size": [0, 8, 11], "symbol": ["circle", "circle", "diamond"],
        "color": ["#123456", "#123456", "#ffffff"],
        "line": {"width": [0, 0, 2], "color": "#123456"},
    }  # fmt: skip
    trace = {"type": "scatter", "mode": "markers", "x": [0, 5, 10], "y": [0, 5, 10]}
    first, second = scene(figure([trace | {"marker": marker}]), 280)
    assert (first["symbol"], first["fill"], first["stroke"]) == ("circle", "#123456", None)
    assert (second["symbol"], second["fill"], second["stroke"]) == (
        *("diamond", "#ffffff", "#123456"),
    )


def test_colours_and_marked_words() -> None:
    assert colour("rgba(213, 94, 0, 0.5)") == "#d55e0080"
    assert colour("#d55e00") == "#d55e00"
    assert rich("<b>3,4%</b><br>a &amp; b") == [[("3,4%", True)], [("a & b", False)]]


def test_a_name_is_only_a_name(mart: Mart) -> None:
    """Texts that look like mark-up of the typesetter or of an SVG are drawn as they are."""
    made = find(mart, PAGES, Address.of("share", ""))
    hostile = '#panic("x") <script>alert(1)</script> $x$ & *b* \\'
    changed = picture.Picture(**vars(made) | {"title": hostile})
    title, _told = words_of(draw(changed, "svg"))
    assert title == hostile
    assert b"<script" not in draw(changed, "svg")
