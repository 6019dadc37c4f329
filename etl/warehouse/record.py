"""The record of decisions: every split cell as it was published, and the sets behind the stocks.

Append-only. A served period is closed: its rows are taken from here for ever, so that a correction
of person data changes public totals alone, and no number of a base that differs by one person from
a published one is made. A withdrawal hides what a number says from then on; the row stays.

The sets (``decided_person``, ``decided_path``) are person data and stand beside the snapshots: they
are copied when a date is first decided, since the snapshot and the tree may be corrected later.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from etl.errors import RefusedInput
from etl.metrics.cells import KEYS
from etl.metrics.exit_monitor import OF_EXITS
from etl.warehouse.engine import BrokenContract
from etl.warehouse.store import Warehouse

DECISIONS = pl.Schema(
    {
        "metric": pl.String(),
        "period": pl.String(),
        "period_kind": pl.String(),
        "unit": pl.String(),
        "unit_level": pl.Int16(),
        "scale_group": pl.String(),
        "attribute": pl.String(),
        "category": pl.String(),
        "attribute2": pl.String(),
        "category2": pl.String(),
        "status": pl.String(),
        "value": pl.Float64(),
        "base": pl.Float64(),
        "as_of": pl.String(),
        "fresh": pl.Boolean(),
    }
)
"""A cell as it was published, and whether it was decided from its own set.

