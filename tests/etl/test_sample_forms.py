"""The sample's files come as real systems deliver them, faulty rows included, and can be staged."""

from __future__ import annotations

import gzip
import zipfile
from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from etl.domain import Reference
from etl.mapping import load_mapping
from etl.pseudonym import KEY_NAMES, Keys
from etl.sample import write_sample
from etl.sample.rates import Quota, pick
from etl.settings import SHIPPED_REFERENCE
from etl.stage import stage
from tests.etl.sample_measure import snapshots, texts


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All 21 dates, few people."""
    directory = tmp_path_factory.mktemp("forms") / "sample"
    write_sample(directory, 3_600, 40, 20, 5)
    return directory


def _kind(path: Path) -> tuple[str, str, str]:
    """Encoding, delimiter and line end of a text file."""
    data = path.read_bytes()
    data = gzip.decompress(data) if path.suffix == ".gz" else data
    if data.startswith(b"\xef\xbb\xbf"):
        encoding = "utf-8 with BOM"
    else:
        try:
            data.decode()
            encoding = "utf-8"
        except UnicodeDecodeError:
            data.decode("cp1252")
            encoding = "cp1252"
    head = data.splitlines()[0]
    delimiter = next(d for d in (";", "\t", ",") if d.encode() in head)
    return encoding, delimiter, "CRLF" if b"\r\n" in data else "LF"


def test_every_form_of_delivery_occurs(sample: Path) -> None:
    kinds = Counter(_kind(p) for p in sample.glob("personeel_*.csv*"))
    assert {
        ("cp1252", ";", "CRLF"), ("utf-8 with BOM", ";", "CRLF"), ("utf-8", ";", "LF"),
        ("utf-8", "\t", "LF"), ("utf-8", ",", "LF"),
    } == set(kinds)  # fmt: skip
    suffixes = Counter("".join(p.suffixes) for p in sample.glob("personeel_*"))
    assert suffixes == {".csv": 17, ".csv.gz": 2, ".xlsx": 1, ".parquet": 1}
    assert (sample / "personeel_2025-12-31.csv").is_file()


def test_dates_decimals_and_leading_zeros_are_dutch(sample: Path) -> None:
    last = texts(sample / "personeel_2025-12-31.csv")
    assert set(last["peildatum"]) == {"31-12-2025"}
    assert last["geboortedatum"].str.contains(r"^\d\d-\d\d-\d{4}$").all()
    assert last["deeltijdfactor"].str.contains(r"^(1|0,\d{1,3})$").all()
    assert last["personeelsnummer"].drop_nulls().str.contains(r"^00\d{6}$").all()
    assert set(texts(sample / "personeel_2025-03-31.csv.gz")["peildatum"]) == {"2025-03-31"}
    assert "31-12-9999" in set(texts(sample / "organisatie.csv")["geldig_tot"])
    assert pl.read_parquet(sample / "personeel_2025-09-30.parquet")[
        "peildatum"
    ].unique().to_list() == [date(2025, 9, 30)]


def test_no_file_holds_the_time_of_writing(sample: Path) -> None:
    assert (sample / "personeel_2025-03-31.csv.gz").read_bytes()[4:8] == b"\0\0\0\0"
    with zipfile.ZipFile(sample / "personeel_2025-06-30.xlsx") as book:
        core = book.read("docProps/core.xml").decode()
        assert core.count("2026-01-05T00:00:00Z") == 2  # created and modified
        assert {info.date_time[0] for info in book.infolist()} == {1980}


def test_faulty_rows_are_few_and_of_valid_people(sample: Path) -> None:
    taken = snapshots(sample)
    dates = list(taken)
    spoiled = measured = 0
    for before, now, after in zip(dates, dates[1:], dates[2:], strict=False):
        bad = taken[now].filter(pl.col("scale").is_null())["number"]
        spoiled += len(bad)
        for other in (before, after):
            valid = taken[other].drop_nulls("scale")["number"]
            measured += bad.is_in(valid.implode()).sum()
    assert spoiled == 19 * 3
    # A person may be spoiled twice in a row; all others are valid on both neighbouring dates.
    assert measured >= 2 * spoiled - 4


def test_every_file_stages_with_its_own_mapping_and_only_the_planted_faults_are_refused(
    sample: Path,
) -> None:
    mapping = load_mapping(sample / "mapping.toml")
    reference = Reference(sample, SHIPPED_REFERENCE)
    keys = Keys({name: bytes(32) for name in KEY_NAMES})
    now = date(2026, 1, 15)
    tree = stage(
        sample / "organisatie.csv", "organisatie", mapping, reference, pl.DataFrame(), keys, now
    )
    assert (tree.rows_read, tree.rows_refused) == (45, 0)
    refused = Counter[str]()
    for path in [*sorted(sample.glob("*_20*")), sample / "streefcijfers.csv"]:
        kind = mapping.extract_for(path)
        staged = stage(path, kind, mapping, reference, tree.rows, keys, now)
        refused.update(staged.quarantine["rule"])
        assert staged.rows.height > (3_400 if kind == "personeel" else 1)
        if kind == "personeel":
            assert staged.rows["origin"].n_unique() >= 10
            assert staged.rows["fte_milli"].null_count() == 0
    assert refused == {
        "scale_invalid": 21, "unit_unknown": 21, "date_order": 21, "duplicate_row": 21,
        "key_missing": 21,
    }  # fmt: skip


def test_a_quota_never_strays_from_its_expectation() -> None:
    quota = Quota(np.random.default_rng(0), 3)
    drawn = sum(quota.draw(np.array([0.25, 1.0, 7.4])) for _ in range(100))
    assert abs(drawn[0] - 25) <= 1
    assert drawn[1] == 100
    assert abs(drawn[2] - 740) <= 1


def test_a_quota_is_unbiased() -> None:
    drawn = [int(Quota(np.random.default_rng(s), 1).draw(np.array([0.3]))[0]) for s in range(2000)]
    assert set(drawn) == {0, 1}
    assert sum(drawn) / 2000 == pytest.approx(0.3, abs=0.04)


def test_pick_takes_the_number_of_each_stratum_by_weight() -> None:
    strata = np.array([0, 0, 0, 1, 1, 2])
    weights = np.array([1.0, 1.0, 1e9, 1.0, 1.0, 1.0])
    taken = pick(np.random.default_rng(0), strata, np.array([1, 0, 5]), weights)
    assert taken.tolist() == [2, 5]  # the heavy one; none; all there are
    assert pick(np.random.default_rng(0), strata[:0], np.array([3]), weights[:0]).size == 0
