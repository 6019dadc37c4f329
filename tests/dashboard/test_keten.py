"""Keten: the steps add up on screen, the title says what the intervals allow, hidden is said."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from dashboard import chart_steps
from dashboard.charts import DotRow, Figure, Mark, Point, Style
from dashboard.compare import Row
from dashboard.mart import Mart
from dashboard.text_change import title_change
from tests.dashboard.rows import cell
from tests.dashboard.test_pages import THEMES, shown
from tests.dashboard.trees import drawings, kinds, text_of, with_class
from tests.factories import make_tables, write_publication

PATH = "/keten"

# --- the figure ----------------------------------------------------------------------------------


def drawing(*, hidden: bool = False, narrow: bool = False) -> Figure:
    """10,0% -> +0,6 -0,2 +0,1 -> 10,5%; with ``hidden`` the second step is not shown."""
    leaving = Point(None, text="onderdrukt") if hidden else Point(-0.2, -0.4, 0.1, "−0,2 punt (…)")
    rows = [
        DotRow("Eind 2024", [Mark(Point(10.0, 9.0, 11.0, "10,0% (9,0%–11,0%)"), "group")]),
        DotRow("Instroom", [Mark(Point(0.6, 0.4, 0.8, "+0,6 punt (0,4–0,8)"), "others")]),
        DotRow("Uitstroom", [Mark(leaving, "others")]),
        DotRow("Overig", [Mark(Point(0.1, text="+0,1 punt"), "others", hollow=True)]),
        DotRow("Eind 2025", [Mark(Point(10.5, 9.5, 11.5, "10,5% (9,5%–11,5%)"), "group")]),
    ]
    return chart_steps.steps(rows, Style(THEMES["light"], narrow))


def bars(figure: Figure) -> list[tuple[float, float]]:
    """From where to where each step goes; hatched rows left out."""
    solid = [trace for trace in figure["data"] if "pattern" not in trace["marker"]]
    return [
        (round(trace["base"][0], 6), round(trace["base"][0] + trace["x"][0], 6)) for trace in solid
    ]


def test_each_step_begins_where_the_last_one_ended() -> None:
    assert bars(drawing()) == [(0, 0), (0, 0.6), (0.6, 0.4), (0.4, 0.5), (0, 0.5)]


def test_a_hidden_step_is_hatched_and_moves_nothing() -> None:
    figure = drawing(hidden=True)
    assert bars(figure) == [(0, 0), (0, 0.6), (0.6, 0.7), (0, 0.7)]
    assert len(figure["data"]) == 5
    assert "onderdrukt" in [note["text"] for note in figure["layout"]["annotations"]]
    whole = next(trace for trace in figure["data"] if "pattern" in trace["marker"])
    low, high = figure["layout"]["xaxis"]["range"]
    assert (whole["base"][0], whole["base"][0] + whole["x"][0]) == pytest.approx((low, high))


def test_intervals_lie_around_the_end_of_their_step_and_the_axis_holds_them() -> None:
    figure = drawing()
    lines = [(shape["x0"], shape["x1"]) for shape in figure["layout"]["shapes"]]
    assert any(line == pytest.approx((0.4, 0.8)) for line in lines)  # inflow ends at 0.6
    assert any(line == pytest.approx((0.2, 0.7)) for line in lines)  # exits end at 0.4
    low, high = figure["layout"]["xaxis"]["range"]
    assert low < 0
    assert high > 0.8
    assert figure["layout"]["xaxis"]["ticktext"][0] == "0"
    assert "+0,2" in figure["layout"]["xaxis"]["ticktext"]


def test_on_a_phone_the_margin_stays_in_the_table() -> None:
    notes = [note["text"] for note in drawing(narrow=True)["layout"]["annotations"]]
    assert "<b>+0,6 punt</b>" in notes
    assert "<b>+0,6 punt</b> (0,4–0,8)" in [
        note["text"] for note in drawing()["layout"]["annotations"]
    ]


# --- the title -----------------------------------------------------------------------------------


def titled(total: Row, *terms: tuple[str, Row], end: float = 11.0) -> str:
    start = cell("share", 10.4, 9.8, 11.0, period="2024Q4")
    last = cell("share", end, end - 0.6, end + 0.6, period="2025Q4")
    return title_change(start, last, total, terms, "het aandeel", "nl")


INFLOW = ("instroom", cell("change_inflow", 0.5, 0.2, 0.8, period="2025"))
EXIT = ("uitstroom", cell("change_exit", -0.2, -0.4, 0.1, period="2025"))


def test_a_change_within_its_interval_may_be_chance_though_a_step_is_not() -> None:
    total = cell("change_total", 0.6, -0.2, 1.4, period="2025")
    assert titled(total, INFLOW, EXIT) == (
        "Het aandeel was 10,4% (eind 2024) en 11,0% (eind 2025); de verandering kan toeval zijn, "
        "de bijdrage van instroom (+0,5 punt) niet"
    )
    assert titled(total, EXIT).endswith("de verandering kan toeval zijn")


@pytest.mark.parametrize(("value", "end", "word"), [(0.6, 11.0, "steeg"), (-0.6, 9.8, "daalde")])
def test_a_change_outside_its_interval_has_a_direction(value: float, end: float, word: str) -> None:
    total = cell("change_total", value, value - 0.3, value + 0.3, period="2025")
    assert titled(total, INFLOW, end=end) == (
        f"Het aandeel {word} van 10,4% (eind 2024) naar {str(end).replace('.', ',')}% (eind 2025), "
        "meer dan toeval: instroom (+0,5 punt)"
    )


def test_no_change_is_said_so() -> None:
    total = cell("change_total", 0.0, -0.8, 0.8, period="2025")
    assert titled(total, end=10.4) == "Het aandeel was 10,4% (eind 2025), even groot als eind 2024"


def test_a_hidden_change_is_named() -> None:
    hidden = cell("change_total", None, period="2025")
    assert titled(hidden, INFLOW) == "De verandering van het aandeel is onderdrukt"
    stale = cell("change_total", None, period="2025", status="not_refreshed")
    assert titled(stale) == "De verandering van het aandeel is niet ververst"


# --- the page ------------------------------------------------------------------------------------


def with_cells(directory: Path, change: pl.Expr, status: str) -> Mart:
    """The invented publication with some of its cells not shown."""
    tables = make_tables()
    cells = tables["mart_cell"]
    tables["mart_cell"] = cells.with_columns(
        pl.when(change).then(pl.lit(status)).otherwise("status").alias("status"),
        *(
            pl.when(change).then(None).otherwise(name).alias(name)
            for name in ("value", "base", "lower", "upper")
        ),
    )
    write_publication(directory, tables, "2026-1")
    return Mart(directory)


def titles(mart: Mart, query: str = "") -> list[str]:
    return [text_of(each) for each in kinds(shown(mart, PATH, query), "H2")]


def test_the_whole_has_the_change_the_chain_and_both_bands(mart: Mart) -> None:
    found = titles(mart)
    assert len(found) == 4
    assert [("t/m schaal 13" in t, "vanaf schaal 14" in t) for t in found[2:]] == [
        (True, False),
        (False, True),
    ]
    assert len(drawings(shown(mart, PATH))) == 4


def test_the_table_adds_up_from_start_to_end(mart: Mart) -> None:
    table = kinds(shown(mart, PATH), "Table")[0]
    said = [text_of(kinds(row, "Th", "Td")[:2]) for row in kinds(kinds(table, "Tbody")[0], "Tr")]
    labels = ["Eind 2024", "Instroom", "Uitstroom", "Overig en afronding", "Verandering"]
    assert [s[: len(label)] for s, label in zip(said, labels, strict=False)] == labels
    row = mart.cells(["change_total"], ["MIN"], ["2025"], attribute="origin").row(0, named=True)
    written = f"{abs(row['value']):.1f}".replace(".", ",")
    assert written in said[4]


def test_the_second_level_has_the_change_and_leads_to_the_bands(mart: Mart) -> None:
    view = shown(mart, PATH, "?unit=DGOB")
    notice = with_class(view, "notice")[0]
    assert "t/m schaal 13 en vanaf schaal 14" in text_of(notice)
    assert kinds(notice, "Link")[0].href.startswith("/keten?unit=MIN")
    assert len(drawings(view)) == 2


def test_below_it_the_nearest_published_level_is_offered(mart: Mart) -> None:
    (notice,) = with_class(shown(mart, PATH, "?unit=UB1&period=2025Q2"), "notice")
    assert kinds(notice, "Link")[0].href.startswith("/keten?unit=UBR")


def test_before_the_end_of_a_block_it_is_said_that_none_has_ended(mart: Mart) -> None:
    view = shown(mart, PATH, "?period=2024Q4")
    notes = [text_of(each) for each in with_class(view, "note")]
    assert sum("nog geen hele periode" in note for note in notes) == 2


def test_a_hidden_step_is_said_in_figure_and_table(tmp_path: Path) -> None:
    which = (pl.col("metric") == "change_inflow") & (pl.col("period") == "2025")
    view = shown(with_cells(tmp_path, which, "suppressed"), PATH)
    figure = drawings(view)[0]
    assert "onderdrukt" in [note["text"] for note in figure["layout"]["annotations"]]
    rows = kinds(kinds(kinds(view, "Table")[0], "Tbody")[0], "Tr")
    assert text_of(rows[1]).startswith("Instroom onderdrukt")


def test_the_latest_year_with_a_number_is_shown(tmp_path: Path) -> None:
    changes = pl.col("metric").str.starts_with("change_") & (pl.col("period") == "2025")
    mart = with_cells(tmp_path, changes, "not_refreshed")
    assert "(eind 2023)" in titles(mart)[0]
    assert "(eind 2024)" in titles(mart)[0]


def test_without_any_number_the_table_says_so(tmp_path: Path) -> None:
    changes = pl.col("metric").str.starts_with("change_") & (pl.col("period_kind") == "year")
    view = shown(with_cells(tmp_path, changes, "not_refreshed"), PATH)
    assert titles(Mart(tmp_path))[0] == "De verandering van het aandeel is niet ververst"
    assert len(drawings(view)) == 3
    assert with_class(view, "stale")
