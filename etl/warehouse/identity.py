"""The accounting identity: what stood before, plus and minus every leg, is what stands now.

Checked on raw leaves on every run, for every unit of the tree (by line of succession), every band
and single scale, and every group and leaf of each attribute; residual 0, or no publication. It is
never shown: the public pages have a term "afronding" instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from etl.domain import ATTRIBUTES, Reference
from etl.errors import NotPublished
from etl.warehouse.tree import unit_lines, unit_paths

LEGS = pl.Schema(
    {
        "to_ref": pl.Date(),
        "dimension": pl.String(),
        "code": pl.String(),
        "before": pl.Int64(),
        "inflow": pl.Int64(),
        "exit": pl.Int64(),
        "measured_in": pl.Int64(),
        "measured_out": pl.Int64(),
        "moved_in": pl.Int64(),
        "moved_out": pl.Int64(),
        "after": pl.Int64(),
        "residual": pl.Int64(),
    }
)
"""Columns of :func:`account`."""

_KEYS = ("to_ref", "code")


@dataclass(frozen=True)
class _Dimension:
    """Which groups a state belongs to, on each side: ``to_ref, state, code``."""

    name: str
    column: str
    before: pl.DataFrame
    after: pl.DataFrame


def check_identity(
    leaves: pl.DataFrame, units: pl.DataFrame, reference: Reference, head_counts: pl.DataFrame
) -> None:
    """Check that the leaves account for every person of every group at every date.

    Args:
        leaves: of all periods of the warehouse (`etl.warehouse.engine.LEAVES`).
        units: rows of the extract `organisatie`.
        reference: scales, attributes and the root in force.
        head_counts: ``ref, persons`` counted in the snapshots themselves.

    Raises:
        NotPublished: a residual that is not 0, periods that do not join up, a stock that is not
            the snapshot's, or people whose unit does not reach the root. Names the group and the
            period, never a figure.
    """
    _check_periods(leaves)
    _check_stock(leaves, units, reference.organisation.root, head_counts)
    broken = (
        account(leaves, units, reference)
        .filter(pl.col("residual") != 0)
        .sort("to_ref", "dimension", "code")
    )
    if not broken.is_empty():
        named = broken.head(3).select("dimension", "code", "to_ref").iter_rows()
        places = [f"{dimension} {code} at {ref.isoformat()}" for dimension, code, ref in named]
        raise NotPublished(
            "The accounting identity does not hold: stock, inflow, exits and moves do not add up",
            where="; ".join(places)
            + (f"; and {broken.height - 3} more" if broken.height > 3 else ""),
            expected="stock before + inflow - exit + moves in - moves out + measured in - measured "
            "out = stock now, for every unit, band and group",
            next_step="load the extracts of these dates again; if it stays, the warehouse is "
            "damaged: restore a backup",
        )


def account(leaves: pl.DataFrame, units: pl.DataFrame, reference: Reference) -> pl.DataFrame:
    """Compute every leg of the identity per period and group, with its residual.

    ``moved_in`` and ``moved_out`` are the people who stayed in the organisation and entered or
    left the group: transfers for a unit, promotions and the other moves for a band, a changed
    state for an attribute. The first date has no account: it yields stock only.

    Returns:
        Columns :data:`LEGS`; person figures, never to be published.
    """
    found = [_account(leaves, dimension) for dimension in _dimensions(leaves, units, reference)]
    return pl.concat(found).select(pl.col(name).cast(kind) for name, kind in LEGS.items())


def _account(leaves: pl.DataFrame, dimension: _Dimension) -> pl.DataFrame:
    before, after = f"from_{dimension.column}", f"to_{dimension.column}"
    flows = leaves.group_by("from_ref", "to_ref", "kind", before, after).agg(pl.sum("persons"))
    moves = flows.filter(pl.col("from_ref").is_not_null())
    old = _members(moves, dimension.before, before)
    new = _members(moves, dimension.after, after)
    # The two stocks come from different leaves: the state after in this period's and in the one
    # before it. The legs come from the states of this period alone, so the sum is a real check.
    now = _sum(_members(flows, dimension.after, after), "after")
    last = _shift(now, leaves).rename({"after": "before"})
    return (
        _spine(now, last, old, new)
        .join(last, on=_KEYS, how="left")
        .join(_by_kind(new, "inflow"), on=_KEYS, how="left")
        .join(_by_kind(old, "exit"), on=_KEYS, how="left")
        .join(_by_kind(new, "measured_in"), on=_KEYS, how="left")
        .join(_by_kind(old, "measured_out"), on=_KEYS, how="left")
        .join(_crossed(new, dimension.before, before, "moved_in"), on=_KEYS, how="left")
        .join(_crossed(old, dimension.after, after, "moved_out"), on=_KEYS, how="left")
        .join(now, on=_KEYS, how="left")
        # An absent leg is nobody: these are raw counts, where none is a true zero.
        .with_columns(pl.exclude(*_KEYS).fill_null(0), dimension=pl.lit(dimension.name))
        .with_columns(residual=_residual())
    )


def _residual() -> pl.Expr:
    legs = pl.col("before") + pl.col("inflow") - pl.col("exit")
    legs = legs + pl.col("measured_in") - pl.col("measured_out")
    return legs + pl.col("moved_in") - pl.col("moved_out") - pl.col("after")


def _members(flows: pl.DataFrame, groups: pl.DataFrame, state: str) -> pl.DataFrame:
    return flows.join(groups, left_on=["to_ref", state], right_on=["to_ref", "state"])


def _sum(members: pl.DataFrame, name: str) -> pl.DataFrame:
    return members.group_by(_KEYS).agg(pl.sum("persons").alias(name))


def _by_kind(members: pl.DataFrame, kind: str) -> pl.DataFrame:
    return _sum(members.filter(pl.col("kind") == kind), kind)


def _crossed(members: pl.DataFrame, other: pl.DataFrame, state: str, name: str) -> pl.DataFrame:
    """Sum the stayers whose other state is not in the group that this one is in."""
    same = other.rename({"state": state})
    stayed = members.filter(pl.col("kind") == "stay")
    return _sum(stayed.join(same, on=["to_ref", "code", state], how="anti"), name)


def _shift(stock: pl.DataFrame, leaves: pl.DataFrame) -> pl.DataFrame:
    """Move the stock of each date to the period that begins there."""
    periods = leaves.select("from_ref", "to_ref").unique().drop_nulls()
    return (
        stock.rename({"to_ref": "from_ref"})
        .join(periods, on="from_ref")
        .select("to_ref", "code", "after")
    )


def _spine(*frames: pl.DataFrame) -> pl.DataFrame:
    """List every period and group that has anybody on any leg; the first date has no account."""
    now, last, old, new = (frame.select(_KEYS) for frame in frames)
    periods = pl.concat([last, old, new]).select("to_ref").unique()
    return pl.concat([now, last, old, new]).unique().join(periods, on="to_ref", how="semi")


def _dimensions(
    leaves: pl.DataFrame, units: pl.DataFrame, reference: Reference
) -> Iterator[_Dimension]:
    yield _unit_dimension(leaves, units)
    dates = leaves.select("to_ref").unique()
    yield _fixed("scale_group", "scale", _scale_groups(reference), pl.Int16(), dates)
    for key in ATTRIBUTES:
        yield _fixed(key, key, _attribute_groups(reference, key), pl.String(), dates)


def _fixed(
    name: str,
    column: str,
    groups: set[tuple[int, str]] | set[tuple[str, str]],
    kind: pl.DataType,
    dates: pl.DataFrame,
) -> _Dimension:
    """Make a dimension whose groups are the same at all dates."""
    schema = {"state": kind, "code": pl.String()}
    everywhen = dates.join(pl.DataFrame(list(groups), schema=schema, orient="row"), how="cross")
    return _Dimension(name, column, everywhen, everywhen)


def _unit_dimension(leaves: pl.DataFrame, units: pl.DataFrame) -> _Dimension:
    """Group units under their ancestors at the date of each side, succession counted as one."""
    periods = leaves.select("from_ref", "to_ref").unique()
    lines = unit_lines(units).rename({"unit": "ancestor", "line": "code"})
    paths = unit_paths(units, periods["to_ref"]).join(lines, on="ancestor")
    paths = paths.select("ref", "code", state="unit")
    before = periods.drop_nulls().join(paths, left_on="from_ref", right_on="ref")
    return _Dimension(
        "unit", "unit", before.select("to_ref", "state", "code"), paths.rename({"ref": "to_ref"})
    )


def _scale_groups(reference: Reference) -> set[tuple[int, str]]:
    scales = reference.scales
    partitions = ["single", *(partition.key for partition in scales.partition)]
    return {
        (scale, band.code)
        for key in partitions
        for band in scales.bands(key)
        for scale in band.scales
    }


def _attribute_groups(reference: Reference, key: str) -> set[tuple[str, str]]:
    attribute = reference.attributes[key]
    leaves = {(leaf, leaf) for leaf in attribute.codes}
    return leaves | {(leaf, node.code) for node in attribute.categories for leaf in node.leaves}


def _check_periods(leaves: pl.DataFrame) -> None:
    """Each period must begin where another ends, and only one may begin nowhere."""
    periods = leaves.select("from_ref", "to_ref").unique()
    ends = set(periods["to_ref"].to_list())
    begins = periods["from_ref"].to_list()
    if len(ends) != periods.height or begins.count(None) != 1 or not set(begins) - {None} <= ends:
        raise NotPublished(
            "The periods of the warehouse do not join up",
            expected="one first date, and every period from one reference date to the next",
            next_step="see `afspiegeling status` for the reference dates, load what is missing",
        )


def _check_stock(
    leaves: pl.DataFrame, units: pl.DataFrame, root: str, head_counts: pl.DataFrame
) -> None:
    stock = leaves.filter(pl.col("to_unit").is_not_null()).group_by("to_ref", "to_unit")
    rooted = unit_paths(units, head_counts["ref"]).filter(pl.col("ancestor") == root)
    found = (
        stock.agg(pl.sum("persons"))
        .join(rooted, left_on=["to_ref", "to_unit"], right_on=["ref", "unit"])
        .group_by("to_ref")
        .agg(rooted=pl.sum("persons"))
    )
    wrong = (
        head_counts.join(found, left_on="ref", right_on="to_ref", how="full", coalesce=True)
        .filter(pl.col("persons").ne_missing(pl.col("rooted")))
        .sort("ref")
    )
    if not wrong.is_empty():
        raise NotPublished(
            "The head count of the whole is not the number of valid rows",
            where=f"{root} at {wrong['ref'][0].isoformat()}",
            expected="every person in a unit that reaches the root at that date",
            next_step="load the extract organisatie with every unit up to the root",
        )
