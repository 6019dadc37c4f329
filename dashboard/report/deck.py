"""The ground of the slides: one layout, colours and type of the house, footer and page number.

The presentation starts from the empty one that python-pptx brings; its theme gets our colours, so
that a chart that somebody adds later has them too.
"""

from __future__ import annotations

import copy
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Emu, Inches, Pt

from dashboard.report.paper import Paper

FONT = "Calibri"
"""A humanist sans that every office suite has or replaces by one of the same widths."""
WIDTH, HEIGHT, SIDE = Inches(13.333), Inches(7.5), Inches(0.6)
INNER = Emu(WIDTH - 2 * SIDE)
TITLES, SMALLEST = ((66, 26.0), (110, 23.0), (140, 21.0), (180, 19.0)), 17.0
"""Up to so many letters a title has so many points."""
RULE = Inches(1.47)
"""Where the line under the title stands."""
TITLE_ONLY = "Title Only"
LANGUAGES = {"nl": "nl-NL", "en": "en-GB"}
THEME = {
    "dk1": "ink", "lt1": "ground", "dk2": "structure", "lt2": "panel", "accent1": "low",
    "accent2": "high", "accent3": "group", "accent4": "others", "accent5": "good",
    "accent6": "warn", "hlink": "link", "folHlink": "muted",
}  # fmt: skip
"""Places in the theme of a presentation -> names of ``tokens.css``."""


@dataclass(frozen=True)
class Deck:
    """A presentation that is being written, its colours and its language."""

    show: Any
    theme: Mapping[str, str]
    paper: Paper

    @property
    def lang(self) -> str:
        """The language as a presentation names it."""
        return LANGUAGES[self.paper.lang]

    def colour(self, hue: str) -> RGBColor:
        """A colour of ``tokens.css``."""
        return RGBColor.from_string(self.hex(hue))

    def hex(self, hue: str) -> str:
        """The six digits of a colour."""
        return self.theme[hue].lstrip("#").upper()

    def dark(self, hue: str) -> str:
        """The same hue, dark enough for text."""
        name = f"{hue}-text"
        return name if name in self.theme else hue


def new(paper: Paper, theme: Mapping[str, str]) -> Deck:
    """An empty deck with its one layout."""
    deck = Deck(Presentation(), theme, paper)
    show = deck.show
    show.slide_width, show.slide_height = WIDTH, HEIGHT
    for layout in list(show.slide_layouts):
        if layout.name != TITLE_ONLY:
            show.slide_layouts.remove(layout)
    _bare(deck)
    _colours(deck)
    for holder in (show.slide_master, show.slide_layouts[0]):
        _places(deck, holder)
    _properties(deck)
    return deck


def slide(deck: Deck, kicker: str, title: str) -> Any:
    """A new slide: its title, the part of the paper above it, footer and page number."""
    made = deck.show.slides.add_slide(deck.show.slide_layouts[0])
    made.shapes.title.text_frame.text = title
    heading = made.shapes.title.text_frame.paragraphs[0]
    write(deck, heading, size=_fitting(title), hue="ink", bold=True)
    box = textbox(made, "Part", (SIDE, Inches(0.34), INNER, Inches(0.3)))
    part = box.text_frame
    part.text = kicker.upper()
    write(deck, part.paragraphs[0], size=11, hue="structure", bold=True)
    rule = made.shapes.add_connector(1, SIDE, RULE, WIDTH - SIDE, RULE)
    rule._element.remove(rule._element.find(qn("p:style")))
    rule.line.color.rgb, rule.line.width = deck.colour("structure"), Pt(1.75)
    decorative(rule)
    return made


def _fitting(title: str) -> float:
    """The size of a title, in points: a long finding still stands on two lines."""
    return next((size for most, size in TITLES if len(title) <= most), SMALLEST)


def foot(deck: Deck, made: Any) -> None:
    """Provenance and page number, last in the reading order."""
    for holder in made.slide_layout.placeholders:
        kind = holder.element.ph.get("type")
        if kind in {"ftr", "sldNum"}:
            placed = copy.deepcopy(holder.element)
            taken = [int(each.get("id")) for each in made.shapes._spTree.iter(qn("p:cNvPr"))]
            placed.find(f".//{qn('p:cNvPr')}").set("id", str(max(taken) + 1))
            made.shapes._spTree.append(placed)
    for shape in made.placeholders:
        if shape.element.ph.get("type") == "ftr":
            shape.text_frame.text = deck.paper.foot
            shape.text_frame.paragraphs[0].alignment = PP_ALIGN.LEFT
            write(deck, shape.text_frame.paragraphs[0], size=8, hue="muted")


Place = tuple[int, int, int, int]
"""Left, top, width and height."""


def textbox(made: Any, name: str, place: Place) -> Any:
    """An empty box for text, without margins of its own."""
    box = made.shapes.add_textbox(*place)
    box.name = name
    frame = box.text_frame
    frame.word_wrap = True
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    return box


