"""First load, clicks, bytes and requests in a real browser, beside Streamlit and Vizro.

All three draw the same figures: the first six of the page on exits, by attribute. Ours draws its
whole page besides (twelve figures, tables, findings); the others draw six figures and a choice of
attribute. Each is served on this machine and opened by the same Chromium with nothing in its cache. The
peers live in an environment of their own; only ratios within one run mean anything.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from dashboard.charts import read_themes
from dashboard.filters import Filters, attributes
from dashboard.frame import Request, route
from dashboard.mart import Mart
from dashboard.pages import PAGES
from dashboard.settings import ASSETS
from tests.cli import afspiegeling
from tests.conftest import REPOSITORY
from tests.dashboard.trees import drawings
from tests.end_to_end.conftest import free_port, wait_for
from tests.proof.record import record

PEERS = Path(__file__).parent / "peers"
PACKAGES = ("streamlit==1.67.0", "vizro==1.0.0", "gunicorn==27.0.1")
FIGURES, LOADS, CLICKS, QUIET, PATIENCE = 6, 7, 24, 600, 20
"""Figures, first loads and clicks of each; milliseconds without a change, seconds until it is given up."""
WATCH = """
    window.seen = {asked: 0, drawn: 0};
    for (const kind of ['click', 'change'])
        document.addEventListener(kind, () => { window.seen.asked = performance.now(); }, true);
    new MutationObserver((changes) => {
        if (changes.some(c => c.target.closest && c.target.closest('.js-plotly-plot')))
            requestAnimationFrame(() => { window.seen.drawn = performance.now(); });
    }).observe(document, {childList: true, subtree: true, attributes: true});
