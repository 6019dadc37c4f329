"""The margin of the adjusted odds ratio: rounded counts beside raw ones, 10,000 organisations."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from tests.proof.record import record
from tests.spec.simulated import EVEN, SCENARIOS, simulate

pytestmark = pytest.mark.proof

RUNS = 10_000


def test_the_margin_covers_and_is_not_much_wider() -> None:
    found = {name: simulate(scenario, RUNS) for name, scenario in SCENARIOS.items()}
    even = simulate(EVEN, RUNS)
    figures = {
        "runs": RUNS,
        **{name: asdict(outcome) for name, outcome in found.items()},
        "even (groups of one size, claimed for coverage only)": asdict(even),
    }
    record("rounded-odds-ratio", "make proof (tests/proof/test_rounded_odds_ratio.py)", figures)
    for outcome in found.values():
        assert outcome.smallest_expected >= 20
        assert outcome.coverage >= 0.94
        assert outcome.wider <= 1.25
    assert even.coverage >= 0.94
