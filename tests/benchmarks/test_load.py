"""Many readers at once: how long an answer takes and whether one fails, beside an empty callback.

Every client asks again as soon as it has its answer, so that two workers are never idle: pages,
choices of any attribute and unit on any page, the list of units. Clients run on the same machine and
take their part of it. A server of Dash with one callback that does nothing is asked the same way.
"""

from __future__ import annotations

import http.client
import json
import multiprocessing
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from dashboard.filters import attributes
from dashboard.mart import Mart
from dashboard.pages import PAGES
from tests.cli import afspiegeling
from tests.conftest import REPOSITORY
from tests.end_to_end.conftest import free_port, wait_for
from tests.proof.record import record

CLIENTS, SECONDS, EMPTY_SECONDS, PROCESSES = (50, 200), 300, 30, 2
EMPTY = """
from dash import Dash, Input, Output, html
app = Dash(compress=True)
app.layout = html.Div([html.I(id="asked"), html.I(id="given")])
app.callback(Output("given", "children"), Input("asked", "children"))(lambda asked: "")
server = app.server
server.test_client().get("/")
"""
JSON = {"Content-Type": "application/json", "Accept-Encoding": "gzip, br"}


@dataclass(frozen=True)
class Question:
    """One request: a page, or a choice where there is a body."""

    path: str
    body: str | None = None


def choice(output: str, prop: str, asked_id: str, asked_prop: str, value: object) -> Question:
    question = {
        "output": f"{output}.{prop}",
        "outputs": {"id": output, "property": prop},
        "inputs": [{"id": asked_id, "property": asked_prop, "value": value}],
        "changedPropIds": [f"{asked_id}.{asked_prop}"],
    }
    return Question("/_dash-update-component", json.dumps(question))


def questions(published: Path) -> list[Question]:
    """What readers ask: four choices to a page, all pages, attributes and twenty units."""
    mart = Mart(published)
    units = list(mart.current().parents)[:20]
    asked = []
    for page in PAGES:
        for attribute in attributes(mart):
            for unit in units:
                search = f"?unit={unit}&attribute={attribute}"
                device = {"narrow": False, "folded": False, "dark": False}
                told = {"path": page.PATH, "search": search, "device": device}
                asked += [choice("view", "answer", "view", "asked", told)] * 4
                asked.append(Question(page.PATH + search))
    return [*asked, Question("/units.json?lang=nl"), Question("/assets/app.css")]


def ask(port: int, asked: list[Question], clients: int, seconds: float, seed: int) -> list[object]:
    """Answers of some clients until the time is over: (status, seconds) each."""
    until = time.perf_counter() + seconds
    answers: list[tuple[int, float]] = []

    def client(number: int) -> None:
        draw = random.Random(f"{seed} {number}")  # noqa: S311
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while time.perf_counter() < until:
            question = draw.choice(asked)
            began = time.perf_counter()
            try:
                method = "GET" if question.body is None else "POST"
                line.request(method, question.path, question.body, JSON)
                answer = line.getresponse()
                answer.read()
                status = answer.status
            except (OSError, http.client.HTTPException):
                status = 0
                line.close()
            answers.append((status, time.perf_counter() - began))

    threads = [threading.Thread(target=client, args=(i,)) for i in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return list(answers)


def under_load(port: int, asked: list[Question], clients: int, seconds: float) -> dict[str, object]:
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        parts = [(port, asked, clients // PROCESSES, seconds, seed) for seed in range(PROCESSES)]
        answers = [each for part in pool.starmap(ask, parts) for each in part]
    times = sorted(1000 * took for _status, took in answers)  # type: ignore[misc]
    statuses = Counter(status for status, _took in answers)  # type: ignore[misc]
    return {
        "answers": len(times),
        "answers a second": round(len(times) / seconds),
        "failed": len(times) - statuses[200],
        **{f"p{share}, ms": round(times[len(times) * share // 100]) for share in (50, 95, 99)},
    }


@contextmanager
def served(command: list[str], port: int, directory: Path) -> Iterator[None]:
    log = (directory / f"server-{port}.log").open("w")
    server = subprocess.Popen(command, cwd=REPOSITORY, stdout=log, stderr=log)
    try:
        wait_for(f"http://127.0.0.1:{port}/", 60)
        yield
    finally:
        server.terminate()
        server.wait(timeout=30)


@pytest.mark.proof
def test_no_answer_fails_with_many_readers(tmp_path: Path) -> None:
    home, sample = tmp_path / "home", tmp_path / "sample"
    afspiegeling(home, "sample", sample, "--units", "30")
    afspiegeling(home, "load", sample, "--mapping", sample / "mapping.toml", expect=3)
    afspiegeling(home, "publish")
    ours, empty = free_port(), free_port()
    (tmp_path / "empty.py").write_text(EMPTY, encoding="utf-8")
    gunicorn = [sys.executable, "-m", "gunicorn", "-w", "2", "-k", "gthread", "--threads", "8"]
    nothing = [*gunicorn, "--chdir", str(tmp_path), "-b", f"127.0.0.1:{empty}", "empty:server"]
    afspiegeling_serve = [sys.executable, "-m", "afspiegeling", "--home", str(home), "serve"]
    told: dict[str, object] = {}
    with served(nothing, empty, tmp_path):
        alone = [choice("given", "children", "asked", "children", "")]
        for clients in CLIENTS:
            told[f"empty callback, {clients} clients, {EMPTY_SECONDS} s"] = under_load(
                empty, alone, clients, EMPTY_SECONDS
            )
    with served([*afspiegeling_serve, "--port", str(ours)], ours, tmp_path):
        asked = questions(home / "published")
        for clients in CLIENTS:
            name = f"dashboard, {clients} clients, {SECONDS} s"
            told[name] = under_load(ours, asked, clients, SECONDS)
    record("load", "pytest -m proof tests/benchmarks/test_load.py", told)
    assert [each["failed"] for each in told.values()] == [0, 0, 0, 0]  # type: ignore[index]
