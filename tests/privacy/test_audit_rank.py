"""The exact elimination of the attack: what it finds does not depend on order, its cost neither."""

from __future__ import annotations

from etl.privacy.audit_rank import CONSTANT, PRIMES, Elimination, Row


def test_a_whole_of_many_parts_stays_one_long_row() -> None:
    """Each part is a part of its own sums, too: written into these it would fill all of them."""
    parts = range(200)
    whole: Row = {CONSTANT: -1000} | dict.fromkeys(parts, 1)
    sums: list[Row] = [{CONSTANT: -7, part: 1, 1000 + part: 1} for part in parts]
    found = Elimination(PRIMES[0], [whole, *sums])
    assert sum(map(len, found._pivots.values())) < 2 * (len(whole) + 3 * len(sums))
    assert found.value(3) is None
    known: list[Row] = [{CONSTANT: -4, 1000 + part: 1} for part in parts if part != 3]
    assert Elimination(PRIMES[0], [whole, *sums, *known]).value(3) == 1000 - 3 * 199
