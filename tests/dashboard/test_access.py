"""Who may see what: every role on every address, inside and outside the units of an HR manager."""

from __future__ import annotations

import io
import itertools
import json
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr, ValidationError

from dashboard.access import ANALYST, BOARD, HR, OFFICER, ROLES
from dashboard.access_log import AccessLog
from dashboard.app import create_app
from dashboard.headers import HEADERS
from dashboard.login import IDLE, LONGEST, reader_of
from dashboard.mart import Mart
from dashboard.pages import PAGES
from dashboard.settings import Settings
from tests.asked import view_asked
from tests.factories import make_publication

OWN, BELOW, ABOVE, ASIDE = "DGOB", "OB1", "MIN", "UB1"
"""A unit of an HR manager, one under it, the one above it, and one of somebody else."""
SECRET = "s3cret-of-the-client"  # noqa: S105  (of nothing)
READERS = {BOARD, HR, ANALYST}
FIGURES = [page.PATH for page in PAGES if page.PATH != "/verantwoording"]
ADDRESSES: dict[str, set[str]] = {
    **dict.fromkeys(FIGURES, READERS),
    "/verantwoording": set(ROLES),
    "/toegankelijkheid": set(ROLES),
    "/toegang": {OFFICER},
    "/toegang.csv": {OFFICER},
    "/export/share.csv": READERS,
    "/export/share+headcount.xlsx": READERS,
    "/export/share.parquet": READERS,
    "/export/share.json": READERS,
    "/export/share.datapackage.json": READERS,
    "/export/share.svg": READERS,
    "/export/share.png": READERS,
    "/export/projection.svg": READERS,
    "/export/projection.csv": READERS,
    "/export/coverage.csv": set(ROLES),
    "/export/coverage.svg": set(ROLES),
    "/export/publication.zip": {ANALYST},
    "/report/2025Q4.pdf": READERS,
    "/units.json": set(ROLES),
    "/publication.json": set(ROLES),
    "/_dash-layout": set(ROLES),
    "/_dash-dependencies": set(ROLES),
}
"""Address -> roles that may open it."""
Enter = Callable[..., FlaskClient]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    make_publication(home / "published", inequality="planted")
    return home


def with_login(home: Path, base_url: str = "http://localhost") -> Settings:
    return Settings(
        home=home,
        base_url=base_url,
        oidc_issuer="http://127.0.0.1:9",
        oidc_client_id="afspiegeling",
        oidc_client_secret=SecretStr(SECRET),
    )


@pytest.fixture(scope="module")
def enter(home: Path) -> Enter:
    """A browser of somebody who has logged in with a role."""
    server = create_app(with_login(home)).server
    number = itertools.count()

    def client(role: str | None, units: list[str] | None = None, **changed: object) -> FlaskClient:
        browser = server.test_client()
        now = time.time()
        if role is not None:
            with browser.session_transaction() as session:
                who = f"subject-{next(number)}"  # each has a limit of files of its own
                session.update(role=role, units=units, who=who, seen=now, until=now + 600)
                session.update(changed)
        return browser

    return client


def units_of(role: str) -> list[str] | None:
    return [OWN] if role == HR else None


# --- the truth table: role x address x unit ----------------------------------------------------------


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("unit", ["", OWN, BELOW, ABOVE, ASIDE])
def test_every_role_on_every_address(enter: Enter, role: str, unit: str) -> None:
    browser = enter(role, units_of(role))
    given = {
        address: browser.get(address + (f"?unit={unit}" if unit else "")).status_code
        for address in ADDRESSES
    }
    given = {address: 200 if status == 404 else status for address, status in given.items()}
    outside = role == HR and unit == ASIDE  # (404: the plan has no projection so deep)
    assert given == {
        address: 200 if role in roles and not outside else 403
        for address, roles in ADDRESSES.items()
    } | ({"/": 302} if role == OFFICER else {})


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("unit", [OWN, BELOW, ABOVE, ASIDE])
def test_a_choice_sent_by_hand_is_judged_as_the_address_is(
    enter: Enter, role: str, unit: str
) -> None:
    browser = enter(role, units_of(role))
    pages = {address: roles for address, roles in ADDRESSES.items() if "." not in address}
    for address, roles in pages.items():
        if address.startswith("/_"):
            continue
        answer = view_asked(browser, address, f"?unit={unit}&lang=en")
        allowed = role in roles and not (role == HR and unit == ASIDE)
        assert answer.status_code == (200 if allowed else 403), address
    assert view_asked(browser, "/verantwoording", f"?unit={OWN}&unit={ASIDE}").status_code == (
        403 if role == HR else 200
    )


