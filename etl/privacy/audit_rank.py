"""Which unknowns the equations alone pin down: an exact test of the row space.

An unknown is pinned down if and only if it is a combination of rows. Small systems are eliminated
as a whole; in large ones a random vector, projected on the null space, points at candidates (an
unknown that is pinned down is 0 in every null vector), and each is confirmed by eliminating the
rows around it. Elimination is exact, modulo two primes: floating point misjudges ranks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import lsmr

from etl.privacy.audit_rows import Bools, Bounds, Ints, Rows, distinct

PRIMES = (2_147_483_647, 2_147_483_629)
"""Two primes below 2^31: a combination that vanishes modulo both vanishes."""
CONSTANT = -1
SMALL_SYSTEM = 1_500
"""Up to this many open unknowns the whole system is eliminated at once."""
NEIGHBOURHOODS = (60, 400, 1_500)
"""How many rows around a candidate are tried."""
NULL, STEPS = 1e-6, 600
"""Below this an entry of a projected vector is a candidate; and how long is projected."""
SEED = 20_260_101

Row = dict[int, int]


@dataclass(frozen=True)
class Pinned:
    """Unknowns that equations pin down, with their value, and candidates left undecided."""

    value: dict[int, int]
    suspected: frozenset[int]


def pinned(rows: Rows, bounds: Bounds, without: Bools | None = None) -> Pinned:
    """Open unknowns of which the rows alone tell the value.

    Args:
        rows: the equations.
        bounds: unknowns with one value left are numbers here.
        without: rows that are left out.
    """
    opened = ~bounds.fixed
    usable = np.ones(rows.count, dtype=np.bool_) if without is None else ~without
    everywhere = np.flatnonzero(opened)
    touched = rows.rows_of(everywhere) if len(everywhere) else everywhere
    touched = touched[usable[touched]]
    if len(everywhere) <= SMALL_SYSTEM:
        return Pinned(_solved(_system(rows, bounds, touched), everywhere.tolist()), frozenset())
    value: dict[int, int] = {}
    suspected: set[int] = set()
    peeled = _peeled(rows, touched, opened)
    for unknown in _candidates(rows, peeled, opened, SEED).tolist():
        found = _confirmed(rows, bounds, usable, unknown)
        if found is None:
            suspected.add(unknown)
        else:
            value[unknown] = found
    if suspected:
        # Chance alone makes one in a million nearly 0; hardly ever twice.
        suspected &= set(_candidates(rows, peeled, opened, SEED + 1).tolist())
    return Pinned(value, frozenset(suspected))


@dataclass(frozen=True)
class _Peeled:
    """Rows taken off one layer after another, and what is left.

    Attributes:
        layers: rows, and for each an unknown that is in no row of a later layer nor of the core.
        core: rows of which every open unknown is in another one of them, too.
    """

    layers: list[tuple[Ints, Ints]]
    core: Ints


def _peeled(rows: Rows, touched: Ints, opened: Bools) -> _Peeled:
    """Take rows off that have an open unknown to themselves: any vector of the rest fits them."""
    places, starts = rows.entries(touched)
    row = np.repeat(touched, np.diff(np.append(starts, len(places))))
    unknown = rows.unknown[places]
    row, unknown = row[opened[unknown]], unknown[opened[unknown]]
    layers: list[tuple[Ints, Ints]] = []
    while True:
        lonely = np.bincount(unknown, minlength=len(opened))[unknown] == 1
        off, first = np.unique(row[lonely], return_index=True)
        if not len(off):
            return _Peeled(layers, distinct(row, rows.count))
        layers.append((off, unknown[lonely][first]))
        held = ~np.isin(row, off)
        row, unknown = row[held], unknown[held]


class Elimination:
    """The span of some rows as pivots, modulo one prime.

    Short rows first: a long one would be written into all that meet it, and into what these meet.
    """

    def __init__(self, prime: int, rows: Iterable[Row]) -> None:
        self.prime = prime
        self._pivots: dict[int, Row] = {}
        for row in sorted(rows, key=len):
            self._add(self.reduce(row))

    def reduce(self, row: Row) -> Row:
        """The row without what the others imply."""
        prime = self.prime
        result = {x: value % prime for x, value in row.items() if value % prime}
        todo = [x for x in result if x in self._pivots]
        while todo:
            pivot = todo.pop()
            factor = result.get(pivot)
            if not factor:
                continue
            for x, value in self._pivots[pivot].items():
                new = (result.get(x, 0) - factor * value) % prime
                if not new:
                    result.pop(x, None)
                    continue
                if x not in result and x in self._pivots:
                    todo.append(x)
                result[x] = new
        return result

    def value(self, unknown: int) -> int | None:
        """The value that the rows give an unknown; None where they leave it open."""
        rest = self.reduce({unknown: 1})
        if set(rest) - {CONSTANT}:
            return None
        found = rest.get(CONSTANT, 0)
        return found if found <= self.prime // 2 else found - self.prime

    def _add(self, reduced: Row) -> None:
        unknowns = [x for x in reduced if x != CONSTANT]
        if unknowns:
            pivot = min(unknowns)
            inverse = pow(reduced[pivot], -1, self.prime)
            self._pivots[pivot] = {x: v * inverse % self.prime for x, v in reduced.items()}


def _system(rows: Rows, bounds: Bounds, chosen: Ints) -> list[Row]:
    """Rows as ``unknown -> coefficient`` with what is known as ``CONSTANT`` (0 = all of it)."""
    found = []
    for row in chosen.tolist():
        entries = slice(rows.start[row], rows.start[row + 1])
        made: Row = {CONSTANT: -int(rows.constant[row])}
        for x, sign in zip(
            rows.unknown[entries].tolist(), rows.sign[entries].tolist(), strict=True
        ):
            if bounds.lower[x] == bounds.upper[x]:
                made[CONSTANT] += sign * int(bounds.lower[x])
            else:
                made[x] = sign
        found.append(made)
    return found


def _solved(system: Sequence[Row], targets: Iterable[int]) -> dict[int, int]:
    """The targets that a system pins down, the same modulo both primes."""
    first, second = (Elimination(prime, system) for prime in PRIMES)
    found: dict[int, int] = {}
    for target in targets:
        value = first.value(target)
        if value is not None and value == second.value(target):
            # Each row is 0 with CONSTANT = 1, so that x - value * CONSTANT is.
            found[target] = value
    return found


def _confirmed(rows: Rows, bounds: Bounds, usable: Bools, unknown: int) -> int | None:
    """The value of a candidate from the rows around it."""
    before = 0
    for limit in NEIGHBOURHOODS:
        around = _around(rows, bounds, usable, unknown, limit)
        if len(around) == before:
            break
        before = len(around)
        found = _solved(_system(rows, bounds, around), [unknown])
        if found:
            return found[unknown]
    return None


def _around(rows: Rows, bounds: Bounds, usable: Bools, unknown: int, limit: int) -> Ints:
    """Rows that hang together with an unknown through open unknowns, nearest first."""
    opened = ~bounds.fixed
    found = rows.rows_of(np.array([unknown], dtype=np.int64))
    found = found[usable[found]]
    while True:
        places, _ = rows.entries(found)
        reached = distinct(rows.unknown[places], len(opened))
        wider = rows.rows_of(reached[opened[reached]])
        wider = wider[usable[wider]]
        if len(wider) == len(found) or len(wider) > limit:
            return found if len(wider) > len(found) and len(found) > 1 else wider[:limit]
        found = wider


def _candidates(rows: Rows, peeled: _Peeled, opened: Bools, seed: int) -> Ints:
    """Unknowns that are (nearly) 0 in a random vector of the null space."""
    null = np.random.default_rng(seed).standard_normal(len(opened))
    null[~opened] = 0.0
    inner = _projected(rows, peeled.core, opened, null)
    null[inner[0]] = inner[1]
    for off, own in reversed(peeled.layers):
        places, starts = rows.entries(off)
        length = np.diff(np.append(starts, len(places)))
        mine = rows.unknown[places] == np.repeat(own, length)
        others = np.where(mine, 0.0, rows.sign[places] * null[rows.unknown[places]])
        null[own] = -np.add.reduceat(others, starts) * rows.sign[places][mine]
    found: Ints = np.flatnonzero(opened & (np.abs(null) < NULL))
    return found


def _projected(
    rows: Rows, core: Ints, opened: Bools, random: NDArray[np.float64]
) -> tuple[Ints, NDArray[np.float64]]:
    """The unknowns of the core, and a random vector projected on its null space."""
    places, starts = rows.entries(core)
    unknown = rows.unknown[places]
    held = opened[unknown]
    inner, column = np.unique(unknown[held], return_inverse=True)
    if not len(inner):
        return inner, random[inner]
    row = np.repeat(np.arange(len(core)), np.diff(np.append(starts, len(places))))[held]
    entries = (rows.sign[places][held].astype(np.float64), (row, column))
    matrix = csr_matrix(entries, shape=(len(core), len(inner)))
    weights = lsmr(matrix.T, random[inner], atol=1e-12, btol=1e-12, conlim=0, maxiter=STEPS)[0]
    return inner, random[inner] - matrix.T @ weights
