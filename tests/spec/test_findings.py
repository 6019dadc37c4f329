"""Which figures are findings, how certain they are among all of them, and in what order."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from etl.about import REFERENCES
from etl.metrics.dimensions import DIMENSIONS
from etl.metrics.findings import FINDINGS, findings
from etl.metrics.registry import metric_frame
from tests.dashboard.rows import cell

NUMBERS = dict.fromkeys(("value", "base", "lower", "upper"), pl.Float64)
PERIODS = {
    "2020Q4": ("quarter", date(2020, 10, 1), date(2020, 12, 31)),
    "2021": ("year", date(2021, 1, 1), date(2021, 12, 31)),
    "2021-2021": ("block", date(2021, 1, 1), date(2021, 12, 31)),
    "2025Q4": ("quarter", date(2025, 10, 1), date(2025, 12, 31)),
    "2024": ("year", date(2024, 1, 1), date(2024, 12, 31)),
    "2025": ("year", date(2025, 1, 1), date(2025, 12, 31)),
    "2021-2025": ("block", date(2021, 1, 1), date(2025, 12, 31)),
}
TARGET = {
    **{"kind": "target", "metric": "share", "unit": "MIN", "scale_group": ">=14"},
    **{"attribute": "origin", "category": "yes", "value": 5.5, "year": 2028},
    **{"status": "ambition", "source": "", "label_nl": "", "label_en": ""},
}


def dimensions() -> pl.DataFrame:
    rows = [
        {"dimension": "scale_group", "partition": "main", "code": code} for code in ("<=13", ">=14")
    ]
    periods = [
        {
            "dimension": "period", "partition": kind, "code": code,
            "valid_from": begins, "valid_to": ends,
        }
        for code, (kind, begins, ends) in PERIODS.items()
    ]  # fmt: skip
    splits = [
        {"dimension": "origin", "partition": split, "code": code, "parent": parent, "rounding": how}
        for split, code, parent, how in (
            ("known", "unknown", "", "own"),
            ("known", "known", "", "complement"),
            ("binary", "yes", "known", "own"),
            ("binary", "no", "known", "complement"),
        )
    ]
    return pl.DataFrame([*rows, *periods, *splits], schema=DIMENSIONS)


def found(*rows: object, references: tuple[dict[str, object], ...] = ()) -> pl.DataFrame:
    cells = pl.DataFrame(list(rows), infer_schema_length=None).cast(NUMBERS)
    return findings(
        cells, pl.DataFrame(references, schema=REFERENCES), dimensions(), metric_frame()
    )


def told(frame: pl.DataFrame, *names: str) -> list[tuple[object, ...]]:
    return frame.select(names).rows()


def test_certain_before_uncertain_and_large_before_small() -> None:
    said = found(
        cell("promotion_parity", 0.5, 0.2, 1.2, period="2025"),  # large, may be chance
        cell("exit_parity", 1.2, 1.1, 1.31, period="2025"),  # small, certain
        cell("crossing_parity", 0.4, 0.25, 0.64, period="2021-2025", scale_group="<=13"),  # both
    )
    assert said.schema == FINDINGS
    assert told(said, "rule", "certain", "position") == [
        ("crossing", True, 0),
        ("exit", True, 1),
        ("promotion", False, 2),
    ]
    assert said["size"].to_list() == pytest.approx([-0.9163, -0.1823, -0.6931], abs=1e-4)


def test_small_and_uncertain_is_no_finding_and_hidden_is_none() -> None:
    assert found(cell("exit_parity", 1.24, 0.9, 1.6, period="2025")).is_empty()
    assert found(cell("exit_parity", 1.26, 0.9, 1.7, period="2025")).height == 1
    assert found(cell("exit_parity", None, period="2025")).is_empty()


@pytest.mark.parametrize(
    ("upper", "certain"),
    # ln 0.4 = -0.9163, less half of the last decimal 0.0125: 0.9038 must be 2.5758 (1% two-sided)
    # of 1.96 standard errors: ln(upper) - ln(0.4) + 0.0125 at most 0.6877, upper at most 0.7857
    [(0.78, True), (0.79, False)],
)
def test_alone_a_finding_is_tested_at_one_percent(upper: float, certain: bool) -> None:
    row = cell("crossing_parity", 0.4, 0.2, upper, period="2021-2025", scale_group="<=13")
    assert found(row)["certain"].to_list() == [certain]


def test_among_many_units_the_same_interval_is_no_longer_certain() -> None:
    """Forty units share what the weights leave; the whole keeps its own part."""
    numbers, units = (2.0, 1.2, 3.33), [f"D{n}" for n in range(40)]
    rows = [
        cell("exit_adjusted", *numbers, period="2025", unit=unit, unit_level=2) for unit in units
    ]
    alone = found(rows[0])
    assert alone["certain"].to_list() == [True]
    assert found(*rows)["certain"].to_list() == [False] * 40
    whole = cell("exit_adjusted", 2.0, 1.25, 3.2, period="2025")
    among = found(whole, *rows)
    assert among.filter(pl.col("certain"))["unit"].to_list() == ["MIN"]


def test_what_one_certain_finding_does_not_need_goes_to_the_others() -> None:
    """p of the crossing is 0.008: more than 0.4 / 0.7 of 1%, no more than 1% alone."""
    crossing = cell("crossing_parity", 0.5, 0.3, 0.82, period="2021-2025", scale_group="<=13")
    exits = cell("exit_adjusted", 2.0, 1.6, 2.5, period="2025")
    unclear = cell("exit_adjusted", 2.0, 1.0, 4.0, period="2025")
    assert found(crossing)["p"].item() == pytest.approx(0.008, abs=0.0005)
    assert found(crossing, exits).filter(rule="crossing")["certain"].item()
    assert not found(crossing, unclear).filter(rule="crossing")["certain"].item()


def test_more_promotion_is_good_and_more_exits_are_bad() -> None:
    promotion = found(cell("promotion_parity", 1.5, 1.2, 1.9, period="2025"))
    leaving = found(cell("exit_parity", 0.7, 0.5, 0.9, period="2025"))
    assert promotion["size"].item() > 0
    assert leaving["size"].item() > 0


def test_the_latest_and_of_equal_ends_the_longest_period_counts() -> None:
    said = found(
        cell("exit_parity", 3.0, 2.0, 4.0, period="2024"),
        cell("exit_parity", 2.0, 1.5, 2.5, period="2025Q4"),
        cell("exit_parity", 1.5, 1.2, 1.9, period="2025"),
    )
    assert told(said, "period", "period_kind") == [("2025", "year")]
    longer = found(
        cell("exit_parity", 1.5, 1.2, 1.9, period="2025"),
        cell("exit_parity", 1.4, 1.2, 1.6, period="2021-2025"),
    )
    assert told(longer, "period") == [("2021-2025",)]


def test_promotion_within_scales_stands_in_for_the_raw_one() -> None:
    """Higher scales promote less: where the comparison within scales exists the raw one is none."""
    raw = cell("promotion_parity", 0.5, 0.4, 0.63, period="2025")
    within = cell("promotion_adjusted", 0.6, 0.45, 0.8, period="2025")
    assert told(found(raw), "rule", "claim") == [("promotion", True)]
    assert told(found(raw, within), "rule") == [("promotion_within_scales",)]
    leaving = cell("exit_parity", 2.0, 1.6, 2.5, period="2025")
    same_scale = cell("exit_adjusted", 1.5, 1.2, 1.9, period="2025")
    assert told(found(leaving, same_scale), "rule", "size") == [("exit_within_scales", -0.405465)]


def test_inflow_against_stock_is_certain_or_not_and_claims_no_unequal_chances() -> None:
    """17% (15-19) against 10% (9.5-10.5): 7 less the decimals, against hypot(2, 0.5)."""
    inflow = cell("inflow_share", 17.0, 15.0, 19.0, period="2025")
    said = found(inflow, cell("share", 10.0, 9.5, 10.5))
    assert told(said, "rule", "certain", "claim", "reference") == [("inflow", True, False, 10.0)]
    repeated = cell("share", 10.0, 9.5, 10.5, as_of="2024Q4")
    assert found(inflow, repeated).is_empty()


@pytest.mark.parametrize(("upper", "certain"), [(4.6, True), (5.4, False)])
def test_a_target_is_missed_where_the_interval_says_so(upper: float, certain: bool) -> None:
    """2.1 below, less 0.05: more than 2.5758 standard errors of (upper - 3.4 + 0.05) / 1.96."""
    share = cell("share", 3.4, 2.5, upper, scale_group=">=14")
    said = found(share, references=(TARGET,))
    assert told(said, "against", "reference", "reference_year", "certain") == [
        ("target", 5.5, 2028, certain)
    ]


@pytest.mark.parametrize("other", [{"unit": "DGD"}, {"attribute": "gender"}, {"category": "no"}])
def test_a_target_of_another_subject_says_nothing_here(other: dict[str, object]) -> None:
    share = cell("share", 3.4, 2.5, 4.6, scale_group=">=14")
    assert found(share, references=(TARGET | other,)).is_empty()


def test_a_bound_that_is_not_shown_makes_nothing_certain() -> None:
    assert found(cell("exit_parity", 2.0, None, None, period="2025"))["certain"].to_list() == [
        False
    ]


def test_two_rates_are_tested_as_if_there_were_no_difference() -> None:
    """35 of 1,000 crossed, and 465 of 9,000 others: 0.05 of all.

    Chance: 0.05 * 0.95 * (1/1000 + 1/9000) = 5.2778e-5. Rounding of the rates, one draw in the
    group and two in the others: (4 + 0.035^2 * 4) / 1000^2 = 4.0049e-6 and
    (8 + 0.051667^2 * 8) / 9000^2 = 9.9029e-8; and as what the group gains the others lose,
    2 * (4 + 0.035 * 0.051667 * 4) / (1000 * 9000) = 8.9050e-7.
    z = 0.016667 / sqrt(5.7772e-5) = 2.1928, p = 0.028. By its interval, which is made without that assumption, 0.68 is less far from 1.
    """
    low = {"scale_group": "<=13"}
    stock = [
        cell("headcount", n, category=code, base=10500, period="2020Q4", **low)
        for code, n in (("unknown", 500), ("known", 10000), ("yes", 1000), ("no", 9000))
    ]
    crossed = [
        cell("crossing", n, category=code, base=525, period="2021-2021", **low)
        for code, n in (("unknown", 25), ("known", 500), ("yes", 35), ("no", 465))
    ]
    parity = cell("crossing_parity", 0.68, 0.47, 0.98, period="2021-2021", **low)
    assert found(*stock, *crossed, parity)["p"].to_list() == [0.028]
    assert found(parity)["p"].to_list() == [0.047]
    wide = parity | {"upper": 1.0}
    assert found(*stock, *crossed, wide)["p"].item() > 0.047


def test_a_test_is_not_believed_against_the_interval_beside_it() -> None:
    """The same counts, with an interval that holds 1: nothing is certain."""
    parity = cell("exit_parity", 1.3, 0.99, 1.7, period="2025")
    assert found(parity)["certain"].to_list() == [False]
