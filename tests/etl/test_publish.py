"""A publication is one immutable file, checked, then served; a crash leaves the old one."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest

from etl import publish as publications
from etl.about import (
    LOADS,
    REFERENCES,
    WARNINGS,
    About,
    loads,
    meta_of,
    references,
    refusals,
    row_totals,
)
from etl.domain import Reference
from etl.errors import NotPublished, RefusedInput
from etl.metrics.count import planned_counts, planned_tables
from etl.metrics.derive import derive
from etl.metrics.dimensions import DIMENSIONS, dimension_frame
from etl.metrics.periods import Calendar
from etl.metrics.registry import metric_frame
from etl.privacy.grounds import Grounds
from etl.privacy.linkage import Linkage
from etl.privacy.plan import load_plan
from etl.privacy.policy import Policy
from etl.privacy.protect import ProtectedTable, protect
from etl.publish import Publication
from etl.schemas import PUBLISHED_RULES
from tests.etl.leaf_rows import D0, D1, people, units
from tests.privacy.bases import KEY

REFERENCE, POLICY = Reference(), Policy.load()
PLAN = load_plan(REFERENCE, POLICY)
CALENDAR = Calendar([D0, D1], REFERENCE.organisation)
NOW = datetime(2026, 1, 14, 9, 30, tzinfo=UTC)
TABLES = {
    "mart_cell", "mart_dimension", "mart_metric", "mart_reference", "mart_plan", "mart_meta",
    "mart_load", "mart_refusal", "mart_warning", "mart_status", "mart_history",
    "mart_audit", "mart_withdrawal", "mart_finding", "mart_news",
}  # fmt: skip

TWO_DATES = """
kind   | before | at | from  | to    | persons | origin    | gender
first  | -      | d0 | -     | A1.10 | 300     | nederland | V
first  | -      | d0 | -     | A1.12 | 80      | turkije   | M
first  | -      | d0 | -     | B1.15 | 30      | onbekend  | M
first  | -      | d0 | -     | B1.15 | 7       | marokko   | M
stay   | d0     | d1 | A1.10 | A1.10 | 300     | nederland | V
stay   | d0     | d1 | A1.12 | A1.12 | 80      | turkije   | M
stay   | d0     | d1 | B1.15 | B1.15 | 30      | onbekend  | M
exit   | d0     | d1 | B1.15 | -     | 7       | marokko   | M
inflow | d0     | d1 | -     | B1.15 | 60      | nederland | V
"""


@pytest.fixture(scope="module")
def protected() -> ProtectedTable:
    counted = people(TWO_DATES)
    counts = planned_counts(counted, PLAN, REFERENCE, CALENDAR)
    grounds = Grounds(
        reference=REFERENCE,
        policy=POLICY,
        linkage=Linkage.of(counted, PLAN, CALENDAR),
        dimensions=dimension_frame(units(), PLAN, REFERENCE, CALENDAR),
        metrics=metric_frame(),
    )
    return protect(counts, grounds, KEY).table


@pytest.fixture(scope="module")
def about() -> About:
    dimension = dimension_frame(units(), PLAN, REFERENCE, CALENDAR)
    return About(
        dimension=dimension,
        metric=metric_frame(),
        reference=pl.DataFrame(schema=REFERENCES),
        plan=planned_tables(people(TWO_DATES), PLAN, REFERENCE, CALENDAR),
        load=pl.DataFrame(schema=LOADS),
        refusal=refusals(pl.DataFrame({"rule": ["age_range"], "rows": [12]}), POLICY),
        warning=pl.DataFrame(schema=WARNINGS),
        meta=meta_of(REFERENCE, POLICY, dimension, NOW),
    )


@pytest.fixture(scope="module")
def derived(protected: ProtectedTable, about: About) -> pl.DataFrame:
    return derive(protected.cells, about.dimension, about.metric)


@pytest.fixture
def made(
    tmp_path: Path, protected: ProtectedTable, derived: pl.DataFrame, about: About
) -> Publication:
    return publications.write(tmp_path / "published", protected, derived, about, NOW)


def read(path: Path, table: str) -> pl.DataFrame:
    with duckdb.connect(str(path), read_only=True) as connection:
        return pl.DataFrame(connection.table(table).to_arrow_table())


def test_the_file_holds_the_tables_of_the_contract_and_nothing_else(made: Publication) -> None:
    with duckdb.connect(str(made.path), read_only=True) as connection:
        held = {name for (name,) in connection.execute("SHOW TABLES").fetchall()}
        columns = {row[0] for row in connection.execute("DESCRIBE mart_cell").fetchall()}
    assert held == TABLES
    assert columns == {
        "metric", "period", "period_kind", "unit", "unit_level", "scale_group", "attribute",
        "category", "attribute2", "category2", "status", "as_of", "value", "base", "lower", "upper",
    }  # fmt: skip


def test_cells_lie_by_unit_metric_and_period(made: Publication) -> None:
    cells = read(made.path, "mart_cell")
    order = cells.select("unit", "metric", "period")
    assert order.equals(order.sort("unit", "metric", "period"))


def test_known_numbers_are_in_the_file(made: Publication) -> None:
    cells = read(made.path, "mart_cell").filter(
        metric="headcount", period="2025Q1", unit="MIN", scale_group="all"
    )
    found = {
        (row["attribute"], row["category"]): (row["status"], row["value"])
        for row in cells.filter(pl.col("attribute2") == "").iter_rows(named=True)
    }
    assert found["", ""] == ("published", 470.0)
    assert found["origin", "unknown"] == ("published", 30.0)
    assert found["origin", "known"] == ("published", 440.0)
    assert found["origin", "yes"] == ("published", 80.0)
    assert found["origin", "turkije"][0] == "suppressed"  # the other leaves are 0
    assert found["gender", "yes"] == ("published", 360.0)
    small = read(made.path, "mart_cell").filter(metric="headcount", period="2024Q4", unit="B")
    assert set(small.filter(pl.col("attribute") == "gender")["status"]) == {"suppressed"}
    # Units of 380 and 37: too small in the mean for origin, which is not in the plan there.
    assert small.filter(pl.col("attribute") == "origin").is_empty()


def test_the_pointer_names_the_file_and_its_hash(made: Publication) -> None:
    pointer = json.loads((made.path.parent / "current.json").read_text(encoding="utf-8"))
    assert pointer == {
        "publication": "2026-1",
        "file": "publication-2026-1.duckdb",
        "sha256": hashlib.sha256(made.path.read_bytes()).hexdigest(),
    }
    assert publications.served(made.path.parent) == "2026-1"


def test_everybody_may_read_it_and_nothing_else_is_left(made: Publication) -> None:
    assert made.path.stat().st_mode & 0o777 == 0o644
    names = {path.name for path in made.path.parent.iterdir()}
    assert names == {"publication-2026-1.duckdb", "current.json"}


def test_publications_are_numbered_within_their_year_and_remember_each_other(
    tmp_path: Path, protected: ProtectedTable, derived: pl.DataFrame, about: About
) -> None:
    moments = [NOW, NOW, datetime(2027, 1, 2, tzinfo=UTC)]
    made = [publications.write(tmp_path, protected, derived, about, now) for now in moments]
    assert [publication.name for publication in made] == ["2026-1", "2026-2", "2027-1"]
    assert publications.names(tmp_path) == ["2026-1", "2026-2", "2027-1"]
    history = read(made[2].path, "mart_history")
    assert history["publication"].to_list() == ["2026-1", "2026-2", "2027-1"]
    assert set(history["last_period"]) == {"2025Q1"}


def test_what_is_new_since_the_one_before_travels_along(
    tmp_path: Path, protected: ProtectedTable, derived: pl.DataFrame, about: About
) -> None:
    smaller = replace(about, metric=about.metric.filter(pl.col("metric") != "blau"))
    kept = derived.filter(pl.col("metric") != "blau")
    first = publications.write(tmp_path, protected, kept, smaller, NOW)
    second = publications.write(tmp_path, protected, derived, about, NOW)
    third = publications.write(tmp_path, protected, derived, about, NOW)
    told = [read(each.path, "mart_news") for each in (first, second, third)]
    assert [frame.height for frame in told] == [0, 1, 0]
    assert told[1].select("kind", "change", "code").row(0) == ("metric", "new", "blau")


def test_the_tenth_comes_after_the_ninth(tmp_path: Path) -> None:
    for number in (1, 2, 9, 10):
        (tmp_path / f"publication-2026-{number}.duckdb").touch()
    (tmp_path / "publication-copy.duckdb").touch()
    assert publications.names(tmp_path) == ["2026-1", "2026-2", "2026-9", "2026-10"]


def test_rolling_back_deletes_nothing(
    made: Publication, protected: ProtectedTable, derived: pl.DataFrame, about: About
) -> None:
    published = made.path.parent
    publications.write(published, protected, derived, about, NOW)
    assert publications.rollback(published) == "2026-1"
    assert publications.served(published) == "2026-1"
    assert publications.names(published) == ["2026-1", "2026-2"]
    assert publications.rollback(published, "2026-2") == "2026-2"
    # The next one continues the numbering, whatever is served.
    publications.rollback(published, "2026-1")
    assert publications.write(published, protected, derived, about, NOW).name == "2026-3"


def test_there_is_nothing_before_the_first(made: Publication, tmp_path: Path) -> None:
    with pytest.raises(RefusedInput, match="no publication before"):
        publications.rollback(made.path.parent)
    with pytest.raises(RefusedInput, match="no such publication"):
        publications.rollback(made.path.parent, "2020-1")
    with pytest.raises(RefusedInput, match="no publication before"):
        publications.rollback(tmp_path / "empty")


def test_a_crash_while_writing_leaves_the_old_publication(
    made: Publication,
    protected: ProtectedTable,
    derived: pl.DataFrame,
    about: About,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    published = made.path.parent
    before = (published / "current.json").read_bytes()

    def crash(path: Path, tables: object) -> None:
        path.write_bytes(b"half a file")
        raise OSError("no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(publications, "_write_file", crash)
        with pytest.raises(OSError, match="no space"):
            publications.write(published, protected, derived, about, NOW)
    assert (published / "current.json").read_bytes() == before
    assert publications.names(published) == ["2026-1"]
    assert publications.write(published, protected, derived, about, NOW).name == "2026-2"
    assert {path.suffix for path in published.iterdir()} == {".duckdb", ".json"}


def test_a_file_that_does_not_read_back_is_not_served(
    made: Publication,
    protected: ProtectedTable,
    derived: pl.DataFrame,
    about: About,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_file = publications._write_file

    def spoiled(path: Path, tables: dict[str, pl.DataFrame]) -> None:
        cells = tables["mart_cell"].with_columns(pl.col("value") + 1)
        write_file(path, tables | {"mart_cell": cells})

    monkeypatch.setattr(publications, "_write_file", spoiled)
    with pytest.raises(NotPublished, match="does not read back"):
        publications.write(made.path.parent, protected, derived, about, NOW)
    assert publications.served(made.path.parent) == "2026-1"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"metric": pl.lit("headcount")}, "a count that protect did not make"),
        ({"status": pl.lit("secret")}, "an unknown status"),
        ({"status": pl.lit("suppressed"), "value": pl.lit(1.0)}, "nothing is shown"),
        ({"status": pl.lit("suppressed"), "value": None, "lower": pl.lit(1.0)}, "nothing is shown"),
        ({"status": pl.lit("published"), "value": None}, "a number is shown"),
        ({"unit": pl.lit("MIN"), "period": pl.lit("2025Q1")}, "two cells with one key"),
    ],
)
def test_derived_cells_that_break_the_contract_are_not_published(  # noqa: PLR0917 - fixtures
    change: dict[str, pl.Expr],
    said: str,
    made: Publication,
    protected: ProtectedTable,
    derived: pl.DataFrame,
    about: About,
) -> None:
    wrong = derived.with_columns(**change)
    with pytest.raises(NotPublished, match=said):
        publications.write(made.path.parent, protected, wrong, about, NOW)
    assert publications.names(made.path.parent) == ["2026-1"]


def test_totals_per_status_are_all_that_is_told_about_what_is_hidden(made: Publication) -> None:
    cells, status = read(made.path, "mart_cell"), read(made.path, "mart_status")
    assert status["cells"].sum() == cells.height == made.cells
    told = dict(status.group_by("status").agg(pl.sum("cells")).iter_rows())
    assert told == dict(cells.group_by("status").agg(pl.len()).iter_rows())


# --- what travels along


def test_units_and_periods_are_described(about: About) -> None:
    dimension = about.dimension
    assert dimension.schema == DIMENSIONS
    a3 = dimension.filter(dimension="unit", code="A3").row(0, named=True)
    assert (a3["parent"], a3["level"], a3["label_nl"], a3["label_en"]) == (
        "A",
        3,
        "A3 nl",
        "A3 nl",
    )
    periods = dimension.filter(dimension="period").select("partition", "code", "label_nl")
    assert periods.rows() == [
        ("quarter", "2024Q4", "2024 K4"),
        ("quarter", "2025Q1", "2025 K1"),
    ]
    main = dimension.filter(dimension="scale_group", partition="main").sort("position")
    assert main["code"].to_list() == ["<=13", ">=14"]


def test_children_of_one_parent_in_one_partition_add_up_to_it(about: About) -> None:
    origin = about.dimension.filter(dimension="origin")
    rounding = dict(origin.select("code", "rounding").iter_rows())
    assert rounding["known"] == rounding["no"] == rounding["nederland"] == "complement"
    assert rounding["unknown"] == rounding["yes"] == rounding["turkije"] == "own"
    parents = dict(origin.select("code", "parent").iter_rows())
    assert parents["yes"] == "known"
    assert parents["turkije"] == "buiten_europa"
    assert parents["known"] == ""


def test_small_numbers_of_refused_rows_on_special_columns_are_hidden() -> None:
    counted = {"code_unknown": 9, "duplicate_row": 3, "key_missing": 200}
    found = refusals(pl.DataFrame({"rule": list(counted), "rows": list(counted.values())}), POLICY)
    rows = {rule: (n, status) for rule, _, _, n, status in found.iter_rows()}
    assert rows["code_unknown"] == (None, "suppressed")
    assert rows["free_text"] == (None, "suppressed")  # zero is small
    # The total of refused rows is known: nine would follow, so the smallest other one goes too.
    assert rows["duplicate_row"] == (None, "suppressed")
    assert rows["key_missing"] == (200, "published")
    assert rows["date_future"] == (0, "published")
    assert rows.keys() == PUBLISHED_RULES.keys()


@pytest.mark.parametrize(("number", "status"), [(9, "suppressed"), (10, "published")])
def test_ten_refused_rows_are_told(number: int, status: str) -> None:
    found = refusals(pl.DataFrame({"rule": ["code_unknown"], "rows": [number]}), POLICY)
    assert found.filter(rule="code_unknown")["status"].to_list() == [status]


def _targets(indicator: str) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "indicator": [indicator],
            "scale_group": [">=14"],
            "unit": ["MIN"],
            "value": [5.5],
            "year": [2028],
            "status": ["ambition"],
        }
    )


def test_a_target_is_about_the_default_group_unless_it_says_another() -> None:
    plain = references(_targets("share"), REFERENCE).row(0, named=True)
    assert (plain["kind"], plain["metric"], plain["attribute"], plain["category"]) == (
        "target",
        "share",
        "origin",
        "yes",
    )
    women = references(_targets("share.gender.yes"), REFERENCE).row(0, named=True)
    assert (women["attribute"], women["category"], women["value"]) == ("gender", "yes", 5.5)


def test_a_target_travels_with_who_set_it() -> None:
    told = _targets("share").with_columns(source=pl.lit("Jaarplan 2025"))
    assert references(told, REFERENCE)["source"][0] == "Jaarplan 2025"
    unknown = _targets("share").with_columns(source=pl.lit(None, dtype=pl.String))
    assert references(unknown, REFERENCE)["source"][0] == "streefcijfers"


@pytest.mark.parametrize("indicator", ["happiness", "share.gender.blue", "share.faith.yes"])
def test_a_target_about_nothing_is_refused(indicator: str) -> None:
    with pytest.raises(RefusedInput, match=r"indicator " + indicator.replace(".", r"\.")):
        references(_targets(indicator), REFERENCE)


def test_a_benchmark_of_another_classification_is_left_out(tmp_path: Path) -> None:
    none = _targets("share").clear()
    assert references(none, REFERENCE)["kind"].to_list() == ["benchmark"]
    origin = REFERENCE.path("attributes/origin.toml").read_text(encoding="utf-8")
    (tmp_path / "attributes").mkdir()
    (tmp_path / "attributes" / "origin.toml").write_text(
        origin.replace("CBS, indeling naar herkomst 2022", "another"), encoding="utf-8"
    )
    other = Reference(tmp_path, *REFERENCE.directories)
    assert references(none, other).is_empty()


def test_loads_travel_without_file_names_and_row_counts() -> None:
    standing = pl.DataFrame(
        {
            "extract": ["personeel"],
            "reference_date": [D1],
            "sha256": ["ab"],
            "rows_read": [12],
            "rows_kept": [11],
            "file": ["x.csv"],
        }
    )
    assert (
        loads(standing, str.upper).columns == list(LOADS) == ["extract", "reference_date", "seal"]
    )
    assert row_totals(standing) == {"rows_read": "12", "rows_refused": "1"}


def test_the_policy_travels_with_its_reasons(about: About) -> None:
    policy = json.loads(about.meta["policy"])
    assert policy["classes"]["special"]["threshold"]["value"] == 10
    assert policy["classes"]["special"]["threshold"]["reason"]
    assert (about.meta["first_period"], about.meta["last_period"]) == ("2024Q4", "2025Q1")
    assert (about.meta["threshold_special"], about.meta["synthetic"]) == ("10", "false")
