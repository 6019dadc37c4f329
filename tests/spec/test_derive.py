"""Protected counts in, shares, rates and comparisons out; expected figures computed by hand."""

from __future__ import annotations

import polars as pl
import pytest

from etl.metrics.cells import CELLS
from etl.metrics.derive import derive
from etl.metrics.registry import metric_frame
from tests.spec.tables import table

DIMENSIONS = table(
    """
    dimension   | partition | code      | parent | level | valid_from | valid_to   | label_nl | label_en | rounding
    unit        | tree      | MIN       |        | 1     | -          | -          | M        | M        | exact
    scale_group | main      | <=13      |        | -     | -          | -          | laag     | low      | exact
    scale_group | main      | >=14      |        | -     | -          | -          | hoog     | high     | exact
    period      | quarter   | 2023Q4    |        | -     | 2023-10-01 | 2023-12-31 | x        | x        | exact
    period      | quarter   | 2024Q4    |        | -     | 2024-10-01 | 2024-12-31 | x        | x        | exact
    period      | quarter   | 2025Q4    |        | -     | 2025-10-01 | 2025-12-31 | x        | x        | exact
    period      | year      | 2024      |        | -     | 2024-01-01 | 2024-12-31 | x        | x        | exact
    period      | year      | 2025      |        | -     | 2025-01-01 | 2025-12-31 | x        | x        | exact
    period      | block     | 2024-2025 |        | -     | 2024-01-01 | 2025-12-31 | x        | x        | exact
    origin      | known     | unknown   |        | -     | -          | -          | x        | x        | own
    origin      | known     | known     |        | -     | -          | -          | x        | x        | complement
    origin      | binary    | yes       | known  | -     | -          | -          | x        | x        | own
    origin      | binary    | no        | known  | -     | -          | -          | x        | x        | complement
    gender      | binary    | yes       |        | -     | -          | -          | x        | x        | own
    gender      | binary    | no        |        | -     | -          | -          | x        | x        | complement
    """,
    level=pl.Int64,
    valid_from=pl.Date,
    valid_to=pl.Date,
)


def cells(drawing: str) -> pl.DataFrame:
    """Count cells of one unit from a drawing of what differs; ``base`` is everybody of its row."""
    drawn = table(drawing, value=pl.Float64)
    if "base" in drawn.columns:
        drawn = drawn.with_columns(pl.col("base").cast(pl.Float64))
    whole = pl.col("value").filter(pl.col("attribute") == "").first()
    at = ["metric", "period", "scale_group"]
    made = {"as_of": pl.col("period"), "base": whole.over(at)}
    extra = {"attribute2": "", "category2": "", "unit": "MIN"}
    return drawn.with_columns(
        *(pl.lit(v).alias(k) for k, v in extra.items() if k not in drawn.columns),
        unit_level=pl.lit(1, dtype=pl.Int64),
        **{name: expr for name, expr in made.items() if name not in drawn.columns},
        lower=pl.lit(None, dtype=pl.Float64),
        upper=pl.lit(None, dtype=pl.Float64),
    ).select(CELLS)


def at(frame: pl.DataFrame, date: str, base: float | None = None, **key: str) -> pl.DataFrame:
    """The cells with some of them repeated from an earlier date, with the base of that date."""
    there = pl.all_horizontal(pl.col(k) == v for k, v in key.items())
    assert frame.filter(there).height
    return frame.with_columns(
        as_of=pl.when(there).then(pl.lit(date)).otherwise("as_of"),
        base=pl.when(there).then(pl.lit(base)).otherwise("base") if base else pl.col("base"),
    )


def figures(counts: pl.DataFrame) -> pl.DataFrame:
    return derive(counts, DIMENSIONS, metric_frame())


def run(drawing: str) -> pl.DataFrame:
    return derive(cells(drawing), DIMENSIONS, metric_frame())


def one(frame: pl.DataFrame, **key: str) -> dict[str, object]:
    found = frame.filter(pl.all_horizontal(pl.col(k) == v for k, v in key.items()))
    assert found.height == 1, found
    return found.row(0, named=True)


