"""Every kind of interval on rounded counts in a small run; the proof has 10,000 of each."""

from __future__ import annotations

import math

import numpy as np
import pytest

from etl.metrics import statistics
from tests.spec.simulated_intervals import CASES, EVEN

EACH = [(kind, name) for kind, cases in CASES.items() for name in cases]


@pytest.mark.parametrize(("kind", "name"), EACH)
def test_it_covers_and_is_not_much_wider(kind: str, name: str) -> None:
    found = CASES[kind][name](600)
    assert found.smallest_expected >= 20
    assert found.coverage >= 0.92  # 600 runs: two standard errors under the 94% of the proof
    assert found.wider <= (1.45 if EVEN in name else 1.25)
    assert found.wider > 1  # rounding is in it


def test_a_rounding_varies_by_four_on_average() -> None:
    """r(5 - r) for the five remainders: 0, 4, 6, 6, 4; and around a shown number 5 - |error|."""
    assert np.mean([r * (5 - r) for r in range(5)]) == statistics.ROUNDING_VARIANCE
    errors = range(-4, 5)
    weights = [5 - abs(error) for error in errors]
    around = sum(w * e**2 for w, e in zip(weights, errors, strict=True)) / sum(weights)
    assert around == statistics.ROUNDING_VARIANCE


def test_what_a_group_and_its_remainder_share_by_hand() -> None:
    """ln(a/c) with c = known - a moves by (1/a + 1/c) e: (1/20 + 1/180)^2 4 in all."""
    a, c = np.array([20.0]), np.array([180.0])
    apart = 4 / 20**2 + 4 / 180**2
    shared = statistics.shared_rounding(a, np.array([4.0]), c)
    assert apart + shared[0] == pytest.approx((1 / 20 + 1 / 180) ** 2 * 4)
    n = np.array([200.0])
    _, lower, upper = statistics.ratio_interval(a / n, n, c / n, n, shared)
    plain = (1 - 0.1) / 20 + (1 - 0.9) / 180
    assert math.log(upper[0] / lower[0]) / 2 / 1.959964 == pytest.approx(
        math.sqrt(plain + shared[0]), rel=1e-6
    )


def test_what_two_proportions_share_widens_their_difference() -> None:
    half = (np.array([0.4]), np.array([0.6]))
    _, lower, upper = statistics.difference_interval(
        np.array([0.5]), half, np.array([0.5]), half, 0.01
    )
    # the root of .1 x .1 twice and 3.841459 x .01
    assert upper[0] == pytest.approx(0.241691, abs=1e-5)
    assert lower[0] == pytest.approx(-0.241691, abs=1e-5)
