"""Cells as short vectors: every planned cell is a sum of leaves, written in a hierarchical basis.

In each dimension a node is its own coordinate, except the last child of a node that its children
fill: that one is its parent minus the others. Columns stay short, and the elimination of
:mod:`etl.privacy.suppress` stays sparse. A cell is the (Kronecker) product of its dimensions.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias, TypeVar

Atoms: TypeAlias = frozenset[Hashable]
Vector: TypeAlias = dict[Hashable, int]
C = TypeVar("C", bound=Hashable)


def coordinates(family: Mapping[C, Atoms]) -> dict[C, Vector]:
    """Write each set of one dimension as a whole-number combination of coordinates.

    Args:
        family: code -> atoms; equal sets get equal vectors. Where sets overlap without one holding
            the other, all are written in single atoms and the whole.

    Returns:
        A vector a code. The union of all sets, where it is one of them, is a coordinate itself.
    """
    if _nests(set(family.values())):
        vectors = _nested(set(family.values()))
        return {code: vectors[atoms] for code, atoms in family.items()}
    every = frozenset[Hashable]().union(*family.values())
    single = _nested({every, *(frozenset([atom]) for atom in every)})
    return {
        code: single[every] if atoms == every else total(single[frozenset([a])] for a in atoms)
        for code, atoms in family.items()
    }


def parents_of(family: Mapping[C, Atoms]) -> dict[C, C]:
    """For each code the first code of the smallest set that holds more; roots have none."""
    codes = sorted(family, key=lambda code: (len(family[code]), str(code)))
    above = {
        code: next((other for other in codes if family[code] < family[other]), None)
        for code in codes
    }
    return {code: parent for code, parent in above.items() if parent is not None}


def tree_coordinates(parents: Mapping[str, str | None], own: Collection[str]) -> dict[str, Vector]:
    """Write each unit of a tree in coordinates that are units.

    Args:
        parents: unit -> the unit above it (None: the top), populated units only.
        own: the units that hold people themselves, besides those of the units below.
    """
    children: dict[str | None, list[str]] = {}
    for unit in sorted(parents):
        children.setdefault(parents[unit], []).append(unit)
    vectors: dict[str, Vector] = {root: {root: 1} for root in children.get(None, [])}
    todo = list(vectors)
    while todo:
        unit = todo.pop()
        below = children.get(unit, [])
        vectors |= _children(vectors[unit], below, unit not in own)
        todo += below
    return vectors


def product(first: Mapping[Hashable, int], second: Mapping[Hashable, int]) -> Vector:
    """The product of two vectors: a coordinate is a pair."""
    return {(a, b): x * y for a, x in first.items() for b, y in second.items()}


def total(vectors: Iterable[Mapping[C, int]]) -> dict[C, int]:
    """The sum of vectors, without zeros."""
    result: dict[C, int] = {}
    for vector in vectors:
        for key, value in vector.items():
            result[key] = result.get(key, 0) + value
    return {key: value for key, value in result.items() if value}


def negative(vector: Mapping[C, int]) -> dict[C, int]:
    """The vector with its sign turned."""
    return {key: -value for key, value in vector.items()}


def _nested(sets: Collection[Atoms]) -> dict[Atoms, Vector]:
    parents = parents_of({atoms: atoms for atoms in sets})
    distinct = sorted(sets, key=lambda s: (-len(s), sorted(map(str, s))))
    vectors: dict[Atoms, Vector] = {s: {s: 1} for s in distinct if s not in parents}
    for node in distinct:  # larger first: parents come before their children
        below = [child for child in distinct if parents.get(child) == node]
        vectors |= _children(vectors[node], below, sum(map(len, below)) == len(node))
    return vectors


def _children(parent: Vector, below: Sequence[C], full: bool) -> Iterator[tuple[C, Vector]]:
    """Each child as itself, but the last of a full parent as what the others leave."""
    for child in below[:-1] if full else below:
        yield child, {child: 1}
    if full and below:
        others: list[Vector] = [{child: -1} for child in below[:-1]]
        yield below[-1], total([parent, *others])


def _nests(sets: Collection[Atoms]) -> bool:
    ordered = sorted(sets, key=len)
    return all(a <= b or not a & b for i, a in enumerate(ordered) for b in ordered[i + 1 :])
