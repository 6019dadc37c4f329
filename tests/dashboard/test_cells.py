"""Looking up cells: two second attributes share category codes and must not be mixed up."""

from __future__ import annotations

import polars as pl

from dashboard.cells import ALL, Cells
from tests.dashboard.rows import cell


def test_a_second_attribute_is_part_of_the_key() -> None:
    frame = pl.DataFrame(
        [
            cell("headcount", 1110),
            cell("headcount", 565, attribute2="gender", category2="yes"),
            cell("headcount", 120, attribute2="location_group", category2="yes"),
        ]
    )
    cells = Cells(frame)

    def value(*second: tuple[str, str]) -> float:
        found = cells.get("headcount", "MIN", "2025Q4", ALL, "yes", *second)
        assert found is not None
        return float(found["value"])

    assert value() == 1110.0
    assert value(("gender", "yes")) == 565.0
    assert value(("location_group", "yes")) == 120.0
    assert cells.get("headcount", "MIN", "2025Q4", ALL, "yes", ("gender", "no")) is None
