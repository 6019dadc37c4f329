"""A metric is data: what is counted or divided, and the words that travel with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "count", "share", "rate", "ratio", "statistic", "change", "curve", "index", "delivered"
]
Unit = Literal[
    "persons",
    "fte",
    "percent",
    "whole_percent",
    "points",
    "points_per_year",
    "ratio",
    "probability",
    "score",
    "years",
    "year",
    "index",
]
When = Literal["", "same", "start", "mean", "ends"]


@dataclass(frozen=True)
class Metric:
    """One published figure: computed by ``count`` (kind ``count``) or by ``derive`` (the rest).

    ``numerator`` and ``denominator`` name other metrics, so that an outsider recomputes every
    figure from the published counts. An empty ``numerator_category`` is the row's own category;
    ``denominator_category`` ``same`` is the row's own too, ``known`` is everybody whose attribute
    is known (everybody, where the attribute has no such split or it is suppressed).
    ``denominator_when`` says at which reference dates a denominator that is a stock is taken:
    the same, the start of each year (or quarter) of the period, the mean of start and end, or (a
    change) at both ends of the period as a whole.
    Numbers of one figure belong to one date (``as_of``), stocks of a rate to exactly these dates;
    a figure whose counts do not has status ``not_refreshed``.
    """

    key: str
    kind: Kind
    unit: Unit
    sensitivity: Literal["public", "personal", "special"]
    label_nl: str
    label_en: str
    definition_nl: str
    definition_en: str
    numerator: str = ""
    numerator_category: str = ""
    denominator: str = ""
    denominator_category: str = ""
    denominator_when: When = ""
    reference: str = ""
    rounding_base: int = 5
