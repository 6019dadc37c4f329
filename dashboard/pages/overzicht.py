"""Overzicht: where do we stand, on one page."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from dashboard import text
from dashboard.block_chain import FROM_INFLOW, chain_block
from dashboard.block_trend import stock_trend
from dashboard.block_units import units_table
from dashboard.blocks import lead_sentence, main_bands
from dashboard.board import attention, board_cards, board_cells, stock_share
from dashboard.cards import cards
from dashboard.cells import Cells, nearest
from dashboard.components import (
    block,
    note,
    page_heading,
    unavailable,
)
from dashboard.findings import Finding, no_findings
from dashboard.formats import period
from dashboard.i18n import N_
from dashboard.report.build import url
from dashboard.view import View

PATH = "/"
TITLE = N_("Overzicht")
SECTION = ""
BESIDE_FINDINGS = 420
"""Height of the figure beside the findings, in pixels."""


def layout(view: View) -> Component:
    """Headline, cards, trend and findings, chain and units."""
    _ = view.translate
    cells = board_cells(view)
    low, high = (stock_share(view, cells, band) for band, _hue in main_bands(view))
    if low is None and high is None:
        what = _("Het aandeel {group}").format(group=view.group)
        where = nearest(cells, ["share"], view.ancestors, view.low)
        return html.Div([page_heading(view.unit), unavailable(view, PATH, what, where)])
    gap = cells.get("gap", view.filters.unit, view.filters.period)
    names = [view.band(band) for band, _hue in main_bands(view)]
    first = [stock_trend(view, cells, PATH, BESIDE_FINDINGS), _attention(view, cells)]
    second = [chain_block(view, cells, FROM_INFLOW), units_table(view, cells, PATH)]
    title = text.headline_overview(low, high, gap, names[0], names[1], view.lang)
    return html.Div(
        [
            page_heading(title, lead_sentence(view, cells)),
            _paper(view),
            cards(view, cells, board_cards(view, cells)),
            html.Div(first, className="row row-trend"),
            html.Div(second, className="row row-even"),
        ]
    )


def _paper(view: View) -> Component:
    """The same as a board paper: two quiet links."""
    _ = view.translate
    forms = {"PPTX": _("Download PPTX"), "PDF": _("Download PDF")}
    links = [
        html.A(name, href=url(view, name.lower()), **{"aria-label": said})
        for name, said in forms.items()
    ]
    return html.Div([html.Span(_("Bestuursstuk")), *links], className="tools")


def _attention(view: View, cells: Cells) -> Component:
    _ = view.translate
    heading = _("Wat vraagt aandacht")
    newest = view.mart.meta()["last_period"]
    if view.filters.period != newest:
        told = _("Bevindingen gaan over de laatste peildatum ({date}).")
        date = period(newest, view.lang, stock=True)
        link = dcc.Link(_("Naar de laatste peildatum"), href=view.link(PATH, period=newest))
        return block(heading, note(told.format(date=date)), html.P(link, className="sub"))
    found = attention(view, cells)
    if not found:
        return block(heading, note(no_findings(view.lang)))
    return block(heading, html.Ul([_item(view, each) for each in found], className="findings"))


def _item(view: View, found: Finding) -> Component:
    _ = view.translate
    where = dcc.Link(found.page, href=view.link(found.path))
    rule = html.Details([html.Summary(_("Waarom staat dit hier?")), html.P(found.rule)])
    parts = [
        html.P(found.sentence),
        html.P([f"{found.certainty} · ", where], className="sub"),
        html.Div(rule, className="tools"),
    ]
    return html.Li(parts, className=f"finding is-{found.tone}")
