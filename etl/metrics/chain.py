"""Where a change in the share comes from: definitions only."""

from __future__ import annotations

from etl.metrics.metric import Metric

LEFT = "what the other terms leave"
"""``reference`` of the term that makes the others add up to the change."""

WHEN_NL = (
    "Per kalenderjaar voor alle schalen; per blok van jaren voor de laagste en de hoogste "
    "schaalgroep van het geheel. Hebben begin en eind van de periode niet hun eigen stand, dan is "
    "het cijfer niet ververst."
)
WHEN_EN = (
    "By calendar year for all scales; by block of years for the lowest and the highest scale group "
    "of the whole. Where the start and end of the period do not have their own figures, it is not "
    "refreshed."
)
MARGIN_NL = (
    "Interval: 95%, dat van het verschil tussen beide aandelen alsof zij los van elkaar staan (aan "
    "de ruime kant), met de afronding op 5 erin verwerkt, bij dit aantal personen."
)
MARGIN_EN = (
    "Interval: 95%, that of the difference of the two shares as if they were independent (on the "
    "wide side), with the rounding to 5 included, for this number of persons."
)


def _term(
    key: str,
    numerator: str,
    labels: tuple[str, str],
    definitions: tuple[str, str],
    reference: str = "",
) -> Metric:
    return Metric(
        key=key,
        kind="change",
        unit="points",
        sensitivity="special",
        label_nl=f"Verandering van het aandeel: {labels[0]}",
        label_en=f"Change in the share: {labels[1]}",
        definition_nl=definitions[0],
        definition_en=definitions[1],
        numerator=numerator,
        numerator_category="yes",
        denominator="headcount",
        denominator_category="known",
        denominator_when="ends",
        reference=reference,
    )


def _leg(key: str, numerator: str, labels: tuple[str, str], who: tuple[str, str]) -> Metric:
    definitions = (
        f"Wat {who[0]} met het aandeel deden, in procentpunten: personen van de groep onder hen, "
        "min hun aantal maal het aandeel aan het begin, gedeeld door de bezetting aan het eind. "
        f"Alleen personen van wie het kenmerk bekend is. {WHEN_NL} {MARGIN_NL}",
        f"What {who[1]} did to the share, in percentage points: persons of the group among them "
        "minus their number times the share at the start, divided by the headcount at the end. "
        f"Only persons whose attribute is known. {WHEN_EN} {MARGIN_EN}",
    )
    return _term(key, numerator, labels, definitions)


CHAIN = (
    _leg(
        "change_inflow",
        "inflow",
        ("instroom", "inflow"),
        ("wie instroomden", "those who joined"),
    ),
    _leg(
        "change_exit",
        "exit",
        ("uitstroom", "exits"),
        (
            "wie vertrokken (zij tellen af, het teken is omgekeerd)",
            "those who left (they are taken off: the sign is reversed)",
        ),
    ),
    _leg(
        "change_promotion",
        "crossing",
        ("doorbraak", "crossing"),
        (
            "wie van de laagste naar de hoogste schaalgroep gingen (in de laagste tellen zij af, "
            "in de hoogste bij)",
            "those who moved from the lowest to the highest scale group (taken off in the lowest, "
            "added in the highest)",
        ),
    ),
    _term(
        "change_other",
        "share",
        ("overig en afronding", "other and rounding"),
        (
            "De verandering van het aandeel min de getoonde bijdragen, in procentpunten: wat niet "
            "getoond of niet gepubliceerd is (ook wie van onderdeel of schaalgroep veranderde "
            "zonder doorbraak, en van wie het kenmerk bekend werd) en de afronding. "
            f"{WHEN_NL} Zonder interval.",
            "The change in the share minus the contributions that are shown, in percentage points: "
            "what is not shown or not published (also those who changed unit or scale group "
            "without a crossing, and those whose attribute became known) and the rounding. "
            f"{WHEN_EN} Without an interval.",
        ),
        LEFT,
    ),
    _term(
        "change_total",
        "share",
        ("totaal", "total"),
        (
            "Het gepubliceerde aandeel aan het eind van de periode min dat aan het begin, in "
            f"procentpunten, beide van personen van wie het kenmerk bekend is. {WHEN_NL} Interval: "
            "95%, alsof de twee aandelen los van elkaar staan (aan de ruime kant), met de "
            "afronding op 5 erin verwerkt.",
            "The published share at the end of the period minus that at its start, in percentage "
            f"points, both of persons whose attribute is known. {WHEN_EN} Interval: 95%, as if the "
            "two shares were independent (on the wide side), with the rounding to 5 included.",
        ),
    ),
)
