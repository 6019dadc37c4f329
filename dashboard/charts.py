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
from html import escape
from pathlib import Path
from typing import Any

from dashboard.formats import number
from dashboard.i18n import translator

Figure = dict[str, Any]
_TOKEN = re.compile(r"--([a-z0-9-]+):\s*([^;]+);")
CONFIG = {"displayModeBar": False, "responsive": True, "showTips": False}
ROW_WIDE, ROW_NARROW, ROW_OF_TWO = 34, 46, 56
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

    def colour(self, token: str) -> str:
        """The colour of a token of ``tokens.css``."""
        return self.theme[token]


def read_themes(css: Path) -> dict[str, dict[str, str]]:
    """The custom properties of ``tokens.css``: theme (``light``, ``dark``) -> name -> value."""
    light, dark = css.read_text(encoding="utf-8").split("@media", 1)
    base = {name: value.strip() for name, value in _TOKEN.findall(light)}
    changed = {name: value.strip() for name, value in _TOKEN.findall(dark)}
    return {"light": base, "dark": base | changed}


@dataclass(frozen=True)
class Point:
    """One value with its 95% interval; a ``value`` of None is suppressed."""

    value: float | None
    lower: float | None = None
    upper: float | None = None
    text: str = ""


@dataclass(frozen=True)
class Line:
    """A series over time; ``points`` run parallel to the periods of the figure, None = no cell."""

    label: str
    token: str
    points: Sequence[Point | None]


@dataclass(frozen=True)
class Mark:
    """One dot in a row of a dot plot."""

    point: Point
    token: str
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
    token: str = "muted"


@dataclass
class _Canvas:
    """What a figure is made of while it is being drawn."""

    style: Style
    traces: list[dict[str, Any]] = field(default_factory=list)
    shapes: list[dict[str, Any]] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)

    def write(self, text: str, x: float, y: float, token: str = "ink", **more: Any) -> None:
        """A piece of text; ``token`` names its colour."""
        note = {"text": text, "x": x, "y": y, "showarrow": False, "align": "left"}
        font = {"color": self.style.colour(token), "size": more.pop("size", 13)}
        self.notes.append(note | {"font": font} | more)

    def rule(self, x: Sequence[float], y: Sequence[float], token: str, **more: Any) -> None:
        """A straight line from (x0, y0) to (x1, y1)."""
        line = {"color": self.style.colour(token), "width": more.pop("width", 1)}
        line["dash"] = more.pop("dash", "solid")
        place = {"x0": x[0], "x1": x[1], "y0": y[0], "y1": y[1]}
        self.shapes.append({"type": "line", "line": line} | place | more)

    def hatch(self, x: Sequence[float], y: float, height: float, orientation: str = "v") -> None:
        """A hatched strip where something is suppressed, as a bar with a pattern."""
        middle, width = (x[0] + x[1]) / 2, x[1] - x[0]
        size = (
            {"x": [middle], "y": [height], "base": [y], "width": [width]}
            if orientation == "v"
            else {"y": [y], "x": [width], "base": [x[0]], "width": [height], "orientation": "h"}
        )
        pattern = {"shape": "/", "fgcolor": self.style.colour("hatch"), "size": 7, "solidity": 0.2}
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
    step = next(s * power for s in (1, 2, 5, 10) if s * power >= rough * 0.999)
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


# --- a trend -----------------------------------------------------------------------------------


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
    canvas = _Canvas(style)
    top = _top([line.points for line in lines], target)
    values = ticks(top * 1.04, 4 if style.narrow else 6)
    height = min(height, 280) if style.narrow else height
    last = len(periods) - 1
    for line in lines:
        _band(canvas, line)
    for line in lines:
        _line(canvas, line, periods)
    _hidden_strips(canvas, lines, values[-1])
    if target:
        begin = 0 if style.narrow else last * 0.4
        canvas.rule([begin, last], [target.value] * 2, target.token, width=1.5, dash="dot")
    _end_labels(canvas, lines, target, last, values[-1], height)
    if bracket and len(lines) == 2:
        _bracket(canvas, lines, last, bracket)
    at = _period_ticks(periods, 4 if style.narrow else 7)
    right = 34 if style.narrow else _label_room(lines, target)
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


def _top(series: Sequence[Sequence[Point | None]], target: Guide | None) -> float:
    seen = [
        value
        for points in series
        for point in points
        if point is not None
        for value in (point.value, point.upper)
        if value is not None
    ]
    return max([*seen, target.value if target else 0.0, 1.0])


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


