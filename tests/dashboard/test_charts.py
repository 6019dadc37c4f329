"""Figures are pure functions of published values."""

from __future__ import annotations

import itertools
import re

import pytest

from dashboard import chart_rows, chart_trend
from dashboard.chart_trend import NARROWEST, _place_of_words
from dashboard.charts import (
    CHARACTER,
    HEIGHT_STEP,
    DotRow,
    Guide,
    Line,
    Mark,
    Point,
    Style,
    read_themes,
    sparkline,
    spread_labels,
    tick_text,
    ticks,
)
from dashboard.settings import ASSETS

THEMES = read_themes(ASSETS / "tokens.css")
WIDE = Style(THEMES["light"])
NARROW = Style(THEMES["light"], narrow=True)
PERIODS = [f"eind {year}" for year in range(2016, 2026)]


def points(*values: float | None) -> list[Point]:
    return [
        Point(None, text="onderdrukt") if v is None else Point(v, v - 1, v + 1, f"{v}%")
        for v in values
    ]


def lines() -> list[Line]:
    return [
        Line("t/m schaal 13", "low", points(*range(2, 12))),
        Line("vanaf schaal 14", "high", points(*[3] * 8, None, 4)),
    ]


def texts(figure: dict) -> list[str]:
    return [note["text"] for note in figure["layout"]["annotations"]]


@pytest.mark.parametrize(
    ("top", "count", "expected"),
    [
        (11.6, 6, [0, 2, 4, 6, 8, 10, 12]),
        (10.0, 5, [0, 2, 4, 6, 8, 10]),
        (10.1, 5, [0, 2, 4, 6, 8, 10, 12]),
        (48.0, 5, [0, 10, 20, 30, 40, 50]),
        (1.0, 5, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (0.0, 5, None),
    ],
)
def test_ticks_are_round_start_at_zero_and_hold_the_top(
    top: float, count: int, expected: list[float] | None
) -> None:
    found = ticks(top, count)
    assert found[0] == 0
    assert found[-1] >= top
    if expected is not None:
        assert found == pytest.approx(expected)


def test_tick_labels_follow_the_language_and_carry_no_needless_decimals() -> None:
    assert tick_text([0, 5, 10], "nl") == ["0%", "5%", "10%"]
    assert tick_text([0, 0.5, 1], "nl") == ["0,0%", "0,5%", "1,0%"]
    assert tick_text([0, 0.5, 1], "en") == ["0.0%", "0.5%", "1.0%"]


def test_labels_that_would_overlap_are_moved_apart_and_keep_their_order() -> None:
    placed = spread_labels([5.0, 5.5, 11.0], 2.0)
    assert placed[1] - placed[0] >= 2.0 - 1e-6
    assert placed == sorted(placed)
    assert placed[2] == 11.0
    assert spread_labels([9.0, 1.0], 2.0) == [9.0, 1.0]


def test_the_themes_come_from_the_style_sheet_and_have_the_same_tokens() -> None:
    assert THEMES["light"].keys() == THEMES["dark"].keys()
    assert THEMES["light"]["low"] == "#0072b2"
    assert THEMES["dark"]["ground"] != THEMES["light"]["ground"]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        *((f"{name}-text", "ground") for name in ("low", "high", "group", "others", "good", "bad")),
        ("ink", "ground"),
        ("muted", "ground"),
        ("muted", "panel"),
        ("link", "ground"),
        ("link", "panel"),
        ("on-structure", "structure"),
        ("on-structure-muted", "structure"),
        ("on-structure", "structure-deep"),
    ],
)
def test_text_colours_have_a_contrast_of_at_least_four_and_a_half(
    theme: str, ink: str, ground: str
) -> None:
    a, b = sorted((luminance(THEMES[theme][ink]), luminance(THEMES[theme][ground])))
    assert (b + 0.05) / (a + 0.05) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("mark", ["low", "high", "group", "others", "good", "bad"])
def test_marks_have_a_contrast_of_at_least_three_with_the_ground(theme: str, mark: str) -> None:
    a, b = sorted((luminance(THEMES[theme][mark]), luminance(THEMES[theme]["ground"])))
    assert (b + 0.05) / (a + 0.05) >= 3.0


def test_a_trend_starts_at_zero_and_names_its_lines_at_their_ends() -> None:
    figure = chart_trend.trend(PERIODS, lines(), WIDE, bracket="7 punt")
    assert figure["layout"]["yaxis"]["range"][0] == 0
    assert "<b>11%</b><br>t/m schaal 13" in texts(figure)
    assert "<b>4%</b><br>vanaf schaal 14" in texts(figure)
    assert "<b>7 punt</b>" in texts(figure)
    assert figure["layout"]["template"]["layout"]["showlegend"] is False


