"""A change in a share in, what each leg did to it out; expected figures computed by hand."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.metrics.decomposition import decompose
from tests.spec.test_derive import at, cells, figures, one, run


def test_the_vector_of_the_metrics_page() -> None:
    legs = {"inflow": (1.0, (18.0, 120.0)), "exit": (-1.0, (10.0, 80.0))}
    got = decompose((100, 1000), (108, 1040), legs)
    assert got["inflow"] == pytest.approx(0.005769, abs=5e-7)  # (18 - 0.1 x 120) / 1040
    assert got["exit"] == pytest.approx(-0.001923, abs=5e-7)  # -(10 - 0.1 x 80) / 1040
    assert got["total"] == pytest.approx(0.003846, abs=5e-7)  # 0.103846 - 0.1
    assert got["other"] == pytest.approx(0, abs=1e-12)


LEGS = ("inflow", "promoted_in", "reclassified_in", "declared_in")
TAKEN = ("exit", "promoted_out", "reclassified_out", "declared_out")


@st.composite
def _pair(draw: st.DrawFn, most: int) -> tuple[int, int]:
    whole = draw(st.integers(0, most))
    return draw(st.integers(0, whole)), whole


@given(st.data())
def test_true_counts_of_all_legs_leave_nothing(data: st.DataObject) -> None:
    whole = data.draw(st.integers(1, 50_000))
    group = data.draw(st.integers(0, whole))
    start, left = (group, whole), [group, whole - group]
    legs: dict[str, tuple[float, tuple[float, float]]] = {}
    for name in TAKEN:  # nobody leaves who was not there
        ours, others = (data.draw(st.integers(0, each)) for each in left)
        left = [left[0] - ours, left[1] - others]
        legs[name] = (-1.0, (ours, ours + others))
    for name in LEGS:
        ours, all_of_them = data.draw(_pair(20_000))
        left = [left[0] + ours, left[1] + all_of_them - ours]
        legs[name] = (1.0, (ours, all_of_them))
    if not sum(left):
        return
    got = decompose(start, (left[0], sum(left)), legs)
    assert got["other"] == pytest.approx(0, abs=1e-9)
    assert sum(got[name] for name in legs) == pytest.approx(got["total"], abs=1e-9)


YEAR = """
    metric    | period | period_kind | scale_group | attribute | category | status    | value
    headcount | 2024Q4 | quarter     | all         |           |          | published | 1100
    headcount | 2024Q4 | quarter     | all         | origin    | known    | published | 1000
    headcount | 2024Q4 | quarter     | all         | origin    | yes      | published | 100
    headcount | 2025Q4 | quarter     | all         |           |          | published | 1150
    headcount | 2025Q4 | quarter     | all         | origin    | known    | published | 1040
    headcount | 2025Q4 | quarter     | all         | origin    | yes      | published | 108
    inflow    | 2025   | year        | all         |           |          | published | 140
    inflow    | 2025   | year        | all         | origin    | known    | published | 120
    inflow    | 2025   | year        | all         | origin    | yes      | published | 18
    exit      | 2025   | year        | all         |           |          | published | 90
    exit      | 2025   | year        | all         | origin    | known    | published | 80
    exit      | 2025   | year        | all         | origin    | yes      | published | 10
