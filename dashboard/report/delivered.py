"""Where CBS is the source of origin: its delivered shares, and what they leave out."""

from __future__ import annotations

from dashboard.block_delivered import (
    delivered_rows,
    delivered_title,
    source_words,
    subgroup,
)
from dashboard.formats import number, period
from dashboard.report.paper import Block, Column, Entry, Section, table, value, words
from dashboard.text import capital
from dashboard.view import View


def delivered(view: View) -> Section:
    """The delivered shares; empty where origin is declared by people themselves."""
    _ = view.translate
    name = _("Herkomst volgens het CBS")
    if not view.from_cbs:
        return Section(name, name)
    rows = delivered_rows(view)
    columns: list[Column] = [(_("Peildatum"), False), (_("Subgroep"), False)]
    columns += [_("Aandeel"), _("Medewerkers")]
    body = [
        [
            words(capital(period(row["period"], view.lang, stock=True))),
            words(subgroup(view, row)),
            value(view, row),
            Entry(number(row["base"], view.lang) if row["base"] is not None else "–", "number"),
        ]
        for row in rows
    ]
    title = delivered_title(view, rows)
    subtitle = _("Geleverd door het CBS, in hele procenten; een eigen reeks")
    listed = table(title, columns, body) if body else None
    return Section(
        name, title, blocks=[Block("", subtitle, table=listed, notes=source_words(view))]
    )
