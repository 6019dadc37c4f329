"""How much of the plan the sample organisation sees, and how plan, thresholds and gates move it."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from etl.domain import Reference
from etl.load import load
from etl.pipeline import Rules, publish
from etl.privacy.plan import load_plan
from etl.privacy.policy import Policy
from etl.privacy.utility import shares
from etl.sample import write_sample
from etl.settings import Settings
from tests.proof.record import record

NOW = datetime(2026, 1, 15, tzinfo=UTC)
FLOORS = {("all", 1): 95, ("<=13", 1): 95, ("all", 2): 95, ("<=13", 2): 95}
FLOORS |= {("all", 3): 60, ("<=13", 3): 60, (">=14", 1): 100}
"""Scale group and level of the yes/no split of stocks by origin -> percent that must be shown."""
Shown = dict[str, dict[str, float]]


def loaded(home: Path, quarters: int) -> Settings:
    """The sample organisation of 12,000 people in 150 units."""
    sample = home.parent / f"{home.name}-sample"
    write_sample(sample, 12000, 150, quarters, 1)
    settings = Settings(home=home)
    load([sample], sample / "mapping.toml", settings)
    return settings


def rules(policy: Policy, *, sized: bool = True) -> Rules:
    reference = Reference()
    plan = load_plan(reference, policy)
    if not sized:
        tables = tuple(table.model_copy(update={"mean_base": 0}) for table in plan.table)
        plan = plan.model_copy(update={"table": tables})
    return Rules(reference, policy, plan)


def policy(**special: int) -> Policy:
    """The policy in force with other numbers for special data."""
    found = Policy.load()
    old = found.classes.special
    changed = {k: getattr(old, k).model_copy(update={"value": n}) for k, n in special.items()}
    classes = found.classes.model_copy(update={"special": old.model_copy(update=changed)})
    return found.model_copy(update={"classes": classes})


def stocks(cells: pl.DataFrame) -> pl.DataFrame:
    """Shares of the yes/no split of stocks by origin, by scale group and level."""
    chosen = cells.filter(
        pl.col("metric") == "headcount",
        pl.col("attribute") == "origin",
        pl.col("attribute2") == "",
        pl.col("category").is_in(["yes", "no"]),
        pl.col("scale_group").is_in(["all", "<=13", ">=14"]),
    )
    return shares(chosen, ["scale_group", "unit_level"])


def told(cells: pl.DataFrame) -> Shown:
    return {
        f"{row['scale_group']}, level {row['unit_level']}": {
            name: row[name] for name in ("planned", "share", "share_fresh")
        }
        for row in stocks(cells).iter_rows(named=True)
    }


@pytest.mark.proof
def test_the_default_plan_keeps_its_floors_and_every_setting_moves_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = publish(loaded(tmp_path / "whole", 20), "an invented organisation", NOW).cells
    short = loaded(tmp_path / "short", 4)
    settings = {
        "as shipped": rules(Policy.load()),
        "threshold 5": rules(policy(threshold=5)),
        "threshold 20": rules(policy(threshold=20)),
        "base 25": rules(policy(minimum_base=25)),
        "base 100": rules(policy(minimum_base=100)),
        "distance 20": rules(policy(distance=20)),
        "every table at all its levels": rules(Policy.load(), sized=False),
    }
    moved: dict[str, Shown] = {}
    for name, one in settings.items():
        home = tmp_path / name.replace(" ", "-")
        shutil.copytree(short.home, home)
        monkeypatch.setattr(Rules, "of", lambda _settings, one=one: one)
        moved[name] = told(publish(Settings(home=home), "an invented organisation", NOW).cells)
    figures = {
        "yes/no split of stocks by origin, 21 dates": told(whole),
        "the same, 5 dates, by setting": moved,
        "everything that is planned, 21 dates": shares(
            whole, ["metric", "period_kind", "split", "unit_level"]
        ).to_dicts(),
    }
    record("utility", "make proof (tests/proof/test_utility.py)", figures)
    found = {
        (r[0], r[1]): r[2]
        for r in stocks(whole).select("scale_group", "unit_level", "share").iter_rows()
    }
    assert {place: found[place] >= least for place, least in FLOORS.items()} == dict.fromkeys(
        FLOORS, True
    )
    shipped = moved["as shipped"]["<=13, level 3"]["share"]
    assert moved["threshold 20"]["<=13, level 3"]["share"] < shipped
