"""What the attacker reads from the files: scale groups, errors of remainders, direct staff."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
import pytest

from etl.privacy.audit_nodes import Nodes
from etl.privacy.audit_scales import refinements, span
from etl.privacy.audit_system import make_system
from tests.privacy.attacked import cell, everybody, publication


@pytest.mark.parametrize(
    ("code", "scales"),
    [
        ("all", (0, 99)),
        ("<=13", (0, 13)),
        (">=14", (14, 99)),
        ("16+", (16, 99)),
        ("6-9", (6, 9)),
        ("12", (12, 12)),
        ("hoog", None),
    ],
)
def test_a_scale_group_tells_its_scales(code: str, scales: tuple[int, int] | None) -> None:
    assert span(code) == scales


def test_fine_bands_tile_main_ones() -> None:
    codes = [
        *(("main", "<=13"), ("main", ">=14"), ("fine", "1-5"), ("fine", "6-13")),
        *(("fine", "14-15"), ("fine", "16+"), ("odd", "1-14"), ("odd", "15+")),
    ]
    frame = pl.DataFrame(codes, schema=["partition", "code"], orient="row")
    found = refinements(frame).filter(pl.col("whole") != "all").rows()
    assert found == [
        ("<=13", "fine", "1-5"),
        ("<=13", "fine", "6-13"),
        (">=14", "fine", "14-15"),
        (">=14", "fine", "16+"),
    ]


def test_the_error_of_a_remainder_is_that_of_all_it_is_made_of() -> None:
    """Own: 4; the remainder of three parts of everybody: 4 + 4."""
    cells = [everybody(300), *[cell(100, 300, code) for code in "abc"]]
    nodes = Nodes(publication(cells, groups={"origin": "abc"}, rounded=("origin",)))
    errors = [nodes.error(("origin", code, "", ""), regrouped=False) for code in "abc"]
    assert errors == [4, 4, 8]


def test_those_directly_under_a_unit_are_a_base_of_their_own() -> None:
    cells = [
        *(everybody(103), cell(20, 103)),
        *(everybody(60, "A"), cell(12, 60, unit="A")),
        *(everybody(40, "B"), cell(None, 40, unit="B")),
    ]
    system = make_system(publication(cells, units="AB"))
    assert system.bases.filter("direct").select("unit", "base").rows() == [("W", 3)]
    assert set(system.unknowns["role"]) == {"planned", "unplanned", "rest"}


def _split(numbers: Mapping[tuple[str, str], tuple[int, int]]) -> list[dict[str, object]]:
    """Everybody and those who are counted, by unit and scale group."""
    return [
        row
        for (unit, group), (base, yes) in numbers.items()
        for row in (
            everybody(base, unit, scale_group=group),
            cell(yes, base, unit=unit, scale_group=group),
        )
    ]


SCALES = {"main": ("<=13", ">=14")}
PLANNED: Mapping[tuple[str, str], tuple[int, int]] = {
    ("W", "all"): (600, 120),
    ("W", "<=13"): (500, 80),
    ("W", ">=14"): (100, 40),
    ("A", "all"): (300, 52),
    ("B", "all"): (300, 68),
}


def _unplanned(high: int, inflow: int | None = None) -> set[tuple[str, str]]:
    """Which bands of units are followed, of which ``high`` in A have the high scales."""
    public = [
        everybody(high, "A", scale_group=">=14"),
        everybody(300 - high, "A", scale_group="<=13"),
        everybody(100 - high, "B", scale_group=">=14"),
        everybody(200 + high, "B", scale_group="<=13"),
    ]
    if inflow is not None:
        public.append(everybody(inflow, "A", scale_group=">=14", metric="inflow"))
    system = make_system(publication([*_split(PLANNED), *public], units="AB", scales=SCALES))
    stock = system.bases.filter(metric="headcount", direct=False)
    found = system.unknowns.filter(role="unplanned").join(stock, on="b")
    return set(found.select("unit", "scale_group").rows())


def test_the_larger_part_of_a_split_is_followed() -> None:
    """Of 100 in the high scales more than half in A; most of A and of B have low ones."""
    large = {("A", "<=13"), ("B", "<=13")}
    assert _unplanned(high=50) == large
    assert _unplanned(high=51) == {*large, ("A", ">=14")}


@pytest.mark.parametrize("inflow", [0, 1])
def test_a_split_is_followed_wherever_flows_are_told(inflow: int) -> None:
    """That nobody came is told, too."""
    assert {("A", ">=14"), ("B", ">=14")} <= _unplanned(50, inflow)


@pytest.mark.parametrize(("value", "expected"), [(10, (10, 14)), (15, (11, 19)), (90, (86, 90))])
def test_a_rounded_number_tells_its_threshold(value: int, expected: tuple[int, int]) -> None:
    """T = 10 of 100: 10 means 10..14, and 90 means 86..90."""
    cells = [everybody(100), cell(value, 100)]
    system = make_system(publication(cells, rounded=("origin",)))
    first = system.unknowns.with_row_index("place").filter(role="planned")["place"][0]
    assert (system.lower[first], system.upper[first]) == expected
