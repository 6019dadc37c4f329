"""Promotion and exit within scales, and the exact test beside a parity: definitions only."""

from __future__ import annotations

from etl.metrics.adjusted import STRATA
from etl.metrics.flow import MARGIN_EN, MARGIN_NL
from etl.metrics.metric import Metric, Unit

STRATA_NL = (
    "Alle schaalgroepen die niet zelf getoond worden, tellen als één groep mee of blijven erbuiten."
)
STRATA_EN = "All scale groups that are not shown by themselves count as one group or are left out."
OTHERS_NL = (
    "De anderen zijn personen met een bekend ander kenmerk of, waar dat een schaalgroep zou "
    "kosten, iedereen buiten de groep."
)
OTHERS_EN = (
    "The others are persons with another known attribute or, where that would cost a scale group, "
    "everybody outside the group."
)


def _within(
    key: str, flow: str, unit: Unit, labels: tuple[str, str], words: tuple[str, str]
) -> Metric:
    return Metric(
        key=key,
        kind="ratio" if unit == "ratio" else "statistic",
        unit=unit,
        sensitivity="special",
        label_nl=labels[0],
        label_en=labels[1],
        definition_nl=words[0],
        definition_en=words[1],
        numerator=flow,
        numerator_category="yes",
        denominator="headcount",
        denominator_category="no",
        denominator_when="start",
        reference=STRATA,
    )


def _adjusted(flow: str, nl: str, en: str) -> tuple[Metric, ...]:
    """What is compared for one flow: without and with correction, tested, standardised."""
    return (
        _within(
            f"{flow}_odds",
            flow,
            "ratio",
            (f"{nl}, odds ratio zonder correctie", f"{en}, odds ratio without correction"),
            (
                f"Odds van {nl.lower()} van de groep ({nl.lower()} tegenover geen, van wie er aan "
                "het begin van het jaar was) gedeeld door die van de anderen, over dezelfde "
                f"mensen als met correctie; 1 is gelijk. {OTHERS_NL} {MARGIN_NL}",
                f"Odds of {en.lower()} of the group ({en.lower()} against none, of those there at "
                "the start of the year) divided by those of the others, over the same people as "
                f"with correction; 1 is equal. {OTHERS_EN} {MARGIN_EN}",
            ),
        ),
        _within(
            f"{flow}_adjusted",
            flow,
            "ratio",
            (f"{nl}, odds ratio binnen schaalgroepen", f"{en}, odds ratio within scale groups"),
            (
                f"Odds ratio van {nl.lower()} volgens Mantel-Haenszel: de groep vergeleken met "
                f"anderen in dezelfde fijnere schaalgroep; 1 is gelijk. {STRATA_NL} {OTHERS_NL} "
                f"{MARGIN_NL}",
                f"Mantel-Haenszel odds ratio of {en.lower()}: the group compared with others in "
                f"the same finer scale group; 1 is equal. {STRATA_EN} {OTHERS_EN} {MARGIN_EN}",
            ),
        ),
        _within(
            f"{flow}_adjusted_p",
            flow,
            "probability",
            (f"{nl} binnen schaalgroepen, p-waarde", f"{en} within scale groups, p-value"),
            (
                "Toets van Cochran, Mantel en Haenszel zonder continuïteitscorrectie: hoe vaak "
                "toeval alleen een minstens zo groot verschil geeft. Houdt geen rekening met de "
                "afronding op 5; de marge van de odds ratio wel, en die beslist.",
                "Cochran-Mantel-Haenszel test without continuity correction: how often chance "
                "alone gives a difference at least as large. Takes no account of the rounding to "
                "5; the interval of the odds ratio does, and that one decides.",
            ),
        ),
        _within(
            f"{flow}_standardised",
            flow,
            "ratio",
            (f"{nl}, gestandaardiseerde verhouding", f"{en}, standardised ratio"),
            (
                f"Kans op {nl.lower()} van de groep gedeeld door die van de anderen, als beide "
                "over de schaalgroepen verdeeld waren zoals iedereen samen; 1 is gelijk. "
                f"{STRATA_NL} {OTHERS_NL} {MARGIN_NL}",
                f"{en} rate of the group divided by that of the others, if both were spread over "
                f"the scale groups as everybody together is; 1 is equal. {STRATA_EN} {OTHERS_EN} "
                f"{MARGIN_EN}",
            ),
        ),
        _within(
            f"{flow}_left_out",
            flow,
            "percent",
            (f"{nl}, buiten de vergelijking gebleven", f"{en}, left out of the comparison"),
            (
                f"Deel van alle personen ({nl.lower()}) in schaalgroepen die niet konden "
                "meetellen in de vergelijking binnen schaalgroepen.",
                f"Part of all persons ({en.lower()}) in scale groups that could not take part "
                "in the comparison within scale groups.",
            ),
        ),
    )


def _exact_test(flow: str, nl: str, en: str, beside: tuple[str, str] = ("", "")) -> Metric:
    return Metric(
        key=f"{flow}_parity_p",
        kind="statistic",
        unit="probability",
        sensitivity="special",
        label_nl=f"Kans op {nl}, vergeleken: p-waarde",
        label_en=f"{en}, compared: p-value",
        definition_nl="Exacte toets van Fisher, tweezijdig, op de afgeronde aantallen van de "
        f"vergelijking{beside[0]}. Houdt geen rekening met de afronding op 5; de marge van de "
        "verhouding wel, en die beslist.",
        definition_en="Fisher's exact test, two-sided, on the rounded counts of the comparison"
        f"{beside[1]}. Takes no account of the rounding to 5; the interval of the ratio does, and "
        "that one decides.",
        numerator=f"{flow}_rate",
        numerator_category="yes",
        denominator=f"{flow}_rate",
        denominator_category="no",
        denominator_when="same",
        reference="no",
    )


FOUR_FIFTHS = (
    ": staat naast de vier-vijfderegel (onder 0,8 keer de hoogste kans, groepen van meer dan 2%), "
    "die van toeval niets weet",
    ": it stands beside the four-fifths rule (below 0.8 times the highest rate, groups of more "
    "than 2%), which knows nothing of chance",
)

FAIRNESS = (
    *_adjusted("promotion", "Promotie", "Promotion"),
    *_adjusted("exit", "Vertrek", "Exit"),
    _exact_test("promotion", "promotie", "Promotion", FOUR_FIFTHS),
    _exact_test("crossing", "doorbraak naar de hoogste schaalgroep", "Crossing", FOUR_FIFTHS),
    _exact_test("exit", "vertrek", "Exit"),
)
