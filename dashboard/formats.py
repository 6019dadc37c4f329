"""Numbers, dates and periods as they are written in Dutch and in English.

Nothing is calculated here: a published percentage is written as it is given, whole below a base of
1,000 and with one decimal from there on (the rounding was done when it was published).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache

from babel.dates import format_date
from babel.numbers import format_decimal

from dashboard.i18n import language, translator

DECIMALS_FROM_BASE = 1000
SCORE_DECIMALS = 1
PACE_DECIMALS = 2
"""A pace is published with so many decimals, whatever its base."""
P_DECIMALS = 3
"""A p-value is published with so many decimals."""
MINUS = "\u2212"
_MONTH_ENDS = {1: (3, 31), 2: (6, 30), 3: (9, 30), 4: (12, 31)}
_PERIOD = re.compile(r"(?P<year>\d{4})(?:Q(?P<quarter>[1-4])|-(?P<last>\d{4}))?")


def _locale(lang: str) -> str:
    return "en_GB" if language(lang) == "en" else "nl_NL"


@lru_cache(maxsize=16384)  # a page writes some 400 numbers, many of them more than once
def number(value: float, lang: str, decimals: int = 0) -> str:
    """``12.040`` / ``12,040``; with ``decimals`` always that many of them."""
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    text: str = format_decimal(value, format=pattern, locale=_locale(lang))
    return text.replace("-", MINUS, 1) if text.startswith("-") else text


def decimals_for(base: float | None) -> int:
    """How many decimals a published percentage of this base has."""
    return 1 if base is not None and base >= DECIMALS_FROM_BASE else 0


def percent(value: float, base: float | None, lang: str) -> str:
    """``3,4%`` / ``3.4%``; whole below a base of 1,000."""
    return number(value, lang, decimals_for(base)) + "%"


def points(value: float, base: float | None, lang: str, *, sign: bool = True) -> str:
    """Percentage points: ``+0,6 punt`` / ``+0.6 points``; ``sign=False`` writes the size only."""
    _ = translator(lang)
    size = number(abs(value), lang, decimals_for(base))
    word = _("punt")
    if not sign:
        return f"{size} {word}"
    return f"{_sign(value)}{size} {word}"


def signed(value: float, lang: str, decimals: int = 0) -> str:
    """``+12`` / ``−12``: a change in persons."""
    return _sign(value) + number(abs(value), lang, decimals)


def ratio(value: float, lang: str) -> str:
    """``0,62×`` / ``0.62×``."""
    return number(value, lang, 2) + "×"


def probability(value: float, lang: str) -> str:
    """A p-value: ``0,032`` / ``0.032``; what was rounded to nothing is ``< 0,001``."""
    smallest = 10**-P_DECIMALS
    written = number(max(value, smallest), lang, P_DECIMALS)
    return f"< {written}" if value < smallest else written


def years(value: float, lang: str) -> str:
    """A time: ``4,2 jaar`` / ``4.2 years``."""
    _ = translator(lang)
    return _("{number} jaar").format(number=number(value, lang, 1))


def interval(lower: float, upper: float, lang: str, decimals: int = 0, unit: str = "") -> str:
    """``0,47–0,81``, ``−0,5 tot 0,1``: both ends of a 95% interval."""
    _ = translator(lang)
    parts = [number(value, lang, decimals) + unit for value in (lower, upper)]
    if lower >= 0:
        return "–".join(parts)
    return _("{low} tot {high}").format(low=parts[0], high=parts[1])


def pace(value: float, lang: str) -> str:
    """``+0,34 punt per jaar`` / ``+0.34 points a year``."""
    _ = translator(lang)
    return _("{size} punt per jaar").format(size=signed(value, lang, PACE_DECIMALS))


def year(value: float, _lang: str) -> str:
    """``2034``: a year has no thousands."""
    return str(int(value))


def whole_percent(value: float, lang: str) -> str:
    """``12%``: a percentage that was delivered without decimals."""
    return number(value, lang) + "%"


def quantity(value: float, base: float | None, unit: str, lang: str) -> str:
    """A published value in the unit that ``mart_metric`` names for it."""
    match unit:
        case "percent":
            return percent(value, base, lang)
        case "points":
            return points(value, base, lang)
        case _ if unit in _WRITERS:
            return _WRITERS[unit](value, lang)
        case _:
            return number(value, lang, decimals_of(unit, base))


_WRITERS: dict[str, Callable[[float, str], str]] = {
    "points_per_year": pace,
    "ratio": ratio,
    "probability": probability,
    "years": years,
    "year": year,
    "whole_percent": whole_percent,
}
"""How a value of a unit that does not depend on its base is written."""


def decimals_of(unit: str, base: float | None) -> int:
    """How many decimals a value of this unit is published with."""
    fixed = {
        "ratio": 2,
        "probability": P_DECIMALS,
        "points_per_year": PACE_DECIMALS,
        "years": 1,
        "index": 2,
        "score": SCORE_DECIMALS,
    }
    return decimals_for(base) if unit in {"percent", "points"} else fixed.get(unit, 0)


def margin(
    lower: float | None, upper: float | None, unit: str, base: float | None, lang: str
) -> str:
    """The 95% interval of a published value, or an empty text where it has none."""
    if lower is None or upper is None:
        return ""
    if unit == "year":
        return f"{int(lower)}–{int(upper)}"
    sign = "%" if unit == "percent" else ""
    return interval(lower, upper, lang, decimals_of(unit, base), sign)


def date_text(day: date, lang: str) -> str:
    """``31 december 2025`` / ``31 December 2025``."""
    return _written(day, "d MMMM y", lang)


@lru_cache(maxsize=1024)
def _written(day: date, pattern: str, lang: str) -> str:
    """A date by a pattern of Babel; a page asks for few and often."""
    text: str = format_date(day, format=pattern, locale=_locale(lang))
    return text


def period_end(code: str) -> date:
    """The last day of a period: ``2025Q4``, ``2025`` or ``2021-2025``.

    Raises:
        ValueError: the code is none of these.
    """
    found = _PERIOD.fullmatch(code)
    if found is None:
        raise ValueError(f"not a period code: {code!r}")
    quarter = int(found["quarter"] or 4)
    return date(int(found["last"] or found["year"]), *_MONTH_ENDS[quarter])


def period(code: str, lang: str, *, stock: bool = False) -> str:
    """A period in words; with ``stock`` its reference date.

    ``2025Q4`` -> ``4e kwartaal 2025`` (stock: ``eind december 2025``), ``2025`` -> ``2025``
    (stock: ``eind 2025``), ``2021-2025`` -> ``2021–2025``.
    """
    _ = translator(lang)
    found = _PERIOD.fullmatch(code)
    if found is None:
        raise ValueError(f"not a period code: {code!r}")
    if found["last"]:
        return f"{found['year']}–{found['last']}"
    if stock:
        return _stock_period(code, found["quarter"], lang)
    if found["quarter"] is None:
        return code
    return _("{number}e kwartaal {year}").format(number=found["quarter"], year=found["year"])


def _stock_period(code: str, quarter: str | None, lang: str) -> str:
    _ = translator(lang)
    day = period_end(code)
    if quarter in {None, "4"}:
        return _("eind {year}").format(year=day.year)
    month = _written(day, "MMMM y", lang)
    return _("eind {month}").format(month=month)


def short_period(code: str, lang: str) -> str:
    """A period on an axis: ``2025 K4`` / ``2025 Q4``, ``2025``, ``2021–2025``."""
    _ = translator(lang)
    found = _PERIOD.fullmatch(code)
    if found is not None and found["quarter"]:
        return _("{year} K{number}").format(year=found["year"], number=found["quarter"])
    return period(code, lang)


def stand(code: str, lang: str) -> str:
    """To which date a repeated number belongs: ``stand 2025 K2`` / ``as of 2025 Q2``."""
    _ = translator(lang)
    return _("stand {period}").format(period=short_period(code, lang))


def _sign(value: float) -> str:
    return "+" if value > 0 else MINUS if value < 0 else "±"
