"""A ministry (12,000 people, 150 units, 21 dates) is counted and protected within bounds."""

from __future__ import annotations

import resource
import time
from datetime import date

import numpy as np
import polars as pl
import pytest

from etl.domain import ATTRIBUTES, Reference
from etl.metrics.count import People, planned_counts
from etl.metrics.periods import Calendar
from etl.privacy.plan import load_plan
from etl.privacy.policy import Policy
from etl.warehouse.engine import LEAVES
from etl.warehouse.tree import unit_lines, unit_paths

PEOPLE, SECONDS, MEGABYTES = 12_000, 15.0, 1500
"""Seconds of processor time of all cores together: other work on the machine must not decide."""
ENDS = ((3, 31), (6, 30), (9, 30), (12, 31))
DATES = [date(2020, 12, 31), *(date(y, m, d) for y in range(2021, 2026) for m, d in ENDS)]
REFERENCE, POLICY = Reference(), Policy.load()


def _units() -> pl.DataFrame:
    rows = [("MIN", None, 1)]
    rows += [(f"D{n}", "MIN", 2) for n in range(8)]
    rows += [(f"R{n}", f"D{n % 8}", 3) for n in range(32)]
    rows += [(f"A{n}", f"R{n % 32}", 4) for n in range(109)]
    return pl.DataFrame(
        {
            "code": [code for code, _, _ in rows],
            "parent": [parent for _, parent, _ in rows],
            "level": pl.Series([level for _, _, level in rows], dtype=pl.Int16),
            "valid_from": [date(2000, 1, 1)] * len(rows),
            "valid_to": pl.Series([None] * len(rows), dtype=pl.Date),
            "successor_of": pl.Series([None] * len(rows), dtype=pl.String),
        }
    )


def _leaves() -> pl.DataFrame:
    """One row a person and date: mostly stays, some of them promoted, some joiners and leavers."""
    rng = np.random.default_rng(1)
    size = PEOPLE * len(DATES)
    kind = rng.choice(["stay", "inflow", "exit"], size, p=[0.95, 0.025, 0.025])
    at = np.repeat(np.arange(len(DATES)), PEOPLE)
    kind = np.where(at == 0, "first", kind)
    before, after = np.isin(kind, ["stay", "exit"]), kind != "exit"
    scale = rng.integers(4, 18, size)
    up = (kind == "stay") & (rng.random(size) < 0.02)
    state = {"unit": np.array([f"A{n}" for n in range(109)])[rng.integers(0, 109, size)]}
    for key in ATTRIBUTES:
        codes = sorted(REFERENCE.attributes[key].codes)
        state[key] = np.array(codes)[rng.integers(0, len(codes), size)]
    columns: dict[str, object] = {
        "from_ref": [None if n == 0 else DATES[n - 1] for n in at.tolist()],
        "to_ref": [DATES[n] for n in at.tolist()],
        "kind": kind,
        "move": np.where(up, "promotion", "none"),
        "from_scale": scale,
        "to_scale": scale + up,
        "persons": np.ones(size, dtype=np.int64),
        "fte": np.full(size, 900),
        "fte_persons": np.ones(size, dtype=np.int64),
        "key_hi": rng.integers(0, 2**32, size),
        "key_lo": rng.integers(0, 2**32, size),
    }
    for key, values in state.items():
        columns |= {f"from_{key}": values, f"to_{key}": values}
    frame = pl.DataFrame(columns).with_columns(
        pl.when(pl.lit(pl.Series(has))).then(pl.col(f"{side}_{key}")).alias(f"{side}_{key}")
        for side, has in (("from", before), ("to", after))
        for key in ("unit", "scale", *ATTRIBUTES)
    )
    return frame.select(
        (pl.col(n) if n in frame.columns else pl.lit(None)).cast(t).alias(n)
        for n, t in LEAVES.items()
    )


@pytest.mark.proof
def test_a_ministry_is_counted_in_time() -> None:
    units = _units()
    people = People(_leaves(), unit_paths(units, DATES), unit_lines(units))
    plan, calendar = load_plan(REFERENCE, POLICY), Calendar(DATES, REFERENCE.organisation)
    started = time.process_time()
    counts = planned_counts(people, plan, REFERENCE, calendar)
    counted = time.process_time() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert counts.height > 100_000
    assert counted < SECONDS, f"{counts.height} cells in {counted:.1f} s"
    assert memory < MEGABYTES, f"{memory:.0f} MB"
