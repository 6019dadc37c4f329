"""Opinions that diverge from the middle, and bars with intervals. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from dashboard.chart_rows import hidden_row, name_room, row_axis, row_names, rows_height
from dashboard.charts import (
    CHARACTER,
    Canvas,
    DotRow,
    Figure,
    Mark,
    Point,
    Style,
    tick_text,
    ticks,
    top_value,
)

THICK = 0.56
"""Part of a row that a bar fills."""
INSIDE = 11.0
"""A bar of at least so many percent has room for its number."""
NARROW_INSIDE = 14.0
LONGEST = 76
"""Names hold a theme, a group and how many answered: they are cut later than other names."""
HEAD = 26
"""Room above the rows for the names of the three parts, in pixels."""


@dataclass(frozen=True)
class Opinion:
    """One row: how many percent are unfavourable, neutral and favourable."""

    label: str
    unfavourable: Point
    neutral: Point
    favourable: Point

    @property
    def shown(self) -> bool:
        """Whether all three have a number."""
        return None not in {self.unfavourable.value, self.neutral.value, self.favourable.value}


def opinions(rows: Sequence[Opinion], style: Style, names: tuple[str, str, str]) -> Figure:
    """Unfavourable left, favourable right, the middle of neutral in the middle of the figure.

    Args:
        rows: the rows; one of which a part is hidden is hatched as a whole.
        style: how to draw.
        names: the names of the three parts, from left to right.
    """
    canvas = Canvas(style)
    reach = max([_reach(row) for row in rows if row.shown], default=50.0) * 1.02
    for at, row in enumerate(rows):
        if row.shown:
            _opinion(canvas, row, at)
        else:
            hidden = next(
                p for p in (row.unfavourable, row.favourable, row.neutral) if p.value is None
            )
            height = 0.3 if style.narrow else 0.44
            hidden_row(canvas, Mark(hidden, "muted"), at, (-reach, reach), height, place=-reach)
    named = [DotRow(row.label, []) for row in rows]
    row_names(canvas, named, LONGEST)
    _heads(canvas, names, reach)
    return canvas.figure(
        rows_height(named, style, guides=False) + HEAD,
        {"l": name_room(named, style, LONGEST), "r": 14, "t": 6 + HEAD, "b": 8},
        xaxis={"range": [-reach, reach], "showticklabels": False, "showgrid": False},
        yaxis=row_axis(len(rows), style),
    )


def _reach(row: Opinion) -> float:
    half = (row.neutral.value or 0.0) / 2
    return max((row.unfavourable.value or 0.0), (row.favourable.value or 0.0)) + half


def _heads(canvas: Canvas, names: tuple[str, str, str], reach: float) -> None:
    places = ((-reach, "left", "bad-text"), (0.0, "center", "muted"), (reach, "right", "good-text"))
    for name, (x, anchor, hue) in zip(names, places, strict=True):
        canvas.write(
            escape(name), x, 1, hue, yref="paper", xanchor=anchor, yanchor="bottom", yshift=8,
            size=12,
        )  # fmt: skip


def _opinion(canvas: Canvas, row: Opinion, at: int) -> None:
    half = (row.neutral.value or 0.0) / 2
    parts = (
        (row.unfavourable, -half - (row.unfavourable.value or 0.0), "bad", "|"),
        (row.neutral, -half, "line", ""),
        (row.favourable, half, "good", ""),
    )
    style = canvas.style
    for point, begin, hue, shape in parts:
        width = point.value or 0.0
        pattern = {"shape": shape, "fgcolor": style.colour("ground"), "size": 6, "solidity": 0.25}
        marker = {
            "color": style.colour(hue),
            "pattern": pattern | {"fillmode": "overlay", "fgopacity": 1},
            "line": {"width": 1, "color": style.colour("ground")},
        }
        canvas.traces.append(
            {
                "type": "bar",
                "orientation": "h",
                "y": [at],
                "x": [width],
                "base": [begin],
                "width": [THICK * (0.7 if style.narrow else 1)],
                "marker": marker,
                "hovertext": [f"<b>{escape(row.label)}</b><br>{escape(point.said)}"],
                "hoverinfo": "text",
            }
        )
        if width >= (NARROW_INSIDE if style.narrow else INSIDE):
            words = f"<b>{escape(point.text.partition(' ')[0])}</b>"
            canvas.write(
                words, begin + width / 2, at, "ink", xanchor="center", yanchor="middle", size=12,
                bgcolor=style.colour("ground"), borderpad=1,
            )  # fmt: skip


def bars(rows: Sequence[DotRow], style: Style) -> Figure:
    """Bars from 0 with thin 95% intervals and the value behind them; one mark a row."""
    canvas = Canvas(style)
    marks = [row.marks[0] for row in rows]
    top = top_value([[mark.point for mark in marks]], None)
    reach = top * 1.03
    for at, (row, mark) in enumerate(zip(rows, marks, strict=True)):
        if mark.point.value is None:
            hidden_row(canvas, mark, at, (0, reach), 0.3 if style.narrow else 0.44)
        else:
            _bar(canvas, row.label, mark, at)
    row_names(canvas, rows, LONGEST)
    values = [v for v in ticks(top, 3 if style.narrow else 5) if v <= reach]
    longest = max(len(mark.point.text.partition(" (")[0]) for mark in marks)
    return canvas.figure(
        rows_height(rows, style, guides=False),
        {"l": name_room(rows, style, LONGEST), "r": 24 + int(longest * CHARACTER), "t": 6, "b": 26},
        xaxis={
            "tickvals": values,
            "ticktext": tick_text(values, style.lang),
            "range": [0, reach],
            "showgrid": True,
            "zeroline": True,
            "zerolinecolor": style.colour("ink"),
            "zerolinewidth": 1,
        },
        yaxis=row_axis(len(rows), style),
    )


def _bar(canvas: Canvas, label: str, mark: Mark, at: int) -> None:
    point, style = mark.point, canvas.style
    canvas.traces.append(
        {
            "type": "bar",
            "orientation": "h",
            "y": [at],
            "x": [point.value],
            "base": [0],
            "width": [THICK * (0.7 if style.narrow else 1)],
            "marker": {"color": style.colour(mark.hue), "line": {"width": 0}},
            "hovertext": [f"<b>{escape(label)}</b><br>{escape(point.said)}"],
            "hoverinfo": "text",
        }
    )
    right = point.value or 0.0
    if point.lower is not None and point.upper is not None:
        # on a dark bar the line would not be seen without its edge
        canvas.rule([point.lower, point.upper], [at, at], "ground", width=3.5)
        canvas.rule([point.lower, point.upper], [at, at], "ink", width=1.5)
        right = point.upper
    words = f"<b>{escape(point.text.partition(' (')[0])}</b>"
    canvas.write(
        words, right, at, "ink", xanchor="left", yanchor="middle", xshift=6,
        bgcolor=style.colour("ground"), borderpad=1,
    )  # fmt: skip
