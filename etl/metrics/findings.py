"""Which figures of a publication ask for attention, how sure that is, and in what order.

A finding is a published figure held against what it is compared with: equal chances, the stock, a
target. Everything is computed from protected counts and from what is published of them, so that
anybody can repeat it from an export. Rates of two groups are compared by the score test, all else
by its 95% interval; the rounding is in both.

All findings of a publication are tested together: the chance that even one of those called
certain is there by chance alone is at most ``FAMILY``. The weighted procedure of Holm does that;
the weights, fixed beforehand and given mostly to the questions a board asks of the whole, say how
that chance is divided. Sources: Holm (1979), Scandinavian Journal of Statistics 6, 65-70.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl
from scipy.stats import norm

from etl.domain import DEFAULT_SUBJECT
from etl.metrics.cells import KEYS
from etl.metrics.counted import PUBLISHED, outer_bands
from etl.metrics.derive import group_rates
from etl.metrics.statistics import LEVEL, score_test
from etl.metrics.written import P_DECIMALS, WHOLE_PERCENT_BELOW

Row = Mapping[str, Any]
Against = Literal["equal", "stock", "target", "benchmark"]

FAMILY = 0.01
"""The chance that one finding or more of a publication is called certain without there being any
difference at all."""
REST_WEIGHT = 0.2
"""What the findings without a weight of their own have together."""
NOTABLE = math.log(1.25)
"""How far an uncertain difference must be from equal to be named."""
SMALLEST = 0.01
"""The smallest number that a logarithm is taken of: the step in which ratios are written."""
FINDINGS = pl.Schema(
    {
        "rule": pl.String(),
        "unit": pl.String(),
        "unit_level": pl.Int16(),
        "attribute": pl.String(),
        "category": pl.String(),
        "metric": pl.String(),
        "scale_group": pl.String(),
        "period": pl.String(),
        "period_kind": pl.String(),
        "against": pl.String(),
        "reference": pl.Float64(),
        "reference_year": pl.Int32(),
        "size": pl.Float64(),
        "p": pl.Float64(),
        "certain": pl.Boolean(),
        "claim": pl.Boolean(),
        "position": pl.Int32(),
        "rule_nl": pl.String(),
        "rule_en": pl.String(),
    }
)
"""``size``: logarithm of the figure over what it is held against, above 0 where that is good for
the group. ``p``: how often chance alone gives as much, by the interval. ``certain``: so in the
family of all findings. ``claim``: whether it says that chances differ. ``position``: the order
within unit, attribute and category."""
_TESTED = ("p", "size", "effective")
_SUBJECT = ("unit", "attribute", "category")
_LENGTH = {"quarter": 0, "year": 1, "block": 2}


@dataclass(frozen=True)
class Rule:
    """What is held against what.

    Attributes:
        key: its name.
        metric: the figure.
        low: whether it is about the lowest scale group; else about all scales.
        good: 1 where more is good for the group, -1 where less is.
        claim: whether it says that chances differ.
        instead: the figure that says the same better; where it is shown this is no finding.
        weight: of the whole and the default group in the family; 0: among the rest.
        label_nl: the rule in words; so ``label_en``.
    """

    key: str
    metric: str
    label_nl: str
    label_en: str
    low: bool = False
    good: int = 1
    claim: bool = True
    weight: float = 0.0
    instead: str = ""


WITHIN_NL = (
    "binnen dezelfde schaalgroepen, als odds ratio (1 is gelijk), over de laatste en langste "
    "periode die er is."
)
WITHIN_EN = (
    "within the same scale groups, as an odds ratio (1 is equal), over the latest and longest "
    "period there is."
)
RAW_NL = (
    ", vergeleken met die van anderen (1 is gelijk), waar vergelijken binnen schaalgroepen niet "
    "kan: verschillen in schaal zitten er nog in."
)
RAW_EN = (
    ", compared with that of others (1 is equal), where comparing within scale groups is not "
    "possible: differences in scale are still in it."
)
RULES = (
    Rule(
        "crossing",
        "crossing_parity",
        "De kans op doorbraak naar de hoogste schaalgroep, vergeleken met die van anderen (1 is "
        "gelijk), over het laatste volledige blok van jaren.",
        "The chance of crossing to the highest scale group, compared with that of others (1 is "
        "equal), over the last complete block of years.",
        low=True,
        weight=0.4,
    ),
    Rule(
        "exit_within_scales",
        "exit_adjusted",
        f"De kans op vertrek {WITHIN_NL}",
        f"The chance of leaving {WITHIN_EN}",
        good=-1,
        weight=0.3,
    ),
    Rule(
        "promotion_within_scales",
        "promotion_adjusted",
        f"De kans op promotie {WITHIN_NL}",
        f"The chance of promotion {WITHIN_EN}",
        weight=0.1,
    ),
    Rule(
        "exit",
        "exit_parity",
        f"De kans op vertrek{RAW_NL}",
        f"The chance of leaving{RAW_EN}",
        good=-1,
        instead="exit_adjusted",
    ),
    Rule(
        "promotion",
        "promotion_parity",
        f"De kans op promotie{RAW_NL}",
        f"The chance of promotion{RAW_EN}",
        instead="promotion_adjusted",
    ),
)
INFLOW = Rule(
    "inflow",
    "inflow_share",
    "Het aandeel in de instroom tegenover het aandeel in de bezetting: het laat zien of het "
    "aandeel door instroom stijgt of daalt, en zegt niets over kansen.",
    "The share of the inflow against the share of the stock: it shows whether inflow makes the "
    "share rise or fall, and says nothing about chances.",
    claim=False,
)
REFERENCE = Rule(
    "reference",
    "",
    "Het aandeel tegenover een streefcijfer of een vergelijkingswaarde, met de marge van het "
    "aandeel.",
    "The share against a target or a benchmark, with the interval of the share.",
    claim=False,
)
TESTED_NL = (
    " Zeker heet een verschil alleen als de kans dat ook maar één van alle bevindingen van deze "
    "publicatie toeval is, hoogstens 1% is (methode van Holm, op de marges waar de afronding in "
    "zit). Onzeker en kleiner dan een kwart wordt niet genoemd."
)
TESTED_EN = (
    " A difference is called certain only if the chance that even one of all findings of this "
    "publication is there by chance is at most 1% (method of Holm, on the intervals, which hold "
    "the rounding). What is uncertain and smaller than a quarter is not named."
)


def findings(
    cells: pl.DataFrame, references: pl.DataFrame, dimensions: pl.DataFrame, metrics: pl.DataFrame
) -> pl.DataFrame:
    """All findings of a publication, of its newest figures.

    Args:
        cells: protected counts and what ``derive`` made of them, columns ``CELLS``.
        references: targets and benchmarks, columns ``REFERENCES``.
        dimensions: ``dimensions.csv``.
        metrics: ``metrics.csv``.

    Returns:
        Columns ``FINDINGS``, one row a finding, sorted by unit, attribute, category, position.
    """
    latest = _Latest(cells, references["metric"].unique().to_list(), dimensions)
    found = pl.DataFrame(
        [
            *_parities(latest, _tested(cells, dimensions, metrics)),
            *_inflows(latest),
            *_held_against(latest, references),
        ],
        schema={**FINDINGS, "weight": pl.Float64()},
    )
    told = _certain(found)
    named = told.filter(pl.col("certain") | (pl.col("size").abs() >= NOTABLE))
    ranked = named.sort(
        *_SUBJECT, ~pl.col("certain"), -pl.col("size").abs(), "rule", "reference_year", "against"
    )
    place = pl.int_range(pl.len(), dtype=pl.Int32).over(_SUBJECT)
    return ranked.with_columns(position=place).select(FINDINGS.names())


class _Latest:
    """Of each figure the one of the latest period; of equal ends that of the longest period."""

    def __init__(
        self, cells: pl.DataFrame, held: Collection[str], dimensions: pl.DataFrame
    ) -> None:
        periods = dimensions.filter(pl.col("dimension") == "period").select(
            period="code", period_kind="partition", ends="valid_to"
        )
        wanted = {rule.metric for rule in RULES} | {INFLOW.metric, "share", *held}
        shown = cells.filter(
            pl.col("metric").is_in(wanted),
            pl.col("attribute2") == "",
            pl.col("status") == PUBLISHED,
        )
        self.low, self.high = outer_bands(dimensions)
        self.rows = (
            shown.join(periods, on=["period", "period_kind"])
            .with_columns(length=pl.col("period_kind").replace_strict(_LENGTH))
            .sort("ends", "length", descending=True)
            .unique(["metric", *_SUBJECT, "scale_group"], keep="first", maintain_order=True)
            .sort("metric", *_SUBJECT, "scale_group")
        )

    def of(self, metric: str, scale_group: str) -> Iterator[Row]:
        """One row a unit, attribute and category."""
        found = self.rows.filter(metric=metric, scale_group=scale_group)
        return found.iter_rows(named=True)


def _tested(
    cells: pl.DataFrame, dimensions: pl.DataFrame, metrics: pl.DataFrame
) -> dict[tuple[str, ...], float]:
    """Key of a cell that compares two rates -> how many standard errors these are apart."""
    counts = metrics.filter(pl.col("kind") == "count")["metric"]
    counted = cells.filter(pl.col("metric").is_in(counts.implode()))
    compared = [rule.metric for rule in RULES if rule.metric.endswith("_parity")]
    pairs = group_rates(counted, dimensions, metrics, compared).filter(
        pl.col("status") == PUBLISHED
    )
    p1, n1, e1, p2, n2, e2 = (
        pairs[name].to_numpy() for name in (*_TESTED, *(f"{name}_2" for name in _TESTED))
    )
    events, people = (pairs[name].to_numpy() for name in ("count_var", "size_var"))
    # The others are a remainder: what rounding adds to the group is missing there.
    shared = 2 * (events + p1 * p2 * people) / (n1 * n2)
    apart = np.abs(score_test(p1, (n1, e1), p2, (n2, e2), shared))
    return dict(zip(pairs.select(KEYS).iter_rows(), apart.tolist(), strict=True))


def _parities(latest: _Latest, tested: Mapping[tuple[str, ...], float]) -> Iterator[dict[str, Any]]:
    for rule in RULES:
        better = {_subject(row) for row in latest.of(rule.instead, "all")}
        for row in latest.of(rule.metric, latest.low if rule.low else "all"):
            if _subject(row) not in better:
                z = tested.get(tuple(row[name] for name in KEYS))
                # No finding is stronger than the interval that stands beside it.
                apart = _z_of_ratio(row) if z is None or not _leaves_out(row, 1.0) else z
                yield _finding(rule, row, "equal", 1.0, apart)


def _inflows(latest: _Latest) -> Iterator[dict[str, Any]]:
    stock = {_subject(row): row for row in latest.of("share", "all")}
    for row in latest.of(INFLOW.metric, "all"):
        other = stock.get(_subject(row))
        if other is not None and other["as_of"] == other["period"]:
            yield _finding(INFLOW, row, "stock", other["value"], _z_of_two(row, other))


def _held_against(latest: _Latest, references: pl.DataFrame) -> Iterator[dict[str, Any]]:
    on = ["metric", *_SUBJECT, "scale_group"]
    aims = references.filter(pl.col("value") > 0).select(
        *on, "kind", aim="value", reference_year="year"
    )
    pairs = latest.rows.join(aims, on=on).sort(*on, "kind", "reference_year")
    for row in pairs.iter_rows(named=True):
        z = _z(row, row["aim"], _half_step(row))
        yield _finding(REFERENCE, row, row["kind"], row["aim"], z) | {
            "reference_year": row["reference_year"]
        }


def _finding(rule: Rule, row: Row, against: str, reference: float, z: float) -> dict[str, Any]:
    size = rule.good * math.log(max(row["value"], SMALLEST) / max(reference, SMALLEST))
    main = (row["unit_level"], row["attribute"], row["category"]) == (1, *DEFAULT_SUBJECT)
    return {
        **{name: row[name] for name in FINDINGS if name in row},
        "rule": rule.key,
        "against": against,
        "reference": reference,
        "size": round(size, 6),
        "p": float(2 * norm.sf(max(z, 0.0))),
        "claim": rule.claim,
        "weight": rule.weight if main else 0.0,
        "rule_nl": rule.label_nl + TESTED_NL,
        "rule_en": rule.label_en + TESTED_EN,
    }


def _certain(found: pl.DataFrame) -> pl.DataFrame:
    """The weighted procedure of Holm: smallest p for its weight first, until one does not hold."""
    rest = (pl.col("weight") == 0).sum()
    weighed = found.with_columns(
        weight=pl.when(pl.col("weight") > 0).then("weight").otherwise(REST_WEIGHT / rest)
    ).with_columns(ratio=pl.col("p") / pl.col("weight"))
    ordered = weighed.sort("ratio", *_SUBJECT, "rule", "reference_year", "against")
    left = pl.col("weight").cum_sum(reverse=True)
    holds = (pl.col("ratio") * left <= FAMILY).cast(pl.Int8).cum_min().cast(pl.Boolean)
    return ordered.with_columns(certain=holds, p=pl.col("p").round(P_DECIMALS))


def _subject(row: Row) -> tuple[str, ...]:
    return tuple(row[name] for name in _SUBJECT)


def _leaves_out(row: Row, value: float) -> bool:
    """Whether the interval of a row, as written, leaves a value out."""
    if row["lower"] is None or row["upper"] is None:
        return False
    return bool(row["lower"] > value or row["upper"] < value)


def _half_step(row: Row) -> float:
    """Half of the last decimal in which a percentage is written: so much may be rounded away."""
    return 0.5 if row["base"] is None or row["base"] < WHOLE_PERCENT_BELOW else 0.05


def _z(row: Row, reference: float, slack: float) -> float:
    """How many standard errors a figure is from what it is held against, by its own interval.

    The half of the interval that faces the reference is taken; what was rounded away when value
    and bounds were written counts against the difference.
    """
    facing = row["lower"] if row["value"] > reference else row["upper"]
    if facing is None:
        return 0.0
    half = abs(row["value"] - facing) + slack
    return float((abs(row["value"] - reference) - slack) / half * norm.ppf(0.5 + LEVEL / 2))


def _z_of_ratio(row: Row) -> float:
    """The same for a ratio against 1, by logarithms."""
    slack = SMALLEST / 2 / max(row["value"], SMALLEST)
    names = ("value", "lower", "upper")
    logs = {n: None if row[n] is None else math.log(max(row[n], SMALLEST)) for n in names}
    return _z(logs, 0.0, slack)


def _z_of_two(row: Row, other: Row) -> float:
    """The same for two percentages with intervals of their own (square-and-add)."""
    more, less = (row, other) if row["value"] >= other["value"] else (other, row)
    if more["lower"] is None or less["upper"] is None:
        return 0.0
    halves = math.hypot(more["value"] - more["lower"], less["upper"] - less["value"])
    slack = _half_step(row) + _half_step(other)
    between = more["value"] - less["value"] - slack
    return float(between / (halves + slack) * norm.ppf(0.5 + LEVEL / 2))
