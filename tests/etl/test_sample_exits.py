"""The exit monitor of the sample, measured from its files, and that it moves no other file."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from etl import sample as sample_module
from etl.load import load
from etl.sample import write_sample
from etl.settings import Settings
from tests.etl.sample_measure import INSIDE, OUTSIDE, texts

TEXT_FILES = "10d3a47e6296859459371257cd40245fdd9891341f6fea86bd9065a8189e8280"
"""sha256 of the CSV files (in the order of their names) as they were before there were exits."""
YEARS = (2024, 2025)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("small") / "sample"
    write_sample(directory, 600, 12, 4)
    return directory


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("planted") / "sample"
    write_sample(directory, 12_000, 60, 8, 3)
    return directory


def read(directory: Path, extract: str) -> pl.DataFrame:
    """The rows of an extract of all years."""
    return pl.concat([texts(path) for path in sorted(directory.glob(f"{extract}_*.csv"))])


def others(directory: Path) -> dict[str, bytes]:
    """Every file that is not of the exit monitor."""
    return {p.name: p.read_bytes() for p in directory.iterdir() if not p.name.startswith("exit-")}


def test_no_other_file_has_moved(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample_module, "write_exits", lambda *_words, **_named: None)
    write_sample(tmp_path / "s", 600, 12, 4)
    assert not list((tmp_path / "s").glob("exit-*"))
    assert others(tmp_path / "s") == others(small)
    csv = [data for name, data in sorted(others(small).items()) if name.endswith(".csv")]
    assert hashlib.sha256(b"".join(csv)).hexdigest() == TEXT_FILES


def test_who_left_is_invited_and_four_in_ten_answer(planted: Path) -> None:
    asked, moves = read(planted, "exit-uitnodigingen"), read(planted, "mutaties")
    left = moves.filter(pl.col("soort") == "uitstroom")
    for year in YEARS:
        of_year = asked.filter(pl.col("uitstroomjaar") == str(year))
        gone = left.filter(pl.col("ingangsdatum").str.ends_with(str(year)))
        assert sorted(of_year["personeelsnummer"]) == sorted(gone["personeelsnummer"])
        answered = of_year.filter(pl.col("beantwoord") == "ja")
        assert set(answered["uitgenodigd"]) == {"ja"}
        invited = of_year.filter(pl.col("uitgenodigd") == "ja")
        assert 0.37 < answered.height / invited.height < 0.45
        assert texts(planted / f"exit-antwoorden_{year}.csv").height == answered.height


def share(answers: pl.DataFrame, origins: list[str]) -> float:
    """The share of those who said ja or nee for whom racism played a role."""
    said = answers.filter(
        pl.col("herkomst").is_in(origins), pl.col("racisme_speelde_rol").is_in(["ja", "nee"])
    )
    return said.filter(pl.col("racisme_speelde_rol") == "ja").height / said.height


def score(answers: pl.DataFrame, origins: list[str], item: str) -> float:
    own = answers.filter(pl.col("herkomst").is_in(origins))
    return float(own[item].drop_nulls().cast(pl.Int64).mean())  # type: ignore[arg-type]


def test_racism_and_items_differ_by_origin_as_planted(planted: Path) -> None:
    answers = read(planted, "exit-antwoorden")
    assert share(answers, OUTSIDE) == pytest.approx(0.19, abs=0.08)
    assert share(answers, INSIDE) == pytest.approx(0.03, abs=0.02)
    assert score(answers, INSIDE, "erbij_horen") - score(answers, OUTSIDE, "erbij_horen") > 0.2
    assert score(answers, INSIDE, "buitengesloten") - score(answers, OUTSIDE, "buitengesloten") < 0


def test_without_inequality_there_is_none(tmp_path: Path) -> None:
    write_sample(tmp_path / "s", 12_000, 60, 8, 3, inequality="none")
    answers = read(tmp_path / "s", "exit-antwoorden")
    assert share(answers, OUTSIDE) == pytest.approx(0.06, abs=0.05)
    assert share(answers, INSIDE) == pytest.approx(0.06, abs=0.02)


def test_answers_name_nobody(planted: Path) -> None:
    asked, answers = read(planted, "exit-uitnodigingen"), read(planted, "exit-antwoorden")
    assert answers["respondent"].str.contains(r"^r[0-9a-f]{12}$").all()
    assert answers["respondent"].n_unique() == answers.height
    assert "personeelsnummer" not in answers.columns
    assert not {"respondent", "herkomst"} & set(asked.columns)


def test_the_sample_loads_without_a_refused_row_of_it(small: Path, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    result = load([small], small / "mapping.toml", settings, now=datetime(2026, 1, 15))
    exits = [file for file in result.files if file.extract.startswith("exit-")]
    assert [file.extract for file in exits] == ["exit-uitnodigingen", "exit-antwoorden"]
    assert all(file.rows_kept == file.rows_read > 0 for file in exits)
