"""The dimensions of a system of linked cells: where something is counted, and what is counted."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

import polars as pl

from etl.domain import EVERYBODY, Attribute, Reference
from etl.metrics.spells import SPELLS
from etl.privacy.basis import Atoms, Vector, coordinates, negative, parents_of, product, total
from etl.privacy.linkage import Linkage

Node = tuple[str, str, str, str]
"""Attribute, category, attribute2, category2."""


class Place(NamedTuple):
    """Whom a base holds: a unit's people in a scale group, in a period."""

    unit: str
    scale_group: str
    period: str


class Bases:
    """The bases of one metric as vectors over units, time and scales, and their public numbers."""

    def __init__(
        self, metric: str, reference: Reference, linkage: Linkage, everybody: pl.DataFrame
    ) -> None:
        self.metric = metric
        self.scales = _scale_groups(metric, reference)
        self.scale_parents = parents_of(self.scales)
        self._detail = {
            band.code: rank
            for rank, key in enumerate((*(p.key for p in reference.scales.partition), "single"))
            for band in reference.scales.bands(key)
        }
        self._scale_vectors = coordinates(self.scales)
        self._by_period: dict[str, list[Place]] = {}
        self.number: dict[Place, int] = {}
        self.level: dict[Place, int] = {}
        columns = ("unit", "scale_group", "period", "unit_level", "base")
        for unit, group, period, level, base in everybody.sort(columns).select(columns).iter_rows():
            place = Place(unit, group, period)
            self.number[place], self.level[place] = base, level
            self._by_period.setdefault(period, []).append(place)
        periods = sorted({place.period for place in self.number})
        steps: dict[Hashable, Atoms] = {code: frozenset(linkage.steps[code]) for code in periods}
        steps |= {ref: frozenset([ref]) for refs in steps.values() for ref in refs}
        self.period_parents = parents_of({code: steps[code] for code in periods})
        self._time_vectors = coordinates(steps)
        self._trees = {code: linkage.trees_of(metric, code) for code in periods}
        self._located: dict[tuple[str, str], Vector] = {}
        self._above: dict[tuple[str, str], str | None] = {}
        self._made: dict[Place, Vector] = {}
        self._empty: dict[frozenset[str] | None, list[tuple[int, Vector]]] = {}

    def detail(self, scale_group: str) -> int:
        """0 for the whole and the first partition, more for finer ones."""
        return self._detail.get(scale_group, 0)

    def vector(self, place: Place) -> Vector:
        """A base in coordinates."""
        if place not in self._made:
            located = self._unit_in_time(place.unit, place.period)
            self._made[place] = product(located, self._scale_vectors[place.scale_group])
        return self._made[place]

    def lines(self, place: Place) -> Iterator[tuple[str, Place]]:
        """The wholes that a base is a part of, one for each dimension."""
        above = self._unit_above(place.unit, place.period)
        if above is not None:
            yield "unit", place._replace(unit=above)
        if place.scale_group in self.scale_parents:
            yield "scale", place._replace(scale_group=self.scale_parents[place.scale_group])
        if place.period in self.period_parents:
            yield "period", place._replace(period=self.period_parents[place.period])

    def empty(self, periods: frozenset[str] | None = None) -> list[tuple[int, Vector]]:
        """Level and vector of everything of which public numbers tell that it holds nobody.

        Args:
            periods: only these; None: all.
        """
        if periods not in self._empty:
            self._empty[periods] = [*self._nobody(periods), *self._no_rest(periods)]
        return self._empty[periods]

    def _nobody(self, periods: frozenset[str] | None) -> Iterator[tuple[int, Vector]]:
        for place in self._places(periods):
            if not self.number[place]:
                yield self.level[place], self.vector(place)

    def _no_rest(self, periods: frozenset[str] | None) -> Iterator[tuple[int, Vector]]:
        """Wholes that their parts fill, where that is not how they are written already."""
        parts: dict[tuple[str, Place], list[Place]] = {}
        for place in self._places(periods):
            for line in self.lines(place):
                parts.setdefault(line, []).append(place)
        for (_, whole), held in parts.items():
            if self.number.get(whole, 0) and self._fills(held, whole):
                rest = total([self.vector(whole), *(negative(self.vector(p)) for p in held)])
                if rest:
                    yield self.level[whole], rest

    def _places(self, periods: frozenset[str] | None) -> list[Place]:
        chosen = self._by_period if periods is None else sorted(periods)
        return [place for period in chosen for place in self._by_period[period]]

    def _fills(self, parts: Sequence[Place], whole: Place) -> bool:
        return sum(self.number[part] for part in parts) == self.number[whole]

    def _unit_in_time(self, unit: str, period: str) -> Vector:
        """The sum over the steps of a period; a unit that keeps its place has a short one."""
        key = (unit, period)
        if key not in self._located:
            self._located[key] = total(
                product(tree.vectors[unit], self._time_vectors[ref])
                for ref, tree in self._trees[period]
                if unit in tree.vectors
            )
        return self._located[key]

    def _unit_above(self, unit: str, period: str) -> str | None:
        """The unit above, where it is one and the same during the whole period."""
        key = (unit, period)
        if key not in self._above:
            found = {t.parents[unit] for _, t in self._trees[period] if unit in t.parents}
            self._above[key] = found.pop() if len(found) == 1 else None
        return self._above[key]


