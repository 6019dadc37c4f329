"""Overzicht: where do we stand, on one page."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from dashboard import text
from dashboard.block_chain import FROM_INFLOW, chain_block
from dashboard.block_target import FIGURES, target_lines
from dashboard.block_trend import stock_trend
from dashboard.block_units import units_table
from dashboard.blocks import guide_text, lead_sentence, main_bands
from dashboard.cards import Card, cards
from dashboard.cells import ALL, YES, Cells, Row, nearest
from dashboard.components import (
    block,
    dated_text,
    note,
    page_heading,
    unavailable,
)
from dashboard.exit_answers import with_safety
from dashboard.findings import Finding, findings, no_findings
from dashboard.formats import period
from dashboard.i18n import N_
from dashboard.view import View

PATH = "/"
TITLE = N_("Overzicht")
SECTION = ""
METRICS = (
    *("headcount", "share", "gap", "ratio", "inflow_share", "exit_share"),
    *("promotion_share", "promotion_parity", "promotion_adjusted"),
    *("crossing_share", "crossing_parity", "exit_parity", "exit_adjusted"),
    *FIGURES,
)


def layout(view: View) -> Component:
    """Headline, cards, trend and findings, chain and units."""
    _ = view.translate
    groups = [ALL, view.low, view.high]
    cells = with_safety(view, view.cells(METRICS, scale_groups=groups, categories=["", YES]))
    low, high = (_stock(view, cells, band) for band, _hue in main_bands(view))
    if low is None and high is None:
        what = _("Het aandeel {group}").format(group=view.group)
        where = nearest(cells, ["share"], view.ancestors, view.low)
        return html.Div([page_heading(view.unit), unavailable(view, PATH, what, where)])
    gap = cells.get("gap", view.filters.unit, view.filters.period)
    names = [view.band(band) for band, _hue in main_bands(view)]
    first = [stock_trend(view, cells, PATH), _attention(view, cells)]
    second = [chain_block(view, cells, FROM_INFLOW), units_table(view, cells, PATH)]
    title = text.headline_overview(low, high, gap, names[0], names[1], view.lang)
    return html.Div(
        [
            page_heading(title, lead_sentence(view, cells)),
            cards(view, cells, _cards(view, cells)),
            html.Div(first, className="row row-trend"),
            html.Div(second, className="row row-even"),
        ]
    )


def _stock(view: View, cells: Cells, band: str) -> Row | None:
    return cells.get("share", view.filters.unit, view.filters.period, band)


def _flow(view: View, cells: Cells, metric: str, band: str = ALL) -> Row | None:
    unit = view.filters.unit
    return cells.get(metric, unit, cells.shown_period(metric, unit, view.day, band), band)


def _cards(view: View, cells: Cells) -> list[Card]:
    _ = view.translate
    unit, code = view.filters.unit, view.filters.period
    ratio = dated_text(view, cells.get("ratio", unit, code))
    inflow = _flow(view, cells, "inflow_share")
    crossing = _flow(view, cells, "crossing_parity", view.low)
    promotion = _flow(view, cells, "promotion_parity")
    leaving = _flow(view, cells, "exit_parity")
    asked = cells.flow_period("exit_score", unit, view.day, ALL, "")
    score = cells.get("exit_score", unit, asked, ALL, "")
    chance = crossing or promotion
    step = _("Kans op doorbraak, vergeleken") if crossing else _("Kans op promotie, vergeleken")
    return [
        Card(
            _("Aandeel {band}").format(band=view.band(view.low)),
            _stock(view, cells, view.low), "low", target_lines(view, cells, view.low),
        ),
        Card(
            _("Aandeel {band}").format(band=view.band(view.high)),
            _stock(view, cells, view.high), "high", target_lines(view, cells, view.high),
        ),
        Card(
            _("Verschil in punten"), cells.get("gap", unit, code), "ink",
            _("verhouding {ratio}").format(ratio=ratio),
        ),
        Card(_("Aandeel in de instroom"), inflow, "ink", _foot(view, inflow, benchmark=True)),
        Card(step, chance, "ink", _foot(view, chance)),
        Card(_("Kans op vertrek, vergeleken"), leaving, "ink", _foot(view, leaving)),
        Card(_("Sociale veiligheid, score van vertrekkers"), score, "ink", _foot(view, score)),
    ]  # fmt: skip


def _foot(view: View, row: Row | None, *, benchmark: bool = False) -> str:
    """The period of a flow and what it is measured against."""
    _ = view.translate
    if row is None:
        return ""
    code = period(row["period"], view.lang)
    reference = view.reference("benchmark", row["metric"]) if benchmark else None
    if reference:
        return f"{code} · {guide_text(view, reference)}"
    if row["metric"].endswith("_parity"):
        return _("{period} · gelijk = 1").format(period=code)
    return code


def _attention(view: View, cells: Cells) -> Component:
    _ = view.translate
    heading = _("Wat vraagt aandacht")
    newest = view.mart.meta()["last_period"]
    if view.filters.period != newest:
        told = _("Bevindingen gaan over de laatste peildatum ({date}).")
        date = period(newest, view.lang, stock=True)
        link = dcc.Link(_("Naar de laatste peildatum"), href=view.link(PATH, period=newest))
        return block(heading, note(told.format(date=date)), html.P(link, className="sub"))
    unit, attribute = view.filters.unit, view.filters.attribute
    mine = {"unit": unit, "attribute": attribute, "category": YES}
    found = findings(
        view.mart.findings().filter(**mine),
        cells.frame.filter(**mine),
        view.mart.references(),
        view.lang,
        high=(view.high, view.band(view.high)),
    )
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
