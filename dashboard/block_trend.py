"""Blocks over time: the share in both main bands, and flows by year or block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dash.development.base_component import Component

from dashboard import chart_trend, text
from dashboard.block_target import FIGURES, aimed_band, pace_note, target_of
from dashboard.blocks import line_alternative, lower, main_bands, target_guide, unplanned_bands
from dashboard.cells import ALL, YES, Cells, Row, nearest, published
from dashboard.charts import Guide, Line
from dashboard.components import (
    Cell,
    Column,
    Download,
    block,
    data_table,
    figure,
    margin_cell,
    note,
    point,
    tools,
    unavailable,
    value_cell,
)
from dashboard.formats import period, period_end, points, short_period
from dashboard.view import View

ByPeriod = dict[str, Row]


# --- share in the two main bands ----------------------------------------------------------------


def stock_trend(view: View, cells: Cells, path: str, height: int = 330) -> Component:
    """The share in both main bands over time, with band, gap and target; ``height`` in pixels."""
    _ = view.translate
    unit = view.filters.unit
    every = {band: cells.series("share", unit, band) for band, _hue in main_bands(view)}
    series = {band: rows for band, rows in every.items() if rows}
    gaps = cells.series("gap", unit)
    codes = [code for code in view.periods if any(code in rows for rows in series.values())]
    if not codes:
        where = nearest(cells, ["share"], view.ancestors, view.low)
        what = _("Het aandeel {group}").format(group=lower(view.group))
        return block(_("Aandeel door de tijd"), unavailable(view, path, what, where))
    subtitle = _("Aandeel {group}, per peildatum, met 95%-marge").format(group=lower(view.group))
    aimed = aimed_band(view)
    target = target_of(view, aimed) if aimed in series else None
    metrics = ["share", "gap", *(FIGURES if target else ())]
    under = tools(
        view,
        table=_stock_table(view, codes, series, gaps, subtitle),
        download=Download(metrics, [unit], codes, [ALL, *series], [YES]),
        image="trend",
        metrics=metrics,
        references=[target] if target else (),
    )
    title = text.title_trend(gaps.get(codes[0]), gaps.get(codes[-1]), view.lang)
    drawn = _stock_figure(view, codes, series, gaps.get(codes[-1]), subtitle, height)
    missing = unplanned_bands(view, cells, "share", list(every), path)
    pace = pace_note(view, cells, target["scale_group"]) if target else None
    return block(title, drawn, pace, under, missing, subtitle=subtitle)


def _stock_figure(  # noqa: PLR0917  (the parts of one block)
    view: View,
    codes: Sequence[str],
    series: dict[str, ByPeriod],
    gap: Row | None,
    subtitle: str,
    height: int,
) -> Component:
    lines = [
        Line(view.band(band), hue, [point(view, series[band].get(code)) for code in codes])
        for band, hue in main_bands(view)
        if band in series
    ]
    drawing = chart_trend.trend(
        [period(code, view.lang, stock=True) for code in codes],
        lines,
        view.style,
        bracket=_bracket(view, gap),
        target=_target_line(view, series),
        height=height,
    )
    return figure(drawing, line_alternative(view, subtitle, lines))


def _target_line(view: View, series: dict[str, ByPeriod]) -> Guide | None:
    band = aimed_band(view)
    if band is None or band not in series:
        return None
    return target_guide(view, "share", band, dict(main_bands(view))[band])


def _bracket(view: View, gap: Row | None) -> str:
    if gap is None or not published(gap):
        return ""
    size = points(gap["value"], gap["base"], view.lang, sign=False)
    return text.dated(gap, size, view.lang)


def _stock_table(
    view: View, codes: Sequence[str], series: dict[str, ByPeriod], gaps: ByPeriod, caption: str
) -> Component:
    _ = view.translate
    columns = [Column(_("Peildatum"))]
    for band in series:
        columns += [Column(view.band(band), True), Column(_("95%-marge"), True)]
    columns.append(Column(_("Verschil"), True))
    rows = [
        [
            period(code, view.lang, stock=True),
            *_values(view, code, list(series.values())),
            value_cell(view, gaps.get(code)),
        ]
        for code in reversed(codes)
    ]
    return data_table(columns, rows, caption)


def _values(view: View, code: str, series: Sequence[ByPeriod]) -> list[Cell]:
    """Value and interval of each series at one period."""
    return [
        cell
        for rows in series
        for cell in (value_cell(view, rows.get(code)), margin_cell(view, rows.get(code)))
    ]


# --- flows --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Series:
    """One line of a flow trend."""

    metric: str
    scale_group: str
    category: str
    hue: str
    label: str


def flow_trend(
    view: View,
    cells: Cells,
    wanted: Sequence[Series],
    *,
    subject: str,
    subtitle: str,
    path: str,
    guide: Guide | None = None,
) -> Component:
    """Shares or rates of a flow by year (or block); the first series gives the title.

    Args:
        view: the view.
        cells: the page's cells.
        wanted: the lines.
        subject: noun phrase in the reader's language ("de kans op vertrek").
        subtitle: what is drawn.
        path: address of the page, for the link to the nearest published unit.
        guide: a target or benchmark.
    """
    unit, first = view.filters.unit, wanted[0]
    codes = [
        code
        for code in cells.flow_periods(first.metric, unit, first.scale_group, first.category)
        if period_end(code) <= view.day
    ]
    head = text.capital(subject)
    if not codes:
        where = nearest(cells, [first.metric], view.ancestors, first.scale_group)
        return block(head, unavailable(view, path, head, where))
    rows = [cells.series(s.metric, unit, s.scale_group, s.category) for s in wanted]
    title = text.title_series(rows[0][codes[0]], rows[0][codes[-1]], subject, view.lang)
    table = _flow_table(view, codes, wanted, rows, subtitle)
    under = _flow_tools(view, codes, wanted, table)
    if len(codes) == 1:
        return block(title, _one_period(view, codes[0]), under, subtitle=subtitle)
    drawn = _flow_figure(view, codes, wanted, rows, guide, subtitle)
    return block(title, drawn, under, subtitle=subtitle)


def _flow_figure(  # noqa: PLR0917  (the parts of one block)
    view: View,
    codes: Sequence[str],
    wanted: Sequence[Series],
    rows: Sequence[ByPeriod],
    guide: Guide | None,
    subtitle: str,
) -> Component:
    lines = [
        Line(each.label, each.hue, [point(view, series.get(code)) for code in codes])
        for each, series in zip(wanted, rows, strict=True)
    ]
    names = [short_period(code, view.lang) for code in codes]
    drawing = chart_trend.trend(names, lines, view.style, target=guide, height=290)
    return figure(drawing, line_alternative(view, subtitle, lines))


def _flow_table(
    view: View,
    codes: Sequence[str],
    wanted: Sequence[Series],
    rows: Sequence[ByPeriod],
    caption: str,
) -> Component:
    _ = view.translate
    columns = [Column(_("Periode"))]
    for each in wanted:
        columns += [Column(each.label, True), Column(_("95%-marge"), True)]
    body = [[short_period(code, view.lang), *_values(view, code, rows)] for code in reversed(codes)]
    return data_table(columns, body, caption)


def _flow_tools(
    view: View, codes: Sequence[str], wanted: Sequence[Series], table: Component
) -> Component:
    metrics = list(dict.fromkeys(each.metric for each in wanted))
    download = Download(
        metrics,
        [view.filters.unit],
        codes,
        list(dict.fromkeys(each.scale_group for each in wanted)),
        list(dict.fromkeys(each.category for each in wanted)),
    )
    image = "trend" if len(codes) > 1 else ""
    return tools(view, table=table, download=download, image=image, metrics=metrics)


def _one_period(view: View, code: str) -> Component:
    _ = view.translate
    words = _("Voor dit onderdeel is er één periode, {period}: een lijn volgt bij de volgende.")
    return note(words.format(period=period(code, view.lang)))