def write(
    deck: Deck, paragraph: Any, *, size: float, hue: str, bold: bool = False, right: bool = False
) -> None:
    """Type, colour and language of everything in a paragraph."""
    if right:
        paragraph.alignment = PP_ALIGN.RIGHT
    for run in paragraph.runs:
        run.font.size, run.font.bold, run.font.name = Pt(size), bold, FONT
        run.font.color.rgb = deck.colour(hue)
        run._r.get_or_add_rPr().set("lang", deck.lang)
    if not paragraph.runs:  # an empty cell is as high as its letters would be
        end = paragraph._p.get_or_add_endParaRPr()
        end.set("sz", str(int(size * 100)))
        end.set("lang", deck.lang)


def describe(shape: Any, alternative: str) -> None:
    """The text alternative of a chart or a table."""
    properties = shape._element.xpath(".//p:cNvPr")[0]
    properties.set("descr", alternative)


def decorative(shape: Any) -> None:
    """Mark a line as one that a screen reader passes over."""
    properties = shape._element.xpath(".//p:cNvPr")[0]
    space = "http://schemas.microsoft.com/office/drawing/2017/decorative"
    listed = etree.SubElement(properties, qn("a:extLst"))
    listed = etree.SubElement(listed, qn("a:ext"), uri="{C183D7F6-B498-43B3-948B-1728B52AA6E4}")
    etree.SubElement(listed, f"{{{space}}}decorative", nsmap={"adec": space}, val="1")


def saved(deck: Deck) -> bytes:
    """The file, with the moment of the publication as its only moment."""
    buffer, out = io.BytesIO(), io.BytesIO()
    deck.show.save(buffer)
    moment = deck.paper.created.timetuple()[:6]
    with zipfile.ZipFile(buffer) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new_zip:
        for name in old.namelist():
            info = zipfile.ZipInfo(name, moment)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            new_zip.writestr(info, old.read(name))
    return out.getvalue()


# --- ground --------------------------------------------------------------------------------------


def _bare(deck: Deck) -> None:
    """Without the picture and the printer of the empty presentation."""
    for holder in (deck.show.part.package, deck.show.part):
        for name, relation in list(holder._rels.items()):
            if relation.reltype.endswith(("/thumbnail", "/printerSettings")):
                holder._rels.pop(name)


def _colours(deck: Deck) -> None:
    """Colours and fonts of the theme."""
    part = deck.show.slide_master.part
    theme = next(
        relation.target_part
        for relation in part.rels.values()
        if relation.reltype.endswith("/theme")
    )
    tree = etree.fromstring(theme.blob)
    for place, hue in THEME.items():
        holder = tree.find(f".//{qn('a:clrScheme')}/{qn('a:' + place)}")
        for child in list(holder):
            holder.remove(child)
        etree.SubElement(holder, qn("a:srgbClr"), val=deck.hex(hue))
    for latin in tree.iterfind(f".//{qn('a:fontScheme')}//{qn('a:latin')}"):
        latin.set("typeface", FONT)
    tree.set("name", "Afspiegeling")
    theme._blob = etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=True)


def _places(deck: Deck, holder: Any) -> None:
    """Where title, footer and page number stand on master and layout."""
    places = {
        "title": (SIDE, Inches(0.62), INNER, Inches(0.86)),
        "ftr": (SIDE, Inches(6.98), Inches(11.0), Inches(0.36)),
        "sldNum": (WIDTH - SIDE - Inches(1.0), Inches(6.98), Inches(1.0), Inches(0.36)),
        "body": (SIDE, Inches(1.75), INNER, Inches(5.0)),
    }
    for shape in list(holder.placeholders):
        kind = shape.element.ph.get("type")
        if kind == "dt":
            shape.element.getparent().remove(shape.element)
        if kind not in places:
            continue
        shape.left, shape.top, shape.width, shape.height = places[kind]
        body = shape.text_frame._txBody.bodyPr
        for side in ("lIns", "rIns", "tIns", "bIns"):
            body.set(side, "0")
        body.set("anchor", "t" if kind == "title" else "ctr")
        frame = shape.text_frame
        frame.word_wrap = True
        if kind in {"ftr", "sldNum"}:
            frame.paragraphs[0].alignment = PP_ALIGN.RIGHT if kind == "sldNum" else PP_ALIGN.LEFT
            for run in shape.element.iter(qn("a:rPr"), qn("a:defRPr")):
                run.set("lang", deck.lang)
                run.set("sz", "900")
    style = deck.show.slide_master.element.find(f".//{qn('p:titleStyle')}/{qn('a:lvl1pPr')}")
    style.set("algn", "l")


def _properties(deck: Deck) -> None:
    """Title, author, language and moment of the file."""
    paper, core = deck.paper, deck.show.core_properties
    moment = paper.created.replace(tzinfo=None)
    core.title, core.author, core.language = paper.title, paper.organisation, deck.lang
    core.subject, core.keywords, core.comments = paper.provenance, "Afspiegeling", ""
    core.last_modified_by, core.category, core.revision = "Afspiegeling", "", 1
    core.created = core.modified = core.last_printed = moment
    for run in deck.show.part._element.iter(qn("a:defRPr")):
        run.set("lang", deck.lang)
