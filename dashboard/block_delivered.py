"""Where CBS is the source of origin: its delivered shares, and what they leave out."""

from __future__ import annotations

from dash.development.base_component import Component

from dashboard import chart_rows, chart_trend
from dashboard.blocks import line_alternative, list_alternative
from dashboard.cells import ALL, YES, Row, published
from dashboard.charts import DotRow, Line, Mark
from dashboard.compare import repeated
from dashboard.components import (
    Column,
    Download,
    block,
    data_table,
    dated_text,
    figure,
    mark_point,
    notice,
    point,
    tools,
    value_cell,
)
from dashboard.formats import number, period, period_end
from dashboard.view import View

SHARE = "cbs_share"
ORIGIN = "origin"


def source_notice(view: View) -> Component:
    """Says that CBS is the source, and what that leaves out."""
    return notice(*source_words(view))


def source_words(view: View) -> list[str]:
    """That CBS is the source, and what that leaves out."""
    _ = view.translate
    return [
        _(
            "Herkomst komt hier van het CBS: aandelen per subgroep, in hele procenten, over de "
            "bevolkingsregistratie. Er wordt niets geteld uit eigen opgave."
        ),
        _(
            "Instroom, doorstroom, uitstroom en de keten naar herkomst zijn daarom niet te tonen; "
            "kies een ander kenmerk om die te zien."
        ),
    ]


def delivered_block(view: View) -> Component | None:
    """The delivered shares of the unit and those directly under it, newest first; None: none."""
    _ = view.translate
    rows = delivered_rows(view)
    if not rows:
        return None
    columns = [Column(_("Peildatum")), Column(_("Subgroep")), Column(_("Aandeel"), True)]
    columns.append(Column(_("Medewerkers"), True))
    title = delivered_title(view, rows)
    body = [
        [
            period(row["period"], view.lang, stock=True),
            subgroup(view, row),
            value_cell(view, row),
            number(row["base"], view.lang) if row["base"] is not None else "–",
        ]
        for row in rows
    ]
    units = list(dict.fromkeys(row["unit"] for row in rows))
    periods = list(dict.fromkeys(row["period"] for row in rows))
    subtitle = _("Geleverd door het CBS, in hele procenten; een eigen reeks")
    under = tools(
        view,
        table=data_table(columns, body, subtitle),
        download=Download([SHARE], units, periods),
        image="delivered",
        metrics=[SHARE],
    )
    return block(title, _drawn(view, rows, subtitle), under, subtitle=subtitle)


def _drawn(view: View, rows: list[Row], subtitle: str) -> Component:
    """Units beside each other at the newest date where CBS delivers them, else lines over time."""
    newest = [row for row in rows if row["period"] == rows[0]["period"]]
    if any(row["unit"] != view.filters.unit for row in newest) or len(rows) == len(newest):
        dots = [
            DotRow(subgroup(view, row), [Mark(mark_point(view, row), _hue(view, row))])
            for row in newest
        ]
        drawing = chart_rows.dots(dots, view.style)
        return figure(drawing, list_alternative(view, subtitle, dots))
    codes = list(dict.fromkeys(row["period"] for row in reversed(rows)))
    series: dict[str, dict[str, Row]] = {}
    for row in rows:
        series.setdefault(row["scale_group"], {})[row["period"]] = row
    lines = [
        Line(
            view.band(band),
            _hue(view, next(iter(of_band.values()))),
            [point(view, of_band.get(code)) for code in codes],
        )
        for band, of_band in series.items()
    ]
    names = [period(code, view.lang, stock=True) for code in codes]
    said = line_alternative(view, subtitle, lines)
    return figure(chart_trend.trend(names, lines, view.style), said)


def _hue(view: View, row: Row) -> str:
    return "group" if row["scale_group"] == ALL else view.hue(row["scale_group"])


def delivered_rows(view: View) -> list[Row]:
    """What CBS delivered up to the reference date, the newest first."""
    units = [view.filters.unit, *view.children]
    frame = view.mart.cells([SHARE], units, attribute=ORIGIN, categories=[YES])
    order = {code: place for place, code in enumerate([ALL, *view.bands("main")])}
    return sorted(
        (row for row in frame.iter_rows(named=True) if period_end(row["period"]) <= view.day),
        key=lambda row: (
            -period_end(row["period"]).toordinal(),
            units.index(row["unit"]),
            order.get(row["scale_group"], len(order)),
        ),
    )


def subgroup(view: View, row: Row) -> str:
    """The name of a delivered subgroup."""
    name = view.label("unit", row["unit"])
    return name if row["scale_group"] == ALL else f"{name}, {view.band(row['scale_group'])}"


def delivered_title(view: View, rows: list[Row]) -> str:
    """The delivered share of the whole unit."""
    _ = view.translate
    whole = [r for r in rows if r["unit"] == view.filters.unit and r["scale_group"] == ALL]
    if whole and published(whole[0]):
        words = _("Volgens het CBS is het aandeel {value}")
        said = words.format(value=dated_text(view, whole[0]))
        date = period(whole[0]["period"], view.lang, stock=True)
        return said if repeated(whole[0]) else f"{said} ({date})"
    return _("Aandelen volgens het CBS")
