"""``demo`` on a fresh home ends as a server that answers with figures, not only with a shell."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from tests.conftest import REPOSITORY
from tests.end_to_end.conftest import free_port


def test_the_first_demo_serves_figures(tmp_path: Path) -> None:
    port = free_port()
    words = ["demo", "--employees", "1500", "--units", "12", "--port", str(port)]
    server = subprocess.Popen(
        [sys.executable, "-m", "afspiegeling", "--home", str(tmp_path / "home"), *words],
        cwd=REPOSITORY,
    )
    url = f"http://127.0.0.1:{port}/export/headcount.csv?unit=MIN&period=2025Q4&attribute="
    try:
        deadline = time.monotonic() + 120
        while True:
            try:
                with urllib.request.urlopen(url, timeout=10) as answer:
                    content = answer.read().decode("utf-8-sig")
                break
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.5)
    finally:
        server.terminate()
        server.wait(timeout=20)
    assert "headcount" in content
    assert "2025Q4" in content
