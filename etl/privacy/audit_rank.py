"""Which unknowns the equations alone pin down: an exact test of the row space.

An unknown is pinned down if and only if it is a combination of rows. A row with an unknown that is
in no other row says nothing about the rest, so that such rows are peeled off first. What remains is
eliminated as a whole if it is small; in a large system a random vector, projected on the null space, points at candidates (an
unknown that is pinned down is 0 in every null vector), and each is confirmed by eliminating the
rows around it. Elimination is exact, modulo two primes: floating point misjudges ranks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import lsmr

from etl.privacy.audit_rows import Bools, Bounds, Ints, Rows

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
    usable = _core(rows, ~bounds.fixed, without)
    touched = np.flatnonzero(usable)
    opened = np.zeros(len(bounds.lower), dtype=np.bool_)
    opened[rows.unknown[rows.entries(touched)[0]]] = True
    opened &= ~bounds.fixed
    everywhere = np.flatnonzero(opened)
    if len(everywhere) <= SMALL_SYSTEM:
        solved = _solved(_system(rows, bounds, touched), everywhere.tolist())
        return Pinned(_followed(rows, bounds, without, solved), frozenset())
    value: dict[int, int] = {}
    suspected: set[int] = set()
    for unknown in _candidates(rows, touched, opened, SEED).tolist():
        found = _confirmed(rows, bounds, usable, unknown)
        if found is None:
            suspected.add(unknown)
        else:
            value[unknown] = found
    if suspected:
        # Chance alone makes one in a million nearly 0; hardly ever twice.
        suspected &= set(_candidates(rows, touched, opened, SEED + 1).tolist())
    return Pinned(_followed(rows, bounds, without, value), frozenset(suspected))


def _followed(
    rows: Rows, bounds: Bounds, without: Bools | None, solved: dict[int, int]
) -> dict[int, int]:
    """What is solved, and what rows tell of which all unknowns but one are."""
    known = Bounds(bounds.lower.copy(), bounds.upper.copy())
    for unknown, number in solved.items():
        known.lower[unknown] = known.upper[unknown] = number
    found, new = dict(solved), np.array(sorted(solved), dtype=np.int64)
    if bounds.fixed.any():
        new = np.union1d(new, np.flatnonzero(bounds.fixed))
    while len(new):
        near = rows.rows_of(new)
        near = near if without is None else near[~without[near]]
        told: dict[int, int] = {}
        for row in _system(rows, known, near):
            if len(row) == 2:
                (x,) = set(row) - {CONSTANT}
                told[x] = -row[CONSTANT] * row[x]
        for unknown, number in told.items():
            known.lower[unknown] = known.upper[unknown] = number
        found |= told
        new = np.array(sorted(told), dtype=np.int64)
    return found


def _core(rows: Rows, opened: Bools, without: Bools | None) -> Bools:
    """The rows of which every open unknown is in another one of them, too.

    An unknown that is pinned down is so by these alone, or by a row of which they pin all others
    (:func:`_followed`).
    """
    row = np.repeat(np.arange(rows.count), np.diff(rows.start))
    alive = np.zeros(rows.count, dtype=np.bool_)
    alive[row[opened[rows.unknown]]] = True
    if without is not None:
        alive &= ~without
    row, unknown = row[opened[rows.unknown]], rows.unknown[opened[rows.unknown]]
    while True:
        held = alive[row]
        row, unknown = row[held], unknown[held]
        lonely = np.bincount(unknown, minlength=len(opened))[unknown] == 1
        if not lonely.any():
            return alive
        alive[row[lonely]] = False


class Elimination:
    """The span of some rows as pivots, modulo one prime."""

    def __init__(self, prime: int, rows: Iterable[Row]) -> None:
        self.prime = prime
        self._pivots: dict[int, Row] = {}
        for row in rows:
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
        reached = np.unique(rows.unknown[places])
        wider = rows.rows_of(reached[opened[reached]])
        wider = wider[usable[wider]]
        if len(wider) == len(found) or len(wider) > limit:
            return found if len(wider) > len(found) and len(found) > 1 else wider[:limit]
        found = wider


def _candidates(rows: Rows, touched: Ints, opened: Bools, seed: int) -> Ints:
    """Unknowns that are (nearly) 0 in a random vector of the null space."""
    places, starts = rows.entries(touched)
    length = np.diff(np.append(starts, len(places)))
    held = opened[rows.unknown[places]]
    row = np.repeat(np.arange(len(touched)), length)[held]
    column = np.cumsum(opened) - 1
    shape = (len(touched), int(opened.sum()))
    entries = (
        rows.sign[places][held].astype(np.float64),
        (row, column[rows.unknown[places][held]]),
    )
    matrix = csr_matrix(entries, shape=shape)
    random = np.random.default_rng(seed).standard_normal(shape[1])
    weights = lsmr(matrix.T, random, atol=1e-12, btol=1e-12, conlim=0, maxiter=STEPS)[0]
    null = random - matrix.T @ weights
    found: Ints = np.flatnonzero(opened)[np.abs(null) < NULL]
    return found
