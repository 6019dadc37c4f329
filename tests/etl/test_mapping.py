"""Mapping files: inheritance, clear refusals, scale globs."""

from __future__ import annotations

from pathlib import Path

import pytest

from etl.errors import RefusedInput
from etl.mapping import ExtractMapping, load_mapping, shipped_mappings
from etl.schemas import EXTRACTS


def written(directory: Path, content: str, name: str = "eigen.toml") -> Path:
    """A mapping file."""
    path = directory / name
    path.write_text(content, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["rijk-standaard", "sap-hr"])
def test_shipped_mappings_load(name: str) -> None:
    assert name in shipped_mappings()
    assert load_mapping(name).name == name


def test_rijk_standaard_has_the_declared_headers() -> None:
    extracts = load_mapping("rijk-standaard").extracts
    assert set(extracts) == set(EXTRACTS)
    for name, columns in EXTRACTS.items():
        assert extracts[name].headers == {c.field: c.header for c in columns}


def test_extending_overrides_key_by_key_and_empties(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """
        name = "eigen"
        extends = "rijk-standaard"
        [personeel]
        pattern = "pers_*.csv"
        [personeel.columns]
        unit = "afdeling"
        hire_date = ""
        """,
    )
    personeel = load_mapping(path).extracts["personeel"]
    assert personeel.pattern == ("pers_*.csv",)
    assert personeel.headers["unit"] == "afdeling"
    assert personeel.headers["scale"] == "salarisschaal"
    assert "hire_date" not in personeel.headers


def test_extending_by_relative_path(tmp_path: Path) -> None:
    written(tmp_path, 'name = "basis"\nextends = "rijk-standaard"\n', "basis.toml")
    path = written(tmp_path, 'name = "eigen"\nextends = "basis.toml"\n')
    assert load_mapping(path).extracts["mutaties"].headers["kind"] == "soort"


def test_reference_files_lie_beside_the_mapping(tmp_path: Path) -> None:
    written(tmp_path, "", "o.toml")
    path = written(
        tmp_path,
        'name = "e"\nextends = "rijk-standaard"\n[reference]\n"organisation.toml" = "o.toml"\n',
    )
    assert load_mapping(path).reference == {"organisation.toml": tmp_path / "o.toml"}


EXTENDS = 'name = "x"\nextends = "rijk-standaard"\n'


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("name = ", "not valid TOML"),
        ('name = "x"\nextends = "geen"', "no such mapping"),
        ('name = "x"\nextends = "eigen.toml"', "extends itself"),
        ('name = "x"\n[salaris]\npattern = "x"', r"eigen.toml, salaris.*personeel"),
        ('name = "x"\n[personeel.columns]\nscaal = "x"', r"personeel.columns.scaal.*no field"),
        ('name = "x"\n[personeel]\npatern = "x"', r"extracts.personeel"),
        ('name = "x"\n[reference]\n"../a.toml" = "b"', "not the name of a reference file"),
        ('name = "x"\n[reference]\n"a.toml" = "b.toml"', "there is no file b.toml"),
        (EXTENDS.replace('"x"', "3"), "eigen.toml, name"),
        (EXTENDS + '[personeel.transforms]\nunit = "flip"', "unknown transform flip"),
        (EXTENDS + '[personeel.values.gender]\nm = "M"\nM = "V"', "one source value twice"),
        (EXTENDS + '[personeel]\ndate_formats = ["%d-%m-%Y", "%m-%d-%Y"]', "ambiguous"),
        (EXTENDS + '[personeel]\ndate_formats = ["%Y%m%d", "%d%m%Y"]', "ambiguous"),
        (EXTENDS + '[personeel]\ndate_formats = ["%d-%m"]', "needs %d, %m and %Y"),
        (EXTENDS + '[personeel.from_name]\nreference_date = "x"', "needs one group"),
    ],
)
def test_faulty_mappings(tmp_path: Path, content: str, says: str) -> None:
    with pytest.raises(RefusedInput, match=says) as caught:
        load_mapping(written(tmp_path, content))
    assert caught.value.next_step


@pytest.mark.parametrize(
    ("value", "code"),
    [("D|1", "7"), ("D|2A", "9"), ("SR|9752", "15"), ("sr|9752", "15"), ("SR|1", "14"), ("X", "X")],
)
def test_scale_map_takes_exact_values_before_globs(value: str, code: str) -> None:
    scale_map = {"SR|*": "15", "D|1": "7", "D|2?": "9", "SR|1": "14"}
    assert ExtractMapping(pattern="x", scale_map=scale_map).scale_code(value) == code


def test_each_file_is_one_extract(tmp_path: Path) -> None:
    mapping = load_mapping("rijk-standaard")
    assert mapping.extract_for(Path("Personeel_2025-12-31.CSV.gz")) == "personeel"
    assert mapping.extract_for(Path("streefcijfers.csv")) == "streefcijfers"
    with pytest.raises(RefusedInput, match=r"does not know what this file is.*lijst.csv"):
        mapping.extract_for(Path("lijst.csv"))
    both = mapping.extracts["mutaties"].model_copy(update={"pattern": ("pers*",)})
    double = mapping.model_copy(update={"extracts": {**mapping.extracts, "mutaties": both}})
    with pytest.raises(RefusedInput, match="two extracts"):
        double.extract_for(Path("personeel.csv"))
    assert mapping.ignores(Path("mapping.toml"))
    assert mapping.ignores(Path("README.md"))
    assert not mapping.ignores(Path("lijst.csv"))
