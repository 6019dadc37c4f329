"""Verantwoording: can I trust it? Definitions, sources, refusals, coverage, rules, history."""

from __future__ import annotations

from datetime import datetime

import polars as pl
from dash import html
from dash.development.base_component import Component

from dashboard import access, text
from dashboard.block_assurance import attack, protection, remaining, withdrawn
from dashboard.block_news import whats_new
from dashboard.components import (
    Cell,
    Column,
    Download,
    block,
    data_table,
    note,
    page_heading,
    suppressed_cell,
    tools,
    value_cell,
)
from dashboard.export_whole import WHOLE
from dashboard.formats import date_text, number, period
from dashboard.i18n import N_
from dashboard.view import View

PATH = "/verantwoording"
TITLE = N_("Verantwoording")
SECTION = N_("Vertrouwen")

KINDS = {
    "count": N_("aantallen"),
    "share": N_("aandelen"),
    "rate": N_("kansen"),
    "ratio": N_("verhoudingen"),
    "statistic": N_("verschillen en toetsen"),
    "change": N_("veranderingen"),
    "curve": N_("tijd tot promotie"),
    "index": N_("maten van spreiding"),
}
STATUSES = ("published", "suppressed", "not_refreshed", "not_reached", "not_measured")
STATUS_COLUMNS = ["status", "kind", "cells"]
SEVERITIES = {"warning": N_("waarschuwing"), "gross": N_("grove afwijking")}


def layout(view: View) -> Component:
    """The whole page; everything on it travels inside the publication."""
    _ = view.translate
    parts = (
        *(whats_new, protection, attack, remaining, withdrawn, _statuses, _coverage, _sources),
        *(_refusals, _warnings, _definitions, _history),
    )
    made = (part(view) for part in parts)
    blocks = html.Div([each for each in made if each is not None], className="row")
    return html.Div([page_heading(_("Verantwoording"), _lead(view)), blocks])


def _lead(view: View) -> str:
    _ = view.translate
    meta, loads = view.mart.meta(), view.mart.loads()
    words = _(
        "Publicatie {name} van {date}: {files} bestanden, {read} rijen gelezen, "
        "{refused} rijen geweigerd en bewaard met de reden."
    )
    return words.format(
        name=meta["publication"],
        date=_moment(meta["created"], view.lang),
        files=number(loads.height, view.lang),
        read=number(int(meta["rows_read"]), view.lang),
        refused=number(int(meta["rows_refused"]), view.lang),
    ) + _approved(view)


def _approved(view: View) -> str:
    """Who approved the publication, by role, and when."""
    _ = view.translate
    given = view.mart.approval()
    if given.draft:
        return " " + _("Dit is een concept: het is nog niet goedgekeurd en wordt niet getoond.")
    if given.day is None:
        return ""
    words = _("Goedgekeurd door {role} op {date}, door een ander dan wie de publicatie maakte.")
    return " " + words.format(role=given.role, date=date_text(given.day, view.lang))


def _moment(stamp: str, lang: str) -> str:
    return date_text(datetime.fromisoformat(stamp).date(), lang)


def _statuses(view: View) -> Component:
    """How many cells are shown and hidden: a row a kind, a column a status."""
    _ = view.translate
    found = view.mart.statuses()
    cells = {(kind, status): n for status, kind, n in found.select(STATUS_COLUMNS).iter_rows()}
    statuses = [status for status in STATUSES if status in found["status"].to_list()]
    kinds = [kind for kind in KINDS if kind in found["kind"].to_list()]
    rows: list[list[Cell]] = [
        [
            _(KINDS[kind]),
            *(number(cells.get((kind, status), 0), view.lang) for status in statuses),
        ]
        for kind in kinds
    ]
    columns = [
        Column(_("Soort")),
        *(Column(text.status_word(status, view.lang), numeric=True) for status in statuses),
    ]
    return block(
        _("Hoeveel cijfers zijn getoond en hoeveel onderdrukt"),
        data_table(columns, rows, label=_("Cellen per soort en status")),
        note(
            _("Onderdrukt is een status en nooit een nul; de reden wordt per cijfer niet gezegd.")
        ),
        _repeated(view),
    )


def _repeated(view: View) -> Component | None:
    """How many of the shown numbers belong to an earlier date."""
    _ = view.translate
    count = view.mart.repeated()
    if not count:
        return None
    words = _(
        "Van de getoonde cijfers herhalen er {count} een eerdere stand: sindsdien wisselden te "
        "weinig mensen voor een nieuw getal."
    )
    return note(words.format(count=number(count, view.lang)))


