"""Backup and restore: whole, verified, under the lock, without keys, and nothing thrown away."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import stat
import subprocess
import sys
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

import etl.backup as module
from etl.backup import MANIFEST, backup, files_of
from etl.errors import RefusedInput
from etl.forget import forget
from etl.pipeline import publish
from etl.pseudonym import Keys
from etl.publish import names, point_to, served
from etl.restore import restore
from etl.settings import Settings
from etl.warehouse.store import Warehouse
from tests.cli import afspiegeling
from tests.conftest import REPOSITORY
from tests.etl.small_extracts import personeel
from tests.etl.test_publish_commands import STAYERS, loaded

NOW = datetime(2026, 1, 14, 9, 30, tzinfo=UTC)
LATER = datetime(2026, 2, 1, 8, 0)
Harm = Callable[[Path], None]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published home, its backup and its keys."""
    directory = tmp_path_factory.mktemp("backup")
    settings = loaded(directory, ("k4", personeel("31-12-2025", STAYERS)))
    publish(settings, None, NOW)
    (settings.home / "incoming" / "deep").mkdir(parents=True)
    (settings.home / "incoming" / "deep" / "notes.txt").write_text("a file\n")
    backup(settings, directory / "b.tar.gz", NOW, directory / "keys.json")
    return directory


@pytest.fixture
def settings(made: Path, tmp_path: Path) -> Settings:
    shutil.copytree(made / "home", tmp_path / "home")
    return Settings(home=tmp_path / "home")


def content(home: Path) -> dict[str, bytes]:
    return {path.relative_to(home).as_posix(): path.read_bytes() for path in files_of(home)}


def count(settings: Settings, table: str) -> int:
    with Warehouse.open(settings, "read") as warehouse:
        return warehouse.frame("SELECT * FROM " + table).height


def test_a_restored_home_is_the_same_byte_for_byte(made: Path, tmp_path: Path) -> None:
    new = Settings(home=tmp_path / "new")
    done = restore(new, made / "b.tar.gz", LATER, keys_file=made / "keys.json")
    assert content(new.home) == content(made / "home")
    assert {"published/current.json", "incoming/deep/notes.txt", "warehouse/warehouse.duckdb"} <= {
        *content(new.home)
    }
    assert (done.aside, done.kept, done.keys) == (None, (), True)
    assert stat.S_IMODE(new.warehouse.stat().st_mode) == 0o600
    assert stat.S_IMODE(new.warehouse.parent.stat().st_mode) == 0o700
    keys, old = Keys.of(new, make=False), Keys.of(Settings(home=made / "home"))
    assert keys.fingerprint("rounding") == old.fingerprint("rounding")
    assert not list(new.home.glob(".restoring-*"))
    assert publish(new, None, NOW).publication.name == "2026-2"


def test_a_backup_is_private_and_holds_no_key(made: Path) -> None:
    keys = Keys.of(Settings(home=made / "home"))
    for name in ("b.tar.gz", "keys.json"):
        assert stat.S_IMODE((made / name).stat().st_mode) == 0o600
    raw = gzip.decompress((made / "b.tar.gz").read_bytes())
    told = json.loads((made / "keys.json").read_text())
    for name in ("pseudonym", "record", "rounding"):
        assert keys.key(name) not in raw
        assert keys.key(name).hex().encode() not in raw
        assert told[name] == keys.key(name).hex()
    assert not list(made.glob("*.part"))


def test_without_keys_it_says_that_they_are_missing(made: Path, tmp_path: Path) -> None:
    new = Settings(home=tmp_path / "new")
    assert not restore(new, made / "b.tar.gz", LATER).keys
    assert not new.keys.exists()
    with pytest.raises(RefusedInput, match="is missing"):
        publish(new, None, NOW)


def test_a_home_that_is_not_empty_is_left_alone(settings: Settings, made: Path) -> None:
    before = content(settings.home)
    with pytest.raises(RefusedInput, match="The home is not empty"):
        restore(settings, made / "b.tar.gz", LATER)
    assert content(settings.home) == before


def test_replacing_sets_aside_and_keeps_what_was_shown(settings: Settings, made: Path) -> None:
    first, second = (settings.published / f"publication-2026-{n}.duckdb" for n in (1, 2))
    shutil.copy(first, second)
    point_to(settings.published, "2026-2")
    before = content(settings.home)
    done = restore(settings, made / "b.tar.gz", LATER, replace=True)
    assert done.aside == settings.home / "before-restore-20260201-080000"
    assert done.kept == ("2026-2",)
    old = {name: text for name, text in content(done.aside).items() if not name.startswith("log")}
    assert old == {name: text for name, text in before.items() if not name.startswith("log")}
    assert served(settings.published) == "2026-1"
    assert names(settings.published) == ["2026-1", "2026-2"]


