"""Attacks over time on the whole product: what successive publications tell together.

Every scenario loads and publishes a tiny invented home with the real commands and looks at the
published cells alone. Most compare two worlds that an outsider cannot tell apart before: the same
public movements, another origin of the person who moved. What is published must then be the same.

Every day with a plan of few tables, which a mapping brings along; as a proof with the shipped plan.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pytest

from etl.publish import names
from tests.end_to_end.deliveries import home_with_keys, run, served_cells
from tests.etl.small_extracts import personeel, write

SMALL, SHIPPED = "small", "rijk-standaard"
People = dict[str, str]
Q4_24, Q1, Q2, Q3, Q4 = "31-12-2024", "31-03-2025", "30-06-2025", "30-09-2025", "31-12-2025"
CODES = {Q4_24: "2024Q4", Q1: "2025Q1", Q2: "2025Q2", Q3: "2025Q3", Q4: "2025Q4"}
GROUP, OTHER = "turkije", "nederland"
TREE = """
code | naam_nl | bovenliggend | niveau | geldig_van | geldig_tot | opvolger_van
MIN  | Geheel  |              | 1      | 01-01-2020 |            |
A    | Deel A  | MIN          | 2      | 01-01-2020 |            |
B    | Deel B  | MIN          | 2      | 01-01-2020 |            |
"""
AFTER = """
code | naam_nl | bovenliggend | niveau | geldig_van | geldig_tot | opvolger_van
MIN  | Geheel  |              | 1      | 01-01-2020 |            |
A    | Deel A  | MIN          | 2      | 01-01-2020 |            |
B    | Deel B  | MIN          | 2      | 01-01-2020 | 30-06-2025 |
D    | Deel D  | MIN          | 2      | 01-07-2025 |            | B
"""
MAPPING = """
name = "small"
extends = "rijk-standaard"
[reference]
"publication_plan.toml" = "publication_plan.toml"
"""
PLAN = """
[block]
length = 5
first_year = "auto"
[[table]]
key = "everybody"
metrics = ["headcount", "inflow", "exit"]
scale_partition = "main"
levels = [1, 2]
period_kind = "quarter"
[[table]]
key = "origin"
metrics = ["headcount"]
partitions = { origin = "binary" }
scale_partition = "main"
levels = [1, 2]
period_kind = "quarter"
[[table]]
key = "origin_leaves"
metrics = ["headcount"]
partitions = { origin = "leaves" }
levels = [1, 1]
period_kind = "quarter"
[[table]]
key = "flows"
metrics = ["inflow", "exit"]
partitions = { origin = "binary" }
scale_partition = "main"
levels = [1, 1]
period_kind = "quarter"
"""


def crowd(unit: str, first: int, **origins: int) -> People:
    """People of one unit, numbered from ``first``."""
    rows = [f"{unit} 10 V {origin}" for origin, n in origins.items() for _ in range(n)]
    return {str(first + place): row for place, row in enumerate(rows)}


B = crowd("B", 2000, nederland=114, turkije=41, onbekend=35)
STAFF = crowd("A", 1000, nederland=230, turkije=57, onbekend=33) | B
MANY = crowd("A", 5000, nederland=15, turkije=9, onbekend=6)
"""So many, and so mixed, that a new number of their unit tells of nobody."""


class Office:
    """A home that is loaded and published date by date."""

    def __init__(self, directory: Path, plan: str) -> None:
        self.directory, self.home, self.mapping = directory, directory / "home", plan
        home_with_keys(self.home)
        if plan == SMALL:
            self.mapping = str(directory / "mapping.toml")
            Path(self.mapping).write_text(MAPPING, encoding="utf-8")
            (directory / "publication_plan.toml").write_text(PLAN, encoding="utf-8")

    def run(self, *words: object, typed: str | None = None) -> None:
        run(self.home, *words, typed=typed)

    def load(self, ref: str, people: Mapping[str, str], tree: str = TREE) -> None:
        files = self.directory / f"in-{len(list(self.directory.glob('in-*')))}"
        write(files / "organisatie.csv", tree)
        write(files / "personeel.csv", personeel(ref, people))
        self.run("load", files, "--mapping", self.mapping)

    def publish(self) -> pl.DataFrame:
        """Publish, and give the cells that are served then."""
        self.run("publish", "--accept", "an invented organisation")
        return self.cells()

    def cells(self) -> pl.DataFrame:
        return served_cells(self.home)


class Offices:
    """Offices that begin alike are made once, and copied."""

    def __init__(self, directory: Path, plan: str) -> None:
        self.directory, self.plan = directory, plan
        self._made: dict[frozenset[tuple[str, str]], Path] = {}
        self._copies = 0

    def new(self) -> Office:
        """An office without anything."""
        self._copies += 1
        return Office(self.directory / str(self._copies), self.plan)

    def after(self, people: People) -> Office:
        """An office that published these people at the end of the second quarter."""
        begin = frozenset(people.items())
        if begin not in self._made:
            office = self.new()
            office.load(Q2, people)
            office.publish()
            self._made[begin] = office.home
        office = self.new()
        shutil.copytree(self._made[begin], office.home, dirs_exist_ok=True)
        return office


@pytest.fixture(scope="module", params=[SMALL, pytest.param(SHIPPED, marks=pytest.mark.proof)])
def offices(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Offices:
    return Offices(tmp_path_factory.mktemp("offices"), request.param)


def split(cells: pl.DataFrame, *refs: str, unit: str | None = None) -> pl.DataFrame:
    """The cells by origin, counts and figures: at some dates, of one unit."""
    wanted = cells.filter(pl.col("attribute") == "origin")
    if refs:
        wanted = wanted.filter(pl.col("period").is_in([CODES[ref] for ref in refs]))
    return wanted.filter(pl.col("unit") == unit) if unit else wanted


def told(
    cells: pl.DataFrame, ref: str, unit: str = "A", category: str = "yes"
) -> dict[str, object]:
    """One stock cell."""
    found = split(cells, ref, unit=unit).filter(
        metric="headcount", scale_group="all", category=category, attribute2=""
    )
    return found.row(0, named=True)


def others(people: People, number: int, origin: str) -> People:
    """The same people, ``number`` of them (the first that differ) with another origin."""
    changed = [n for n, row in people.items() if not row.endswith(origin)][:number]
    return people | {n: " ".join([*people[n].split()[:3], origin]) for n in changed}


# --- one who comes, goes or is exchanged


@pytest.mark.parametrize(
    ("group", "movement"),
    [(57, "joins"), (57, "leaves"), (57, "is replaced"), (9, "joins")],
    ids=["57 to 58", "58 to 57", "one for another", "across the threshold"],
)
def test_one_mover_s_origin_changes_nothing(offices: Offices, group: int, movement: str) -> None:
    """Who leaves has a colleague of the other origin, so that both worlds begin with one number."""
    staff = crowd("A", 1000, nederland=287 - group, turkije=group, onbekend=33) | B
    seen = []
    for origin, opposite in ((GROUP, OTHER), (OTHER, GROUP)):
        mover, first = {"5000": f"A 10 V {origin}"}, {"5001": f"A 10 V {OTHER}"}
        stays = {"5002": f"A 10 V {opposite}"}
        before, after = {
            "joins": ({}, mover),
            "leaves": (stays | mover, stays),
            "is replaced": (first, mover),
        }[movement]
        office = offices.after(staff | before)
        first_publication = office.cells()
        office.load(Q3, staff | after)
        seen.append((split(first_publication, Q2), split(office.publish(), Q3)))
    assert seen[0][0].equals(seen[1][0])
    assert seen[0][1].equals(seen[1][1])
    row = told(seen[0][1], Q3)
    status = "published" if group > 9 else "suppressed"
    assert (row["status"], row["as_of"]) == (status, "2025Q2")
    repeated = seen[0][1].filter(metric="headcount", status="published")
    assert set(repeated.filter(pl.col("unit") != "B")["as_of"]) == {"2025Q2"}


def test_enough_movers_make_a_new_number(offices: Offices) -> None:
    """Thirty who differ among themselves: not everything is frozen for ever."""
    office = offices.after(STAFF)
    office.load(Q3, STAFF | MANY)
    row = told(office.publish(), Q3)
    assert (row["status"], row["as_of"], row["base"]) == ("published", "2025Q3", 350)


def test_movers_who_are_all_alike_repeat_the_number(offices: Offices) -> None:
    """Far enough, but two new numbers would tell what most of the twelve are."""
    office = offices.after(STAFF)
    office.load(Q3, STAFF | crowd("A", 5000, nederland=12))
    row = told(office.publish(), Q3)
    assert (row["status"], row["as_of"], row["base"]) == ("published", "2025Q2", 320)


def test_too_few_movers_repeat_the_number_with_its_date(offices: Offices) -> None:
    office = offices.after(STAFF)
    first = told(office.cells(), Q2)
    office.load(Q3, STAFF | crowd("A", 5000, nederland=4, turkije=5))
    row = told(office.publish(), Q3)
    assert (row["status"], row["as_of"]) == ("published", "2025Q2")
    assert (row["value"], row["base"]) == (first["value"], 320)


# --- history


def test_a_number_that_was_rolled_back_still_counts(offices: Offices) -> None:
    """Q3 was served for a moment; two more people in the next quarter say nothing about them."""
    office = offices.after(STAFF)
    grown = STAFF | MANY
    office.load(Q3, grown)
    moment = told(office.publish(), Q3)
    assert moment["as_of"] == "2025Q3"
    office.run("rollback")
    office.load(Q4, grown | crowd("A", 6000, turkije=2))
    row = told(office.publish(), Q4)
    assert (row["status"], row["as_of"]) == ("published", "2025Q3")
    assert row["value"] == moment["value"]


def test_publishing_the_same_again_repeats_every_cell(offices: Offices) -> None:
    office = offices.after(STAFF)
    first = office.cells()
    assert office.publish().equals(first)
    office.load(Q3, STAFF | MANY)
    assert split(office.publish(), Q2).equals(split(first, Q2))
    assert len(names(office.home / "published")) == 3


def test_a_correction_changes_public_totals_only(offices: Offices) -> None:
    """Seven other origins and a person too few: the served date keeps its split, base included."""
    office = offices.after(STAFF)
    first = office.cells()
    corrected = others(STAFF, 7, GROUP)
    corrected.pop("1003")
    office.load(Q2, corrected)
    second = office.publish()
    counts = pl.col("metric") == "headcount"
    assert split(second, Q2).filter(counts).equals(split(first, Q2).filter(counts))
    everybody = second.filter(counts, unit="MIN", scale_group="all", attribute="")
    assert everybody["value"].to_list() == [len(STAFF) - 1]


def test_who_is_forgotten_cannot_be_subtracted(offices: Offices) -> None:
    office = offices.after(STAFF)
    first = office.cells()
    office.run("forget", typed=next(n for n, row in STAFF.items() if row.endswith(GROUP)) + "\n")
    second = office.publish()
    assert split(second).equals(split(first))
    assert second.filter(attribute="").equals(first.filter(attribute=""))


def test_what_is_withdrawn_is_hidden_also_where_it_is_repeated(offices: Offices) -> None:
    """Totals of everybody stay, and what was decided from its own set."""
    office = offices.after(STAFF)
    first = office.cells()
    office.load(Q3, STAFF | crowd("A", 5000, nederland=4))
    assert told(office.publish(), Q3)["status"] == "published"
    office.run("withdraw", "headcount", "2025Q2", "--reason", "a table of the source was wrong")
    cells = office.publish()
    counts = split(cells, Q2).filter(metric="headcount")
    assert set(counts["status"]) == {"suppressed"}
    assert split(cells, Q2).filter(status="published").is_empty()
    assert told(cells, Q3)["status"] == "suppressed"
    public = (pl.col("attribute") == "") & (pl.col("period") == "2025Q2")
    assert cells.filter(public).equals(first.filter(public))


# --- the tree


def moved(people: People, old: str, new: str) -> People:
    return {n: f"{new} {row[2:]}" if row[0] == old else row for n, row in people.items()}


def test_a_renamed_unit_keeps_its_number_and_its_date(offices: Offices) -> None:
    office = offices.after(STAFF)
    before = office.cells()
    office.load(Q3, moved(STAFF, "B", "D"), AFTER)
    after = office.publish()
    names_ = (
        *("category", "scale_group", "attribute2", "category2"),
        *("status", "as_of", "value", "base"),
    )
    stock = pl.col("metric") == "headcount"
    old = split(before, Q2, unit="B").filter(stock).select(names_)
    new = split(after, Q3, unit="D").filter(stock).select(names_)
    assert new.equals(old)
    assert told(after, Q3, "D")["status"] == "published"
    assert set(new["as_of"]) == {"2025Q2"}


def test_a_unit_that_is_another_one_and_three_people_is_hidden(offices: Offices) -> None:
    """D = B and three from A: its number minus that of B would be about the three."""
    seen = []
    for origin in (GROUP, OTHER):
        three = {str(5000 + n): f"A 10 V {origin}" for n in range(3)}
        balance = {str(6000 + n): f"A 10 V {OTHER if origin == GROUP else GROUP}" for n in range(3)}
        office = offices.after(STAFF | three | balance)
        assert told(office.cells(), Q2, "B")["status"] == "published"
        office.load(Q3, moved(STAFF, "B", "D") | moved(three, "A", "D") | balance, AFTER)
        seen.append(split(office.publish(), Q3))
    assert seen[0].equals(seen[1])
    assert set(split(seen[0], unit="D").filter(metric="headcount")["status"]) == {"suppressed"}


# --- one run or many


def test_five_dates_at_once_give_the_cells_of_five_runs(offices: Offices) -> None:
    dates = {
        Q4_24: STAFF,
        Q1: STAFF | crowd("A", 5000, turkije=3),
        Q2: STAFF | crowd("A", 5000, turkije=3, nederland=14),
        Q3: STAFF | crowd("A", 5000, turkije=3, nederland=14) | crowd("B", 7000, turkije=2),
        Q4: STAFF | crowd("B", 7000, turkije=2, nederland=21),
    }
    many, once = offices.new(), offices.new()
    for ref, people in dates.items():
        many.load(ref, people)
        last = many.publish()
        once.load(ref, people)
    assert len(names(many.home / "published")) == 5
    assert once.publish().equals(last)
