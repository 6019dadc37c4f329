"""Who is counted: every unit, scale group, period and metric with its public head count.

A *base* is one such group of persons. People who hang directly under a unit that has parts are a
base of their own, with the public difference as their number: "the unit minus its parts".
"""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from etl.privacy.audit_input import AFTER, BASE, NOT_ADDITIVE, SHOWN, Published
from etl.privacy.audit_scales import refinements

TERM = ("group", "b", "sign")
"""Columns of a relation between bases: in each group the signed numbers add up to nothing."""
_SAME_UNIT = ("metric", "period", "period_kind", "scale_group")


def public_bases(published: Published) -> pl.DataFrame:
    """Every base that the cells name: ``BASE, base, direct, loose`` (never zero persons).

    ``loose``: ``base`` is the most that there can be, not what there is.
    """
    counts = published.counts
    key = pl.col(BASE)
    everybody = counts.filter((pl.col("attribute") == "") & (pl.col("status") == SHOWN))
    split = counts.filter((pl.col("attribute") != "") & pl.col("base").is_not_null())
    own = pl.col("as_of") == pl.col("period")
    # A split stands with the public number that it was made of, whatever was corrected since.
    frames = [
        split.filter(own).select(key, pl.col("base")),
        everybody.select(key, base="value"),
        split.filter(~own).with_columns(period="as_of").select(key, pl.col("base")),
    ]
    # Where everybody's number is known up to rounding only, there may be this many more.
    more = pl.when(pl.col("metric").is_in(published.loose)).then(published.off).otherwise(0)
    return (
        pl.concat(frames)
        .unique(subset=[name for name in BASE if name != "unit_level"], keep="first")
        .with_columns(pl.col("base") + more, loose=pl.col("metric").is_in(published.loose))
        .filter(pl.col("base") > 0)
        .with_columns(pl.col("base").cast(pl.Int64), direct=pl.lit(value=False))
    )


def with_direct(bases: pl.DataFrame, edges: pl.DataFrame) -> pl.DataFrame:
    """The bases and, below each unit with parts, those who are in none of them; ``b`` numbers."""
    total = _parts_of(bases, edges).group_by(*_SAME_UNIT, "parent").agg(parts=pl.col("base").sum())
    direct = (
        bases.join(total, left_on=[*_SAME_UNIT, "unit"], right_on=[*_SAME_UNIT, "parent"])
        .with_columns(base=pl.col("base") - pl.col("parts"), direct=pl.lit(value=True))
        .filter(pl.col("base") > 0)
        .drop("parts")
    )
    return pl.concat([bases, direct]).sort(*BASE, "direct").with_row_index("b")


def unit_edges(published: Published) -> pl.DataFrame:
    """``period, period_kind, after, unit, parent`` where the tree stood still all period.

    A unit with parts that changed parent within the period has no edges in it: the numbers of
    such a period are not additive.
    """
    units = published.of("unit").select(
        unit="code", parent="parent", begin="valid_from", end="valid_to"
    )
    dates = pl.concat([_dates(published, after=after) for after in (True, False)])
    span = ["period", "period_kind", "after"]
    found = (
        dates.join(units, how="cross")
        .filter(
            (pl.col("begin").is_null() | (pl.col("begin") <= pl.col("date")))
            & (pl.col("end").is_null() | (pl.col("end") >= pl.col("date")))
        )
        .select(*span, "unit", "parent")
        .unique()
    )
    moved = found.group_by(*span, "unit").len().filter(pl.col("len") > 1)
    broken = found.join(moved, on=[*span, "unit"], how="semi").select(*span, "parent").unique()
    return found.filter(pl.col("parent") != "").join(broken, on=[*span, "parent"], how="anti")


def unit_relation(bases: pl.DataFrame, edges: pl.DataFrame) -> pl.DataFrame:
    """A unit is its parts and those directly under it."""
    whole = bases.filter(~pl.col("direct")).select(*_SAME_UNIT, "b", parent="unit")
    parts = _parts_of(bases.filter(~pl.col("direct")), edges).select(*_SAME_UNIT, "b", "parent")
    direct = bases.filter("direct").select(*_SAME_UNIT, "b", parent="unit")
    return grouped(whole, pl.concat([parts, direct]), [*_SAME_UNIT, "parent"])


