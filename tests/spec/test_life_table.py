"""Time to promotion: a life table computed by hand, and agreement with the libraries.

lifelines is no dependency, not even of development: it wants an older pandas than the lock files
have. Its numbers were computed once, apart (lifelines 0.30.3, ``KaplanMeierFitter``); on random data
statsmodels agrees here, and lifelines itself in ``tests/proof/test_lifelines.py``.
"""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.duration.survfunc import SurvfuncRight

from etl.metrics.derive import derive
from etl.metrics.life_table import Curve, life_table
from etl.metrics.registry import metric_frame
from etl.metrics.spells import PROMOTED, SPELLS
from tests.spec.test_derive import DIMENSIONS, cells

BLOCK = "2024-2025"


def curve(rows: list[tuple[float, float, float]], variance: float = 0.0) -> Curve:
    counts = np.array(rows, dtype=np.float64)
    return life_table(counts, np.full(counts.shape, variance))


def test_a_life_table_by_hand() -> None:
    """q1 = 10 / (100 - 10) = 1/9, q2 = 14 / 70 = 1/5: S = 8/9 and 8/9 * 4/5 = 0.711111."""
    found = curve([(100, 10, 20), (70, 14, 0)])
    assert found.promoted == pytest.approx([1 / 9, 1 - 32 / 45])
    # Greenwood: 1/9 / 80 + 1/5 / 56 = 0.0049603; width 1.959964 * 0.0704296 / 0.340927 = 0.404895
    assert found.lower[1] == pytest.approx(0.203418, abs=1e-5)
    assert found.upper[1] == pytest.approx(0.400164, abs=1e-5)


def test_rounding_widens_by_hand() -> None:
    """Slopes of ln S in year 1: 1/720 by n, -1/80 by d, -1/1440 by c; each count varies by 4."""
    found, raw = curve([(100, 10, 20)], 4.0), curve([(100, 10, 20)])
    added = 4 * (1 / 720**2 + 1 / 80**2 + 1 / 1440**2)
    log = np.log(8 / 9)
    width = 1.959964 * np.sqrt(1 / 720 + added) / -log
    assert found.lower[0] == pytest.approx(1 - np.exp(log * np.exp(-width)), rel=1e-6)
    assert found.lower[0] < raw.lower[0] < raw.upper[0] < found.upper[0]


def test_without_censoring_it_is_kaplan_meier_of_lifelines() -> None:
    """174 durations of whole years: 80, 47, 33, 13 and 1 of them; lifelines 0.30.3."""
    found = curve([(174, 80, 0), (94, 47, 0), (47, 33, 0), (14, 13, 0), (1, 1, 0)])
    survival = [0.540230, 0.270115, 0.080460, 0.005747, 0.0]
    assert 1 - found.promoted == pytest.approx(survival, abs=1e-6)
    assert 1 - found.upper[:3] == pytest.approx([0.463342, 0.206506, 0.046150], abs=1e-6)
    assert 1 - found.lower[:3] == pytest.approx([0.610870, 0.337531, 0.126871], abs=1e-6)
    assert np.isnan(found.upper[4])  # nobody is left: there is nothing to be unsure of


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 8), min_size=20, max_size=200))
def test_without_censoring_it_is_kaplan_meier_of_statsmodels(years: list[int]) -> None:
    durations = np.array(years)
    rows = [
        (float((durations >= year).sum()), float((durations == year).sum()), 0.0)
        for year in range(1, durations.max() + 1)
    ]
    theirs = SurvfuncRight(durations, np.ones(len(durations)))
    found = curve(rows)
    at = theirs.surv_times.astype(int) - 1
    assert 1 - found.promoted[at] == pytest.approx(theirs.surv_prob, abs=1e-12)
    # Bounds of ln(-ln S) from the library's own (Greenwood) standard error.
    inside = (theirs.surv_prob > 0) & (theirs.surv_prob < 1)
    s, se = theirs.surv_prob[inside], theirs.surv_prob_se[inside]
    width = 1.959964 * se / (s * -np.log(s))
    assert found.lower[at][inside] == pytest.approx(1 - s ** np.exp(-width), rel=1e-5)
    assert found.upper[at][inside] == pytest.approx(1 - s ** np.exp(width), rel=1e-5)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32 - 1))
