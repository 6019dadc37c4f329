"""The distance rule: which bases of a date may be decided anew, and which repeat what was said.

A base is the set of persons of one unit and scale group at one reference date. Two numbers about
sets that differ by a few persons tell about those few, whatever the draw was; so a base is decided
anew only where its set differs enough from that of every base decided before. Nothing here looks at
an attribute of a person or at a count of a category.
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

from etl.privacy.policy import Policy
from etl.privacy.rules import Bools, Ints

Incidence: TypeAlias = "sparse.csr_array"

FRESH, COPIED, STANDS, HIDDEN = "fresh", "copied", "stands", "hidden"
"""What :func:`standing` decides: anew; as the equal set was; as the cell's own last row; not."""

BASE = ("unit", "scale_group")
SPLIT = ("attribute", "attribute2")
KEYS = (*BASE, *SPLIT)
OTHER = ("other_ref", "other_unit", "other_scale_group")

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

MOVED = pl.Schema({name: kind for name, kind in NEAR.items() if name not in OTHER[1:]})
"""Columns of :func:`moved`."""

STANDING = pl.Schema(
    {
        "unit": pl.String(),
        "scale_group": pl.String(),
        "attribute": pl.String(),
        "attribute2": pl.String(),
        "state": pl.String(),
        "from_ref": pl.Date(),
        "from_unit": pl.String(),
        "from_scale_group": pl.String(),
    }
)
"""Columns of :func:`standing`: the base whose decision holds for the cell (null where hidden)."""


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


def largest_distance(policy: Policy) -> int:
    """The limit with which :func:`near` finds every pair that any class needs."""
    return max(allowed.distance.value for allowed in policy.by_class.values())


def standing(
    ref: date,
    cells: pl.DataFrame,
    compared: pl.DataFrame,
    history: pl.DataFrame,
    *,
    sensitivity: Mapping[str, str],
    policy: Policy,
    counted: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Decide which bases of one date are decided anew, and what holds for the others.

    Args:
        ref: the date.
        cells: ``unit, scale_group, attribute, attribute2``: one row a base and split, past the
            base gate (more columns are ignored).
        compared: what :func:`near` found for the date.
        history: ``ref, unit, scale_group, attribute, attribute2, fresh``: a row for every base and
            split that has rows at another date, in the record or in this run; ``fresh``: decided
            from its own set there, shown or hidden, and so compared with.
        sensitivity: class of each attribute.
        policy: its distances.
        counted: in the columns of ``compared``, for dates whose sets were deleted: public joiners
            and leavers since then. Too near is decided as for sets; nothing is ever equal.

    Returns:
        Columns ``STANDING``, one row a cell, sorted by key. ``fresh``: to be decided, from its own
        set. ``copied``: the same set was decided, that decision holds. ``stands``: the cell's own
        row of its latest earlier date holds. ``hidden``: too near, and there is no earlier row.

    Raises:
        RefusedInput: an attribute has a class that the policy does not know.
    """
    cells = cells.select(KEYS).join(_distances(cells, sensitivity, policy), on=SPLIT)
    close = _too_near(cells, compared, history, counted)
    own = history.filter(pl.col("ref") < ref).group_by(KEYS).agg(own_ref=pl.col("ref").max())
    judged = (
        close.select(KEYS)
        .unique()
        .join(_best_equal(close), on=KEYS, how="left")
        .join(own, on=KEYS, how="left")
        .with_columns(
            state=pl.when(pl.col("other_ref").is_not_null())
            .then(pl.lit(COPIED))
            .when(pl.col("own_ref").is_not_null())
            .then(pl.lit(STANDS))
            .otherwise(pl.lit(HIDDEN))
        )
    )
    fresh = cells.join(judged, on=KEYS, how="anti").with_columns(state=pl.lit(FRESH))
    return (
        pl.concat([judged, fresh], how="diagonal")
        .select(*KEYS, "state", *_from(ref))
        .cast(STANDING)
        .sort(KEYS)
    )


def _distances(cells: pl.DataFrame, sensitivity: Mapping[str, str], policy: Policy) -> pl.DataFrame:
    """``attribute, attribute2, distance``: of the strictest class that a split has."""
    splits = cells.select(SPLIT).unique().rows()
    classes = [{sensitivity.get(name, name) for name in split if name} for split in splits]
    numbers = [policy.of(*found).distance.value for found in classes]
    schema = dict.fromkeys(SPLIT, pl.String)
    return pl.DataFrame(splits, schema=schema, orient="row").with_columns(
        distance=pl.Series(numbers, dtype=pl.Int64)
    )


def _too_near(
    cells: pl.DataFrame,
    compared: pl.DataFrame,
    history: pl.DataFrame,
    counted: pl.DataFrame | None,
) -> pl.DataFrame:
    """Pairs of a cell and a base decided fresh for its split that are nearer than its class may."""
    pairs = compared.with_columns(equal=(pl.col("joined") + pl.col("left")) == 0)
    if counted is not None:
        pairs = pl.concat([pairs, counted.with_columns(equal=pl.lit(value=False))], how="diagonal")
    decided = history.filter("fresh").select("ref", *KEYS).unique()
    return (
        cells.join(pairs, on=BASE)
        .filter(pl.col("joined") + pl.col("left") < pl.col("distance"))
        .join(decided, left_on=[*OTHER, *SPLIT], right_on=["ref", *KEYS], how="semi")
    )


def _best_equal(close: pl.DataFrame) -> pl.DataFrame:
    """Of several equal sets the latest date, then the first unit code and scale group."""
    return (
        close.filter("equal")
        .sort(*OTHER, descending=[True, False, False])
        .unique(subset=KEYS, keep="first", maintain_order=True)
        .select(*KEYS, *OTHER)
    )


def _from(ref: date) -> tuple[pl.Expr, ...]:
    """Whose decision holds, from the state."""
    state = pl.col("state")
    day = (
        pl.when(state == FRESH)
        .then(pl.lit(ref))
        .when(state == COPIED)
        .then(pl.col("other_ref"))
        .when(state == STANDS)
        .then(pl.col("own_ref"))
    )
    sides = [
        pl.when(state == COPIED)
        .then(pl.col(f"other_{name}"))
        .when(state != HIDDEN)
        .then(pl.col(name))
        .alias(f"from_{name}")
        for name in BASE
    ]
    return day.alias("from_ref"), *sides
