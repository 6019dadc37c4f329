"""Leaves in, planned counts out; every expected number is counted by hand from the drawing."""

from __future__ import annotations

import polars as pl
import pytest

from etl.domain import Reference
from etl.metrics.cells import COUNTS, KEYS
from etl.metrics.count import planned_counts
from etl.metrics.periods import Calendar
from etl.privacy.plan import Plan, load_plan
from etl.privacy.policy import Policy
from tests.etl.leaf_rows import DATES, people

REFERENCE = Reference()

YEAR = """
kind    | before | at | from  | to    | persons | move             | origin           | gender | fte  | fte_persons
first   | -      | d0 | -     | A1.10 | 4       | -                | nederland        | V      | 3600 | 4
first   | -      | d0 | -     | A1.13 | 3       | -                | turkije          | M      | 3000 | 3
first   | -      | d0 | -     | A2.14 | 2       | -                | onbekend         | M      | 2000 | 2
first   | -      | d0 | -     | B1.10 | 1       | -                | nederland        | V      | 500  | 1
stay    | d0     | d1 | A1.10 | A1.10 | 3       | -                | nederland        | V      | 3000 | 3
stay    | d0     | d1 | A1.13 | A1.14 | 1       | promotion        | turkije          | M      | 1000 | 1
stay    | d0     | d1 | A1.13 | A1.14 | 1       | reclassification | turkije          | M      | 1000 | 1
stay    | d0     | d1 | A1.10 | A1.11 | 1       | promotion        | onbekend>turkije | V      | 1000 | 1
exit    | d0     | d1 | A1.13 | -     | 1       | -                | turkije          | M      | 1000 | 1
stay    | d0     | d1 | A2.14 | B1.14 | 2       | -                | onbekend         | M      | 2000 | 2
stay    | d0     | d1 | B1.10 | B1.10 | 1       | -                | nederland        | V      | 500  | 1
inflow  | d0     | d1 | -     | B1.10 | 2       | -                | marokko          | M      | 2000 | 2
stay    | d1     | d2 | A1.10 | A2.10 | 3       | -                | nederland        | V      | 3000 | 3
stay    | d1     | d2 | A1.14 | A1.14 | 2       | -                | turkije          | M      | 2000 | 2
stay    | d1     | d2 | A1.11 | A1.11 | 1       | -                | turkije          | V      | 1000 | 1
stay    | d1     | d2 | B1.14 | B1.14 | 2       | -                | onbekend         | M      | 2000 | 2
stay    | d1     | d2 | B1.10 | B1.10 | 3       | -                | nederland        | V      | 3000 | 3
stay    | d2     | d3 | A2.10 | A3.10 | 3       | -                | nederland        | V      | 3000 | 3
stay    | d2     | d3 | A1.14 | A1.14 | 2       | -                | turkije          | M      | 2000 | 2
stay    | d2     | d3 | A1.11 | A1.11 | 1       | -                | turkije          | V      | 1000 | 1
stay    | d2     | d3 | B1.14 | B1.14 | 2       | -                | onbekend         | M      | 2000 | 2
stay    | d2     | d3 | B1.10 | B1.10 | 3       | -                | nederland        | V      | 3000 | 3
stay    | d3     | d4 | A3.10 | A3.10 | 3       | -                | nederland        | V      | 3000 | 3
stay    | d3     | d4 | A1.14 | A1.14 | 2       | -                | turkije          | M      | 2000 | 2
stay    | d3     | d4 | A1.11 | A1.11 | 1       | -                | turkije          | V      | 1000 | 1
stay    | d3     | d4 | B1.14 | B1.14 | 2       | -                | onbekend         | M      | 2000 | 2
exit    | d3     | d4 | B1.10 | -     | 2       | -                | nederland        | V      | 2000 | 2
measured_out | d3 | d4 | B1.10 | -    | 1       | -                | nederland        | V      | 1000 | 1
"""