"""
NOTHING = (None, None, None, None)


def terms(frame: pl.DataFrame, **key: str) -> dict[str, float | None]:
    """Term -> points."""
    found = frame.filter(pl.col("metric").str.starts_with("change_"))
    found = found.filter(pl.all_horizontal(pl.lit(True), *(pl.col(k) == v for k, v in key.items())))
    return {
        name.removeprefix("change_"): value
        for name, value in found.select("metric", "value").iter_rows()
    }


def status(frame: pl.DataFrame) -> dict[str, str]:
    """Term -> status."""
    found = frame.filter(pl.col("metric").str.starts_with("change_"))
    return {
        name.removeprefix("change_"): said
        for name, said in found.select("metric", "status").iter_rows()
    }


def test_the_terms_of_a_year_add_up_to_the_difference_of_the_published_shares() -> None:
    got = run(YEAR)
    # 0.577, -0.192 and 10.385 - 10.0, in tenths
    assert terms(got) == {"inflow": 0.6, "exit": -0.2, "other": 0.0, "total": 0.4}
    row = one(got, metric="change_inflow")
    assert (row["period"], row["period_kind"], row["category"]) == ("2025", "year", "yes")
    assert (row["as_of"], row["base"]) == ("2025", 1000.0)
    assert one(got, metric="share", period="2025Q4")["value"] == 10.4
    assert one(got, metric="share", period="2024Q4")["value"] == 10.0


def test_the_intervals_are_those_of_the_difference_of_two_shares() -> None:
    """Wilson with an effective size, square-and-add, times 120/1040; computed on paper.

    Inflow: p .15, variance .15 x .85 / 120 + (4 + .0225 x 4) / 14400 gives n 94.688 and
    [.09183, .23546]; start: p .1, variance .09 / 1000 + 4.04 / 1e6 gives n 957.04 and
    [.08256, .12063]; the difference .05 is [-.01172, .13722].
    """
    row = one(run(YEAR), metric="change_inflow")
    assert (row["lower"], row["upper"]) == (-0.1, 1.6)  # -.135, 1.583
    total = one(run(YEAR), metric="change_total")
    assert total["lower"] < 0 < total["upper"]
    other = one(run(YEAR), metric="change_other")
    assert (other["lower"], other["upper"]) == (None, None)


@pytest.mark.parametrize("category", ["yes", "known"])
def test_a_hidden_leg_goes_into_the_rest(category: str) -> None:
    shown = {"yes": "18", "known": "120"}[category]
    hidden = YEAR.replace(
        f"{category:<8} | published | {shown}\n", f"{category:<8} | suppressed | -\n"
    )
    got = run(hidden)
    assert status(got)["inflow"] == "suppressed"
    row = one(got, metric="change_inflow")
    assert tuple(row[name] for name in ("value", "lower", "upper", "base")) == NOTHING
    assert terms(got) == {"inflow": None, "exit": -0.2, "other": 0.6, "total": 0.4}


def test_an_unplanned_leg_does_not_exist_and_goes_into_the_rest() -> None:
    without = "\n".join(line for line in YEAR.splitlines() if "exit " not in line)
    assert terms(run(without)) == {"inflow": 0.6, "other": -0.2, "total": 0.4}


@pytest.mark.parametrize("count", ["1000", "100", "108"])
def test_a_hidden_stock_hides_every_term(count: str) -> None:
    got = run(YEAR.replace(f"published | {count}\n", "suppressed | -\n"))
    assert set(status(got).values()) == {"suppressed"}
    assert set(terms(got).values()) == {None}


@pytest.mark.parametrize("date", ["2024Q4", "2025Q4"])
def test_a_stock_of_another_date_refreshes_no_term(date: str) -> None:
    got = figures(at(cells(YEAR), "2023Q4", metric="headcount", period=date, attribute="origin"))
    assert set(status(got).values()) == {"not_refreshed"}
    assert set(terms(got).values()) == {None}


def test_hidden_goes_before_not_refreshed() -> None:
    hidden = cells(YEAR.replace("yes      | published | 18", "yes      | suppressed | -"))
    got = figures(at(hidden, "2023Q4", metric="headcount", period="2025Q4", attribute="origin"))
    assert status(got)["inflow"] == "suppressed"
    assert status(got)["exit"] == "not_refreshed"


def test_below_a_base_of_a_thousand_points_are_whole() -> None:
    small = YEAR.replace("published | 1000", "published | 995")
    # shares 10.05 -> 10 and 10.38 -> 10, written alike; 18 - 12.06, 10 - 8.04 over 1040
    assert terms(run(small)) == {"inflow": 1.0, "exit": 0.0, "other": -1.0, "total": 0.0}


def test_an_attribute_that_all_have_is_compared_with_everybody() -> None:
    drawing = YEAR.replace("origin    | yes", "gender    | yes")
    drawing = "\n".join(line for line in drawing.splitlines() if "known" not in line)
    got = run(drawing)
    # shares 100/1100 = 9.1 and 108/1150 = 9.4; (18 - 140/11)/1150 = .4585%, -(10 - 90/11)/1150
    assert terms(got) == {"inflow": 0.5, "exit": -0.2, "other": 0.0, "total": 0.3}


BLOCK = """
    metric    | period    | period_kind | scale_group | attribute | category | status    | value
    headcount | 2023Q4    | quarter     | <=13        |           |          | published | 2000
    headcount | 2023Q4    | quarter     | <=13        | gender    | yes      | published | 800
    headcount | 2025Q4    | quarter     | <=13        |           |          | published | 2000
    headcount | 2025Q4    | quarter     | <=13        | gender    | yes      | published | 900
    headcount | 2023Q4    | quarter     | >=14        |           |          | published | 1000
    headcount | 2023Q4    | quarter     | >=14        | gender    | yes      | published | 300
    headcount | 2025Q4    | quarter     | >=14        |           |          | published | 1000
    headcount | 2025Q4    | quarter     | >=14        | gender    | yes      | published | 350
    inflow    | 2024      | year        | <=13        |           |          | published | 200
    inflow    | 2024      | year        | <=13        | gender    | yes      | published | 100
    inflow    | 2025      | year        | <=13        |           |          | published | 200
    inflow    | 2025      | year        | <=13        | gender    | yes      | published | 120
    crossing  | 2024-2025 | block       | all         |           |          | published | 100
    crossing  | 2024-2025 | block       | all         | gender    | yes      | published | 50
    crossing  | 2024-2025 | block       | <=13        |           |          | published | 100
    crossing  | 2024-2025 | block       | <=13        | gender    | yes      | published | 50
