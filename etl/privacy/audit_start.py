"""A first world of a part: solved in numbers that need not be whole, rounded, repaired.

A search among whole numbers does not end where hundreds of thousands hang together. Without that
demand it takes seconds, its answer to random costs is whole nearly everywhere, and the rows that
rounding breaks are repaired by the moves of :mod:`etl.privacy.audit_pushes`. Only a world that
holds exactly counts.
"""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import bmat, csr_matrix, hstack

from etl.privacy.audit_programs import ANY, Answer, End, Program, minimum, relaxed
from etl.privacy.audit_pushes import Field
from etl.privacy.audit_rows import Bools, Ints
from etl.privacy.audit_worlds import Part, Wanted

POINTS, MENDS = 3, 5
"""So many random costs, and so many repairs of each answer, before the search among whole numbers.
How many moves a repair takes varies widely: several short ones are better than a long one."""
PULL = 1e6
"""How much more it costs to be one off a value that is wanted than one off the world before."""
ANSWERS = 4
"""So often it is asked which assumptions are to be given up."""
BROKEN = 1e-4
"""An assumption that is off by more is one that the others contradict."""


def first_world(part: Part, rng: np.random.Generator, seconds: float) -> Answer:
    """Any world of a part.

    Args:
        part: rows and bounds.
        rng: where costs come from.
        seconds: after this there is none.

    Returns:
        NONE where no world exists, LATE where none was found in time.
    """
    until = time.monotonic() + seconds
    for _ in range(POINTS):
        cost = rng.standard_normal(len(part.unknowns))
        found = relaxed(part.program, cost, until - time.monotonic())
        if found.end is End.NONE:
            return Answer(End.NONE, None, np.inf)
        if found.x is None:
            break
        world = _whole(part, found.x, rng, until)
        if world is not None:
            return Answer(End.OPTIMAL, world, -np.inf)
    # With random costs the solver is much faster than with none: nothing is degenerate.
    cost = rng.standard_normal(len(part.unknowns))
    return minimum(part.program, cost, until - time.monotonic(), ANY)


def toward(
    part: Part, world: Ints, wanted: Wanted, rng: np.random.Generator, seconds: float
) -> Ints | None:
    """A world like another one, but with some unknowns as near as can be to other values.

    Little moves, so that little is to be repaired. Written in what each unknown gains and loses:
    ``matrix @ (gain - loss) = 0``, and ``gain - loss - more + less`` is how far a wanted value is.

    Args:
        part: rows and bounds.
        world: one that holds.
        wanted: the other values.
        rng: where costs come from, so that nothing is degenerate.
        seconds: after this there is none.
    """
    until = time.monotonic() + seconds
    program, count, size = part.program, len(wanted.unknowns), len(world)
    place, ones = np.arange(count), np.ones(count, dtype=np.int64)
    chosen = csr_matrix((ones, (place, wanted.unknowns)), shape=(count, size))
    off = csr_matrix((ones, (place, place)), shape=(count, count))
    far = wanted.values - world[wanted.unknowns]
    moves = Program(
        csr_matrix(
            bmat([[program.matrix, -program.matrix, None, None], [chosen, -chosen, -off, off]])
        ),
        np.append(np.zeros_like(program.constant), far),
        np.zeros(2 * (size + count), dtype=np.int64),
        np.concatenate([program.upper - world, world - program.lower, np.tile(np.abs(far), 2)]),
    )
    cost = np.append(rng.uniform(1.0, 2.0, 2 * size), np.full(2 * count, PULL))
    found = relaxed(moves, cost, until - time.monotonic())
    if found.x is None:
        return None
    return _whole(part, world + found.x[:size] - found.x[size : 2 * size], rng, until)


def _whole(
    part: Part, near: NDArray[np.float64], rng: np.random.Generator, until: float
) -> Ints | None:
    """A world near a solution in numbers that need not be whole, or None."""
    rounded = np.rint(near).astype(np.int64)
    seeds = rng.integers(2**31, size=MENDS).tolist()
    tried = (_mended(part, rounded, seed, until) for seed in seeds)
    return next((world for world in tried if world is not None), None)


def contradicted(part: Part, soft: Bools, rng: np.random.Generator, seconds: float) -> Bools:
    """Assumptions of which the rest of a part leaves no room: as little as possible is given up.

    Which of several assumptions is the false one cannot be told. So it is asked more than once,
    with other weights, and what any answer gives up is not relied upon.

    Args:
        part: rows and bounds.
        soft: which of its rows are assumptions.
        rng: where the weights come from: with equal ones many would be off by a little.
        seconds: after this none is found.

    Returns:
        One entry a row of the part; none where the assumptions do not contradict each other, or
        where that was not found out in time.
    """
    until = time.monotonic() + seconds
    given_up = np.zeros(len(soft), dtype=np.bool_)
    for _ in range(ANSWERS):
        found = _given_up(part, np.flatnonzero(soft), rng, until - time.monotonic())
        if not found.any():
            break
        given_up |= found
    return given_up


def _given_up(part: Part, places: Ints, rng: np.random.Generator, seconds: float) -> Bools:
    """One answer: the assumptions that are off where they are off as little as possible."""
    program = part.program
    count, size = len(places), len(part.unknowns)
    shape = (len(part.rows), count)
    off = csr_matrix((np.ones(count, dtype=np.int64), (places, np.arange(count))), shape=shape)
    nothing = np.zeros(2 * count, dtype=np.int64)
    most = int((program.upper - program.lower).sum())
    elastic = Program(
        csr_matrix(hstack([program.matrix, off, -off])),
        program.constant,
        np.append(program.lower, nothing),
        np.append(program.upper, nothing + most),
    )
    cost = np.append(np.zeros(size), np.tile(rng.uniform(1.0, 2.0, count), 2))
    found = relaxed(elastic, cost, seconds)
    off_by = np.zeros(len(part.rows), dtype=np.bool_)
    if found.x is not None:
        more, less = found.x[size : size + count], found.x[size + count :]
        off_by[places] = np.abs(more - less) > BROKEN
    return off_by


def _mended(part: Part, near: Ints, seed: int, until: float) -> Ints | None:
    """A world near a point, or None."""
    program = part.program
    at = np.clip(near, program.lower, program.upper)
    off = program.matrix @ at - program.constant
    broken = {int(row): int(off[row]) for row in np.flatnonzero(off)}
    moved = Field(part, at, seed).mend(broken, until) if broken else {}
    if moved is None:
        return None
    for unknown, step in moved.items():
        at[unknown] += step
    return at if program.holds(at) else None
