"""What is not documented does not land: commands, exit codes, metrics, extracts, settings, pages."""

from __future__ import annotations

import re

import pytest
from typer.main import get_command

import afspiegeling
from dashboard.pages import PAGES as DASHBOARD_PAGES
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
