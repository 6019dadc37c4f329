"""Worlds: whole numbers for every unknown that satisfy every row, and what they prove.

An unknown that has five values in five worlds has five values left, whatever method found these
worlds. Worlds are walked: from one along a direction that keeps all rows, as far as bounds allow.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import bmat, csc_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components

from etl.privacy.audit_programs import Program
from etl.privacy.audit_rows import Bools, Bounds, Ints, Rows

WINDOW = 32
"""Values up to this far from the first one are told apart; all beyond, on a side, count as one."""
FAR = 8
"""How many steps along one direction are written down."""


@dataclass(frozen=True)
class Asked:
    """What must remain possible, one number an unknown.

    Attributes:
        need: so many values; 0: no target.
        own: so many values of 1 and more, for somebody who counts himself in.
        ceiling: a value at or below this.
    """

    need: Ints
    own: Ints
    ceiling: Ints

    def of(self, chosen: Ints) -> Asked:
        """The same for some unknowns."""
        return Asked(self.need[chosen], self.own[chosen], self.ceiling[chosen])

    def only(self, targets: Bools) -> Asked:
        """The same with fewer targets."""
        return Asked(np.where(targets, self.need, 0), self.own, self.ceiling)

    def missing(self, lower: Ints, upper: Ints) -> Bools:
        """Targets of which bounds leave too little."""
        own = upper - np.maximum(lower, 1) + 1
        few = (upper - lower + 1 < self.need) | ((upper > 0) & (own < self.own))
        found: Bools = (self.need > 0) & (few | (lower > self.ceiling))
        return found

    def enough(self, unknown: int, seen: set[int]) -> bool:
        """Whether values that are possible are enough."""
        return bool(
            len(seen) >= self.need[unknown]
            and len(seen - {0}) >= self.own[unknown]
            and min(seen, default=self.ceiling[unknown] + 1) <= self.ceiling[unknown]
        )


@dataclass(frozen=True)
class Wanted:
    """Values that some unknowns of a part are to be seen at.

    Attributes:
        unknowns: their places.
        values: one an unknown.
    """

    unknowns: Ints
    values: Ints


@dataclass(frozen=True)
class Part:
    """Open unknowns that hang together, and every row that holds one.

    Attributes:
        unknowns: their places in the whole system; all else here counts within these.
        rows: places of the rows in the whole system.
        program: the rows with known numbers filled in, and the bounds.
    """

    unknowns: Ints
    rows: Ints
    program: Program

    @cached_property
    def columns(self) -> csc_matrix:
        """The matrix by unknown."""
        return self.program.matrix.tocsc()

    def touched(self, chosen: Ints) -> Ints:
        """The rows that hold some unknowns."""
        found: Ints = np.unique(self.columns[:, chosen].indices).astype(np.int64)
        return found

    def around(self, unknown: int, size: int) -> Ints:
        """At most so many unknowns, nearest by rows and then by number; sorted."""
        found = np.array([unknown], dtype=np.int64)
        while True:
            reached = self.program.matrix[self.touched(found)].indices.astype(np.int64)
            more = np.setdiff1d(reached, found)
            if len(more) + len(found) > size:
                more = more[np.argsort(np.abs(more - unknown), kind="stable")]
                more = more[: max(size - len(found), 0)]
                return np.sort(np.concatenate([found, more]))
            if not len(more):
                return found
            found = np.sort(np.concatenate([found, more]))

    def inside(self, world: Ints, chosen: Ints) -> Part:
        """Some unknowns alone, all others standing still where they are in a world."""
        rows = self.touched(chosen)
        matrix = self.program.matrix[rows]
        mine = matrix[:, chosen]
        rest = matrix @ world - mine @ world[chosen]
        constant = self.program.constant[rows] - rest
        lower, upper = self.program.lower[chosen], self.program.upper[chosen]
        return Part(chosen, rows, Program(mine, constant, lower, upper))

    def opened(self, chosen: Ints) -> tuple[Ints, Program]:
        """Rows around some unknowns with all that is in them: fewer rows, so wider.

        Returns:
            The unknowns of the program in order, and the program.
        """
        rows = self.touched(chosen)
        inside = np.unique(self.program.matrix[rows].indices).astype(np.int64)
        inside = np.union1d(inside, chosen)
        return inside, Program(
            self.program.matrix[rows][:, inside],
            self.program.constant[rows],
            self.program.lower[inside],
            self.program.upper[inside],
        )


def parts(rows: Rows, bounds: Bounds, usable: Bools, targets: Bools) -> Iterator[Part]:
    """The connected parts of a system in which there is a target, largest last.

    Args:
        rows: the equations.
        bounds: unknowns with one value left are numbers here.
        usable: which rows count.
        targets: which unknowns matter.
    """
    opened = ~bounds.fixed
    of_row = np.repeat(np.arange(rows.count), np.diff(rows.start))
    kept = usable[of_row]
    held = kept & opened[rows.unknown]
    shape = (rows.count, len(opened))
    matrix = csr_matrix((rows.sign[held], (of_row[held], rows.unknown[held])), shape=shape)
    known = kept & ~held
    sums = np.zeros(rows.count, dtype=np.int64)
    np.add.at(sums, of_row[known], (rows.sign * bounds.lower[rows.unknown])[known])
    label = connected_components(bmat([[None, matrix], [matrix.T, None]]), directed=False)[1]
    of_unknown = label[rows.count :]
    wanted, number = np.unique(of_unknown[targets & opened], return_counts=True)
    row_order, unknown_order = _by(label[: rows.count]), _by(of_unknown)
    for one in wanted[np.argsort(number, kind="stable")]:
        mine, inside = row_order(one), unknown_order(one)
        yield Part(
            inside,
            mine,
            Program(
                matrix[mine][:, inside],
                (rows.constant - sums)[mine],
                bounds.lower[inside],
                bounds.upper[inside],
            ),
        )


class _by:  # noqa: N801
    """Places of each label, without a pass over all for each."""

    def __init__(self, label: Ints) -> None:
        self._order = np.argsort(label, kind="stable").astype(np.int64)
        self._label = label[self._order]

    def __call__(self, one: int) -> Ints:
        first, last = np.searchsorted(self._label, [one, one + 1])
        return self._order[first:last]


class Worlds:
    """What was seen of the unknowns of one part.

    Args:
        part: rows and bounds.
        world: one that holds.
        asked: what each unknown must have been seen at.
        rng: where random signs and lengths come from.
    """

    def __init__(self, part: Part, world: Ints, asked: Asked, rng: np.random.Generator) -> None:
        self.part, self.world, self.asked, self.rng = part, world, asked, rng
        self.first, self.least = world.copy(), world.copy()
        nobody = np.clip(WINDOW - world, 0, 2 * WINDOW - 1).astype(np.uint64)
        self._nobody = np.uint64(1) << nobody
        self._seen = np.zeros(len(world), dtype=np.uint64)
        self._write(np.arange(len(world)), world)

    @property
    def open(self) -> Bools:
        """Unknowns of which the worlds so far do not prove enough."""
        few = np.bitwise_count(self._seen).astype(np.int64) < self.asked.need
        mine = np.bitwise_count(self._seen & ~self._nobody).astype(np.int64) < self.asked.own
        found: Bools = (self.asked.need > 0) & (few | mine | self.high)
        return found

    @property
    def high(self) -> Bools:
        """Unknowns that matter and were above their ceiling in every world so far."""
        found: Bools = (self.asked.need > 0) & (self.least > self.asked.ceiling)
        return found

    def lacks(self, unknown: int) -> bool:
        """Whether the worlds so far do not prove enough of one unknown."""
        seen, asked = int(self._seen[unknown]), self.asked
        few = seen.bit_count() < asked.need[unknown]
        mine = (seen & ~int(self._nobody[unknown])).bit_count() < asked.own[unknown]
        high = self.least[unknown] > asked.ceiling[unknown]
        return bool(asked.need[unknown] and (few or mine or high))

    def values(self, unknown: int) -> set[int]:
        """Values that an unknown had, as far as they are told apart."""
        bits = int(self._seen[unknown])
        first = int(self.first[unknown]) - WINDOW
        return {first + i for i in range(1, 2 * WINDOW - 1) if bits >> i & 1}

    def new_value(self, x: int) -> int:
        """A value of an unknown near those that it had, and that it lacks."""
        lower, upper = self.part.program.lower, self.part.program.upper
        return int(self.rng.choice(self._new(x, int(lower[x]), int(upper[x]))))

    def _new(self, x: int, least: int, most: int) -> list[int]:
        """So many values as an unknown needs that it did not have, the nearest ones."""
        ceiling, had = int(self.asked.ceiling[x]), self.values(x)
        if self.least[x] > ceiling:
            most = max(min(most, ceiling), least)
        here = int(self.world[x])
        span = range(max(least, here - WINDOW), min(most, here + WINDOW) + 1)
        new = sorted(set(span) - had, key=lambda value: abs(value - here))
        return new[: int(self.asked.need[x])] or [max(min(here, most), least)]

    def room(self, chosen: Ints, up: int, down: int) -> tuple[Ints, Ints]:
        """How far some unknowns may go in a direction that is walked so many steps both ways."""
        below = self.world[chosen] - self.part.program.lower[chosen]
        above = self.part.program.upper[chosen] - self.world[chosen]
        least, most = -(below // max(up, 1)), above // max(up, 1)
        if down:
            least, most = np.maximum(least, -(above // down)), np.minimum(most, below // down)
        return least, most

    def go(self, chosen: Ints, direction: Ints, *, far: int = FAR) -> None:
        """Write down the worlds along a direction of some unknowns, and move to one of them.

        The rows were checked exactly when the direction was found (:meth:`Program.holds`).
        """
        moving = direction != 0
        chosen, direction = chosen[moving], direction[moving]
        if not len(chosen):
            return
        size = np.abs(direction)
        below = self.world[chosen] - self.part.program.lower[chosen]
        above = self.part.program.upper[chosen] - self.world[chosen]
        on = int((np.where(direction > 0, above, below) // size).min())
        back = int((np.where(direction > 0, below, above) // size).min())
        start = self.world[chosen]
        for step in range(-min(back, far), min(on, far) + 1):
            self._write(chosen, start + step * direction)
        length = int(self.rng.integers(-min(back, far), min(on, far) + 1))
        self.world[chosen] = start + length * direction

    def move(self, chosen: Ints, values: Ints) -> None:
        """Go to a world that holds, in which some unknowns have other values."""
        self._write(chosen, values)
        self.world[chosen] = values

    def _write(self, chosen: Ints, values: Ints) -> None:
        place = np.clip(values - self.first[chosen] + WINDOW, 0, 2 * WINDOW - 1)
        self._seen[chosen] |= np.uint64(1) << place.astype(np.uint64)
        self.least[chosen] = np.minimum(self.least[chosen], values)
