"""The one door to the data: read-only, closed to the outside, following the pointer."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import polars as pl
import pytest

from dashboard.errors import MartUnavailable
from dashboard.mart import KEY, POINTER, Mart
from tests.factories import make_publication, make_tables, point_to, write_publication

SHORT = range(2024, 2026)
"""Years of a publication that need not be large."""


@pytest.fixture
def home(tmp_path: Path, published: dict[str, Path]) -> Path:
    """An own copy of a publication, to do harm to."""
    shutil.copytree(published["planted"], tmp_path / "published")
    return tmp_path / "published"


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO mart_meta VALUES ('a', 'b')",
        "UPDATE mart_cell SET value = 0",
        "DROP TABLE mart_cell",
        "ATTACH '{outside}.duckdb'",
        "SELECT * FROM read_csv('{outside}.csv')",
        "SELECT * FROM read_text('{outside}.csv')",
        "COPY mart_meta TO '{outside}.out'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET autoinstall_known_extensions = true",
    ],
)
def test_the_connection_can_only_read(mart: Mart, tmp_path: Path, statement: str) -> None:
    outside = tmp_path / "outside"
    outside.with_suffix(".csv").write_text("a\n1\n")
    connection = mart.current()._connection
    with pytest.raises(duckdb.Error):
        connection.cursor().execute(statement.format(outside=outside)).fetchall()
    assert [path.name for path in tmp_path.iterdir()] == ["outside.csv"]


def test_a_value_is_never_part_of_the_query(mart: Mart) -> None:
    nasty = "MIN' OR '1'='1"
    assert mart.cells([nasty], [nasty], [nasty], attribute=nasty).is_empty()
    assert mart.cells(["share"], ["MIN"], categories=["yes'; DROP TABLE mart_cell; --"]).is_empty()
    assert mart.cells(["share"], ["MIN"]).height > 0


def test_cells_by_every_condition(mart: Mart) -> None:
    frame = mart.cells(
        ["share", "coverage"],
        ["MIN", "DGD"],
        ["2025Q4"],
        period_kind="quarter",
        scale_groups=["<=13", ">=14"],
        attribute="origin",
        categories=["yes", "known"],
    )
    rows = frame.select("metric", "unit", "scale_group", "category").rows()
    assert rows == [
        ("coverage", "DGD", "<=13", "known"),
        ("coverage", "DGD", ">=14", "known"),
        ("coverage", "MIN", "<=13", "known"),
        ("coverage", "MIN", ">=14", "known"),
        ("share", "DGD", "<=13", "yes"),
        ("share", "DGD", ">=14", "yes"),
        ("share", "MIN", "<=13", "yes"),
        ("share", "MIN", ">=14", "yes"),
    ]
    assert frame.equals(frame.sort(KEY))


def test_no_condition_means_all_of_it(mart: Mart) -> None:
    every = mart.cells(["headcount"], ["MIN"])
    assert set(every["attribute"]) == {
        *("", "origin", "gender", "age_band", "contract", "location_group")
    }
    assert every["period"].n_unique() == 21
    assert mart.cells(["headcount"], ["MIN"], attribute=["", "gender"])["attribute"].unique().sort(
    ).to_list() == ["", "gender"]  # fmt: skip


def test_intersections_only_when_asked_for(mart: Mart) -> None:
    def categories2(attribute2: str | None) -> set[str]:
        frame = mart.cells(
            ["headcount"], ["MIN"], ["2025Q4"], attribute="origin", attribute2=attribute2
        )
        return set(frame["attribute2"])

    assert mart.cells(["headcount"], ["MIN"], ["2025Q4"])["attribute2"].unique().to_list() == [""]
    assert categories2("gender") == {"gender"}
    assert categories2(None) == {"", "gender"}


def test_suppressed_cells_hold_no_number(mart: Mart) -> None:
    cells = mart.current().table("cells")
    hidden = cells.filter(pl.col("status") == "suppressed")
    assert hidden.height > 0
    assert hidden.select("value", "lower", "upper").null_count().row(0) == (hidden.height,) * 3


def test_tree_and_labels(mart: Mart) -> None:
    assert mart.children("MIN") == ["DGOB", "DGD", "UBR", "SGC"]
    assert mart.children("SG2") == []
    assert mart.ancestors("SG2") == ["MIN", "SGC"]
    assert mart.ancestors("MIN") == []
    assert mart.label("unit", "MIN", "en") == "Example ministry"
    assert mart.label("origin", "yes", "nl") == "Herkomst buiten Europa"
    assert mart.label("gender", "yes", "en") == "Women"
    assert mart.label("scale_group", "all", "nl") == "alle schalen"
    assert mart.label("scale_group", "all", "en") == "all scales"
    assert mart.label("unit", "no such", "nl") == "no such"
    assert mart.label("origin", "", "en") == "everybody"


def test_small_tables(mart: Mart) -> None:
    assert mart.publication == "2026-1"
    assert mart.meta()["root"] == "MIN"
    assert mart.loads().height == 22
    assert mart.refusals()["rule"].to_list() == ["code_unknown", "duplicate_row", "scale_invalid"]
    assert mart.metrics().filter(pl.col("metric") == "share")["unit"].to_list() == ["percent"]
    assert mart.statuses()["cells"].sum() == mart.current().table("cells").height
    report = mart.current().audit()
    assert report is not None
    assert report["safe"] == "true"
    assert mart.withdrawals().is_empty()
    cells = mart.current().table("cells")
    old = cells.filter((pl.col("status") == "published") & (pl.col("as_of") != pl.col("period")))
    assert mart.repeated() == old.height > 0


def test_meta_cannot_be_changed_by_a_caller(mart: Mart) -> None:
    mart.meta()["root"] = "changed"
    assert mart.meta()["root"] == "MIN"


def test_without_a_publication_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(MartUnavailable, match="afspiegeling publish") as refusal:
        Mart(tmp_path).meta()
    assert refusal.value.exit_code == 2


def test_first_publication_appears_without_a_restart(tmp_path: Path) -> None:
    mart = Mart(tmp_path / "published")
    with pytest.raises(MartUnavailable):
        mart.meta()
    make_publication(tmp_path / "published", years=SHORT)
    assert mart.publication == "2026-1"


def test_a_new_publication_is_served_from_the_next_request(home: Path) -> None:
    mart = Mart(home)
    before = mart.current()
    assert mart.publication == "2026-1"
    write_publication(home, make_tables(publication="2026-2", years=SHORT), "2026-2")
    assert mart.publication == "2026-2"
    assert before.meta["publication"] == "2026-1"  # who holds the old one, reads on in it
    point_to(home, "2026-1")  # a rollback
    assert mart.publication == "2026-1"


@pytest.mark.parametrize(
    "broken",
    [
        "",
        '{"publication": "2026-2", "file": "publication-2026',
        "[]",
        '{"publication": "2026-2"}',
        '{"publication": "2026-2", "file": "publication-2026-2.duckdb", "sha256": "0"}',
        '{"publication": "2026-2", "file": "half.duckdb", "sha256": "wrong"}',
        '{"publication": "2026-2", "file": "../../outside.duckdb", "sha256": "x"}',
    ],
)
def test_a_broken_pointer_keeps_what_was_served(home: Path, broken: str) -> None:
    mart = Mart(home)
    assert mart.publication == "2026-1"
    (home / "half.duckdb").write_bytes(b"half a file")
    (home / POINTER).write_text(broken)
    assert mart.publication == "2026-1"
    assert mart.cells(["share"], ["MIN"]).height > 0
    point_to(home, "2026-1")
    assert mart.publication == "2026-1"


def test_a_missing_pointer_keeps_what_was_served(home: Path) -> None:
    mart = Mart(home)
    assert mart.publication == "2026-1"
    (home / POINTER).unlink()
    assert mart.publication == "2026-1"


def test_a_file_that_is_not_what_was_written_is_not_opened(home: Path) -> None:
    pointer = json.loads((home / POINTER).read_text())
    with (home / pointer["file"]).open("ab") as file:
        file.write(b"!")
    with pytest.raises(MartUnavailable, match="cannot be followed"):
        Mart(home).meta()


def test_threads_do_not_meet(mart: Mart) -> None:
    units = ["MIN", "DGOB", "DGD", "UBR", "SGC", "OB1", "OB2", "DI1"]

    def ask(i: int) -> bool:
        unit = units[i % len(units)]
        frame = mart.cells(["headcount"], [unit], ["2025Q4"], attribute="", scale_groups=["all"])
        return frame["unit"].to_list() == [unit]

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(160)))


def test_threads_see_a_switch_whole(home: Path) -> None:
    mart = Mart(home)
    write_publication(home, make_tables("none", publication="2026-2", years=SHORT), "2026-2")
    point_to(home, "2026-1")
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(lambda: mart.cells(["share"], ["MIN"]).height) for _ in range(40)]
        for name in ["2026-2", "2026-1"] * 5:
            point_to(home, name)
        heights = {answer.result() for answer in asked}
    point_to(home, "2026-2")
    short = mart.cells(["share"], ["MIN"]).height
    point_to(home, "2026-1")
    assert heights <= {short, mart.cells(["share"], ["MIN"]).height}
    assert mart.publication == "2026-1"
