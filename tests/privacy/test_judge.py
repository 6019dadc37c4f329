"""The definition of safety by hand: what bounds may leave, at the policy's numbers."""

from __future__ import annotations

import polars as pl
import pytest

from etl.privacy.audit_input import Published
from etl.privacy.audit_judge import MAJORITY, NARROW, Faults, Judge
from etl.privacy.audit_moves import PAIRS, Moves
from etl.privacy.audit_rows import Bounds, propagate
from etl.privacy.audit_system import System, make_system
from tests.privacy.attacked import cell, everybody, publication


def judged(published: Published, system: System, bounds: Bounds) -> Faults:
    judge = Judge(system, published.policy)
    everything = judge.shown | True
    return judge.faults(bounds, judge.shown, everything)


def left(base: int, lower: int, upper: int) -> set[str]:
    """The checks that a hidden number of a base fails with these bounds."""
    published = publication([everybody(base), cell(None, base), cell(None, base, "no")])
    system = make_system(published)
    bounds = Bounds(system.lower.copy(), system.upper.copy())
    yes = system.nodes.number["origin", "yes", "", ""]
    (x,) = system.unknowns.filter(n=yes, role="planned")["x"].to_list()
    bounds.lower[x], bounds.upper[x] = lower, upper
    faults = judged(published, system, bounds)
    return {check for check, mask in faults.unknowns.items() if mask[x]}


@pytest.mark.parametrize(("upper", "expected"), [(20, {"exact"}), (23, {NARROW}), (24, set())])
def test_a_hidden_number_keeps_as_many_values_as_the_width(upper: int, expected: set[str]) -> None:
    """Five values, or all there are of a smaller group."""
    assert left(100, 20, upper) == expected
    assert left(3, 0, 3) == set()
    assert left(4, 1, 4) == {NARROW}


@pytest.mark.parametrize(("upper", "expected"), [(4, {NARROW}), (5, set())])
def test_a_colleague_who_is_in_the_number_himself_learns_no_more(
    upper: int, expected: set[str]
) -> None:
    """0..4 are five values; for one of the group it is 1..4."""
    assert left(100, 0, upper) == expected


@pytest.mark.parametrize(
    ("base", "lower", "expected"), [(40, 21, {MAJORITY}), (40, 20, set()), (50, 26, set())]
)
def test_a_certain_majority_of_a_small_group_is_unsafe(
    base: int, lower: int, expected: set[str]
) -> None:
    assert left(base, lower, base) == expected


@pytest.mark.parametrize(("rounded", "unsafe"), [((), True), (("origin",), False)])
def test_a_sum_of_hidden_parts_keeps_as_many_values_as_the_width(
    rounded: tuple[str, ...], unsafe: bool
) -> None:
    """50 - 20 = 30 in B and C together: exact numbers tell that, rounded ones 22..38."""
    cells = [everybody(300), cell(50, 300), *[everybody(100, unit) for unit in "ABC"]]
    cells += [cell(20, 100, unit="A"), cell(None, 100, unit="B"), cell(None, 100, unit="C")]
    published = publication(cells, units="ABC", rounded=rounded)
    system = make_system(published)
    faults = judged(published, system, Bounds(system.lower.copy(), system.upper.copy()))
    assert bool(len(faults.sums)) == unsafe


@pytest.mark.parametrize(("now", "unsafe"), [(20, True), (10, False)])
def test_a_change_between_two_shown_numbers_keeps_its_values(now: int, unsafe: bool) -> None:
    """Three came, nobody went: 10 (10..14), then 20 (16..24) says that two or three belong."""
    cells = [everybody(200, period="2025Q3"), cell(10, 200, period="2025Q3")]
    cells += [everybody(203), cell(now, 203)]
    published = publication(cells, rounded=("origin",))
    pair = ("2025Q4", "W", "all", "2025Q3", "W", "all", "origin", 3, 0)
    moves = Moves(pl.DataFrame([pair], schema=PAIRS, orient="row"))
    system = make_system(published, moves)
    bounds = Bounds(system.lower.copy(), system.upper.copy())
    propagate(system.rows, bounds)
    assert bool(len(judged(published, system, bounds).changes)) == unsafe
