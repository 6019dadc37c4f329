"""Parts of a page are pure functions of published values."""

from __future__ import annotations

import re

import pytest
from dash import html

from dashboard.cells import Row
from dashboard.components import (
    Column,
    Download,
    bar_cell,
    data_table,
    dated_text,
    figure,
    full_text,
    margin_cell,
    mark_point,
    point,
    tools,
    value_cell,
    value_text,
)
from dashboard.mart import Mart
from tests.dashboard.test_filters import view_of
from tests.dashboard.trees import kinds, text_of, with_class

SUPPRESSED: Row = {
    "metric": "share", "status": "suppressed", "value": None, "lower": None, "upper": None,
    "base": 1330.0, "period": "2025Q4", "as_of": "2025Q4",
}  # fmt: skip
SHOWN: Row = {
    "metric": "share", "status": "published", "value": 3.4, "lower": 2.5, "upper": 4.6,
    "base": 1330.0, "period": "2025Q4", "as_of": "2025Q4",
}  # fmt: skip


@pytest.mark.parametrize(
    ("row", "lang", "expected"),
    [
        (SHOWN, "nl", "3,4%"),
        (SHOWN, "en", "3.4%"),
        (SHOWN | {"value": 3.0, "base": 999.0}, "nl", "3%"),
        (SHOWN | {"value": 3.0, "base": 1000.0}, "nl", "3,0%"),
        (SUPPRESSED, "nl", "onderdrukt"),
        (SUPPRESSED, "en", "suppressed"),
        (SUPPRESSED | {"status": "not_measured"}, "nl", "niet gemeten"),
        (None, "nl", "–"),
        (SHOWN | {"metric": "gap", "value": -7.6}, "nl", "−7,6 punt"),
        (SHOWN | {"metric": "exit_parity", "value": 1.31}, "nl", "1,31×"),
        (SHOWN | {"metric": "headcount", "value": 12000.0}, "nl", "12.000"),
    ],
)
def test_a_value_is_written_in_its_unit_and_the_readers_language(
    mart: Mart, row: Row | None, lang: str, expected: str
) -> None:
    assert value_text(view_of(mart, f"?lang={lang}"), row) == expected


def test_a_value_with_its_margin(mart: Mart) -> None:
    view = view_of(mart, "")
    assert full_text(view, SHOWN) == "3,4% (2,5%–4,6%)"
    assert full_text(view, SUPPRESSED) == "onderdrukt"


OLD = SHOWN | {"as_of": "2025Q2"}
STALE = SUPPRESSED | {"status": "not_refreshed", "base": None}


def test_a_repeated_number_has_its_date_in_cell_bar_and_figure(mart: Mart) -> None:
    for lang, date in (("nl", "stand 2025 K2"), ("en", "as of 2025 Q2")):
        view = view_of(mart, f"?lang={lang}")
        for cell in (value_cell(view, OLD), bar_cell(view, OLD, 11.0, "low")):
            assert text_of(with_class(cell, "stand")) == date
        drawn = point(view, OLD)
        assert drawn is not None
        assert drawn.said.endswith(f"%), {date}")
        assert dated_text(view, OLD).endswith(f"% ({date})")
        for cell in (value_cell(view, SHOWN), bar_cell(view, SHOWN, 11.0, "low")):
            assert not with_class(cell, "stand")
        assert dated_text(view, SHOWN) == value_text(view, SHOWN)


def test_not_refreshed_has_its_own_look_and_word(mart: Mart) -> None:
    view = view_of(mart, "")
    for cell in (value_cell(view, STALE), bar_cell(view, STALE, 11.0, "low")):
        assert cell.className == "stale"
        assert text_of(cell) == "niet ververst"
    drawn = point(view, STALE)
    assert drawn is not None
    assert (drawn.value, drawn.text, drawn.stale) == (None, "niet ververst", True)
    assert mark_point(view, None).text == "niet gepubliceerd"


