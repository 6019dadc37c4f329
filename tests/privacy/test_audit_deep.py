"""The deep attack: what bounds leave open is proved, either way."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.privacy.audit_deep import Verdict, local, solve
from etl.privacy.audit_pushes import Pushes
from etl.privacy.audit_rows import Bounds, propagate
from etl.privacy.audit_search import Limits
from etl.privacy.audit_worlds import Asked, Worlds, parts
from tests.privacy.test_audit_oracle import MOST, UNKNOWNS, Line, build, start, systems, worlds

SQUARE: list[Line] = [
    ((1, 1, 0, 0), 10),
    ((0, 0, 1, 1), 10),
    ((1, 0, 1, 0), 10),
    ((0, 1, 0, 1), 10),
]


def box(count: int, most: int) -> Bounds:
    return Bounds(np.zeros(count, dtype=np.int64), np.full(count, most, dtype=np.int64))


def asked(count: int, need: int, *targets: int) -> np.ndarray:
    found = np.zeros(count, dtype=np.int64)
    found[list(targets) or slice(None)] = need
    return found


def deep(lines: list[Line], bounds: Bounds, need: np.ndarray, **more: object) -> Verdict:
    rows = build(lines)
    propagate(rows, bounds)
    return solve(rows, bounds, need, **more)  # type: ignore[arg-type]


def test_a_triangle_is_known_exactly_although_its_bounds_are_wide() -> None:
    """a + b = b + c = a + c = 10: each is 5; by bounds 0..10 for ever."""
    triangle: list[Line] = [((1, 1, 0), 10), ((0, 1, 1), 10), ((1, 0, 1), 10)]
    bounds = box(3, 10)
    found = deep(triangle, bounds, asked(3, 5))
    assert (bounds.upper - bounds.lower).tolist() == [10, 10, 10]
    assert found.unsafe.tolist() == [True] * 3
    assert not found.undecided.any()


def test_a_square_of_hidden_cells_is_wide() -> None:
    found = deep(SQUARE, box(4, 10), asked(4, 5))
    assert found.safe.tolist() == [True] * 4


def test_margins_that_are_intervals_are_narrow_together_only() -> None:
    """An odd cycle of pairs whose sums are known to within one.

    a + b = s, b + c = t, a + c = u with s, t, u in 10..11: 2a = s + u - t is 9..12, a is 5 or 6.
    """
    lines: list[Line] = [
        ((1, 1, 0, -1, 0, 0), 0),
        ((0, 1, 1, 0, -1, 0), 0),
        ((1, 0, 1, 0, 0, -1), 0),
    ]
    bounds = Bounds(np.array([0, 0, 0, 10, 10, 10]), np.array([11] * 6))
    found = deep(lines, bounds, asked(6, 3, 0, 1, 2))
    assert (bounds.upper - bounds.lower)[:3].min() > 2
    assert found.unsafe.tolist() == [True] * 3 + [False] * 3
    assert deep(lines, bounds, asked(6, 2, 0, 1, 2)).safe.tolist() == [True] * 3 + [False] * 3


def test_gaps_between_possible_values_do_not_count_as_values() -> None:
    """x = y + z and y = z: x is even; of 0..6 only four values, and five are not there."""
    lines: list[Line] = [((1, -1, -1), 0), ((0, 1, -1), 0)]
    bounds = Bounds(np.zeros(3, dtype=np.int64), np.array([6, 6, 6]))
    assert deep(lines, bounds, asked(3, 4, 0)).safe[0]
    assert deep(lines, bounds, asked(3, 5, 0)).unsafe[0]


def test_a_certain_majority_is_unsafe_however_wide() -> None:
    """Each is 5..20: at most 5 may be, at most 4 may not."""
    ceiling = np.array([5, 4, 100])
    lines: list[Line] = [((1, 1, 0), 25), ((0, 1, 1), 25)]
    found = deep(lines, box(3, 20), asked(3, 5), ceiling=ceiling)
    assert found.unsafe.tolist() == [False, True, False]
    assert found.safe.tolist() == [True, False, True]


QUESTIONS = given(systems(), st.integers(2, MOST + 1), st.booleans(), st.integers(0, MOST))


@settings(max_examples=12, deadline=None)
@QUESTIONS
def test_the_verdict_is_that_of_every_world_there_is(
    made: tuple[list[Line], tuple[int, ...]], need: int, given_world: bool, most: int
) -> None:
    _judged_by_every_world(made, need, given_world, most)


@pytest.mark.proof
@settings(max_examples=400, deadline=None)
@QUESTIONS
def test_so_it_is_of_many_more(
    made: tuple[list[Line], tuple[int, ...]], need: int, given_world: bool, most: int
) -> None:
    _judged_by_every_world(made, need, given_world, most)


def _judged_by_every_world(
    made: tuple[list[Line], tuple[int, ...]], need: int, given_world: bool, most: int
) -> None:
    lines, world = made
    possible = worlds(lines)
    values = np.array([len(np.unique(column)) for column in possible.T])
    wide = (values >= need) & (possible.min(axis=0) <= most)
    found = deep(
        lines,
        start(),
        asked(UNKNOWNS, need),
        ceiling=asked(UNKNOWNS, most),
        world=np.array(world) if given_world else None,
    )
    assert not found.undecided.any()
    assert found.safe.tolist() == wide.tolist()
    assert found.unsafe.tolist() == (~wide).tolist()


@settings(max_examples=40, deadline=None)
@given(systems(), st.integers(2, MOST + 1))
def test_near_rows_alone_never_say_what_is_not_so(
    made: tuple[list[Line], tuple[int, ...]], need: int
) -> None:
    lines, world = made
    values = np.array([len(np.unique(column)) for column in worlds(lines).T])
    rows, bounds = build(lines), start()
    propagate(rows, bounds)
    found = local(rows, bounds, asked(UNKNOWNS, need), world=np.array(world))
    assert (values[found.safe] >= need).all()
    assert (values[found.unsafe] < need).all()


def test_near_rows_decide_the_triangle_without_a_world() -> None:
    rows, bounds = build([((1, 1, 0), 10), ((0, 1, 1), 10), ((1, 0, 1), 10)]), box(3, 10)
    assert local(rows, bounds, asked(3, 5)).unsafe.all()
    square = build(SQUARE)
    assert local(square, box(4, 10), asked(4, 5)).undecided.all()
    assert local(square, box(4, 10), asked(4, 5), world=np.full(4, 5)).safe.all()


def test_no_time_means_undecided_and_never_safe() -> None:
    found = deep(SQUARE, box(4, 10), asked(4, 5), limits=Limits(seconds=0.0))
    assert found.undecided.all()
    assert not found.safe.any()
    assert not found.unsafe.any()


def test_rows_without_a_world_are_a_contradiction() -> None:
    """The triangle with an odd sum: bounds see nothing, whole numbers there are none."""
    odd: list[Line] = [((1, 1, 0), 5), ((0, 1, 1), 5), ((1, 0, 1), 5)]
    found = deep(odd, box(3, 5), asked(3, 2))
    assert found.contradicted == 1
    assert found.undecided.all()


@pytest.mark.parametrize("soft", [0, 2])
def test_an_assumption_that_no_world_satisfies_is_dropped(soft: int) -> None:
    odd: list[Line] = [((1, 1, 0), 5), ((0, 1, 1), 5), ((1, 0, 1), 5)]
    assumed = np.arange(3) == soft
    found = deep(odd, box(3, 5), asked(3, 5), soft=assumed)
    assert found.assumptions.tolist() == assumed.tolist()
    assert found.safe.all()
    assert found.contradicted == 0


def test_what_is_no_target_gets_no_verdict() -> None:
    found = deep(SQUARE, box(4, 10), asked(4, 5, 2))
    assert (found.safe | found.unsafe | found.undecided).tolist() == [False, False, True, False]


def test_somebody_who_counts_himself_in_needs_as_many_values() -> None:
    """0..4 is five values; who is in it himself is left with 1..4."""
    lines: list[Line] = [((1, 1), 4)]
    found = deep(lines, box(2, 4), asked(2, 5), own=np.array([5, 4]))
    assert found.unsafe.tolist() == [True, False]
    assert found.safe.tolist() == [False, True]


@settings(max_examples=60, deadline=None)
@given(systems(), st.integers(0, 9))
def test_a_push_ends_in_a_world(made: tuple[list[Line], tuple[int, ...]], seed: int) -> None:
    lines, world = made
    rows, bounds = build(lines), start()
    propagate(rows, bounds)
    usable, targets = np.ones(rows.count, dtype=np.bool_), np.ones(UNKNOWNS, dtype=np.bool_)
    for part in parts(rows, bounds, usable, targets):
        here = np.array(world)[part.unknowns]
        count = len(here)
        want = Asked(*(np.full(count, most) for most in (MOST + 1, 0, MOST)))
        walked = Worlds(part, here, want, np.random.default_rng(seed))
        Pushes(walked, seed).all(time.monotonic() + 60)
        assert part.program.holds(walked.world)


def test_pushes_alone_walk_around_a_square() -> None:
    """Every step moves all four; nothing but pushes is allowed."""
    only = Limits(corners=0, region=0, around=(), whole=False)
    found = deep(SQUARE, box(4, 10), asked(4, 5), world=np.full(4, 5), limits=only)
    assert found.safe.all()
