"""The readers under a fuzzer that is guided by the branches they take."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.proof.record import record

SECONDS = 180


@pytest.mark.proof
def test_fuzzed(tmp_path: Path) -> None:
    if importlib.util.find_spec("atheris") is None:
        pytest.skip("atheris is not installed: pip install atheris")
    command = [sys.executable, "-m", "tests.faults.fuzz_readers", f"-max_total_time={SECONDS}"]
    done = subprocess.run(
        [*command, "-max_len=60000", f"-artifact_prefix={tmp_path}/"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=4 * SECONDS,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    ran = re.search(r"Done (\d+) runs in (\d+) second", done.stderr)
    reached = re.findall(r"cov: (\d+)", done.stderr)
    assert ran
    figures = {"files": int(ran[1]), "seconds": int(ran[2]), "branches reached": int(reached[-1])}
    record("fuzzed-readers", "pytest -m proof tests/faults/test_fuzz.py", figures)