def _band(canvas: _Canvas, line: Line) -> None:
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
                "fillcolor": canvas.style.colour(f"{line.token}-band"),
                "line": {"width": 0},
                "hoverinfo": "skip",
            }
        )


def _line(canvas: _Canvas, line: Line, periods: Sequence[str]) -> None:
    colour = canvas.style.colour(line.token)
    hover = [
        f"<b>{escape(line.label)}</b><br>{periods[i]}: {escape(p.text)}" if p else ""
        for i, p in enumerate(line.points)
    ]
    runs = _runs(line.points)
    alone = {run[0] for run in runs if len(run) == 1}
    end = runs[-1][-1] if runs else -1
    sizes = [8 if i == end or i in alone else 0 for i in range(len(line.points))]
    canvas.traces.append(
        {
            "type": "scatter",
            "mode": "lines+markers",
            "x": list(range(len(line.points))),
            "y": [p.value if p else None for p in line.points],
            "line": {"color": colour, "width": 2.5},
            "cliponaxis": False,
            "marker": {"size": sizes, "color": colour, "opacity": 1, "line": {"width": 0}},
            "hovertext": hover,
            "hoverinfo": "text",
        }
    )


def _hidden_strips(canvas: _Canvas, lines: Sequence[Line], top: float) -> None:
    """One hatched strip above the axis for each line that is suppressed somewhere."""
    _ = translator(canvas.style.lang)
    level = 0.0
    for line in lines:
        hidden = [i for i, p in enumerate(line.points) if p is not None and p.value is None]
        if not hidden:
            continue
        for i in hidden:
            canvas.hatch([i - 0.5, i + 0.5], level, top * 0.075)
        words = _("{what}: onderdrukt").format(what=escape(line.label))
        right = hidden[-1] > len(line.points) / 2
        canvas.write(
            words,
            hidden[-1] + 0.4 if right else hidden[0] - 0.3,
            level + top * 0.0375,
            f"{line.token}-text",
            xanchor="right" if right else "left",
            yanchor="middle",
            size=12,
            bgcolor=canvas.style.colour("ground"),
            borderpad=1,
        )
        level += top * 0.09


