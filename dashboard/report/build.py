"""A request for a board paper -> the paper, and the paper as a file.

The same request gives the same bytes, from the button, a saved address or the command line: the
only moment that a file knows is that of its publication.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from dashboard.charts import Style, read_themes
from dashboard.export import check_format, check_known, created
from dashboard.filters import PREVIOUS_YEAR, Filters, attributes, stock_periods
from dashboard.formats import date_text
from dashboard.i18n import LANGUAGES
from dashboard.mart import Mart
from dashboard.provenance import provenance_parts
from dashboard.report.account import accounted
from dashboard.report.chain import chain, targets
from dashboard.report.delivered import delivered
from dashboard.report.flows import inflow, moving_up
from dashboard.report.front import overview
from dashboard.report.leavers import leaving
from dashboard.report.paper import Paper, Section
from dashboard.report.stock import stock
from dashboard.settings import ASSETS
from dashboard.view import View

FORMATS = ("pptx", "pdf")
MIME = {
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "pdf": "application/pdf",
}
SECTIONS: tuple[Callable[[View], Section], ...] = (
    *(delivered, overview, stock, inflow, moving_up, leaving, chain, targets),
)
"""What the paper says of the unit, in order; the account of how it was made comes last."""


@dataclass(frozen=True)
class Request:
    """One board paper: of which date and unit, about which group, in which language."""

    period: str
    unit: str = ""
    attribute: str = ""
    lang: str = "nl"


def build(mart: Mart, request: Request) -> Paper:
    """The paper that a request asks for.

    Raises:
        DashboardError: a period, unit, attribute or language that the publication does not know.
    """
    view = View(mart, _filters(mart, request), Style(_theme(), lang=request.lang))
    _ = view.translate
    meta = mart.meta()
    organisation = meta[f"organisation_{view.lang}"]
    parts = provenance_parts(view)
    if meta["synthetic"] == "true":
        parts = [_("synthetische gegevens"), *parts]
    day = date_text(view.day, view.lang)
    return Paper(
        title=_("Bestuursstuk {unit}, {date}").format(unit=view.unit, date=day),
        organisation=organisation,
        unit=view.unit,
        day=day,
        lang=view.lang,
        provenance=" · ".join(parts),
        created=created(mart),
        sections=[*_gathered(view, [section(view) for section in SECTIONS]), accounted(view)],
    )


def _theme() -> dict[str, str]:
    return read_themes(ASSETS / "tokens.css")["light"]


def _gathered(view: View, sections: list[Section]) -> list[Section]:
    """The sections that say something, and one for all that is not published for the unit."""
    _ = view.translate
    figures = any(each.figures or any(b.table for b in each.blocks) for each in sections)
    said = [each for each in sections if each.figures or each.blocks]
    gone = [notice for each in sections if each not in said for notice in each.notices]
    if not gone:
        return said
    title = _("Wat voor {unit} niet wordt gepubliceerd").format(unit=view.unit)
    absent = Section(_("Niet gepubliceerd"), title, notices=gone)
    return [*said, absent] if figures else [absent]


def _filters(mart: Mart, request: Request) -> Filters:
    """The view that is asked for, refused where the publication does not know a part of it."""
    meta = mart.meta()
    units = list(mart.current().parents)
    attribute = request.attribute or meta["default_attribute"]
    unit = request.unit or meta["root"]
    check_known("period", [request.period], stock_periods(mart)[::-1])
    check_known("unit", [unit], units)
    check_known("attribute", [attribute], attributes(mart))
    check_known("language", [request.lang], LANGUAGES)
    return Filters(unit, request.period, PREVIOUS_YEAR, attribute, request.lang)


def render(mart: Mart, request: Request, form: str) -> bytes:
    """The bytes of one board paper.

    Raises:
        DashboardError: an unknown format, period, unit, attribute or language.
    """
    check_format(form, FORMATS)
    paper = build(mart, request)
    if form == "pptx":
        from dashboard.report.pptx import slides  # noqa: PLC0415  (loaded where it is asked for)

        return slides(paper, _theme())
    from dashboard.report.pdf import document  # noqa: PLC0415

    return document(paper, _theme())


def file_name(mart: Mart, request: Request, form: str) -> str:
    """A name that tells publication, unit and date."""
    unit = request.unit or mart.meta()["root"]
    safe = "".join(letter if letter.isalnum() and letter.isascii() else "-" for letter in unit)
    return f"afspiegeling-{mart.publication}-{safe}-{request.period}-{request.lang}.{form}"


def url(view: View, form: str) -> str:
    """The address of the board paper of a view."""
    chosen = view.filters
    query = {"unit": chosen.unit, "attribute": chosen.attribute, "lang": chosen.lang}
    return f"/report/{chosen.period}.{form}?{urlencode(query)}"
