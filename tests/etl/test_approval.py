"""Four eyes: a draft is not served, its maker cannot approve it, a changed approval is noticed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dashboard.errors import DashboardError, MartUnavailable
from dashboard.export_whole import whole_files
from dashboard.mart import Mart
from dashboard.pages import verantwoording
from dashboard.preview import preview_of
from dashboard.provenance import provenance_parts
from etl import cli_publish
from etl.account import UNSET, account
from etl.approval import approve, may_be_served, read_approval
from etl.domain import Organisation
from etl.errors import RefusedInput
from etl.load import load
from etl.pipeline import publish
from etl.pseudonym import Keys
from etl.publish import point_to, rollback, served
from etl.settings import SHIPPED_REFERENCE, Settings
from etl.warehouse.store import Warehouse
from tests.dashboard.test_verantwoording import view_of, words
from tests.etl.small_extracts import ORGANISATIE, home, personeel, write
from tests.etl.test_publish_commands import STAYERS, run

NOW = datetime(2026, 1, 14, 9, 30, tzinfo=UTC)
LATER = datetime(2026, 1, 20, 16, 0)
ROLE = "functionaris gegevensbescherming"
Change = Callable[[Settings], None]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that asks for approval, with one draft that `maker` made."""
    directory = tmp_path_factory.mktemp("approval")
    settings = home(directory)
    reference = (SHIPPED_REFERENCE / "organisation.toml").read_text(encoding="utf-8")
    asking = reference.replace("approval = false", "approval = true")
    assert asking != reference
    (directory / "organisation.toml").write_text(f'{asking}checker = "{ROLE}"\nmaker = "x"\n')
    (directory / "own.toml").write_text(
        'name = "own"\nextends = "rijk-standaard"\n'
        '[reference]\n"organisation.toml" = "organisation.toml"\n'
    )
    write(directory / "in" / "organisatie.csv", ORGANISATIE)
    write(directory / "in" / "personeel_k4.csv", personeel("31-12-2025", STAYERS))
    load([directory / "in"], directory / "own.toml", settings, now=NOW.replace(tzinfo=None))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("etl.pipeline.account", lambda: "maker")
        assert not publish(settings, None, NOW).publication.served
    return directory


@pytest.fixture
def settings(made: Path, tmp_path: Path) -> Settings:
    shutil.copytree(made / "home", tmp_path / "home")
    return Settings(home=tmp_path / "home")


def test_a_draft_is_not_served(settings: Settings) -> None:
    assert served(settings.published) is None
    assert may_be_served(settings) == []
    with pytest.raises(MartUnavailable):
        Mart(settings.published).meta()


def test_even_a_pointer_to_a_draft_is_not_followed(settings: Settings) -> None:
    point_to(settings.published, "2026-1")
    with pytest.raises(MartUnavailable, match="cannot be followed"):
        Mart(settings.published).meta()


def test_somebody_else_approves_and_it_is_served(settings: Settings) -> None:
    given = approve(settings, "2026-1", "checker", LATER)
    assert (served(settings.published), may_be_served(settings)) == ("2026-1", ["2026-1"])
    assert (given.role, given.approved_at) == (ROLE, "2026-01-20T16:00:00")
    with Warehouse.open(settings, "read") as warehouse:
        rows = warehouse.frame("SELECT account, role FROM approval").rows()
        assert warehouse.frame("SELECT account FROM made").rows() == [("maker",)]
    assert rows == [("checker", ROLE)]
    mart = Mart(settings.published)
    view = view_of(mart)
    assert "goedgekeurd op 20 januari 2026" in provenance_parts(view)
    page = words(verantwoording.layout(view))
    assert f"Goedgekeurd door {ROLE} op 20 januari 2026" in page
    assert "Approved by" in words(verantwoording.layout(view_of(mart, "en")))
    package = json.loads(whole_files(mart)["datapackage.json"])
    assert package["approval"] == {"role": ROLE, "date": "2026-01-20"}
    # Accounts stay inside: neither stands in what is served.
    files = b"".join(path.read_bytes() for path in settings.published.iterdir())
    assert b"checker" not in files


def test_approving_again_keeps_the_first_approval(settings: Settings) -> None:
    first = approve(settings, "2026-1", "checker", LATER)
    again = approve(settings, "2026-1", "checker", datetime(2027, 1, 1))
    assert again == first
    with Warehouse.open(settings, "read") as warehouse:
        assert warehouse.frame("SELECT * FROM approval").height == 1


@pytest.mark.parametrize(
    ("name", "who", "said"),
    [
        ("2026-1", "maker", "Who made a publication cannot approve it"),
        ("2026-1", "somebody", "This account may not approve"),
        ("2026-2", "checker", "There is no such publication"),
        ("../x", "checker", "There is no such publication"),
    ],
)
def test_who_may_not_approve(settings: Settings, name: str, who: str, said: str) -> None:
    with pytest.raises(RefusedInput, match=said):
        approve(settings, name, who, LATER)
    assert served(settings.published) is None
    assert not list(settings.published.glob("approval-*"))


