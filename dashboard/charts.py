"""Published values -> figure dictionaries. Pure: no data access, no colours of its own.

Colours come from the custom properties in ``assets/tokens.css`` (read once, for the light and the
dark theme), so that page and figure cannot differ. Suppressed values are drawn as a hatched strip
with the word, never as a gap or a zero.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dashboard.formats import number

Figure = dict[str, Any]
_TOKEN = re.compile(r"--([a-z0-9-]+):\s*([^;]+);")
HEIGHT_STEP = 20
"""Heights are multiples of this many pixels: each has its class in ``assets/sizes.css``."""
CHARACTER = 6.6
"""Width of an average character of the figures' type, in pixels."""


@dataclass(frozen=True)
class Style:
    """How figures are drawn for this reader: colours, room, language."""

    theme: Mapping[str, str]
    narrow: bool = False
    lang: str = "nl"

    def colour(self, hue: str) -> str:
        """The colour of a hue of ``tokens.css``."""
        return self.theme[hue]


def read_themes(css: Path) -> dict[str, dict[str, str]]:
    """The custom properties of ``tokens.css``: theme (``light``, ``dark``) -> name -> value."""
    light, dark = css.read_text(encoding="utf-8").split("@media", 1)
    base = {name: value.strip() for name, value in _TOKEN.findall(light)}
    changed = {name: value.strip() for name, value in _TOKEN.findall(dark)}
    return {"light": base, "dark": base | changed}


@dataclass(frozen=True)
class Point:
    """One value with its 95% interval.

    A ``value`` of None is not shown: ``text`` says what it is called, ``stale`` that it was not
    refreshed. A repeated number has its date in ``stand`` and is drawn hollow.
    """

    value: float | None
    lower: float | None = None
    upper: float | None = None
    text: str = ""
    stand: str = ""
    stale: bool = False

    @property
    def said(self) -> str:
        """Value, interval and, of a repeated number, its date."""
        return f"{self.text}, {self.stand}" if self.stand else self.text

    @property
    def symbol(self) -> str:
        """The marker: a repeated number is a (hollow) diamond."""
        return "diamond" if self.stand else "circle"


@dataclass(frozen=True)
class Line:
    """A series over time; ``points`` run parallel to the periods of the figure, None = no cell."""

    label: str
    hue: str
    points: Sequence[Point | None]


@dataclass(frozen=True)
class Mark:
    """One dot in a row of a dot plot."""

    point: Point
    hue: str
    label: str = ""
    hollow: bool = False


@dataclass(frozen=True)
class DotRow:
    """One labelled row of a dot plot; several marks share the row."""

    label: str
    marks: Sequence[Mark]


@dataclass(frozen=True)
class Guide:
    """A reference line with its label."""

    value: float
    label: str
    hue: str = "muted"


@dataclass
class Canvas:
    """What a figure is made of while it is being drawn."""

    style: Style
    traces: list[dict[str, Any]] = field(default_factory=list)
    shapes: list[dict[str, Any]] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)

    def write(self, text: str, x: float, y: float, hue: str = "ink", **more: Any) -> None:
        """A piece of text; ``hue`` names its colour."""
        note = {"text": text, "x": x, "y": y, "showarrow": False, "align": "left"}
        font = {"color": self.style.colour(hue), "size": more.pop("size", 13)}
        self.notes.append(note | {"font": font} | more)

    def rule(self, x: Sequence[float], y: Sequence[float], hue: str, **more: Any) -> None:
        """A straight line from (x0, y0) to (x1, y1)."""
        line = {"color": self.style.colour(hue), "width": more.pop("width", 1)}
        line["dash"] = more.pop("dash", "solid")
        place = {"x0": x[0], "x1": x[1], "y0": y[0], "y1": y[1]}
        self.shapes.append({"type": "line", "line": line} | place | more)

    def hatch(
        self,
        x: Sequence[float],
        y: float,
        height: float,
        orientation: str = "v",
        *,
        stale: bool = False,
    ) -> None:
        """A strip where no number is shown, as a bar: hatched, dotted where not refreshed."""
        middle, width = (x[0] + x[1]) / 2, x[1] - x[0]
        size = (
            {"x": [middle], "y": [height], "base": [y], "width": [width]}
            if orientation == "v"
            else {"y": [y], "x": [width], "base": [x[0]], "width": [height], "orientation": "h"}
        )
        pattern = {"shape": "/", "fgcolor": self.style.colour("hatch"), "size": 7, "solidity": 0.2}
        if stale:
            pattern |= {"shape": ".", "fgcolor": self.style.colour("line-strong"), "solidity": 0.08}
        pattern |= {"fillmode": "overlay", "fgopacity": 1}
        marker = {"color": self.style.colour("panel"), "pattern": pattern, "line": {"width": 0}}
        self.traces.append({"type": "bar", "marker": marker, "hoverinfo": "skip"} | size)

    def figure(self, height: int, margin: Mapping[str, int], **layout: Any) -> Figure:
        """The finished dictionary; its height is that of a class in ``sizes.css``."""
        height = math.ceil(height / HEIGHT_STEP) * HEIGHT_STEP
        return {
            "data": self.traces,
            "layout": {
                "template": template(self.style),
                "height": height,
                "margin": dict(margin),
                "shapes": self.shapes,
                "annotations": self.notes,
                "barmode": "overlay",
                **layout,
            },
        }


