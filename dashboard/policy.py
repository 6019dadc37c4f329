"""The disclosure policy of a publication in words that a privacy officer or works council reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dashboard.i18n import N_, translator

WORDS = {
    "rounding_base": N_("Aantallen worden afgerond op een veelvoud van"),
    "classes.personal.threshold": N_("Persoonsgegevens: kleinste groep en kleinste rest"),
    "classes.personal.minimum_base": N_("Persoonsgegevens: kleinste aantal medewerkers"),
    "classes.personal.width": N_("Persoonsgegevens: zoveel waarden moeten mogelijk blijven"),
    "classes.personal.distance": N_("Persoonsgegevens: zoveel personen verschil tussen peildatums"),
    "classes.special.threshold": N_("Bijzondere gegevens: kleinste groep en kleinste rest"),
    "classes.special.minimum_base": N_("Bijzondere gegevens: kleinste aantal medewerkers"),
    "classes.special.minimum_base_leaves": N_("Losse herkomstlanden: kleinste aantal medewerkers"),
    "classes.special.width": N_("Bijzondere gegevens: zoveel waarden moeten mogelijk blijven"),
    "classes.special.distance": N_(
        "Bijzondere gegevens: zoveel personen verschil tussen peildatums"
    ),
    "audit.small_base": N_("Aanvalstoets: onder zoveel medewerkers geen zekere meerderheid"),
    "audit.majority": N_("Aanvalstoets: meerderheid is het aantal medewerkers gedeeld door"),
    "refusals.threshold": N_("Geweigerde rijen op bijzondere kolommen: kleinste aantal"),
    "strata.smallest_count": N_("Correctie voor schaal: kleinste aantal van samengenomen groepen"),
    "delivered.minimum_base": N_("Aandelen van het CBS: kleinste subgroep"),
    "delivered.distance": N_("Aandelen van het CBS: zoveel personen verschil tussen twee"),
    "retention.person_years": N_("Bewaren: gegevens van personen, in jaren"),
    "retention.copies_days": N_("Bewaren: ingelezen bronbestanden en kopieën, in dagen"),
    "retention.log_days": N_("Bewaren: logboek en verslagen van de beheerder, in dagen"),
}
"""Path of a number in the policy -> the rule; a number without words is shown by its path."""


@dataclass(frozen=True)
class Rule:
    """One number of the policy with its reason, who answers for it and since when."""

    path: str
    words: str
    value: float
    reason: str
    owner: str
    since: str


def rules(policy: Mapping[str, Any]) -> list[Rule]:
    """Every number of the policy, in the order of the file."""
    return list(_walk(policy, ""))


def _walk(node: Mapping[str, Any], path: str) -> Iterator[Rule]:
    for key, child in node.items():
        here = f"{path}.{key}" if path else key
        if not isinstance(child, Mapping):
            continue
        if "value" in child:
            yield Rule(
                here,
                WORDS.get(here, here),
                child["value"],
                str(child.get("reason", "")),
                str(child.get("owner", "")),
                str(child.get("date", "")),
            )
        else:
            yield from _walk(child, here)


def promises(policy: Mapping[str, Any], lang: str) -> list[tuple[str, str]]:
    """Subject and plain sentence of what the rules do; only about numbers that the policy holds."""
    _ = translator(lang)
    numbers = {rule.path: f"{rule.value:g}" for rule in rules(policy)}
    said = []
    for path, subject, words in PROMISES:
        if all(part in numbers for part in path):
            said.append((_(subject), _(words).format(*(numbers[part] for part in path))))
    return [*said, *((_(subject), _(words)) for subject, words in ALWAYS)]


PROMISES = (
    (
        ("classes.special.threshold", "classes.special.minimum_base"),
        N_("Herkomst"),
        N_(
            "Hierover staat hier alleen iets als minstens {0} mensen tot de groep horen, "
            "minstens {0} er niet toe horen, en het over minstens {1} medewerkers gaat."
        ),
    ),
    (
        ("classes.special.minimum_base_leaves",),
        N_("Losse herkomstlanden"),
        N_("Alleen te zien vanaf {0} medewerkers."),
    ),
    (
        ("classes.personal.threshold", "classes.personal.minimum_base"),
        N_("Geslacht, leeftijd, aanstelling en standplaats"),
        N_("Minstens {0} mensen in de groep, minstens {0} erbuiten, en minstens {1} medewerkers."),
    ),
    (
        ("rounding_base",),
        N_("Afronding"),
        N_(
            "Elk van deze aantallen is afgerond op {0}, naar boven of naar beneden volgens een "
            "geheime sleutel. Welke kant het op gaat, hangt niet af van wie er in de groep zitten."
        ),
    ),
    (
        ("classes.special.distance", "classes.personal.distance"),
        N_("Twee peildatums naast elkaar"),
        N_(
            "Een nieuw getal komt er pas als er minstens {0} mensen anders zijn dan op elke "
            "peildatum waarvan al een getal is bepaald ({1} bij geslacht, leeftijd, aanstelling en "
            "standplaats). Tot dan blijft het vorige staan, met zijn datum, of blijft het "
            "onderdrukt. Of het getal zelf zou veranderen, telt niet mee."
        ),
    ),
    (
        ("classes.special.distance",),
        N_("Geschiedenis blijft staan"),
        N_(
            "Wat over een periode is getoond, verandert niet meer: een latere correctie werkt "
            "alleen door in de aantallen van iedereen samen. Een uitsplitsing die fout blijkt, "
            "wordt ingetrokken en niet vervangen."
        ),
    ),
)
ALWAYS = (
    (
        N_("Iedereen samen"),
        N_(
            "Aantallen van iedereen, zoals het aantal medewerkers per onderdeel, zijn openbaar en "
            "dus niet afgerond."
        ),
    ),
    (
        N_("Aandelen, kansen en marges"),
        N_("Berekend uit de beschermde aantallen, niet uit de gegevens van personen."),
    ),
    (
        N_("Onderdrukt"),
        N_("Zo heet een verborgen cijfer overal: op het scherm, in de tabel en in het bestand."),
    ),
    (
        N_("De website"),
        N_(
            "Leest een bestand waarin alleen deze cijfers staan; gegevens van personen zijn van "
            "hieruit niet te bereiken."
        ),
    ),
)
