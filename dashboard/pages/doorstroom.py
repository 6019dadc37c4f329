"""Doorstroom: who moves up."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashboard import text
from dashboard.block_adjusted import adjusted_block, adjusted_metrics
from dashboard.block_parity import exact_test, parity_block, promotion_comparisons, rate_table
from dashboard.block_time import TIME_METRICS, time_block
from dashboard.block_trend import Series, flow_trend
from dashboard.block_units import units_dots, units_shown
from dashboard.blocks import lower
from dashboard.cells import ALL, NO, YES, Cells, nearest, published
from dashboard.components import page_heading, unavailable
from dashboard.formats import period
from dashboard.i18n import N_
from dashboard.view import View

PATH = "/doorstroom"
TITLE = N_("Doorstroom")
SECTION = ""
KINDS = ("share", "rate", "parity", "parity_p")
METRICS = (
    *(f"{stem}_{kind}" for stem in ("promotion", "crossing") for kind in KINDS),
    *adjusted_metrics("promotion"),
    *TIME_METRICS,
)


def layout(view: View) -> Component:
    """Parity of promotion and crossing, corrected for scale, time until it, rates, trend, units."""
    _ = view.translate
    cells = view.cells(METRICS)
    named = promotion_comparisons(view, cells)
    if not named:
        where = nearest(cells, ["promotion_parity"], view.ancestors, ALL)
        what = _("De doorstroom van {group}").format(group=lower(view.group))
        return html.Div([page_heading(view.unit), unavailable(view, PATH, what, where)])
    crossing = named[-1][1]
    lead_row = crossing if published(crossing) else named[0][1]
    lead = _("{unit}, {group}. Kans op promotie vergeleken met {others}.").format(
        unit=view.unit, group=lower(view.group), others=lower(view.others)
    )
    promotion = named[0][1]
    codes = dict.fromkeys(row["period"] for _label, row in named)
    parity = parity_block(
        view,
        cells,
        named,
        title=text.title_parity(promotion, view.lang),
        subtitle=_("Kans gedeeld door die van anderen ({periods}), met 95%-marge").format(
            periods=", ".join(period(code, view.lang) for code in codes)
        ),
        exact=[exact_test(cells, row) for _label, row in named],
    )
    return html.Div(
        [
            page_heading(text.title_parity(lead_row, view.lang), lead),
            html.Div([parity, _trend(view, cells)], className="row row-trend"),
            html.Div([adjusted_block(view, cells, "promotion", PATH)], className="row"),
            *_time(view, cells),
            html.Div([_table(view, cells), _units(view, cells)], className="row row-trend"),
        ]
    )


def _time(view: View, cells: Cells) -> list[Component]:
    made = time_block(view, cells, PATH)
    return [] if made is None else [html.Div([made], className="row")]


def _trend(view: View, cells: Cells) -> Component:
    _ = view.translate
    wanted = [
        Series("promotion_rate", ALL, YES, "group", view.group),
        Series("promotion_rate", ALL, NO, "others", view.others),
    ]
    return flow_trend(
        view,
        cells,
        wanted,
        subject=_("de kans op promotie"),
        subtitle=_("Promoties per 100 medewerkers, alle schalen, met 95%-marge"),
        path=PATH,
    )


def _table(view: View, cells: Cells) -> Component:
    _ = view.translate
    unit = view.filters.unit
    bands = [ALL, view.low, view.high, *view.bands("fine")]
    period_of = {band: cells.shown_period("promotion_rate", unit, view.day, band) for band in bands}
    code = period_of[ALL]
    yes, no = (cells.get("promotion_rate", unit, code, ALL, group) for group in (YES, NO))
    return rate_table(
        view,
        cells,
        "promotion",
        period_of,
        title=text.title_rates(yes, no, view.lang),
        subtitle=_("Promoties per 100 medewerkers in de startschaal, {period}").format(
            period=period(code, view.lang) if code else ""
        ),
        path=PATH,
    )


def _units(view: View, cells: Cells) -> Component:
    _ = view.translate
    shown = [*units_shown(view), view.filters.unit]
    code_of = {unit: cells.flow_period("promotion_share", unit, view.day) for unit in shown}
    return units_dots(
        view,
        cells,
        "promotion_share",
        ALL,
        code_of,
        hue="group",
        subtitle=_("Aandeel {group} in alle promoties, met 95%-marge").format(
            group=lower(view.group)
        ),
        path=PATH,
    )
