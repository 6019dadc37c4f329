"""What is not documented does not land: commands, exit codes, metrics, extracts, settings, pages."""

from __future__ import annotations

import re

import pytest
from typer.main import get_command

import afspiegeling
from dashboard.pages import PAGES as DASHBOARD_PAGES
from etl.privacy.policy import Policy
from tests.conftest import REPOSITORY
from tests.rendered_docs import DOCS, PAGES

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_rendered_page_is_current(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name](), "run `make docs`"


def test_every_command_is_in_the_readme() -> None:
    documented = set(re.findall(r"^\| `([a-z]+)[ `]", README, flags=re.MULTILINE))
    commands = set(get_command(afspiegeling.app).commands)  # type: ignore[attr-defined]
    assert commands - documented == set()
    assert documented & {"sample", "load"} <= commands


def test_every_page_is_in_the_readme() -> None:
    missing = [page.TITLE for page in DASHBOARD_PAGES if page.TITLE not in README]
    assert missing == []


def test_every_file_that_the_readme_names_exists() -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    paths = re.findall(r"`((?:etl|dashboard|data|assets|tests|docs)/[A-Za-z0-9_./-]+)`", README)
    missing = [p for p in {*links, *paths} if not (REPOSITORY / p).exists()]
    assert missing == []


def test_the_runbook_names_every_alarm_that_can_be_seen_and_commands_that_exist() -> None:
    runbook = (DOCS / "runbook.md").read_text(encoding="utf-8")
    commands = set(get_command(afspiegeling.app).commands)  # type: ignore[attr-defined]
    named = set(re.findall(r"`(?:afspiegeling )(?:--home \S+ )?([a-z]+)", runbook))
    assert named - commands == set()
    assert {"backup", "restore", "rollback", "withdraw", "approve", "forget", "retention"} <= named
    outcomes = set(afspiegeling.OUTCOMES.values()) - {"done", "refused"}
    counted = {
        "afspiegeling_ready",
        "afspiegeling_pointer_followed",
        "afspiegeling_request_seconds",
    }
    assert {word for word in outcomes | counted if word not in runbook} == set()


def test_every_retention_time_is_in_the_assessment() -> None:
    page = PAGES["dpia.md"]()
    rules = Policy.load().retention
    assert rules is not None
    for number in (rules.person_years, rules.copies_days, rules.log_days):
        assert f"| {number.value} | {number.reason} | {number.owner} | {number.date} |" in page
    assert page.count("*[") >= 10  # what only the organisation can fill in is marked
