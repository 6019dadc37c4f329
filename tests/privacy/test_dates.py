"""Protection over dates, on tiny organisations: what is repeated, what stands, what is repaired."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import polars as pl
import pytest

from etl.metrics.cells import KEYS
from etl.metrics.registry import metric_frame
from etl.privacy.audit import audit
from etl.privacy.audit_input import Published
from etl.privacy.gate import Gate
from etl.privacy.grounds import WITHDRAWN
from etl.privacy.protect import Protected, protect
from tests.privacy import tiny
from tests.privacy.enumerator import Place
from tests.privacy.tiny import LOW, Person, Tiny

KEY = bytes(range(32))
Q2, Q3, Q4 = "2025Q2", "2025Q3", "2025Q4"
ATTACKED = (3, 6, 12, 15)
"""Organisations of which suppression alone leaves something to find, in some."""
SMALL = (1, 18, 22, 24)
UNITS = ("W", "A", "B", "Z")
CATEGORIES = ("yes", "no", "unknown")
TOLD = ["status", "value", "base", "as_of"]


def staff(number: int, units: str, first: int = 0) -> list[Person]:
    """People of all categories in turn; ``units``: the unit at each date, ``-`` for nowhere."""
    path = tuple(None if unit == "-" else Place(unit, LOW, 9) for unit in units)
    return [
        Person(path, (CATEGORIES[n % 3],) * 3, (7 * n + 1, 11 * n + 5))
        for n in range(first, first + number)
    ]


def made(
    persons: Iterable[Person],
    until: str = Q4,
    served: pl.DataFrame | None = None,
    withdrawn: pl.DataFrame | None = None,
) -> Protected:
    """The publication of everything up to a period."""
    return published(Tiny(UNITS, tuple(persons), deep=False), until, served, withdrawn)


def published(
    one: Tiny,
    until: str = Q4,
    served: pl.DataFrame | None = None,
    withdrawn: pl.DataFrame | None = None,
) -> Protected:
    counts = tiny.counted([one])[one.units[0]].filter(pl.col("period") <= until)
    return protect(counts, tiny.grounds(one, served, withdrawn), KEY)


def stock(found: Protected, period: str, unit: str) -> pl.DataFrame:
    """The split of one stock: everybody's scale groups together."""
    cells = found.table.cells.filter(
        pl.col("attribute") != "", metric="headcount", period=period, unit=unit, scale_group="all"
    )
    return cells.select("category", *TOLD)


def split(found: Protected) -> pl.DataFrame:
    return found.table.cells.filter(pl.col("attribute") != "").select(*KEYS, *TOLD)


STAFF = [*staff(30, "AAA"), *staff(30, "BBB", 100)]
JOINER = staff(1, "-AA", 200)


def test_one_joiner_repeats_number_base_and_date() -> None:
    found = made([*STAFF, *JOINER])
    first = stock(found, Q2, "A")
    assert set(first["status"]) == {"published"}
    assert set(first["base"]) == {30.0}
    assert stock(found, Q3, "A").equals(first)
    assert set(first["as_of"]) == {Q2}


def test_enough_joiners_are_decided_anew() -> None:
    found = made([*STAFF, *JOINER, *staff(3, "--A", 300)])
    assert set(stock(found, Q3, "A")["as_of"]) == {Q2}
    assert set(stock(found, Q4, "A")["as_of"]) == {Q4}
    assert set(stock(found, Q4, "A")["base"]) == {34.0}


def test_a_renamed_unit_with_one_joiner_is_hidden() -> None:
    """Z is A and one more: too near to what was said of A, and of Z nothing was said."""
    moved = [*staff(30, "AZZ"), *staff(30, "BBB", 100), *staff(1, "-ZZ", 200)]
    found = stock(made(moved), Q3, "Z")
    assert found.height
    assert set(found["status"]) == {"suppressed"}


def test_what_was_served_stands_whatever_the_counts_say_now() -> None:
    """Three people fewer and other categories: the served date keeps its split, base included."""
    before = made(STAFF, until=Q2)
    corrected = [Person(p.path, ("yes",) * 3, p.key) for p in STAFF[3:]]
    after = made(corrected, served=before.record)
    assert split(after).filter(period=Q2).equals(split(before))
    everybody = after.table.cells.filter(
        metric="headcount", period=Q2, unit="W", scale_group="all", attribute=""
    )
    assert everybody["value"].to_list() == [57.0]


def test_what_is_withdrawn_is_hidden_wherever_it_is_repeated() -> None:
    people = [*STAFF, *JOINER]
    served = made(people, until=Q3).record
    gone = pl.DataFrame([("headcount", Q2)], schema=WITHDRAWN, orient="row")
    found = made(people, served=served, withdrawn=gone)
    for period in (Q2, Q3):
        assert set(stock(found, period, "A")["status"]) == {"suppressed"}
        assert stock(found, period, "A")["value"].null_count() == 4
    assert set(stock(made(people, served=served), Q3, "A")["status"]) == {"published"}


def test_dates_at_once_give_the_cells_of_one_run_a_date() -> None:
    people = [
        *staff(30, "AAA"),
        *staff(4, "BBB", 100),
        *staff(3, "-AA", 200),
        *staff(9, "--B", 300),
    ]
    record = made(people, until=Q2).record
    for period in (Q3, Q4):
        record = pl.concat([record, made(people, period, record).record])
    assert split(made(people, served=record)).equals(split(made(people)))


def left(one: Tiny) -> tuple[int, int]:
    """What an outsider finds, and what counts as given away by public numbers alone."""
    found = published(one)
    cells, codes = found.table.cells, tiny.dimensions(one)
    report = audit(Published(cells, codes, metric_frame(), tiny.POLICY))
    return report.unsafe, found.implied


def test_what_an_attack_finds_is_repaired(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hidden or said as before, so that nothing is left, and nothing counts as given away."""
    organisations = [tiny.draw(number) for number in ATTACKED]
    assert {left(one) for one in organisations} == {(0, 0)}
    monkeypatch.setattr(Gate, "repair", lambda *_: np.zeros(0, dtype=np.int64))
    assert {left(one) for one in organisations} != {(0, 0)}, "nothing here needs a repair"


def test_the_attack_on_a_date_knows_nothing_of_later_dates() -> None:
    """As above, on organisations so small that the attack finds something at every date."""
    for number in SMALL:
        one = tiny.draw(number)
        record = tiny.grounds(one).served
        for period in (Q2, Q3, Q4):
            record = pl.concat([record, published(one, period, record).record])
        assert split(published(one, served=record)).equals(split(published(one))), number
