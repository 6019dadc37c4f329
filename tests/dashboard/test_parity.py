"""Ratios of rates by scale group: each names its period where the first has another."""

from __future__ import annotations

from dashboard.block_parity import with_periods
from dashboard.charts import Style
from dashboard.filters import Filters
from dashboard.mart import Mart
from dashboard.view import View
from tests.dashboard.rows import cell


def test_an_earlier_period_stands_in_the_name(mart: Mart) -> None:
    view = View(mart, Filters.from_query("", mart), Style({}))
    named = [
        ("Alle schalen", cell("exit_parity", 1.3, period="2025")),
        ("t/m schaal 13", cell("exit_parity", 1.2, period="2024")),
        ("vanaf schaal 14", cell("exit_parity", 1.1, period="2021-2025")),
    ]
    assert [label for label, _row in with_periods(view, named)] == [
        "Alle schalen",
        "t/m schaal 13 (2024)",
        "vanaf schaal 14",
    ]
    assert with_periods(view, []) == []
