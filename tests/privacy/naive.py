"""Publications that a well-meaning product would make: thresholds and rounding, no attack.

They give hidden numbers away, which is what an attacker has to find.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import TypeAlias

import polars as pl

from etl.privacy.policy import Policy
from tests.privacy.attacked import CELLS

Base: TypeAlias = tuple[str, str, str]
"""Metric, unit, scale group."""
Row: TypeAlias = Mapping[str, object]


def naive_cells(counts: pl.DataFrame, policy: Policy, seed: int, *, repeats: bool) -> pl.DataFrame:
    """Each base by itself: rounded at random, small numbers and small rests hidden.

    Args:
        counts: planned true counts of one organisation.
        policy: thresholds, gate and rounding base of the special class.
        seed: of the rounding.
        repeats: a stock that has as many persons as at the date before repeats its numbers, as if
            nothing had changed.

    Returns:
        Cells with the columns that an attacker reads.
    """
    chance = random.Random(seed)  # noqa: S311
    public = counts.filter(pl.col("attribute") == "")
    rows = [_row(row, row["base"]) for row in public.iter_rows(named=True)]
    split = counts.filter(pl.col("attribute") != "").sort("period")
    last: dict[Base, list[Row]] = {}
    keys = ["period", "metric", "unit", "scale_group"]
    for _, part in split.group_by(keys, maintain_order=True):
        base = part.select("metric", "unit", "scale_group").row(0)
        decided = list(_decided(part, policy, chance))
        before = last.get(base, decided)
        if repeats and base[0] == "headcount" and before[0]["base"] == decided[0]["base"]:
            decided = [dict(row, period=part["period"][0]) for row in before]
        last[base] = decided
        rows += decided
    return pl.DataFrame(rows, schema=CELLS)


def _decided(part: pl.DataFrame, policy: Policy, chance: random.Random) -> Iterator[Row]:
    """The cells of one base and date."""
    special, rounding = policy.of("special"), policy.rounding_base.value
    least = special.threshold.value
    count = dict(part.select("category", "count").iter_rows())
    base = int(part["base"][0])
    value = {code: _rounded(count[code], rounding, chance) for code in ("unknown", "yes")}
    value["known"] = base - value["unknown"]
    value["no"] = value["known"] - value["yes"]
    whole = {"unknown": base, "known": base, "yes": count["known"], "no": count["known"]}
    for row in part.iter_rows(named=True):
        code = row["category"]
        numbers = (count[code], value[code], base - count[code], whole[code] - count[code])
        shown = base >= special.minimum_base.value and min(numbers) >= least
        yield _row(row, value[code] if shown else None)


def _rounded(count: int, rounding: int, chance: random.Random) -> int:
    rest = count % rounding
    return count - rest + rounding * (chance.random() < rest / rounding)


def _row(row: Row, value: int | None) -> dict[str, object]:
    status = "suppressed" if value is None else "published"
    return {
        **{name: row.get(name) for name in CELLS},
        "status": status,
        "as_of": row["period"],
        "value": value,
        "base": row["base"],
    }
