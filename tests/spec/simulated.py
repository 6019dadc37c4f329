"""Invented organisations, counted and rounded many times: does the margin cover what is true?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from etl.metrics import stratified
from etl.metrics.statistics import ROUNDING_VARIANCE
from etl.metrics.stratified import Strata
from etl.privacy.rounding import draws, round_counts

BASE = 5
KEY = b"simulated organisations"


@dataclass(frozen=True)
class Scenario:
    """One row a stratum: people of the group, of the others, not known; chance of the others."""

    people: tuple[tuple[int, int, int], ...]
    chance: tuple[float, ...]
    odds_ratio: float


SCENARIOS = {
    "fewest": Scenario(((200, 700, 60), (170, 900, 60), (150, 900, 60)), (0.14, 0.17, 0.19), 0.7),
    "equal": Scenario(((400, 3000, 300), (250, 2500, 200)), (0.09, 0.09), 1.0),
    "more": Scenario(((300, 2000, 150), (150, 1500, 100), (120, 900, 80)), (0.1, 0.1, 0.13), 1.5),
}
"""In each of them the smallest expected count of events is 20 or more."""
EVEN = Scenario(((150, 150, 60), (150, 150, 60)), (0.15, 0.15), 1.0)
"""Groups of one size: the roundings of both weigh as much as they can."""


@dataclass(frozen=True)
class Outcome:
    """Share of the runs whose interval holds the true odds ratio; its width against raw counts."""

    coverage: float
    raw_coverage: float
    wider: float
    smallest_expected: float


def simulate(scenario: Scenario, runs: int, seed: int = 20261124) -> Outcome:
    """Draw events and origins, round by keyed draws, compare the interval with that of raw counts."""
    chance = np.random.default_rng(seed)
    people = np.array(scenario.people)
    others = np.array(scenario.chance)
    odds = others / (1 - others) * scenario.odds_ratio
    rates = np.column_stack([odds / (1 + odds), others, others])
    covered = raw_covered = 0
    widths = np.zeros(2)
    for run in range(runs):
        size = chance.poisson(people)
        events = chance.binomial(size, rates)
        pairs = (_published(events, run, 0), _published(size, run, 1))
        rounded = np.column_stack([pairs[0][:, 0], pairs[1][:, 0], pairs[0][:, 1], pairs[1][:, 1]])
        raw = np.column_stack([events[:, 0], size[:, 0], events[:, 1], size[:, 1]]).astype(float)
        variance = ROUNDING_VARIANCE * np.tile([1.0, 1, 2, 2], (len(people), 1))
        both = [
            stratified.mantel_haenszel(Strata(counts, extra, np.eye(len(people))))
            for counts, extra in ((rounded, variance), (raw, 0 * variance))
        ]
        covered += both[0][1] <= scenario.odds_ratio <= both[0][2]
        raw_covered += both[1][1] <= scenario.odds_ratio <= both[1][2]
        widths += [upper - lower for _, lower, upper in both]
    expected = (people * rates)[:, :2].min()
    return Outcome(covered / runs, raw_covered / runs, widths[0] / widths[1], float(expected))


def _published(counts: np.ndarray, run: int, which: int) -> np.ndarray:
    """(S, 2): the group by its own draw, the others as what the public total leaves."""
    sums = [(run * 2 + which) * 1000 + stratum for stratum in range(len(counts))]
    own, unknown = (
        round_counts(counts[:, at], draws(sums, "origin", name, KEY), BASE)
        for at, name in ((0, "yes"), (2, "unknown"))
    )
    return np.column_stack([own, counts.sum(axis=1) - unknown - own]).astype(float)
