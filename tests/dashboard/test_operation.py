"""Health, counts, the log of requests, and a new publication while readers are reading."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from dashboard.app import create_app
from dashboard.log import FACTS, JsonLine, facts_of, line
from dashboard.mart import Mart
from dashboard.settings import Settings
from etl import publish
from tests.conftest import REPOSITORY
from tests.dashboard.test_dashboard_cli import free_port
from tests.factories import make_tables, write_publication

NUMBER = "74123698"
"""A personnel number, as somebody could paste it into the address."""


@pytest.fixture
def client(tmp_path: Path, published: dict[str, Path]) -> FlaskClient:
    (tmp_path / "published").symlink_to(published["planted"])
    return create_app(Settings(home=tmp_path)).server.test_client()


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What is logged meanwhile."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLine())
    root, own = logging.getLogger(), logging.getLogger("dashboard")
    root.addHandler(handler)
    level = own.level
    own.setLevel(logging.INFO)
    yield stream
    root.removeHandler(handler)
    own.setLevel(level)


def events(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(text) for text in stream.getvalue().splitlines()]


def counts(text: str, name: str) -> dict[str, float]:
    """Labels -> value of one metric of an answer of /metrics."""
    found = re.findall(rf"^{name}(\{{[^}}]*\}})? (\S+)$", text, flags=re.MULTILINE)
    return {labels: float(value) for labels, value in found}


def test_health_says_alive_and_ready(client: FlaskClient) -> None:
    assert (client.get("/healthz").status_code, client.get("/readyz").text) == (200, "ready\n")


def test_without_a_publication_it_is_alive_but_not_ready(tmp_path: Path) -> None:
    client = create_app(Settings(home=tmp_path)).server.test_client()
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503
    text = client.get("/metrics").text
    assert counts(text, "afspiegeling_ready") == {"": 0.0}
    assert "created_timestamp" not in text


def test_counts_are_by_declared_route_and_hold_nothing_typed(client: FlaskClient) -> None:
    for _ in range(3):
        client.get(f"/export/share.csv?unit=DGD&period=2025Q4&who={NUMBER}")
    client.get(f"/{NUMBER}")
    client.open("/healthz", method="WHATEVER")
    text = client.get("/metrics").text
    found = counts(text, "afspiegeling_requests_total")
    assert found['{method="GET",route="/export/<path:name>",status="200"}'] == 3.0
    assert found['{method="OTHER",route="/<none>",status="405"}'] == 1.0
    assert not any(word in text for word in (NUMBER, "DGD", "2025Q4", "WHATEVER"))
    assert counts(text, "afspiegeling_ready") == {"": 1.0}
    assert counts(text, "afspiegeling_pointer_followed") == {"": 1.0}
    # 2026-01-14T09:00:00Z, when the invented publication was made
    assert counts(text, "afspiegeling_publication_created_timestamp_seconds") == {"": 1768381200.0}
    assert counts(text, "afspiegeling_requests_in_progress") == {"": 1.0}  # this one


def test_counts_are_not_for_readers_behind_the_proxy(client: FlaskClient) -> None:
    assert client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 404


def test_a_broken_pointer_can_be_seen(tmp_path: Path, published: dict[str, Path]) -> None:
    shutil.copytree(published["planted"], tmp_path / "published")
    client = create_app(Settings(home=tmp_path)).server.test_client()
    client.get("/readyz")
    (tmp_path / "published" / "current.json").write_text("{")
    text = client.get("/metrics").text
    assert counts(text, "afspiegeling_ready") == {"": 1.0}
    assert counts(text, "afspiegeling_pointer_followed") == {"": 0.0}


def test_a_request_is_one_line_without_anything_typed(
    client: FlaskClient, lines: io.StringIO
) -> None:
    client.get(f"/export/share.csv?unit=DGD&name={NUMBER}", headers={"User-Agent": NUMBER})
    client.get(f"/Jansen/{NUMBER}")
    first, second = events(lines)
    assert first["event"] == "request"
    assert (first["route"], first["method"], first["status"]) == ("/export/<path:name>", "GET", 200)
    assert isinstance(first["bytes"], int)
    assert first["milliseconds"] >= 0  # type: ignore[operator]
    assert second["route"] == "/<path:path>"
    assert not any(word in lines.getvalue() for word in (NUMBER, "Jansen", "DGD", "127.0.0.1"))


def test_one_request_reads_one_publication(tmp_path: Path) -> None:
    years = range(2024, 2026)
    write_publication(tmp_path, make_tables(publication="2026-1", years=years), "2026-1")
    mart = Mart(tmp_path)
    mart.hold()
    write_publication(tmp_path, make_tables(publication="2026-2", years=years), "2026-2")
    assert mart.publication == "2026-1"
    others: list[str] = []
    thread = threading.Thread(target=lambda: others.append(mart.publication))
    thread.start()
    thread.join()
    assert others == ["2026-2"]
    mart.release()
    assert mart.publication == "2026-2"


def test_while_it_changes_publications_nothing_waits_for_polars_and_labels_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Polars names codes from its own threads: with the lock held by one that waits for it, both
    would wait for ever."""
    years = range(2025, 2026)
    write_publication(tmp_path, make_tables(publication="2026-1", years=years), "2026-1")
    mart = Mart(tmp_path)
    named = mart.labeller("nl")

    def refuse(*_: object) -> None:
        raise AssertionError("Polars while the lock is held")

    with monkeypatch.context() as patch:
        patch.setattr("dashboard.mart.pl.from_arrow", refuse)
        write_publication(tmp_path, make_tables(publication="2026-2", years=years), "2026-2")
        assert mart._newest().path.name == "publication-2026-2.duckdb"
    write_publication(tmp_path, make_tables(publication="2026-3", years=years), "2026-3")
    assert mart._lock.acquire(timeout=1)
    try:
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(named, "unit", "MIN")
            assert asked.result(timeout=5) == "Voorbeeldministerie"
    finally:
        mart._lock.release()


