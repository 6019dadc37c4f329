"""The city police rosters, figure by figure: what another program counted, what we reconcile."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import polars as pl
import pytest

from etl.publish import names
from tests.cli import afspiegeling
from tests.end_to_end.deliveries import attacked, home_with_keys, run, served_cells
from tests.proof.record import record
from tests.realdata.test_police import MAPPING, TABLE, whole

pytestmark = [pytest.mark.proof, pytest.mark.realdata]


def test_ten_years_beside_the_table(realdata: Path, tmp_path: Path) -> None:
    afspiegeling(tmp_path, "load", realdata / "city-police", "--mapping", MAPPING)
    afspiegeling(tmp_path, "publish")
    afspiegeling(tmp_path, "reconcile", "-o", tmp_path / "true.csv")
    with (tmp_path / "true.csv").open(encoding="utf-8", newline="") as file:
        cells = list(csv.DictReader(file))
    found = {}
    for year, (persons, _, _, inflow, exits, changed) in TABLE.items():
        found[year] = {
            "persons": [persons, whole(cells, "headcount", year)],
            "in": [inflow, whole(cells, "inflow", year)],
            "out": [exits, whole(cells, "exit", year)],
            "grade changed (table) and promoted (main employment, mapped scale)": [
                changed,
                whole(cells, "promotion", year),
            ],
        }
    record("city-police", "make proof (tests/proof/test_police_figures.py)", found)
    for figures in found.values():
        for name in ("persons", "in", "out"):
            expected, got = figures[name]
            assert (got or None) == expected


def test_ten_years_one_after_the_other_are_safe_together(realdata: Path, tmp_path: Path) -> None:
    """And at once they give the same cells."""
    files = realdata / "city-police"
    many, once = (home_with_keys(tmp_path / name) for name in ("many", "once"))
    spent = []
    for year in TABLE:
        began = time.process_time()
        roster = files / f"roster_{year}.csv"
        run(many, "load", files / "units.csv", roster, "--mapping", MAPPING)
        run(many, "publish", "--accept", "the rosters as they are")
        spent.append(round(time.process_time() - began, 1))
    began = time.process_time()
    run(once, "load", files, "--mapping", MAPPING)
    run(once, "publish", "--accept", "the rosters as they are")
    together = round(time.process_time() - began, 1)
    cells, audit = served_cells(many), attacked(many)
    split = cells.filter(pl.col("attribute") != "")
    figures = {
        "publications": len(names(many / "published")),
        "the same cells at once": served_cells(once).equals(cells),
        "split cells by metric and status": _by_status(split),
        "CPU seconds of load and publish, year by year": spent,
        "CPU seconds of load and publish, at once": together,
        "audit of all publications together": audit,
    }
    record("city-police-audit", "make proof (tests/proof/test_police_figures.py)", figures)
    assert figures["publications"] == len(TABLE)
    assert figures["the same cells at once"]
    assert audit["safe"]


def _by_status(split: pl.DataFrame) -> dict[str, dict[str, int]]:
    counted = split.group_by("metric", "status").len().sort("metric", "status")
    found: dict[str, dict[str, int]] = {}
    for metric, status, number in counted.iter_rows():
        found.setdefault(metric, {})[status] = number
    return found
