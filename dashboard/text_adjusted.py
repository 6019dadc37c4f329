"""What remains of a difference within the same scale groups, in words. Pure, Dutch and English.

As in ``text``: a direction is stated only where the 95% interval leaves out "equal" (1), with the
rounding of the counts in it; the p-value, which knows of no rounding, never decides.
"""

from __future__ import annotations

from dashboard import formats
from dashboard.compare import Row, excludes, published
from dashboard.i18n import N_, translator
from dashboard.text import capital, hidden

SUBJECT = {
    "promotion_adjusted": N_("de kans op promotie"),
    "exit_adjusted": N_("de kans op vertrek"),
}
EVENTS = {"promotion_left_out": N_("promoties"), "exit_left_out": N_("vertrekkers")}


def _side(row: Row | None) -> int:
    """-1 lower, 1 higher than others, 0 where that may be chance or is not shown."""
    if row is None or not excludes(row, 1):
        return 0
    return 1 if row["value"] > 1 else -1


def title_adjusted(crude: Row | None, within: Row, lang: str) -> str:
    """What remains after correction for scale, against what there was without it.

    Args:
        crude: odds ratio without correction, of the same people.
        within: odds ratio within scale groups.
        lang: language.
    """
    _ = translator(lang)
    name = SUBJECT[within["metric"]]
    subject = _(name)
    if not published(within):
        pattern = _("{subject}, vergeleken binnen schaalgroepen, is {status}")
        return capital(pattern.format(subject=subject, status=hidden(within, lang)))
    return capital(_pattern(_side(crude), _side(within), lang).format(subject=subject))


def finding_adjusted(within: Row, lang: str, *, sure: bool) -> str:
    """What remains after correction for scale, by itself.

    Args:
        within: odds ratio within scale groups, shown.
        lang: language.
        sure: whether it is more than chance.
    """
    _ = translator(lang)
    if not sure:
        pattern = _(
            "binnen dezelfde schaalgroepen kan het verschil in {subject} toeval zijn "
            "(odds ratio {value})"
        )
    elif within["value"] > 1:
        pattern = _(
            "binnen dezelfde schaalgroepen is {subject} groter dan die van anderen "
            "(odds ratio {value})"
        )
    else:
        pattern = _(
            "binnen dezelfde schaalgroepen is {subject} kleiner dan die van anderen "
            "(odds ratio {value})"
        )
    name, value = SUBJECT[within["metric"]], formats.number(within["value"], lang, 2)
    return capital(pattern.format(subject=_(name), value=value))


def _pattern(crude: int, within: int, lang: str) -> str:
    _ = translator(lang)
    patterns = {
        (-1, -1): _("ook binnen dezelfde schaalgroepen is {subject} kleiner dan die van anderen"),
        (1, 1): _("ook binnen dezelfde schaalgroepen is {subject} groter dan die van anderen"),
        (0, -1): _(
            "binnen dezelfde schaalgroepen is {subject} kleiner dan die van anderen; "
            "zonder die correctie kan het verschil toeval zijn"
        ),
        (0, 1): _(
            "binnen dezelfde schaalgroepen is {subject} groter dan die van anderen; "
            "zonder die correctie kan het verschil toeval zijn"
        ),
        (1, -1): _(
            "binnen dezelfde schaalgroepen is {subject} kleiner dan die van anderen, "
            "zonder die correctie groter"
        ),
        (-1, 1): _(
            "binnen dezelfde schaalgroepen is {subject} groter dan die van anderen, "
            "zonder die correctie kleiner"
        ),
        (0, 0): _("ook binnen dezelfde schaalgroepen kan het verschil in {subject} toeval zijn"),
    }
    chance = _(
        "wat er binnen dezelfde schaalgroepen van het verschil in {subject} overblijft, "
        "kan toeval zijn"
    )
    return patterns.get((crude, within), chance)


def remains(crude: Row | None, within: Row, left_out: Row | None, lang: str) -> str:
    """The sentence under the figure: both odds ratios, and what was left out."""
    _ = translator(lang)
    if crude is None or not (published(crude) and published(within)):
        return ""
    values = {
        "before": formats.number(crude["value"], lang, 2),
        "after": formats.number(within["value"], lang, 2),
        "margin": formats.interval(within["lower"], within["upper"], lang, 2),
    }
    said = _(
        "Zonder correctie is de odds ratio {before}; vergeleken met anderen in dezelfde "
        "schaalgroep {after} (marge {margin})."
    ).format(**values)
    return " ".join(filter(None, [said, _outside(left_out, lang)]))


def _outside(left_out: Row | None, lang: str) -> str:
    """How much the comparison does not hold; empty where it holds everything."""
    _ = translator(lang)
    if left_out is None or not published(left_out) or left_out["value"] == 0:
        return ""
    part = formats.percent(left_out["value"], left_out["base"], lang)
    events = EVENTS[left_out["metric"]]
    pattern = _("Buiten de vergelijking bleef {part} van alle {events}.")
    return pattern.format(part=part, events=_(events))
