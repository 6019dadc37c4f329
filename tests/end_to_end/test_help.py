"""Help, shortcuts, tour and the page before there is a publication, as a reader uses them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.pages import PAGES
from tests.end_to_end.accessibility import problems, settled_cuts
from tests.end_to_end.conftest import Open, go, serving, settled

pytestmark = pytest.mark.browser

STORED = "JSON.stringify(Object.entries(localStorage).sort())"
INSIDE = "e => e.contains(document.activeElement)"


def opened(page: Page) -> int:
    """How many table twins are open."""
    return page.locator("main .tools > details[open]:has(table)").count()


@pytest.mark.parametrize(
    ("lang", "theme", "width"), [("nl", "light", 1440), ("en", "dark", 1440), ("nl", "dark", 320)]
)
def test_panel_and_tour_break_no_rule(
    page: Page, address: str, lang: str, theme: str, width: int
) -> None:
    go(page, f"{address}/?lang={lang}", width=width, theme=theme)
    page.locator("#help-open").click()
    expect(page.locator("#help")).to_be_visible()
    assert problems(page) == []
    assert settled_cuts(page) == []
    page.locator("#help .tour-start").click()
    expect(page.locator("#help")).to_be_hidden()
    while page.locator("#tour").is_visible():
        assert problems(page) == []
        page.locator(".tour-next").click()


def test_the_panel_keeps_the_focus_and_gives_it_back(visit: Open) -> None:
    page = visit()
    panel, button = page.locator("#help"), page.get_by_role("button", name="Hulp")
    button.press("Enter")
    expect(panel).to_be_visible()
    assert "afgerond op 5" in panel.inner_text()
    for _ in range(8):
        page.keyboard.press("Tab")
        assert panel.evaluate(INSIDE) or page.evaluate("document.activeElement === document.body")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(button).to_be_focused()
    page.keyboard.press("?")
    expect(panel).to_be_visible()
    panel.get_by_role("button", name="Sluiten").press("Space")
    expect(panel).to_be_hidden()


def test_shortcuts_do_what_the_panel_says(visit: Open) -> None:
    page = visit()
    twins = page.locator("main .tools > details:has(table)").count()
    page.keyboard.press("t")
    assert opened(page) == twins > 0
    page.keyboard.press("t")
    assert opened(page) == 0
    page.keyboard.press("d")
    assert page.locator("main details[open] .definition").count() > 0
    page.keyboard.press("/")
    box = page.get_by_role("combobox", name="Organisatieonderdeel")
    expect(box).to_be_focused()
    page.keyboard.type("2t")  # typed, not obeyed
    assert box.input_value().endswith("2t")
    assert opened(page) == 0
    page.keyboard.press("Escape")
    page.locator("h1").focus()
    page.keyboard.press("Control+2")
    page.keyboard.press("2")
    page.wait_for_url(re.compile(re.escape(PAGES[1].PATH)))
    settled(page)
    expect(page.locator("h1")).to_be_focused()


def test_shortcuts_can_be_switched_off_for_good(visit: Open) -> None:
    page = visit()
    page.keyboard.press("?")
    box = page.get_by_role("checkbox", name="Sneltoetsen van één teken gebruiken")
    expect(box).to_be_checked()
    box.press("Space")
    page.keyboard.press("Escape")
    for _ in range(2):
        page.keyboard.press("t")
        page.keyboard.press("?")
        assert opened(page) == 0
        expect(page.locator("#help")).to_be_hidden()
        assert page.evaluate(STORED) == '[["afspiegeling-shortcuts","off"]]'
        page.reload()
        settled(page)
    page.get_by_role("button", name="Hulp").click()
    expect(box).not_to_be_checked()
    box.press("Space")
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    assert opened(page) > 0


def test_the_tour_is_offered_once_and_points_at_what_it_explains(visit: Open) -> None:
    page = visit("/bezetting")
    offer, tour = page.locator(".offer"), page.locator("#tour")
    expect(offer).to_be_visible()
    offer.get_by_role("button", name="Niet nodig").click()
    expect(offer).to_be_hidden()
    page.reload()
    settled(page)
    expect(offer).to_be_hidden()
    assert page.evaluate(STORED) == '[["afspiegeling-tour","seen"]]'
    page.keyboard.press("?")
    page.locator("#help .tour-start").press("Enter")
    for step in range(1, 7):
        expect(page.locator(".tour-count")).to_have_text(f"stap {step} van 6")
        assert tour.evaluate(INSIDE)
        assert page.evaluate(
            """() => {
                const shown = document.querySelector('.tour-step:not([hidden])');
                const part = [...document.querySelectorAll(shown.dataset.at)].find(e => e.checkVisibility());
                const [a, b] = [part, document.querySelector('.tour-spot')].map(e => e.getBoundingClientRect());
                const card = document.querySelector('.tour-card').getBoundingClientRect();
                return b.left <= a.left && b.right + 1 >= Math.min(a.right, innerWidth) && b.top <= Math.max(a.top, 0)
                    && card.top >= 0 && card.bottom <= innerHeight && card.right <= innerWidth;
            }"""
        )
        page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".tour-count")).to_have_text("stap 5 van 6")
    page.keyboard.press("Escape")
    expect(tour).to_be_hidden()


def test_an_empty_installation_tells_the_steps_and_shows_the_first_publication(
    browser: Browser, home: Path, tmp_path: Path
) -> None:
    context = browser.new_context()
    page = context.new_page()
    with serving(tmp_path) as address:
        go(page, address)
        steps = page.locator("ol.steps li").all_inner_texts()
        assert [re.search(r"(load|quarantine|publish)\b", step) for step in steps[1:]].count(
            None
        ) == 0
        assert "README.md" in page.locator("main").inner_text()
        shutil.copytree(home / "published", tmp_path / "published")
        expect(page.locator("ol.steps")).to_be_hidden(timeout=20_000)
        expect(page.locator(".provenance")).to_be_visible(timeout=20_000)
    context.close()
