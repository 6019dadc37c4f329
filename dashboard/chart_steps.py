"""A figure of steps: from a share at the start, by what each step did, to the share at the end.

Bars stand on a scale of percentage points away from the start, so that they begin at nothing and
small steps can be seen; each next one begins where the last one ended. Pure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from dashboard.chart_rows import hidden_row, name_room, row_axis, row_names, rows_height
from dashboard.charts import CHARACTER, Canvas, DotRow, Figure, Mark, Style, ticks
from dashboard.formats import signed

THICK = 0.5
"""Part of a row that a bar fills."""
ROOM = 0.06
"""Room at both sides of the plot, as a part of what is drawn."""
Span = tuple[float, float]


def steps(rows: Sequence[DotRow], style: Style) -> Figure:
    """The waterfall.

    Args:
        rows: the share at the start, the steps in points, the share at the end; a mark each. Start
            and end have a value, a step may be hidden: it is a hatched row, and moves nothing.
        style: how to draw.
    """
    canvas = Canvas(style)
    marks = [row.marks[0] for row in rows]
    spans = _spans(marks)
    low, high = _reach(marks, spans)
    values = _ticks(low, high, 3 if style.narrow else 6)
    canvas.rule([0, 0], [-0.5, len(rows) - 0.5], "ink", width=1)
    for at, (row, span) in enumerate(zip(rows, spans, strict=True)):
        if row.marks[0].point.value is None:
            height = 0.3 if style.narrow else 0.44
            hidden_row(canvas, row.marks[0], at, (low, high), height, place=low)
        else:
            _bar(canvas, row, at, span, whisker=0 < at < len(rows) - 1)
        if at:
            ended = spans[at - 1][1]
            canvas.rule([ended, ended], [at - 1, at], "line-strong", width=1, layer="below")
    row_names(canvas, rows, bgcolor=style.colour("ground"))  # a phone has lines behind them
    return canvas.figure(
        rows_height(rows, style, guides=False),
        {"l": name_room(rows, style), "r": _label_room(marks, style), "t": 6, "b": 26},
        xaxis={
            "tickvals": values,
            "ticktext": _tick_text(values, style.lang),
            "range": [low, high],
            "showgrid": True,
        },
        yaxis=row_axis(len(rows), style),
    )


def _spans(marks: Sequence[Mark]) -> list[Span]:
    """From where to where each row goes, in points away from the start; a hidden one nowhere."""
    spans: list[Span] = [(0.0, 0.0)]
    at = 0.0
    for mark in marks[1:-1]:
        spans.append((at, at + (mark.point.value or 0.0)))
        at = spans[-1][1]
    return [*spans, (0.0, at)]


def _whisker(mark: Mark, span: Span) -> Span | None:
    """The interval around the end of a step."""
    point = mark.point
    if point.value is None or point.lower is None or point.upper is None:
        return None
    return span[1] + point.lower - point.value, span[1] + point.upper - point.value


def _reach(marks: Sequence[Mark], spans: Sequence[Span]) -> Span:
    """The lowest and highest value that the figure must hold."""
    ends = [end for span in spans for end in span]
    for mark, span in zip(marks[1:-1], spans[1:-1], strict=True):
        ends += _whisker(mark, span) or ()
    low, high = min(ends), max(ends)
    room = max(high - low, 0.1) * ROOM
    return low - room, high + room


def _ticks(low: float, high: float, count: int) -> list[float]:
    """Round values between both ends, nothing among them."""
    step = ticks(high - low, count)[1]
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(i * step, 9) for i in range(first, last + 1)]


def _tick_text(values: Sequence[float], lang: str) -> list[str]:
    whole = all(float(value).is_integer() for value in values)
    tenths = all(float(round(value * 10, 6)).is_integer() for value in values)
    decimals = 0 if whole else 1 if tenths else 2
    return [signed(value, lang, decimals) if value else "0" for value in values]


def _bar(canvas: Canvas, row: DotRow, at: int, span: Span, *, whisker: bool) -> None:
    mark, style = row.marks[0], canvas.style
    fill = "panel" if mark.hollow else "line-strong" if whisker else mark.hue
    canvas.traces.append(
        {
            "type": "bar",
            "orientation": "h",
            "y": [at],
            "x": [span[1] - span[0]],
            "base": [span[0]],
            "width": [THICK * (0.6 if style.narrow else 1)],
            "marker": {
                "color": style.colour(fill),
                "line": {"color": style.colour(mark.hue), "width": 1},
            },
            "hovertext": [f"<b>{escape(row.label)}</b><br>{escape(mark.point.said)}"],
            "hoverinfo": "text",
        }
    )
    ends = (_whisker(mark, span) or ()) if whisker else ()
    if ends:
        canvas.rule(ends, [at, at], "ink", width=1.5)
    _value(canvas, mark, at, max(*span, *ends))


def _value(canvas: Canvas, mark: Mark, at: int, right: float) -> None:
    """The value right of its bar, on a phone without its margin."""
    value, _sep, margin = mark.point.text.partition(" (")
    words = f"<b>{escape(value)}</b>"
    if margin and not canvas.style.narrow:
        words += f" ({escape(margin)}"
    canvas.write(
        words, right, at, f"{mark.hue}-text",
        xanchor="left", yanchor="middle", xshift=6, bgcolor=canvas.style.colour("ground"),
        borderpad=1,
    )  # fmt: skip


def _label_room(marks: Sequence[Mark], style: Style) -> int:
    texts = [mark.point.text for mark in marks]
    if style.narrow:
        texts = [text.partition(" (")[0] for text in texts]
    return int(max(len(text) for text in texts) * CHARACTER) + 14
