"""What the rounded number tells: the count within four, and nothing about who is counted.

Statistical statements are about the draw of the key. Each compares a frequency with its binomial
bound of ``SIGMAS`` standard deviations: a correct product fails one comparison in 500 million keys,
and the keys are fixed.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.domain import Reference
from etl.privacy.decide import Draw, rounded
from etl.privacy.plan import categories_of
from etl.privacy.policy import Policy
from etl.privacy.rounding import draws, key_sums, round_counts
from etl.privacy.split import WHOLE, Node, make_split
from tests.privacy.bases import KEY

REFERENCE = Reference()
BASE = Policy.load().rounding_base.value
ORIGIN = REFERENCE.attributes["origin"]
SIGMAS = 6.0
TOP = 2**64
PERSONS = {number: random.Random(number).getrandbits(64) for number in range(400)}  # noqa: S311
"""Invented record keys."""


def keys(number: int) -> list[bytes]:
    return [n.to_bytes(32, "big") for n in range(number)]


def total(people: Sequence[int]) -> int:
    """The key sum of a base, from the halves in which the warehouse adds it up."""
    high = sum(PERSONS[person] >> 32 for person in people)
    low = sum(PERSONS[person] & 0xFFFFFFFF for person in people)
    return key_sums(np.array([high]), np.array([low]))[0]


def shown(base: Sequence[int], count: int, key: bytes = KEY) -> int:
    """The number that stands for ``count`` of the people of ``base``."""
    drawn = draws([total(base)], "origin", "yes", key)
    return int(round_counts(np.array([count]), drawn, BASE)[0])


def keyed_by_members(group: Sequence[int], key: bytes = KEY) -> int:
    """The naive form: the draw depends on who is in the group."""
    drawn = draws([total(group)], "origin", "yes", key)
    return int(round_counts(np.array([len(group)]), drawn, BASE)[0])


def assert_share(found: int, of: int, chance: float) -> None:
    assert abs(found - of * chance) <= SIGMAS * math.sqrt(of * chance * (1 - chance)), (found, of)


@pytest.mark.parametrize("count", range(10, 10 + BASE))
def test_the_mean_of_every_remainder_is_the_count(count: int) -> None:
    found = Counter(shown(range(60), count, key) for key in keys(4000))
    down, rest = count - count % BASE, count % BASE
    assert set(found) <= {down, down + BASE}
    assert_share(found[down + BASE], 4000, rest / BASE)  # exactly: mean = count


@given(st.integers(0, 10**6), st.integers(0, TOP - 1))
def test_no_number_is_off_by_the_base_or_more(count: int, draw: int) -> None:
    (value,) = round_counts(np.array([count]), [draw], BASE).tolist()
    assert value % BASE == 0
    assert abs(value - count) <= BASE - 1


# --- one base and one set of leaves: one number, wherever it stands


def numbers(partitions: Sequence[str], people: dict[str, int], sums: list[int]) -> list[dict]:
    """Rounded numbers of bases with the same people by leaf, one dict a base."""
    nodes = {(c.code, ""): c for partition in partitions for c in categories_of(ORIGIN, partition)}
    split = make_split([ORIGIN], nodes)
    size = np.full(len(sums), sum(people.values()))
    count: dict[Node, np.ndarray] = {
        node: np.full(len(sums), sum(n for leaf, n in people.items() if leaf in c.leaves))
        for node, c in nodes.items()
    }
    value = rounded(split, count, {WHOLE: size}, Draw(sums, KEY, BASE))
    return [{n[0]: int(v[i]) for n, v in value.items() if n != WHOLE} for i in range(len(sums))]


@given(st.lists(st.integers(0, 300), min_size=len(ORIGIN.leaf), max_size=len(ORIGIN.leaf)))
def test_a_set_of_leaves_has_one_number_in_all_tables_and_periods(counts: list[int]) -> None:
    people = {leaf.code: n for leaf, n in zip(ORIGIN.leaf, counts, strict=True)}
    # One base (a key sum) among others, in another place of another table or at another date.
    sums = [11, 12, 13]
    coarse = numbers(["binary"], people, sums)
    middle = numbers(["binary", "groups"], people, sums[1:])
    for place, row in enumerate(middle, 1):
        assert row["yes"] == row["buiten_europa"]  # the same leaves under two names
        assert {code: row[code] for code in coarse[place]} == coarse[place]
    alone = numbers(["binary"], people, [12])
    assert alone == [coarse[1]]


def test_fresh_noise_averages_out_and_the_keyed_number_does_not() -> None:
    count, base, periods = 57, range(200), 400
    noise = np.random.default_rng(7)
    fresh = [
        int(round_counts(np.array([count]), [int(u)], BASE)[0])
        for u in noise.integers(0, TOP - 1, periods, dtype=np.uint64)
    ]
    assert round(float(np.mean(fresh))) == count  # the naive product, published every period
    assert len({shown(base, count) for _ in range(periods)}) == 1
    assert shown(base, count) != count


# --- the number tells nothing about who is in the group


def test_another_group_of_the_same_size_gives_the_same_number_under_every_key() -> None:
    """Joined and left, origin exchanged: with members in the draw the reader sees that it did."""
    base = range(200)
    before, after = base[:57], [*base[1:57], 99]  # person 0 out, person 99 in
    pairs = [(keyed_by_members(before, k), keyed_by_members(after, k)) for k in keys(3000)]
    chance = 2 * (57 % BASE / BASE) * (1 - 57 % BASE / BASE)
    assert_share(sum(a != b for a, b in pairs), 3000, chance)  # 48%: certainly another set
    assert all(shown(base, len(before), k) == shown(base, len(after), k) for k in keys(300))


def test_of_an_unchanged_base_a_change_of_the_number_comes_from_the_count_alone() -> None:
    """The draw stays: one more never lowers the number, and lifts it in one key of five."""
    base = range(200)
    for count in range(55, 61):
        steps = Counter(shown(base, count + 1, k) - shown(base, count, k) for k in keys(1500))
        assert set(steps) <= {0, BASE}
        assert_share(steps[BASE], 1500, 1 / BASE)


def outcomes(group: int, joiner: int, member_keyed: bool) -> Counter[tuple[int, int]]:
    """(number before, number after) over many keys: ``joiner`` of the one joiner is in the group."""
    before, after = range(200), range(201)
    found: Counter[tuple[int, int]] = Counter()
    for key in keys(4000):
        if member_keyed:
            group_after = [*range(group), *([200] if joiner else [])]
            pair = keyed_by_members(range(group), key), keyed_by_members(group_after, key)
        else:
            pair = shown(before, group, key), shown(after, group + joiner, key)
        found[pair] += 1
    return found


def test_keyed_by_members_one_known_joiner_is_named() -> None:
    """55 -> 60: impossible unless he belongs to the group, because else the draw had stayed."""
    stayed, joined = (outcomes(57, joiner, member_keyed=True) for joiner in (0, 1))
    assert (55, 60) not in stayed
    assert_share(joined[55, 60], 4000, 3 / 5 * 3 / 5)


def test_keyed_by_the_base_no_pair_of_numbers_rules_a_joiner_in_or_out() -> None:
    """57 of 200, then 57 or 58 of 201: each pair of numbers is possible under both.

    Two independent draws: the chances are products, and the likelihood ratio of the two
    hypotheses is (3/5)/(2/5) where the second number went up and (2/5)/(3/5) where not, whatever
    the first number was. (That is what the count itself tells; the distance rule then forbids it.)
    """
    for joiner, up in ((0, 2 / 5), (1, 3 / 5)):
        found = outcomes(57, joiner, member_keyed=False)
        for first, second in ((55, 55), (55, 60), (60, 55), (60, 60)):
            chance = (2 / 5 if first == 60 else 3 / 5) * (up if second == 60 else 1 - up)
            assert_share(found[first, second], 4000, chance)


def test_draws_of_bases_that_differ_by_one_person_are_uncorrelated_over_keys() -> None:
    pairs = [draws([total(range(200)), total(range(201))], "origin", "yes", k) for k in keys(4000)]
    one, other = np.array(pairs, dtype=np.float64).T / TOP
    assert abs(float(np.corrcoef(one, other)[0, 1])) <= SIGMAS / math.sqrt(4000)
