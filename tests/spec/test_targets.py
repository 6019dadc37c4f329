"""Targets and benchmarks: distance, pace, year and index, against numbers computed by hand."""

from __future__ import annotations

import math
from datetime import date

import polars as pl
import pytest
import statsmodels.api as sm

from etl.metrics.cells import CELLS
from etl.metrics.derive import derive
from etl.metrics.registry import metric_frame
from etl.metrics.targets import FEWEST, HORIZON, Line, crossing, fitted, in_force, year_of
from tests.spec.tables import table

QUARTERS = [f"{year}Q{quarter}" for year in (2023, 2024, 2025) for quarter in (1, 2, 3, 4)]
MADE = ("target_distance", "share_pace", "target_year", "representation_index")


def _period(code: str, kind: str = "quarter") -> str:
    year, month = code[:4], 3 * int(code[5]) if kind == "quarter" else 12
    day = 31 if month in {3, 12} else 30
    return (
        f"period | {kind} | {code} |  | - | {year}-01-01 | {year}-{month:02d}-{day} | x | x | exact"
    )


def dimensions(codes: list[str], kind: str = "quarter") -> pl.DataFrame:
    """Two units under one another, two bands, some periods."""
    return table(
        """
        dimension   | partition | code    | parent | level | valid_from | valid_to   | label_nl | label_en | rounding
        unit        | tree      | MIN     |        | 1     | -          | -          | M        | M        | exact
        unit        | tree      | A       | MIN    | 2     | -          | -          | A        | A        | exact
        unit        | tree      | A1      | A      | 3     | -          | -          | A1       | A1       | exact
        scale_group | main      | <=13    |        | -     | -          | -          | laag     | low      | exact
        scale_group | main      | >=14    |        | -     | -          | -          | hoog     | high     | exact
        origin      | known     | unknown |        | -     | -          | -          | x        | x        | own
        origin      | known     | known   |        | -     | -          | -          | x        | x        | complement
        origin      | binary    | yes     | known  | -     | -          | -          | x        | x        | own
        origin      | binary    | no      | known  | -     | -          | -          | x        | x        | complement
        """
        + "\n".join(_period(code, kind) for code in codes),
        level=pl.Int64,
        valid_from=pl.Date,
        valid_to=pl.Date,
    )  # fmt: skip


def counts(
    values: list[float | None],
    codes: list[str],
    size: float = 2000,
    unit: str = "MIN",
    repeated: dict[str, str] | None = None,
) -> pl.DataFrame:
    """The group and everybody known, in the upper band of one unit; None is suppressed."""
    rows = []
    for code, value in zip(codes, values, strict=True):
        for category, number in (("", size), ("known", size), ("yes", value)):
            rows.append({
                "metric": "headcount", "period": code,
                "period_kind": "quarter" if "Q" in code else "year",
                "unit": unit, "unit_level": 1, "scale_group": ">=14",
                "attribute": "origin" if category else "", "category": category,
                "attribute2": "", "category2": "",
                "status": "suppressed" if number is None else "published",
                "as_of": (repeated or {}).get(code, code) if category else code,
                "value": number, "base": size, "lower": None, "upper": None,
            })  # fmt: skip
    numbers = dict.fromkeys(("value", "base", "lower", "upper"), pl.Float64)
    return pl.DataFrame(rows, schema_overrides=numbers).select(CELLS)


def target(
    value: float | None = 5.5, year: int = 2028, *, unit: str = "MIN", **other: str
) -> dict[str, object]:
    row = {
        "kind": "target", "metric": "share", "unit": unit, "scale_group": ">=14",
        "attribute": "origin", "category": "yes", "value": value, "year": year,
        "status": "ambition", "source": "plan", "label_nl": "x", "label_en": "x",
    }  # fmt: skip
    return row | other


def figures(
    cells: pl.DataFrame, *references: dict[str, object], kind: str = "quarter"
) -> pl.DataFrame:
    codes = sorted(set(cells["period"]))
    schema = {"value": pl.Float64, "year": pl.Int32}
    known = pl.DataFrame(list(references), schema_overrides=schema)
    made = derive(cells, dimensions(codes, kind), metric_frame(), references=known)
    return made.filter(pl.col("metric").is_in(MADE))


