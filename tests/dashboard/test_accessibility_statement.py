"""The accessibility statement: reachable from everywhere, in both languages, with a way to report."""

from __future__ import annotations

from pathlib import Path

import pytest
from dash.development.base_component import Component

from dashboard.charts import read_themes
from dashboard.frame import Request, route
from dashboard.mart import Mart
from dashboard.pages import FOOT, PAGES, toegankelijkheid
from dashboard.settings import ASSETS
from tests.dashboard.trees import kinds, text_of, with_class

THEMES = read_themes(ASSETS / "tokens.css")
WORDS = {
    "nl": ("WCAG 2.2", "EN 301 549", "axe-core", "schermlezer", "24 november 2026"),
    "en": ("WCAG 2.2", "EN 301 549", "axe-core", "screen reader", "24 November 2026"),
}


def shown(mart: Mart, path: str, lang: str = "nl") -> Component:
    return route(mart, (*PAGES, *FOOT), THEMES, Request(path, f"?lang={lang}"))


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_every_page_links_to_the_statement(mart: Mart, tmp_path: Path, lang: str) -> None:
    empty = Mart(tmp_path)
    views = [shown(mart, page.PATH, lang) for page in (*PAGES, *FOOT)]
    for view in [*views, shown(mart, "/nergens", lang), shown(empty, "/", lang)]:
        (foot,) = with_class(view, "foot")
        (link,) = kinds(foot, "Link")
        assert link.href.startswith(toegankelijkheid.PATH + "?")
        assert f"lang={lang}" in link.href
    for view in views:
        assert toegankelijkheid.PATH not in [each.href for each in kinds(view, "NavLink")]


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_the_statement_is_there_with_and_without_a_publication(
    mart: Mart, tmp_path: Path, lang: str
) -> None:
    for view in (
        shown(mart, toegankelijkheid.PATH, lang),
        shown(Mart(tmp_path), toegankelijkheid.PATH, lang),
    ):
        assert view.lang == lang
        said = text_of(kinds(view, "Main")[0])
        assert [words for words in WORDS[lang] if words not in said] == []
        assert len(kinds(view, "H1")) == 1
        assert len(kinds(view, "H2")) == 4


@pytest.mark.parametrize(
    ("contact", "href"),
    [("toegankelijk@voorbeeld.nl", "mailto:toegankelijk@voorbeeld.nl"), ("de servicebalie", None)],
)
def test_who_reports_is_led_to_the_organisation(contact: str, href: str | None) -> None:
    page = toegankelijkheid.bare("nl", contact)
    assert f"Meld het bij {contact} . Vertel" in " ".join(text_of(page).split())
    assert [link.href for link in kinds(page, "A")] == ([href] if href else [])


def test_without_a_contact_the_administrator_is_named() -> None:
    said = text_of(toegankelijkheid.bare("nl"))
    assert "Meld het bij de beheerder van Afspiegeling in uw organisatie." in said
