"""A figure of lines over time with their 95% bands. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Literal

from dashboard.charts import (
    CHARACTER,
    Canvas,
    Figure,
    Guide,
    Line,
    Point,
    Style,
    spread_labels,
    tick_text,
    ticks,
    top_value,
)
from dashboard.i18n import translator

NARROWEST = 230
"""Pixels between the axis and the end labels of the smallest figure."""


def trend(
    periods: Sequence[str],
    lines: Sequence[Line],
    style: Style,
    *,
    target: Guide | None = None,
    bracket: str = "",
    height: int = 330,
    unit: str = "%",
) -> Figure:
    """Lines over time with 95% bands, labelled at their end; a bracket names the last gap."""
    canvas = Canvas(style)
    top = top_value([line.points for line in lines], target)
    values = ticks(top * 1.04, 4 if style.narrow else 6)
    height = min(height, 280) if style.narrow else height
    last = len(periods) - 1
    for line in lines:
        _band(canvas, line)
    for line in lines:
        _line(canvas, line, periods)
    right = 34 if style.narrow else _label_room(lines, target)
    _hidden_strips(canvas, lines, values[-1], right)
    if target:
        begin = 0 if style.narrow else last * 0.4
        canvas.rule([begin, last], [target.value] * 2, target.hue, width=1.5, dash="dot")
    _end_labels(canvas, lines, target, last, values[-1], height)
    if bracket and len(lines) == 2:
        _bracket(canvas, lines, last, bracket)
    at = _period_ticks(periods, 4 if style.narrow else 7)
    return canvas.figure(
        height,
        {"l": 40, "r": right, "t": 12, "b": 28},
        xaxis={
            "tickvals": at,
            "ticktext": [periods[i] for i in at],
            "range": [-0.3, last + 0.02 * max(last, 1)],
            "showline": True,
            "ticks": "outside",
            "ticklen": 4,
            "tickcolor": style.colour("ink"),
        },
        yaxis={
            "tickvals": values,
            "ticktext": tick_text(values, style.lang, unit),
            "range": [0, values[-1] * 1.01],
            "showgrid": True,
        },
    )


def _runs(points: Sequence[Point | None]) -> list[list[int]]:
    """Indices of consecutive shown points."""
    runs: list[list[int]] = []
    for i, point in enumerate(points):
        if point is None or point.value is None:
            continue
        if runs and runs[-1][-1] == i - 1:
            runs[-1].append(i)
        else:
            runs.append([i])
    return runs


def _band(canvas: Canvas, line: Line) -> None:
    for run in _runs(line.points):
        shown = [(i, p) for i in run if (p := line.points[i]) and p.lower is not None]
        if len(shown) < 2:
            continue
        x = [i for i, _ in shown]
        upper = [p.upper for _, p in shown]
        lower = [p.lower for _, p in shown]
        canvas.traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": [*x, *reversed(x)],
                "y": [*upper, *reversed(lower)],
                "fill": "toself",
                "fillcolor": canvas.style.colour(f"{line.hue}-band"),
                "line": {"width": 0},
                "hoverinfo": "skip",
            }
        )


def _line(canvas: Canvas, line: Line, periods: Sequence[str]) -> None:
    colour = canvas.style.colour(line.hue)
    hover = [
        f"<b>{escape(line.label)}</b><br>{periods[i]}: {escape(p.said)}" if p else ""
        for i, p in enumerate(line.points)
    ]
    runs = _runs(line.points)
    alone = {run[0] for run in runs if len(run) == 1}
    end = runs[-1][-1] if runs else -1
    stands = [bool(p and p.stand) for p in line.points]
    sizes = [8 if i == end or i in alone or old else 0 for i, old in enumerate(stands)]
    ground = canvas.style.colour("ground")
    marker = {
        "size": sizes,
        "color": [ground if old else colour for old in stands],
        "symbol": [p.symbol if p else "circle" for p in line.points],
        "opacity": 1,
        "line": {"width": [2 if old else 0 for old in stands], "color": colour},
    }
    canvas.traces.append(
        {
            "type": "scatter",
            "mode": "lines+markers",
            "x": list(range(len(line.points))),
            "y": [p.value if p else None for p in line.points],
            "line": {"color": colour, "width": 2.5},
            "cliponaxis": False,
            "marker": marker,
            "hovertext": hover,
            "hoverinfo": "text",
        }
    )


def _hidden_strips(canvas: Canvas, lines: Sequence[Line], top: float, right: int) -> None:
    """A strip above the axis for each line and word that stands where no number is shown.

    ``right``: pixels between the plot and the edge of the figure, where words may end, too.
    """
    _ = translator(canvas.style.lang)
    level = 0.0
    for line, word, hidden in _hidden_runs(lines):
        for i in hidden:
            point = line.points[i]
            canvas.hatch(
                [i - 0.5, i + 0.5], level, top * 0.075, stale=point is not None and point.stale
            )
        words = f"{line.label}: {word or _('onderdrukt')}"
        x, side, at_strip = _place_of_words(words, hidden, len(line.points), right)
        level += 0.0 if at_strip else top * 0.09
        canvas.write(
            escape(words),
            x,
            level + top * 0.0375,
            f"{line.hue}-text",
            xanchor=side,
            yanchor="middle",
            size=12,
            bgcolor=canvas.style.colour("ground"),
            borderpad=1,
        )
        level += top * 0.09


def _place_of_words(
    words: str, hidden: Sequence[int], count: int, right: int
) -> tuple[float, Literal["left", "right"], bool]:
    """Where words about a strip stand so that the smallest figure, too, has room for them.

    Args:
        words: what is written.
        hidden: places of the periods of the strip, from 0, ascending.
        count: periods of the figure.
        right: pixels between the plot and the edge of the figure.

    Returns:
        Place on the axis, the side of the words that is there, and whether that is at the strip:
        before it, behind it, else over it; longer words have a line of their own above it.
    """
    room = NARROWEST / count
    needed = CHARACTER * len(words)
    if room * hidden[0] > needed:
        return hidden[0] - 0.5, "right", True
    behind = room * (count - hidden[-1] - 1) + right - 12
    if behind > needed:
        return hidden[-1] + 0.5, "left", True
    if behind + room * (len(hidden) - 0.2) > needed:
        return hidden[0] - 0.3, "left", True
    return -0.5, "left", False


def _hidden_runs(lines: Sequence[Line]) -> list[tuple[Line, str, list[int]]]:
    """Line, word and places of everything that is not shown."""
    found: list[tuple[Line, str, list[int]]] = []
    for line in lines:
        places: dict[str, list[int]] = {}
        for i, point in enumerate(line.points):
            if point is not None and point.value is None:
                places.setdefault(point.text, []).append(i)
        found += [(line, word, at) for word, at in places.items()]
    return found


def _end_labels(  # noqa: PLR0917  (what is drawn, and its room)
    canvas: Canvas,
    lines: Sequence[Line],
    target: Guide | None,
    last: int,
    top: float,
    height: int,
) -> None:
    entries: list[tuple[float, int, str, str, float]] = []
    for line in lines:
        runs = _runs(line.points)
        if not runs:
            continue
        point = line.points[runs[-1][-1]]
        value = point.value if point and point.value is not None else 0.0
        upper = point.upper if point and point.upper is not None else value
        joint = " " if canvas.style.narrow else "<br>"
        words = f"{_end_value(point)}{joint}{escape(line.label)}"
        entries.append((value, runs[-1][-1], words, f"{line.hue}-text", upper))
    if canvas.style.narrow:
        _labels_at_lines(canvas, lines, entries, target, top / (height - 40) * 22)
        return
    if target:
        label = escape(target.label)
        entries.append((target.value, last, label, f"{target.hue}-text", target.value))
    room = top / (height - 40) * 38
    places = spread_labels([entry[0] for entry in entries], room)
    for (_value, _at, words, hue, _upper), y in zip(entries, places, strict=True):
        canvas.write(words, last, y, hue, xanchor="left", yanchor="middle", xshift=12)


def _end_value(point: Point | None) -> str:
    if point is None:
        return ""
    value = f"<b>{escape(point.text.split(' ')[0])}</b>"
    return f"{value} {escape(point.stand)}" if point.stand else value


def _labels_at_lines(
    canvas: Canvas,
    lines: Sequence[Line],
    entries: Sequence[tuple[float, int, str, str, float]],
    target: Guide | None,
    room: float,
) -> None:
    """Labels above the end of each line, below it where something else is too near.

    Three and more have no place above and below each other's lines: they stand on them, apart.
    """
    ground = canvas.style.colour("ground")
    if len(entries) > 2:
        places = spread_labels([entry[0] for entry in entries], room)
        for (_value, at, words, hue, _upper), y in zip(entries, places, strict=True):
            canvas.write(
                words, at, y, hue, xanchor="right", yanchor="middle", xshift=-8, bgcolor=ground
            )
        return
    highest = max((entry[0] for entry in entries), default=0.0)
    for (value, at, words, hue, upper), line in zip(entries, _shown(lines), strict=True):
        lower = _low_end(line.points[at])
        crossed = target is not None and upper - room / 4 < target.value < upper + room
        below = (value < highest or crossed) and lower > room * 0.8
        more = {"yanchor": "top", "yshift": -1} if below else {"yanchor": "bottom", "yshift": 1}
        place = lower if below else upper
        canvas.write(words, at, place, hue, xanchor="right", bgcolor=ground, **more)
    if target:
        canvas.write(
            escape(target.label), 0, target.value, f"{target.hue}-text",
            xanchor="left", yanchor="bottom", size=12,
        )  # fmt: skip


def _low_end(point: Point | None) -> float:
    """The lowest value that is drawn of a point."""
    if point is None or point.value is None:
        return 0.0
    return point.value if point.lower is None else point.lower


def _shown(lines: Sequence[Line]) -> list[Line]:
    return [line for line in lines if _runs(line.points)]


def _label_room(lines: Sequence[Line], target: Guide | None) -> int:
    names = [line.label for line in lines] + ([target.label] if target else [])
    names += [f"00,0% {run.stand}" for line in lines for run in line.points[-1:] if run]
    longest = max(len(name) for name in names)
    return min(200, int(longest * CHARACTER) + 24)


def _bracket(canvas: Canvas, lines: Sequence[Line], last: int, text: str) -> None:
    points = [line.points[last] for line in lines]
    ends = [p.value for p in points if p is not None and p.value is not None]
    if len(ends) != 2:
        return
    x = last - max(last, 1) * 0.03
    foot = max(last, 1) * 0.012
    canvas.rule([x, x], ends, "ink")
    for y in ends:
        canvas.rule([x, x + foot], [y, y], "ink")
    middle = sum(ends) / 2
    side = {"xanchor": "right", "yanchor": "middle", "xshift": -6}
    side["bgcolor"] = canvas.style.colour("ground")
    canvas.write(f"<b>{escape(text)}</b>", x, middle, "ink", **side)


def _period_ticks(periods: Sequence[str], most: int) -> list[int]:
    """Every n-th period counted back from the last, in whole years where there are quarters."""
    last = len(periods) - 1
    steps = (1, 2, 4, 8, 12, 16, 20) if len(periods) > most else (1,)
    step = next((s for s in steps if last // s + 1 <= most), max(1, last))
    return sorted(range(last, -1, -step))
