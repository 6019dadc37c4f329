"""What each unknown is by itself, before anything adds up: its threshold, its error, its bounds."""

from __future__ import annotations

import numpy as np
import polars as pl

from etl.privacy.audit_input import PLANNED, SHOWN, UNPLANNED, Published
from etl.privacy.audit_nodes import Nodes
from etl.privacy.audit_rows import Bools, Ints


def thresholds(unknowns: pl.DataFrame, published: Published) -> Ints:
    """The smallest count that each unknown may show."""
    return np.where(
        unknowns["special"].to_numpy(),
        published.rules("special").threshold.value,
        published.rules("personal").threshold.value,
    )


def bounds(unknowns: pl.DataFrame, off: Ints, threshold: Ints) -> tuple[Ints, Ints]:
    """What each unknown can be by itself: nobody to everybody, or around its published number."""
    base = unknowns["base"].to_numpy()
    lower, upper = np.minimum(base, 0), np.maximum(base, 0)
    shown = (unknowns["status"] == SHOWN).to_numpy()
    value = np.rint(unknowns["value"].fill_null(0).to_numpy()).astype(np.int64)
    least, most = np.maximum(value - off, 0), np.minimum(value + off, base)
    kept = (np.maximum(least, threshold) <= most) & (np.minimum(most, base - threshold) >= least)
    kept &= np.maximum(least, threshold) <= np.minimum(most, base - threshold)
    least = np.where(kept, np.maximum(least, threshold), least)
    most = np.where(kept, np.minimum(most, base - threshold), most)
    return np.where(shown, least, lower), np.where(shown, most, upper)


def told_by(unknowns: pl.DataFrame, nodes: Nodes) -> pl.DataFrame:
    """``x, other``: where ``x`` is shown, ``other`` reaches the threshold, or it would hide both.

    The other part of a whole in two of which one is shown.
    """
    counted = pl.col("role").is_in([PLANNED, UNPLANNED])
    cells = unknowns.filter(counted).select("b", "n", "x")
    schema = {"n": unknowns.schema["n"], "other_n": unknowns.schema["n"]}
    pairs = pl.DataFrame(nodes.siblings, schema=schema, orient="row")
    return (
        cells.join(pairs, on="n")
        .join(cells.select("b", other_n="n", other="x"), on=["b", "other_n"])
        .select("x", "other")
        .sort("x", "other")
    )


def errors(unknowns: pl.DataFrame, nodes: Nodes, rounded: Bools) -> Ints:
    """How far each published number can be off, by how the numbers of its base are made.

    Args:
        unknowns: the unknowns.
        nodes: what they count.
        rounded: for each base whether everybody's number is rounded, too.
    """
    made = np.array(
        [
            [
                [nodes.error(node, regrouped=r, total=off) for node in nodes.all]
                for r in (False, True)
            ]
            for off in (0, nodes.base_error)
        ]
    )
    finer = pl.Series(np.zeros(unknowns.height, dtype=np.bool_))
    planned = unknowns.filter(pl.col("role") == PLANNED).select("b", "n")
    for one in nodes.regroupings:
        parts = planned.filter(pl.col("n").is_in([nodes.number[part] for part in one.parts]))
        full = parts.group_by("b").len().filter(pl.col("len") == len(one.parts))["b"]
        attributes = {one.whole[0], one.whole[2]}
        mine = [n for n, node in enumerate(nodes.all) if {node[0], node[2]} == attributes]
        finer |= unknowns["b"].is_in(full.implode()) & unknowns["n"].is_in(mine)
    if not len(nodes.all):
        return np.zeros(unknowns.height, dtype=np.int64)
    total = rounded[unknowns["b"].to_numpy()].astype(np.int64)
    found: Ints = made[total, finer.to_numpy().astype(np.int64), unknowns["n"].to_numpy()]
    return found


def with_told(
    lower: Ints, upper: Ints, told: pl.DataFrame, threshold: Ints, shown: pl.Series
) -> Ints:
    """Lower bounds with what shown numbers tell of others: these reach the threshold, too."""
    found = lower.copy()
    other = told.filter(shown.gather(told["x"]))["other"].to_numpy()
    found[other] = np.maximum(lower[other], np.minimum(threshold, upper)[other])
    return found