"""
"""Run before the page: when it was asked for something, and when a figure last changed."""
DRAWN = "(n) => [...document.querySelectorAll('.js-plotly-plot .main-svg:first-child')].length >= n"


@dataclass
class Seen:
    """What one tool needed.

    Attributes:
        first: milliseconds until the last figure that it draws by itself, a fresh browser each time.
        clicks: milliseconds from a choice to the last change of a figure.
        first_bytes: bytes of a first load as they came over the wire.
        requests: requests of a first load.
        click_bytes: bytes of one choice.
    """

    first: list[float] = field(default_factory=list)
    clicks: list[float] = field(default_factory=list)
    first_bytes: int = 0
    requests: int = 0
    click_bytes: list[int] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        clicks = sorted(self.clicks)
        return {
            "first load, ms, median": round(statistics.median(self.first)),
            "first load, kB": round(self.first_bytes / 1000),
            "requests": self.requests,
            "click to last repaint, ms, p50": round(statistics.median(clicks)),
            "click to last repaint, ms, p95": round(clicks[int(0.95 * (len(clicks) - 1))]),
            "bytes of a click, median": round(statistics.median(self.click_bytes)),
        }


@contextmanager
def served(command: list[str], port: int, environment: dict[str, str]) -> Iterator[str]:
    address = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        command,
        cwd=REPOSITORY,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(address, 90)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=30)


def opened(browser: Browser, address: str, figures: int) -> tuple[Page, list[int], float]:
    """A fresh page at rest, the bytes of each answer so far, and milliseconds to its last figure."""
    page = browser.new_context(viewport={"width": 1440, "height": 1000}).new_page()
    page.add_init_script(WATCH)
    sizes: list[int] = []
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    session.on(
        "Network.webSocketFrameReceived",
        lambda event: sizes.append(len(event["response"]["payloadData"])),
    )
    page.goto(address, wait_until="commit")
    page.wait_for_function(DRAWN, arg=figures, polling="raf", timeout=60_000)
    return page, sizes, at_rest(page)


def at_rest(page: Page) -> float:
    """When a figure last changed, once it has been still for a while after what was asked."""
    deadline = time.monotonic() + PATIENCE
    while True:
        seen = page.evaluate("({...window.seen, now: performance.now()})")
        if seen["drawn"] > seen["asked"] and seen["now"] > seen["drawn"] + QUIET:
            return float(seen["drawn"])
        assert time.monotonic() < deadline, "no figure was drawn after a choice"
        page.wait_for_timeout(QUIET // 4)


def measured(
    browser: Browser,
    address: str,
    figures: int,
    choose: Callable[[Page, str], None],
    kinds: list[str],
) -> Seen:
    seen = Seen()
    for _ in range(LOADS):
        page, sizes, milliseconds = opened(browser, address, figures)
        seen.first.append(milliseconds)
        seen.first_bytes, seen.requests = sum(sizes), len(sizes)
        page.context.close()
    page, sizes, _milliseconds = opened(browser, address, figures)
    for at in range(CLICKS):
        before = len(sizes)
        choose(page, kinds[(at + 1) % len(kinds)])
        drawn = at_rest(page)
        seen.clicks.append(drawn - page.evaluate("window.seen.asked"))
        seen.click_bytes.append(sum(sizes[before:]))
    page.context.close()
    return seen


# --- how each is told to show another attribute -------------------------------------------------------


def choose_ours(page: Page, kind: str) -> None:
    page.locator("#filter-attribute").select_option(kind)


def choose_streamlit(page: Page, kind: str) -> None:
    page.locator(
        '[data-testid="stSelectbox"] [role=combobox], [data-testid="stSelectbox"] input'
    ).first.click()
    page.get_by_role("option", name=kind, exact=True).click()


def choose_vizro(page: Page, kind: str) -> None:
    page.locator(".dash-dropdown").first.click()
    page.get_by_role("option", name=kind, exact=True).or_(
        page.locator(".dash-dropdown-option", has_text=kind)
    ).first.click()


@pytest.mark.proof
def test_first_load_and_clicks_beside_streamlit_and_vizro(tmp_path: Path) -> None:
    home = tmp_path / "home"
    sample = tmp_path / "sample"
    afspiegeling(home, "sample", sample, "--units", "30")
    afspiegeling(home, "load", sample, "--mapping", sample / "mapping.toml", expect=3)
    afspiegeling(home, "publish")
    mart, themes = Mart(home / "published"), read_themes(ASSETS / "tokens.css")
    made = {
        code: drawings(route(mart, PAGES, themes, Request("/uitstroom", f"?attribute={code}")))
        for code in attributes(mart)
    }
    figures = {code: each[:FIGURES] for code, each in made.items() if len(each) >= FIGURES}
    # each begins with the first
    kinds = sorted(figures, key=lambda code: code != Filters.from_query("", mart).attribute)
    figures = {code: figures[code] for code in kinds}
    assert len(kinds) >= 3
    data = tmp_path / "figures.json"
    data.write_text(json.dumps(figures), encoding="utf-8")
    own = tmp_path / "own"
    subprocess.run([sys.executable, "-m", "venv", own], check=True)
    subprocess.run([own / "bin" / "pip", "install", "--quiet", *PACKAGES], check=True)
    ports = [free_port() for _ in range(3)]
    environment = {"FIGURES": str(data), "PYTHONPATH": str(PEERS)}
    streamlit = [
        *(str(own / "bin" / "streamlit"), "run", str(PEERS / "streamlit_app.py")),
        *("--server.headless", "true", "--browser.gatherUsageStats", "false"),
        *("--server.address", "127.0.0.1", "--server.port", str(ports[1])),
    ]
    vizro = [
        str(own / "bin" / "gunicorn"),
        "-w",
        "2",
        "-b",
        f"127.0.0.1:{ports[2]}",
        "vizro_app:server",
    ]
    ours = [
        sys.executable,
        "-m",
        "afspiegeling",
        "--home",
        str(home),
        "serve",
        "--port",
        str(ports[0]),
    ]
    seen: dict[str, Seen] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        for name, command, port, path, choose, count in (
            ("Afspiegeling", ours, ports[0], "/uitstroom", choose_ours, 1),
            ("Streamlit", streamlit, ports[1], "/", choose_streamlit, FIGURES),
            ("Vizro", vizro, ports[2], "/", choose_vizro, FIGURES),
        ):
            with served(command, port, {} if name == "Afspiegeling" else environment) as address:
                time.sleep(3)
                opened(browser, address + path, count)[0].context.close()  # the server is warm
                seen[name] = measured(browser, address + path, count, choose, kinds)
        browser.close()
    told = {name: each.told() for name, each in seen.items()}
    record("peers", "make proof (tests/benchmarks/test_peers.py)", told)
    fastest = min(told[name]["first load, ms, median"] for name in ("Streamlit", "Vizro"))
    assert told["Afspiegeling"]["first load, ms, median"] < fastest
    assert told["Afspiegeling"]["first load, kB"] <= 700