def scale_relation(bases: pl.DataFrame, published: Published) -> pl.DataFrame:
    """A scale group is the bands of every partition that tile it."""
    tiles = refinements(published.of("scale_group"))
    same = ["metric", "period", "period_kind", "unit", "direct"]
    whole = bases.join(
        tiles.select("whole", "partition").unique(), left_on="scale_group", right_on="whole"
    )
    whole = whole.select(*same, "b", "partition", whole="scale_group")
    parts = bases.join(tiles, left_on="scale_group", right_on="part")
    return grouped(
        whole, parts.select(*same, "b", "partition", "whole"), [*same, "partition", "whole"]
    )


def time_relation(bases: pl.DataFrame, published: Published) -> pl.DataFrame:
    """A year of a flow is its quarters, a block its years."""
    inside = _contained(published)
    bases = bases.filter(~pl.col("loose"))
    same = ["metric", "unit", "scale_group", "direct"]
    keys = [*same, "period", "period_kind", "part_kind"]
    whole = bases.join(
        inside.select("period", "period_kind", "part_kind").unique(), on=["period", "period_kind"]
    )
    parts = bases.rename({"period": "part", "period_kind": "part_kind"}).join(
        inside, on=["part", "part_kind"]
    )
    return grouped(whole.select(*keys, "b"), parts.select(*keys, "b"), keys)


def steps(published: Published) -> pl.DataFrame:
    """``period, period_kind, before``: each period of the shortest kind and the one before it."""
    periods = published.of("period")
    kinds = periods["partition"].to_list()
    kind = "quarter" if "quarter" in kinds else "year"
    found = periods.filter(pl.col("partition") == kind).sort("valid_to")
    before = found.select(before="code", valid_from=pl.col("valid_to") + pl.duration(days=1))
    return found.join(before, on="valid_from").select(
        period="code", period_kind="partition", before="before"
    )


def grouped(whole: pl.DataFrame, parts: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Numbered groups of one whole (+1) and at least one part (-1): columns ``TERM``."""
    numbered = whole.join(parts.select(keys).unique(), on=keys, how="semi").with_row_index("group")
    terms = parts.select(*keys, "b").join(numbered.select(*keys, "group"), on=keys)
    one, minus = pl.lit(1, dtype=pl.Int8), pl.lit(-1, dtype=pl.Int8)
    return pl.concat(
        [
            numbered.select("group", "b", sign=one),
            terms.select("group", "b", sign=minus),
        ]
    )


def _parts_of(bases: pl.DataFrame, edges: pl.DataFrame) -> pl.DataFrame:
    additive = bases.filter(~pl.col("metric").is_in(NOT_ADDITIVE) & ~pl.col("loose"))
    sided = additive.with_columns(after=pl.col("metric").is_in(AFTER))
    return sided.join(edges, on=["period", "period_kind", "after", "unit"])


def _dates(published: Published, *, after: bool) -> pl.DataFrame:
    """The dates at which the units of each period count: ends of its steps, or their eves."""
    periods = published.of("period")
    shortest = steps(published)["period_kind"]
    step = periods if shortest.is_empty() else periods.filter(pl.col("partition") == shortest[0])
    eve = pl.col("valid_from") - timedelta(days=1)
    ends = step.select(
        date=pl.col("valid_to") if after else eve, first="valid_from", last="valid_to"
    )
    return (
        periods.join(ends, how="cross")
        .filter((pl.col("valid_from") <= pl.col("first")) & (pl.col("last") <= pl.col("valid_to")))
        .select("date", period="code", period_kind="partition", after=pl.lit(value=after))
    )


def _contained(published: Published) -> pl.DataFrame:
    """``period, period_kind, part, part_kind``: each period and the next shorter ones in it."""
    periods = published.of("period").select("code", "partition", "valid_from", "valid_to")
    found = periods.join(periods, how="cross", suffix="_in").filter(
        (pl.col("partition") != pl.col("partition_in"))
        & (pl.col("valid_from") <= pl.col("valid_from_in"))
        & (pl.col("valid_to_in") <= pl.col("valid_to"))
    )
    length = pl.col("valid_to_in") - pl.col("valid_from_in")
    longest = found.with_columns(
        keep=pl.col("partition_in").sort_by(length).last().over("code", "partition")
    ).filter(pl.col("partition_in") == pl.col("keep"))
    return longest.select(
        period="code", period_kind="partition", part="code_in", part_kind="partition_in"
    )
