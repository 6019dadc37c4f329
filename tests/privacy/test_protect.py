"""What one base shows of its own split: thresholds, siblings, remainders, one symbol."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.domain import Reference
from etl.errors import NotPublished
from etl.metrics.cells import CELLS, KEYS
from etl.privacy.policy import Policy
from etl.privacy.protect import ProtectedTable, check_cells
from tests.conftest import REPOSITORY
from tests.privacy.bases import (
    ABROAD,
    base_row,
    crossed_rows,
    protect_rows,
    shown,
    split_rows,
)

REFERENCE, POLICY = Reference(), Policy.load()
ALL = {"unknown", "known", "yes", "no"}


def protected(rows: list[dict[str, object]]) -> pl.DataFrame:
    return protect_rows(rows, REFERENCE).cells


def origin(
    *,
    here: int,
    abroad: int,
    unknown: int,
    europe: int = 0,
    partitions: tuple[str, ...] = ("binary",),
) -> dict[str, float | None]:
    people = {"nederland": here, "europa": europe, ABROAD: abroad, "onbekend": unknown}
    return shown(protected(split_rows(REFERENCE, "DG1", "origin", people, partitions)), "DG1")


def hidden(found: dict[str, float | None]) -> set[str]:
    return {category for category, value in found.items() if value is None}


def test_everybody_is_exact_and_public() -> None:
    cells = protected([base_row("DG1", 3), *split_rows(REFERENCE, "DG2", "gender", {"V": 23})])
    everybody = cells.filter(pl.col("attribute") == "")
    assert everybody.select("unit", "status", "value", "base").rows() == [
        ("DG1", "published", 3.0, 3.0),
        ("DG2", "published", 23.0, 23.0),
    ]


@pytest.mark.parametrize(
    ("here", "abroad", "unknown", "expected"),
    [
        (60, 10, 10, set()),  # every part at its threshold
        (60, 9, 10, {"yes", "no"}),
        (60, 0, 10, {"yes", "no"}),  # zero is small
        (10, 60, 10, set()),
        (9, 60, 10, {"yes", "no"}),  # the others are few: the group gives them away
        (60, 20, 9, {"unknown", "known", "no"}),
        (60, 20, 0, {"unknown", "known", "no"}),
        (60, 9, 9, ALL),
        (30, 10, 10, set()),  # head count 50
        (29, 10, 10, ALL),  # 49: the base gate
        (31, 10, 10, set()),  # 51
        (9, 0, 91, ALL),  # known is small, so unknown is hidden with it
    ],
)
def test_truth_table_of_the_origin_split(
    here: int, abroad: int, unknown: int, expected: set[str]
) -> None:
    assert hidden(origin(here=here, abroad=abroad, unknown=unknown)) == expected


def test_where_unknown_is_hidden_the_group_stays_with_the_head_count_as_base() -> None:
    people = {"nederland": 80, ABROAD: 20, "onbekend": 3}
    cells = protected(split_rows(REFERENCE, "DG1", "origin", people))
    yes = cells.filter(pl.col("category") == "yes").row(0, named=True)
    assert (yes["status"], yes["value"], yes["base"]) == ("published", 20.0, 103.0)


@pytest.mark.parametrize(
    ("women", "men", "expected"),
    [
        (5, 5, set()),
        (4, 6, {"yes", "no"}),
        (5, 4, {"yes", "no"}),  # nine people
        (0, 40, {"yes", "no"}),
        (36, 4, {"yes", "no"}),
        (35, 5, set()),
    ],
)
def test_truth_table_of_a_personal_split(women: int, men: int, expected: set[str]) -> None:
    cells = protected(split_rows(REFERENCE, "DG1", "gender", {"V": women, "M": men}))
    assert hidden(shown(cells, "DG1")) == expected


@pytest.mark.parametrize(("here", "expected"), [(149, True), (150, False), (151, False)])
def test_single_origins_open_at_250(here: int, expected: bool) -> None:
    people = {"nederland": here, "turkije": 20, "marokko": 20, "suriname": 20, "nl_cariben": 15}
    people |= {"indonesie": 15, ABROAD: 10}  # together 100
    cells = protected(split_rows(REFERENCE, "MIN", "origin", people, ("leaves",)))
    leaves = {leaf: shown(cells, "MIN")[leaf] for leaf in people if leaf != "nederland"}
    assert all(value is None for value in leaves.values()) == expected


def test_a_hidden_part_hides_the_remainder_and_no_other_part() -> None:
    found = origin(here=200, europe=9, abroad=50, unknown=50, partitions=("binary", "groups"))
    assert hidden(found) == {"europa", "nederland"}


def test_a_small_remainder_hides_the_own_part_of_the_smallest_code() -> None:
    # nederland (4) is the remainder of known; buiten_europa < europa. "yes" is buiten_europa under
    # another name, so it goes as well, and "no" with it.
    found = origin(here=4, europe=100, abroad=100, unknown=50, partitions=("binary", "groups"))
    assert hidden(found) == {"nederland", "buiten_europa", "yes", "no"}


def test_leaves_of_a_hidden_group_are_hidden() -> None:
    people = {"nederland": 4, "europa": 300, "turkije": 50, "marokko": 50, "suriname": 50}
    people |= {"nl_cariben": 50, "indonesie": 50, ABROAD: 50, "onbekend": 50}
    rows = split_rows(REFERENCE, "MIN", "origin", people, ("binary", "groups", "leaves"))
    found = shown(protected(rows), "MIN")
    assert found["buiten_europa"] is None
    assert all(found[leaf] is None for leaf in ("turkije", "marokko", "suriname", ABROAD))


def test_the_remainder_is_the_published_parent_minus_the_published_parts() -> None:
    people = {"nederland": 511, "europa": 73, "turkije": 31, "marokko": 28, "suriname": 41}
    people |= {"nl_cariben": 17, "indonesie": 22, ABROAD: 66, "onbekend": 83}
    rows = split_rows(REFERENCE, "MIN", "origin", people, ("binary", "groups", "leaves"))
    found = shown(protected(rows), "MIN")
    n = {category: value for category, value in found.items() if value is not None}
    assert n.keys() == found.keys()
    size = 872
    assert n["known"] == size - n["unknown"]
    assert n["no"] == n["known"] - n["yes"]
    assert n["nederland"] == n["known"] - n["europa"] - n["buiten_europa"]
    own = ("turkije", "marokko", "suriname", "nl_cariben", "indonesie")
    assert n[ABROAD] == n["buiten_europa"] - sum(n[leaf] for leaf in own)
    assert n["yes"] == n["buiten_europa"]
    assert all(n[category] % 5 == 0 for category in (*own, "europa", "yes", "unknown"))
    assert all(abs(n[leaf] - people[leaf]) <= 4 for leaf in own)


def test_one_base_has_one_number_in_all_periods_and_another_base_its_own_draw() -> None:
    people = {"nederland": 500, ABROAD: 113, "onbekend": 57}
    rows = [
        row
        for period in ("2025Q1", "2025Q2", "2025Q3", "2025Q4")
        for row in split_rows(REFERENCE, "DG1", "origin", people, period=period)
    ]
    others = [
        row
        for n in range(30)
        for row in split_rows(REFERENCE, "DG1", "origin", people, period=f"{2000 + n}Q1", key_lo=n)
    ]
    yes = pl.col("category") == "yes"
    assert protected(rows).filter(yes)["value"].n_unique() == 1
    assert set(protected(others).filter(yes)["value"]) == {110.0, 115.0}


def test_other_members_in_the_same_base_keep_the_draw() -> None:
    # Whoever is in the group, and however many of the same rest: the same draw decides.
    before = origin(here=400, abroad=63, unknown=50)
    after = origin(here=395, abroad=68, unknown=50)
    assert before["yes"] is not None
    assert after["yes"] is not None
    assert before["yes"] - 63 == after["yes"] - 68


def test_hidden_cells_have_one_symbol_and_nothing_else() -> None:
    rows = [
        *split_rows(REFERENCE, "SMALL", "origin", {"nederland": 20, ABROAD: 2, "onbekend": 4}),
        *split_rows(REFERENCE, "ZERO", "origin", {"nederland": 80, ABROAD: 0, "onbekend": 20}),
        *split_rows(REFERENCE, "FULL", "origin", {"nederland": 0, ABROAD: 80, "onbekend": 20}),
    ]
    cells = protected(rows).filter((pl.col("attribute") != "") & (pl.col("value").is_null()))
    assert set(cells["status"]) == {"suppressed"}
    assert cells["lower"].null_count() == cells["upper"].null_count() == cells.height
    assert set(cells.filter(pl.col("unit") == "ZERO")["base"]) == {100.0}


@pytest.mark.parametrize(("delivered", "status"), [(0, "not_measured"), (9, "not_measured")])
def test_an_attribute_that_was_never_delivered_is_not_measured(delivered: int, status: str) -> None:
    people = {"nederland": delivered, "onbekend": 500}
    cells = protected(split_rows(REFERENCE, "DG1", "origin", people, measured=delivered))
    assert set(cells.filter(pl.col("attribute") != "")["status"]) == {status}


def test_ten_delivered_answers_are_measured() -> None:
    people = {"nederland": 10, "onbekend": 500}
    cells = protected(split_rows(REFERENCE, "DG1", "origin", people, measured=10))
    statuses = dict(cells.select("category", "status").iter_rows())
    assert statuses["known"] == "published"
    assert statuses["yes"] == "suppressed"


@pytest.mark.parametrize(
    ("size", "whole_fte", "measured", "expected"),
    [
        (10, 10, 10, ("published", 10.0)),
        (9, 9, 9, ("suppressed", None)),
        (10, 5, 10, ("published", 5.0)),
        (10, 4, 10, ("suppressed", None)),
        (10, 0, 0, ("not_measured", None)),
    ],
)
def test_fte_is_gated_on_the_head_count(
    size: int, whole_fte: int, measured: int, expected: tuple[str, float | None]
) -> None:
    row = base_row("DG1", size, count=whole_fte, metric="fte", measured=measured)
    cell = protected([base_row("DG1", size), row]).filter(pl.col("metric") == "fte")
    assert cell.select("status", "value").row(0) == expected


def _crossed(women_abroad: int, men_abroad: int) -> dict[str, float | None]:
    people = {
        ("nederland", "V"): 200,
        ("nederland", "M"): 210,
        (ABROAD, "V"): women_abroad,
        (ABROAD, "M"): men_abroad,
        ("onbekend", "V"): 40,
        ("onbekend", "M"): 30,
    }
    return shown(protected(crossed_rows(REFERENCE, "MIN", people, "gender")), "MIN")


def test_a_crossed_table_adds_up_to_its_published_margins() -> None:
    n = {key: value for key, value in _crossed(33, 44).items() if value is not None}
    genders = _margin_of_gender(33, 44)
    for code in ("unknown", "known", "yes", "no"):
        assert n[f"{code}*yes"] + n[f"{code}*no"] == n[code]
    for gender in ("yes", "no"):
        assert n[f"known*{gender}"] + n[f"unknown*{gender}"] == genders[gender]
        assert n[f"yes*{gender}"] + n[f"no*{gender}"] == n[f"known*{gender}"]


def _margin_of_gender(women_abroad: int, men_abroad: int) -> dict[str, float]:
    people = {"V": 240 + women_abroad, "M": 240 + men_abroad}
    cells = protected(split_rows(REFERENCE, "MIN", "gender", people))
    return {k: v for k, v in shown(cells, "MIN").items() if v is not None}


def test_one_small_cell_of_a_crossed_table_takes_its_whole_square_with_it() -> None:
    found = {key for key, value in _crossed(9, 60).items() if value is None and "*" in key}
    assert found == {"yes*yes", "yes*no", "no*yes", "no*no"}


def test_a_crossed_table_without_its_margins_is_a_fault() -> None:
    people = {("nederland", "V"): 200, (ABROAD, "M"): 100}
    rows = crossed_rows(REFERENCE, "MIN", people, "gender")
    without = [r for r in rows if (r["attribute"], r["attribute2"]) != ("gender", "")]
    with pytest.raises(NotPublished, match="adds up to"):
        protected(without)


def test_as_of_is_the_cells_own_period_and_columns_are_those_of_the_contract() -> None:
    cells = protected(split_rows(REFERENCE, "DG1", "gender", {"V": 20, "M": 20}))
    assert tuple(cells.columns) == CELLS
    assert cells["as_of"].equals(cells["period"].alias("as_of"))


def test_cells_lie_in_the_order_of_their_keys() -> None:
    """Nothing hidden decides where a cell lies."""
    rows = [
        *split_rows(REFERENCE, "A", "origin", {"nederland": 80, ABROAD: 9, "onbekend": 20}),
        *split_rows(REFERENCE, "B", "origin", {"nederland": 80, ABROAD: 2, "onbekend": 20}),
    ]
    cells = protected(rows)
    assert cells.equals(cells.sort(KEYS))


# --- a group that is the sum of several planned groups

REGROUPED = """
key = "origin"
sensitivity = "special"
label_nl = "Herkomst"
label_en = "Origin"
empty = "onbekend"
leaf = [
  { code = "a1", label_nl = "a1", label_en = "a1" },
  { code = "a2", label_nl = "a2", label_en = "a2" },
  { code = "b", label_nl = "b", label_en = "b" },
  { code = "c", label_nl = "c", label_en = "c" },
  { code = "onbekend", label_nl = "onbekend", label_en = "unknown", known = false },
]
[[partition]]
key = "binary"
parent = "known"
part = [
  { code = "yes", label_nl = "ja", label_en = "yes", leaves = ["a1", "a2"] },
  { code = "no", label_nl = "nee", label_en = "no", remainder = true },
]
[[partition]]
key = "groups"
parent = "known"
part = [
  { code = "g1", label_nl = "g1", label_en = "g1", leaves = ["a1"] },
  { code = "g2", label_nl = "g2", label_en = "g2", leaves = ["a2"] },
  { code = "gb", label_nl = "gb", label_en = "gb", leaves = ["b"] },
  { code = "gc", label_nl = "gc", label_en = "gc", remainder = true },
]
"""


@pytest.fixture
def regrouped(tmp_path: Path) -> Reference:
    (tmp_path / "attributes").mkdir()
    (tmp_path / "attributes" / "origin.toml").write_text(REGROUPED, encoding="utf-8")
    return Reference(tmp_path, *REFERENCE.directories)


def _regrouped(reference: Reference, a1: int, a2: int, b: int, c: int) -> dict[str, float | None]:
    people = {"a1": a1, "a2": a2, "b": b, "c": c, "onbekend": 57}
    rows = split_rows(reference, "MIN", "origin", people, ("binary", "groups"))
    return shown(protect_rows(rows, reference).cells, "MIN")


def test_a_group_is_the_sum_of_the_groups_that_are_planned_beside_it(regrouped: Reference) -> None:
    for size in range(100, 110):
        n = _regrouped(regrouped, size, 63, 211, 322)
        assert None not in n.values()
        assert n["yes"] == float(n["g1"] or 0) + float(n["g2"] or 0)
        assert n["no"] == float(n["known"] or 0) - float(n["yes"] or 0)


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ((100, 100, 100, 100), set()),
        # g1 would follow from yes and g2.
        ((9, 100, 100, 100), {"g1", "gc", "yes", "no"}),
        # gb and gc hide each other; that leaves the sum of g1 and g2 alone.
        ((100, 100, 9, 100), {"gb", "gc"}),
        # no = 8 takes yes with it, and yes would follow from g1 and g2.
        ((100, 100, 4, 4), {"gb", "gc", "no", "yes", "g1"}),
    ],
)
def test_hidden_groups_and_their_sum_hide_each_other(
    regrouped: Reference, people: tuple[int, int, int, int], expected: set[str]
) -> None:
    assert hidden(_regrouped(regrouped, *people)) == expected


# --- the type that cannot be made elsewhere


def _table() -> ProtectedTable:
    rows = split_rows(REFERENCE, "DG1", "gender", {"V": 20, "M": 20})
    return protect_rows(rows, REFERENCE)


@pytest.mark.parametrize("seal", [None, object(), "_SEAL", True])
def test_nobody_else_makes_a_protected_table(seal: Any) -> None:
    with pytest.raises(TypeError, match="protect only"):
        ProtectedTable(pl.DataFrame(), seal)


def test_a_protected_table_is_not_changed_copied_or_pickled() -> None:
    made = _table()
    with pytest.raises(AttributeError):
        made.cells = pl.DataFrame()  # type: ignore[misc]  # the point of the test
    with pytest.raises(AttributeError):
        made._ProtectedTable__cells = pl.DataFrame()  # type: ignore[attr-defined]  # idem
    with pytest.raises(AttributeError):
        del made.cells
    for copied in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError):
            copied(made)


def test_the_frame_handed_out_is_a_copy() -> None:
    made = _table()
    handed = made.cells
    handed[0, "value"] = 999.0
    assert made.cells[0, "value"] != 999.0


def test_a_protected_table_has_no_subclass() -> None:
    with pytest.raises(TypeError):
        type("Open", (ProtectedTable,), {})


def test_the_seal_is_named_in_one_module() -> None:
    naming = [
        path.name
        for package in ("etl", "dashboard")
        for path in (REPOSITORY / package).rglob("*.py")
        if "_SEAL" in path.read_text(encoding="utf-8")
    ]
    assert naming == ["protect.py"]


@pytest.mark.parametrize(("column", "value"), [("value", 5.0), ("base", 49.0)])
def test_the_last_check_stops_what_its_own_rules_forbid(column: str, value: float) -> None:
    people = {"nederland": 80, ABROAD: 20, "onbekend": 20}
    cells = protected(split_rows(REFERENCE, "DG1", "origin", people))
    wrong = pl.when(pl.col("category") == "yes").then(value).otherwise(column)
    with pytest.raises(NotPublished, match="its own rules forbid"):
        check_cells(cells.with_columns(wrong.alias(column)), REFERENCE, POLICY)
