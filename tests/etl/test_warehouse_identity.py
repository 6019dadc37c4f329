"""The accounting identity: every leg of every group, and what a broken one says."""

from __future__ import annotations

import polars as pl
import pytest

from etl.domain import Reference
from etl.errors import NotPublished
from etl.metrics.decomposition import decompose
from etl.warehouse.identity import account, check_identity
from tests.etl.person_rows import (
    MOVEMENTS,
    PEOPLE,
    Q1,
    Q2,
    Q3,
    REFUSED,
    UNITS,
    movements,
    people,
    presence,
    units,
)
from tests.etl.test_leaf import leaves_of

REFERENCE = Reference()
HEADS = pl.DataFrame({"ref": [Q1, Q2, Q3], "persons": [12, 11, 12]})

# p11 loses and regains its origin; here it is "not asked" instead of null, as staging makes it.
STAGED = PEOPLE.replace(" -         |", " onbekend  |")


@pytest.fixture(scope="module")
def leaves() -> pl.DataFrame:
    return leaves_of(people(STAGED), presence(STAGED, REFUSED), movements(MOVEMENTS), [Q1, Q2, Q3])


@pytest.fixture(scope="module")
def accounts(leaves: pl.DataFrame) -> pl.DataFrame:
    return account(leaves, units(UNITS), REFERENCE)


@pytest.mark.parametrize(
    ("dimension", "code", "ref", "legs"),
    [
        # before, inflow, exit, measured in, measured out, moved in, moved out, after
        ("unit", "MIN", Q2, (12, 1, 2, 1, 1, 0, 0, 11)),
        ("unit", "MIN", Q3, (11, 1, 0, 1, 1, 0, 0, 12)),
        ("unit", "A", Q2, (10, 1, 1, 0, 1, 0, 1, 8)),
        ("unit", "A1", Q2, (8, 0, 1, 0, 1, 0, 1, 5)),
        ("unit", "A2", Q2, (2, 1, 0, 0, 0, 0, 0, 3)),
        ("unit", "B", Q2, (2, 0, 1, 1, 0, 1, 0, 3)),
        ("scale_group", "<=13", Q2, (12, 1, 2, 1, 1, 0, 1, 10)),
        ("scale_group", ">=14", Q2, (0, 0, 0, 0, 0, 1, 0, 1)),
        ("scale_group", "10", Q2, (4, 0, 1, 0, 0, 0, 1, 2)),
        ("scale_group", "8", Q3, (0, 0, 0, 0, 0, 1, 0, 1)),
        ("origin", "europa", Q2, (1, 0, 0, 0, 0, 0, 1, 0)),
        ("origin", "unknown", Q2, (0, 0, 0, 0, 0, 1, 0, 1)),
        ("origin", "known", Q2, (12, 1, 2, 1, 1, 0, 1, 10)),
        ("origin", "europa", Q3, (0, 0, 0, 0, 0, 1, 0, 1)),
        ("gender", "yes", Q2, (12, 1, 2, 1, 1, 0, 0, 11)),
    ],
)
def test_legs_counted_by_hand(
    accounts: pl.DataFrame, dimension: str, code: str, ref: object, legs: tuple[int, ...]
) -> None:
    found = accounts.filter(
        pl.col("dimension") == dimension, pl.col("code") == code, pl.col("to_ref") == ref
    )
    assert found.select(pl.exclude("to_ref", "dimension", "code")).rows() == [(*legs, 0)]


def test_identity_holds_for_every_group(leaves: pl.DataFrame, accounts: pl.DataFrame) -> None:
    check_identity(leaves, units(UNITS), REFERENCE, HEADS)
    assert set(accounts["dimension"]) == {
        "unit",
        "scale_group",
        "origin",
        "gender",
        "age_band",
        "contract",
        "location_group",
    }


def test_first_date_has_no_account(accounts: pl.DataFrame) -> None:
    assert set(accounts["to_ref"]) == {Q2, Q3}


def test_one_snapshot_alone_passes() -> None:
    rows = "ref | person | unit | scale\n2025-03-31 | p | A1 | 10"
    found = leaves_of(people(rows), presence(rows, "ref | person"), movements(MOVEMENTS), [Q1])
    check_identity(found, units(UNITS), REFERENCE, HEADS.head(1).with_columns(persons=1))


def change(leaves: pl.DataFrame, **columns: pl.Expr) -> pl.DataFrame:
    """Change the leaf of the person who moved from A1 to B."""
    mover = (pl.col("from_unit") == "A1") & (pl.col("to_unit") == "B")
    return leaves.with_columns(
        pl.when(mover).then(expr).otherwise(pl.col(name)).alias(name)
        for name, expr in columns.items()
    )


