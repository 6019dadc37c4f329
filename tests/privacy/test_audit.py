"""The attacker on publications that a naive product would make, and on a safe one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl
import pytest

from etl.privacy.audit import CHECKS, AuditReport, audit
from etl.privacy.audit_proof import DeepScope
from tests.privacy.attacked import cell, everybody, publication

Cell = Mapping[str, object]


def caught(report: AuditReport, check: str = "exact") -> set[tuple[str, str]]:
    """(unit, category) of the planned cells that fail a check."""
    rows = report.cells.filter(role="planned").filter(check)
    return {(str(r["unit"]), str(r["category"])) for r in rows.iter_rows(named=True)}


def table(
    numbers: Mapping[str, Sequence[int | None]], true: Mapping[str, Sequence[int]], codes: str
) -> list[Cell]:
    """Units x categories of one attribute; the first unit is the whole."""
    rows: list[Cell] = []
    for unit, values in numbers.items():
        base = sum(true[unit])
        rows.append(everybody(base, unit))
        rows += [cell(value, base, code, unit) for code, value in zip(codes, values, strict=True)]
    return rows


TRUE = {
    "W": (300, 300, 300),
    "A": (7, 100, 193),
    "B": (100, 120, 80),
    "C": (193, 80, 27),
}


def test_primary_suppression_alone_is_recovered() -> None:
    """300 - 100 - 193 = 7: the one hidden cell of its row and of its column."""
    shown = {**TRUE, "A": (None, 100, 193)}
    report = audit(publication(table(shown, TRUE, "abc"), units="ABC", groups={"origin": "abc"}))
    assert caught(report) == {("A", "a")}
    assert not report.safe


def test_a_hidden_rectangle_is_not_recovered() -> None:
    """Two hidden in each of two rows and columns: wide, and the attacker agrees."""
    shown = {**TRUE, "A": (None, None, 193), "B": (None, None, 80)}
    report = audit(publication(table(shown, TRUE, "abc"), units="ABC", groups={"origin": "abc"}))
    assert caught(report, "exact") == set()
    assert caught(report, "narrow") == set()


def test_two_hidden_in_every_line_are_recovered() -> None:
    """4 x 4, at least two hidden in each row and column: rows A + B - columns a + b leave Ac."""
    true = {
        "W": (200, 200, 200, 200),
        "A": (40, 60, 50, 50),
        "B": (60, 40, 50, 50),
        "C": (50, 50, 30, 70),
        "D": (50, 50, 70, 30),
    }
    shown: dict[str, tuple[int | None, ...]] = {
        "W": true["W"],
        "A": (None, None, None, 50),
        "B": (None, None, 50, 50),
        "C": (50, 50, None, None),
        "D": (50, 50, None, None),
    }
    report = audit(publication(table(shown, true, "abcd"), units="ABCD", groups={"origin": "abcd"}))
    assert caught(report) == {("A", "c")}


def test_a_complement_within_a_crossed_table_is_recovered() -> None:
    """Women 100, women of the group 30: the women outside it are 70, whatever else is hidden."""
    crossed = {"attribute2": "gender"}
    cells = [
        everybody(200),
        *[cell(None, 200, code) for code in ("yes", "no")],
        *[cell(100, 200, code, attribute="gender") for code in "VM"],
        cell(30, 200, "yes", category2="V", **crossed),
        cell(None, 200, "no", category2="V", **crossed),
        *[cell(None, 200, code, category2="M", **crossed) for code in ("yes", "no")],
    ]
    groups = {"origin": ("yes", "no"), "gender": ("V", "M")}
    report = audit(publication(cells, groups=groups))
    exact = report.cells.filter("exact").select("category", "category2").rows()
    assert exact == [("no", "V")]


def test_the_other_margin_of_a_crossed_table_recovers_too() -> None:
    """Of the group of 50 are 30 women: 20 men of the group, whatever the men in all are."""
    crossed = {"attribute2": "gender"}
    cells = [
        *(everybody(200), cell(50, 200), cell(150, 200, "no")),
        *[cell(None, 200, code, attribute="gender") for code in "VM"],
        cell(30, 200, "yes", category2="V", **crossed),
        cell(None, 200, "yes", category2="M", **crossed),
        *[cell(None, 200, "no", category2=code, **crossed) for code in "VM"],
    ]
    groups = {"origin": ("yes", "no"), "gender": ("V", "M")}
    report = audit(publication(cells, groups=groups))
    exact = report.cells.filter("exact").select("category", "category2").rows()
    assert exact == [("yes", "M")]


def test_linked_tables_each_safe_are_not_safe_together() -> None:
    """The whole is 32 + (13 + 11) = 56 by scale and by both, so that A is 56 - 25 = 31."""
    scales = {"main": ("<=13", ">=14")}
    whole = [everybody(400), cell(None, 400), cell(None, 400, "no")]
    by_unit = [
        *[everybody(200, unit) for unit in "AB"],
        *[cell(None, 200, code, "A") for code in ("yes", "no")],
        cell(25, 200, "yes", "B"),
        cell(175, 200, "no", "B"),
    ]
    by_scale = [
        everybody(300, scale_group="<=13"),
        everybody(100, scale_group=">=14"),
        cell(32, 300, scale_group="<=13"),
        cell(268, 300, "no", scale_group="<=13"),
        cell(None, 100, scale_group=">=14"),
        cell(None, 100, "no", scale_group=">=14"),
    ]
    by_both = [
        *[everybody(50, unit, scale_group=">=14") for unit in "AB"],
        cell(13, 50, unit="A", scale_group=">=14"),
        cell(11, 50, unit="B", scale_group=">=14"),
    ]
    for one in (by_unit, by_scale, by_both):
        alone = publication([*whole, *one], units="AB", scales=scales)
        assert caught(audit(alone)) == set()
    together = publication([*whole, *by_unit, *by_scale, *by_both], units="AB", scales=scales)
    assert caught(audit(together)) == {("W", "yes"), ("W", "no"), ("A", "yes"), ("A", "no")}


def test_unit_minus_its_published_parts_is_recovered() -> None:
    """Three who sit directly under the whole: 103 - 50 - 50 persons, 24 - 11 - 12 of the group."""
    cells = [
        everybody(103),
        cell(24, 103),
        *[everybody(50, unit) for unit in "AB"],
        cell(11, 50, unit="A"),
        cell(12, 50, unit="B"),
    ]
    report = audit(publication(cells, units="AB"))
    exact = report.cells.filter("exact").filter(pl.col("role") != "rest")
    assert exact.select("unit", "direct").rows() == [("W", True)]


def test_year_minus_three_quarters_is_recovered() -> None:
    flow = {"metric": "inflow"}
    year = {"period": "2025", "period_kind": "year", **flow}
    cells = [everybody(400, **year), cell(80, 400, **year)]
    for quarter, value in enumerate((20, 30, 25, None), 1):
        period = {"period": f"2025Q{quarter}", **flow}
        cells += [everybody(100, **period), cell(value, 100, **period)]
    report = audit(publication(cells))
    exact = report.cells.filter("exact").filter(role="planned")
    assert exact["period"].to_list() == ["2025Q4"]


def test_a_zero_corner_is_recovered() -> None:
    """Both hidden parts of a hidden pair are 0 because the pair's public rest is nobody."""
    cells = [
        everybody(100),
        cell(40, 100),
        cell(60, 100, "no"),
        *[everybody(50, unit) for unit in "AB"],
        cell(40, 50, unit="A"),
        cell(None, 50, unit="B"),
        cell(10, 50, "no", unit="A"),
        cell(None, 50, "no", unit="B"),
    ]
    assert caught(audit(publication(cells, units="AB"))) == {("B", "yes"), ("B", "no")}


