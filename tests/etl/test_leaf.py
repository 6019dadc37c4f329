"""The leaf query on a hand-made table: every kind, every move, every trap, expected by hand."""

from __future__ import annotations

from datetime import date

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from etl.warehouse.engine import (
    LEAF_SQL,
    LEAVES,
    BrokenContract,
    DuckDbEngine,
    calendar_of,
    checked,
)
from tests.etl.person_rows import (
    MOVEMENTS,
    PEOPLE,
    Q1,
    Q2,
    Q3,
    Q4,
    REFUSED,
    movements,
    people,
    presence,
)
from tests.spec.tables import table

EXPECTED = """
to_ref     | kind         | move             | reason       | from_unit | to_unit | from_scale | to_scale | from_origin | to_origin | periods_in_scale | left_truncated | persons | fte  | fte_persons
2025-03-31 | first        | none             | -            | -         | A1      | -          | 10       | -           | nederland | -                | -              | 2       | 1000 | 1
2025-03-31 | first        | none             | -            | -         | A2      | -          | 10       | -           | nederland | -                | -              | 1       | 1000 | 1
2025-03-31 | first        | none             | -            | -         | A2      | -          | 13       | -           | nederland | -                | -              | 1       | 1000 | 1
2025-03-31 | first        | none             | -            | -         | A1      | -          | 11       | -           | nederland | -                | -              | 1       | 1000 | 1
2025-03-31 | first        | none             | -            | -         | A1      | -          | 8        | -           | nederland | -                | -              | 1       | 1000 | 1
2025-03-31 | first        | none             | -            | -         | B       | -          | 10       | -           | nederland | -                | -              | 1       | 800  | 1
2025-03-31 | first        | none             | -            | -         | A1      | -          | 7        | -           | nederland | -                | -              | 1       | 1000 | 1
2025-03-31 | first        | none             | -            | -         | A1      | -          | 6        | -           | nederland | -                | -              | 1       | 1000 | 1
2025-03-31 | first        | none             | -            | -         | A1      | -          | 12       | -           | nederland | -                | -              | 1       | 1000 | 1
2025-03-31 | first        | none             | -            | -         | A1      | -          | 5        | -           | europa    | -                | -              | 1       | 1000 | 1
2025-03-31 | first        | none             | -            | -         | B       | -          | 9        | -           | nederland | -                | -              | 1       | 1000 | 1
2025-06-30 | stay         | none             | -            | A1        | A1      | 10         | 10       | nederland   | nederland | 0                | true           | 2       | 1000 | 1
2025-06-30 | stay         | promotion        | -            | A2        | A2      | 10         | 11       | nederland   | nederland | 0                | true           | 1       | 1000 | 1
2025-06-30 | stay         | promotion        | sollicitatie | A2        | A2      | 13         | 14       | nederland   | nederland | 0                | true           | 1       | 900  | 1
2025-06-30 | stay         | reclassification | functiehuis  | A1        | A1      | 11         | 12       | nederland   | nederland | 0                | true           | 1       | 1000 | 1
2025-06-30 | stay         | acting           | -            | A1        | A1      | 8          | 9        | nederland   | nederland | 0                | true           | 1       | 1000 | 1
2025-06-30 | exit         | none             | ander werk   | B         | -       | 10         | -        | nederland   | -         | 0                | true           | 1       | 800  | 1
2025-06-30 | inflow       | none             | traineeship  | -         | A2      | -          | 4        | -           | nederland | -                | -              | 1       | 500  | 1
2025-06-30 | exit         | none             | -            | A1        | -       | 7          | -        | nederland   | -         | 0                | true           | 1       | 1000 | 1
2025-06-30 | measured_out | none             | -            | A1        | -       | 6          | -        | nederland   | -         | 0                | true           | 1       | 1000 | 1
2025-06-30 | stay         | none             | -            | A1        | B       | 12         | 12       | nederland   | nederland | 0                | true           | 1       | 1000 | 1
2025-06-30 | stay         | none             | -            | A1        | A1      | 5          | 5        | europa      | -         | 0                | true           | 1       | 1000 | 1
2025-06-30 | stay         | none             | -            | B         | B       | 9          | 9        | nederland   | nederland | 0                | true           | 1       | 1000 | 1
2025-06-30 | measured_in  | none             | -            | -         | B       | -          | 3        | -           | nederland | -                | -              | 1       | 1000 | 1
2025-09-30 | stay         | none             | -            | A1        | A1      | 10         | 10       | nederland   | nederland | 1                | true           | 2       | 1000 | 1
2025-09-30 | stay         | none             | -            | A2        | A2      | 11         | 11       | nederland   | nederland | 0                | false          | 1       | 1000 | 1
2025-09-30 | stay         | none             | -            | A2        | A2      | 14         | 14       | nederland   | nederland | 0                | false          | 1       | 900  | 1
2025-09-30 | stay         | none             | -            | A1        | A1      | 12         | 12       | nederland   | nederland | 0                | false          | 1       | 1000 | 1
2025-09-30 | stay         | demotion         | -            | A1        | A1      | 9          | 8        | nederland   | nederland | 0                | false          | 1       | 1000 | 1
2025-09-30 | stay         | none             | -            | A2        | A2      | 4          | 4        | nederland   | nederland | 0                | false          | 1       | 500  | 1
2025-09-30 | inflow       | none             | -            | -         | A1      | -          | 7        | -           | nederland | -                | -              | 1       | 1000 | 1
2025-09-30 | measured_in  | none             | -            | -         | A1      | -          | 6        | -           | nederland | -                | -              | 1       | 1000 | 1
2025-09-30 | stay         | none             | -            | B         | B       | 12         | 12       | nederland   | nederland | 1                | true           | 1       | 1000 | 1
2025-09-30 | stay         | none             | -            | A1        | A1      | 5          | 5        | -           | europa    | 1                | true           | 1       | 1000 | 1
2025-09-30 | stay         | promotion        | sollicitatie | B         | B       | 9          | 10       | nederland   | nederland | 1                | true           | 1       | 1000 | 1
2025-09-30 | measured_out | none             | -            | B         | -       | 3          | -        | nederland   | -         | 0                | true           | 1       | 1000 | 1
"""


