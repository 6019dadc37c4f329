"""Whatever people there are: no small number is shown, and none follows from what is shown."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.domain import Reference
from tests.privacy.bases import ABROAD, crossed_rows, protect_rows, split_rows

REFERENCE = Reference()
LEAVES = ("nederland", "europa", "turkije", "marokko", "suriname", "nl_cariben", "indonesie")
LEAVES += (ABROAD, "onbekend", "bezwaar")
NUMBER = st.one_of(st.integers(0, 14), st.integers(0, 400))
ADDITIVE = (
    ("", ("known", "unknown")),
    ("known", ("yes", "no")),
    ("known", ("nederland", "europa", "buiten_europa")),
    ("buiten_europa", ("turkije", "marokko", "suriname", "nl_cariben", "indonesie", ABROAD)),
    ("yes", ("buiten_europa",)),
)
"""What an outsider can add up, written down by hand."""


ATOMS = ("nederland", "europa", "turkije", "marokko", "suriname", "nl_cariben", "indonesie", ABROAD)
ABROAD_ATOMS = ATOMS[2:]
HOLDS = {
    "": (*ATOMS, "unknown"),
    "unknown": ("unknown",),
    "known": ATOMS,
    "yes": ABROAD_ATOMS,
    "no": ATOMS[:2],
    "buiten_europa": ABROAD_ATOMS,
    **{atom: (atom,) for atom in ATOMS},
}


def _follows(wanted: list[int], given: list[list[int]]) -> bool:
    """Whether a sum of atoms is a combination of given sums."""
    rank = np.linalg.matrix_rank(np.array(given))
    return bool(np.linalg.matrix_rank(np.array([*given, wanted])) == rank)


def _vector(category: str, atoms: tuple[str, ...]) -> list[int]:
    return [int(atom in HOLDS[category]) for atom in atoms]


@settings(max_examples=50, deadline=None)
@given(st.fixed_dictionaries(dict.fromkeys(LEAVES, NUMBER)))
def test_no_small_number_is_shown_or_follows(people: dict[str, int]) -> None:
    rows = split_rows(REFERENCE, "U", "origin", people, ("binary", "groups", "leaves"))
    cells = protect_rows(rows, REFERENCE).cells
    size = sum(people.values())
    true = {str(r["category"]): int(str(r["count"])) for r in rows}
    shown = {"": float(size)}
    for row in cells.filter(pl.col("status") == "published").iter_rows(named=True):
        shown[row["category"]] = row["value"]
    for category, value in shown.items():
        if category:
            assert size >= 50
            assert true[category] >= 10
            assert size - true[category] >= 10
            assert value >= 10
            assert size - value >= 10 - 4 * 8
    for whole, parts in ADDITIVE:
        missing = [node for node in (whole, *parts) if node not in shown]
        assert len(missing) != 1, (whole, missing)
        if not missing:
            assert shown[whole] == sum(shown[part] for part in parts)
    atoms = HOLDS[""]
    given_sums = [_vector(category, atoms) for category in shown]
    for category in true.keys() - shown.keys():
        assert not _follows(_vector(category, atoms), given_sums), category


@settings(max_examples=25, deadline=None)
@given(
    st.fixed_dictionaries({(a, b): NUMBER for a in (*LEAVES[:2], ABROAD, "onbekend") for b in "VM"})
)
def test_a_crossed_table_gives_nothing_away(people: dict[tuple[str, str], int]) -> None:
    rows = crossed_rows(REFERENCE, "U", people, "gender")
    cells = protect_rows(rows, REFERENCE).cells
    shown: dict[tuple[str, str], float] = {}
    for row in cells.filter(pl.col("status") == "published").iter_rows(named=True):
        one_way = ("", row["category"]) if row["attribute"] == "gender" else None
        shown[one_way or (row["category"], row["category2"])] = row["value"]
    origins, genders = ("", "unknown", "known", "yes", "no"), ("", "yes", "no")
    lines = [[(o, ""), (o, "yes"), (o, "no")] for o in origins]
    for gender in genders:
        lines.append([("", gender), ("unknown", gender), ("known", gender)])
        lines.append([("known", gender), ("yes", gender), ("no", gender)])
    for line in lines:
        assert sum(node not in shown for node in line) != 1, line
    assert all(value >= 10 for (o, g), value in shown.items() if o and g)
    held = {"": "ynu", "yes": "y", "no": "n", "known": "yn", "unknown": "u"}
    atoms = [o + g for o in "ynu" for g in ("yes", "no")]
    sums = {
        (o, g): [int(a[0] in held[o] and g in ("", a[1:])) for a in atoms]
        for o in origins
        for g in genders
    }
    given_sums = [sums["", ""], *(sums[node] for node in shown if any(node))]
    for node in sums.keys() - shown.keys() - {("", "")}:
        assert not _follows(sums[node], given_sums), node


@settings(max_examples=35, deadline=None)
@given(st.fixed_dictionaries(dict.fromkeys(("V", "M", "X", "onbekend"), NUMBER)))
def test_a_personal_split_gives_nothing_away(people: dict[str, int]) -> None:
    rows = split_rows(REFERENCE, "U", "gender", people, ("binary", "leaves"))
    cells = protect_rows(rows, REFERENCE).cells
    shown = dict(
        cells.filter(pl.col("status") == "published").select("category", "value").iter_rows()
    )
    for parts in (("yes", "no"), ("V", "M", "gender_other")):
        assert sum(part not in shown for part in parts) != 1
    assert ("yes" in shown) == ("V" in shown)
    assert all(value >= 5 for category, value in shown.items() if category)
    assert all(sum(people.values()) >= 10 for category in shown if category)
    known = [shown[c] for c in ("V", "M", "gender_other") if c in shown]
    assert all(a + b <= sum(people.values()) for a, b in combinations(known, 2))
