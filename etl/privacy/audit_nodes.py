"""What is counted of a base: categories, pairs of categories, and what they add up to.

A *node* is ``attribute, category, attribute2, category2`` (the second pair empty for a one-way
split), numbered ``n``. The whole is no node: it is the public number of the base.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import polars as pl

from etl.privacy.audit_input import NODE, Published

Node: TypeAlias = tuple[str, str, str, str]
WHOLE: Node = ("", "", "", "")
EXACT, OWN = "exact", "own"


@dataclass(frozen=True)
class Code:
    """A category as ``dimensions.csv`` tells it."""

    partition: str
    parent: str
    rounding: str


@dataclass(frozen=True)
class Sum:
    """``whole`` is the sum of ``size`` parts, of which the publication counts ``parts``.

    ``nests``: they are parts of another grouping.
    """

    whole: Node
    parts: tuple[Node, ...]
    size: int
    nests: bool = False


class Nodes:
    """All nodes of a publication.

    Args:
        published: cells (which nodes there are) and dimensions (how they hang together).
    """

    def __init__(self, published: Published) -> None:
        split = published.counts.filter(pl.col("attribute") != "")
        self.frame = split.select(NODE).unique().sort(NODE).with_row_index("n")
        rows = self.frame.select(NODE).rows()
        self.all: list[Node] = [(a, b, c, d) for a, b, c, d in rows]
        self.number = {node: n for n, node in enumerate(self.all)}
        self.base_error = published.off
        self.special = published.special
        self._dimensions = published.dimensions

    @cached_property
    def codes(self) -> Mapping[str, Mapping[str, Code]]:
        """Attribute -> code -> how it hangs in the classification."""
        found: dict[str, dict[str, Code]] = {}
        columns = ("dimension", "code", "partition", "parent", "rounding")
        for dimension, code, *rest in self._dimensions.select(columns).iter_rows():
            found.setdefault(dimension, {})[code] = Code(*rest)
        return {a: found.get(a, {}) for a in {n[0] for n in self.all} | {n[2] for n in self.all}}

    @cached_property
    def sums(self) -> list[Sum]:
        """Everything that adds up within a base, along either attribute."""
        return [one for place in (0, 2) for one in self._along(place)]

    @cached_property
    def own(self) -> pl.DataFrame:
        """One-way nodes that are rounded by themselves: ``n, attribute``."""
        one_way = self.frame.filter(pl.col("attribute2") == "")
        own = [self._rounding(self.all[n], 0) == OWN for n in one_way["n"].to_list()]
        return one_way.filter(pl.Series(own, dtype=pl.Boolean)).select("n", "attribute")

    @cached_property
    def groups(self) -> list[int]:
        """Nodes that tell of a group: no remainder ("no", "known") along either attribute."""
        return [
            n
            for n, node in enumerate(self.all)
            if all(self._rounding(node, place) in (OWN, EXACT) for place in (0, 2) if node[place])
        ]

    def _rounding(self, node: Node, place: int) -> str:
        return self.codes[node[place]][node[place + 1]].rounding

    def is_special(self, node: Node) -> bool:
        """Whether a node is of the strictest class."""
        return node[0] in self.special or node[2] in self.special

    def error(self, node: Node, *, regrouped: bool, total: int = 0) -> int:
        """How far a published number can be from the true one, whichever way it was made.

        Args:
            node: what is counted.
            regrouped: whether the base also shows the finer grouping that the node is a sum of,
                so that its number is the sum of several rounded ones.
            total: how far everybody's number can be.
        """
        if node == WHOLE:
            return total
        places = [place for place in (0, 2) if node[place]]
        made = {place: self.codes[node[place]][node[place + 1]].rounding for place in places}
        if set(made.values()) <= {EXACT}:
            return 0
        remainders = [place for place in places if made[place] not in (OWN, EXACT)]
        if not remainders:
            parts = max((len(one.parts) for one in self._finer(node)), default=1)
            return self.base_error * (parts if regrouped else 1)
        return max(self._remainder(node, place, regrouped, total) for place in remainders)

    def _remainder(self, node: Node, place: int, regrouped: bool, total: int) -> int:
        """The error of a parent minus the siblings along one attribute."""
        code = self.codes[node[place]][node[place + 1]]
        others = [
            self._with(node, place, other)
            for other, its in self.codes[node[place]].items()
            if (its.partition, its.parent) == (code.partition, code.parent)
            and other != node[place + 1]
        ]
        others.append(self._with(node, place, code.parent))
        return sum(self.error(other, regrouped=regrouped, total=total) for other in others)

    @cached_property
    def regroupings(self) -> list[Sum]:
        """Sums of several parts of another grouping: what makes a number less sure."""
        return [one for one in self.sums if one.nests and len(one.parts) > 1]

    @cached_property
    def siblings(self) -> list[tuple[int, int]]:
        """Nodes that together are all there is of their whole, both ways."""
        twos = [one.parts for one in self.sums if not one.nests and one.size == len(one.parts) == 2]
        numbers = [(self.number[first], self.number[second]) for first, second in twos]
        return [*numbers, *((second, first) for first, second in numbers)]

    def _finer(self, node: Node) -> list[Sum]:
        return [one for one in self.regroupings if one.whole == node]

    def _along(self, place: int) -> Iterator[Sum]:
        groups: dict[tuple[Node, str, str], list[Node]] = {}
        for node in self.all:
            if node[place]:
                code = self.codes[node[place]].get(node[place + 1])
                if code is not None:
                    whole = self._with(node, place, code.parent)
                    groups.setdefault((whole, node[place], code.partition), []).append(node)
        for (whole, attribute, partition), parts in groups.items():
            parent = self.codes[attribute][parts[0][place + 1]].parent
            siblings = [
                code
                for code, its in self.codes[attribute].items()
                if (its.partition, its.parent) == (partition, parent)
            ]
            yield Sum(whole, tuple(parts), len(siblings))
        yield from self._nested(place)

    def _nested(self, place: int) -> Iterator[Sum]:
        rows = self._dimensions.filter(pl.col("dimension") == "nesting")
        held: dict[tuple[str, str], list[str]] = {}
        for partition, parent, code in rows.select("partition", "parent", "code").iter_rows():
            held.setdefault((partition, parent), []).append(code)
        for (partition, parent), codes in held.items():
            for node in self.all:
                if node[place] == partition.split(":")[0] and node[place + 1] == parent:
                    parts = tuple(self._with(node, place, code) for code in codes)
                    if all(part in self.number for part in parts):
                        yield Sum(node, parts, len(parts), nests=True)

    @staticmethod
    def _with(node: Node, place: int, code: str) -> Node:
        """A node with another category at a place; without one, only the other attribute."""
        first, second = (node[0], node[1]), (node[2], node[3])
        changed = (node[place], code) if code else ("", "")
        pairs = [changed, second] if place == 0 else [first, changed]
        kept = [*(p for p in pairs if p[0]), ("", ""), ("", "")]
        return (*kept[0], *kept[1])
