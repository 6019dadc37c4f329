"""Who is where on a reference date: definitions only."""

from __future__ import annotations

from etl.metrics.metric import Metric

ONE_DATE_NL = "Hebben beide niet dezelfde stand, dan is het cijfer niet ververst."
ONE_DATE_EN = "Where the two are not as of one date, the figure is not refreshed."

STOCK = (
    Metric(
        key="headcount",
        kind="count",
        unit="persons",
        sensitivity="public",
        label_nl="Bezetting",
        label_en="Headcount",
        definition_nl="Personen in dienst op de peildatum; iedereen telt één keer, in de eenheid, "
        "schaal en kenmerken van het hoofddienstverband.",
        definition_en="Persons in service on the reference date; everybody counts once, in the "
        "unit, scale and attributes of the main employment.",
    ),
    Metric(
        key="fte",
        kind="count",
        unit="fte",
        sensitivity="personal",
        label_nl="Fte",
        label_en="Fte",
        definition_nl="Som van de deeltijdfactoren over alle dienstverbanden, geboekt bij het "
        "hoofddienstverband, afgerond op 5.",
        definition_en="Sum of the part-time factors over all employments, booked at the main "
        "employment, rounded to 5.",
    ),
    Metric(
        key="share",
        kind="share",
        unit="percent",
        sensitivity="special",
        label_nl="Aandeel",
        label_en="Share",
        definition_nl="Personen in de groep, gedeeld door alle personen van wie het kenmerk bekend "
        "is; waar het aantal onbekenden onderdrukt is, gedeeld door alle medewerkers. Beide "
        "aantallen horen bij dezelfde peildatum: die waarvan de stand is.",
        definition_en="Persons in the group divided by all persons whose attribute is known; where "
        "the number of unknowns is suppressed, divided by all employees. Both numbers belong to "
        "one date, the date as of which the share is given.",
        numerator="headcount",
        denominator="headcount",
        denominator_category="known",
        denominator_when="same",
    ),
    Metric(
        key="coverage",
        kind="share",
        unit="percent",
        sensitivity="special",
        label_nl="Dekking",
        label_en="Coverage",
        definition_nl="Personen van wie het kenmerk bekend is, gedeeld door alle medewerkers.",
        definition_en="Persons whose attribute is known divided by all employees.",
        numerator="headcount",
        numerator_category="known",
        denominator="headcount",
        denominator_when="same",
    ),
    Metric(
        key="gap",
        kind="statistic",
        unit="points",
        sensitivity="special",
        label_nl="Verschil tussen hoge en lage schalen",
        label_en="Gap between high and low scales",
        definition_nl="Aandeel in de hoogste schaalgroep min het aandeel in de laagste, in "
        f"procentpunten. {ONE_DATE_NL}",
        definition_en="Share in the highest scale group minus the share in the lowest, in "
        f"percentage points. {ONE_DATE_EN}",
        numerator="share",
        denominator="share",
        denominator_category="same",
        denominator_when="same",
        reference="lowest scale group",
    ),
    Metric(
        key="ratio",
        kind="ratio",
        unit="ratio",
        sensitivity="special",
        label_nl="Verhouding hoge en lage schalen",
        label_en="Ratio of high to low scales",
        definition_nl="Aandeel in de hoogste schaalgroep gedeeld door dat in de laagste. "
        f"{ONE_DATE_NL}",
        definition_en="Share in the highest scale group divided by the share in the lowest. "
        f"{ONE_DATE_EN}",
        numerator="share",
        denominator="share",
        denominator_category="same",
        denominator_when="same",
        reference="lowest scale group",
    ),
)
