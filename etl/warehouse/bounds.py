"""The bounds of plausibility: which figure is held against what, and what is called when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Self

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, model_validator

from etl.domain import ATTRIBUTES, Reference

Measure = Literal[
    "headcount", "coverage", "unknown", "scale_mix", "code_mix", "fte", "inflow", "exit", "moves",
    "refused",
]  # fmt: skip
FINDING = ("ref", "rule", "unit", "severity", "figure", "before", "bound")
"""Columns of :func:`judge`."""
FTE = "fte_milli"
"""The variant of ``unknown`` that is no attribute: the part-time factor."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Bounds(_Frozen):
    """From which deviation on a figure is a warning, and from which it is gross (if ever)."""

    warning: float = Field(gt=0)
    gross: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.gross is not None and self.gross < self.warning:
            raise ValueError("gross must not lie below warning")
        return self


class PlausibilityRule(_Frozen):
    """One measure held against its bounds, for units of some levels and of some size."""

    key: str
    measure: Measure
    label_nl: str
    label_en: str
    reason: str
    levels: tuple[int, int]
    minimum: int = Field(ge=1)
    minimum_gross: int = Field(ge=1)
    quarter: Bounds
    year: Bounds

    def bounds(self, calendar: Literal["quarter", "year"]) -> tuple[float, float | None]:
        """Return the bounds (warning, gross) of an organisation of this calendar."""
        bounds = self.quarter if calendar == "quarter" else self.year
        return bounds.warning, bounds.gross


class Plausibility(_Frozen):
    """The rules in force (``plausibility.toml``)."""

    rule: tuple[PlausibilityRule, ...]

    @classmethod
    def of(cls, reference: Reference) -> Self:
        """Read the rules that a home works with."""
        return reference.read("plausibility.toml", cls)

    def labels(self, reference: Reference) -> dict[str, tuple[str, str]]:
        """Map every rule id that a finding can have to its label (nl, en)."""
        return {
            rule_id: (_named(rule.label_nl, nl), _named(rule.label_en, en))
            for rule in self.rule
            for rule_id, _, nl, en in variants(rule, reference)
        }


def judge(compared: pl.DataFrame, rules: Plausibility, reference: Reference) -> pl.DataFrame:
    """Hold every comparison against its bounds.

    Returns:
        ``ref, rule, unit, severity, figure, before, bound``: what lies at or past a bound.
    """
    bounds = pl.DataFrame(
        [
            (
                rule_id,
                rule.minimum,
                rule.minimum_gross,
                *rule.bounds(reference.organisation.calendar),
            )
            for rule in rules.rule
            for rule_id, *_ in variants(rule, reference)
        ],
        schema={
            "rule": pl.String, "minimum": pl.Int64, "minimum_gross": pl.Int64,
            "warning": pl.Float64, "gross": pl.Float64,
        },
        orient="row",
    )  # fmt: skip
    # A tenth is a tenth: 1 - 0.9 must not fall short of a bound by a rounding of the machine.
    size, deviation = pl.col("size"), pl.col("deviation").round(9)
    severity = (
        pl.when((deviation >= pl.col("gross")) & (size >= pl.col("minimum_gross")))
        .then(pl.lit("gross"))
        .when((deviation >= pl.col("warning")) & (size >= pl.col("minimum")))
        .then(pl.lit("warning"))
    )
    return (
        compared.join(bounds, on="rule")
        .with_columns(severity=severity)
        .filter(pl.col("severity").is_not_null())
        .with_columns(
            bound=pl.when(pl.col("severity") == "gross").then("gross").otherwise("warning")
        )
        .select(FINDING)
        .sort("ref", "rule", "unit")
    )


def variants(rule: PlausibilityRule, reference: Reference) -> Iterator[tuple[str, str, str, str]]:
    """Yield each rule id of a rule with its variant (an attribute, or "") and name (nl, en)."""
    if rule.measure not in ("unknown", "code_mix"):
        yield rule.key, "", "", ""
        return
    for key in ATTRIBUTES:
        attribute = reference.attributes[key]
        if rule.measure == "code_mix" or not attribute.has_known:
            yield f"{rule.key}_{key}", key, attribute.label_nl.lower(), attribute.label_en.lower()
    if rule.measure == "unknown":
        yield f"{rule.key}_fte", FTE, "deeltijdfactor", "part-time factor"


def _named(label: str, attribute: str) -> str:
    return label.replace("{attribute}", attribute)
