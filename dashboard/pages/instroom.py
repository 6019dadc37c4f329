"""Instroom: who comes in."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashboard import text
from dashboard.block_trend import Series, flow_trend
from dashboard.block_units import units_dots, units_shown
from dashboard.blocks import dot_block, guide_text, lower, unplanned_bands
from dashboard.cells import ALL, YES, Cells, Row, nearest
from dashboard.charts import DotRow, Guide, Mark
from dashboard.components import (
    Column,
    Download,
    block,
    data_table,
    margin_cell,
    mark_point,
    note,
    page_heading,
    tools,
    unavailable,
    value_cell,
)
from dashboard.formats import number, period
from dashboard.i18n import N_
from dashboard.text_target import index_words, title_market
from dashboard.view import View

PATH = "/instroom"
TITLE = N_("Instroom")
SECTION = ""
INDEX = "representation_index"


def layout(view: View) -> Component:
    """Share of the inflow against the stock, its trend, units."""
    _ = view.translate
    groups = [ALL, view.low, view.high]
    metrics = ["share", "inflow_share", "inflow_rate", "inflow", INDEX]
    cells = view.cells(metrics, scale_groups=groups)
    unit = view.filters.unit
    code = cells.flow_period("inflow_share", unit, view.day)
    if code is None:
        where = nearest(cells, ["inflow_share"], view.ancestors, ALL)
        what = _("De instroom van {group}").format(group=lower(view.group))
        return html.Div([page_heading(view.unit), unavailable(view, PATH, what, where)])
    inflow = cells.get("inflow_share", unit, code)
    stock = cells.get("share", unit, view.filters.period)
    lead = _("{unit}, {group}, instroom in {period}.").format(
        unit=view.unit, group=lower(view.group), period=period(code, view.lang)
    )
    return html.Div(
        [
            page_heading(text.title_inflow(inflow, stock, view.lang), lead),
            html.Div([_bands(view, cells, code), _trend(view, cells)], className="row row-even"),
            html.Div([_units(view, cells), _rates(view, cells)], className="row row-even"),
        ]
    )


def _benchmark(view: View) -> list[Guide]:
    found = view.reference("benchmark", "inflow_share")
    return [Guide(found["value"], guide_text(view, found))] if found else []


def _sources(view: View) -> list[Row]:
    found = view.reference("benchmark", "inflow_share")
    return [found] if found else []


def _benchmark_note(view: View, cells: Cells) -> Component | None:
    """What the benchmark is, where it comes from, and the stock against it."""
    _ = view.translate
    parts = [
        f"{found[f'label_{view.lang}']}: {number(found['value'], view.lang, 1)}%. "
        + _("Bron: {source}.").format(source=found["source"])
        for found in _sources(view)
    ]
    said = index_words(cells.get(INDEX, view.filters.unit, view.filters.period), view.lang)
    if parts and said:
        parts.append(_("Het aandeel in de bezetting is {said}.").format(said=said))
    return note(" ".join(parts)) if parts else None


def _bands(view: View, cells: Cells, code: str) -> Component:
    """Inflow (filled) and stock (hollow) by scale band."""
    _ = view.translate
    unit = view.filters.unit
    rows, table = [], []
    for band, hue in ((ALL, "others"), (view.low, "low"), (view.high, "high")):
        inflow = cells.get("inflow_share", unit, code, band)
        stock = cells.get("share", unit, view.filters.period, band)
        if inflow is None:
            continue
        label = text.capital(view.band(band))
        marks = [
            Mark(mark_point(view, inflow), hue, _("instroom")),
            Mark(mark_point(view, stock), hue, _("bezetting"), hollow=True),
        ]
        rows.append(DotRow(label, marks))
        table.append(
            [
                label,
                value_cell(view, inflow),
                margin_cell(view, inflow),
                value_cell(view, stock),
                margin_cell(view, stock),
            ]
        )
    subtitle = _("Aandeel {group} in de instroom en in de bezetting, met 95%-marge").format(
        group=lower(view.group)
    )
    columns = [Column(_("Schaalgroep")), Column(_("Instroom"), True), Column(_("95%-marge"), True)]
    columns += [Column(_("Bezetting"), True), Column(_("95%-marge"), True)]
    download = Download(
        ["inflow_share", "share", INDEX], [unit], [code, view.filters.period],
        [ALL, view.low, view.high], [YES],
    )  # fmt: skip
    under = tools(
        view, table=data_table(columns, table, subtitle), download=download, image="bands",
        metrics=["inflow_share", "share", INDEX], references=_sources(view),
    )  # fmt: skip
    return dot_block(
        view,
        rows,
        title=title_market(
            cells.get("inflow_share", unit, code), next(iter(_sources(view)), None), view.lang
        ),
        subtitle=subtitle,
        under=under,
        guides=_benchmark(view),
        remark=_benchmark_note(view, cells),
        missing=unplanned_bands(view, cells, "inflow_share", [view.low, view.high], PATH),
    )


def _trend(view: View, cells: Cells) -> Component:
    _ = view.translate
    guides = _benchmark(view)
    return flow_trend(
        view,
        cells,
        [Series("inflow_share", ALL, YES, "group", _("in de instroom"))],
        subject=_("het aandeel in de instroom"),
        subtitle=_("Aandeel {group} in de instroom, met 95%-marge").format(group=lower(view.group)),
        path=PATH,
        guide=guides[0] if guides else None,
    )


def _units(view: View, cells: Cells) -> Component:
    _ = view.translate
    shown = [*units_shown(view), view.filters.unit]
    code_of = {unit: cells.flow_period("inflow_share", unit, view.day) for unit in shown}
    return units_dots(
        view,
        cells,
        "inflow_share",
        ALL,
        code_of,
        hue="group",
        subtitle=_("Aandeel {group} in de instroom ({periods}), met 95%-marge").format(
            group=lower(view.group),
            periods=", ".join(
                period(code, view.lang) for code in dict.fromkeys(code_of.values()) if code
            ),
        ),
        path=PATH,
        guides=_benchmark(view),
    )


def _rates(view: View, cells: Cells) -> Component:
    """How much of the stock is new, for everybody."""
    _ = view.translate
    unit = view.filters.unit
    codes = cells.flow_periods("inflow", unit, ALL, "")
    rows = [
        [
            period(code, view.lang),
            value_cell(view, cells.get("inflow", unit, code, ALL, "")),
            value_cell(view, cells.get("inflow_rate", unit, code, ALL, "")),
        ]
        for code in reversed(codes)
    ]
    title = _("Nieuwe medewerkers per jaar")
    return block(
        title,
        data_table(
            [
                Column(_("Periode")),
                Column(_("Instroom"), True),
                Column(_("Per 100 in dienst"), True),
            ],
            rows,
            label=title,
        ),
        tools(
            view,
            download=Download(["inflow", "inflow_rate"], [unit], codes, [ALL], [""]),
            metrics=["inflow", "inflow_rate"],
        ),
        subtitle=_("Iedereen, ongeacht {attribute}").format(
            attribute=lower(view.label("attribute", view.filters.attribute))
        ),
    )
