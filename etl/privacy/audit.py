"""The attack: what a publication, taken as a whole, tells about what it hides.

Input is the published files alone (:mod:`etl.privacy.audit_input`). An unsafe publication is one
in which a hidden number is known exactly, lies between too narrow bounds, or is certainly the
majority of a small group. Worlds and programs (:mod:`etl.privacy.audit_proof`) decide on request
what bounds leave open.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

import numpy as np
import polars as pl

from etl.privacy.audit_input import SHOWN, Published
from etl.privacy.audit_judge import EXACT, MAJORITY, NARROW, SUM, Judge
from etl.privacy.audit_proof import DeepReport, DeepScope, Proof, newest, prove
from etl.privacy.audit_rank import pinned
from etl.privacy.audit_rows import Bools, Bounds, propagate
from etl.privacy.audit_system import System, make_system

SUSPECTED = "suspected"
CHECKS = (EXACT, NARROW, MAJORITY, SUM, SUSPECTED)
ATTEMPTS = 20
"""How often contradicted assumptions are dropped before all of them are."""
_KIND = ("check", "class", "role", "unit_level")


@dataclass(frozen=True)
class AuditReport:
    """What the attack found.

    Attributes:
        unknowns: numbers that were attacked: shown, hidden, and those that only link them.
        hidden: how many of these are not shown.
        rows: equations between them.
        contradictions: equations that the published numbers themselves break.
        assumptions: equations between dates that the numbers do not contradict.
        findings: unsafe numbers by check, class, role and unit level: ``_KIND, cells``.
        cells: the unsafe cells by name, for the steward; without any value.
        deep: what was proved of the newest periods, where asked for.
    """

    unknowns: int
    hidden: int
    rows: int
    contradictions: int
    assumptions: int
    findings: pl.DataFrame
    cells: pl.DataFrame
    deep: DeepReport | None = None

    @property
    def unsafe(self) -> int:
        """How many numbers are unsafe by one check or more."""
        return self.cells.height

    @property
    def safe(self) -> bool:
        """Whether nothing was found; a contradiction is no proof of safety, nor is no time."""
        proved = self.deep is None or self.deep.proved
        return self.cells.is_empty() and not self.contradictions and proved

    def told(self, *, implied: int = 0, publications: int = 1) -> dict[str, str]:
        """The outcome as the strings of ``mart_audit``.

        Args:
            implied: numbers that public totals and earlier publications alone give away.
            publications: how many were attacked together.
        """
        checks = {check: self._failing(check) for check in (EXACT, NARROW, MAJORITY, SUM)}
        numbers = {
            "unknowns": self.unknowns,
            "hidden": self.hidden,
            "constraints": self.rows,
            "unsafe": self.unsafe,
            **checks,
            "implied": implied,
            "publications": publications,
        }
        if self.deep is not None and self.deep.proved:
            least = min(one.safe for one in self.deep.each)
            numbers |= {"proved": least, "proved_periods": self.deep.periods}
        safe = "true" if not self.unsafe else "false"
        return {"safe": safe, **{key: str(number) for key, number in numbers.items()}}

    def _failing(self, check: str) -> int:
        return int(self.findings.filter(pl.col("check") == check)["cells"].sum())

    def published(self) -> dict[str, object]:
        """The content of ``audit.json``: sizes and counts, naming no cell."""
        return {
            "safe": self.safe,
            "unknowns": self.unknowns,
            "hidden": self.hidden,
            "constraints": self.rows,
            "contradictions": self.contradictions,
            "assumptions": self.assumptions,
            "unsafe": self.unsafe,
            "checks": {check: self._failing(check) for check in CHECKS},
            "findings": self.findings.to_dicts(),
        } | ({} if self.deep is None else {"deep": asdict(self.deep)})


def audit(published: Published, deep: DeepScope | None = None) -> AuditReport:
    """Attack a publication.

    Args:
        published: its files.
        deep: what is to be proved after bounds; None: nothing.

    The equations between dates hold if nobody changed category. They are used where the published
    numbers do not contradict them: what is safe then is safe without them, too, as each equation
    only narrows. Where that still leaves a contradiction, the attack is repeated without them.
    """
    system = make_system(published)
    dropped = _dropped(system)
    bounds, suspected = _attacked(system, dropped)
    found = _judged(system, bounds, suspected, published)
    if bounds.against:
        bounds, suspected = _attacked(system, system.soft)
        again = _judged(system, bounds, suspected, published)
        found = {check: mask | again[check] for check, mask in found.items()}
        dropped = system.soft
    proof = None
    if deep is not None:
        judge = Judge(system, published.policy)
        proof = prove(
            system,
            judge,
            bounds,
            dropped,
            periods=newest(published, deep.periods),
            seconds=deep.seconds,
        )
        _add(found, proof)
    kept = int((system.soft & ~dropped).sum())
    report = _report(system, found, contradictions=len(bounds.against), assumptions=kept)
    return report if proof is None else replace(report, deep=proof.report)


def _add(found: dict[str, Bools], proof: Proof) -> None:
    """What was proved unsafe and was not found before."""
    before = np.logical_or.reduce(list(found.values()))
    found[NARROW] |= proof.unsafe & ~before
    found[SUM] |= proof.sums & ~before


def _dropped(system: System) -> Bools:
    """Soft rows that must go before the numbers agree; all of them if that is not enough."""
    dropped = np.zeros(system.rows.count, dtype=np.bool_)
    for _ in range(ATTEMPTS):
        bounds = Bounds(system.lower.copy(), system.upper.copy())
        propagate(system.rows, bounds, dropped)
        if not bounds.against:
            return dropped
        blamed = system.blamed(bounds.against)
        if not (blamed & ~dropped).any():
            break
        dropped |= blamed
    return system.soft.copy()


def _attacked(system: System, without: Bools) -> tuple[Bounds, Bools]:
    """Bounds and exact combinations in turn, until neither finds anything."""
    bounds = Bounds(system.lower.copy(), system.upper.copy())
    suspected = np.zeros(len(bounds.lower), dtype=np.bool_)
    hand = _Hand(system, without)
    while hand.narrowed(bounds):
        solved = pinned(system.rows, bounds, without)
        suspected[list(solved.suspected)] = True
        for unknown, value in solved.value.items():
            bounds.lower[unknown] = bounds.upper[unknown] = value
    return bounds, suspected & ~bounds.fixed


class _Hand:
    """Propagates, and tells whether that left anything new to solve."""

    def __init__(self, system: System, without: Bools) -> None:
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
    """Which unknowns fail which check; a sum is told by the first of its hidden parts."""
    judge = Judge(system, published.policy)
    everything = np.ones(len(bounds.lower), dtype=np.bool_)
    faults = judge.faults(bounds, judge.shown, everything, repeated=system.repeated)
    sums = np.zeros(len(bounds.lower), dtype=np.bool_)
    places, starts = system.rows.entries(faults.sums)
    sums[system.rows.unknown[places[starts]]] = True
    return faults.unknowns | {SUM: sums, SUSPECTED: ~judge.shown & suspected}


def _report(
    system: System, found: dict[str, Bools], *, contradictions: int, assumptions: int
) -> AuditReport:
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
        named.unpivot(
            list(CHECKS),
            index=["class", "role", "unit_level"],
            variable_name="check",
            value_name="fails",
        )
        .filter("fails")
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
        contradictions=contradictions,
        assumptions=assumptions,
        findings=findings,
        cells=named.select(*columns, "role", *CHECKS).sort(*columns, "role"),
    )