def test_nothing_answers_before_somebody_has_logged_in(enter: Enter) -> None:
    browser = enter(None)
    for address in ADDRESSES:
        answer = browser.get(f"{address}?unit={OWN}")
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/login?next=")
    assert view_asked(browser, "/", "").status_code == 401
    for address in ("/assets/app.css", "/assets/frame.js"):
        assert browser.get(address).status_code == 200


def test_every_route_of_the_server_is_judged(enter: Enter, home: Path) -> None:
    """A route that somebody adds later is refused to everybody who has not logged in, too."""
    server = create_app(with_login(home)).server
    for rule in server.url_map.iter_rules():
        address = rule.rule.replace("<path:", "<").replace("<", "x").replace(">", "")
        answer = server.test_client().open(address, method=min(rule.methods - {"OPTIONS", "HEAD"}))
        public = address.startswith(
            ("/assets/", "/_dash-component-suites/", "/_favicon", "/login", "/logout", "/healthz")
        ) or address in {"/readyz", "/metrics"}
        assert public or answer.status_code in {302, 401}, address


# --- what an HR manager sees -----------------------------------------------------------------------


def test_no_answer_to_an_hr_manager_holds_a_figure_of_another_unit(
    enter: Enter, home: Path
) -> None:
    browser = enter(HR, [OWN])
    mart = Mart(home / "published")
    outside = [unit for unit in mart.current().parents if unit not in {"MIN", OWN, "OB1", "OB2"}]
    names = {mart.label("unit", unit, "nl") for unit in outside}
    assert len(names) > 3
    for page, unit in itertools.product(FIGURES, ("", OWN, BELOW, ABOVE)):
        html = view_asked(browser, page, f"?unit={unit}" if unit else "").get_data(as_text=True)
        assert not {name for name in names if json.dumps(name)[1:-1] in html}, (page, unit)
    listed = {unit["code"] for unit in browser.get("/units.json").get_json()}
    assert listed == {"MIN", OWN, "OB1", "OB2"}
    rows = pl.read_parquet(io.BytesIO(browser.get(f"/export/share.parquet?unit={ABOVE}").data))
    assert set(rows["unit"]) == {ABOVE}


def test_a_picture_shows_an_hr_manager_the_own_units_only(enter: Enter) -> None:
    manager, board = enter(HR, [OWN]), enter(BOARD)
    address = "/export/share.svg?figure=units&unit="
    assert manager.get(address + ASIDE).status_code == 403
    own = manager.get(address + OWN).get_data(as_text=True)
    assert own == board.get(address + OWN).get_data(as_text=True)
    above, whole = (each.get(address + ABOVE).get_data(as_text=True) for each in (manager, board))
    assert "DG Digitalisering" in whole
    assert "DG Digitalisering" not in above
    assert "DG Openbaar Bestuur" in above
    assert manager.get("/export/share.svg").get_data(as_text=True) != whole


def test_an_officer_gets_no_picture_of_a_page_that_is_not_for_the_officer(enter: Enter) -> None:
    assert enter(BOARD).get("/export/coverage+share.svg").status_code == 404
    assert enter(OFFICER).get("/export/coverage.svg").status_code == 404
    assert enter(OFFICER).get("/export/share.svg").status_code == 403


