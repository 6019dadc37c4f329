"""Any bytes at all: a clean refusal, or rows and quarantine whose counts add up."""

from __future__ import annotations

import random
import zipfile
from collections import Counter
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.etl.dirty_files import HEADER
from tests.faults.mangled import SEEDS, mangled_file, outcome, workbook
from tests.proof.record import record

FEW, MANY, SEED = 40, 1_500, 20260102
NAMES = ("personeel_2025.csv", "organisatie.csv", "mutaties.csv", "streefcijfers.csv")
ANY = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)  # fmt: skip


@ANY
@given(
    content=st.binary(max_size=400),
    start=st.sampled_from([b"", b"PK\x03\x04", b"PAR1", b"\x1f\x8b\x08"]),
)
def test_any_bytes(tmp_path: Path, content: bytes, start: bytes) -> None:
    outcome(tmp_path, start + content)


@ANY
@given(
    content=st.text(alphabet=st.sampled_from(list(";,\t|\"'\n\r =+-@sep.0123456789abc\u202e\x1b\ufeff")), max_size=300),
    name=st.sampled_from(NAMES),
)  # fmt: skip
def test_any_text(tmp_path: Path, content: str, name: str) -> None:
    outcome(tmp_path, content.encode(), name)


@settings(ANY, max_examples=25)
@given(
    rows=st.lists(
        st.lists(st.one_of(st.just(""), st.text(max_size=12), st.sampled_from(
            ["31-12-2025", "00012301", "A1", "10", "V", "nederland", "0,8", "=1+1", "1e5", "999999999999"]
        )), min_size=9, max_size=9), max_size=12),
)  # fmt: skip
def test_any_rows(tmp_path: Path, rows: list[list[str]]) -> None:
    """Records of any values under the right header."""
    lines = [";".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    outcome(tmp_path, "\n".join([HEADER, *lines]).encode("utf-8", errors="replace"))


VALUES: dict[str, Any] = {
    "text": "x", "whole": 2**62, "negative": -1, "float": float("nan"), "endless": float("inf"),
    "flag": True, "date": date(1, 1, 1), "moment": datetime(9999, 12, 31), "time": time(1),
    "span": timedelta(days=9), "decimal": Decimal("1.5"), "bytes": b"\xff", "list": [1, 2],
    "record": {"a": 1}, "null": None,
}  # fmt: skip


@pytest.mark.parametrize("kind", VALUES)
def test_any_type_in_parquet(tmp_path: Path, kind: str) -> None:
    """A column of any type under a header that is read, and under one that is not."""
    frame = pl.DataFrame({header: [VALUES[kind]] * 3 for header in [*HEADER.split(";"), "anders"]})
    content = BytesIO()
    frame.write_parquet(content)
    outcome(tmp_path, content.getvalue(), "personeel_2025.parquet")


@pytest.mark.parametrize("header", ["#line", "#ragged", "", " ", "*", "^.*$", "a\nb", "x" * 5000])
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_any_header(tmp_path: Path, header: str, form: str) -> None:
    frame = pl.DataFrame({"peildatum": ["31-12-2025"], header: ["x"]})
    content = BytesIO()
    if form == "csv":
        frame.write_csv(content, separator=";")
    else:
        frame.write_parquet(content)
    outcome(tmp_path, content.getvalue(), f"personeel_2025.{form}")


@pytest.mark.parametrize("encoding", ["Lnt4T8", "zip", "utf-7", "hex"])
def test_xml_in_an_encoding_that_is_none(tmp_path: Path, encoding: str) -> None:
    """Found by atheris: the parser asks Python for the codec that a sheet names."""
    head = f'<?xml version="1.0" encoding="{encoding}"?>'.encode()
    packed = BytesIO()
    with zipfile.ZipFile(BytesIO(workbook())) as old, zipfile.ZipFile(packed, "w") as new:
        for name in old.namelist():
            body = old.read(name)
            new.writestr(name, head + body.split(b"?>", 1)[1] if name.endswith("1.xml") else body)
    assert outcome(tmp_path, packed.getvalue(), "personeel.xlsx") == "refused"


@pytest.mark.parametrize("form", SEEDS)
def test_mangled(tmp_path: Path, form: str) -> None:
    assert set(mangle(tmp_path, form, FEW))


@pytest.mark.proof
def test_mangled_thousands_of_times(tmp_path: Path) -> None:
    told = {form: mangle(tmp_path, form, MANY) for form in SEEDS}
    figures = {"seed": SEED, "files of each form": MANY, "outcomes": told}
    record("mangled-files", "pytest -m proof tests/faults/test_any_bytes.py", figures)


def mangle(directory: Path, form: str, times: int) -> dict[str, int]:
    """Mangle a clean file again and again; how often it was refused, how often rows came of it."""
    draw = random.Random(f"{SEED} {form}")  # noqa: S311  (a plan that can be repeated)
    assert outcome(directory, SEEDS[form]()) == "rows and quarantine"
    return dict(Counter(outcome(directory, mangled_file(form, draw)) for _ in range(times)))