def test_a_suppressed_point_is_hatched_and_worded_and_never_joined_or_zero() -> None:
    figure = chart_trend.trend(PERIODS, lines(), WIDE)
    curves = [t for t in figure["data"] if t["type"] == "scatter" and t["mode"] == "lines+markers"]
    assert curves[1]["y"] == [3, 3, 3, 3, 3, 3, 3, 3, None, 4]
    hatched = [t for t in figure["data"] if t["type"] == "bar"]
    assert [bar["x"] for bar in hatched] == [[8.0]]
    assert hatched[0]["marker"]["pattern"]["shape"] == "/"
    assert "vanaf schaal 14: onderdrukt" in texts(figure)
    assert not [text for text in curves[1]["hovertext"] if "None" in text]


def test_a_line_that_is_suppressed_throughout_has_its_strip_and_no_end_label() -> None:
    hidden = [Line("hoog", "high", points(*[None] * 10))]
    figure = chart_trend.trend(PERIODS, hidden, WIDE)
    assert len([t for t in figure["data"] if t["type"] == "bar"]) == 10
    assert texts(figure) == ["hoog: onderdrukt"]


def hidden_words(values: tuple[float | None, ...], style: Style) -> tuple[float, str]:
    """Where the words of a hidden strip of five years stand, and on which side of that place."""
    drawn = chart_trend.trend(["a", "b", "c", "d", "e"], [Line("g", "low", points(*values))], style)
    note = next(n for n in drawn["layout"]["annotations"] if "onderdrukt" in n["text"])
    return note["x"], note["xanchor"]


def test_the_words_of_a_hidden_strip_stand_beside_it_where_there_is_room() -> None:
    assert hidden_words((1, 2, 3, 4, None), WIDE) == (3.5, "right")
    assert hidden_words((1, None, 3, 4, 5), WIDE) == (1.5, "left")
    assert hidden_words((None, None, None, None, 5), NARROW) == (-0.3, "left")


def test_a_long_name_above_a_ratio_goes_on_below_on_a_phone() -> None:
    mark = Mark(Point(0.5, 0.3, 0.9, "0,50× (0,30–0,90)"), "group")
    row = DotRow("Doorbraak naar de hoogste schaalgroep", [mark])
    assert "Doorbraak naar de hoogste<br>schaalgroep" in texts(chart_rows.ratios([row], NARROW))
    assert "Doorbraak naar de hoogste schaalgroep" in texts(chart_rows.ratios([row], WIDE))
    assert "Doorbraak naar de hoogste schaalgroep" in texts(chart_rows.dots([row], NARROW))


def test_no_bracket_where_one_end_is_hidden() -> None:
    pair = [lines()[0], Line("hoog", "high", points(*[3] * 9, None))]
    assert "<b>7 punt</b>" not in texts(chart_trend.trend(PERIODS, pair, WIDE, bracket="7 punt"))


def test_on_a_phone_a_trend_is_drawn_anew_with_fewer_ticks_and_labels_at_the_lines() -> None:
    wide = chart_trend.trend(PERIODS, lines(), WIDE)
    narrow = chart_trend.trend(PERIODS, lines(), NARROW)
    count = {key: len(f["layout"]["xaxis"]["tickvals"]) for key, f in (("w", wide), ("n", narrow))}
    assert count["n"] < count["w"]
    assert narrow["layout"]["margin"]["r"] < wide["layout"]["margin"]["r"]
    assert "<b>11%</b> t/m schaal 13" in texts(narrow)
    assert narrow["layout"]["xaxis"]["tickvals"][-1] == len(PERIODS) - 1


def row(label: str, *values: float | None, name: str = "") -> DotRow:
    return DotRow(label, [Mark(point, "high", name) for point in points(*values)])


def test_dots_start_at_zero_carry_their_value_and_a_thin_interval() -> None:
    figure = chart_rows.dots([row("A", 4.0), row("B", 9.0)], WIDE, guides=[Guide(5.5, "doel")])
    assert figure["layout"]["xaxis"]["range"][0] == 0
    assert figure["layout"]["xaxis"]["range"][1] > 10
    intervals = [t for t in figure["data"] if t.get("mode") == "lines"]
    assert [t["x"] for t in intervals] == [[3.0, 5.0], [8.0, 10.0]]
    assert {t["line"]["width"] for t in intervals} == {2}
    assert {"<b>4.0%</b>", "<b>9.0%</b>", "A", "B", "doel"} <= set(texts(figure))


def test_the_strip_of_a_suppressed_row_is_as_wide_as_the_figure_whatever_it_hides() -> None:
    figure = chart_rows.dots([row("A", 4.0), row("B", None)], WIDE)
    strip = next(t for t in figure["data"] if t["type"] == "bar")
    assert strip["base"] == [0]
    assert strip["x"] == [figure["layout"]["xaxis"]["range"][1]]
    assert "onderdrukt" in texts(figure)


