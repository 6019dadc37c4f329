"""WCAG 2.2 AA in a real Chromium: every page, language and theme; keyboard, room, figures."""

from __future__ import annotations

import hashlib
import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dashboard.pages import FOOT, PAGES, keten, toegankelijkheid
from tests.end_to_end.accessibility import (
    AXE,
    COLOUR,
    SPACING,
    TAGS,
    cut_off,
    problems,
    settled_cuts,
    walk,
)
from tests.end_to_end.conftest import DRAWN, Cell, go, serving, settled
from tests.proof.record import record

pytestmark = pytest.mark.browser

PATHS = [page.PATH for page in (*PAGES, *FOOT)]
OPEN = "document.querySelectorAll('details').forEach(each => { each.open = true; })"


# --- axe-core ------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=PATHS)
def shown(page: Page, address: str, request: pytest.FixtureRequest) -> Page:
    """A page of the dashboard, opened once for all tests that look at it (in their order here)."""
    go(page, address + request.param)
    return page


def turn(page: Page, theme: str) -> None:
    """Change the theme of an open page: its figures are drawn anew."""
    with page.expect_response(lambda answer: "_dash-update-component" in answer.url):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # light or dark
    page.wait_for_timeout(150)
    page.wait_for_function(DRAWN)


def test_the_statement_names_the_version_that_is_run() -> None:
    told = (AXE.parent / "README.md").read_text(encoding="utf-8")
    content = AXE.read_bytes()
    assert content.startswith(f"/*! axe v{toegankelijkheid.AXE}\n".encode())
    assert toegankelijkheid.AXE in told
    assert hashlib.sha256(content).hexdigest() in told


def test_what_is_wrong_is_found(page: Page, address: str) -> None:
    go(page, address + toegankelijkheid.PATH)
    assert (problems(page), settled_cuts(page)) == ([], [])
    page.evaluate(
        """() => {
            const wrong = document.createElement('div');
            wrong.className = 'js-plotly-plot';
            wrong.innerHTML = '<button></button><p id="lost">lost</p><svg><text>faint</text></svg>';
            document.querySelector('main').append(wrong);
            const sheet = new CSSStyleSheet();
            sheet.replaceSync('#lost {width: 9000px; text-align: right} text {fill: silver}'
                + ':focus-visible {outline: none}');
            document.adoptedStyleSheets = [sheet];
        }"""
    )
    assert {found.split(" | ")[0] for found in problems(page)} == {"button-name", "figure text"}
    assert [found.split(" ")[0] for found in cut_off(page)] == ["page", "P"]
    _usable, stops = walk(page)
    assert {stop["outline"] for stop in stops} == {0}


def test_no_page_breaks_a_rule_in_dutch_on_a_desk(shown: Page) -> None:
    assert shown.evaluate("document.documentElement.lang") == "nl"
    assert problems(shown) == []
    turn(shown, "dark")
    assert problems(shown, COLOUR) == []
    turn(shown, "light")


@pytest.mark.parametrize("path", PATHS)
def test_no_page_breaks_a_rule_in_english_on_a_phone(page: Page, address: str, path: str) -> None:
    go(page, f"{address}{path}?lang=en", width=320)
    assert page.evaluate("document.documentElement.lang") == "en"
    page.evaluate(OPEN)
    assert problems(page) == []
    turn(page, "dark")
    page.evaluate(OPEN)
    assert problems(page, COLOUR) == []


@pytest.mark.proof
def test_no_page_breaks_any_rule_in_any_language_theme_and_width(page: Page, address: str) -> None:
    seen = list(itertools.product(PATHS, ("nl", "en"), ("light", "dark"), (1440, 320)))
    found = {}
    for path, lang, theme, width in seen:
        go(page, f"{address}{path}?lang={lang}", theme=theme, width=width)
        page.evaluate(OPEN)
        found[f"{path} {lang} {theme} {width}"] = problems(page)
    told = {
        "axe-core": toegankelijkheid.AXE,
        "rules": TAGS,
        "views looked at": len(seen),
        "violations": sum(len(each) for each in found.values()),
    }
    record("accessibility", "pytest -m proof tests/end_to_end/test_accessibility.py", told)
    assert {view: each for view, each in found.items() if each} == {}


