"""What stands around every page: navigation, filter bar, provenance; and the one router callback."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Mapping, Sequence
from datetime import date
from types import ModuleType

import dash_bootstrap_components as dbc
import polars as pl
from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from flask import Response, request

from dashboard.cells import published
from dashboard.charts import Style
from dashboard.components import notice, page_heading, value_text
from dashboard.errors import MartUnavailable
from dashboard.filters import (
    PARENT,
    PREVIOUS_QUARTER,
    PREVIOUS_YEAR,
    Filters,
    attributes,
    comparisons,
    stock_periods,
)
from dashboard.formats import date_text, period, period_end
from dashboard.i18n import LANGUAGES, language, translator
from dashboard.mart import Mart
from dashboard.view import View

log = logging.getLogger(__name__)
Themes = Mapping[str, Mapping[str, str]]
METHOD = "/verantwoording"
UNITS = "/units.json"


def shell() -> Component:
    """The part that never changes; the router fills ``view``."""
    skeleton = [html.I(className="short"), html.I(), html.I(className="tall"), html.I()]
    return html.Div(
        [
            dcc.Location(id="url", refresh=False),
            dcc.Store(id="device"),
            html.Div(html.Div(skeleton, className="skeleton"), id="view"),
            html.Div(id="announce", className="sr-only", role="status"),
        ]
    )


def register(app: Dash, mart: Mart, pages: Sequence[ModuleType], themes: Themes) -> None:
    """Connect address and device to the view, and serve the tree of units."""

    @app.callback(
        Output("view", "children"),
        Input("url", "pathname"),
        Input("url", "search"),
        Input("device", "data"),
    )
    def _route(path: str, search: str, device: dict[str, bool] | None) -> Component:
        return route(mart, pages, themes, path, search, device or {})

    app.clientside_callback(
        ClientsideFunction("frame", "device"), Output("device", "data"), Input("device", "id")
    )
    app.clientside_callback(
        ClientsideFunction("frame", "follow"),
        Output("announce", "children"),
        Input("view", "children"),
    )
    app.server.add_url_rule(UNITS, "units", lambda: units_json(mart))


def route(
    mart: Mart,
    pages: Sequence[ModuleType],
    themes: Themes,
    path: str,
    search: str,
    device: Mapping[str, bool],
) -> Component:
    """Address -> the whole view. What goes wrong is said on the page, with an id that is logged."""
    asked = language("en" if "lang=en" in (search or "") else None)
    try:
        filters = Filters.from_query(search, mart)
        theme = themes["dark" if device.get("dark") else "light"]
        view = View(mart, filters, Style(theme, bool(device.get("narrow")), filters.lang))
        page = next((page for page in pages if path == page.PATH), None)
        content = page.layout(view) if page else _not_found(view, pages[0].PATH)
        return _frame(view, pages, page, content, folded=bool(device.get("folded")))
    except MartUnavailable as error:
        log.warning("no publication: %s", error.paragraph())
        return _no_publication(asked)
    except Exception:
        reference = secrets.token_hex(4)
        log.exception("error %s while making %s", reference, path)
        return _failed(asked, reference)


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
    title = _(page.TITLE) if page else _("Pagina niet gevonden")
    data = {"data-title": f"{title} – {view.unit} – Afspiegeling", "data-query": view.link("")}
    side = html.Header(
        html.Div([_brand(view), _menu(view, pages, page, folded=folded)], className="side-in"),
        className="side",
    )
    main = html.Main(content, id="main", tabIndex=-1)
    body = html.Div([_bar(view, path), _provenance(view), main], className="body")
    skip = html.A(_("Naar de inhoud"), href="#main", className="skip")
    return html.Div([skip, side, body], className="frame", lang=view.lang, **data)


def _brand(view: View) -> Component:
    _ = view.translate
    meta = view.mart.meta()
    name = meta[f"organisation_{view.lang}"]
    kind = [html.Span(_("synthetische gegevens"))] if meta["synthetic"] == "true" else []
    return html.Div([html.Strong("Afspiegeling"), html.Span(name), *kind], className="brand")


def _menu(
    view: View, pages: Sequence[ModuleType], page: ModuleType | None, *, folded: bool
) -> Component:
    _ = view.translate
    parts: list[Component] = []
    for section in dict.fromkeys(each.SECTION for each in pages):
        if section:
            parts.append(html.P(_(section), className="menu-title"))
        links = [
            dbc.NavLink(_(each.TITLE), href=view.link(each.PATH), active=each is page)
            for each in pages
            if each.SECTION == section
        ]
        parts.append(dbc.Nav(links))
    inner = html.Nav(parts, **{"aria-label": _("Pagina's")})
    # another id for each page: the menu folds again after a choice
    name = f"menu-{page.__name__.rpartition('.')[2] if page else 'none'}"
    return html.Details([html.Summary(_("Menu")), inner], id=name, className="menu", open=not folded)


def _bar(view: View, path: str) -> Component:
    """The filter bar; assets/frame.js writes what is chosen into the address."""
    _ = view.translate
    filters, mart = view.filters, view.mart
    periods = [(code, date_text(period_end(code), view.lang)) for code in reversed(stock_periods(mart))]
    compared = [(code, _comparison(view, code)) for code in comparisons(mart, filters.unit, filters.period)]
    kinds = [(code, _attribute(view, code)) for code in attributes(mart)]
    return html.Div(
        [
            _picker(view),
            _select("period", _("Peildatum"), periods, filters.period),
            _select("compare", _("Vergelijken met"), compared, filters.compare),
            _select("attribute", _("Kenmerk"), kinds, filters.attribute),
            _languages(view, path),
            *_trail(view, path),
        ],
        className="bar",
        role="search",
        **{"aria-label": _("Keuzes")},
    )


def _picker(view: View) -> Component:
    _ = view.translate
    label = _("Organisatieonderdeel")
    data = {
        "data-unit": view.filters.unit,
        "data-name": view.unit,
        "data-label": label,
        "data-none": _("Geen onderdeel gevonden"),
        "data-source": f"{UNITS}?lang={view.lang}&period={view.filters.period}"
        f"&publication={view.mart.publication}",
    }
    # the search box itself is made by assets/frame.js: React leaves its children alone
    box = html.Div(id="unit-picker", className="combo", **data)
    return html.Div([html.Label(label, htmlFor="filter-unit"), box], className="field field-unit")


def _select(
    key: str, label: str, options: Sequence[tuple[str, str]], value: str
) -> Component:
    name = f"filter-{key}"
    choices = [{"value": code, "label": text} for code, text in options]
    select = dbc.Select(id=name, options=choices, value=value)
    return html.Div([html.Label(label, htmlFor=name), select], className=f"field field-{key}")


def _comparison(view: View, code: str) -> str:
    _ = view.translate
    match code:
        case _code if _code == PREVIOUS_YEAR:
            return _("Een jaar eerder")
        case _code if _code == PREVIOUS_QUARTER:
            return _("Een kwartaal eerder")
        case _code if _code == PARENT:
            return view.label("unit", view.ancestors[-1])
        case _:
            return period(code, view.lang, stock=True)


def _attribute(view: View, code: str) -> str:
    name, group = view.label("attribute", code), view.label(code, "yes")
    short = group.removeprefix(name).strip()
    return f"{name}: {short[:1].lower()}{short[1:]}"


def _languages(view: View, path: str) -> Component:
    links: list[Component | str] = []
    for lang in LANGUAGES:
        here = lang == view.lang
        if links:
            links.append(" · ")
        address = view.link(path, lang=lang)
        name = dcc.Link(lang.upper(), href=address, title={"nl": "Nederlands", "en": "English"}[lang])
        links.append(html.Strong(lang.upper()) if here else name)
    return html.Div(links, className="lang")


def _trail(view: View, path: str) -> list[Component]:
    if not view.ancestors:
        return []
    _ = view.translate
    names = [
        html.Li(dcc.Link(view.label("unit", code), href=view.link(path, unit=code)))
        for code in view.ancestors
    ]
    here = html.Li(view.unit, **{"aria-current": "true"})
    return [html.Ol([*names, here], className="trail", **{"aria-label": _("Plaats in de organisatie")})]


def _provenance(view: View) -> Component:
    _ = view.translate
    meta = view.mart.meta()
    parts = [
        _("Publicatie {name} van {date}").format(
            name=meta["publication"], date=date_text(_created(meta["created"]), view.lang)
        ),
        _("peildatum {date}").format(date=date_text(view.day, view.lang)),
        *_coverage(view),
        _("cijfers afgerond op {base}, groepen kleiner dan {least} niet getoond").format(
            base=meta["rounding_base"], least=meta["threshold_special"]
        ),
    ]
    synthetic = _("synthetische gegevens")
    kind = [html.Span(synthetic, className="synthetic"), " · "] if meta["synthetic"] == "true" else []
    link = dcc.Link(_("hoe we meten"), href=view.link(METHOD))
    said = ([synthetic] if kind else []) + parts
    text = " · ".join(parts)
    return html.Aside(
        [*kind, text, " · ", link],
        className="provenance",
        **{"data-source": "Afspiegeling · " + " · ".join(said), "aria-label": _("Herkomst van de cijfers")},
    )


def _coverage(view: View) -> list[str]:
    _ = view.translate
    frame = view.mart.cells(
        ["coverage"], [view.filters.unit], [view.filters.period], scale_groups=["all"],
        attribute=view.filters.attribute,
    )  # fmt: skip
    rows = list(frame.iter_rows(named=True))
    if not rows:
        return []
    name = view.label("attribute", view.filters.attribute).lower()
    text = value_text(view, rows[0])
    words = _("{what} bekend van {share}") if published(rows[0]) else _("{what} bekend: {share}")
    return [words.format(what=name, share=text)]


def _created(text: str) -> date:
    return date.fromisoformat(text[:10])


# --- when there is nothing to show -------------------------------------------------------------


def _not_found(view: View, home: str) -> Component:
    _ = view.translate
    link = dcc.Link(_("Naar het overzicht"), href=view.link(home))
    return html.Div([page_heading(_("Deze pagina bestaat niet")), notice([link])])


def _no_publication(lang: str) -> Component:
    _ = translator(lang)
    return _bare(
        lang,
        _("Er is nog geen publicatie"),
        _("Laad de gegevens en publiceer ze (afspiegeling load, daarna afspiegeling publish)."),
        _("Deze pagina toont de cijfers zodra er een publicatie is; herladen is genoeg."),
    )


def _failed(lang: str, reference: str) -> Component:
    _ = translator(lang)
    return _bare(
        lang,
        _("Deze pagina kon niet worden gemaakt"),
        _("Probeer het opnieuw of kies een ander onderdeel of een andere datum."),
        _("Blijft het misgaan, geef dan de beheerder dit kenmerk: {id}").format(id=reference),
    )


def _bare(lang: str, title: str, *paragraphs: str) -> Component:
    main = html.Main([page_heading(title), notice(*paragraphs)], id="main", tabIndex=-1)
    return html.Div(main, className="frame-bare frame", lang=lang, **{"data-title": title})


# --- the tree of units for the search box ------------------------------------------------------


def units_json(mart: Mart) -> Response:
    """Units that exist on the date asked for, in the order of the tree, as the box needs them."""
    filters = Filters.from_query(request.query_string.decode(), mart)
    day = period_end(filters.period)
    frame = mart.dimensions().filter(
        (pl.col("dimension") == "unit")
        & (pl.col("valid_from").is_null() | (pl.col("valid_from") <= day))
        & (pl.col("valid_to").is_null() | (pl.col("valid_to") >= day))
    )
    labels = dict(frame.select("code", f"label_{filters.lang}").iter_rows())
    units = [
        {
            "code": code,
            "name": labels[code],
            "level": level,
            "trail": " › ".join(labels.get(above, above) for above in mart.ancestors(code)[1:]),
        }
        for code, level in tree_order(frame)
    ]
    answer = Response(json.dumps(units, ensure_ascii=False), mimetype="application/json")
    answer.cache_control.max_age = 3600
    return answer


def tree_order(units: pl.DataFrame) -> list[tuple[str, int]]:
    """(code, level) of a frame with code, parent, level, position: each parent before its own."""
    rows = units.sort("position").select("code", "parent", "level").rows()
    present = {code for code, _parent, _level in rows}
    under: dict[str, list[tuple[str, int]]] = {}
    for code, parent, level in rows:
        under.setdefault(parent if parent in present else "", []).append((code, level))
    out: list[tuple[str, int]] = []
    waiting = list(reversed(under.get("", [])))
    while waiting:
        code, level = waiting.pop()
        out.append((code, level or 1))
        waiting.extend(reversed(under.get(code, [])))
    return out
