"""Whether there is a publication by now, and help only where there are figures to explain."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dashboard.app import create_app
from dashboard.help import TOUR, help_panel
from dashboard.settings import Settings
from tests.dashboard.trees import kinds, text_of, with_class
from tests.factories import make_publication


def served(home: Path) -> object:
    answer = create_app(Settings(home=home)).server.test_client().get("/publication.json")
    assert answer.cache_control.no_store
    return json.loads(answer.data)


def test_the_server_tells_whether_there_is_a_publication(tmp_path: Path) -> None:
    assert served(tmp_path) == {"publication": None}
    make_publication(tmp_path / "published")
    assert served(tmp_path) == {"publication": "2026-1"}


@pytest.mark.parametrize(("lang", "words"), [("nl", "afgerond op 25"), ("en", "rounded to 25")])
def test_help_says_the_rounding_of_this_publication(lang: str, words: str) -> None:
    panel, tour = help_panel(lang, "25")
    assert words in text_of(panel)
    assert len(with_class(tour, "tour-step")) == len(TOUR) == len(kinds(tour, "H2"))
