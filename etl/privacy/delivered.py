"""Which of the shares that CBS delivers are shown: none whose difference is a small group's share.

A delivered share is a whole percent of a subgroup of known size. Whoever has two of them has the
share of what they differ by, but for rounding. So of one date subgroups are shown only as a tree:
inside each shown group, what is left of it after the shown parts is empty or large (policy number
``delivered.distance``). Parts are units, or bands of scales, and never both: two crossing splits
would bound the cells between them. Of two dates, any union of shown parts of the one and any of
the other must lie as far apart; people who joined or left the organisation in between never cancel
out, so the smallest number of joiners of a part of the one and of leavers of a part of the other
are a lower bound for all unions at once. A date that is too near shows nothing new: the numbers of
the date before it stand, with their date.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

from etl.privacy.policy import Policy, delivered_rules

Place: TypeAlias = tuple[str, str]
"""Unit and scale group."""
Members: TypeAlias = Mapping[Place, frozenset[str]]
"""Who is in which subgroup at one date."""


@dataclass(frozen=True)
class Delivered:
    """One delivered row.

    Attributes:
        place: unit and scale group.
        size: people, as delivered.
        percents: whole percents of Nederland, Europa and buiten Europa.
    """

    place: Place
    size: int
    percents: tuple[int, int, int]

    def counts(self, group: int) -> tuple[int, int]:
        """The lowest and highest number of people that the percent of a group leaves possible."""
        low = math.ceil(self.size * (self.percents[group] - 0.5) / 100)
        high = math.floor(self.size * (self.percents[group] + 0.5) / 100)
        return max(low, 0), min(high, self.size)


GROUPS = range(3)
ONE_PERCENT = 100
"""So many people have a percent that is one person wide."""


def possible(whole: Delivered, parts: Sequence[Delivered], group: int) -> int:
    """How many numbers of a group's people are possible in what the parts leave of the whole."""
    left = whole.size - sum(part.size for part in parts)
    low = whole.counts(group)[0] - sum(part.counts(group)[1] for part in parts)
    high = whole.counts(group)[1] - sum(part.counts(group)[0] for part in parts)
    return max(min(high, left) - max(low, 0) + 1, 0)


def large_enough(row: Delivered, yes: Sequence[int], policy: Policy) -> tuple[bool, bool]:
    """Whether the split in two and the one in three are shown.

    Whoever knows the size of the subgroup knows of each group that it holds one of a few numbers
    of people. Each part certainly reaches the threshold, and as many numbers stay possible as of a
    hidden one: a whole percent of 250 leaves two or three, of 500 five.

    Args:
        row: the subgroup.
        yes: which of the three groups are the group that is followed.
        policy: the numbers.
    """
    threshold = policy.classes.special.threshold.value
    width = policy.classes.special.width.value
    if row.size < ONE_PERCENT * width:  # by size alone: what is hidden says nothing of the percent
        return False, False
    three = all(row.counts(group)[0] >= threshold for group in GROUPS)
    group = _single(yes)
    low, high = row.counts(group)
    return low >= threshold and row.size - high >= threshold, three


def followed_percent(row: Delivered, yes: Sequence[int]) -> int:
    """The percent of the followed group: its own, or what one group leaves."""
    group = _single(yes)
    return row.percents[group] if group in yes else 100 - row.percents[group]


def _single(yes: Sequence[int]) -> int:
    """The one group whose percent gives the split in two: itself, or all that it leaves."""
    return yes[0] if len(yes) == 1 else next(group for group in GROUPS if group not in yes)


