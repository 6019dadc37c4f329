"""The distance rule at full size: one date against twenty earlier ones, in CPU seconds."""

from __future__ import annotations

import time
from pathlib import Path

import polars as pl
import pytest

from etl.domain import ALL_SCALES, Reference
from etl.load import load
from etl.privacy.base_sets import base_sets, moved, near
from etl.privacy.distance import history_of, largest_distance, standing
from etl.privacy.policy import Policy
from etl.sample import write_sample
from etl.settings import Settings
from etl.warehouse.record import Sets, sets
from etl.warehouse.store import Warehouse
from tests.proof.record import record

LEVELS = {"main": 5, "fine": 3, "single": 1}
"""Lowest level of the bands, as the publication plan has them."""


def groups(reference: Reference) -> dict[str, tuple[int, frozenset[int]]]:
    """Scale group -> lowest level and scales; a single scale that is a band is listed once."""
    scales = reference.scales
    found = {ALL_SCALES: (5, frozenset(range(scales.lowest, scales.highest + 1)))}
    for partition, level in LEVELS.items():
        for band in scales.bands(partition):
            found.setdefault(band.code, (level, band.scales))
    return found


def wanted(held: Sets, bands: dict[str, tuple[int, frozenset[int]]], gate: int) -> pl.DataFrame:
    """``ref, unit, scale_group`` of the bases that the plan splits."""
    rows = [(g, level, scale) for g, (level, scales) in bands.items() for scale in scales]
    schema = {"scale_group": pl.String, "lowest": pl.Int16, "scale": pl.Int16}
    return (
        held.roster.join(held.paths, on=["ref", "unit"])
        .join(pl.DataFrame(rows, schema=schema, orient="row"), on="scale")
        .filter(pl.col("level") <= pl.col("lowest"))
        .group_by("ref", "ancestor", "scale_group")
        .len()
        .filter(pl.col("len") >= gate)
        .select("ref", "scale_group", unit="ancestor")
    )


@pytest.mark.proof
def test_a_date_against_twenty_takes_less_than_half_a_second(tmp_path: Path) -> None:
    write_sample(tmp_path / "sample", 12000, 150, 20, 1)
    settings = Settings(home=tmp_path / "home")
    load([tmp_path / "sample"], tmp_path / "sample" / "mapping.toml", settings)
    with Warehouse.open(settings, "write") as warehouse:
        held = sets(warehouse)
    policy, reference = Policy.load(), Reference()
    bands = groups(reference)
    bases = wanted(held, bands, policy.classes.personal.minimum_base.value)
    began = time.process_time()
    *earlier, now = base_sets(held.roster, held.paths, {g: s for g, (_, s) in bands.items()}, bases)
    made = time.process_time() - began
    classes = {key: a.sensitivity for key, a in reference.attributes.items()}
    split = pl.DataFrame({"attribute": list(classes), "attribute2": ""})
    cells = bases.join(split, how="cross").with_columns(
        status=pl.lit("published"), fresh=pl.lit(value=True)
    )
    history = history_of(cells.filter(pl.col("ref") < now.ref))
    began = time.process_time()
    close = near(now, earlier, largest_distance(policy))
    decided = standing(
        now.ref, cells.filter(ref=now.ref), close, history, sensitivity=classes, policy=policy
    )
    moved(now, earlier)
    seconds = time.process_time() - began
    figures = {
        "persons at the last date": held.roster.filter(ref=now.ref).height,
        "dates": len(earlier) + 1,
        "bases at the last date": bases.filter(ref=now.ref).height,
        "CPU seconds, sets of all dates": round(made, 2),
        "CPU seconds, one date against the others": round(seconds, 2),
    }
    record("distance", "make proof (tests/proof/test_distance_speed.py)", figures)
    assert decided.height == bases.filter(ref=now.ref).height * len(classes)
    assert len(earlier) == 20
    assert seconds < 0.5
