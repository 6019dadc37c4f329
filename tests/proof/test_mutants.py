"""Every mutant of the protection is caught by a test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.privacy.mutant_list import MUTANTS
from tests.privacy.mutants import Bench
from tests.proof.record import record


@pytest.mark.proof
def test_every_mutant_is_caught(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "tree")
    tests = tuple(sorted({test for mutant in MUTANTS for test in mutant.tests}))
    whole = bench.run("none", tests)
    assert whole.passed, whole.said
    verdicts = [bench.tried(mutant) for mutant in MUTANTS]
    caught = [v for v in verdicts if v.failed]
    figures = {
        "mutants": len(MUTANTS),
        "caught": len(caught),
        "tests without a mutant, seconds": whole.seconds,
        "each": [{"mutant": v.name, "caught by": v.failed, "seconds": v.seconds} for v in verdicts],
    }
    record("mutants", "make proof (tests/proof/test_mutants.py)", figures)
    assert {v.name for v in verdicts} == {v.name for v in caught}
