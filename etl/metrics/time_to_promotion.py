"""How long until promotion: definitions only. The life table itself is ``life_table``."""

from __future__ import annotations

from etl.metrics.metric import Metric, Unit
from etl.metrics.spells import AT_RISK, LOST, PROMOTED

WITHIN, GAP, MEDIAN = "promoted_within", "promoted_within_gap", "promotion_median"
SPELL_NL = (
    "Een verblijf in een schaal begint bij de eerste peildatum waarop iemand in die schaal staat; "
    "wie er op de eerste geladen peildatum al in stond, telt niet mee."
)
SPELL_EN = (
    "A spell in a scale begins at the first reference date on which somebody stands in that scale; "
    "who stood in it on the first one that was loaded is left out."
)
TABLE_NL = (
    "Berekend per heel jaar (actuarieel, naar Kaplan en Meier) uit beschermde aantallen: wie "
    "onderweg uit beeld raakt, telt dat jaar half mee. De curve reikt zo ver als de peildata en de "
    "getoonde aantallen. Interval: 95% (Greenwood), met de afronding op 5 erin verwerkt."
)
TABLE_EN = (
    "Computed as a life table by whole years (actuarial, after Kaplan and Meier) from protected "
    "counts: who is lost sight of on the way counts half in that year. The curve reaches as far as "
    "reference dates and shown counts do. Interval: 95% (Greenwood), with the rounding to 5 "
    "included."
)
OTHERS_NL = (
    "De anderen zijn personen met een bekend ander kenmerk of, waar dat eerder onderdrukt is, "
    "iedereen buiten de groep."
)
OTHERS_EN = (
    "The others are persons with another known attribute or, where that is suppressed earlier, "
    "everybody outside the group."
)


def _count(key: str, labels: tuple[str, str], words: tuple[str, str]) -> Metric:
    return Metric(
        key=key,
        kind="count",
        unit="persons",
        sensitivity="public",
        label_nl=labels[0],
        label_en=labels[1],
        definition_nl=f"{words[0]} {SPELL_NL}",
        definition_en=f"{words[1]} {SPELL_EN}",
    )


def _curve(key: str, unit: Unit, labels: tuple[str, str], words: tuple[str, str]) -> Metric:
    return Metric(
        key=key,
        kind="curve",
        unit=unit,
        sensitivity="special",
        label_nl=labels[0],
        label_en=labels[1],
        definition_nl=f"{words[0]} {TABLE_NL}",
        definition_en=f"{words[1]} {TABLE_EN}",
        numerator=PROMOTED,
        denominator=AT_RISK,
        denominator_category="same",
        denominator_when="same",
        reference=LOST,
    )


TIME_TO_PROMOTION = (
    _count(
        AT_RISK,
        ("Jaar in de schaal begonnen", "Began a year in the scale"),
        (
            "Verblijven in een schaal die in de periode aan hun eerste, tweede, ... jaar begonnen.",
            "Spells in a scale that began their first, second, ... year in the period.",
        ),
    ),
    _count(
        PROMOTED,
        ("Gepromoveerd in dat jaar in de schaal", "Promoted in that year in the scale"),
        (
            "Daarvan: gepromoveerd voordat dat jaar om was.",
            "Of these: promoted before that year was over.",
        ),
    ),
    _count(
        LOST,
        ("Uit beeld in dat jaar in de schaal", "Lost sight of in that year in the scale"),
        (
            "Daarvan: vertrokken, op een andere manier van schaal veranderd, of nog in dat jaar "
            "toen de periode eindigde.",
            "Of these: left, changed scale in another way, or still in that year when the period "
            "ended.",
        ),
    ),
    _curve(
        WITHIN,
        "percent",
        ("Gepromoveerd binnen zoveel jaar", "Promoted within so many years"),
        (
            "Deel van wie in een schaal begon dat na zoveel hele jaren is gepromoveerd, als "
            f"niemand uit beeld zou raken. {OTHERS_NL}",
            "Part of those who began in a scale who are promoted after so many whole years, if "
            f"nobody were lost sight of. {OTHERS_EN}",
        ),
    ),
    _curve(
        GAP,
        "points",
        ("Gepromoveerd, verschil met anderen", "Promoted, difference from others"),
        (
            "Deel van de groep dat na zoveel jaar is gepromoveerd min dat van de anderen, in "
            f"procentpunten. {OTHERS_NL}",
            "Part of the group promoted after so many years minus that of the others, in "
            f"percentage points. {OTHERS_EN}",
        ),
    ),
    _curve(
        MEDIAN,
        "years",
        ("Tijd tot promotie, mediaan", "Time to promotion, median"),
        (
            "Na hoeveel jaar in een schaal de helft is gepromoveerd; niet bereikt als de curve de "
            f"helft niet haalt. {OTHERS_NL}",
            "After how many years in a scale half are promoted; not reached where the curve stays "
            f"below half. {OTHERS_EN}",
        ),
    ),
)
