"""Attacks on one publication that adds its tables up: each works on primary suppression alone."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.domain import Reference
from etl.privacy.gate import Gate
from etl.privacy.linked import Laws, Linked
from etl.privacy.policy import Policy
from tests.privacy.bases import ABROAD, counts, linkage, protect_rows
from tests.privacy.oracle import Atom, Organisation

REFERENCE, POLICY = Reference(), Policy.load()
Q = "2025Q4"


def people(
    unit: str, low: tuple[int, int, int], high: tuple[int, int, int] | None = None, period: str = Q
) -> dict[Atom, int]:
    """Counts of (nederland, abroad, unknown) up to scale 13 and from scale 14."""
    leaves = ("nederland", ABROAD, "onbekend")
    found = {(unit, "<=13", period, leaf): n for leaf, n in zip(leaves, low, strict=True)}
    if high:
        found |= {(unit, ">=14", period, leaf): n for leaf, n in zip(leaves, high, strict=True)}
    return found


def published(organisation: Organisation) -> pl.DataFrame:
    return protect_rows(organisation.rows(), REFERENCE, organisation.parents).cells


def primary_only(organisation: Organisation) -> pl.DataFrame:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Linked, "suppressed", lambda _, hidden: hidden)
        patch.setattr(Gate, "repair", lambda *_: np.zeros(0, dtype=np.int64))
        return published(organisation)


FLAT = {"A": "M", "B": "M", "C": "M"}
SAFE = (300, 60, 40)
UNIT_MINUS_SIBLINGS = Organisation(
    people("A", SAFE) | people("B", SAFE) | people("C", (200, 4, 30)), FLAT
)
TWO_WAY_TABLE = Organisation(
    people("A", SAFE, SAFE) | people("B", SAFE, SAFE) | people("C", SAFE, (200, 4, 30)), FLAT
)
# A and B each hide both bands: every line of the table has two hidden cells, or none. The tables
# of units by scale are safe one by one; the level between ties them together.
LINKED = Organisation(
    people("A", (300, 60, 40), (90, 5, 30))
    | people("B", (300, 60, 40), (90, 6, 30))
    | people("C", SAFE, SAFE)
    | people("D", SAFE, SAFE),
    {"A": "X", "B": "X", "C": "Y", "D": "Y", "X": "M", "Y": "M"},
)
# Nobody of C stands from scale 14 on, which is public: C's whole is its lower band.
ZERO_CORNER = Organisation(
    people("A", SAFE, SAFE) | people("B", SAFE, (200, 0, 30)) | people("C", SAFE), FLAT
)
YEAR = {"2025": [f"2025Q{n}" for n in range(1, 5)]}
YEAR_MINUS_QUARTERS = Organisation(
    people("M", (80, 20, 15), period="2025Q1")
    | people("M", (80, 20, 15), period="2025Q2")
    | people("M", (80, 20, 15), period="2025Q3")
    | people("M", (80, 3, 15), period="2025Q4"),
    {},
    years=YEAR,
    metric="inflow",
)
ATTACKS = {
    "unit minus its published siblings": UNIT_MINUS_SIBLINGS,
    "two-way table": TWO_WAY_TABLE,
    "linked tables": LINKED,
    "zero corner": ZERO_CORNER,
    "year minus three quarters": YEAR_MINUS_QUARTERS,
}


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_works_on_primary_suppression_alone(name: str) -> None:
    assert ATTACKS[name].recovered(primary_only(ATTACKS[name]))


@pytest.mark.parametrize("name", ATTACKS)
def test_and_recovers_nothing_from_the_publication(name: str) -> None:
    cells = published(ATTACKS[name])
    assert ATTACKS[name].recovered(cells) == set()
    special = cells.filter((pl.col("category") == "yes") & (pl.col("status") == "published"))
    assert special.height, "hiding everything is no answer"


@pytest.mark.parametrize("name", ATTACKS)
def test_suppression_alone_leaves_nothing_that_follows(name: str) -> None:
    """The attack on the outcome is a second line; the first one holds without it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Gate, "repair", lambda *_: np.zeros(0, dtype=np.int64))
        cells = published(ATTACKS[name])
    assert ATTACKS[name].recovered(cells) == set()


Named = set[tuple[str, str]]


