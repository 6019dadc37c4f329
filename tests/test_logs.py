"""The log of the commands: one line each, and nowhere a secret or a personnel number."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from etl.pseudonym import KEY_NAMES, Keys
from etl.settings import Settings
from tests.cli import afspiegeling
from tests.etl.small_extracts import ORGANISATIE, personeel, write

PEOPLE = {f"74123698{n:03d}": "A 10 V nederland" for n in range(60)}
PEOPLE |= {f"74123698{n:03d}": "A 12 M turkije" for n in range(60, 80)}
REFUSED = {"74123698999": "NERGENS 12 M turkije"}
FORGOTTEN = "74123698061"


class Typed(io.StringIO):
    """What is piped into a command."""

    def isatty(self) -> bool:
        return False


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home after a quarter of work: a load, a refusal, a publication, a person forgotten."""
    tmp_path = tmp_path_factory.mktemp("logs")
    directory, files = tmp_path / "home", tmp_path / "in"
    write(files / "organisatie.csv", ORGANISATIE)
    write(files / "personeel_k4.csv", personeel("31-12-2025", PEOPLE | REFUSED))
    afspiegeling(directory, "load", files, "--mapping", "rijk-standaard", expect=3)
    afspiegeling(directory, "load", tmp_path / FORGOTTEN, "--mapping", "rijk-standaard", expect=2)
    afspiegeling(directory, "forget", FORGOTTEN, expect=2)
    afspiegeling(directory, "publish")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", Typed(FORGOTTEN + "\n"))
        afspiegeling(directory, "forget")
    return directory


def logged(home: Path) -> Iterator[dict[str, object]]:
    for path in sorted((home / "log").glob("events-*.jsonl")):
        yield from (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())


def secrets_of(home: Path) -> list[str]:
    """Every personnel number, every pseudonym and every key, in all the ways they are written."""
    keys = Keys.of(Settings(home=home))
    numbers = list(PEOPLE | REFUSED)
    pseudonyms = keys.pseudonyms(pl.Series(numbers)).to_list()
    raw = [keys.key(name) for name in KEY_NAMES]
    return [*numbers, *pseudonyms, *(key.hex() for key in raw)]


def test_every_command_is_one_line(home: Path) -> None:
    told = [
        (e["command"], e["outcome"], e["exit_code"], e.get("publication")) for e in logged(home)
    ]
    year = str(next(iter(logged(home)))["time"])[:4]
    assert told[:5] == [
        ("load", "done_with_quarantine", 3, None),
        ("load", "refused", 2, None),
        ("forget", "refused", 2, None),
        ("publish", "done", 0, f"{year}-1"),
        ("forget", "done", 0, f"{year}-1"),
    ]


def test_no_log_holds_a_secret_or_a_personnel_number(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyError(
            FORGOTTEN, PEOPLE[FORGOTTEN], Keys.of(Settings(home=home)).key("record").hex()
        )

    monkeypatch.setattr("etl.cli.gather_status", fail)
    told = afspiegeling(home, "status", expect=1)
    (*_, last) = logged(home)
    assert (last["outcome"], last["error"]) == ("failed", "KeyError")
    assert str(last["id"]) in told.stderr
    assert str(last["id"]) in next((home / "log").glob("failures-*.log")).read_text(
        encoding="utf-8"
    )
    files = [path for path in (home / "log").iterdir() if path.is_file()]
    assert len(files) >= 4  # events, failures, the report of the load, what the plan showed
    found = [
        path.name
        for path in files
        for secret in secrets_of(home)
        if secret.encode() in path.read_bytes()
    ]
    assert found == []
    events = next((home / "log").glob("events-*.jsonl"))
    assert events.stat().st_mode & 0o077 == 0


def test_the_search_would_find_them(home: Path) -> None:
    """The grep itself: in a log that does hold a number or a pseudonym, it finds it."""
    for secret in (FORGOTTEN, secrets_of(home)[-1]):
        line = f"could not read {secret}\n"
        assert any(known in line for known in secrets_of(home))


def test_a_command_on_no_home_makes_none(tmp_path: Path) -> None:
    afspiegeling(tmp_path / "none", "publish", expect=2)
    assert not (tmp_path / "none").exists()


def test_help_and_wrong_words_are_no_events(tmp_path: Path) -> None:
    afspiegeling(tmp_path, "--help")
    afspiegeling(tmp_path, "nonsense", expect=2)
    assert not (tmp_path / "log").exists()
