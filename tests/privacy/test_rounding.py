"""The draw depends on everybody in the base and on nothing else; the rounding is unbiased."""

from __future__ import annotations

import math

import numpy as np
import pytest

from etl.privacy.rounding import category_of, draws, key_sums, round_counts
from tests.privacy.bases import KEY

TOP = 2**64
FIFTH = TOP // 5  # 5 * FIFTH is just below 2^64, 5 * (FIFTH + 1) just above


def _rounded(counts: list[int], drawn: list[int]) -> list[int]:
    return round_counts(np.array(counts, dtype=np.int64), drawn, 5).tolist()


@pytest.mark.parametrize(
    ("count", "draw", "rounded"),
    [
        (10, 0, 10),  # a multiple never moves
        (10, TOP - 1, 10),
        (11, 0, 15),
        (11, FIFTH, 15),  # u just below 1/5
        (11, FIFTH + 1, 10),  # u just above 1/5
        (14, 4 * FIFTH, 15),
        (14, TOP - 1, 10),
        (0, 0, 0),
    ],
)
def test_rounds_up_exactly_when_the_draw_is_below_the_rest(
    count: int, draw: int, rounded: int
) -> None:
    assert _rounded([count], [draw]) == [rounded]


def test_no_count_moves_by_more_than_four() -> None:
    counts = list(range(40)) * 50
    drawn = draws(list(range(2000)), "origin", "turkije", KEY)
    rounded = np.array(_rounded(counts, drawn))
    assert set(rounded % 5) == {0}
    assert int(np.abs(rounded - np.array(counts)).max()) == 4


@pytest.mark.parametrize("count", [11, 12, 13, 14])
def test_is_unbiased_over_many_bases(count: int) -> None:
    bases = 20_000
    drawn = draws([base * 2_654_435_761 for base in range(bases)], "origin", "yes", KEY)
    mean = float(np.mean(_rounded([count] * bases, drawn)))
    rest = count % 5
    deviation = 5 * math.sqrt(rest / 5 * (1 - rest / 5) / bases)
    assert abs(mean - count) < 4 * deviation


def test_is_unbiased_over_many_keys() -> None:
    keys = [n.to_bytes(32, "big") for n in range(4000)]
    rounded = [_rounded([13], draws([42], "origin", "yes", key))[0] for key in keys]
    assert abs(sum(rounded) / len(rounded) - 13) < 4 * 5 * math.sqrt(0.24 / len(keys))


def test_one_base_and_set_of_leaves_has_one_draw_whatever_its_place() -> None:
    alone = draws([77], "origin", category_of(["marokko", "turkije"]), KEY)
    among = draws([1, 77, 3], "origin", category_of({"turkije", "marokko"}), KEY)
    assert among[1] == alone[0]


@pytest.mark.parametrize(
    ("total", "attribute", "leaves", "key"),
    [
        (78, "origin", ["turkije"], KEY),
        (77, "gender", ["turkije"], KEY),
        (77, "origin", ["turkije", "marokko"], KEY),
        (77, "origin", ["turkije"], bytes(32)),
    ],
)
def test_another_base_attribute_set_or_key_draws_anew(
    total: int, attribute: str, leaves: list[str], key: bytes
) -> None:
    first = draws([77], "origin", category_of(["turkije"]), KEY)
    assert draws([total], attribute, category_of(leaves), key) != first


def test_draws_of_neighbouring_bases_are_independent() -> None:
    drawn = np.array(draws(list(range(20_001)), "origin", "yes", KEY), dtype=np.float64) / TOP
    assert abs(float(np.corrcoef(drawn[:-1], drawn[1:])[0, 1])) < 4 / math.sqrt(20_000)
    assert abs(float(drawn.mean()) - 0.5) < 4 * math.sqrt(1 / 12 / 20_001)


def test_key_sums_are_joined_modulo_two_to_the_sixty_fourth() -> None:
    # Two keys above 2^63: (0xFFFFFFFF, 5) and (0x80000000, 0xFFFFFFFF), by hand:
    # high 0x17FFFFFFF, low 0x100000004 -> 0x17FFFFFFF00000000 + 0x100000004
    # = 0x18000000000000004, modulo 2^64 = 0x8000000000000004.
    high = np.array([0xFFFFFFFF + 0x80000000], dtype=np.int64)
    low = np.array([5 + 0xFFFFFFFF], dtype=np.int64)
    assert key_sums(high, low) == [0x8000000000000004]
