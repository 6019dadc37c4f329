"""Proving unknowns wide without a solver: push one a step, and repair each row that this breaks.

A push ends in another world or nowhere. It is greedy: a broken row is repaired by the unknown that
leaves the least broken, chance deciding between equals, so that exchanges between siblings of
siblings close by themselves. It proves nothing unsafe; what it cannot move, programs may.

The same repairs make a first world of a solution in numbers that are not all whole.
"""

from __future__ import annotations

import math
import random
import time
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from etl.privacy.audit_rows import Ints
from etl.privacy.audit_worlds import Part, Worlds

Array: TypeAlias = NDArray[np.integer[Any]]

STEPS = 3_000
"""So many repairs end a push."""
AGAIN, STUBBORN = 0.5, 0.3
"""What each earlier move of an unknown costs, and each earlier repair of a row adds to its weight:
with both, a push leaves a circle that it went round in."""
TRIES = 4
"""So often a push is tried in one way."""
MENDING, FEWEST = 3, 2_000
"""So many repairs an unknown, and at least so many, end the search for a first world."""


class Field:
    """A point of one part, and what is repaired around it.

    Args:
        part: rows and bounds.
        at: a whole number for every unknown, within its bounds.
        seed: of the choice between equals.
    """

    def __init__(self, part: Part, at: Ints, seed: int) -> None:
        program, columns = part.program, part.columns
        self.lower, self.upper = program.lower.tolist(), program.upper.tolist()
        self.at: list[int] = at.tolist()
        self.rows = _lists(program.matrix.indptr, program.matrix.indices, program.matrix.data)
        self.columns = _lists(columns.indptr, columns.indices, columns.data)
        self.random = random.Random(seed)  # noqa: S311

    def push(self, x: int, way: int) -> dict[int, int] | None:
        """What moves with an unknown so that every row that held holds again, or None."""
        repair = _Repair(self, {}, x)
        repair.move(x, way)
        for _ in range(STEPS):
            if not repair.broken:
                return repair.moved
            if not repair.step():
                return None
        return None

    def mend(self, broken: dict[int, int], until: float) -> dict[int, int] | None:
        """What must move so that all rows hold, or None.

        Args:
            broken: what each row that does not hold is off.
            until: when to stop (``time.monotonic``).
        """
        repair = _Repair(self, dict(broken), None)
        for step in range(max(MENDING * len(self.at), FEWEST)):
            if not repair.broken:
                return repair.moved
            if not repair.step():
                repair.postpone()
            if step % STEPS == 0 and time.monotonic() >= until:
                return None
        return None


class Pushes:
    """Pushes in the worlds of one part.

    Args:
        worlds: where to start, and where worlds are written down.
        seed: of the choice between equals.
    """

    def __init__(self, worlds: Worlds, seed: int) -> None:
        self.worlds = worlds
        self.field = Field(worlds.part, worlds.world, seed)

    def all(self, until: float) -> None:
        """Push every target that is open, those with the fewest values first.

        Args:
            until: when to stop (``time.monotonic``).
        """
        program = self.worlds.part.program
        targets = np.flatnonzero(self.worlds.open)
        size = (program.upper - program.lower)[targets]
        for x in targets[np.argsort(size, kind="stable")].tolist():
            if time.monotonic() >= until:
                return
            self.one(x)

    def one(self, x: int) -> None:
        """Push one target down and up until it has been seen wide, or moves no more."""
        ways = (-1, 1, -1) if self.worlds.high[x] else self.field.random.choice(((-1, 1), (1, -1)))
        for way in ways:
            failed = 0
            while failed < TRIES and self.worlds.lacks(x):
                failed = 0 if self._go(x, way) else failed + 1

    def _go(self, x: int, way: int) -> bool:
        field = self.field
        if not field.lower[x] <= field.at[x] + way <= field.upper[x]:
            return False
        moved = field.push(x, way)
        if moved is None:
            return False
        for y, step in moved.items():
            field.at[y] += step
        chosen = np.fromiter(moved, dtype=np.int64, count=len(moved))
        self.worlds.move(chosen, np.array([field.at[y] for y in moved], dtype=np.int64))
        return True


class _Repair:
    """Repairs under way: what moved, and what each row that does not hold is off."""

    def __init__(self, field: Field, broken: dict[int, int], pushed: int | None) -> None:
        self.field, self.pushed = field, pushed
        self.moved: dict[int, int] = {}
        self.broken = broken
        self.times: dict[int, int] = {}
        self.weight: dict[int, float] = {}

    def step(self) -> bool:
        """Repair the row that has been broken longest; whether that could be done."""
        row = next(iter(self.broken))
        self.weight[row] = self.weight.get(row, 1.0) + STUBBORN
        best, least = None, math.inf
        for y, sign in self.field.rows[row]:
            step = -self.broken[row] * sign
            if y != self.pushed and self._fits(y, step):
                cost = self._cost(y, step)
                if cost < least:
                    best, least = (y, step), cost
        if best is not None:
            self.move(*best)
        return best is not None

    def postpone(self) -> None:
        """Leave the row that has been broken longest for after all others."""
        row = next(iter(self.broken))
        self.broken[row] = self.broken.pop(row)

    def move(self, y: int, step: int) -> None:
        """Move an unknown, and see which rows that breaks and repairs."""
        self.times[y] = self.times.get(y, 0) + 1
        self.moved[y] = self.moved.get(y, 0) + step
        for row, sign in self.field.columns[y]:
            off = self.broken.get(row, 0) + sign * step
            if off:
                self.broken[row] = off
            else:
                self.broken.pop(row, None)

    def _fits(self, y: int, step: int) -> bool:
        there = self.field.at[y] + self.moved.get(y, 0) + step
        return bool(self.field.lower[y] <= there <= self.field.upper[y])

    def _cost(self, y: int, step: int) -> float:
        """How much more is broken after a move; what moved often, costs more."""
        cost = self.field.random.random() + AGAIN * self.times.get(y, 0)
        for row, sign in self.field.columns[y]:
            off = self.broken.get(row, 0)
            cost += (abs(off + sign * step) - abs(off)) * self.weight.get(row, 1.0)
        return cost


def _lists(start: Array, index: Array, data: Array) -> list[list[tuple[int, int]]]:
    """Sparse rows as lists of place and sign."""
    entries = list(zip(index.tolist(), data.tolist(), strict=True))
    ends = start.tolist()
    return [entries[a:b] for a, b in pairwise(ends)]
