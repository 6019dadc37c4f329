"""Every kind of interval on rounded counts beside raw ones: 10,000 organisations a setting."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from tests.proof.record import record
from tests.spec.simulated import EVEN as EVEN_STRATA
from tests.spec.simulated import SCENARIOS, simulate
from tests.spec.simulated_intervals import CASES, EVEN

pytestmark = pytest.mark.proof

RUNS = 10_000
ODDS = "odds ratio (Mantel-Haenszel)"


def test_every_interval_covers_and_is_not_much_wider() -> None:
    found = {
        kind: {name: asdict(made(RUNS)) for name, made in cases.items()}
        for kind, cases in CASES.items()
    }
    strata = {**SCENARIOS, EVEN: EVEN_STRATA}
    found[ODDS] = {name: asdict(simulate(scenario, RUNS)) for name, scenario in strata.items()}
    means = {
        kind: round(sum(one["wider"] for one in cases.values()) / len(cases), 3)
        for kind, cases in found.items()
    }
    figures = {"runs": RUNS, "wider, mean over the settings": means, **found}
    record("rounded-intervals", "make proof (tests/proof/test_rounded_intervals.py)", figures)
    for cases in found.values():
        for name, outcome in cases.items():
            assert outcome["smallest_expected"] >= 20
            assert outcome["coverage"] >= 0.94, name
            assert outcome["wider"] <= 1.25 or EVEN in name
    assert max(means.values()) <= 1.25
