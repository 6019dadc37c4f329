"""Figures of labelled rows: dots with 95% intervals, and ratios around equal. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from textwrap import wrap
from typing import Any

from dashboard.charts import (
    CHARACTER,
    Canvas,
    DotRow,
    Figure,
    Guide,
    Mark,
    Style,
    tick_text,
    ticks,
    top_value,
)
from dashboard.formats import number
from dashboard.i18n import translator

ROW_WIDE, ROW_NARROW, ROW_OF_TWO = 34, 46, 56
"""Height of a row in pixels: wide, on a phone (name above the dot), with two marks."""
BESIDE_AXIS = 4
"""Between the axis and a name above its row, in pixels."""
LONGEST_LINE, BESIDE_RATIO = 60, 26
"""On a phone, characters of a line of a name that has its row to itself, or beside its ratio."""
LONGEST_NAME = 38
"""Names are cut after this many characters where they stand beside the plot."""


def dots(
    rows: Sequence[DotRow],
    style: Style,
    *,
    guides: Sequence[Guide] = (),
    unit: str = "%",
) -> Figure:
    """Rows of dots with thin 95% intervals from 0, each value written beside its dot."""
    canvas = Canvas(style)
    points = [[mark.point for mark in row.marks] for row in rows]
    top = top_value(points, None)
    top = max([top, *(guide.value for guide in guides)])
    values = ticks(top, 3 if style.narrow else 5)
    reach = top * 1.03
    for at, row in enumerate(rows):
        _dot_row(canvas, row, at, reach)
    longest = max(len(_beside(mark, style)) for row in rows for mark in row.marks)
    _guides(canvas, guides, len(rows), reach)
    row_names(canvas, rows, bgcolor=style.colour("ground"))  # a phone has guides behind them
    shown = [v for v in values if v <= reach]
    return canvas.figure(
        rows_height(rows, style, bool(guides)),
        {
            "l": name_room(rows, style),
            "r": 50 + int(longest * CHARACTER),
            "t": 24 if guides else 6,
            "b": 26,
        },
        xaxis={
            "tickvals": shown,
            "ticktext": tick_text(shown, style.lang, unit),
            "range": [0, reach],
            "showgrid": True,
            "zeroline": True,
            "zerolinecolor": style.colour("ink"),
            "zerolinewidth": 1,
        },
        yaxis=row_axis(len(rows), style),
    )


def ratios(
    rows: Sequence[DotRow],
    style: Style,
    *,
    four_fifths: bool = False,
) -> Figure:
    """Ratios on a logarithmic scale around equal (1), with the zone under four fifths shaded."""
    canvas = Canvas(style)
    _ = translator(style.lang)
    values = [0.25, 0.5, 0.8, 1, 1.25, 2, 4]
    marks = [mark.point for row in rows for mark in row.marks]
    low = min([0.5, *(p.lower or p.value or 1 for p in marks)]) * 0.94
    high = max([1.5, *(p.upper or p.value or 1 for p in marks)]) * 1.06
    bottom = len(rows) - 0.5
    if four_fifths:
        zone = {"type": "rect", "x0": low, "x1": 0.8, "y0": -0.5, "y1": bottom}
        zone |= {"fillcolor": style.colour("zone"), "line": {"width": 0}, "layer": "below"}
        canvas.shapes.append(zone)
        canvas.write(
            _("onder vier vijfde"), math.log10(0.8), -0.5, "bad-text",
            xanchor="right", yanchor="bottom", xshift=-6, yshift=2, size=12,
        )  # fmt: skip
    canvas.rule([1, 1], [-0.5, bottom], "ink", width=1.5)
    above = {"xanchor": "center", "yanchor": "bottom", "yshift": 2, "size": 12}
    canvas.write(_("gelijk"), 0, -0.5, "muted", **above)
    for at, row in enumerate(rows):
        _ratio_row(canvas, row, at, low, high)
    row_names(canvas, rows, line=BESIDE_RATIO)
    shown = [v for v in values if low <= v <= high]
    shown = [v for v in shown if not style.narrow or v in {0.25, 0.5, 1, 2, 4}]
    return canvas.figure(
        rows_height(rows, style, guides=True),
        {"l": name_room(rows, style), "r": 12 if style.narrow else 138, "t": 24, "b": 26},
        xaxis={
            "type": "log",
            "tickvals": shown,
            "ticktext": [_ratio_tick(v, style.lang) for v in shown],
            "range": [math.log10(low), math.log10(high)],
            "showgrid": True,
        },
        yaxis=row_axis(len(rows), style),
    )


def _ratio_tick(value: float, lang: str) -> str:
    """``0,5``, ``1``, ``1,25``: no more decimals than the value has."""
    decimals = next(n for n in range(3) if round(value, n) == value)
    return number(value, lang, decimals)


def rows_height(rows: Sequence[DotRow], style: Style, guides: bool) -> int:
    """The height of a figure of rows, in pixels."""
    two = any(len(row.marks) > 1 for row in rows)
    one = ROW_NARROW if style.narrow else ROW_WIDE
    extra = 14 if two and style.narrow else 0
    each = ROW_OF_TWO + extra if two else one
    return len(rows) * each + 34 + (18 if guides else 0)


def row_axis(rows: int, style: Style) -> dict[str, Any]:
    """The axis along which rows stand, the first at the top."""
    first = -0.62 if style.narrow else -0.5
    return {"range": [rows - 0.5, first], "showticklabels": False}


def name_room(rows: Sequence[DotRow], style: Style, most: int = LONGEST_NAME) -> int:
    """The margin that names of at most so many characters need left of the plot, in pixels."""
    if style.narrow:
        return 8
    longest = max(len(row.label) for row in rows)
    return int(min(most, longest) * CHARACTER) + 20


def row_names(
    canvas: Canvas,
    rows: Sequence[DotRow],
    most: int = LONGEST_NAME,
    line: int = LONGEST_LINE,
    **more: Any,
) -> None:
    """Names left of the plot, or above the row where there is no room beside it.

    ``line``: on a phone, after how many characters a name goes on below.
    """
    two = any(len(row.marks) > 1 for row in rows)
    for at, row in enumerate(rows):
        stands = dict.fromkeys(mark.point.stand for mark in row.marks if mark.point.stand)
        phone = " · ".join([row.label, *stands])
        lines = wrap(phone, line) if canvas.style.narrow else [_shorten(row.label, most)]
        words = "<br>".join(map(escape, lines))
        if canvas.style.narrow:
            lift = 22 if two else 7
            place = {"xref": "paper", "xanchor": "left", "yanchor": "bottom", "yshift": lift}
            place["xshift"] = BESIDE_AXIS
        else:
            place = {"xref": "paper", "xanchor": "right", "yanchor": "middle", "xshift": -10}
        canvas.write(words, 0, at, "ink", **place, **more)


def _shorten(name: str, most: int) -> str:
    return name if len(name) <= most else name[: most - 1].rstrip() + "…"


def _guides(canvas: Canvas, guides: Sequence[Guide], rows: int, reach: float) -> None:
    for guide in guides:
        right = guide.value > reach / 2  # the label ends inside the figure
        side = {"xanchor": "right", "xshift": 44} if right else {"xanchor": "center"}
        canvas.rule([guide.value] * 2, [-0.5, rows - 0.5], guide.hue, width=1.5, dash="dot")
        canvas.write(
            escape(guide.label), guide.value, -0.5, f"{guide.hue}-text",
            yanchor="bottom", yshift=3, size=12, **side,
        )  # fmt: skip


def _dot_row(canvas: Canvas, row: DotRow, at: int, reach: float) -> None:
    _ = translator(canvas.style.lang)
    many = len(row.marks) > 1
    for i, mark in enumerate(row.marks):
        y = at + (0.2 * (2 * i / (len(row.marks) - 1) - 1) if many else 0)
        if mark.point.value is None:
            hidden_row(canvas, mark, y, (0, reach), 0.3 if many else 0.44)
            continue
        _dot(canvas, mark, y, row.label)
        words = f"<b>{escape(mark.point.text.split(' ')[0])}</b>"
        beside = _beside(mark, canvas.style)
        words += f" {escape(beside)}" if beside else ""
        right = mark.point.upper if mark.point.upper is not None else mark.point.value
        canvas.write(
            words, right, y, f"{mark.hue}-text",
            xanchor="left", yanchor="middle", xshift=6, size=12 if many else 13,
            bgcolor=canvas.style.colour("ground"), borderpad=1,
        )  # fmt: skip


def _beside(mark: Mark, style: Style) -> str:
    """What stands beside the value; on a phone the date of a repeated number is with the name."""
    stand = "" if style.narrow else mark.point.stand
    return ", ".join(part for part in (mark.label, stand) if part)


def _ratio_row(canvas: Canvas, row: DotRow, at: int, low: float, high: float) -> None:
    _ = translator(canvas.style.lang)
    for mark in row.marks:
        if mark.point.value is None:
            hidden_row(canvas, mark, at, (low, high), 0.44, place=math.log10(low))
            continue
        _dot(canvas, mark, at, row.label)
        value, _sep, margin = mark.point.said.partition(" ")
        words = f"<b>{escape(value)}</b> {escape(margin)}"
        if canvas.style.narrow:
            more = {"xref": "paper", "xanchor": "right", "yanchor": "bottom", "yshift": 7}
            more["bgcolor"] = canvas.style.colour("ground")
            canvas.write(words, 1, at, f"{mark.hue}-text", **more)
        else:
            more = {"xref": "paper", "xanchor": "left", "yanchor": "middle", "xshift": 12}
            canvas.write(words, 1, at, f"{mark.hue}-text", **more)


def hidden_row(  # noqa: PLR0917  (a place and a size)
    canvas: Canvas,
    mark: Mark,
    y: float,
    across: tuple[float, float],
    height: float,
    place: float = 0.0,
) -> None:
    """A strip over the whole width, so that its length says nothing."""
    _ = translator(canvas.style.lang)
    canvas.hatch(across, y, height, orientation="h", stale=mark.point.stale)
    word = mark.point.text or _("onderdrukt")
    words = f"{mark.label}: {word}" if mark.label else word
    ground = canvas.style.colour("ground")
    canvas.write(
        escape(words), place, y, "muted",
        xanchor="left", yanchor="middle", xshift=10, bgcolor=ground, borderpad=1, size=12,
    )  # fmt: skip


def _dot(canvas: Canvas, mark: Mark, y: float, label: str) -> None:
    point, colour = mark.point, canvas.style.colour(mark.hue)
    if point.lower is not None and point.upper is not None:
        canvas.traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": [point.lower, point.upper],
                "y": [y, y],
                "line": {"color": colour, "width": 2},
                "hoverinfo": "skip",
            }
        )
    ground = canvas.style.colour("ground")
    name = f"{label}, {mark.label}" if mark.label else label
    canvas.traces.append(
        {
            "type": "scatter",
            "mode": "markers",
            "cliponaxis": False,
            "x": [point.value],
            "y": [y],
            "marker": {
                "size": 11,
                "symbol": point.symbol,
                "color": ground if mark.hollow or point.stand else colour,
                "line": {"color": colour, "width": 2},
                "opacity": 1,
            },
            "hovertext": [f"<b>{escape(name)}</b><br>{escape(point.said)}"],
            "hoverinfo": "text",
        }
    )
