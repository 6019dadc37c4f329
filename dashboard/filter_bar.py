"""The filter bar: the same on every page; what is chosen goes into the address."""

from __future__ import annotations

import json
from collections.abc import Sequence

import dash_bootstrap_components as dbc
import polars as pl
from dash import dcc, html
from dash.development.base_component import Component
from flask import Response, request

from dashboard import access
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
from dashboard.help import help_button
from dashboard.i18n import LANGUAGES
from dashboard.mart import Mart
from dashboard.view import View

UNITS = "/units.json"
LANGUAGE_NAMES = {"nl": "Nederlands", "en": "English"}


def filter_bar(view: View, path: str) -> Component:
    """The filter bar; assets/frame.js writes what is chosen into the address."""
    _ = view.translate
    filters, mart = view.filters, view.mart
    days = reversed(stock_periods(mart))
    periods = [(code, date_text(period_end(code), view.lang)) for code in days]
    choices = comparisons(mart, filters.unit, filters.period)
    compared = [(code, _comparison(view, code)) for code in choices]
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
    # the search box itself is made by assets/frame.js: a new view leaves its children alone
    box = html.Div(id="unit-picker", className="combo", **data)
    return html.Div([html.Label(label, htmlFor="filter-unit"), box], className="field field-unit")


def _select(key: str, label: str, options: Sequence[tuple[str, str]], value: str) -> Component:
    name = f"filter-{key}"
    choices = [{"value": code, "label": text} for code, text in options]
    select = dbc.Select(id=name, options=choices, value=value)
    return html.Div([html.Label(label, htmlFor=name), select], className=f"field field-{key}")


def _comparison(view: View, code: str) -> str:
    _ = view.translate
    if code == PARENT:
        return view.label("unit", view.ancestors[-1])
    words = {PREVIOUS_YEAR: _("Een jaar eerder"), PREVIOUS_QUARTER: _("Een kwartaal eerder")}
    return words.get(code) or period(code, view.lang, stock=True)


def _attribute(view: View, code: str) -> str:
    name, group = view.label("attribute", code), view.label(code, "yes")
    short = group.removeprefix(name).strip()
    return f"{name}: {short[:1].lower()}{short[1:]}"


def _languages(view: View, path: str) -> Component:
    links: list[Component | str] = []
    for lang in LANGUAGES:
        if links:
            links.append(" · ")
        address = view.link(path, lang=lang)
        name = {"id": f"lang-{lang}", "title": LANGUAGE_NAMES[lang]}
        # no choice on the page but another document: help and tour speak its language, too
        link = html.A(lang.upper(), href=address, hrefLang=lang, **name)
        links.append(html.Strong(lang.upper()) if view.lang == lang else link)
    return html.Div([*links, help_button(view.lang), *_logout(view)], className="lang")


def _logout(view: View) -> list[Component]:
    if access.current().role == access.OPEN:
        return []
    _ = view.translate
    button = html.Button(_("Afmelden"), type="submit", className="logout")
    return [html.Form(button, action="/logout", method="post")]


def _trail(view: View, path: str) -> list[Component]:
    if not view.ancestors:
        return []
    _ = view.translate
    names = [
        html.Li(dcc.Link(view.label("unit", code), href=view.link(path, unit=code)))
        for code in view.ancestors
    ]
    here = html.Li(view.unit, **{"aria-current": "true"})
    label = {"aria-label": _("Plaats in de organisatie")}
    return [html.Ol([*names, here], className="trail", **label)]


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
