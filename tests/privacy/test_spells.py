"""Time to promotion attacked: what the years of a spell tell of one another, and of one promotion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache

import polars as pl
import pytest

from etl.domain import Reference
from etl.metrics.derive import derive
from etl.metrics.registry import metric_frame
from etl.metrics.spells import AT_RISK, LOST, PROMOTED, SPELLS
from etl.privacy.audit import audit
from etl.privacy.audit_input import Published
from etl.privacy.policy import Policy
from tests.privacy.attacked import cell, everybody, publication
from tests.privacy.bases import ABROAD, split_rows
from tests.privacy.product import protected
from tests.spec.test_derive import DIMENSIONS

YEARS = ("year_1", "year_2")
THRESHOLD = Policy.load().of("special").threshold.value
WIDTH = Policy.load().of("special").width.value
Count = tuple[int | None, int]
"""Of the group (None: hidden), everybody."""


def attacked(counts: Mapping[tuple[str, str], Count], *, begin: int = 2025) -> Published:
    """Exact numbers of the year 2025 by metric and scale group; extracts since ``begin``."""
    rows: list[dict[str, object]] = []
    for (metric, group), (mine, base) in counts.items():
        where = {"metric": metric, "scale_group": group, "period": "2025", "period_kind": "year"}
        rows += [everybody(base, **where), cell(mine, base, **where)]
    made = publication(rows, scales={"years": YEARS}, groups={"origin": ("yes", "no")})
    earlier = (
        made.of("period")
        .head(1)
        .with_columns(
            code=pl.lit(f"{begin - 1}Q4"),
            valid_from=pl.lit(date(begin - 1, 10, 1)),
            valid_to=pl.lit(date(begin - 1, 12, 31)),
        )
    )
    spells = made.metrics.head(1).join(pl.DataFrame({"name": SPELLS}), how="cross")
    spells = spells.with_columns(metric="name").drop("name")
    return Published(
        made.cells,
        pl.concat([made.dimensions, earlier]),
        pl.concat([made.metrics, spells]),
        made.policy,
    )


def exact(published: Published) -> set[tuple[str, str]]:
    found = audit(published).cells.filter(role="planned").filter("exact")
    return set(found.select("metric", "scale_group").rows())


TABLE: dict[tuple[str, str], Count] = {
    (AT_RISK, "year_1"): (300, 1000),
    (PROMOTED, "year_1"): (None, 50),
    (LOST, "year_1"): (90, 150),
    (AT_RISK, "year_2"): (200, 800),
}


def test_a_hidden_promotion_follows_from_the_years_beside_it() -> None:
    """300 - 90 - 200 = 10: nobody finished the year as the period ended (1000 - 50 - 150 = 800)."""
    assert exact(attacked(TABLE)) == {(PROMOTED, "year_1")}


def test_those_who_finish_with_the_period_stand_between() -> None:
    """70 more who did: how many of the group among them is not known."""
    assert exact(attacked(TABLE | {(AT_RISK, "year_2"): (200, 730)})) == set()


def test_after_an_earlier_period_others_begin_the_next_year_too() -> None:
    """Extracts since 2024: the second year is also begun by those whose first began before."""
    assert exact(attacked(TABLE, begin=2024)) == set()


def test_a_year_of_which_nobody_is_left_tells_what_became_of_them() -> None:
    """In any period: 300 at risk, 90 lost, and nobody finishes: 210 were promoted."""
    counts = {k: v for k, v in TABLE.items() if k != (AT_RISK, "year_2")}
    counts[PROMOTED, "year_1"] = (None, 850)
    assert exact(attacked(counts, begin=2024)) == {(PROMOTED, "year_1")}


def test_promotions_of_all_years_are_those_of_the_period() -> None:
    """60 - 45 = 15 in the second year: of the 210 promotions none had an unknown begin."""
    counts = {
        ("promotion", "all"): (60, 210),
        (PROMOTED, "year_1"): (45, 150),
        (PROMOTED, "year_2"): (None, 60),
    }
    assert exact(attacked(counts)) == {(PROMOTED, "year_2")}
    some_unknown = counts | {("promotion", "all"): (60, 240)}
    assert exact(attacked(some_unknown)) == set()


def test_who_came_begins_a_first_year() -> None:
    """All spells that began are of people who came in before the last step."""
    quarters = ("2025Q1", "2025Q2", "2025Q3", "2025Q4")
    made = attacked({(AT_RISK, "year_1"): (None, 300)})
    where = [{"metric": "inflow", "period": q, "period_kind": "quarter"} for q in quarters]
    rows = [r for w in where for r in (everybody(100, **w), cell(20, 100, **w))]
    cells = pl.concat([made.cells, pl.DataFrame(rows, schema=made.cells.schema)])
    found = Published(cells, made.dimensions, made.metrics, made.policy)
    assert exact(found) == {(AT_RISK, "year_1")}


# --- the product -------------------------------------------------------------------------------

BLOCK: dict[str, object] = {"period": "2021-2025", "period_kind": "block", "unit_level": 1}
PEOPLE = {AT_RISK: (150, 1700), PROMOTED: (30, 260), LOST: (40, 400)}
"""Of the group, of others with a known origin; 100 have none."""


def counts(promoted: int) -> list[dict[str, object]]:
    """One year of spells in which so many of the group were promoted; everybody's stay the same."""
    rows: list[dict[str, object]] = []
    for place, (metric, (group, others)) in enumerate(PEOPLE.items()):
        mine = promoted if metric == PROMOTED else group
        people = {ABROAD: mine, "nederland": group + others - mine, "onbekend": 100}
        more = BLOCK | {"metric": metric, "scale_group": "year_1", "key_hi": place + 1}
        rows += split_rows(Reference(), "MIN", "origin", people, **more)
    return rows


