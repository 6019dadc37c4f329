"""kill -9 anywhere in ``load`` and ``publish``: nothing is lost, nothing stands twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from etl.publish import NEXT, POINTER, clear_unfinished, point_to, served
from etl.steps import Step
from tests.faults.cases import Cases
from tests.faults.rounds import Amount, Cut, planned, survive, tally
from tests.proof.record import record

FEW = (
    ("first load", Step.REFERENCE_KEPT),
    ("next load", Step.DATES_COMPARED),
    ("next load", Step.LOAD_COMMITTED),
    ("first publication", Step.PUBLICATION_NAMED),
)
SEED = 20260101
MANY = {
    "first load": Amount(each=5, anywhere=30),
    "next load": Amount(each=3, anywhere=30),
    "first publication": Amount(each=2, anywhere=12),
    "next publication": Amount(each=3, anywhere=12),
}


@pytest.mark.parametrize(("name", "step"), FEW)
def test_killed_at_a_step(cases: Cases, tmp_path: Path, name: str, step: Step) -> None:
    assert survive(Cut(cases[name], step), tmp_path / "home")


@pytest.mark.parametrize(("name", "part"), [("first load", 0.3)])
def test_killed_anywhere(cases: Cases, tmp_path: Path, name: str, part: float) -> None:
    survive(Cut(cases[name], part=part), tmp_path / "home")


def test_a_publication_that_nobody_saw(cases: Cases, tmp_path: Path) -> None:
    """It is made anew by the next run; not so if somebody chose to serve it meanwhile."""
    published = cases["first publication"].copy_after(tmp_path / "home") / "published"
    name = served(published)
    assert name is not None
    file = published / f"publication-{name}.duckdb"
    for chosen in (True, False):
        (published / POINTER).rename(published / NEXT)
        if chosen:
            point_to(published, name)
        clear_unfinished(published)
        assert file.exists() == chosen
        assert not (published / NEXT).exists()


@pytest.mark.proof
def test_killed_hundreds_of_times(cases: Cases, tmp_path: Path) -> None:
    plan = list(planned(cases, MANY, SEED))
    killed = [cut for cut in plan if survive(cut, tmp_path / "home")]
    hits = tally(killed)
    assert len(killed) >= 200
    assert {step.value for step in Step} <= set(hits)
    assert min(hits[step.value] for step in Step) >= 5
    record(
        "killed",
        "pytest -m proof tests/faults/test_killed.py",
        {"seed": SEED, "rounds": len(plan), "killed while running": len(killed), "hits": hits},
    )
