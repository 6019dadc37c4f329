"""Whether enough whole values remain possible, proved: programs where bounds only estimate.

Bounds (:mod:`etl.privacy.audit_rows`) leave too much: few values by bounds is unsafe, many is no
proof. Here each target is decided by one of two certificates.

- *Safe*: that many worlds, with that many values of the target. Each satisfies every row exactly.
- *Unsafe*: a program proves that every other value is impossible. It may hold the rows around the
  target only: fewer rows leave more.

What neither proves in time is undecided, and never called safe.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from etl.privacy.audit_programs import Answer, End
from etl.privacy.audit_pushes import Pushes
from etl.privacy.audit_rows import Bools, Bounds, Ints, Rows
from etl.privacy.audit_search import Limits, One, walk
from etl.privacy.audit_start import contradicted, first_world, toward
from etl.privacy.audit_worlds import Asked, Part, Wanted, Worlds, parts

SEED = 20_260_102
FEW = 10
"""Where one world proves less than all but one in so many targets, others prove no more."""
NEARBY = 80_000
"""So many unknowns around one move with it to a value that it had not: a quarter of that is often
too few to get anywhere, and a program of three times as many does not end."""
SINGLY = 20
"""So few targets are moved one by one: together they may want what no world has."""
EVERYTHING = 2**62
"""A ceiling that is none."""
LOCAL = Limits(
    seconds=120.0,
    program=2.0,
    world=0.0,
    pushes=0,
    corners=0,
    region=0,
    around=(60, 300),
    whole=False,
)


@dataclass
class Verdict:
    """What was proved of each unknown, and what that took.

    Attributes:
        safe: enough values were seen.
        unsafe: too few are possible.
        undecided: targets of which neither is proved.
        contradicted: parts whose rows no world satisfies; a contradiction is no proof of anything.
        assumptions: soft rows that were dropped, as no world satisfied them all.
        seconds: by stage.
    """

    safe: Bools
    unsafe: Bools
    undecided: Bools
    contradicted: int
    assumptions: Bools
    seconds: dict[str, float] = field(default_factory=dict)


def solve(
    rows: Rows,
    bounds: Bounds,
    need: Ints,
    *,
    own: Ints | None = None,
    ceiling: Ints | None = None,
    without: Bools | None = None,
    soft: Bools | None = None,
    world: Ints | None = None,
    limits: Limits | None = None,
) -> Verdict:
    """Decide for every target whether enough whole values remain.

    Args:
        rows: the equations.
        bounds: valid bounds, best after :func:`~etl.privacy.audit_rows.propagate`; not changed.
        need: how many values must remain, one an unknown; 0: no target.
        own: how many values of 1 and more must remain, one an unknown; None: any number.
        ceiling: a value at or below this must remain, one an unknown; None: any.
        without: rows that are left out.
        soft: rows of which as few as possible are dropped where no world satisfies them all.
        world: a whole number for every unknown; parts in which it satisfies all rows start there.
        limits: how long and how wide is searched.
    """
    asked = _asked(need, own, ceiling)
    attack = _Attack(rows, bounds, asked, limits or Limits(), without=without, soft=soft)
    return attack.run(world)


def local(
    rows: Rows,
    bounds: Bounds,
    need: Ints,
    *,
    ceiling: Ints | None = None,
    without: Bools | None = None,
    world: Ints | None = None,
) -> Verdict:
    """The same with the rows near each target only: cheap, and much stays undecided.

    Without a world nothing is proved safe; unsafe is, as fewer rows leave more.
    """
    asked = _asked(need, None, ceiling)
    return _Attack(rows, bounds, asked, LOCAL, without=without).run(world)


def _asked(need: Ints, own: Ints | None, ceiling: Ints | None) -> Asked:
    nothing, everything = np.zeros_like(need), np.full_like(need, EVERYTHING)
    return Asked(
        need,
        nothing if own is None else np.where(need > 0, own, 0),
        everything if ceiling is None else ceiling,
    )


class _Attack:
    """One call of :func:`solve`."""

    def __init__(
        self,
        rows: Rows,
        bounds: Bounds,
        asked: Asked,
        limits: Limits,
        *,
        without: Bools | None,
        soft: Bools | None = None,
    ) -> None:
        self.rows, self.bounds, self.asked, self.limits = rows, bounds, asked, limits
        self.usable = np.ones(rows.count, dtype=np.bool_) if without is None else ~without
        self.soft = np.zeros(rows.count, dtype=np.bool_) if soft is None else soft
        self.rng = np.random.default_rng(SEED)
        self.until = time.monotonic() + limits.seconds
        unsafe = asked.missing(bounds.lower, bounds.upper)
        safe = bounds.fixed & (asked.need > 0) & ~unsafe
        self.found = Verdict(
            safe=safe,
            unsafe=unsafe,
            undecided=(asked.need > 0) & ~safe & ~unsafe,
            contradicted=0,
            assumptions=np.zeros(rows.count, dtype=np.bool_),
            seconds=dict.fromkeys(("split", "world", "push", "walk", "single"), 0.0),
        )

    def run(self, world: Ints | None) -> Verdict:
        """All parts, those with the fewest targets first."""
        for part in self._parts(self.usable, self.found.undecided.copy()):
            self._solved(part, world)
        return self.found

    def _solved(self, part: Part, world: Ints | None) -> None:
        start = self._start(part, world)
        assumed = (self.soft & ~self.found.assumptions)[part.rows]
        if start.x is None and assumed.any():
            self._freed(part, assumed, world)
        elif start.end is End.NONE:
            self.found.contradicted += 1
        else:
            self._part(part, start.x)

    def _parts(self, usable: Bools, targets: Bools) -> Iterator[Part]:
        began = time.monotonic()
        found = list(parts(self.rows, self.bounds, usable, targets))
        self._took("split", began)
        yield from found

    def _freed(self, part: Part, assumed: Bools, world: Ints | None) -> None:
        """The same unknowns without the assumptions that no world satisfies together."""
        given_up = contradicted(part, assumed, self.rng, self._left(self.limits.world))
        self.found.assumptions[part.rows[given_up if given_up.any() else assumed]] = True
        inside = np.zeros(len(self.bounds.lower), dtype=np.bool_)
        inside[part.unknowns] = True
        usable = self.usable & ~self.found.assumptions
        for smaller in self._parts(usable, inside & self.found.undecided):
            self._solved(smaller, world)

    def _start(self, part: Part, world: Ints | None) -> Answer:
        """A first world of a part: the one that is given if it holds, else any."""
        if world is not None and part.program.holds(world[part.unknowns]):
            return Answer(End.OPTIMAL, world[part.unknowns], -np.inf)
        began = time.monotonic()
        answer = first_world(part, self.rng, self._left(self.limits.world))
        self._took("world", began)
        return answer

    def _part(self, part: Part, start: Ints | None) -> None:
        asked = self.asked.only(self.found.undecided).of(part.unknowns)
        worlds = None if start is None else Worlds(part, start.copy(), asked, self.rng)
        one = One(part, worlds, asked=asked, limits=self.limits, until=self.until)
        if worlds is not None:
            self._pushed(part, worlds)
            began = time.monotonic()
            walk(worlds, self.limits, self.until)
            self._took("walk", began)
            self._seen(part, worlds)
        # Near rows first, for all: a search of the whole part may take all the time there is.
        self._each(part, one.near)
        if self.limits.whole:
            self._each(part, one.anywhere)

    def _pushed(self, part: Part, worlds: Worlds) -> None:
        """Push all targets; few that do not move are moved with everything around them."""
        for turn in range(self.limits.pushes):
            began = time.monotonic()
            Pushes(worlds, SEED + turn).all(self.until)
            self._took("push", began)
            self._seen(part, worlds)
            left, asked = int(worlds.open.sum()), int((worlds.asked.need > 0).sum())
            if not left or left * FEW > asked or not self._elsewhere(part, worlds):
                return

    def _elsewhere(self, part: Part, worlds: Worlds) -> bool:
        """Go to worlds in which what is undecided has values that it had not; whether any was."""
        began, moved = time.monotonic(), False
        tried = np.zeros(len(part.unknowns), dtype=np.bool_)
        singly = int(worlds.open.sum()) <= SINGLY
        while len(left := np.flatnonzero(worlds.open & ~tried)):
            chosen = part.around(int(left[0]), NEARBY)
            targets = left[:1] if singly else np.intersect1d(left, chosen)
            tried[targets] = True
            moved |= self._toward(part.inside(worlds.world, chosen), chosen, worlds, targets)
        self._seen(part, worlds)
        self._took("world", began)
        return moved

    def _toward(self, near: Part, chosen: Ints, worlds: Worlds, targets: Ints) -> bool:
        """Move some unknowns so that targets among them have new values; whether that went."""
        moved = False
        for _ in range(int(worlds.asked.need[targets].max())):
            targets = targets[worlds.open[targets]]
            seconds = self._left(self.limits.world)
            if not len(targets) or seconds <= 0:
                break
            values = np.array([worlds.new_value(x) for x in targets.tolist()])
            wanted = Wanted(np.searchsorted(chosen, targets), values)
            other = toward(near, worlds.world[chosen], wanted, self.rng, seconds)
            if other is not None:
                worlds.move(chosen, other)
                moved = True
        return moved

    def _each(self, part: Part, decide: Callable[[int], bool | None]) -> None:
        """Decide the targets of a part that are left, one by one."""
        began = time.monotonic()
        for x in np.flatnonzero(self.found.undecided[part.unknowns]).tolist():
            unsafe = decide(x) if self._left(1.0) > 0 else None
            if unsafe is not None:
                verdict = self.found.unsafe if unsafe else self.found.safe
                self._decided(part, np.array([x]), verdict)
        self._took("single", began)

    def _seen(self, part: Part, worlds: Worlds) -> None:
        """What the worlds so far prove."""
        left = self.found.undecided[part.unknowns]
        self._decided(part, (worlds.asked.need > 0) & ~worlds.open & left, self.found.safe)

    def _decided(self, part: Part, chosen: Ints | Bools, verdict: Bools) -> None:
        verdict[part.unknowns[chosen]] = True
        self.found.undecided[part.unknowns[chosen]] = False

    def _left(self, most: float) -> float:
        return min(most, self.until - time.monotonic())

    def _took(self, stage: str, began: float) -> None:
        self.found.seconds[stage] += time.monotonic() - began
