"""Invented groups, counted and rounded many times at once: do the product's intervals cover?

A run whose counts are under the threshold is not published and has no interval: it is left out.
Raw intervals are those of the same formula from the counts before rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from etl.metrics import statistics
from etl.metrics.life_table import life_table
from etl.metrics.statistics import ROUNDING_VARIANCE
from etl.privacy.policy import Policy
from etl.privacy.rounding import MODULUS_BITS, round_counts

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
Bounds = tuple[Floats, Floats]
BASE = 5
THRESHOLD = Policy.load().of("special").threshold.value


@dataclass(frozen=True)
class Outcome:
    """Share of published runs whose interval holds the truth, from rounded and from raw counts.

    ``wider``: the mean over runs of the width against that from raw counts. ``published``: the
    share of runs that are.
    """

    coverage: float
    raw_coverage: float
    wider: float
    published: float
    smallest_expected: float


@dataclass(frozen=True)
class Groups:
    """Expected people of the group, of the others and of those not known; chance of an event."""

    people: tuple[float, float, float]
    chance: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Split:
    """Counts of many runs: before rounding, and as they are published."""

    raw: tuple[Counts, Counts, Counts]
    group: Floats
    others: Floats
    known: Floats

    @property
    def shown(self) -> NDArray[np.bool_]:
        """Which runs are published: group, others and not known all reach the threshold."""
        reached = np.logical_and.reduce([count >= THRESHOLD for count in self.raw])
        return reached & (self.group >= THRESHOLD) & (self.others >= THRESHOLD)


def published(raw: tuple[Counts, Counts, Counts], chance: np.random.Generator) -> Split:
    """The group by its own draw, known and others as what the public total leaves."""
    own, unknown = (_rounded(raw[at], chance) for at in (0, 2))
    known = sum(raw).astype(np.float64) - unknown  # type: ignore[attr-defined]  # an array
    return Split(raw, own, known - own, known)


def _rounded(counts: Counts, chance: np.random.Generator) -> Floats:
    drawn = chance.integers(0, 2**MODULUS_BITS, len(counts), dtype=np.uint64)
    return round_counts(counts, [int(draw) for draw in drawn], BASE).astype(np.float64)


def _people(groups: Groups, runs: int, chance: np.random.Generator) -> tuple[Counts, ...]:
    return tuple(chance.poisson(mean, runs) for mean in groups.people)


def _outcome(
    truth: float, rounded: Bounds, raw: Bounds, published_part: float, expected: float
) -> Outcome:
    covered = [float(((low <= truth) & (truth <= high)).mean()) for low, high in (rounded, raw)]
    wider = (rounded[1] - rounded[0]) / (raw[1] - raw[0])
    return Outcome(
        round(covered[0], 4),
        round(covered[1], 4),
        round(float(wider.mean()), 3),
        round(published_part, 3),
        round(expected, 1),
    )


def _wilson(count: Floats, size: Floats, count_var: float, size_var: float) -> Bounds:
    one = np.ones(len(count))
    return statistics.wilson(count, size, count_var * one, size_var * one)


def share(groups: Groups, runs: int, seed: int = 1) -> Outcome:
    """Wilson: the group's part of everybody who is known."""
    chance = np.random.default_rng(seed)
    yes, no, unknown = _people(groups, runs, chance)
    split = published((yes, no, unknown), chance)
    at = split.shown
    rounded = _wilson(split.group[at], split.known[at], ROUNDING_VARIANCE, ROUNDING_VARIANCE)
    raw = _wilson(yes[at].astype(float), (yes + no)[at].astype(float), 0, 0)
    truth = groups.people[0] / (groups.people[0] + groups.people[1])
    return _outcome(truth, rounded, raw, float(at.mean()), min(groups.people[:2]))


def rate(groups: Groups, runs: int, seed: int = 1) -> Outcome:
    """Wilson: events of the group by its people, both rounded."""
    chance = np.random.default_rng(seed)
    people = _people(groups, runs, chance)
    events = _events(people, groups, chance)
    happened, there = published(events, chance), published(people, chance)
    at = happened.shown & there.shown
    rounded = _wilson(happened.group[at], there.group[at], ROUNDING_VARIANCE, ROUNDING_VARIANCE)
    raw = _wilson(events[0][at].astype(float), people[0][at].astype(float), 0, 0)
    expected = groups.people[0] * min(groups.chance[0], 1 - groups.chance[0])
    return _outcome(groups.chance[0], rounded, raw, float(at.mean()), expected)