@pytest.mark.parametrize(
    ("unit", "metric", "expected"),
    [
        ("UB1", "share", "Waarom een eerdere stand?"),
        ("UB2", "gap", "Waarom niet ververst?"),
        ("MIN", "share", None),
    ],
)
def test_the_tools_say_on_demand_why_a_number_is_repeated(
    mart: Mart, unit: str, metric: str, expected: str | None
) -> None:
    under = tools(view_of(mart, ""), download=Download([metric], [unit], ["2025Q4"], None, ["yes"]))
    said = [text_of(each) for each in kinds(under, "Summary")]
    assert [words for words in said if "Waarom" in words] == ([expected] if expected else [])
    if expected:
        assert kinds(under, "Link")[0].href.startswith("/verantwoording?")


def test_a_hidden_cell_is_hatched_and_says_only_that_it_is_hidden(mart: Mart) -> None:
    view = view_of(mart, "")
    for cell in (value_cell(view, SUPPRESSED), bar_cell(view, SUPPRESSED, 11.0, "low")):
        assert cell.className == "hatch"
        assert text_of(cell) == "onderdrukt"
        assert not kinds(cell, "Img")
        assert not with_class(cell, "fill")
    assert text_of(margin_cell(view, SUPPRESSED)) == ""


@pytest.mark.parametrize(
    ("value", "widest", "expected"),
    [(0.0, 11.0, "w-0"), (5.5, 11.0, "w-50"), (11.0, 11.0, "w-100"), (12.0, 11.0, "w-100")],
)
def test_a_bar_starts_at_zero_and_is_in_proportion_to_the_widest(
    mart: Mart, value: float, widest: float, expected: str
) -> None:
    cell = bar_cell(view_of(mart, ""), SHOWN | {"value": value}, widest, "low")
    assert with_class(cell, "fill")[0].className.split() == ["fill", "fill-low", expected]


def test_a_table_has_headers_for_columns_and_rows_and_can_be_reached_by_keyboard() -> None:
    table = data_table(
        [Column("Onderdeel"), Column("Mensen", numeric=True)],
        [["DG A", "1.860"], ["DG B", html.Td("x")]],
        caption="Mensen per onderdeel",
    )
    assert [th.scope for th in kinds(table, "Th")] == ["col", "col", "row", "row"]
    assert text_of(kinds(table, "Caption")) == "Mensen per onderdeel"
    assert table.tabIndex == 0
    assert table.role == "group"
    assert getattr(table, "aria-label") == "Mensen per onderdeel"
    assert kinds(table, "Td")[0].className == "num"


def test_a_row_that_does_not_fit_its_columns_is_a_mistake() -> None:
    with pytest.raises(ValueError, match=r"shorter|longer"):
        data_table([Column("A"), Column("B")], [["a", "b", "c"]])


def test_a_figure_has_a_text_alternative_and_its_height_before_it_is_drawn() -> None:
    drawn = figure({"data": [], "layout": {"height": 340}}, "Grafiek: aandeel")
    assert drawn.role == "img"
    assert getattr(drawn, "aria-label") == "Grafiek: aandeel"
    assert "h-340" in drawn.className.split()


def test_the_tools_give_table_files_picture_and_definition(mart: Mart) -> None:
    view = view_of(mart, "?unit=DGOB")
    under = tools(
        view,
        table=data_table([Column("A")], []),
        download=Download(["share", "gap"], ["DGOB"], ["2025Q4"], [">=14"], ["yes"]),
        image="bands",
        metrics=["share"],
    )
    csv, excel, png, rfc, *others = kinds(under, "A")
    assert "dialect=rfc4180" in rfc.href
    forms = [other.href.split("?")[0].removeprefix("/export/share+gap.") for other in others]
    assert forms == ["parquet", "json", "datapackage.json", "svg"]
    assert csv.href.startswith("/export/share+gap.csv?")
    assert excel.href.startswith("/export/share+gap.xlsx?")
    for part in ("unit=DGOB", "period=2025Q4", "scale_group=%3E%3D14", "category=yes"):
        assert part in csv.href
    assert [text_of(each) for each in kinds(under, "Summary")] == [
        "Tabel",
        "Meer vormen",
        "Definitie",
    ]
    assert re.search("Aandeel", text_of(kinds(under, "Dl")))
    drawn = view.filters.to_query() + "&figure=bands"
    assert png.href == f"/export/share+gap.png{drawn}"
    assert others[-1].href == f"/export/share+gap.svg{drawn}"
