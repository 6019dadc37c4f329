"""The planned view that is nearest to a request outside the publication plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import polars as pl

from dashboard.cells import ALL, EVERYBODY
from dashboard.mart import Mart

ANY = ""
"""The kind of period of a request that names none."""


@dataclass(frozen=True)
class Asked:
    """What somebody asks to see, or is offered instead; ``attribute2`` crosses ``attribute``."""

    metric: str
    unit: str
    attribute: str = EVERYBODY
    category: str = EVERYBODY
    attribute2: str = EVERYBODY
    scale_group: str = ALL
    period_kind: str = ANY


def nearest(mart: Mart, asked: Asked) -> Asked | None:
    """The view that is published and most like ``asked``; itself where it is published.

    The metric stays, and the unit is the same or above it: nothing else holds the people asked
    for. The split weighs most, then the level, the kind of period and the scale group. A figure
    that is computed (a share, a rate) is planned where its numerator is, and offered only where
    the publication has it.

    Args:
        mart: the publication and its plan.
        asked: the request; an unknown metric has nothing near.
    """
    path = _path(mart, asked.unit)
    offers = sorted(
        set(_offers(mart, asked, path)), key=lambda offer: _distance(offer, asked, list(path))
    )
    return next((offer for offer in offers if _exists(mart, offer)), None)


def _path(mart: Mart, unit: str) -> dict[str, int]:
    """From the root down to the unit: unit -> its level."""
    rows = mart.dimensions().filter(pl.col("dimension") == "unit").select("code", "level")
    levels = dict(rows.iter_rows())
    return {code: levels[code] for code in (*mart.ancestors(unit), unit)}


def _offers(mart: Mart, asked: Asked, path: dict[str, int]) -> Iterator[Asked]:
    """What the plan has of the metric for the unit or above, each split also as its margins."""
    count = _counted(mart, asked.metric)
    categories = _categories(mart)
    for row in mart.plan().filter(pl.col("metric") == count).iter_rows(named=True):
        levels = range(row["level_from"], row["level_to"] + 1)
        units = [unit for unit, level in path.items() if level in levels]
        if not units:
            continue
        offer = replace(
            asked,
            unit=units[-1],
            scale_group=row["scale_group"],
            period_kind=row["period_kind"],
        )
        first, second = row["attribute"], row["attribute2"]
        for one, other in {("", ""), (first, ""), (second, ""), (first, second)}:
            if not one and other:
                continue
            partition = row["partition"] if one == first else row["partition2"]
            kept = (one, partition, asked.category) in categories
            category = asked.category if kept else EVERYBODY
            yield replace(offer, attribute=one, attribute2=other, category=category)


def _counted(mart: Mart, metric: str) -> str:
    """The count that a metric is made of, by its numerators."""
    numerators = dict(mart.metrics().select("metric", "numerator").iter_rows())
    while numerators.get(metric):
        metric = numerators[metric]
    return metric


def _categories(mart: Mart) -> set[tuple[str, str, str]]:
    """(attribute, partition, category) of the publication."""
    return set(mart.dimensions().select("dimension", "partition", "code").iter_rows())


def _exists(mart: Mart, offer: Asked) -> bool:
    return not mart.cells(
        [offer.metric],
        [offer.unit],
        period_kind=offer.period_kind,
        scale_groups=[offer.scale_group],
        attribute=offer.attribute,
        categories=[offer.category] if offer.category else None,
        attribute2=offer.attribute2,
    ).is_empty()


def _distance(offer: Asked, asked: Asked, path: list[str]) -> tuple[bool | int | str, ...]:
    return (
        offer.attribute != asked.attribute,
        offer.attribute != EVERYBODY,  # everybody is nearer than another attribute
        offer.category != asked.category,
        offer.attribute2 != asked.attribute2,
        len(path) - path.index(offer.unit),
        asked.period_kind not in {ANY, offer.period_kind},
        offer.scale_group != asked.scale_group,
        # Of two as near, the same one is named every time: the whole before a part of it.
        offer.scale_group != ALL,
        offer.scale_group,
        offer.period_kind,
    )
