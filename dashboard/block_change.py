"""A change in the share, taken apart: the share at the start, each step, the share at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dash.development.base_component import Component

from dashboard import chart_steps
from dashboard.blocks import list_alternative, lower
from dashboard.cells import ALL, YES, Cells, Row, nearest, published
from dashboard.charts import DotRow, Mark
from dashboard.components import (
    Column,
    Download,
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
from dashboard.formats import period, period_end
from dashboard.text import capital
from dashboard.text_change import title_change
from dashboard.view import View

TOTAL = "change_total"
TERMS = ("change_inflow", "change_promotion", "change_exit", "change_other")
"""The steps, in the order in which they are drawn."""


@dataclass(frozen=True)
class Change:
    """One decomposition: the change, the shares at both ends, the steps that the plan has."""

    total: Row
    start: Row | None
    end: Row | None
    terms: list[tuple[str, Row]]


def change_block(view: View, cells: Cells, band: str, path: str) -> Component:
    """The latest change that has a number, drawn; or why there is none.

    Args:
        view: the view.
        cells: cells with ``share``, ``change_total`` and ``TERMS``.
        band: scale group.
        path: address of the page, for the link to the nearest published unit.
    """
    _ = view.translate
    unit = view.filters.unit
    subject = _subject(view, band)
    head = capital(_("de verandering van {subject}").format(subject=subject))
    if not cells.series(TOTAL, unit, band):
        where = nearest(cells, [TOTAL], view.ancestors, band)
        return block(head, unavailable(view, path, head, where))
    change = latest_change(view, cells, band)
    if change is None:
        words = _("Op deze peildatum is er nog geen hele periode voorbij om te vergelijken.")
        return block(head, note(words))
    subtitle = change_subtitle(view, change)
    title = change_title(view, change, band)
    table = _table(view, change, subtitle)
    if not published(change.total):
        return block(title, table, _tools(view, change, band), subtitle=subtitle)
    rows = _rows(view, change, band)
    drawing = chart_steps.steps(rows, view.style)
    return block(
        title,
        figure(drawing, list_alternative(view, subtitle, rows)),
        _tools(view, change, band, table),
        subtitle=subtitle,
    )


def latest_change(view: View, cells: Cells, band: str) -> Change | None:
    """The latest decomposition with a number, else the latest; None where no period has ended."""
    unit = view.filters.unit
    code = cells.shown_period(TOTAL, unit, view.day, band)
    total = cells.get(TOTAL, unit, code, band)
    if code is None or total is None:
        return None
    first, last = _ends(view, code)
    start, end = (cells.get("share", unit, each, band) for each in (first, last))
    terms = [(key, row) for key in TERMS if (row := cells.get(key, unit, code, band))]
    return Change(total, start, end, terms)


def change_subtitle(view: View, change: Change) -> str:
    """What is drawn, and over which period."""
    _ = view.translate
    return _("{group}, {period}: bijdrage van elke stap in procentpunten, met 95%-marge").format(
        group=view.group, period=period(change.total["period"], view.lang)
    )


def change_title(view: View, change: Change, band: str) -> str:
    """What changed, and which steps did it."""
    names = step_names(view)
    terms = [(lower(names[key]), row) for key, row in change.terms]
    return title_change(
        change.start, change.end, change.total, terms, _subject(view, band), view.lang
    )


def _subject(view: View, band: str) -> str:
    _ = view.translate
    return _("het aandeel") if band == ALL else _("het aandeel {band}").format(band=view.band(band))


def step_names(view: View) -> dict[str, str]:
    """Step -> its name."""
    _ = view.translate
    return {
        "change_inflow": _("Instroom"),
        "change_promotion": _("Doorbraak"),
        "change_exit": _("Uitstroom"),
        "change_other": _("Overig en afronding"),
    }


def _ends(view: View, code: str) -> tuple[str | None, str | None]:
    """The reference dates at which a year or block begins and ends."""
    dates = {period_end(each): each for each in view.periods}
    before = period_end(str(int(code[:4]) - 1))
    return dates.get(before), dates.get(period_end(code))


def stock_label(view: View, row: Row) -> str:
    """The reference date of a share at the start or the end."""
    return capital(period(row["period"], view.lang, stock=True))


def _rows(view: View, change: Change, band: str) -> list[DotRow]:
    """Start, steps and end as the figure draws them; the rest has no colour of its own."""
    hue = "group" if band == ALL else view.hue(band)
    names = step_names(view)
    ends = [
        DotRow(stock_label(view, row), [Mark(mark_point(view, row), hue)])
        for row in (change.start, change.end)
        if row is not None
    ]
    middle = [
        DotRow(
            names[key],
            [Mark(mark_point(view, row), "others", hollow=key == TERMS[-1])],
        )
        for key, row in change.terms
    ]
    return [*ends[:1], *middle, *ends[1:]]


def _table(view: View, change: Change, caption: str) -> Component:
    _ = view.translate
    names = step_names(view)
    columns = [Column(_("Stap")), Column(_("Aandeel of bijdrage"), True)]
    columns.append(Column(_("95%-marge"), True))
    steps = [(names[key], row) for key, row in change.terms]
    labelled = [
        *((stock_label(view, row), row) for row in (change.start,) if row),
        *steps,
        (_("Verandering"), change.total),
        *((stock_label(view, row), row) for row in (change.end,) if row),
    ]
    rows = [[label, value_cell(view, row), margin_cell(view, row)] for label, row in labelled]
    return data_table(columns, rows, caption)


def _tools(view: View, change: Change, band: str, table: Component | None = None) -> Component:
    metrics = ["share", *(key for key, _row in change.terms), TOTAL]
    rows: Sequence[Row | None] = (change.start, change.total, change.end)
    periods = [row["period"] for row in rows if row is not None]
    download = Download(metrics, [view.filters.unit], periods, [band], [YES])
    name = "change" if band == ALL else f"change-{view.hue(band)}"
    image = name if table is not None else ""
    return tools(view, table=table, download=download, image=image, metrics=metrics)
