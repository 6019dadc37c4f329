"""Seconds and memory of one piece of work, in a process of its own, beside a fixed yardstick."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

import numpy as np
import polars as pl

T = TypeVar("T")
U = TypeVar("U")
Figures = dict[str, float]
YARDSTICK = 4_000_000
"""Numbers that the yardstick sorts and groups."""


def apart(work: Callable[[T], U], given: T) -> U:
    """What ``work`` gives, in a fresh process: its peak of memory is its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, given).result()


def timed(work: Callable[[], T]) -> tuple[T, Figures]:
    """What ``work`` gives, and its seconds: on the clock and of all processors together."""
    wall, cpu = time.perf_counter(), time.process_time()
    made = work()
    return made, {
        "CPU seconds": round(time.process_time() - cpu, 2),
        "seconds": round(time.perf_counter() - wall, 2),
    }


def yardstick() -> float:
    """CPU seconds of a sort and a group-by of known size: what this machine is worth today."""
    numbers = np.random.default_rng(1).integers(0, YARDSTICK // 10, YARDSTICK)
    frame = pl.DataFrame({"n": numbers})
    return timed(lambda: (np.sort(numbers), frame.group_by("n").len()))[1]["CPU seconds"]


def peak_megabytes() -> int:
    """The most memory that this process held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
