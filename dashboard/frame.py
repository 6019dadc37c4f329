"""What stands around every page: navigation, bar, provenance; and the router."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard import access
from dashboard.block_delivered import delivered_block, source_notice
from dashboard.charts import Style
from dashboard.components import notice, page_heading
from dashboard.errors import MartUnavailable
from dashboard.filter_bar import filter_bar
from dashboard.filters import Filters
from dashboard.help import tour_offer
from dashboard.i18n import language, translator
from dashboard.mart import Mart
from dashboard.provenance import provenance_parts
from dashboard.view import METHOD, View
from dashboard.waiting import waiting

log = logging.getLogger(__name__)
Themes = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Request:
    """What the browser asks for: the address and the room, theme and menu that it has."""

    path: str
    search: str = ""
    device: Mapping[str, bool] = field(default_factory=dict)


def route(mart: Mart, pages: Sequence[ModuleType], themes: Themes, asked_for: Request) -> Component:
    """Address -> the whole view. What goes wrong is said on the page, with an id that is logged."""
    path, device = asked_for.path, asked_for.device
    lang = language("en" if "lang=en" in (asked_for.search or "") else None)
    page = next((page for page in pages if path == page.PATH), None)
    try:
        filters = Filters.from_query(asked_for.search, mart)
        theme = themes["dark" if device.get("dark") else "light"]
        view = View(mart, filters, Style(theme, bool(device.get("narrow")), filters.lang))
        content = page.layout(view) if page else _not_found(view, pages[0].PATH)
        return _frame(view, pages, page, content, folded=bool(device.get("folded")))
    except MartUnavailable as error:
        log.warning("no publication: %s", error.paragraph())
        _ = translator(lang)
        if page in _foot(pages):
            return _bare(lang, pages, _title(page, lang), page.bare(lang))
        return _bare(lang, pages, _("Er is nog geen publicatie"), waiting(lang))
    except Exception:  # the last resort: the page names an id, the log has the rest
        reference = secrets.token_hex(4)
        log.exception("page failed: %s", reference, extra={"facts": {"id": reference}})
        return _failed(lang, pages, reference)


def _frame(
    view: View,
    pages: Sequence[ModuleType],
    page: ModuleType | None,
    content: Component,
    *,
    folded: bool,
) -> Component:
    _ = view.translate
    path = page.PATH if page else pages[0].PATH
    title = _title(page, view.lang)
    name = f"{title} – {view.unit} – Afspiegeling"
    data = {"data-title": name, "data-query": view.filters.to_query()}
    side = html.Header(
        html.Div([_brand(view), _menu(view, pages, page, folded=folded)], className="side-in"),
        className="side",
    )
    figures = page is not None and page.SECTION is not None
    told = [delivered_block(view), source_notice(view)] if figures and view.from_cbs else []
    stack = html.Div([part for part in told if part is not None], className="row")
    main = html.Main([content, stack] if told else content, id="main", tabIndex=-1)
    foot = _foot_line(pages, view.lang, view.link)
    above = [filter_bar(view, path), _provenance(view), tour_offer(view.lang)]
    body = html.Div([*above, main, *foot], className="body")
    skip = html.A(_("Naar de inhoud"), href="#main", className="skip")
    return html.Div([skip, side, body], className="frame", lang=view.lang, **data)


def _title(page: ModuleType | None, lang: str) -> str:
    _ = translator(lang)
    return _(page.TITLE) if page else _("Pagina niet gevonden")


def _foot(pages: Sequence[ModuleType]) -> list[ModuleType]:
    """The pages that are linked from the foot instead of the menu."""
    reader = access.current()
    return [page for page in pages if page.SECTION is None and reader.may(page.PATH)]


def _foot_line(
    pages: Sequence[ModuleType], lang: str, link: Callable[[str], str]
) -> list[Component]:
    _ = translator(lang)
    links = [dcc.Link(_(page.TITLE), href=link(page.PATH)) for page in _foot(pages)]
    return [html.Footer(links, className="foot")] if links else []


def _brand(view: View) -> Component:
    _ = view.translate
    meta = view.mart.meta()
    name = meta[f"organisation_{view.lang}"]
    told = "synthet" in name.lower()
    synthetic = meta["synthetic"] == "true" and not told
    kind = [html.Span(_("synthetische gegevens"))] if synthetic else []
    return html.Div([html.Strong("Afspiegeling"), html.Span(name), *kind], className="brand")


def _menu(
    view: View, pages: Sequence[ModuleType], page: ModuleType | None, *, folded: bool
) -> Component:
    _ = view.translate
    parts: list[Component] = []
    reader = access.current()
    listed = [each for each in pages if each.SECTION is not None and reader.may(each.PATH)]
    for section in dict.fromkeys(each.SECTION for each in listed):
        if section:
            parts.append(html.P(_(section), className="menu-title"))
        links = [
            dbc.NavLink(_(each.TITLE), href=view.link(each.PATH), active=each is page)
            for each in listed
            if section == each.SECTION
        ]
        parts.append(dbc.Nav(links))
    inner = html.Nav(parts, **{"aria-label": _("Pagina's")})
    # another id for each page: the menu folds again after a choice
    name = f"menu-{page.__name__.rpartition('.')[2] if page else 'none'}"
    return html.Details(
        [html.Summary(_("Menu")), inner], id=name, className="menu", open=not folded
    )


def _provenance(view: View) -> Component:
    _ = view.translate
    meta = view.mart.meta()
    parts = provenance_parts(view)
    synthetic = _("synthetische gegevens")
    invented = meta["synthetic"] == "true"
    kind = [html.Span(synthetic, className="synthetic"), " · "] if invented else []
    links = [dcc.Link(_("hoe we meten"), href=view.link(METHOD))]
    if view.mart.news() is not None:
        links.append(dcc.Link(_("wat is nieuw"), href=view.link(METHOD)))
    text = " · ".join(parts)
    return html.Aside(
        [*kind, text, html.Span([[" · ", link] for link in links], className="links")],
        className="provenance",
        **{"aria-label": _("Herkomst van de cijfers")},
    )


# --- when there is nothing to show -------------------------------------------------------------


def _not_found(view: View, home: str) -> Component:
    _ = view.translate
    link = dcc.Link(_("Naar het overzicht"), href=view.link(home))
    return html.Div([page_heading(_("Deze pagina bestaat niet")), notice([link])])


def _failed(lang: str, pages: Sequence[ModuleType], reference: str) -> Component:
    _ = translator(lang)
    title = _("Deze pagina kon niet worden gemaakt")
    told = notice(
        _("Probeer het opnieuw of kies een ander onderdeel of een andere datum."),
        _("Blijft het misgaan, geef dan de beheerder dit kenmerk: {id}").format(id=reference),
        [dcc.Link(_("Naar het overzicht"), href=f"/?lang={lang}")],
    )
    return _bare(lang, pages, title, html.Div([page_heading(title), told]))


def _bare(lang: str, pages: Sequence[ModuleType], title: str, content: Component) -> Component:
    """A page without menu and filters: there is nothing to choose from."""
    main = html.Main(content, id="main", tabIndex=-1)
    foot = _foot_line(pages, lang, lambda path: f"{path}?lang={lang}")
    return html.Div([main, *foot], className="frame-bare frame", lang=lang, **{"data-title": title})
