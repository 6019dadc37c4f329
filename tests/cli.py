"""Run the product as its users do: one command, its exit code, what it says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import REPOSITORY


def afspiegeling(
    home: Path, *arguments: str | Path, expect: int | tuple[int, ...] = 0
) -> subprocess.CompletedProcess[str]:
    """Run one command on ``home`` and check its exit code."""
    done = subprocess.run(
        [sys.executable, "-m", "afspiegeling", "--home", str(home), *map(str, arguments)],
        cwd=REPOSITORY,
        env=os.environ | {"COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    allowed = (expect,) if isinstance(expect, int) else expect
    assert done.returncode in allowed, (done.returncode, done.stdout[-2000:], done.stderr[-2000:])
    return done