"""


def test_a_block_sums_its_years_and_a_crossing_leaves_one_band_for_the_other() -> None:
    got = run(BLOCK)
    # share .4 -> .45; inflow (220 - .4 x 400)/2000 = 3.0; crossing -(50 - 40)/2000 = -0.5
    low = {"inflow": 3.0, "promotion": -0.5, "other": 2.5, "total": 5.0}
    assert terms(got, scale_group="<=13") == low
    # share .3 -> .35; crossing (50 - .3 x 100)/1000 = 2.0; inflow from scale 14 is not planned
    assert terms(got, scale_group=">=14") == {"promotion": 2.0, "other": 3.0, "total": 5.0}
    assert set(got.filter(pl.col("metric") == "change_total")["period_kind"]) == {"block"}


def test_a_hidden_year_hides_the_sum_of_the_block() -> None:
    got = run(BLOCK.replace("yes      | published | 120", "yes      | suppressed | -"))
    low = terms(got, scale_group="<=13")
    assert low == {"inflow": None, "promotion": -0.5, "other": 5.5, "total": 5.0}


def test_a_block_without_one_of_its_years_has_no_sum() -> None:
    without = "\n".join(line for line in BLOCK.splitlines() if "inflow    | 2025" not in line)
    low = terms(run(without), scale_group="<=13")
    assert low == {"promotion": -0.5, "other": 5.5, "total": 5.0}


def test_without_crossings_the_bands_are_not_taken_apart() -> None:
    without = "\n".join(line for line in BLOCK.splitlines() if "crossing" not in line)
    assert terms(run(without)) == {}


def test_quarters_are_not_taken_apart() -> None:
    drawing = YEAR.replace("2025   | year   ", "2025Q4 | quarter")
    assert terms(run(drawing)) == {}
