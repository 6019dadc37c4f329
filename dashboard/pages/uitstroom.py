"""Uitstroom en exitmonitor: who leaves, and what they say."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashboard import text
from dashboard.block_adjusted import adjusted_block, adjusted_metrics
from dashboard.block_exit import exit_blocks
from dashboard.block_parity import exact_test, exit_comparisons, parity_block, rate_table
from dashboard.block_trend import Series, flow_trend
from dashboard.block_units import units_dots, units_shown
from dashboard.blocks import lower
from dashboard.cells import ALL, NO, YES, Cells, nearest
from dashboard.components import page_heading, unavailable
from dashboard.formats import period
from dashboard.i18n import N_
from dashboard.view import View

PATH = "/uitstroom"
TITLE = N_("Uitstroom en exitmonitor")
SECTION = ""
METRICS = ("exit_share", "exit_rate", "exit_parity", "exit_parity_p", *adjusted_metrics("exit"))


def layout(view: View) -> Component:
    """Parity of leaving by scale group, corrected for scale, rates, trend, units; exit monitor."""
    _ = view.translate
    cells = view.cells(METRICS)
    named = exit_comparisons(view, cells)
    if not named:
        where = nearest(cells, ["exit_parity"], view.ancestors, ALL)
        what = _("De uitstroom van {group}").format(group=lower(view.group))
        missing = unavailable(view, PATH, what, where)
        return html.Div([page_heading(view.unit), missing, *exit_blocks(view, PATH)])
    whole = named[0][1]
    lead = _("{unit}, {group}, vertrek in {period} vergeleken met {others}.").format(
        unit=view.unit,
        group=lower(view.group),
        period=period(whole["period"], view.lang),
        others=lower(view.others),
    )
    parity = parity_block(
        view,
        cells,
        named,
        title=_("De kans op vertrek per schaalgroep"),
        subtitle=_("Kans gedeeld door die van anderen ({periods}), met 95%-marge").format(
            periods=period(whole["period"], view.lang)
        ),
        exact=[exact_test(cells, row) for _label, row in named],
    )
    return html.Div(
        [
            page_heading(text.title_parity(whole, view.lang), lead),
            html.Div([parity, _trend(view, cells)], className="row row-trend"),
            html.Div([adjusted_block(view, cells, "exit", PATH)], className="row"),
            html.Div([_table(view, cells), _units(view, cells)], className="row row-trend"),
            *exit_blocks(view, PATH),
        ]
    )


def _trend(view: View, cells: Cells) -> Component:
    _ = view.translate
    return flow_trend(
        view,
        cells,
        [
            Series("exit_rate", ALL, YES, "group", view.group),
            Series("exit_rate", ALL, NO, "others", view.others),
        ],
        subject=_("de kans op vertrek"),
        subtitle=_("Vertrekkers per 100 medewerkers, alle schalen, met 95%-marge"),
        path=PATH,
    )


def _table(view: View, cells: Cells) -> Component:
    _ = view.translate
    unit = view.filters.unit
    bands = [ALL, view.low, view.high, *view.bands("fine")]
    period_of = {band: cells.shown_period("exit_rate", unit, view.day, band) for band in bands}
    code = period_of[ALL]
    yes, no = (cells.get("exit_rate", unit, code, ALL, group) for group in (YES, NO))
    return rate_table(
        view,
        cells,
        "exit",
        period_of,
        title=text.title_rates(yes, no, view.lang),
        subtitle=_("Vertrekkers per 100 medewerkers, {period}").format(
            period=period(code, view.lang) if code else ""
        ),
        path=PATH,
    )


def _units(view: View, cells: Cells) -> Component:
    _ = view.translate
    shown = [*units_shown(view), view.filters.unit]
    code_of = {unit: cells.flow_period("exit_share", unit, view.day) for unit in shown}
    return units_dots(
        view,
        cells,
        "exit_share",
        ALL,
        code_of,
        hue="group",
        subtitle=_("Aandeel {group} onder vertrekkers, met 95%-marge").format(
            group=lower(view.group)
        ),
        path=PATH,
    )
