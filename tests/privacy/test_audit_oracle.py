"""The bounds against every whole-number solution of small systems: valid, and never beaten."""

from __future__ import annotations

from itertools import product

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.privacy.audit_rank import _confirmed, pinned
from etl.privacy.audit_rows import Bounds, Rows, make_rows, propagate

MOST = 3
UNKNOWNS = 6
Line = tuple[tuple[int, ...], int]


def build(lines: list[Line]) -> Rows:
    """Rows from coefficient lines (-1, 0, 1) and constants."""
    terms = [
        (row, x, sign)
        for row, (signs, _) in enumerate(lines)
        for x, sign in enumerate(signs)
        if sign
    ]
    frame = pl.DataFrame(terms, schema=["row", "x", "sign"], orient="row")
    constant = np.array([number for _, number in lines], dtype=np.int64)
    return make_rows(frame, constant, len(lines[0][0]))


@st.composite
def systems(draw: st.DrawFn) -> tuple[list[Line], tuple[int, ...]]:
    """Lines that a true world satisfies, and that world."""
    world = tuple(draw(st.lists(st.integers(0, MOST), min_size=UNKNOWNS, max_size=UNKNOWNS)))
    signs = st.lists(st.sampled_from((-1, 0, 0, 1)), min_size=UNKNOWNS, max_size=UNKNOWNS)
    rows = draw(st.lists(signs.filter(any), min_size=1, max_size=5))
    return [(tuple(r), sum(a * x for a, x in zip(r, world, strict=True))) for r in rows], world


def worlds(lines: list[Line]) -> np.ndarray:
    """Every world of numbers from 0 to MOST that satisfies all lines."""
    every = np.array(list(product(range(MOST + 1), repeat=UNKNOWNS)))
    fits = np.all([every @ np.array(s) == c for s, c in lines], axis=0)
    return every[fits]


def start() -> Bounds:
    return Bounds(np.zeros(UNKNOWNS, dtype=np.int64), np.full(UNKNOWNS, MOST, dtype=np.int64))


@settings(max_examples=200, deadline=None)
@given(systems())
def test_bounds_hold_every_possible_world(made: tuple[list[Line], tuple[int, ...]]) -> None:
    lines, _world = made
    rows, bounds, possible = build(lines), start(), worlds(lines)
    propagate(rows, bounds)
    assert not bounds.against
    assert (bounds.lower <= possible.min(axis=0)).all()
    assert (bounds.upper >= possible.max(axis=0)).all()
    for row, (signs, constant) in enumerate(lines):
        _consistent(bounds, signs, constant, row)


def _consistent(bounds: Bounds, signs: tuple[int, ...], constant: int, row: int) -> None:
    """No single line alone could still narrow a bound: it is a fixed point."""
    for x, sign in enumerate(signs):
        rest = [(s, i) for i, s in enumerate(signs) if s and i != x]
        least = sum(s * int(bounds.lower[i] if s > 0 else bounds.upper[i]) for s, i in rest)
        most = sum(s * int(bounds.upper[i] if s > 0 else bounds.lower[i]) for s, i in rest)
        if sign:
            ends = sorted(((constant - least) * sign, (constant - most) * sign))
            assert ends[0] <= bounds.lower[x], row
            assert ends[1] >= bounds.upper[x], row


@settings(max_examples=200, deadline=None)
@given(systems())
def test_what_rows_pin_down_is_so_in_the_true_world(
    made: tuple[list[Line], tuple[int, ...]],
) -> None:
    lines, world = made
    rows, bounds = build(lines), start()
    found = pinned(rows, bounds).value
    matrix = np.array([signs for signs, _ in lines])
    rank = np.linalg.matrix_rank(matrix)
    for x in range(UNKNOWNS):
        alone = np.eye(UNKNOWNS, dtype=np.int64)[x]
        implied = np.linalg.matrix_rank(np.vstack([matrix, alone])) == rank
        assert implied == (x in found)
        assert found.get(x, world[x]) == world[x]


def test_a_row_without_a_solution_is_a_contradiction() -> None:
    bounds = start()
    propagate(build([((1, 1, 0, 0, 0, 0), 7)]), bounds)
    assert bounds.against == {0}
    assert bounds.lower.tolist() == [0] * UNKNOWNS


def test_rows_left_out_narrow_nothing() -> None:
    bounds = start()
    propagate(build([((1, 1, 0, 0, 0, 0), 6)]), bounds, np.array([True]))
    assert bounds.upper.tolist() == [MOST] * UNKNOWNS
    assert not bounds.fixed.any()


def test_a_large_system_finds_the_same_by_projection(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long chain of pairs that is anchored at one end, and one that is not."""
    length = 40
    lines: list[Line] = []
    for first in (0, length):
        for x in range(first, first + length - 1):
            signs = [0] * (2 * length)
            signs[x] = signs[x + 1] = 1
            lines.append((tuple(signs), 3))
    anchor = [0] * (2 * length)
    anchor[0] = anchor[2] = 1
    lines.append((tuple(anchor), 2))
    rows = build(lines)
    bounds = Bounds(np.zeros(2 * length, dtype=np.int64), np.full(2 * length, 3, dtype=np.int64))
    at_once = pinned(rows, bounds)
    monkeypatch.setattr("etl.privacy.audit_rank.SMALL_SYSTEM", 0)
    projected = pinned(rows, bounds)
    assert at_once.value == {x: 1 + x % 2 for x in range(length)}
    assert projected.value == at_once.value
    assert not projected.suspected
    assert _confirmed(rows, bounds, np.ones(rows.count, dtype=np.bool_), length) is None
