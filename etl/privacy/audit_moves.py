"""Who came and went between two dates, in distinct persons: public, and known to the ETL exactly.

An attacker knows every public movement. The published flows bound them from above; where the sets
of persons themselves are at hand, the exact numbers are used, which is the stronger attack.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from etl.privacy.audit_input import STOCK

PAIRS = pl.Schema(
    {
        "period": pl.String(),
        "unit": pl.String(),
        "scale_group": pl.String(),
        "other_period": pl.String(),
        "other_unit": pl.String(),
        "other_scale_group": pl.String(),
        "attribute": pl.String(),
        "joined": pl.Int64(),
        "left": pl.Int64(),
    }
)
CHANGED = pl.Schema({"ref": pl.Date(), "unit": pl.String(), "attribute": pl.String()})
"""Dates and units at and in which somebody who stayed had changed category of an attribute."""


@dataclass(frozen=True)
class Moves:
    """How sets of persons differ between dates.

    Attributes:
        pairs: two stock bases and how many persons the first has that the second has not
            (``joined``) and the other way round (``left``), for each attribute of which nobody
            in them changed category between the two dates (``PAIRS``).
    """

    pairs: pl.DataFrame

    def between(self, bases: pl.DataFrame) -> pl.DataFrame:
        """The pairs by the numbers of their bases: ``b, other_b, attribute, joined, left``."""
        stock = bases.filter((pl.col("metric") == STOCK) & ~pl.col("direct"))
        key = ["period", "unit", "scale_group"]
        other = {f"other_{name}": name for name in key}
        return (
            self.pairs.join(stock.select(*key, "b"), on=key)
            .join(stock.select(other_b="b", **other), on=list(other))
            .select("b", "other_b", "attribute", "joined", "left")
            .unique(subset=["b", "other_b", "attribute"], keep="first", maintain_order=True)
        )
