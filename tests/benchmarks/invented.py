"""An invented organisation at one date, as large as wanted: leaves straight from numpy.

A tree of four or five levels, shares of the size that HR systems show, all attributes of the plan.
Growing the organisation grows the number of units; the units themselves stay as large.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from etl.domain import ATTRIBUTES, Attribute, Reference
from etl.metrics.count import People, planned_counts
from etl.metrics.dimensions import dimension_frame
from etl.metrics.periods import Calendar
from etl.metrics.registry import metric_frame
from etl.privacy.grounds import Grounds
from etl.privacy.linkage import Linkage
from etl.privacy.plan import load_plan
from etl.privacy.policy import Policy
from etl.warehouse.engine import LEAVES
from etl.warehouse.tree import unit_lines, unit_paths

REF = date(2025, 12, 31)
MEAN_SIZE, SPREAD = 300, 0.5
"""Persons in a lowest unit: lognormal."""
FANOUT = (8, 5, 7)
"""Units under one of level 1, 2 and 3; what is left over hangs under those of level 4."""
SCALES = np.arange(4, 18)
GROUP_LOW, GROUP_HIGH, UNKNOWN = 0.13, 0.06, 0.10
"""Share of the group up to scale 13 and from 14, and of unknown origin, over all units."""
SEED = 20_260_101


@dataclass(frozen=True)
class Organisation:
    """Planned counts of one date and what protection rests on."""

    persons: int
    units: int
    counts: pl.DataFrame
    grounds: Grounds

    @property
    def cells(self) -> int:
        """How many cells of a split are planned."""
        return self.counts.filter(pl.col("attribute") != "").height


def organisation(lowest: int) -> Organisation:
    """An organisation with so many lowest units."""
    reference, policy = Reference(), Policy.load()
    units, leaf_units = unit_tree(lowest)
    leaves = _leaves(leaf_units, reference)
    people = People(leaves, unit_paths(units, [REF]), unit_lines(units))
    plan, calendar = load_plan(reference, policy), Calendar([REF], reference.organisation)
    named = units.with_columns(name_nl="code", name_en="code")
    grounds = Grounds(
        reference=reference,
        policy=policy,
        linkage=Linkage.of(people, plan, calendar),
        dimensions=dimension_frame(named, plan, reference, calendar),
        metrics=metric_frame(),
    )
    counts = planned_counts(people, plan, reference, calendar)
    return Organisation(leaves.height, units.height, counts, grounds)


def unit_tree(lowest: int, root: str = "U") -> tuple[pl.DataFrame, list[str]]:
    """The tree, level after level until it has room, and the codes of its lowest units."""
    codes = [root]
    rows: list[tuple[str, str | None, int]] = [(root, None, 1)]
    for level, fanout in enumerate((*FANOUT, lowest), 2):
        wanted = min(len(codes) * fanout, lowest)
        below = [(f"{level}-{n:05d}", codes[n % len(codes)], level) for n in range(wanted)]
        rows += below
        codes = [code for code, _, _ in below]
        if wanted == lowest:
            break
    schema = {"code": pl.String, "parent": pl.String, "level": pl.Int16}
    frame = pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        valid_from=pl.lit(date(2000, 1, 1)),
        valid_to=pl.lit(None, dtype=pl.Date),
        successor_of=pl.lit(None, dtype=pl.String),
    )
    return frame, codes


def _leaves(units: list[str], reference: Reference) -> pl.DataFrame:
    """One row a person: unit by a lognormal size, other attributes by shares that differ a unit."""
    rng = np.random.default_rng(SEED)
    mean = np.log(MEAN_SIZE) - SPREAD**2 / 2
    sizes = np.maximum(rng.lognormal(mean, SPREAD, len(units)).astype(np.int64), 10)
    unit = np.repeat(np.arange(len(units)), sizes)
    size = len(unit)
    scale = np.clip(np.rint(rng.normal(10.5, 2.5, size)), SCALES[0], SCALES[-1]).astype(np.int16)
    columns: dict[str, object] = {
        "to_ref": pl.Series([REF]).new_from_index(0, size),
        "kind": pl.Series(["first"]).new_from_index(0, size),
        "move": pl.Series(["none"]).new_from_index(0, size),
        "to_unit": np.array(units)[unit],
        "to_scale": scale,
        "left_truncated": np.ones(size, dtype=np.bool_),
        "persons": np.ones(size, dtype=np.int64),
        "fte": np.full(size, 900),
        "fte_persons": np.ones(size, dtype=np.int64),
        "key_hi": rng.integers(0, 2**32, size),
        "key_lo": rng.integers(0, 2**32, size),
    }
    for key in ATTRIBUTES:
        columns[f"to_{key}"] = _states(key, unit, scale, reference, rng)
    frame = pl.DataFrame(columns)
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(kind).alias(name)
        for name, kind in LEAVES.items()
    )


def _states(
    key: str,
    unit: NDArray[np.int64],
    scale: NDArray[np.int16],
    reference: Reference,
    rng: np.random.Generator,
) -> NDArray[np.str_]:
    """A leaf of an attribute for every person."""
    attribute = reference.attributes[key]
    codes = sorted(attribute.codes)
    if key != "origin":
        shares = rng.dirichlet(np.full(len(codes), 4.0))
        return np.array(codes)[rng.choice(len(codes), len(unit), p=shares)]
    yes = sorted(_leaves_of(attribute, "yes"))
    unknown = sorted(set(codes) - _leaves_of(attribute, "known"))
    no = sorted(set(codes) - set(yes) - set(unknown))
    tilt = rng.lognormal(0, 0.3, int(unit.max()) + 1)[unit]
    group = np.where(scale <= 13, GROUP_LOW, GROUP_HIGH) * tilt
    draw, pick = rng.random(len(unit)), rng.random(len(unit))
    chosen = [np.array(part)[(pick * len(part)).astype(np.int64)] for part in (unknown, yes, no)]
    return np.where(
        draw < UNKNOWN, chosen[0], np.where(draw < UNKNOWN + group, chosen[1], chosen[2])
    )


def _leaves_of(attribute: Attribute, code: str) -> set[str]:
    return set(next(category.leaves for category in attribute.categories if category.code == code))
