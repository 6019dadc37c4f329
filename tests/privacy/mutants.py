"""The protection with one thing of it wrong at a time, and the tests that must notice.

A mutant is an edit of the source: a piece of text that stands in its file exactly once, and what
stands there instead. It lives in a copy of the tree; nothing of it is ever part of the product.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import REPOSITORY

COPIED = ("etl", "tests", "data", "dashboard", "assets", "pyproject.toml", "afspiegeling.py")
SECONDS = 300
"""How long the tests of one mutant may take."""
_FAILED = re.compile(r"^FAILED (\S+)", re.MULTILINE)


@dataclass(frozen=True)
class Edit:
    """In ``path``, ``old`` becomes ``new``."""

    path: str
    old: str
    new: str

    def applied(self, text: str) -> str:
        """The text of the file with the edit made.

        Raises:
            ValueError: ``old`` does not stand there exactly once: the mutant is out of date.
        """
        if text.count(self.old) != 1:
            raise ValueError(f"{self.path} holds {text.count(self.old)} times: {self.old}")
        return text.replace(self.old, self.new)


@dataclass(frozen=True)
class Mutant:
    """One thing that is wrong, and the tests of which at least one must fail."""

    name: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant: the tests that failed (none: it lives), and how long that took."""

    name: str
    failed: tuple[str, ...]
    seconds: float
    said: str


class Bench:
    """A copy of the tree in which one mutant at a time is made and tried.

    Args:
        directory: where the copy is made; nothing may stand there.
    """

    def __init__(self, directory: Path) -> None:
        self.tree = directory
        ignored = shutil.ignore_patterns("__pycache__", "demo", "node_modules")
        directory.mkdir()
        for name in COPIED:
            source = REPOSITORY / name
            if source.is_dir():
                shutil.copytree(source, directory / name, ignore=ignored)
            elif source.is_file():
                shutil.copy2(source, directory / name)

    def tried(self, mutant: Mutant) -> Verdict:
        """Run the tests of a mutant until the first of them fails."""
        with self._made(mutant):
            return self.run(mutant.name, mutant.tests)

    def run(self, name: str, tests: tuple[str, ...]) -> Verdict:
        """Run some tests in the copy as it is."""
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-x", "-rf", "--tb=line", *tests],
            cwd=self.tree,
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        failed = tuple(_FAILED.findall(done.stdout)) if done.returncode == 1 else ()
        seconds = round(time.monotonic() - began, 1)
        return Verdict(name, failed, seconds, done.stdout[-2000:] + done.stderr[-2000:])

    @contextmanager
    def _made(self, mutant: Mutant) -> Iterator[None]:
        before = {e.path: (self.tree / e.path).read_text(encoding="utf-8") for e in mutant.edits}
        try:
            for edit in mutant.edits:
                path = self.tree / edit.path
                text = path.read_text(encoding="utf-8")
                path.write_text(edit.applied(text), encoding="utf-8")
            yield
        finally:
            for name, text in before.items():
                (self.tree / name).write_text(text, encoding="utf-8")

    def _environment(self) -> dict[str, str]:
        """The copy comes before anything installed; compiled files would outlive an edit."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
        return kept | {"PYTHONPATH": str(self.tree), "PYTHONDONTWRITEBYTECODE": "1"}