@pytest.mark.parametrize(
    ("columns", "named"),
    [
        ({"from_unit": pl.lit("A2")}, "unit A1 at 2025-06-30"),
        ({"from_scale": pl.lit(11, pl.Int16)}, "scale_group 12 at 2025-06-30"),
        ({"from_gender": pl.lit("M")}, "gender M at 2025-06-30"),
        ({"from_origin": pl.lit("marokko")}, "origin marokko at 2025-06-30"),
    ],
)
def test_state_that_was_never_there_stops_the_publication(
    leaves: pl.DataFrame, columns: dict[str, pl.Expr], named: str
) -> None:
    with pytest.raises(NotPublished) as caught:
        check_identity(change(leaves, **columns), units(UNITS), REFERENCE, HEADS)
    broken = account(change(leaves, **columns), units(UNITS), REFERENCE)
    places = broken.filter(pl.col("residual") != 0)
    dimension, code, _, ref = named.split()
    assert (dimension, code, ref) in [
        (d, c, r.isoformat()) for r, d, c in places.select("to_ref", "dimension", "code").rows()
    ]
    assert caught.value.exit_code == 4


def test_refusal_names_places_and_no_figure(leaves: pl.DataFrame) -> None:
    with pytest.raises(NotPublished) as caught:
        check_identity(change(leaves, from_gender=pl.lit("M")), units(UNITS), REFERENCE, HEADS)
    assert caught.value.where == (
        "gender M at 2025-06-30; gender V at 2025-06-30; gender no at 2025-06-30; and 1 more"
    )
    assert caught.value.got is None


def test_lost_leaf_is_noticed_against_the_snapshot(leaves: pl.DataFrame) -> None:
    """Without the first date of somebody who left at once, all legs would still add up."""
    rows = leaves.filter(pl.col("to_ref") == Q1).tail(-1)
    with pytest.raises(NotPublished, match="head count of the whole"):
        check_identity(rows, units(UNITS), REFERENCE, HEADS.head(1))


def test_unit_outside_the_tree_is_noticed(leaves: pl.DataFrame) -> None:
    pruned = units(UNITS).filter(pl.col("code") != "A2")
    with pytest.raises(NotPublished, match=r"head count of the whole.*MIN at 2025-03-31"):
        check_identity(leaves, pruned, REFERENCE, HEADS)


def test_missing_period_is_noticed(leaves: pl.DataFrame) -> None:
    with pytest.raises(NotPublished, match="do not join up"):
        check_identity(leaves.filter(pl.col("to_ref") != Q2), units(UNITS), REFERENCE, HEADS)


def test_succession_is_no_transfer() -> None:
    rows = """
    ref        | person | unit | scale
    2025-03-31 | p1     | OLD  | 10
    2025-03-31 | p2     | A    | 10
    2025-06-30 | p1     | NEW  | 10
    2025-06-30 | p2     | NEW  | 10
    """
    drawn = """
    code | parent | level | valid_from | valid_to   | successor_of
    MIN  | -      | 1     | 2020-01-01 | -          | -
    A    | MIN    | 2     | 2020-01-01 | -          | -
    OLD  | MIN    | 2     | 2020-01-01 | 2025-03-31 | -
    NEW  | MIN    | 2     | 2025-04-01 | -          | OLD
    """
    found = leaves_of(people(rows), presence(rows, "ref | person"), movements(MOVEMENTS), [Q1, Q2])
    heads = pl.DataFrame({"ref": [Q1, Q2], "persons": [2, 2]})
    check_identity(found, units(drawn), REFERENCE, heads)
    line = account(found, units(drawn), REFERENCE).filter(pl.col("code") == "OLD")
    assert line.select("before", "moved_in", "moved_out", "after").rows() == [(1, 1, 0, 2)]


LEG_SIGNS = {
    **dict.fromkeys(("inflow", "measured_in", "moved_in"), 1.0),
    **dict.fromkeys(("exit", "measured_out", "moved_out"), -1.0),
}


@pytest.mark.parametrize("code", ["nederland", "europa", "no"])
def test_the_change_in_a_share_is_its_legs_and_nothing_else(
    accounts: pl.DataFrame, code: str
) -> None:
    """True counts of every leg, declarations (moves between known and unknown) included."""
    origin = accounts.filter(pl.col("dimension") == "origin").rows_by_key(
        ["to_ref", "code"], named=True, unique=True
    )
    for ref in (Q2, Q3):
        group, known = origin[ref, code], origin[ref, "known"]
        legs = {name: (sign, (group[name], known[name])) for name, sign in LEG_SIGNS.items()}
        ends = [(group[when], known[when]) for when in ("before", "after")]
        got = decompose(ends[0], ends[1], legs)
        assert got["other"] == pytest.approx(0, abs=1e-12)
    assert origin[Q2, "known"]["moved_out"] == 1  # p11 became unknown
