"""When a difference is more than chance: by hand, at and around the edge."""

from __future__ import annotations

import pytest

from dashboard.compare import change, difference, excludes, repeated
from tests.dashboard.rows import cell


def test_difference_with_its_sign() -> None:
    moved = difference(cell("share", 11.0, 10.0, 12.0), cell("share", 8.0, 7.0, 9.0))
    assert moved is not None
    assert moved.difference == pytest.approx(3.0)
    assert moved.more_than_chance


@pytest.mark.parametrize(("other", "sure"), [(10.5, True), (10.6, False), (10.7, False)])
def test_square_and_add_with_the_rounded_digit_against_it(other: float, sure: bool) -> None:
    # facing halves 0.4 and 0.3: hypot 0.5; a step of 0.1 may have been rounded away: over 0.6
    now = cell("share", 11.2, 10.8, 11.6)
    moved = difference(now, cell("share", other, other - 0.3, other + 0.3))
    assert moved is not None
    assert moved.more_than_chance is sure


def test_whole_percents_need_a_whole_point_more() -> None:
    small = {"base": 300}
    a, b = cell("share", 14, 13, 15, **small), cell("share", 12, 11, 13, **small)
    # distance 2, step 1, halves hypot(1, 1) = 1.41: not enough; with 4 points it is
    assert difference(a, b).more_than_chance is False  # type: ignore[union-attr]
    c = cell("share", 16, 15, 17, **small)
    assert difference(c, b).more_than_chance is True  # type: ignore[union-attr]


def test_ratios_are_compared_by_logarithm() -> None:
    # 0.5 (0.4-0.625) against 1.0 (0.8-1.25): log distance 0.693, halves 0.223 each: 0.316
    low, high = cell("exit_parity", 0.5, 0.4, 0.625), cell("exit_parity", 1.0, 0.8, 1.25)
    assert difference(low, high, unit="ratio").more_than_chance is True  # type: ignore[union-attr]
    near = cell("exit_parity", 0.8, 0.64, 1.0)
    assert difference(near, high, unit="ratio").more_than_chance is False  # type: ignore[union-attr]


def test_many_comparisons_ask_for_more() -> None:
    # distance 1.0, step 0.1, halves hypot(0.6, 0.6) = 0.849; for 10 pairs x 1.43 = 1.21
    a, b = cell("share", 11.0, 10.4, 11.6), cell("share", 10.0, 9.4, 10.6)
    assert difference(a, b).more_than_chance is True  # type: ignore[union-attr]
    assert difference(a, b, comparisons=10).more_than_chance is False  # type: ignore[union-attr]


@pytest.mark.parametrize("missing", [None, cell("share", None)])
def test_hidden_or_absent_values_give_no_change(missing: object) -> None:
    shown = cell("share", 11.0, 10.0, 12.0)
    assert change(shown, missing) is None  # type: ignore[arg-type]
    assert change(missing, shown) is None  # type: ignore[arg-type]


def test_without_an_interval_nothing_is_sure() -> None:
    moved = difference(cell("headcount", 900), cell("headcount", 100))
    assert moved is not None
    assert (moved.difference, moved.more_than_chance) == (800, False)


def test_a_repeated_number_is_no_change() -> None:
    now = cell("share", 11.0, 10.0, 12.0, as_of="2025Q3")
    before = cell("share", 8.0, 7.0, 9.0, period="2024Q4")
    assert change(now, before) is None
    assert change(before | {"as_of": "2024Q3"}, now | {"as_of": "2025Q4"}) is None


def test_numbers_of_two_dates_are_not_compared() -> None:
    fresh = cell("share", 11.0, 10.0, 12.0)
    older = cell("share", 3.0, 2.0, 4.0, as_of="2025Q2")
    assert difference(older, fresh) is None
    assert difference(fresh, older) is None
    both = fresh | {"as_of": "2025Q2"}
    assert difference(both, older).difference == 8.0  # type: ignore[union-attr]
    flow = cell("inflow_share", 9.0, 8.0, 10.0, period="2025")
    assert difference(flow, fresh) is not None  # each at its own period
    assert difference(flow, older) is None


def test_repeated_is_about_shown_numbers_only() -> None:
    assert repeated(cell("share", 3.0, as_of="2025Q2"))
    assert not repeated(cell("share", 3.0))
    assert not repeated(cell("share", None, as_of="2025Q2"))
    assert not repeated(None)


@pytest.mark.parametrize(
    ("lower", "upper", "out"),
    [(0.5, 0.99, True), (0.5, 1.0, False), (1.0, 1.5, False), (1.01, 1.5, True), (0.5, 1.5, False)],
)
def test_excludes_needs_the_bound_beyond_the_value(lower: float, upper: float, out: bool) -> None:
    assert excludes(cell("exit_parity", 0.9, lower, upper), 1) is out
