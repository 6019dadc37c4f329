"""The planted inequality is found, and none is claimed where there is none, over a hundred seeds.

The sample with eight units and yearly extracts: a yearly organisation is published in seconds, and
what is found of the whole is counted in the same way as with quarters.
"""

from __future__ import annotations

import os
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest

from etl.load import load
from etl.pipeline import publish
from etl.publish import read_newest
from etl.sample import write_sample
from etl.sample.rates import Inequality
from etl.settings import Settings
from tests.fixed_keys import fixed_keys
from tests.proof.record import record

SEEDS = range(1, 101)
NOW = datetime(2026, 1, 15, tzinfo=UTC)
PLANTED = {"crossing": {"crossing"}, "exit": {"exit", "exit_within_scales"}}
"""What is planted -> the rules that can find it."""
PROCESSES = int(os.environ.get("AFSPIEGELING_PROCESSES", "2"))


def claimed(inequality: Inequality, seed: int) -> set[tuple[str, str, str]]:
    """Every certain claim of unequal chances by origin: rule, unit, and for whom it is worse."""
    with TemporaryDirectory() as name:
        directory = Path(name)
        extracts = directory / "extracts"
        write_sample(extracts, 12000, 8, 20, seed, inequality=inequality)
        _yearly(extracts)
        settings = Settings(home=directory / "home")
        with fixed_keys(seed):
            load([extracts], extracts / "mapping.toml", settings)
            publish(settings, "the proof accepts the sample", NOW)
        found = read_newest(settings.published, "mart_finding", pl.DataFrame())
    certain = found.filter(pl.col("certain"), pl.col("claim"), attribute="origin", category="yes")
    return {
        (row["rule"], row["unit"], "group" if row["size"] < 0 else "others")
        for row in certain.iter_rows(named=True)
    }


def _yearly(extracts: Path) -> None:
    """Leave the snapshots at the end of each year, and say that the organisation is yearly."""
    for path in extracts.glob("personeel_*"):
        if "-12-31" not in path.name:
            path.unlink()
    organisation = extracts / "organisation.toml"
    text = organisation.read_text(encoding="utf-8")
    organisation.write_text(
        text.replace('calendar = "quarter"', 'calendar = "year"'), encoding="utf-8"
    )


def _over_seeds(inequality: Inequality) -> list[set[tuple[str, str, str]]]:
    with ProcessPoolExecutor(PROCESSES) as pool:
        return list(pool.map(claimed, [inequality] * len(SEEDS), SEEDS))


def _worse(found: set[tuple[str, str, str]]) -> set[str]:
    """The rules by which the whole is worse for the group."""
    return {rule for rule, unit, worse_for in found if unit == "MIN" and worse_for == "group"}


@pytest.mark.proof
def test_the_planted_inequality_is_found_and_none_is_claimed_without() -> None:
    planted, without = _over_seeds("planted"), _over_seeds("none")
    hits = [{name for name, rules in PLANTED.items() if _worse(found) & rules} for found in planted]
    each = Counter(name for found in hits for name in found)
    both = sum(len(found) == len(PLANTED) for found in hits)
    quiet = sum(not found for found in without)
    record(
        "inequality-seeds",
        "make proof (tests/proof/test_inequality_seeds.py)",
        {
            "organisation": "sample of 12,000 people, 8 units, yearly extracts, 6 dates",
            "seeds of each": len(SEEDS),
            "planted: crossing found": each["crossing"],
            "planted: exit found": each["exit"],
            "planted: both found": both,
            "switched off: nothing claimed": quiet,
            "switched off: what was claimed": sorted(
                " ".join(claim) for found in without for claim in found
            ),
        },
    )
    assert both >= 0.9 * len(SEEDS)
    assert quiet >= 0.95 * len(SEEDS)