``base`` of the exit monitor is the true number of respondents, which is published rounded.
"""

PERIOD = ("period", "period_kind")
_OF_EXITS = pl.col("metric").is_in(OF_EXITS).alias("of_exits")


@dataclass(frozen=True)
class Sets:
    """Who was where: ``roster`` (ref, person, unit, scale), ``paths`` (ref, unit, ancestor, level).

    A date that was decided before is as it was then, any other one as it is in the snapshots.
    """

    roster: pl.DataFrame
    paths: pl.DataFrame


def append(
    warehouse: Warehouse, publication: str, rows: pl.DataFrame, dates: Iterable[date]
) -> None:
    """Add what a publication decides to the record, all of it or nothing.

    Call it before the publication is served: a decision that is recorded and never seen costs
    nothing, one that is seen and not recorded would be made again.

    Args:
        warehouse: open for writing, outside a transaction.
        publication: its name.
        rows: columns ``DECISIONS`` (more are ignored): the split cells of periods that are not
            closed yet, and no others.
        dates: the reference dates of the stocks among them; the sets of those that have none in
            the record are copied from the snapshots.

    Raises:
        BrokenContract: a row belongs to a closed period or stands twice in ``rows``, or a date
            has nobody; nothing was written.
    """
    rows = rows.select(pl.col(name).cast(kind) for name, kind in DECISIONS.items())
    with warehouse.transaction():
        _check_new(rows, _closed(warehouse))
        with warehouse.registered("decided", rows.with_columns(publication=pl.lit(publication))):
            warehouse.connection.execute("INSERT INTO decision BY NAME SELECT * FROM decided")
        for ref in sorted(set(dates) - set(recorded_dates(warehouse))):
            _copy_sets(warehouse, ref)


def _check_new(rows: pl.DataFrame, closed: pl.DataFrame) -> None:
    twice = rows.filter(pl.struct(KEYS).is_duplicated())
    again = rows.with_columns(_OF_EXITS).join(closed, on=["of_exits", *PERIOD], how="semi")
    for faulty, what in ((twice, "stands twice"), (again, "belongs to a period served before")):
        if not faulty.is_empty():
            raise BrokenContract(
                "The record of decisions is written once a cell",
                where=" ".join(faulty.select("metric", *PERIOD).row(0)),
                expected="every cell of every period once, when the period is first served",
                got=f"a cell that {what}",
            )


def _copy_sets(warehouse: Warehouse, ref: date) -> None:
    people = warehouse.connection.execute(
        "INSERT INTO decided_person SELECT ref, person, unit, scale FROM fct_snapshot "
        "WHERE ref = ? RETURNING 1",
        [ref],
    )
    if people.fetchone() is None:
        raise BrokenContract(
            "A date without people cannot have been decided", where=f"date {ref.isoformat()}"
        )
    with warehouse.registered("tree", warehouse.unit_closure([ref])):
        warehouse.connection.execute("INSERT INTO decided_path BY NAME SELECT * FROM tree")


def decisions(warehouse: Warehouse) -> pl.DataFrame:
    """Return ``publication`` and the columns ``DECISIONS`` of every row, withdrawn ones included.

    Sorted by key: one row a cell and period.
    """
    return warehouse.frame("SELECT * FROM decision").sort(KEYS)


def closed_periods(warehouse: Warehouse) -> pl.DataFrame:
    """Return ``period, period_kind`` of the periods that were served."""
    return warehouse.frame("SELECT DISTINCT period, period_kind FROM decision ORDER BY ALL")


def _closed(warehouse: Warehouse) -> pl.DataFrame:
    """``of_exits, period, period_kind``: the exit monitor has its own, it comes in later."""
    served = warehouse.frame("SELECT DISTINCT metric, period, period_kind FROM decision")
    return served.select(_OF_EXITS, *PERIOD).unique()


def recorded_dates(warehouse: Warehouse) -> list[date]:
    """Return the reference dates whose sets are in the record, oldest first."""
    found = warehouse.frame("SELECT DISTINCT ref FROM decided_person ORDER BY ref")
    return list(found["ref"].to_list())


def sets(warehouse: Warehouse) -> Sets:
    """Return who was where at every date that is loaded or was decided."""
    roster = warehouse.frame(
        "SELECT ref, person, unit, scale FROM decided_person UNION ALL "
        "SELECT ref, person, unit, scale FROM fct_snapshot "
        "WHERE ref NOT IN (SELECT ref FROM decided_person) ORDER BY ref, person"
    )
    decided = warehouse.frame("SELECT ref, unit, ancestor, level FROM decided_path")
    open_dates = set(warehouse.snapshot_dates()) - set(recorded_dates(warehouse))
    paths = pl.concat([decided, warehouse.unit_closure(open_dates)])
    return Sets(roster, paths.sort("ref", "unit", "level", "ancestor"))


# --- withdrawals


def withdraw(warehouse: Warehouse, metric: str, period: str, reason: str, at: datetime) -> None:
    """Record that the numbers of a metric and period are hidden from the next publication on.

    Raises:
        RefusedInput: the reason is empty, nothing of the metric and period was ever published, or
            it was withdrawn before; nothing was changed.
    """
    if not reason.strip():
        raise RefusedInput(
            "A number is withdrawn with a reason only",
            expected="one sentence that can be read later",
            next_step='give it with --reason "..."',
        )
    served = warehouse.frame("SELECT DISTINCT metric, period, period_kind FROM decision")
    kinds = served.filter(metric=metric, period=period)["period_kind"].sort().to_list()
    if not kinds:
        raise _never_published(served, metric, period)
    if not withdrawals(warehouse).filter(metric=metric, period=period).is_empty():
        raise RefusedInput(
            "That was withdrawn before",
            where=f"{metric} {period}",
            next_step="publish, if the publication that is served still shows it",
        )
    with warehouse.transaction():
        for kind in kinds:
            warehouse.connection.execute(
                "INSERT INTO withdrawal VALUES (?, ?, ?, ?, ?)",
                [metric, period, kind, reason.strip(), at],
            )


def _never_published(served: pl.DataFrame, metric: str, period: str) -> RefusedInput:
    metrics = served["metric"].unique().sort().to_list()
    periods = served.filter(metric=metric)["period"].unique().sort().to_list()
    return RefusedInput(
        "Nothing was published that answers to that",
        where=f"{metric} {period}" if periods else metric,
        expected=("a period of " if periods else "a metric of ")
        + (", ".join(periods or metrics) or "a publication; there is none yet"),
        next_step="correct metric or period",
    )


def withdrawals(warehouse: Warehouse) -> pl.DataFrame:
    """Return ``metric, period, period_kind, reason, withdrawn_at``, oldest first."""
    return warehouse.frame("SELECT * FROM withdrawal ORDER BY withdrawn_at, metric, period_kind")


def without_withdrawn(rows: pl.DataFrame, withdrawn: pl.DataFrame) -> pl.DataFrame:
    """Hide the numbers that were withdrawn, also where a later period repeats them.

    Args:
        rows: split cells; at least ``metric, period, period_kind, as_of, status, value``.
        withdrawn: at least ``metric, period, period_kind``.

    Returns:
        The rows in their order; those of a withdrawn metric and period, and those whose ``as_of``
        is one, are ``suppressed`` and without value (``not_measured`` stays).
    """
    gone = withdrawn.select(pl.struct("metric", *PERIOD))["metric"].implode()
    marks = [
        pl.struct("metric", pl.col(when).alias("period"), "period_kind").is_in(gone)
        for when in ("period", "as_of")
    ]
    hidden = pl.any_horizontal(marks) & (pl.col("status") == "published")
    return rows.with_columns(
        status=pl.when(hidden).then(pl.lit("suppressed")).otherwise("status"),
        value=pl.when(~hidden).then("value"),
    )
