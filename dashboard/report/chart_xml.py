"""What python-pptx does not draw by itself: intervals, labels at the end of a line, a workbook.

A native chart keeps its numbers in a workbook inside the file, so that it can be edited. Ours holds
the value, both ends of the interval and the words of every point; what is hidden has words only.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import xlsxwriter
from lxml import etree
from pptx.oxml.ns import qn
from xlsxwriter.utility import xl_range_abs

from dashboard.report.axis import Axis
from dashboard.report.paper import Chart, Series, Spot

SHEET = "Sheet1"
BEFORE_LABELS = ("c:idx", "c:order", "c:tx", "c:spPr", "c:invertIfNegative", "c:marker", "c:dPt")
"""What stands in a series before its labels; the schema wants an order."""
BEFORE_BARS = (*BEFORE_LABELS, "c:dLbls", "c:trendline")


def number_format(spots: Sequence[Spot], unit: str) -> str:
    """How Excel writes the values: with the decimals that were published, and their unit."""
    places = max((spot.decimals for spot in spots if spot.value is not None), default=0)
    digits = "0." + "0" * places if places else "0"
    return f'{digits}"{unit}"' if unit else digits


def workbook(
    chart: Chart, places: Sequence[str | date], words: tuple[str, str, str], created: datetime
) -> bytes:
    """The numbers behind a chart: names, series, and beside them what belongs to each.

    Args:
        chart: what is drawn.
        places: what stands along its axis.
        words: how the ends of the margin and the words of a value are called.
        created: the moment of the publication.
    """
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties({"created": created.replace(tzinfo=None)})
    sheet = book.add_worksheet(SHEET)
    days = book.add_format({"num_format": "yyyy-mm-dd"})
    for row, place in enumerate(places, 1):
        if isinstance(place, date):
            sheet.write_datetime(row, 0, place, days)
        else:
            sheet.write_string(row, 0, place)
    for order, series in enumerate(chart.series):
        first = 1 + len(chart.series) + 3 * order
        cells = book.add_format({"num_format": number_format(series.spots, chart.unit)})
        sheet.write_string(0, 1 + order, series.label)
        for column, word in zip(range(first, first + 3), words, strict=True):
            sheet.write_string(0, column, f"{series.label}: {word}")
        for row, spot in enumerate(series.spots, 1):
            if spot.value is not None:
                sheet.write_number(row, 1 + order, spot.value, cells)
                for column, size in zip((first, first + 1), _halves(spot), strict=True):
                    sheet.write_number(row, column, size)
            sheet.write_string(row, first + 2, spot.text)
    book.close()
    return buffer.getvalue()


def _halves(spot: Spot) -> tuple[float, float]:
    """How far the interval reaches below and above the value; nothing where it has none."""
    if spot.value is None or spot.lower is None or spot.upper is None:
        return 0.0, 0.0
    return round(spot.value - spot.lower, 4), round(spot.upper - spot.value, 4)


@dataclass(frozen=True)
class Type:
    """Colour (six digits), size in points and language of a label."""

    colour: str
    size: int
    lang: str


def intervals(xml: Any, chart: Chart, place: int, colour: str, direction: str) -> None:
    """Error bars of the series at a place, from the columns of the workbook."""
    series = chart.series[place]
    halves = [_halves(spot) for spot in series.spots]
    if not any(size for pair in halves for size in pair):
        return
    first = 1 + len(chart.series) + 3 * place
    bars = etree.Element(qn("c:errBars"))
    if direction:
        _add(bars, "c:errDir", direction)
    _add(bars, "c:errBarType", "both")
    _add(bars, "c:errValType", "cust")
    _add(bars, "c:noEndCap", "1")
    for name, column, side in (("c:plus", first + 1, 1), ("c:minus", first, 0)):
        values = [pair[side] for pair in halves]
        rows = len(values)
        source = etree.SubElement(etree.SubElement(bars, qn(name)), qn("c:numRef"))
        where = f"{SHEET}!{xl_range_abs(1, column, rows, column)}"
        etree.SubElement(source, qn("c:f")).text = where
        cache = etree.SubElement(source, qn("c:numCache"))
        etree.SubElement(cache, qn("c:formatCode")).text = "General"
        _add(cache, "c:ptCount", str(rows))
        for index, size in enumerate(values):
            if series.spots[index].value is not None:
                point = etree.SubElement(cache, qn("c:pt"), idx=str(index))
                etree.SubElement(point, qn("c:v")).text = repr(size)
    bars.append(_line(colour, 12700))
    _insert(xml, bars, BEFORE_BARS)


def end_label(xml: Any, series: Series, unit: str, letters: Type, *, value: bool) -> None:
    """The name and, with ``value``, the value of a line at its last point that is shown."""
    shown = [place for place, spot in enumerate(series.spots) if spot.value is not None]
    if not shown:
        return
    last = series.spots[shown[-1]]
    labels = etree.Element(qn("c:dLbls"))
    label = etree.SubElement(labels, qn("c:dLbl"))
    _add(label, "c:idx", str(shown[-1]))
    code = number_format([last], unit)
    etree.SubElement(label, qn("c:numFmt"), formatCode=code, sourceLinked="0")
    _plain(label)
    label.append(_text(letters, bold=True))
    _add(label, "c:dLblPos", "r")
    _shown(label, value="1" if value else "0", series="1")
    etree.SubElement(label, qn("c:separator")).text = " "
    _shown(labels, value="0", series="0")
    _insert(xml, labels, BEFORE_LABELS)


def inside_labels(xml: Any, series: Series, unit: str, letters: Type) -> None:
    """The value in the middle of each part of a bar."""
    labels = etree.Element(qn("c:dLbls"))
    code = number_format(series.spots, unit)
    etree.SubElement(labels, qn("c:numFmt"), formatCode=code, sourceLinked="0")
    _plain(labels)
    labels.append(_text(letters))
    _add(labels, "c:dLblPos", "ctr")
    _shown(labels, value="1", series="0")
    _insert(xml, labels, BEFORE_LABELS)


def logarithm(xml: Any, axis: Axis) -> None:
    """Ratios by their logarithm: half as often is as far from equal as twice as often."""
    scaling = xml.find(qn("c:scaling"))
    scaling.insert(0, etree.Element(qn("c:logBase"), val=f"{axis.step:g}"))


def crosses_at(xml: Any, value: float) -> None:
    """Where bars begin: the axis of names crosses that of values there."""
    for old in xml.findall(qn("c:crosses")) + xml.findall(qn("c:crossesAt")):
        xml.remove(old)
    at = etree.Element(qn("c:crossesAt"), val=f"{value:g}")
    xml.find(qn("c:crossAx")).addnext(at)


def crosses_last(xml: Any) -> None:
    """The axis of values stands under the last name, where names run from top to bottom."""
    xml.find(qn("c:crosses")).set("val", "max")


def yearly(xml: Any) -> None:
    """An axis of dates in months, named once a year."""
    for name in ("c:baseTimeUnit", "c:majorUnit", "c:majorTimeUnit"):
        for old in xml.findall(qn(name)):
            xml.remove(old)
    last = xml.find(qn("c:lblOffset"))
    for name, value in (
        *(("c:majorTimeUnit", "years"), ("c:majorUnit", "1"), ("c:baseTimeUnit", "months")),
    ):
        last.addnext(etree.Element(qn(name), val=value))


def without_markers(xml: Any) -> None:
    """A line without dots: the intervals stand at its points."""
    for old in xml.findall(qn("c:marker")):
        xml.remove(old)
    marker = etree.Element(qn("c:marker"))
    _add(marker, "c:symbol", "none")
    _insert(xml, marker, ("c:idx", "c:order", "c:tx", "c:spPr"))


def room_for_labels(space: Any) -> None:
    """Leave a part at the right of the plot for the labels at the end of lines."""
    area = space.find(qn("c:chart")).find(qn("c:plotArea"))
    for old in area.findall(qn("c:layout")):
        area.remove(old)
    layout = etree.Element(qn("c:layout"))
    manual = etree.SubElement(layout, qn("c:manualLayout"))
    for name, size in (
        *(("c:layoutTarget", "inner"), ("c:xMode", "edge"), ("c:yMode", "edge")),
        *(("c:x", "0.07"), ("c:y", "0.03"), ("c:w", "0.66"), ("c:h", "0.82")),
    ):
        _add(manual, name, size)
    area.insert(0, layout)


def lawful(space: Any) -> None:
    """Ids of axes are whole numbers that are not negative; those of python-pptx can be."""
    for name in ("c:axId", "c:crossAx"):
        for each in space.iter(qn(name)):
            each.set("val", each.get("val").lstrip("-"))


def speak(xml: Any, lang: str) -> None:
    """Say in which language the words of a chart are."""
    for name in ("a:defRPr", "a:rPr", "a:endParaRPr"):
        for each in xml.iter(qn(name)):
            each.set("lang", lang)


def _add(parent: Any, name: str, value: str) -> None:
    etree.SubElement(parent, qn(name), val=value)


def _shown(parent: Any, *, value: str, series: str) -> None:
    for name, shown in (
        *(("c:showLegendKey", "0"), ("c:showVal", value), ("c:showCatName", "0")),
        *(("c:showSerName", series), ("c:showPercent", "0"), ("c:showBubbleSize", "0")),
    ):
        _add(parent, name, shown)


def _plain(parent: Any) -> None:
    box = etree.SubElement(parent, qn("c:spPr"))
    etree.SubElement(box, qn("a:noFill"))
    etree.SubElement(etree.SubElement(box, qn("a:ln")), qn("a:noFill"))


def _text(letters: Type, *, bold: bool = False) -> Any:
    text = etree.Element(qn("c:txPr"))
    etree.SubElement(text, qn("a:bodyPr"), wrap="none")
    etree.SubElement(text, qn("a:lstStyle"))
    paragraph = etree.SubElement(text, qn("a:p"))
    style = etree.SubElement(paragraph, qn("a:pPr"))
    run = etree.SubElement(
        style,
        qn("a:defRPr"),
        lang=letters.lang,
        sz=str(letters.size * 100),
        b="1" if bold else "0",
    )
    fill = etree.SubElement(run, qn("a:solidFill"))
    etree.SubElement(fill, qn("a:srgbClr"), val=letters.colour)
    etree.SubElement(paragraph, qn("a:endParaRPr"), lang=letters.lang)
    return text


def _line(colour: str, width: int) -> Any:
    box = etree.Element(qn("c:spPr"))
    line = etree.SubElement(box, qn("a:ln"), w=str(width))
    fill = etree.SubElement(line, qn("a:solidFill"))
    etree.SubElement(fill, qn("a:srgbClr"), val=colour)
    return box


def _insert(xml: Any, element: Any, before: Sequence[str]) -> None:
    """Put an element after all of ``before`` that the series has."""
    names = {qn(name) for name in before}
    places = [index for index, child in enumerate(xml) if child.tag in names]
    xml.insert(places[-1] + 1, element)