@dataclass
class Tree:
    """The subgroups of one date that may be shown together.

    Attributes:
        inside: place -> places that hold it, itself excluded.
        policy: the numbers.
        shown: accepted rows with the place that directly holds them.
    """

    inside: Mapping[Place, frozenset[Place]]
    policy: Policy
    shown: dict[Place, tuple[Delivered, Place | None]] = field(default_factory=dict)

    def accept(self, row: Delivered) -> bool:
        """Show a subgroup if nothing small is left by it; larger groups must come first."""
        holder = self._holder(row.place)
        if holder is not None and not self._leaves_enough(holder, row):
            return False
        self.shown[row.place] = (row, holder)
        return True

    def _holder(self, place: Place) -> Place | None:
        held = [other for other in self.shown if other in self.inside[place]]
        return min(held, key=lambda other: (self.shown[other][0].size, other), default=None)

    def _leaves_enough(self, holder: Place, row: Delivered) -> bool:
        whole = self.shown[holder][0]
        parts = [each for each, above in self.shown.values() if above == holder] + [row]
        left = whole.size - sum(part.size for part in parts)
        if left == 0:
            return True
        if left < delivered_rules(self.policy).distance.value:
            return False
        width = self.policy.classes.special.width.value
        return all(possible(whole, parts, group) >= width for group in GROUPS)


def of_one_date(
    rows: Iterable[Delivered],
    inside: Mapping[Place, frozenset[Place]],
    yes: Sequence[int],
    policy: Policy,
) -> list[Delivered]:
    """The subgroups of one delivery that can be shown together, larger ones first.

    Args:
        rows: of one date, units or bands beside the whole, not both.
        inside: place -> the places that hold it.
        yes: which of the three groups are followed.
        policy: the numbers.
    """
    tree = Tree(inside, policy)
    smallest = delivered_rules(policy).minimum_base.value
    for row in sorted(rows, key=lambda row: (len(inside[row.place]), -row.size, row.place)):
        if row.size >= smallest and large_enough(row, yes, policy)[0]:
            tree.accept(row)
    return [row for row, _holder in tree.shown.values()]


def parts(places: Iterable[Place], members: Members) -> list[frozenset[str]]:
    """The smallest sets of people that the subgroups cut each other into."""
    of_person: dict[str, set[Place]] = {}
    for place in places:
        for person in members.get(place, frozenset()):
            of_person.setdefault(person, set()).add(place)
    found: dict[frozenset[Place], set[str]] = {}
    for person, held in of_person.items():
        found.setdefault(frozenset(held), set()).add(person)
    return [frozenset(people) for people in found.values()]


def far_apart(
    now: Mapping[Place, frozenset[str]], then: Mapping[Place, frozenset[str]], distance: int
) -> bool:
    """Whether all unions of subgroups of two dates differ by so many people.

    Args:
        now: the shown subgroups of one date with their people.
        then: those of another.
        distance: policy number.
    """
    if not all([*now.values(), *then.values()]):
        return False  # nobody is known to have been there: nothing is proved
    everybody = [frozenset[str]().union(*sets.values()) for sets in (now, then)]
    joined = min(len(part - everybody[1]) for part in parts(now, now))
    left = min(len(part - everybody[0]) for part in parts(then, then))
    return joined + left >= distance


def decide(
    deliveries: Mapping[date, Sequence[Delivered]],
    served: Mapping[date, Sequence[Delivered]],
    *,
    members: Mapping[date, Members],
    inside: Mapping[date, Mapping[Place, frozenset[Place]]],
    yes: Sequence[int],
    policy: Policy,
) -> dict[date, list[Delivered]]:
    """What is shown of each date: what was served stands, the others are decided oldest first.

    Args:
        deliveries: rows by date, of one kind of subgroup beside the whole.
        served: what earlier publications show; never changed.
        members: who was in which subgroup, by date.
        inside: which places hold a place, by date.
        yes: which of the three groups are followed.
        policy: the numbers.

    Returns:
        Date -> rows that are shown anew at it; dates that repeat others are left out.
    """
    shown = {ref: list(rows) for ref, rows in served.items()}
    distance = delivered_rules(policy).distance.value
    for ref in sorted(set(deliveries) - set(served)):
        rows = of_one_date(deliveries[ref], inside[ref], yes, policy)
        if rows and all(
            far_apart(_sets(rows, members[ref]), _sets(other, members.get(at, {})), distance)
            for at, other in shown.items()
        ):
            shown[ref] = rows
    return shown


def _sets(rows: Sequence[Delivered], members: Members) -> dict[Place, frozenset[str]]:
    return {row.place: members.get(row.place, frozenset()) for row in rows}
