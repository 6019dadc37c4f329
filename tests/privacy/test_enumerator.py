"""The audit does not judge itself alone: another attacker lists every world of tiny organisations.

What that attacker pins down, the audit must call unsafe: by bounds, or by its proof where these
leave it open. The other way round is allowed: the audit also reports what is certainly most of a
small group.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

import polars as pl
import pytest

from etl.privacy.audit import audit
from etl.privacy.audit_input import PLANNED, UNPLANNED, Published
from etl.privacy.audit_proof import DeepScope
from tests.privacy import tiny
from tests.privacy.enumerator import (
    Cell,
    NoWorld,
    Place,
    Rules,
    Seen,
    enumerate_cells,
)
from tests.privacy.naive import naive_cells
from tests.privacy.programs import KEYS, Programs
from tests.proof.record import record

Attacked = tuple[tiny.Tiny, Published]
EVERYDAY, PROOF = 24, 200
SEVERAL = [
    pytest.param(EVERYDAY, id=str(EVERYDAY)),
    pytest.param(PROOF, id=str(PROOF), marks=pytest.mark.proof),
]
ROLES = (PLANNED, UNPLANNED)
ONE_DATE, ALL_DATES = 1, len(tiny.DATES)
EVERYTHING = DeepScope(periods=len(tiny.DATES), seconds=600.0)


def naive_publications(count: int) -> Iterator[Attacked]:
    """Publications of random organisations that nobody attacked; one in four is not rounded."""
    organisations = [tiny.draw(number) for number in range(count)]
    counts = tiny.counted(organisations)
    for number, one in enumerate(organisations):
        policy = tiny.scaled(rounding=1 if number % 4 == 3 else 2)
        repeats = number % 2 == 1
        cells = naive_cells(counts[one.units[0]], policy, number, repeats=repeats)
        yield one, tiny.published(one, cells, policy)


def protected_publications(count: int) -> Iterator[Attacked]:
    """What the product itself would publish of random organisations."""
    organisations = [tiny.draw(number, tiny.SETTLED) for number in range(count)]
    counts = tiny.counted(organisations)
    for number, one in enumerate(organisations):
        yield one, _protected(one, counts[one.units[0]], number)


def _protected(one: tiny.Tiny, counts: pl.DataFrame, number: int) -> Published:
    cells = tiny.protected(one, counts, bytes([number]) * 32)
    return tiny.published(one, cells, tiny.POLICY)


def _share_shown(published: Published) -> float:
    split = published.cells.filter(pl.col("attribute") != "")
    return float(split["status"].eq("published").sum() / split.height)


def seen(one: tiny.Tiny, published: Published, lasting: int) -> dict[Cell, Seen]:
    """What the enumerator sees; nothing where the numbers contradict its assumption."""
    rules = tiny.rules_of(published.policy)
    codes = published.dimensions
    try:
        return enumerate_cells(published.cells, codes, one.paths, rules, lasting=lasting)
    except NoWorld:
        assert lasting > ONE_DATE
        return {}


def pinned_down(found: Mapping[Cell, Seen], published: Published) -> set[Cell]:
    """The cells of which too few values are left."""
    width = tiny.rules_of(published.policy).width
    return {cell for cell, one in found.items() if one.pinned_down(width)}


def unsafe(published: Published, deep: DeepScope | None = None) -> set[Cell]:
    """The cells that the audit finds."""
    cells = audit(published, deep).cells.filter(pl.col("role").is_in(ROLES) & ~pl.col("direct"))
    return {
        (metric, period, unit, group, category)
        for metric, period, unit, group, category in cells.select(KEYS).iter_rows()
    }


def missed(
    one: tiny.Tiny, published: Published, found: set[Cell], told: Counter[str]
) -> list[Cell]:
    """What the enumerator pins down and the audit does not find, deep where bounds leave it open."""
    pinned = pinned_down(seen(one, published, ONE_DATE), published)
    pinned |= pinned_down(seen(one, published, ALL_DATES), published)
    told["pinned"] += len(pinned)
    told["unsafe"] += len(found)
    told["unsafe and not pinned"] += len(found - pinned)
    unfound = pinned - found
    told["by the deep audit only"] += len(unfound)
    return sorted(unfound - unsafe(published, EVERYTHING)) if unfound else []


@pytest.mark.parametrize("count", SEVERAL)
def test_whatever_an_enumerator_pins_down_is_unsafe(count: int) -> None:
    told: Counter[str] = Counter()
    shares, left = [], []
    for one, published in naive_publications(count):
        shares.append(_share_shown(published))
        left += missed(one, published, unsafe(published), told)
    if count == PROOF:
        figures = {
            "organisations of at most 12 persons, 3 dates": count,
            "mean share of the split cells that is shown": round(sum(shares) / count, 3),
            "pinned down by the enumerator": told["pinned"],
            "of these found by the deep audit only": told["by the deep audit only"],
            "of these found by no audit": len(left),
        }
        record("enumerator-audit", "make proof (tests/privacy/test_enumerator.py)", figures)
    assert left == []
    assert sum(shares) / count >= 1 / 3
    assert told["pinned"] > 10 * count
    assert told["by the deep audit only"] < told["pinned"] / 20


@pytest.mark.parametrize("count", SEVERAL)
def test_protection_leaves_nothing_pinned_down(count: int) -> None:
    """What the product publishes by its own rules, with thresholds of the size of the groups."""
    told: Counter[str] = Counter()
    shares, pinned = [], []
    for one, published in protected_publications(count):
        shares.append(_share_shown(published))
        for lasting in (ONE_DATE, ALL_DATES):
            worlds = seen(one, published, lasting)
            told[f"contradicted, {lasting}"] += not worlds
            told[f"hidden, {lasting}"] += sum(not n.shown and n.base > 0 for n in worlds.values())
            pinned += sorted(pinned_down(worlds, published))
    share = sum(shares) / count
    if count == PROOF:
        figures = {
            "organisations": count,
            "mean share of the split cells that is shown": round(share, 3),
            "hidden numbers, planned or not, no category need last": told["hidden, 1"],
            "hidden numbers, every category lasts": told["hidden, 3"],
            "organisations in which somebody evidently changed category": told["contradicted, 3"],
            "pinned down": len(pinned),
        }
        record("enumerator", "make proof (tests/privacy/test_enumerator.py)", figures)
    assert pinned == []
    assert share >= 1 / 3
    assert min(told["hidden, 1"], told["hidden, 3"]) > 50 * count


@pytest.mark.parametrize("number", [13, 87, 178])
def test_a_change_of_category_that_no_number_tells_protects_nobody(number: int) -> None:
    """Somebody changed category, but a reader concludes as if nobody had: to one value."""
    one = tiny.draw(number, tiny.SETTLED)
    assert any(len(set(person.category)) > 1 for person in one.persons)
    published = _protected(one, tiny.counted([one])[one.units[0]], number)
    assert _share_shown(published) > 1 / 3
    assert pinned_down(seen(one, published, ALL_DATES), published) == set()


def test_without_paths_all_that_one_date_tells_is_unsafe() -> None:
    """The published files alone: nobody need keep a category, and no path is given."""
    for one, published in naive_publications(24):
        files = replace(published, paths=None)
        worlds = seen(one, files, ONE_DATE)
        for cell in sorted(pinned_down(worlds, files) - unsafe(files)):
            assert Programs(files, lasting=False).values(cell) == 1, cell


def test_the_enumerator_by_hand() -> None:
    """W: unknown 2, known 4 of 6, yes 2: A has three of these, of whom two joined (of two)."""
    one = tiny.Tiny(("W", "A", "B"), (), deep=False)
    a, b = (Place(unit, tiny.LOW, 9) for unit in "AB")
    paths = [(a, a, a), (None, a, a), (None, a, a), *[(b, b, b)] * 3]
    shown = {"unknown": 2, "known": 4, "yes": 2}
    cells = pl.DataFrame(
        [("headcount", "W", "all", code, "published", "2025Q3", n) for code, n in shown.items()],
        schema=["metric", "unit", "scale_group", "category", "status", "as_of", "value"],
        orient="row",
    )
    rules = Rules(rounding=1, threshold=2, width=2)
    found = enumerate_cells(cells, tiny.dimensions(one), paths, rules, lasting=ALL_DATES)
    stock, joined = ("headcount", "2025Q3"), ("inflow", "2025Q3")
    assert found[*stock, "W", "all", "no"].values == {2}
    assert found[*stock, "W", "<=13", "yes"].shown
    assert found[*stock, "A", "all", "yes"].values == {0, 1, 2}
    assert found[*joined, "A", "all", "known"].values == {0, 1, 2}
    assert found["headcount", "2025Q2", "W", "all", "yes"].values == {0, 1, 2}
    assert found[*stock, "W", "all", "no"].pinned_down(2)
    assert not found[*stock, "W", "<=13", "yes"].pinned_down(2)


def test_numbers_without_a_world_are_a_contradiction() -> None:
    one = tiny.Tiny(("W",), (), deep=False)
    paths = [(Place("W", tiny.LOW, 9),) * ALL_DATES] * 4
    cells = pl.DataFrame(
        [("headcount", "W", "all", "yes", "published", "2025Q3", 4)],
        schema=["metric", "unit", "scale_group", "category", "status", "as_of", "value"],
        orient="row",
    )
    with pytest.raises(NoWorld):
        enumerate_cells(cells, tiny.dimensions(one), paths, Rules(1, 2, 2), lasting=ALL_DATES)
