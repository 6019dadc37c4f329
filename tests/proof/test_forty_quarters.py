"""Ten years of quarters, published one after the other: all publications together stay safe."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from afspiegeling import app
from etl.publish import names
from tests.end_to_end.deliveries import drawn, home_with_keys, one_by_one, publish
from tests.proof.record import record

EMPLOYEES, UNITS, QUARTERS = 300, 8, 40


def attacked(home: Path) -> dict[str, Any]:
    """What the audit of everything that was ever served tells, with its seconds."""
    began, cpu = time.monotonic(), time.process_time()
    done = CliRunner().invoke(app, ["--home", str(home), "audit", "--json"])
    told = json.loads(done.output)
    kept = ("safe", "unsafe", "hidden", "unknowns", "constraints", "contradictions")
    return {name: told[name] for name in kept} | {
        "seconds": round(time.monotonic() - began, 1),
        "CPU seconds": round(time.process_time() - cpu, 1),
    }


@pytest.mark.proof
def test_forty_publications_are_safe_together(tmp_path: Path) -> None:
    home = home_with_keys(tmp_path / "home")
    sample = drawn(tmp_path / "sample", EMPLOYEES, UNITS, QUARTERS)
    spent, clock = [], []
    for delivery in one_by_one(sample, tmp_path / "deliveries"):
        began, cpu = time.monotonic(), time.process_time()
        cells = publish(home, delivery)
        clock.append(round(time.monotonic() - began, 1))
        spent.append(round(time.process_time() - cpu, 1))
    split = cells.filter(pl.col("attribute") != "")
    audit = attacked(home)
    figures = {
        "employees": EMPLOYEES,
        "units": UNITS,
        "publications": len(names(home / "published")),
        "split cells of the last, by status": dict(
            split.group_by("status").len().sort("status").iter_rows()
        ),
        "CPU seconds of load and publish, first, middle and last": spent[:: QUARTERS // 2],
        "CPU seconds of all": round(sum(spent), 1),
        "seconds of all, on a shared machine": round(sum(clock), 1),
        "audit of all publications together": audit,
    }
    record("forty-quarters", "make proof (tests/proof/test_forty_quarters.py)", figures)
    assert audit["safe"]
    assert len(names(home / "published")) == QUARTERS + 1