STOCK = """
    metric    | period | period_kind | scale_group | attribute | category | status    | value
    headcount | 2025Q4 | quarter     | <=13        |           |          | published | 10500
    headcount | 2025Q4 | quarter     | <=13        | origin    | unknown  | published | 900
    headcount | 2025Q4 | quarter     | <=13        | origin    | known    | published | 9600
    headcount | 2025Q4 | quarter     | <=13        | origin    | yes      | published | 1055
    headcount | 2025Q4 | quarter     | <=13        | origin    | no       | published | 8545
    headcount | 2025Q4 | quarter     | >=14        |           |          | published | 1500
    headcount | 2025Q4 | quarter     | >=14        | origin    | unknown  | published | 120
    headcount | 2025Q4 | quarter     | >=14        | origin    | known    | published | 1380
    headcount | 2025Q4 | quarter     | >=14        | origin    | yes      | published | 45
    headcount | 2025Q4 | quarter     | >=14        | origin    | no       | published | 1335
"""


def test_shares_coverage_gap_and_ratio() -> None:
    got = run(STOCK)
    low = one(got, metric="share", scale_group="<=13", category="yes")
    assert (low["value"], low["base"]) == (11.0, 9600.0)  # 1055/9600 = 10.99%
    high = one(got, metric="share", scale_group=">=14", category="yes")
    assert (high["value"], high["base"]) == (3.3, 1380.0)  # 45/1380 = 3.26%
    assert one(got, metric="coverage", scale_group="<=13")["value"] == 91.4  # 9600/10500
    assert one(got, metric="gap")["value"] == -7.7  # 3.2609 - 10.9896
    assert one(got, metric="ratio")["value"] == 0.30  # 0.2967
    assert low["lower"] < 11.0 < low["upper"]


def test_a_hidden_unknown_makes_the_head_count_the_base() -> None:
    hidden = STOCK.replace(
        ">=14        | origin    | unknown  | published | 120",
        ">=14        | origin    | unknown  | suppressed | -",
    )
    hidden = hidden.replace(
        ">=14        | origin    | known    | published | 1380",
        ">=14        | origin    | known    | suppressed | -",
    )
    got = run(hidden)
    high = one(got, metric="share", scale_group=">=14", category="yes")
    assert (high["value"], high["base"]) == (3.0, 1500.0)
    assert one(got, metric="coverage", scale_group=">=14")["status"] == "suppressed"
    assert one(got, metric="gap")["value"] == -8.0  # 3.0 - 10.9896


def test_a_hidden_group_hides_its_share_and_the_gap() -> None:
    got = run(
        STOCK.replace(
            ">=14        | origin    | yes      | published | 45",
            ">=14        | origin    | yes      | suppressed | -",
        )
    )
    for metric in ("gap", "ratio"):
        row = one(got, metric=metric)
        assert (row["status"], row["value"], row["lower"], row["upper"], row["base"]) == (
            "suppressed",
            None,
            None,
            None,
            None,
        )


@pytest.mark.parametrize(("known", "expected"), [("995", 10.0), ("1000", 10.0), ("1005", 10.4)])
def test_percentages_are_whole_below_a_base_of_a_thousand(known: str, expected: float) -> None:
    got = run(
        f"""
        metric    | period | period_kind | scale_group | attribute | category | status    | value
        headcount | 2025Q4 | quarter     | all         |           |          | published | 1500
        headcount | 2025Q4 | quarter     | all         | origin    | known    | published | {known}
        headcount | 2025Q4 | quarter     | all         | origin    | yes      | published | {"105" if known == "1005" else "100"}
        """
    )
    assert one(got, metric="share")["value"] == expected


FLOW = """
    metric    | period    | period_kind | scale_group | attribute | category | status    | value
    headcount | 2023Q4    | quarter     | all         |           |          | published | 1000
    headcount | 2024Q4    | quarter     | all         |           |          | published | 2000
    headcount | 2025Q4    | quarter     | all         |           |          | published | 4000
    headcount | 2023Q4    | quarter     | all         | gender    | yes      | published | 500
    headcount | 2024Q4    | quarter     | all         | gender    | yes      | published | 1000
    headcount | 2025Q4    | quarter     | all         | gender    | yes      | published | 2000
    headcount | 2023Q4    | quarter     | all         | gender    | no       | published | 500
    headcount | 2024Q4    | quarter     | all         | gender    | no       | published | 1000
    headcount | 2025Q4    | quarter     | all         | gender    | no       | published | 2000
    promotion | 2025      | year        | all         |           |          | published | 240
    promotion | 2025      | year        | all         | gender    | yes      | published | 80
    promotion | 2025      | year        | all         | gender    | no       | published | 160
    exit      | 2024-2025 | block       | all         |           |          | published | 450
    exit      | 2024-2025 | block       | all         | gender    | yes      | published | 300
    exit      | 2024-2025 | block       | all         | gender    | no       | published | 150
    exit      | 2025      | year        | all         |           |          | published | 300
"""