def at(
    frame: pl.DataFrame, metric: str, period: str, unit: str = "MIN"
) -> dict[str, object] | None:
    found = frame.filter(metric=metric, period=period, unit=unit)
    assert found.height <= 1
    return found.row(0, named=True) if found.height else None


RISING: list[float | None] = [40.0 + 5 * step for step in range(8)]


# --- method ------------------------------------------------------------------------------------


def test_the_line_is_that_of_weighted_least_squares() -> None:
    years, shares = [-2.0, -1.5, -1.0, -0.4, 0.0], [0.03, 0.032, 0.034, 0.0365, 0.038]
    variances = [4e-6, 5e-6, 3e-6, 9e-6, 4e-6]
    line = fitted(years, shares, variances)
    weights = [1 / variance for variance in variances]
    textbook = sm.WLS(shares, sm.add_constant(years), weights=weights).fit(cov_type="fixed scale")
    assert [line.level, line.slope] == pytest.approx(textbook.params)
    shape = textbook.cov_params()
    assert [line.level_var, line.slope_var] == pytest.approx([shape[0, 0], shape[1, 1]])
    assert line.covariance == pytest.approx(shape[0, 1])


def test_shares_that_scatter_more_than_they_should_widen_the_interval() -> None:
    years, shares = [-3.0, -2.0, -1.0, 0.0], [0.03, 0.07, 0.03, 0.07]
    line = fitted(years, shares, [1e-6] * 4)
    scaled = sm.WLS(shares, sm.add_constant(years), weights=[1e6] * 4).fit()
    assert line.slope_var == pytest.approx(scaled.cov_params()[1, 1])
    assert line.slope_var > 1e-6 / 5  # what the variances alone say


def test_when_the_line_reaches_the_target_by_hand() -> None:
    # 10, 11, 12% at -2, -1, 0 years with s.d. 0.2 point: 1 point a year
    line = fitted([-2.0, -1.0, 0.0], [0.10, 0.11, 0.12], [4e-6] * 3)
    assert (line.level, line.slope) == pytest.approx((0.12, 0.01))
    assert (line.level_var, line.slope_var, line.covariance) == pytest.approx(
        (4e-6 * 5 / 6, 2e-6, 2e-6)
    )
    # 15% is three points away; roots of 9.23171e-5 x2 - 2 * 3.076829e-4 x + 8.871951e-4
    found = crossing(line, 0.15)
    assert found == pytest.approx((3.0, 2.1090, 4.5568), abs=1e-3)


def test_no_year_where_the_pace_may_be_nothing_or_leads_away() -> None:
    unsure = Line(0.04, 0.001, 1e-6, (0.001 / 1.95) ** 2, 0.0)
    sure = Line(0.04, 0.001, 1e-6, (0.001 / 1.97) ** 2, 0.0)
    assert crossing(unsure, 0.05) is None  # 1.95 standard errors
    assert crossing(sure, 0.05) is not None  # 1.97
    assert crossing(sure, 0.03) is None  # it lies behind
    assert crossing(Line(0.04, -0.01, 1e-8, 1e-8, 0.0), 0.05) is None


def test_a_line_that_may_be_there_already_reaches_it_now_at_the_earliest() -> None:
    found = crossing(Line(0.049, 0.01, 1e-6, 1e-6, 0.0), 0.05)
    assert found is not None
    assert (found[0], found[1]) == (pytest.approx(0.1), 0.0)


@pytest.mark.parametrize(
    ("day", "years", "year"),
    [
        (date(2025, 12, 31), 0.0, 2025),
        (date(2025, 12, 31), 0.01, 2026),
        (date(2025, 3, 31), 0.75, 2025),
        (date(2025, 3, 31), 0.76, 2026),
        (date(2025, 12, 31), 8.5, 2034),
    ],
)
def test_the_calendar_year_of_a_moment(day: date, years: float, year: int) -> None:
    assert year_of(day, years) == year


