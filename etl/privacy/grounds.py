"""What a publication is decided on, besides its counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import polars as pl

from etl.domain import Reference
from etl.privacy.audit_moves import CHANGED
from etl.privacy.base_sets import BaseSets
from etl.privacy.book import SERVED
from etl.privacy.linkage import Linkage
from etl.privacy.policy import Policy

WITHDRAWN = pl.Schema({"metric": pl.String(), "period": pl.String()})


GONE = pl.Schema(
    {
        "ref": pl.Date(),
        "unit": pl.String(),
        "scale_group": pl.String(),
        "attribute": pl.String(),
        "attribute2": pl.String(),
        "fresh": pl.Boolean(),
    }
)
"""A base and split decided at a date whose set retention deleted: only flows since can tell."""


@dataclass(frozen=True)
class Grounds:
    """Rules, public structure, and what was decided before.

    Attributes:
        reference: attributes with their sensitivity, leaves and partitions; scales.
        policy: every number that decides.
        linkage: unit trees and periods.
        dimensions: ``dimensions.csv`` of the publication.
        metrics: ``metrics.csv``.
        served: the record: count cells of the periods that were served before (``SERVED``).
        sets: who is in which base, one entry a reference date, oldest first.
        changed: units and periods in which somebody who stayed changed category (``CHANGED``).
        withdrawn: figures that were found wrong: ``metric, period``.
        gone: stocks that were decided at dates whose sets were deleted since (``GONE``).
    """

    reference: Reference
    policy: Policy
    linkage: Linkage
    dimensions: pl.DataFrame
    metrics: pl.DataFrame
    served: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SERVED))
    sets: Sequence[BaseSets] = ()
    changed: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=CHANGED))
    withdrawn: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=WITHDRAWN))
    gone: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=GONE))

    @cached_property
    def ends(self) -> list[date]:
        """The days on which periods end, oldest first."""
        return sorted(set(self._periods["valid_to"]))

    @cached_property
    def steps(self) -> dict[str, int]:
        """Each period and the place of its end among ``ends``."""
        place = {ref: n for n, ref in enumerate(self.ends)}
        return {p: place[end] for p, end in self._periods.select("code", "valid_to").iter_rows()}

    @cached_property
    def stock_periods(self) -> dict[date, str]:
        """Each reference date and the period that its stocks are published under."""
        kinds = set(self._periods["partition"])
        stock = self._periods.filter(partition="quarter" if "quarter" in kinds else "year")
        return dict(stock.select("valid_to", "code").iter_rows())

    def within(self, step: int) -> list[str]:
        """The periods that end at a step, and all that lie in one of these."""
        spans = self._periods.select("code", "valid_from", "valid_to")
        new = spans.filter(valid_to=self.ends[step])
        held = spans.join_where(
            new.select(begin="valid_from", end="valid_to"),
            pl.col("begin") <= pl.col("valid_from"),
            pl.col("valid_to") <= pl.col("end"),
        )
        return sorted(set(held["code"]))

    @property
    def _periods(self) -> pl.DataFrame:
        return self.dimensions.filter(pl.col("dimension") == "period")
