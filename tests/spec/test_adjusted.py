"""Promotion within finer scale bands, from protected counts; expected figures computed by hand."""

from __future__ import annotations

import polars as pl
import pytest

from etl.metrics.derive import derive
from etl.metrics.registry import metric_frame
from etl.privacy.policy import Policy
from tests.spec.tables import table
from tests.spec.test_derive import DIMENSIONS, at, cells, numbers, one

BANDS = table(
    """
    dimension   | partition | code  | parent | level | valid_from | valid_to | label_nl | label_en | rounding
    scale_group | fine      | 6-9   |        | -     | -          | -        | x        | x        | exact
    scale_group | fine      | 10-11 |        | -     | -          | -        | x        | x        | exact
    scale_group | fine      | 12-13 |        | -     | -          | -        | x        | x        | exact
    """,
    level=pl.Int64,
    valid_from=pl.Date,
    valid_to=pl.Date,
)
CODES = pl.concat([DIMENSIONS, BANDS])
SUPPRESSED = "-"
Place = tuple[object, object, object, object, int, int]
"""Events and people of the group, events and people of the others, events and people of everybody."""

LOW: Place = (8, 100, 40, 400, 50, 540)
MIDDLE: Place = (1, 30, 30, 600, 33, 650)
VECTOR = {"6-9": LOW, "10-11": MIDDLE, "all": (9, 130, 70, 1000, 83, 1190)}
"""The strata of metrics.md, with some people of whom the origin is not known."""


def drawn(places: dict[str, Place]) -> pl.DataFrame:
    """Promotions of 2025 and the people at its start, for each scale group."""
    lines = ["metric | period | period_kind | scale_group | attribute | category | status | value"]
    for band, (a, n1, c, n0, events, people) in places.items():
        for metric, period, kind, counts in (
            ("promotion", "2025", "year", (("", events), ("yes", a), ("no", c))),
            ("headcount", "2024Q4", "quarter", (("", people), ("yes", n1), ("no", n0))),
        ):
            for category, value in counts:
                status = "suppressed" if value == SUPPRESSED else "published"
                attribute = "origin" if category else ""
                key = f"{metric} | {period} | {kind} | {band} | {attribute} | {category}"
                lines.append(f"{key} | {status} | {value}")
    return cells("\n".join(lines))


def figures(counts: pl.DataFrame) -> pl.DataFrame:
    return derive(counts, CODES, metric_frame())


def value(got: pl.DataFrame, metric: str) -> object:
    return one(got, metric=metric)["value"]


def test_two_bands_that_are_shown() -> None:
    got = figures(drawn(VECTOR))
    row = one(got, metric="promotion_adjusted")
    assert (row["status"], row["value"]) == ("published", 0.76)  # .7625
    assert row["lower"] < 0.76 < row["upper"]
    assert (row["scale_group"], row["category"], row["as_of"]) == ("all", "yes", "2025")
    assert row["base"] == 130.0  # the smaller group
    assert value(got, "promotion_odds") == 0.99  # .9882: 9*930 / (121*70)
    assert value(got, "promotion_adjusted_p") == 0.471  # chi-square .5196
    assert value(got, "promotion_standardised") == 0.75  # (500*.08 + 630/30) / (500*.1 + 630*.05)
    assert value(got, "promotion_left_out") == 0.0
    assert got.filter(pl.col("metric").str.starts_with("exit_")).height == 0


def hidden(a: int, n1: int, c: int, n0: int) -> dict[str, Place]:
    """A third band with 57 promotions that is not shown: the whole minus the others has it."""
    third: Place = (SUPPRESSED, n1, SUPPRESSED, n0, 57, 210)
    return VECTOR | {"12-13": third, "all": (9 + a, 130 + n1, 70 + c, 1000 + n0, 140, 1400)}


@pytest.mark.parametrize(
    ("third", "adjusted", "left_out"),
    [
        # sums ad/T = 2880/500 + 570/630 + 20*120/190, bc/T = 3680/500 + 870/630 + 20*30/190
        ((20, 40, 30, 150), 1.62, 0.0),  # 19.2963 / 11.8988
        ((21, 41, 30, 150), 1.67, 0.0),  # 6.6648 + 21*120/191 = 19.8585 over 8.7410 + 3.1414
        ((19, 40, 30, 150), 0.76, 41.0),  # 19 of the group: left out, 57 of 140 promotions
        ((21, 40, 30, 150), 0.76, 41.0),  # 19 of the group without promotion
        ((20, 40, 19, 150), 0.76, 41.0),
        ((20, 40, 30, 49), 0.76, 41.0),
    ],
)
def test_what_is_hidden_is_one_stratum_from_twenty_of_each(
    third: tuple[int, int, int, int], adjusted: float, left_out: float
) -> None:
    got = figures(drawn(hidden(*third)))
    assert value(got, "promotion_adjusted") == adjusted
    assert value(got, "promotion_left_out") == left_out
    assert one(got, metric="promotion_left_out")["base"] == 140.0


