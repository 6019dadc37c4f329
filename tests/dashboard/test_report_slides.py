"""The board paper as slides: the mart's numbers, in native charts that can be edited and read."""

from __future__ import annotations

import io
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from openxml_audit import validate_pptx
from pptx import Presentation
from pptx.enum.chart import XL_CHART_TYPE, XL_MARKER_STYLE
from pptx.oxml.ns import qn

from dashboard.mart import Mart
from dashboard.report.build import Request, build
from tests.dashboard.board_papers import (
    NEWEST,
    charts,
    drawn,
    frames,
    mart_of,
    members,
    paper,
    slides_of,
    tables,
    texts,
    workbook,
)
from tests.factories import make_tables

HIDDEN = pl.col("status") != "published"


@pytest.fixture(scope="module")
def deck(mart: Mart) -> bytes:
    return paper(mart, "pptx")


@pytest.fixture(scope="module")
def small(mart: Mart) -> bytes:
    """The paper of a unit with few published figures."""
    return paper(mart, "pptx", "SG1")


def cells(mart: Mart, metric: str, *units: str, **more: Any) -> pl.DataFrame:
    return mart.cells([metric], units or ["MIN"], attribute="origin", categories=["yes"], **more)


def test_the_trend_is_that_of_the_mart(mart: Mart, deck: bytes) -> None:
    lines = drawn(charts(deck)[0])
    for band, label in (("<=13", "t/m schaal 13"), (">=14", "vanaf schaal 14")):
        rows = cells(mart, "share", scale_groups=[band], period_kind="quarter")
        published = dict(rows.select("period", "value").iter_rows())
        assert lines[label] == published
        assert len(published) > 8


def test_every_number_of_every_chart_is_a_published_one(mart: Mart, deck: bytes) -> None:
    everything = mart.current().table("cells").filter(~HIDDEN)["value"].to_list()
    known = {*everything, *mart.references()["value"].to_list()}
    seen = [
        value
        for chart in charts(deck)
        for series in drawn(chart).values()
        for value in series.values()
        if value is not None
    ]
    assert len(seen) > 100
    assert [value for value in seen if value not in known] == []


def test_the_workbook_behind_a_chart_holds_its_numbers_and_margins(mart: Mart, deck: bytes) -> None:
    chart = charts(deck)[0]
    data = workbook(chart)
    row = cells(mart, "share", scale_groups=["<=13"], periods=["2025Q4"]).row(0, named=True)
    last = data.row(-1, named=True)
    assert last["t/m schaal 13"] == row["value"]
    assert data.to_series(0)[-1] == datetime(2025, 12, 31)
    below, above = (last[f"t/m schaal 13: marge naar {way}"] for way in ("beneden", "boven"))
    assert (row["value"] - below, row["value"] + above) == pytest.approx(
        (row["lower"], row["upper"])
    )
    for each in charts(deck):
        held = workbook(each)
        for series in each.plots[0].series:
            same = [column for column in held.columns if column.split("_")[0] == series.name]
            assert any(held[column].to_list() == list(series.values) for column in same), (
                series.name
            )


def test_intervals_are_drawn_from_the_workbook(deck: bytes) -> None:
    bars = charts(deck)[0]._chartSpace.findall(f".//{qn('c:errBars')}")
    assert len(bars) == 2
    sources = [each.text for each in bars[0].iter(qn("c:f"))]
    assert all(re.fullmatch(r"Sheet1!\$[A-Z]+\$2:\$[A-Z]+\$\d+", text) for text in sources)


def test_the_table_beside_a_chart_says_the_same(mart: Mart, deck: bytes) -> None:
    found = next(rows for rows in tables(deck) if rows[0][0] == "Schaalgroep")
    shares = cells(mart, "share", periods=["2025Q4"])
    fine = {row["scale_group"]: row for row in shares.iter_rows(named=True)}
    row = fine["6-9"]
    written = f"{row['value']:.1f}%".replace(".", ",")
    assert ["Schaal 6-9", written] == next(each[:2] for each in found if each[0] == "Schaal 6-9")


