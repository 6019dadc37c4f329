"""An exit survey that nobody here made, through a mapping file and no line of code.

What is stored and published is compared with counts that this file makes by itself, with the csv module alone.
"""

from __future__ import annotations

import csv
from collections import Counter
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from etl.pipeline import true_counts
from etl.publication_files import read_published
from etl.settings import Settings
from etl.warehouse.store import Warehouse
from tests.cli import afspiegeling
from tests.etl.small_extracts import personeel, write

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


# --- published -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def published(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same home with a small organisation around the years of the survey, published."""
    directory = tmp_path_factory.mktemp("organisation")
    tree = "code | naam_nl | niveau | geldig_van\nDETE | Departement | 1 | 01-01-2000"
    write(directory / "organisatie.csv", tree)
    staff = {f"P{n:03d}": "DETE 10 V nederland" for n in range(100)}
    for year in range(2011, 2014):
        write(directory / f"personeel_{year}.csv", personeel(f"31-12-{year}", staff))
    afspiegeling(home, "load", directory, "--mapping", "rijk-standaard")
    afspiegeling(home, "publish")
    return home


@cache
def both(home: Path) -> pl.DataFrame:
    """Every cell of respondents: its true count and its published number."""
    settings = Settings(home=home)
    keys = ["metric", "period", "unit", "attribute", "category", "attribute2", "category2"]
    true = true_counts(settings).filter(metric="exit_answers").select(*keys, "count")
    cells = read_published(settings.published).cells.select(*keys, "value")
    return true.join(cells, on=keys, how="left")


def numbers(home: Path, year: str, attribute: str) -> dict[str, tuple[int, float | None]]:
    """Category -> true count, and the published one (None: hidden)."""
    found = both(home).filter(period=year, attribute=attribute)
    return {code: (n, v) for code, n, v in found.select("category", "count", "value").iter_rows()}


def checked(found: tuple[int, float | None], expected: int, everybody: int) -> None:
    true, shown = found
    assert true == expected
    if shown is not None:
        assert min(true, everybody - true) >= 10
        assert abs(shown - true) <= 4


@pytest.mark.parametrize("year", ["2012", "2013"])
def test_published_separation_types_and_reasons(
    published: Path, dated: list[dict[str, str]], year: str
) -> None:
    rows = [row for row in dated if row["Cease Date"].endswith(year)]
    everybody = numbers(published, year, "")[""]
    assert everybody[0] == len(rows)
    assert everybody[1] == pytest.approx(len(rows), abs=4)
    kinds = Counter(KINDS[row["SeparationType"]] for row in rows)
    found = numbers(published, year, "exit_kind")
    for kind in KINDS.values():
        if kind != "other":  # what the others leave
            checked(found[kind], kinds[kind], len(rows))
    assert sum(shown is not None for _, shown in found.values()) >= 4
    heads = list(rows[0])
    ticked = heads[heads.index(FIRST_REASON) : heads.index(LAST_REASON) + 1]
    shown = 0
    for code, head in zip(REASONS, ticked, strict=True):
        named = numbers(published, year, f"reason_{code}")["yes"]
        checked(named, sum(row[head] == "TRUE" for row in rows), len(rows))
        shown += named[1] is not None
    assert shown >= 8


def test_published_opinions(published: Path, dated: list[dict[str, str]]) -> None:
    themed = ("workplace_issue", "stress_support", "health_safety")
    expected: Counter[str] = Counter()
    for row in dated:
        if not row["Cease Date"].endswith("2013"):
            continue
        scores = [SCORES[row[ITEMS[item]]] for item in themed if row[ITEMS[item]] in SCORES]
        if not scores:
            expected["unknown"] += 1
            continue
        mean = sum(scores) / len(scores)
        expected["favourable" if mean >= 3.5 else "unfavourable" if mean <= 2.5 else "neutral"] += 1
    found = numbers(published, "2013", "theme_sociale_veiligheid")
    assert {code: found[code][0] for code in expected} == expected
    assert found["favourable"][1] == pytest.approx(expected["favourable"], abs=4)


def test_the_publication_is_safe(published: Path) -> None:
    assert "Safe: 0 of" in afspiegeling(published, "audit").stdout