def plan(*tables: dict[str, object], length: int = 2) -> Plan:
    written = {"block": {"length": length}, "table": list(tables)}
    return Plan.model_validate(written).expand(REFERENCE, Policy.load())


def one(*metrics: str, **more: object) -> dict[str, object]:
    return {
        "key": "-".join((*metrics, *map(str, more.values()))),
        "metrics": list(metrics),
        "levels": [1, 5],
        "period_kind": "quarter",
    } | more


def counted(*tables: dict[str, object]) -> pl.DataFrame:
    calendar = Calendar(DATES, REFERENCE.organisation)
    return planned_counts(people(YEAR), plan(*tables), REFERENCE, calendar)


def cells(frame: pl.DataFrame, period: str, *by: str, **where: str) -> dict[object, int]:
    """Counts of one period by some key columns, where other ones have a value."""
    rows = frame.filter(pl.col("period") == period, *(pl.col(k) == v for k, v in where.items()))
    names = list(by) or ["unit"]
    return {
        row[:-1] if len(names) > 1 else row[0]: row[-1]
        for row in rows.select(*names, "count").iter_rows()
    }


def test_stock_counts_every_level_of_the_tree_and_lists_no_empty_unit() -> None:
    found = counted(one("headcount"))
    assert cells(found, "2024Q4") == {"MIN": 10, "A": 9, "A1": 7, "A2": 2, "B": 1, "B1": 1}
    # A2 is empty at d1 and A3 does not exist yet.
    assert cells(found, "2025Q1") == {"MIN": 11, "A": 6, "A1": 6, "B": 5, "B1": 5}
    assert cells(found, "2025Q3")["A3"] == 3
    assert "A2" not in cells(found, "2025Q3")
    assert dict(found.select("unit", "unit_level").unique().iter_rows())["A3"] == 3


def test_scale_groups_split_the_whole_and_an_empty_one_is_not_listed() -> None:
    found = counted(one("headcount", scale_partition="main"))
    assert cells(found, "2024Q4", "unit", "scale_group") == {
        ("MIN", "all"): 10, ("MIN", "<=13"): 8, ("MIN", ">=14"): 2,
        ("A", "all"): 9, ("A", "<=13"): 7, ("A", ">=14"): 2,
        ("A1", "all"): 7, ("A1", "<=13"): 7,
        ("A2", "all"): 2, ("A2", ">=14"): 2,
        ("B", "all"): 1, ("B", "<=13"): 1,
        ("B1", "all"): 1, ("B1", "<=13"): 1,
    }  # fmt: skip


def test_flows_count_on_their_side_and_the_first_date_has_none() -> None:
    found = counted(one("inflow", "exit", "promotion", "crossing"))
    assert "2024Q4" not in found["period"].to_list()
    # d1: two joined B1; one left A1; promoted in A1: 13->14 (also a crossing) and 10->11.
    # The reclassification is neither promotion nor crossing. A populated unit without events: 0.
    assert cells(found, "2025Q1", metric="inflow") == {"MIN": 2, "A": 0, "A1": 0, "B": 2, "B1": 2}
    assert cells(found, "2025Q1", metric="exit") == {
        "MIN": 1, "A": 1, "A1": 1, "A2": 0, "B": 0, "B1": 0,
    }  # fmt: skip
    assert cells(found, "2025Q1", metric="promotion")["A1"] == 2
    assert cells(found, "2025Q1", metric="crossing", scale_group="all")["A1"] == 1
    # Measured out is no exit.
    assert cells(found, "2025Q4", metric="exit")["B1"] == 2


def test_promotion_counts_in_the_scale_and_attributes_it_started_from() -> None:
    found = counted(
        one("promotion", scale_partition="main", partitions={"origin": "binary"}, levels=[1, 1])
    )
    assert cells(found, "2025Q1", "scale_group", "category") == {
        ("all", ""): 2, ("all", "unknown"): 1, ("all", "known"): 1, ("all", "yes"): 1,
        ("all", "no"): 0,
        ("<=13", ""): 2, ("<=13", "unknown"): 1, ("<=13", "known"): 1, ("<=13", "yes"): 1,
        ("<=13", "no"): 0,
        (">=14", ""): 0, (">=14", "unknown"): 0, (">=14", "known"): 0, (">=14", "yes"): 0,
        (">=14", "no"): 0,
    }  # fmt: skip


