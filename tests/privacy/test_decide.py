"""What a rule of the base itself forbids, before anything is closed or suppressed around it."""

from __future__ import annotations

import numpy as np

from etl.domain import Reference
from etl.privacy.decide import unsafe
from etl.privacy.plan import categories_of
from etl.privacy.policy import Policy
from etl.privacy.split import WHOLE, make_split

ORIGIN = Reference().attributes["origin"]
SPLIT = make_split([ORIGIN], [(c.code, "") for c in categories_of(ORIGIN, "binary")])


def forbidden(count: dict[str, int], reads: dict[str, int] | None = None) -> set[str]:
    """The categories that are unsafe by themselves; ``reads``: rounded numbers that differ."""
    true = {(code, ""): np.array([n]) for code, n in count.items()}
    shown = {(code, ""): np.array([n]) for code, n in (count | (reads or {})).items()}
    whole = {WHOLE: np.array([count["known"] + count["unknown"]])}
    found = unsafe(SPLIT, true | whole, shown | whole, Policy.load())
    return {node[0] for node, mask in found.items() if mask[0]}


def test_few_others_within_known_hide_a_group() -> None:
    """All but nine of those who are known: the nine are told with them, whoever else there is."""
    assert forbidden({"unknown": 40, "known": 95, "yes": 86, "no": 9}) == {"yes", "no"}
    assert forbidden({"unknown": 40, "known": 95, "yes": 85, "no": 10}) == set()


def test_a_remainder_that_reads_small_is_hidden() -> None:
    """Twelve, of which the roundings of the others leave five."""
    count = {"unknown": 40, "known": 95, "yes": 83, "no": 12}
    assert forbidden(count) == set()
    assert forbidden(count, {"no": 5}) == {"no"}
