"""One date of invented organisations, protected and attacked: how the work grows with the cells."""

from __future__ import annotations

import pytest

from etl.privacy.audit import audit
from etl.privacy.audit_input import Published
from etl.privacy.protect import protect
from tests.benchmarks.invented import Organisation, organisation
from tests.benchmarks.measure import apart, peak_megabytes, timed, yardstick
from tests.privacy.bases import KEY
from tests.proof.record import record

LOWEST = {"1k": 20, "10k": 280, "30k": 800, "100k": 3650}
"""Lowest units of organisations with about so many cells of a split."""
SECONDS, MEGABYTES = 20.0, 1500
"""What one quarter of 30,000 cells may cost: suppression and the audit that can block it."""


def cost(given: Organisation) -> dict[str, object]:
    """Protect one date and attack the result from the published cells alone."""
    before = peak_megabytes()
    made, protecting = timed(lambda: protect(given.counts, given.grounds, KEY))
    grounds = given.grounds
    published = Published(made.table.cells, grounds.dimensions, grounds.metrics, grounds.policy)
    report, attacking = timed(lambda: audit(published))
    unit = yardstick()
    both = protecting["CPU seconds"] + attacking["CPU seconds"]
    return {
        "persons": given.persons,
        "units": given.units,
        "cells": given.cells,
        "unknowns of the attack": report.unknowns,
        "unsafe": report.unsafe,
        "protect": protecting,
        "audit": attacking,
        "CPU seconds in all": round(both, 2),
        "yardstick, CPU seconds": unit,
        "times the yardstick": round(both / unit, 1),
        "peak megabytes": peak_megabytes(),
        "megabytes before": before,
    }


@pytest.mark.proof
def test_a_quarter_of_thirty_thousand_cells_is_protected_and_attacked_in_time() -> None:
    figures = {size: apart(cost, organisation(lowest)) for size, lowest in LOWEST.items()}
    command = "make proof (tests/benchmarks/test_growth.py)"
    record("protection-growth", command, figures)
    limit = figures["30k"]
    assert 27_000 < int(str(limit["cells"])) < 33_000
    assert [found["unsafe"] for found in figures.values()] == [0] * len(LOWEST)
    assert float(str(limit["CPU seconds in all"])) < SECONDS
    assert int(str(limit["peak megabytes"])) < MEGABYTES
