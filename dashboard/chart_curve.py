"""A figure of curves by whole years: steps from nothing, thin ones for their 95% bounds. Pure.

What is known is where a curve stands at the end of each year; from there it is drawn level, and
the last one a little further, so that its bounds can be seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from dashboard.charts import (
    CHARACTER,
    Canvas,
    Figure,
    Line,
    Point,
    Style,
    spread_labels,
    tick_text,
    ticks,
    top_value,
)

NARROW_HEIGHT = 280
FURTHER = 0.25
"""How far the last step is drawn on, in years."""
STRIP = 0.08
"""Height of a strip where nothing is shown, as a part of the plot."""


def curves(names: Sequence[str], lines: Sequence[Line], style: Style, height: int = 330) -> Figure:
    """Step curves, labelled at their end.

    Args:
        names: what each place on the axis is called: the begin, and the end of each year.
        lines: a point for each name; the first is nothing at the begin.
        style: how to draw.
        height: in pixels, on a phone less.
    """
    canvas = Canvas(style)
    height = min(height, NARROW_HEIGHT) if style.narrow else height
    top = top_value([line.points for line in lines], None)
    values = ticks(top * 1.04, 4 if style.narrow else 6)
    for line in lines:
        for bound in ("lower", "upper"):
            _bound(canvas, line, bound)
    for line in lines:
        _curve(canvas, line, names)
    for place, line in enumerate(lines):
        _hidden(canvas, line, place, values[-1])
    _labels(canvas, lines, values[-1] / (height - 40))
    last = len(names) - 1
    longest = [len(line.label) for line in lines if _shown(line)[-1][0] == last]
    room = 16 if style.narrow or not longest else int(max(longest) * CHARACTER) + 24
    return canvas.figure(
        height,
        {"l": 40, "r": room, "t": 12, "b": 28},
        xaxis={
            "tickvals": list(range(len(names))),
            "ticktext": list(names),
            "range": [-0.05, last + FURTHER],
            "showline": True,
            "ticks": "outside",
            "ticklen": 4,
            "tickcolor": style.colour("ink"),
        },
        yaxis={
            "tickvals": values,
            "ticktext": tick_text(values, style.lang),
            "range": [0, values[-1] * 1.01],
            "showgrid": True,
        },
    )


def _shown(line: Line) -> list[tuple[int, Point, float]]:
    """Place, point and value of what is shown, from the begin on."""
    return [
        (place, point, point.value)
        for place, point in enumerate(line.points)
        if point is not None and point.value is not None
    ]


def _bound(canvas: Canvas, line: Line, bound: str) -> None:
    ends = [getattr(point, bound) for _place, point, _value in _shown(line)][1:]
    if not ends or None in ends:
        return
    last = len(ends)
    canvas.traces.append(
        {
            "type": "scatter",
            "mode": "lines",
            "x": [*range(1, last + 1), last + FURTHER],
            "y": [*ends, ends[-1]],
            "line": {
                "color": canvas.style.colour(line.hue),
                "width": 1,
                "shape": "hv",
                "dash": "dot",
            },
            "hoverinfo": "skip",
        }
    )


def _curve(canvas: Canvas, line: Line, names: Sequence[str]) -> None:
    shown = _shown(line)
    last = len(shown) - 1
    colour = canvas.style.colour(line.hue)
    said = [
        f"<b>{escape(line.label)}</b><br>{names[place]}: {escape(point.said)}"
        for place, point, _value in shown
    ]
    canvas.traces.append(
        {
            "type": "scatter",
            "mode": "lines+markers",
            "x": [*range(last + 1), last + FURTHER],
            "y": [*(value for _place, _point, value in shown), shown[-1][2]],
            "line": {"color": colour, "width": 2.5, "shape": "hv"},
            "cliponaxis": False,
            "marker": {
                "size": [*(8 if place else 0 for place in range(last + 1)), 0],
                "color": colour,
                "opacity": 1,
            },
            "hovertext": [*said, said[-1]],
            "hoverinfo": "text",
        }
    )


def _hidden(canvas: Canvas, line: Line, place: int, top: float) -> None:
    """A strip with the word over the years of a line that are not shown."""
    gone = [(at, p) for at, p in enumerate(line.points) if p is not None and p.value is None]
    if not gone:
        return
    (first, point), end = gone[0], gone[-1][0]
    height = top * STRIP
    level = place * height * 1.15
    canvas.hatch([first - 1 + FURTHER, end + FURTHER], level, height, stale=point.stale)
    words = point.text if canvas.style.narrow else f"{line.label}: {point.text}"
    # The word stays inside the plot: a short strip at its begin is shorter than the word.
    early = end + FURTHER < len(line.points) / 2
    canvas.write(
        escape(words), first - 1 + FURTHER if early else end + FURTHER, level + height / 2,
        f"{line.hue}-text", xanchor="left" if early else "right", yanchor="middle", size=12,
        borderpad=1,
        bgcolor=canvas.style.colour("ground"),
    )  # fmt: skip


def _labels(canvas: Canvas, lines: Sequence[Line], pixel: float) -> None:
    """Value and name at the end of each line: right of it, on a phone left, above the curve.

    Args:
        canvas: what is drawn on.
        lines: the curves.
        pixel: a pixel in the unit of the values.
    """
    narrow = canvas.style.narrow
    ends = [(line, *_shown(line)[-1]) for line in lines]
    ends = [end for end in ends if end[1]]  # a curve that does not leave the begin has no end
    places = spread_labels([value for *_rest, value in ends], pixel * (20 if narrow else 38))
    for (line, at, point, _value), y in zip(ends, places, strict=True):
        words = f"<b>{escape(point.text.split(' ')[0])}</b>"
        words += f"{' ' if narrow else '<br>'}{escape(line.label)}"
        side = {"xanchor": "right", "xshift": -8} if narrow else {"xanchor": "left", "xshift": 8}
        x = at if narrow else at + FURTHER
        canvas.write(words, x, y, f"{line.hue}-text", yanchor="middle", **side)
