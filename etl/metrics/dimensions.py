"""The code lists of a publication as one frame: ``dimensions.csv`` and ``mart_dimension``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import polars as pl

from etl.domain import ALL_SCALES, EVERYBODY, Attribute, Reference
from etl.metrics.periods import Calendar, Period
from etl.metrics.spells import YEARS
from etl.privacy.plan import Plan

DIMENSIONS = pl.Schema(
    {
        "dimension": pl.String(),
        "partition": pl.String(),
        "code": pl.String(),
        "parent": pl.String(),
        "level": pl.Int16(),
        "valid_from": pl.Date(),
        "valid_to": pl.Date(),
        "label_nl": pl.String(),
        "label_en": pl.String(),
        "rounding": pl.String(),
        "position": pl.Int32(),
    }
)
"""One row a code and grouping. The children of one parent within one partition are disjoint and add
up to it; an empty parent is the whole. ``rounding`` says how counts of the code are made."""

NESTING = "nesting"
"""The dimension that says how two groupings of one attribute nest: ``partition`` names the
attribute and the finer grouping, and its codes add up to ``parent``, a code of the coarser one."""
QUESTION = "question"
"""The dimension of attributes that are questions of the exit monitor; ``partition``: what kind."""
WHOLE_NL, WHOLE_EN = "alle schalen", "all scales"
QUARTER_NL, QUARTER_EN = "K", "Q"


def dimension_frame(
    units: pl.DataFrame, plan: Plan, reference: Reference, calendar: Calendar
) -> pl.DataFrame:
    """Every unit, scale group, period, attribute and category, with labels.

    Args:
        units: rows of the extract `organisatie` (a code may have several validities).
        plan: says which blocks of years and which scale partitions there are.
        reference: scales and attributes.
        calendar: the periods.

    Returns:
        Columns ``DIMENSIONS``; ``position`` is the order in which codes of one dimension and
        partition are shown.
    """
    rows: list[dict[str, Any]] = []
    for group in (
        _units(units),
        _scale_groups(reference, plan),
        _periods(plan, calendar),
        *(_categories(attribute) for attribute in reference.attributes.values()),
        *(_nesting(attribute) for attribute in reference.attributes.values()),
        _attributes(reference.attributes.values()),
    ):
        rows += group
    places: dict[tuple[str, str], int] = {}
    for row in rows:
        place = places.get((row["dimension"], row["partition"]), 0)
        row["position"] = place
        places[row["dimension"], row["partition"]] = place + 1
    return pl.DataFrame(rows, schema=DIMENSIONS)


def _row(dimension: str, partition: str, code: str, labels: tuple[str, str]) -> dict[str, Any]:
    return {
        "dimension": dimension,
        "partition": partition,
        "code": code,
        "parent": EVERYBODY,
        "level": None,
        "valid_from": None,
        "valid_to": None,
        "label_nl": labels[0],
        "label_en": labels[1],
        "rounding": "exact",
    }


def _units(units: pl.DataFrame) -> Iterator[dict[str, Any]]:
    for unit in units.sort("level", "code", "valid_from").iter_rows(named=True):
        names = unit["name_nl"], unit["name_en"] or unit["name_nl"]
        yield _row("unit", "tree", unit["code"], names) | {
            "parent": unit["parent"] or EVERYBODY,
            "level": unit["level"],
            "valid_from": unit["valid_from"],
            "valid_to": unit["valid_to"],
        }


def _scale_groups(reference: Reference, plan: Plan) -> Iterator[dict[str, Any]]:
    scales = reference.scales
    yield _row("scale_group", "whole", ALL_SCALES, (WHOLE_NL, WHOLE_EN))
    planned = {table.scale_partition for table in plan.table} - {"none", YEARS}
    order = [*(partition.key for partition in scales.partition), "single"]
    for key in sorted(planned, key=order.index):
        for band in scales.bands(key):
            yield _row("scale_group", key, band.code, (band.label_nl, band.label_en))
    if any(table.scale_partition == YEARS for table in plan.table):
        for band in reference.years_in_scale.band:
            yield _row("scale_group", YEARS, band.code, (band.label_nl, band.label_en))


def _periods(plan: Plan, calendar: Calendar) -> Iterator[dict[str, Any]]:
    blocks = {plan.block_of(t) for t in plan.table if t.period_kind == "block"}
    found = [
        *calendar.stocks(),
        *(calendar.flows("year") if calendar.kind != "year" else ()),
        *(
            period
            for block in sorted(blocks, key=lambda block: block.length)
            for period in calendar.flows("block", block.length, block.start)
        ),
    ]
    for period in sorted(set(found), key=lambda period: (period.kind, period.begin)):
        yield _row("period", period.kind, period.code, _period_labels(period)) | {
            "valid_from": period.begin,
            "valid_to": period.end,
        }


def _period_labels(period: Period) -> tuple[str, str]:
    if period.kind != "quarter":
        return period.code, period.code
    year, quarter = period.code.split("Q")
    return f"{year} {QUARTER_NL}{quarter}", f"{year} {QUARTER_EN}{quarter}"


def _categories(attribute: Attribute) -> Iterator[dict[str, Any]]:
    for node in attribute.categories:
        labels = node.label_nl, node.label_en
        yield _row(attribute.key, node.partition, node.code, labels) | {
            "parent": node.parent,
            "rounding": node.rounding,
        }


def _attributes(attributes: Iterable[Attribute]) -> Iterator[dict[str, Any]]:
    for attribute in attributes:
        labels = attribute.label_nl, attribute.label_en
        if attribute.question:
            yield _row(QUESTION, attribute.question, attribute.key, labels)
        else:
            yield _row("attribute", attribute.sensitivity, attribute.key, labels)


def _nesting(attribute: Attribute) -> Iterator[dict[str, Any]]:
    """Which categories of one grouping hold exactly the same leaves as one of another grouping.

    The split that hangs directly under a category is in its own rows and not repeated here.
    """
    for whole in attribute.categories:
        for partition in dict.fromkeys(node.partition for node in attribute.categories):
            parts = [
                node
                for node in attribute.categories
                if node.partition == partition and node.leaves <= whole.leaves
            ]
            held = frozenset[str]().union(*(node.leaves for node in parts))
            if partition == whole.partition or held != whole.leaves:
                continue
            if {node.parent for node in parts} == {whole.code}:
                continue
            for node in parts:
                labels = node.label_nl, node.label_en
                row = _row(NESTING, f"{attribute.key}:{partition}", node.code, labels)
                yield row | {"parent": whole.code}


def period_span(dimensions: pl.DataFrame) -> tuple[str, str]:
    """The codes of the first and the last reference date."""
    periods = dimensions.filter(
        (pl.col("dimension") == "period") & (pl.col("partition") != "block")
    )
    kinds = periods["partition"].to_list()
    steps = periods.filter(pl.col("partition") == ("quarter" if "quarter" in kinds else "year"))
    ordered = steps.sort("valid_to")["code"].to_list()
    return ordered[0], ordered[-1]
