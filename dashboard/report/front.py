"""The first sheet: the same as Overzicht, on one page."""

from __future__ import annotations

from dash.development.base_component import Component

from dashboard import text
from dashboard.block_target import aimed_band
from dashboard.blocks import guide_text, lead_sentence, lower, main_bands
from dashboard.board import attention, board_cards, board_cells, stock_share
from dashboard.cards import Card, change_line
from dashboard.cells import Cells, published
from dashboard.components import margin_text, stand_text, value_text
from dashboard.findings import no_findings
from dashboard.formats import period, period_end, short_period
from dashboard.report.paper import (
    Block,
    Chart,
    Column,
    Figure,
    Item,
    Line,
    Section,
    Series,
    alternative,
    chart_notes,
    margin,
    spot,
    table,
    value,
    words,
)
from dashboard.report.parts import nothing
from dashboard.view import View

A_YEAR = {"quarter": 4, "year": 1}
"""How many reference dates a year has."""


def overview(view: View) -> Section:
    """Headline, figures, trend and what asks for attention."""
    _ = view.translate
    cells = board_cells(view)
    low, high = (stock_share(view, cells, band) for band, _hue in main_bands(view))
    name = _("Overzicht")
    if low is None and high is None:
        what = _("Het aandeel {group}").format(group=view.group)
        return nothing(view, name, what, cells, "share")
    gap = cells.get("gap", view.filters.unit, view.filters.period)
    names = [view.band(band) for band, _hue in main_bands(view)]
    drawn = trend(view, cells)
    return Section(
        name,
        text.headline_overview(low, high, gap, names[0], names[1], view.lang),
        lead_sentence(view, cells),
        figures=[_figure(view, cells, card) for card in board_cards(view, cells) if card.row],
        attention=_attention(view, cells),
        blocks=[Block(drawn.title, drawn.subtitle, drawn.chart, notes=drawn.notes)],
    )


def _figure(view: View, cells: Cells, card: Card) -> Figure:
    row = card.row
    foot = [card.foot] if isinstance(card.foot, str) else card.foot
    return Figure(
        title=card.title,
        value=value_text(view, row),
        hidden=not published(row),
        stand=stand_text(view, row),
        change=plain(change_line(view, cells, row)) if published(row) else "",
        margin=margin_text(view, row),
        foot=[line for line in foot if line],
    )


def plain(said: str | Component | list[Component | str]) -> str:
    """The text of a line without its mark-up."""
    if isinstance(said, str):
        return said
    if isinstance(said, list):
        return "".join(plain(part) for part in said)
    return plain(said.children)


def _attention(view: View, cells: Cells) -> list[Item]:
    _ = view.translate
    newest = view.mart.meta()["last_period"]
    if view.filters.period != newest:
        told = _("Bevindingen gaan over de laatste peildatum ({date}).")
        return [Item(told.format(date=period(newest, view.lang, stock=True)), "", "unsure")]
    found = attention(view, cells)
    if not found:
        return [Item(no_findings(view.lang), "", "unsure")]
    return [Item(each.sentence, f"{each.certainty} · {each.page}", each.tone) for each in found]


def trend(view: View, cells: Cells) -> Block:
    """The share in both main bands over time, with the target of the aimed band."""
    _ = view.translate
    unit = view.filters.unit
    found = {band: cells.series("share", unit, band) for band, _hue in main_bands(view)}
    bands = [(band, hue) for band, hue in main_bands(view) if found[band]]
    gaps = cells.series("gap", unit)
    codes = [code for code in view.periods if any(code in found[band] for band, _hue in bands)]
    names = [short_period(code, view.lang) for code in codes]
    series = [
        Series(view.band(band), hue, [spot(view, found[band].get(code)) for code in codes])
        for band, hue in bands
    ]
    subtitle = _("Aandeel {group}, per peildatum, met 95%-marge").format(group=lower(view.group))
    chart = Chart(
        "trend",
        alternative(view, subtitle, names, series),
        names,
        series,
        line=_target(view, dict(bands)),
        dates=[period_end(code) for code in codes],
    )
    columns: list[Column] = [(_("Peildatum"), False)]
    for band, _hue in bands:
        columns += [view.band(band), _("95%-marge")]
    rows = [
        [
            words(period(code, view.lang, stock=True)),
            *(
                entry
                for band, _hue in bands
                for entry in (
                    value(view, found[band].get(code)),
                    margin(view, found[band].get(code)),
                )
            ),
            value(view, gaps.get(code)),
        ]
        for code in _yearly(view, codes)
    ]
    title = text.title_trend(gaps.get(codes[0]), gaps.get(codes[-1]), view.lang)
    listed = table(subtitle, [*columns, _("Verschil")], rows)
    return Block(title, subtitle, chart, listed, chart_notes(view, chart))


def _yearly(view: View, codes: list[str]) -> list[str]:
    """The newest date and the same one of each year before."""
    step = A_YEAR.get(view.mart.meta()["calendar"], 1)
    return codes[::-1][::step][::-1]


def _target(view: View, hues: dict[str, str]) -> Line | None:
    band = aimed_band(view)
    reference = view.reference("target", "share", band) if band in hues and band else None
    if reference is None or band is None:
        return None
    return Line(reference["value"], guide_text(view, reference), hues[band])