def test_rates_take_their_stock_when_they_say() -> None:
    got = run(FLOW)
    # promotions of 2025 over the headcount at its start, 31-12-2024
    assert one(got, metric="promotion_rate", attribute="")["value"] == 12.0  # 240 / 2000
    assert one(got, metric="promotion_rate", category="yes")["value"] == 8.0  # 80 / 1000
    # exits of 2025 over the mean of 2000 and 4000
    assert one(got, metric="exit_rate", period="2025")["value"] == 10.0
    # exits of the block over (1000+2000)/2 + (2000+4000)/2 person-years
    row = one(got, metric="exit_rate", period="2024-2025", attribute="")
    assert (row["value"], row["base"]) == (10.0, 4500.0)


YEARS = """
    promotion | 2024      | year        | all         |           |          | published | 60
    promotion | 2024      | year        | all         | gender    | yes      | published | 20
    promotion | 2024      | year        | all         | gender    | no       | published | 40
    promotion | 2024-2025 | block       | <=13        |           |          | published | 5
"""


def test_where_years_are_counted_a_block_is_their_sum() -> None:
    """The men and women of 2024 and 2025; exits of the block are counted by themselves."""
    years = FLOW.rstrip() + YEARS
    rate = {"metric": "promotion_rate", "period": "2024-2025", "scale_group": "all"}
    row = one(run(years), **rate, category="yes")
    # (20 + 80) over the stocks at the start of both years, 500 + 1000
    assert (row["value"], row["base"]) == (6.7, 1500.0)
    parity = {"metric": "promotion_parity", "period": "2024-2025"}
    assert one(run(years), **parity)["value"] == 0.5
    hidden = years.replace(
        "2024      | year        | all         | gender    | yes      | published | 20",
        "2024      | year        | all         | gender    | yes      | suppressed | -",
    )
    assert one(run(hidden), **parity)["status"] == "suppressed"


def test_a_year_that_is_not_counted_leaves_the_block_without_a_sum() -> None:
    """Only 2025 is counted; and of exits, the block that is counted stands as it is."""
    got = run(FLOW)
    assert got.filter(metric="promotion_rate", period="2024-2025").is_empty()
    assert one(got, metric="exit_rate", period="2024-2025", category="yes")["value"] == 13.3


def test_parity_and_flow_shares() -> None:
    got = run(FLOW)
    parity = one(got, metric="promotion_parity")
    assert parity["value"] == 0.5
    assert parity["lower"] < 0.5 < parity["upper"] < 1
    assert one(got, metric="exit_parity")["value"] == 2.0
    assert one(got, metric="promotion_share")["value"] == 33.0  # 80 / 240, below a base of 1000
    assert got.filter(pl.col("category") == "rest").height == 0


def test_parity_against_everybody_else_where_the_known_others_are_hidden() -> None:
    drawing = FLOW.replace(
        "gender    | no       | published | 160", "gender    | no       | suppressed | -"
    )
    parity = one(run(drawing), metric="promotion_parity")
    # the others: (240 - 80) / (2000 - 1000); both counts are shown, so is their difference
    assert (parity["status"], parity["value"]) == ("published", 0.5)


def test_a_rate_without_its_stock_does_not_exist() -> None:
    got = run(FLOW.replace("headcount | 2024Q4", "fte       | 2024Q4"))
    assert got.filter(pl.col("metric") == "promotion_rate").height == 0
    assert (
        got.filter((pl.col("metric") == "exit_rate") & (pl.col("period_kind") == "block")).height
        == 0
    )


