"""The distance rule: which bases of a date may be decided anew, and which repeat what was said.

Two numbers about sets that differ by a few persons tell about those few, whatever the draw was; so
a base is decided anew only where its set differs enough from that of every base decided before.
Nothing here looks at a count of a category: whether a number would change decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from etl.privacy.base_sets import BASE
from etl.privacy.policy import Policy

FRESH, COPIED, STANDS, HIDDEN = "fresh", "copied", "stands", "hidden"
"""What :func:`standing` decides: anew; as the equal set was; as the cell's own last row; not."""

SPLIT = ("attribute", "attribute2")
KEYS = (*BASE, *SPLIT)
OTHER = ("other_ref", "other_unit", "other_scale_group")

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


def largest_distance(policy: Policy) -> int:
    """The limit for :func:`etl.privacy.base_sets.near`: it finds every pair that a class needs."""
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
        compared: what :func:`etl.privacy.base_sets.near` found for the date.
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


# --- from the record to the rule, and from the rule to cells

CATEGORY = ("category", "category2")
OUTCOME = ("status", "value", "base", "as_of")


def history_of(rows: pl.DataFrame) -> pl.DataFrame:
    """What :func:`standing` compares with, from split cells as they were published or decided.

    Args:
        rows: ``ref, unit, scale_group, attribute, attribute2, status, fresh`` of stocks, from the
            record and from this run (more columns are ignored).

    Returns:
        ``ref, unit, scale_group, attribute, attribute2, fresh``, one row a base, split and date.
        What was not measured is no decision and left out.
    """
    decided = rows.filter(pl.col("status") != "not_measured")
    return decided.group_by("ref", *KEYS).agg(pl.col("fresh").any()).sort("ref", *KEYS)


def repeated(decided: pl.DataFrame, planned: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The cells of the bases that are not decided anew.

    Args:
        decided: what :func:`standing` says.
        planned: the split cells of the date: key columns, ``period`` and public ``base``.
        rows: earlier cells with ``ref``, their key columns and ``status, value, base, as_of``.

    Returns:
        The rows of ``planned`` whose base is copied, stands or is hidden, with ``status, value,
        base, as_of`` of the cell that holds; ``suppressed`` with their own base and period where
        there is none (hidden, or a category that was not planned there).
    """
    held = decided.filter(pl.col("state") != FRESH)
    source = rows.select("ref", *KEYS, *CATEGORY, *OUTCOME)
    cells = planned.rename({"base": "own_base"}).join(held, on=KEYS)
    found = cells.join(
        source,
        left_on=["from_ref", "from_unit", "from_scale_group", *SPLIT, *CATEGORY],
        right_on=["ref", *KEYS, *CATEGORY],
        how="left",
    )
    return found.with_columns(
        pl.col("status").fill_null("suppressed"),
        pl.coalesce("as_of", "period").alias("as_of"),
        pl.coalesce("base", "own_base").alias("base"),
    ).select(*(name for name in planned.columns if name != "base"), *OUTCOME)
