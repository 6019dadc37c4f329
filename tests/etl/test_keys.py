"""The keys of a home: another one is refused, a lost one is never made anew."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from etl.errors import RefusedInput
from etl.forget import forget
from etl.load import load
from etl.pipeline import publish
from etl.pseudonym import KEY_NAMES, Keys
from etl.settings import Settings
from etl.warehouse.store import Warehouse
from tests.etl.small_extracts import personeel, write
from tests.etl.test_publish_commands import STAYERS, loaded

NOW = datetime(2026, 1, 14, 9, 30)
Use = Callable[[Settings], object]


def _load(settings: Settings) -> None:
    file = write(settings.home / "in" / "personeel_k1.csv", personeel("31-12-2025", STAYERS))
    load([file], "rijk-standaard", settings, now=NOW)


USES: dict[str, Use] = {
    "load": _load,
    "publish": lambda settings: publish(settings, None, NOW.replace(tzinfo=UTC)),
    "forget": lambda settings: forget(settings, ["0001"], NOW),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return loaded(tmp_path_factory.mktemp("keys"), ("k4", personeel("31-12-2025", STAYERS)))


@pytest.fixture
def settings(made: Settings, tmp_path: Path) -> Settings:
    shutil.copytree(made.home, tmp_path / "home")
    return Settings(home=tmp_path / "home")


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_a_lost_key_is_told_and_not_made_anew(settings: Settings, use: Use) -> None:
    lost = settings.keys / "pseudonym.key"
    lost.unlink()
    before = settings.warehouse.read_bytes()
    with pytest.raises(RefusedInput, match="The key 'pseudonym' is missing") as told:
        use(settings)
    assert "docs/runbook.md" in str(told.value)
    assert not lost.exists()
    assert settings.warehouse.read_bytes() == before


@pytest.mark.parametrize("use", USES.values(), ids=USES)
@pytest.mark.parametrize("name", KEY_NAMES)
def test_another_key_is_refused_with_both_fingerprints(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, use: Use, name: str
) -> None:
    right = Keys.of(settings).fingerprint(name)
    monkeypatch.setenv(f"AFSPIEGELING_{name.upper()}_KEY", "ab" * 32)
    other = Keys.of(settings).fingerprint(name)
    with pytest.raises(RefusedInput, match=f"The key '{name}' is not the one") as told:
        use(settings)
    assert (f"fingerprint {right}" in str(told.value)) & (f"fingerprint {other}" in str(told.value))
    assert "ab" * 32 not in str(told.value)
    with Warehouse.open(settings, "read") as warehouse:
        kept = dict(warehouse.frame("SELECT * FROM key_fingerprint").iter_rows())
    assert kept[name] == right