def _end_labels(
    canvas: _Canvas,
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
        text = escape(point.text.split(" ")[0]) if point else ""
        joint = " " if canvas.style.narrow else "<br>"
        words = f"<b>{text}</b>{joint}{escape(line.label)}"
        entries.append((value, runs[-1][-1], words, f"{line.token}-text", upper))
    if canvas.style.narrow:
        _labels_at_lines(canvas, lines, entries, target, top / (height - 40) * 22)
        return
    if target:
        label = escape(target.label)
        entries.append((target.value, last, label, f"{target.token}-text", target.value))
    room = top / (height - 40) * 38
    places = spread_labels([entry[0] for entry in entries], room)
    for (_value, _at, words, token, _upper), y in zip(entries, places, strict=True):
        canvas.write(words, last, y, token, xanchor="left", yanchor="middle", xshift=12)


def _labels_at_lines(
    canvas: _Canvas,
    lines: Sequence[Line],
    entries: Sequence[tuple[float, int, str, str, float]],
    target: Guide | None,
    room: float,
) -> None:
    """Labels above the end of each line, below it where something else is too near."""
    ground = canvas.style.colour("ground")
    lows = [_low_end(line.points[entry[1]]) for entry, line in zip(entries, _shown(lines), strict=True)]
    for i, (_value, at, words, token, upper) in enumerate(entries):
        lower = lows[i]
        others = [low for k, low in enumerate(lows) if k != i]
        others += [target.value] if target else []
        near = any(upper - room / 4 < other < upper + room for other in others)
        more = {"yanchor": "top", "yshift": -1} if near else {"yanchor": "bottom", "yshift": 1}
        place = lower if near else upper
        canvas.write(words, at, place, token, xanchor="right", bgcolor=ground, **more)
    if target:
        canvas.write(
            escape(target.label), 0, target.value, f"{target.token}-text",
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
    longest = max(len(text) for text in [*(line.label for line in lines), target and target.label or ""])
    return min(200, int(longest * CHARACTER) + 24)


def _bracket(canvas: _Canvas, lines: Sequence[Line], last: int, text: str) -> None:
    ends = [line.points[last].value for line in lines if line.points and line.points[last]]  # type: ignore[union-attr]  # filtered above
    if len(ends) < 2 or ends[0] is None or ends[1] is None:
        return
    x = last - max(last, 1) * 0.03
    foot = max(last, 1) * 0.012
    canvas.rule([x, x], ends, "ink")
    for y in ends:
        canvas.rule([x, x + foot], [y, y], "ink")
    canvas.write(
        f"<b>{escape(text)}</b>", x, (ends[0] + ends[1]) / 2, "ink",
        xanchor="right", yanchor="middle", xshift=-6, bgcolor=canvas.style.colour("ground"),
    )  # fmt: skip


def _period_ticks(periods: Sequence[str], most: int) -> list[int]:
    """Every n-th period counted back from the last, in whole years where there are quarters."""
    last = len(periods) - 1
    steps = (1, 2, 4, 8, 12, 16, 20) if len(periods) > most else (1,)
    step = next((s for s in steps if last // s + 1 <= most), max(1, last))
    return sorted(range(last, -1, -step))


# --- dots with intervals -----------------------------------------------------------------------


def dots(
    rows: Sequence[DotRow],
    style: Style,
    *,
    guides: Sequence[Guide] = (),
    unit: str = "%",
) -> Figure:
    """Rows of dots with thin 95% intervals from 0, each value written beside its dot."""
    canvas = _Canvas(style)
    points = [[mark.point for mark in row.marks] for row in rows]
    top = _top(points, None)
    top = max([top, *(guide.value for guide in guides)])
    values = ticks(top, 3 if style.narrow else 5)
    reach = top * 1.03
    for at, row in enumerate(rows):
        _dot_row(canvas, row, at, reach)
    longest = max(len(mark.label) for row in rows for mark in row.marks)
    _guides(canvas, guides, len(rows))
    _row_names(canvas, rows)
    shown = [v for v in values if v <= reach]
    return canvas.figure(
        _rows_height(rows, style, bool(guides)),
        {"l": _name_room(rows, style), "r": 50 + int(longest * CHARACTER), "t": 24 if guides else 6, "b": 26},
        xaxis={
            "tickvals": shown,
            "ticktext": tick_text(shown, style.lang, unit),
            "range": [0, reach],
            "showgrid": True,
            "zeroline": True,
            "zerolinecolor": style.colour("ink"),
            "zerolinewidth": 1,
        },
        yaxis=_row_axis(len(rows), style),
    )


def ratios(
    rows: Sequence[DotRow],
    style: Style,
    *,
    four_fifths: bool = False,
) -> Figure:
    """Ratios on a logarithmic scale around equal (1), with the zone under four fifths shaded."""
    canvas = _Canvas(style)
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
    canvas.write(_("gelijk"), 0, -0.5, "muted", xanchor="center", yanchor="bottom", yshift=2, size=12)
    for at, row in enumerate(rows):
        _ratio_row(canvas, row, at, low, high)
    _row_names(canvas, rows)
    shown = [v for v in values if low <= v <= high]
    shown = [v for v in shown if not style.narrow or v in {0.25, 0.5, 1, 2, 4}]
    return canvas.figure(
        _rows_height(rows, style, guides=True),
        {"l": _name_room(rows, style), "r": 12 if style.narrow else 138, "t": 24, "b": 26},
        xaxis={
            "type": "log",
            "tickvals": shown,
            "ticktext": [number(v, style.lang, 0 if float(v).is_integer() else 2).rstrip("0") if not float(v).is_integer() else number(v, style.lang) for v in shown],
            "range": [math.log10(low), math.log10(high)],
            "showgrid": True,
        },
        yaxis=_row_axis(len(rows), style),
    )


def _rows_height(rows: Sequence[DotRow], style: Style, guides: bool) -> int:
    two = any(len(row.marks) > 1 for row in rows)
    one = ROW_NARROW if style.narrow else ROW_WIDE
    extra = 14 if two and style.narrow else 0
    each = ROW_OF_TWO + extra if two else one
    return len(rows) * each + 34 + (18 if guides else 0)


def _row_axis(rows: int, style: Style) -> dict[str, Any]:
    first = -0.62 if style.narrow else -0.5
    return {"range": [rows - 0.5, first], "showticklabels": False}


def _name_room(rows: Sequence[DotRow], style: Style) -> int:
    if style.narrow:
        return 8
    return min(230, int(max(len(row.label) for row in rows) * CHARACTER) + 20)


def _row_names(canvas: _Canvas, rows: Sequence[DotRow]) -> None:
    """Names left of the plot, or above the row where there is no room beside it."""
    two = any(len(row.marks) > 1 for row in rows)
    for at, row in enumerate(rows):
        words = escape(row.label if canvas.style.narrow else _shorten(row.label, 34))
        if canvas.style.narrow:
            lift = 22 if two else 7
            place = {"xref": "paper", "xanchor": "left", "yanchor": "bottom", "yshift": lift}
        else:
            place = {"xref": "paper", "xanchor": "right", "yanchor": "middle", "xshift": -10}
        canvas.write(words, 0, at, "ink", **place)


def _shorten(name: str, most: int) -> str:
    return name if len(name) <= most else name[: most - 1].rstrip() + "…"


def _guides(canvas: _Canvas, guides: Sequence[Guide], rows: int) -> None:
    for guide in guides:
        canvas.rule([guide.value] * 2, [-0.5, rows - 0.5], guide.token, width=1.5, dash="dot")
        canvas.write(
            escape(guide.label), guide.value, -0.5, f"{guide.token}-text",
            xanchor="center", yanchor="bottom", yshift=3, size=12,
        )  # fmt: skip


def _dot_row(canvas: _Canvas, row: DotRow, at: int, reach: float) -> None:
    _ = translator(canvas.style.lang)
    many = len(row.marks) > 1
    for i, mark in enumerate(row.marks):
        y = at + (0.2 * (2 * i / (len(row.marks) - 1) - 1) if many else 0)
        if mark.point.value is None:
            _hidden_row(canvas, mark, y, (0, reach), 0.3 if many else 0.44)
            continue
        _dot(canvas, mark, y, row.label)
        words = f"<b>{escape(mark.point.text.split(' ')[0])}</b>"
        words += f" {escape(mark.label)}" if mark.label else ""
        right = mark.point.upper if mark.point.upper is not None else mark.point.value
        canvas.write(
            words, right, y, f"{mark.token}-text",
            xanchor="left", yanchor="middle", xshift=6, size=12 if many else 13,
            bgcolor=canvas.style.colour("ground"), borderpad=1,
        )  # fmt: skip


def _ratio_row(canvas: _Canvas, row: DotRow, at: int, low: float, high: float) -> None:
    _ = translator(canvas.style.lang)
    for mark in row.marks:
        if mark.point.value is None:
            _hidden_row(canvas, mark, at, (low, high), 0.44, place=math.log10(low))
            continue
        _dot(canvas, mark, at, row.label)
        value, _sep, margin = mark.point.text.partition(" ")
        words = f"<b>{escape(value)}</b> {escape(margin)}"
        if canvas.style.narrow:
            more = {"xref": "paper", "xanchor": "right", "yanchor": "bottom", "yshift": 7}
            more["bgcolor"] = canvas.style.colour("ground")
            canvas.write(words, 1, at, f"{mark.token}-text", **more)
        else:
            more = {"xref": "paper", "xanchor": "left", "yanchor": "middle", "xshift": 12}
            canvas.write(words, 1, at, f"{mark.token}-text", **more)


def _hidden_row(
    canvas: _Canvas,
    mark: Mark,
    y: float,
    across: tuple[float, float],
    height: float,
    place: float = 0.0,
) -> None:
    """A strip over the whole width, so that its length says nothing."""
    _ = translator(canvas.style.lang)
    canvas.hatch(across, y, height, orientation="h")
    words = _("{what}: onderdrukt").format(what=mark.label) if mark.label else _("onderdrukt")
    ground = canvas.style.colour("ground")
    canvas.write(
        escape(words), place, y, "muted",
        xanchor="left", yanchor="middle", xshift=10, bgcolor=ground, borderpad=1, size=12,
    )  # fmt: skip


def _dot(canvas: _Canvas, mark: Mark, y: float, label: str) -> None:
    point, colour = mark.point, canvas.style.colour(mark.token)
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
                "color": ground if mark.hollow else colour,
                "line": {"color": colour, "width": 2},
                "opacity": 1,
            },
            "hovertext": [f"<b>{escape(name)}</b><br>{escape(point.text)}"],
            "hoverinfo": "text",
        }
    )


# --- a line of one word ------------------------------------------------------------------------


def sparkline(values: Sequence[float | None], style: Style, token: str) -> str:
    """A small line as an SVG data address; what is suppressed breaks the line."""
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
    colour = style.colour(token).replace("#", "%23")
    return (
        "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 160 36' preserveAspectRatio='xMinYMid'>"
        f"<path d='{path}' fill='none' stroke='{colour}' stroke-width='2' stroke-linejoin='round'/>"
        f"<circle cx='{end[0]:.1f}' cy='{end[1]:.1f}' r='3.5' fill='{colour}'/></svg>"
    )
