"""What is new in this publication: what there is to see now and was not there before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import polars as pl
from dash.development.base_component import Component

from dashboard.cells import Row
from dashboard.components import block, definition_list, note
from dashboard.formats import date_text, number, period_end, short_period
from dashboard.i18n import N_
from dashboard.policy import WORDS
from dashboard.view import View

MOST = 12
"""So many names are written out; of the others the number is."""
Say = Callable[[View, Row], str]


def whats_new(view: View) -> Component | None:
    """The block; None where the publication does not tell."""
    _ = view.translate
    rows, before = view.mart.news(), _before(view)
    if rows is None:
        return None
    if not before:
        return block(_("Wat is nieuw"), note(_("Dit is de eerste publicatie: alles is nieuw.")))
    title = _("Nieuw sinds publicatie {name}").format(name=before)
    pairs = [
        (_(subject), _listed(view, [say(view, row) for row in found]))
        for (kind, change), subject, say in LINES
        if (found := _of(rows, kind, change))
    ]
    nothing = note(_("Dezelfde peildatums, onderdelen, kengetallen en regels; opnieuw gemaakt."))
    return block(title, definition_list(pairs) if pairs else nothing)


def _before(view: View) -> str:
    """The publication that this one was compared with: the one made before it."""
    made = view.mart.history()["publication"].to_list()  # newest first
    own = view.mart.publication
    earlier = made[made.index(own) + 1 :] if own in made else []
    return earlier[0] if earlier else ""


def _of(rows: pl.DataFrame, kind: str, change: str) -> list[Row]:
    found = rows.filter((pl.col("kind") == kind) & (pl.col("change") == change))
    return found.to_dicts()


def _listed(view: View, names: Sequence[str]) -> str:
    _ = view.translate
    shown = "; ".join(names[:MOST])
    if len(names) <= MOST:
        return shown
    return _("{names} en nog {count}").format(
        names=shown, count=number(len(names) - MOST, view.lang)
    )


def _name(view: View, row: Row) -> str:
    return str(row[f"label_{view.lang}"] or row["code"])


def _date(view: View, row: Row) -> str:
    dated = row["now"] == view.mart.meta()["calendar"]
    return date_text(period_end(row["code"]), view.lang) if dated else row["code"]


def _end(view: View, row: Row) -> str:
    day = date_text(date.fromisoformat(row["now"]), view.lang)
    return f"{_name(view, row)} ({day})"


def _figure(view: View, row: Row) -> str:
    return f"{view.metric(row['code'])} {short_period(row['period'], view.lang)}"


def _rule(view: View, row: Row) -> str:
    _ = view.translate
    path = str(row["code"])
    words = _(WORDS.get(path, path))
    was, now = (_number(view, row[key]) for key in ("was", "now"))
    return _("{rule}: {was}, nu {now}").format(rule=words, was=was, now=now)


def _number(view: View, text: str | None) -> str:
    _ = view.translate
    if text is None:
        return _("geen")
    value = float(text)
    return number(value, view.lang, 0 if value.is_integer() else 2)


LINES: tuple[tuple[tuple[str, str], str, Say], ...] = (
    (("period", "new"), N_("Nieuwe peildatums en perioden"), _date),
    (("period", "gone"), N_("Vervallen perioden"), _name),
    (("metric", "new"), N_("Nieuwe kengetallen"), _name),
    (("metric", "gone"), N_("Vervallen kengetallen"), _name),
    (("attribute", "new"), N_("Nieuwe kenmerken"), _name),
    (("attribute", "gone"), N_("Vervallen kenmerken"), _name),
    (("unit", "new"), N_("Nieuwe onderdelen"), _name),
    (("unit", "ended"), N_("Opgeheven onderdelen"), _end),
    (("unit", "gone"), N_("Vervallen onderdelen"), _name),
    (("withdrawal", "new"), N_("Ingetrokken cijfers"), _figure),
    (("policy", "changed"), N_("Gewijzigde regels"), _rule),
    (("policy", "new"), N_("Nieuwe regels"), _rule),
    (("policy", "gone"), N_("Vervallen regels"), _rule),
)
"""What of the news is told, in this order, under which subject and how each is named."""