@pytest.mark.parametrize("gap", [3, 4, 5])
def test_width_is_judged_at_the_policy_s_number(gap: int) -> None:
    """Public base `gap`: 0..gap stay possible, one value fewer than 5 only where fewer exist."""
    cells = [everybody(gap), cell(None, gap), cell(None, gap, "no")]
    assert audit(publication(cells)).safe


def test_rounded_parts_that_leave_too_few_values_are_narrow() -> None:
    """A's 15 is 11..19, and B has 12 persons.

    With the whole at 20 (16..24) B's hidden number is 0..12; at 30 (26..34) 7..12, a certain
    majority; at 33 (29..37) 10..12, three values where five must be left.
    """

    def report(whole: int) -> AuditReport:
        cells = [
            everybody(112),
            cell(whole, 112),
            cell(112 - whole, 112, "no"),
            everybody(100, "A"),
            cell(15, 100, unit="A"),
            cell(85, 100, "no", unit="A"),
            everybody(12, "B"),
            cell(None, 12, unit="B"),
            cell(None, 12, "no", unit="B"),
        ]
        return audit(publication(cells, units="AB", rounded=("origin",)))

    assert report(20).safe
    assert caught(report(30), "majority") == {("B", "yes")}
    assert caught(report(33), "narrow") == {("B", "yes"), ("B", "no")}


def test_exact_counts_of_joiners_between_dates_are_recovered() -> None:
    """57 -> 58 of the group with one public joiner and nobody gone: the joiner is of the group."""
    cells: list[Cell] = []
    for period, size, group in (("2025Q3", 200, 57), ("2025Q4", 201, 58)):
        cells += [everybody(size, period=period), cell(group, size, period=period)]
    cells += [
        everybody(1, metric="inflow"),
        everybody(0, metric="exit"),
    ]
    report = audit(publication(cells))
    found = report.cells.filter("exact").filter(metric="inflow", role="unplanned")
    assert found["category"].to_list() == ["yes"]


