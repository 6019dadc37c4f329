"""The distance rule by hand: who joins, returns, is renamed or reorganised, and what then holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.domain import Reference
from etl.errors import RefusedInput
from etl.privacy.base_sets import BASE, base_sets, moved, near
from etl.privacy.distance import (
    KEYS,
    STANDING,
    history_of,
    largest_distance,
    repeated,
    standing,
)
from etl.privacy.policy import Policy
from tests.spec.tables import table

D1, D2, D3, D4 = (date(2025, 3, 31), date(2025, 6, 30), date(2025, 9, 30), date(2025, 12, 31))
POLICY = Policy.load()
LIMIT = largest_distance(POLICY)
SENSITIVITY = {key: a.sensitivity for key, a in Reference().attributes.items()}
GROUPS = {"all": frozenset(range(1, 20)), "<=13": frozenset(range(1, 14))}
GROUPS |= {">=14": frozenset(range(14, 20))}
ORIGIN, GENDER, CROSSED = ("origin", ""), ("gender", ""), ("gender", "origin")

State = tuple[str, int]
Roster = Mapping[date, Mapping[str, State]]
"""Date -> person -> (unit, scale)."""
Tree = Mapping[date, Mapping[str, Sequence[str]]]
"""Date -> unit -> the units that it is in, itself included."""


def people(*numbers: int, at: State = ("A", 10)) -> dict[str, State]:
    """Persons by number, all in one place."""
    return {f"p{number:04}": at for number in numbers}


def roster_frame(roster: Roster) -> pl.DataFrame:
    rows = [(ref, who, *state) for ref, there in roster.items() for who, state in there.items()]
    schema = {"ref": pl.Date, "person": pl.String, "unit": pl.String, "scale": pl.Int16}
    return pl.DataFrame(rows, schema=schema, orient="row")


def paths_frame(tree: Tree) -> pl.DataFrame:
    rows = [
        (ref, unit, ancestor, 1)
        for ref, units in tree.items()
        for unit, ancestors in units.items()
        for ancestor in ancestors
    ]
    schema = {"ref": pl.Date, "unit": pl.String, "ancestor": pl.String, "level": pl.Int16}
    return pl.DataFrame(rows, schema=schema, orient="row")


def flat(roster: Roster) -> Tree:
    """Every unit is alone."""
    return {ref: {unit: [unit] for unit, _ in there.values()} for ref, there in roster.items()}


def walk(
    roster: Roster,
    split: tuple[str, str] = ORIGIN,
    *,
    tree: Tree | None = None,
    gate: int = 10,
    record: Iterable[tuple[date, str, str, bool]] = (),
    decide: Sequence[date] = (),
) -> dict[tuple[date, str, str], tuple[str, date | None, str | None]]:
    """Decide the dates oldest first, each against all before; base -> (state, date, unit)."""
    sets = base_sets(roster_frame(roster), paths_frame(tree or flat(roster)), GROUPS)
    columns = {"ref": pl.Date, **dict.fromkeys(KEYS, pl.String), "fresh": pl.Boolean}
    known = [(ref, unit, group, *split, fresh) for ref, unit, group, fresh in record]
    history = pl.DataFrame(known, schema=columns, orient="row")
    found = {}
    for now in sets:
        if decide and now.ref not in decide:
            continue
        first, second = (pl.lit(name) for name in split)
        open_ = now.names.filter(pl.Series(now.sizes >= gate))
        cells = open_.with_columns(attribute=first, attribute2=second)
        close = near(now, sets, LIMIT)
        made = standing(now.ref, cells, close, history, sensitivity=SENSITIVITY, policy=POLICY)
        assert made.schema == STANDING
        for row in made.iter_rows(named=True):
            key = (now.ref, row["unit"], row["scale_group"])
            found[key] = row["state"], row["from_ref"], row["from_unit"]
        rows = made.select(
            pl.lit(now.ref).alias("ref"), *KEYS, (pl.col("state") == "fresh").alias("fresh")
        )
        history = pl.concat([history, rows])
    return found


@pytest.mark.parametrize(
    ("joiners", "split", "state"),
    [
        (1, ORIGIN, "stands"),
        (9, ORIGIN, "stands"),
        (10, ORIGIN, "fresh"),
        (1, GENDER, "stands"),
        (4, GENDER, "stands"),
        (5, GENDER, "fresh"),
        (9, CROSSED, "stands"),
        (10, CROSSED, "fresh"),
    ],
)
def test_a_base_is_decided_anew_at_the_distance_of_its_class(
    joiners: int, split: tuple[str, str], state: str
) -> None:
    """57 -> 58 names the one who joined; n-1, n and n+1 of each class."""
    found = walk({D1: people(*range(57)), D2: people(*range(57 + joiners))}, split)
    assert found[D1, "A", "all"] == ("fresh", D1, "A")
    assert found[D2, "A", "all"] == (state, D2 if state == "fresh" else D1, "A")


def test_persons_are_counted_not_the_change_of_the_head_count() -> None:
    """Five join and five leave: the head count stands still, ten distinct persons differ."""
    found = walk({D1: people(*range(57)), D2: people(*range(5, 62))})
    assert found[D2, "A", "all"][0] == "fresh"


def test_five_who_leave_and_return_bring_back_the_same_decision() -> None:
    whole, less = people(*range(57)), people(*range(5, 57))
    found = walk({D1: whole, D2: less, D3: whole})
    assert found[D2, "A", "all"] == ("stands", D1, "A")
    assert found[D3, "A", "all"] == ("copied", D1, "A")


def test_summed_flows_would_have_called_this_far() -> None:
    """Ten leave and the same ten return: 20 movements, 0 distinct persons against the first."""
    whole, less = people(*range(57)), people(*range(10, 57))
    found = walk({D1: whole, D2: less, D3: whole})
    assert found[D2, "A", "all"] == ("fresh", D2, "A")
    assert found[D3, "A", "all"] == ("copied", D1, "A")


def test_a_renamed_unit_repeats_the_decision_of_the_old_code() -> None:
    found = walk({D1: people(*range(57)), D2: people(*range(57), at=("Z", 10))})
    assert found[D2, "Z", "all"] == ("copied", D1, "A")
    assert found[D2, "Z", "<=13"] == ("copied", D1, "A")


def test_a_renamed_unit_with_one_joiner_is_hidden() -> None:
    """Too near to what was said under the old code, and nothing was said under the new one."""
    found = walk({D1: people(*range(57)), D2: people(*range(58), at=("Z", 10))})
    assert found[D2, "Z", "all"] == ("hidden", None, None)


def test_two_scale_groups_of_different_dates_that_differ_by_two() -> None:
    """Everybody on one date is, but for two, the lower band of another: no two draws for them."""
    low, high = people(*range(60)), people(*range(60, 75), at=("A", 15))
    left = people(*range(2, 60))
    found = walk({D1: low | high, D2: left})
    assert found[D1, "A", "all"][0] == found[D1, "A", "<=13"][0] == "fresh"
    assert found[D2, "A", "all"] == ("stands", D1, "A")  # 17 from its own, 2 from the lower band
    assert found[D2, "A", "<=13"] == ("stands", D1, "A")


def test_a_rolled_back_publication_still_counts() -> None:
    """What was served at D2 and taken back stands in the record: D1, decided late, is near it."""
    roster = {D1: people(*range(57)), D2: people(*range(55))}
    served = [(D2, "A", group, True) for group in ("all", "<=13")]
    found = walk(roster, record=served, decide=[D1])
    assert found[D1, "A", "all"] == ("hidden", None, None)
    assert walk(roster, decide=[D1])[D1, "A", "all"][0] == "fresh"


def test_what_only_repeats_is_not_compared_with() -> None:
    """Four joiners a date: each is measured from the date that was decided, not from the last."""
    found = walk({d: people(*range(57 + 4 * i)) for i, d in enumerate((D1, D2, D3, D4))})
    assert [found[d, "A", "all"][:2] for d in (D1, D2, D3, D4)] == [
        ("fresh", D1), ("stands", D1), ("stands", D2), ("fresh", D4),
    ]  # fmt: skip


def test_one_joiner_over_the_base_gate_is_decided_once() -> None:
    """49 is under the gate and no decision; 50 is the first, and 51 stands on it."""
    sizes = {D1: 49, D2: 50, D3: 51}
    found = walk({d: people(*range(n)) for d, n in sizes.items()}, gate=50)
    assert (D1, "A", "all") not in found
    assert found[D2, "A", "all"] == ("fresh", D2, "A")
    assert found[D3, "A", "all"] == ("stands", D2, "A")


def test_a_reorganisation_compares_the_new_tree_with_the_old() -> None:
    """B takes over all of A1 but three: as a base it is A1 of the date before, nearly."""
    a1, a2 = people(*range(60), at=("A1", 10)), people(*range(60, 130), at=("A2", 10))
    b = people(*range(3, 60), at=("B", 10))
    c = people(0, 1, 2, *range(60, 130), at=("C", 10))
    tree = {
        D1: {"A1": ["A1", "MIN"], "A2": ["A2", "MIN"]},
        D2: {"B": ["B", "MIN"], "C": ["C", "MIN"]},
    }
    found = walk({D1: a1 | a2, D2: b | c}, tree=tree)
    assert found[D2, "B", "all"] == ("hidden", None, None)
    assert found[D2, "C", "all"] == ("hidden", None, None)
    assert found[D2, "MIN", "all"] == ("copied", D1, "MIN")


def test_of_several_equal_sets_the_latest_date_and_the_first_code_hold() -> None:
    whole = people(*range(57))
    tree = {ref: {"A": ["A", "MIN"]} for ref in (D1, D2, D3)}
    served = [(ref, unit, "all", True) for ref in (D1, D2) for unit in ("MIN", "A")]
    found = walk(dict.fromkeys((D1, D2, D3), whole), tree=tree, record=served, decide=[D3])
    assert found[D3, "MIN", "all"] == found[D3, "A", "all"] == ("copied", D2, "A")


def test_each_split_has_its_own_decisions() -> None:
    """A gender decision of yesterday says nothing about origin."""
    roster = {D1: people(*range(57)), D2: people(*range(58))}
    sets = base_sets(roster_frame(roster), paths_frame(flat(roster)), GROUPS)
    splits = pl.DataFrame([ORIGIN, GENDER], schema=["attribute", "attribute2"], orient="row")
    cells = sets[1].names.filter(scale_group="all").join(splits, how="cross")
    told = sets[0].names.join(splits.head(1), how="cross")
    history = told.with_columns(ref=pl.lit(D1), fresh=pl.lit(value=True))
    compared = near(sets[1], sets, LIMIT)
    made = standing(D2, cells, compared, history, sensitivity=SENSITIVITY, policy=POLICY)
    assert made.select("attribute", "state").rows() == [("gender", "fresh"), ("origin", "stands")]


@pytest.mark.parametrize(
    ("movers", "state"), [((0, 0), "stands"), ((4, 5), "stands"), ((4, 6), "fresh")]
)
def test_where_the_sets_are_deleted_public_movers_are_counted(
    movers: tuple[int, int], state: str
) -> None:
    cells = pl.DataFrame([("A", "all", *ORIGIN)], schema=list(KEYS), orient="row")
    history = cells.with_columns(ref=pl.lit(D1), fresh=pl.lit(value=True))
    counted = pl.DataFrame(
        {"unit": ["A"], "scale_group": ["all"], "other_ref": [D1], "other_unit": ["A"],
         "other_scale_group": ["all"], "joined": [movers[0]], "left": [movers[1]]}
    )  # fmt: skip
    made = standing(
        D2, cells, counted.clear(), history,
        sensitivity=SENSITIVITY, policy=POLICY, counted=counted,
    )  # fmt: skip
    assert made["state"].to_list() == [state]


def test_a_split_without_a_class_is_refused() -> None:
    cells = pl.DataFrame([("A", "all", "shoe_size", "")], schema=list(KEYS), orient="row")
    history = cells.clear().with_columns(ref=pl.lit(D1), fresh=pl.lit(value=True))
    with pytest.raises(RefusedInput, match="no sensitivity class"):
        standing(D2, cells, near_nothing(), history, sensitivity=SENSITIVITY, policy=POLICY)


def near_nothing() -> pl.DataFrame:
    sets = base_sets(roster_frame({D1: people(1)}), paths_frame({D1: {"A": ["A"]}}), GROUPS)
    return near(sets[0], [], LIMIT)


EARLIER = """
ref        | unit | scale_group | attribute | attribute2 | category | category2 | status       | value | base | as_of  | fresh
2025-03-31 | A    | all         | origin    |            | yes      |           | published    | 15    | 57   | 2025Q1 | true
2025-03-31 | A    | all         | origin    |            | unknown  |           | suppressed   | -     | 57   | 2025Q1 | true
2025-06-30 | B    | all         | origin    |            | yes      |           | published    | 20    | 61   | 2024Q4 | false
2025-06-30 | C    | all         | gender    |            | yes      |           | not_measured | -     | 80   | 2025Q2 | true
"""
PLANNED = """
period | unit | scale_group | attribute | attribute2 | category | category2 | base
2025Q3 | Z    | all         | origin    |            | yes      |           | 57
2025Q3 | Z    | all         | origin    |            | unknown  |           | 57
2025Q3 | Z    | all         | origin    |            | turkije  |           | 57
2025Q3 | B    | all         | origin    |            | yes      |           | 63
2025Q3 | N    | all         | origin    |            | yes      |           | 58
2025Q3 | F    | all         | origin    |            | yes      |           | 99
"""
DECIDED = """
unit | scale_group | attribute | attribute2 | state  | from_ref   | from_unit | from_scale_group
Z    | all         | origin    |            | copied | 2025-03-31 | A         | all
B    | all         | origin    |            | stands | 2025-06-30 | B         | all
N    | all         | origin    |            | hidden | -          | -         | -
F    | all         | origin    |            | fresh  | 2025-09-30 | F         | all
"""
NUMBERS = {"value": pl.Float64, "base": pl.Float64}


def test_history_has_a_row_a_base_and_split_and_nothing_unmeasured() -> None:
    rows = table(EARLIER, ref=pl.Date).with_columns(fresh=pl.col("fresh") == "true")
    assert history_of(rows).rows() == [
        (D1, "A", "all", "origin", "", True),
        (D2, "B", "all", "origin", "", False),
    ]


def test_repeated_cells_carry_number_base_and_date_of_their_decision() -> None:
    rows = table(EARLIER, ref=pl.Date, **NUMBERS)
    planned = table(PLANNED, base=pl.Float64)
    made = repeated(table(DECIDED, from_ref=pl.Date), planned, rows)
    assert made.select("unit", "category", "status", "value", "base", "as_of").sort(
        "unit", "category"
    ).rows() == [
        ("B", "yes", "published", 20.0, 61.0, "2024Q4"),
        ("N", "yes", "suppressed", None, 58.0, "2025Q3"),
        ("Z", "turkije", "suppressed", None, 57.0, "2025Q3"),
        ("Z", "unknown", "suppressed", None, 57.0, "2025Q1"),
        ("Z", "yes", "published", 15.0, 57.0, "2025Q1"),
    ]


# --- against sets as Python knows them

UNITS = {"A1": ["A1", "A", "MIN"], "A2": ["A2", "A", "MIN"], "B": ["B", "MIN"], "MIN": ["MIN"]}
places = st.tuples(st.sampled_from(sorted(UNITS)), st.sampled_from([9, 13, 14]))
rosters = st.fixed_dictionaries(
    {
        ref: st.dictionaries(st.sampled_from([f"p{n}" for n in range(9)]), places)
        for ref in (D1, D2, D3)
    }
)


def naive_sets(roster: Roster) -> dict[date, dict[tuple[str, str], set[str]]]:
    found: dict[date, dict[tuple[str, str], set[str]]] = {}
    for ref, there in roster.items():
        for who, (unit, scale) in there.items():
            for ancestor in UNITS[unit]:
                for group, scales in GROUPS.items():
                    if scale in scales:
                        found.setdefault(ref, {}).setdefault((ancestor, group), set()).add(who)
    return found


@settings(max_examples=150, deadline=None)
@given(roster=rosters, limit=st.integers(1, 5))
def test_near_and_moved_are_what_sets_say(roster: Roster, limit: int) -> None:
    naive = naive_sets(roster)
    sets = base_sets(roster_frame(roster), paths_frame(dict.fromkeys(roster, UNITS)), GROUPS)
    assert {
        s.ref: {n: k for n, k in zip(s.names.rows(), s.sizes, strict=True) if k} for s in sets
    } == {ref: {base: len(held) for base, held in there.items()} for ref, there in naive.items()}
    if D3 not in naive:
        return
    now = next(s for s in sets if s.ref == D3)
    close = {
        (*base, ref, *other, len(mine - theirs), len(theirs - mine))
        for base, mine in naive[D3].items()
        for ref in naive
        if ref != D3
        for other, theirs in naive[ref].items()
        if len(mine ^ theirs) < limit
    }
    assert set(near(now, sets, limit).rows()) == close
    steps = {
        (*base, ref, len(mine - naive[ref][base]), len(naive[ref][base] - mine))
        for base, mine in naive[D3].items()
        for ref in naive
        if ref != D3 and base in naive[ref]
    }
    assert set(moved(now, sets).rows()) == steps


def test_only_wanted_bases_are_made() -> None:
    roster = {D1: people(*range(20)), D2: people(*range(20))}
    wanted = pl.DataFrame({"ref": [D1], "unit": ["A"], "scale_group": ["all"]})
    first, second = base_sets(roster_frame(roster), paths_frame(flat(roster)), GROUPS, wanted)
    assert first.names.select(BASE).rows() == [("A", "all")]
    assert (first.sizes.tolist(), second.sizes.tolist()) == ([20], [0])
    assert near(second, [first], LIMIT).is_empty()
