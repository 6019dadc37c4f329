"""The bases of each reference date as sets of persons, and how far two of them lie apart.

A base is the set of persons of one unit and scale group at one reference date. Distances are counts
of distinct persons (the symmetric difference), found by products of sparse incidences. Nothing here
looks at an attribute of a person. Sets and distances are person data: they never leave the ETL.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TypeAlias

import numpy as np
import polars as pl
from scipy import sparse

from etl.privacy.rules import Bools, Ints

Incidence: TypeAlias = "sparse.csr_array"

BASE = ("unit", "scale_group")

NEAR = pl.Schema(
    {
        "unit": pl.String(),
        "scale_group": pl.String(),
        "other_ref": pl.Date(),
        "other_unit": pl.String(),
        "other_scale_group": pl.String(),
        "joined": pl.Int64(),
        "left": pl.Int64(),
    }
)
"""Columns of :func:`near`: persons now and not then, and then and not now; 0 and 0: one set."""

MOVED = pl.Schema(
    {name: kind for name, kind in NEAR.items() if name not in ("other_unit", "other_scale_group")}
)
"""Columns of :func:`moved`."""


@dataclass(frozen=True)
class BaseSets:
    """Who is in which base on one reference date.

    Persons of one unit and scale are in the same bases, so that a set is kept in two steps.

    Attributes:
        ref: the date.
        names: ``unit, scale_group``, one row a column of ``bases``; the same for every date.
        states: persons x (unit, scale), 1 where the person is there on the date.
        bases: (unit, scale) x bases, 1 where the base holds it.
    """

    ref: date
    names: pl.DataFrame
    states: Incidence
    bases: Incidence

    @cached_property
    def sizes(self) -> Ints:
        """Persons a base; 0 where there is no such base on the date."""
        sizes: Ints = self.states.sum(axis=0) @ self.bases
        return sizes

    def stayed(self, other: BaseSets) -> Incidence:
        """(unit, scale) x (unit, scale): persons in the first on this date, the second on other."""
        return self.states.T @ other.states


def base_sets(
    roster: pl.DataFrame,
    paths: pl.DataFrame,
    groups: Mapping[str, frozenset[int]],
    wanted: pl.DataFrame | None = None,
) -> list[BaseSets]:
    """Every base of every date of a roster as a set of persons.

    Args:
        roster: ``ref, person, unit, scale``: one row a person and date.
        paths: ``ref, unit, ancestor, level``: the tree at each of those dates.
        groups: scale group -> its scales, the whole (``all``) included.
        wanted: ``ref, unit, scale_group``: only these bases; None: all there are.

    Returns:
        One entry a date, oldest first.
    """
    states = roster.select("ref", "unit", "scale").unique().with_row_index("state")
    held = _bases_of(states, paths, groups)
    if wanted is not None:
        held = held.join(wanted, on=["ref", *BASE], how="semi")
    names = held.select(BASE).unique().sort(BASE)
    held = held.join(names.with_row_index("base"), on=BASE)
    persons = roster.select(
        "ref", "unit", "scale", row=pl.col("person").rank("dense").cast(pl.UInt32) - 1
    ).join(states, on=["ref", "unit", "scale"])
    height = persons["row"].n_unique()
    found = []
    for ref in states["ref"].unique().sort():
        here = states.filter(ref=ref).select("state").with_row_index("place")
        rows = persons.filter(ref=ref).join(here, on="state").select("row", "place")
        cells = held.filter(ref=ref).join(here, on="state").select("place", "base")
        found.append(
            BaseSets(
                ref,
                names,
                _incidence(rows, (height, here.height)),
                _incidence(cells, (here.height, names.height)),
            )
        )
    return found


def _bases_of(
    states: pl.DataFrame, paths: pl.DataFrame, groups: Mapping[str, frozenset[int]]
) -> pl.DataFrame:
    """``ref, state, unit, scale_group``: every base that a unit and scale belong to."""
    rows = [(scale, code) for code, held in groups.items() for scale in sorted(held)]
    schema = {"scale": states.schema["scale"], "scale_group": pl.String()}
    bands = pl.DataFrame(rows, schema=schema, orient="row")
    return (
        states.join(paths.select("ref", "unit", "ancestor"), on=["ref", "unit"])
        .join(bands, on="scale")
        .select("ref", "state", "scale_group", unit="ancestor")
    )


def _incidence(places: pl.DataFrame, shape: tuple[int, int]) -> Incidence:
    ones = np.ones(places.height, dtype=np.int64)
    row, column = (places[name].to_numpy() for name in places.columns)
    return sparse.csr_array((ones, (row, column)), shape=shape)


def near(now: BaseSets, others: Sequence[BaseSets], limit: int) -> pl.DataFrame:
    """Pairs of bases of one date and of other dates that differ by few persons.

    Args:
        now: the date to be decided.
        others: the dates to compare it with (its own is left out).
        limit: the symmetric difference from which a pair is far; the largest of the policy.

    Returns:
        Columns ``NEAR``: every pair, whatever its units and scale groups, of which fewer than
        ``limit`` persons are in one and not in the other.
    """
    frames = [_near_one(now, other, limit) for other in others if other.ref != now.ref]
    return pl.concat([pl.DataFrame(schema=NEAR), *frames])


def _near_one(now: BaseSets, other: BaseSets, limit: int) -> pl.DataFrame:
    here = np.flatnonzero(_has_partner(now.sizes, other.sizes, limit))
    there = np.flatnonzero(_has_partner(other.sizes, now.sizes, limit))
    mine, theirs = now.sizes[here], other.sizes[there]
    common = now.bases[:, here].T @ (now.stayed(other) @ other.bases[:, there])
    # The product finds sets that meet. Two that are smaller than the limit may be near without
    # meeting: one more is added to each pair of those, and taken off again.
    small = _column(mine < limit) @ _column(theirs < limit).T
    pairs = (common + small).tocoo()
    mine, theirs = mine[pairs.row], theirs[pairs.col]
    shared = pairs.data - ((mine < limit) & (theirs < limit))
    joined, left = mine - shared, theirs - shared
    close = np.flatnonzero(joined + left < limit)
    then = other.names.select(pl.lit(other.ref).alias("other_ref"), pl.all().name.prefix("other_"))
    sides: list[pl.DataFrame] = [now.names[here[pairs.row[close]]], then[there[pairs.col[close]]]]
    counts = pl.DataFrame({"joined": joined[close], "left": left[close]})
    return pl.concat([*sides, counts], how="horizontal").cast(NEAR)


def _has_partner(sizes: Ints, others: Ints, limit: int) -> Bools:
    """Which bases have one among the others whose size differs by less than the limit."""
    ordered = np.sort(others[others > 0])
    first = np.searchsorted(ordered, sizes - limit, side="right")
    return (sizes > 0) & (first < np.searchsorted(ordered, sizes + limit, side="left"))


def _column(marked: Bools) -> Incidence:
    return sparse.csr_array(marked[:, np.newaxis].astype(np.int64))


def moved(now: BaseSets, others: Sequence[BaseSets]) -> pl.DataFrame:
    """Who came and who went in each base between other dates and this one.

    Returns:
        Columns ``MOVED``, for the same unit and scale group wherever both dates have people in it.
    """
    frames = [_moved_one(now, other) for other in others if other.ref != now.ref]
    return pl.concat([pl.DataFrame(schema=MOVED), *frames])


def _moved_one(now: BaseSets, other: BaseSets) -> pl.DataFrame:
    stayed = now.bases.multiply(now.stayed(other) @ other.bases).sum(axis=0)
    both = np.flatnonzero((now.sizes > 0) & (other.sizes > 0))
    return (
        now.names[both]
        .with_columns(
            other_ref=pl.lit(other.ref),
            joined=pl.Series((now.sizes - stayed)[both]),
            left=pl.Series((other.sizes - stayed)[both]),
        )
        .cast(MOVED)
    )
