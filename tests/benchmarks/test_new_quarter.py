"""A new quarter of the full sample: twenty dates are served, the twenty-first is published."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from etl.load import load
from etl.pipeline import publish
from etl.sample import write_sample
from etl.settings import Settings
from tests.benchmarks.measure import apart, peak_megabytes, yardstick
from tests.proof.record import record

LAST = "personeel*2025*12*31*"
"""The file of the last date."""
SECONDS = 60.0
WHY = "an invented organisation"


def stages(home: Path) -> dict[str, dict[str, float]]:
    """Publish, and tell the seconds and the memory of every stage."""
    marks: list[tuple[str, float, float, float]] = []

    def mark(stage: str) -> None:
        marks.append((stage, time.perf_counter(), time.process_time(), peak_megabytes()))

    publish(Settings(home=home), WHY, datetime.now(UTC), mark)
    mark("end")
    return {
        before[0]: {
            "seconds": round(after[1] - before[1], 2),
            "CPU seconds": round(after[2] - before[2], 2),
            "peak megabytes": after[3],
        }
        for before, after in pairwise(marks)
    }


def total(found: dict[str, dict[str, float]], what: str) -> float:
    return round(sum(stage[what] for stage in found.values()), 2)


@pytest.mark.proof
def test_a_new_quarter_of_the_full_sample_is_published_in_time(tmp_path: Path) -> None:
    sample, home = tmp_path / "sample", tmp_path / "home"
    write_sample(sample)
    later = tmp_path / "later"
    later.mkdir()
    (newest,) = sample.glob(LAST)
    newest.rename(later / newest.name)
    mapping = sample / "mapping.toml"
    load([sample], mapping, Settings(home=home))
    first = apart(stages, home)
    load([later], mapping, Settings(home=home))
    second = apart(stages, home)
    figures = {
        name: {
            "seconds": total(found, "seconds"),
            "CPU seconds": total(found, "CPU seconds"),
            "stages": found,
        }
        for name, found in (("twenty dates at once", first), ("one new quarter", second))
    }
    figures["yardstick"] = {"CPU seconds": yardstick()}
    command = "make proof (tests/benchmarks/test_new_quarter.py)"
    record("protection-new-quarter", command, figures)
    assert total(second, "CPU seconds") < SECONDS
