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
    ("B", "all"): (250, 58),
}


@pytest.mark.parametrize("inflow", [None, 0, 1])
def test_a_split_unit_is_followed_in_every_public_scale_group(inflow: int | None) -> None:
    """Whether flows are told, and anybody came, changes nothing; C is nowhere split."""
    high = {"A": 40, "B": 50, "C": 10}
    low = {"A": 260, "B": 200, "C": 40}
    bands = [(unit, n, ">=14") for unit, n in high.items()]
    bands += [(unit, n, "<=13") for unit, n in low.items()]
    public = [everybody(n, unit, scale_group=group) for unit, n, group in bands]
    if inflow is not None:
        public.append(everybody(inflow, "A", scale_group=">=14", metric="inflow"))
    system = make_system(publication([*_split(PLANNED), *public], units="ABC", scales=SCALES))
    stock = system.bases.filter(metric="headcount", direct=False)
    found = system.unknowns.filter(role="unplanned").join(stock, on="b")
    followed = [(unit, group) for unit in "AB" for group in ("<=13", ">=14")]
    assert sorted(found.select("unit", "scale_group").rows()) == followed


@pytest.mark.parametrize(("value", "expected"), [(10, (10, 14)), (15, (11, 19)), (90, (86, 90))])
def test_a_rounded_number_tells_its_threshold(value: int, expected: tuple[int, int]) -> None:
    """T = 10 of 100: 10 means 10..14, and 90 means 86..90."""
    cells = [everybody(100), cell(value, 100)]
    system = make_system(publication(cells, rounded=("origin",)))
    first = system.unknowns.with_row_index("place").filter(role="planned")["place"][0]
    assert (system.lower[first], system.upper[first]) == expected


@pytest.mark.parametrize(("shown", "least"), [(15, 10), (None, 0)])
def test_a_shown_number_tells_that_its_sibling_is_large(shown: int | None, least: int) -> None:
    """One of two parts is shown: had the other been small, both would be hidden."""
    cells = [everybody(100), cell(shown, 100), cell(None, 100, "no")]
    system = make_system(publication(cells, rounded=("origin",)))
    no = system.nodes.number["origin", "no", "", ""]
    (x,) = system.unknowns.filter(n=no, role="planned")["x"].to_list()
    assert system.lower[x] == least