def suppressed(organisation: Organisation, planned: Named, hidden: Named) -> Named:
    """(unit, category) of what stays hidden, of a plan for all scales together."""
    table = counts(organisation.rows()).filter(scale_group="all")
    cells = table.filter(
        pl.struct("unit", "category").map_elements(
            lambda cell: (cell["unit"], cell["category"]) in planned, return_dtype=pl.Boolean
        )
    )
    names = cells.select("unit", "category").rows()
    mask = np.array([name in hidden for name in names])
    laws = Laws(REFERENCE, POLICY, linkage(table, organisation.parents))
    wide = cells.with_columns(hidden=pl.Series(mask), free=pl.lit(value=True))
    found = Linked(wide, table.filter(pl.col("attribute") == ""), laws).suppressed(mask)
    return {name for name, one in zip(names, found.tolist(), strict=True) if one}


def test_a_small_rest_of_a_hidden_cell_does_not_follow() -> None:
    """Known and yes of A are hidden; the whole minus B tells how few of A are neither."""
    organisation = Organisation(people("A", (4, 60, 40)) | people("B", SAFE), {"A": "M", "B": "M"})
    planned = {("A", "known"), ("A", "yes"), ("B", "no"), ("M", "no")}
    hidden = {("A", "known"), ("A", "yes")}
    assert suppressed(organisation, planned, hidden) == hidden | {("B", "no")}


def test_who_is_alone_in_a_base_knows_its_cells() -> None:
    """M - B is A and the one person of C: who that is, is left with A."""
    organisation = Organisation(
        people("A", (300, 30, 40)) | people("B", SAFE) | people("C", (0, 1, 0)), FLAT
    )
    planned = {(unit, "yes") for unit in "MABC"}
    hidden = {("A", "yes"), ("C", "yes")}
    assert suppressed(organisation, planned, hidden) == hidden | {("B", "yes")}


def test_of_two_equal_bases_the_same_one_is_shown_whatever_is_in_them() -> None:
    found = []
    for more, fewer in ("AB", "BA"):
        organisation = Organisation(
            people(more, (270, 90, 40)) | people(fewer, SAFE) | people("C", (200, 4, 30)), FLAT
        )
        planned = {(unit, "yes") for unit in "MABC"}
        found.append(suppressed(organisation, planned, {("C", "yes")}))
    assert found[0] == found[1] == {("C", "yes"), ("B", "yes")}


def test_the_whole_stays_and_the_small_unit_takes_the_smallest_sibling_along() -> None:
    bigger = Organisation(
        people("A", (900, 90, 40)) | people("B", SAFE) | people("C", (200, 4, 30)), FLAT
    )
    cells = published(bigger).filter(pl.col("category") == "yes", pl.col("scale_group") == "all")
    assert dict(cells.select("unit", "status").iter_rows()) == {
        "M": "published",
        "A": "published",
        "B": "suppressed",
        "C": "suppressed",
    }


def test_a_year_is_hidden_rather_than_a_quarter_that_was_decided_before() -> None:
    cells = published(YEAR_MINUS_QUARTERS).filter(
        pl.col("category") == "yes", pl.col("scale_group") == "all"
    )
    assert set(cells.filter(pl.col("status") != "published")["period"]) == {"2025", "2025Q4"}


def test_two_hidden_siblings_of_nobody_much_take_a_third_along() -> None:
    # 4 + 3 follows as a sum: under the threshold, as if it were a cell.
    both = Organisation(
        people("A", SAFE) | people("B", (200, 3, 30)) | people("C", (200, 4, 30)), FLAT
    )
    cells = published(both).filter(pl.col("category") == "yes", pl.col("scale_group") == "all")
    assert set(cells.filter(pl.col("status") == "published")["unit"]) == {"M"}


def test_one_symbol_for_primary_and_secondary() -> None:
    cells = published(UNIT_MINUS_SIBLINGS).filter(pl.col("category") == "yes")
    hidden = cells.filter(pl.col("status") != "published")
    assert set(hidden["unit"]) == {"B", "C"}
    assert hidden.select("status", "value", "lower", "upper").n_unique() == 1


