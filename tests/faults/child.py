"""One command of the product in a process of its own, which may be made to end at a named step.

Processes come from a fork server that has imported the product and done nothing with it: a start
costs milliseconds, and what is killed is as alone as on a command line.
"""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.process import BaseProcess
from pathlib import Path

from afspiegeling import main
from etl.steps import LOG, Step
from tests.conftest import REPOSITORY

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.faults.child"])
LONGEST = 120.0
"""Seconds after which a command is stuck."""


class End(logging.Handler):
    """Ends its own process without a word at the n-th time that a step is passed."""

    def __init__(self, step: Step, time_of: int) -> None:
        super().__init__(logging.DEBUG)
        self.step, self.left = step, time_of

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage() == self.step.value:
            self.left -= 1
            if not self.left:
                os.kill(os.getpid(), signal.SIGKILL)


def start(
    home: Path,
    *words: str | Path,
    step: Step | None = None,
    time_of: int = 1,
    before: Callable[[], None] | None = None,
) -> BaseProcess:
    """Start one command on a home; what it says lies beside the home (``said``)."""
    arguments = ["afspiegeling", "--home", str(home), *map(str, words)]
    process = FORKS.Process(target=_run, args=(arguments, step, time_of, said(home), before))
    process.start()
    return process


def end(process: BaseProcess) -> int:
    """Wait for a command; its exit code, or minus the number of the signal that ended it."""
    process.join(LONGEST)
    if process.is_alive():
        process.kill()
        raise AssertionError(f"the command was stuck for {LONGEST} seconds")
    assert process.exitcode is not None
    return process.exitcode


def run(home: Path, *words: str | Path, before: Callable[[], None] | None = None) -> int:
    """Run one command to its end."""
    return end(start(home, *words, before=before))


def killed_after(home: Path, *words: str | Path, seconds: float) -> int:
    """Start a command and kill it after so many seconds; its exit code if it was done before."""
    process = start(home, *words)
    time.sleep(seconds)
    process.kill()
    return end(process)


def said(home: Path) -> Path:
    """Where the last command on this home wrote what it said."""
    return home.with_name(f"{home.name}-said.txt")


def used(home: Path) -> dict[str, float]:
    """What the last command on this home used: CPU ``seconds`` and ``MiB`` of memory at most."""
    found: dict[str, float] = json.loads(_usage(said(home)).read_text(encoding="utf-8"))
    return found


def _usage(output: Path) -> Path:
    return output.with_suffix(".json")


def _tell_usage(output: Path) -> None:
    use = resource.getrusage(resource.RUSAGE_SELF)
    told = {"seconds": round(use.ru_utime + use.ru_stime, 2), "MiB": use.ru_maxrss >> 10}
    _usage(output).write_text(json.dumps(told), encoding="utf-8")


def no_memory_above(size: int) -> None:
    """Let this process have no more address space: what asks for more fails."""
    resource.setrlimit(resource.RLIMIT_AS, (size, size))


def no_file_above(size: int) -> None:
    """Let no file of this process grow above a size: every disk is full, portably."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def _run(
    arguments: list[str],
    step: Step | None,
    time_of: int,
    output: Path,
    before: Callable[[], None] | None,
) -> None:
    handle = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    sys.stdout, sys.stderr = (os.fdopen(number, "w", closefd=False) for number in (1, 2))
    sys.argv = arguments
    os.chdir(REPOSITORY)
    if step is not None:
        LOG.setLevel(logging.DEBUG)
        LOG.addHandler(End(step, time_of))
    if before is not None:
        before()
    try:
        main()
    finally:
        with suppress(OSError):  # where no file can grow
            _tell_usage(output)
    sys.exit(0)
