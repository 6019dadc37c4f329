"""Keten: where the share is lost, from who is there to who leaves."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashboard.block_chain import FROM_STOCK, chain_block, chain_steps, chain_title
from dashboard.block_change import TERMS, TOTAL, change_block
from dashboard.blocks import lead_sentence, lower
from dashboard.cells import ALL, YES, Cells, nearest
from dashboard.components import page_heading, unavailable
from dashboard.i18n import N_
from dashboard.text import enumerate_words
from dashboard.view import View

PATH = "/keten"
TITLE = N_("Keten")
SECTION = ""
SHARES = ("share", "inflow_share", "promotion_share", "crossing_share", "exit_share")


def layout(view: View) -> Component:
    """The change in the share taken apart, the chain of shares, the same for both bands."""
    _ = view.translate
    cells = view.cells(
        ["headcount", *SHARES, TOTAL, *TERMS],
        scale_groups=[ALL, view.low, view.high],
        categories=["", YES],
        children=False,
    )
    steps = chain_steps(view, cells, FROM_STOCK)
    if not steps:
        what = _("De keten van {group}").format(group=lower(view.group))
        where = nearest(cells, [TOTAL, "share"], view.ancestors, ALL)
        return html.Div([page_heading(view.unit), unavailable(view, PATH, what, where)])
    first = [change_block(view, cells, ALL, PATH), chain_block(view, cells, FROM_STOCK)]
    return html.Div(
        [
            page_heading(chain_title(steps, view.lang), lead_sentence(view, cells)),
            html.Div(first, className="row row-even"),
            *_bands(view, cells),
        ]
    )


def _bands(view: View, cells: Cells) -> list[Component]:
    """The change in both outer bands, or where it is published; nothing where nothing is."""
    _ = view.translate
    unit, bands = view.filters.unit, (view.low, view.high)
    planned = [band for band in bands if cells.series(TOTAL, unit, band)]
    blocks = [change_block(view, cells, band, PATH) for band in planned]
    parts: list[Component] = [html.Div(blocks, className="row row-even")] if blocks else []
    missing = [band for band in bands if band not in planned]
    if missing and cells.series(TOTAL, unit):
        names = enumerate_words([view.band(band) for band in missing], view.lang)
        what = _("De verandering van het aandeel {bands}").format(bands=names)
        parts.append(
            unavailable(view, PATH, what, nearest(cells, [TOTAL], view.ancestors, missing[0]))
        )
    return parts