def test_two_way_cells_are_shares_of_their_margin() -> None:
    frame = cells(STOCK)
    margin = frame.filter((pl.col("attribute") == "") & (pl.col("scale_group") == "<=13"))
    women = margin.with_columns(
        attribute=pl.lit("gender"), category=pl.lit("yes"), value=pl.lit(5000.0)
    )
    both = women.with_columns(
        attribute=pl.lit("origin"),
        category=pl.lit("yes"),
        attribute2=pl.lit("gender"),
        category2=pl.lit("yes"),
        value=pl.lit(600.0),
    )
    got = derive(pl.concat([frame, women, both]), DIMENSIONS, metric_frame())
    row = one(got, metric="share", attribute2="gender", category="yes")
    assert (row["value"], row["base"]) == (12.0, 5000.0)


def test_a_year_with_a_hidden_quarter_end_is_hidden() -> None:
    drawing = FLOW.replace(
        "headcount | 2024Q4    | quarter     | all         | gender    | yes      | published | 1000",
        "headcount | 2024Q4    | quarter     | all         | gender    | yes      | suppressed | -",
    )
    row = one(run(drawing), metric="promotion_rate", category="yes")
    assert (row["status"], row["value"]) == ("suppressed", None)


def test_crossing_is_a_chance_of_the_lowest_scale_group_only() -> None:
    got = run(
        """
        metric    | period | period_kind | scale_group | attribute | category | status    | value
        headcount | 2024Q4 | quarter     | all         |           |          | published | 4000
        headcount | 2024Q4 | quarter     | <=13        |           |          | published | 2000
        crossing  | 2025   | year        | all         |           |          | published | 40
        crossing  | 2025   | year        | <=13        |           |          | published | 40
        """
    )
    row = one(got, metric="crossing_rate")
    assert (row["scale_group"], row["value"], row["base"]) == ("<=13", 2.0, 2000.0)


NOTHING = (None, None, None, None)


def numbers(row: dict[str, object]) -> tuple[object, ...]:
    return tuple(row[name] for name in ("value", "lower", "upper", "base"))


def test_a_share_of_repeated_counts_is_as_old_as_they_are() -> None:
    got = figures(at(cells(STOCK), "2024Q4", scale_group=">=14", attribute="origin"))
    row = one(got, metric="share", scale_group=">=14", category="yes")
    assert (row["status"], row["period"], row["as_of"]) == ("published", "2025Q4", "2024Q4")
    assert (row["value"], row["base"]) == (3.3, 1380.0)  # 45 of the known 1380, both of 2024Q4
    other = one(got, metric="share", scale_group="<=13", category="yes")
    assert (other["as_of"], other["value"]) == ("2025Q4", 11.0)


def test_a_share_of_two_dates_is_not_refreshed() -> None:
    got = figures(at(cells(STOCK), "2024Q4", scale_group=">=14", category="yes"))
    row = one(got, metric="share", scale_group=">=14", category="yes")
    assert (row["status"], row["as_of"]) == ("not_refreshed", "2025Q4")
    assert numbers(row) == NOTHING


def test_a_repeated_share_of_all_employees_divides_by_those_of_its_own_date() -> None:
    hidden = STOCK.replace("published | 120", "suppressed | -")
    hidden = hidden.replace("published | 1380", "suppressed | -")
    # now 1500 in service; the repeated 45 were counted among 900
    got = figures(at(cells(hidden), "2024Q4", 900.0, scale_group=">=14", attribute="origin"))
    row = one(got, metric="share", scale_group=">=14", category="yes")
    assert (row["value"], row["base"], row["as_of"]) == (5.0, 900.0, "2024Q4")


def test_coverage_divides_by_the_head_count_of_its_own_date() -> None:
    got = figures(at(cells(STOCK), "2024Q4", 1400.0, scale_group=">=14", attribute="origin"))
    row = one(got, metric="coverage", scale_group=">=14")
    assert (row["value"], row["base"], row["as_of"]) == (98.6, 1400.0, "2024Q4")  # 1380/1400


@pytest.mark.parametrize("metric", ["gap", "ratio"])
def test_a_gap_needs_both_scale_groups_of_one_date(metric: str) -> None:
    high = at(cells(STOCK), "2024Q4", scale_group=">=14", attribute="origin")
    row = one(figures(high), metric=metric)
    assert (row["status"], row["as_of"]) == ("not_refreshed", "2025Q4")
    assert numbers(row) == NOTHING
    both = one(figures(at(high, "2024Q4", scale_group="<=13", attribute="origin")), metric=metric)
    assert (both["status"], both["as_of"]) == ("published", "2024Q4")
    assert both["value"] == {"gap": -7.7, "ratio": 0.30}[metric]


