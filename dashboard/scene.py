"""A figure as plain shapes: what the browser would draw, in pixels of a sheet of a given width.

The figures of the pages are data in the form of plotly; a picture that is made without a browser is
drawn from the same data, so that it cannot say anything else. This module knows the part of that
form that ``dashboard/charts.py`` and the files beside it use, and nothing more. Pure.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from itertools import pairwise
from typing import Any

from dashboard.charts import Figure

Shape = dict[str, Any]
"""``kind`` (box, path, mark, text), places in pixels from the top left."""
Place = tuple[float, float]
TICK = 12
"""Size of the text along the axes, in pixels."""
_RGBA = re.compile(r"rgba[(](\d+), (\d+), (\d+), ([\d.]+)[)]")
_BOLD = re.compile(r"<b>(.*?)</b>")
_SIDES = {"left": 0.0, "center": 0.5, "right": 1.0, "top": 0.0, "middle": 0.5, "bottom": 1.0}


@dataclass(frozen=True)
class Scale:
    """One axis: values from ``low`` to ``high`` between two pixels; ``log``: both are exponents."""

    low: float
    high: float
    begin: float
    end: float
    log: bool = False

    def at(self, value: float, *, raw: bool = True) -> float:
        """Pixel of a value; on a logarithmic axis texts are placed by exponent (not ``raw``)."""
        number = math.log10(value) if self.log and raw else value
        return self.begin + (self.end - self.begin) * (number - self.low) / (self.high - self.low)

    def inside(self, value: float) -> float:
        """The same, no further than the ends of the axis."""
        low, high = sorted((self.begin, self.end))
        return min(max(self.at(value), low), high)


@dataclass(frozen=True)
class Ground:
    """Where a figure is drawn: its layout, the axes that all of them have, both scales."""

    layout: Mapping[str, Any]
    style: Mapping[str, Any]
    x: Scale
    y: Scale


def scene(figure: Figure, width: float) -> list[Shape]:
    """The shapes of a figure from back to front.

    Args:
        figure: of ``Canvas.figure``.
        width: of the sheet in pixels; the height is that of the figure.
    """
    ground = _ground(figure["layout"], width)
    shapes = ground.layout["shapes"]
    bars = [trace for trace in figure["data"] if trace["type"] == "bar"]
    lines = [trace for trace in figure["data"] if trace["type"] == "scatter"]
    return [
        *(_ruled(ground, each) for each in shapes if each.get("layer") == "below"),
        *_axes(ground),
        *(bar for trace in bars for bar in _bars(ground, trace)),
        *(part for trace in lines for part in _lines(ground, trace)),
        *(_ruled(ground, each) for each in shapes if each.get("layer") != "below"),
        *(_note(ground, each) for each in ground.layout["annotations"]),
    ]


def said(figure: Figure) -> Iterator[str]:
    """The tooltips of a figure as plain text, in the order in which they are drawn."""
    for trace in figure["data"]:
        for words in trace.get("hovertext", ()):
            if words:
                yield ": ".join("".join(text for text, _bold in line) for line in rich(words))


def rich(words: str) -> list[list[tuple[str, bool]]]:
    """Lines of (text, bold) of a text with ``<b>`` and ``<br>``."""
    return [
        [
            (unescape(part), place % 2 == 1)
            for place, part in enumerate(_BOLD.split(line))
            if part.strip()
        ]
        for line in words.split("<br>")
    ]


def colour(css: str) -> str:
    """A colour as ``tokens.css`` writes it -> six digits, eight where it is see-through."""
    found = _RGBA.fullmatch(css)
    if found is None:
        return css
    *parts, alpha = found.groups()
    return "#" + "".join(f"{int(part):02x}" for part in parts) + f"{round(255 * float(alpha)):02x}"


def _ground(layout: Mapping[str, Any], width: float) -> Ground:
    style, margin = layout["template"]["layout"], layout["margin"]
    across = _scale(layout["xaxis"], margin["l"], width - margin["r"])
    up = _scale(layout["yaxis"], layout["height"] - margin["b"], margin["t"])
    return Ground(layout, style, across, up)


def _scale(axis: Mapping[str, Any], begin: float, end: float) -> Scale:
    low, high = axis["range"]
    return Scale(low, high, begin, end, axis.get("type") == "log")


def _path(points: Sequence[Place], stroke: str | None, width: float, dash: str = "solid") -> Shape:
    line = {"stroke": colour(stroke) if stroke else None, "width": width, "dash": dash}
    return {"kind": "path", "points": [list(point) for point in points], "fill": None} | line


def _text(words: str, at: Place, size: float, hue: str, sides: Place) -> Shape:
    text = {"kind": "text", "lines": rich(words), "size": size, "fill": colour(hue)}
    return text | {"x": at[0], "y": at[1], "across": sides[0], "down": sides[1], "ground": None}


# --- axes ----------------------------------------------------------------------------------------


def _axes(ground: Ground) -> Iterator[Shape]:
    x, y = ground.x, ground.y
    axes = (
        ("xaxis", x, lambda at: [(at, y.begin), (at, y.end)]),
        ("yaxis", y, lambda at: [(x.begin, at), (x.end, at)]),
    )
    for name, scale, across in axes:
        axis = ground.layout[name]
        yield from _grid(axis | {"colour": ground.style[name]["gridcolor"]}, scale, across)
    if ground.layout["xaxis"].get("showline"):
        yield _path([(x.begin, y.begin), (x.end, y.begin)], ground.style["xaxis"]["linecolor"], 1)
    yield from _ticks(ground)


def _grid(
    axis: Mapping[str, Any], scale: Scale, across: Callable[[float], list[Place]]
) -> Iterator[Shape]:
    if axis.get("showgrid"):
        for value in axis["tickvals"]:
            yield _path(across(scale.at(value)), axis["colour"], 1)
    if axis.get("zeroline"):
        yield _path(across(scale.at(0)), axis["zerolinecolor"], axis["zerolinewidth"])


def _ticks(ground: Ground) -> Iterator[Shape]:
    x, y = ground.x, ground.y
    for name in ("xaxis", "yaxis"):
        axis = ground.layout[name]
        if axis.get("showticklabels") is False:
            continue
        hue = ground.style[name]["tickfont"]["color"]
        length = axis.get("ticklen", 0)
        for value, words in zip(axis["tickvals"], axis["ticktext"], strict=True):
            if name == "yaxis":
                yield _text(words, (x.begin - 5, y.at(value)), TICK, hue, (1.0, 0.5))
                continue
            if length:
                ends = [(x.at(value), y.begin), (x.at(value), y.begin + length)]
                yield _path(ends, axis["tickcolor"], 1)
            yield _text(words, (x.at(value), y.begin + length + 3), TICK, hue, (0.5, 0.0))


# --- traces --------------------------------------------------------------------------------------


def _bars(ground: Ground, trace: Mapping[str, Any]) -> Iterator[Shape]:
    """Bars of both directions, cut off at the ends of the plot."""
    lying = trace.get("orientation") == "h"
    along, places = (trace["x"], trace["y"]) if lying else (trace["y"], trace["x"])
    marker = trace["marker"]
    line, pattern = marker["line"], marker.get("pattern", {})
    for size, place, base, thick in zip(along, places, trace["base"], trace["width"], strict=True):
        ends = (base, base + size), (place - thick / 2, place + thick / 2)
        across, up = ends if lying else ends[::-1]
        left, right = sorted(ground.x.inside(end) for end in across)
        top, bottom = sorted(ground.y.inside(end) for end in up)
        yield {
            "kind": "box",
            **{"x": left, "y": top, "w": right - left, "h": bottom - top},
            "fill": colour(marker["color"]),
            "stroke": colour(line["color"]) if line["width"] else None,
            "width": line["width"],
            "pattern": pattern.get("shape") or None,
            "ink": colour(pattern["fgcolor"]) if pattern.get("shape") else None,
        }


def _lines(ground: Ground, trace: Mapping[str, Any]) -> Iterator[Shape]:
    """A line, an area or dots, broken where there is no value."""
    places = [
        None if y is None else (ground.x.at(x), ground.y.at(y))
        for x, y in zip(trace["x"], trace["y"], strict=True)
    ]
    if trace.get("fill") == "toself":
        area = _path([place for place in places if place], None, 0)
        yield area | {"fill": colour(trace["fillcolor"])}
        return
    if "lines" in trace["mode"]:
        line = trace["line"]
        for run in _runs(places):
            points = _stepped(run) if line.get("shape") == "hv" else run
            yield _path(points, line["color"], line["width"], line.get("dash", "solid"))
    if "markers" in trace["mode"]:
        yield from _marks(trace["marker"], places)


def _runs(places: Sequence[Place | None]) -> Iterator[list[Place]]:
    run: list[Place] = []
    for place in [*places, None]:
        if place is not None:
            run.append(place)
        elif len(run) > 1:
            yield run
            run = []
        else:
            run = []


def _stepped(run: Sequence[Place]) -> list[Place]:
    """First along, then up, as a curve of parts does."""
    points = [run[0]]
    for (_x, before), (x, y) in pairwise(run):
        points += [(x, before), (x, y)]
    return points


def _marks(marker: Mapping[str, Any], places: Sequence[Place | None]) -> Iterator[Shape]:
    """Dots: what is said of all of them, or of each."""

    def of(value: Any, index: int) -> Any:
        return value[index] if isinstance(value, list) else value

    line = marker.get("line", {"width": 0})
    for index, place in enumerate(places):
        size = of(marker["size"], index)
        if place is None or not size:
            continue
        width = of(line["width"], index)
        yield {
            "kind": "mark",
            **{"x": place[0], "y": place[1], "size": size, "width": width},
            "symbol": of(marker.get("symbol", "circle"), index),
            "fill": colour(of(marker["color"], index)),
            "stroke": colour(of(line["color"], index)) if width else None,
        }


# --- shapes and texts ----------------------------------------------------------------------------


def _ruled(ground: Ground, shape: Mapping[str, Any]) -> Shape:
    """A straight line, or the ground of a zone."""
    across = [ground.x.at(shape[end]) for end in ("x0", "x1")]
    up = [ground.y.at(shape[end]) for end in ("y0", "y1")]
    if shape["type"] == "line":
        line = shape["line"]
        ends = list(zip(across, up, strict=True))
        return _path(ends, line["color"], line["width"], line["dash"])
    return {
        "kind": "box",
        **{"x": min(across), "y": min(up), "w": abs(across[1] - across[0])},
        **{"h": abs(up[1] - up[0]), "fill": colour(shape["fillcolor"]), "stroke": None},
        **{"width": 0, "pattern": None, "ink": None},
    }


def _note(ground: Ground, note: Mapping[str, Any]) -> Shape:
    """A text beside its place, by the corner that is named."""
    x, y = ground.x, ground.y
    across = (
        x.begin + (x.end - x.begin) * note["x"]
        if note.get("xref") == "paper"
        else x.at(note["x"], raw=False)
    )
    up = (
        y.begin + (y.end - y.begin) * note["y"]
        if note.get("yref") == "paper"
        else y.at(note["y"], raw=False)
    )
    place = across + note.get("xshift", 0), up - note.get("yshift", 0)
    sides = _SIDES[note.get("xanchor", "center")], _SIDES[note.get("yanchor", "middle")]
    made = _text(note["text"], place, note["font"]["size"], note["font"]["color"], sides)
    behind = note.get("bgcolor")
    return made | {"ground": colour(behind) if behind else None}
