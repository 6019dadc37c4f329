"""Homes at four moments of their life, the command that comes next, and where it must lead."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from etl.steps import Step
from tests.end_to_end.deliveries import drawn, one_by_one
from tests.faults import child, state

PEOPLE, UNITS, QUARTERS = 200, 8, 1
PUBLISH = ("publish", "--accept", "an invented organisation")
DONE = (0, 3)
NAMES = ("first load", "first publication", "next load", "next publication")


@dataclass(frozen=True)
class Case:
    """A home before a command, and what an undisturbed run of the command makes of it."""

    name: str
    before: Path
    words: tuple[str | Path, ...]
    after: Path
    seconds: float
    """How long the undisturbed run took."""
    own_keys: bool = False
    """The home makes its own keys, so that what hangs on them differs between two runs."""

    @property
    def loads(self) -> bool:
        """Whether the command is ``load``."""
        return self.words[0] == "load"

    def copy(self, home: Path) -> Path:
        """A fresh copy of the home before the command."""
        child.said(home).unlink(missing_ok=True)
        for inside in home.iterdir() if home.is_dir() else ():  # it may be a disk of its own
            shutil.rmtree(inside)
        shutil.copytree(self.before, home, dirs_exist_ok=True)
        return home

    def copy_after(self, home: Path) -> Path:
        """A fresh copy of the home after the command."""
        shutil.copytree(self.after, home)
        return home

    def steps(self) -> list[Step]:
        """The named steps that the command passes."""
        kind = "load: " if self.loads else "publish: "
        passed = [step for step in Step if step.startswith(kind) or step is Step.WAREHOUSE_OPEN]
        kept_once = self.name != "first load"
        return [s for s in passed if not (kept_once and s is Step.REFERENCE_KEPT)]

    def stored(self, home: Path) -> dict[str, state.Rows]:
        """What is stored, as far as two runs must agree on it."""
        return state.stored(home, state.KEYED if self.own_keys else ())


class Cases(dict[str, Case]):
    """First and next load and publication; each starts where the one before it ended.

    They are made when they are asked for: a run of the command each.
    """

    def __init__(self, directory: Path) -> None:
        super().__init__()
        self.directory = directory
        sample = drawn(directory / "sample", PEOPLE, UNITS, QUARTERS)
        one, two = one_by_one(sample, directory / "deliveries")
        self.words = dict(zip(NAMES, (_load(one), PUBLISH, _load(two), PUBLISH), strict=True))
        self.empty = directory / "empty"
        self.empty.mkdir()

    def __missing__(self, name: str) -> Case:
        place = NAMES.index(name)
        before = self[NAMES[place - 1]].after if place else self.empty
        case = _case(self.directory, name, before, self.words[name], own_keys=not place)
        self[name] = case
        return case


def _load(delivery: Path) -> tuple[str | Path, ...]:
    return ("load", delivery, "--mapping", delivery / "mapping.toml")


def _case(
    directory: Path,
    name: str,
    before: Path,
    words: tuple[str | Path, ...],
    *,
    own_keys: bool = False,
) -> Case:
    after = directory / f"after {name}"
    shutil.copytree(before, after)
    began = time.monotonic()
    code = child.run(after, *words)
    assert code in DONE, child.said(after).read_text(encoding="utf-8")
    seconds = time.monotonic() - began
    return Case(name, before, words, after, seconds, own_keys)
