"""Names and places of files that mean harm: told and refused, or read as what they are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from etl.errors import AfspiegelingError, RefusedInput
from etl.limits import MOST_FILES
from etl.load import expand
from tests.cli import afspiegeling
from tests.etl.dirty_files import HEADER, ROWS, text
from tests.etl.small_extracts import ORGANISATIE, write

REFUSED = {
    "a line feed": b"personeel_\n2025.csv",
    "a terminal sequence": b"personeel_\x1b[2J.csv",
    "a turned direction": "personeel_\u202efdp.csv".encode(),
    "no UTF-8": b"personeel_\xff.csv",
    "a bell": b"personeel_\x07.csv",
}
READ = {
    "a formula": "=cmd.personeel.csv",
    "an option": "--personeel.csv",
    "dots": "personeel...csv",
    "a quote": "personeel'); DROP TABLE ledger; --.csv",
    "a pattern": "personeel_*.csv",
    "other letters": "personeel_\u00e9\u4eba.csv",
    "very long": "personeel_" + "x" * 240 + ".csv",
}
MAPPING = 'extends = "rijk-standaard"\n[personeel]\npattern = ["*personeel*"]\n'


@pytest.mark.parametrize("name", REFUSED)
def test_a_name_that_cannot_be_shown(tmp_path: Path, name: str) -> None:
    path = tmp_path / os.fsdecode(REFUSED[name])
    path.write_text(text(), encoding="utf-8")
    for given in (path, tmp_path):
        with pytest.raises(RefusedInput, match="characters that cannot be shown") as caught:
            expand([given])
        assert caught.value.paragraph().isascii()


@pytest.mark.parametrize("name", READ)
def test_a_name_is_only_a_name(tmp_path: Path, name: str) -> None:
    inside, home = tmp_path / "in", tmp_path / "home"
    write(inside / "organisatie.csv", ORGANISATIE)
    rows = [row.replace(";A1;", ";A;") for row in ROWS]
    (inside / READ[name]).write_text(text(*rows, "31-12-2025;;A;10;V;;;;"), encoding="utf-8")
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(MAPPING, encoding="utf-8")
    afspiegeling(home, "load", inside, "--mapping", mapping, expect=3)
    told = afspiegeling(home, "quarantine", "--format", "csv").stdout
    assert READ[name] in told
    cells = [cell for line in told.splitlines()[1:] for cell in line.split(",")]
    assert not [cell for cell in cells if cell.strip('"').startswith(("=", "-", "+", "@"))]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["home", "in", "mapping.toml"]


def test_what_is_no_file(tmp_path: Path) -> None:
    pipe = tmp_path / "personeel_pipe.csv"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/zero"), Path("/dev/null")):
        with pytest.raises(RefusedInput, match="no plain file"):
            expand([path])
    with pytest.raises(RefusedInput, match="nothing to load"):
        expand([tmp_path])  # a pipe among others is passed by


def test_links_that_go_round(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "round").symlink_to(tmp_path / "in")
    (tmp_path / "in" / "itself.csv").symlink_to("itself.csv")
    (tmp_path / "in" / "nowhere.csv").symlink_to(tmp_path / "nowhere")
    (tmp_path / "in" / "personeel.csv").write_text(text(), encoding="utf-8")
    assert [path.name for path in expand([tmp_path / "in"])] == ["personeel.csv"]


def test_too_many_files(tmp_path: Path) -> None:
    for number in range(MOST_FILES + 1):
        (tmp_path / f"{number}.csv").touch()
    with pytest.raises(RefusedInput, match="files in one load"):
        expand([tmp_path])


def test_a_file_that_does_not_end_is_refused_by_its_size(tmp_path: Path) -> None:
    path = tmp_path / "personeel.csv"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(RefusedInput, match="too large"):
        expand([path])


def test_an_error_never_steers_a_terminal() -> None:
    """A header, which is anybody's text, is shown as it is written and no more."""
    error = AfspiegelingError("What", where="a\nb\x1b[31mred\u202e", got="x" * 100_000)
    assert error.paragraph().isprintable()
    assert len(error.paragraph()) < 3_000
    assert "\\n" in error.paragraph()


def test_a_formula_is_a_value_like_any_other(tmp_path: Path) -> None:
    """It is refused as a code, shown in quarantine as text, and run by nobody."""
    inside, home = tmp_path / "in", tmp_path / "home"
    write(inside / "organisatie.csv", ORGANISATIE)
    bad = "31-12-2025;9;=HYPERLINK(1);10;V;;;;"
    good = [row.replace(";A1;", ";A;") for row in ROWS]
    (inside / "personeel.csv").write_text("\n".join([HEADER, *good, bad]), encoding="utf-8")
    afspiegeling(home, "load", inside, "--mapping", "rijk-standaard", expect=3)
    told = afspiegeling(home, "quarantine", "--format", "csv").stdout
    assert "unit_unknown" in told
    assert ",=" not in told
    assert "\n=" not in told
