"""Searching worlds that prove many unknowns wide at once, and then one unknown at a time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from etl.privacy.audit_programs import ANY, Answer, End, Ends, Program, ends, minimum
from etl.privacy.audit_rows import Ints
from etl.privacy.audit_worlds import Asked, Part, Worlds

STRIDES = ((4, 0), (2, 2), (1, 1))
"""How many steps a direction should be walked, on and back: five values at once, or fewer."""
MANY = 8
"""How far one step of a direction may go."""
ROUGHLY = 0.2
"""A direction that moves nearly as many targets as the best one is as good."""
IDLE = 4
"""So many random worlds in a row that prove next to nothing end that stage."""
POOR = 10
"""A region of whose open targets less than one in so many was proved is left to single search."""


@dataclass(frozen=True)
class Limits:
    """How long and how wide is searched.

    Attributes:
        seconds: for all of it.
        program: seconds for one program; a world of a large part gets more, see ``world``.
        world: seconds for the first world of a part.
        pushes: in so many worlds targets are pushed one by one before programs.
        corners: how many random worlds of a part are made.
        region: how many unknowns move at a time while many cells are proved at once.
        around: how many unknowns around one target are tried, in turn; then its whole part.
        whole: whether a target's whole part is tried.
    """

    seconds: float = 1_800.0
    program: float = 60.0
    world: float = 900.0
    pushes: int = 8
    corners: int = 40
    region: int = 1_000
    around: tuple[int, ...] = (200, 1_500)
    whole: bool = True


def walk(worlds: Worlds, limits: Limits, until: float) -> None:
    """Prove many targets at once, region by region, until a region gives nothing more.

    Args:
        worlds: where to start, and where worlds are written down.
        limits: how large a region is, and seconds for one program.
        until: when to stop (``time.monotonic``).
    """
    _corners(worlds, limits, until)
    stuck = np.zeros(len(worlds.world), dtype=np.bool_)
    while limits.region and time.monotonic() < until:
        todo = np.flatnonzero(worlds.open & ~stuck)
        if not len(todo):
            return
        chosen = worlds.part.around(int(worlds.rng.choice(todo)), limits.region)
        before = int(worlds.open[chosen].sum())
        for on, back in STRIDES:
            _stride(worlds, chosen, on, back, min(limits.program, until - time.monotonic()))
        after = worlds.open[chosen]
        if (before - int(after.sum())) * POOR <= before:
            stuck[chosen] |= after


def _corners(worlds: Worlds, limits: Limits, until: float) -> None:
    """Worlds of the whole part with random costs: each may prove many targets."""
    idle = 0
    for _ in range(limits.corners):
        wanted = worlds.open
        seconds = min(limits.program, until - time.monotonic())
        if not wanted.any() or idle == IDLE or seconds <= 0:
            return
        cost = worlds.rng.standard_normal(len(wanted))
        cost[worlds.high] = np.abs(cost[worlds.high])
        # Targets pull in random directions, all else only breaks ties.
        found = minimum(worlds.part.program, np.where(wanted, cost, cost / MANY), seconds, gap=ANY)
        if found.x is not None:
            worlds.move(np.arange(len(wanted)), found.x)
        gained = int(wanted.sum() - worlds.open.sum())
        idle = 0 if gained * POOR * MANY > wanted.sum() else idle + 1


def _stride(worlds: Worlds, chosen: Ints, on: int, back: int, seconds: float) -> None:
    """A direction in which as many open targets of a region as possible move."""
    region = _Region(worlds, chosen)
    wanted = worlds.open[chosen]
    sign = worlds.rng.choice((-1.0, 1.0), len(chosen))
    sign[worlds.high[chosen]] = -1.0
    least, most = region.room(on, back)
    least = np.where(wanted, np.maximum(least, -1), least)
    most = np.where(wanted, np.minimum(most, 1), most)
    region.go(least, most, np.where(wanted, -sign, 0.0), seconds, gap=ROUGHLY)


class _Region:
    """Some unknowns that may move while all others of a part stand still."""

    def __init__(self, worlds: Worlds, chosen: Ints) -> None:
        self.worlds, self.chosen = worlds, chosen
        rows = worlds.part.touched(chosen)
        self.matrix = worlds.part.program.matrix[rows][:, chosen]
        self.nothing = np.zeros(len(rows), dtype=np.int64)

    def room(self, on: int, back: int) -> tuple[Ints, Ints]:
        """How far each may go, walked so many steps."""
        least, most = self.worlds.room(self.chosen, on, back)
        return np.maximum(least, -MANY), np.minimum(most, MANY)

    def go(
        self, least: Ints, most: Ints, cost: NDArray[np.float64], seconds: float, gap: float
    ) -> None:
        """Walk the direction of the least cost, if there is any."""
        found = minimum(Program(self.matrix, self.nothing, least, most), cost, seconds, gap)
        if found.x is not None:
            self.worlds.go(self.chosen, found.x)


class One:
    """Decides single targets of a part.

    Args:
        part: rows and bounds.
        worlds: what was seen already; None: no world is known.
        asked: what must remain possible of each.
        limits: how far around the target, and seconds.
        until: when to stop (``time.monotonic``).
    """

    def __init__(
        self,
        part: Part,
        worlds: Worlds | None,
        *,
        asked: Asked,
        limits: Limits,
        until: float,
    ) -> None:
        self.part, self.worlds, self.asked = part, worlds, asked
        self.limits, self.until = limits, until

    def near(self, x: int) -> bool | None:
        """Whether too few values of a target are possible, by the rows around it; None: open."""
        for size in self.limits.around:
            if self._wide(x):
                return False
            chosen = self.part.around(x, size)
            if self._narrow(x, self.part.opened(chosen)):
                return True
            if self.worlds is not None:
                self._moved(self.worlds, x, chosen)
            if len(chosen) < size:
                break
        return False if self._wide(x) else None

    def anywhere(self, x: int) -> bool | None:
        """The same by the whole part, which decides if there is time."""
        return False if self._wide(x) else self._exhausted(x)

    def _wide(self, x: int) -> bool:
        return self.worlds is not None and not self.worlds.lacks(x)

    def _seconds(self) -> float:
        return min(self.limits.program, self.until - time.monotonic())

    def _too_few(self, x: int, ends_of: Ends) -> bool:
        one = self.asked.of(np.array([x]))
        return bool(one.missing(np.array([ends_of.least]), np.array([ends_of.most]))[0])

    def _narrow(self, x: int, around: tuple[Ints, Program]) -> bool:
        """Whether the rows around a target leave too little."""
        inside, program = around
        found = ends(program, int(np.searchsorted(inside, x)), self._seconds())
        if found is None:
            return False
        # What is proved of one unknown helps to decide the next.
        self.part.program.lower[x], self.part.program.upper[x] = found.least, found.most
        return self._too_few(x, found)

    def _moved(self, worlds: Worlds, x: int, chosen: Ints) -> None:
        """Walk directions that move a target, all unknowns further away standing still."""
        region = _Region(worlds, chosen)
        place = int(np.searchsorted(chosen, x))
        for (on, back), way in ((stride, way) for stride in STRIDES for way in (1, -1)):
            if not worlds.lacks(x):
                return
            least, most = region.room(on, back)
            if least[place] <= way <= most[place]:
                least[place] = most[place] = way
                cost = worlds.rng.standard_normal(len(chosen))
                region.go(least, most, cost, self._seconds(), gap=ANY)
        if worlds.high[x]:
            cost = np.zeros(len(chosen))
            cost[place] = 1.0
            least, most = worlds.room(chosen, 1, 0)
            region.go(least, most, cost, self._seconds(), gap=0.0)

    def _exhausted(self, x: int) -> bool | None:
        """Try every value that is left in the whole part."""
        found = ends(self.part.program, x, self._seconds())
        if found is None:
            return None
        if self._too_few(x, found):
            return True
        seen = set(found.seen) | (set() if self.worlds is None else self.worlds.values(x))
        for value in self._values(x, found.least, found.most):
            if self.asked.enough(x, seen):
                return False
            if value not in seen:
                answer = self._with(x, value)
                if answer.x is not None:
                    seen.add(value)
                elif answer.end is End.LATE:
                    return None
        return not self.asked.enough(x, seen)

    def _values(self, x: int, least: int, most: int) -> Iterator[int]:
        """Values from least to most, those next to the known world first."""
        middle = (least + most) // 2 if self.worlds is None else int(self.worlds.world[x])
        for far in range(most - least + 1):
            for value in {middle - far, middle + far}:
                if least <= value <= most:
                    yield value

    def _with(self, x: int, value: int) -> Answer:
        """A world in which an unknown has a value."""
        program = self.part.program
        lower, upper = program.lower.copy(), program.upper.copy()
        lower[x] = upper[x] = value
        fixed = replace(program, lower=lower, upper=upper)
        cost = np.random.default_rng(value).standard_normal(len(lower))
        return minimum(fixed, cost, self._seconds(), gap=ANY)