def test_whoever_was_forgotten_since_is_forgotten_again(settings: Settings, made: Path) -> None:
    assert forget(settings, ["0100", "0101"], LATER) == 2
    done = restore(settings, made / "b.tar.gz", LATER, replace=True)
    assert done.forgotten == 2
    assert count(settings, "forgotten") == 2
    keys = Keys.of(settings)
    pseudonyms = keys.pseudonyms(pl.Series(["0100", "0101"]))
    held = settings.warehouse.read_bytes()
    assert not any(pseudonym.encode() in held for pseudonym in pseudonyms)
    with Warehouse.open(settings, "read") as warehouse:
        gone = warehouse.frame("SELECT * FROM fct_snapshot WHERE origin = 'onbekend'")
    assert gone.height == 20 + 2


def test_other_keys_are_refused_before_anything_changes(settings: Settings, made: Path) -> None:
    (settings.keys / "record.key").write_text("ab" * 32)
    before = content(settings.home)
    with pytest.raises(RefusedInput, match="The keys are not those"):
        restore(settings, made / "b.tar.gz", LATER, replace=True)
    assert content(settings.home) == before


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-2000])


def flip(path: Path) -> None:
    """One byte of a file in the archive changed, with the checksum of the compression right."""
    raw = bytearray(gzip.decompress(path.read_bytes()))
    raw[raw.index(b"a file\n")] ^= 1
    path.write_bytes(gzip.compress(bytes(raw), 1))


def rewritten(path: Path, change: Callable[[list[tuple[tarfile.TarInfo, bytes]]], None]) -> None:
    with tarfile.open(path) as old:
        files = [(entry, old.extractfile(entry).read()) for entry in old]  # type: ignore[union-attr]
    change(files)
    with tarfile.open(path, "w:gz") as new:
        for entry, text in files:
            entry.size = len(text)
            new.addfile(entry, io.BytesIO(text))


def smuggle(path: Path) -> None:
    rewritten(path, lambda files: files.insert(0, (tarfile.TarInfo("../outside"), b"x")))


def lose(path: Path) -> None:
    rewritten(path, lambda files: files.pop(0))


def nameless(path: Path) -> None:
    rewritten(path, lambda files: files.pop())


def no_archive(path: Path) -> None:
    path.write_text("hello")


@pytest.mark.parametrize("harm", [cut, flip, smuggle, lose, nameless, no_archive])
def test_a_damaged_backup_changes_nothing(made: Path, tmp_path: Path, harm: Harm) -> None:
    file = Path(shutil.copy(made / "b.tar.gz", tmp_path / "b.tar.gz"))
    harm(file)
    new = Settings(home=tmp_path / "new")
    with pytest.raises(RefusedInput, match="The backup is damaged"):
        restore(new, file, LATER, keys_file=made / "keys.json")
    assert not new.home.exists() or not list(new.home.iterdir())
    assert not (tmp_path / "outside").exists()


def test_places_that_are_refused(settings: Settings, tmp_path: Path) -> None:
    there = tmp_path / "there.tar.gz"
    there.write_text("an earlier backup")
    with pytest.raises(RefusedInput, match="already"):
        backup(settings, there, NOW)
    with pytest.raises(RefusedInput, match="inside the home"):
        backup(settings, settings.home / "x.tar.gz", NOW)
    with pytest.raises(RefusedInput, match="no warehouse"):
        backup(Settings(home=tmp_path / "none"), tmp_path / "x.tar.gz", NOW)
    assert there.read_text() == "an earlier backup"
    assert not (tmp_path / "x.tar.gz").exists()


def test_while_it_is_written_no_other_command_can_change_anything(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also after the warehouse itself was read: the kernel forgets a lock when its file is closed."""
    code = (
        "import sys; from pathlib import Path; from etl.settings import Settings; "
        "from etl.warehouse.store import Warehouse\n"
        "with Warehouse.open(Settings(home=Path(sys.argv[1])), 'change'): pass"
    )
    outcome: list[str] = []

    real = module._add

    def add(archive: tarfile.TarFile, name: str, *rest: object) -> object:
        held = real(archive, name, *rest)  # type: ignore[arg-type]
        if name == MANIFEST:
            done = subprocess.run(
                [sys.executable, "-c", code, str(settings.home)],
                cwd=REPOSITORY, capture_output=True, text=True, check=False,
            )  # fmt: skip
            outcome.append(done.stderr)
        return held

    monkeypatch.setattr(module, "_add", add)
    backup(settings, tmp_path / "b.tar.gz", NOW)
    assert "The warehouse is in use by another command" in outcome[0]


def test_the_commands_say_what_they_did(settings: Settings, tmp_path: Path) -> None:
    file, keys = tmp_path / "b.tar.gz", tmp_path / "k.json"
    told = afspiegeling(settings.home, "backup", file, "--keys", keys).stdout
    assert "read back and verified" in told
    assert "keep this file apart" in told
    new = tmp_path / "new"
    told = afspiegeling(new, "restore", file, "--keys", keys).stdout
    assert "each verified" in told
    assert "must be forgotten again" in told
    told = afspiegeling(new, "restore", file, expect=2).stderr
    assert "Next: give --replace" in told
    told = afspiegeling(new, "restore", file, "--replace").stdout
    assert "before-restore-" in told
