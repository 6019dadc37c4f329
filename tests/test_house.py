"""The house itself: import contracts, lock files, what the repository may not hold."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


def tracked(*patterns: str) -> list[Path]:
    """Files that git tracks, or would track, under the patterns."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = [REPOSITORY / line for line in listed.stdout.splitlines()]
    return [path for path in paths if path.is_file()]


def test_import_contracts_hold() -> None:
    lint = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([lint], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_top_level_is_the_house() -> None:
    folders = {
        path.relative_to(REPOSITORY).parts[0] for path in tracked() if path.parent != REPOSITORY
    }
    assert folders == {".ci", "assets", "dashboard", "data", "deploy", "docs", "etl", "tests"}


@pytest.mark.parametrize(
    "lock",
    [
        "requirements.lock",
        "requirements-dev.lock",
        "requirements-spark.lock",
        "requirements-bootstrap.lock",
    ],
)
def test_lock_files_are_hashed_and_name_no_host(lock: str) -> None:
    text = (REPOSITORY / lock).read_text()
    pins = re.findall(r"^[a-z0-9_.\[\]-]+==", text, flags=re.MULTILINE)
    assert pins
    blocks = re.split(r"\n(?=[a-z0-9])", text)
    assert all("--hash=sha256:" in block for block in blocks if "==" in block)
    assert "://" not in text
    assert "index-url" not in text


def test_no_machine_and_no_package_host_in_the_repository() -> None:
    hosts = "|".join(
        ["py" + "pi\\.", "python" + "hosted", "registry\\.n" + "pmjs", "deb\\.d" + "ebian"]
    )
    paths = "(^|[^A-Za-z0-9_.])/(wo" + "rk|ro" + "ot|ho" + "me)/[A-Za-z0-9_.-]+"
    wrong = [
        f"{path.relative_to(REPOSITORY)}:{number}"
        for path in tracked(
            "*.py", "*.toml", "*.md", "*.lock", "Makefile", "*.css", "*.sql", "*.po", "deploy/*"
        )
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(f"{hosts}|{paths}", line)
    ]
    assert wrong == []


def test_no_colour_in_python() -> None:
    """Colours are tokens in assets/; only "no colour at all" may be written."""
    wrong = [
        path.name
        for path in tracked("dashboard/*.py", "dashboard/**/*.py")
        if re.search(r"#[0-9a-fA-F]{6}\b|rgba?\((?!0,0,0,0\))", path.read_text())
    ]
    assert wrong == []


def test_no_number_of_the_policy_in_code() -> None:
    """Thresholds, gates and bases stand in policy.toml alone."""
    wrong = [
        f"{path.name}: {line.strip()}"
        for path in tracked("etl/privacy/*.py")
        for line in path.read_text().splitlines()
        if re.search(r"(threshold|minimum_base|rounding_base|distance)\s*(:\s*int\s*)?=\s*\d", line)
    ]
    assert wrong == []
