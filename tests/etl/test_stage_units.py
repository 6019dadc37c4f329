"""The ``organisatie`` extract: one tree at every moment, or no organisation at all."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from etl.domain import Reference
from etl.errors import RefusedInput
from etl.mapping import load_mapping
from etl.stage import stage
from tests.etl.dirty_files import KEYS, stage_bytes, text, units

HEADER = "code;naam_nl;bovenliggend;niveau;geldig_van;geldig_tot;opvolger_van"
TREE = (
    "MIN;Ministerie;;1;01-01-2020;31-12-9999;",
    "A;Directie A;MIN;2;01-01-2020;99991231;",
    "A1;Afdeling A1;A;3;01-01-2020;31-12-2023;",
    "A2;Afdeling A2;A;3;01-01-2024;;A1",
)


def staged(directory: Path, *rows: str, header: str = HEADER) -> pl.DataFrame:
    """Staged units of a file."""
    return stage_bytes(directory, text(*rows, header=header), "organisatie.csv").rows


def test_tree(tmp_path: Path) -> None:
    rows = staged(tmp_path, *TREE).select("code", "parent", "level", "valid_to", "successor_of")
    assert rows.rows() == [
        ("MIN", None, 1, None, None),
        ("A", "MIN", 2, None, None),
        ("A1", "A", 3, date(2023, 12, 31), None),
        ("A2", "A", 3, None, "A1"),
    ]


def test_root_is_added_from_the_reference(tmp_path: Path) -> None:
    rows = staged(tmp_path, *TREE[1:])
    assert rows.select("code", "name_nl", "parent", "valid_from").row(0) == (
        "MIN", "Mijn organisatie", None, date(2020, 1, 1),
    )  # fmt: skip


def test_a_unit_may_move(tmp_path: Path) -> None:
    moved = ("B;B;MIN;2;01-01-2020;;", "X;X;A;3;01-01-2020;31-12-2022;", "X;X;B;3;01-01-2023;;")
    assert staged(tmp_path, *TREE, *moved).filter(pl.col("code") == "X")["parent"].to_list() == [
        "A",
        "B",
    ]


def test_repeated_rows_are_quarantined(tmp_path: Path) -> None:
    file = stage_bytes(tmp_path, text(*TREE, TREE[1], header=HEADER), "organisatie.csv")
    assert file.rows.height == 4
    assert file.quarantine.select("rule", "line").rows() == [("duplicate_row", 6)]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("B;B;Q;3;01-01-2020;;", r"unknown parent.*B under Q on 2020-01-01"),
        ("B;B;A2;4;01-01-2020;;", r"unknown parent.*B under A2 on 2020-01-01"),
        ("B;B;A1;4;01-01-2020;;", r"unknown parent.*B under A1 on 2024-01-01"),
        ("B;B;B;2;01-01-2020;;", r"in a circle.*B under B"),
        ("B;B;;1;01-01-2020;;", r"second root.*without a parent: B"),
        ("A;Nog een A;MIN;2;01-06-2020;;", r"code occurs twice.*A twice on 2020-06-01"),
        ("A1;A1;A;3;31-12-2023;;", r"code occurs twice.*A1 twice on 2023-12-31"),
        ("B;B;A;2;01-01-2020;;", r"level that does not fit.*B on level 2"),
        ("B;B;A;6;01-01-2020;;", r"line 6, column niveau.*1 to 5"),
        ("B;B;A;drie;01-01-2020;;", r"line 6, column niveau.*Got: drie"),
        (";B;A;3;01-01-2020;;", r"line 6, column code.*an empty cell"),
        ("B;;A;3;01-01-2020;;", r"line 6, column naam_nl"),
        ("B;B;A;3;;;", r"line 6, column geldig_van"),
        ("B;B;A;3;01-01-2020;ooit;", r"line 6, column geldig_tot.*Got: ooit"),
        ("B;B;A;3;01-01-2020;31-12-2019;", r"line 6, column geldig_tot.*not before the begin"),
        ("B;B;A;3;01-01-2020;;Q", r"cannot succeed.*B succeeds Q"),
        ("B;B;A;3;01-01-2024;;A1", r"cannot succeed.*A2 succeeds A1"),
    ],
)
def test_no_tree(tmp_path: Path, row: str, says: str) -> None:
    with pytest.raises(RefusedInput, match=says) as caught:
        staged(tmp_path, *TREE, row)
    assert "organisatie.csv" in (caught.value.where or "")
    assert caught.value.next_step


def test_a_circle_of_two(tmp_path: Path) -> None:
    with pytest.raises(RefusedInput, match=r"in a circle.*B under C under B"):
        staged(tmp_path, *TREE, "B;B;C;3;01-01-2020;;", "C;C;B;4;01-01-2020;;")


def test_a_parent_that_ends_before_its_child(tmp_path: Path) -> None:
    rows = ("P;P;MIN;2;01-01-2020;30-06-2022;", "K;K;P;3;01-01-2020;;")
    with pytest.raises(RefusedInput, match=r"unknown parent.*K under P on 2022-07-01"):
        staged(tmp_path, *TREE, *rows)


def test_the_day_after_is_no_overlap(tmp_path: Path) -> None:
    assert staged(tmp_path, *TREE, "A1;A1;A;3;01-01-2024;;").height == 5


def test_another_root(tmp_path: Path) -> None:
    with pytest.raises(RefusedInput, match=r"root has another code.*MIN.*organisation.toml"):
        staged(tmp_path, "TOP;Top;;1;01-01-2020;;")


def test_known_units_are_parents_too(tmp_path: Path) -> None:
    path = tmp_path / "organisatie.csv"
    path.write_text(text("N;Nieuw;A;3;01-01-2026;;", header=HEADER))
    mapping = load_mapping("rijk-standaard")
    rows = stage(path, "organisatie", mapping, Reference(), units(), KEYS).rows
    assert rows["code"].to_list() == ["N"]


def test_sap_derives_levels(tmp_path: Path) -> None:
    path = tmp_path / "HRP1000.csv"
    path.write_text(
        "OBJID;STEXT;SOBID;BEGDA;ENDDA\n"
        "100;Directie;;20200101;99991231\n"
        "200;Afdeling;100;20200101;99991231\n"
        "300;Team;00000200;20200101;99991231\n"
        "400;Directie;;20200101;99991231\n"
    )
    mapping = load_mapping("sap-hr")
    rows = stage(path, mapping.extract_for(path), mapping, Reference(), pl.DataFrame(), KEYS).rows
    assert rows.select("code", "parent", "level").rows() == [
        ("MIN", None, 1),
        ("00000100", "MIN", 2),
        ("00000400", "MIN", 2),
        ("00000200", "00000100", 3),
        ("00000300", "00000200", 4),
    ]
