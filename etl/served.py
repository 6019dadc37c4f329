"""What a new publication is decided on: who is where, and what was served before."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from etl.domain import Reference
from etl.metrics.changes import changed_categories
from etl.metrics.count import People
from etl.metrics.periods import Calendar
from etl.privacy.base_sets import BaseSets, base_sets
from etl.privacy.book import SERVED, STOCK
from etl.privacy.grounds import GONE, WITHDRAWN, Grounds
from etl.privacy.linkage import Linkage
from etl.privacy.plan import Plan
from etl.privacy.policy import Policy
from etl.warehouse import record
from etl.warehouse.store import Warehouse


def grounds(
    warehouse: Warehouse,
    people: People,
    counts: pl.DataFrame,
    *,
    reference: Reference,
    policy: Policy,
    plan: Plan,
    calendar: Calendar,
    dimensions: pl.DataFrame,
    metrics: pl.DataFrame,
) -> Grounds:
    """Everything besides the counts that protection rests on.

    Args:
        warehouse: holds the record and the sets of persons.
        people: leaves and the tree that they hang in.
        counts: the planned counts: only bases that are split somewhere are compared.
        reference: code lists.
        policy: the numbers that decide.
        plan: the expanded plan.
        calendar: the reference dates as periods.
        dimensions: ``dimensions.csv`` of the publication in the making.
        metrics: ``metrics.csv``.
    """
    recorded = record.decisions(warehouse).select(
        pl.col(name).cast(kind) for name, kind in SERVED.items()
    )
    periods = dimensions.filter(pl.col("dimension") == "period")["code"].to_list()
    served, gone = kept(recorded, periods)
    return Grounds(
        reference=reference,
        policy=policy,
        linkage=Linkage.of(people, plan, calendar),
        dimensions=dimensions,
        metrics=metrics,
        served=served,
        gone=dated(gone, calendar),
        sets=_sets(warehouse, pl.concat([_bases(counts), _bases(served)]), reference, calendar),
        changed=changed_categories(people),
        withdrawn=record.withdrawals(warehouse).select(WITHDRAWN.names()),
    )


def kept(recorded: pl.DataFrame, periods: Sequence[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The record as far as its periods are still there, and the rest: retention takes old ones.

    Args:
        recorded: columns ``SERVED``.
        periods: codes of the periods of the publication.

    Returns:
        Rows of these periods; where one repeats a number of a period that is gone, the number is
        hidden, as there is no date any more that it could be told with. And the other rows.
    """
    there = pl.col("period").is_in(periods)
    told = pl.col("as_of").is_in(periods)
    hidden = ~told & (pl.col("status") == "published")
    rows = recorded.filter(there).with_columns(
        status=pl.when(hidden).then(pl.lit("suppressed")).otherwise("status"),
        value=pl.when(~hidden).then("value"),
        as_of=pl.when(told).then("as_of").otherwise("period"),
    )
    return rows, recorded.filter(~there)


def dated(gone: pl.DataFrame, calendar: Calendar) -> pl.DataFrame:
    """The stocks of periods that are gone, as ``GONE``: the sets behind them were deleted."""
    stocks = gone.filter(
        pl.col("metric") == STOCK,
        pl.col("attribute") != "",
        pl.col("period_kind") == calendar.kind,
        pl.col("status") != "not_measured",
    )
    ends = {code: calendar.end_of(code) for code in stocks["period"].unique()}
    return (
        stocks.with_columns(
            ref=pl.col("period").replace_strict(ends, default=None, return_dtype=pl.Date)
        )
        .group_by(*(name for name in GONE if name != "fresh"))
        .agg(pl.col("fresh").any())
        .select(GONE.names())
    )


def _bases(cells: pl.DataFrame) -> pl.DataFrame:
    """The bases of stocks that are split: ``period, unit, scale_group``."""
    split = (pl.col("metric") == STOCK) & (pl.col("attribute") != "")
    return cells.filter(split).select("period", "unit", "scale_group").unique()


def _sets(
    warehouse: Warehouse, bases: pl.DataFrame, reference: Reference, calendar: Calendar
) -> list[BaseSets]:
    """Who is in which of these bases at every date; as it was then where that is recorded."""
    dates = {period.code: period.end for period in calendar.stocks()}
    dated = bases.unique().with_columns(
        ref=pl.col("period").replace_strict(dates, default=None, return_dtype=pl.Date)
    )
    held = record.sets(warehouse)
    return base_sets(
        held.roster,
        held.paths,
        reference.scales.sets,
        dated.drop_nulls("ref").select("ref", "unit", "scale_group"),
    )
