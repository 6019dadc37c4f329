"""Run the product as its users do: one command, its exit code, what it says."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from afspiegeling import main
from tests.conftest import REPOSITORY

Done = subprocess.CompletedProcess[str]
SURROUNDINGS = {"COLUMNS": "200", "NO_COLOR": "1"}


def afspiegeling(home: Path, *arguments: str | Path, expect: int | tuple[int, ...] = 0) -> Done:
    """Run one command on ``home`` and check its exit code.

    It is the whole command line, errors included, in this process: a new one would spend most of
    its time on imports. What only a process has is tested with ``as_process``.
    """
    words = _words(home, arguments)
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    code = 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", words)
        patch.chdir(REPOSITORY)
        for name, value in SURROUNDINGS.items():
            patch.setenv(name, value)
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
    return _checked(Done(words, code, _text(out), _text(err)), expect)


def as_process(home: Path, *arguments: str | Path, expect: int | tuple[int, ...] = 0) -> Done:
    """The same in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", *_words(home, arguments)],
        cwd=REPOSITORY,
        env=os.environ | SURROUNDINGS,
        capture_output=True,
        text=True,
        check=False,
    )
    return _checked(done, expect)


def _words(home: Path, arguments: tuple[str | Path, ...]) -> list[str]:
    return ["afspiegeling", "--home", str(home), *map(str, arguments)]


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue().decode("utf-8")


def _checked(done: Done, expect: int | tuple[int, ...]) -> Done:
    allowed = (expect,) if isinstance(expect, int) else expect
    assert done.returncode in allowed, (done.returncode, done.stdout[-2000:], done.stderr[-2000:])
    return done
