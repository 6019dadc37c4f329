"""The sample organisation, loaded, published, exported and served once a file of tests."""

from __future__ import annotations

import csv
import fcntl
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from werkzeug.serving import make_server

from dashboard.app import create_app
from dashboard.settings import Settings
from tests.cli import afspiegeling
from tests.conftest import REPOSITORY
from tests.fixed_keys import write_keys

KEYS = 2026
"""What is hidden depends on the keys: with the same ones a failure is seen again."""
Cell = dict[str, str]
Open = Callable[..., Page]
DRAWN = """() => !document.querySelector('#view[data-stale]')
    && [...document.querySelectorAll('.plot')].every(p => p.querySelector('svg')
    || p.getBoundingClientRect().top > innerHeight)"""
"""Whether all figures on the screen are drawn; the others wait until they come near."""
DRAW_ALL = """async () => {
    for (const place of document.querySelectorAll('.plot')) {
        place.scrollIntoView();
        await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    }
    scrollTo(0, 0);
}"""
"""Passes by every figure, so that all are drawn."""
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample organisation and its home, published; made once for all workers."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "made"
    shared.parent.mkdir(exist_ok=True)
    with (shared.parent / "made.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "done").exists():
            sample, home = shared / "sample", shared / "home"
            afspiegeling(home, "sample", sample, "--units", "30")
            write_keys(home, KEYS)
            afspiegeling(home, "load", sample, "--mapping", sample / "mapping.toml", expect=3)
            afspiegeling(home, "publish")
            (shared / "done").touch()
    return shared


@pytest.fixture(scope="session")
def sample(made: Path) -> Path:
    """The extracts of the sample organisation."""
    return made / "sample"


@pytest.fixture(scope="session")
def home(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of this worker with the sample loaded and published."""
    directory = tmp_path_factory.mktemp("home")
    return Path(shutil.copytree(made / "home", directory, dirs_exist_ok=True))


@pytest.fixture(scope="session")
def exported(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole publication as files for an outsider."""
    directory = tmp_path_factory.mktemp("export")
    afspiegeling(home, "export", "--all", directory)
    return directory


@pytest.fixture(scope="session")
def cells(exported: Path) -> list[Cell]:
    """The rows of ``cells.csv``."""
    with (exported / "cells.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def free_port() -> int:
    """A port on the loopback address that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def address(home: Path) -> Iterator[str]:
    """The served dashboard."""
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "afspiegeling", "--home", str(home), "serve", "--port", str(port)],
        cwd=REPOSITORY,
        env=os.environ | {"NO_COLOR": "1"},
    )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(url)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=20)


def wait_for(url: str, seconds: float = 30) -> None:
    """Wait until a page answers."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; a missing one is an error, never a skip."""
    path = shutil.which("chromium")
    assert path, "install Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Open]:
    """Open a path in a fresh browser context; any error in its console fails the test."""
    contexts = []
    errors: list[str] = []

    def open_page(path: str = "/", width: int = 1440) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 1000}, accept_downloads=True
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on(
            "console",
            lambda message: errors.append(message.text) if message.type == "error" else None,
        )
        page.goto(address + path)
        settled(page)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """One page for a whole file, where opening a browser context for each test would cost most."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    yield context.new_page()
    context.close()


def go(page: Page, address: str, *, width: int = 1440, theme: str = "light") -> None:
    """Open an address at a width and in a theme, and wait until it is drawn."""
    page.set_viewport_size({"width": width, "height": 1000})
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # light or dark
    page.goto(address)
    expect(page.locator("h1")).to_be_visible(timeout=20_000)
    page.wait_for_function(DRAWN)


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """Serve a home from this process, so that a test can change what the server does."""
    server = make_server("127.0.0.1", 0, create_app(Settings(home=home)).server, threaded=True)
    running = threading.Thread(target=server.serve_forever)
    running.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        running.join()


def settled(page: Page) -> None:
    """Wait until the view is there and its charts are drawn."""
    expect(page.locator("h1")).to_be_visible(timeout=20_000)
    # the view follows the address: wait until it shows what the address asks for
    page.wait_for_function(
        """() => {
            const frame = document.querySelector('.frame');
            if (!frame) return false;
            const shown = new URLSearchParams(frame.dataset.query);
            const link = document.querySelector('.side .nav-link.active');
            return (!link || new URL(link.href).pathname === location.pathname)
                && [...new URLSearchParams(location.search)].every(
                    ([key, value]) => shown.get(key) === value || value === 'BESTAATNIET');
        }"""
    )
    page.wait_for_function(DRAWN)
    page.wait_for_load_state("networkidle")


def number(text: str) -> float:
    """A Dutch figure as it stands on the page: ``3,4%``, ``10.400``."""
    found = re.search(r"-?\d[\d.]*(?:,\d+)?", text.replace("−", "-"))
    assert found, text
    return float(found.group().replace(".", "").replace(",", "."))