def test_the_twenty_is_that_of_the_policy() -> None:
    policy = Policy.load()
    assert policy.strata
    stricter = policy.strata.smallest_count.model_copy(update={"value": 21})
    other = policy.model_copy(
        update={"strata": policy.strata.model_copy(update={"smallest_count": stricter})}
    )
    got = derive(drawn(hidden(20, 40, 30, 150)), CODES, metric_frame(), other)
    assert value(got, "promotion_adjusted") == 0.76
    none = derive(drawn(VECTOR), CODES, metric_frame(), policy.model_copy(update={"strata": None}))
    assert none.filter(pl.col("metric") == "promotion_adjusted").height == 0


def test_fewer_than_two_strata_are_suppressed() -> None:
    middle: Place = (SUPPRESSED, 30, SUPPRESSED, 600, 33, 650)
    got = figures(drawn(VECTOR | {"10-11": middle}))  # the rest has one promotion of the group
    for metric in ("odds", "adjusted", "adjusted_p", "standardised", "left_out"):
        row = one(got, metric=f"promotion_{metric}")
        assert (row["status"], *numbers(row)) == ("suppressed", None, None, None, None)


def test_a_band_that_the_plan_lacks_belongs_to_the_rest() -> None:
    places = hidden(20, 40, 30, 150)
    del places["12-13"]
    assert value(figures(drawn(places)), "promotion_adjusted") == 1.62


def test_without_planned_bands_there_is_no_figure() -> None:
    got = figures(drawn({"all": VECTOR["all"]}))
    assert got.filter(pl.col("metric").str.contains("adjusted|odds|standardised|left")).height == 0


def test_where_the_known_others_cost_a_band_everybody_else_is_the_reference() -> None:
    """LOW against 42 of 440 others, MIDDLE against 32 of 620: everybody minus the group."""
    low: Place = (8, 100, SUPPRESSED, 400, 50, 540)
    got = figures(drawn(VECTOR | {"6-9": low}))
    # ad/T: 8*398/540 + 1*588/650 = 6.8009; bc/T: 92*42/540 + 29*32/650 = 8.5832
    assert value(got, "promotion_adjusted") == 0.79


def test_a_band_of_another_date_is_no_stratum() -> None:
    older = at(drawn(VECTOR), "2023Q4", metric="headcount", scale_group="10-11", category="yes")
    row = one(figures(older), metric="promotion_adjusted")
    assert (row["status"], *numbers(row)) == ("not_refreshed", None, None, None, None)
    # with enough in it, what is not refreshed is taken from the whole
    enough = at(
        drawn(hidden(20, 40, 30, 150) | {"12-13": (20, 40, 30, 150, 57, 210)}),
        "2023Q4",
        metric="headcount",
        scale_group="12-13",
        category="yes",
    )
    assert value(figures(enough), "promotion_adjusted") == 1.62


def test_hidden_goes_before_not_refreshed() -> None:
    older = at(drawn(VECTOR), "2023Q4", metric="headcount", scale_group="10-11", category="yes")
    both = older.with_columns(
        status=pl.when((pl.col("scale_group") == "10-11") & (pl.col("category") == "no"))
        .then(pl.lit("suppressed"))
        .otherwise("status")
    )
    assert one(figures(both), metric="promotion_adjusted")["status"] == "suppressed"


def test_the_exact_test_stands_beside_the_parity() -> None:
    places: dict[str, Place] = {"all": (3, 40, 20, 120, 23, 160)}
    got = figures(drawn(places))
    assert value(got, "promotion_parity") == 0.45
    row = one(got, metric="promotion_parity_p")
    assert (row["status"], row["value"], row["lower"]) == ("published", 0.197, None)
    gone = figures(drawn({"all": (SUPPRESSED, 40, SUPPRESSED, 120, 23, 160)}))
    assert one(gone, metric="promotion_parity_p")["status"] == "suppressed"


def test_the_order_of_the_counts_changes_no_byte() -> None:
    counts = drawn(hidden(20, 40, 30, 150))
    assert figures(counts.reverse()).write_csv() == figures(counts).write_csv()
