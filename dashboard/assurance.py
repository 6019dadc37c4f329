"""The attack on a publication in words that a privacy officer or works council reads. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dashboard.formats import number
from dashboard.i18n import N_, translator
from dashboard.policy import rules

Pair = tuple[str, str]
"""Subject and sentence."""

ATTACKER = N_(
    "Een lezer die de eigen gegevens kent en die van twee collega's, die overal het aantal "
    "medewerkers weet en wie er komt, gaat en verhuist, en die alles heeft: elke pagina, elk "
    "bestand, elke eerdere publicatie, deze regels en de programmacode. Een inlog of rol telt "
    "niet als bescherming: de toets doet alsof iedereen alles ziet."
)
TRIED = N_(
    "Alle cijfers zijn samen als één puzzel doorgerekend: {unknowns} aantallen, waarvan {hidden} "
    "verborgen, met {constraints} verbanden ertussen. Zulke verbanden zijn: delen die optellen "
    "tot hun geheel, peildatums die via in- en uitstroom aan elkaar vastzitten, en de grenzen "
    "van het afronden."
)
PROVED = N_(
    "Voor de {proved_periods} nieuwste peildatums is het bovendien bewezen: van elk van de "
    "{proved} verborgen aantallen en sommen daarvan zijn zoveel werelden gemaakt die met alle "
    "gepubliceerde cijfers kloppen, dat er genoeg gehele waarden mogelijk blijven."
)
SAFE = N_(
    "Van elk verborgen aantal blijven minstens {special} gehele waarden mogelijk (bij geslacht, "
    "leeftijd, aanstelling en standplaats {personal}), en in een heel klein onderdeel alle "
    "waarden. Hetzelfde geldt voor elke verandering tussen twee getoonde getallen."
)
MAJORITY = N_(
    "In een onderdeel van minder dan {small} medewerkers mag ook niet vaststaan dat de meerderheid "
    "tot de groep hoort."
)
SHOWN = N_(
    "Een getoond aantal is beschermd doordat de groep en de rest elk minstens {threshold} mensen "
    "tellen."
)
CHECKS = (
    ("exact", N_("Precies bekend"), N_("er is nog maar één waarde mogelijk")),
    ("narrow", N_("Te nauw ingesloten"), N_("er blijven te weinig waarden mogelijk")),
    (
        "majority",
        N_("Zeker de meerderheid"),
        N_("vaststaat dat de meeste mensen van een klein onderdeel tot de groep horen"),
    ),
    (
        "sum",
        N_("Samen te goed bekend"),
        N_("verborgen delen van één geheel tellen op tot iets dat te goed bekend is"),
    ),
    (
        "changes",
        N_("Verandering te nauw bepaald"),
        N_("tussen twee getoonde getallen is te goed te zien hoeveel mensen wisselden"),
    ),
    ("unsafe", N_("Samen niet veilig"), N_("getallen met een of meer van deze gebreken")),
    (
        "implied",
        N_("Al eerder bekend"),
        N_("volgt uit openbare totalen en eerdere publicaties; verbergen helpt niet meer"),
    ),
)
"""Key of the report -> what was counted, and what it means."""

RESIDUAL = (
    (
        N_("Wie meer weet"),
        N_(
            "Iemand die meer weet dan deze aanvaller, kan meer afleiden: bijvoorbeeld met de "
            "ledenlijst van een netwerk van medewerkers, of met wat meer dan twee collega's over "
            "zichzelf vertellen."
        ),
    ),
    (
        N_("Andere bronnen"),
        N_(
            "De toets kent alleen wat hier is gepubliceerd, en niet wat elders over dezelfde "
            "mensen staat."
        ),
    ),
    (
        N_("De rekenmethode"),
        N_(
            "De toets zoekt sluitende vergelijkingen en sluit elk getal tussen grenzen in. Een "
            "zwaardere methode kan nauwere grenzen vinden. De uitkomst gaat over deze aanval, en "
            "niet over elke denkbare."
        ),
    ),
)


@dataclass(frozen=True)
class Audit:
    """What the attack on a publication reported; a number that it does not tell is absent."""

    safe: bool
    numbers: Mapping[str, int]

    @classmethod
    def of(cls, report: Mapping[str, str]) -> Audit:
        """Read the table ``mart_audit``."""
        told = typed(report)
        numbers = {key: n for key, n in told.items() if isinstance(n, int) and key != "safe"}
        return cls(told.get("safe") is True, numbers)


def typed(report: Mapping[str, str]) -> dict[str, bool | int | str]:
    """The report with truth values and whole numbers as such, for ``audit.json``."""
    truth = {"true": True, "false": False}
    return {
        key: truth[text] if text in truth else int(text) if text.isdecimal() else text
        for key, text in report.items()
    }


def verdict(audit: Audit, lang: str) -> str:
    """The outcome as a title."""
    _ = translator(lang)
    if not audit.safe:
        return _("De aanval op deze publicatie slaagde voor een deel: niet elk getal is veilig")
    if audit.numbers.get("implied"):
        return _("De aanval op deze publicatie vond niets dat niet al eerder bekend was")
    return _(
        "De aanval op deze publicatie is mislukt: van elk verborgen getal bleven genoeg waarden "
        "mogelijk"
    )


def account(audit: Audit, policy: Mapping[str, Any], lang: str) -> list[Pair]:
    """Who attacks, what was tried, and what safe means here."""
    _ = translator(lang)
    pairs = [(_("Wie de aanvaller is"), _(ATTACKER))]
    if {"unknowns", "hidden", "constraints"} <= audit.numbers.keys():
        sizes = {key: number(n, lang) for key, n in audit.numbers.items()}
        deep = [_(PROVED).format_map(sizes)] if sizes.keys() >= {"proved", "proved_periods"} else []
        tried = " ".join([_(TRIED).format_map(sizes), *_history(audit, lang), *deep])
        pairs.append((_("Wat is geprobeerd"), tried))
    return [*pairs, (_("Wat veilig hier betekent"), _meaning(policy, lang))]


def _history(audit: Audit, lang: str) -> list[str]:
    _ = translator(lang)
    together = audit.numbers.get("publications")
    if together is None:
        return []
    if together <= 1:
        return [_("Een eerdere publicatie was er niet.")]
    words = _("Daarbij lagen {count} publicaties naast elkaar: deze en alle eerdere.")
    return [words.format(count=number(together, lang))]


def _meaning(policy: Mapping[str, Any], lang: str) -> str:
    """The sentences about safety for which the policy holds the numbers."""
    _ = translator(lang)
    numbers = {rule.path: f"{rule.value:g}" for rule in rules(policy)}
    sentences = (
        (SAFE, {"special": "classes.special.width", "personal": "classes.personal.width"}),
        (MAJORITY, {"small": "audit.small_base"}),
        (SHOWN, {"threshold": "classes.special.threshold"}),
    )
    return " ".join(
        _(words).format_map({name: numbers[path] for name, path in paths.items()})
        for words, paths in sentences
        if set(paths.values()) <= numbers.keys()
    )


def outcome(audit: Audit, lang: str) -> list[tuple[str, str, str]]:
    """What was looked for, how often it was found, and what it means."""
    _ = translator(lang)
    return [
        (_(found), number(audit.numbers[key], lang), _(meaning))
        for key, found, meaning in CHECKS
        if key in audit.numbers
    ]


def residual(lang: str) -> list[Pair]:
    """The risks that remain, whatever the outcome."""
    _ = translator(lang)
    return [(_(subject), _(words)) for subject, words in RESIDUAL]
