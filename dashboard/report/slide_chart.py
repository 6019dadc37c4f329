"""A chart of the paper as a native chart on a slide, with its workbook, intervals and alternative.

A hidden value is a blank point, and the name of its row says what it is called; a target is a line
or a row of its own, so that it can be edited like the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import (
    XL_CHART_TYPE,
    XL_LEGEND_POSITION,
    XL_MARKER_STYLE,
    XL_TICK_LABEL_POSITION,
    XL_TICK_MARK,
)
from pptx.enum.dml import MSO_LINE
from pptx.oxml.ns import qn
from pptx.util import Pt

from dashboard.i18n import translator
from dashboard.report import chart_xml
from dashboard.report.axis import Axis, axis
from dashboard.report.deck import FONT, Deck, Place, describe
from dashboard.report.paper import NOWHERE, Chart, Series, Spot

TYPES = {
    "trend": XL_CHART_TYPE.LINE,
    "bars": XL_CHART_TYPE.BAR_CLUSTERED,
    "ratios": XL_CHART_TYPE.BAR_CLUSTERED,
    "steps": XL_CHART_TYPE.BAR_CLUSTERED,
    "parts": XL_CHART_TYPE.BAR_STACKED,
}
SIZE = 11
"""Type of a chart, in points."""
DIAMOND = 8
"""Size of the mark of a repeated number in a line, in points."""
A_YEAR = 366


def put_chart(deck: Deck, slide: Any, chart: Chart, place: Place) -> None:
    """Draw a chart at a place of a slide."""
    drawn = prepared(chart)
    data = CategoryChartData()
    data.categories = _places(drawn)
    for series in drawn.series:
        code = chart_xml.number_format(series.spots, drawn.unit)
        data.add_series(series.label, [spot.value for spot in series.spots], code)
    frame = slide.shapes.add_chart(TYPES[drawn.kind], *place, data)
    frame.name = "Chart"
    describe(frame, drawn.alternative)
    native = frame.chart
    native.part.chart_workbook.update_from_xlsx_blob(
        chart_xml.workbook(drawn, _places(drawn), _words(deck), deck.paper.created)
    )
    native.font.size, native.font.name = Pt(SIZE), FONT
    native.font.color.rgb = deck.colour("muted")
    axes = axis(drawn, deck.paper.lang)
    _axes(deck, native, drawn, axes)
    for order, (series, shape) in enumerate(zip(drawn.series, native.plots[0].series, strict=True)):
        _series(deck, drawn, series, shape, order)
    _finish(deck, native, drawn)


def _words(deck: Deck) -> tuple[str, str, str]:
    _ = translator(deck.paper.lang)
    return _("marge naar beneden"), _("marge naar boven"), _("in woorden")


def prepared(chart: Chart) -> Chart:
    """The chart with its target or benchmark as a series: a line over time, else a row."""
    guide = chart.line
    if guide is None:
        return chart
    own = Spot(guide.value, text=guide.label, decimals=0 if guide.value % 1 == 0 else 1)
    gone = Spot(None, text="")
    if chart.kind == "trend":
        line = Series(guide.label, guide.hue, [own] * len(chart.names))
        return replace(chart, series=[*chart.series, line])
    longer = [replace(each, spots=[*each.spots, gone]) for each in chart.series]
    row = Series(guide.label, "line-strong", [*[gone] * len(chart.names), own])
    return replace(chart, names=[*chart.names, guide.label], series=[*longer, row])


def _names(chart: Chart) -> list[str]:
    """The names of the rows, each with the word for what is not shown in it."""
    if chart.kind == "trend":
        return list(chart.names)
    several = len({series.label for series in chart.series}) > 1 and not _alone(chart)
    said = []
    for place, name in enumerate(chart.names):
        gone = [
            f"{series.label} {series.spots[place].text}" if several else series.spots[place].text
            for series in chart.series
            if series.spots[place].text and series.spots[place].hidden
        ]
        said.append(f"{name} ({', '.join(dict.fromkeys(gone))})" if gone else name)
    return said


def _by_date(chart: Chart) -> bool:
    """Whether the axis is one of dates: it has them, and they reach over more than a year."""
    return len(chart.dates) > 1 and (chart.dates[-1] - chart.dates[0]).days > A_YEAR


def _places(chart: Chart) -> Sequence[str | date]:
    """What stands along the axis: dates, or the names of the rows."""
    return list(chart.dates) if _by_date(chart) else _names(chart)


def _alone(chart: Chart) -> bool:
    """Whether every row is about one cell: the bars of all series then share one place."""
    return all(
        sum(series.spots[place].text not in {"", NOWHERE} for series in chart.series) < 2
        for place in range(len(chart.names))
    )


def _axes(deck: Deck, native: Any, chart: Chart, axes: Axis) -> None:
    values, names = native.value_axis, native.category_axis
    values.minimum_scale, values.maximum_scale = axes.low, axes.high
    values.major_tick_mark = names.major_tick_mark = XL_TICK_MARK.NONE
    values.has_major_gridlines = True
    values.major_gridlines.format.line.color.rgb = deck.colour("line")
    values.major_gridlines.format.line.width = Pt(0.75)
    values.format.line.fill.background()
    names.format.line.color.rgb = deck.colour("line-strong")
    for each in (values, names):
        each.tick_labels.font.size = Pt(SIZE)
        each.tick_labels.font.color.rgb = deck.colour("ink" if each is names else "muted")
    values.tick_labels.number_format = _ticks(chart, axes)
    values.tick_labels.number_format_is_linked = False
    if axes.log:
        chart_xml.logarithm(values._element, axes)
    values.major_unit = axes.step
    if chart.kind == "trend":
        _dates(deck, names, chart)
        return
    names.reverse_order = True
    names.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    chart_xml.crosses_at(names._element, axes.start)
    chart_xml.crosses_last(values._element)


def _dates(deck: Deck, names: Any, chart: Chart) -> None:
    """The year under the dates of a series, once a year."""
    names.tick_labels.font.color.rgb = deck.colour("muted")
    if _by_date(chart):
        names.tick_labels.number_format = "yyyy"
        names.tick_labels.number_format_is_linked = False
        chart_xml.yearly(names._element)


def _ticks(chart: Chart, axes: Axis) -> str:
    if chart.kind == "ratios":
        return 'General"×"'
    whole = all(float(value).is_integer() for value, _text in axes.ticks)
    digits = "0" if whole else "0.0"
    return f'{digits}"{chart.unit}"' if chart.unit else f"+{digits};−{digits};0"


def _series(deck: Deck, chart: Chart, series: Series, shape: Any, order: int) -> None:
    """Colour, interval and labels of one series."""
    xml = shape._element
    colour = deck.colour(series.hue)
    guide = chart.line is not None and order == len(chart.series) - 1
    if chart.kind == "trend":
        shape.smooth = False
        shape.format.line.color.rgb = colour
        shape.format.line.width = Pt(1.25 if guide else 2.5)
        if guide:
            shape.format.line.dash_style = MSO_LINE.ROUND_DOT
        chart_xml.without_markers(xml)
    else:
        _bar(deck, shape, series, colour, parts=chart.kind == "parts")
    if chart.kind != "parts":
        _repeated(deck, series, shape, colour, line=chart.kind == "trend")
    if chart.kind == "parts":
        hue = "ink" if series.hue == "hatch" else "ground"
        chart_xml.inside_labels(xml, series, chart.unit, _type(deck, hue))
    elif not guide:
        ends = deck.hex("line-strong" if chart.kind == "trend" else "ink")
        direction = "y" if chart.kind == "trend" else ""
        chart_xml.intervals(xml, chart, order, ends, direction)
    if chart.kind == "trend":
        letters = _type(deck, deck.dark(series.hue))
        chart_xml.end_label(xml, series, chart.unit, letters, value=not guide)


def _type(deck: Deck, hue: str) -> chart_xml.Type:
    return chart_xml.Type(deck.hex(hue), SIZE, deck.lang)


def _bar(deck: Deck, shape: Any, series: Series, colour: RGBColor, *, parts: bool) -> None:
    shape.invert_if_negative = False
    shape.format.fill.solid()
    shape.format.fill.fore_color.rgb = deck.colour("ground") if series.hollow else colour
    if series.hollow:
        shape.format.line.color.rgb, shape.format.line.width = colour, Pt(1.25)
    elif parts:
        shape.format.line.color.rgb, shape.format.line.width = deck.colour("ground"), Pt(1)


def _repeated(deck: Deck, series: Series, shape: Any, colour: RGBColor, *, line: bool) -> None:
    """Numbers of an earlier date are hollow, as on the pages: a diamond in a line, else a bar.

    Its outline is of dots, as a hollow bar can also say that a difference may be chance.
    """
    for place, spot in enumerate(series.spots):
        if spot.value is None or not spot.stand:
            continue
        point = shape.points[place]
        if line:
            point.marker.style, point.marker.size = XL_MARKER_STYLE.DIAMOND, DIAMOND
        drawn = point.marker.format if line else point.format
        drawn.fill.solid()
        drawn.fill.fore_color.rgb = deck.colour("ground")
        drawn.line.color.rgb, drawn.line.width = colour, Pt(1.5)
        if not line:
            drawn.line.dash_style = MSO_LINE.ROUND_DOT


def _finish(deck: Deck, native: Any, chart: Chart) -> None:
    """Legend where series cannot be told apart, room for labels, gaps, language."""
    native.has_title = False
    plot = native.plots[0]
    if chart.kind != "trend":
        plot.gap_width = 55
        plot.overlap = 100 if chart.kind == "parts" or _alone(chart) else -10
    labels = {series.label for series in chart.series if any(s.value for s in series.spots)}
    own = {*labels} - ({chart.line.label} if chart.line else set())
    native.has_legend = chart.kind != "trend" and len(own) > 1
    if native.has_legend:
        native.legend.position = XL_LEGEND_POSITION.TOP
        native.legend.include_in_layout = False
        native.legend.font.size = Pt(SIZE)
    space = native._chartSpace
    if chart.kind == "trend":
        chart_xml.room_for_labels(space)
    gaps = space.find(qn("c:chart")).find(qn("c:dispBlanksAs"))
    if gaps is not None:
        gaps.set("val", "gap")
    chart_xml.lawful(space)
    chart_xml.speak(space, deck.lang)