def _events(
    people: tuple[Counts, ...], groups: Groups, chance: np.random.Generator
) -> tuple[Counts, Counts, Counts]:
    yes, no, unknown = (chance.binomial(n, p) for n, p in zip(people, groups.chance, strict=True))
    return yes, no, unknown


def parity(groups: Groups, runs: int, seed: int = 1) -> Outcome:
    """Katz: the rate of the group by that of the others, a remainder of the same roundings."""
    chance = np.random.default_rng(seed)
    people = _people(groups, runs, chance)
    events = _events(people, groups, chance)
    happened, there = published(events, chance), published(people, chance)
    at = happened.shown & there.shown
    four = (happened.group[at], there.group[at], happened.others[at], there.others[at])
    truth = groups.chance[0] / groups.chance[1]
    raw = tuple(counts[at].astype(float) for counts in (events[0], people[0], events[1], people[1]))
    rounded, plain = _katz(four, ROUNDING_VARIANCE), _katz(raw, 0.0)
    expected = min(n * p for n, p in zip(groups.people[:2], groups.chance[:2], strict=True))
    return _outcome(truth, rounded, plain, float(at.mean()), expected)


def _katz(counts: tuple[Floats, ...], variance: float) -> Bounds:
    a, n1, c, n0 = counts
    own = variance * np.ones(len(a))
    effective = (
        statistics.effective_size(a, n1, own, own),
        statistics.effective_size(c, n0, 2 * own, 2 * own),
    )
    both = statistics.shared_rounding(a, own, c) + statistics.shared_rounding(n1, own, n0)
    found = statistics.ratio_interval(a / n1, effective[0], c / n0, effective[1], both)
    return found[1], found[2]


def bands(low: Groups, high: Groups, runs: int, *, ratio: bool, seed: int = 1) -> Outcome:
    """Newcombe or Katz: the share in one band against that in another."""
    chance = np.random.default_rng(seed)
    counts = [_people(groups, runs, chance) for groups in (high, low)]
    splits = [published((yes, no, unknown), chance) for yes, no, unknown in counts]
    at = splits[0].shown & splits[1].shown
    rounded = [(split.group[at], split.known[at]) for split in splits]
    raw = [(yes[at].astype(float), (yes + no)[at].astype(float)) for yes, no, _ in counts]
    true = [groups.people[0] / (groups.people[0] + groups.people[1]) for groups in (high, low)]
    made = _ratio if ratio else _difference
    truth = true[0] / true[1] if ratio else true[0] - true[1]
    expected = min(*high.people[:2], *low.people[:2])
    return _outcome(
        truth, made(rounded, ROUNDING_VARIANCE), made(raw, 0.0), float(at.mean()), expected
    )


def _difference(pair: list[tuple[Floats, Floats]], variance: float) -> Bounds:
    sides = [(count / size, _wilson(count, size, variance, variance)) for count, size in pair]
    _, lower, upper = statistics.difference_interval(*sides[0], *sides[1])
    return lower, upper


def _ratio(pair: list[tuple[Floats, Floats]], variance: float) -> Bounds:
    sides = []
    for count, size in pair:
        one = variance * np.ones(len(count))
        sides.append((count / size, statistics.effective_size(count, size, one, one)))
    _, lower, upper = statistics.ratio_interval(*sides[0], *sides[1])
    return lower, upper


def curve(spells: float, yearly: float, lost: float, years: int, runs: int) -> Outcome:
    """The life table: part promoted after so many years, of spells of one group.

    Args:
        spells: expected spells that begin.
        yearly: chance of promotion in a year.
        lost: chance to be lost sight of in a year, halfway.
        years: whole years.
        runs: how many.
    """
    chance = np.random.default_rng(1)
    at_risk = chance.poisson(spells, runs)
    raw = np.zeros((runs, years, 3))
    expected = spells
    for year in range(years):
        gone = chance.binomial(at_risk, lost)
        half = chance.binomial(gone, 1 - np.sqrt(1 - yearly))
        promoted = chance.binomial(at_risk - gone, yearly) + half
        raw[:, year] = np.column_stack([at_risk, promoted, gone - half])
        smallest = expected * (yearly * (1 - lost) + lost * (1 - np.sqrt(1 - yearly)))
        at_risk = at_risk - promoted - (gone - half)
        expected *= (1 - yearly) * (1 - lost)
    rounded = np.stack(
        [_rounded(raw[:, y, m].astype(np.int64), chance) for y in range(years) for m in range(3)],
        axis=1,
    ).reshape(runs, years, 3)
    shown = (raw >= THRESHOLD).all(axis=(1, 2)) & (rounded >= THRESHOLD).all(axis=(1, 2))
    both = [
        [life_table(counts, variance * np.ones((years, 3))) for counts in made[shown]]
        for made, variance in ((rounded, ROUNDING_VARIANCE), (raw, 0.0))
    ]
    bounds = [
        (np.array([c.lower[-1] for c in made]), np.array([c.upper[-1] for c in made]))
        for made in both
    ]
    truth = 1 - (1 - yearly) ** years
    return _outcome(truth, bounds[0], bounds[1], float(shown.mean()), float(smallest))


