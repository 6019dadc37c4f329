"""Ten yearly rosters that nobody here made, through a mapping file and no line of code.

The expected persons, inflow, exits and grade changes were counted by another program (README of the
real files). Here they are compared with what the product reconciles and publishes; the rules behind
the one figure that differs, grade changes, are recomputed from the files by plain Python.
"""

from __future__ import annotations

import csv
from fnmatch import fnmatch
from pathlib import Path

import pytest

from dashboard.charts import read_themes
from dashboard.frame import Request, route
from dashboard.mart import Mart
from dashboard.pages import PAGES
from dashboard.settings import ASSETS
from tests.cli import afspiegeling
from tests.dashboard.trees import text_of

pytestmark = pytest.mark.realdata

MAPPING = Path(__file__).parent / "police" / "mapping.toml"

TABLE = {  # year: persons, repeated rows, no race, in, out, grade changed
    2002: (13476, 4, 1000, None, None, None),
    2003: (13900, 460, 1056, 507, 83, 111),
    2004: (13827, 321, 1070, 523, 596, 374),
    2005: (13687, 410, 1077, 561, 701, 297),
    2006: (13876, 261, 1120, 748, 559, 176),
    2007: (13821, 290, 1121, 423, 478, 234),
    2008: (13527, 262, 1118, 178, 472, 300),
    2009: (13214, 64, 1097, 165, 478, 208),
    2010: (13069, 64, 1099, 203, 348, 67),
    2011: (12549, 64, 1069, 74, 594, 67),
}
YEARS = list(TABLE)[1:]

SCALES = {  # the scale map of the README
    "D|1": 7,
    "D|2": 8,
    "D|2A": 9,
    "D|3": 10,
    "E|3": 11,
    "E|4": 13,
    "E|5": 14,
    "E|6": 15,
    "SR|*": 15,
    "EX|*": 16,
}


def scale(grade: str) -> int:
    """The mapped scale of a pay grade."""
    return next(code for pattern, code in SCALES.items() if fnmatch(grade, pattern))


@pytest.fixture(scope="module")
def rosters(realdata: Path) -> dict[int, list[dict[str, str]]]:
    """The files as they are, read by the standard library."""
    rows = {}
    for year in TABLE:
        path = realdata / "city-police" / f"roster_{year}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            rows[year] = list(csv.DictReader(file))
    return rows


