"""Log in with a second provider, which verifies PKCE and keeps the claims behind its userinfo."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
import requests

from tests.end_to_end.conftest import free_port, wait_for
from tests.end_to_end.test_login import SECRET, dashboard_at, to_provider
from tests.factories import make_publication
from tests.proof.record import record

pytestmark = pytest.mark.proof
PACKAGE = "oidc-provider@9.13.3"
SCRIPT = Path(__file__).parent / "provider" / "provider.mjs"


@pytest.fixture(scope="module")
def ports() -> tuple[int, int]:
    return free_port(), free_port()


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory, ports: tuple[int, int]) -> Iterator[str]:
    directory = tmp_path_factory.mktemp("provider")
    npm, node = shutil.which("npm"), shutil.which("node")
    assert npm, "node and npm are needed"
    assert node
    subprocess.run([npm, "install", "--silent", "--no-audit", PACKAGE], cwd=directory, check=True)
    script = shutil.copy(SCRIPT, directory)
    back = f"http://localhost:{ports[1]}/login/return"
    server = subprocess.Popen([node, script, str(ports[0]), back, SECRET], cwd=directory)
    address = f"http://localhost:{ports[0]}"
    try:
        wait_for(f"{address}/.well-known/openid-configuration", 60)
        yield address
    finally:
        server.terminate()
        server.wait()


@pytest.fixture(scope="module")
def address(
    tmp_path_factory: pytest.TempPathFactory, issuer: str, ports: tuple[int, int]
) -> Iterator[str]:
    home = tmp_path_factory.mktemp("home")
    make_publication(home / "published")
    with dashboard_at(home, issuer, ports[1]) as address:
        yield address


def submit(browser: requests.Session, page: requests.Response, **fields: str) -> requests.Response:
    """Fill in the one form of a page of the provider."""
    action = re.search(r'<form[^>]*action="([^"]+)"', page.text)
    assert action, page.text[:500]
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    return browser.post(urljoin(page.url, action.group(1)), data=hidden | fields)


def enter(browser: requests.Session, address: str, who: str) -> requests.Response:
    page = browser.get(to_provider(browser, address))
    page = submit(browser, page, login=who, password="x")  # noqa: S106  (the provider asks none)
    return submit(browser, page)  # consent


def test_roles_log_in_and_only_with_the_verifier_of_the_question(address: str, issuer: str) -> None:
    given = {}
    for who in ("board", "manager", "stranger"):
        browser = requests.Session()
        answer = enter(browser, f"{address}/bezetting?unit=DGOB", who)
        outside = browser.get(f"{address}/bezetting?unit=UB1", allow_redirects=False)
        given[who] = [answer.status_code, outside.status_code]
    assert given == {"board": [200, 200], "manager": [200, 403], "stranger": [403, 302]}
    refused = [code_with(issuer, address, verifier) for verifier in ("", "a" * 43)]
    assert refused == ["invalid_grant", "invalid_grant"]
    record(
        "login",
        "make proof (tests/proof/test_login_provider.py)",
        {"provider": PACKAGE, "logged in, another unit": given, "code without verifier": refused},
    )


def code_with(issuer: str, address: str, verifier: str) -> str:
    """What the provider says to a code that is handed in with another verifier: a stolen one."""
    browser = requests.Session()
    page = browser.get(to_provider(browser, f"{address}/"))
    page = submit(browser, page, login="board", password="x")  # noqa: S106
    action = re.search(r'<form[^>]*action="([^"]+)"', page.text)
    assert action
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    step = browser.post(urljoin(page.url, action.group(1)), data=hidden, allow_redirects=False)
    while "code=" not in step.headers["Location"]:
        step = browser.get(urljoin(step.url, step.headers["Location"]), allow_redirects=False)
    code = parse_qs(urlsplit(step.headers["Location"]).query)["code"][0]
    answer = requests.post(
        f"{issuer}/token",
        data={
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": f"{address}/login/return",
            "code_verifier": verifier,
        },
        auth=("afspiegeling", SECRET),
        timeout=30,
    )
    return str(answer.json()["error"])
