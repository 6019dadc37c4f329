"""A board paper as slides: native charts and tables that can be edited, a slide a finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pptx.util import Emu, Inches, Pt

from dashboard.i18n import translator
from dashboard.report.deck import (
    INNER,
    SIDE,
    Deck,
    foot,
    new,
    saved,
    slide,
    textbox,
    write,
)
from dashboard.report.paper import (
    Block,
    Chart,
    Entry,
    Figure,
    Item,
    Paper,
    Section,
    Table,
    table,
    words,
)
from dashboard.report.slide_chart import put_chart
from dashboard.report.slide_table import LINE, lines_of, pages, put_table

TOP, BOTTOM = 2.15, 6.8
"""Where a slide begins under its subtitle, and where it ends, in inches."""
CHART, GAP = 6.6, 0.35
"""Width of a chart and what is between it and its table, in inches."""
BODY, SIDE_BODY, SMALL, FIGURES = 12, 11, 10.5, 10
"""Type of a table by itself, of one beside a chart, and of remarks, in points."""
NOTE = 0.55
"""Height kept for remarks, in inches."""
CARDS, FRONT = 1.55, 6.3
"""Where the figures of the first slide begin, and how wide its trend is, in inches."""
TERM = 2.6
"""Width of the column of terms, in inches."""
AROUND, EACH = 0.75, 0.6
"""Height of axis and legend, and of one row, in inches."""
SIZES, UNDER, BETWEEN = (12.0, 11.5, 11.0, 10.5, 10.0, 9.5), 1.5, 4.0
"""Type of findings, how much smaller the words under them are, room between, in points."""
MARKS = {"bad": "bad", "good": "good", "unsure": "muted"}


def slides(paper: Paper, theme: Mapping[str, str]) -> bytes:
    """The PPTX; the same paper gives the same bytes."""
    deck = new(paper, theme)
    for section in paper.sections:
        if section.figures:
            _front(deck, section)
            continue
        if section.notices:
            _notices(deck, section)
        for place, block in enumerate(section.blocks):
            _block(deck, section, block, first=place == 0 and not section.notices)
    return saved(deck)


# --- the first slide -----------------------------------------------------------------------------


def _front(deck: Deck, section: Section) -> None:
    """The figures for the board, the trend, and what asks for attention."""
    made = slide(deck, section.name, section.title)
    place = (SIDE, Inches(CARDS), INNER)
    used = put_table(deck, made, _figures(deck, section), place, FIGURES, first=0.95)
    top = CARDS + used + 0.15
    block = section.blocks[0]
    head = textbox(made, "Trend", (SIDE, Inches(top), Inches(FRONT), Inches(0.65)))
    _lines(deck, head, [(block.title, 13, "ink", True), (block.subtitle, 10.5, "muted", False)])
    if block.chart is not None:
        put_chart(
            deck,
            made,
            block.chart,
            (SIDE, Inches(top + 0.68), Inches(FRONT), Inches(BOTTOM - top - 0.68)),
        )
    left = SIDE + Inches(FRONT + GAP)
    _attention(deck, made, section.attention, left, top)
    foot(deck, made)


def _figures(deck: Deck, section: Section) -> Table:
    """The figures as one table: a column each; rows of values, changes and targets."""
    _ = translator(deck.paper.lang)
    figures = section.figures
    rows = [
        [Entry(_("Nu")), *(Entry(f.value, _tone(f), f.stand) for f in figures)],
        [Entry(_("Verandering")), *(Entry(f.change) for f in figures)],
        [Entry(_("95%-marge")), *(Entry(f.margin) for f in figures)],
        [Entry(_("Doel of maat")), *(Entry("; ".join(f.foot)) for f in figures)],
    ]
    columns = [("", False), *((f.title, False) for f in figures)]
    return table(section.lead, columns, rows)


def _tone(figure: Figure) -> Any:
    return "hidden" if figure.hidden else "figure"


def _attention(deck: Deck, made: Any, items: Sequence[Item], left: int, top: float) -> None:
    _ = translator(deck.paper.lang)
    width, room = SIDE + INNER - left, BOTTOM - top
    box = textbox(made, "Attention", (left, Inches(top), width, Inches(room)))
    size = _fitting(items, width / Inches(1), room)
    lines: list[Line] = [(_("Wat vraagt aandacht"), 13, "ink", True)]
    for item in items:
        lines.append((item.sentence, size, "ink", False))
        if item.under:
            lines.append((item.under, size - UNDER, deck.dark(MARKS[item.tone]), False))
    _lines(deck, box, lines)
    for paragraph, (_text, own, _hue, _bold) in zip(box.text_frame.paragraphs, lines, strict=True):
        paragraph.space_before = Pt(BETWEEN if own == size else 0)


def _fitting(items: Sequence[Item], width: float, room: float) -> float:
    """The largest type in which all findings stand on the slide."""
    return next((size for size in SIZES if _high(items, width, size) <= room), SIZES[-1])


def _high(items: Sequence[Item], width: float, size: float) -> float:
    """The height of the findings in inches, with their heading."""
    under = size - UNDER
    return 0.25 + sum(
        lines_of(item.sentence, width, size) * LINE * size
        + lines_of(item.under, width, under) * LINE * under
        + BETWEEN / 72
        for item in items
    )


# --- the other slides ----------------------------------------------------------------------------

Line = tuple[str, float, str, bool]
"""Text, size in points, colour, bold."""


def _lines(deck: Deck, box: Any, lines: Sequence[Line]) -> None:
    """Set paragraphs in a box."""
    frame = box.text_frame
    for place, (said, size, hue, bold) in enumerate(lines):
        paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
        paragraph.text = said
        write(deck, paragraph, size=size, hue=hue, bold=bold)


def _notices(deck: Deck, section: Section) -> None:
    made = slide(deck, section.name, section.title)
    box = textbox(made, "Text", (SIDE, Inches(1.8), INNER, Inches(4.5)))
    _lines(deck, box, [(said, 14, "ink", False) for said in section.notices])
    for paragraph in box.text_frame.paragraphs:
        paragraph.space_after = Pt(8)
    foot(deck, made)


def _block(deck: Deck, section: Section, block: Block, *, first: bool) -> None:
    """One finding: its chart with the table beside it, or its table on as many slides as needed."""
    listed = block.table
    if block.pairs:
        _plain(deck, section, block, _paired(deck, block), first=first)
        if listed is not None:
            rest = replace(block, pairs=())
            _plain(deck, section, rest, listed, first=False, part=True)
        return
    if block.chart is not None and not block.chart.empty and listed is not None:
        _drawn(deck, section, block, listed, first=first)
    elif listed is not None:
        _plain(deck, section, block, listed, first=first)
    else:
        made = _headed(deck, section, block, first=first)
        _remarks(deck, made, block.notes, TOP, 14)
        foot(deck, made)


def _paired(deck: Deck, block: Block) -> Table:
    """Terms and what is said of them, as a table."""
    _ = translator(deck.paper.lang)
    columns = [(_("Onderwerp"), False), (_("Betekenis"), False)]
    return table(block.title, columns, [[words(term), words(said)] for term, said in block.pairs])


def _headed(deck: Deck, section: Section, block: Block, *, first: bool, part: str = "") -> Any:
    """A slide with its title: the finding of the section on its first slide, else of the block."""
    title = section.title if first or not block.title else block.title
    made = slide(deck, section.name, title + part)
    under: list[Line] = []
    if first and section.lead:
        under.append((section.lead, 12, "muted", False))
    if first and block.title:
        under.append((block.title, 13, "ink", True))
    if block.subtitle:
        under.append((block.subtitle, 12, "muted", False))
    if under:
        box = textbox(made, "Subtitle", (SIDE, Inches(1.6), INNER, Inches(0.26 * len(under))))
        _lines(deck, box, under)
    return made


def _drawn(deck: Deck, section: Section, block: Block, listed: Table, *, first: bool) -> None:
    made = _headed(deck, section, block, first=first)
    top = TOP + (0.25 if first else 0.0)
    high = BOTTOM - top - (NOTE if block.notes else 0.0)
    if block.chart is not None:
        size = (SIDE, Inches(top), Inches(CHART), Inches(min(high, _height(block.chart))))
        put_chart(deck, made, block.chart, size)
    left = SIDE + Inches(CHART + GAP)
    width = Emu(INNER - Inches(CHART + GAP))
    room = (width / Inches(1), high)
    pieces = pages(listed, room, SIDE_BODY if len(listed.columns) < 6 else SMALL)
    type_size = SIDE_BODY if len(listed.columns) < 6 else SMALL
    put_table(deck, made, pieces[0], (left, Inches(top + 0.1), width), type_size)
    _remarks(deck, made, block.notes, BOTTOM - NOTE + 0.05, SMALL)
    foot(deck, made)
    for piece in pieces[1:]:
        _continued(deck, section, block, piece)


def _height(chart: Chart) -> float:
    """How high a chart needs to be, in inches: a row has the same height in every chart."""
    if chart.kind == "trend":
        return BOTTOM
    rows = len(chart.names) + (1 if chart.line else 0)
    return AROUND + rows * EACH * max(1.0, 0.7 * _most(chart))


def _most(chart: Chart) -> int:
    """The most values that one row has."""
    if chart.kind == "parts":
        return 1
    return max(
        sum(series.spots[place].value is not None for series in chart.series)
        for place in range(len(chart.names))
    )


def _continued(
    deck: Deck,
    section: Section,
    block: Block,
    piece: Table,
    *,
    size: float = BODY,
    wide: float = 0.0,
) -> None:
    _ = translator(deck.paper.lang)
    made = _headed(deck, section, block, first=False, part=" " + _("(vervolg)"))
    put_table(deck, made, piece, (SIDE, Inches(1.75), INNER), size, first=wide)
    foot(deck, made)


def _plain(
    deck: Deck, section: Section, block: Block, listed: Table, *, first: bool, part: bool = False
) -> None:
    """A table over the whole width, on as many slides as it needs."""
    top = TOP if first or block.subtitle else 1.75
    high = BOTTOM - top - (NOTE if block.notes else 0.0)
    size = SIDE_BODY if block.pairs else BODY
    wide = TERM if block.pairs else 0.0
    pieces = pages(listed, (INNER / Inches(1), high), size, wide)
    more = " " + translator(deck.paper.lang)("(vervolg)") if part else ""
    made = _headed(deck, section, block, first=first, part=more)
    put_table(deck, made, pieces[0], (SIDE, Inches(top), INNER), size, first=wide)
    _remarks(deck, made, block.notes, BOTTOM - NOTE, SMALL)
    foot(deck, made)
    for piece in pieces[1:]:
        _continued(deck, section, block, piece, size=size, wide=wide)


def _remarks(deck: Deck, made: Any, notes: Sequence[str], top: float, size: float) -> None:
    if not notes:
        return
    box = textbox(made, "Notes", (SIDE, Inches(top), INNER, Inches(NOTE)))
    _lines(deck, box, [(said, size, "muted", False) for said in notes])
