"""Ten real rosters through a mapping file alone, counted again from the files by plain Python."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from fnmatch import fnmatch
from pathlib import Path

import polars as pl
import pytest

from etl.domain import Reference
from etl.mapping import Mapping, load_mapping
from etl.settings import SHIPPED_REFERENCE
from etl.stage import StagedFile, stage
from tests.etl.dirty_files import KEYS, NOW

pytestmark = [pytest.mark.realdata, pytest.mark.xdist_group("police-stage")]

MAPPING = Path(__file__).parent.parent / "realdata" / "police" / "mapping.toml"
PERSONS = {  # README of the real files, counted by another program: persons, no race
    2002: (13476, 1000),
    2003: (13900, 1056),
    2004: (13827, 1070),
    2005: (13687, 1077),
    2006: (13876, 1120),
    2007: (13821, 1121),
    2008: (13527, 1118),
    2009: (13214, 1097),
    2010: (13069, 1099),
    2011: (12549, 1069),
}
SCALES = {  # README of the real files
    "D|1": 7, "D|2": 8, "D|2A": 9, "D|3": 10, "E|3": 11, "E|4": 13, "E|5": 14, "E|6": 15,
    "SR|*": 15, "EX|*": 16,
}  # fmt: skip


@pytest.fixture(scope="module")
def mapping() -> Mapping:
    """The mapping that is kept in the tests."""
    return load_mapping(MAPPING)


@pytest.fixture(scope="module")
def reference(mapping: Mapping, tmp_path_factory: pytest.TempPathFactory) -> Reference:
    """The reference with the files that the mapping brings along."""
    overlay = tmp_path_factory.mktemp("overlay")
    for name, file in mapping.reference.items():
        (overlay / name).parent.mkdir(exist_ok=True)
        shutil.copy(file, overlay / name)
    return Reference(overlay, SHIPPED_REFERENCE)


def staged(path: Path, mapping: Mapping, reference: Reference, known: pl.DataFrame) -> StagedFile:
    """One file through its mapping."""
    return stage(path, mapping.extract_for(path), mapping, reference, known, KEYS, NOW)


@pytest.fixture(scope="module")
def known(realdata: Path, mapping: Mapping, reference: Reference) -> pl.DataFrame:
    """The units."""
    return staged(realdata / "city-police" / "units.csv", mapping, reference, pl.DataFrame()).rows


def test_units(known: pl.DataFrame) -> None:
    # 165 units of the file, four bureaus, the root, and the unit for rows without one.
    assert known.group_by("level").len().sort("level").rows() == [(1, 1), (2, 5), (3, 165)]
    bureaus = known.filter(pl.col("level") == 2)
    assert set(bureaus["code"]) == {
        "PATROL", "SUPPORT", "DETECTIVES", "ORGANIZED CRIME", "ONBEKEND",
    }  # fmt: skip
    ten = known.row(by_predicate=pl.col("code") == "10", named=True)
    assert (ten["name_nl"], ten["parent"]) == ("DISTRICT 010", "PATROL")
    assert known.row(by_predicate=pl.col("code") == "92", named=True)["name_nl"] == "UNIT 92"


def main_rows(source: list[dict[str, str]]) -> list[dict[str, str]]:
    """The main employment of each person: without fte, the highest scale, then the first unit."""
    best: dict[str, tuple[tuple[int, str], dict[str, str]]] = {}
    for row in source:
        unit = row["unit_no"].removesuffix(".0") or "ONBEKEND"
        rank = (-next(s for grade, s in SCALES.items() if fnmatch(row["pay_grade"], grade)), unit)
        if row["officer_ref"] not in best or rank < best[row["officer_ref"]][0]:
            best[row["officer_ref"]] = (rank, row)
    return [row for _, row in best.values()]


@pytest.mark.parametrize("year", list(PERSONS))
def test_roster(
    realdata: Path, mapping: Mapping, reference: Reference, known: pl.DataFrame, year: int
) -> None:
    path = realdata / "city-police" / f"roster_{year}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        source = list(csv.DictReader(file))
    found = staged(path, mapping, reference, known)

    persons, no_race = PERSONS[year]
    assert len({row["officer_ref"] for row in source}) == persons
    assert (found.rows_read, found.rows_refused) == (len(source), 0)
    assert found.rows["person"].n_unique() == found.rows.height == persons
    assert found.presence is not None
    assert found.presence.height == persons
    races = Counter(row["race"] or "UNKNOWN" for row in main_rows(source))
    assert dict(found.rows.group_by("origin").len().iter_rows()) == races
    # The table takes the first row of a person. In 2007 two persons have a second row without a
    # race in a higher grade: their main employment.
    first = {row["officer_ref"]: row["race"] for row in reversed(source)}
    assert Counter(first.values())[""] == no_race
    assert races["UNKNOWN"] - no_race == (2 if year == 2007 else 0)
    assert found.rows["fte_milli"].null_count() == persons
    assert found.rows["hire_date"].null_count() == persons


def test_hire_dates_that_were_cut_are_why_they_are_left_out(realdata: Path) -> None:
    later = 0
    for path in (realdata / "city-police").glob("roster_*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            later += sum(row["org_hire_date"] > row["as_of"] for row in csv.DictReader(file))
    assert later == 390