def test_ratios_are_drawn_around_equal_on_a_logarithmic_scale() -> None:
    ratio = DotRow("A", [Mark(Point(0.62, 0.47, 0.81, "0,62× (0,47–0,81)"), "group")])
    figure = chart_rows.ratios([ratio], WIDE, four_fifths=True)
    assert figure["layout"]["xaxis"]["type"] == "log"
    assert any(s["type"] == "line" and s["x0"] == s["x1"] == 1 for s in figure["layout"]["shapes"])
    zone = next(s for s in figure["layout"]["shapes"] if s["type"] == "rect")
    assert zone["x1"] == 0.8
    assert "<b>0,62×</b> (0,47–0,81)" in texts(figure)
    without = chart_rows.ratios([ratio], WIDE, four_fifths=False)
    assert not [s for s in without["layout"]["shapes"] if s["type"] == "rect"]


OLD = Point(3.0, 2.0, 4.0, "3,0% (2,0%–4,0%)", stand="stand 2025 K2")
STALE = Point(None, text="niet ververst", stale=True)


@pytest.mark.parametrize("style", [WIDE, NARROW])
def test_a_repeated_value_is_hollow_and_has_its_date_in_label_and_tooltip(style: Style) -> None:
    figure = chart_rows.dots([DotRow("A", [Mark(OLD, "low")]), row("B", 4.0)], style)
    old, fresh = (trace for trace in figure["data"] if trace["mode"] == "markers")
    assert old["marker"]["symbol"] == "diamond"
    assert old["marker"]["color"] == style.colour("ground")
    assert fresh["marker"]["symbol"] == "circle"
    assert fresh["marker"]["color"] == style.colour("high")
    assert "stand 2025 K2" in old["hovertext"][0]
    assert sum("stand 2025 K2" in text for text in texts(figure)) == 1


def test_a_repeated_value_in_a_line_is_hollow_and_has_its_date() -> None:
    line = Line("t/m 13", "low", [*points(3.0, 3.0), OLD])
    figure = chart_trend.trend(PERIODS[:3], [line], WIDE)
    drawn = figure["data"][-1]
    assert drawn["marker"]["symbol"] == ["circle", "circle", "diamond"]
    assert drawn["marker"]["color"][2] == WIDE.colour("ground")
    assert drawn["marker"]["size"] == [0, 0, 8]
    assert drawn["hovertext"][2].endswith("3,0% (2,0%–4,0%), stand 2025 K2")
    assert "stand 2025 K2" not in drawn["hovertext"][1]
    assert any("<b>3,0%</b> stand 2025 K2" in text for text in texts(figure))


def strips(figure: dict) -> list[str]:
    return [t["marker"]["pattern"]["shape"] for t in figure["data"] if t["type"] == "bar"]


def test_not_refreshed_has_another_pattern_and_word_than_suppressed() -> None:
    hidden = Point(None, text="onderdrukt")
    rows = [DotRow("A", [Mark(STALE, "low")]), DotRow("B", [Mark(hidden, "low")]), row("C", 4.0)]
    figure = chart_rows.dots(rows, WIDE)
    assert strips(figure) == [".", "/"]
    assert {"niet ververst", "onderdrukt"} <= set(texts(figure))
    line = Line("t/m 13", "low", [*points(3.0, 3.0), hidden, STALE])
    trend = chart_trend.trend(PERIODS[:4], [line], WIDE)
    assert strips(trend) == ["/", "."]
    assert {"t/m 13: onderdrukt", "t/m 13: niet ververst"} <= set(texts(trend))


def test_labels_are_escaped() -> None:
    figure = chart_rows.dots([row("R&D <b>", 4.0)], WIDE)
    assert "R&amp;D &lt;b&gt;" in texts(figure)


def test_every_height_has_its_class_in_the_style_sheet() -> None:
    css = (ASSETS / "sizes.css").read_text(encoding="utf-8")
    for rows in range(1, 25):
        figure = chart_rows.dots([row(str(i), 4.0) for i in range(rows)], NARROW)
        assert figure["layout"]["height"] % HEIGHT_STEP == 0
        assert f".h-{figure['layout']['height']} " in css


def test_a_sparkline_breaks_where_a_value_is_suppressed() -> None:
    assert sparkline([1.0], WIDE, "low") == ""
    assert sparkline([None, None], WIDE, "low") == ""
    path = re.search(r"d='([^']*)'", sparkline([1.0, 2.0, None, 4.0, 3.0], WIDE, "low"))
    assert path is not None
    assert [letter for letter in path[1] if letter in "ML"] == ["M", "L", "M", "L"]


@pytest.mark.parametrize("count", range(1, 13))
@pytest.mark.parametrize("length", [5, 20, 34, 36])
def test_words_of_a_hidden_strip_stay_inside_the_smallest_figure(count: int, length: int) -> None:
    # 36: the longest name of a group with the word; 20: the margin of the smallest figure
    for first, last in itertools.combinations_with_replacement(range(count), 2):
        hidden = list(range(first, last + 1))
        x, side, _beside = _place_of_words("x" * length, hidden, count, 20)
        start = NARROWEST * (x + 0.5) / count
        width = CHARACTER * length
        left, right = (start - width, start) if side == "right" else (start, start + width)
        assert left >= 0
        assert right <= NARROWEST + 20
