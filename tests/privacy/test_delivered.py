"""Delivered shares: no two of them whose difference is a small group's share, at once or over time."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pytest

from etl.privacy.delivered import (
    Delivered,
    Place,
    decide,
    far_apart,
    large_enough,
    of_one_date,
    possible,
)
from etl.privacy.policy import Policy, delivered_rules

POLICY = Policy.load()
SMALL = delivered_rules(POLICY).distance.value
WIDTH, THRESHOLD = (
    POLICY.classes.special.width.value,
    POLICY.classes.special.threshold.value,
)
OUTSIDE = (2,)
MIN, A, B, A1 = ("MIN", "all"), ("A", "all"), ("B", "all"), ("A1", "all")
LOW, HIGH = ("MIN", "<=13"), ("MIN", ">=14")
INSIDE: Mapping[Place, frozenset[Place]] = {
    MIN: frozenset(),
    A: frozenset({MIN}),
    B: frozenset({MIN}),
    A1: frozenset({A, MIN}),
    LOW: frozenset({MIN}),
    HIGH: frozenset({MIN}),
}
D0, D1, D2 = date(2023, 12, 31), date(2024, 12, 31), date(2025, 12, 31)


def row(place: Place, size: int, *percents: int) -> Delivered:
    nl, europe, outside = percents or (60, 20, 20)
    return Delivered(place, size, (nl, europe, outside))


def shown(*rows: Delivered) -> set[Place]:
    return {each.place for each in of_one_date(rows, INSIDE, OUTSIDE, POLICY)}


# --- what a whole percent says ------------------------------------------------------------------


def test_the_example_of_cbs_says_who_left() -> None:
    """380/60/60 of 500; then without 25 Dutch leavers, or without 25 others: why the rule is."""
    before = row(MIN, 500, 76, 12, 12)
    assert before.counts(2) == (58, 62)
    dutch, others = row(MIN, 475, 75, 13, 13), row(MIN, 475, 80, 13, 7)
    assert sum(dutch.percents) == 101
    assert dutch.counts(2) == (60, 64)
    assert others.counts(2) == (31, 35)
    # the difference of the two deliveries tells which group the 25 were of
    assert before.counts(2)[0] - dutch.counts(2)[1] < 0 < before.counts(2)[0] - others.counts(2)[1]


@pytest.mark.parametrize(("size", "least"), [(250, 2), (499, 4), (500, 5), (1000, 10)])
def test_how_many_numbers_a_whole_percent_leaves(size: int, least: int) -> None:
    rows = [row(A, size, 0, 0, percent).counts(2) for percent in range(5, 96)]
    assert min(high - low + 1 for low, high in rows) in {least, least + (size == 1000)}


def test_attack_of_a_shown_share_enough_numbers_are_left_and_all_reach_the_threshold() -> None:
    """Every size and percent that may come: what is shown is not known closer than what is hidden."""
    seen = 0
    for size, percent in itertools.product(range(250, 1200, 7), range(101)):
        one = row(A, size, 100 - percent, 0, percent)
        if large_enough(one, OUTSIDE, POLICY)[0]:
            numbers = [n for n in range(size + 1) if abs(100 * n / size - percent) <= 0.5]
            assert len(numbers) >= WIDTH
            assert min(numbers) >= THRESHOLD
            assert size - max(numbers) >= THRESHOLD
            seen += 1
    assert seen > 5000


@pytest.mark.parametrize(("outside", "two"), [(1, False), (2, True), (98, True), (99, False)])
def test_both_sides_certainly_hold_the_threshold(outside: int, two: bool) -> None:
    """Of 1,000 a share of 1% may be 5 people, of 2% it is at least 15."""
    rest = 100 - outside
    found = large_enough(row(A, 1000, rest, 0, outside), OUTSIDE, POLICY)
    assert found == (two, False)  # nobody from Europe: never three groups


def test_three_groups_only_where_each_is_large_enough() -> None:
    assert large_enough(row(A, 1000, 78, 2, 20), OUTSIDE, POLICY) == (True, True)
    assert large_enough(row(A, 1000, 79, 1, 20), OUTSIDE, POLICY) == (True, False)


def test_a_group_of_two_is_what_one_leaves() -> None:
    assert large_enough(row(A, 1000, 99, 1, 0), (1, 2), POLICY)[0] is False
    assert large_enough(row(A, 1000, 98, 1, 1), (1, 2), POLICY)[0] is True


# --- one date -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "both"), [(751, False), (750, True)])
def test_a_whole_and_a_part_are_shown_where_a_large_group_is_left(size: int, both: bool) -> None:
    assert shown(row(MIN, 1000), row(A, size)) == ({MIN, A} if both else {MIN})


def test_parts_that_are_the_whole_are_shown() -> None:
    assert shown(row(MIN, 2000), row(A, 1200), row(B, 800)) == {MIN, A, B}


@pytest.mark.parametrize("left", [1, SMALL - 1])
def test_the_last_part_is_not_shown_where_a_few_are_in_none(left: int) -> None:
    assert shown(row(MIN, 2000 + left), row(A, 1200), row(B, 800)) == {MIN, A}


def test_a_part_of_a_part_is_held_against_the_part() -> None:
    rows = row(MIN, 3000), row(A, 1000)
    assert shown(*rows, row(A1, 751)) == {MIN, A}
    assert shown(*rows, row(A1, 750)) == {MIN, A, A1}


def test_what_is_left_must_have_room_too() -> None:
    """A holds nearly everybody of the group: what the rest is then is known too well."""
    whole = row(MIN, 1000, 70, 18, 12)
    fits = row(A, 700, 66, 17, 17)  # 116..122 of 115..125: the rest has 0..9
    assert possible(whole, [fits], 2) == 10
    assert shown(whole, fits) == {MIN, A}
    all_of_it = row(A, 700, 65, 17, 18)  # 123..129: the rest has 0, 1 or 2
    assert possible(whole, [all_of_it], 2) < WIDTH
    assert shown(whole, all_of_it) == {MIN}


def test_bands_of_scales() -> None:
    assert shown(row(MIN, 2000), row(LOW, 1200), row(HIGH, 800)) == {MIN, LOW, HIGH}


def test_attack_no_sum_or_difference_is_a_small_group() -> None:
    """Every sum of shown subgroups with signs: its people are nobody or at least 250."""
    random = np.random.default_rng(7)
    tried = 0
    for _ in range(300):
        a1, rest_a, b, alone = (int(n) for n in random.integers(0, 1500, 4))
        sizes = {MIN: a1 + rest_a + b + alone, A: a1 + rest_a, B: b, A1: a1}
        of = {MIN: {"a1", "rest_a", "b", "alone"}, A: {"a1", "rest_a"}, B: {"b"}, A1: {"a1"}}
        atoms = {"a1": a1, "rest_a": rest_a, "b": b, "alone": alone}
        places = shown(*(row(p, n) for p, n in sizes.items() if n >= SMALL))
        for signs in itertools.product((-1, 0, 1), repeat=len(places)):
            total = {
                name: sum(s for s, p in zip(signs, places, strict=True) if name in of[p])
                for name in atoms
            }
            if set(total.values()) <= {0, 1}:
                people = sum(atoms[name] for name, count in total.items() if count)
                assert people == 0 or people >= SMALL, (sizes, places, signs)
                tried += 1
    assert tried > 1000


# --- over time ------------------------------------------------------------------------------------


def people(first: int, last: int) -> frozenset[str]:
    return frozenset(map(str, range(first, last)))


@pytest.mark.parametrize(("moved", "far"), [(SMALL // 2 - 1, False), (SMALL // 2, True)])
def test_joiners_and_leavers_make_the_distance(moved: int, far: bool) -> None:
    now, then = {MIN: people(moved, 1000 + moved)}, {MIN: people(0, 1000)}
    assert far_apart(now, then, SMALL) is far


def test_who_only_moves_between_parts_makes_none() -> None:
    """Each part changes by 300 people, the two together by nobody."""
    then = {MIN: people(0, 1000), A: people(0, 500), B: people(500, 1000)}
    now = {MIN: people(0, 1000), A: people(300, 800), B: people(0, 300) | people(800, 1000)}
    assert not far_apart(now, then, SMALL)


def test_a_part_that_nobody_joined_holds_the_whole_back() -> None:
    then = {MIN: people(0, 1000), A: people(0, 500)}
    now = {MIN: people(0, 500) | people(2000, 2500), A: people(0, 500)}
    assert not far_apart(now, then, SMALL)
    assert far_apart({MIN: now[MIN]}, {MIN: then[MIN]}, SMALL)


def test_without_people_nothing_is_proved() -> None:
    assert not far_apart({MIN: frozenset()}, {MIN: people(0, 1000)}, SMALL)
    assert not far_apart({MIN: people(0, 1000), A: frozenset()}, {MIN: people(2000, 3000)}, SMALL)


def decided(
    deliveries: Mapping[date, Sequence[Delivered]],
    members: Mapping[date, frozenset[str]],
    served: Mapping[date, Sequence[Delivered]] | None = None,
) -> list[date]:
    found = decide(
        deliveries,
        served or {},
        members={ref: {MIN: whole} for ref, whole in members.items()},
        inside=dict.fromkeys(deliveries, INSIDE),
        yes=OUTSIDE,
        policy=POLICY,
    )
    return sorted(found)


EXAMPLE = {D0: [row(MIN, 1000, 76, 12, 12)], D1: [row(MIN, 950, 75, 13, 13)]}


def test_attack_of_the_example_only_the_first_is_shown() -> None:
    """50 leavers between two deliveries of 1,000: the second would say of which group they were."""
    assert decided(EXAMPLE, {D0: people(0, 1000), D1: people(50, 1000)}) == [D0]


def test_after_enough_has_changed_a_delivery_is_shown_again() -> None:
    deliveries = {**EXAMPLE, D2: [row(MIN, 1000, 70, 15, 15)]}
    members = {D0: people(0, 1000), D1: people(50, 1000), D2: people(200, 1200)}
    assert decided(deliveries, members) == [D0, D2]


def test_what_was_served_stands_and_an_earlier_date_that_comes_late_keeps_its_distance() -> None:
    members = {D0: people(0, 1000), D1: people(50, 1000)}
    assert decided(EXAMPLE, members, {D1: EXAMPLE[D1]}) == [D1]
    corrected = [row(MIN, 480, 50, 25, 25)]
    found = decide(
        {D1: corrected}, {D1: EXAMPLE[D1]}, members={D1: {MIN: people(0, 480)}},
        inside={D1: INSIDE}, yes=OUTSIDE, policy=POLICY,
    )  # fmt: skip
    assert found == {D1: EXAMPLE[D1]}
