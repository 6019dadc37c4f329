"""A workforce in, the same workforce later out; expected numbers computed by hand."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.projection import (
    HIGH,
    LOW,
    Model,
    Rate,
    crossing_set,
    exit_set,
    inflow_set,
    margins,
    needed,
    project,
    shares,
)


def made(**changes: float | Rate) -> Model:
    """1,000 low (10%) and 100 high (5%); 20% and 10% of who joins."""
    given = {
        "share_low": 0.1, "share_high": 0.05, "inflow_low": 0.2, "inflow_high": 0.1,
        "exit_low": 0.1, "exit_low_others": 0.08, "exit_high": 0.2, "exit_high_others": 0.1,
        "crossing": 0.005, "crossing_others": 0.01,
    } | changes  # fmt: skip
    rates = {k: v if isinstance(v, Rate) else Rate.chosen(v) for k, v in given.items()}
    return Model(1000, 100, **rates)


def test_one_year_by_hand() -> None:
    """Low: 10 and 72 leave, 0.5 and 9 cross, 91.5 join (18.3 of the group). High: 1 and 9.5 leave,
    9.5 came from below, 1 joins (0.1 of the group)."""
    assert project(made(), 1)[1] == pytest.approx(np.array([[107.8, 892.2], [4.6, 95.4]]))


def test_two_years_by_hand() -> None:
    """Low: 10.78 and 71.376 leave, 0.539 and 8.922 cross, 91.617 join. High: 0.92 and 9.54 leave,
    9.461 came, 0.999 joins."""
    low, high = project(made(), 2)[2]
    assert low == pytest.approx([96.481 + 0.2 * 91.617, 811.902 + 0.8 * 91.617])
    assert high == pytest.approx([4.219 + 0.0999, 94.782 + 0.8991])
    assert shares(made(), 2)[2] == pytest.approx([0.1148044, 0.043189])


def test_no_more_cross_than_there_are_places() -> None:
    """10.5 leave the high band, 19 would come: 10.5 of them do, as 1 to 18, and nobody else."""
    low, high = project(made(crossing=0.01, crossing_others=0.02), 1)[1]
    came = 10.5 / 19
    assert high == pytest.approx([4 + came, 85.5 + 18 * came])
    assert low == pytest.approx([90 - came + 0.2 * 92.5, 828 - 18 * came + 0.8 * 92.5])


def test_the_needed_inflow_by_hand() -> None:
    """After a year the high band has 4.5 and a part of 1 joiner: for 5 in 100, half of him."""
    assert needed(made(), HIGH, 0.05, 1, inflow_set(HIGH)).value == pytest.approx(0.5)


def test_what_is_needed_is_as_uncertain_as_the_share_that_it_leads_to() -> None:
    """Half of the joiners: with 4.9 of the group at the start 4.915 after a year, with 5.2 5.17;
    a joiner more or less is 0.01."""
    model = made(share_high=Rate(0.05, 0.049, 0.052))
    found = needed(model, HIGH, 0.05, 1, inflow_set(HIGH))
    assert (found.lower, found.upper) == (pytest.approx(0.33), pytest.approx(0.585))
    wide = needed(made(share_high=Rate(0.05, 0.03, 0.08)), HIGH, 0.05, 1, inflow_set(HIGH))
    assert (wide.lower, wide.upper) == (0, 1)


@pytest.mark.parametrize(
    ("target", "expected"),
    [(0.045, 0.0), (0.0449, 0.0), (0.055, pytest.approx(1.0)), (0.0551, None)],
)
def test_a_target_within_and_without_reach(target: float, expected: float | None) -> None:
    """Nobody of the group: 4.5%; only the group: 5.5%."""
    found = needed(made(), HIGH, target, 1, inflow_set(HIGH))
    assert found.value == expected
    assert (found.least, found.most) == (pytest.approx(0.045), pytest.approx(0.055))


def test_the_needed_chance_to_cross_by_hand() -> None:
    """4 stay, 1 per parity crosses (of 9 others): 4 + p + 0.1 (1.5 - p) = 4.6 where p = 0.5."""
    found = needed(made(), HIGH, 0.046, 1, crossing_set, 2.0)
    assert found.value == pytest.approx(0.5)


def test_chances_against_the_others() -> None:
    model = exit_set(crossing_set(made(), 2.0), 0.5)
    chances = [model.crossing, model.exit_low, model.exit_high]
    assert [each.value for each in chances] == pytest.approx([0.02, 0.04, 0.05])
    assert exit_set(made(exit_low_others=0.8), 2.0).exit_low.value == 1.0  # a chance, not more


# --- margins -------------------------------------------------------------------------------------


def test_a_margin_by_hand() -> None:
    """The low band has 89.5 and a part of 91.5 joiners."""
    lower, upper = margins(made(inflow_low=Rate(0.2, 0.1, 0.4)), 1)
    assert (lower[1, LOW], upper[1, LOW]) == pytest.approx(((89.5 + 9.15) / 1000, 0.1261))
    assert lower[1, HIGH] == upper[1, HIGH] == pytest.approx(0.046)


def test_margins_add_as_squares_where_estimates_are_apart_and_straight_where_they_are_one() -> None:
    leaving = Rate(0.1, 0.05, 0.15)  # 8 stay or go per 0.01 of exit_low: 0.8 x 100 x 0.05 = 4
    joining = Rate(0.2, 0.2 - 3 / 91.5, 0.2 + 3 / 91.5)  # 3 more or less
    lower, upper = margins(made(exit_low=leaving, inflow_low=joining), 1)
    assert 1000 * (upper[1, LOW] - 0.1078) == pytest.approx(5)
    assert 1000 * (0.1078 - lower[1, LOW]) == pytest.approx(5)
    # the high band loses people of its own and has fewer from below: together, or apart
    one, two = (
        margins(made(exit_low=leaving, exit_high=each), 2)[0][2, HIGH]
        for each in (leaving, replace(leaving))
    )
    assert one < two - 1e-6


def test_where_it_starts_the_margin_is_that_of_the_share() -> None:
    lower, upper = margins(made(share_high=Rate(0.05, 0.03, 0.08), crossing=Rate(0.01, 0, 0.02)), 3)
    assert (lower[0, HIGH], upper[0, HIGH]) == pytest.approx((0.03, 0.08))


# --- whatever the numbers ------------------------------------------------------------------------

FRACTION = st.floats(0, 1).map(lambda value: round(value, 4))


@st.composite
def models(draw: st.DrawFn) -> Model:
    """Any workforce, also one where everybody leaves."""
    rates = {field.name: FRACTION for field in fields(Model) if not field.name.startswith("size")}
    sizes = {name: st.integers(1, 100_000).map(float) for name in ("size_low", "size_high")}
    return Model(
        **{name: draw(each) for name, each in sizes.items()},
        **{name: Rate.chosen(draw(each)) for name, each in rates.items()},
    )


@settings(max_examples=200, deadline=None)
@given(model=models(), years=st.integers(0, 15))
def test_nobody_is_lost_or_made(model: Model, years: int) -> None:
    people = project(model, years)
    sizes = np.array([model.size_low, model.size_high])
    assert people.sum(axis=2) == pytest.approx(np.tile(sizes, (years + 1, 1)))
    assert people.min() >= -1e-6
    found = shares(model, years)
    assert found.min() >= -1e-9
    assert found.max() <= 1 + 1e-9


@settings(max_examples=200, deadline=None)
@given(model=models(), band=st.sampled_from([LOW, HIGH]), ends=st.tuples(FRACTION, FRACTION))
def test_more_of_the_group_joining_is_never_a_smaller_share(
    model: Model, band: int, ends: tuple[float, float]
) -> None:
    """Where all who cross find a place: else, at chances like 0 and 1, it may fall a little."""
    most = model.size_high * min(model.exit_high.value, model.exit_high_others.value)
    chances = {
        name: Rate.chosen(min(getattr(model, name).value, most / model.size_low))
        for name in ("crossing", "crossing_others")
    }
    model = replace(model, **chances)
    less, more = (shares(inflow_set(band)(model, end), 10) for end in sorted(ends))
    assert (more - less)[:, band].min() >= -1e-9


@settings(max_examples=100, deadline=None)
@given(model=models(), share=FRACTION)
def test_equal_chances_and_an_inflow_like_the_stock_change_nothing(
    model: Model, share: float
) -> None:
    alike = replace(
        model,
        share_low=Rate.chosen(share),
        share_high=Rate.chosen(share),
        inflow_low=Rate.chosen(share),
        inflow_high=Rate.chosen(share),
        exit_low=model.exit_low_others,
        exit_high=model.exit_high_others,
        crossing=model.crossing_others,
    )
    assert shares(alike, 12) == pytest.approx(np.full((13, 2), share))


@settings(max_examples=200, deadline=None)
@given(
    model=models(),
    band=st.sampled_from([LOW, HIGH]),
    target=FRACTION,
    years=st.integers(1, 15),
)
def test_what_is_needed_put_in_reaches_the_target(
    model: Model, band: int, target: float, years: int
) -> None:
    change = inflow_set(band)
    found = needed(model, band, target, years, change)
    if found.value is None:
        assert found.most < target
    elif found.value == 0:
        assert found.least >= target - 1e-9
    else:
        reached = shares(change(model, found.value), years)[-1, band]
        assert reached == pytest.approx(target, abs=1e-6)
