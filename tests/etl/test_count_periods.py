"""Reference dates as quarters, years and blocks, and the gaps that are refused."""

from __future__ import annotations

from datetime import date

import pytest

from etl.domain import Organisation, Reference
from etl.errors import RefusedInput
from etl.metrics.periods import Calendar

QUARTERS = {3: 31, 6: 30, 9: 30, 12: 31}


def organisation(calendar: str, year_end_month: int = 12) -> Organisation:
    shipped = Reference().organisation
    return shipped.model_copy(update={"calendar": calendar, "year_end_month": year_end_month})


def quarters(first: tuple[int, int], count: int) -> list[date]:
    months = [first[0] * 12 + first[1] - 1 + 3 * n for n in range(count)]
    return [date(m // 12, m % 12 + 1, QUARTERS[m % 12 + 1]) for m in months]


def codes(found: object) -> list[str]:
    return [period.code for period in found]  # type: ignore[attr-defined]  # periods of any kind


def test_twenty_one_quarterly_extracts_are_five_years_and_one_block() -> None:
    calendar = Calendar(quarters((2020, 12), 21), organisation("quarter"))
    assert codes(calendar.stocks())[:2] == ["2020Q4", "2021Q1"]
    assert len(calendar.stocks()) == 21
    assert len(calendar.flows("quarter")) == 20
    assert codes(calendar.flows("year")) == ["2021", "2022", "2023", "2024", "2025"]
    (block,) = calendar.flows("block", 5)
    assert (block.code, block.begin, block.end) == (
        "2021-2025",
        date(2021, 1, 1),
        date(2025, 12, 31),
    )
    assert len(block.refs) == 20


@pytest.mark.parametrize(("extracts", "years"), [(4, []), (5, ["2021"]), (6, ["2021"])])
def test_a_year_needs_four_quarters_of_flow(extracts: int, years: list[str]) -> None:
    calendar = Calendar(quarters((2020, 12), extracts), organisation("quarter"))
    assert codes(calendar.flows("year")) == years


def test_the_quarter_that_ends_at_the_first_date_has_no_flow() -> None:
    calendar = Calendar(quarters((2021, 3), 4), organisation("quarter"))
    assert codes(calendar.flows("quarter")) == ["2021Q2", "2021Q3", "2021Q4"]
    assert codes(calendar.flows("year")) == []


def test_blocks_never_overlap_and_are_published_when_complete() -> None:
    calendar = Calendar([date(y, 12, 31) for y in range(2002, 2012)], organisation("year"))
    assert codes(calendar.flows("year"))[0] == "2003"
    assert codes(calendar.flows("block", 5)) == ["2003-2007"]
    assert codes(calendar.flows("block", 3)) == ["2003-2005", "2006-2008", "2009-2011"]
    assert codes(calendar.flows("block", 3, 2001)) == ["2004-2006", "2007-2009"]
    assert codes(calendar.flows("block", 3, 2005)) == ["2005-2007", "2008-2010"]


def test_a_year_can_end_in_another_month() -> None:
    calendar = Calendar(quarters((2024, 9), 5), organisation("quarter", 9))
    (year,) = calendar.flows("year")
    assert (year.code, year.begin, year.end) == ("2025", date(2024, 10, 1), date(2025, 9, 30))
    yearly = Calendar([date(2024, 9, 30), date(2025, 9, 30)], organisation("year", 9))
    assert codes(yearly.stocks()) == ["2024", "2025"]


@pytest.mark.parametrize(
    ("calendar", "dates", "said"),
    [
        ("quarter", [date(2025, 3, 30)], "does not end a period"),
        ("quarter", [date(2025, 2, 28)], "does not end a period"),
        ("quarter", [date(2025, 3, 31), date(2025, 9, 30)], "leave a gap"),
        ("year", [date(2025, 6, 30)], "does not end a period"),
        ("year", [date(2023, 12, 31), date(2025, 12, 31)], "leave a gap"),
        ("year", [date(2025, 9, 30), date(2025, 12, 31)], "does not end a period"),
    ],
)
def test_dates_that_make_no_calendar_are_refused(
    calendar: str, dates: list[date], said: str
) -> None:
    with pytest.raises(RefusedInput, match=said):
        Calendar(dates, organisation(calendar))
