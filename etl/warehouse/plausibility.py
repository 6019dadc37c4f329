"""Compare each snapshot with the one before: a jump is a warning, or holds the publication.

The bounds, their reasons and the labels stand in ``data/reference/plausibility.toml``. What is
found is kept with its figures in the warehouse; only rule, unit and date leave it, because the
figures would undo the protection of the published numbers.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from etl.domain import Reference
from etl.warehouse.bounds import FINDING, Plausibility, judge
from etl.warehouse.compare import Picture, compare
from etl.warehouse.store import Warehouse

FLOWS_SQL = (Path(__file__).parent / "plausibility.sql").read_text(encoding="utf-8")
STATES_SQL = """
SELECT ref, unit, scale, origin, gender, age_band, contract, location_group,
    COUNT(*) AS persons, COUNT(fte_milli) AS fte_persons, SUM(fte_milli)::DOUBLE AS fte_milli
FROM fct_snapshot
GROUP BY GROUPING SETS (
    (ref, unit, scale), (ref, unit, origin), (ref, unit, gender), (ref, unit, age_band),
    (ref, unit, contract), (ref, unit, location_group)
)
"""
"""One column at a time: all of them crossed would be nearly a row a person."""
PRESENT_SQL = """
WITH valid AS (SELECT ref, COUNT(*) AS persons FROM fct_snapshot GROUP BY ref)
SELECT p.ref, COUNT(*) AS present, COUNT(*) - COALESCE(ANY_VALUE(v.persons), 0) AS refused
FROM fct_presence AS p LEFT JOIN valid AS v ON v.ref = p.ref
GROUP BY p.ref
"""
"""Everybody with a valid row is present (`etl.warehouse.ledger`)."""


def refresh(warehouse: Warehouse, reference: Reference) -> pl.DataFrame:
    """Compare all snapshots anew and store the findings; runs in the caller's transaction.

    An acceptance stays with a finding whose figures are still the same.

    Returns:
        All comparisons (`etl.warehouse.compare.COMPARED`), for the steward's load report.
    """
    calendar = warehouse.calendar()
    picture = Picture(
        states=warehouse.frame(STATES_SQL),
        flows=_flows(warehouse, calendar),
        present=warehouse.frame(PRESENT_SQL),
        calendar=calendar,
    )
    compared = compare(picture, warehouse.units(), reference)
    found = judge(compared, Plausibility.of(reference), reference)
    same = list(FINDING)
    kept = warehouse.findings().select(*same, "accepted_reason", "accepted_at")
    found = found.join(kept, on=same, how="left")
    warehouse.connection.execute("DELETE FROM plausibility")
    with warehouse.registered("staged", found):
        warehouse.connection.execute("INSERT INTO plausibility BY NAME SELECT * FROM staged")
    return compared


def _flows(warehouse: Warehouse, calendar: pl.DataFrame) -> pl.DataFrame:
    """Flows of each period, one after the other: two dates are in memory, not all."""
    found = []
    for period in calendar.iter_slices(1):
        with warehouse.registered("calendar", period):
            found.append(warehouse.frame(FLOWS_SQL))
    if found:
        return pl.concat(found)
    with warehouse.registered("calendar", calendar):
        return warehouse.frame(FLOWS_SQL)