def test_hidden_is_a_blank_point_and_a_word(mart: Mart, deck: bytes) -> None:
    shares = cells(mart, "share", *mart.children("MIN"), periods=["2025Q4"], scale_groups=[">=14"])
    status = {
        mart.label("unit", row["unit"], "nl"): row["value"] for row in shares.iter_rows(named=True)
    }
    hidden = {name for name, value in status.items() if value is None}
    assert hidden
    assert hidden < status.keys()
    chart = next(each for each in charts(deck) if set(status) & set(names_of(each)))
    values = drawn(chart)["vanaf schaal 14"]
    assert {name for name in values if "(onderdrukt)" in name} == {
        f"{name} (onderdrukt)" for name in hidden
    }
    for name, value in status.items():
        assert values[f"{name} (onderdrukt)" if value is None else name] == value
    table = next(rows for rows in tables(deck) if rows[0][0] == "Onderdeel")
    assert {row[0] for row in table if "onderdrukt" in row} == hidden


def names_of(chart: Any) -> list[str]:
    return [str(name) for name in chart.plots[0].categories]


def test_a_hidden_part_of_a_row_is_not_taken_for_the_part_that_is_shown(mart: Mart) -> None:
    chart = next(
        each
        for each in charts(paper(mart, "pptx", "DGD"))
        if "bezetting" in [series.name for series in each.plots[0].series]
    )
    assert any("(instroom onderdrukt)" in name for name in names_of(chart))
    assert not any("(onderdrukt)" in name for name in names_of(chart))


def test_a_number_in_a_hidden_cell_would_change_no_byte(tmp_path: Path) -> None:
    """As a naive product would store them; ``publish`` refuses such a file."""
    told = make_tables()["mart_cell"]
    numbers = {"value": 7771.0, "lower": 6661.0, "upper": 8881.0}
    filled = told.with_columns(
        pl.when(HIDDEN).then(pl.lit(n)).otherwise(pl.col(name)).alias(name)
        for name, n in numbers.items()
    )
    assert not filled.equals(told)
    naive = mart_of(tmp_path / "filled", mart_cell=filled)
    plain = mart_of(tmp_path / "plain", mart_cell=told)
    for form in ("pptx", "pdf"):
        assert paper(naive, form, "SGC") == paper(plain, form, "SGC")


def test_a_repeated_number_has_its_date(small: bytes) -> None:
    words = [cell for rows in tables(small) for row in rows for cell in row]
    assert any(re.fullmatch(r"\d+%\nstand 2025 K2", word) for word in words)
    said = [
        shape.text_frame.text
        for slide in slides_of(small)
        for shape in slide.shapes
        if shape.has_text_frame
    ]
    assert any("Een eerdere stand: t/m schaal 13 2025 K3 (stand 2025 K2)" in text for text in said)


def test_everything_can_be_read_aloud(deck: bytes) -> None:
    """Titles, reading order, alternatives and language."""
    for slide in slides_of(deck):
        assert slide.shapes.title.text.strip()
        assert slide.shapes[0] == slide.shapes.title
        for run in slide._element.iter(qn("a:r")):
            assert run.find(qn("a:rPr")).get("lang") == "nl-NL"
    shapes = list(frames(deck))
    assert shapes
    for shape in shapes:
        assert len(shape._element.xpath(".//p:cNvPr")[0].get("descr", "")) > 5
        if shape.has_table:
            assert shape.table.first_row
    first = next(shape for shape in shapes if shape.has_chart)
    said = first._element.xpath(".//p:cNvPr")[0].get("descr")
    last = drawn(first.chart)["t/m schaal 13"]["2025Q4"]
    assert said.startswith("Grafiek: ")
    assert f"2025 K4 t/m schaal 13 {str(last).replace('.', ',')}%" in said


def test_titles_differ_and_every_slide_tells_where_its_figures_come_from(deck: bytes) -> None:
    made = slides_of(deck)
    titles = [slide.shapes.title.text for slide in made]
    assert len(set(titles)) > 0.8 * len(titles)
    for slide in made:
        foot = [shape.text_frame.text for shape in slide.placeholders][1:]
        assert any("2026-1" in text and "31 december 2025" in text for text in foot), foot


def test_an_office_suite_opens_it_without_repair(deck: bytes, small: bytes, tmp_path: Path) -> None:
    for name, content in (("whole", deck), ("small", small)):
        path = tmp_path / f"{name}.pptx"
        path.write_bytes(content)
        result = validate_pptx(str(path))
        assert [str(error) for error in result.errors] == []


def test_the_same_request_gives_the_same_bytes(mart: Mart, deck: bytes) -> None:
    assert paper(Mart(mart.published), "pptx") == deck
    core = Presentation(io.BytesIO(deck)).core_properties
    made = datetime.fromisoformat(mart.meta()["created"]).replace(tzinfo=None)
    assert core.created == core.modified == made
    assert not [name for name in members(deck) if "thumbnail" in name or "printer" in name]