def test_hidden_goes_before_not_refreshed() -> None:
    hidden = cells(STOCK.replace("published | 45", "suppressed | -"))
    row = one(figures(at(hidden, "2024Q4", scale_group="<=13", attribute="origin")), metric="gap")
    assert row["status"] == "suppressed"
    only = at(hidden, "2024Q4", scale_group=">=14", category="known")
    assert one(figures(only), metric="share", scale_group=">=14")["status"] == "suppressed"


@pytest.mark.parametrize(
    ("repeated", "start", "mean"),
    [
        ("2023Q4", "published", "not_refreshed"),  # the start of 2024, half of the mean only
        ("2024Q4", "not_refreshed", "not_refreshed"),  # the start of 2025
        ("2025Q4", "published", "not_refreshed"),  # the end of 2025
    ],
)
def test_a_rate_needs_its_stocks_at_exactly_its_dates(repeated: str, start: str, mean: str) -> None:
    older = at(cells(FLOW), "2023Q3", metric="headcount", period=repeated, attribute="gender")
    got = figures(older)
    promotion = one(got, metric="promotion_rate", period="2025", category="yes")
    assert (promotion["status"], promotion["as_of"]) == (start, "2025")
    assert promotion["value"] == (8.0 if start == "published" else None)
    leaving = one(got, metric="exit_rate", period="2024-2025", category="yes")
    assert (leaving["status"], leaving["as_of"]) == (mean, "2024-2025")
    assert leaving["value"] is None
    everybody = one(got, metric="exit_rate", period="2024-2025", attribute="")
    assert (everybody["status"], everybody["value"]) == ("published", 10.0)


def test_a_parity_of_a_rate_that_is_not_refreshed_is_not_either() -> None:
    older = at(cells(FLOW), "2023Q4", metric="headcount", period="2024Q4", attribute="gender")
    row = one(figures(older), metric="promotion_parity")
    assert (row["status"], numbers(row)) == ("not_refreshed", NOTHING)
    # one of the two groups is enough, and the others do not become everybody else
    half = at(cells(FLOW), "2023Q4", metric="headcount", period="2024Q4", category="no")
    assert one(figures(half), metric="promotion_parity")["status"] == "not_refreshed"


def test_flow_shares_have_their_own_period() -> None:
    older = at(cells(FLOW), "2023Q4", metric="headcount", period="2024Q4", attribute="gender")
    row = one(figures(older), metric="promotion_share")
    assert (row["status"], row["as_of"], row["value"]) == ("published", "2025", 33.0)


def test_the_same_counts_give_the_same_bytes_whatever_their_order_and_file() -> None:
    counts = at(cells(STOCK), "2024Q4", 1400.0, scale_group=">=14", attribute="origin")
    counts = pl.concat([counts, at(cells(FLOW), "2023Q4", period="2024Q4", attribute="gender")])
    made = figures(counts)
    assert {"published", "not_refreshed"} <= set(made["status"])
    empty_is_text = pl.col(pl.String).fill_null("")
    read = pl.read_csv(counts.reverse().write_csv().encode(), schema=counts.schema)
    assert figures(read.with_columns(empty_is_text)).write_csv() == made.write_csv()


def test_two_way_cells_need_a_margin_of_their_own_date() -> None:
    drawing = """
        metric    | period | period_kind | scale_group | attribute | category | attribute2 | category2 | status    | value
        headcount | 2025Q4 | quarter     | all         |           |          |            |           | published | 9000
        headcount | 2025Q4 | quarter     | all         | gender    | yes      |            |           | published | 5000
        headcount | 2025Q4 | quarter     | all         | origin    | yes      | gender     | yes       | published | 600
    """
    crossed = {"metric": "share", "attribute2": "gender", "category": "yes"}
    assert one(figures(cells(drawing)), **crossed)["value"] == 12.0
    older = at(cells(drawing), "2024Q4", attribute="gender")
    assert one(figures(older), **crossed)["status"] == "not_refreshed"
    both = at(older, "2024Q4", attribute2="gender")
    row = one(figures(both), **crossed)
    assert (row["value"], row["as_of"]) == (12.0, "2024Q4")
