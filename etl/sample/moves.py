"""Moves that change no calibrated figure: acting up, reorganisation, transfers, small drift."""

from __future__ import annotations

import numpy as np

from etl.sample.people import LINE_MANAGEMENT, LOCAL, PART_TIME, POSTED, POSTED_SHARE
from etl.sample.period import Period
from etl.sample.rates import TOP, Bools, Ints, choose, pick
from etl.sample.tree import INTERNATIONAL, Tree


def nearby(tree: Tree, period: Period, unit: Ints) -> Ints:
    """Units drawn by size within the same second-level unit."""
    weight = tree.weight * tree.open_at(period.snapshot)
    to = unit.copy()
    for number in np.unique(tree.second[unit]):
        inside = tree.second[unit] == number
        cumulative = np.cumsum(weight * (tree.second == number))
        if cumulative[-1] > 0:
            to[inside] = choose(period.rng, cumulative, int(inside.sum()))
    return to


def sample_some(period: Period, able: Bools, number: int) -> Ints:
    """At most ``number`` people out of those who are able to."""
    positions = np.flatnonzero(able)
    strata = np.zeros(positions.size, dtype=np.int64)
    chosen = pick(period.rng, strata, np.array([number]), np.ones(positions.size))
    return np.asarray(positions[chosen])


def end_acting(period: Period) -> Bools:
    """Count acting quarters down; whoever was paid for it falls back to the own scale."""
    people = period.people
    ending = people.acting == 1
    people.acting[people.acting > 0] -= 1
    back = np.flatnonzero(ending & people.acting_paid)
    touched = period.change(back, "waarneming", "einde waarneming", scale=people.scale[back] - 1)
    people.acting_paid[back] = False
    return touched


def start_acting(period: Period, free: Bools, number: int, paid: int) -> Bools:
    """Some act one scale up for two to four quarters; ``paid`` of them with the scale itself."""
    people = period.people
    able = free & (people.acting == 0) & (people.scale >= 6) & (people.scale < TOP - 1)
    who = sample_some(period, able, number)
    people.acting[who] = period.rng.integers(2, 5, who.size)
    raised, rest = who[:paid], who[paid:]
    period.change(rest, "waarneming", "waarneming")
    people.acting_paid[raised] = True
    return period.change(raised, "waarneming", "waarneming", scale=people.scale[raised] + 1)


def reclassify(period: Period, able: Bools, number: int, reason: str) -> Bools:
    """Functions valued one scale higher by order, within the lower band."""
    people = period.people
    who = sample_some(period, able & (people.acting == 0) & (people.scale < TOP - 1), number)
    return period.change(who, "herindeling", reason, scale=people.scale[who] + 1)


def demote(period: Period, free: Bools, number: int) -> Bools:
    """A step back on request, within the lower band."""
    people = period.people
    able = free & (people.acting == 0) & (people.scale > 4) & (people.scale < TOP)
    who = sample_some(period, able, number)
    return period.change(who, "demotie", "eigen verzoek", scale=people.scale[who] - 1)


def reorganise(period: Period, tree: Tree, free: Bools) -> Bools:
    """Renamings on their boundary; on the later one two departments become two others."""
    people = period.people
    if tree.renamed and period.snapshot == tree.rename_at:
        for before, after in tree.renamed.items():
            people.unit[people.unit == before] = after
    if not tree.merged or period.snapshot != tree.reorganised_at:
        return np.zeros(len(people), dtype=np.bool_)
    moved = np.isin(people.unit, list(tree.merged))
    for before, (near, far) in tree.merged.items():
        who = np.flatnonzero(people.unit == before)
        to = np.where(period.rng.random(who.size) < 0.7, near, far)
        period.change(who, "horizontaal", "reorganisatie", unit=to)
    return reclassify(period, free & moved, int(moved.sum()) // 6, "reorganisatie")


def transfer(period: Period, tree: Tree, number: int) -> None:
    """Moves to another unit, most of them within the same second-level unit."""
    people = period.people
    who = sample_some(period, people.location != LOCAL, number)
    to = nearby(tree, period, people.unit[who])
    anywhere = period.rng.random(who.size) < 0.25
    cumulative = np.cumsum(tree.weight * tree.open_at(period.snapshot))
    to[anywhere] = choose(period.rng, cumulative, int(anywhere.sum()))
    real = to != people.unit[who]
    period.change(who[real], "horizontaal", "mobiliteit", unit=to[real])


def rotate_postings(period: Period, tree: Tree) -> None:
    """People posted abroad return; as many go out as keeps their part of the staff."""
    people = period.people
    posted = people.location == POSTED
    people.location[posted & (period.rng.random(len(people)) < 0.07)] = 0
    inside = tree.second[people.unit] == INTERNATIONAL
    wanted = round(POSTED_SHARE * len(people)) - int((people.location == POSTED).sum())
    home = people.location == 0
    abroad = sample_some(period, home & inside, max(0, round(wanted * 0.72)))
    people.location[abroad] = POSTED
    others = sample_some(period, home & ~inside, max(0, wanted - abroad.size))
    people.location[others] = POSTED


def drift(period: Period) -> None:
    """Contracts made permanent, part-time factors changed, new managers."""
    people, rng = period.people, period.rng
    size = len(people)
    tenure = (period.date - people.hired).astype(np.int64)
    people.temporary[people.temporary & (tenure > 365) & (rng.random(size) < 0.3)] = False
    people.growing[people.growing & (rng.random(size) < 0.04)] = False
    other = np.flatnonzero(rng.random(size) < 0.01)
    people.part_time[other] = rng.integers(0, PART_TIME.size, other.size)
    new = (people.quarters == 0) & (people.scale >= TOP) & (rng.random(size) < 0.25)
    people.manager[new] = True
    people.family[new] = LINE_MANAGEMENT