HOSTILE = '=cmd|"/C calc"!A1 <script>alert(1)</script> #panic() *x* $y$ `z` @import \\ "quoted" {{'


def outlined(point: Any) -> tuple[str, str]:
    """Fill and outline of a point or its mark."""
    return str(point.fill.fore_color.rgb), str(point.line.color.rgb)


def test_a_repeated_number_is_hollow_and_the_others_are_not(mart: Mart, small: bytes) -> None:
    model = build(mart, Request(NEWEST, "SG1"))
    (trend,) = [
        block.chart for block in model.sections[0].blocks if block.chart and block.chart.dates
    ]
    native = charts(small)[0]
    repeated = {
        (series.label, place)
        for series in trend.series
        for place, spot in enumerate(series.spots)
        if spot.value is not None and spot.stand
    }
    assert len(repeated) >= 2
    hollow = set()
    for series in native.plots[0].series:
        line = str(series.format.line.color.rgb)
        marked = [int(each.idx.val) for each in series._element.findall(qn("c:dPt"))]
        for place in marked:
            mark = series.points[place].marker
            assert mark.style == XL_MARKER_STYLE.DIAMOND
            assert outlined(mark.format) == ("FFFFFF", line)
            hollow.add((series.name, place))
    assert hollow == repeated


def test_a_repeated_number_in_a_row_is_a_hollow_bar(mart: Mart) -> None:
    model = build(mart, Request(NEWEST, "UBR"))
    bars = [b.chart for s in model.sections for b in s.blocks if b.chart and b.chart.kind == "bars"]
    native = [c for c in charts(paper(mart, "pptx", "UBR")) if c.plots[0].categories]
    drawn_bars = [c for c in native if c.chart_type == XL_CHART_TYPE.BAR_CLUSTERED]
    checked = 0
    for chart in bars:
        spots = [spot for series in chart.series for spot in series.spots]
        if not any(spot.value is not None and spot.stand for spot in spots):
            continue
        names = list(chart.names)
        twin = next(
            c
            for c in drawn_bars
            if [str(each).split(" (")[0] for each in c.plots[0].categories][: len(names)] == names
        )
        for series, own in zip(twin.plots[0].series, chart.series, strict=False):
            filled = str(series.format.fill.fore_color.rgb)
            for place, spot in enumerate(own.spots):
                if spot.value is None:
                    continue
                hollow = any(
                    int(each.idx.val) == place for each in series._element.findall(qn("c:dPt"))
                )
                assert hollow == bool(spot.stand)
                if hollow:
                    assert outlined(series.points[place].format) == ("FFFFFF", filled)
                    checked += 1
    assert checked > 0


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Mart:
    """A publication with a unit that is named to do harm."""
    told = make_tables()["mart_dimension"]
    mean = (pl.col("dimension") == "unit") & pl.col("code").is_in(["SGC", "SG1"])
    named = [
        pl.when(mean).then(pl.lit(HOSTILE)).otherwise(pl.col(name)).alias(name)
        for name in ("label_nl", "label_en")
    ]
    return mart_of(tmp_path_factory.mktemp("hostile"), mart_dimension=told.with_columns(named))


def test_a_hostile_name_is_only_a_name(hostile: Mart) -> None:
    content = paper(hostile, "pptx", "SGC")
    assert HOSTILE in slides_of(content)[0].shapes[-1].text_frame.text or any(
        HOSTILE in shape.text_frame.text for shape in slides_of(content)[0].placeholders
    )
    assert "<script>" not in texts(content)  # it is escaped in every part
    whole = charts(paper(hostile, "pptx"))
    assert any(name.startswith(HOSTILE) for chart in whole for name in names_of(chart))
    for chart in [*charts(content), *whole]:
        sheet = members(chart.part.chart_workbook.xlsx_part.blob)["xl/worksheets/sheet1.xml"]
        assert b"<f>" not in sheet


def test_it_speaks_english(mart: Mart) -> None:
    content = paper(mart, "pptx", lang="en")
    first = slides_of(content)[0]
    assert re.search(r"the share is \d\.\d%", first.shapes.title.text)
    assert Presentation(io.BytesIO(content)).core_properties.language == "en-GB"
    words = " ".join(cell for rows in tables(content) for row in rows for cell in row)
    assert "may be chance" in words
    assert "kan toeval zijn" not in words
