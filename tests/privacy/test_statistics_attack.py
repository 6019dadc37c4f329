"""Statistics from raw counts undo protection; the product's are a function of protected counts.

The naive product hides a count under the threshold and publishes a figure made from it. The reader
knows every other count (public totals and published neighbours) and tries all values of the hidden
one: recovered means that only one of them gives the published figure. Seeds are fixed; each test
demands a majority, and the share that was measured when it was written stands beside it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import fisher_exact
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.proportion import proportion_confint

from etl.metrics.derive import derive
from etl.metrics.registry import metric_frame
from etl.privacy.policy import Policy
from tests.privacy.bases import ABROAD
from tests.privacy.product import banded, protected
from tests.spec.test_derive import DIMENSIONS

THRESHOLD = Policy.load().of("special").threshold.value
HIDDEN = range(THRESHOLD)
TRIALS = 200
Figure = Callable[[int], object]


def recovered(attempts: Iterable[tuple[int, Figure]]) -> float:
    """The share of trials in which the figure leaves one value for the hidden count."""
    verdicts = []
    for secret, figure in attempts:
        told = figure(secret)
        left = [count for count in HIDDEN if figure(count) == told]
        assert secret in left
        verdicts.append(left == [secret])
    return float(np.mean(verdicts))


def trials() -> Iterable[random.Random]:
    """Sources of invented tables; as many as ``TRIALS``."""
    return (random.Random(seed) for seed in range(TRIALS))  # noqa: S311


def fourfold(chance: random.Random) -> tuple[int, int, int, int]:
    """Hidden movers of the group, size of the group, all movers, everybody."""
    return chance.choice(HIDDEN), chance.randint(30, 120), chance.randint(20, 60), 700


def odds_ratio(
    table: tuple[int, int, int, int], others: Sequence[np.ndarray], digits: int
) -> Figure:
    """The Mantel-Haenszel odds ratio over the stratum of the hidden count and published ones."""
    _, group, movers, everybody = table

    def figure(count: int) -> float:
        rest = everybody - group - (movers - count)
        stratum = np.array([[count, group - count], [movers - count, rest]])
        return round(float(StratifiedTable([stratum, *others]).oddsratio_pooled), digits)

    return figure


def test_an_odds_ratio_with_two_decimals_gives_the_hidden_count() -> None:
    """Measured: 100%."""
    tables = [fourfold(chance) for chance in trials()]
    assert recovered((table[0], odds_ratio(table, [], 2)) for table in tables) > 0.9


def test_an_adjusted_odds_ratio_over_strata_still_gives_it() -> None:
    """Two published strata beside the hidden one dilute nothing; one decimal: 56%."""

    def attempt(chance: random.Random) -> tuple[int, Figure]:
        others = [
            np.array([[chance.randint(10, 20), 90], [chance.randint(20, 50), 400]]) for _ in "ab"
        ]
        table = fourfold(chance)
        return table[0], odds_ratio(table, others, 1)

    assert recovered(map(attempt, trials())) > 0.5


def test_a_p_value_with_three_decimals_gives_the_hidden_count() -> None:
    """Fisher, two-sided: measured 97%."""

    def attempt(chance: random.Random) -> tuple[int, Figure]:
        secret, group, movers, everybody = fourfold(chance)

        def figure(count: int) -> float:
            rest = everybody - group - (movers - count)
            return round(fisher_exact([[count, group - count], [movers - count, rest]])[1], 3)

        return secret, figure

    assert recovered(map(attempt, trials())) > 0.5


@pytest.mark.parametrize("bound", [0, 1])
def test_one_bound_of_an_interval_gives_the_hidden_count(bound: int) -> None:
    """Wilson, as a fraction with three decimals, of a share whose base is public: 98 and 100%."""

    def attempt(chance: random.Random) -> tuple[int, Figure]:
        base = chance.randint(50, 400)

        def figure(count: int) -> float:
            return round(float(proportion_confint(count, base, method="wilson")[bound]), 3)

        return chance.choice(HIDDEN), figure

    assert recovered(map(attempt, trials())) > 0.9


def test_a_survival_curve_names_the_month_of_every_promotion() -> None:
    """Product-limit steps of a published start group, three decimals: measured 100%."""
    named = []
    for chance in trials():
        start = chance.randint(50, 300)
        events = [chance.choice((0, 0, 0, 1, 2)) for _ in range(24)]
        left = start - np.cumsum(events)
        curve = [1.0, *(round(float(n) / start, 3) for n in left)]
        read = [
            next(d for d in range(start) if abs((before - after) * start - d) < 0.5)
            for before, after in pairwise(curve)
        ]
        named.append(read == events)
    assert np.mean(named) > 0.9


# --- the product: derived figures are a function of the protected counts


LEAVES = ("nederland", ABROAD, "onbekend")
STOCKS = ("2024Q4", "2025Q4")
FLOWS = ("inflow", "exit", "promotion")
NUMBER = st.one_of(st.integers(0, 14), st.integers(0, 900))
Three = tuple[int, int, int]
Bands = tuple[Three, Three]
BANDS = st.tuples(st.tuples(NUMBER, NUMBER, NUMBER), st.tuples(NUMBER, NUMBER, NUMBER))
TABLES = [("headcount", code, "quarter") for code in STOCKS] + [(f, "2025", "year") for f in FLOWS]


def counted(at: int, bands: Bands) -> list[dict[str, object]]:
    """Planned counts of the metric and period at one place of ``TABLES``."""
    metric, period, kind = TABLES[at]
    low, high = (dict(zip(LEAVES, three, strict=True)) for three in bands)
    return banded(low, high, metric=metric, period=period, period_kind=kind, key_hi=at)


def organisation(numbers: Sequence[Bands]) -> list[dict[str, object]]:
    """Planned counts of two stocks and three flows of one unit."""
    return [row for at, bands in enumerate(numbers) for row in counted(at, bands)]


def written(cells: pl.DataFrame) -> str:
    return derive(cells, DIMENSIONS, metric_frame()).write_csv()


def neighbours(bands: Bands) -> Iterable[Bands]:
    """The same people of everybody with other origins: one to four moved from leaf to leaf."""
    low, high = bands
    for step in (1, -1, 3, -3):
        yield (low[0] - step, low[1] + step, low[2]), (high[0] + step, high[1] - step, high[2])
        yield (low[0] - step, low[1], low[2] + step), (high[0] + step, high[1], high[2] - step)


@settings(max_examples=5, deadline=None, derandomize=True)
@given(st.lists(BANDS, min_size=len(TABLES), max_size=len(TABLES)), st.integers(0, len(TABLES) - 1))
def test_two_truths_with_the_same_protected_counts_have_the_same_figures(
    numbers: list[Bands], at: int
) -> None:
    """Byte for byte: nothing derived tells more than the protected counts themselves."""
    alone = protected(counted(at, numbers[at]))
    same = [
        other
        for other in neighbours(numbers[at])
        if min(map(min, other)) >= 0 and protected(counted(at, other)).equals(alone)
    ]
    assume(same)
    cells, twin = (
        protected(organisation([*numbers[:at], bands, *numbers[at + 1 :]]))
        for bands in (numbers[at], same[-1])
    )
    assert twin.equals(cells)
    assert written(twin) == written(cells)


def test_other_true_counts_behind_the_same_published_ones_have_the_same_figures() -> None:
    """One to two of the group exchanged between the bands at one date, nothing shown changes."""
    base = ((700, 203, 97), (300, 41, 33))
    numbers = [base, base, *[((80, 23, 12), (40, 17, 11))] * len(FLOWS)]
    first = protected(organisation(numbers))
    shown = first.filter((pl.col("attribute") == "origin") & (pl.col("status") == "published"))
    assert shown.height > 20
    twins = []
    for at, step in ((0, 1), (0, -1), (1, 1), (1, -1), (0, 2), (0, -2), (1, 2), (1, -2)):
        low, high = numbers[at]
        moved = (low[0] - step, low[1] + step, low[2]), (high[0] + step, high[1] - step, high[2])
        twin = protected(organisation([*numbers[:at], moved, *numbers[at + 1 :]]))
        if twin.equals(first):
            twins.append(written(twin))
    assert twins
    assert set(twins) == {written(first)}


def test_the_order_in_which_counts_come_changes_no_byte() -> None:
    base = ((700, 203, 97), (300, 41, 33))
    cells = protected(organisation([base] * len(TABLES)))
    assert written(cells.sample(fraction=1, shuffle=True, seed=3)) == written(cells)
    assert written(cells.reverse()) == written(cells)
