"""The organisation tree over time: paths, succession, and what is refused."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from etl.errors import RefusedInput
from etl.warehouse.tree import check_tree, unit_lines, unit_paths
from tests.etl.person_rows import Q1, Q2, UNITS, units


def test_paths_hold_the_unit_itself_and_every_ancestor_with_its_level() -> None:
    paths = unit_paths(units(UNITS), [Q1])
    assert paths.filter(pl.col("unit") == "A1").rows() == [
        (Q1, "A1", "MIN", 1),
        (Q1, "A1", "A", 2),
        (Q1, "A1", "A1", 3),
    ]
    assert paths.height == 1 + 2 + 2 + 3 + 3


@pytest.mark.parametrize(
    ("ref", "there"),
    [
        (date(2025, 3, 30), False),
        (date(2025, 3, 31), True),
        (date(2025, 6, 30), True),
        (date(2025, 7, 1), False),
    ],
)
def test_unit_is_valid_from_its_first_day_through_its_last(ref: date, there: bool) -> None:
    drawn = """
    code | parent | level | valid_from | valid_to   | successor_of
    MIN  | -      | 1     | 2020-01-01 | -          | -
    A    | MIN    | 2     | 2025-03-31 | 2025-06-30 | -
    """
    assert ("A" in unit_paths(units(drawn), [ref])["unit"]) is there


def test_each_date_has_its_own_tree() -> None:
    drawn = """
    code | parent | level | valid_from | valid_to   | successor_of
    MIN  | -      | 1     | 2020-01-01 | -          | -
    A    | MIN    | 2     | 2020-01-01 | -          | -
    B    | MIN    | 2     | 2020-01-01 | -          | -
    A1   | A      | 3     | 2020-01-01 | 2025-03-31 | -
    A1   | B      | 3     | 2025-04-01 | -          | -
    """
    above = unit_paths(units(drawn), [Q1, Q2]).filter(pl.col("unit") == "A1", pl.col("level") == 2)
    assert above.select("ref", "ancestor").rows() == [(Q1, "A"), (Q2, "B")]


def test_one_code_with_two_rows_at_a_date_is_refused() -> None:
    drawn = """
    code | parent | level | valid_from | valid_to   | successor_of
    MIN  | -      | 1     | 2020-01-01 | -          | -
    A    | MIN    | 2     | 2020-01-01 | -          | -
    A    | MIN    | 2     | 2025-01-01 | -          | -
    """
    with pytest.raises(RefusedInput, match=r"two rows at one date.*unit A"):
        unit_paths(units(drawn), [Q1])


def test_circle_is_refused() -> None:
    drawn = """
    code | parent | level | valid_from | valid_to   | successor_of
    A    | B      | 2     | 2020-01-01 | -          | -
    B    | A      | 2     | 2020-01-01 | -          | -
    """
    with pytest.raises(RefusedInput, match="circle"):
        unit_paths(units(drawn), [Q1])


LINES = """
code  | parent | level | valid_from | valid_to   | successor_of
MIN   | -      | 1     | 2020-01-01 | -          | -
OLD   | MIN    | 2     | 2020-01-01 | 2022-12-31 | -
NEW   | MIN    | 2     | 2023-01-01 | 2024-12-31 | OLD
LAST  | MIN    | 2     | 2025-01-01 | -          | NEW
SPLIT | MIN    | 2     | 2020-01-01 | 2022-12-31 | -
S1    | MIN    | 2     | 2023-01-01 | -          | SPLIT
S2    | MIN    | 2     | 2023-01-01 | -          | SPLIT
STAYS | MIN    | 2     | 2020-01-01 | -          | -
COPY  | MIN    | 2     | 2023-01-01 | -          | STAYS
"""


@pytest.mark.parametrize(
    ("unit", "line"),
    [
        ("OLD", "OLD"),
        ("NEW", "OLD"),
        ("LAST", "OLD"),  # a chain of successions is one line
        ("S1", "S1"),  # a split is no succession 1:1
        ("S2", "S2"),
        ("COPY", "COPY"),  # the predecessor never ended
        ("MIN", "MIN"),
    ],
)
def test_line_of_succession(unit: str, line: str) -> None:
    lines = dict(unit_lines(units(LINES)).iter_rows())
    assert lines[unit] == line


def test_tree_without_people_in_lost_units_passes() -> None:
    used = pl.DataFrame({"ref": [Q1], "unit": ["A1"]})
    check_tree(units(UNITS), used, "MIN")


@pytest.mark.parametrize(
    ("drawn", "unit"),
    [
        ("A1 | A | 3 | 2025-06-30 | - | -", "A1"),  # not valid yet
        ("A1 | X | 3 | 2020-01-01 | - | -", "A1"),  # under a unit that is not there
        ("A1 | - | 3 | 2020-01-01 | - | -", "A1"),  # a second root
    ],
)
def test_people_in_a_unit_that_does_not_reach_the_root_are_refused(drawn: str, unit: str) -> None:
    tree = f"""
    code | parent | level | valid_from | valid_to   | successor_of
    MIN  | -      | 1     | 2020-01-01 | -          | -
    A    | MIN    | 2     | 2020-01-01 | -          | -
    {drawn}
    """
    with pytest.raises(RefusedInput, match=f"unit {unit}, reference date 2025-03-31"):
        check_tree(units(tree), pl.DataFrame({"ref": [Q1], "unit": [unit]}), "MIN")
