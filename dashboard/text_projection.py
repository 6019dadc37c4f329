"""Where the numbers lead to, what would be needed, what is assumed -> words. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dashboard import formats
from dashboard.cells import Row
from dashboard.i18n import translator
from dashboard.projection import Needed
from dashboard.text import capital


def percent(fraction: float, base: float, lang: str) -> str:
    """A fraction as percentages are written here: whole below a base of 1,000."""
    return formats.percent(100 * fraction, base, lang)


def share_margin(lower: float, upper: float, base: float, lang: str) -> str:
    """Both ends of an interval of fractions."""
    return formats.margin(100 * lower, 100 * upper, "percent", base, lang)


def whole_share(fraction: float, lang: str) -> str:
    """What is needed, as it is written: ``35%``."""
    return formats.number(whole_up(fraction), lang) + "%"


def whole_up(fraction: float) -> int:
    """What is needed, in whole percent, never smaller than it is."""
    return math.ceil(100 * fraction - 1e-6)


def aim_words(target: Row, lang: str) -> str:
    """``de ambitie is 5,5% in 2028``."""
    _ = translator(lang)
    pattern = (
        _("de ambitie is {value} in {year}")
        if target["status"] == "ambition"
        else _("het streefcijfer is {value} in {year}")
    )
    return pattern.format(value=aim_value(target, lang), year=target["year"])


def aim_value(target: Row, lang: str) -> str:
    """The value of a target: ``5,5%``."""
    value = float(target["value"])
    return formats.number(value, lang, 0 if value.is_integer() else 1) + "%"


def title_projection(  # noqa: PLR0917  (the parts of one sentence)
    band: str, when: str, value: str, plain: str | None, other: str, lang: str
) -> str:
    """What the page finds.

    Args:
        band: ``vanaf schaal 14``.
        when: ``eind 2035``.
        value: the share that follows.
        plain: the share without the reader's choices; None where nothing was chosen.
        other: what it is held against: the target, or the share now.
        lang: language.
    """
    _ = translator(lang)
    words = {"band": band, "when": when, "value": value, "other": other}
    if plain is None:
        pattern = _("Gaat het zo door, dan komt het aandeel {band} {when} uit op {value}; {other}")
        return pattern.format(**words)
    pattern = _(
        "Met deze keuzes komt het aandeel {band} {when} uit op {value} in plaats van {plain}; "
        "{other}"
    )
    return pattern.format(**words, plain=plain)


def title_needed(  # noqa: PLR0917  (the parts of one sentence)
    found: Needed, aim: str, year: int, band: str, now: str, lang: str
) -> str:
    """Which inflow the target asks for, against the one that was measured."""
    _ = translator(lang)
    words = {"aim": aim, "year": year, "band": band, "now": now}
    if found.value is None:
        pattern = _(
            "{aim} in {year} is met instroom {band} niet te halen: zelfs met 100% wordt het {most}"
        )
        return capital(pattern.format(**words, most=whole_part(found.most, lang)))
    if found.value == 0:
        return capital(
            _("{aim} in {year} wordt ook zonder instroom van de groep {band} gehaald").format(
                **words
            )
        )
    pattern = _(
        "Om in {year} op {aim} uit te komen, moet {share} van de instroom {band} uit de groep "
        "komen; nu is dat {now}"
    )
    return pattern.format(**words, share=whole_share(found.value, lang))


def whole_part(fraction: float, lang: str) -> str:
    """A share with one decimal, cut so that what misses a target is not written as reaching it."""
    return formats.number(int(1000 * fraction) / 10, lang, 1) + "%"


def needed_words(found: Needed, highest: float, lang: str) -> str:
    """The answer as it stands in a table; ``highest``: the highest value in percent."""
    _ = translator(lang)
    if found.value is None:
        return _("niet mogelijk: met {highest} wordt het {most}").format(
            highest=formats.whole_percent(highest, lang), most=whole_part(found.most, lang)
        )
    if found.value == 0:
        return _("ook met {none} gehaald").format(none=formats.whole_percent(0, lang))
    return whole_share(found.value, lang)


def needed_margin(found: Needed, lang: str) -> str:
    """The bounds of what is needed, in whole percent; empty where it has none."""
    ends = needed_bounds(found)
    return formats.interval(*ends, lang, unit="%") if ends else ""


def needed_bounds(found: Needed) -> tuple[int, int] | None:
    """The bounds of what is needed, in whole percent, outward."""
    if found.lower is None or found.upper is None:
        return None
    return math.floor(100 * found.lower + 1e-6), whole_up(found.upper)


def years_text(codes: Sequence[str]) -> str:
    """``2021–2025``, ``2021, 2023``: periods that were taken together."""
    numbers = [int(code) for code in codes if code.isdigit()]
    if len(numbers) < len(codes):
        return ", ".join(code.replace("-", "–") for code in codes)
    if len(numbers) > 1 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"{numbers[0]}–{numbers[-1]}"
    return ", ".join(str(each) for each in numbers)
