"""Where CBS is the source of origin: its delivered shares, and what they leave out."""

from __future__ import annotations

from dash.development.base_component import Component

from dashboard.cells import ALL, YES, Row, published
from dashboard.compare import repeated
from dashboard.components import (
    Column,
    Download,
    block,
    data_table,
    dated_text,
    notice,
    tools,
    value_cell,
)
from dashboard.formats import number, period, period_end
from dashboard.view import View

SHARE = "cbs_share"
ORIGIN = "origin"


def from_cbs(view: View) -> bool:
    """Whether the reader looks at origin, and origin comes from CBS."""
    source = view.mart.meta().get("origin_source")
    return source == "cbs" and view.filters.attribute == ORIGIN


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
    return block(
        title,
        data_table(columns, body, label=title),
        tools(view, download=Download([SHARE], units, periods), metrics=[SHARE]),
        subtitle=_("Geleverd door het CBS, in hele procenten; een eigen reeks"),
    )


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
