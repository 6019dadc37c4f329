"""The share in both bands: what was measured and what follows, as a figure, a table and files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from dash.development.base_component import Component

from dashboard.block_target import target_of
from dashboard.blocks import guide_text, list_alternative, lower, main_bands
from dashboard.cells import Row
from dashboard.chart_projection import Aim, Dated, Strand, projection
from dashboard.charts import DotRow, Guide, Mark
from dashboard.components import (
    Cell,
    Column,
    block,
    data_table,
    figure,
    margin_cell,
    mark_point,
    point,
    tools,
    value_cell,
    value_text,
)
from dashboard.formats import period, period_end
from dashboard.outlook import CHOSEN, MEASURED, Outlook
from dashboard.text import capital
from dashboard.text_projection import aim_words, title_projection
from dashboard.view import View

FILE = "/export/projection"
"""The address of the tables of this page as files; the query is that of the page."""


def aimed(look: Outlook) -> tuple[str, Row | None]:
    """The band that the page is about, with its target: the highest one that has one."""
    for band, _hue in reversed(main_bands(look.view)):
        target = target_of(look.view, band)
        if target is not None:
            return band, target
    return look.view.high, None


def title(look: Outlook) -> str:
    """Where the share of the band that the page is about leads to."""
    view = look.view
    _ = view.translate
    band, target = aimed(look)
    ends = {way: look.rows(way, band)[-1] for way in look.ways}
    now = value_text(view, look.rows(MEASURED, band)[0])
    date = period(view.filters.period, view.lang, stock=True)
    other = (
        aim_words(target, view.lang)
        if target
        else _("{date} is het {value}").format(date=date, value=now)
    )
    plain = value_text(view, ends[MEASURED]) if CHOSEN in ends else None
    when = period(look.periods[-1], view.lang, stock=True)
    words = value_text(view, ends[look.way])
    return title_projection(view.band(band), when, words, plain, other, view.lang)


def projection_block(look: Outlook) -> Component:
    """History, continuation and targets of both bands."""
    view = look.view
    _ = view.translate
    band, _target = aimed(look)
    words = (
        _(
            "Aandeel {group}: gemeten (lijn), met uw keuzes (streepjes) en zonder (puntjes), "
            "met 95%-marge"
        )
        if look.scenario.changes
        else _("Aandeel {group}: gemeten (lijn) en doorgerekend (streepjes), met 95%-marge")
    )
    subtitle = words.format(group=lower(view.group))
    strands = [_strand(look, each, hue) for each, hue in main_bands(view)]
    drawing = projection(
        strands,
        view.style,
        today=_time(view.day),
        today_label=period(view.filters.period, view.lang, stock=True),
        aims=_aims(look),
    )
    under = tools(
        view,
        table=_table(look, subtitle),
        image="projection",
        files=files(view),
        references=[_definition(view)],
    )
    return block(
        _block_title(look, band),
        figure(drawing, list_alternative(view, subtitle, _ends(look))),
        under,
        subtitle=subtitle,
    )


def files(view: View, table: str = "") -> dict[str, str]:
    """Where a table of this view is as a file: the same choices give the same numbers."""
    query = view.filters.to_query()
    return {form: f"{FILE}{table}.{form}{query}" for form in ("csv", "xlsx", "parquet")}


def _block_title(look: Outlook, band: str) -> str:
    """How wide the margin is by then."""
    view = look.view
    _ = view.translate
    last = look.rows(look.way, band)[-1]
    words = (
        _("{when} ligt het aandeel {band} met uw keuzes tussen {lower} en {upper}")
        if look.scenario.changes
        else _(
            "{when} ligt het aandeel {band} tussen {lower} en {upper}, als de kansen gelijk blijven"
        )
    )
    low, high = (value_text(view, last | {"value": last[end]}) for end in ("lower", "upper"))
    when = capital(period(last["period"], view.lang, stock=True))
    return words.format(band=view.band(band), when=when, lower=low, upper=high)


def _strand(look: Outlook, band: str, hue: str) -> Strand:
    view = look.view
    _ = view.translate
    history = look.cells.series("share", view.filters.unit, band)
    past = [row for code in view.periods if (row := history.get(code)) is not None]
    rows = look.rows(MEASURED, band)
    moved = look.way == CHOSEN and rows != look.rows(CHOSEN, band)
    plain = rows if moved else []  # two lines where there are two
    before, ahead, without = (
        [_dated(view, row) for row in rows] for rows in (past, look.rows(look.way, band), plain)
    )
    name = _("zonder keuzes") if plain else ""
    return Strand(view.band(band), hue, before, ahead, without, name)


def _dated(view: View, row: Row) -> Dated:
    code = row["period"]
    return Dated(_time(period_end(code)), period(code, view.lang, stock=True), point(view, row))


def _time(day: date) -> float:
    """The end of 2025 is 2025, the end of June 2025 is half a year before it."""
    return day.year + day.month / 12 - 1


def _aims(look: Outlook) -> list[Aim]:
    view = look.view
    return [
        Aim(Guide(target["value"], guide_text(view, target), hue), float(target["year"]))
        for band, hue in main_bands(view)
        if (target := target_of(view, band)) is not None
    ]


def _way_names(look: Outlook) -> dict[str, str]:
    _ = look.view.translate
    names = {MEASURED: _("als gemeten"), CHOSEN: _("met uw keuzes")}
    return {way: names[way] for way in look.ways}


def _ends(look: Outlook) -> list[DotRow]:
    """The last year of every line, for the text alternative."""
    view = look.view
    when = period(look.periods[-1], view.lang, stock=True)
    return [
        DotRow(
            f"{view.band(band)} {when}",
            [
                Mark(mark_point(view, look.rows(way, band)[-1]), hue, name)
                for way, name in _way_names(look).items()
            ],
        )
        for band, hue in main_bands(view)
    ]


def _table(look: Outlook, caption: str) -> Component:
    view = look.view
    _ = view.translate
    columns = [Column(_("Peildatum"))]
    series: list[Sequence[Row]] = []
    for band, _hue in main_bands(view):
        for way, name in _way_names(look).items():
            label = f"{view.band(band)}, {name}" if len(look.ways) > 1 else view.band(band)
            columns += [Column(label, True), Column(_("95%-marge"), True)]
            series.append(look.rows(way, band))
    rows: list[list[Cell]] = [
        [
            period(code, view.lang, stock=True),
            *(
                cell
                for rows in series
                for cell in (value_cell(view, rows[at]), margin_cell(view, rows[at]))
            ),
        ]
        for at, code in enumerate(look.periods)
    ]
    return data_table(columns, rows, caption)


def _definition(view: View) -> Row:
    """The definition, as that of a metric."""
    _ = view.translate
    text = _(
        "Het aandeel van de groep in elke schaalgroep, jaar na jaar doorgerekend uit de bezetting "
        "op de peildatum, het aandeel in de instroom, en de kansen op vertrek en op doorbraak van "
        "de groep en van de anderen. Elke schaalgroep blijft even groot: er komen er zoveel bij "
        "als er gaan. Alles uit gepubliceerde, afgeronde aantallen. De marge is die van al "
        "die cijfers samen; dat de kansen zelf veranderen zit er niet in. Methode: "
        "Markov-model voor personeelsplanning (Bartholomew, Forbes en McClean, 1991)."
    )
    return {f"label_{view.lang}": _("Doorgerekend aandeel"), "source": text}
