"""Elimination on small tables: what follows, and what must be hidden so that it does not."""

from __future__ import annotations

from collections.abc import Hashable
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.privacy.basis import coordinates, tree_coordinates
from etl.privacy.suppress import PRIMES, recoverable, secondary, span_of
from tests.privacy.oracle import follows

Table = dict[tuple[int, int], dict[int, int]]


def table(size: int) -> Table:
    """Cells of a square table as 0/1 sums of its inside; index ``size`` is a margin."""

    def held(index: int) -> range:
        return range(size) if index == size else range(index, index + 1)

    return {
        (r, c): {a * size + b: 1 for a in held(r) for b in held(c)}
        for r, c in product(range(size + 1), repeat=2)
    }


def attack(cells: Table, hidden: set[tuple[int, int]]) -> set[tuple[int, int]]:
    targets = sorted(hidden)
    shown = [column for cell, column in cells.items() if cell not in hidden]
    verdicts = recoverable(shown, [cells[cell] for cell in targets])
    assert verdicts == follows(_named(shown), _named([cells[cell] for cell in targets]))
    return {cell for cell, verdict in zip(targets, verdicts, strict=True) if verdict}


def _named(columns: list[dict[int, int]]) -> list[dict[str, int]]:
    return [{str(row): value for row, value in column.items()} for column in columns]


def protected(cells: Table, primary: set[tuple[int, int]]) -> set[tuple[int, int]]:
    order = sorted(cells.keys() - primary, key=lambda cell: (-max(cell), -min(cell)))
    decisions, _ = secondary(
        [cells[c] for c in order], [cells[c] for c in sorted(primary)], span_of([], PRIMES[0])
    )
    return primary | {cell for cell, hide in zip(order, decisions, strict=True) if hide}


TWO_BLOCKS = {*product((0, 1), repeat=2), *product((2, 3), repeat=2)}


@pytest.mark.parametrize("primary", [{(0, 0)}, {(0, 0), (1, 1)}, {(0, 0), (0, 1), (0, 2)}])
def test_a_two_way_table_gives_single_cells_away_unless_others_are_hidden(
    primary: set[tuple[int, int]],
) -> None:
    cells = table(3)
    assert attack(cells, primary)
    hidden = protected(cells, primary)
    assert hidden > primary
    assert attack(cells, hidden) == set()
    assert all((3, n) not in hidden and (n, 3) not in hidden for n in range(4))


def test_two_hidden_in_every_line_of_a_4x4_are_no_protection() -> None:
    cells, hidden = table(4), {*TWO_BLOCKS, (0, 2)}
    for line in range(4):
        assert sum(cell[0] == line for cell in hidden) >= 2
        assert sum(cell[1] == line for cell in hidden) >= 2
    assert attack(cells, hidden) == {(0, 2)}
    assert attack(cells, protected(cells, hidden)) == set()


def test_what_is_implied_anyway_is_shown_and_what_everybody_knows_is_beyond_help() -> None:
    whole, left, right = {0: 1, 1: 1}, {0: 1}, {1: 1}
    assert secondary([left, right], [], span_of([whole], PRIMES[0]))[0] == [False, False]
    assert secondary([whole, left], [right], span_of([], PRIMES[0]))[0] == [False, True]
    assert secondary([left], [right], span_of([whole], PRIMES[0]))[0] == [True]
    assert secondary([left], [right], span_of([whole, right], PRIMES[0]))[0] == [False]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.dictionaries(st.integers(0, 5), st.integers(-2, 2).filter(bool), min_size=1),
        min_size=2,
        max_size=9,
    ),
    st.integers(1, 4),
)
def test_no_primary_column_follows_and_no_hiding_is_idle(
    columns: list[dict[int, int]], split: int
) -> None:
    primary, candidates = columns[:split], columns[split:]
    decisions, _ = secondary(candidates, primary, span_of([], PRIMES[0]))
    shown = [c for c, hide in zip(candidates, decisions, strict=True) if not hide]
    assert not any(follows(_named(shown), _named(primary)))
    for column, hide in zip(candidates, decisions, strict=True):
        if hide:
            assert any(follows(_named([*shown, column]), _named(primary)))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.dictionaries(st.integers(0, 6), st.integers(-3, 3)), max_size=8))
def test_both_primes_agree_with_fractions(columns: list[dict[int, int]]) -> None:
    targets = [{n: 1} for n in range(7)]
    assert recoverable(columns, targets) == follows(_named(columns), _named(targets))
    assert len(set(PRIMES)) == 2


# --- the basis


FAMILY: dict[str, frozenset[Hashable]] = {
    "all": frozenset("abcde"),
    "left": frozenset("ab"),
    "right": frozenset("cde"),
    "c": frozenset("c"),
    "same": frozenset("ab"),
}


def _value(vector: dict[Hashable, int], people: dict[frozenset[Hashable], int]) -> int:
    return sum(factor * people[key] for key, factor in vector.items())  # type: ignore[index]  # sets


def test_vectors_of_nested_sets_add_up_and_equal_sets_are_equal() -> None:
    size = {"a": 3, "b": 5, "c": 7, "d": 11, "e": 13}
    vectors = coordinates(FAMILY)
    sums = {held: sum(size[str(a)] for a in held) for held in FAMILY.values()}
    for code, held in FAMILY.items():
        assert _value(vectors[code], sums) == sums[held]
    assert vectors["same"] == vectors["left"]
    assert vectors["all"] == {FAMILY["all"]: 1}
    assert len({key for vector in vectors.values() for key in vector}) == 3


def test_sets_that_overlap_are_written_in_atoms_and_the_whole() -> None:
    family = FAMILY | {"odd": frozenset("bc")}
    size = {"a": 3, "b": 5, "c": 7, "d": 11, "e": 13}
    sums: dict[frozenset[Hashable], int] = {frozenset(atom): n for atom, n in size.items()}
    sums[FAMILY["all"]] = 39
    for code, vector in coordinates(family).items():
        assert _value(vector, sums) == sum(size[str(atom)] for atom in family[code])
    assert coordinates(family)["all"] == {FAMILY["all"]: 1}


def test_the_last_child_of_a_unit_without_people_of_its_own_is_the_rest() -> None:
    parents = {"M": None, "A": "M", "B": "M", "B1": "B", "B2": "B"}
    vectors = tree_coordinates(parents, {"A", "B", "B1", "B2"})
    assert vectors["B"] == {"M": 1, "A": -1}
    assert vectors["B2"] == {"B2": 1}  # B holds people of its own
    assert tree_coordinates(parents, {"A", "B1", "B2"})["B2"] == {"M": 1, "A": -1, "B1": -1}
