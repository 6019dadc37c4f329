"""One round: cut a command off, look at what is left, run it again, compare with no cut at all."""

from __future__ import annotations

import random
import signal
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from etl.steps import Step
from tests.faults import child, state
from tests.faults.cases import DONE, Case

KILLED = -signal.SIGKILL


@dataclass(frozen=True)
class Cut:
    """Where a command is cut off: at the n-th time of a step, or after part of its time."""

    case: Case
    step: Step | None = None
    time_of: int = 1
    part: float = 0.0

    @property
    def name(self) -> str:
        """What is counted."""
        return self.step.value if self.step else f"{self.case.words[0]}: anywhere"


@dataclass(frozen=True)
class Amount:
    """How often a case is cut off: at each of its named steps, and anywhere."""

    each: int
    anywhere: int


def planned(cases: Mapping[str, Case], amounts: Mapping[str, Amount], seed: int) -> Iterator[Cut]:
    """The cuts of every case, drawn from a seed."""
    draw = random.Random(seed)  # noqa: S311  (a plan that can be repeated)
    for name, amount in amounts.items():
        case = cases[name]
        for step in case.steps():
            for _ in range(amount.each):
                often = step in {Step.FILE_STAGED, Step.FILE_STORED}
                yield Cut(case, step, draw.randint(1, 2) if often else 1)
        for _ in range(amount.anywhere):
            yield Cut(case, part=draw.uniform(0.02, 0.95))


def survive(cut: Cut, home: Path) -> bool:
    """Play one round; false where a cut by the clock came after the end of the command.

    Raises:
        AssertionError: something was lost, stands twice, or is half done.
    """
    case = cut.case
    case.copy(home)
    code = _cut_off(cut, home)
    assert code == KILLED or (cut.step is None and code in DONE), (cut.name, code)
    done = whole(case, home)
    again = child.run(home, *case.words)
    assert again in DONE, (cut.name, again, child.said(home).read_text(encoding="utf-8"))
    as_never_cut(case, home, published_again=done and not case.loads)
    return code == KILLED


def _cut_off(cut: Cut, home: Path) -> int:
    if cut.step is not None:
        return child.end(child.start(home, *cut.case.words, step=cut.step, time_of=cut.time_of))
    return child.killed_after(home, *cut.case.words, seconds=cut.part * cut.case.seconds)


def whole(case: Case, home: Path) -> bool:
    """After the cut: all of the command or nothing, and what is served is whole.

    Returns:
        Whether it was all of it.
    """
    served, stored = state.served(home), _but_for_acceptance(case, home)
    assert state.disagreements(home) == []
    assert stored in (_but_for_acceptance(case, case.before), _but_for_acceptance(case, case.after))
    assert served in (state.served(case.before), state.served(case.after))
    if case.loads:
        assert served == state.served(case.before)
        return stored == _but_for_acceptance(case, case.after)
    return served == state.served(case.after)


def _but_for_acceptance(case: Case, home: Path) -> dict[str, state.Rows]:
    """What is stored; the reason for which jumps are accepted is kept before anything else."""
    return {name: rows for name, rows in case.stored(home).items() if name != "plausibility"}


def as_never_cut(case: Case, home: Path, *, published_again: bool) -> None:
    """After the second run: as if there had been no first one."""
    assert state.disagreements(home) == []
    assert case.stored(home) == case.stored(case.after)
    served, wanted = state.served(home), state.served(case.after)
    if published_again:  # it was served when it was cut off: the same numbers, once more
        assert served is not None
        assert wanted is not None
        assert served["mart_cell"] == wanted["mart_cell"]
        assert len(served["mart_history"]) == len(wanted["mart_history"]) + 1
        return
    assert served == wanted
    assert state.files(home) == state.files(case.after)


def tally(cuts: Iterable[Cut]) -> dict[str, int]:
    """How often each kind of cut was made."""
    return dict(sorted(Counter(cut.name for cut in cuts).items()))
