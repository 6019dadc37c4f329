"""A table of the paper as a native table on slides, as many as it needs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from lxml import etree
from pptx.enum.text import MSO_ANCHOR
from pptx.oxml.ns import qn
from pptx.util import Emu, Inches, Pt

from dashboard.report.deck import Deck, describe, write
from dashboard.report.paper import Entry, Table

NO_STYLE = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"
"""The table style of a presentation without lines and fills: the rules are our own."""
LETTER = 0.0062
"""Width of an average letter, in inches for each point of type."""
NUMERAL = 0.0076
"""The same of a numeral or a percent sign, and of a bold letter in a head."""
LINE = 0.0175
"""Height of a line, in inches for each point of type."""
PAD = 0.08
"""Room over and under the words of a row together, in inches."""
FIGURE = 18.0
"""Type of a figure that stands for itself, in points."""
ASIDE = 0.12
"""Room beside the words of a cell, in inches."""


def widths(table: Table, room: float, size: float, first: float = 0.0) -> list[float]:
    """Widths of the columns in inches that use the whole room.

    Numbers get what they need, words share the rest by how much they say; with a width for the
    ``first`` column the others are equal.
    """
    if first:
        others = len(table.columns) - 1
        return [first, *[(room - first) / others] * others]
    need = [
        _longest(table, column) * (NUMERAL if numeric else LETTER) * size + ASIDE
        for column, numeric in enumerate(table.numeric)
    ]
    kept = [min(each, room / 3) if numeric else 0.0 for each, numeric in _with(need, table)]
    rest = room - sum(kept)
    said = [0.0 if numeric else min(each, room / 2) for each, numeric in _with(need, table)]
    total = sum(said)
    return [
        fixed or (rest * share / total if total else rest)
        for fixed, share in zip(kept, said, strict=True)
    ]


def _with(need: Sequence[float], table: Table) -> Iterator[tuple[float, bool]]:
    return zip(need, table.numeric, strict=True)


def _longest(table: Table, column: int) -> float:
    """The most letters of one line: of a head its longest word, of long texts their middle size."""
    head = max(len(word) + 1 for word in table.columns[column].split() or [""])
    cells = [max(len(row[column].text), len(row[column].under)) for row in table.rows]
    return max(head, *cells, 4)


def heights(table: Table, wide: Sequence[float], size: float) -> list[float]:
    """Heights of the head and the rows in inches, as words will be broken."""
    rows: list[list[Entry]] = [[Entry(name) for name in table.columns], *map(list, table.rows)]
    return [
        max(
            lines_of(entry.text, width, _size(entry, size)) * LINE * _size(entry, size)
            + (LINE * size if entry.under else 0)
            + PAD
            for entry, width in zip(row, wide, strict=True)
        )
        for row in rows
    ]


def _size(entry: Entry, size: float) -> float:
    return FIGURE if entry.tone == "figure" else size


def lines_of(text: str, width: float, size: float) -> int:
    """On how many lines a text is broken."""
    return max(1, math.ceil(len(text) * LETTER * size / max(width - ASIDE, 0.2)))


def pages(table: Table, room: tuple[float, float], size: float, first: float = 0.0) -> list[Table]:
    """The table in pieces that each fit a room of so many inches wide and high."""
    head, *high = heights(table, widths(table, room[0], size, first), size)
    needed = len(_cut(high, room[1] - head))
    even = max(sum(high) / needed + max(high, default=0.0) / 2, max(high, default=0.0))
    cuts = _cut(high, min(even, room[1] - head))
    if len(cuts) > needed:
        cuts = _cut(high, room[1] - head)
    return [
        Table(table.caption, table.columns, table.numeric, [table.rows[place] for place in cut])
        for cut in cuts
    ]


def _cut(high: Sequence[float], room: float) -> list[list[int]]:
    """Places of rows, in order, in groups that are no higher than the room."""
    groups: list[list[int]] = [[]]
    used = 0.0
    for place, height in enumerate(high):
        if groups[-1] and used + height > room:
            groups.append([])
            used = 0.0
        groups[-1].append(place)
        used += height
    return groups


def put_table(
    deck: Deck,
    slide: Any,
    table: Table,
    place: tuple[int, int, int],
    size: float,
    *,
    first: float = 0.0,
) -> float:
    """Set a table at left, top and with a width (EMU); gives its height in inches."""
    left, top, width = place
    wide = widths(table, width / Inches(1), size, first)
    high = heights(table, wide, size)
    frame = slide.shapes.add_table(
        len(table.rows) + 1, len(table.columns), left, top, width, Inches(sum(high))
    )
    frame.name = "Table"
    describe(frame, table.caption)
    native = frame.table
    native.first_row, native.horz_banding, native.first_col = True, False, True
    frame._element.find(f".//{qn('a:tableStyleId')}").text = NO_STYLE
    for column, inches in zip(native.columns, wide, strict=True):
        column.width = Emu(int(inches * Inches(1)))
    for row, inches in zip(native.rows, high, strict=True):
        row.height = Emu(int(inches * Inches(1)))
    for column, name in enumerate(table.columns):
        _head(deck, native.cell(0, column), name, right=table.numeric[column], size=size - 1)
    for place_of, row in enumerate(table.rows, 1):
        for column, entry in enumerate(row):
            _cell(
                deck, native.cell(place_of, column), entry, right=table.numeric[column], size=size
            )
    return sum(high)


def _head(deck: Deck, cell: Any, name: str, *, right: bool, size: float) -> None:
    _room(cell, MSO_ANCHOR.BOTTOM)
    cell.text_frame.text = name
    write(deck, cell.text_frame.paragraphs[0], size=size, hue="ink", bold=True, right=right)
    _rule(deck, cell, "structure", 1.25)


def _cell(deck: Deck, cell: Any, entry: Entry, *, right: bool, size: float) -> None:
    _room(cell, MSO_ANCHOR.MIDDLE)
    frame = cell.text_frame
    frame.text = entry.text
    hidden = entry.tone == "hidden"
    write(
        deck, frame.paragraphs[0], size=_size(entry, size), hue="muted" if hidden else "ink",
        right=right, bold=entry.tone == "figure",
    )  # fmt: skip
    if entry.under:
        more = frame.add_paragraph()
        more.text = entry.under
        write(deck, more, size=size - 2, hue="muted", right=right)
    if hidden:
        cell.fill.solid()
        cell.fill.fore_color.rgb = deck.colour("panel")
    _rule(deck, cell, "line", 0.75)


def _room(cell: Any, anchor: Any) -> None:
    cell.margin_left = cell.margin_right = Inches(ASIDE / 2)
    cell.margin_top = cell.margin_bottom = Inches(PAD / 2)
    cell.vertical_anchor = anchor


def _rule(deck: Deck, cell: Any, hue: str, points: float) -> None:
    """The line under a cell; the schema wants it before the fill."""
    properties = cell._tc.get_or_add_tcPr()
    line = etree.Element(qn("a:lnB"), w=str(int(Pt(points))))
    fill = etree.SubElement(line, qn("a:solidFill"))
    etree.SubElement(fill, qn("a:srgbClr"), val=deck.hex(hue))
    properties.insert(0, line)
