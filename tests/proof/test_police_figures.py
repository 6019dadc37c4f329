"""The city police rosters, figure by figure: what another program counted, what we reconcile."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.cli import afspiegeling
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