def _coverage(view: View) -> Component:
    """Coverage of origin, or of whatever attribute is declared, of the unit and those below it."""
    _ = view.translate
    bands = ["all", *view.bands("main")]
    units = [view.filters.unit, *view.children]
    cells = view.mart.cells(
        ["coverage"], units, [view.filters.period], scale_groups=bands, categories=["known"]
    )
    found = {(row["unit"], row["scale_group"]): row for row in cells.iter_rows(named=True)}
    rows: list[list[Cell]] = [
        [view.label("unit", unit), *(value_cell(view, found.get((unit, band))) for band in bands)]
        for unit in units
    ]
    columns = [
        Column(_("Onderdeel")),
        *(Column(view.label("scale_group", band), numeric=True) for band in bands),
    ]
    download = Download(
        ["coverage"], units, [view.filters.period], scale_groups=bands, categories=["known"]
    )
    when = period(view.filters.period, view.lang, stock=True)
    return block(
        _("Van hoeveel medewerkers de herkomst bekend is"),
        data_table(columns, rows, label=_("Dekking per onderdeel"))
        if found
        else note(_("Voor dit onderdeel niet gepubliceerd.")),
        tools(view, download=download, metrics=["coverage"]) if found else None,
        subtitle=_("Deel van alle medewerkers, {date}").format(date=when),
    )


def _none(view: View) -> Component:
    _ = view.translate
    return note(_("Niets te melden."))


def _day(value: object, view: View) -> str:
    return "–" if value is None else date_text(value, view.lang)  # type: ignore[arg-type]  # a Date column


def _sources(view: View) -> Component:
    _ = view.translate
    loads = view.mart.loads().sort("reference_date", "extract", descending=[True, False])
    rows: list[list[Cell]] = [
        [
            row["extract"],
            _day(row["reference_date"], view),
            html.Td(html.Code(row["seal"][:12])),
        ]
        for row in loads.iter_rows(named=True)
    ]
    columns = [
        Column(_("Bestand")),
        Column(_("Peildatum")),
        Column(_("Vingerafdruk (SHA-256)")),
    ]
    return block(
        _("Waar de cijfers vandaan komen"),
        data_table(columns, rows, label=_("Ingelezen bestanden")) if rows else _none(view),
        subtitle=_("Ingelezen bestanden, de nieuwste eerst"),
    )


def _refusals(view: View) -> Component:
    _ = view.translate
    label = f"label_{view.lang}"
    rows: list[list[Cell]] = [
        [
            row[label],
            html.Td(html.Code(row["rule"])),
            suppressed_cell(view)
            if row["rows"] is None
            else html.Td(number(row["rows"], view.lang), className="num"),
        ]
        for row in view.mart.refusals().iter_rows(named=True)
    ]
    columns = [Column(_("Regel")), Column(_("Code")), Column(_("Rijen"), numeric=True)]
    return block(
        _("Welke rijen zijn geweigerd"),
        data_table(columns, rows, label=_("Geweigerde rijen per regel")) if rows else _none(view),
        subtitle=_("Over de hele publicatie; geen rij verdwijnt zonder reden"),
    )


def _warnings(view: View) -> Component:
    _ = view.translate
    label = f"label_{view.lang}"
    rows: list[list[Cell]] = [
        [
            row[label],
            view.label("unit", row["unit"]),
            _day(row["reference_date"], view),
            _(SEVERITIES.get(row["severity"], row["severity"])),
            row["accepted_reason"] or "–",
        ]
        for row in view.mart.warnings().iter_rows(named=True)
    ]
    columns = [
        Column(_("Waarschuwing")),
        Column(_("Onderdeel")),
        Column(_("Peildatum")),
        Column(_("Ernst")),
        Column(_("Aanvaard omdat")),
    ]
    return block(
        _("Waar een levering sterk afweek van de vorige"),
        data_table(columns, rows, label=_("Waarschuwingen")) if rows else _none(view),
        note(
            _("De getallen achter een waarschuwing staan alleen in het verslag van de beheerder.")
        ),
    )


def _definitions(view: View) -> Component:
    _ = view.translate
    label, meaning = f"label_{view.lang}", f"definition_{view.lang}"
    metrics = view.mart.metrics().filter(pl.col(meaning) != "").sort(label)
    # folded, as there are some sixty; what a browser searches for in a page unfolds by itself
    terms = [
        html.Details([html.Summary(row[label]), html.P(row[meaning])])
        for row in metrics.iter_rows(named=True)
    ]
    return block(_("Wat de cijfers betekenen"), html.Div(terms, className="terms"))


def _history(view: View) -> Component:
    _ = view.translate
    rows: list[list[Cell]] = [
        [
            row["publication"],
            _moment(row["created"], view.lang),
            period(row["last_period"], view.lang, stock=True),
        ]
        for row in view.mart.history().iter_rows(named=True)
    ]
    columns = [Column(_("Publicatie")), Column(_("Gemaakt op")), Column(_("Laatste periode"))]
    return block(
        _("Publicaties tot nu toe"),
        data_table(columns, rows, label=_("Publicaties")) if rows else _none(view),
        html.Div(html.A(_("De hele publicatie als bestanden (ZIP)"), href=WHOLE), className="tools")
        if access.current().may(WHOLE)
        else None,
    )