@cache
def told(promoted: int) -> pl.DataFrame:
    """Everything that is published of a curve."""
    band = DIMENSIONS.filter(pl.col("dimension") == "scale_group").head(1)
    years = band.with_columns(partition=pl.lit("years"), code=pl.lit("year_1"))
    cells = protected(counts(promoted))
    derived = derive(cells, pl.concat([DIMENSIONS, years]), metric_frame())
    return pl.concat([cells, derived.select(cells.columns)])


def same(truths: Sequence[int], said: Mapping[int, str]) -> set[int]:
    """How many truths an answer leaves, for the truths that are not at an end of what was tried."""
    inner = truths[WIDTH:-WIDTH]
    return {sum(said[other] == said[truth] for other in truths) for truth in inner}


TRUTHS = range(16, 32)


def test_a_naive_curve_tells_every_promotion() -> None:
    """From raw counts, in percent with one decimal: each number of promotions has its own curve."""
    naive = {n: str(round(100 * n / (150 - 40 / 2), 1)) for n in TRUTHS}
    assert same(TRUTHS, naive) == {1}


def test_the_published_curve_hides_one_promotion() -> None:
    """Five numbers of promotions have one answer, to the byte; it does tell which five."""
    said = {n: told(n).write_csv() for n in TRUTHS}
    assert same(TRUTHS, said) == {WIDTH}
    assert told(THRESHOLD - 1).write_csv() == told(THRESHOLD - 2).write_csv()


@pytest.mark.parametrize("promoted", [THRESHOLD - 1, 30])
def test_the_curve_is_that_of_the_protected_counts(promoted: int) -> None:
    mine = told(promoted).filter(pl.col("category") == "yes")
    number = dict(mine.select("metric", "value").iter_rows())
    if promoted < THRESHOLD:
        assert number["promoted_within"] is None
        return
    n, d, c = (number[metric] for metric in SPELLS)
    assert number["promoted_within"] == round(100 * d / (n - c / 2))
