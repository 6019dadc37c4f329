"""The planted inequality is found, and none is claimed where there is none, over a hundred seeds.

The sample with eight units and yearly extracts: a yearly organisation is published in seconds, and
what is found of the whole is counted in the same way as with quarters.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest

from etl.errors import NotPublished
from etl.load import load
from etl.pipeline import publish
from etl.publish import read_newest
from etl.sample import write_sample
from etl.sample.rates import Inequality
from etl.settings import Settings
from tests.fixed_keys import fixed_keys
from tests.proof.record import record

Claim = tuple[str, str, str]
Figures = dict[str, Any]
SEEDS = range(1, 101)
NOW = datetime(2026, 1, 15, tzinfo=UTC)
PLANTED = {"crossing": {"crossing"}, "exit": {"exit", "exit_within_scales"}}
"""What is planted -> the rules that can find it."""
PROCESSES = int(os.environ.get("AFSPIEGELING_PROCESSES", "2"))


def claimed(inequality: Inequality, seed: int) -> set[Claim] | None:
    """Every certain claim of unequal chances by origin: rule, unit, and for whom it is worse.

    None: nothing was published, since the attack found numbers that are not protected.
    """
    with TemporaryDirectory() as name:
        directory = Path(name)
        extracts = directory / "extracts"
        write_sample(extracts, 12000, 8, 20, seed, inequality=inequality)
        _yearly(extracts)
        settings = Settings(home=directory / "home")
        with fixed_keys(seed):
            load([extracts], extracts / "mapping.toml", settings)
            try:
                publish(settings, "the proof accepts the sample", NOW)
            except NotPublished:
                return None
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


def _over_seeds(inequality: Inequality) -> list[set[Claim] | None]:
    with ProcessPoolExecutor(PROCESSES) as pool:
        return list(pool.map(claimed, [inequality] * len(SEEDS), SEEDS))


def _worse(found: set[Claim] | None) -> set[str]:
    """The rules by which the whole is worse for the group."""
    return {rule for rule, unit, worse_for in found or () if unit == "MIN" and worse_for == "group"}


def told(planted: Sequence[set[Claim] | None], without: Sequence[set[Claim] | None]) -> Figures:
    """The figures of the proof: a publication that was refused counts as neither found nor quiet."""
    hits = [{name for name, rules in PLANTED.items() if _worse(found) & rules} for found in planted]
    each = Counter(name for found in hits for name in found)
    return {
        "organisation": "sample of 12,000 people, 8 units, yearly extracts, 6 dates",
        "seeds of each": len(planted),
        "planted: crossing found": each["crossing"],
        "planted: exit found": each["exit"],
        "planted: both found": sum(len(found) == len(PLANTED) for found in hits),
        "planted: not published": sum(found is None for found in planted),
        "switched off: nothing claimed": sum(found == set() for found in without),
        "switched off: not published": sum(found is None for found in without),
        "switched off: what was claimed": sorted(
            " ".join(claim) for found in without for claim in found or ()
        ),
    }


@pytest.mark.proof
def test_the_planted_inequality_is_found_and_none_is_claimed_without() -> None:
    figures = told(_over_seeds("planted"), _over_seeds("none"))
    record("inequality-seeds", "make proof (tests/proof/test_inequality_seeds.py)", figures)
    assert figures["planted: both found"] >= 0.9 * len(SEEDS)
    assert figures["switched off: nothing claimed"] >= 0.95 * len(SEEDS)


@pytest.mark.proof
def test_an_organisation_that_the_last_attack_held_is_published() -> None:
    """The attack date by date gave up equations that the attack on the whole relied upon.

    It then found transfers of 2022 too well known, and nothing was published.
    """
    assert claimed("none", 84) == set()
