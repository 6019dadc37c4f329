"""Every world that a publication of a tiny organisation leaves possible, listed one by one.

An attacker of another make than ``etl.privacy``, whose code is not used here: who is where at each
date is public, each person is ``unknown``, ``yes`` or ``no``, and every assignment that agrees with
all published numbers is kept. Persons that no cell tells apart are interchangeable, so that worlds
are counts of persons; apart from that nothing is clever, and nothing is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

CATEGORIES = ("unknown", "yes", "no", "known")
_ROUNDED = {"unknown": 1, "known": 1, "yes": 1, "no": 2}
"""How many rounded numbers a number is made of: known = everybody - unknown, no = known - yes."""
_SIBLING = {"unknown": "known", "known": "unknown", "yes": "no", "no": "yes"}
EVERY = "all"
MOST_WORLDS = 4_000_000


class Place(NamedTuple):
    """Where somebody is at a date."""

    unit: str
    band: str
    scale: int


Path: TypeAlias = tuple[Place | None, ...]
"""One entry a date."""
Base: TypeAlias = tuple[str, str, str, str]
"""Metric, period, unit, scale group."""
Cell: TypeAlias = tuple[str, str, str, str, str]
"""A base and a category."""
Ints: TypeAlias = NDArray[np.int64]
Worlds: TypeAlias = NDArray[np.int8]


class NoWorld(Exception):
    """No assignment of categories agrees with all numbers."""


@dataclass(frozen=True)
class Rules:
    """What the policy tells: rounding base, threshold, and how many values must be left."""

    rounding: int
    threshold: int
    width: int


@dataclass(frozen=True)
class Seen:
    """What can be seen of one cell: how many persons it is about and the values that remain."""

    base: int
    values: frozenset[int]
    shown: bool

    def pinned_down(self, width: int) -> bool:
        """Whether a number that is not shown has too few values left."""
        return not self.shown and self.base > 0 and len(self.values) < min(width, self.base + 1)


def enumerate_cells(
    cells: pl.DataFrame,
    dimensions: pl.DataFrame,
    paths: Sequence[Path],
    rules: Rules,
    *,
    lasting: int,
) -> dict[Cell, Seen]:
    """Every split of a unit, scale group and date or flow, planned or not, and what it can be.

    What is shown of some persons is shown of them wherever they are counted again.

    Args:
        cells: ``metric, period, unit, scale_group, category, status, as_of, value`` of one
            attribute; rows of everybody have an empty category.
        dimensions: ``dimension, partition, code, parent, valid_to``.
        paths: where each person was at each date.
        rules: the numbers of the policy.
        lasting: over how many successive dates everybody keeps one category; 1: nobody need.

    Raises:
        NoWorld: the numbers contradict that anybody keeps a category that long.
    """
    public = _Public(dimensions, paths)
    told = [row for row in _told(cells) if row[0][:4] in public.members]
    found: dict[Cell, Seen] = {}
    for first in range(len(public.dates) - lasting + 1):
        bases = [base for base, side in public.side.items() if 0 <= side - first < lasting]
        for cell, seen in _seen(bases, public.members, told, rules).items():
            values = seen.values & found[cell].values if cell in found else seen.values
            if not values:
                raise NoWorld
            found[cell] = replace(seen, values=values)
    return found


def public_paths(dimensions: pl.DataFrame, paths: Sequence[Path]) -> pl.DataFrame:
    """Persons who count in the same numbers all along, and which numbers these are.

    Returns:
        ``path, persons, metric, period, period_kind, unit, scale_group``.
    """
    members = _Public(dimensions, paths).members
    of_person = [
        tuple(sorted(base for base, persons in members.items() if person in persons))
        for person in range(len(paths))
    ]
    sizes = Counter(of_person)
    rows = [
        (path, sizes[bases], metric, period, "quarter", unit, group)
        for path, bases in enumerate(sizes)
        for metric, period, unit, group in bases
    ]
    columns = ["path", "persons", "metric", "period", "period_kind", "unit", "scale_group"]
    return pl.DataFrame(rows, schema=columns, orient="row")


class _Public:
    """The public groups of persons, and the date at which each has its categories."""

    def __init__(self, dimensions: pl.DataFrame, paths: Sequence[Path]) -> None:
        units = dimensions.filter(pl.col("dimension") == "unit")
        self._parent = dict(units.select("code", "parent").iter_rows())
        groups = dimensions.filter(pl.col("dimension") == "scale_group")["code"].to_list()
        periods = dimensions.filter(
            (pl.col("dimension") == "period") & (pl.col("partition") == "quarter")
        )
        self.dates: list[str] = periods.sort("valid_to")["code"].to_list()
        self.members: dict[Base, frozenset[int]] = {}
        self.side: dict[Base, int] = {}
        for metric, date, unit, person in self._events(paths):
            after = metric in {"headcount", "inflow", "transfer_in"}
            side = date if after else date - 1
            place = paths[person][side]
            for group in groups:
                if place is not None and group in {EVERY, place.band}:
                    base = (metric, self.dates[date], unit, group)
                    self.members[base] = self.members.get(base, frozenset()) | {person}
                    self.side[base] = side

    def _events(self, paths: Sequence[Path]) -> Iterator[tuple[str, int, str, int]]:
        """``metric, date, unit, person``: everything that persons count in."""
        for person, path in enumerate(paths):
            for date, now in enumerate(path):
                before = path[date - 1] if date else None
                here, there = self._above(now), self._above(before)
                for metric, units in _moves(now, before, here, there, first=not date):
                    for unit in units:
                        yield metric, date, unit, person

    def _above(self, place: Place | None) -> tuple[str, ...]:
        found: list[str] = []
        unit = place.unit if place else ""
        while unit:
            found.append(unit)
            unit = self._parent[unit]
        return tuple(found)


def _moves(
    now: Place | None,
    before: Place | None,
    here: tuple[str, ...],
    there: tuple[str, ...],
    *,
    first: bool,
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Metrics in which one person counts at one date, and the units."""
    if now:
        yield "headcount", here
    if now and before:
        yield "transfer_in", tuple(unit for unit in here if unit not in there)
        yield "transfer_out", tuple(unit for unit in there if unit not in here)
        yield "promotion", there if now.scale > before.scale else ()
    elif now and not first:
        yield "inflow", here
    elif before:
        yield "exit", there