EVEN = "groups of one size"
"""Where the others are as few as the group, its rounding weighs twice: see ``docs/intervals.md``."""
CASES: Mapping[str, Mapping[str, Callable[[int], Outcome]]] = {
    "share (Wilson)": {
        "20 of 200": lambda runs: share(Groups((20, 180, 20)), runs),
        "20 of 1000": lambda runs: share(Groups((20, 980, 60)), runs),
        "20 of 40": lambda runs: share(Groups((20, 20, 20)), runs),
        "60 of 80": lambda runs: share(Groups((60, 20, 20)), runs),
        "50 of 500": lambda runs: share(Groups((50, 450, 50)), runs),
        "100 of 1000": lambda runs: share(Groups((100, 900, 100)), runs),
    },
    "rate (Wilson)": {
        "20 of 200": lambda runs: rate(Groups((200, 2000, 200), (0.1, 0.1, 0.1)), runs),
        "20 of 1000": lambda runs: rate(Groups((1000, 5000, 600), (0.02, 0.02, 0.04)), runs),
        "20 of 40": lambda runs: rate(Groups((40, 400, 40), (0.5, 0.5, 0.5)), runs),
        "100 of 400": lambda runs: rate(Groups((400, 4000, 400), (0.25, 0.2, 0.2)), runs),
    },
    "parity of rates (Katz)": {
        "20 of 200, 200 of 2000": lambda runs: parity(
            Groups((200, 2000, 300), (0.1, 0.1, 0.1)), runs
        ),
        "20 of 250, 108 of 900": lambda runs: parity(
            Groups((250, 900, 300), (0.08, 0.12, 0.1)), runs
        ),
        "40 of 200, 100 of 1000": lambda runs: parity(
            Groups((200, 1000, 200), (0.2, 0.1, 0.1)), runs
        ),
        "20 of 200, 60 of 600": lambda runs: parity(Groups((200, 600, 200), (0.1, 0.1, 0.1)), runs),
        "100 of 1000, 800 of 8000": lambda runs: parity(
            Groups((1000, 8000, 900), (0.1, 0.1, 0.1)), runs
        ),
        f"40 of 400, 40 of 400 ({EVEN})": lambda runs: parity(
            Groups((400, 400, 200), (0.1, 0.1, 0.15)), runs
        ),
        f"20 of 200, 20 of 200 ({EVEN})": lambda runs: parity(
            Groups((200, 200, 200), (0.1, 0.1, 0.1)), runs
        ),
    },
    "difference of shares (Newcombe)": {
        "20 of 400 and 100 of 1000": lambda runs: bands(
            Groups((100, 900, 90)), Groups((20, 380, 40)), runs, ratio=False
        ),
        "20 of 200 and 20 of 200": lambda runs: bands(
            Groups((20, 180, 20)), Groups((20, 180, 20)), runs, ratio=False
        ),
        "30 of 900 and 600 of 5400": lambda runs: bands(
            Groups((600, 4800, 500)), Groups((30, 870, 90)), runs, ratio=False
        ),
    },
    "ratio of shares (Katz)": {
        "20 of 400 and 100 of 1000": lambda runs: bands(
            Groups((100, 900, 90)), Groups((20, 380, 40)), runs, ratio=True
        ),
        "30 of 900 and 600 of 5400": lambda runs: bands(
            Groups((600, 4800, 500)), Groups((30, 870, 90)), runs, ratio=True
        ),
    },
    "promoted within years (Greenwood)": {
        "1 year, 20 promoted": lambda runs: curve(225, 0.1, 0.2, 1, runs),
        "3 years, 20 promoted in the last": lambda runs: curve(450, 0.08, 0.15, 3, runs),
        "4 years, 60 promoted in the last": lambda runs: curve(2000, 0.06, 0.15, 4, runs),
    },
}
