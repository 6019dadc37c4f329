"""What a rule of the base itself forbids, before anything is closed or suppressed around it."""

from __future__ import annotations

import numpy as np
import pytest

from etl.domain import Reference
from etl.privacy.decide import close, unsafe
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


FOREIGN = {"turkije", "marokko", "suriname", "nl_cariben", "indonesie", "overig_buiten_europa"}


@pytest.mark.parametrize(
    ("partitions", "hidden", "expected"),
    [
        (["binary"], {"yes"}, {"yes", "no"}),
        (["binary"], {"no"}, {"yes", "no"}),
        (["binary"], {"unknown"}, {"unknown", "known", "no"}),
        (["groups"], {"europa"}, {"europa", "nederland"}),
        (["groups"], {"nederland"}, {"nederland", "buiten_europa"}),
        (["leaves"], {"buiten_europa"}, {"buiten_europa", "nederland", *FOREIGN}),
        (["leaves"], {"turkije"}, {"turkije", "overig_buiten_europa"}),
    ],
)
def test_what_is_hidden_takes_along_what_would_give_it_away(
    partitions: list[str], hidden: set[str], expected: set[str]
) -> None:
    """The remainder of a hidden part, a part of a hidden remainder, the parts of a hidden group."""
    nodes = {(c.code, "") for name in partitions for c in categories_of(ORIGIN, name)}
    split = make_split([ORIGIN], nodes)
    masks = {node: np.array([node[0] in hidden]) for node in split.nodes}
    assert {node[0] for node, mask in close(split, masks, {}).items() if mask[0]} == expected
