"""Toegang: who logged in and who took which file along, for the privacy officer alone."""

from __future__ import annotations

from datetime import datetime

from dash import html
from dash.development.base_component import Component

from dashboard.access_log import AccessLog
from dashboard.components import Cell, Column, block, data_table, note, page_heading
from dashboard.formats import date_text, number
from dashboard.i18n import N_, translator
from dashboard.view import View

PATH = "/toegang"
TITLE = N_("Toegang")
SECTION = N_("Vertrouwen")
SHOWN = 200
"""Lines on the page, the newest; the file has all."""
EVENTS = {
    "login": N_("aangemeld"),
    "logout": N_("afgemeld"),
    "export": N_("bestand meegenomen"),
    "refused": N_("geweigerd"),
}


def layout(view: View) -> Component:
    """The newest lines of the log, and whether it is whole."""
    _ = view.translate
    log = AccessLog.of(view.mart.published)
    lines, broken = log.lines(), log.broken()
    lead = _("{n} regels; elke regel is verzegeld met die ervoor.").format(
        n=number(len(lines), view.lang)
    )
    told = (
        _("Het logboek is heel.")
        if broken is None
        else _("Regel {n} sluit niet aan op die ervoor: het logboek is veranderd.").format(n=broken)
    )
    columns = [
        Column(_("Tijdstip")), Column(_("Gebeurtenis")), Column(_("Wie")),
        Column(_("Rol")), Column(_("Adres")),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            _moment(line["at"], view.lang),
            _(EVENTS.get(line["event"], line["event"])),
            line["who"],
            line["role"],
            line["address"],
        ]
        for line in reversed(lines[-SHOWN:])
    ]
    body = (
        data_table(columns, rows, label=_("Toegang")) if rows else note(_("Nog niets vastgelegd."))
    )
    tools = html.Div(html.A("CSV", href="/toegang.csv"), className="tools")
    shown = block(_("Wie zich aanmeldde en wat werd meegenomen"), note(told), body, tools)
    return html.Div([page_heading(_("Toegang"), lead), html.Div([shown], className="row")])


def bare(lang: str) -> Component:
    """Where there is no publication."""
    _ = translator(lang)
    return page_heading(_("Toegang"))


def _moment(stamp: str, lang: str) -> str:
    moment = datetime.fromisoformat(stamp).astimezone()
    return f"{date_text(moment.date(), lang)}, {moment:%H:%M}"
