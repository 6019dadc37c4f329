"""Who comes, moves up and leaves during a period: definitions only."""

from __future__ import annotations

from etl.metrics.metric import Metric, When

MARGIN_NL = "Interval: 95%, met de afronding op 5 erin verwerkt."
MARGIN_EN = "Interval: 95%, with the rounding to 5 included."


def _count(key: str, nl: str, en: str, definition_nl: str, definition_en: str) -> Metric:
    return Metric(
        key=key,
        kind="count",
        unit="persons",
        sensitivity="public",
        label_nl=nl,
        label_en=en,
        definition_nl=definition_nl,
        definition_en=definition_en,
    )


def _share(flow: str, nl: str, en: str) -> Metric:
    return Metric(
        key=f"{flow}_share",
        kind="share",
        unit="percent",
        sensitivity="special",
        label_nl=f"Aandeel in de {nl}",
        label_en=f"Share of {en}",
        definition_nl=f"Personen van de groep in de {nl}, gedeeld door iedereen in de {nl} van wie "
        f"het kenmerk bekend is. {MARGIN_NL}",
        definition_en=f"Persons of the group in {en} divided by everybody in {en} whose "
        f"attribute is known. {MARGIN_EN}",
        numerator=flow,
        denominator=flow,
        denominator_category="known",
        denominator_when="same",
    )


def _rate(flow: str, nl: str, en: str, when: When, reference: str = "") -> Metric:
    at_nl = "de bezetting aan het begin" if when == "start" else "het gemiddelde van begin en eind"
    at_en = "the headcount at the start" if when == "start" else "the mean of start and end"
    return Metric(
        key=f"{flow}_rate",
        kind="rate",
        unit="percent",
        sensitivity="special",
        label_nl=f"Kans op {nl}",
        label_en=f"{en} rate",
        definition_nl=f"Aantal personen ({nl}) gedeeld door {at_nl} van elk jaar in de periode "
        f"(bij een kwartaal: van het kwartaal). Is de bezetting op zo'n datum een eerdere stand, "
        f"dan is het cijfer niet ververst. {MARGIN_NL}",
        definition_en=f"Persons ({en.lower()}) divided by {at_en} of each year of the period "
        f"(for a quarter: of the quarter). Where the headcount at such a date is an earlier one, "
        f"the figure is not refreshed. {MARGIN_EN}",
        numerator=flow,
        denominator="headcount",
        denominator_category="same",
        denominator_when=when,
        reference=reference,
    )


def _parity(flow: str, nl: str, en: str) -> Metric:
    return Metric(
        key=f"{flow}_parity",
        kind="ratio",
        unit="ratio",
        sensitivity="special",
        label_nl=f"Kans op {nl}, vergeleken",
        label_en=f"{en}, compared",
        definition_nl=f"Kans op {nl} van de groep gedeeld door die van de anderen; 1 is gelijk. "
        "De anderen zijn personen met een bekend ander kenmerk, of waar dat onderdrukt is "
        f"iedereen buiten de groep. {MARGIN_NL}",
        definition_en=f"{en} rate of the group divided by that of the others; 1 is equal. The "
        "others are persons with another known attribute or, where that is suppressed, everybody "
        f"outside the group. {MARGIN_EN}",
        numerator=f"{flow}_rate",
        numerator_category="yes",
        denominator=f"{flow}_rate",
        denominator_category="no",
        denominator_when="same",
        reference="no",
    )


FLOW = (
    _count(
        "inflow",
        "Instroom",
        "Inflow",
        "Personen in dienst op de peildatum die op de vorige peildatum nergens in de organisatie "
        "in dienst waren.",
        "Persons in service on the reference date who were nowhere in the organisation on the "
        "previous one.",
    ),
    _count(
        "exit",
        "Uitstroom",
        "Exit",
        "Personen in dienst op de vorige peildatum die nu nergens in de organisatie in dienst "
        "zijn; geteld in hun laatste eenheid en schaal.",
        "Persons in service on the previous reference date who are nowhere in the organisation "
        "now; counted in their last unit and scale.",
    ),
    _count(
        "promotion",
        "Promotie",
        "Promotion",
        "Personen met een hogere schaal dan op de vorige peildatum, herindeling en waarneming niet "
        "meegeteld; geteld in de eenheid en schaal van vertrek.",
        "Persons in a higher scale than on the previous reference date, reclassification and "
        "acting up left out; counted in the unit and scale they came from.",
    ),
    _count(
        "crossing",
        "Doorbraak naar de hoogste schaalgroep",
        "Crossing to the highest scale group",
        "Promoties van de laagste naar de hoogste schaalgroep.",
        "Promotions from the lowest to the highest scale group.",
    ),
    _count(
        "transfer_in",
        "Interne instroom",
        "Transfers in",
        "Personen die van een eenheid buiten dit onderdeel kwamen.",
        "Persons who came from a unit outside this part of the organisation.",
    ),
    _count(
        "transfer_out",
        "Interne uitstroom",
        "Transfers out",
        "Personen die naar een eenheid buiten dit onderdeel gingen.",
        "Persons who went to a unit outside this part of the organisation.",
    ),
    _share("inflow", "instroom", "inflow"),
    _share("exit", "uitstroom", "exits"),
    _share("promotion", "promoties", "promotions"),
    _share("crossing", "doorbraak", "crossings"),
    _rate("inflow", "instroom", "Inflow", "start"),
    _rate("exit", "vertrek", "Exit", "mean"),
    _rate("promotion", "promotie", "Promotion", "start"),
    _rate(
        "crossing",
        "doorbraak naar de hoogste schaalgroep",
        "Crossing",
        "start",
        reference="lowest scale group",
    ),
    _rate("transfer_in", "interne instroom", "Transfer in", "start"),
    _rate("transfer_out", "interne uitstroom", "Transfer out", "start"),
    _parity("exit", "vertrek", "Exit"),
    _parity("promotion", "promotie", "Promotion"),
    _parity("crossing", "doorbraak naar de hoogste schaalgroep", "Crossing"),
)
