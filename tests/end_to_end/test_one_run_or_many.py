"""Dates that are published at once give the cells that publishing them one by one gives."""

from __future__ import annotations

from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from etl.metrics.cells import KEYS
from etl.publish import names
from tests.end_to_end.deliveries import drawn, home_with_keys, one_by_one, publish


@pytest.mark.parametrize(
    ("employees", "units", "quarters"),
    [(400, 8, 4), pytest.param(1500, 20, 20, marks=pytest.mark.proof)],
)
def test_the_cells_do_not_depend_on_how_many_dates_a_run_has(
    tmp_path: Path, employees: int, units: int, quarters: int
) -> None:
    """Every cell, and the order in which they lie in the file."""
    sample = drawn(tmp_path / "sample", employees, units, quarters)
    many, once = (home_with_keys(tmp_path / name) for name in ("many", "once"))
    for delivery in one_by_one(sample, tmp_path / "deliveries"):
        last = publish(many, delivery)
    assert len(names(many / "published")) == quarters + 1
    cells = publish(once, sample)
    assert_frame_equal(cells.sort(KEYS), last.sort(KEYS), check_exact=True)
    assert cells.equals(last)
