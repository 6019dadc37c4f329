"""The command `load` on real files: all or nothing, once only, and what it says."""

from __future__ import annotations

import json
import stat
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
import typer
from typer.testing import CliRunner, Result

from etl import cli
from etl import load as load_module
from etl.errors import RefusedInput
from etl.load import expand, load, match_files
from etl.load_report import LoadResult
from etl.mapping import load_mapping
from etl.settings import Settings
from etl.warehouse import plausibility
from etl.warehouse.store import Warehouse
from tests.etl.small_extracts import HEAD, ORGANISATIE, home, personeel, write

NOW = datetime(2026, 1, 15, 9, 30)
Q1 = {"0001": "A 10 V nederland", "0002": "A 11 M europa", "0003": "B 14 V marokko"}
Q2 = {"0001": "A 11 V nederland", "0003": "B 14 V marokko", "0004": "B 9 M onbekend"}


@pytest.fixture
def extracts(tmp_path: Path) -> Path:
    directory = tmp_path / "incoming"
    write(directory / "personeel_1.csv", personeel("31-03-2025", Q1))
    write(directory / "personeel_2.csv", personeel("30-06-2025", Q2))
    write(directory / "organisatie.csv", ORGANISATIE)
    (directory / "README.md").write_text("not an extract")
    return directory


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return home(tmp_path)


def run(settings: Settings, *paths: Path, dry_run: bool = False) -> LoadResult:
    return load(list(paths), "rijk-standaard", settings, dry_run=dry_run, now=NOW)


def stored(settings: Settings) -> dict[str, object]:
    """What stands in the warehouse, to compare before and after."""
    with Warehouse.open(settings, "read") as warehouse:
        return {
            "loads": warehouse.loads().rows(),
            "units": warehouse.units().rows(),
            "snapshot": warehouse.frame("SELECT * FROM fct_snapshot ORDER BY ALL").rows(),
            "presence": warehouse.frame("SELECT * FROM fct_presence ORDER BY ALL").rows(),
            "quarantine": warehouse.quarantine().rows(),
        }


def test_directory_is_loaded_units_first(settings: Settings, extracts: Path) -> None:
    told: list[tuple[str, int, int]] = []
    result = load(
        [extracts],
        "rijk-standaard",
        settings,
        now=NOW,
        progress=lambda file, number, count: told.append((file, number, count)),
    )
    assert told == [
        ("organisatie.csv", 1, 3),
        ("personeel_1.csv", 2, 3),
        ("personeel_2.csv", 3, 3),
    ]
    assert [(f.extract, f.rows_read, f.rows_kept, f.rows_refused) for f in result.files] == [
        ("organisatie", 3, 3, 0),
        ("personeel", 3, 3, 0),
        ("personeel", 3, 3, 0),
    ]
    assert result.exit_code == 0
    with Warehouse.open(settings, "read") as warehouse:
        kinds = warehouse.leaves().group_by("to_ref", "kind").agg(pl.sum("persons"))
        assert kinds.sort("to_ref", "kind").rows() == [
            (date(2025, 3, 31), "first", 3),
            (date(2025, 6, 30), "exit", 1),
            (date(2025, 6, 30), "inflow", 1),
            (date(2025, 6, 30), "stay", 2),
        ]


def test_no_personnel_number_reaches_the_disk(settings: Settings, extracts: Path) -> None:
    write(
        extracts / "personeel_1.csv",
        personeel("31-03-2025", {"7412369850": "A 10 V nederland", "7412369851": "A 99 V europa"}),
    )
    run(settings, extracts)
    for path in settings.home.rglob("*"):
        assert not path.is_file() or b"741236985" not in path.read_bytes()


def test_same_files_again_do_nothing(settings: Settings, extracts: Path) -> None:
    run(settings, extracts)
    before = stored(settings)
    again = run(settings, extracts)
    assert [file.unchanged for file in again.files] == [True, True, True]
    assert again.exit_code == 0
    assert stored(settings) == before
    assert len(list(settings.log.iterdir())) == 2  # each load has its own report


def test_refused_rows_give_exit_3_once(settings: Settings, extracts: Path) -> None:
    rows = Q1 | {"0009": "NOWHERE 10 V europa", "0010": "A 14a V europa"}
    write(extracts / "personeel_1.csv", personeel("31-03-2025", rows))
    result = run(settings, extracts)
    assert result.exit_code == 3
    (file,) = [f for f in result.files if f.rows_refused]
    assert file.refused == {"scale_invalid": 1, "unit_unknown": 1}
    assert run(settings, extracts).exit_code == 0  # loaded before: nothing new in quarantine


