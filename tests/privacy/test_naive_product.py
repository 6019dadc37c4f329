"""One leak each: what a naive product shows is worked out, what the product shows is not.

Suppression within and across tables is attacked in the tests beside this one; here are roundings,
thresholds and complements, for which elementary arithmetic is the attacker.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl
import pytest

from etl.privacy.audit import audit
from etl.privacy.policy import Policy
from etl.privacy.rounding import draws, round_counts
from etl.privacy.rules import Ints
from tests.privacy.attacked import cell, everybody, publication
from tests.privacy.bases import ABROAD, KEY, split_rows
from tests.privacy.product import REFERENCE, protected

POLICY = Policy.load()
BASE, SPECIAL = POLICY.rounding_base.value, POLICY.of("special")
LEAST = SPECIAL.threshold.value


def possible(published: float, *, least: int = 0) -> set[int]:
    """True counts that a number rounded by itself can stand for."""
    reach = BASE - 1
    return {n for n in range(int(published) - reach, int(published) + reach + 1) if n >= least}


def fresh(count: int, place: int) -> int:
    """A count rounded by a draw of its own."""
    drawn = draws([place], "origin", str(count), KEY)
    counts: Ints = pl.Series([count]).to_numpy()
    return int(round_counts(counts, drawn, BASE)[0])


def shown(
    size: int, group: int, unknown: int, places: Iterable[int]
) -> list[dict[str, float | None]]:
    """What the product shows of so many people, as often as there are places for a draw."""
    people = {"nederland": size - group - unknown, ABROAD: group, "onbekend": unknown}
    units = {f"U{place:03d}": place for place in places}
    cells = protected(
        [
            row
            for unit, place in units.items()
            for row in split_rows(REFERENCE, unit, "origin", people, key_lo=place)
        ]
    ).filter(pl.col("attribute") == "origin")
    return [
        dict(cells.filter(pl.col("unit") == unit).select("category", "value").iter_rows())
        for unit in units
    ]


# --- known and unknown both rounded: 2770 of 3003


SIZE, UNKNOWN = 3003, 236
DRAWS = range(60)


def test_two_roundings_of_complementary_parts_intersect() -> None:
    """2.767 known (2.765 or 2.770) and 236 unknown (235 or 240) of 3.003 that everybody knows.

    2770 says 2766..2774; 240 says 236..244 unknown, so 2759..2767 known: 2766 or 2767.
    """
    left = {
        len(possible(fresh(SIZE - UNKNOWN, n)) & {SIZE - u for u in possible(fresh(UNKNOWN, n))})
        for n in DRAWS
    }
    assert min(left) == 2
    assert possible(2770) & {SIZE - u for u in possible(240)} == {2766, 2767}


def test_the_product_rounds_one_of_them_and_leaves_nine_values() -> None:
    for value in shown(SIZE, 800, UNKNOWN, DRAWS):
        assert value["known"] is not None
        assert value["unknown"] is not None
        from_unknown = {SIZE - u for u in possible(value["unknown"])}
        assert possible(value["known"]) & from_unknown == possible(value["known"])
        assert SIZE - UNKNOWN in from_unknown
        assert len(from_unknown) == 2 * BASE - 1


# --- the threshold is knowledge


def test_a_number_at_the_threshold_leaves_five_values_and_they_are_all_large() -> None:
    """10 shown means 10..14, because 6..9 would be hidden; that is what T must bear."""
    assert possible(LEAST, least=LEAST) == set(range(LEAST, LEAST + BASE))
    assert len(possible(LEAST, least=LEAST)) >= SPECIAL.width.value
    true = {
        group
        for group in range(LEAST - BASE, LEAST + BASE)
        for value in shown(300, group, 40, range(12))
        if value["yes"] == LEAST
    }
    assert true == set(range(LEAST, LEAST + BASE))


def test_a_rounded_number_without_a_threshold_names_people() -> None:
    """Naive: everything rounded, nothing hidden. Two are shown as 0 or 5: one to four people."""
    assert {fresh(2, n) for n in DRAWS} == {0, BASE}
    assert all(value["yes"] is None for value in shown(300, 2, 40, range(10)))


@pytest.mark.parametrize(
    ("group", "unknown"),
    [(0, 40), (LEAST - 1, 40), (300 - LEAST + 1, 0), (300, 0), (260 - LEAST + 1, 40)],
    ids=["nobody", "few", "nearly everybody", "everybody", "nearly all who are known"],
)
def test_nobody_and_everybody_are_small_numbers(group: int, unknown: int) -> None:
    """0%, 100% and what is near: a threshold on the count alone lets the last three pass."""
    (value,) = shown(300, group, unknown, [1])
    assert value["no"] is None
    assert value["yes"] is None or value["known"] is None


@pytest.mark.parametrize(("group", "unknown"), [(LEAST, 40), (260 - LEAST, 40)])
def test_at_the_threshold_both_sides_are_shown(group: int, unknown: int) -> None:
    values = shown(300, group, unknown, range(12))
    assert any(None not in value.values() for value in values)


# --- the total of hidden parts


def test_a_hidden_pair_beside_its_exact_total_is_bounded_by_it() -> None:
    """Two hidden units of one whole whose published rest is nobody: both are 0, exactly.

    With numbers rounded as the product rounds them, the same pair keeps its width.
    """

    def cells(whole: int) -> list[dict[str, object]]:
        found = [everybody(160), cell(whole, 160), cell(160 - whole, 160, "no")]
        for unit, size, value in (("A", 80, 40), ("B", 40, None), ("C", 40, None)):
            found += [everybody(size, unit), cell(value, size, unit=unit)]
            found.append(cell(None if value is None else size - value, size, "no", unit))
        return found

    exact = audit(publication(cells(40), units="ABC"))
    assert {r["unit"] for r in exact.cells.filter("exact").to_dicts()} >= {"B", "C"}
    product = audit(publication(cells(50), units="ABC", rounded=("origin",)))
    assert product.cells.filter("exact").is_empty()