@pytest.mark.parametrize(
    "given",
    [
        {"command": NUMBER},
        {"error": "KeyError: 'Jansen'"},
        {"route": f"/export/{NUMBER}"},
        {"id": "7412369850"},
        {"status": NUMBER},
        {"person": "x"},
        {"exit_code": True},
        {"publication": "2026-1; Jansen"},
    ],
)
def test_what_does_not_look_as_declared_is_dropped(given: dict[str, object]) -> None:
    assert facts_of(given) == {"dropped": 1}


def test_every_fact_has_a_value_that_fits() -> None:
    good = {
        "command": "publish", "outcome": "done", "exit_code": 0, "seconds": 1.5, "id": "0a1b2c3d",
        "error": "ValueError", "publication": "2026-1", "route": "/export/<path:name>",
        "method": "GET", "status": 200, "bytes": 1, "milliseconds": 2.0,
    }  # fmt: skip
    assert set(good) == set(FACTS)
    assert facts_of(good) == good
    assert json.loads(line("command", good)).items() >= good.items()


def test_of_other_libraries_only_what_is_always_the_same(lines: io.StringIO) -> None:
    other = logging.getLogger("some.library")
    other.warning("cannot read %s", NUMBER)
    other.warning(f"cannot read {NUMBER}")  # put together before it came here
    try:
        int(NUMBER + "x")
    except ValueError:
        other.exception("failed for %s", NUMBER)
    first, second, third = events(lines)
    assert first["event"] == "cannot read %s"
    assert str(second["event"]).startswith("test_operation:")
    assert third["error"] == "ValueError"
    assert str(third["frames"]).startswith("['test_operation.py:")
    assert NUMBER not in lines.getvalue()


class Load:
    """Readers that never stop asking; what went wrong, and how much was asked."""

    PATHS = ("/export/share.csv?period=2025Q4&attribute=origin", "/", "/publication.json")

    def __init__(self, address: str, readers: int) -> None:
        self.address, self.failed, self.answered = address, [], 0
        self._lock, self._over = threading.Lock(), threading.Event()
        self._threads = [threading.Thread(target=self._read) for _ in range(readers)]

    def _read(self) -> None:
        while not self._over.is_set():
            for path in self.PATHS:
                with self._lock:
                    self.answered += 1
                try:
                    with urllib.request.urlopen(self.address + path, timeout=20) as answer:
                        answer.read()
                except OSError as error:
                    self.failed.append(f"{path}: {error}")

    def wait_for(self, requests: int) -> None:
        deadline = time.monotonic() + 60
        while self.answered < requests and time.monotonic() < deadline:
            time.sleep(0.02)

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()


@contextlib.contextmanager
def server(published: Path, errors: Path) -> Iterator[str]:
    """The production server with two workers on a home of its own."""
    port = free_port()
    code = (
        "import sys; from pathlib import Path; from dashboard.server import run_server; "
        "run_server(Path(sys.argv[1]), '127.0.0.1', int(sys.argv[2]), 2)"
    )
    with errors.open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(published), str(port)],
            cwd=REPOSITORY,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            assert process.stdout is not None
            process.stdout.readline()
            yield f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.communicate(timeout=20)
            finally:
                process.kill()


def test_publications_change_under_load_without_a_failed_request(tmp_path: Path) -> None:
    published = tmp_path / "published"
    for name, years in (("2026-1", range(2024, 2026)), ("2026-2", range(2025, 2026))):
        write_publication(published, make_tables(publication=name, years=years), name)
    log = tmp_path / "log"
    with server(published, log) as address, Load(address, readers=3) as load:
        seen = set()
        for number in range(8):
            if number % 2:
                publish.point_to(published, "2026-2")
            else:
                assert publish.rollback(published) == "2026-1"
            load.wait_for(6 * (number + 1))
            with urllib.request.urlopen(address + "/publication.json", timeout=20) as answer:
                seen.add(json.loads(answer.read())["publication"])
        load.__exit__()
        with urllib.request.urlopen(address + "/metrics", timeout=20) as answer:
            text = answer.read().decode()
    assert load.failed == []
    assert load.answered >= 48
    assert seen == {"2026-1", "2026-2"}
    # Both workers are counted together: what the readers asked, this test, and one start a worker.
    exports = counts(text, "afspiegeling_requests_total")
    csv = exports['{method="GET",route="/export/<path:name>",status="200"}']
    assert 2 * csv <= load.answered + 8 + 2 <= 4 * csv
    assert not [key for key in exports if 'status="5' in key]
    logged = [json.loads(text) for text in log.read_text().splitlines()]
    requests = [event for event in logged if event["event"] == "request"]
    assert len(requests) >= load.answered
    assert not any(word in log.read_text() for word in ("2025Q4", "attribute=", "127.0.0.1"))
