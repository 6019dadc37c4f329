"""Answers of leavers -> the sentences above the blocks of the exit monitor. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard import formats
from dashboard.compare import Row, excludes, published
from dashboard.i18n import translator
from dashboard.text import capital, hidden, share

Named = Sequence[tuple[str, Row]]


def largest(rows: Named) -> tuple[str, Row] | None:
    """The label and cell with the highest shown value; the first of equal ones."""
    shown = [item for item in rows if published(item[1])]
    return max(shown, key=lambda item: float(item[1]["value"])) if shown else None


def title_response(row: Row | None, lang: str) -> str:
    """How many of those invited answered."""
    _ = translator(lang)
    if row is None or not published(row):
        return _("De respons op de exitmonitor is {status}").format(status=hidden(row, lang))
    pattern = _("Van de uitgenodigde vertrekkers vulde {share} de exitmonitor in ({period})")
    return pattern.format(share=share(row, lang), period=formats.period(row["period"], lang))


def title_themes(unfavourable: Named, lang: str) -> str:
    """Which theme has the most unfavourable opinions."""
    _ = translator(lang)
    most = largest(unfavourable)
    if most is None:
        return _("Het oordeel van vertrekkers is onderdrukt")
    theme, row = most
    pattern = _("Over {theme} oordelen vertrekkers het vaakst ongunstig: {share} ({period})")
    return pattern.format(
        theme=theme.lower(), share=share(row, lang), period=formats.period(row["period"], lang)
    )


def title_groups(gaps: Named, group: str, lang: str) -> str:
    """For which theme the group is more or less favourable than the others, beyond chance."""
    _ = translator(lang)
    if not any(published(row) for _name, row in gaps):
        return _("Het verschil tussen groepen is onderdrukt")
    sure = [item for item in gaps if excludes(item[1], 0)]
    if not sure:
        return _("Verschillen in oordeel tussen groepen kunnen toeval zijn")
    theme, row = max(sure, key=lambda item: abs(item[1]["value"]))
    size = formats.points(abs(row["value"]), row["base"], lang, sign=False)
    pattern = (
        _("{group}: {size} vaker gunstig over {theme}, meer dan toeval")
        if row["value"] > 0
        else _("{group}: {size} minder vaak gunstig over {theme}, meer dan toeval")
    )
    return pattern.format(group=group, size=size, theme=theme.lower())


def title_reasons(reasons: Named, lang: str) -> str:
    """The reason that was named most often."""
    _ = translator(lang)
    most = largest(reasons)
    if most is None:
        return _("De redenen om te vertrekken zijn onderdrukt")
    name, row = most
    pattern = _("{reason} is het vaakst een reden om te vertrekken: {share} ({period})")
    return pattern.format(
        reason=name, share=share(row, lang), period=formats.period(row["period"], lang)
    )


def title_racism(row: Row | None, gap: Row | None, group: str, lang: str) -> str:
    """For how many racism played a role, and whether that differs by group beyond chance."""
    _ = translator(lang)
    if row is None or not published(row):
        return _("Hoe vaak racisme een rol speelde is {status}").format(status=hidden(row, lang))
    first = _("Voor {share} van de vertrekkers speelde racisme een rol ({period})").format(
        share=share(row, lang), period=formats.period(row["period"], lang)
    )
    if gap is None or not published(gap):
        return first
    size = formats.points(abs(gap["value"]), gap["base"], lang, sign=False)
    if not excludes(gap, 0):
        return first + _("; het verschil tussen groepen kan toeval zijn")
    more = (
        _("; bij {group} {size} vaker, meer dan toeval")
        if gap["value"] > 0
        else _("; bij {group} {size} minder vaak, meer dan toeval")
    )
    return first + more.format(group=group[:1].lower() + group[1:], size=size)


def title_talk(talked: Row | None, back: Row | None, lang: str) -> str:
    """With how many a conversation was held, and how many would come back."""
    _ = translator(lang)
    parts = []
    if talked is not None and published(talked):
        parts.append(
            _("met {share} werd een vertrekgesprek gevoerd").format(share=share(talked, lang))
        )
    if back is not None and published(back):
        parts.append(_("{share} zou terugkeren").format(share=share(back, lang)))
    if not parts:
        return _("Vertrekgesprek en terugkeer zijn onderdrukt")
    return capital("; ".join(parts))


def title_kinds(kinds: Named, lang: str) -> str:
    """The most common kind of exit among those who answered."""
    _ = translator(lang)
    most = largest(kinds)
    if most is None:
        return _("Hoe respondenten vertrokken is onderdrukt")
    pattern = _("{kind} is bij respondenten de meest voorkomende soort vertrek: {share}")
    return pattern.format(kind=most[0], share=share(most[1], lang))