def leaves_of(
    person_rows: pl.DataFrame, seen: pl.DataFrame, moved: pl.DataFrame, dates: list[date]
) -> pl.DataFrame:
    with duckdb.connect() as connection:
        connection.register("snapshot", person_rows)
        connection.register("presence", seen)
        connection.register("movement", moved)
        return DuckDbEngine(connection).leaves(calendar_of(dates))


@pytest.fixture(scope="module")
def leaves() -> pl.DataFrame:
    return leaves_of(people(PEOPLE), presence(PEOPLE, REFUSED), movements(MOVEMENTS), [Q1, Q2, Q3])


def row(frame: pl.DataFrame, *conditions: pl.Expr) -> dict[str, object]:
    found = frame.filter(*conditions)
    assert found.height == 1
    return found.row(0, named=True)


def as_drawn(leaves: pl.DataFrame, drawing: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The leaves in the columns of a drawing, and the drawing as leaves."""
    drawn = table(drawing, to_ref=pl.Date)
    expected = drawn.select(
        pl.col(name).cast(LEAVES[name])
        if LEAVES[name] != pl.Boolean
        else pl.col(name).replace_strict({"true": True, "false": False}, return_dtype=pl.Boolean)
        for name in drawn.columns
    )
    return leaves.select(drawn.columns), expected


def test_leaves_are_those_written_by_hand(leaves: pl.DataFrame) -> None:
    drawn, expected = as_drawn(leaves, EXPECTED)
    assert_frame_equal(drawn, expected, check_row_order=False, check_exact=True)


def test_period_of_a_leaf_runs_from_the_date_before(leaves: pl.DataFrame) -> None:
    periods = leaves.select("from_ref", "to_ref").unique().sort("to_ref")
    assert periods.rows() == [(None, Q1), (Q1, Q2), (Q2, Q3)]


def test_first_snapshot_yields_stock_only(leaves: pl.DataFrame) -> None:
    first = leaves.filter(pl.col("to_ref") == Q1)
    assert first["kind"].unique().to_list() == ["first"]
    assert first["persons"].sum() == 12


def test_refused_then_valid_is_measured_in_and_never_inflow() -> None:
    """Trap 1: a person whose row was refused stood in the raw file, so nobody joined or left."""
    rows = """
    ref        | person | unit | scale
    2025-03-31 | p01    | A1   | 10
    2025-06-30 | p01    | A1   | 10
    2025-06-30 | p02    | A1   | 10
    2025-09-30 | p01    | A1   | 10
    """
    refused = """
    ref        | person
    2025-03-31 | p02
    2025-09-30 | p02
    """
    found = leaves_of(people(rows), presence(rows, refused), movements(MOVEMENTS), [Q1, Q2, Q3])
    kinds = found.group_by("to_ref", "kind").agg(pl.sum("persons")).sort("to_ref", "kind")
    assert kinds.rows() == [
        (Q1, "first", 1),
        (Q2, "measured_in", 1),
        (Q2, "stay", 1),
        (Q3, "measured_out", 1),
        (Q3, "stay", 1),
    ]
    # The same rows without the refused ids are a real joiner and leaver.
    absent = leaves_of(
        people(rows), people(rows).select("ref", "person"), movements(MOVEMENTS), [Q1, Q2, Q3]
    )
    assert set(absent["kind"]) == {"first", "stay", "inflow", "exit"}


def test_spell_whose_start_was_not_observed_is_left_truncated() -> None:
    """Refused in between: the start is unknown. Away in between: the return is the start."""
    rows = """
    ref        | person | unit | scale
    2025-03-31 | gone   | A1   | 7
    2025-03-31 | hidden | A2   | 7
    2025-06-30 | other  | B    | 7
    2025-09-30 | gone   | A1   | 7
    2025-09-30 | hidden | A2   | 7
    2025-12-31 | gone   | A1   | 7
    2025-12-31 | hidden | A2   | 7
    """
    refused = """
    ref        | person
    2025-06-30 | hidden
    """
    found = leaves_of(people(rows), presence(rows, refused), movements(MOVEMENTS), [Q1, Q2, Q3, Q4])
    last = found.filter(pl.col("to_ref") == Q4, pl.col("kind") == "stay")
    spells = last.select("from_unit", "periods_in_scale", "left_truncated").sort("from_unit")
    assert spells.rows() == [("A1", 0, False), ("A2", 0, True)]


def test_back_in_an_earlier_scale_starts_a_new_spell() -> None:
    rows = """
    ref        | person | unit | scale
    2025-03-31 | p      | A1   | 7
    2025-06-30 | p      | A1   | 8
    2025-09-30 | p      | A1   | 7
    2025-12-31 | p      | A1   | 7
    """
    dates = [Q1, Q2, Q3, Q4, date(2026, 3, 31)]
    found = leaves_of(people(rows), presence(rows, "ref | person"), movements(MOVEMENTS), dates)
    spells = found.filter(pl.col("from_unit").is_not_null()).sort("to_ref")
    assert spells.select("periods_in_scale", "left_truncated").rows() == [
        (0, True),
        (0, False),
        (0, False),
        (1, False),
    ]


def test_null_attribute_stays_null_and_never_mixes_two_snapshots(leaves: pl.DataFrame) -> None:
    faded = row(leaves, pl.col("from_origin") == "europa", pl.col("to_ref") == Q2)
    assert (faded["to_origin"], faded["to_unit"]) == (None, "A1")


def test_key_halves_add_up_beyond_64_bits(leaves: pl.DataFrame) -> None:
    pair = row(leaves, pl.col("persons") == 2, pl.col("to_ref") == Q3)
    hi, lo = pair["key_hi"], pair["key_lo"]
    assert isinstance(hi, int)
    assert isinstance(lo, int)
    # 0xFFFFFFFF00000005 + 0x80000000FFFFFFFF, both above 2^63, modulo 2^64.
    assert ((hi << 32) + lo) % 2**64 == 0x8000000000000004


@pytest.mark.parametrize(
    ("kinds", "scales", "move"),
    [
        ((), (10, 11), "promotion"),
        ((), (11, 10), "demotion"),
        ((), (10, 10), "none"),
        (("reclassification",), (10, 11), "reclassification"),
        (("reclassification",), (11, 10), "reclassification"),
        (("reclassification",), (10, 10), "none"),
        (("acting",), (10, 11), "acting"),
        (("acting",), (11, 10), "acting"),
        (("acting", "reclassification"), (10, 11), "reclassification"),
        (("acting", "promotion"), (10, 11), "promotion"),
        (("reclassification", "promotion"), (10, 11), "promotion"),
        (("reclassification", "promotion"), (11, 10), "reclassification"),
        (("reclassification", "demotion"), (11, 10), "demotion"),
        (("horizontal",), (10, 11), "promotion"),
    ],
)
def test_move_follows_the_movement_extract(
    kinds: tuple[str, ...], scales: tuple[int, int], move: str
) -> None:
    rows = f"""
    ref        | person | unit | scale
    2025-03-31 | p      | A1   | {scales[0]}
    2025-06-30 | p      | A1   | {scales[1]}
    """
    told = "person | effective | kind\n" + "\n".join(f"p | 2025-05-01 | {k}" for k in kinds)
    found = leaves_of(people(rows), presence(rows, "ref | person"), movements(told), [Q1, Q2])
    assert row(found, pl.col("kind") == "stay")["move"] == move


@pytest.mark.parametrize(
    ("effective", "move"),
    [
        ("2025-03-31", "promotion"),
        ("2025-04-01", "acting"),
        ("2025-06-30", "acting"),
        ("2025-07-01", "promotion"),
    ],
)
def test_movement_counts_in_its_own_period_only(effective: str, move: str) -> None:
    rows = """
    ref        | person | unit | scale
    2025-03-31 | p      | A1   | 10
    2025-06-30 | p      | A1   | 11
    """
    told = f"person | effective | kind\np | {effective} | acting"
    found = leaves_of(people(rows), presence(rows, "ref | person"), movements(told), [Q1, Q2])
    assert row(found, pl.col("kind") == "stay")["move"] == move


def test_repeated_ids_and_movements_change_nothing(leaves: pl.DataFrame) -> None:
    seen, moved = presence(PEOPLE, REFUSED), movements(MOVEMENTS)
    again = leaves_of(
        people(PEOPLE), pl.concat([seen, seen]), pl.concat([moved, moved]), [Q1, Q2, Q3]
    )
    assert_frame_equal(again, leaves)


def test_no_snapshot_gives_no_leaves() -> None:
    empty = people("ref | person | unit | scale")
    found = leaves_of(empty, empty.select("ref", "person"), movements(MOVEMENTS), [])
    assert found.schema == LEAVES
    assert found.is_empty()


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("persons", 0, "no persons"),
        ("to_ref", None, "a null key"),
        ("key_lo", None, "a null key"),
        ("key_hi", -1, "a negative sum"),
        ("fte_persons", 9, "more fte than persons"),
        ("kind", "joined", "an unknown kind"),
        ("from_unit", "A1", "a wrong state before"),
        ("to_scale", None, "a wrong state after"),
        ("move", "promotion", "a move without a stay"),
        ("periods_in_scale", 1, "time in scale"),
        ("from_ref", None, "a first row with a period"),
    ],
)
def test_contract_refuses_impossible_leaves(
    leaves: pl.DataFrame, column: str, value: object, says: str
) -> None:
    inflow = leaves.filter(pl.col("kind") == "inflow").head(1)
    checked(inflow)
    wrong = inflow.with_columns(pl.lit(value).cast(LEAVES[column]).alias(column))
    with pytest.raises(BrokenContract, match=says):
        checked(wrong)


def test_contract_refuses_another_schema(leaves: pl.DataFrame) -> None:
    with pytest.raises(BrokenContract, match="schema"):
        checked(leaves.with_columns(pl.col("fte").cast(pl.Float64)))


def test_query_is_static_and_plain() -> None:
    """No parameter, no placeholder, none of the shortcuts that only one engine knows."""
    code = "\n".join(line.split("--")[0] for line in LEAF_SQL.splitlines()).upper()
    for word in ("?", "$", "{", "QUALIFY", "COALESCE", "EXCLUDE", "BY NAME", "GROUP BY ALL", "::"):
        assert word not in code