def test_what_is_not_there_breaks_no_rule(page: Page, address: str, cells: list[Cell]) -> None:
    last = max(c["period"] for c in cells if c["metric"] == "headcount")
    hidden = next(
        f"/?unit={c['unit']}&attribute={c['attribute']}"
        for c in cells
        if (c["metric"], c["period"], c["scale_group"], c["category"])
        == ("share", last, "<=13", "yes")
        and (c["status"], c["attribute2"]) == ("suppressed", "")
    )
    planned = {c["unit"] for c in cells if c["metric"] == "crossing_parity"}
    outside = next(c["unit"] for c in cells if c["unit"] not in planned)
    views = {
        "/bestaat-niet": "bestaat niet",
        hidden: "onderdrukt",
        f"/uitstroom?unit={outside}": "niet gepubliceerd",
    }
    for (path, words), theme in zip(views.items(), ("light", "dark", "light"), strict=True):
        go(page, address + path, theme=theme)
        assert words in page.locator("main").inner_text()
        assert problems(page) == []


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[str]:
    """An installation without a publication."""
    with serving(tmp_path) as address:
        yield address


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_an_empty_installation_breaks_no_rule(page: Page, bare: str, theme: str) -> None:
    for path, lang in itertools.product(("/", toegankelijkheid.PATH), ("nl", "en")):
        go(page, f"{bare}{path}?lang={lang}", theme=theme)
        assert page.evaluate("document.documentElement.lang") == lang
        assert problems(page) == []
        assert cut_off(page) == []


def test_the_page_of_an_error_breaks_no_rule(
    page: Page, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keten, "layout", lambda view: 1 / 0)
    # a copy: this process keeps the publication open in its own way
    shutil.copytree(home / "published", tmp_path / "published")
    with serving(tmp_path) as address:
        for theme in ("light", "dark"):
            go(page, address + keten.PATH, theme=theme)
            assert "kenmerk" in page.locator("main").inner_text()
            assert problems(page) == []


def test_a_walk_by_keyboard(shown: Page) -> None:
    check_walk(shown)


def test_a_walk_by_keyboard_on_a_phone(page: Page, address: str) -> None:
    go(page, address, width=390)
    check_walk(page)


def check_walk(page: Page) -> None:
    """Everything is reached once, in order, with a visible focus that nothing covers."""
    usable, stops = walk(page)
    assert [stop["stop"] for stop in stops] == list(range(len(usable))), usable
    assert [stop["name"] for stop in stops if stop["outline"] < 2 or stop["contrast"] < 3] == []
    assert [stop["name"] for stop in stops if not stop["seen"]] == []
    main = [stop for stop in stops if "main" in stop["where"]]
    back = [
        (one["name"], next_["name"])
        for one, next_ in itertools.pairwise(main)
        if next_["bottom"] <= one["top"] and next_["left"] <= one["left"]
    ]
    assert back == []


# --- room ----------------------------------------------------------------------------------------


def test_nothing_is_lost_at_any_width_and_spacing(shown: Page) -> None:
    for width in (2560, 1440, 768, 320):  # 320 is 1280 at 400%
        shown.set_viewport_size({"width": width, "height": 1000})
        assert settled_cuts(shown) == [], width
    shown.add_style_tag(content=SPACING)
    assert settled_cuts(shown) == []


def test_nothing_moves_for_who_wants_no_motion(page: Page, address: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    try:
        go(page, address)
        page.evaluate(
            "document.body.append(Object.assign(document.createElement('div'), "
            "{className: 'skeleton', innerHTML: '<i></i>'}))"
        )
        assert page.evaluate("document.getAnimations().length") == 0
        page.emulate_media(reduced_motion="no-preference")
        assert page.evaluate("document.getAnimations().length") == 1
    finally:
        page.emulate_media(reduced_motion="no-preference")


# --- keyboard ------------------------------------------------------------------------------------


def test_the_skip_link_leads_to_the_content(page: Page, address: str) -> None:
    go(page, f"{address}/bezetting")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Naar de inhoud")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("!!document.activeElement.closest('main')")


def test_every_kind_of_control_works_by_keyboard(page: Page, address: str) -> None:
    go(page, address)
    twin = page.locator("main summary", has_text="Tabel").first
    for key in ("Enter", "Space"):
        before = twin.evaluate("e => e.parentElement.open")
        twin.press(key)
        assert twin.evaluate("e => e.parentElement.open") is not before
    with page.expect_download() as picture:
        page.get_by_role("link", name="Afbeelding").first.press("Enter")
    assert picture.value.suggested_filename.endswith(".png")
    box = page.get_by_role("combobox", name="Organisatieonderdeel")
    box.press("ArrowDown")
    expect(page.get_by_role("listbox")).to_be_visible()
    box.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(box).to_be_focused()
    chosen = page.get_by_label("Kenmerk", exact=True)
    chosen.press("ArrowDown")
    page.wait_for_url("**attribute=*")
    settled(page)
    expect(chosen).to_be_focused()


def test_the_focus_is_not_lost_when_the_view_changes(page: Page, address: str) -> None:
    go(page, f"{address}/bezetting")
    page.locator(".side a[href^='/doorstroom']").press("Enter")
    page.wait_for_url("**/doorstroom*")
    settled(page)
    expect(page.locator("h1")).to_be_focused()
