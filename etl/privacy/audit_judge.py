"""What counts as unsafe: the definition of safety, applied to what the bounds leave possible.

Safe means that at least ``width`` whole values remain possible (all of them in a smaller group) for
every hidden number, for every sum of hidden parts of one whole, and for how many of a group came
and went between two dates; also for a colleague who counts himself in; and that no hidden number
is certainly the majority of a small group.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from etl.privacy.audit_input import SHOWN
from etl.privacy.audit_rows import Bools, Bounds, Ints
from etl.privacy.audit_system import MORE, STAYED, System
from etl.privacy.policy import Policy

EXACT, NARROW, MAJORITY, SUM, CHANGE = "exact", "narrow", "majority", "sum", "change"
CHECKS = (EXACT, NARROW, MAJORITY, SUM, CHANGE)


@dataclass(frozen=True)
class Faults:
    """What fails.

    Attributes:
        unknowns: by check (exact, narrow, majority) which unknowns fail it.
        sums: rows whose hidden parts together are known too well.
        changes: places in ``System.links`` whose two shown numbers tell too much together.
    """

    unknowns: dict[str, Bools]
    sums: Ints
    changes: Ints

    @property
    def single(self) -> Bools:
        """Which unknowns fail a check by themselves."""
        found: Bools = np.logical_or.reduce(list(self.unknowns.values()))
        return found

    @property
    def count(self) -> int:
        """How many numbers, sums and changes fail."""
        return int(self.single.sum()) + len(self.sums) + len(self.changes)

    def joined(self, other: Faults) -> Faults:
        """What fails by either of two attacks."""
        return Faults(
            {check: mask | other.unknowns[check] for check, mask in self.unknowns.items()},
            np.union1d(self.sums, other.sums),
            np.union1d(self.changes, other.changes),
        )


@dataclass(frozen=True)
class Parts:
    """Rows of a whole and its parts, and which of these are hidden.

    Attributes:
        x: unknowns of all entries, row after row.
        sign: +1 or -1 of each.
        starts: where each row starts among them.
        part: entries that are hidden parts.
        judged: rows in which what the hidden parts add up to matters.
        base: how many persons that sum is about, one a row.
        width: how many values it must have left, one a row.
    """

    x: Ints
    sign: Ints
    starts: Ints
    part: Bools
    judged: Bools
    base: Ints
    width: Ints


class Judge:
    """The definition of safety for one system.

    Args:
        system: unknowns, rows and links.
        policy: widths, and what a small group is.
    """

    def __init__(self, system: System, policy: Policy) -> None:
        self.system = system
        unknowns = system.unknowns
        self.base = np.abs(unknowns["base"].to_numpy())
        self.least = np.where(
            unknowns["special"].to_numpy(),
            policy.of("special").width.value,
            policy.of("personal").width.value,
        )
        self.small = self.base < policy.audit.small_base.value
        self.majority = policy.audit.majority.value
        # Stayers are nearly all of a stock; where that is shown, its majority is theirs.
        stayed = unknowns["role"] == STAYED
        self.nobody: Bools = (unknowns["role"] == MORE).to_numpy()
        self.group = (unknowns["n"].is_in(system.nodes.groups) & ~stayed).to_numpy()

    @cached_property
    def shown(self) -> Bools:
        """Which unknowns the publication shows."""
        found: Bools = (self.system.unknowns["status"] == SHOWN).to_numpy()
        return found

    def faults(
        self,
        bounds: Bounds,
        shown: Bools,
        among: Bools,
        moved: Ints | None = None,
        repeated: Bools | None = None,
    ) -> Faults:
        """Everything that fails.

        Args:
            bounds: what remains possible.
            shown: which unknowns have a published number.
            among: which unknowns are judged; a sum or change is if all of its unknowns are.
            moved: rows whose sums are judged, where nothing moved in the others; None: all.
            repeated: unknowns for which an earlier number is shown: that it is a majority is known.
        """
        hidden = among & ~shown & ~self.nobody
        values = bounds.upper - bounds.lower + 1
        mine = bounds.upper - np.maximum(bounds.lower, 1) + 1
        exact = hidden & (values == 1) & (self.base > 0)
        narrow = hidden & ~exact & (values < np.minimum(self.least, self.base + 1))
        # A colleague who is in the number himself knows that it is not 0.
        narrow |= hidden & ~exact & (bounds.upper > 0) & (mine < np.minimum(self.least, self.base))
        most = hidden & self.group & self.small & (bounds.lower * self.majority > self.base)
        if repeated is not None:
            most &= ~repeated
        found = {EXACT: exact, NARROW: narrow, MAJORITY: most}
        parts = np.flatnonzero(self._has_parts) if moved is None else moved[self._has_parts[moved]]
        sums = self._sums(bounds, shown, among, parts)
        return Faults(found, sums, self._changes(bounds, shown, among))

    @property
    def wholes(self) -> Ints:
        """Rows of a whole and more than one part."""
        return np.flatnonzero(self._has_parts)

    def parts(self, shown: Bools, among: Bools, start: Ints) -> Parts:
        """The hidden parts of some rows (at least one), and what their sum must leave open.

        Args:
            shown: which unknowns have a published number.
            among: a sum is judged if all unknowns of its row are among these.
            start: the rows.
        """
        rows = self.system.rows
        places, starts = rows.entries(start)
        x, sign = rows.unknown[places], rows.sign[places]
        part = (sign < 0) & ~shown[x] & ~self.nobody[x]
        held = np.add.reduceat(part, starts)
        others = np.add.reduceat(~part & (sign < 0), starts)
        judged = (held > 1) & (others > 0) & np.logical_and.reduceat(among[x], starts)
        base = self._base_of_parts(x, part, starts)
        width = np.minimum(np.maximum.reduceat(self.least[x], starts), base + 1)
        return Parts(x, sign, starts, part, judged, base, width)

    def _sums(self, bounds: Bounds, shown: Bools, among: Bools, start: Ints) -> Ints:
        """Rows in which what two or more hidden parts add up to is known too well."""
        if not len(start):
            return start
        rows, found = self.system.rows, self.parts(shown, among, start)
        x, sign, starts, part = found.x, found.sign, found.starts, found.part
        least, most = _signed(bounds, x, sign)
        rest_least = np.add.reduceat(np.where(part, 0, least), starts) - rows.constant[start]
        rest_most = np.add.reduceat(np.where(part, 0, most), starts) - rows.constant[start]
        lower = np.maximum(rest_least, np.add.reduceat(np.where(part, bounds.lower[x], 0), starts))
        upper = np.minimum(rest_most, np.add.reduceat(np.where(part, bounds.upper[x], 0), starts))
        return start[found.judged & (upper - lower + 1 < found.width)]

    def _base_of_parts(self, x: Ints, part: Bools, starts: Ints) -> Ints:
        """How many persons a sum is about: of one base that base, else all of them together."""
        b = self.system.unknowns["b"].to_numpy()[x].astype(np.int64)
        one = np.minimum.reduceat(b, starts) == np.maximum.reduceat(b, starts)
        largest = np.maximum.reduceat(np.where(part, self.base[x], 0), starts)
        total = np.add.reduceat(np.where(part, self.base[x], 0), starts)
        found: Ints = np.where(one, largest, total)
        return found

    @cached_property
    def _has_parts(self) -> Bools:
        """Rows of a whole and its parts; a transition has no hidden siblings."""
        kept: Bools = (np.diff(self.system.rows.start) > 2) & ~self.system.soft
        return kept

    def _changes(self, bounds: Bounds, shown: Bools, among: Bools) -> Ints:
        """Links between two shown numbers that leave too few values for their difference."""
        links = self.system.links
        if links.is_empty():
            return np.zeros(0, dtype=np.int64)
        now, then = links["now"].to_numpy(), links["then"].to_numpy()
        came, went = (self._moved(links[name].to_numpy(), bounds) for name in ("joined", "left"))
        lower = np.maximum(bounds.lower[now] - bounds.upper[then], came[0] - went[1])
        upper = np.minimum(bounds.upper[now] - bounds.lower[then], came[1] - went[0])
        persons = came[2] + went[2]
        few = upper - lower + 1 < np.minimum(self.least[now], persons + 1)
        judged = shown[now] & shown[then] & among[now] & among[then]
        return np.flatnonzero(judged & few)

    def _moved(self, unknown: Ints, bounds: Bounds) -> tuple[Ints, Ints, Ints]:
        """Lower and upper bound and number of persons of joiners or leavers; nobody: 0."""
        none = np.isnan(unknown.astype(np.float64))
        x = np.where(none, 0, unknown).astype(np.int64)
        lower, upper, persons = bounds.lower[x], bounds.upper[x], self.base[x]
        return np.where(none, 0, lower), np.where(none, 0, upper), np.where(none, 0, persons)


def _signed(bounds: Bounds, x: Ints, sign: Ints) -> tuple[Ints, Ints]:
    low, high = bounds.lower[x], bounds.upper[x]
    return np.where(sign > 0, low, -high), np.where(sign > 0, high, -low)
