"""``afspiegeling export`` and ``serve`` as a user meets them."""

from __future__ import annotations

import contextlib
import csv
import io
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
import typer
from typer.testing import CliRunner, Result

from dashboard import cli, server
from dashboard.errors import DashboardError
from dashboard.mart import Mart
from tests.conftest import REPOSITORY

Run = Callable[..., Result]


@dataclass(frozen=True)
class Home:
    published: Path


@pytest.fixture
def run(published: dict[str, Path]) -> Run:
    """Run a command on the planted publication (or on another home)."""
    app = typer.Typer()
    cli.register(app)

    def invoke(*arguments: object, home: Path | None = None) -> Result:
        obj = Home(home or published["planted"])
        return CliRunner().invoke(app, [str(a) for a in arguments], obj=obj)

    return invoke


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_export_of_a_count_is_everybody(run: Run) -> None:
    done = run("export", "headcount", "--period", "2025Q4", "--dialect", "rfc4180")
    assert done.exit_code == 0, done.output
    found = [(row["scale_group"], row["category"], row["value"]) for row in rows(done.stdout)]
    assert found == [("<=13", "", "10500"), (">=14", "", "1500"), ("all", "", "12000")]


def test_export_of_a_share_is_the_followed_group(run: Run) -> None:
    done = run("export", "share", "--period", "2025Q4", "--dialect", "rfc4180")
    found = [(row["scale_group"], row["category"], row["value"]) for row in rows(done.stdout)]
    assert found == [("<=13", "yes", "11"), (">=14", "yes", "3.4"), ("all", "yes", "10.1")]


def test_export_by_attribute_unit_and_scale_group(run: Run) -> None:
    common = ("--period", "2025Q4", "--dialect", "rfc4180")
    by = {
        dimension: rows(run("export", "headcount", *common, "--by", dimension).stdout)
        for dimension in ("origin", "unit", "scale_group")
    }
    assert {"yes", "no", "known", "unknown"} <= {row["category"] for row in by["origin"]}
    assert {row["unit"] for row in by["unit"]} == {"MIN", "DGOB", "DGD", "UBR", "SGC"}
    assert {"all", "1-5", "19+"} <= {row["scale_group"] for row in by["scale_group"]}


@pytest.mark.parametrize(
    ("name", "begin"),
    [
        *(("x.csv", b"\xef\xbb\xbf"), ("x.xlsx", b"PK"), ("x.parquet", b"PAR1"), ("x.json", b"{")),
        *(("x.svg", b"<svg"), ("x.png", b"\x89PNG")),
    ],
)
def test_the_name_of_the_file_gives_its_format(
    run: Run, tmp_path: Path, name: str, begin: bytes
) -> None:
    done = run("export", "share", "--unit", "DGD", "-o", tmp_path / name)
    assert done.exit_code == 0, done.output
    assert (tmp_path / name).read_bytes().startswith(begin)


def test_export_all_lists_what_it_wrote(run: Run, tmp_path: Path) -> None:
    done = run("export", "--all", tmp_path / "out")
    assert done.exit_code == 0
    names = sorted(Path(line).name for line in done.stdout.split())
    assert names == sorted(path.name for path in (tmp_path / "out").iterdir())
    assert pl.read_parquet(tmp_path / "out" / "cells.parquet").height > 10_000


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["export"], "neither a metric nor --all"),
        (["export", "share", "--all", "x"], "both share and --all"),
        (["export", "no_such"], "no metric no_such"),
        (["export", "share", "--unit", "NOPE"], "no unit NOPE"),
        (["export", "share", "--period", "1999"], "no period 1999"),
        (["export", "share", "--by", "shoe_size"], "no dimension shoe_size"),
        (["export", "share", "--format", "docx"], "file format does not exist"),
        (["export", "share", "--format", "svg", "--by", "origin"], "a picture and --by origin"),
        (["export", "headcount", "--format", "svg"], "No page shows such a figure"),
        (["export", "share", "--dialect", "klingon"], "dialect of CSV does not exist"),
        (["export", "crossing", "--period", "2025Q4", "--by", "origin"], "no such cells"),
        (["export", "share", "-o", "no/such/directory/x.csv"], "cannot be written"),
        (["serve", "--host", "0.0.0.0"], "served to this computer only"),  # noqa: S104  (refused)
        (["serve", "--host", "192.168.1.2"], "there is no identity provider"),
    ],
)
def test_wrong_use_is_one_paragraph_and_exit_2(run: Run, arguments: list[str], words: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert "Next: " in done.stderr
    assert done.stdout == ""


def test_a_request_outside_the_plan_names_the_nearest_that_is_in_it(run: Run) -> None:
    done = run("export", "headcount", "--unit", "UB1", "--by", "contract")
    assert done.exit_code == 2
    assert "not in the publication plan" in done.stderr
    assert "Next: the nearest that is published: headcount, unit UBR (" in done.stderr
    assert "by contract" in done.stderr


def test_export_without_a_publication(run: Run, tmp_path: Path) -> None:
    done = run("export", "share", home=tmp_path)
    assert done.exit_code == 2
    assert "afspiegeling publish" in done.stderr


def test_suppressed_cells_are_exported_as_such(run: Run) -> None:
    done = run("export", "share", "--unit", "SG2", "--period", "2025Q4", "--dialect", "rfc4180")
    assert done.exit_code == 0
    assert {(row["status"], row["value"]) for row in rows(done.stdout)} == {("suppressed", "")}


def test_a_taken_port_is_refused_at_once() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(DashboardError, match=f"port {port}"):
            cli.check_port("127.0.0.1", port)


def test_addresses() -> None:
    assert server.address("127.0.0.1", 8050) == "http://127.0.0.1:8050/"
    assert server.address("::1", 8050) == "http://[::1]:8050/"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_serve_answers_with_gunicorn_and_stops(published: dict[str, Path], mart: Mart) -> None:
    port = free_port()
    code = (
        "import sys; from pathlib import Path; from dashboard.cli import run_server; "
        "run_server(Path(sys.argv[1]), '127.0.0.1', int(sys.argv[2]), 2)"
    )
    home = published["planted"].parent / "served"
    home.mkdir()
    (home / "published").symlink_to(published["planted"])
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(home / "published"), str(port)],
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert re.match(rf"Afspiegeling: http://127\.0\.0\.1:{port}/ ", line), line
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60) as answer:
            assert answer.status == 200
            assert "gunicorn" in answer.headers["Server"]
        address = f"http://127.0.0.1:{port}/export/share.csv?period=2025Q4&attribute=origin"
        with urllib.request.urlopen(address, timeout=60) as answer:
            assert b";3,4;published;" in answer.read()
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/export/share.docx", timeout=60)
    finally:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()
        process.communicate()
    assert process.returncode == 0
