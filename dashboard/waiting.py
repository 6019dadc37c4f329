"""An installation without a publication: the steps that lead to one; the page then shows itself."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component
from flask import Response, jsonify

from dashboard.components import Cell, notice, page_heading
from dashboard.errors import MartUnavailable
from dashboard.i18n import N_, translator
from dashboard.mart import Mart

SERVED = "/publication.json"
"""Where assets/waiting.js asks whether there is a publication by now."""
STEPS = (
    (
        N_("Beschrijf uw organisatie: naam, hoogste onderdeel, kwartalen of jaren."),
        "data/reference/organisation.toml",
    ),
    (
        N_("Laad de bestanden uit het personeelssysteem."),
        "afspiegeling load incoming/ --mapping rijk-standaard",
    ),
    (N_("Bekijk welke rijen zijn geweigerd en waarom."), "afspiegeling quarantine"),
    (N_("Publiceer: tellen, beschermen, aanvallen, tonen."), "afspiegeling publish"),
)
"""What to do, and the command or file."""


def waiting(lang: str) -> Component:
    """The page; assets/waiting.js looks for its class and loads it anew when there is news."""
    _ = translator(lang)
    steps = [html.Li([_(words), html.Br(), html.Code(code)]) for words, code in STEPS]
    books: list[Cell] = [
        _("Meer hierover: {part} in").format(part="“Your own extracts”"),
        " ",
        html.Code("README.md"),
        ", ",
        _("en alle bestanden en velden in"),
        " ",
        html.Code("docs/extracts.md"),
        ".",
    ]
    look: list[Cell] = [_("Eerst rondkijken met een verzonnen organisatie?"), " "]
    return html.Div(
        [
            page_heading(
                _("Er is nog geen publicatie"),
                _("In vier stappen staan hier uw cijfers; daarna ververst deze pagina vanzelf."),
            ),
            html.Ol(steps, className="steps"),
            notice(books, [*look, html.Code("make demo"), "."]),
        ],
        className="waiting",
    )


def served_json(mart: Mart) -> Response:
    """The name of the served publication, or null."""
    try:
        name: str | None = mart.publication
    except MartUnavailable:
        name = None
    answer = jsonify(publication=name)
    answer.cache_control.no_store = True
    return answer