def _told(cells: pl.DataFrame) -> Iterator[tuple[Cell, int]]:
    """Published numbers of the split, each at the date where it was decided."""
    shown = cells.filter((pl.col("category") != "") & (pl.col("status") == "published"))
    columns = ("metric", "as_of", "unit", "scale_group", "category", "value")
    for metric, period, unit, group, category, value in shown.select(columns).iter_rows():
        yield (metric, period, unit, group, category), round(value)


def _seen(
    bases: Sequence[Base],
    members: Mapping[Base, frozenset[int]],
    told: Sequence[tuple[Cell, int]],
    rules: Rules,
) -> dict[Cell, Seen]:
    """What can be seen of some bases whose members keep their category."""
    sets = sorted({members[base] for base in bases}, key=sorted)
    place = {found: n for n, found in enumerate(sets)}
    low = np.zeros((len(sets), len(CATEGORIES)), dtype=np.int64)
    high = np.repeat([[len(found)] for found in sets], len(CATEGORIES), axis=1)
    mine = set(bases)
    shown = {(members[cell[:4]], cell[4]) for cell, _ in told if cell[:4] in mine}
    for cell, value in told:
        if cell[:4] in mine:
            base = place[members[cell[:4]]]
            _tell(low[base], high[base], cell[4], value, rules)
    worlds, incidence = _worlds(sets, low, high)
    values = [_values(worlds, inside) for inside in incidence]
    return {
        (*base, category): Seen(
            base=len(members[base]),
            values=values[place[members[base]]][n],
            shown=(members[base], category) in shown,
        )
        for base in bases
        for n, category in enumerate(CATEGORIES)
    }


def _tell(low: Ints, high: Ints, category: str, value: int, rules: Rules) -> None:
    """Narrow the bounds of one base (by category) with one published number.

    Whatever is shown has the threshold on both sides: of everybody, and of its own whole, since a
    reader of the code knows that a part is hidden when its sibling is small.
    """
    mine, sibling = CATEGORIES.index(category), CATEGORIES.index(_SIBLING[category])
    error = (rules.rounding - 1) * _ROUNDED[category]
    low[mine] = max(low[mine], value - error, rules.threshold)
    high[mine] = min(high[mine], value + error)
    low[sibling] = max(low[sibling], rules.threshold)


def _worlds(sets: Sequence[frozenset[int]], low: Ints, high: Ints) -> tuple[Worlds, Ints]:
    """Every assignment of categories to persons that keeps all bounds.

    Groups of interchangeable persons get their categories one after the other; what can no longer
    come true with all persons that are left is dropped at once.

    Returns:
        Worlds x groups of interchangeable persons x categories, and sets x groups.
    """
    people = sorted(frozenset().union(*sets))
    member = np.array([[person in found for person in people] for found in sets])
    incidence, size = np.unique(member, axis=1, return_counts=True)
    told = np.flatnonzero((low > 0).any(axis=1) | (high < member.sum(axis=1)[:, None]).any(axis=1))
    open_persons = incidence[told] @ size
    worlds = np.zeros((1, len(size), len(CATEGORIES)), dtype=np.int8)
    totals = np.zeros((1, len(told), len(CATEGORIES)), dtype=np.int8)
    for group, persons in enumerate(size.tolist()):
        inside = incidence[told, group]
        open_persons = open_persons - inside * persons
        kept = []
        for share in _shares(persons):
            total = totals + (inside[:, None] * share).astype(np.int8)
            fits = (total <= high[told]) & (total + open_persons[:, None] >= low[told])
            fine = fits.all(axis=(1, 2))
            world = worlds[fine]
            world[:, group] = share
            kept.append((world, total[fine]))
        worlds, totals = (np.concatenate(parts) for parts in zip(*kept, strict=True))
        if not len(worlds):
            raise NoWorld
        if len(worlds) > MOST_WORLDS:
            raise ValueError(f"{len(worlds)} worlds are too many to list")
    return worlds, incidence


def _shares(persons: int) -> Worlds:
    """All ways in which some persons can be of the categories, in their order."""
    ways = [
        (unknown, yes, persons - unknown - yes, persons - unknown)
        for unknown in range(persons + 1)
        for yes in range(persons - unknown + 1)
    ]
    return np.array(ways, dtype=np.int8)


def _values(worlds: Worlds, inside: NDArray[np.bool_]) -> list[frozenset[int]]:
    """The values that each category of one base takes over all worlds."""
    totals = worlds[:, inside].sum(axis=1, dtype=np.int8)
    return [frozenset(np.unique(column).tolist()) for column in totals.T]
