"""Where people who stayed changed category: there a stock is not the one before plus its flows."""

from __future__ import annotations

import polars as pl

from etl.domain import ATTRIBUTES
from etl.metrics.count import People
from etl.privacy.audit_moves import CHANGED


def changed_categories(people: People) -> pl.DataFrame:
    """The dates and units, of any level, at and in which somebody changed category since before.

    Args:
        people: leaves and the tree that they hang in.

    Returns:
        ``ref, unit, attribute`` (``CHANGED``), each once: in the unit where the person was and in
        the one where he is, and in all above these.
    """
    stays = people.leaves.filter(pl.col("kind") == "stay")
    above = people.paths.select("ref", "unit", "ancestor")
    frames = [pl.DataFrame(schema=CHANGED)]
    for attribute in ATTRIBUTES:
        other = stays.filter(pl.col(f"from_{attribute}") != pl.col(f"to_{attribute}"))
        for side in ("from", "to"):
            where = other.select(
                at="to_ref", ref=f"{side}_ref", unit=f"{side}_unit", attribute=pl.lit(attribute)
            ).unique()
            held = where.join(above, on=["ref", "unit"])
            frames.append(held.select(ref="at", unit="ancestor", attribute="attribute"))
    return pl.concat(frames).unique().sort(pl.all())
