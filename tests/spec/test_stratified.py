"""Comparisons within strata: the vectors of metrics.md, agreement with statsmodels, the margin."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import StratifiedTable, Table2x2

from etl.metrics import stratified
from etl.metrics.stratified import Strata
from tests.spec.simulated import SCENARIOS, simulate

VECTOR = np.array([[8.0, 100, 40, 400], [1, 30, 30, 600]])
"""Strata (8, 92, 40, 360) and (1, 29, 30, 570) as events and people of either group."""


def exact(counts: np.ndarray) -> Strata:
    return Strata(counts, np.zeros_like(counts), np.eye(len(counts)))


def test_the_vector_of_two_strata() -> None:
    assert stratified.mantel_haenszel(exact(VECTOR))[0] == pytest.approx(0.7625, abs=5e-5)
    # without strata: ad/bc with a = 9, b = 121, c = 70 and d = 930
    assert stratified.mantel_haenszel(exact(VECTOR).pooled)[0] == pytest.approx(0.9882, abs=5e-5)
    chi2, p = stratified.cochran_mantel_haenszel(exact(VECTOR))
    assert chi2 == pytest.approx(0.5196, abs=5e-5)
    assert p == pytest.approx(0.4710, abs=5e-5)  # of chi-square .5196 with one degree of freedom


def test_four_fifths_beside_the_exact_test() -> None:
    # 3 of 40 against 20 of 120: .075 / .1667 = .45, flagged; p .1974, not significant
    ratio = (3 / 40) / (20 / 120)
    assert ratio == pytest.approx(0.45)
    table = exact(np.array([[3.0, 40, 20, 120]]))
    assert stratified.mantel_haenszel(table)[0] == pytest.approx(0.4054, abs=5e-5)
    assert stratified.exact_test(3, 40, 20, 120) == pytest.approx(0.1974, abs=5e-5)


def test_more_events_than_people_leave_nobody_without() -> None:
    # 3 of 3 against 0 of 3: 1 of the 20 tables, and its mirror
    assert stratified.exact_test(3, 2, 0, 3) == pytest.approx(0.1)


def test_one_stratum_has_the_interval_of_woolf() -> None:
    value, lower, upper = stratified.mantel_haenszel(exact(np.array([[10.0, 30, 40, 160]])))
    # 10*120/(20*40) = 1.5; se = sqrt(1/10 + 1/20 + 1/40 + 1/120) = .428174
    assert value == pytest.approx(1.5)
    assert lower == pytest.approx(1.5 * math.exp(-1.959964 * 0.428174), rel=1e-5)
    assert upper == pytest.approx(1.5 * math.exp(1.959964 * 0.428174), rel=1e-5)


def test_standardised_rates_by_hand() -> None:
    # weights 500/1130 and 630/1130; .08 and .0333 against .1 and .05
    own, other = stratified.standardised_rates(VECTOR)
    assert own == pytest.approx((500 * 0.08 + 630 / 30) / 1130)
    assert other == pytest.approx((500 * 0.1 + 630 * 0.05) / 1130)
    value, lower, upper = stratified.standardised_ratio(exact(VECTOR))
    assert value == pytest.approx(61 / 81.5)
    # var = (500^2*.08*.92/100 + 630^2*(1/30)*(29/30)/30)/61^2 + the same of the others
    own_var = (500**2 * 0.08 * 0.92 / 100 + 630**2 * (1 / 30) * (29 / 30) / 30) / 61**2
    other_var = (500**2 * 0.1 * 0.9 / 400 + 630**2 * 0.05 * 0.95 / 600) / 81.5**2
    assert math.log(upper / lower) / 2 / 1.959964 == pytest.approx(
        math.sqrt(own_var + other_var), rel=1e-6
    )


def test_rounding_widens_by_hand_computed_variance() -> None:
    """One stratum: slopes 1/a + 1/b, -1/b, -(1/c + 1/d), 1/d; the others hold two roundings."""
    counts = np.array([[20.0, 100, 50, 150]])
    strata = Strata(counts, np.array([[6.25, 6.25, 12.5, 12.5]]), np.eye(1))
    _, low, high = stratified.mantel_haenszel(strata)
    events = (1 / 20 + 1 / 80, -(1 / 50 + 1 / 100))
    people = (-1 / 80, 1 / 100)
    added = sum(6.25 * g**2 + 12.5 * o**2 - 2 * 6.25 * g * o for g, o in (events, people))
    woolf = 1 / 20 + 1 / 80 + 1 / 50 + 1 / 100
    assert math.log(high / low) / 2 / 1.959964 == pytest.approx(math.sqrt(woolf + added), rel=1e-6)


def test_a_stratum_of_what_is_not_shown_holds_the_roundings_of_all_that_are() -> None:
    """whole - shown: both of its roundings; and the shown one counts in two strata."""
    shown, whole = np.array([20.0, 200, 60, 600]), np.array([50.0, 500, 160, 1600])
    mix = np.array([[1.0, 0], [-1, 1]])
    variance = np.array([[6.25, 0, 0, 0], [6.25, 0, 0, 0]])
    strata = Strata(np.array([shown, whole]), variance, mix)
    assert strata.made[1].tolist() == [30, 300, 100, 1000]
    slopes = np.array([[3.0, 0, 0, 0], [1, 0, 0, 0]])
    # shown count: 3 - 1 = 2; whole: 1
    assert strata.rounding_variance(slopes) == pytest.approx(6.25 * 2**2 + 6.25 * 1**2)


COUNT = st.integers(1, 400)
TABLES = st.lists(st.tuples(COUNT, COUNT, COUNT, COUNT), min_size=1, max_size=6)


@settings(deadline=None, max_examples=60)
@given(TABLES)
def test_agrees_with_statsmodels(tables: list[tuple[int, int, int, int]]) -> None:
    counts = np.array([[a, a + b, c, c + d] for a, b, c, d in tables], dtype=float)
    theirs = StratifiedTable([np.array(row).reshape(2, 2) for row in tables])
    value, lower, upper = stratified.mantel_haenszel(exact(counts))
    assert value == pytest.approx(theirs.oddsratio_pooled)
    assert (lower, upper) == pytest.approx(theirs.oddsratio_pooled_confint())
    chi2, p = stratified.cochran_mantel_haenszel(exact(counts))
    test = theirs.test_null_odds(correction=False)
    assert (chi2, p) == pytest.approx((test.statistic, test.pvalue))
    crude = Table2x2(np.array(tables).sum(axis=0).reshape(2, 2).astype(float))
    assert stratified.mantel_haenszel(exact(counts).pooled) == pytest.approx(
        (crude.oddsratio, *crude.oddsratio_confint())
    )


@settings(deadline=None, max_examples=60)
@given(TABLES)
def test_slopes_are_those_of_the_odds_ratio(tables: list[tuple[int, int, int, int]]) -> None:
    """A count that is a little larger moves the log odds ratio by its slope."""
    counts = np.array([[a, a + b, c, c + d] for a, b, c, d in tables], dtype=float)
    step = 1e-4

    def log_odds(each: np.ndarray) -> float:
        a, b, c, d = each[:, 0], each[:, 1] - each[:, 0], each[:, 2], each[:, 3] - each[:, 2]
        total = each[:, 1] + each[:, 3]
        return math.log((a * d / total).sum() / (b * c / total).sum())

    for at in np.ndindex(counts.shape):
        more, less = counts.copy(), counts.copy()
        more[at] += step
        less[at] -= step
        moved = (log_odds(more) - log_odds(less)) / (2 * step)
        variance = np.zeros_like(counts)
        variance[at] = 1.0
        if at[1] < 2:  # a count of the group is in that of the others with the other sign
            continue
        _, low, high = stratified.mantel_haenszel(Strata(counts, variance, np.eye(len(counts))))
        _, low0, high0 = stratified.mantel_haenszel(exact(counts))
        added = (math.log(high / low) ** 2 - math.log(high0 / low0) ** 2) / (2 * 1.959964) ** 2
        assert added == pytest.approx(moved**2, rel=1e-3, abs=1e-9)


@pytest.mark.parametrize("name", SCENARIOS)
def test_rounded_counts_cover_in_a_small_run(name: str) -> None:
    found = simulate(SCENARIOS[name], runs=400)
    assert found.coverage >= 0.92  # 400 runs: two standard errors under the 94% of the proof
    assert found.wider <= 1.25
