"""The store and its ledger: what a file replaces, what stands, and who may open it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from etl.errors import RefusedInput
from etl.schemas import QUARANTINE, STAGED_STREEFCIJFERS
from etl.settings import Settings
from etl.warehouse import ledger
from etl.warehouse.store import Warehouse
from tests.conftest import REPOSITORY
from tests.etl.person_rows import Q1, Q2, Q3, UNITS, fitted, movements, people, presence, units
from tests.spec.tables import table

NOW = datetime(2026, 1, 15, 9, 30)

Q1_ROWS = """
ref        | person | unit | scale
2025-03-31 | p1     | A1   | 10
2025-03-31 | p2     | A1   | 10
"""
Q2_ROWS = """
ref        | person | unit | scale
2025-06-30 | p1     | A1   | 11
2025-06-30 | p3     | A1   | 10
"""
Q3_ROWS = """
ref        | person | unit | scale
2025-09-30 | p1     | A1   | 11
2025-09-30 | p2     | A1   | 10
2025-09-30 | p3     | A1   | 10
"""
NOBODY = "ref | person"


@dataclass(frozen=True)
class File:
    """A staged file as the ledger sees it."""

    extract: str
    name: str
    rows: pl.DataFrame
    presence: pl.DataFrame | None = None
    refused: tuple[str, ...] = ()
    sha256: str = field(default="")

    @property
    def path(self) -> Path:
        return Path("somewhere") / self.name

    @property
    def quarantine(self) -> pl.DataFrame:
        lines = [(rule, "reason", self.name, 7, "{}") for rule in self.refused]
        return pl.DataFrame(lines, schema=QUARANTINE, orient="row")

    @property
    def rows_read(self) -> int:
        return self.rows.height + len(self.refused)

    @property
    def rows_kept(self) -> int:
        return self.rows.height


def personnel(name: str, drawing: str, refused: str = NOBODY, rules: tuple[str, ...] = ()) -> File:
    return File("personeel", name, people(drawing), presence(drawing, refused), rules)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def store(warehouse: Warehouse, *files: File) -> list[str]:
    replaced: list[str] = []
    with warehouse.transaction():
        for file in files:
            replaced += ledger.store(warehouse, file, mapping="m", context="c", loaded_at=NOW)
    return replaced


def kinds(warehouse: Warehouse) -> list[tuple[object, ...]]:
    legs = warehouse.leaves().group_by("to_ref", "kind", "move").agg(pl.sum("persons"))
    return legs.sort("to_ref", "kind", "move").rows()


def test_file_and_directory_are_closed_to_others(settings: Settings) -> None:
    with Warehouse.open(settings) as warehouse:
        store(warehouse, personnel("q1.csv", Q1_ROWS))
    assert settings.warehouse.stat().st_mode & 0o777 == 0o600
    assert settings.warehouse.parent.stat().st_mode & 0o777 == 0o700


def test_reading_without_a_warehouse_names_the_next_step(settings: Settings) -> None:
    with (
        pytest.raises(RefusedInput, match=r"no warehouse yet.*afspiegeling load"),
        Warehouse.open(settings, "read"),
    ):
        pass
    assert not settings.home.exists()


def test_a_file_that_is_no_warehouse_is_refused(settings: Settings) -> None:
    settings.warehouse.parent.mkdir(parents=True)
    settings.warehouse.write_text("a,b\n" * 2000)
    with pytest.raises(RefusedInput, match="cannot be opened"), Warehouse.open(settings):
        pass


def test_other_files_cannot_be_read_through_the_warehouse(
    settings: Settings, tmp_path: Path
) -> None:
    other = tmp_path / "other.csv"
    other.write_text("a\n1\n")
    with Warehouse.open(settings) as warehouse, pytest.raises(Exception, match="disabled"):
        warehouse.frame("SELECT * FROM read_csv(?)", [str(other)])


HOLD = """
import sys
from pathlib import Path
from etl.settings import Settings
from etl.warehouse.store import Warehouse
with Warehouse.open(Settings(home=Path(sys.argv[1]))):
    print("open", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("mode", ["write", "read"])
def test_second_command_is_refused_while_the_first_holds_it(settings: Settings, mode: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(settings.home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
    ) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "open\n"
        with (
            pytest.raises(RefusedInput, match="in use by another command") as caught,
            Warehouse.open(settings, "read" if mode == "read" else "write"),
        ):
            pass
        first.communicate("")
    assert caught.value.exit_code == 2
    with Warehouse.open(settings) as warehouse:
        assert warehouse.is_empty()


def test_leaves_come_from_what_is_stored(settings: Settings) -> None:
    with Warehouse.open(settings) as warehouse:
        store(warehouse, personnel("q1.csv", Q1_ROWS), personnel("q2.csv", Q2_ROWS))
    with Warehouse.open(settings, "read") as warehouse:
        assert warehouse.snapshot_dates() == [Q1, Q2]
        assert warehouse.calendar().rows() == [(None, Q1), (Q1, Q2)]
        assert warehouse.head_counts().rows() == [(Q1, 2), (Q2, 2)]
        assert kinds(warehouse) == [
            (Q1, "first", "none", 2),
            (Q2, "exit", "none", 1),
            (Q2, "inflow", "none", 1),
            (Q2, "stay", "promotion", 1),
        ]


def test_refused_person_is_measured_in_and_out(settings: Settings) -> None:
    """Trap 1 through the store: presence holds the ids of refused rows as well."""
    refused = "ref | person\n2025-06-30 | p2"
    with Warehouse.open(settings) as warehouse:
        store(
            warehouse,
            personnel("q1.csv", Q1_ROWS),
            personnel("q2.csv", Q2_ROWS, refused, ("scale_invalid",)),
            personnel("q3.csv", Q3_ROWS),
        )
        assert kinds(warehouse) == [
            (Q1, "first", "none", 2),
            (Q2, "inflow", "none", 1),
            (Q2, "measured_out", "none", 1),
            (Q2, "stay", "promotion", 1),
            (Q3, "measured_in", "none", 1),
            (Q3, "stay", "none", 2),
        ]


def test_late_file_in_the_middle_rebuilds_both_periods(settings: Settings) -> None:
    with Warehouse.open(settings) as warehouse:
        store(warehouse, personnel("q1.csv", Q1_ROWS), personnel("q3.csv", Q3_ROWS))
        before = kinds(warehouse)
        store(warehouse, personnel("q2.csv", Q2_ROWS))
        after = kinds(warehouse)
        ended = warehouse.leaves().filter(pl.col("to_ref") == Q3, pl.col("kind") == "stay")
    assert before == [
        (Q1, "first", "none", 2),
        (Q3, "inflow", "none", 1),
        (Q3, "stay", "none", 1),
        (Q3, "stay", "promotion", 1),
    ]
    assert after == [
        (Q1, "first", "none", 2),
        (Q2, "exit", "none", 1),
        (Q2, "inflow", "none", 1),
        (Q2, "stay", "promotion", 1),
        (Q3, "inflow", "none", 1),
        (Q3, "stay", "none", 2),
    ]
    spells = ended.select("from_scale", "periods_in_scale", "left_truncated").sort("from_scale")
    assert spells.rows() == [(10, 0, False), (11, 0, False)]


def test_corrected_file_replaces_its_date_and_its_quarantine(settings: Settings) -> None:
    with Warehouse.open(settings) as warehouse:
        first = personnel("q1.csv", Q1_ROWS, "ref | person\n2025-03-31 | p9", ("unit_unknown",))
        store(warehouse, first, personnel("q2.csv", Q2_ROWS, rules=("fte_range",)))
        corrected = personnel("q1b.csv", Q1_ROWS.replace("p2 ", "p9 "))
        assert store(warehouse, corrected) == ["q1.csv"]
        assert warehouse.refusals().rows() == [("fte_range", 1)]
        assert warehouse.frame(
            "SELECT person FROM fct_presence WHERE ref = ? ORDER BY person", [Q1]
        )["person"].to_list() == ["p1", "p9"]
        loads = warehouse.loads().select("load_id", "file", "reference_date", "replaced_by")
        assert loads.rows() == [
            (1, "q1.csv", Q1, 3),
            (2, "q2.csv", Q2, None),
            (3, "q1b.csv", Q1, None),
        ]


def test_file_of_two_dates_stands_for_the_date_that_is_left(settings: Settings) -> None:
    both = Q1_ROWS + Q2_ROWS.split("scale\n")[1]
    with Warehouse.open(settings) as warehouse:
        store(warehouse, personnel("both.csv", both, rules=("fte_range",)))
        assert warehouse.loads()["reference_date"].to_list() == [None]
        store(warehouse, personnel("q1.csv", Q1_ROWS))
        standing = warehouse.standing_loads().select("reference_date", "sha256", "rows_kept")
        assert standing.rows() == [(Q1, "", 2), (Q2, "", 4)]
        assert warehouse.refusals().rows() == [("fte_range", 1)]
        store(warehouse, personnel("q2.csv", Q2_ROWS))
        assert warehouse.refusals().is_empty()


def test_same_bytes_are_known_until_something_of_them_is_replaced(settings: Settings) -> None:
    file = File("personeel", "q1.csv", people(Q1_ROWS), people(Q1_ROWS), sha256="aa")

    def known(context: str, sha256: str = "aa") -> object:
        return ledger.loaded_dates(warehouse, "personeel", sha256, context)

    with Warehouse.open(settings) as warehouse:
        assert known("c") is None
        store(warehouse, file)
        assert known("c") == [Q1]
        assert known("another mapping or other units") is None
        assert known("c", "bb") is None
        store(warehouse, personnel("q1b.csv", Q1_ROWS))
        assert known("c") is None


def test_rows_that_lay_in_the_future_are_read_again(settings: Settings) -> None:
    file = File(
        "personeel", "q1.csv", people(Q1_ROWS), people(Q1_ROWS), ("date_future",), sha256="aa"
    )
    with Warehouse.open(settings) as warehouse:
        store(warehouse, file)
        assert ledger.loaded_dates(warehouse, "personeel", "aa", "c") is None


def test_units_are_replaced_by_code(settings: Settings) -> None:
    newer = """
    code | parent | level | valid_from | valid_to   | successor_of
    A1   | B      | 3     | 2020-01-01 | -          | -
    C    | MIN    | 2     | 2025-01-01 | -          | -
    """
    with Warehouse.open(settings) as warehouse:
        store(warehouse, File("organisatie", "o.csv", units(UNITS)))
        assert store(warehouse, File("organisatie", "new.csv", units(newer))) == ["o.csv"]
        found = warehouse.units().select("code", "parent").rows()
        assert found == [
            ("A", "MIN"),
            ("A1", "B"),
            ("A2", "A"),
            ("B", "MIN"),
            ("C", "MIN"),
            ("MIN", None),
        ]
        closure = warehouse.unit_closure([Q1]).filter(pl.col("unit") == "A1")
        assert closure["ancestor"].to_list() == ["MIN", "B", "A1"]


def test_unit_given_again_as_it_stands_replaces_nothing(settings: Settings) -> None:
    again = """
    code | parent | level | valid_from | valid_to   | successor_of
    MIN  | -      | 1     | 2020-01-01 | -          | -
    C    | MIN    | 2     | 2025-01-01 | -          | -
    """
    with Warehouse.open(settings) as warehouse:
        store(warehouse, File("organisatie", "o.csv", units(UNITS)))
        assert store(warehouse, File("organisatie", "more.csv", units(again))) == []
        assert warehouse.units()["code"].to_list() == ["A", "A1", "A2", "B", "C", "MIN"]
        # A second period of validity for a code is another answer for that code as a whole.
        ended = """
        code | parent | level | valid_from | valid_to   | successor_of
        C    | MIN    | 2     | 2025-01-01 | 2025-05-31 | -
        C    | A      | 2     | 2025-06-01 | -          | -
        """
        assert store(warehouse, File("organisatie", "c.csv", units(ended))) == ["more.csv"]
        assert warehouse.units().filter(pl.col("code") == "C").height == 2
        only = """
        code | parent | level | valid_from | valid_to   | successor_of
        C    | A      | 2     | 2025-06-01 | -          | -
        """
        assert store(warehouse, File("organisatie", "d.csv", units(only))) == ["c.csv"]
        assert warehouse.units().filter(pl.col("code") == "C").height == 1


def test_targets_are_replaced_by_their_key(settings: Settings) -> None:
    drawn = "indicator | scale_group | unit | value | year | status\n"

    def target(value: str, year: str) -> pl.DataFrame:
        row = drawn + f"share | >=14 | MIN | {value} | {year} | hard"
        return fitted(table(row), STAGED_STREEFCIJFERS)

    with Warehouse.open(settings) as warehouse:
        store(warehouse, File("streefcijfers", "a.csv", target("5.5", "2027")))
        store(warehouse, File("streefcijfers", "b.csv", target("6.0", "2027")))
        store(warehouse, File("streefcijfers", "c.csv", target("7.0", "2028")))
        assert warehouse.targets().select("value", "year").rows() == [(6.0, 2027), (7.0, 2028)]


def test_a_warehouse_from_before_targets_had_a_source_still_opens(settings: Settings) -> None:
    with Warehouse.open(settings) as warehouse:
        warehouse.connection.execute("ALTER TABLE dim_target DROP COLUMN source")
        warehouse.connection.execute("DROP TABLE layout")
    with Warehouse.open(settings) as warehouse:
        assert warehouse.targets().columns[-1] == "source"


@pytest.mark.parametrize(
    ("name", "first", "last", "left"),
    [
        ("m.csv", "2025-04-01", "2025-05-31", ["new"]),  # the same span: a correction
        ("m.csv", "2025-01-01", "2025-12-31", ["new"]),  # a longer one: a full delivery
        ("m.csv", "2025-04-02", "2025-06-30", ["new", "old"]),  # the next one: both stand
        ("other.csv", "2025-04-01", "2025-05-31", ["new", "old"]),
    ],
)
def test_movements_are_replaced_by_a_file_of_the_same_name_that_covers_them(
    settings: Settings, name: str, first: str, last: str, left: list[str]
) -> None:
    head = "person | effective | kind | reason\n"
    old = head + "p1 | 2025-04-01 | acting | old\np1 | 2025-05-31 | acting | old"
    new = head + f"p1 | {first} | acting | new\np1 | {last} | acting | new"
    with Warehouse.open(settings) as warehouse:
        store(warehouse, File("mutaties", "m.csv", movements(old)))
        store(warehouse, File("mutaties", name, movements(new)))
        found = warehouse.frame("SELECT DISTINCT reason FROM fct_movement ORDER BY reason")
    assert found["reason"].to_list() == left


def test_person_twice_at_a_date_is_refused_and_nothing_stored(settings: Settings) -> None:
    twice = Q1_ROWS + "2025-03-31 | p1 | A2 | 9"
    with Warehouse.open(settings) as warehouse:
        with pytest.raises(RefusedInput, match="more than one staged row"):
            store(warehouse, personnel("q2.csv", Q2_ROWS), personnel("q1.csv", twice))
        assert warehouse.is_empty()
        assert warehouse.snapshot_dates() == []


def test_crash_leaves_the_state_from_before(settings: Settings) -> None:
    with Warehouse.open(settings) as warehouse:
        store(warehouse, personnel("q1.csv", Q1_ROWS))

    def crash() -> None:
        with Warehouse.open(settings) as warehouse, warehouse.transaction():
            file = personnel("q1b.csv", Q1_ROWS.replace("p2 ", "p9 "))
            ledger.store(warehouse, file, mapping="m", context="c", loaded_at=NOW)
            assert warehouse.loads().height == 2
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        crash()
    with Warehouse.open(settings, "read") as warehouse:
        assert warehouse.loads()["file"].to_list() == ["q1.csv"]
        persons = warehouse.frame("SELECT person FROM fct_snapshot ORDER BY person")
        assert persons["person"].to_list() == ["p1", "p2"]


KILLED = """
import os, signal, sys
from pathlib import Path
from etl.settings import Settings
from etl.warehouse.store import Warehouse
with Warehouse.open(Settings(home=Path(sys.argv[1]))) as warehouse, warehouse.transaction():
    warehouse.connection.execute("DELETE FROM fct_snapshot")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_killed_load_leaves_the_state_from_before(settings: Settings) -> None:
    with Warehouse.open(settings) as warehouse:
        store(warehouse, personnel("q1.csv", Q1_ROWS))
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(settings.home)], cwd=REPOSITORY, check=False
    )
    assert done.returncode == -9
    with Warehouse.open(settings, "read") as warehouse:
        assert warehouse.head_counts().rows() == [(Q1, 2)]


def test_keys_are_bound_at_the_first_load(settings: Settings) -> None:
    with Warehouse.open(settings) as warehouse:
        ledger.bind_keys(warehouse, {"pseudonym": "1", "record": "2"})
        ledger.bind_keys(warehouse, {"pseudonym": "1", "record": "2", "rounding": "3"})
        with pytest.raises(RefusedInput, match="key 'rounding'"):
            ledger.bind_keys(warehouse, {"pseudonym": "1", "record": "2", "rounding": "4"})
        with pytest.raises(RefusedInput, match="key 'record'"):
            ledger.bind_keys(warehouse, {"record": "9"})


def test_acceptance_needs_a_reason(settings: Settings) -> None:
    with Warehouse.open(settings) as warehouse:
        warehouse.connection.execute(
            "INSERT INTO plausibility VALUES "
            "(DATE '2025-06-30', 'exit', 'A', 'gross', 0.5, 0.02, 0.3, NULL, NULL), "
            "(DATE '2025-06-30', 'inflow', 'A', 'warning', 0.2, 0.02, 0.1, NULL, NULL)"
        )
        with pytest.raises(RefusedInput, match="with a reason only"):
            warehouse.accept("  ", NOW)
        assert warehouse.held().select("rule", "unit", "ref").rows() == [("exit", "A", Q2)]
        assert warehouse.accept("Part A was privatised", NOW) == 1
        assert warehouse.held().is_empty()
        assert warehouse.warnings().select("rule", "accepted_reason").rows() == [
            ("exit", "Part A was privatised"),
            ("inflow", None),
        ]
        assert "figure" not in warehouse.warnings().columns


def test_scratch_never_reaches_the_disk(settings: Settings) -> None:
    with Warehouse.open(settings, "scratch") as warehouse:
        store(warehouse, personnel("q3.csv", Q3_ROWS))
        assert warehouse.snapshot_dates() == [Q3]
    assert not settings.home.exists()