def test_the_actuarial_estimate_is_near_kaplan_meier_on_the_days(seed: int) -> None:
    """Censoring spread over the year: half a year each is what the exact days give, nearly."""
    chance = np.random.default_rng(seed)
    promoted, lost = chance.exponential(6, 4000), chance.uniform(0, 6, 4000)
    times, seen = np.minimum(promoted, lost), promoted <= lost
    rows = [
        (
            float((times > year).sum()),
            float((seen & (times > year) & (times <= year + 1)).sum()),
            float((~seen & (times > year) & (times <= year + 1)).sum()),
        )
        for year in range(4)
    ]
    theirs = SurvfuncRight(times, seen)
    exact = [theirs.surv_prob[theirs.surv_times <= year][-1] for year in (1, 2, 3, 4)]
    assert 1 - curve(rows).promoted == pytest.approx(exact, abs=0.01)


def test_the_median_lies_evenly_in_its_year() -> None:
    """1/5 by year 1, 3/5 by year 2: half is reached after 1 + (0.5 - 0.2) / 0.4 = 1.75 years."""
    median, lower, upper = curve([(1000, 200, 0), (800, 400, 0)]).median
    assert median == pytest.approx(1.75)
    assert lower is not None
    assert upper is not None
    assert lower < median < upper


def test_a_median_that_is_not_reached() -> None:
    assert curve([(1000, 200, 0), (800, 100, 0)]).median == (None, None, None)


# --- from cells to cells -----------------------------------------------------------------------

Numbers = tuple[int | None, int | None, int | None]
"""At risk, promoted, lost; None is suppressed."""
GROUP = {"year_1": (100, 10, 20), "year_2": (70, 15, 0)}
OTHERS = {"year_1": (1000, 200, 200), "year_2": (600, 210, 0)}


def row(metric: str, year: str, category: str, value: int | None, base: int) -> str:
    status = "suppressed" if value is None else "published"
    number = "-" if value is None else value
    return (
        f"{metric} | {BLOCK} | block | {year} | origin | {category} | {status} | {number} | {base}"
    )


def drawn(by_category: dict[str, dict[str, Numbers]], bases: dict[str, Numbers]) -> pl.DataFrame:
    """Counts of a block by category and year; ``bases``: everybody."""
    lines = [
        "metric | period | period_kind | scale_group | attribute | category | status | value | base"
    ]
    lines += [
        row(metric, year, category, value, base)
        for category, by_year in by_category.items()
        for year, numbers in by_year.items()
        for metric, value, base in zip(SPELLS, numbers, bases[year], strict=True)
    ]
    return cells("\n".join(lines))


BASES: dict[str, Numbers] = {"year_1": (1100, 210, 220), "year_2": (670, 225, 0)}
SHOWN = {"yes": GROUP, "no": OTHERS}


def derived(counts: pl.DataFrame) -> pl.DataFrame:
    band = DIMENSIONS.filter(pl.col("dimension") == "scale_group").head(1)
    years = [band.with_columns(partition=pl.lit("years"), code=pl.lit(year)) for year in GROUP]
    return derive(counts, pl.concat([DIMENSIONS, *years]), metric_frame())


def told(made: pl.DataFrame, metric: str, category: str = "yes") -> list[tuple[object, ...]]:
    mine = (pl.col("metric") == metric) & (pl.col("category") == category)
    return made.filter(mine).select("scale_group", "status", "value").rows()


