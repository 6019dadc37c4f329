"""Log in with a real identity provider on this computer, as a browser does."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from pydantic import SecretStr
from werkzeug.serving import make_server

from dashboard.access_log import AccessLog
from dashboard.app import create_app
from dashboard.settings import Settings
from tests.end_to_end.conftest import free_port
from tests.factories import make_publication

oidc = pytest.importorskip("oidc_provider_mock")
SECRET = "s3cret-of-the-client"  # noqa: S105  (of nothing)
USERS = {
    "board": {"roles": ["bestuursraad"]},
    "manager": {"roles": ["hr"], "organisatie_eenheid": "DGOB"},
    "analyst": {"roles": "analist"},
    "officer": {"roles": ["fg"]},
    "stranger": {"roles": ["administrator"]},
    "nobody": {},
}
LANDS = {"board": 200, "manager": 200, "analyst": 200, "officer": 403}


@contextmanager
def dashboard_at(home: Path, issuer: str, port: int = 0) -> Iterator[str]:
    """The dashboard with a login, served from this process."""
    port = port or free_port()
    address = f"http://localhost:{port}"
    settings = Settings(
        home=home,
        base_url=address,
        oidc_issuer=issuer,
        oidc_client_id="afspiegeling",
        oidc_client_secret=SecretStr(SECRET),
    )
    server = make_server("localhost", port, create_app(settings).server, threaded=True)
    running = threading.Thread(target=server.serve_forever)
    running.start()
    try:
        yield address
    finally:
        server.shutdown()
        running.join()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("login")
    make_publication(home / "published")
    return home


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    users = [oidc.User(sub=name, claims=dict(claims)) for name, claims in USERS.items()]
    with (
        oidc.run_server_in_thread(user_claims=users, require_nonce=True) as provider,
        dashboard_at(home, f"http://localhost:{provider.server_port}") as address,
    ):
        yield address


def to_provider(browser: requests.Session, address: str) -> str:
    """Where an address of the dashboard sends somebody who has not logged in."""
    first = browser.get(address, allow_redirects=False)
    assert first.status_code == 302
    second = browser.get(address_of(address) + first.headers["Location"], allow_redirects=False)
    assert second.status_code == 302
    return second.headers["Location"]


def address_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def enter(browser: requests.Session, address: str, who: str) -> requests.Response:
    return browser.post(to_provider(browser, address), data={"sub": who})


@pytest.mark.parametrize(("who", "status"), LANDS.items())
def test_each_role_logs_in_and_lands_where_it_was_going(
    address: str, home: Path, who: str, status: int
) -> None:
    browser = requests.Session()
    answer = enter(browser, f"{address}/bezetting?unit=DGOB&lang=en", who)
    assert answer.status_code == status
    assert answer.url == f"{address}/bezetting?unit=DGOB&lang=en"
    assert browser.get(f"{address}/verantwoording").status_code == 200
    last = AccessLog.of(home / "published").lines()[-1]
    assert (last["event"], last["who"]) == ("login", who)
    if who == "manager":
        assert browser.get(f"{address}/bezetting?unit=UB1").status_code == 403
    browser.post(f"{address}/logout")
    assert browser.get(address, allow_redirects=False).status_code == 302
    assert AccessLog.of(home / "published").lines()[-1]["event"] == "logout"


def test_the_question_to_the_provider_is_code_flow_with_pkce(address: str) -> None:
    asked = parse_qs(urlsplit(to_provider(requests.Session(), f"{address}/")).query)
    assert asked["response_type"] == ["code"]
    assert asked["code_challenge_method"] == ["S256"]
    assert len(asked["code_challenge"][0]) == 43
    assert asked["state"]
    assert asked["nonce"]
    assert asked["redirect_uri"] == [f"{address}/login/return"]


@pytest.mark.parametrize("who", ["stranger", "nobody"])
def test_who_has_no_role_is_told_so_and_sees_nothing(address: str, home: Path, who: str) -> None:
    browser = requests.Session()
    answer = enter(browser, f"{address}/", who)
    assert answer.status_code == 403
    assert "geen rol" in answer.text
    assert browser.get(address, allow_redirects=False).status_code == 302
    assert AccessLog.of(home / "published").lines()[-1]["event"] == "refused"


def test_who_says_no_at_the_provider_is_told_so(address: str) -> None:
    browser = requests.Session()
    answer = browser.post(to_provider(browser, f"{address}/"), data={"action": "deny"})
    assert answer.status_code == 403
    assert "niet gelukt" in answer.text


@pytest.mark.parametrize("query", ["", "?code=x&state=y", "?error=server_error&state=y"])
def test_an_answer_that_was_not_asked_for_is_refused(address: str, query: str) -> None:
    answer = requests.Session().get(f"{address}/login/return{query}")
    assert answer.status_code == 403


def test_the_answer_to_another_browser_is_refused(address: str) -> None:
    """Somebody who makes a victim open the return address logs nobody in."""
    thief = requests.Session()
    answer = thief.post(
        to_provider(thief, f"{address}/"), data={"sub": "board"}, allow_redirects=False
    )
    victim = requests.Session()
    assert victim.get(answer.headers["Location"]).status_code == 403
    assert victim.get(address, allow_redirects=False).status_code == 302


@pytest.mark.parametrize(
    "wrong", ["//elders.example/", "https://elders.example", "/\\elders.example", "/login", "x"]
)
def test_a_login_never_ends_on_another_site(address: str, wrong: str) -> None:
    browser = requests.Session()
    first = browser.get(f"{address}/login", params={"next": wrong}, allow_redirects=False)
    answer = browser.post(first.headers["Location"], data={"sub": "board"})
    assert answer.url == f"{address}/"


def test_a_provider_that_is_away_is_said(home: Path) -> None:
    with dashboard_at(home, f"http://localhost:{free_port()}") as address:
        answer = requests.get(f"{address}/", timeout=30)
        assert answer.status_code == 503
        assert "antwoordt niet" in answer.text


def test_no_secret_and_no_token_is_logged(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    # the provider is in the same process and logs for itself; of the dashboard everything is read
    caplog.set_level(logging.DEBUG)
    browser = requests.Session()
    users = [oidc.User(sub="board", claims={"roles": ["bestuursraad"]})]
    with (
        oidc.run_server_in_thread(user_claims=users) as provider,
        dashboard_at(home, f"http://localhost:{provider.server_port}") as address,
    ):
        answer = enter(browser, f"{address}/bezetting", "board")
    assert answer.status_code == 200
    code = parse_qs(urlsplit(answer.history[0].headers["Location"]).query)["code"][0]
    others = ("oidc", "werkzeug", "authlib.oauth2", "urllib3")  # the provider, and this test itself
    own = [r.getMessage() for r in caplog.records if not r.name.startswith(others)]
    written = "\n".join([*own, AccessLog.of(home / "published").path.read_text(encoding="utf-8")])
    cookie = browser.cookies["afspiegeling"]
    for secret in (SECRET, code, cookie):
        assert secret not in written
    assert not re.search(r"eyJ[\w-]+\.[\w-]+\.", written)
