"""One snapshot that is larger than memory, staged part by part: seconds and memory of each part.

AFSPIEGELING_LARGE_ROWS says how many rows (20 million when left out).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from etl.domain import Reference
from etl.large import first_pass, large_source
from etl.mapping import load_mapping
from etl.pseudonym import KEY_BYTES, KEY_NAMES, Keys
from etl.stage import stage, stage_large
from tests.benchmarks.etl_run import Clock, Step
from tests.benchmarks.extracts import LAST_YEAR, write_extracts
from tests.benchmarks.invented import MEAN_SIZE
from tests.benchmarks.measure import apart
from tests.proof.record import record

ROWS, MEGABYTES = 20_000_000, 3_000
MOST_UNITS = 5_000
NOW = date(LAST_YEAR + 1, 1, 15)


@dataclass(frozen=True)
class Staged:
    """What came of it."""

    read: int
    refused: int
    parts: int
    steps: dict[str, Step]


def staged(directory: Path) -> Staged:
    """Stage the one personnel file of a directory, keeping nothing; for `apart`."""
    mapping, reference = load_mapping("rijk-standaard"), Reference()
    keys = Keys({name: bytes(KEY_BYTES) for name in KEY_NAMES})
    tree = directory / "organisatie.csv"
    units = stage(tree, "organisatie", mapping, reference, pl.DataFrame(), keys, NOW).rows
    (path,) = directory.glob("personeel*")
    how = mapping.extracts["personeel"]
    clock = Clock()
    source = large_source(path, how)
    assert source is not None, "the file is small enough to be read at once"
    large = first_pass(path, "", source, how, NOW)
    clock.mark("first pass")
    read = refused = 0
    for part in stage_large(large, mapping, reference, units, keys, NOW):
        read, refused = read + part.rows_read, refused + part.rows_refused
        clock.mark("parts")
    return Staged(read, refused, large.parts, clock.steps)


@pytest.mark.proof
def test_a_snapshot_larger_than_memory(tmp_path: Path) -> None:
    rows = int(os.environ.get("AFSPIEGELING_LARGE_ROWS", ROWS))
    (path,) = write_extracts(tmp_path / "x", rows, 1, max(MEAN_SIZE, rows // MOST_UNITS))
    faulty = path.read_bytes().count(b";14a;")
    found = apart(staged, tmp_path / "x")
    assert (found.read, found.refused) == (rows, faulty)
    figures = {
        "rows": rows,
        "CSV, MB": round(path.stat().st_size / 1e6),
        "refused": found.refused,
        "parts": found.parts,
        "steps": found.steps,
    }
    command = f"AFSPIEGELING_LARGE_ROWS={rows} pytest -m proof tests/benchmarks/test_large.py"
    record("large-file", command, figures)
    assert max(step["peak megabytes"] for step in found.steps.values()) < MEGABYTES
