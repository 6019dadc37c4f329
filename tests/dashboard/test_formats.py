"""Numbers, dates and periods in both languages."""

from __future__ import annotations

from datetime import date

import pytest

from dashboard import formats


@pytest.mark.parametrize(
    ("value", "base", "nl", "en"),
    [
        (3.4, 1330, "3,4%", "3.4%"),
        (11.0, 1000, "11,0%", "11.0%"),
        (11.0, 999, "11%", "11%"),
        (11.0, 1001, "11,0%", "11.0%"),
        (0.0, 50, "0%", "0%"),
        (100.0, 12000, "100,0%", "100.0%"),
        (20.0, None, "20%", "20%"),
    ],
)
def test_percent_is_written_as_published(value: float, base: float, nl: str, en: str) -> None:
    assert formats.percent(value, base, "nl") == nl
    assert formats.percent(value, base, "en") == en


def test_number_groups_thousands_by_language() -> None:
    assert formats.number(12040, "nl") == "12.040"
    assert formats.number(12040, "en") == "12,040"
    assert formats.number(-5, "nl") == "\u22125"


@pytest.mark.parametrize(
    ("value", "nl", "en"),
    [
        (-7.6, "\u22127,6 punt", "\u22127.6 points"),
        (0.6, "+0,6 punt", "+0.6 points"),
        (0.0, "±0,0 punt", "±0.0 points"),
    ],
)
def test_points_carry_their_sign(value: float, nl: str, en: str) -> None:
    assert formats.points(value, 2000, "nl") == nl
    assert formats.points(value, 2000, "en") == en


def test_points_without_sign_is_a_size() -> None:
    assert formats.points(-7.6, 2000, "nl", sign=False) == "7,6 punt"


def test_quantity_follows_the_unit_of_the_metric() -> None:
    assert formats.quantity(0.62, 1000, "ratio", "nl") == "0,62×"
    assert formats.quantity(3.4, 1330, "percent", "nl") == "3,4%"
    assert formats.quantity(-8.0, 300, "points", "nl") == "\u22128 punt"
    assert formats.quantity(12040, 12040, "persons", "en") == "12,040"
    assert formats.quantity(0.197, 160, "probability", "nl") == "0,197"


@pytest.mark.parametrize(
    ("value", "written"), [(0.0, "< 0.001"), (0.001, "0.001"), (0.05, "0.050"), (1.0, "1.000")]
)
def test_a_p_value_is_never_nothing(value: float, written: str) -> None:
    assert formats.probability(value, "en") == written


def test_margin_has_the_digits_of_its_value() -> None:
    assert formats.margin(2.5, 4.6, "percent", 1330, "nl") == "2,5%–4,6%"
    assert formats.margin(2, 5, "percent", 300, "nl") == "2%–5%"
    assert formats.margin(0.47, 0.81, "ratio", 300, "en") == "0.47–0.81"
    assert formats.margin(-8.8, -6.4, "points", 1330, "nl") == "\u22128,8 tot \u22126,4"
    assert formats.margin(-8.8, -6.4, "points", 1330, "en") == "\u22128.8 to \u22126.4"
    assert formats.margin(None, None, "percent", 1330, "nl") == ""


def test_dates_and_periods() -> None:
    assert formats.date_text(date(2025, 12, 31), "nl") == "31 december 2025"
    assert formats.date_text(date(2025, 12, 31), "en") == "31 December 2025"
    assert formats.period("2025Q4", "nl", stock=True) == "eind 2025"
    assert formats.period("2025", "en", stock=True) == "year-end 2025"
    assert formats.period("2025Q3", "nl", stock=True) == "eind september 2025"
    assert formats.period("2025Q4", "nl") == "4e kwartaal 2025"
    assert formats.period("2025Q4", "en") == "quarter 4 of 2025"
    assert formats.period("2021-2025", "nl") == "2021–2025"
    assert formats.short_period("2025Q4", "nl") == "2025 K4"
    assert formats.short_period("2025Q4", "en") == "2025 Q4"


@pytest.mark.parametrize(
    ("code", "day"),
    [
        ("2025Q1", date(2025, 3, 31)),
        ("2025Q2", date(2025, 6, 30)),
        ("2025", date(2025, 12, 31)),
        ("2021-2025", date(2025, 12, 31)),
    ],
)
def test_period_end(code: str, day: date) -> None:
    assert formats.period_end(code) == day


@pytest.mark.parametrize("code", ["", "2025Q5", "25", "2025-1", "2025Q4;"])
def test_what_is_no_period_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="not a period"):
        formats.period_end(code)
