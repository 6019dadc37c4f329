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
FROM fct_snapshot GROUP BY ALL
"""
PRESENT_SQL = """
SELECT p.ref, COUNT(*) AS present, COUNT(*) - COUNT(s.person) AS refused
FROM fct_presence AS p LEFT JOIN fct_snapshot AS s ON s.ref = p.ref AND s.person = p.person
GROUP BY p.ref
"""


def refresh(warehouse: Warehouse, reference: Reference) -> pl.DataFrame:
    """Compare all snapshots anew and store the findings; runs in the caller's transaction.

    An acceptance stays with a finding whose figures are still the same.

    Returns:
        All comparisons (`etl.warehouse.compare.COMPARED`), for the steward's load report.
    """
    calendar = warehouse.calendar()
    with warehouse.registered("calendar", calendar):
        flows = warehouse.frame(FLOWS_SQL)
    picture = Picture(
        states=warehouse.frame(STATES_SQL),
        flows=flows,
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