def test_corrected_units_let_the_same_file_be_read_again(
    settings: Settings, extracts: Path
) -> None:
    """A file is known by its bytes and by what it was read with: else it would stay refused."""
    rows = Q1 | {"0009": "C 10 V europa"}
    write(extracts / "personeel_1.csv", personeel("31-03-2025", rows))
    assert run(settings, extracts).exit_code == 3
    write(extracts / "organisatie.csv", ORGANISATIE + "C | Part C | MIN | 2 | 01-01-2020")
    result = run(settings, extracts)
    assert result.exit_code == 0
    with Warehouse.open(settings, "read") as warehouse:
        assert warehouse.quarantine().is_empty()
        assert warehouse.head_counts()["persons"].to_list() == [4, 3]


def test_corrected_file_replaces_its_reference_date(settings: Settings, extracts: Path) -> None:
    run(settings, extracts)
    corrected = write(
        extracts.parent / "again" / "personeel_1b.csv",
        personeel("31-03-2025", Q1 | {"0004": "B 9 M onbekend"}),
    )
    result = run(settings, corrected)
    assert result.files[0].replaced == ("personeel_1.csv",)
    with Warehouse.open(settings, "read") as warehouse:
        kinds = set(warehouse.leaves().filter(pl.col("to_ref") == date(2025, 6, 30))["kind"])
        assert kinds == {"stay", "exit"}  # 0004 was there already


def test_late_file_rebuilds_the_periods_around_it(settings: Settings, extracts: Path) -> None:
    late = extracts / "personeel_2.csv"
    q3 = write(extracts / "personeel_3.csv", personeel("30-09-2025", Q2))
    run(settings, extracts / "organisatie.csv", extracts / "personeel_1.csv", q3)
    with Warehouse.open(settings, "read") as warehouse:
        assert warehouse.calendar().rows()[1] == (date(2025, 3, 31), date(2025, 9, 30))
    run(settings, late)
    with Warehouse.open(settings, "read") as warehouse:
        assert warehouse.calendar().height == 3
        last = warehouse.leaves().filter(pl.col("to_ref") == date(2025, 9, 30))
        assert last.group_by("kind").agg(pl.sum("persons")).rows() == [("stay", 3)]


def test_failure_of_the_last_file_leaves_nothing(settings: Settings, extracts: Path) -> None:
    write(extracts / "personeel_3.csv", "peildatum | personeelsnummer\n30-09-2025 | 0001")
    with pytest.raises(RefusedInput, match=r"personeel_3\.csv"):
        run(settings, extracts)
    with Warehouse.open(settings, "read") as warehouse:
        assert warehouse.is_empty()
        assert warehouse.units().is_empty()


