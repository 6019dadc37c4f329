"""The rates that the synthetic organisation lives by, and drawing to a quota.

Levels follow published figures of the Dutch central government (inflow about 10% a year, 11% and
3.4% of origin outside Europe below and from scale 14); what is planted on top of them is written
here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Inequality = Literal["planted", "reversed", "none"]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

TOP = 14
"""First scale of the upper band that the sample is calibrated on."""

# Part of the head count in scale 1, 2, ... 18, 19+; sums to 1, and to 0.125 from scale 14.
PYRAMID: Floats = np.array(
    [
        0.002, 0.004, 0.012, 0.020, 0.035, 0.055, 0.075, 0.115, 0.110, 0.115, 0.135, 0.112, 0.085,
        0.062, 0.034, 0.017, 0.0065, 0.004, 0.0015,
    ]
)  # fmt: skip
# Promotions a year per person in scale 1, 2, ...; out of 13 there is only the crossing.
PROMOTION: Floats = np.array(
    [
        0.20, 0.15, 0.14, 0.12, 0.10, 0.09, 0.09, 0.08, 0.07, 0.08, 0.06, 0.07, 0.0,
        0.045, 0.035, 0.03, 0.025, 0.02, 0.0,
    ]
)  # fmt: skip
# How much likelier than average a person in the scale belongs to the group, within its band.
GROUP_BY_SCALE: Floats = np.array(
    [
        1.5, 1.5, 1.45, 1.45, 1.4, 1.3, 1.25, 1.2, 1.15, 1.05, 0.85, 0.6, 0.48,
        1.1, 1.0, 0.8, 0.6, 0.5, 0.4,
    ]
)  # fmt: skip

GROWTH = (0.985, 1.01)
"""Head count at the first and the last date, as a part of what was asked for."""
COVERAGE = (0.905, 0.913)
"""Part of the people whose origin is known, at both ends of five years."""
COVERAGE_OF_JOINERS = 0.81
SHARE_LOW, SHARE_TOP = 0.11, 0.034
"""Share of the group among known origin on the last date, up to 13 and from 14."""
RISE_LOW, RISE_TOP = 0.021 / 20, 0.004 / 20
"""What these shares gain a quarter."""
EXITS = 0.0240
"""Leavers a quarter, as a part of the head count."""
CROSSINGS = 0.0090 / 4
"""Steps from 13 or below to 14 or above a quarter, as a part of the head count."""
SEASON = (0.92, 1.02, 1.14, 0.92)
"""Leavers in the first to the fourth quarter, relative to the mean."""
WAVE = (0.94, 1.04, 1.07, 1.01, 0.94)
"""Leavers in five successive years, relative to the mean."""


@dataclass(frozen=True)
class Rates:
    """Rates of the group relative to everybody else; ``inflow_*`` None = what the path needs."""

    exit: float
    crossing: float
    promotion: float
    inflow_low: float | None = None
    inflow_top: float | None = None


RATES: dict[Inequality, Rates] = {
    "planted": Rates(exit=1.3, crossing=0.45, promotion=0.85),
    "reversed": Rates(0.75, 1.8, 1.15, inflow_low=0.115, inflow_top=0.045),
    "none": Rates(1.0, 1.0, 1.0, inflow_low=0.13, inflow_top=0.045),
}


class Quota:
    """Whole numbers that follow expectations without drifting: each cell carries its remainder.

    A draw differs from its expectation by less than one, over any run of quarters; the uniform
    start of the carry keeps it unbiased.
    """

    def __init__(self, rng: np.random.Generator, cells: int) -> None:
        self.carry: Floats = rng.random(cells)

    def draw(self, expected: Floats) -> Ints:
        """Whole numbers for one period, one for each cell."""
        self.carry = self.carry + expected
        whole = np.floor(self.carry)
        self.carry = self.carry - whole
        return whole.astype(np.int64)


def pick(rng: np.random.Generator, strata: Ints, counts: Ints, weights: Floats) -> Ints:
    """Positions drawn without replacement: ``counts[s]`` of stratum ``s``, by weight.

    A stratum with fewer members than its count gives all of them.
    """
    if strata.size == 0:
        return np.zeros(0, dtype=np.int64)
    keys = np.log(rng.random(strata.size)) / weights
    order = np.lexsort((-keys, strata))
    ordered = strata[order]
    starts = np.searchsorted(ordered, np.arange(counts.size))
    rank = np.arange(order.size) - starts[ordered]
    return np.sort(order[rank < counts[ordered]])


def choose(rng: np.random.Generator, cumulative: Floats, size: int) -> Ints:
    """``size`` independent draws from a distribution given as cumulative weights."""
    return np.asarray(np.searchsorted(cumulative, rng.random(size) * cumulative[-1], side="right"))