def template(style: Style) -> dict[str, Any]:
    """What all figures share: type, ground, axes, tooltips."""
    axis = {
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
        "ticks": "",
        "linecolor": style.colour("ink"),
        "gridcolor": style.colour("line"),
        "tickfont": {"color": style.colour("muted"), "size": 12},
    }
    hover = {
        "bgcolor": style.colour("ground"),
        "bordercolor": style.colour("line-strong"),
        "font": {"color": style.colour("ink"), "family": style.theme["font"], "size": 13},
        "align": "left",
    }
    clear = "rgba(0,0,0,0)"
    return {
        "layout": {
            "font": {
                "family": style.theme["font"],
                "size": 13,
                "color": style.colour("ink"),
            },
            "paper_bgcolor": clear,
            "plot_bgcolor": clear,
            "showlegend": False,
            "hoverlabel": hover,
            "hovermode": "closest",
            "dragmode": False,
            "xaxis": axis,
            "yaxis": axis,
        }
    }


def ticks(top: float, count: int) -> list[float]:
    """Round values from 0 that reach at least ``top`` in about ``count`` steps."""
    rough = max(top, 1e-9) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(s * power for s in (1, 2, 5, 10) if s * power >= rough * 0.9)
    return [step * i for i in range(math.ceil(top / step - 1e-9) + 1)]


def tick_text(values: Sequence[float], lang: str, unit: str = "%") -> list[str]:
    """Labels of round values; every one carries its unit on the last only where there is room."""
    decimals = 0 if all(float(v).is_integer() for v in values) else 1
    return [number(v, lang, decimals) + unit for v in values]


def spread_labels(wanted: Sequence[float], distance: float) -> list[float]:
    """Positions as near as possible to ``wanted``, in that order, at least ``distance`` apart."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    placed = [wanted[i] for i in order]
    for _ in range(50):
        moved = False
        for i in range(len(placed) - 1):
            short = distance - (placed[i + 1] - placed[i])
            if short > 1e-9:
                placed[i] -= short / 2
                placed[i + 1] += short / 2
                moved = True
        if not moved:
            break
    out = [0.0] * len(wanted)
    for position, i in zip(placed, order, strict=True):
        out[i] = position
    return out


def top_value(series: Sequence[Sequence[Point | None]], target: Guide | None) -> float:
    """The highest value that a figure must hold, at least 1."""
    seen = [
        value
        for points in series
        for point in points
        if point is not None
        for value in (point.value, point.upper)
        if value is not None
    ]
    return max([*seen, target.value if target else 0.0, 1.0])


def sparkline(
    values: Sequence[float | None], style: Style, hue: str, *, hollow: bool = False
) -> str:
    """A small line as an SVG data address; what is not shown breaks the line.

    ``hollow``: the last value is a repeated one.
    """
    shown = [value for value in values if value is not None]
    if len(shown) < 2:
        return ""
    low, high = min(shown), max(shown)
    span = (high - low) or 1.0
    step = 150 / max(len(values) - 1, 1)
    at = [
        None if v is None else (4 + i * step, 30 - 24 * (v - low) / span)
        for i, v in enumerate(values)
    ]
    path, pen = "", "M"
    for place in at:
        path += f"{pen}{place[0]:.1f} {place[1]:.1f}" if place else ""
        pen = "L" if place else "M"
    end = next(place for place in reversed(at) if place)
    colour = style.colour(hue).replace("#", "%23")
    fill = style.colour("ground").replace("#", "%23") if hollow else colour
    return (
        "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 160 36' "
        "preserveAspectRatio='xMinYMid'>"
        f"<path d='{path}' fill='none' stroke='{colour}' stroke-width='2' stroke-linejoin='round'/>"
        f"<circle cx='{end[0]:.1f}' cy='{end[1]:.1f}' r='3.5' fill='{fill}' "
        f"stroke='{colour}'/></svg>"
    )