def test_crash_before_the_commit_leaves_the_state_from_before(
    settings: Settings, extracts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(settings, extracts)
    before = stored(settings)
    write(extracts / "personeel_2.csv", personeel("30-06-2025", Q1))

    def crash(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(plausibility, "refresh", crash)
    with pytest.raises(OSError, match="disk is full"):
        run(settings, extracts)
    assert stored(settings) == before


def test_dry_run_keeps_nothing_but_the_report(settings: Settings, extracts: Path) -> None:
    rows = Q1 | {"0009": "NOWHERE 10 V europa"}
    write(extracts / "personeel_1.csv", personeel("31-03-2025", rows))
    result = run(settings, extracts, dry_run=True)
    assert result.exit_code == 3
    assert {path.name for path in settings.home.iterdir()} == {"log"}
    assert [path.name for path in settings.log.iterdir()] == ["dry-run-20260115-093000.md"]


def test_dry_run_on_a_warehouse_changes_nothing(settings: Settings, extracts: Path) -> None:
    run(settings, extracts)
    before = stored(settings)
    write(extracts / "personeel_2.csv", personeel("30-06-2025", Q1))
    result = run(settings, extracts, dry_run=True)
    assert [file.unchanged for file in result.files] == [True, True, False]
    assert stored(settings) == before


def test_another_key_is_refused(
    settings: Settings, extracts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(settings, extracts)
    before = stored(settings)
    monkeypatch.setenv("AFSPIEGELING_RECORD_KEY", "ab" * 32)
    with pytest.raises(RefusedInput, match="key 'record' is not the one"):
        run(settings, extracts)
    assert stored(settings) == before


def test_two_files_for_one_date_are_refused(settings: Settings, extracts: Path) -> None:
    write(extracts / "personeel_1b.csv", personeel("31-03-2025", Q2))
    with pytest.raises(RefusedInput, match=r"personeel_1\.csv and personeel_1b\.csv, 2025-03-31"):
        run(settings, extracts)
    (extracts / "personeel_1b.csv").unlink()
    run(settings, extracts)
    # ... also when one of them was loaded before
    write(extracts / "personeel_1b.csv", personeel("31-03-2025", Q2))
    with pytest.raises(RefusedInput, match="Two files hold the same reference date"):
        run(settings, extracts)


def test_units_that_lose_their_people_are_refused(settings: Settings, extracts: Path) -> None:
    run(settings, extracts)
    write(
        extracts / "organisatie.csv", ORGANISATIE.replace("2020", "2025").replace("01-01", "01-06")
    )
    with pytest.raises(RefusedInput, match=r"unit A, reference date 2025-03-31"):
        run(settings, extracts / "organisatie.csv")


# --- which files


def test_unknown_file_is_refused_by_name(extracts: Path) -> None:
    write(extracts / "salaris.csv", "a | b\n1 | 2")
    with pytest.raises(RefusedInput, match=r"salaris\.csv"):
        match_files([extracts], load_mapping("rijk-standaard"))


def test_files_are_taken_once_however_named(extracts: Path) -> None:
    file = extracts / "personeel_1.csv"
    found = expand([file, extracts, extracts / ".." / "incoming" / "personeel_1.csv"])
    assert [path.name for path in found].count("personeel_1.csv") == 1
    assert len(found) == 4


@pytest.mark.parametrize("where", ["nowhere", "empty", "notes"])
def test_nothing_to_load_is_refused(tmp_path: Path, where: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "README.md").write_text("only this")
    with pytest.raises(RefusedInput, match=r"no such file|nothing to load"):
        match_files([tmp_path / where], load_mapping("rijk-standaard"))


# --- reference files that a mapping brings along

ORIGIN = Path(load_module.__file__).parent.parent / "data/reference/attributes/origin.toml"


def bringing(directory: Path, label: str) -> Path:
    """Write a mapping that brings its own classification of origin."""
    directory.mkdir(parents=True, exist_ok=True)
    text = ORIGIN.read_text("utf-8").replace('label_nl = "Herkomst"', f'label_nl = "{label}"')
    (directory / "origin.toml").write_text(text, encoding="utf-8")
    (directory / "mapping.toml").write_text(
        'name = "own"\nextends = "rijk-standaard"\n'
        '[reference]\n"attributes/origin.toml" = "origin.toml"\n',
        encoding="utf-8",
    )
    return directory / "mapping.toml"


def test_reference_file_of_the_mapping_comes_into_force(
    settings: Settings, extracts: Path, tmp_path: Path
) -> None:
    mapping = bringing(tmp_path / "m", "Afkomst")
    load([extracts], str(mapping), settings, now=NOW)
    kept = settings.overlay / "attributes" / "origin.toml"
    assert 'label_nl = "Afkomst"' in kept.read_text("utf-8")
    # The same mapping again is fine; another text is not, and neither is one for stored rows.
    assert load([extracts], str(mapping), settings, now=NOW).exit_code == 0
    other = bringing(tmp_path / "n", "Wortels")
    with pytest.raises(RefusedInput, match="another --home"):
        load([extracts], str(other), settings, now=NOW)
    assert 'label_nl = "Afkomst"' in kept.read_text("utf-8")


def test_reference_file_after_a_load_without_it_is_refused(
    settings: Settings, extracts: Path, tmp_path: Path
) -> None:
    run(settings, extracts)
    with pytest.raises(RefusedInput, match="another reference file"):
        load([extracts], str(bringing(tmp_path / "m", "Afkomst")), settings, now=NOW)


@pytest.mark.parametrize("dry_run", [True, False])
def test_reference_files_stay_out_when_nothing_is_stored(
    settings: Settings, extracts: Path, tmp_path: Path, dry_run: bool
) -> None:
    mapping = bringing(tmp_path / "m", "Afkomst")
    if dry_run:
        load([extracts], str(mapping), settings, dry_run=True, now=NOW)
    else:
        write(extracts / "personeel_3.csv", "peildatum\n30-09-2025")
        with pytest.raises(RefusedInput):
            load([extracts], str(mapping), settings, now=NOW)
    assert not settings.overlay.exists()


# --- what it says


def crowd(ref: str, size: int) -> str:
    return personeel(ref, {f"1{n:04}": "A 10 V nederland" for n in range(size)})


def command(settings: Settings, *arguments: str | Path) -> Result:
    app = typer.Typer()
    cli.register(app)
    return CliRunner().invoke(app, [str(a) for a in arguments], obj=settings)


def test_figures_stand_in_the_closed_report_only(settings: Settings, extracts: Path) -> None:
    write(extracts / "personeel_1.csv", crowd("31-03-2025", 217))
    write(extracts / "personeel_2.csv", crowd("30-06-2025", 93))
    done = command(settings, "load", extracts, "--mapping", "rijk-standaard")
    assert done.exit_code == 0
    assert "gross: exit, A, 2025-06-30" in done.output
    assert "hold `publish`" in done.output
    (report,) = settings.log.iterdir()
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    lines = report.read_text("utf-8").splitlines()
    share = f"{(217 - 93) / 217:.4f}"  # 0.5714
    assert share == "0.5714"
    assert any("grof" in line and "exit" in line and share in line for line in lines)
    assert share not in done.output
    as_json = command(settings, "load", extracts, "--mapping", "rijk-standaard", "--json")
    said = json.loads(as_json.stdout)
    assert said["held"] == sum(f["severity"] == "gross" for f in said["findings"]) > 0
    assert set(said["findings"][0]) == {"ref", "rule", "unit", "severity", "accepted_reason"}


def test_load_reports_rows_in_quarantine_with_exit_3(settings: Settings, extracts: Path) -> None:
    rows = Q1 | {"0009": "NOWHERE 10 V europa"}
    write(extracts / "personeel_1.csv", personeel("31-03-2025", rows))
    done = command(settings, "load", extracts, "--mapping", "rijk-standaard")
    assert done.exit_code == 3
    assert "personeel_1.csv: personeel 2025-03-31, 4 rows read, 3 kept, 1 refused" in done.output
    assert "afspiegeling quarantine" in done.output

    listed = command(settings, "quarantine", "--format", "csv")
    frame = pl.read_csv(listed.stdout.encode())
    assert frame.select("rule", "file", "line").rows() == [("unit_unknown", "personeel_1.csv", 5)]
    assert "europa" not in listed.stdout
    assert "0009" not in listed.stdout
    assert "personeel_1.csv:5  unit_unknown" in command(settings, "quarantine").stdout


def test_quarantine_without_rows_says_so(settings: Settings, extracts: Path) -> None:
    run(settings, extracts)
    assert command(settings, "quarantine").stdout == "No rows in quarantine.\n"


def test_refusals_rise_as_they_are(settings: Settings, tmp_path: Path) -> None:
    done = command(settings, "load", tmp_path / "nowhere", "--mapping", "rijk-standaard")
    assert isinstance(done.exception, RefusedInput)
    assert done.exception.exit_code == 2


def test_status_of_an_empty_home_names_the_next_step(settings: Settings) -> None:
    done = command(settings, "status")
    assert done.exit_code == 0
    assert "Nothing was loaded yet: afspiegeling load" in done.stdout
    assert not settings.home.exists()


def test_status_shows_loads_coverage_refusals_and_publications(
    settings: Settings, extracts: Path
) -> None:
    rows = Q1 | {"0009": "NOWHERE 10 V europa"}
    write(extracts / "personeel_1.csv", personeel("31-03-2025", rows))
    run(settings, extracts)
    settings.published.mkdir()
    for number in (1, 9, 10):
        (settings.published / f"publication-2026-{number}.duckdb").touch()
    (settings.published / "current.json").write_text('{"publication": "2026-9"}')
    facts = json.loads(command(settings, "status", "--json").stdout)
    assert facts["snapshots"] == [
        {"reference_date": "2025-03-31", "persons": 3, "coverage": 100.0},
        {"reference_date": "2025-06-30", "persons": 3, "coverage": 66.7},
    ]
    assert facts["refused"] == {"unit_unknown": 1}
    assert facts["publications"] == ["2026-1", "2026-9", "2026-10"]
    assert facts["served"] == "2026-9"
    text = command(settings, "status").stdout
    assert "personeel 2025-03-31: 4 rows read, 3 kept" in text
    assert "refused: 1 rows, unit_unknown (The unit is not in the organisation extract)" in text
    assert "publication 2026-9 (served)" in text


def test_head_of_the_small_extracts_is_that_of_rijk_standaard() -> None:
    headers = load_mapping("rijk-standaard").extracts["personeel"].columns.values()
    assert {cell.strip() for cell in HEAD.split("|")} <= set(headers)
