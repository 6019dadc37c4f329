"""How far a share is from its target, how fast it moves and when it would be there -> words. Pure.

Never stronger than the interval: a pace that may be nothing is said to be that, and a year is as
wide as what is published.
"""

from __future__ import annotations

from dashboard import formats
from dashboard.compare import Row, excludes, published
from dashboard.i18n import translator
from dashboard.text import dated, hidden, share

NO_TARGET = "none"
"""Status of a target that says: there is none."""


def has_target(reference: Row | None) -> bool:
    """Whether there is a target to reach."""
    return reference is not None and reference["status"] != NO_TARGET


def distance_words(distance: Row | None, lang: str) -> str:
    """``2,1 punt eronder``, ``gehaald``; empty where nothing is known of it."""
    _ = translator(lang)
    if distance is None:
        return ""
    if not published(distance):
        return _("afstand {status}").format(status=hidden(distance, lang))
    size = formats.points(distance["value"], distance["base"], lang, sign=False)
    doubtful = not excludes(distance, 0)
    if distance["value"] >= 0:
        words = _("gehaald, kan toeval zijn") if doubtful else _("gehaald")
    elif doubtful:
        words = _("{size} eronder, kan toeval zijn").format(size=size)
    else:
        words = _("{size} eronder").format(size=size)
    return dated(distance, words, lang)


def year_words(year: Row | None, lang: str) -> str:
    """``in 2034``, ``tussen 2031 en 2045``, ``in 2031 of later``; empty without a year."""
    _ = translator(lang)
    if year is None or not published(year) or year["lower"] is None:
        return ""
    first, last = int(year["lower"]), year["upper"]
    if last is None:
        return _("in {first} of later").format(first=first)
    if first == int(last):
        return _("in {year}").format(year=first)
    return _("tussen {first} en {last}").format(first=first, last=int(last))


def outlook(pace: Row | None, year: Row | None, distance: Row | None, lang: str) -> str:
    """What the pace leads to, in a few words.

    ``bij dit tempo tussen 2031 en 2045``, ``bij dit tempo niet``, ``het tempo kan toeval zijn``;
    empty where the target has been reached or nothing is known of the distance.
    """
    _ = translator(lang)
    if distance is None or not published(distance) or distance["value"] >= 0:
        return ""
    if pace is None:
        return _("te weinig peildata voor een tempo")
    if not published(pace):
        return _("tempo {status}").format(status=hidden(pace, lang))
    return _leads_to(pace, year, lang)


def _leads_to(pace: Row, year: Row | None, lang: str) -> str:
    _ = translator(lang)
    if not excludes(pace, 0):
        return _("het tempo kan toeval zijn")
    if pace["value"] < 0:
        return _("bij dit tempo niet")
    when = year_words(year, lang)
    if not when:
        return _("bij dit tempo niet binnen afzienbare tijd")
    return _("bij dit tempo {when}").format(when=when)


def pace_sentence(  # noqa: PLR0917  (the figures of one target)
    target: str, pace: Row | None, year: Row | None, distance: Row | None, steps: str, lang: str
) -> str:
    """The sentence under a trend: distance, pace with its interval, and what it leads to.

    Args:
        target: the target in words ("de ambitie van 5,5% voor 2028").
        pace: points a year.
        year: when the target would be reached.
        distance: share minus target.
        steps: what the pace is taken over ("acht kwartalen").
        lang: language.
    """
    _ = translator(lang)
    parts = (
        distance_words(distance, lang),
        _pace(pace, steps, lang),
        outlook(pace, year, distance, lang),
    )
    said = "; ".join(part for part in parts if part)
    return _("Tegenover {target}: {said}.").format(target=target, said=said) if said else ""


def _pace(pace: Row | None, steps: str, lang: str) -> str:
    _ = translator(lang)
    if pace is None or not published(pace):
        return ""
    size = formats.quantity(pace["value"], pace["base"], "points_per_year", lang)
    margin = formats.margin(pace["lower"], pace["upper"], "points_per_year", pace["base"], lang)
    pattern = _("tempo van de laatste {steps} {size} (marge {margin})")
    return dated(pace, pattern.format(steps=steps, size=size, margin=margin), lang)


def title_market(inflow: Row | None, benchmark: Row | None, lang: str) -> str:
    """The group's share of the inflow against the labour market; without one of them no finding."""
    _ = translator(lang)
    if inflow is None or not published(inflow) or benchmark is None:
        return _("Instroom naast bezetting, per schaalgroep")
    if not excludes(inflow, benchmark["value"]):
        pattern = _(
            "De instroom ({value}) verschilt niet aantoonbaar van de arbeidsmarkt ({market})"
        )
    elif inflow["value"] < benchmark["value"]:
        pattern = _("De instroom ({value}) blijft achter bij de arbeidsmarkt ({market})")
    else:
        pattern = _("De instroom ({value}) ligt boven de arbeidsmarkt ({market})")
    market = formats.number(benchmark["value"], lang, 1) + "%"
    return pattern.format(value=share(inflow, lang, aside=True), market=market)


def index_words(index: Row | None, lang: str) -> str:
    """A share against its benchmark: ``0,60 keer dat op de arbeidsmarkt (0,58–0,62)``."""
    _ = translator(lang)
    if index is None or not published(index):
        return ""
    margin = formats.margin(index["lower"], index["upper"], "ratio", index["base"], lang)
    size = formats.number(index["value"], lang, 2)
    if not excludes(index, 1):
        pattern = _(
            "{size} keer de vergelijkingswaarde, niet aantoonbaar anders dan evenredig ({margin})"
        )
    elif index["value"] < 1:
        pattern = _("{size} keer de vergelijkingswaarde, lager dan evenredig ({margin})")
    else:
        pattern = _("{size} keer de vergelijkingswaarde, hoger dan evenredig ({margin})")
    return dated(index, pattern.format(size=size, margin=margin), lang)