def test_an_hr_manager_begins_with_the_own_unit(enter: Enter) -> None:
    html = enter(HR, [OWN]).get("/bezetting").get_data(as_text=True)
    assert f"unit={OWN}" in html
    assert "DG Openbaar Bestuur – Afspiegeling</title>" in html


def test_units_that_do_not_exist_give_nothing(enter: Enter) -> None:
    browser = enter(HR, ["NERGENS"])
    assert browser.get("/export/share.csv?unit=MIN").status_code == 403
    assert browser.get("/units.json").get_json() == []


def test_the_whole_publication_is_offered_to_whom_it_is_given(enter: Enter) -> None:
    for role in ROLES:
        page = enter(role, units_of(role)).get("/verantwoording").get_data(as_text=True)
        assert ("/export/publication.zip" in page) == (role == ANALYST)
        assert ('href="/toegang?' in page) == (role == OFFICER)
    archive = enter(ANALYST).get("/export/publication.zip").data
    assert "cells.csv" in " ".join(zipfile.ZipFile(io.BytesIO(archive)).namelist())


def test_a_view_that_was_made_for_one_reader_is_not_given_to_another(enter: Enter) -> None:
    board = enter(BOARD).get("/bezetting?unit=MIN").get_data(as_text=True)
    manager = enter(HR, [OWN]).get("/bezetting?unit=MIN").get_data(as_text=True)
    other = enter(HR, [ASIDE]).get("/bezetting?unit=MIN").get_data(as_text=True)
    assert len({board, manager, other}) == 3
    assert "DG Openbaar Bestuur" in manager
    assert "DG Openbaar Bestuur" not in other


# --- sessions ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, 200),
        ({"until": time.time() - 1}, 302),
        ({"seen": time.time() - IDLE.total_seconds() - 1}, 302),
    ],
)
def test_a_session_ends(enter: Enter, changed: dict[str, float], status: int) -> None:
    assert enter(BOARD, **changed).get("/").status_code == status
    assert LONGEST > IDLE


def test_a_cookie_that_somebody_wrote_is_no_session(enter: Enter) -> None:
    browser = enter(None)
    browser.set_cookie("afspiegeling", "eyJyb2xlIjoiYW5hbGlzdCJ9.aaaaaa.bbbbbbbbbbbbbbbbbbbbbb")
    assert browser.get("/").status_code == 302


def test_a_session_holds_no_name_and_the_cookie_is_closed(enter: Enter, home: Path) -> None:
    browser = enter(BOARD)
    answer = browser.get("/")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    with browser.session_transaction() as session:
        assert set(session) == {"role", "units", "who", "seen", "until"}
    server = create_app(with_login(home, "https://dashboard.example.org")).server
    assert server.config["SESSION_COOKIE_SECURE"]
    assert server.config["SESSION_COOKIE_NAME"].startswith("__Host-")


def test_another_site_cannot_make_a_browser_ask(enter: Enter) -> None:
    browser = enter(BOARD)
    for headers in ({"Origin": "https://elders.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert browser.post("/logout", headers=headers).status_code == 403
        assert browser.post("/_dash-update-component", headers=headers, json={}).status_code == 403
    assert browser.post("/logout", headers={"Origin": "http://localhost"}).status_code == 200
    assert browser.get("/").status_code == 302


def test_logging_out_ends_the_session(enter: Enter) -> None:
    browser = enter(BOARD)
    assert 'action="/logout"' in browser.get("/").get_data(as_text=True)
    assert browser.post("/logout").status_code == 200
    assert browser.get("/").status_code == 302


# --- claims -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"roles": ["bestuursraad"]}, (BOARD, None)),
        ({"roles": "analist"}, (ANALYST, None)),
        ({"roles": ["hr", "iets"], "organisatie_eenheid": "A"}, (HR, ("A",))),
        ({"roles": ["hr"], "organisatie_eenheid": ["A", "B"]}, (HR, ("A", "B"))),
        ({"roles": ["fg", "analist"]}, (ANALYST, None)),
        ({"roles": ["hr"]}, None),
        ({"roles": ["hr"], "organisatie_eenheid": []}, None),
        ({"roles": ["beheer"]}, None),
        ({"roles": {"analist": True}}, None),
        ({"roles": "administrator-analist"}, None),
        ({}, None),
    ],
)
def test_roles_come_from_claims(
    tmp_path: Path, claims: dict[str, object], expected: tuple[str, tuple[str, ...] | None] | None
) -> None:
    reader = reader_of({"sub": "x", **claims}, with_login(tmp_path))
    assert (None if reader is None else (reader.role, reader.units)) == expected


