"""A figure of a page as a picture at an address: ``/export/share+gap.svg?figure=trend&unit=MIN``.

The picture is the block as the page has it in the light theme: its title, its figure, where its
numbers come from. It is drawn on the server from the figure that the browser gets, so that both say
the same and the same address gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, cast
from urllib.parse import parse_qs, urlsplit

import typst
from dash.development.base_component import Component
from lxml import etree

from dashboard import access
from dashboard.block_delivered import delivered_block
from dashboard.charts import Style, read_themes
from dashboard.components import PICTURE
from dashboard.errors import DashboardError, MartUnavailable
from dashboard.export import PICTURES, check_format, check_known, file_name
from dashboard.filters import Filters, attributes, comparisons, stock_periods
from dashboard.i18n import LANGUAGES
from dashboard.mart import Mart
from dashboard.provenance import sources
from dashboard.report.pdf import FONT, FONTS
from dashboard.scenario import Scenario
from dashboard.scene import said, scene
from dashboard.settings import ASSETS
from dashboard.view import View

if TYPE_CHECKING:
    from flask import Flask, Response

Form = Literal["svg", "png"]
FORMS = tuple(PICTURES)
TEMPLATE = ASSETS / "report" / "picture.typ"
WIDTH = 840
"""Width of the drawing in pixels of the page: that of a block that has a row to itself."""
DENSE = 192
"""Points to the inch of a PNG: two for each pixel of the page."""
KEPT = 64
"""Pictures that a process keeps."""
HUES = ("ground", "ink", "muted")
_SVG = "http://www.w3.org/2000/svg"


@dataclass(frozen=True)
class Address:
    """What a picture is asked for by: metrics of the block, its name on the page, the view.

    Attributes:
        metrics: at least one metric that the block is about.
        figure: its name among the figures of the page, such as ``trend``; empty: the first.
        query: the rest of the address, as the page has it.
    """

    metrics: tuple[str, ...]
    figure: str
    query: str

    @classmethod
    def of(cls, name: str, query: str) -> Address:
        """``share+gap`` and what stands behind the question mark.

        Raises:
            DashboardError: a key that no view has, or two values of one.
        """
        given = parse_qs(query)
        known = [
            *(field.name for field in fields(Filters) if field.name != "scenario"),
            *(field.name for field in fields(Scenario) if field.name != "attribute"),
            *("set_for", "figure"),
        ]
        check_known("choice", [key for key in given if key not in known], known)
        several = [key for key, values in given.items() if len(values) > 1]
        if several:
            raise DashboardError(
                "A picture is of one view",
                where="the address of the picture",
                expected="one unit, one reference date and one attribute, as the page has them",
                got=f"more than one {', '.join(several)}",
                next_step="take the address from the page: under a figure, `Afbeelding`",
            )
        return cls(tuple(name.split("+")), "".join(given.get("figure", [])), query)


@dataclass(frozen=True)
class Picture:
    """A block as it is drawn: words and the figure as data in the form of plotly."""

    title: str
    subtitle: str
    alternative: str
    source: str
    figure: dict[str, Any]
    lang: str


def view_of(mart: Mart, address: Address) -> View:
    """The view of an address, in the light theme.

    Raises:
        DashboardError: a unit, date, comparison, attribute or language that there is not.
    """
    filters = Filters.from_query(address.query, mart)
    given = {key: values[-1:] for key, values in parse_qs(address.query).items()}
    check_known("unit", given.get("unit", []), list(mart.current().parents))
    check_known("period", given.get("period", []), stock_periods(mart)[::-1])
    check_known("attribute", given.get("attribute", []), attributes(mart))
    check_known("language", given.get("lang", []), LANGUAGES)
    compared = comparisons(mart, filters.unit, filters.period)
    check_known("comparison", given.get("compare", []), compared)
    return View(mart, filters, Style(themes()["light"], lang=filters.lang))


@lru_cache(maxsize=1)
def themes() -> dict[str, dict[str, str]]:
    """The colours of the pages."""
    return read_themes(ASSETS / "tokens.css")


def find(mart: Mart, pages: Sequence[ModuleType], address: Address) -> Picture:
    """The block of an address: on the first page of the reader that has it.

    Raises:
        DashboardError: no page has such a figure here, or the address names what there is not.
    """
    view = view_of(mart, address)
    reader = access.current()
    for page in pages:
        if page.SECTION is None or not reader.may(page.PATH):
            continue
        for block in _blocks(page.layout(view)):
            if _fits(block, address):
                return _picture(view, block)
    if view.from_cbs and (told := delivered_block(view)) is not None and _fits(told, address):
        return _picture(view, told)
    raise DashboardError(
        "No page shows such a figure here",
        where=f"unit {view.filters.unit}, {view.filters.period}, {view.filters.attribute}",
        expected="the metrics and the name of a figure, as under a figure on a page",
        got="+".join(address.metrics) + (f", figure {address.figure}" if address.figure else ""),
        next_step="take the address from the page: under a figure, `Afbeelding`",
    )


def _blocks(tree: Any) -> Iterator[Component]:
    return (each for each in _walk(tree) if _is(each, "Section", "block"))


def _walk(node: Any) -> Iterator[Component]:
    """A component and all below it."""
    if isinstance(node, list | tuple):
        for child in node:
            yield from _walk(child)
    elif isinstance(node, Component):
        yield node
        yield from _walk(getattr(node, "children", None))


def _is(node: Component, kind: str, name: str = "") -> bool:
    return type(node).__name__ == kind and (not name or getattr(node, "className", "") == name)


def _first(block: Component, kind: str, name: str = "") -> Component | None:
    return next((each for each in _walk(block) if _is(each, kind, name)), None)


def _fits(block: Component, address: Address) -> bool:
    """Whether a block has a figure, is about the metrics, and has the name that is asked for."""
    link = _first(block, "A", PICTURE)
    if link is None or _first(block, "Div", "plot") is None:
        return False
    parts = urlsplit(link.href)
    metrics = parts.path.rpartition("/")[2].partition(".")[0].split("+")
    named = parse_qs(parts.query)["figure"]
    return set(address.metrics) <= set(metrics) and address.figure in {"", *named}


def _picture(view: View, block: Component) -> Picture:
    plot, sub = _first(block, "Div", "plot"), _first(block, "P", "sub")
    title = _first(block, "H2")
    drawn = next(each for each in _walk(block) if getattr(each, "role", "") == "img")
    return Picture(
        title=title.children if title else "",
        subtitle=sub.children if sub else "",
        alternative=getattr(drawn, "aria-label"),
        source=sources(view),
        figure=json.loads(getattr(plot, "data-figure")),
        lang=view.lang,
    )


# --- drawing -------------------------------------------------------------------------------------


def draw(picture: Picture, form: Form) -> bytes:
    """The bytes of a picture; the same picture gives the same bytes."""
    sheet = {
        **{key: text for key, text in asdict(picture).items() if key not in {"figure"}},
        "width": WIDTH,
        "height": picture.figure["layout"]["height"],
        "shapes": scene(picture.figure, WIDTH),
        "colours": {hue: themes()["light"][hue] for hue in HUES},
        "font": FONT,
    }
    content = typst.compile(
        str(TEMPLATE),
        root=str(TEMPLATE.parent),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        format=form,
        ppi=DENSE,
        timestamp=0,
        sys_inputs={"sheet": json.dumps(sheet, ensure_ascii=False)},
    )
    return _told(content, picture) if form == "svg" else content


def _told(content: bytes, picture: Picture) -> bytes:
    """An SVG with its words: letters are drawn as shapes, which nobody can read aloud or search."""
    root = etree.fromstring(content)
    root.set("role", "img")
    root.set("{http://www.w3.org/XML/1998/namespace}lang", picture.lang)
    values = [each for each in said(picture.figure) if each not in picture.alternative]
    words = (
        ("title", picture.title),
        ("desc", "\n".join([picture.subtitle, picture.alternative, *values, picture.source])),
    )
    for place, (name, text) in enumerate(words):
        element = etree.Element(f"{{{_SVG}}}{name}")
        element.text = text
        root.insert(place, element)
    return bytes(etree.tostring(root))


def render(mart: Mart, pages: Sequence[ModuleType], address: Address, form: str) -> bytes:
    """The bytes of the picture at an address.

    Raises:
        DashboardError: another form, or nothing to draw.
    """
    check_format(form, FORMS)
    return draw(find(mart, pages, address), cast("Form", form))


def register_routes(server: Flask, mart: Mart, pages: Sequence[ModuleType]) -> None:
    """Serve ``/export/<metrics>.svg`` and ``.png`` at the query of the page."""
    from flask import request  # noqa: PLC0415  (the command line draws without a web server)

    @lru_cache(maxsize=KEPT)
    def kept(_key: Hashable, address: Address, form: str) -> bytes:
        return render(mart, pages, address, form)

    @server.get("/export/<path:name>.<any(svg, png):form>")
    def picture(name: str, form: str) -> Response:
        try:
            address = Address.of(name, request.query_string.decode())
            content = kept(mart.key(), address, form)
        except MartUnavailable as error:
            return server.response_class(str(error), status=503, mimetype="text/plain")
        except DashboardError as error:
            return server.response_class(str(error), status=404, mimetype="text/plain")
        response = server.response_class(content, content_type=PICTURES[form])
        named = f'attachment; filename="{file_name(mart, name, form)}"'
        response.headers["Content-Disposition"] = named
        response.headers["Cache-Control"] = "private, no-cache"
        return response
