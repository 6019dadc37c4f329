"""An exit survey that nobody here made, through a mapping file and no line of code.

What is stored is compared with counts that this file makes by itself, with the csv module alone.
"""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from etl.settings import Settings
from etl.warehouse.store import Warehouse
from tests.cli import afspiegeling

pytestmark = pytest.mark.realdata

MAPPING = Path(__file__).parent / "exit_survey" / "mapping.toml"
KINDS = {
    "Age Retirement": "retirement",
    "Voluntary Early Retirement (VER)": "early_retirement",
    "Ill Health Retirement": "ill_health",
    "Resignation-Other reasons": "resignation_other",
    "Resignation-Other employer": "resignation_employer",
    "Resignation-Move overseas/interstate": "resignation_moving",
    "Contract Expired": "contract_expired",
    "Termination": "dismissal",
    "Other": "other",
}
FIRST_REASON, LAST_REASON = "Career move to public sector", "None of the above"
REASONS = (
    *("public_sector", "private_sector", "conflicts", "job", "department", "environment"),
    *("recognition", "security", "location", "conditions", "family", "relocation", "study"),
    *("ill_health", "incident", "balance", "workload", "none_of_these"),
)
SCORES = {"SA": 5, "A": 4, "N": 3, "D": 2, "SD": 1}
ITEMS = {
    "workplace_issue": "Workplace issue",
    "stress_support": "Stress and pressure support",
    "health_safety": "Health & Safety",
    "peer_support": "Peer support",
    "my_say": "My say",
    "promotion": "Opportunities for promotion",
    "kept_informed": "Kept informed",
}


@pytest.fixture(scope="module")
def rows(realdata: Path) -> list[dict[str, str]]:
    """The file as it is, read by the standard library."""
    path = realdata / "exit-survey" / "dete_survey.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def dated(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """The rows with a year: the others belong to no period."""
    return [row for row in rows if row["Cease Date"] != "Not Stated"]


@pytest.fixture(scope="module")
def home(realdata: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the survey loaded."""
    directory = tmp_path_factory.mktemp("exit-survey")
    done = afspiegeling(directory, "load", realdata / "exit-survey", "--mapping", MAPPING, expect=3)
    assert "822 rows read, 788 kept, 34 refused (date_missing 34)" in done.stdout
    return directory


def counted(home: Path, sql: str) -> dict[object, int]:
    """Rows of a query as value -> count."""
    with Warehouse.open(Settings(home=home), "read") as warehouse:
        return dict(warehouse.frame(sql).rows())


def test_every_row_is_stored_or_refused(
    home: Path, rows: list[dict[str, str]], dated: list[dict[str, str]]
) -> None:
    assert (len(rows), len(dated)) == (822, 788)
    years = Counter(int(row["Cease Date"][-4:]) for row in dated)
    assert counted(home, "SELECT year, COUNT(*) AS n FROM fct_exit_answer GROUP BY year") == years
    lines = {n for n, row in enumerate(rows, start=2) if row["Cease Date"] == "Not Stated"}
    found = counted(home, "SELECT line, COUNT(*) AS n FROM quarantine GROUP BY line")
    assert found == dict.fromkeys(lines, 1)


def test_separation_types(home: Path, dated: list[dict[str, str]]) -> None:
    expected = Counter(KINDS[row["SeparationType"]] for row in dated)
    sql = "SELECT exit_kind, COUNT(*) AS n FROM fct_exit_answer GROUP BY exit_kind"
    assert counted(home, sql) == expected
    assert sum(expected.values()) == 788
    assert len(expected) == 9


def test_reasons(home: Path, dated: list[dict[str, str]]) -> None:
    heads = list(dated[0])
    ticked = heads[heads.index(FIRST_REASON) : heads.index(LAST_REASON) + 1]
    assert len(ticked) == len(REASONS) == 18
    expected = {
        code: sum(row[head] == "TRUE" for row in dated)
        for code, head in zip(REASONS, ticked, strict=True)
    }
    sql = (
        "SELECT reason, COUNT(*) AS n FROM "
        "(SELECT UNNEST(reasons) AS reason FROM fct_exit_answer) GROUP BY reason"
    )
    assert counted(home, sql) == expected
    assert expected["balance"] == 208


@pytest.mark.parametrize("item", ITEMS)
def test_scores(home: Path, dated: list[dict[str, str]], item: str) -> None:
    answers = Counter(row[ITEMS[item]] for row in dated)
    expected = {score: answers[text] for text, score in SCORES.items()}
    sql = (
        "SELECT answer.score, COUNT(*) AS n FROM "
        "(SELECT UNNEST(items) AS answer FROM fct_exit_answer) "
        f"WHERE answer.item = '{item}' GROUP BY answer.score"
    )
    assert counted(home, sql) == expected


def test_bands(home: Path, dated: list[dict[str, str]]) -> None:
    low = sum(row["Classification"] in {"A01-A04", "AO5-AO7", "PO1-PO4"} for row in dated)
    top = sum(row["Classification"] == "AO8 and Above" for row in dated)
    sql = "SELECT scale_group, COUNT(*) AS n FROM fct_exit_answer GROUP BY scale_group"
    assert counted(home, sql) == {"<=13": low, ">=14": top, None: 788 - low - top}


def test_the_same_file_again_is_a_no_op(home: Path, realdata: Path) -> None:
    done = afspiegeling(home, "load", realdata / "exit-survey", "--mapping", MAPPING)
    assert "loaded before, nothing to do" in done.stdout
    assert "exit-antwoorden 2013-12-31: 822 rows read" in afspiegeling(home, "status").stdout