@pytest.fixture(scope="module")
def home(realdata: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the ten rosters loaded and published."""
    directory = tmp_path_factory.mktemp("police")
    afspiegeling(directory, "load", realdata / "city-police", "--mapping", MAPPING)
    afspiegeling(directory, "publish")
    return directory


@pytest.fixture(scope="module")
def reconciled(home: Path) -> list[dict[str, str]]:
    """The true planned counts."""
    path = home / "reconcile.csv"
    afspiegeling(home, "reconcile", "-o", path)
    assert path.stat().st_mode & 0o777 == 0o600
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def exported(home: Path) -> list[dict[str, str]]:
    """``cells.csv`` of the whole publication."""
    afspiegeling(home, "export", "--all", home / "out")
    with (home / "out" / "cells.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def whole(cells: list[dict[str, str]], metric: str, year: int, **also: str) -> float | None:
    """The value of one cell of the whole organisation."""
    wanted = {"attribute": "", "category": "", "attribute2": "", "scale_group": "all"} | also
    found = [
        c
        for c in cells
        if c["metric"] == metric
        and c["period"] == str(year)
        and c["unit_level"] == "1"
        and all(c[k] == v for k, v in wanted.items())
    ]
    if not found:
        return None
    (cell,) = found
    return float(cell["value"]) if cell["value"] else None


@pytest.mark.parametrize("year", list(TABLE))
def test_persons_inflow_and_exits_reconcile(reconciled: list[dict[str, str]], year: int) -> None:
    persons, _, _, inflow, exits, _ = TABLE[year]
    assert whole(reconciled, "headcount", year) == persons
    assert (whole(reconciled, "inflow", year) or None) == inflow
    assert (whole(reconciled, "exit", year) or None) == exits


@pytest.mark.parametrize("year", list(TABLE))
def test_published_totals_are_the_table(exported: list[dict[str, str]], year: int) -> None:
    persons, _, _, inflow, exits, _ = TABLE[year]
    # Head counts and flow totals of everybody are public: exact.
    assert whole(exported, "headcount", year) == persons
    assert (whole(exported, "inflow", year) or None) == inflow
    assert (whole(exported, "exit", year) or None) == exits


@pytest.mark.parametrize("year", list(TABLE))
def test_unknown_origin(
    rosters: dict[int, list[dict[str, str]]],
    reconciled: list[dict[str, str]],
    exported: list[dict[str, str]],
    year: int,
) -> None:
    # The table takes the first row of a repeated person, the product the main employment: a few
    # people have a blank race in one of their rows only.
    first = {row["officer_ref"]: row["race"] for row in reversed(rosters[year])}
    assert sum(race == "" for race in first.values()) == TABLE[year][2]
    main = main_rows(rosters[year])
    unknown = {person for person, row in main.items() if row["race"] == ""}
    mixed = {
        person
        for person, rows in rosters_of(rosters[year]).items()
        if len({row["race"] == "" for row in rows}) > 1
    }
    assert {person for person, race in first.items() if race == ""} ^ unknown <= mixed
    true = whole(reconciled, "headcount", year, attribute="origin", category="unknown")
    assert true == len(unknown)
    shown = whole(exported, "headcount", year, attribute="origin", category="unknown")
    assert shown is not None
    assert abs(shown - len(unknown)) <= 4
    assert shown % 5 == 0


def main_rows(rows: list[dict[str, str]]) -> dict[str, dict[str, str]]:
    """Person -> main employment: without fte the highest scale, then the first unit code."""

    def rank(row: dict[str, str]) -> tuple[int, str]:
        return -scale(row["pay_grade"]), row["unit_no"].removesuffix(".0") or "ONBEKEND"

    return {person: min(own, key=rank) for person, own in rosters_of(rows).items()}


def main_scales(rows: list[dict[str, str]]) -> dict[str, int]:
    """Person -> scale of the main employment."""
    return {person: scale(row["pay_grade"]) for person, row in main_rows(rows).items()}


@pytest.mark.parametrize("year", YEARS)
def test_grade_changes(
    rosters: dict[int, list[dict[str, str]]], reconciled: list[dict[str, str]], year: int
) -> None:
    before, after = (
        {row["officer_ref"]: row["pay_grade"] for row in reversed(rosters[y])}
        for y in (year - 1, year)
    )
    both = before.keys() & after.keys()
    raw = {person for person in both if before[person] != after[person]}
    assert len(raw) == TABLE[year][5]  # the table's rule: first row, raw grade

    old, new = main_scales(rosters[year - 1]), main_scales(rosters[year])
    moved = {person for person in both if old[person] != new[person]}
    promoted = {person for person in moved if new[person] > old[person]}
    assert (whole(reconciled, "promotion", year) or 0) == len(promoted)

    # Every difference is one of two: another grade with the same scale (SR|9752 to SR|9796 are both
    # scale 15), or a person with several rows whose first one is not the main employment.
    several = {
        person
        for y in (year - 1, year)
        for person in both
        if len({scale(r["pay_grade"]) for r in rosters_of(rosters[y]).get(person, [])}) > 1
    }
    same_scale = {person for person in raw if scale(before[person]) == scale(after[person])}
    assert raw - moved <= same_scale | several
    assert moved - raw <= several


_by_person: dict[int, dict[str, list[dict[str, str]]]] = {}


def rosters_of(rows: list[dict[str, str]]) -> dict[str, list[dict[str, str]]]:
    """Rows by person, grouped once a roster."""
    if id(rows) not in _by_person:
        grouped: dict[str, list[dict[str, str]]] = {}
        for row in rows:
            grouped.setdefault(row["officer_ref"], []).append(row)
        _by_person[id(rows)] = grouped
    return _by_person[id(rows)]


def test_bureaus_hang_under_the_root(exported: list[dict[str, str]]) -> None:
    levels = {c["unit"]: c["unit_level"] for c in exported if c["metric"] == "headcount"}
    assert sum(level == "1" for level in levels.values()) == 1
    second = {unit for unit, level in levels.items() if level == "2"}
    # four bureaus, and the unit for rows without one (about 6% of the rosters)
    assert {"PATROL", "SUPPORT", "DETECTIVES", "ORGANIZED CRIME"} <= second


def test_the_change_is_toml_only() -> None:
    files = {p.suffix for p in MAPPING.parent.iterdir()}
    assert files == {".toml"}


def test_the_dashboard_shows_it(home: Path) -> None:
    mart, themes = Mart(home / "published"), read_themes(ASSETS / "tokens.css")
    text = {
        page.PATH: text_of(route(mart, PAGES, themes, Request(page.PATH, "?period=2011", {})))
        for page in PAGES
    }
    assert "12.549 medewerkers op 31 december 2011" in text["/"]
    assert "PATROL" in text["/"]
    assert all("Stadspolitie" in page for page in text.values())