def test_who_came_is_among_those_present() -> None:
    """Three of the group are there at the end: of the 50 who came no more than three are of it."""
    cells = [everybody(203), cell(3, 203), everybody(50, metric="inflow")]
    report = audit(publication([*cells, cell(None, 50, metric="inflow")]))
    found = report.cells.filter("narrow").filter(metric="inflow", role="planned")
    assert found["category"].to_list() == ["yes"]


def test_the_published_form_names_no_cell() -> None:
    shown = {**TRUE, "A": (None, 100, 193)}
    report = audit(publication(table(shown, TRUE, "abc"), units="ABC", groups={"origin": "abc"}))
    told = report.published()
    assert told["unsafe"] == 1
    assert told["checks"] == dict.fromkeys(CHECKS, 0) | {"exact": 1}
    for row in told["findings"]:  # type: ignore[attr-defined]
        assert set(row) == {"check", "class", "role", "unit_level", "cells"}


def test_a_number_repeated_from_an_earlier_date_tells_about_that_date() -> None:
    """`as_of` 2025Q3: the cell of 2025Q4 is hidden, and not fixed by the repeated number."""
    cells = [
        everybody(200, period="2025Q3"),
        cell(50, 200, period="2025Q3"),
        cell(150, 200, "no", period="2025Q3"),
        everybody(203),
        cell(50, 200, as_of="2025Q3"),
        cell(150, 200, "no", as_of="2025Q3"),
    ]
    report = audit(publication(cells))
    assert report.safe
    assert report.hidden == 2


def test_programs_are_asked_about_the_newest_periods_only() -> None:
    """Of two dates the newest: four hidden numbers, wide, with a proof for each."""
    cells: list[Cell] = []
    for period in ("2025Q3", "2025Q4"):
        cells += [
            everybody(200, period=period),
            *[cell(None, 200, code, period=period) for code in ("yes", "no")],
        ]
    one, two = (audit(publication(cells), DeepScope(periods=n)).deep for n in (1, 2))
    assert one is not None
    assert two is not None
    assert (one.free.targets, one.free.safe) == (2, 2)
    assert (two.free.targets, two.free.safe) == (4, 4)


def test_no_time_to_prove_is_no_proof() -> None:
    cells = [everybody(60), cell(None, 60), cell(None, 60, "no")]
    report = audit(publication(cells), DeepScope(seconds=0.0))
    assert report.cells.is_empty()
    assert not report.safe
    assert report.published()["deep"]["free"]["undecided"] == 2  # type: ignore[index]


def test_what_follows_from_many_rows_at_once_is_seen_by_programs_only() -> None:
    """Of three units and four bands, known together: few of the last unit are in three bands.

    80 in A and B, at most 24 of them in the first two bands and 2 in the last: at least 54 of the
    56 in the third band. So at most 2 of C are there; and as few in the first two. Row by row each
    is 0 to 12 and more.
    """
    bands = ("1-3", "4-6", "7-9", "10-12")
    counts = {"A": (6, 6, 27, 1), "B": (6, 6, 27, 1), "C": (0, 0, 2, 20)}
    bases = {"A": (9, 9, 60, 1), "B": (9, 9, 60, 1), "C": (60, 60, 60, 60)}
    cells: list[Cell] = []

    def add(count: int, base: int, *, shown: bool, **more: object) -> None:
        yes, no = (count, base - count) if shown else (None, None)
        cells.extend([everybody(base, **more), cell(yes, base, **more)])  # type: ignore[arg-type]
        cells.append(cell(no, base, "no", **more))  # type: ignore[arg-type]

    for n, band in enumerate(bands):
        total, base = (sum(of[unit][n] for unit in "ABC") for of in (counts, bases))
        add(total, base, shown=n < 3, scale_group=band)
        for unit in "ABC":
            one = {"unit": unit, "scale_group": band}
            add(counts[unit][n], bases[unit][n], shown=False, **one)
    for unit in "ABC":
        add(sum(counts[unit]), sum(bases[unit]), shown=unit != "C", unit=unit)
    add(sum(map(sum, counts.values())), sum(map(sum, bases.values())), shown=False)
    published = publication(cells, units="ABC", scales={"fine": bands})
    assert audit(published).safe
    report = audit(published, DeepScope(periods=1))
    assert not report.safe
    assert report.deep is not None
    assert (report.deep.free.unsafe, report.deep.free.undecided) == (6, 0)
    found = report.cells.filter("narrow").select("unit", "scale_group", "category").rows()
    assert set(found) == {("C", band, code) for band in bands[:3] for code in ("yes", "no")}