@pytest.mark.parametrize(
    "absent", ["base_url", "oidc_issuer", "oidc_client_id", "oidc_client_secret"]
)
def test_half_a_login_is_no_login_and_refused(tmp_path: Path, absent: str) -> None:
    whole = with_login(tmp_path).model_dump() | {absent: ""}
    with pytest.raises(ValidationError, match=absent.upper()) as refused:
        Settings(**whole)
    assert SECRET not in str(refused.value)


# --- without an identity provider ------------------------------------------------------------------------


def test_without_a_login_only_this_computer_is_answered(home: Path) -> None:
    browser = create_app(Settings(home=home)).server.test_client()
    assert browser.get("/").status_code == 200
    assert browser.get("/toegang").status_code == 403
    for address in ("10.0.0.7", "192.168.1.2", "2001:db8::1"):
        assert browser.get("/", environ_base={"REMOTE_ADDR": address}).status_code == 403


# --- headers, limits, log --------------------------------------------------------------------------------


def test_every_answer_carries_the_headers(enter: Enter) -> None:
    for address in (
        "/",
        "/export/share.csv",
        "/assets/app.css",
        "/login",
        "/nergens",
        "/export/x.exe",
    ):
        answer = enter(BOARD).get(address)
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS, address
    policy = HEADERS["Content-Security-Policy"]
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert scripts == "script-src 'self'"
    assert enter(BOARD).get("/").headers["Cache-Control"] == "private, no-store"


def test_files_and_logins_are_limited(home: Path) -> None:
    browser = create_app(Settings(home=home)).server.test_client()
    given = [browser.get("/export/share.exe").status_code for _ in range(125)]
    assert given.count(429) == 5
    assert browser.get("/").status_code == 200
    assert [browser.get("/login").status_code for _ in range(32)].count(429) == 2


def test_who_took_what_is_logged_and_a_changed_line_is_seen(enter: Enter, home: Path) -> None:
    log = AccessLog.of(home / "published")
    before = len(log.lines())
    enter(ANALYST, who="an").get(f"/export/share.csv?unit={OWN}")
    enter(HR, [OWN], who="hr").get(f"/export/share.csv?unit={ASIDE}")
    enter(OFFICER, who="fg").get("/toegang.csv")
    found = [(e["event"], e["who"], e["role"], e["address"]) for e in log.lines()[before:]]
    assert found == [
        ("export", "an", ANALYST, f"/export/share.csv?unit={OWN}"),
        ("refused", "hr", HR, f"/export/share.csv?unit={ASIDE}"),
        ("export", "fg", OFFICER, "/toegang.csv"),
    ]
    assert log.broken() is None
    assert log.path.stat().st_mode & 0o077 == 0
    assert "Het logboek is heel." in enter(OFFICER).get("/toegang").get_data(as_text=True)
    raw = log.path.read_bytes()
    log.path.write_bytes(raw.replace(f"unit={OWN}".encode(), f"unit={BELOW}".encode(), 1))
    assert log.broken() is not None
    assert "het logboek is veranderd" in enter(OFFICER).get("/toegang").get_data(as_text=True)
    log.path.write_bytes(raw)