def test_only_the_lower_band_can_be_crossed_from() -> None:
    found = counted(one("crossing", scale_partition="main", levels=[1, 1]))
    assert cells(found, "2025Q1", "scale_group") == {"all": 1, "<=13": 1}
    fine = counted(one("crossing", scale_partition="fine", levels=[1, 1]))
    assert set(cells(fine, "2025Q1", "scale_group")) == {"all", "10-11", "12-13"}


def test_a_move_inside_a_subtree_or_to_a_successor_is_no_transfer() -> None:
    found = counted(one("transfer_in", "transfer_out"))
    assert cells(found, "2025Q1", metric="transfer_out") == {
        "MIN": 0, "A": 2, "A1": 0, "A2": 2, "B": 0, "B1": 0,
    }  # fmt: skip
    assert cells(found, "2025Q1", metric="transfer_in") == {
        "MIN": 0, "A": 0, "A1": 0, "B": 2, "B1": 2,
    }  # fmt: skip
    # d2: A1 -> A2 stays inside A.
    assert cells(found, "2025Q2", metric="transfer_out")["A"] == 0
    assert cells(found, "2025Q2", metric="transfer_out")["A1"] == 3
    assert cells(found, "2025Q2", metric="transfer_in")["A2"] == 3
    # d3: A2 became A3, nobody moved.
    assert set(cells(found, "2025Q3", metric="transfer_in").values()) == {0}
    assert set(cells(found, "2025Q3", metric="transfer_out").values()) == {0}


def test_a_transfer_counts_with_the_attributes_of_its_side() -> None:
    found = counted(one("transfer_out", partitions={"origin": "binary"}))
    assert cells(found, "2025Q1", "category", unit="A", attribute="origin") == {
        "unknown": 2, "known": 0, "yes": 0, "no": 0,
    }  # fmt: skip


def test_a_year_is_the_sum_of_its_four_quarters() -> None:
    found = counted(one("exit", "inflow", period_kind="year"), one("exit", period_kind="quarter"))
    assert cells(found, "2025", metric="exit") == {
        "MIN": 3, "A": 1, "A1": 1, "A2": 0, "A3": 0, "B": 2, "B1": 2,
    }  # fmt: skip
    assert set(found["period_kind"]) == {"quarter", "year"}
    assert "2024" not in found["period"].to_list()


def test_an_incomplete_block_is_not_counted() -> None:
    assert (
        counted(one("headcount"), one("exit", period_kind="block"))
        .filter(pl.col("period_kind") == "block")
        .is_empty()
    )


def test_leaves_of_origin_come_with_the_groups_they_hang_under() -> None:
    found = counted(one("headcount", partitions={"origin": "leaves"}, levels=[1, 1]))
    assert cells(found, "2024Q4", "category", attribute="origin") == {
        "unknown": 2, "known": 8, "nederland": 5, "europa": 0, "buiten_europa": 3,
        "turkije": 3, "marokko": 0, "suriname": 0, "nl_cariben": 0, "indonesie": 0,
        "overig_buiten_europa": 0,
    }  # fmt: skip


def test_a_crossed_table_comes_with_its_margins() -> None:
    crossed = {"origin": "binary", "gender": "binary"}
    found = counted(one("headcount", partitions=crossed, levels=[1, 1]))
    assert cells(found, "2024Q4", "attribute", "category", "category2") == {
        ("", "", ""): 10,
        ("origin", "unknown", ""): 2, ("origin", "known", ""): 8,
        ("origin", "yes", ""): 3, ("origin", "no", ""): 5,
        ("gender", "yes", ""): 5, ("gender", "no", ""): 5,
        ("origin", "unknown", "yes"): 0, ("origin", "unknown", "no"): 2,
        ("origin", "known", "yes"): 5, ("origin", "known", "no"): 3,
        ("origin", "yes", "yes"): 0, ("origin", "yes", "no"): 3,
        ("origin", "no", "yes"): 5, ("origin", "no", "no"): 0,
    }  # fmt: skip


