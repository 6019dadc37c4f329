"""How deep the plan reaches by the size of the organisation; means are worked out by hand."""

from __future__ import annotations

import polars as pl
import pytest

from etl.domain import Reference
from etl.metrics.cells import KEYS
from etl.metrics.count import People, planned_counts, planned_tables
from etl.metrics.periods import Calendar
from etl.privacy.plan import Plan
from etl.privacy.policy import Policy
from tests.etl.leaf_rows import DATES, people

REFERENCE = Reference()

# At d0: MIN 64; A 44 and B 20 (mean 32); A1 30, A2 14, B1 20 (mean 21.3). From scale 14 up: MIN 14,
# A 14 alone (mean 14), A2 14 alone. Up to 13: MIN 50, A 30 and B 20 (mean 25), A1 30 and B1 20 (25).
# Later B1 loses nearly everybody: the plan does not move.
DRAWING = """
kind  | before | at | from  | to    | persons | gender | origin
first | -      | d0 | -     | A1.10 | 30      | V      | nederland
first | -      | d0 | -     | A2.14 | 14      | M      | turkije
first | -      | d0 | -     | B1.10 | 20      | V      | nederland
stay  | d0     | d1 | A1.10 | A1.10 | 30      | V      | nederland
stay  | d0     | d1 | A2.14 | A2.14 | 14      | M      | turkije
exit  | d0     | d1 | B1.10 | -     | 12      | V      | nederland
stay  | d0     | d1 | B1.10 | B1.10 | 8       | V      | nederland
exit  | d1     | d2 | A1.10 | -     | 29      | V      | nederland
stay  | d1     | d2 | A1.10 | A1.10 | 1       | V      | nederland
stay  | d1     | d2 | A2.14 | A2.14 | 14      | M      | turkije
stay  | d1     | d2 | B1.10 | B1.10 | 8       | V      | nederland
"""
THREE = DATES[:3]


def plan(**more: object) -> Plan:
    table = {
        "key": "t",
        "metrics": ["headcount"],
        "partitions": {"origin": "binary"},
        "scale_partition": "main",
        "levels": [1, 3],
        "period_kind": "quarter",
    } | more
    written = {"block": {"length": 2}, "table": [table]}
    return Plan.model_validate(written).expand(REFERENCE, Policy.load())


def until(number: int) -> tuple[People, Calendar]:
    """People and calendar as they are known after the first dates."""
    dates = THREE[:number]
    whole = people(DRAWING)
    known = People(
        whole.leaves.filter(pl.col("to_ref").is_in(dates)),
        whole.paths.filter(pl.col("ref").is_in(dates)),
        whole.lines,
    )
    return known, Calendar(dates, REFERENCE.organisation)


def depths(number: int = 3, **more: object) -> dict[str, int]:
    """Scale group -> lowest planned level of the one table."""
    known, calendar = until(number)
    found = planned_tables(known, plan(**more), REFERENCE, calendar)
    return dict(found.select("scale_group", "level_to").iter_rows())


def counted(**more: object) -> pl.DataFrame:
    known, calendar = until(3)
    return planned_counts(known, plan(**more), REFERENCE, calendar)


@pytest.mark.parametrize(
    ("mean_base", "reached"),
    [
        (0, {"all": 3, "<=13": 3, ">=14": 3}),
        (14, {"all": 3, "<=13": 3, ">=14": 3}),
        (15, {"all": 3, "<=13": 3, ">=14": 1}),
        (21, {"all": 3, "<=13": 3, ">=14": 1}),
        # The units of level 3 hold 21.3 people, of up to scale 13 even 25: a scale group is never
        # planned deeper than all scales.
        (22, {"all": 2, "<=13": 2, ">=14": 1}),
        (25, {"all": 2, "<=13": 2, ">=14": 1}),
        (26, {"all": 2, "<=13": 1, ">=14": 1}),
        (33, {"all": 1, "<=13": 1, ">=14": 1}),
    ],
)
def test_each_scale_group_is_as_deep_as_it_is_large(
    mean_base: int, reached: dict[str, int]
) -> None:
    assert depths(mean_base=mean_base) == reached


@pytest.mark.parametrize("mean_base", [14, 15, 22, 26])
def test_later_dates_do_not_change_the_plan(mean_base: int) -> None:
    assert depths(1, mean_base=mean_base) == depths(2, mean_base=mean_base)
    assert depths(1, mean_base=mean_base) == depths(3, mean_base=mean_base)


@pytest.mark.parametrize(
    ("mean_base", "reached"),
    [(6, {"all": 2, "<=13": 2}), (7, {"all": 1, "<=13": 1}), (13, {"all": 1})],
)
def test_a_flow_is_sized_by_its_own_events_of_its_first_period(
    mean_base: int, reached: dict[str, int]
) -> None:
    """At d1 twelve left B and nobody A (mean 6), at level 3 B1 of three units (mean 4).

    Nobody left from scale 14, so that even of the whole these are not planned.
    """
    assert depths(metrics=["exit"], mean_base=mean_base) == reached
    assert depths(2, metrics=["exit"], mean_base=mean_base) == reached


def test_before_its_first_period_a_sized_table_is_planned_for_the_whole_only() -> None:
    assert depths(metrics=["exit"], period_kind="block", mean_base=1) == {"all": 1}
    assert depths(metrics=["exit"], period_kind="block", levels=[2, 3], mean_base=1) == {}


def test_exactly_the_sized_cells_are_counted() -> None:
    found, plain = counted(mean_base=26), counted()
    assert set(found.select("unit_level", "scale_group").unique().iter_rows()) == {
        (1, "all"), (1, "<=13"), (1, ">=14"), (2, "all"),
    }  # fmt: skip
    kept = (pl.col("unit_level") == 1) | (
        (pl.col("unit_level") == 2) & (pl.col("scale_group") == "all")
    )
    assert found.equals(plain.filter(kept))


def test_a_crossed_table_keeps_its_margins_wherever_it_is_planned() -> None:
    found = counted(partitions={"origin": "binary", "gender": "binary"}, mean_base=26)
    base = ["period", "unit", "scale_group"]
    crossed = found.filter(pl.col("attribute2") != "").select(base).unique()
    assert set(crossed["unit"]) == {"MIN", "A", "B"}
    for attribute in ("", "origin", "gender"):
        margin = found.filter(attribute=attribute, attribute2="").select(base).unique()
        assert margin.sort(base).equals(crossed.sort(base)), attribute
    assert not found.select(KEYS).is_duplicated().any()
