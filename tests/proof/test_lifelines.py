"""The life table agrees with lifelines on random spells.

lifelines wants an older pandas than the lock files have, so it gets an environment of its own. Its
``KaplanMeierFitter`` knows weights: a spell that is lost sight of in a year counts half as lost
before that year's promotions and half as lost after them, which is the actuarial estimate. Its
variance takes whole numbers at risk only: an even number is lost each year.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from etl.metrics.life_table import life_table
from tests.proof.record import record

VERSION = "0.30.3"
TABLES = 300
THEIRS = """
import json, sys
import numpy as np
from lifelines import KaplanMeierFitter
out = []
for table in json.load(sys.stdin):
    durations, events, weights = [], [], []
    for year, (_at_risk, promoted, lost) in enumerate(table, start=1):
        for duration, event, weight in (
            (year, 1, promoted), (year - 0.5, 0, lost / 2), (year, 0, lost / 2)
        ):
            if weight:
                durations.append(duration); events.append(event); weights.append(weight)
    left = table[-1][0] - table[-1][1] - table[-1][2]
    if left:
        durations.append(len(table) + 1); events.append(0); weights.append(left)
    fit = KaplanMeierFitter().fit(durations, events, weights=weights)
    at = list(range(1, len(table) + 1))
    bounds = fit.confidence_interval_.reindex(fit.survival_function_.index).ffill()
    low, high = (
        [float(bounds[name].loc[:year].iloc[-1]) for year in at] for name in bounds.columns
    )
    out.append([[float(fit.predict(year)) for year in at], low, high])
json.dump(out, sys.stdout)
"""


def random_table(chance: np.random.Generator) -> list[tuple[int, int, int]]:
    """At risk, promoted and lost by year, as spells run out."""
    at_risk, rows = int(chance.integers(40, 2000)), []
    for _year in range(int(chance.integers(2, 9))):
        promoted = int(chance.binomial(at_risk, chance.uniform(0.05, 0.3)))
        lost = 2 * int(chance.binomial(at_risk - promoted, chance.uniform(0, 0.3)) // 2)
        if not promoted or at_risk - promoted - lost < 5:
            break
        rows.append((at_risk, promoted, lost))
        at_risk -= promoted + lost
    return rows


@pytest.mark.proof
def test_the_life_table_is_that_of_lifelines(tmp_path: Path) -> None:
    chance = np.random.default_rng(20)
    tables = [table for table in (random_table(chance) for _ in range(TABLES)) if table]
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "own"], check=True)
    python = tmp_path / "own" / "bin" / "python"
    install = ["-m", "pip", "install", "--quiet", f"lifelines=={VERSION}"]
    subprocess.run([python, *install], check=True)
    answer = subprocess.run(
        [python, "-W", "ignore", "-c", THEIRS],
        input=json.dumps(tables),
        capture_output=True,
        text=True,
        check=True,
    )
    worst = {"curve": 0.0, "bounds": 0.0}
    for table, theirs in zip(tables, json.loads(answer.stdout), strict=True):
        counts = np.array(table, dtype=np.float64)
        ours = life_table(counts, np.zeros(counts.shape))
        apart = [
            np.abs(1 - mine - np.array(other)).max()
            for mine, other in zip((ours.promoted, ours.upper, ours.lower), theirs, strict=True)
        ]
        worst["curve"] = max(worst["curve"], float(apart[0]))
        worst["bounds"] = max(worst["bounds"], float(max(apart[1:])))
    record(
        "lifelines",
        "make proof (tests/proof/test_lifelines.py)",
        {"lifelines": VERSION, "random tables": len(tables), "largest difference": worst},
    )
    assert worst["curve"] < 1e-9
    assert worst["bounds"] < 1e-6
