"""The attack: what a publication, taken as a whole, tells about what it hides.

Input is the published files alone (:mod:`etl.privacy.audit_input`). An unsafe publication is one
in which a hidden number is known exactly, lies between too narrow bounds, or is certainly the
majority of a small group. Linear programs and the union with earlier publications come later; both
narrow the same :class:`Bounds`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from etl.privacy.audit_input import SHOWN, Published
from etl.privacy.audit_rank import pinned
from etl.privacy.audit_rows import Bools, Bounds, propagate
from etl.privacy.audit_system import System, make_system

EXACT, NARROW, MAJORITY, SUSPECTED = "exact", "narrow", "majority", "suspected"
CHECKS = (EXACT, NARROW, MAJORITY, SUSPECTED)
_KIND = ("check", "class", "role", "unit_level")


@dataclass(frozen=True)
class AuditReport:
    """What the attack found.

    Attributes:
        unknowns: numbers that were attacked: shown, hidden, and those that only link them.
        hidden: how many of these are not shown.
        rows: equations between them.
        contradictions: equations that the published numbers themselves break.
        findings: unsafe numbers by check, class, role and unit level: ``_KIND, cells``.
        cells: the unsafe cells by name, for the steward; without any value.
    """

    unknowns: int
    hidden: int
    rows: int
    contradictions: int
    findings: pl.DataFrame
    cells: pl.DataFrame

    @property
    def unsafe(self) -> int:
        """How many numbers are unsafe by one check or more."""
        return self.cells.height

    @property
    def safe(self) -> bool:
        """Whether nothing was found; a contradiction is no proof of safety."""
        return self.cells.is_empty() and not self.contradictions

    def published(self) -> dict[str, object]:
        """The content of ``audit.json``: sizes and counts, naming no cell."""
        return {
            "safe": self.safe,
            "unknowns": self.unknowns,
            "hidden": self.hidden,
            "constraints": self.rows,
            "contradictions": self.contradictions,
            "unsafe": self.unsafe,
            "checks": {
                check: int(self.findings.filter(pl.col("check") == check)["cells"].sum())
                for check in CHECKS
            },
            "findings": self.findings.to_dicts(),
        }


def audit(published: Published) -> AuditReport:
    """Attack a publication.

    The equations between dates are used twice: as if nobody changed category between dates and,
    where the numbers contradict that, without them. Both must be safe.
    """
    system = make_system(published)
    bounds, suspected = _attacked(system, None)
    found = _judged(system, bounds, suspected, published)
    if bounds.contradictions and system.soft.any():
        bounds, suspected = _attacked(system, system.soft)
        again = _judged(system, bounds, suspected, published)
        found = {check: mask | again[check] for check, mask in found.items()}
    return _report(system, bounds, found)


def _attacked(system: System, without: Bools | None) -> tuple[Bounds, Bools]:
    """Bounds and exact combinations in turn, until neither finds anything."""
    bounds = Bounds(system.lower.copy(), system.upper.copy())
    suspected = np.zeros(len(bounds.lower), dtype=np.bool_)
    hand = _Hand(system, without)
    while hand.narrowed(bounds):
        solved = pinned(system.rows, bounds, without)
        suspected[list(solved.suspected)] = True
        for unknown, value in solved.value.items():
            inside = bounds.lower[unknown] <= value <= bounds.upper[unknown]
            bounds.contradictions += not inside
            bounds.lower[unknown] = bounds.upper[unknown] = value
    return bounds, suspected & ~bounds.fixed


class _Hand:
    """Propagates, and tells whether that left anything new to solve."""

    def __init__(self, system: System, without: Bools | None) -> None:
        self.system, self.without = system, without
        self.fixed = -1

    def narrowed(self, bounds: Bounds) -> bool:
        before = self.fixed
        propagate(self.system.rows, bounds, self.without)
        self.fixed = int(bounds.fixed.sum())
        return self.fixed != before


def _judged(
    system: System, bounds: Bounds, suspected: Bools, published: Published
) -> dict[str, Bools]:
    """Which hidden unknowns fail which check."""
    unknowns, policy = system.unknowns, published.policy
    hidden = (unknowns["status"] != SHOWN).to_numpy()
    base = np.abs(unknowns["base"].to_numpy())
    width = np.where(
        unknowns["special"].to_numpy(),
        published.rules("special").width.value,
        published.rules("personal").width.value,
    )
    values = bounds.upper - bounds.lower + 1
    exact = hidden & (values == 1)
    majority = bounds.lower * policy.audit.majority.value > base
    return {
        EXACT: exact,
        NARROW: hidden & ~exact & (values < np.minimum(width, base + 1)),
        MAJORITY: hidden & (base < policy.audit.small_base.value) & majority,
        SUSPECTED: hidden & suspected,
    }


def _report(system: System, bounds: Bounds, found: dict[str, Bools]) -> AuditReport:
    unsafe = np.logical_or.reduce(list(found.values()))
    named = (
        system.unknowns.with_columns(pl.Series(check, mask) for check, mask in found.items())
        .filter(pl.Series(unsafe))
        .join(system.bases.drop("base"), on="b", how="left", maintain_order="left")
        .join(system.nodes.frame, on="n", how="left", maintain_order="left")
        .with_columns(
            pl.when("special").then(pl.lit("special")).otherwise(pl.lit("personal")).alias("class")
        )
    )
    findings = (
        named.unpivot(list(CHECKS), index=["class", "role", "unit_level"], variable_name="check")
        .filter("value")
        .group_by(_KIND)
        .agg(cells=pl.len())
        .sort(_KIND)
    )
    columns = [*system.bases.drop("b", "base").columns, *system.nodes.frame.drop("n").columns]
    hidden = system.unknowns.filter(pl.col("status") != SHOWN).height
    return AuditReport(
        unknowns=system.unknowns.height,
        hidden=hidden,
        rows=system.rows.count,
        contradictions=bounds.contradictions,
        findings=findings,
        cells=named.select(*columns, "role", *CHECKS).sort(*columns, "role"),
    )
