"""Units compared: a table with small bars, and dots with intervals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dash import dcc
from dash.development.base_component import Component

from dashboard import chart_rows, text, text_chance
from dashboard.blocks import list_alternative, lower, main_bands
from dashboard.cells import ALL, EVERYBODY, YES, Cells, Row, nearest, published
from dashboard.charts import DotRow, Guide, Mark
from dashboard.compare import of_one_date
from dashboard.components import (
    Column,
    Download,
    bar_cell,
    block,
    data_table,
    figure,
    margin_cell,
    mark_point,
    note,
    tools,
    unavailable,
    value_cell,
)
from dashboard.view import View

MOST_UNITS = 24
"""More rows than this are in the table only: a figure of them cannot be read."""

Shares = Mapping[tuple[str, str], Row | None]
"""(unit, main band) -> share."""


def units_shown(view: View) -> list[str]:
    """The units of a comparison: those directly under the chosen one, else itself and above."""
    return view.children or [*view.ancestors, view.filters.unit]


def bands_shown(view: View, cells: Cells, units: Sequence[str]) -> list[tuple[str, str]]:
    """(main band, hue) of the bands that the plan has for at least one of the units."""
    return [
        (band, hue)
        for band, hue in main_bands(view)
        if any(cells.series("share", unit, band) for unit in units)
    ]


def _which(view: View) -> str:
    _ = view.translate
    if view.children:
        return _("Klik op een onderdeel om alles voor dat onderdeel te zien")
    return _("Dit onderdeel en wat erboven ligt; het heeft zelf geen onderdelen")


def units_table(view: View, cells: Cells, path: str) -> Component:
    """Head count and share in both main bands for each unit, with small bars."""
    _ = view.translate
    code, units = view.filters.period, units_shown(view)
    shares = {
        (unit, band): cells.get("share", unit, code, band)
        for unit in units
        for band, _hue in bands_shown(view, cells, units)
    }
    if not any(shares.values()):
        where = nearest(cells, ["share"], view.ancestors, view.low)
        what = _("Het aandeel per onderdeel")
        return block(_("Per onderdeel"), unavailable(view, path, what, where))
    columns = [Column(_("Onderdeel")), Column(_("Mensen"), True)]
    columns += [Column(view.band(band)) for band, _hue in bands_shown(view, cells, units)]
    rows = _table_rows(view, cells, units, shares, path)
    whole = cells.get("share", view.filters.unit, code, view.high)
    download = Download(
        ["headcount", "share"], units, [code], [ALL, view.low, view.high], [EVERYBODY, YES]
    )
    return block(
        units_title(view, cells, units, shares),
        data_table(columns, rows, label=_("Per onderdeel")),
        _by_chance(view, [shares.get((unit, view.high)) for unit in units], whole),
        tools(view, download=download, metrics=["headcount", "share"]),
        subtitle=_which(view),
    )


def _table_rows(
    view: View, cells: Cells, units: Sequence[str], shares: Shares, path: str
) -> list[list[str | Component]]:
    shown = [row["value"] for row in shares.values() if row and published(row)]
    widest = max(shown, default=1.0)
    rows = []
    for unit in units:
        people = cells.get("headcount", unit, view.filters.period, ALL, EVERYBODY)
        bars = [
            bar_cell(view, shares[unit, band], widest, hue)
            for band, hue in bands_shown(view, cells, units)
        ]
        rows.append([_unit_link(view, unit, path), value_cell(view, people), *bars])
    return rows


def _unit_link(view: View, unit: str, path: str) -> str | Component:
    name = view.label("unit", unit)
    if unit == view.filters.unit:
        return name
    return dcc.Link(name, href=view.link(path, unit=unit))


def units_title(view: View, cells: Cells, units: Sequence[str], shares: Shares) -> str:
    """Which unit stands out in the high scales."""
    _ = view.translate
    whole = cells.get("share", view.filters.unit, view.filters.period, view.high)
    if not view.children or not published(whole):
        return _("Per onderdeel")
    if (units[0], view.high) not in shares:
        return _("Per onderdeel")
    labelled = [(view.label("unit", unit), shares[unit, view.high]) for unit in units]
    sentence = text.title_units(labelled, whole, view.lang)
    named = any(sentence.startswith(label) for label, _row in labelled)  # a name keeps its capital
    return f"{text.capital(view.band(view.high))}: {sentence if named else lower(sentence)}"


def units_dots(
    view: View,
    cells: Cells,
    metric: str,
    scale_group: str,
    code_of: Mapping[str, str | None],
    *,
    hue: str,
    subtitle: str,
    path: str,
    guides: Sequence[Guide] = (),
) -> Component:
    """One metric for each unit, sorted by value, suppressed last and by code.

    Args:
        view: the view.
        cells: the page's cells.
        metric: a share.
        scale_group: of which scale group.
        code_of: unit -> its period (units of different levels have other flow periods).
        hue: colour of the dots.
        subtitle: what is drawn.
        path: address of the page, for the link to the nearest published unit.
        guides: targets or benchmarks.
    """
    _ = view.translate
    units = units_shown(view)
    rows = {unit: cells.get(metric, unit, code_of.get(unit), scale_group) for unit in units}
    present = sorted((unit for unit in units if rows[unit]), key=lambda u: rank(rows[u], u))
    if not present:
        where = nearest(cells, [metric], view.ancestors, scale_group)
        return block(_("Per onderdeel"), unavailable(view, path, _("Deze vergelijking"), where))
    labelled = [(view.label("unit", unit), rows[unit]) for unit in present]
    own = view.filters.unit
    whole = cells.get(metric, own, code_of.get(own), scale_group)
    title = text.title_units(labelled, whole, view.lang) if view.children else _("Per onderdeel")
    periods = sorted({code for code in code_of.values() if code})
    under = tools(
        view,
        table=_dots_table(view, labelled, subtitle),
        download=Download([metric], present, periods, [scale_group], [YES]),
        image="units" if len(present) <= MOST_UNITS else "",
        metrics=[metric],
    )
    body = _dots_figure(view, labelled, hue, subtitle, guides)
    return block(title, body, _by_chance(view, rows.values(), whole), under, subtitle=subtitle)


def _by_chance(view: View, rows: Iterable[Row | None], whole: Row | None) -> Component | None:
    """How many of the units that are compared would stand out by chance alone."""
    if not view.children or whole is None or not published(whole):
        return None
    compared = [row for row in rows if row is not None and published(row)]
    said = text_chance.by_chance(sum(of_one_date(row, whole) for row in compared), view.lang)
    return note(said) if said else None


def _dots_figure(
    view: View,
    labelled: Sequence[tuple[str, Row | None]],
    hue: str,
    subtitle: str,
    guides: Sequence[Guide],
) -> Component:
    _ = view.translate
    if len(labelled) > MOST_UNITS:
        return note(_("Te veel onderdelen voor een figuur: zie de tabel."))
    drawn = [DotRow(name, [Mark(mark_point(view, row), hue)]) for name, row in labelled]
    drawing = chart_rows.dots(drawn, view.style, guides=guides)
    return figure(drawing, list_alternative(view, subtitle, drawn))


def _dots_table(view: View, labelled: Sequence[tuple[str, Row | None]], caption: str) -> Component:
    _ = view.translate
    columns = [Column(_("Onderdeel")), Column(_("Waarde"), True), Column(_("95%-marge"), True)]
    rows = [[name, value_cell(view, row), margin_cell(view, row)] for name, row in labelled]
    return data_table(columns, rows, caption)


def rank(row: Row | None, unit: str) -> tuple[Any, ...]:
    """The order of units: the largest first, those without a number last, by code."""
    if row is None or not published(row):
        return (1, 0.0, unit)  # the order must not tell a hidden value: by code
    return (0, -row["value"], unit)
