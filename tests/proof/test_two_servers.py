"""Two servers behind a proxy share a directory of publications: a new one reaches both, none fails."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.end_to_end.conftest import free_port, wait_for
from tests.factories import make_publication, point_to
from tests.proof.record import record

pytestmark = pytest.mark.proof
CLIENTS, SWITCHES, EVERY = 20, 20, 1.5
"""Clients that ask without a pause, new publications, and seconds between two of them."""
NGINX = """
pid {directory}/nginx.pid;
error_log {directory}/error.log;
worker_processes 1;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    upstream afspiegeling {{ server 127.0.0.1:{one}; server 127.0.0.1:{two}; keepalive 32; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://afspiegeling;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
        }}
    }}
}}
"""


@contextmanager
def running(command: list[str], address: str) -> Iterator[None]:
    process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.DEVNULL)
    try:
        wait_for(address, 60)
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def served_by(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/publication.json", timeout=30) as answer:
        return str(json.load(answer)["publication"])


def test_a_new_publication_reaches_both_without_a_failed_request(tmp_path: Path) -> None:
    nginx = shutil.which("nginx")
    assert nginx, "nginx is needed (apt-get install nginx-light)"
    shared = tmp_path / "shared"
    for name, inequality in (("2026-1", "planted"), ("2026-2", "reversed")):
        make_publication(shared, inequality=inequality, publication=name)
    one, two, port = (free_port() for _ in range(3))
    for number in range(2):
        (tmp_path / f"node-{number}").mkdir()
        (tmp_path / f"node-{number}" / "published").symlink_to(shared)
    config = tmp_path / "nginx.conf"
    config.write_text(NGINX.format(directory=tmp_path, one=one, two=two, port=port), "utf-8")
    statuses: Counter[int] = Counter()
    seconds: list[float] = []
    with ExitStack() as stack:
        for number, each in enumerate((one, two)):
            home = tmp_path / f"node-{number}"
            serve = [sys.executable, "-m", "afspiegeling", "--home", str(home), "serve"]
            stack.enter_context(
                running([*serve, "--port", str(each)], f"http://127.0.0.1:{each}/readyz")
            )
        proxy = [nginx, "-c", str(config), "-g", "daemon off;"]
        stack.enter_context(running(proxy, f"http://127.0.0.1:{port}/readyz"))
        over = threading.Event()

        def client(number: int) -> None:
            paths = ("/", "/bezetting?unit=DGOB", "/doorstroom?attribute=gender", "/units.json")
            turn = number
            while not over.is_set():
                turn += 1
                try:
                    address = f"http://127.0.0.1:{port}{paths[turn % len(paths)]}"
                    with urllib.request.urlopen(address, timeout=60) as answer:
                        answer.read()
                        statuses[answer.status] += 1
                except urllib.error.HTTPError as error:
                    statuses[error.code] += 1
                except OSError:
                    statuses[0] += 1

        threads = [threading.Thread(target=client, args=(n,)) for n in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for turn in range(SWITCHES):
            time.sleep(EVERY)
            name = "2026-1" if turn % 2 else "2026-2"
            point_to(shared, name)
            began = time.perf_counter()
            while {served_by(one), served_by(two)} != {name}:
                time.sleep(0.01)
            seconds.append(time.perf_counter() - began)
        over.set()
        for thread in threads:
            thread.join()
    failed = sum(number for status, number in statuses.items() if status != 200)
    record(
        "two-servers",
        "pytest -m proof tests/proof/test_two_servers.py",
        {
            "clients": CLIENTS,
            "requests": sum(statuses.values()),
            "failed": failed,
            "publications": SWITCHES,
            "seconds until both serve the new one, most": round(max(seconds), 2),
        },
    )
    assert failed == 0
    assert sum(statuses.values()) > 500
