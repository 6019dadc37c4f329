"""What the deep audit is asked: every hidden number and sum of the newest periods, twice.

Once declarations are free: the equations between dates are left out. Once they are constant: all
are used that the published numbers do not contradict. The definition of safety is that of
:mod:`etl.privacy.audit_judge`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import polars as pl

from etl.privacy.audit_bases import steps
from etl.privacy.audit_deep import EVERYTHING, Verdict, solve
from etl.privacy.audit_input import Published
from etl.privacy.audit_judge import Judge
from etl.privacy.audit_rows import Bools, Bounds, Ints, Rows, make_rows, propagate
from etl.privacy.audit_search import Limits
from etl.privacy.audit_system import System
from etl.privacy.audit_worlds import Asked

SHARE = 0.6
"""Of all seconds, those that the free system may take."""


@dataclass(frozen=True)
class DeepScope:
    """What is to be proved.

    Attributes:
        periods: the hidden numbers of so many newest periods of the shortest kind.
        seconds: after this the rest is undecided.
    """

    periods: int = 2
    seconds: float = 900.0


@dataclass(frozen=True)
class Proved:
    """What was proved under one assumption.

    Attributes:
        targets: how many hidden numbers, and sums of them, were asked.
        sums: how many of these are sums.
        safe: with enough values in as many worlds.
        unsafe: with a proof that too few are possible.
        undecided: neither, in time.
        contradictions: parts of the system that no world satisfies.
        assumptions: equations between dates that were dropped, as no world satisfies them all.
        seconds: by stage.
    """

    targets: int
    sums: int
    safe: int
    unsafe: int
    undecided: int
    contradictions: int
    assumptions: int
    seconds: dict[str, float]

    @property
    def proved(self) -> bool:
        """Whether every target is safe."""
        return self.safe == self.targets and not self.contradictions

    @property
    def told(self) -> str:
        """The outcome in a line."""
        told = (
            f"{self.safe} hidden numbers and sums of them safe, {self.unsafe} unsafe, "
            f"{self.undecided} undecided, in {sum(self.seconds.values()):.1f} s"
        )
        if self.assumptions:
            told += f"; {self.assumptions} equations between dates dropped, as no world was found"
            told += " that satisfies all"
        if self.contradictions:
            told += f"; {self.contradictions} parts that no world satisfies"
        return told


@dataclass(frozen=True)
class DeepReport:
    """What was proved of the newest periods.

    Attributes:
        periods: how many.
        limit: seconds after which the rest was left undecided.
        free: people may change category between dates.
        constant: nobody does; None: there is no such equation that the numbers do not contradict.
    """

    periods: int
    limit: float
    free: Proved
    constant: Proved | None

    @property
    def each(self) -> list[Proved]:
        """What was proved, under each assumption that was made."""
        return [self.free, *(() if self.constant is None else (self.constant,))]

    @property
    def proved(self) -> bool:
        """Whether everything that was asked is safe either way."""
        return all(one.proved for one in self.each)


@dataclass(frozen=True)
class Proof:
    """The report, and the unknowns that were proved unsafe, by themselves or as part of a sum."""

    report: DeepReport
    unsafe: Bools
    sums: Bools


def newest(published: Published, periods: int) -> list[str]:
    """The newest periods of the shortest kind; the first of all has a stock and no flows."""
    step = steps(published)
    found: list[str] = pl.concat([step["before"], step["period"]]).unique().sort().to_list()
    return found[-periods:]


def prove(
    system: System,
    judge: Judge,
    bounds: Bounds,
    dropped: Bools,
    *,
    periods: list[str],
    seconds: float,
) -> Proof:
    """Prove every hidden number and sum of some periods safe or unsafe, as far as time allows.

    Args:
        system: the whole publication.
        judge: what is safe.
        bounds: what is possible without the rows that are dropped.
        dropped: the soft rows that the published numbers contradict.
        periods: codes.
        seconds: in all.
    """
    until = time.monotonic() + seconds
    questions = _Questions(system, judge, periods)
    free = Bounds(system.lower.copy(), system.upper.copy())
    propagate(system.rows, free, system.soft)
    left = SHARE * seconds - (time.monotonic() - until + seconds)
    verdicts = [questions.verdict(free, system.soft, np.zeros_like(dropped), left)]
    if (system.soft & ~dropped).any():
        left = until - time.monotonic()
        verdicts.append(questions.verdict(bounds, dropped, system.soft & ~dropped, left))
    told = [questions.told(verdict) for verdict in verdicts]
    unsafe = np.logical_or.reduce([verdict.unsafe for verdict in verdicts])
    count = len(system.lower)
    sums = np.zeros(count, dtype=np.bool_)
    sums[questions.first_part[unsafe[count:]]] = True
    report = DeepReport(len(periods), seconds, told[0], told[1] if len(told) > 1 else None)
    return Proof(report, unsafe[:count], sums)


class _Questions:
    """The system with one more unknown for each sum that is judged, and what must remain."""

    def __init__(self, system: System, judge: Judge, periods: list[str]) -> None:
        self.system, self.judge = system, judge
        chosen = system.bases.filter(pl.col("period").is_in(periods))["b"]
        self.among = system.unknowns["b"].is_in(chosen.implode()).to_numpy()
        self.rows, self.parts, base, width = self._with_sums()
        count = len(width)
        nobody = np.zeros(count, dtype=np.int64)
        single = self._of_unknowns()
        self.asked = Asked(
            np.append(single.need, width),
            np.append(single.own, nobody),
            np.append(single.ceiling, nobody + EVERYTHING),
        )
        self.base = base

    def _of_unknowns(self) -> Asked:
        judge = self.judge
        targets = self.among & ~judge.shown & ~judge.nobody
        # An earlier number that is shown again tells its majority by itself, as in the judge.
        counted = judge.group & judge.small & ~self.system.repeated
        return Asked(
            np.where(targets, np.minimum(judge.least, judge.base + 1), 0),
            np.where(targets, np.minimum(judge.least, judge.base), 0),
            np.where(counted, judge.base // judge.majority, EVERYTHING),
        )

    def _with_sums(self) -> tuple[Rows, pl.DataFrame, Ints, Ints]:
        """Rows with a row ``sum of parts - sum = 0`` each, the parts, and bases and widths."""
        rows, start = self.system.rows, self._wholes()
        if not len(start):
            nothing = np.zeros(0, dtype=np.int64)
            return rows, pl.DataFrame({"sum": nothing, "x": nothing}), nothing, nothing
        found = self.judge.parts(self.judge.shown, self.among, start)
        row = np.repeat(np.arange(len(start)), np.diff(np.append(found.starts, len(found.x))))
        held = found.part & found.judged[row]
        number = np.cumsum(found.judged) - 1
        parts = pl.DataFrame({"sum": number[row[held]], "x": found.x[held]})
        extended = _extended(rows, len(self.system.lower), parts, int(found.judged.sum()))
        return extended, parts, found.base[found.judged], found.width[found.judged]

    def _wholes(self) -> Ints:
        """Rows of a whole and its parts, all of the periods that are asked about."""
        rows, start = self.system.rows, self.judge.wholes
        places, starts = rows.entries(start)
        if not len(start):
            return start
        return start[np.logical_and.reduceat(self.among[rows.unknown[places]], starts)]

    @property
    def first_part(self) -> Ints:
        """The first hidden part of each sum."""
        found = self.parts.unique("sum", keep="first").sort("sum")["x"]
        return found.to_numpy().astype(np.int64)

    def verdict(self, bounds: Bounds, without: Bools, soft: Bools, seconds: float) -> Verdict:
        """What is safe and unsafe of all that is asked."""
        sums = np.zeros(len(self.base), dtype=np.bool_)
        # A row that the numbers break by themselves has no world; bounds left it out, too.
        without = np.append(without, sums)
        without[sorted(bounds.against)] = True
        lower = np.append(bounds.lower, np.zeros(len(self.base), dtype=np.int64))
        upper = np.append(bounds.upper, np.full(len(self.base), bounds.upper.sum()))
        wider = Bounds(lower, upper)
        propagate(self.rows, wider, without)
        return solve(
            self.rows,
            wider,
            self.asked.need,
            own=self.asked.own,
            ceiling=self.asked.ceiling,
            without=without,
            soft=np.append(soft, sums),
            limits=Limits(seconds=seconds),
        )

    def told(self, verdict: Verdict) -> Proved:
        """A verdict in numbers."""
        masks = {"safe": verdict.safe, "unsafe": verdict.unsafe, "undecided": verdict.undecided}
        counts = {name: int(mask.sum()) for name, mask in masks.items()}
        return Proved(
            targets=sum(counts.values()),
            sums=len(self.base),
            **counts,
            contradictions=verdict.contradicted,
            assumptions=int(verdict.assumptions.sum()),
            seconds={stage: round(seconds, 1) for stage, seconds in verdict.seconds.items()},
        )


def _extended(rows: Rows, count: int, parts: pl.DataFrame, sums: int) -> Rows:
    """Rows and one more for each sum: its parts, minus an unknown of its own."""
    new = np.arange(sums)
    of_row = np.repeat(np.arange(rows.count), np.diff(rows.start))
    row = (of_row, rows.count + parts["sum"].to_numpy(), rows.count + new)
    unknown = (rows.unknown, parts["x"].to_numpy(), count + new)
    sign = (rows.sign, np.ones(parts.height, dtype=np.int64), np.full(sums, -1))
    terms = {"row": row, "x": unknown, "sign": sign}
    frame = pl.DataFrame({name: np.concatenate(arrays) for name, arrays in terms.items()})
    return make_rows(frame, np.append(rows.constant, np.zeros_like(new)), count + sums)
