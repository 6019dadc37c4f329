"""Vooruitblik: where the numbers lead to, what would change that, what a target asks for."""

from __future__ import annotations

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.block_needed import needed_blocks
from dashboard.block_projection import projection_block, title
from dashboard.block_scenario import scenario_block
from dashboard.block_start import method_block, start_block
from dashboard.blocks import lower
from dashboard.cells import Cells, Row, published
from dashboard.components import notice, page_heading, unavailable
from dashboard.formats import date_text
from dashboard.i18n import N_
from dashboard.outlook import Outlook, outlook
from dashboard.starting import Missing
from dashboard.text import enumerate_words, hidden
from dashboard.view import View

PATH = "/vooruitblik"
TITLE = N_("Vooruitblik")
SECTION = ""


def layout(view: View) -> Component:
    """The projection beside what can be set, what a target asks for, start and method."""
    look = outlook(view)
    if not isinstance(look, Outlook):
        return _nothing(view, *look)
    _ = view.translate
    lead = _(
        "{unit}, {group}. Een rekenkundige voortzetting van wat tot {date} is gemeten, geen "
        "voorspelling."
    ).format(unit=view.unit, group=lower(view.group), date=date_text(view.day, view.lang))
    first = [projection_block(look), scenario_block(look, PATH)]
    needs = needed_blocks(look)
    return html.Div(
        [
            page_heading(title(look), lead),
            html.Div(first, className="row row-trend"),
            html.Div([*needs, method_block(look)], className="row row-even"),
            html.Div(start_block(look), className="row"),
        ]
    )


def _nothing(view: View, missing: Missing, cells: Cells) -> Component:
    """Why there is no projection here, and where there is one."""
    _ = view.translate
    what = _("De vooruitblik van {group}").format(group=lower(view.group))
    if not missing.stock:
        bands = (view.low, view.high)
        rows = [cells.get("share", view.filters.unit, view.filters.period, band) for band in bands]
        where = _nearest(view, cells, bands)
        unplanned = [view.band(band) for band, row in zip(bands, rows, strict=True) if row is None]
        if unplanned:
            what = _("{what}, waarvoor het aandeel {bands} nodig is,").format(
                what=what, bands=enumerate_words(unplanned, view.lang)
            )
            return html.Div([page_heading(view.unit), unavailable(view, PATH, what, where)])
        return html.Div([page_heading(view.unit), _hidden(view, what, rows, where)])
    return html.Div([page_heading(view.unit), _too_early(view, what, missing)])


def _nearest(view: View, cells: Cells, bands: Sequence[str]) -> str:
    """The lowest unit above with the share in both bands on this date, or an empty text."""
    day = view.filters.period
    for unit in reversed(view.ancestors):
        if all(published(cells.get("share", unit, day, band)) for band in bands):
            return unit
    return ""


def _hidden(view: View, what: str, rows: Sequence[Row | None], where: str) -> Component:
    """The share of a band has no number here: only its status is told."""
    _ = view.translate
    named = [
        _("het aandeel {band} is {status}").format(
            band=view.band(row["scale_group"]), status=hidden(row, view.lang)
        )
        for row in rows
        if row is not None and not published(row)
    ]
    first = _("{what} is hier niet te maken: {why}.").format(
        what=what, why=enumerate_words(named, view.lang)
    )
    if not where:
        return notice(first)
    link = dcc.Link(view.label("unit", where), href=view.link(PATH, unit=where))
    return notice(first, [_("Het dichtstbij gepubliceerd: "), link])


def _too_early(view: View, what: str, missing: Missing) -> Component:
    """A rate is published nowhere for the years up to this date."""
    _ = view.translate
    names = {
        "inflow": _("het aandeel in de instroom"),
        "exit": _("de kans op vertrek"),
        "crossing": _("de kans op doorbraak"),
    }
    kinds = dict.fromkeys(name.partition("_")[0] for name in missing.names)
    first = _("{what} is op deze peildatum niet te maken: {why} is niet gepubliceerd.").format(
        what=what, why=enumerate_words([names[kind] for kind in kinds], view.lang)
    )
    last = view.mart.meta()["last_period"]
    if view.filters.period == last:
        return notice(first)
    link = dcc.Link(_("Naar de laatste peildatum"), href=view.link(PATH, period=last))
    return notice(first, [link])
