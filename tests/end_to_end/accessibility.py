"""What the accessibility tests ask of a page: axe-core, contrast in figures, room, keyboard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.end_to_end.conftest import DRAW_ALL

AXE = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ALL = {"type": "tag", "values": TAGS}
COLOUR = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
"""What the theme changes: it sets colours alone."""

# What a figure is made of is no content of its own (its holder is an image with a text): axe-core
# could only say of each word that it does not know what lies behind it. _FAINT looks at those.
_RUN = """async (rules) => {
    const found = await axe.run({include: [document], exclude: ['[role=img] svg']}, {
        resultTypes: ['violations'], runOnly: rules, iframes: false,
    });
    return found.violations.flatMap(rule => rule.nodes.map(
        node => rule.id + ' | ' + node.target.join(' ') + ' | ' + node.failureSummary));
}"""

_CONTRAST = """
    const part = c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    const light = colour => {
        const [r, g, b] = colour.match(/[\\d.]+/g).map(Number);
        return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
    };
    const contrast = (...colours) => {
        const [low, high] = colours.map(light).sort((a, b) => a - b);
        return (high + 0.05) / (low + 0.05);
    };
"""
"""The contrast of two opaque colours as WCAG defines it."""

_FAINT = (
    "() => {"
    + _CONTRAST
    + """
    const ground = getComputedStyle(document.body).backgroundColor;
    return [...document.querySelectorAll('.js-plotly-plot text')]
        .filter(text => text.textContent.trim())
        .map(text => {
            const ratio = contrast(getComputedStyle(text).fill, ground);
            return [ratio, text.textContent + ': ' + ratio.toFixed(2)];
        })
        .filter(([ratio]) => ratio < 4.5).map(([, said]) => said);
}"""
)

_CUT = """() => {
    const wide = document.documentElement.scrollWidth > innerWidth
        ? ['page is ' + document.documentElement.scrollWidth + ' wide'] : [];
    const shown = el => el.checkVisibility({checkVisibilityCSS: true})
        && !el.closest('.sr-only, .skip, svg, option');
    const texts = [...document.querySelectorAll('body *')].filter(el => shown(el)
        && [...el.childNodes].some(node => node.nodeType === 3 && node.data.trim()));
    const hides = el => ['hidden', 'clip'].includes(getComputedStyle(el).overflowX)
        || ['hidden', 'clip'].includes(getComputedStyle(el).overflowY);
    const cut = texts.filter(el => {
        const box = el.getBoundingClientRect();
        if (!el.closest('.table-wrap') && (box.right > innerWidth + 1 || box.left < -1)) return true;
        for (let up = el; up && up !== document.body; up = up.parentElement)
            if (hides(up) && (up.scrollWidth > up.clientWidth + 1 || up.scrollHeight > up.clientHeight + 1))
                return true;
        return false;
    });
    const pen = document.createElement('canvas').getContext('2d');
    const short = [...document.querySelectorAll('select')].filter(el => {
        const style = getComputedStyle(el);
        pen.font = style.font;
        const room = el.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
        return pen.measureText(el.selectedOptions[0].text).width > room + 2;
    });
    return [...wide, ...cut.map(el => el.tagName + ' ' + el.textContent.slice(0, 40)),
        ...short.map(el => el.id + ' ' + el.selectedOptions[0].text)];
}"""

_STOPS = """() => {
    const all = 'a[href], button, input, select, textarea, summary, [tabindex="0"]';
    const found = [...document.querySelectorAll(all)].filter(
        el => !el.disabled && el.checkVisibility({checkVisibilityCSS: true}) && el.tabIndex >= 0);
    found.forEach((el, i) => { el.dataset.stop = i; });
    document.activeElement.blur();
    return found.map(el => el.tagName + ' ' + (el.getAttribute('aria-label') || el.textContent || el.id).slice(0, 40));
}"""

_HERE = (
    "() => {"
    + _CONTRAST
    + """
    const el = document.activeElement;
    if (!el || el === document.body) return null;
    const style = getComputedStyle(el), box = el.getBoundingClientRect();
    let up = el.parentElement;
    while (up && getComputedStyle(up).backgroundColor === 'rgba(0, 0, 0, 0)') up = up.parentElement;
    const x = Math.min(innerWidth - 1, Math.max(0, box.left + Math.min(box.width, 40) / 2));
    const y = Math.min(innerHeight - 1, Math.max(0, box.top + Math.min(box.height, 24) / 2));
    const hit = document.elementFromPoint(x, y);
    return {
        stop: el.dataset.stop === undefined ? -1 : Number(el.dataset.stop),
        name: el.tagName + ' ' + (el.getAttribute('aria-label') || el.textContent || el.id).slice(0, 40),
        outline: style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth),
        contrast: contrast(style.outlineColor, getComputedStyle(up || document.body).backgroundColor),
        seen: box.bottom > 0 && box.top < innerHeight && box.width > 0
            && !!hit && (el.contains(hit) || hit.contains(el)),
        where: el.closest('main') ? 'main' : 'frame',
        top: box.top + scrollY, left: box.left + scrollX, bottom: box.bottom + scrollY,
    };
}"""
)

SPACING = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
p { margin-bottom: 2em !important; }"""
"""What WCAG 1.4.12 lets a reader set."""


def problems(page: Page, rules: dict[str, Any] = ALL) -> list[str]:
    """Violations that axe-core finds, and texts of figures of too little contrast."""
    page.evaluate(DRAW_ALL)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = page.evaluate(_RUN, rules)
    faint: list[str] = page.evaluate(_FAINT)
    return found + [f"figure text | {text}" for text in faint]


def cut_off(page: Page) -> list[str]:
    """Text that does not fit in the window or in what holds it; what is too wide for the page."""
    found: list[str] = page.evaluate(_CUT)
    return found


def settled_cuts(page: Page) -> list[str]:
    """What is cut off once the figures have followed the width of the window."""
    for _attempt in range(15):
        page.wait_for_timeout(100)
        if not (found := cut_off(page)):
            break
    return found


def walk(page: Page) -> tuple[list[str], list[dict[str, Any]]]:
    """Tab from the top of the page until the focus leaves it.

    Returns:
        What can be used, in the order of the page, and every stop of the walk.
    """
    usable: list[str] = page.evaluate(_STOPS)
    stops: list[dict[str, Any]] = []
    while len(stops) < 2 * len(usable) + 10:
        page.keyboard.press("Tab")
        here = page.evaluate(_HERE)
        if here is None or (stops and here["stop"] == stops[0]["stop"]):
            break  # out of the page, or at its top again
        stops.append(here)
    return usable, stops