def test_base_and_keys_are_those_of_everybody() -> None:
    found = counted(one("headcount", partitions={"gender": "binary"}))
    a1 = found.filter(pl.col("unit") == "A1", pl.col("period") == "2024Q4")
    assert a1.height == 3
    # Rows 1 and 2 of the drawing: keys (1000, 1) and (2000, 2), seven persons.
    assert set(a1.select("base", "key_hi", "key_lo").iter_rows()) == {(7, 3000, 3)}


def test_fte_is_the_nearest_whole_number_and_keeps_its_thousandths() -> None:
    found = counted(one("fte"))
    rows = found.filter(pl.col("period") == "2024Q4").select("unit", "count", "fte", "measured")
    assert {unit: (count, fte, known) for unit, count, fte, known in rows.iter_rows()} == {
        "MIN": (9, 9100, 10), "A": (9, 8600, 9), "A1": (7, 6600, 7), "A2": (2, 2000, 2),
        "B": (1, 500, 1), "B1": (1, 500, 1),
    }  # fmt: skip


@pytest.mark.parametrize(("known", "measured"), [(8, 0), (9, 9), (10, 10)])
def test_fte_that_was_delivered_for_too_few_is_not_measured(known: int, measured: int) -> None:
    drawing = f"""
    kind  | before | at | from | to    | persons | fte  | fte_persons
    first | -      | d0 | -    | A1.10 | 10      | 9000 | {known}
    """
    table = one("fte", minimum_known=0.9)
    calendar = Calendar(DATES[:1], REFERENCE.organisation)
    found = planned_counts(people(drawing), plan(table), REFERENCE, calendar)
    assert set(found["measured"]) == {measured}


def test_how_many_had_the_attribute_delivered_is_told_for_the_whole() -> None:
    found = counted(one("headcount", "exit", partitions={"origin": "binary"}))
    origin = found.filter(pl.col("attribute") == "origin")
    measured = dict(
        origin.filter(metric="headcount").select("period", "measured").unique().iter_rows()
    )
    # `onbekend` was not delivered: two persons of A2 at d0; the same two at d1..d4.
    assert measured == {"2024Q4": 8, "2025Q1": 9, "2025Q2": 9, "2025Q3": 9, "2025Q4": 6}
    exits = dict(origin.filter(metric="exit").select("period", "measured").unique().iter_rows())
    # An exit is described by the date before it.
    assert exits["2025Q1"] == 8


def test_every_cell_is_counted_once_whatever_tables_plan_it() -> None:
    found = counted(
        one("headcount", partitions={"origin": "binary"}),
        one("headcount", partitions={"origin": "groups"}),
        one("headcount", scale_partition="fine"),
    )
    assert found.schema == COUNTS
    assert not found.select(KEYS).is_duplicated().any()
    assert found.select(KEYS).equals(found.select(KEYS).sort(KEYS))


def test_nothing_outside_the_plan_is_counted() -> None:
    shipped = load_plan(REFERENCE, Policy.load())
    calendar = Calendar(DATES, REFERENCE.organisation)
    found = planned_counts(people(YEAR), shipped, REFERENCE, calendar)
    split = found.filter(pl.col("attribute") != "")
    assert split.filter(metric="crossing").is_empty()  # blocks only, and none is complete
    assert set(split.filter(metric="exit", period_kind="quarter")["unit"]) == {"MIN"}
    assert set(split["unit"]) == {"MIN"}  # of ten people nothing is split below the whole
    assert set(split.filter(pl.col("attribute2") != "")["unit"]) == {"MIN"}
    assert set(found.filter(metric="transfer_in")["unit_level"]) == {2, 3}
