"""The address holds the whole view, and nothing but what the publication knows."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.cells import Cells
from dashboard.charts import Style, read_themes
from dashboard.filters import Filters, attributes, comparisons, stock_periods
from dashboard.mart import Mart
from dashboard.settings import ASSETS
from dashboard.view import View
from tests.factories import make_publication


def test_an_empty_address_gives_the_defaults_of_the_publication(mart: Mart) -> None:
    assert Filters.from_query("", mart) == Filters("MIN", "2025Q4", "previous_year", "origin", "nl")
    assert Filters.from_query(None, mart) == Filters.from_query("", mart)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_view_survives_the_address(mart: Mart, data: st.DataObject) -> None:
    unit = data.draw(st.sampled_from(["MIN", "DGOB", "OB1", "SG2"]))
    period = data.draw(st.sampled_from(stock_periods(mart)))
    view = Filters(
        unit=unit,
        period=period,
        compare=data.draw(st.sampled_from(comparisons(mart, unit, period))),
        attribute=data.draw(st.sampled_from(attributes(mart))),
        lang=data.draw(st.sampled_from(["nl", "en"])),
    )
    assert Filters.from_query(view.to_query(), mart) == view


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(search=st.text(max_size=60))
def test_any_text_in_the_address_gives_a_view_of_the_publication(mart: Mart, search: str) -> None:
    view = Filters.from_query("?" + search, mart)
    assert view.period in stock_periods(mart)
    assert view.attribute in attributes(mart)
    assert view.compare in comparisons(mart, view.unit, view.period)


@pytest.mark.parametrize(
    ("query", "field", "expected"),
    [
        ("?unit=NOPE", "unit", "MIN"),
        ("?unit=OB1", "unit", "OB1"),
        ("?unit=OB1&unit=OB2", "unit", "OB2"),
        ("?period=2019Q4", "period", "2025Q4"),  # before the first
        ("?period=2020Q4", "period", "2020Q4"),  # the first
        ("?period=2026Q1", "period", "2025Q4"),  # after the last
        ("?period=2025", "period", "2025Q4"),  # a flow period is no reference date
        ("?compare=parent", "compare", "previous_year"),  # the whole has no parent
        ("?unit=DGOB&compare=parent", "compare", "parent"),
        ("?period=2022Q1&compare=2022Q1", "compare", "previous_year"),  # not with itself
        ("?period=2022Q1&compare=2021Q4", "compare", "2021Q4"),
        ("?lang=de", "lang", "nl"),
        ("?lang=en", "lang", "en"),
        ("?attribute=gender", "attribute", "gender"),
        ("?attribute=name", "attribute", "origin"),
    ],
)
def test_what_the_publication_does_not_know_becomes_the_default(
    mart: Mart, query: str, field: str, expected: str
) -> None:
    assert getattr(Filters.from_query(query, mart), field) == expected


def test_a_yearly_organisation_has_no_quarter_to_compare_with(tmp_path: Path) -> None:
    make_publication(tmp_path, calendar="year")
    yearly = Mart(tmp_path)
    assert "previous_quarter" not in comparisons(yearly, "MIN", "2025")
    assert Filters.from_query("", yearly).period == "2025"


def view_of(mart: Mart, query: str) -> View:
    style = Style(read_themes(ASSETS / "tokens.css")["light"])
    return View(mart, Filters.from_query(query, mart), style)


@pytest.mark.parametrize(
    ("query", "metric", "period", "expected"),
    [
        ("?compare=previous_year", "share", "2025Q4", ("MIN", "2024Q4")),
        ("?compare=previous_quarter", "share", "2025Q4", ("MIN", "2025Q3")),
        ("?compare=2023Q2", "share", "2025Q4", ("MIN", "2023Q2")),
        ("?unit=DGOB&compare=parent", "share", "2025Q4", ("MIN", "2025Q4")),
        ("?compare=previous_year", "inflow_share", "2025", ("MIN", "2024")),
        ("?compare=previous_quarter", "inflow_share", "2025", ("MIN", "2024")),  # no quarter of it
        ("?compare=2023Q2", "inflow_share", "2025", ("MIN", "2022")),  # the last whole year by then
        ("?compare=previous_year", "share", "2020Q4", None),  # nothing before the first
        ("?compare=previous_year", "share", "2021Q4", ("MIN", "2020Q4")),
    ],
)
def test_what_a_figure_is_compared_with(
    mart: Mart, query: str, metric: str, period: str, expected: tuple[str, str] | None
) -> None:
    view = view_of(mart, query)
    cells: Cells = view.cells([metric])
    row = cells.get(metric, view.filters.unit, period)
    before = view.compared(cells, row)
    assert (before and (before["unit"], before["period"])) == expected
