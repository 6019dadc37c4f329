"""Vectors of metrics.md (independently computed) and agreement with statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

from etl.metrics import statistics

ZERO = np.array([0.0])


@pytest.mark.parametrize(
    ("count", "size", "lower", "upper"),
    [
        (110, 1000, 0.092079, 0.130905),
        (34, 1000, 0.024431, 0.047135),
        (0, 20, 0.0, 0.161125),
        (5, 10, 0.236593, 0.763407),
    ],
)
def test_wilson_without_rounding(count: int, size: int, lower: float, upper: float) -> None:
    low, high = statistics.wilson(np.array([count]), np.array([size]), ZERO, ZERO)
    assert low[0] == pytest.approx(lower, abs=1e-6)
    assert high[0] == pytest.approx(upper, abs=1e-6)


def test_rounding_widens_by_hand_computed_size() -> None:
    # p = 0.1, p(1-p) = 0.09; variance = 0.09/1000 + (6.25 + 0.01 * 6.25)/1000^2 = 9.63125e-5
    size = statistics.effective_size(
        np.array([100.0]), np.array([1000.0]), np.array([6.25]), np.array([6.25])
    )
    assert size[0] == pytest.approx(0.09 / 9.63125e-5)


@settings(deadline=None)  # a busy machine is not a wrong answer
@given(st.integers(1, 400), st.integers(401, 5000), st.integers(1, 400), st.integers(401, 5000))
def test_ratio_agrees_with_statsmodels(x1: int, n1: int, x2: int, n2: int) -> None:
    low, high = confint_proportions_2indep(x1, n1, x2, n2, compare="ratio", method="log")
    p1, p2 = np.array([x1 / n1]), np.array([x2 / n2])
    ratio, lower, upper = statistics.ratio_interval(p1, np.array([n1]), p2, np.array([n2]))
    # statsmodels' "log" leaves the variance as is and corrects nothing, as Katz wrote it
    assert ratio[0] == pytest.approx((x1 / n1) / (x2 / n2))
    assert lower[0] == pytest.approx(low, rel=0.02)
    assert upper[0] == pytest.approx(high, rel=0.02)


def test_difference_agrees_with_newcombe() -> None:
    # Newcombe 1998, table II: 56/70 - 48/80 by method 10 is 0.2 [0.0524, 0.3339]
    p1, p2 = np.array([56 / 70]), np.array([48 / 80])
    one = statistics.wilson(np.array([56.0]), np.array([70.0]), ZERO, ZERO)
    two = statistics.wilson(np.array([48.0]), np.array([80.0]), ZERO, ZERO)
    difference, lower, upper = statistics.difference_interval(p1, one, p2, two)
    assert difference[0] == pytest.approx(0.2)
    assert lower[0] == pytest.approx(0.0524, abs=1e-4)
    assert upper[0] == pytest.approx(0.3339, abs=1e-4)


@settings(deadline=None)
@given(st.integers(1, 400), st.integers(401, 5000), st.integers(1, 400), st.integers(401, 5000))
def test_the_score_test_without_rounding_is_that_of_statsmodels(
    x1: int, n1: int, x2: int, n2: int
) -> None:
    expected, _ = proportions_ztest([x1, x2], [n1, n2])
    sizes1, sizes2 = (np.array([float(n1)]),) * 2, (np.array([float(n2)]),) * 2
    got = statistics.score_test(np.array([x1 / n1]), sizes1, np.array([x2 / n2]), sizes2)
    assert got[0] == pytest.approx(expected, abs=1e-9)


def test_nobody_at_all_is_no_difference() -> None:
    sizes = (np.array([100.0]), np.array([100.0]))
    assert statistics.score_test(ZERO, sizes, ZERO, sizes)[0] == 0.0
