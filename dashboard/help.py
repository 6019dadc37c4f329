"""Help on every page: how to read it, shortcuts, a tour; assets/help.js and tour.js move it."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard.components import Cell, definition_list
from dashboard.i18n import N_, translator

Pair = tuple[str, str]

READING: tuple[Pair, ...] = (
    (
        N_("marge"),
        N_(
            "Tussen deze twee waarden ligt de onderliggende waarde naar verwachting in 95 van de "
            "100 gevallen: toeval in kleine aantallen en de afronding zijn meegeteld."
        ),
    ),
    (
        N_("kan toeval zijn"),
        N_(
            "Het verschil is niet groter dan wat door toeval alleen ook voorkomt. Het kan er zijn, "
            "maar deze cijfers tonen het niet aan."
        ),
    ),
    (
        N_("afgerond"),
        N_(
            "Aantallen van een groep zijn afgerond op {base}, naar boven of naar beneden. "
            "Optellingen kloppen daardoor niet altijd precies."
        ),
    ),
    (
        N_("onderdrukt"),
        N_(
            "Dit cijfer is verborgen om personen te beschermen. Het is geen nul, en de reden wordt "
            "per cijfer niet gezegd."
        ),
    ),
    (
        N_("niet ververst"),
        N_(
            "De aantallen erachter zijn niet van dezelfde datum, dus is er geen nieuw cijfer van "
            "te maken."
        ),
    ),
    (
        N_("stand 2025 K2"),
        N_(
            "Een eerder getal dat is blijven staan: sindsdien wisselden te weinig mensen voor een "
            "nieuw getal."
        ),
    ),
)
FILTERS: tuple[Pair, ...] = (
    (
        N_("Organisatieonderdeel"),
        N_("Typ een deel van de naam of kies uit de lijst; elke pagina volgt."),
    ),
    (N_("Peildatum"), N_("De datum waarop is geteld.")),
    (
        N_("Vergelijken met"),
        N_("Waartegen een verandering wordt getoond: een eerdere datum of het onderdeel erboven."),
    ),
    (N_("Kenmerk"), N_("De groep die wordt gevolgd, zoals herkomst buiten Europa of vrouwen.")),
)
TAKING: tuple[Pair, ...] = (
    (N_("Tabel"), N_("De getallen achter de grafiek, met hun marges.")),
    ("CSV, Excel", N_("Dezelfde getallen als bestand, met hun status en datum.")),
    (N_("Afbeelding"), N_("De grafiek als PNG, met titel en herkomst erbij.")),
    (
        N_("Meer vormen"),
        N_(
            "Voor andere programma's: CSV volgens RFC 4180, Parquet, JSON met een beschrijving, en "
            "de grafiek als SVG, die scherp blijft op elke grootte."
        ),
    ),
    (N_("Definitie"), N_("Wat er precies is geteld en gedeeld.")),
)
KEYS: tuple[Pair, ...] = (
    ("?", N_("deze hulp openen")),
    ("/", N_("naar het organisatieonderdeel")),
    ("t", N_("alle tabellen van de pagina open of dicht")),
    ("d", N_("alle definities open of dicht")),
    ("1 – 9", N_("naar die pagina van het menu")),
    ("← ↑ → ↓", N_("langs de waarden van een grafiek die de focus heeft")),
    ("Esc", N_("sluiten")),
)
TOUR: tuple[tuple[str, str, str], ...] = (
    (
        ".bar",
        N_("Kies wat u wilt zien"),
        N_(
            "Kies één keer uw onderdeel, de datum, de vergelijking en het kenmerk. Alle pagina's "
            "volgen, en de keuze staat in het adres: een gekopieerde link opent hetzelfde beeld."
        ),
    ),
    (
        ".menu > summary, .menu nav",
        N_("Van overzicht naar verklaring"),
        N_(
            "Overzicht zegt waar u staat. De andere pagina's zeggen wie waar werkt, wie komt, "
            "groeit en gaat, en waar in die keten het aandeel verandert."
        ),
    ),
    (
        "main h1",
        N_("De titel is de uitkomst"),
        N_(
            "Elke titel zegt wat de cijfers laten zien. Staat er dat iets toeval kan zijn, dan "
            "tonen deze cijfers het niet aan."
        ),
    ),
    (
        "main .block .tools",
        N_("Tabel, bestand en definitie"),
        N_("Onder elke grafiek staan dezelfde getallen als tabel, als bestand en hun betekenis."),
    ),
    (
        ".provenance",
        N_("Hoe zeker en hoe veilig"),
        N_(
            "Hier staat van welke publicatie en datum de cijfers zijn. Kleine groepen worden niet "
            "getoond; hoe dat werkt staat bij Verantwoording."
        ),
    ),
    (
        "#help-open",
        N_("Hulp is altijd dichtbij"),
        N_("Achter deze knop staan uitleg, sneltoetsen en deze rondleiding."),
    ),
)
"""What is pointed at (a CSS selector; a step whose part is not on the page is left out), what is
said of it."""


def help_button(lang: str) -> Component:
    """The button that opens the panel; in the bar of every page."""
    _ = translator(lang)
    return html.Button(
        _("Hulp"), id="help-open", type="button", className="help-open",
        **{"aria-haspopup": "dialog"},
    )  # fmt: skip


def tour_offer(lang: str) -> Component:
    """One line on a first visit; the browser shows it when nobody has answered it yet."""
    _ = translator(lang)
    return html.Aside(
        [
            _("Nieuw hier?"),
            " ",
            html.Button(_("Korte rondleiding"), type="button", className="tour-start"),
            html.Button(_("Niet nodig"), type="button", className="tour-no"),
        ],
        className="offer",
        hidden=True,
        **{"aria-label": _("Rondleiding")},
    )


def help_panel(lang: str, rounding_base: str) -> list[Component]:
    """The panel and the tour, both dialogs that are closed until somebody asks for them."""
    return [_panel(lang, rounding_base), _tour(lang)]


def _panel(lang: str, rounding_base: str) -> Component:
    _ = translator(lang)
    reading = [(term, words.format(base=rounding_base)) for term, words in _said(lang, READING)]
    top = html.Div(
        [
            html.H2(_("Hulp"), id="help-title", tabIndex=-1),
            html.Button(_("Korte rondleiding"), type="button", className="tour-start"),
            html.Button(_("Sluiten"), type="button", className="help-close"),
        ],
        className="help-top",
    )
    return html.Dialog(
        [
            top,
            html.H3(_("Een cijfer lezen")),
            definition_list(reading),
            html.H3(_("Kiezen")),
            definition_list(_said(lang, FILTERS)),
            html.H3(_("Meenemen")),
            definition_list(_said(lang, TAKING)),
            html.H3(_("Sneltoetsen")),
            *_shortcuts(lang),
        ],
        id="help",
        className="help",
        **{"aria-labelledby": "help-title"},
    )


def _said(lang: str, pairs: Sequence[Pair]) -> list[Pair]:
    _ = translator(lang)
    return [(_(term), _(words)) for term, words in pairs]


def _shortcuts(lang: str) -> list[Component]:
    _ = translator(lang)
    rows = [
        html.Tr([html.Th(html.Kbd(key), scope="row"), html.Td(_(words))]) for key, words in KEYS
    ]
    # a native box, made by the script, which knows its state
    switch: list[Cell] = [html.Span(id="help-keys"), _("Sneltoetsen van één teken gebruiken")]
    return [html.Table(html.Tbody(rows), className="keys"), html.Label(switch, className="switch")]


def _tour(lang: str) -> Component:
    _ = translator(lang)
    steps = [
        html.Div(
            [html.H2(_(title), tabIndex=-1), html.P(_(words))],
            className="tour-step",
            hidden=True,
            **{"data-at": at},
        )
        for at, title, words in TOUR
    ]
    buttons = [
        html.Span(className="tour-count"),
        html.Button(_("Stoppen"), type="button", className="tour-stop"),
        html.Button(_("Vorige"), type="button", className="tour-back"),
        html.Button(_("Volgende"), type="button", className="tour-next"),
    ]
    names = {
        "data-last": _("Klaar"),
        "data-next": _("Volgende"),
        "data-count": _("stap {at} van {all}"),
        "aria-label": _("Rondleiding"),
    }
    card = html.Div([*steps, html.Div(buttons, className="tour-buttons")], className="tour-card")
    return html.Dialog([html.Div(className="tour-spot"), card], id="tour", **names)
