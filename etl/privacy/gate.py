"""The audit as a gate: each date is attacked with everything decided before, and repaired.

The system of all dates is made once; a date adds its own equations to what is known by then. The
attack is that of :mod:`etl.privacy.audit`, with the exact public movements as distinct persons.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from etl.privacy.audit_alone import with_told
from etl.privacy.audit_input import BASE, NODE, PLANNED, Published
from etl.privacy.audit_judge import Faults, Judge
from etl.privacy.audit_moves import Moves
from etl.privacy.audit_nodes import Nodes
from etl.privacy.audit_rows import Bools, Bounds, Ints, distinct, propagate
from etl.privacy.audit_system import make_system

REACH = 3
"""How many equations away from an unsafe number a cell is looked for that can be hidden."""
NOT_THERE = -1


@dataclass(frozen=True)
class Attack:
    """What one attack left possible, and what it found."""

    bounds: Bounds
    faults: Faults
    dropped: Bools
    """Assumptions between dates that the numbers contradict."""
    alone: Faults
    """What the attack finds without the sets of persons, which contradict more assumptions."""

    @property
    def unsafe(self) -> Faults:
        """What is to be repaired."""
        return self.faults.joined(self.alone)


class _Accepted:
    """What stayed unsafe at earlier dates, since hiding more would not mend it."""

    def __init__(self, unknowns: int) -> None:
        self.single: Bools = np.zeros(unknowns, dtype=np.bool_)
        self.sums: set[int] = set()
        self.changes: set[int] = set()

    def add(self, faults: Faults) -> None:
        self.single |= faults.single
        self.sums |= set(faults.sums.tolist())
        self.changes |= set(faults.changes.tolist())

    def without(self, faults: Faults) -> Faults:
        return Faults(
            {check: mask & ~self.single for check, mask in faults.unknowns.items()},
            _except(faults.sums, self.sums),
            _except(faults.changes, self.changes),
        )

    @property
    def count(self) -> int:
        return int(self.single.sum()) + len(self.sums) + len(self.changes)


class Gate:
    """The attack on a publication in the making.

    Args:
        published: every cell as if all that is fresh were shown.
        moves: who came and went, in distinct persons.
        rows: the keys of the cells that are decided, in order (``KEYS``).
    """

    def __init__(self, published: Published, moves: Moves, rows: pl.DataFrame) -> None:
        self.system = make_system(published, moves)
        self.judge = Judge(self.system, published.policy)
        self.unknown = _unknowns(self.system.unknowns, self.system.bases, self.system.nodes, rows)
        self._row_when = self.system.rows.highest(self.system.when)
        self._known = self._nothing()
        self._shown: Bools = np.zeros(self.system.unknowns.height, dtype=np.bool_)
        self._implied = _Accepted(self.system.unknowns.height)
        self._left = _Accepted(self.system.unknowns.height)
        self._dropped: Bools = np.zeros(self.system.rows.count, dtype=np.bool_)
        self._until = -1

    def attack(self, step: int, shown: Ints, repeated: Ints) -> Attack:
        """Attack everything up to a date.

        Args:
            step: the place of the date among all ends of periods.
            shown: rows that are shown at this date and were not known before.
            repeated: rows that show an earlier number, of this date and of those before.

        Returns:
            What remains possible and what is unsafe, apart from what was accepted as implied.
        """
        x = self.unknown[shown]
        x = x[x != NOT_THERE]
        now = self._shown.copy()
        now[x] = True
        later = self._row_when > step
        bounds, first = self._with(x, later)
        propagate(self.system.rows, bounds, later | self._dropped, first)
        dropped = self._dropped
        if bounds.against:
            bounds, dropped = self._uncontradicted(now, later, bounds)
        narrowed = (bounds.lower != self._known.lower) | (bounds.upper != self._known.upper)
        touched = self.system.rows.rows_of(np.flatnonzero(narrowed))
        again = np.zeros(len(now), dtype=np.bool_)
        again[self.unknown[repeated][self.unknown[repeated] != NOT_THERE]] = True
        moved = self._rows(first, touched[~later[touched]])
        among = self.system.when <= step
        faults = self._implied.without(self.judge.faults(bounds, now, among, moved, again))
        alone = faults
        if dropped.any():
            alone = self.judge.faults(self._by_files(now, later), now, among, None, again)
            alone = self._left.without(self._implied.without(alone))
        return Attack(bounds, faults, dropped, alone)

    def _by_files(self, shown: Bools, later: Bools) -> Bounds:
        """What remains possible for somebody who has the files alone.

        Without the sets of persons fewer of the assumptions between dates are contradicted, and
        whoever relies on more of them concludes more: the last attack, of published cells, does.
        """
        rows = self.system.rows
        sets = np.zeros(rows.count, dtype=np.bool_)
        sets[self.system.links["row"].to_numpy()] = True
        without, start = later | sets, self._told_by(shown, self._nothing())
        dropped: Bools = np.zeros(rows.count, dtype=np.bool_)
        while True:
            bounds = Bounds(start.lower.copy(), start.upper.copy())
            propagate(rows, bounds, without | dropped)
            if not bounds.against or not (self.system.soft & ~dropped).any():
                return bounds
            blamed = self.system.blamed(bounds.against) & ~dropped & ~without
            dropped = dropped | blamed if blamed.any() else self.system.soft

    def _nothing(self) -> Bounds:
        """What is known before anything is published: public totals."""
        base = self.system.unknowns["base"].to_numpy()
        return Bounds(np.minimum(base, 0), np.maximum(base, 0))

    def _with(self, x: Ints, later: Bools) -> tuple[Bounds, Ints]:
        """What is known with some more numbers shown, and the rows that may tell more by that."""
        system = self.system
        mine = np.zeros(len(self._shown), dtype=np.bool_)
        mine[x] = True
        bounds = self._told_by(mine, self._known)
        others = system.told.filter(pl.Series(mine).gather(system.told["x"]))["other"].to_numpy()
        known = distinct(np.concatenate([x, others.astype(np.int64)]), len(mine))
        new = np.flatnonzero((self._row_when > self._until) & ~later)
        first = self._rows(new, system.rows.rows_of(known))
        return bounds, first[~later[first]]

    def _told_by(self, shown: Bools, known: Bounds) -> Bounds:
        """What shown numbers tell by themselves, besides what is known."""
        system = self.system
        lower = np.where(shown, np.maximum(known.lower, system.lower), known.lower)
        upper = np.where(shown, np.minimum(known.upper, system.upper), known.upper)
        told = with_told(lower, upper, system.told, system.threshold, pl.Series(shown))
        return Bounds(told, upper)

    def _uncontradicted(self, shown: Bools, later: Bools, bounds: Bounds) -> tuple[Bounds, Bools]:
        """Everything from the start, without the assumptions that the numbers contradict.

        What was concluded from them before goes with them.
        """
        nothing, dropped = self._nothing(), self._dropped
        while bounds.against:
            blamed = self.system.blamed(bounds.against) & ~dropped & ~later
            if not blamed.any():
                break
            dropped = dropped | blamed
            bounds = self._told_by(shown, nothing)
            propagate(self.system.rows, bounds, later | dropped)
        return bounds, dropped

    def accept(self, step: int, shown: Ints, attack: Attack) -> None:
        """Take a date over into what is known; what is still unsafe is implied by other things."""
        x = self.unknown[shown]
        self._shown[x[x != NOT_THERE]] = True
        self._known, self._until, self._dropped = attack.bounds, step, attack.dropped
        self._implied.add(attack.faults)
        self._left.add(attack.alone)

    @property
    def implied(self) -> int:
        """How many numbers public totals and earlier publications alone give away."""
        return self._implied.count

    @property
    def known(self) -> Bounds:
        """What remains possible after all accepted dates."""
        return self._known

    def repair(self, step: int, faults: Faults, fresh: Ints) -> Ints:
        """For each unsafe number the nearest cell that can be hidden, smallest base first.

        Args:
            step: the place of the date.
            faults: what is unsafe.
            fresh: rows that are shown and can be hidden.

        Returns:
            Rows to hide; none when nothing in reach can be.
        """
        row_of = np.full(len(self._shown), NOT_THERE, dtype=np.int64)
        at = self.unknown[fresh]
        row_of[at[at != NOT_THERE]] = fresh[at != NOT_THERE]
        later = self._row_when > step
        near = (self._near(start, row_of, later) for start in self._starts(faults))
        return np.array(sorted({int(row_of[x]) for x in near if x is not None}), dtype=np.int64)

    def _starts(self, faults: Faults) -> list[Ints]:
        """The unknowns that each unsafe number, sum or change is about."""
        rows, links = self.system.rows, self.system.links
        single = [np.array([x]) for x in np.flatnonzero(faults.single).tolist()]
        sums = [rows.unknown[rows.entries(np.array([row]))[0]] for row in faults.sums.tolist()]
        changes = links.select("now", "then").to_numpy()[faults.changes].astype(np.int64)
        return [*single, *sums, *changes]

    def _near(self, start: Ints, row_of: Ints, later: Bools) -> int | None:
        """The unknown of smallest base that can be hidden, among the nearest ones."""
        rows, reached = self.system.rows, start
        for _ in range(REACH):
            can = reached[row_of[reached] != NOT_THERE]
            if len(can):
                return int(can[np.lexsort((can, self.judge.base[can]))[0]])
            around = rows.rows_of(reached)
            reached = np.unique(rows.unknown[rows.entries(around[~later[around]])[0]])
        return None

    def _rows(self, some: Ints, others: Ints) -> Ints:
        """Both together, each row once."""
        return distinct(np.concatenate([some, others]), self.system.rows.count)


def _except(found: Ints, known: set[int]) -> Ints:
    return np.array([n for n in found.tolist() if n not in known], dtype=np.int64)


def _unknowns(
    unknowns: pl.DataFrame, bases: pl.DataFrame, nodes: Nodes, rows: pl.DataFrame
) -> Ints:
    """The unknown of each row; ``NOT_THERE`` for one that the attacker has no use for."""
    keys = [name for name in BASE if name != "unit_level"]
    found = (
        rows.join(
            bases.filter(~pl.col("direct")).select(*keys, "b"),
            on=keys,
            how="left",
            maintain_order="left",
        )
        .join(nodes.frame, on=list(NODE), how="left", maintain_order="left")
        .join(
            unknowns.filter(pl.col("role") == PLANNED).select("b", "n", "x"),
            on=["b", "n"],
            how="left",
            maintain_order="left",
        )
    )
    numbered: Ints = found["x"].cast(pl.Int64).fill_null(NOT_THERE).to_numpy()
    return numbered
