"""Each rule as a truth table, one below, at and one above its number."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from etl.errors import RefusedInput
from etl.privacy import rules
from etl.privacy.policy import POLICY_FILE, Policy


@pytest.mark.parametrize(("base", "open_"), [(0, False), (49, False), (50, True), (51, True)])
def test_a_base_opens_at_its_gate(base: int, open_: bool) -> None:
    assert rules.base_is_open(base, 50) is open_
    if open_:
        rules.check_base(base, 50)
    else:
        with pytest.raises(rules.Unsafe, match="fewer than 50"):
            rules.check_base(base, 50)


@pytest.mark.parametrize(("count", "large"), [(0, False), (1, False), (9, False), (10, True)])
def test_zero_is_as_small_as_nine(count: int, large: bool) -> None:
    assert rules.count_is_large(count, 10) is large
    if large:
        rules.check_count(count, 10)
    else:
        with pytest.raises(rules.Unsafe, match="below 10"):
            rules.check_count(count, 10)


@pytest.mark.parametrize(("count", "large"), [(89, True), (90, True), (91, False), (100, False)])
def test_nearly_everybody_is_as_unsafe_as_nearly_nobody(count: int, large: bool) -> None:
    assert rules.complement_is_large(count, 100, 10) is large
    if large:
        rules.check_complement(count, 100, 10)
    else:
        with pytest.raises(rules.Unsafe, match="remainder"):
            rules.check_complement(count, 100, 10)


def test_rules_decide_arrays_as_they_decide_numbers() -> None:
    counts = np.array([0, 9, 10, 90, 91], dtype=np.int64)
    whole = np.full(5, 100, dtype=np.int64)
    assert rules.count_is_large(counts, 10).tolist() == [False, False, True, True, True]
    assert rules.complement_is_large(counts, whole, 10).tolist() == [True, True, True, True, False]


def test_the_policy_in_force_has_the_numbers_of_the_design() -> None:
    policy = Policy.load()
    special, personal = policy.of("special"), policy.of("personal")
    assert policy.rounding_base.value == 5
    assert (special.threshold.value, special.minimum_base.value) == (10, 50)
    assert (personal.threshold.value, personal.minimum_base.value) == (5, 10)
    assert [special.base_for(p) for p in ("binary", "groups", "leaves")] == [50, 50, 250]
    assert personal.base_for("leaves") == 10
    assert (special.distance.value, personal.distance.value) == (10, 5)


def test_crossed_dimensions_take_the_strictest_class() -> None:
    policy = Policy.load()
    assert policy.of("personal", "special") is policy.of("special")


@pytest.mark.parametrize("classes", [(), ("public",), ("special", "secret")])
def test_a_dimension_without_a_class_is_refused(classes: tuple[str, ...]) -> None:
    with pytest.raises(RefusedInput, match="no sensitivity class"):
        Policy.load().of(*classes)


@pytest.mark.parametrize("missing", ["reason", "owner", "date", "value"])
def test_a_number_without_its_reason_is_refused(missing: str, tmp_path: Path) -> None:
    lines = POLICY_FILE.read_text(encoding="utf-8").splitlines()
    cut = next(i for i, line in enumerate(lines) if line.startswith(missing))
    broken = tmp_path / "policy.toml"
    broken.write_text("\n".join(lines[:cut] + lines[cut + 1 :]), encoding="utf-8")
    with pytest.raises(RefusedInput, match=missing):
        Policy.load(broken)
