"""The sample organisation is calibrated for every seed, measured in the warehouse."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from etl.load import load
from etl.sample import write_sample
from etl.settings import Settings
from etl.warehouse.store import Warehouse
from tests.proof.record import record

SHARES = """
    SELECT scale >= 14 AS high,
           100.0 * COUNT(*) FILTER (origin NOT IN ('nederland', 'europa')) / COUNT(*) AS share
    FROM fct_snapshot
    WHERE ref = ? AND origin NOT IN ('onbekend', 'niet_opgegeven', 'bezwaar')
    GROUP BY ALL ORDER BY high
"""


@pytest.mark.proof
def test_shares_on_the_last_reference_date_for_twenty_seeds(tmp_path: Path) -> None:
    found = {}
    for seed in range(1, 21):
        extracts = tmp_path / f"sample-{seed}"
        write_sample(extracts, 12000, 150, 20, seed)
        settings = Settings(home=tmp_path / f"home-{seed}")
        load([extracts], extracts / "mapping.toml", settings)
        with Warehouse.open(settings, "read") as warehouse:
            low, high = warehouse.frame(SHARES, [date(2025, 12, 31)])["share"].to_list()
        found[seed] = {"share up to scale 13": round(low, 3), "share from 14": round(high, 3)}
    record(
        "sample-calibration",
        "make proof (tests/proof/test_sample_calibration.py)",
        found,
    )
    assert all(abs(f["share up to scale 13"] - 11) <= 0.5 for f in found.values())
    assert all(abs(f["share from 14"] - 3.4) <= 0.5 for f in found.values())
