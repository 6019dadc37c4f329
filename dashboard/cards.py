"""The cards at the top of Overzicht: a value, its change, what chance can do, its target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component

from dashboard.cells import Cells, Row, published, second_of
from dashboard.charts import sparkline
from dashboard.compare import change, difference, excludes, repeated
from dashboard.components import (
    hidden_class,
    margin_text,
    stand_text,
    unit_of,
    value_text,
)
from dashboard.explained import explained
from dashboard.filters import PARENT
from dashboard.formats import decimals_of, period, period_end
from dashboard.text import change_words
from dashboard.view import View


@dataclass(frozen=True)
class Card:
    """One figure for the board."""

    title: str
    row: Row | None
    hue: str
    foot: str | Sequence[str] = ""


def cards(view: View, cells: Cells, wanted: Sequence[Card]) -> Component:
    """The cards in a row; a figure that is not in the plan has no card."""
    rows = [card.row for card in wanted if card.row]
    listed = html.Ul([_card(view, cells, card) for card in wanted if card.row], className="cards")
    note = explained(view, rows)
    return html.Div([listed, html.Div(note, className="tools")]) if note else listed


def _card(view: View, cells: Cells, card: Card) -> Component:
    row = card.row
    margin, date = margin_text(view, row), stand_text(view, row)
    parts = [
        html.H2(card.title),
        _value(view, row),
        html.P(date, className="stand") if date else None,
        html.P(change_line(view, cells, row), className="change") if published(row) else None,
        html.P(_margin(view, margin), className="margin") if margin else None,
        _spark(view, cells, card),
        _foot(card.foot),
    ]
    return html.Li([part for part in parts if part is not None], className="card")


def _value(view: View, row: Row | None) -> Component:
    text = value_text(view, row)
    if not published(row):
        look = hidden_class(row) if row else "hatch"
        return html.P(html.Span(text), className=f"value {look}")
    size = text.rstrip("%×")
    number, _space, word = size.partition(" ")
    sign = text[len(size) :] or (f" {word}" if word else "")
    return html.P([number, html.Small(sign)] if sign else number, className="value")


def _foot(said: str | Sequence[str]) -> Component:
    """The last lines of a card, the first of them what the others are about."""
    lines = [said] if isinstance(said, str) else said
    first, *more = lines or [""]
    return html.Div(
        [html.P(first), *(html.P(line, className="more") for line in more)], className="target"
    )


def _margin(view: View, margin: str) -> str:
    _ = view.translate
    return _("marge {ends}").format(ends=margin)


def change_line(view: View, cells: Cells, row: Row | None) -> str | list[Component | str]:
    """The change of a figure, or its distance from equal, with what chance could do."""
    parity = row is not None and row["metric"].endswith("_parity")
    return _against_equal(view, row) if parity else _against_before(view, cells, row)


def _against_equal(view: View, row: Row | None) -> str | list[Component | str]:
    _ = view.translate
    if row is None or not published(row):
        return ""
    if not excludes(row, 1):
        return _("verschil met gelijk (1) kan toeval zijn")
    words = _("lager dan gelijk") if row["value"] < 1 else _("hoger dan gelijk")
    return [html.Strong(words), ", " + _("meer dan toeval")]


def _against_before(view: View, cells: Cells, row: Row | None) -> str | list[Component | str]:
    _ = view.translate
    before = view.compared(cells, row)
    if row is None or before is None:
        return _("geen vergelijking mogelijk")
    unit = unit_of(view, row["metric"])
    level = view.filters.compare == PARENT
    moved = (difference if level else change)(row, before, unit=unit)
    if moved is None and (repeated(row) or repeated(before)):
        return _("verandering: niet ververst") if not level else _("vergelijking: niet ververst")
    words = change_words(moved, row["base"], view.lang, unit=unit)
    size, _comma, chance = words.partition(", ")
    if level:
        other = view.label("unit", before["unit"])
    else:
        stock = row["period"] in view.periods
        other = period(before["period"], view.lang, stock=stock)
    tail = _("tegen {other}").format(other=other)
    if not chance:
        return f"{words} {tail}"
    if moved is not None and not round(moved.difference, decimals_of(unit, row["base"])):
        return _("ongewijzigd {tail}").format(tail=tail)
    sure = moved is not None and moved.more_than_chance
    first: Component | str = html.Strong(size) if sure else size
    return [first, f" {tail}, {chance}"]


def _spark(view: View, cells: Cells, card: Card) -> Component:
    row = card.row
    if row is None:
        return html.Div(className="gap")
    place = (row["unit"], row["scale_group"], row["category"], second_of(row))
    series = cells.series(row["metric"], *place)
    until = period_end(row["period"])
    codes = sorted(
        (
            code
            for code, other in series.items()
            if other["period_kind"] == row["period_kind"] and period_end(code) <= until
        ),
        key=period_end,
    )
    values = [series[code]["value"] for code in codes]
    address = sparkline(values, view.style, card.hue, hollow=repeated(row))
    if not address or not published(row):
        return html.Div(className="gap")
    return html.Img(src=address, alt="")
