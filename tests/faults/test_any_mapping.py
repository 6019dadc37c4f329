"""Mapping files with nonsense: one paragraph that says where, in bounded time."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.errors import RefusedInput
from etl.mapping import load_mapping
from tests.cli import afspiegeling
from tests.etl.dirty_files import text
from tests.etl.small_extracts import ORGANISATIE, write

ANY = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)  # fmt: skip
MOST_SECONDS = 5.0
BASE = 'extends = "rijk-standaard"\n'
NONSENSE = {
    "no table": "personeel = 5",
    "a list": "[[personeel]]",
    "another extract": "[salarissen]",
    "extends a number": "extends = 5",
    "extends itself": 'extends = "m.toml"',
    "extends a directory": 'extends = "/"',
    "extends what no file is called": f'extends = "{"x" * 5000}"',
    "reference is a number": BASE + "reference = 5",
    "reference names a number": BASE + '[reference]\n"scales.toml" = 5',
    "reference leads out": BASE + '[reference]\n"../policy.toml" = "m.toml"',
    "reference is absolute": BASE + '[reference]\n"/tmp/policy.toml" = "m.toml"',
    "reference of another kind": BASE + '[reference]\n"scales.csv" = "m.toml"',
    "reference that is not there": BASE + '[reference]\n"scales.toml" = "gone.toml"',
    "reference to nothing": BASE + '[reference]\n"scales.toml" = "\\u0000"',
    "reference with a line feed": BASE + '[reference]\n"sca\\nles.toml" = "m.toml"',
    "columns is a list": BASE + "[personeel]\ncolumns = [1]",
    "values is a number": BASE + "[personeel]\nvalues = 1",
    "a default of no field": BASE + '[personeel.defaults]\nunit = "{nofield}"',
    "a default of a number": BASE + "[personeel.defaults]\nunit = 5",
    "no regular expression": BASE + '[personeel.from_name]\nreference_date = "(("',
    "a back reference": BASE + "[personeel.from_name]\nreference_date = '(a)\\1'",
    "an enormous expression": BASE + "[personeel.from_name]\nreference_date = '((a{1000}){1000}){1000}'",
    "a date of hours": BASE + '[personeel]\ndate_formats = ["%H:%M"]',
    "a date with a week": BASE + '[personeel]\ndate_formats = ["%d-%m-%Y %W"]',
    "a day twice": BASE + '[personeel]\ndate_formats = ["%d-%d-%m-%Y"]',
    "a short year": BASE + '[personeel]\ndate_formats = ["%d-%m-%y"]',
    "a date in letters": BASE + '[personeel]\ndate_formats = ["%d(%m)+%Y$"]',
    "an endless limit": BASE + "[personeel.limits]\nfte = [0.0, inf]",
    "a limit that is no number": BASE + "[personeel.limits]\nfte = [nan, 1.0]",
    "an enormous age": BASE + "[personeel.limits]\nage = [0, 99999999999999999999999]",
    "an enormous level": BASE + '[organisatie.parents]\ncolumn = "x"\nlevel = 999999999999',
    "an unknown delimiter": BASE + '[personeel]\ndelimiter = "x"',
    "an unknown encoding": BASE + '[personeel]\nencoding = "idna"',
    "an unknown transform": BASE + '[personeel.transforms]\nunit = "eval"',
    "no TOML": "[[[[",
    "a deep list": "x = " + "[" * 5000 + "]" * 5000,
    "a deep key": ".".join(["a"] * 3000) + " = 1",
    "another encoding": "x = '\udcff'",
    "far too long": "# " + "x" * (1 << 21),
    "nothing": "",
}  # fmt: skip


def tried(directory: Path, content: str) -> bool:
    """Read a mapping: whether it is one; else it is refused in one line, and soon."""
    path = directory / "m.toml"
    path.write_bytes(content.encode("utf-8", errors="surrogateescape"))
    began = time.process_time()
    said = None
    try:
        load_mapping(path)
    except RefusedInput as refusal:
        said = refusal.paragraph()
    assert said is None or said.isprintable()
    assert time.process_time() - began < MOST_SECONDS
    return said is None


@pytest.mark.parametrize("what", NONSENSE)
def test_nonsense(tmp_path: Path, what: str) -> None:
    assert not tried(tmp_path, NONSENSE[what])


def test_a_chain_without_end(tmp_path: Path) -> None:
    for number in range(50):
        (tmp_path / f"{number}.toml").write_text(f'extends = "{number + 1}.toml"\n')
    with pytest.raises(RefusedInput, match="extend one another"):
        load_mapping(tmp_path / "0.toml")


def test_an_expression_that_python_would_never_finish(tmp_path: Path) -> None:
    """``(a+)+$`` takes Python 2^n steps on n letters; a file name has up to 255."""
    inside = tmp_path / "in"
    write(inside / "organisatie.csv", ORGANISATIE)
    (inside / f"personeel_{'a' * 60}!.csv").write_text(text(), encoding="utf-8")
    mapping = tmp_path / "m.toml"
    mapping.write_text(BASE + "[personeel.from_name]\nreference_date = '((?:a+)+)$'\n")
    began = time.process_time()
    done = afspiegeling(tmp_path / "home", "load", inside, "--mapping", mapping, expect=2)
    assert "does not tell its reference_date" in done.stderr
    assert time.process_time() - began < MOST_SECONDS


SCALARS = st.one_of(
    st.integers(-(2**63), 2**63), st.booleans(), st.floats(), st.text(max_size=8),
    st.sampled_from(["%d-%m-%Y", "auto", ";", "pad:99", "integer", "(.*)", "{unit}", "geslacht", "*"]),
)  # fmt: skip
KEYS = st.sampled_from(
    ["pattern", "columns", "values", "constants", "defaults", "from_name", "transforms", "limits",
     "scale_map", "parents", "date_formats", "decimal", "sheet", "ignore", "questionnaire",
     "derive_level", "unit", "scale", "person_number", "reference_date", "fte", "age", "column", "x"]
)  # fmt: skip
TABLES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=8,
)


FIELDS = st.sampled_from(
    ["reference_date", "person_number", "unit", "scale", "origin", "gender", "birth_date", "fte",
     "hire_date", "contract"]
)  # fmt: skip
TEXTS = st.one_of(
    st.text(max_size=6),
    st.sampled_from(["", "{unit}", "{scale}", "*", "[", "(.*)", "2025", "31-12-2025", "geslacht", "$1", "\\"]),
)  # fmt: skip
BY_FIELD = st.dictionaries(FIELDS, TEXTS, max_size=3)
SOUND = st.fixed_dictionaries(
    {},
    optional={
        "columns": BY_FIELD,
        "constants": BY_FIELD,
        "defaults": BY_FIELD,
        "from_name": BY_FIELD,
        "values": st.dictionaries(FIELDS, st.dictionaries(KEYS, TEXTS, max_size=2), max_size=2),
        "transforms": st.dictionaries(
            FIELDS, st.sampled_from(["upper", "pad:99", "integer", "percent", ""]), max_size=3
        ),
        "scale_map": st.dictionaries(KEYS, TEXTS, max_size=3),
        "decimal": st.sampled_from([",", "."]),
        "date_formats": st.lists(st.sampled_from(["%d-%m-%Y", "%Y%m%d", "excel", "%d%m%Y"])),
        "sheet": TEXTS,
        "ignore": st.lists(TEXTS, max_size=2),
        "parents": st.fixed_dictionaries({"column": TEXTS, "level": st.integers(0, 100)}),
        "derive_level": st.booleans(),
    },
)
"""Parts of the right kind, with anything in them."""


@ANY
@given(table=st.dictionaries(KEYS, TABLES, max_size=5))
def test_any_mapping(tmp_path: Path, table: dict[str, Any]) -> None:
    tried(tmp_path, BASE + f"personeel = {_toml(table)}\n")


@settings(ANY, max_examples=15)
@given(table=SOUND)
def test_any_sound_mapping(tmp_path: Path, table: dict[str, Any]) -> None:
    read_or_refused(tmp_path, table)


@pytest.mark.proof
@settings(ANY, max_examples=500, derandomize=False)
@given(table=SOUND)
def test_any_sound_mapping_hundreds_of_times(tmp_path: Path, table: dict[str, Any]) -> None:
    read_or_refused(tmp_path, table)


def read_or_refused(directory: Path, table: dict[str, Any]) -> None:
    """A mapping is refused, or a file that is loaded with it is refused or read."""
    if tried(directory, BASE + f"personeel = {_toml(table)}\n"):
        inside = directory / "in"
        write(inside / "organisatie.csv", ORGANISATIE)
        (inside / "personeel_2025.csv").write_text(text(), encoding="utf-8")
        words = ("load", inside, "--mapping", directory / "m.toml", "--dry-run")
        afspiegeling(directory / "home", *words, expect=(0, 2, 3))


def _toml(value: Any) -> str:
    """A value as TOML, written inline."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(c):08X}" for c in value) + '"'
    return str(value)