def test_both_curves_their_gap_and_medians() -> None:
    """Group: 1/9 and 1 - 8/9 * 55/70 = 0.301587; others 200/900 and 1 - 7/9 * 0.65 = 0.494444."""
    made = derived(drawn(SHOWN, BASES))
    assert told(made, "promoted_within") == [
        ("year_1", "published", 11.0),
        ("year_2", "published", 30.0),
    ]
    # at risk 1,000 and more: one decimal
    assert told(made, "promoted_within", "no") == [
        ("year_1", "published", 22.2),
        ("year_2", "published", 49.0),
    ]
    # points of the smaller base: 11.11 - 22.22 and 30.16 - 49.44
    assert told(made, "promoted_within_gap") == [
        ("year_1", "published", -11.0),
        ("year_2", "published", -19.0),
    ]
    assert told(made, "promotion_median") == [("all", "not_reached", None)]
    assert told(made, "promotion_median", "no") == [("all", "not_reached", None)]


def test_the_gap_has_the_margin_of_both_curves() -> None:
    made = derived(drawn(SHOWN, BASES))
    at = made.filter(pl.col("scale_group") == "year_2")
    within = {row["category"]: row for row in at.filter(metric="promoted_within").to_dicts()}
    (gap,) = at.filter(metric="promoted_within_gap").to_dicts()
    down = [
        within["yes"]["value"] - within["yes"]["lower"],
        within["no"]["upper"] - within["no"]["value"],
    ]
    assert gap["lower"] == pytest.approx(gap["value"] - np.hypot(*down), abs=1.5)
    assert gap["lower"] < gap["value"] < gap["upper"] < 0


def test_a_median_is_told_where_it_is_reached() -> None:
    """Others: 0.2222 after 1 year, 0.6111 after 2: half after 1 + 0.2778 / 0.3889 = 1.7 years."""
    fast = {"year_1": (1000, 200, 200), "year_2": (600, 300, 0)}
    made = derived(drawn({"yes": GROUP, "no": fast}, BASES))
    assert told(made, "promotion_median", "no") == [("all", "published", 1.7)]


@pytest.mark.parametrize("place", range(3))
def test_a_hidden_count_ends_the_curve(place: int) -> None:
    hidden = list(GROUP["year_2"])
    hidden[place] = None
    group = GROUP | {"year_2": tuple(hidden)}
    made = derived(drawn({"yes": group, "no": OTHERS}, BASES))
    assert told(made, "promoted_within") == [
        ("year_1", "published", 11.0),
        ("year_2", "suppressed", None),
    ]
    assert told(made, "promoted_within_gap")[1] == ("year_2", "suppressed", None)
    assert told(made, "promoted_within", "no")[1] == ("year_2", "published", 49.0)


def test_after_a_hidden_year_nothing_is_shown() -> None:
    group = GROUP | {"year_1": (100, None, 20)}
    made = derived(drawn({"yes": group, "no": OTHERS}, BASES))
    assert [status for _, status, _ in told(made, "promoted_within")] == ["suppressed"] * 2
    assert told(made, "promotion_median") == [("all", "suppressed", None)]


def test_a_year_that_is_not_planned_ends_the_curve() -> None:
    counts = drawn(SHOWN, BASES).filter(
        (pl.col("metric") != PROMOTED) | (pl.col("scale_group") != "year_2")
    )
    made = derived(counts)
    assert told(made, "promoted_within") == [("year_1", "published", 11.0)]


def test_hidden_others_are_everybody_outside_the_group() -> None:
    """Base minus the group: 1000, 200, 200 and 600, 210, 0 - the same as the known others."""
    unknown: dict[str, Numbers] = dict.fromkeys(OTHERS, (None, None, None))
    made = derived(drawn({"yes": GROUP, "no": unknown}, BASES))
    assert told(made, "promoted_within", "no") == [
        ("year_1", "published", 22.2),
        ("year_2", "published", 49.0),
    ]