def test_independent_dates_are_on_the_wide_side() -> None:
    """Of eight quarters whose errors move with 10% of the people a year, the slope varies less."""
    moments = [i - 3.5 for i in range(8)]
    spread = sum(x * x for x in moments)
    kept = 0.9**0.25
    really = sum(a * b * kept ** abs(a - b) for a in moments for b in moments) / spread**2
    assert really < 0.5 / spread


# --- which target ------------------------------------------------------------------------------


def _known(*references: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame(list(references), schema_overrides={"value": pl.Float64, "year": pl.Int32})


def test_the_next_target_counts_and_after_the_last_the_last() -> None:
    known = _known(target(4, 2024), target(5, 2025), target(9, 2030, status="hard"))
    found = in_force(known, dimensions(["2023Q4", "2024Q4", "2025Q1"]), "share")
    of = dict(found.filter(unit="MIN").select("period", "target").iter_rows())
    assert of == {"2023Q4": 4, "2024Q4": 4, "2025Q1": 5}
    passed = in_force(_known(target(4, 2022), target(3, 2021)), dimensions(["2023Q4"]), "share")
    assert passed["target"].to_list() == [4, 4, 4]  # the whole and both units under it


def test_a_unit_has_the_nearest_target_above_unless_it_says_none() -> None:
    known = _known(target(5), target(7, unit="A"))
    found = in_force(known, dimensions(["2025Q4"]), "share")
    assert dict(found.select("unit", "target").iter_rows()) == {"MIN": 5, "A": 7, "A1": 7}
    none = _known(target(5), target(None, unit="A", status="none"))
    found = in_force(none, dimensions(["2025Q4"]), "share")
    assert found["unit"].to_list() == ["MIN"]


# --- cells -------------------------------------------------------------------------------------


def test_distance_of_a_share_by_hand() -> None:
    got = figures(counts([75.0], ["2025Q4"]), target(5.5))
    row = at(got, "target_distance", "2025Q4")
    assert row is not None
    # 75 / 2000 = 3.75%; Wilson at the size that rounding leaves, each minus 5.5
    assert (row["value"], row["base"], row["as_of"]) == (-1.8, 2000.0, "2025Q4")
    assert (row["lower"], row["upper"]) == (-2.5, -0.8)
    assert at(got, "share_pace", "2025Q4") is None


def test_pace_and_year_of_a_steady_rise_by_hand() -> None:
    """From 40 to 75 of 2000 in 21 months: 0.25 point a quarter is 1 point a year."""
    got = figures(counts(RISING, QUARTERS[-8:], 20000), target(0.8))
    pace = at(got, "share_pace", "2025Q4")
    assert pace is not None
    assert pace["value"] == 0.1  # of 20,000: a tenth
    assert 0 < pace["lower"] < 0.1 < pace["upper"]  # type: ignore[operator]
    year = at(got, "target_year", "2025Q4")
    assert year is not None
    # 0.375% and 0.1 a year: 0.425 further is 4.2 years after the end of 2025
    assert year["value"] == 2030
    assert 2026 < year["lower"] <= 2030 <= year["upper"]  # type: ignore[operator]


def test_a_pace_inside_its_interval_gives_no_year() -> None:
    got = figures(counts([45.0, 50.0, 45.0, 50.0, 45.0, 50.0, 45.0, 50.0], QUARTERS[-8:]), target())
    pace = at(got, "share_pace", "2025Q4")
    assert pace is not None
    assert pace["lower"] < 0 < pace["upper"]  # type: ignore[operator]
    assert at(got, "target_year", "2025Q4") is None


def test_a_year_beyond_the_horizon_is_not_told() -> None:
    cells = counts([400.0 + 10 * step for step in range(8)], QUARTERS[-8:], 200000)
    # 0.02 point a year
    near, far = (figures(cells, target(0.235 + 0.02 * years)) for years in (40, HORIZON + 10))
    assert at(near, "target_year", "2025Q4") is not None
    assert at(far, "target_year", "2025Q4") is None


@pytest.mark.parametrize(("dates", "there"), [(FEWEST - 1, False), (FEWEST, True)])
def test_fewer_numbers_give_no_pace(dates: int, there: bool) -> None:
    got = figures(counts(RISING[:dates], QUARTERS[-dates:]), target())
    assert (at(got, "share_pace", "2025Q4") is not None) == there


def test_only_the_last_eight_dates_count() -> None:
    fast: list[float | None] = [500.0, 400.0, 300.0, 200.0]
    long, short = (
        figures(counts(values, QUARTERS[-len(values) :]), target())
        for values in ([*fast, *RISING], RISING)
    )
    assert at(long, "share_pace", "2025Q4") == at(short, "share_pace", "2025Q4")
    nine = figures(counts([30.0, *RISING], QUARTERS[-9:]), target())
    assert at(nine, "share_pace", "2025Q4") == at(short, "share_pace", "2025Q4")


def test_a_repeated_number_counts_once() -> None:
    """The sixth date repeats the fifth: it is as if it were not there."""
    values = list(RISING)
    values[5] = values[4]
    repeated = counts(values, QUARTERS[-8:], repeated={QUARTERS[-3]: QUARTERS[-4]})
    without = repeated.filter(pl.col("period") != QUARTERS[-3])
    got, known = figures(repeated, target()), _known(target())
    other = derive(without, dimensions(QUARTERS[-8:]), metric_frame(), references=known)
    assert at(got, "share_pace", "2025Q4") == at(other, "share_pace", "2025Q4")


def test_repeats_leave_too_few_and_are_told_as_not_refreshed() -> None:
    old = dict.fromkeys(QUARTERS[-7:-3], QUARTERS[-8])
    got = figures(counts([40.0] * 5 + RISING[5:], QUARTERS[-8:], repeated=old), target())
    pace = at(got, "share_pace", "2025Q4")
    assert pace is not None
    assert (pace["status"], pace["value"], pace["base"]) == ("not_refreshed", None, None)


def test_a_repeated_share_keeps_its_date_and_the_pace_of_what_is_known() -> None:
    values = [*RISING[:7], RISING[6]]
    got = figures(counts(values, QUARTERS[-8:], repeated={"2025Q4": "2025Q3"}), target())
    distance, pace = at(got, "target_distance", "2025Q4"), at(got, "share_pace", "2025Q4")
    assert distance is not None
    assert pace is not None
    assert (distance["as_of"], pace["as_of"]) == ("2025Q3", "2025Q3")


def test_hidden_shares_hide_what_is_made_of_them() -> None:
    hidden = figures(counts([*RISING[:7], None], QUARTERS[-8:]), target())
    for metric in MADE[:3]:
        row = at(hidden, metric, "2025Q4")
        assert row is not None
        assert (row["status"], row["value"]) == ("suppressed", None)
    few = figures(counts([None] * 4 + RISING[4:], QUARTERS[-8:]), target())
    row = at(few, "share_pace", "2025Q4")
    assert row is not None
    assert (row["status"], row["value"], row["base"]) == ("suppressed", None, None)


def test_years_of_a_yearly_organisation() -> None:
    codes = [str(year) for year in range(2020, 2026)]
    got = figures(
        counts([400.0 + 50 * s for s in range(6)], codes, 20000), target(4.5), kind="year"
    )
    pace = at(got, "share_pace", "2025")
    assert pace is not None
    assert pace["value"] == pytest.approx(0.25, abs=0.005)  # 50 of 20,000 a year


def test_no_target_no_figure() -> None:
    got = figures(counts(RISING, QUARTERS[-8:]), target(None, status="none"))
    assert got.is_empty()


def test_the_index_is_the_share_by_the_newest_benchmark() -> None:
    market = target(18.4, 2024, kind="benchmark", metric="inflow_share")
    older = target(9.2, 2020, kind="benchmark", metric="inflow_share")
    got = figures(counts([184.0], ["2025Q4"]), market, older)
    row = at(got, "representation_index", "2025Q4")
    assert row is not None
    assert row["value"] == 0.5  # 9.2% / 18.4%
    assert row["lower"] == pytest.approx(0.43, abs=0.011)
    assert row["upper"] == pytest.approx(0.57, abs=0.011)
    assert not math.isnan(row["lower"])  # type: ignore[arg-type]
