"""One program of whole numbers at a time, by HiGHS: ``matrix @ x = constant`` within bounds.

A solver computes with floating point. So each solution is rounded and checked exactly before it
counts, and a bound that it proves is read with a margin.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds as Box
from scipy.optimize import LinearConstraint, milp
from scipy.sparse import csr_matrix

from etl.privacy.audit_rows import Ints

MARGIN = 1e-3
"""How far a proved bound may be off; whole numbers are 1 apart."""
ANY = 1e9
"""A relative gap that the first solution meets: when any one will do."""
_OPTIMAL, _INFEASIBLE = 0, 2


class End(Enum):
    """How a program ended."""

    OPTIMAL = "optimal"
    NONE = "no solution"
    LATE = "not finished"


@dataclass(frozen=True)
class Program:
    """Equations and bounds of some unknowns.

    Attributes:
        matrix: equations x unknowns, whole numbers.
        constant: one an equation.
        lower: one an unknown.
        upper: one an unknown.
    """

    matrix: csr_matrix
    constant: Ints
    lower: Ints
    upper: Ints

    def holds(self, x: Ints) -> bool:
        """Whether a whole-number solution is one, exactly."""
        inside = (x >= self.lower).all() and (x <= self.upper).all()
        return bool(inside and (self.matrix @ x == self.constant).all())


@dataclass(frozen=True)
class Answer:
    """What came of a program.

    Attributes:
        end: OPTIMAL also when within the gap asked for.
        x: a solution that holds exactly, if one was found.
        least: no solution costs less than this.
    """

    end: End
    x: Ints | None
    least: float


def minimum(
    program: Program, cost: NDArray[np.float64], seconds: float, gap: float = 0.0
) -> Answer:
    """Solve a program of whole numbers.

    Args:
        program: equations and bounds.
        cost: what is to be least, one an unknown.
        seconds: after this the search ends with what it has.
        gap: how much worse than the best is good enough, relatively.
    """
    if seconds <= 0:
        return Answer(End.LATE, None, -np.inf)
    if (program.lower > program.upper).any():
        return Answer(End.NONE, None, np.inf)
    found = milp(
        cost,
        integrality=np.ones(len(cost)),
        bounds=Box(program.lower, program.upper),
        constraints=LinearConstraint(
            program.matrix.astype(np.float64), program.constant, program.constant
        ),
        options={"time_limit": seconds, "mip_rel_gap": gap},
    )
    if found.status == _INFEASIBLE:
        return Answer(End.NONE, None, np.inf)
    least = -np.inf if found.mip_dual_bound is None else float(found.mip_dual_bound)
    x = None if found.x is None else np.rint(found.x).astype(np.int64)
    if x is None or not program.holds(x):
        return Answer(End.LATE, None, least)
    return Answer(End.OPTIMAL if found.status == _OPTIMAL else End.LATE, x, least)


@dataclass(frozen=True)
class Relaxed:
    """A solution in numbers that need not be whole.

    Attributes:
        end: NONE: there is none, so there is no whole one either.
        x: near a solution, as exact as floating point gets; one an unknown.
    """

    end: End
    x: NDArray[np.float64] | None


def relaxed(program: Program, cost: NDArray[np.float64], seconds: float) -> Relaxed:
    """Solve a program whose numbers need not be whole, by an interior point method.

    It takes seconds where a search among whole numbers takes hours. With random costs nearly every
    number of the answer is whole by itself; with none, hardly any.

    Args:
        program: equations and bounds.
        cost: what is to be least, one an unknown.
        seconds: after this there is no answer.
    """
    if seconds <= 0:
        return Relaxed(End.LATE, None)
    solver = _Quiet()
    for option, value in (
        ("output_flag", False),
        ("solver", "ipm"),
        ("run_crossover", "off"),
        ("time_limit", float(seconds)),
    ):
        solver.setOptionValue(option, value)
    solver.passModel(_model(program, cost))
    solver.run()
    status = solver.getModelStatus()
    if status == highspy.HighsModelStatus.kInfeasible:
        return Relaxed(End.NONE, None)
    if status != highspy.HighsModelStatus.kOptimal:
        return Relaxed(End.LATE, None)
    return Relaxed(End.OPTIMAL, np.array(solver.getSolution().col_value))


class _Quiet(highspy.Highs):  # type: ignore[misc]  # the library has no complete types
    """HiGHS without callbacks: switching these on writes a banner to standard output."""

    def __init__(self) -> None:
        super(highspy.Highs, self).__init__()


def _model(program: Program, cost: NDArray[np.float64]) -> highspy.HighsLp:
    """The program as HiGHS takes it, column by column."""
    columns = program.matrix.tocsc()
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = columns.shape
    model.col_cost_ = cost
    model.col_lower_ = program.lower.astype(np.float64)
    model.col_upper_ = program.upper.astype(np.float64)
    model.row_lower_ = model.row_upper_ = program.constant.astype(np.float64)
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = columns.indptr
    model.a_matrix_.index_ = columns.indices
    model.a_matrix_.value_ = columns.data.astype(np.float64)
    return model


@dataclass(frozen=True)
class Ends:
    """Between what one unknown of a program must be, and values at which it was seen."""

    least: int
    most: int
    seen: frozenset[int]


def ends(program: Program, unknown: int, seconds: float) -> Ends | None:
    """The least and the most that an unknown can be, as far as proved in time.

    Args:
        program: equations and bounds.
        unknown: its place.
        seconds: for each of the two.

    Returns:
        None where the program has no solution.
    """
    cost = np.zeros(len(program.lower))
    cost[unknown] = 1.0
    low = minimum(program, cost, seconds)
    high = minimum(program, -cost, seconds)
    if End.NONE in (low.end, high.end):
        return None
    seen = frozenset(int(one.x[unknown]) for one in (low, high) if one.x is not None)
    least, most = int(program.lower[unknown]), int(program.upper[unknown])
    if np.isfinite(low.least):
        least = max(least, int(np.ceil(low.least - MARGIN)))
    if np.isfinite(high.least):
        most = min(most, int(np.floor(MARGIN - high.least)))
    return Ends(least, most, seen)
