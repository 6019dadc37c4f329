"""Two commands on one home at once: one works, the other is refused or comes after."""

from __future__ import annotations

import random
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.faults import child, state
from tests.faults.cases import DONE, PUBLISH, Case, Cases
from tests.proof.record import record

REFUSED, SEED = 2, 20260103


def test_two_loads_at_once(cases: Cases, tmp_path: Path) -> None:
    two_loads(cases["first load"], tmp_path / "home", 0.0)


@pytest.mark.proof
def test_at_once_many_times(cases: Cases, tmp_path: Path) -> None:
    draw = random.Random(SEED)  # noqa: S311  (a plan that can be repeated)
    loads = Counter(
        two_loads(cases["first load"], tmp_path / "home", draw.uniform(0, 0.6)) for _ in range(25)
    )
    both = Counter(
        load_and_publish(cases["next load"], tmp_path / "home", draw.uniform(0, 0.4))
        for _ in range(6)
    )
    figures = {"seed": SEED, "two loads": dict(loads), "a load and a publication": dict(both)}
    record("at-once", "pytest -m proof tests/faults/test_at_once.py", figures)


def two_loads(case: Case, home: Path, apart: float) -> str:
    """The same load twice, so many seconds apart; what became of them."""
    case.copy(home)
    first = child.start(home, *case.words)
    time.sleep(apart)
    second = child.start(home, *case.words)
    codes = [child.end(process) for process in (first, second)]
    told = _one_worked(codes, home)
    assert case.stored(home) == case.stored(case.after)
    assert state.files(home) == state.files(case.after)
    return told


def load_and_publish(case: Case, home: Path, apart: float) -> str:
    """A load while a publication is made; what became of them."""
    case.copy(home)
    publication = child.start(home, *PUBLISH)
    time.sleep(apart)
    load = child.start(home, *case.words)
    codes = [child.end(process) for process in (load, publication)]
    told = _one_worked(codes, home)
    assert state.served(home) is not None
    assert child.run(home, *case.words) in DONE
    assert state.disagreements(home) == []
    return told


def _one_worked(codes: list[int], home: Path) -> str:
    assert set(codes) <= {*DONE, REFUSED}, child.said(home).read_text(encoding="utf-8")
    assert set(codes) & set(DONE)
    assert state.disagreements(home) == []
    if REFUSED in codes:
        said = child.said(home).read_text(encoding="utf-8")
        assert "The warehouse is in use by another command" in said
        return "one done, one refused"
    return "both done, one after the other"
