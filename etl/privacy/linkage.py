"""What hangs together outside the attributes: the unit tree at each date, the steps of a period.

Public knowledge all of it: secondary suppression adds cells up along it as a reader could.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Self

import polars as pl

from etl.metrics.count import People
from etl.metrics.events import STOCKS, TO_SIDE
from etl.metrics.exit_monitor import OF_EXITS
from etl.metrics.periods import Calendar
from etl.privacy.basis import Vector, tree_coordinates
from etl.privacy.plan import Plan


@dataclass(frozen=True)
class Tree:
    """The units with people at one date.

    Attributes:
        parents: unit -> the unit above it; None for the top.
        own: units that hold people themselves, besides those of the units below.
    """

    parents: Mapping[str, str | None]
    own: frozenset[str] = frozenset()

    @cached_property
    def with_own_top(self) -> Tree:
        """The same tree, the top holding some who are in none of its parts."""
        top = {unit for unit, parent in self.parents.items() if parent is None}
        return Tree(self.parents, self.own | top)

    @cached_property
    def vectors(self) -> dict[str, Vector]:
        """Every unit in coordinates."""
        return tree_coordinates(self.parents, self.own)


@dataclass(frozen=True)
class Linkage:
    """Trees by reference date, and the reference dates that end the steps of each period."""

    trees: Mapping[date, Tree]
    steps: Mapping[str, tuple[date, ...]]

    @classmethod
    def of(cls, people: People, plan: Plan, calendar: Calendar) -> Self:
        """The linkage of everything that the plan counts."""
        blocks = {(block.length, block.start) for block in map(plan.block_of, plan.table)}
        periods = [*calendar.stocks(), *calendar.flows("year")]
        for length, start in sorted(blocks, key=str):
            periods += calendar.flows("block", length, start)
        held = people.leaves.select(ref="to_ref", unit="to_unit").drop_nulls().unique()
        return cls(_trees(people.paths, held), {p.code: p.refs for p in periods})

    def trees_of(self, metric: str, period: str) -> list[tuple[date, Tree]]:
        """The steps of a metric's period, each with the tree in which the metric is counted."""
        found = [(ref, self.trees[self._side(metric, ref)]) for ref in self.steps[period]]
        if metric in OF_EXITS:
            # Of a respondent the whole may be all that is known, where nobody works in it directly.
            return [(ref, tree.with_own_top) for ref, tree in found]
        return found

    def _side(self, metric: str, ref: date) -> date:
        if metric in (*STOCKS, *TO_SIDE):
            return ref
        return max(other for other in self.trees if other < ref)


def _trees(paths: pl.DataFrame, held: pl.DataFrame) -> dict[date, Tree]:
    """Populated units only: an empty one has no cell, and everybody knows that it is empty."""
    rows = paths.join(held, on=["ref", "unit"], how="semi").select("ref", pl.col("ancestor"))
    populated = rows.unique().rename({"ancestor": "unit"})
    above = paths.filter(pl.col("ancestor") != pl.col("unit"))
    depth = above.group_by("ref", "unit").agg(depth=pl.len())
    nearest = (
        above.join(depth.rename({"unit": "ancestor"}), on=["ref", "ancestor"], how="left")
        .sort(pl.col("depth").fill_null(0))
        .group_by("ref", "unit")
        .agg(parent=pl.col("ancestor").last())
    )
    parents: dict[date, dict[str, str | None]] = {}
    linked = populated.join(nearest, on=["ref", "unit"], how="left").sort("ref", "unit")
    for ref, unit, parent in linked.select("ref", "unit", "parent").iter_rows():
        parents.setdefault(ref, {})[unit] = parent
    own = _by_date(held.iter_rows())
    return {ref: Tree(units, own[ref]) for ref, units in parents.items()}


def _by_date(rows: Iterable[tuple[date, str]]) -> dict[date, frozenset[str]]:
    found: dict[date, set[str]] = {}
    for ref, unit in rows:
        found.setdefault(ref, set()).add(unit)
    return {ref: frozenset(units) for ref, units in found.items()}
