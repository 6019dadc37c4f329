"""What a rule of thumb or a row of comparisons says, together with what chance could do. Pure."""

from __future__ import annotations

from dashboard import formats
from dashboard.compare import Row, excludes, published
from dashboard.i18n import translator

FOUR_FIFTHS = 0.8
SMALLEST_PART = 0.02
"""The four-fifths rule is not applied to a group that is no larger part of the pool than this."""
CHOSEN = ("promotion_parity", "crossing_parity")
"""The rule is about rates of being chosen, compared as they are: leaving is none."""
OUTSIDE = 0.05
"""Part of the 95% intervals that chance alone puts beside what they are about."""


def four_fifths(row: Row | None, lang: str, part: float | None = None) -> str:
    """The four-fifths flag, always together with what chance could do; empty when not flagged.

    The reference is the highest of the two rates: where that is the group's, the others are
    flagged.

    Args:
        row: rate of the group by that of the others.
        lang: language.
        part: the group's part of those who could be chosen; None: not known.
    """
    _ = translator(lang)
    if row is None or row["metric"] not in CHOSEN or not published(row):
        return ""
    if part is not None and min(part, 1 - part) <= SMALLEST_PART:
        return ""
    sure = excludes(row, 1)
    if row["value"] < FOUR_FIFTHS:
        own = _("onder vier vijfde, kan toeval zijn")
        return _("onder vier vijfde, meer dan toeval") if sure else own
    if row["value"] * FOUR_FIFTHS > 1:
        theirs = _("anderen onder vier vijfde, kan toeval zijn")
        return _("anderen onder vier vijfde, meer dan toeval") if sure else theirs
    return ""


def by_chance(compared: int, lang: str) -> str:
    """How many of so many units would stand out by chance alone; empty for fewer than two."""
    _ = translator(lang)
    if compared < 2:
        return ""
    pattern = _(
        "Van {number} vergeleken onderdelen vallen er door toeval alleen al ongeveer {chance} "
        "buiten de marge; de titel houdt daar rekening mee."
    )
    return pattern.format(
        number=formats.number(compared, lang), chance=formats.number(compared * OUTSIDE, lang, 1)
    )
