"""The attack: what a publication, taken as a whole, tells about what it hides.

Input is the published files alone (:mod:`etl.privacy.audit_input`). An unsafe publication is one
in which a hidden number is known exactly, lies between too narrow bounds, or is certainly the
majority of a small group. Programs of whole numbers (:mod:`etl.privacy.audit_deep`) decide on
request what bounds leave open.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import polars as pl

from etl.privacy.audit_bases import steps
from etl.privacy.audit_deep import EVERYTHING, DeepScope, Verdict, solve
from etl.privacy.audit_input import SHOWN, Published
from etl.privacy.audit_rank import pinned
from etl.privacy.audit_rows import Bools, Bounds, Ints, propagate
from etl.privacy.audit_search import Limits
from etl.privacy.audit_system import System, make_system

EXACT, NARROW, MAJORITY, SUSPECTED = "exact", "narrow", "majority", "suspected"
CHECKS = (EXACT, NARROW, MAJORITY, SUSPECTED)
ATTEMPTS = 20
"""How often contradicted assumptions are dropped before all of them are."""
_KIND = ("check", "class", "role", "unit_level")


@dataclass(frozen=True)
class DeepReport:
    """What programs decided of the hidden numbers that they were asked about.

    Attributes:
        targets: how many were asked.
        safe: with enough values in as many worlds.
        unsafe: with a proof that too few are possible.
        undecided: neither, in time.
        contradictions: parts of the system that no world satisfies.
        assumptions: equations between dates that were dropped, as no world satisfies them all.
        seconds: by stage.
    """

    targets: int
    safe: int
    unsafe: int
    undecided: int
    contradictions: int
    assumptions: int
    seconds: dict[str, float]


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
        deep: what programs decided, where asked for.
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
        proved = self.deep is None or not (self.deep.undecided or self.deep.contradictions)
        return self.cells.is_empty() and not self.contradictions and proved

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
            "checks": {
                check: int(self.findings.filter(pl.col("check") == check)["cells"].sum())
                for check in CHECKS
            },
            "findings": self.findings.to_dicts(),
        } | ({} if self.deep is None else {"deep": asdict(self.deep)})


def audit(published: Published, deep: DeepScope | None = None) -> AuditReport:
    """Attack a publication.

    Args:
        published: its files.
        deep: what programs should decide after bounds; None: nothing.

    The equations between dates hold if nobody changed category. They are used where the published
    numbers do not contradict them: what is safe then is safe without them, too, as each equation
    only narrows. Where that still leaves a contradiction, the attack is repeated without them.
    """
    system = make_system(published)
    dropped = _dropped(system)
    bounds, suspected = _attacked(system, dropped)
    found = _judged(system, bounds, suspected, published)
    if bounds.against:
        dropped = system.soft
        bounds, suspected = _attacked(system, dropped)
        again = _judged(system, bounds, suspected, published)
        found = {check: mask | again[check] for check, mask in found.items()}
    decided = None
    if deep is not None:
        verdict = _decided(system, bounds, dropped, published, deep)
        found[NARROW] |= verdict.unsafe & ~np.logical_or.reduce(list(found.values()))
        dropped = dropped | verdict.assumptions
        decided = _deep_report(verdict)
    kept = int((system.soft & ~dropped).sum())
    return _report(system, found, decided, contradictions=len(bounds.against), assumptions=kept)


def _decided(
    system: System, bounds: Bounds, dropped: Bools, published: Published, deep: DeepScope
) -> Verdict:
    """Programs on the hidden numbers of the newest periods; every row of the system stays."""
    newest = steps(published).sort("period")["period"].tail(deep.periods)
    chosen = system.bases.filter(pl.col("period").is_in(newest.implode()))["b"]
    targets = _hidden(system) & system.unknowns["b"].is_in(chosen.implode()).to_numpy()
    small = _sizes(system) < published.policy.audit.small_base.value
    half = _sizes(system) // published.policy.audit.majority.value
    # A row that the numbers break by themselves has no world; bounds left it out, too.
    without = dropped.copy()
    without[sorted(bounds.against)] = True
    return solve(
        system.rows,
        bounds,
        np.where(targets, _needed(system, published), 0),
        ceiling=np.where(small, half, EVERYTHING),
        without=without,
        soft=system.soft & ~dropped,
        limits=Limits(seconds=deep.seconds),
    )


def _deep_report(verdict: Verdict) -> DeepReport:
    masks = {"safe": verdict.safe, "unsafe": verdict.unsafe, "undecided": verdict.undecided}
    counts = {name: int(mask.sum()) for name, mask in masks.items()}
    return DeepReport(
        targets=sum(counts.values()),
        **counts,
        contradictions=verdict.contradicted,
        assumptions=int(verdict.assumptions.sum()),
        seconds={stage: round(seconds, 1) for stage, seconds in verdict.seconds.items()},
    )


def _hidden(system: System) -> Bools:
    found: Bools = (system.unknowns["status"] != SHOWN).to_numpy()
    return found


def _sizes(system: System) -> Ints:
    """How many persons each number is about."""
    found: Ints = np.abs(system.unknowns["base"].to_numpy())
    return found


def _needed(system: System, published: Published) -> Ints:
    """How many values each unknown must have left."""
    width = np.where(
        system.unknowns["special"].to_numpy(),
        published.rules("special").width.value,
        published.rules("personal").width.value,
    )
    found: Ints = np.minimum(width, _sizes(system) + 1)
    return found


def _dropped(system: System) -> Bools:
    """Soft rows that must go before the numbers agree; all of them if that is not enough."""
    dropped = np.zeros(system.rows.count, dtype=np.bool_)
    for _ in range(ATTEMPTS):
        bounds = Bounds(system.lower.copy(), system.upper.copy())
        propagate(system.rows, bounds, dropped)
        if not bounds.against:
            return dropped
        blamed = _blamed(system, np.array(sorted(bounds.against), dtype=np.int64))
        if not (blamed & ~dropped).any():
            break
        dropped |= blamed
    return system.soft.copy()


def _blamed(system: System, against: Ints) -> Bools:
    """The soft rows among contradicted ones, and those that share an unknown with one."""
    places, _ = system.rows.entries(against)
    near = system.rows.rows_of(np.unique(system.rows.unknown[places]))
    blamed = np.zeros(system.rows.count, dtype=np.bool_)
    blamed[near] = True
    return blamed & system.soft


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
    """Which hidden unknowns fail which check."""
    policy, base, hidden = published.policy, _sizes(system), _hidden(system)
    values = bounds.upper - bounds.lower + 1
    exact = hidden & (values == 1)
    majority = bounds.lower * policy.audit.majority.value > base
    return {
        EXACT: exact,
        NARROW: hidden & ~exact & (values < _needed(system, published)),
        MAJORITY: hidden & (base < policy.audit.small_base.value) & majority,
        SUSPECTED: hidden & suspected,
    }


def _report(
    system: System,
    found: dict[str, Bools],
    deep: DeepReport | None,
    *,
    contradictions: int,
    assumptions: int,
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
        deep=deep,
    )