def test_remainders_follow_what_was_hidden_afterwards() -> None:
    for organisation in ATTACKS.values():
        wide = published(organisation).filter(pl.col("attribute") == "origin")
        for key, rows in wide.group_by("unit", "scale_group", "period"):
            hidden = set(rows.filter(pl.col("status") != "published")["category"])
            assert "unknown" not in hidden or {"known", "no"} <= hidden, key
            assert "yes" not in hidden or "no" in hidden, key


def test_known_and_unknown_are_never_two_roundings_of_one_secret() -> None:
    # 233 of 3003 unknown: with a rounding of its own, known would narrow it down to the overlap.
    secret, size = 233, 3003
    for draw in range(40):
        leaf = {"nederland": 2000, ABROAD: 770, "onbekend": secret}
        atoms = {("M", "<=13", Q, code): n for code, n in leaf.items()}
        rows = [row | {"key_hi": draw} for row in Organisation(atoms, {}).rows()]
        cells = protect_rows(rows, REFERENCE).cells.filter(pl.col("scale_group") == "all")
        value = dict(
            cells.filter(pl.col("attribute") != "").select("category", "value").iter_rows()
        )
        from_unknown = range(int(value["unknown"]) - 4, int(value["unknown"]) + 5)
        from_known = range(size - int(value["known"]) - 4, size - int(value["known"]) + 5)
        assert len(set(from_unknown) & set(from_known)) == 9
        assert secret in from_unknown


NUMBER = st.one_of(st.integers(0, 14), st.integers(0, 300))


@st.composite
def organisations(draw: st.DrawFn) -> Organisation:
    size = draw(st.integers(1, 7))
    parents = {f"U{n}": f"U{draw(st.integers(0, n - 1))}" for n in range(1, size)}
    found: dict[Atom, int] = {}
    for n in range(size):
        if f"U{n}" in parents.values() and draw(st.booleans()):
            continue  # no people of its own
        three = st.tuples(NUMBER, NUMBER, NUMBER)
        found |= people(f"U{n}", draw(three), draw(three))
    return Organisation(found, parents)


def _own(organisation: Organisation) -> list[str]:
    return sorted({atom[0] for atom, n in organisation.people.items() if n})


@settings(max_examples=35, deadline=None, suppress_health_check=list(HealthCheck))
@given(organisations())
def test_nothing_hidden_follows_in_any_tree(organisation: Organisation) -> None:
    cells = protect_rows(
        organisation.rows(), REFERENCE, organisation.parents, own=_own(organisation)
    ).cells
    assert organisation.recovered(cells) == set()


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(NUMBER, NUMBER, NUMBER), min_size=16, max_size=16))
def test_nothing_hidden_follows_from_quarters_years_and_units(
    numbers: list[tuple[int, int, int]],
) -> None:
    found: dict[Atom, int] = {}
    for n, three in enumerate(numbers):
        found |= people("AB"[n % 2], three, period=f"{2024 + n // 8}Q{n // 2 % 4 + 1}")
    years = {y: [f"{y}Q{n}" for n in range(1, 5)] for y in ("2024", "2025")}
    years["2024-2025"] = [*years["2024"], *years["2025"]]
    organisation = Organisation(found, {"A": "M", "B": "M"}, years=years, metric="exit")
    assert organisation.recovered(published(organisation)) == set()


@settings(max_examples=10, deadline=None)
@given(st.data())
def test_the_order_never_looks_at_a_special_count(data: st.DataObject) -> None:
    organisation = LINKED
    table = counts(organisation.rows())
    cells = table.filter(pl.col("attribute") != "")
    hidden = pl.Series(
        data.draw(st.lists(st.booleans(), min_size=cells.height, max_size=cells.height))
    )
    laws = Laws(REFERENCE, POLICY, linkage(table, organisation.parents))
    everybody = table.filter(pl.col("attribute") == "")
    # Large whatever is drawn, each, their sums and what they leave: the same cells are unsafe.
    known = 40 * (cells["category"] == "known").cast(pl.Int64)
    numbers = st.lists(st.integers(20, 30), min_size=cells.height, max_size=cells.height)
    decisions = [
        Linked(
            cells.with_columns(
                count=pl.Series(data.draw(numbers)) + known, hidden=hidden, free=pl.lit(value=True)
            ),
            everybody,
            laws,
        ).suppressed(hidden.to_numpy())
        for _ in range(2)
    ]
    assert (decisions[0] == decisions[1]).all()
