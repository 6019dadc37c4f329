"""Accessibility statement: what Afspiegeling meets, how that was tested, what it does not meet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from dash import html
from dash.development.base_component import Component

from dashboard.components import Cell, block, page_heading
from dashboard.formats import date_text
from dashboard.i18n import N_, translator
from dashboard.view import View

PATH = "/toegankelijkheid"
TITLE = N_("Toegankelijkheid")
SECTION = None

AXE = "4.14.1"
"""The version of axe-core that the tests run; a test compares it with the file itself."""
WRITTEN = date(2026, 11, 24)
"""When what this page says was last gone through."""

MEETS = (
    N_(
        "Afspiegeling is gemaakt naar WCAG 2.2, niveau A en AA, en zo naar hoofdstuk 9 (web) van "
        "EN 301 549: de norm die voor overheidsorganisaties geldt, ook voor intranetten."
    ),
    N_(
        "Dit is de verklaring van de makers over het product. Uw organisatie legt zelf "
        "verantwoording af in haar eigen toegankelijkheidsverklaring en kan deze tekst daarbij "
        "gebruiken."
    ),
)
TESTED = (
    N_(
        "Automatisch, met axe-core {version} in Chromium: elke pagina, in het Nederlands en het "
        "Engels, in het lichte en het donkere thema, op een groot scherm en op een telefoon, met "
        "tabellen en definities open en dicht, en ook de foutpagina's. Geen enkele overtreding "
        "van de regels van niveau A en AA."
    ),
    N_(
        "Met het toetsenbord, door een test die elke pagina doorloopt: elk bedieningselement "
        "krijgt zichtbaar de focus, in de volgorde van de pagina, wordt nergens door iets anders "
        "bedekt en laat de focus weer los. Sneltoetsen van één teken zijn uit te zetten (in Hulp)."
    ),
    N_(
        "Op een breedte van 320, 390, 768, 1440 en 2560 pixels (320 is 1280 bij 400% vergroting, "
        "en ruim meer dan de gevraagde 200%) en met ruimere regels, woorden en letters: niets "
        "valt weg en de pagina schuift niet opzij."
    ),
    N_(
        "Op grootte en contrast: wat aan te klikken is, meet minstens 24 bij 24 pixels of heeft "
        "die ruimte om zich heen; ook de tekst in grafieken heeft een contrast van ten minste "
        "4,5 op 1."
    ),
    N_("Al deze toetsen worden bij elke wijziging van de programmatuur herhaald."),
)
NOT_MET = (
    N_(
        "Er is niet getoetst met mensen die hulpmiddelen gebruiken, niet met de hand met een "
        "schermlezer, en niet door een onafhankelijke deskundige. Automatische toetsen vinden "
        "maar een deel van de belemmeringen."
    ),
    N_(
        "Het tekstvak dat bij een grafiek verschijnt, werkt alleen met de muis en is niet met "
        "Escape te sluiten (WCAG 1.4.13). Dezelfde getallen staan in de tabel onder de grafiek "
        "en in de tekst voor schermlezers."
    ),
    N_(
        "Gedownloade bestanden (CSV, Excel, afbeelding) zijn niet op toegankelijkheid getoetst. "
        "Een opgeslagen afbeelding heeft geen tekstalternatief; de tabel met dezelfde cijfers wel."
    ),
    N_(
        "Brede tabellen schuiven op een klein scherm binnen hun eigen kader opzij; dat laat WCAG "
        "voor tabellen toe."
    ),
    N_(
        "Namen, bronnen en redenen die uw organisatie zelf invult, worden niet vertaald en zijn "
        "op de Engelse pagina's niet overal als Nederlands gemerkt."
    ),
)


def layout(view: View) -> Component:
    """The statement, with the organisation's own contact where the publication names one."""
    return bare(view.lang, view.mart.meta().get("contact", ""))


def bare(lang: str, contact: str = "") -> Component:
    """The statement by itself: it must be readable before there is any publication."""
    _ = translator(lang)
    lead = _("Wat Afspiegeling voor iedereen bruikbaar maakt, en wat nog niet lukt.")
    written = _("Opgesteld op {date}.").format(date=date_text(WRITTEN, lang))
    meets = [*(_(words) for words in MEETS), written]
    tested = [_(words).format(version=AXE) for words in TESTED]
    return html.Div(
        [
            page_heading(_("Toegankelijkheid"), lead),
            html.Div(
                [
                    block(_("Waaraan Afspiegeling voldoet"), *(html.P(words) for words in meets)),
                    block(_("Hoe dat is getoetst"), _points(tested)),
                    block(_("Wat niet voldoet of niet is getoetst"), _points(map(_, NOT_MET))),
                    block(_("Loopt u tegen iets aan?"), html.P(_report(lang, contact))),
                ],
                className="row prose",
            ),
        ]
    )


def _points(sentences: Sequence[str] | map[str]) -> Component:
    return html.Ul([html.Li(words) for words in sentences])


def _report(lang: str, contact: str) -> list[Cell]:
    _ = translator(lang)
    tell = _("Vertel op welke pagina (het adres bovenin de browser) en wat niet lukt.")
    if not contact:
        return [_("Meld het bij de beheerder van Afspiegeling in uw organisatie."), " ", tell]
    mailbox = "@" in contact and " " not in contact
    where = html.A(contact, href=f"mailto:{contact}") if mailbox else html.Strong(contact)
    return [_("Meld het bij"), " ", where, ". ", tell]
