"""What protection leaves to be seen, counted by hand from the drawing."""

from __future__ import annotations

import polars as pl
import pytest

from etl.metrics.cells import KEYS
from etl.privacy.utility import compared, lines, lost, shares
from tests.spec.tables import table

DRAWING = """
metric    | period | kind    | unit | level | scale | attribute | attribute2 | status       | as_of  | cause
headcount | 2025Q4 | quarter | MIN  | 1     | all   | -         | -          | published    | 2025Q4 | -
headcount | 2025Q4 | quarter | MIN  | 1     | all   | origin    | -          | published    | 2025Q4 | -
headcount | 2025Q4 | quarter | A    | 2     | all   | origin    | -          | published    | 2025Q4 | -
headcount | 2025Q4 | quarter | B    | 2     | all   | origin    | -          | published    | 2025Q3 | -
headcount | 2025Q4 | quarter | C    | 2     | all   | origin    | -          | suppressed   | 2025Q4 | secondary
headcount | 2025Q4 | quarter | D    | 2     | all   | origin    | -          | not_measured | 2025Q4 | -
headcount | 2025Q4 | quarter | A    | 2     | >=14  | origin    | -          | suppressed   | 2025Q4 | threshold
headcount | 2025Q4 | quarter | MIN  | 1     | all   | origin    | gender     | published    | 2025Q4 | -
exit      | 2025   | year    | MIN  | 1     | all   | origin    | -          | suppressed   | 2025   | threshold
"""


def cells(drawing: str = DRAWING) -> pl.DataFrame:
    drawn = table(drawing, level=pl.Int16)
    names = {"kind": "period_kind", "level": "unit_level", "scale": "scale_group"}
    filled = drawn.rename(names).with_columns(
        pl.col("attribute", "attribute2").fill_null(""),
        category=pl.lit("yes"),
        category2=pl.lit(""),
    )
    return filled.select(*KEYS, "status", "as_of", "cause")


def test_shares_count_what_is_planned_shown_and_fresh() -> None:
    found = shares(cells())
    assert found.rows() == [
        ("exit", "year", "origin", 1, "all", 1, 0, 0, 0.0, 0.0),
        ("headcount", "quarter", "origin", 1, "all", 1, 1, 1, 100.0, 100.0),
        ("headcount", "quarter", "origin", 2, ">=14", 1, 0, 0, 0.0, 0.0),
        # Three measured: A fresh, B repeated, C hidden.
        ("headcount", "quarter", "origin", 2, "all", 3, 2, 1, 66.7, 33.3),
        ("headcount", "quarter", "origin*gender", 1, "all", 1, 1, 1, 100.0, 100.0),
    ]


def test_shares_may_be_told_by_less() -> None:
    assert shares(cells(), ["metric"]).select("metric", "planned", "shown").rows() == [
        ("exit", 1, 0), ("headcount", 6, 4),
    ]  # fmt: skip


def test_shares_in_words() -> None:
    assert lines(shares(cells(), ["split", "unit_level"]))[1] == (
        "origin level 2: 50.0% of 4 cells shown, 25.0% fresh"
    )


def causes(**numbers: int) -> pl.DataFrame:
    row = cells().filter(pl.col("cause") == "threshold").head(1)
    return pl.concat(
        row.with_columns(cause=pl.lit(cause)) for cause, n in numbers.items() for _ in range(n)
    )


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ({"threshold": 30, "base": 10}, [("threshold", 30), ("base", 10)]),
        # Nine cannot stand alone, nor be the total minus the others.
        ({"threshold": 30, "base": 12, "repair": 9}, [("threshold", 30), ("other", 21)]),
        ({"threshold": 30, "base": 6, "repair": 4}, [("threshold", 30), ("other", 10)]),
        ({"threshold": 30, "base": 5, "repair": 4}, [("other", 39)]),
        ({"threshold": 3}, [("other", 3)]),
    ],
)
def test_small_causes_are_told_together(
    numbers: dict[str, int], told: list[tuple[str, int]]
) -> None:
    assert lost(causes(**numbers), 10).rows() == told


def test_two_settings_side_by_side() -> None:
    sized = cells().filter((pl.col("scale_group") == "all") & (pl.col("metric") == "headcount"))
    better = sized.with_columns(
        status=pl.when(pl.col("unit") == "C").then(pl.lit("published")).otherwise("status")
    )
    found = compared(cells(), better, ["unit_level", "scale_group"])
    assert found.rows(named=True)[1:] == [
        {
            "unit_level": 2, "scale_group": ">=14",
            "planned_first": 1, "shown_first": 0, "share_first": 0.0,
            "planned_second": 0, "shown_second": 0, "share_second": None, "points": None,
        },
        {
            "unit_level": 2, "scale_group": "all",
            "planned_first": 3, "shown_first": 2, "share_first": 66.7,
            "planned_second": 3, "shown_second": 3, "share_second": 100.0, "points": 33.3,
        },
    ]  # fmt: skip
