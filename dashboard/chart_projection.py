"""A figure of what was measured and what follows from it: years ahead, dashed. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from dashboard.charts import (
    CHARACTER,
    Canvas,
    Figure,
    Guide,
    Point,
    Style,
    spread_labels,
    tick_text,
    ticks,
    top_value,
)


@dataclass(frozen=True)
class Dated:
    """A value at a time: in years (the end of 2025 is 2025), and in words."""

    time: float
    when: str
    point: Point | None


@dataclass(frozen=True)
class Strand:
    """One band of scales: what was measured, what follows, what follows without the choices.

    ``plain`` is empty where nothing was chosen; the last measured point opens both futures.
    """

    label: str
    hue: str
    past: Sequence[Dated]
    ahead: Sequence[Dated]
    plain: Sequence[Dated] = ()
    plain_label: str = ""


@dataclass(frozen=True)
class Aim:
    """A target with the year in which it is to be reached."""

    guide: Guide
    year: float


def projection(
    strands: Sequence[Strand], style: Style, *, today: float, today_label: str, aims: Sequence[Aim]
) -> Figure:
    """Measured lines and their continuation with 95% bands, targets, labels at the end.

    Args:
        strands: the lines.
        style: colours, room, language.
        today: time of the reference date.
        today_label: what is written there.
        aims: the targets.
    """
    canvas = Canvas(style)
    every = [[each.point for each in (*s.past, *s.ahead, *s.plain)] for s in strands]
    top = max([top_value(every, None), *(aim.guide.value for aim in aims)])
    values = ticks(top * 1.04, 4 if style.narrow else 6)
    height = 320 if style.narrow else 400
    first = min(each.time for s in strands for each in (*s.past, *s.ahead))
    last = max(each.time for s in strands for each in s.ahead)
    for strand in strands:
        _area(canvas, strand.past, strand.hue)
        _area(canvas, strand.ahead, strand.hue)
    _today(canvas, today, today_label, values[-1])
    for aim in aims:
        _aim(canvas, aim, today, last)
    for strand in strands:
        _line(canvas, strand, strand.past, "solid", 2.5)
        _line(canvas, strand, strand.plain, "dot", 1.5, strand.plain_label)
        _line(canvas, strand, strand.ahead, "dash", 2.5)
    if style.narrow:
        _labels_above(canvas, strands, aims, (today, values[-1], height))
    else:
        _labels(canvas, strands, aims, (last, values[-1], height))
    at = _years(first, last, 5 if style.narrow else 10)
    right = 12 if style.narrow else _room(strands, aims)
    return canvas.figure(
        height,
        {"l": 40, "r": right, "t": 24, "b": 28},
        xaxis={
            "tickvals": at,
            "ticktext": [str(year) for year in at],
            "range": [first - 0.1, last + 0.15],
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


def _shown(points: Sequence[Dated]) -> list[tuple[Dated, Point]]:
    return [(at, p) for at in points if (p := at.point) is not None and p.value is not None]


def _area(canvas: Canvas, points: Sequence[Dated], hue: str) -> None:
    inside = [(at, p) for at, p in _shown(points) if p.lower is not None]
    if len(inside) < 2:
        return
    x = [at.time for at, _p in inside]
    canvas.traces.append(
        {
            "type": "scatter",
            "mode": "lines",
            "x": [*x, *reversed(x)],
            "y": [*(p.upper for _at, p in inside), *(p.lower for _at, p in reversed(inside))],
            "fill": "toself",
            "fillcolor": canvas.style.colour(f"{hue}-band"),
            "line": {"width": 0},
            "hoverinfo": "skip",
        }
    )


def _line(  # noqa: PLR0917  (a line and how it is drawn)
    canvas: Canvas,
    strand: Strand,
    points: Sequence[Dated],
    dash: str,
    width: float,
    name: str = "",
) -> None:
    shown = _shown(points)
    if not shown:
        return
    colour = canvas.style.colour(strand.hue)
    label = escape(f"{strand.label}, {name}" if name else strand.label)
    sizes = [0] * (len(shown) - 1) + [8 if dash != "dot" else 5]
    marker = {"size": sizes, "color": colour, "opacity": 1, "line": {"width": 0}}
    canvas.traces.append(
        {
            "type": "scatter",
            "mode": "lines+markers",
            "x": [at.time for at, _p in shown],
            "y": [p.value for _at, p in shown],
            "line": {"color": colour, "width": width, "dash": dash},
            "cliponaxis": False,
            "marker": marker,
            "hovertext": [
                f"<b>{label}</b><br>{escape(at.when)}: {escape(p.said)}" for at, p in shown
            ],
            "hoverinfo": "text",
        }
    )


def _today(canvas: Canvas, today: float, label: str, top: float) -> None:
    canvas.rule([today, today], [0, top], "line-strong", dash="dot")
    canvas.write(escape(label), today, top, "muted", xanchor="center", yanchor="bottom", size=12)


def _aim(canvas: Canvas, aim: Aim, today: float, last: float) -> None:
    """A dotted line from today on, with a diamond in the year of the target."""
    hue, value = aim.guide.hue, aim.guide.value
    canvas.rule([today, last], [value, value], hue, width=1.5, dash="dot")
    if not today < aim.year <= last:
        return
    canvas.traces.append(
        {
            "type": "scatter",
            "mode": "markers",
            "x": [aim.year],
            "y": [value],
            "marker": {
                "symbol": "diamond",
                "size": 11,
                "color": canvas.style.colour("ground"),
                "line": {"width": 2, "color": canvas.style.colour(hue)},
                "opacity": 1,
            },
            "hovertext": [escape(aim.guide.label)],
            "hoverinfo": "text",
        }
    )


def _labels(
    canvas: Canvas, strands: Sequence[Strand], aims: Sequence[Aim], place: tuple[float, float, int]
) -> None:
    """What each line is, and where it ends; apart where they would touch."""
    last, top, height = place
    wanted = [
        (point.value, words, f"{strand.hue}-text")
        for strand in strands
        for points, name in ((strand.ahead, strand.label), (strand.plain, strand.plain_label))
        for _at, point in _shown(points)[-1:]
        if point.value is not None
        for words in (f"<b>{escape(point.text.split(' ')[0])}</b> {escape(name)}",)
    ]
    wanted += [(aim.guide.value, escape(aim.guide.label), f"{aim.guide.hue}-text") for aim in aims]
    room = top / (height - 52) * 20
    places = spread_labels([value for value, _words, _hue in wanted], room)
    for (_value, words, hue), y in zip(wanted, places, strict=True):
        canvas.write(words, last, y, hue, xanchor="left", yanchor="middle", xshift=12)


def _labels_above(
    canvas: Canvas, strands: Sequence[Strand], aims: Sequence[Aim], place: tuple[float, float, int]
) -> None:
    """On a phone: what follows stands above its margin, a target at its start; all apart."""
    today, top, height = place
    wanted: list[tuple[float, str, str, float, str]] = []
    for strand in strands:
        for at, point in _shown(strand.ahead)[-1:]:
            words = f"<b>{escape(point.text.split(' ')[0])}</b> {escape(strand.label)}"
            end = point.value if point.upper is None else point.upper
            wanted.append((end or 0.0, words, f"{strand.hue}-text", at.time, "right"))
    for aim in aims:
        label = escape(aim.guide.label)
        wanted.append((aim.guide.value, label, f"{aim.guide.hue}-text", today, "left"))
    places = spread_labels([value for value, *_rest in wanted], top / (height - 52) * 22)
    for (_value, words, hue, x, side), y in zip(wanted, places, strict=True):
        shift = 4 if side == "left" else 0
        canvas.write(words, x, y, hue, xanchor=side, yanchor="bottom", xshift=shift, yshift=4)


def _room(strands: Sequence[Strand], aims: Sequence[Aim]) -> int:
    names = [f"00,0% {name}" for s in strands for name in (s.label, s.plain_label)]
    names += [aim.guide.label for aim in aims]
    return min(210, int(max(map(len, names)) * CHARACTER) + 28)


def _years(first: float, last: float, most: int) -> list[int]:
    """Whole years counted back from the last, not more than ``most`` of them."""
    end, begin = math.floor(last), math.ceil(first)
    step = next((s for s in (1, 2, 5, 10) if (end - begin) // s < most), 20)
    return sorted(range(end, begin - 1, -step))
