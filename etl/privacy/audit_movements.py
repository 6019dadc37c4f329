"""What public movements tie together: who came, went, rose or stayed is somebody who is counted.

Relations between bases (see ``audit_bases.TERM``). Two of them hold at one date and always; the
identity between dates, and the paths of persons, hold where nobody changes category.
"""

from __future__ import annotations

import polars as pl

from etl.privacy.audit_bases import grouped, steps
from etl.privacy.audit_input import BASE, LEGS, STOCK, Published

EVENTS = (*LEGS, "promotion")
"""Flows of persons who are counted in a stock, too."""
_CAME, _WENT, _ROSE = ("inflow", "transfer_in"), ("exit", "transfer_out"), ("exit", "promotion")
_PLACE = ["period", "period_kind", "unit", "scale_group"]
_KEYS = [name for name in BASE if name != "unit_level"]
EVERYBODY = "all"
PATH = "path"
"""The metric of a base that is a group of persons with one and the same path."""


def presence(bases: pl.DataFrame, published: Published) -> pl.DataFrame:
    """Who came is among those present after a step; who went or rose, among those before it."""
    own = bases.filter(~pl.col("direct"))
    step = steps(published)
    now, before = _after(own, step), _before(own, step)
    found = [
        _shifted(grouped(whole.select(*_PLACE, "b"), _flows(own, step, metrics), _PLACE), number)
        for number, (whole, metrics) in enumerate(((now, _CAME), (before, _WENT), (before, _ROSE)))
    ]
    return pl.concat(found)


def identity(bases: pl.DataFrame, published: Published) -> pl.DataFrame:
    """A stock is the one before plus those who came minus those who went.

    Of all scales together only: of a scale group the balance of moves between groups is public,
    not how many went either way. Paths, or the sets of persons, tell that.
    """
    present = set(published.counts["metric"])
    if not {"inflow", "exit"} <= present:
        return bases.clear().select(pl.lit(0, dtype=pl.UInt32).alias("group"), "b", _sign(1))
    own = bases.filter(~pl.col("direct") & (pl.col("scale_group") == EVERYBODY))
    if not {"transfer_in", "transfer_out"} <= present:
        own = own.filter(pl.col("unit_level") == 1)
    step = steps(published)
    now, before = _after(own, step), _before(own, step)
    legs = own.filter(pl.col("metric").is_in(list(LEGS))).with_columns(
        sign=pl.col("metric").replace_strict(LEGS, return_dtype=pl.Int8)
    )
    frames = (now.with_columns(_sign(1)), before.with_columns(_sign(-1)), legs)
    terms = pl.concat([frame.select(*_PLACE, "b", "sign") for frame in frames])
    groups = now.select(_PLACE).unique().with_row_index("group")
    return terms.join(groups, on=_PLACE).select("group", "b", "sign")


def with_paths(bases: pl.DataFrame, published: Published) -> pl.DataFrame:
    """The bases and, where the paths of persons are known, each path as one more base."""
    if published.paths is None:
        return bases
    paths = published.paths.select("path", "persons").unique().sort("path")
    extra = paths.with_row_index("b", offset=bases.height).select(
        metric=pl.lit(PATH),
        period=pl.lit(""),
        period_kind=pl.lit(""),
        unit=pl.col("path").cast(pl.String),
        unit_level=pl.lit(None, dtype=bases.schema["unit_level"]),
        scale_group=pl.lit(""),
        base=pl.col("persons").cast(pl.Int64),
        direct=pl.lit(value=False),
        loose=pl.lit(value=False),
        b="b",
    )
    return pl.concat([bases, extra.select(pl.col(n).cast(t) for n, t in bases.schema.items())])


def path_relation(bases: pl.DataFrame, published: Published) -> pl.DataFrame:
    """Everybody in a base is on some path; bases of which paths are missing are left out."""
    if published.paths is None:
        return bases.clear().select(pl.lit(0, dtype=pl.UInt32).alias("group"), "b", _sign(1))
    numbers = bases.filter(pl.col("metric") == PATH).select("b", path="unit")
    members = published.paths.with_columns(pl.col("path").cast(pl.String)).join(numbers, on="path")
    total = members.group_by(_KEYS).agg(total=pl.col("persons").sum())
    whole = bases.filter(~pl.col("direct")).join(total, on=_KEYS)
    whole = whole.filter(pl.col("base") == pl.col("total"))
    return grouped(whole.select(*_KEYS, "b"), members.select(*_KEYS, "b"), _KEYS)


def _after(own: pl.DataFrame, step: pl.DataFrame) -> pl.DataFrame:
    """Stocks at the end of each step."""
    return own.filter(pl.col("metric") == STOCK).join(step, on=["period", "period_kind"])


def _before(own: pl.DataFrame, step: pl.DataFrame) -> pl.DataFrame:
    """Stocks at the begin of each step; ``period`` is the step's."""
    stock = own.filter(pl.col("metric") == STOCK).rename({"period": "before"})
    return stock.join(step, on=["before", "period_kind"])


def _flows(own: pl.DataFrame, step: pl.DataFrame, metrics: tuple[str, ...]) -> pl.DataFrame:
    flows = own.filter(pl.col("metric").is_in(metrics))
    return flows.join(step, on=["period", "period_kind"], how="semi").select(*_PLACE, "b")


def _shifted(relation: pl.DataFrame, number: int) -> pl.DataFrame:
    """A relation whose groups are apart from those of the two beside it."""
    return relation.with_columns(pl.col("group") * 3 + number)


def _sign(value: int) -> pl.Expr:
    return pl.lit(value, dtype=pl.Int8).alias("sign")
