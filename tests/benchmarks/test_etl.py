"""ETL beside a plain scan and beside pandas, in one run: seconds, memory, and how both grow.

One size a run, because the largest takes long: AFSPIEGELING_ETL_SIZE is s (10,000 people, 20
quarters), m (150,000, 40: the whole central government) or l (1,000,000, 40). Figures of a size
take the place of those of the same size in docs/proof/etl.json; the others stay.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.etl_run import Job, Outcome, run, scan
from tests.benchmarks.extracts import write_extracts
from tests.benchmarks.invented import MEAN_SIZE
from tests.benchmarks.measure import apart
from tests.conftest import REPOSITORY
from tests.proof.record import commit, record

SIZES = {"s": (10_000, 20), "m": (150_000, 40), "l": (1_000_000, 40)}
WITH_PANDAS = ("s", "m")
"""Of l nobody would want to wait for it, nor have the memory."""
PACKAGES = ("pandas==3.0.0", "pyarrow==26.0.1")
PEER = Path(__file__).parent / "peers" / "pandas_etl.py"
SCANS = 3


def pandas(directory: Path, work: Path) -> dict[str, float]:
    """What pandas takes for the files of a directory, in an environment of its own."""
    own = work / "own"
    subprocess.run([sys.executable, "-m", "venv", own], check=True)
    subprocess.run([own / "bin" / "pip", "install", "--quiet", *PACKAGES], check=True)
    command = [own / "bin" / "python", PEER, directory, work / "cells.parquet"]
    said = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(said.stdout))


def told(outcome: Outcome, base: float) -> dict[str, object]:
    return {
        "seconds": outcome.seconds,
        "times the scan": round(outcome.seconds / base, 1),
        "peak megabytes": outcome.megabytes,
        "megabytes before": outcome.idle,
        "steps": outcome.steps,
    }


def _record(size: str, figures: dict[str, object]) -> None:
    """Put the figures of a size in the place of those that were there."""
    path = REPOSITORY / "docs" / "proof" / "etl.json"
    before = json.loads(path.read_text("utf-8"))["figures"] if path.is_file() else {}
    command = f"AFSPIEGELING_ETL_SIZE={size} pytest -m proof tests/benchmarks/test_etl.py"
    found = before | {size: figures}
    record("etl", command, {key: found[key] for key in SIZES if key in found})


@pytest.mark.proof
def test_the_etl_of_a_size_beside_a_scan_and_pandas(tmp_path: Path) -> None:
    size = os.environ.get("AFSPIEGELING_ETL_SIZE", "s")
    persons, quarters = SIZES[size]
    directory = tmp_path / "extracts"
    files = write_extracts(directory, persons, quarters)
    units = directory / "organisatie.csv"
    base = statistics.median(scan(tuple(files)) for _ in range(SCANS))
    home = tmp_path / "home"
    whole = apart(run, Job(home, (units, *files[:-1])))
    newest = apart(run, Job(home, (files[-1],)))
    again = apart(run, Job(home, (units, *files), counted=False))
    most = base * (quarters - 1) / quarters
    figures: dict[str, object] = {
        "commit": commit(),
        "persons": persons,
        "quarters": quarters,
        "units": len(units.read_text(encoding="utf-8").splitlines()) - 1,
        "rows": persons * quarters,
        "cells": newest.cells,
        "CSV, MB": round(sum(file.stat().st_size for file in files) / 1e6),
        "home, MB": round(sum(f.stat().st_size for f in home.rglob("*") if f.is_file()) / 1e6),
        "typed scan by DuckDB, seconds": round(base, 2),
        "all quarters but the last": told(whole, most),
        "one new quarter": told(newest, base),
        "the same files again": told(again, base),
    }
    shutil.rmtree(home)
    _record(size, figures)
    if size in WITH_PANDAS:
        peer = pandas(directory, tmp_path)
        figures["pandas"] = peer | {"times the scan": round(peer["seconds"] / base, 1)}
        _record(size, figures)
    shutil.rmtree(directory)
    assert "load: file staged" not in again.steps, "files that were loaded before are read again"


GROWTH = {
    "rows": [(2_500, 8, MEAN_SIZE), (10_000, 8, MEAN_SIZE), (40_000, 8, MEAN_SIZE)],
    "quarters": [(5_000, 4, MEAN_SIZE), (5_000, 12, MEAN_SIZE), (5_000, 36, MEAN_SIZE)],
    "units": [(20_000, 4, 1_200), (20_000, 4, 300), (20_000, 4, 75)],
}
"""What grows -> (persons, quarters, persons in a lowest unit) of each organisation."""


@pytest.mark.proof
def test_how_the_etl_grows(tmp_path: Path) -> None:
    found: dict[str, list[dict[str, float]]] = {}
    for what, sizes in GROWTH.items():
        for place, (persons, quarters, mean_size) in enumerate(sizes):
            directory = tmp_path / f"{what}-{place}"
            files = write_extracts(directory, persons, quarters, mean_size)
            units = directory / "organisatie.csv"
            outcome = apart(run, Job(directory / "home", (units, *files)))
            many = {
                "rows": persons * quarters,
                "quarters": quarters,
                "units": len(units.read_text(encoding="utf-8").splitlines()) - 1,
            }[what]
            counting = outcome.steps["counted and written"]["seconds"]
            found.setdefault(what, []).append(
                {
                    what: many,
                    "seconds of load": round(outcome.seconds - counting, 2),
                    "seconds of counting": round(counting, 2),
                    "peak megabytes": outcome.megabytes,
                }
            )
    record("etl-growth", "pytest -m proof tests/benchmarks/test_etl.py -k grows", found)
    # Sixteen times the rows: in proportion, or less, because a start costs the same.
    first, *_, last = found["rows"]
    assert last["seconds of load"] < 16 * first["seconds of load"]
