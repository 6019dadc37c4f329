"""The tests notice: mutants of the protection are still what they say, and a sample is caught."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.privacy.mutant_list import EVERYDAY, MUTANTS
from tests.privacy.mutants import Bench, Edit, Mutant


def by_name(mutant: Mutant) -> str:
    return mutant.name


def test_there_are_enough_and_each_has_its_name() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 25


@pytest.mark.parametrize("mutant", MUTANTS, ids=by_name)
def test_a_mutant_still_fits_the_source_and_names_tests_that_exist(mutant: Mutant) -> None:
    for edit in mutant.edits:
        ast.parse(edit.applied((REPOSITORY / edit.path).read_text(encoding="utf-8")))
    for named in mutant.tests:
        path, name = named.split("::")
        assert f"def {name}(" in (REPOSITORY / path).read_text(encoding="utf-8"), named


def test_an_edit_that_fits_nowhere_or_twice_is_out_of_date() -> None:
    for text in ("", "one one"):
        with pytest.raises(ValueError, match="times: one"):
            Edit("file.py", "one", "two").applied(text)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("mutants") / "tree")


@pytest.mark.parametrize("mutant", EVERYDAY, ids=by_name)
def test_a_sample_is_caught(bench: Bench, mutant: Mutant) -> None:
    verdict = bench.tried(mutant)
    assert verdict.failed, verdict.said


def test_without_a_mutant_the_same_tests_pass(bench: Bench) -> None:
    """And every edit was taken back: the copy is the source."""
    tests = tuple(sorted({test for mutant in EVERYDAY for test in mutant.tests}))
    verdict = bench.run("none", tests)
    assert verdict.passed, verdict.said
    edited = {Path(edit.path) for mutant in EVERYDAY for edit in mutant.edits}
    assert all(
        (bench.tree / path).read_bytes() == (REPOSITORY / path).read_bytes() for path in edited
    )
