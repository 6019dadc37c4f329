"""How long until promotion, in words. Pure, Dutch and English.

As in ``text``: a direction is stated only where the 95% interval of the difference leaves out "no
difference"; a curve that stays below half says so and nothing more.
"""

from __future__ import annotations

from collections.abc import Sequence

from dashboard import formats
from dashboard.compare import Row, excludes, published
from dashboard.i18n import translator
from dashboard.text import capital, hidden, share

Year = tuple[Row | None, Row | None, Row | None]
"""Of one year the part of the group that is promoted, of the others, and the difference."""


def title_time(years: Sequence[Year], lang: str) -> str:
    """What the last year that is shown of both tells; ``years`` in order, at least one."""
    _ = translator(lang)
    shown = [n for n, (yes, no, _gap) in enumerate(years) if published(yes) and published(no)]
    if not shown:
        pattern = _("hoeveel van de groep en van anderen na een jaar is gepromoveerd, is {status}")
        gone = next((row for row in years[0][:2] if not published(row)), None)
        return capital(pattern.format(status=hidden(gone, lang)))
    yes, no, gap = years[shown[-1]]
    assert yes is not None  # noqa: S101  (both are shown)
    assert no is not None  # noqa: S101
    values = {"years": shown[-1] + 1, "yes": share(yes, lang), "no": share(no, lang)}
    if gap is None or not excludes(gap, 0):
        pattern = _(
            "na {years} jaar in dezelfde schaal is {yes} gepromoveerd, tegenover {no} van de "
            "anderen; het verschil kan toeval zijn"
        )
    elif gap["value"] < 0:
        pattern = _(
            "na {years} jaar in dezelfde schaal is {yes} gepromoveerd, minder dan de {no} van de "
            "anderen"
        )
    else:
        pattern = _(
            "na {years} jaar in dezelfde schaal is {yes} gepromoveerd, meer dan de {no} van de "
            "anderen"
        )
    return capital(pattern.format(**values))


def medians(yes: Row | None, no: Row | None, lang: str) -> str:
    """After how long half are promoted; empty where neither is told."""
    _ = translator(lang)
    if yes is None or no is None:
        return ""
    if not (published(yes) or published(no)) and yes["status"] == no["status"]:
        return _("De helft (mediaan): {status}.").format(status=hidden(yes, lang))
    pattern = _("De helft is gepromoveerd: {yes}; bij anderen: {no}.")
    return pattern.format(yes=_median(yes, lang), no=_median(no, lang))


def _median(row: Row, lang: str) -> str:
    _ = translator(lang)
    if not published(row):
        return hidden(row, lang)
    return _("na {years}").format(years=formats.years(row["value"], lang))


def reach(years: Sequence[Year], planned: int, lang: str) -> str:
    """Why the curve ends where it does; empty where it reaches as far as the period does.

    Args:
        years: the years that are planned.
        planned: how many years the period has.
        lang: language.
    """
    _ = translator(lang)
    for number, (yes, no, _gap) in enumerate(years, 1):
        gone = [row for row in (yes, no) if not published(row)]
        if gone:
            pattern = _("Het {number}e jaar is {status}: verder reikt de curve niet.")
            return pattern.format(number=number, status=hidden(gone[0], lang))
    if len(years) < planned:
        pattern = _(
            "Het {number}e jaar telt te weinig promoties en staat niet in het publicatieplan: "
            "verder reikt de curve niet."
        )
        return pattern.format(number=len(years) + 1)
    return ""
