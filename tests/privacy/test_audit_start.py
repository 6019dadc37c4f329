"""A first world of a part, and which assumptions leave no room for one."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.privacy.audit_programs import End
from etl.privacy.audit_pushes import Field
from etl.privacy.audit_rows import Bounds, propagate
from etl.privacy.audit_start import contradicted, first_world, toward
from etl.privacy.audit_worlds import Asked, Part, Wanted, Worlds, parts
from tests.privacy.test_audit_oracle import Line, build, start, systems


def part_of(lines: list[Line], bounds: Bounds | None = None) -> Part:
    """The one part that some lines make, nothing narrowed before."""
    rows, count = build(lines), len(lines[0][0])
    bounds = bounds or Bounds(np.zeros(count, dtype=np.int64), np.full(count, 9))
    every = np.ones(count, dtype=np.bool_)
    (found,) = parts(rows, bounds, np.ones(rows.count, dtype=np.bool_), every)
    return found


@settings(max_examples=60, deadline=None)
@given(systems(), st.integers(0, 9))
def test_a_system_with_a_world_gets_one_that_holds(
    made: tuple[list[Line], tuple[int, ...]], seed: int
) -> None:
    rows, bounds = build(made[0]), start()
    propagate(rows, bounds)
    usable, targets = np.ones(rows.count, dtype=np.bool_), ~bounds.fixed
    for part in parts(rows, bounds, usable, targets):
        found = first_world(part, np.random.default_rng(seed), 60.0)
        assert found.x is not None
        assert part.program.holds(found.x)


def test_halves_are_repaired_or_searched_until_whole() -> None:
    """An odd cycle of pairs: in numbers that need not be whole all three could be 2.5."""
    lines: list[Line] = [((1, 1, 0, -1), 5), ((0, 1, 1, 0), 5), ((1, 0, 1, 0), 5)]
    found = first_world(part_of(lines), np.random.default_rng(1), 60.0)
    assert found.x is not None
    assert found.x[3] % 2 == 1


@pytest.mark.parametrize("last", [5, 30])
def test_where_there_is_no_world_that_is_said(last: int) -> None:
    """No whole one (an odd sum of twos), and none at all (more than the bounds hold)."""
    lines: list[Line] = [((1, 1, 0), 5), ((0, 1, 1), 5), ((1, 0, 1), last)]
    found = first_world(part_of(lines), np.random.default_rng(1), 60.0)
    assert found.x is None
    assert found.end is End.NONE


def test_no_time_is_no_world_and_no_contradiction() -> None:
    lines: list[Line] = [((1, 1), 5)]
    assert first_world(part_of(lines), np.random.default_rng(1), 0.0).end is End.LATE


def test_as_few_assumptions_as_possible_are_given_up() -> None:
    """a + b = 5 stands. That a - b is 1, 1 and 3 are assumptions: the last one goes."""
    lines: list[Line] = [((1, 1), 5), ((1, -1), 1), ((1, -1), 1), ((1, -1), 3)]
    soft = np.array([False, True, True, True])
    part = part_of(lines)
    found = contradicted(part, soft[part.rows], np.random.default_rng(1), 60.0)
    assert found.tolist() == [False, False, False, True]


def test_of_two_that_contradict_each_other_neither_is_relied_upon() -> None:
    """a - b is 1 or 3: one of them is false, and nothing tells which."""
    lines: list[Line] = [((1, 1), 5), ((1, -1), 1), ((1, -1), 3)]
    soft = np.array([False, True, True])
    part = part_of(lines)
    found = contradicted(part, soft[part.rows], np.random.default_rng(1), 60.0)
    assert found.tolist() == [False, True, True]


def test_assumptions_that_agree_are_kept() -> None:
    lines: list[Line] = [((1, 1), 5), ((1, -1), 1)]
    part = part_of(lines)
    found = contradicted(part, np.array([False, True]), np.random.default_rng(1), 60.0)
    assert not found.any()


def test_mending_moves_within_bounds_only() -> None:
    """a + b = 5 with a at most 1: b must take the rest."""
    bounds = Bounds(np.array([0, 0]), np.array([1, 9]))
    part = part_of([((1, 1), 5)], bounds)
    moved = Field(part, np.array([1, 1]), 3).mend({0: -3}, time.monotonic() + 60)
    assert moved is not None
    assert 1 + moved.get(0, 0) + 1 + moved[1] == 5
    assert moved.get(0, 0) in {-1, 0}


PAIRS: list[Line] = [(tuple(int(i // 2 == n) for i in range(8)), 9) for n in range(4)]
CHAIN: Line = ((0, 1, 1, 1, 1, 1, 1, 0), 27)
HERE = np.array([5, 4, 5, 4, 5, 4, 5, 4])
"""A world of four pairs that add up to 9 and hang together."""


def test_what_is_wanted_is_had_where_it_can_be() -> None:
    part = part_of([*PAIRS, CHAIN])
    assert part.program.holds(HERE)
    for value in (0, 3, 7, 9):
        wanted = Wanted(np.array([0]), np.array([value]))
        found = toward(part, HERE, wanted, np.random.default_rng(value), 60.0)
        assert found is not None
        assert part.program.holds(found)
        assert found[0] == value


def test_what_cannot_be_had_is_as_near_as_can_be() -> None:
    """a + b = 9 with both at most 6: a wanted 1 becomes 3, and no world is lost by wanting it."""
    part = part_of([((1, 1), 9)], Bounds(np.zeros(2, dtype=np.int64), np.array([6, 6])))
    wanted = Wanted(np.array([0]), np.array([1]))
    found = toward(part, np.array([5, 4]), wanted, np.random.default_rng(1), 60.0)
    assert found is not None
    assert found.tolist() == [3, 6]


def test_what_is_not_inside_stands_still() -> None:
    """Two pairs, one of them inside: its sum stays what it was, the other does not move."""
    lines: list[Line] = [((1, 1, 1, 1), 18), ((1, 0, 1, 0), 10)]
    part, here = part_of(lines), np.array([5, 4, 5, 4])
    inside = part.inside(here, np.array([0, 1, 2]))
    assert inside.program.holds(here[:3])
    wanted = Wanted(np.array([0]), np.array([8]))
    found = toward(inside, here[:3], wanted, np.random.default_rng(1), 60.0)
    assert found is not None
    assert found.tolist() == [8, 4, 2]


@pytest.mark.parametrize(("had", "ceiling", "expected"), [(5, 9, {3, 4, 6, 7}), (5, 2, {1, 2})])
def test_new_values_are_near_and_were_not_had(had: int, ceiling: int, expected: set[int]) -> None:
    """Five values are needed and one was had; above a ceiling what is at most it comes first."""
    part = part_of([((1, 1), 10)], Bounds(np.array([1, 1]), np.array([9, 9])))
    asked = Asked(*(np.array([most, 0]) for most in (4, 0, ceiling)))
    walked = Worlds(part, np.array([had, 10 - had]), asked, np.random.default_rng(1))
    assert {walked.new_value(0) for _ in range(60)} == expected
