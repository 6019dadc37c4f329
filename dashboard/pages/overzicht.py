"""Overzicht: where do we stand, on one page."""

from __future__ import annotations

import polars as pl
from dash import dcc, html
from dash.development.base_component import Component

from dashboard import text
from dashboard.block_trend import stock_trend
from dashboard.block_units import units_table
from dashboard.blocks import dot_block, guide_text, lead_sentence, lower, main_bands
from dashboard.cards import Card, cards
from dashboard.cells import ALL, YES, Cells, Row, nearest, published
from dashboard.charts import DotRow, Guide, Mark
from dashboard.components import (
    Column,
    Download,
    block,
    data_table,
    dated_text,
    margin_cell,
    mark_point,
    note,
    page_heading,
    tools,
    unavailable,
    value_cell,
)
from dashboard.findings import findings, no_findings
from dashboard.formats import date_text, period, period_end
from dashboard.i18n import N_
from dashboard.view import View

PATH = "/"
TITLE = N_("Overzicht")
SECTION = ""
METRICS = (
    *("headcount", "share", "gap", "ratio", "inflow_share", "exit_share"),
    *("promotion_share", "promotion_parity", "crossing_share", "crossing_parity", "exit_parity"),
)


def layout(view: View) -> Component:
    """Headline, cards, trend and findings, chain and units."""
    _ = view.translate
    cells = view.cells(METRICS, scale_groups=[ALL, view.low, view.high], categories=["", YES])
    low, high = (_stock(view, cells, band) for band, _hue in main_bands(view))
    if low is None and high is None:
        what = _("Het aandeel {group}").format(group=view.group)
        where = nearest(cells, ["share"], view.ancestors, view.low)
        return html.Div([page_heading(view.unit), unavailable(view, PATH, what, where)])
    gap = cells.get("gap", view.filters.unit, view.filters.period)
    names = [view.band(band) for band, _hue in main_bands(view)]
    first = [stock_trend(view, cells, PATH), _attention(view, cells)]
    second = [_chain(view, cells), units_table(view, cells, PATH)]
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
    return cells.get(metric, unit, cells.flow_period(metric, unit, view.day, band), band)


def _cards(view: View, cells: Cells) -> list[Card]:
    _ = view.translate
    unit, code = view.filters.unit, view.filters.period
    ratio = dated_text(view, cells.get("ratio", unit, code))
    inflow = _flow(view, cells, "inflow_share")
    crossing = _flow(view, cells, "crossing_parity", view.low)
    promotion = _flow(view, cells, "promotion_parity")
    leaving = _flow(view, cells, "exit_parity")
    chance = crossing or promotion
    step = _("Kans op doorbraak, vergeleken") if crossing else _("Kans op promotie, vergeleken")
    return [
        Card(
            _("Aandeel {band}").format(band=view.band(view.low)),
            _stock(view, cells, view.low), "low", _target(view, view.low),
        ),
        Card(
            _("Aandeel {band}").format(band=view.band(view.high)),
            _stock(view, cells, view.high), "high", _target(view, view.high),
        ),
        Card(
            _("Verschil in punten"), cells.get("gap", unit, code), "ink",
            _("verhouding {ratio}").format(ratio=ratio),
        ),
        Card(_("Aandeel in de instroom"), inflow, "ink", _foot(view, inflow, benchmark=True)),
        Card(step, chance, "ink", _foot(view, chance)),
        Card(_("Kans op vertrek, vergeleken"), leaving, "ink", _foot(view, leaving)),
    ]  # fmt: skip


def _target(view: View, band: str) -> str:
    _ = view.translate
    target = view.reference("target", "share", band)
    return guide_text(view, target) if target else _("geen streefcijfer")


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
    frame = cells.frame.filter((pl.col("unit") == view.filters.unit) & (pl.col("category") == YES))
    ended = [code for code in frame["period"].unique().to_list() if period_end(code) <= view.day]
    found = findings(
        frame.filter(pl.col("period").is_in(ended)),
        view.mart.references(),
        view.lang,
        low=(view.low, view.band(view.low)),
        high=(view.high, view.band(view.high)),
    )
    if not found:
        return block(_("Wat vraagt aandacht"), note(no_findings(view.lang)))
    items = [
        html.Li(
            [
                html.P(each.sentence),
                html.P(
                    [f"{each.certainty} · ", dcc.Link(each.page, href=view.link(each.path))],
                    className="sub",
                ),
            ],
            className=f"finding is-{each.tone}",
        )
        for each in found
    ]
    return block(_("Wat vraagt aandacht"), html.Ul(items, className="findings"))


def _chain(view: View, cells: Cells) -> Component:
    _ = view.translate
    crossing = _flow(view, cells, "crossing_share", view.low)
    promotion = _flow(view, cells, "promotion_share", view.low)
    steps = [
        ("inflow", _("Instroom"), _flow(view, cells, "inflow_share"), "others"),
        ("stock_low", _("Bezetting {band}"), _stock(view, cells, view.low), "low"),
        ("promotion", _("Promotie {band}"), promotion, "low"),
        ("crossing", view.metric("crossing"), crossing, "high"),
        ("stock_high", _("Bezetting {band}"), _stock(view, cells, view.high), "high"),
        ("exit", _("Uitstroom"), _flow(view, cells, "exit_share"), "others"),
    ]
    bands = {"stock_low": view.low, "promotion": view.low, "stock_high": view.high}
    named = [
        (key, label.format(band=view.band(bands.get(key, ALL))), row, hue)
        for key, label, row, hue in steps
        if row is not None
    ]
    title = text.title_chain([(key, label, row) for key, label, row, _hue in named], view.lang)
    subtitle = _("Aandeel {group} in elke stap ({periods}), met 95%-marge").format(
        group=lower(view.group),
        periods=", ".join(_periods(view, [row for _key, _label, row, _hue in named])),
    )
    columns = [Column(_("Stap")), Column(_("Periode")), Column(_("Aandeel"), True)]
    columns.append(Column(_("95%-marge"), True))
    rows = [
        [label, _when(view, row), value_cell(view, row), margin_cell(view, row)]
        for _key, label, row, _hue in named
    ]
    metrics = list(dict.fromkeys(row["metric"] for _key, _label, row, _hue in named))
    download = Download(
        metrics,
        [view.filters.unit],
        list(dict.fromkeys(row["period"] for _key, _label, row, _hue in named)),
        [ALL, view.low, view.high],
        [YES],
    )
    drawn = [DotRow(label, [Mark(mark_point(view, row), hue)]) for _key, label, row, hue in named]
    benchmark = view.reference("benchmark", "inflow_share")
    guides = [Guide(benchmark["value"], guide_text(view, benchmark))] if benchmark else []
    under = tools(
        view, table=data_table(columns, rows, subtitle), download=download, image=True,
        metrics=metrics, references=[benchmark] if benchmark else [],
    )  # fmt: skip
    return dot_block(view, drawn, title=title, subtitle=subtitle, under=under, guides=guides)


def _when(view: View, row: Row) -> str:
    return period(row["period"], view.lang, stock=row["period"] in view.periods)


def _periods(view: View, rows: list[Row]) -> list[str]:
    """The flow periods of the steps, each once."""
    flows = [row["period"] for row in rows if row["metric"] != "share" and published(row)]
    return [period(code, view.lang) for code in dict.fromkeys(flows)] or [
        date_text(view.day, view.lang)
    ]