class Categories:
    """The categories of linked attributes as vectors; everybody is public, and left out."""

    def __init__(self, attributes: Sequence[Attribute]) -> None:
        self.attributes = {attribute.key: attribute for attribute in attributes}
        self._vectors = {a.key: coordinates(_family(a)) for a in attributes}
        self._whole: tuple[Hashable, ...] = tuple(frozenset(a.codes) for a in attributes)
        self._made: dict[Node, Vector] = {}

    def vector(self, node: Node) -> Vector:
        """A category, or a pair of them, in coordinates other than everybody's."""
        if node not in self._made:
            chosen = {node[0]: node[1], node[2]: node[3]}
            made: dict[tuple[Hashable, ...], int] = {(): 1}
            for key, vectors in self._vectors.items():
                part = vectors[chosen.get(key, EVERYBODY)]
                made = {(*a, b): x * y for a, x in made.items() for b, y in part.items()}
            self._made[node] = {key: value for key, value in made.items() if key != self._whole}
        return self._made[node]

    def detail(self, node: Node) -> int:
        """0 for the first split of an attribute, more for deeper ones."""
        return max(self._partition(a, c)[1] for a, c in self._pairs(node))

    def parents(self, node: Node) -> Iterator[Node]:
        """The nodes, not everybody, that a node is a part of."""
        for place, (attribute, code) in enumerate(self._pairs(node)):
            above = self._partition(attribute, code)[2]
            if above != EVERYBODY:
                yield _replaced(node, place, above)

    def lines(self, node: Node) -> Iterator[Hashable]:
        """For each attribute the partition that a node is part of, the other one held."""
        for place, (attribute, code) in enumerate(self._pairs(node)):
            partition = self._partition(attribute, code)[0]
            yield (place, partition, _replaced(node, place, EVERYBODY))

    def _partition(self, attribute: str, code: str) -> tuple[str, int, str]:
        return self._partitions[attribute, code]

    @cached_property
    def _partitions(self) -> dict[tuple[str, str], tuple[str, int, str]]:
        """Partition, its place among those of the attribute, and what it is a partition of."""
        return {
            (key, category.code): (partition, rank, category.parent)
            for key, attribute in self.attributes.items()
            for rank, (partition, held) in enumerate(
                groupby(attribute.categories, lambda category: category.partition)
            )
            for category in held
        }

    @staticmethod
    def _pairs(node: Node) -> list[tuple[str, str]]:
        return [pair for pair in ((node[0], node[1]), (node[2], node[3])) if pair[0]]


def _replaced(node: Node, place: int, code: str) -> Node:
    first, one, second, other = node
    return (first, code, second, other) if place == 0 else (first, one, second, code)


def _family(attribute: Attribute) -> dict[str, Atoms]:
    nodes: dict[str, Atoms] = {c.code: frozenset(c.leaves) for c in attribute.categories}
    return nodes | {EVERYBODY: frozenset(attribute.codes)}


def _scale_groups(metric: str, reference: Reference) -> Mapping[str, frozenset[int]]:
    """Every scale group that a plan may name; a crossing starts in the lowest band only.

    Spells are counted by years in the scale, which add up to nothing.
    """
    if metric in SPELLS:
        return reference.years_in_scale.sets
    held = reference.scales.sets
    if metric == "crossing":
        held = {code: some & reference.scales.low.scales for code, some in held.items()}
    return {code: some for code, some in held.items() if some}
