"""Instroom and Doorstroom in the paper: who comes in, who moves up."""

from __future__ import annotations

from dashboard import text
from dashboard.block_adjusted import adjusted_metrics
from dashboard.block_parity import promotion_comparisons
from dashboard.blocks import guide_text, lower
from dashboard.cells import ALL, YES, Cells, Row, published
from dashboard.formats import number, period
from dashboard.report.paper import (
    Block,
    Chart,
    Column,
    Line,
    Section,
    Series,
    alternative,
    margin,
    spot,
    table,
    value,
    words,
)
from dashboard.report.parts import adjusted_block, flow_block, nothing, parity_block, rates
from dashboard.text_target import index_words, title_market
from dashboard.view import View

INDEX = "representation_index"
MOVING = (
    *("promotion_rate", "promotion_parity", "crossing_rate", "crossing_parity"),
    *adjusted_metrics("promotion"),
)


def inflow(view: View) -> Section:
    """Share of the inflow against the stock and the labour market, and its trend."""
    _ = view.translate
    name = _("Instroom")
    cells = view.cells(["share", "inflow_share", INDEX], scale_groups=[ALL, view.low, view.high])
    unit = view.filters.unit
    code = cells.flow_period("inflow_share", unit, view.day)
    if code is None:
        what = _("De instroom van {group}").format(group=lower(view.group))
        return nothing(view, name, what, cells, "inflow_share")
    came = cells.get("inflow_share", unit, code)
    there = cells.get("share", unit, view.filters.period)
    market = view.reference("benchmark", "inflow_share")
    line = Line(market["value"], guide_text(view, market), "muted") if market else None
    over_time = flow_block(
        view,
        cells,
        [("inflow_share", ALL, YES, "group", _("in de instroom"))],
        _("het aandeel in de instroom"),
        _("Aandeel {group} in de instroom, met 95%-marge").format(group=lower(view.group)),
        line,
    )
    lead = _("{unit}, {group}, instroom in {period}.").format(
        unit=view.unit, group=lower(view.group), period=period(code, view.lang)
    )
    return Section(
        name,
        text.title_inflow(came, there, view.lang),
        lead,
        blocks=[_bands(view, cells, code, market, line), *([over_time] if over_time else [])],
    )


def _bands(view: View, cells: Cells, code: str, market: Row | None, line: Line | None) -> Block:
    """Inflow and stock by scale band."""
    _ = view.translate
    unit = view.filters.unit
    found = [
        (text.capital(view.band(band)), came, cells.get("share", unit, view.filters.period, band))
        for band in (ALL, view.low, view.high)
        if (came := cells.get("inflow_share", unit, code, band)) is not None
    ]
    names = [label for label, _came, _there in found]
    series = [
        Series(_("instroom"), "group", [spot(view, came) for _l, came, _t in found]),
        Series(
            _("bezetting"), "others", [spot(view, there) for _l, _c, there in found], hollow=True
        ),
    ]
    rows = [
        [
            words(label),
            *(value(view, came), margin(view, came)),
            *(value(view, there), margin(view, there)),
        ]
        for label, came, there in found
    ]
    columns: list[Column] = [
        *((_("Schaalgroep"), False), _("Instroom"), _("95%-marge")),
        *(_("Bezetting"), _("95%-marge")),
    ]
    subtitle = _("Aandeel {group} in de instroom en in de bezetting, met 95%-marge").format(
        group=lower(view.group)
    )
    alt = alternative(view, subtitle, names, series)
    return Block(
        title_market(cells.get("inflow_share", unit, code), market, view.lang),
        subtitle,
        Chart("bars", alt, names, series, line=line),
        table(subtitle, columns, rows),
        _market(view, cells, market),
    )


def _market(view: View, cells: Cells, market: Row | None) -> list[str]:
    """What the benchmark is, where it comes from, and the stock against it."""
    _ = view.translate
    if market is None:
        return []
    label, size = market[f"label_{view.lang}"], number(market["value"], view.lang, 1)
    parts = [f"{label}: {size}%. " + _("Bron: {source}.").format(source=market["source"])]
    said = index_words(cells.get(INDEX, view.filters.unit, view.filters.period), view.lang)
    if said:
        parts.append(_("Het aandeel in de bezetting is {said}.").format(said=said))
    return [" ".join(parts)]


def moving_up(view: View) -> Section:
    """Parity of promotion and of the step to the high scales, corrected for scale, over time."""
    _ = view.translate
    name = _("Doorstroom")
    cells = view.cells(MOVING, children=False)
    named = promotion_comparisons(view, cells)
    if not named:
        what = _("De doorstroom van {group}").format(group=lower(view.group))
        return nothing(view, name, what, cells, "promotion_parity")
    crossing = named[-1][1]
    lead_row = crossing if published(crossing) else named[0][1]
    lead = _("{unit}, {group}. Kans op promotie vergeleken met {others}.").format(
        unit=view.unit, group=lower(view.group), others=lower(view.others)
    )
    subtitle = _("Promoties per 100 medewerkers, alle schalen, met 95%-marge")
    blocks = (
        parity_block(view, cells, named, text.title_parity(named[0][1], view.lang)),
        adjusted_block(view, cells, "promotion"),
        rates(view, cells, "promotion_rate", _("de kans op promotie"), subtitle),
    )
    title = text.title_parity(lead_row, view.lang)
    return Section(name, title, lead, blocks=[each for each in blocks if each is not None])
