"""Proving unknowns wide without a solver: push one a step, and repair each row that this breaks.

A push ends in another world or nowhere. It is greedy: a broken row is repaired by the unknown that
leaves the least broken, chance deciding between equals, so that exchanges between siblings of
siblings close by themselves. It proves nothing unsafe; what it cannot move, programs may.
"""

from __future__ import annotations

import math
import random
import time
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from etl.privacy.audit_worlds import Worlds

Array: TypeAlias = NDArray[np.integer[Any]]

STEPS = 3_000
"""So many repairs end a push."""
AGAIN, STUBBORN = 0.5, 0.3
"""What each earlier move of an unknown costs, and each earlier repair of a row adds to its weight:
with both, a push leaves a circle that it went round in."""
TRIES = 4
"""So often a push is tried in one way."""


class Pushes:
    """Pushes in the worlds of one part.

    Args:
        worlds: where to start, and where worlds are written down.
        seed: of the choice between equals.
    """

    def __init__(self, worlds: Worlds, seed: int) -> None:
        self.worlds = worlds
        program = worlds.part.program
        self.lower, self.upper = program.lower.tolist(), program.upper.tolist()
        self.at = worlds.world.tolist()
        self.rows = _lists(program.matrix.indptr, program.matrix.indices, program.matrix.data)
        columns = worlds.part.columns
        self.columns = _lists(columns.indptr, columns.indices, columns.data)
        self.random = random.Random(seed)  # noqa: S311

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
        ways = (-1, 1, -1) if self.worlds.high[x] else self.random.choice(((-1, 1), (1, -1)))
        for way in ways:
            failed = 0
            while failed < TRIES and self.worlds.lacks(x):
                failed = 0 if self._go(x, way) else failed + 1

    def _go(self, x: int, way: int) -> bool:
        if not self.lower[x] <= self.at[x] + way <= self.upper[x]:
            return False
        moved = self._push(x, way)
        if moved is None:
            return False
        for y, step in moved.items():
            self.at[y] += step
        chosen = np.fromiter(moved, dtype=np.int64, count=len(moved))
        self.worlds.move(chosen, np.array([self.at[y] for y in moved], dtype=np.int64))
        return True

    def _push(self, x: int, way: int) -> dict[int, int] | None:
        """What moves with an unknown so that every row holds, or None."""
        push = _Push(self, x, way)
        for _ in range(STEPS):
            if not push.broken:
                return push.moved
            if not push.repair():
                return None
        return None


class _Push:
    """One push under way: what moved, and what each row that does not hold is off."""

    def __init__(self, pushes: Pushes, x: int, way: int) -> None:
        self.pushes, self.pushed = pushes, x
        self.moved: dict[int, int] = {}
        self.broken: dict[int, int] = {}
        self.times: dict[int, int] = {}
        self.weight: dict[int, float] = {}
        self._move(x, way)

    def repair(self) -> bool:
        """Repair the row that has been broken longest; whether that could be done."""
        row = next(iter(self.broken))
        self.weight[row] = self.weight.get(row, 1.0) + STUBBORN
        best, least = None, math.inf
        for y, sign in self.pushes.rows[row]:
            step = -self.broken[row] * sign
            if y != self.pushed and self._fits(y, step):
                cost = self._cost(y, step)
                if cost < least:
                    best, least = (y, step), cost
        if best is not None:
            self._move(*best)
        return best is not None

    def _fits(self, y: int, step: int) -> bool:
        there = self.pushes.at[y] + self.moved.get(y, 0) + step
        return bool(self.pushes.lower[y] <= there <= self.pushes.upper[y])

    def _cost(self, y: int, step: int) -> float:
        """How much more is broken after a move; what moved often, costs more."""
        cost = self.pushes.random.random() + AGAIN * self.times.get(y, 0)
        for row, sign in self.pushes.columns[y]:
            off = self.broken.get(row, 0)
            cost += (abs(off + sign * step) - abs(off)) * self.weight.get(row, 1.0)
        return cost

    def _move(self, y: int, step: int) -> None:
        self.times[y] = self.times.get(y, 0) + 1
        self.moved[y] = self.moved.get(y, 0) + step
        for row, sign in self.pushes.columns[y]:
            off = self.broken.get(row, 0) + sign * step
            if off:
                self.broken[row] = off
            else:
                self.broken.pop(row, None)


def _lists(start: Array, index: Array, data: Array) -> list[list[tuple[int, int]]]:
    """Sparse rows as lists of place and sign."""
    entries = list(zip(index.tolist(), data.tolist(), strict=True))
    ends = start.tolist()
    return [entries[a:b] for a, b in pairwise(ends)]