def test_a_draft_that_was_changed_is_not_approved(settings: Settings) -> None:
    with (settings.published / "publication-2026-1.duckdb").open("ab") as file:
        file.write(b"!")
    with pytest.raises(RefusedInput, match="not the file that was made"):
        approve(settings, "2026-1", "checker", LATER)


def test_a_publication_of_an_unknown_maker_is_not_approved(settings: Settings) -> None:
    with Warehouse.open(settings) as warehouse:
        warehouse.connection.execute("DELETE FROM made")
    with pytest.raises(RefusedInput, match="not known who made"):
        approve(settings, "2026-1", "checker", LATER)


@pytest.mark.parametrize(
    "changes",
    [
        {"role": "bestuursraad"},
        {"approved_at": "2025-01-01T00:00:00"},
        {"sha256": "0" * 64},
        {"publication": "2026-2"},
        {"seal": "0" * 32},
    ],
)
def test_a_changed_approval_is_noticed(settings: Settings, changes: dict[str, str]) -> None:
    approve(settings, "2026-1", "checker", LATER)
    path = settings.published / "approval-2026-1.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    with pytest.raises(RefusedInput, match="does not fit its publication"):
        read_approval(settings.published, "2026-1", Keys.of(settings))
    with pytest.raises(RefusedInput):
        may_be_served(settings)


def test_an_approval_of_another_file_is_not_shown(settings: Settings) -> None:
    approve(settings, "2026-1", "checker", LATER)
    path = settings.published / "approval-2026-1.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"sha256": "0" * 64}))
    with pytest.raises(MartUnavailable):
        Mart(settings.published).meta()


def test_rollback_passes_drafts_by(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """2026-1 approved, 2026-2 a draft, 2026-3 approved and served."""
    source = settings.published / "publication-2026-1.duckdb"
    for name in ("2026-2", "2026-3"):
        shutil.copy(source, settings.published / f"publication-{name}.duckdb")
    point_to(settings.published, "2026-3")
    allowed = ["2026-1", "2026-3"]
    with pytest.raises(RefusedInput, match="was not approved"):
        rollback(settings.published, "2026-2", allowed)
    assert rollback(settings.published, None, allowed) == "2026-1"


def test_the_commands(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli_publish, "account", lambda: "maker")
    assert isinstance(run(settings, "approve", "2026-1").exception, RefusedInput)
    monkeypatch.setattr(cli_publish, "account", lambda: "checker")
    told = run(settings, "approve", "2026-1")
    assert told.stdout.startswith(f"Serving publication 2026-1, approved as {ROLE}")
    monkeypatch.setattr("etl.pipeline.account", lambda: "maker")
    told = run(settings, "publish", "--json")
    facts = json.loads(told.stdout)
    assert facts["served"] is False
    assert served(settings.published) == "2026-1"
    told = run(settings, "rollback", facts["publication"])
    assert isinstance(told.exception, RefusedInput)
    assert f"afspiegeling approve {facts['publication']}" in str(told.exception)


def test_a_draft_can_be_looked_at_and_says_so(settings: Settings, tmp_path: Path) -> None:
    shown = Mart(preview_of(settings.published, "2026-1", tmp_path))
    assert shown.publication == "2026-1"
    assert "concept, nog niet goedgekeurd" in provenance_parts(view_of(shown))
    assert "Dit is een concept" in words(verantwoording.layout(view_of(shown)))
    assert served(settings.published) is None
    with pytest.raises(DashboardError, match="no such publication"):
        preview_of(settings.published, "../2026-1", tmp_path)


def test_an_approval_needs_the_keys_too(settings: Settings) -> None:
    (settings.keys / "record.key").unlink()
    with pytest.raises(RefusedInput, match="The key 'record' is missing"):
        approve(settings, "2026-1", "checker", LATER)
    assert not (settings.keys / "record.key").exists()


def test_approval_asks_for_somebody() -> None:
    known = {
        "name_nl": "x", "name_en": "x", "root": "MIN", "unknown_unit": "X", "calendar": "year",
        "unknown_unit_nl": "x", "unknown_unit_en": "x", "levels_nl": ["x"], "levels_en": ["x"],
    }  # fmt: skip
    with pytest.raises(ValueError, match="asks for accounts"):
        Organisation(**known, approval=True)
    with pytest.raises(ValueError, match="no role"):
        Organisation(**known, approval=True, approvers={"a": " "})
    assert Organisation(**known, approval=True, approvers={"a": "fg"}).approvers == {"a": "fg"}


def test_the_account_is_that_of_the_login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    login = tmp_path / "loginuid"
    monkeypatch.setattr("etl.account.LOGIN", login)
    monkeypatch.setenv("USER", "somebody-else")
    monkeypatch.setenv("SUDO_USER", "somebody-else")
    monkeypatch.setattr("os.getuid", lambda: 0)
    login.write_text("54321")
    assert account() == "uid-54321"
    login.write_text(str(UNSET))
    assert account() == "root"
    login.unlink()
    assert account() == "root"
