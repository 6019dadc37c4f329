"""Answers that are kept: the same bytes again, for one publication and one reader, never a failure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import brotli
import pytest
from flask.testing import FlaskClient

from dashboard import kept
from dashboard.app import create_app
from dashboard.kept import LONGEST, Kept
from dashboard.pages import bezetting
from dashboard.settings import Settings
from tests.asked import view_asked
from tests.factories import make_publication, point_to

BR = {"Accept-Encoding": "gzip, br"}


def test_the_least_used_leaves_when_there_is_no_room() -> None:
    store = Kept(most=10)
    store.put("a", b"1234")
    store.put("b", b"1234")
    assert store.get("a") == b"1234"
    store.put("c", b"123")
    assert (store.get("a"), store.get("b"), store.get("c")) == (b"1234", None, b"123")
    store.put("a", b"1234567")
    assert len(store) == 2
    store.put("d", b"12345678901")
    assert len(store) == 0


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Searches of the views of Bezetting that were made."""
    asked: list[str] = []
    layout = bezetting.layout

    def counted(view):  # type: ignore[no-untyped-def]
        asked.append(view.filters.to_query())
        return layout(view)

    monkeypatch.setattr(bezetting, "layout", counted)
    return asked


@pytest.fixture
def published(tmp_path: Path) -> Path:
    make_publication(tmp_path / "published", publication="2026-1")
    return tmp_path / "published"


@pytest.fixture
def client(published: Path) -> Iterator[FlaskClient]:
    with create_app(Settings(home=published.parent)).server.test_client() as client:
        yield client


def test_an_answer_is_made_once_for_each_publication(
    client: FlaskClient, published: Path, made: list[str]
) -> None:
    def asked(search: str = "", **device: bool) -> bytes:
        return view_asked(client, "/bezetting", search, **device).data

    first = asked()
    assert (asked(), len(made)) == (first, 1)
    assert first not in {asked("?lang=en"), asked("", dark=True)}
    assert len(made) == 3
    make_publication(published, inequality="reversed", publication="2026-2")
    assert asked() != first
    point_to(published, "2026-1")
    assert (asked(), len(made)) == (first, 4)


def test_a_document_is_made_once_for_each_kind_of_device(
    client: FlaskClient, made: list[str]
) -> None:
    first = client.get("/bezetting").data
    assert client.get("/bezetting").data == first
    assert len(made) == 1
    assert client.get("/bezetting", headers={"User-Agent": "Mobi"}).data != first
    assert len(made) == 2


def test_the_bytes_are_the_same_however_they_travel(client: FlaskClient) -> None:
    for path in ("/bezetting", "/nergens"):
        made, again = (client.get(path, headers=BR) for _ in range(2))
        assert [made.headers["Content-Encoding"], again.headers["Content-Encoding"]] == ["br"] * 2
        assert (made.data, made.content_type) == (again.data, again.content_type)
        assert made.headers["Content-Security-Policy"] == again.headers["Content-Security-Policy"]
        assert "Accept-Encoding" in again.headers["Vary"]
        assert client.get(path).data == brotli.decompress(again.data)
    made, again = (view_asked(client, "/bezetting", "") for _ in range(2))
    assert (made.get_json(), made.mimetype) == (again.get_json(), again.mimetype)


def test_what_went_wrong_is_not_kept(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(bezetting, "layout", lambda view: 1 / 0)
        assert b"kenmerk:" in client.get("/bezetting").data
    assert b"kenmerk:" not in client.get("/bezetting").data


def test_an_address_of_any_length_fills_nothing(client: FlaskClient, made: list[str]) -> None:
    for _ in range(2):
        view_asked(client, "/bezetting", "?x=" + "x" * LONGEST)
    assert len(made) == 2


def test_nothing_is_kept_before_there_is_a_publication(tmp_path: Path) -> None:
    client = create_app(Settings(home=tmp_path)).server.test_client()
    waiting = b"Er is nog geen publicatie"
    assert waiting in client.get("/").data
    make_publication(tmp_path / "published")
    assert waiting not in client.get("/").data


def test_other_addresses_are_not_looked_at(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[object] = []
    monkeypatch.setattr(Kept, "get", lambda self, key: looked.append(key))
    for path in ("/healthz", "/units.json", "/export/share.csv", "/_dash-layout", "/report/x"):
        client.get(path)
    assert looked == []
    assert kept.CHOICE in {rule.rule for rule in client.application.url_map.iter_rules()}
