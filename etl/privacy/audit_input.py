"""What an attacker has: the published files, the policy among them, and nothing else.

Nothing of the code that counts or protects is used here or in the other ``audit_*`` modules, so
that a fault there is not repeated in its own proof.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import polars as pl

from etl.privacy.policy import ClassRules, Policy

BASE = ("metric", "period", "period_kind", "unit", "unit_level", "scale_group")
NODE = ("attribute", "category", "attribute2", "category2")
STOCK = "headcount"
AFTER = (STOCK, "inflow", "transfer_in")
"""Metrics that count people in the unit they have after the period; the others before it."""
LEGS = {"inflow": -1, "transfer_in": -1, "exit": 1, "transfer_out": 1}
"""Published legs between two stocks, with their sign in `now - before + legs = 0`."""
NOT_ADDITIVE = ("transfer_in", "transfer_out")
"""Metrics of which a unit's number is not the sum of those of its parts."""
AT_RISK, OUTCOMES = "spell_at_risk", ("spell_promoted", "spell_lost")
"""Spells that begin a year in a scale, and what ends them in it."""
YEARS = "years"
"""The partition of scale groups that are years in a scale, in order."""
PERSONAL, SPECIAL = "personal", "special"
SHOWN, HIDDEN = "published", "suppressed"
PLANNED, UNPLANNED = "planned", "unplanned"
"""Whether an unknown is a number of the plan, or only links such numbers."""


def united(newest: Published, others: Iterable[pl.DataFrame]) -> Published:
    """A publication together with everything else that was ever served.

    A number that another publication showed and this one hides (it was withdrawn, say) is known.
    Public totals are those of the newest: a correction of them is public, too.

    Args:
        newest: the publication that is attacked.
        others: cells that other publications show of splits, columns of ``cells.csv``.
    """
    key, cells = [*BASE, *NODE], newest.cells
    for other in others:
        hidden = cells.filter(pl.col("status") == HIDDEN).select(key)
        known = other.join(hidden, on=key, how="semi")
        rest = cells.join(known, on=key, how="anti")
        cells = pl.concat([rest, known.select(cells.columns)])
    return replace(newest, cells=cells)


def knowing(published: Published, totals: pl.DataFrame) -> Published:
    """A publication in the hands of somebody who knows the true totals behind rounded ones.

    Args:
        published: the files.
        totals: ``BASE, base`` of metrics whose everybody is rounded.
    """
    true = totals.select(*BASE, true=pl.col("base").cast(pl.Float64))
    cells = published.cells.join(true, on=list(BASE), how="left", maintain_order="left")
    whole = (pl.col("attribute") == "") & pl.col("true").is_not_null()
    cells = cells.with_columns(
        base=pl.coalesce("true", "base"),
        value=pl.when(whole).then("true").otherwise("value"),
        status=pl.when(whole).then(pl.lit(SHOWN)).otherwise("status"),
    ).drop("true")
    return replace(published, cells=cells, totals_known=True)


@dataclass(frozen=True)
class Published:
    """A publication as files: ``cells``, ``dimensions``, ``metrics`` and the policy.

    Attributes:
        cells: columns of ``cells.csv``.
        dimensions: columns of ``dimensions.csv`` (others are ignored).
        metrics: columns of ``metrics.csv``; counts of persons are audited.
        policy: the policy in force, from ``datapackage.json`` or ``mart_meta``.
        paths: what colleagues know of one another: groups of persons who were in the same places
            all along, and every public number that they count in: ``path, persons, metric,
            period, period_kind, unit, scale_group``. None: public totals are all that is known.
        totals_known: whether the bases of metrics whose everybody is rounded are the true ones
            (``knowing``); else they are the rounded ones.
    """

    cells: pl.DataFrame
    dimensions: pl.DataFrame
    metrics: pl.DataFrame
    policy: Policy
    paths: pl.DataFrame | None = None
    totals_known: bool = False

    @property
    def off(self) -> int:
        """How far one rounded number can be from the true one."""
        return self.policy.rounding_base.value - 1

    @cached_property
    def rounded_totals(self) -> list[str]:
        """Metrics that count persons of whom everybody's number is rounded, too."""
        if "sensitivity" not in self.metrics.columns:
            return []
        special = (pl.col("kind") == "count") & (pl.col("sensitivity") == SPECIAL)
        return self.metrics.filter(special)["metric"].to_list()

    @property
    def loose(self) -> list[str]:
        """Metrics whose bases are known up to rounding only."""
        return [] if self.totals_known else self.rounded_totals

    @cached_property
    def counts(self) -> pl.DataFrame:
        """Cells that count persons; everything else is a function of these."""
        persons = self.metrics.filter((pl.col("kind") == "count") & (pl.col("unit") == "persons"))
        return self.cells.filter(pl.col("metric").is_in(persons["metric"].to_list()))

    @cached_property
    def special(self) -> frozenset[str]:
        """Attributes of the strictest class; one without a class counts as such."""
        rows = self.dimensions.filter(pl.col("dimension") == "attribute")
        lenient = set(rows.filter(pl.col("partition") == PERSONAL)["code"])
        used = set(self.counts["attribute"]) | set(self.counts["attribute2"])
        return frozenset(used - lenient - {""})

    def of(self, dimension: str) -> pl.DataFrame:
        """The rows of one dimension."""
        return self.dimensions.filter(pl.col("dimension") == dimension)

    def rules(self, sensitivity: str) -> ClassRules:
        """The numbers of a class."""
        return self.policy.of(sensitivity)
