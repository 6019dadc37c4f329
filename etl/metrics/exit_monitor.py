"""The exit monitor: what leavers answered, and how many did. Definitions only."""

from __future__ import annotations

from etl.metrics.flow import MARGIN_EN, MARGIN_NL
from etl.metrics.metric import Kind, Metric, Unit

OTHERS_NL = (
    "Naar herkomst: de anderen zijn respondenten met een bekende andere herkomst of, waar dat "
    "onderdrukt is, alle respondenten buiten de groep."
)
OTHERS_EN = (
    "By origin: the others are respondents with another known origin or, where that is "
    "suppressed, all respondents outside the group."
)
THEME_NL = (
    "Per respondent en thema telt het gemiddelde van de beantwoorde vragen (1 tot 5): vanaf 3,5 "
    "gunstig, tot en met 2,5 ongunstig, anders neutraal. Waar onderdrukt is hoeveel respondenten "
    "geen vraag over het thema beantwoordden, tellen zij als neutraal."
)
THEME_EN = (
    "By respondent and theme the mean of the answered items counts (1 to 5): from 3.5 favourable, "
    "up to 2.5 unfavourable, else neutral. Where it is suppressed how many respondents answered "
    "no item on the theme, they count as neutral."
)

ANSWERS, INVITED = "exit_answers", "exit_invited"
QUESTION = "answers of the exit monitor"
"""``reference`` of a figure that is made of the answers to questions."""
OF_EXITS = (ANSWERS, INVITED)
"""Counts of the exit monitor: everybody's number is itself rounded and gated."""

EXIT_COUNTS = (
    Metric(
        key=ANSWERS,
        kind="count",
        unit="persons",
        sensitivity="special",
        label_nl="Respondenten van de exitmonitor",
        label_en="Respondents of the exit monitor",
        definition_nl="Vertrekkers die de vragenlijst invulden: rijen van het bestand met "
        "antwoorden en van niets anders, afgerond op 5. Onder 50 respondenten wordt niets getoond.",
        definition_en="Leavers who answered the questionnaire: rows of the file of answers and of "
        "nothing else, rounded to 5. Below 50 respondents nothing is shown.",
    ),
    Metric(
        key=INVITED,
        kind="count",
        unit="persons",
        sensitivity="special",
        label_nl="Uitgenodigd voor de exitmonitor",
        label_en="Invited to the exit monitor",
        definition_nl="Vertrekkers die een uitnodiging kregen, afgerond op 5; niet getoond waar "
        "bijna iedereen antwoordde.",
        definition_en="Leavers who got an invitation, rounded to 5; not shown where nearly "
        "everybody answered.",
    ),
)


def _answered(
    key: str, unit: Unit, labels: tuple[str, str], words: tuple[str, str], kind: Kind = "statistic"
) -> Metric:
    return Metric(
        key=key,
        kind=kind,
        unit=unit,
        sensitivity="special",
        label_nl=labels[0],
        label_en=labels[1],
        definition_nl=words[0],
        definition_en=words[1],
        numerator=ANSWERS,
        denominator=ANSWERS,
        denominator_category="known",
        denominator_when="same",
        reference=QUESTION,
    )


EXIT_FIGURES = (
    Metric(
        key="exit_response",
        kind="rate",
        unit="percent",
        sensitivity="special",
        label_nl="Respons van de exitmonitor",
        label_en="Response to the exit monitor",
        definition_nl="Respondenten gedeeld door uitgenodigden, uit afgeronde aantallen. "
        f"Niet naar herkomst: wie antwoordde, is van niemand bekend. {MARGIN_NL}",
        definition_en="Respondents divided by those invited, from rounded counts. Not by origin: "
        f"of nobody it is known whether he answered. {MARGIN_EN}",
        numerator=ANSWERS,
        denominator=INVITED,
        denominator_category="same",
        denominator_when="same",
    ),
    _answered(
        "exit_theme",
        "percent",
        ("Oordeel over een thema", "Opinion on a theme"),
        (
            f"Deel van de respondenten met een gunstig, neutraal of ongunstig oordeel. {THEME_NL} "
            f"{OTHERS_NL} {MARGIN_NL}",
            f"Part of the respondents with a favourable, neutral or unfavourable opinion. "
            f"{THEME_EN} {OTHERS_EN} {MARGIN_EN}",
        ),
        "share",
    ),
    _answered(
        "exit_answer_share",
        "percent",
        ("Antwoord in de exitmonitor", "Answer in the exit monitor"),
        (
            "Deel van wie de vraag beantwoordde; waar onderdrukt is hoeveel dat er zijn, deel van "
            'alle respondenten. "Wil niet zeggen" is een antwoord. Redenen: deel van alle '
            f"respondenten dat de reden noemde, meer dan een mag. {OTHERS_NL} {MARGIN_NL}",
            "Part of those who answered the question; where it is suppressed how many did, part of "
            'all respondents. "Prefers not to say" is an answer. Reasons: part of all '
            f"respondents who named the reason, more than one may be. {OTHERS_EN} {MARGIN_EN}",
        ),
        "share",
    ),
    _answered(
        "exit_score",
        "score",
        ("Score van een thema", "Score of a theme"),
        (
            "(10 maal gunstig plus 5 maal neutraal) gedeeld door gunstig, neutraal en ongunstig "
            f"samen, uit afgeronde aantallen: 0 tot 10. {THEME_NL} {OTHERS_NL} {MARGIN_NL}",
            "(10 times favourable plus 5 times neutral) divided by favourable, neutral and "
            f"unfavourable together, from rounded counts: 0 to 10. {THEME_EN} {OTHERS_EN} "
            f"{MARGIN_EN}",
        ),
    ),
    _answered(
        "exit_gap",
        "points",
        ("Verschil met de anderen", "Difference from the others"),
        (
            "Deel van de groep dat het antwoord gaf min dat van de anderen, in procentpunten. "
            f"{OTHERS_NL} Interval: 95%, volgens Newcombe, met de afronding op 5 erin verwerkt.",
            "Part of the group that gave the answer minus that of the others, in percentage "
            f"points. {OTHERS_EN} Interval: 95%, Newcombe, with the rounding to 5 included.",
        ),
    ),
)
