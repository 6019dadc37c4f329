"""Spells by whole years: drawn leaves, and random careers counted spell by spell."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from datetime import date

import polars as pl
import pytest

from etl.domain import Organisation, Reference
from etl.metrics.periods import Calendar
from etl.metrics.spells import AT_RISK, LOST, PROMOTED, SPELLS, spell_events

PLAIN = Reference().organisation
ENDS = ((3, 31), (6, 30), (9, 30), (12, 31))


def quarters(years: int) -> list[date]:
    """The last of 2020, and every quarter after it."""
    return [date(2020, 12, 31)] + [
        date(year, *end) for year in range(2021, 2021 + years) for end in ENDS
    ]


def calendar(years: int) -> Calendar:
    return Calendar(quarters(years), PLAIN)


def leaf(at: int, dates: list[date], **more: object) -> dict[str, object]:
    """Somebody who stays in his scale during the step that ends at date ``at``."""
    return {
        "from_ref": dates[at - 1],
        "to_ref": dates[at],
        "kind": "stay",
        "move": "none",
        "from_unit": "MIN",
        "periods_in_scale": 0,
        "left_truncated": False,
        "persons": 1,
    } | more


def counted(
    rows: list[dict[str, object]], years: int, length: int
) -> Counter[tuple[str, str, int]]:
    """(metric, period, year) -> spells."""
    frame = pl.DataFrame(rows).with_columns(pl.col("periods_in_scale").cast(pl.Int32))
    found: Counter[tuple[str, str, int]] = Counter()
    on = calendar(years)
    periods = on.flows("block", length)
    period_of = {ref: period.code for period in periods for ref in period.refs}
    for metric in SPELLS:
        for row in spell_events(frame.lazy(), metric, periods, on).collect().iter_rows(named=True):
            found[metric, period_of[row["to_ref"]], row["year"]] += row["persons"]
    return found


@pytest.mark.parametrize(
    ("more", "metric", "year"),
    [
        ({"periods_in_scale": 0}, AT_RISK, 0),
        ({"periods_in_scale": 4}, AT_RISK, 1),
        ({"periods_in_scale": 3, "move": "promotion"}, PROMOTED, 0),
        ({"periods_in_scale": 5, "move": "promotion"}, PROMOTED, 1),
        ({"periods_in_scale": 5, "kind": "exit"}, LOST, 1),
        ({"periods_in_scale": 5, "kind": "measured_out"}, LOST, 1),
        ({"periods_in_scale": 5, "move": "demotion"}, LOST, 1),
        ({"periods_in_scale": 5, "move": "reclassification"}, LOST, 1),
        ({"periods_in_scale": 5, "move": "acting"}, LOST, 1),
    ],
)
def test_what_a_step_counts_as(more: dict[str, object], metric: str, year: int) -> None:
    """In the sixth quarter of a block of two years: begun or ended, in the year of the spell."""
    assert counted([leaf(6, quarters(2), **more)], 2, 2) == {(metric, "2021-2022", year): 1}


def test_a_step_in_between_counts_as_nothing() -> None:
    assert not counted([leaf(6, quarters(2), periods_in_scale=2)], 2, 2)


def test_a_spell_with_an_unknown_begin_is_left_out() -> None:
    assert not counted([leaf(6, quarters(2), periods_in_scale=4, left_truncated=True)], 2, 2)


@pytest.mark.parametrize(("before", "lost"), [(0, 1), (1, 1), (2, 1), (3, 0)])
def test_an_unfinished_year_is_lost_and_a_finished_one_is_not(before: int, lost: int) -> None:
    """At the last step: with 0, 1 or 2 quarters behind it the year goes on after the block."""
    found = counted([leaf(8, quarters(2), periods_in_scale=before)], 2, 2)
    assert found[LOST, "2021-2022", 0] == lost


def test_a_year_that_began_before_the_block_does_not_count_in_it() -> None:
    """Begun in the last quarter but one of the first block: promoted in the second, and nowhere."""
    rows = [
        leaf(8, quarters(4), periods_in_scale=0),
        leaf(9, quarters(4), periods_in_scale=1, move="promotion"),
    ]
    assert counted(rows, 4, 2) == {(AT_RISK, "2021-2022", 0): 1, (LOST, "2021-2022", 0): 1}


def test_extracts_once_a_year() -> None:
    yearly = Calendar(
        [date(year, 12, 31) for year in range(2020, 2024)],
        Organisation.model_validate(PLAIN.model_dump() | {"calendar": "year"}),
    )
    frame = pl.DataFrame(
        [
            leaf(1, list(yearly.dates), periods_in_scale=0),
            leaf(2, list(yearly.dates), periods_in_scale=1, move="promotion"),
        ]
    )
    periods = yearly.flows("block", 3)
    at_risk = spell_events(frame.lazy(), AT_RISK, periods, yearly).collect()
    assert at_risk["year"].sort().to_list() == [0, 1]
    assert spell_events(frame.lazy(), PROMOTED, periods, yearly).collect()["year"].to_list() == [1]
    assert spell_events(frame.lazy(), LOST, periods, yearly).collect().is_empty()


@dataclass(frozen=True)
class Spell:
    """From place ``begin`` among the dates on; over at ``end`` (None: never), promoted or lost."""

    begin: int
    end: int | None
    promoted: bool


def test_random_spells_counted_one_by_one() -> None:
    """Independently: each spell walks through its years; and in the first block who is done is the rest."""
    chance = random.Random(20261124)  # noqa: S311  (no secret: invented careers)
    dates = quarters(6)
    last = len(dates) - 1
    spells = []
    for _ in range(3000):
        begin = chance.randrange(len(dates))
        length = 1 + int(chance.expovariate(1 / 8))
        end = begin + length if begin + length <= last else None
        spells.append(Spell(begin, end, promoted=chance.random() < 0.5))
    found = counted([row for spell in spells for row in _leaves(spell, dates)], 6, 3)
    assert found == _one_by_one([s for s in spells if s.begin], last)
    for year in range(2):
        outcomes = [(PROMOTED, year), (LOST, year), (AT_RISK, year + 1)]
        done = found[AT_RISK, "2021-2023", year] - sum(
            found[m, "2021-2023", y] for m, y in outcomes
        )
        assert 0 < done < found[AT_RISK, "2021-2023", year]


def _leaves(spell: Spell, dates: list[date]) -> list[dict[str, object]]:
    """Every step of a spell as a leaf; one that is there at the first date has no known begin."""
    rows = []
    for at in range(spell.begin + 1, (spell.end or len(dates) - 1) + 1):
        over = at == spell.end
        move = "promotion" if over and spell.promoted else "none"
        kind = "exit" if over and not spell.promoted else "stay"
        more = {"periods_in_scale": at - 1 - spell.begin, "left_truncated": not spell.begin}
        rows.append(leaf(at, dates, kind=kind, move=move, **more))
    return rows


def _one_by_one(spells: list[Spell], last: int) -> Counter[tuple[str, str, int]]:
    found: Counter[tuple[str, str, int]] = Counter()
    blocks = {"2021-2023": (0, 12), "2024-2026": (12, 24)}
    for spell in spells:
        for block, (first, final) in blocks.items():
            for year in range(last):
                enters, finishes = spell.begin + 4 * year, spell.begin + 4 * year + 4
                if not first <= enters < final or (spell.end or last + 1) <= enters:
                    continue
                found[AT_RISK, block, year] += 1
                if spell.end is not None and spell.end <= min(finishes, final):
                    found[PROMOTED if spell.promoted else LOST, block, year] += 1
                elif finishes > final:
                    found[LOST, block, year] += 1
    return found
