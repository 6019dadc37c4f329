"""What travels with the cells of a publication: provenance, references, warnings and totals."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl
from pydantic import BaseModel, ConfigDict

from etl.domain import ALL_SCALES, DEFAULT_SUBJECT, EVERYBODY, Reference
from etl.errors import RefusedInput
from etl.metrics.dimensions import period_span
from etl.metrics.findings import FINDINGS
from etl.metrics.registry import METRICS
from etl.privacy.policy import Policy
from etl.schemas import PUBLISHED_RULES
from etl.warehouse.bounds import Plausibility

BENCHMARK_FILE = "benchmarks.toml"
SPECIAL_RULES = frozenset({"code_unknown", "free_text", "value_missing"})
"""Row rules that can refuse a row for what stands in a column of special-category data."""

LOADS = pl.Schema(
    {
        "extract": pl.String(),
        "reference_date": pl.Date(),
        "seal": pl.String(),
    }
)
REFUSALS = pl.Schema(
    {
        "rule": pl.String(),
        "label_nl": pl.String(),
        "label_en": pl.String(),
        "rows": pl.Int64(),
        "status": pl.String(),
    }
)
WARNINGS = pl.Schema(
    {
        "rule": pl.String(),
        "unit": pl.String(),
        "reference_date": pl.Date(),
        "severity": pl.String(),
        "label_nl": pl.String(),
        "label_en": pl.String(),
        "accepted_reason": pl.String(),
    }
)
REFERENCES = pl.Schema(
    {
        "kind": pl.String(),
        "metric": pl.String(),
        "unit": pl.String(),
        "scale_group": pl.String(),
        "attribute": pl.String(),
        "category": pl.String(),
        "value": pl.Float64(),
        "year": pl.Int32(),
        "status": pl.String(),
        "source": pl.String(),
        "label_nl": pl.String(),
        "label_en": pl.String(),
    }
)


AUDIT = pl.Schema({"key": pl.String(), "value": pl.String()})
"""The outcome of the attack, by name; naming no cell."""
WITHDRAWAL = pl.Schema(
    {
        "metric": pl.String(),
        "period": pl.String(),
        "reason": pl.String(),
    }
)


@dataclass(frozen=True)
class About:
    """The tables of a publication beside its cells, by the names of the ``mart_`` tables."""

    dimension: pl.DataFrame
    metric: pl.DataFrame
    reference: pl.DataFrame
    plan: pl.DataFrame
    load: pl.DataFrame
    refusal: pl.DataFrame
    warning: pl.DataFrame
    meta: dict[str, str]
    audit: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=AUDIT))
    withdrawal: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=WITHDRAWAL))
    finding: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=FINDINGS))


class _Benchmark(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    metric: str
    scale_group: str
    attribute: str
    category: str
    classification: str
    value: float
    year: int
    source: str
    label_nl: str
    label_en: str


class _Benchmarks(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    benchmark: tuple[_Benchmark, ...] = ()


def meta_of(
    reference: Reference, policy: Policy, dimensions: pl.DataFrame, now: datetime
) -> dict[str, str]:
    """Who, when and by which rules, as the strings of ``mart_meta`` (without the name)."""
    organisation = reference.organisation
    first, last = period_span(dimensions)
    return {
        "created": now.isoformat(timespec="seconds"),
        "organisation_nl": organisation.name_nl,
        "organisation_en": organisation.name_en,
        "contact": organisation.contact,
        "approval": "required" if organisation.approval else "none",
        "synthetic": "true" if organisation.synthetic else "false",
        "calendar": organisation.calendar,
        "root": organisation.root,
        "origin_source": organisation.origin_source,
        "first_period": first,
        "last_period": last,
        "rounding_base": str(policy.rounding_base.value),
        "threshold_special": str(policy.classes.special.threshold.value),
        "default_attribute": DEFAULT_SUBJECT[0],
        "policy": policy.as_json(),
        "levels_nl": json.dumps(organisation.levels_nl, ensure_ascii=False),
        "levels_en": json.dumps(organisation.levels_en, ensure_ascii=False),
    }


def references(targets: pl.DataFrame, reference: Reference) -> pl.DataFrame:
    """Targets of the extract `streefcijfers` and the outside figures of ``benchmarks.toml``.

    A target's indicator is ``METRIC`` (about the default group) or
    ``METRIC.ATTRIBUTE.CATEGORY``.

    Raises:
        RefusedInput: an indicator that names no metric or no category.
    """
    rows = [_target(row, reference) for row in targets.iter_rows(named=True)]
    rows += [
        {
            "kind": "benchmark",
            "unit": reference.organisation.root,
            "status": "",
            **benchmark.model_dump(exclude={"classification"}),
        }
        for benchmark in reference.read(BENCHMARK_FILE, _Benchmarks).benchmark
        if reference.attributes[benchmark.attribute].source == benchmark.classification
    ]
    return pl.DataFrame(rows, schema=REFERENCES)


def _target(row: dict[str, object], reference: Reference) -> dict[str, object]:
    indicator = str(row["indicator"])
    metric, attribute, category = _subject(indicator)
    known = reference.attributes.get(attribute)
    codes = {node.code for node in known.categories} if known else {EVERYBODY}
    if metric not in METRICS or category not in codes:
        raise RefusedInput(
            "A target is about a figure that does not exist",
            where=f"extract streefcijfers, indicator {indicator}",
            expected="METRIC or METRIC.ATTRIBUTE.CATEGORY, such as share or share.gender.yes",
            next_step="correct the indicator and load the file again",
        )
    figure = METRICS[metric]
    return {
        "kind": "target",
        "metric": metric,
        "unit": row["unit"] or reference.organisation.root,
        "scale_group": row["scale_group"] or ALL_SCALES,
        "attribute": attribute,
        "category": category,
        "value": row["value"],
        "year": row["year"],
        "status": row["status"],
        "source": row.get("source") or "streefcijfers",
        "label_nl": f"Streefcijfer: {figure.label_nl}",
        "label_en": f"Target: {figure.label_en}",
    }


def _subject(indicator: str) -> tuple[str, str, str]:
    parts = indicator.split(".")
    if len(parts) == 3:
        return parts[0], parts[1], parts[2]
    return indicator, *DEFAULT_SUBJECT


def loads(standing: pl.DataFrame, seal: Callable[[str], str]) -> pl.DataFrame:
    """The files in force, without their names and without row counts.

    What one file lost would date a refused row; rows are counted for the whole publication only
    (:func:`row_totals`).

    Args:
        standing: the files, with ``sha256``.
        seal: makes a keyed mark of a checksum. On a plain one somebody who has all of an extract
            but one origin could try them all.
    """
    sealed = pl.Series("seal", [seal(checksum) for checksum in standing["sha256"]], pl.String)
    return standing.with_columns(sealed).select(
        pl.col(name).cast(dtype) for name, dtype in LOADS.items()
    )


def row_totals(standing: pl.DataFrame) -> dict[str, str]:
    """Rows read and refused over all files in force, as entries of ``mart_meta``."""
    read, kept = (int(standing[name].sum()) for name in ("rows_read", "rows_kept"))
    return {"rows_read": str(read), "rows_refused": str(read - kept)}


def refusals(counted: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Refused rows per rule for the whole publication.

    A rule that can concern a special column shows no number below the threshold, zero included;
    further rules are hidden with it until what is hidden together reaches the threshold, because
    the total of all refused rows is known.
    """
    found = dict(counted.select("rule", "rows").iter_rows())
    number = {rule: found.get(rule, 0) for rule in PUBLISHED_RULES}
    hidden = _hidden_rules(number, policy.refusals.threshold.value)
    rows = [
        {
            "rule": rule.key,
            "label_nl": rule.label_nl,
            "label_en": rule.label_en,
            "rows": None if rule.key in hidden else number[rule.key],
            "status": "suppressed" if rule.key in hidden else "published",
        }
        for rule in PUBLISHED_RULES.values()
    ]
    return pl.DataFrame(rows, schema=REFUSALS)


def _hidden_rules(number: dict[str, int], least: int) -> set[str]:
    hidden = {rule for rule in SPECIAL_RULES if number[rule] < least}
    others = sorted(set(number) - hidden, key=lambda rule: (number[rule], rule))
    for rule in others:
        # Nothing refused says nothing about anybody, so a total of 0 needs no company.
        if not 0 < sum(number[h] for h in hidden) < least:
            break
        if number[rule] > 0:
            hidden.add(rule)
    return hidden


def warnings(found: pl.DataFrame, reference: Reference) -> pl.DataFrame:
    """Named plausibility warnings: rule, unit and date, never a figure."""
    labels = Plausibility.of(reference).labels(reference)
    rows = [
        {
            "rule": row["rule"],
            "unit": row["unit"],
            "reference_date": row["ref"],
            "severity": row["severity"],
            "label_nl": labels[row["rule"]][0],
            "label_en": labels[row["rule"]][1],
            "accepted_reason": row["accepted_reason"],
        }
        for row in found.iter_rows(named=True)
    ]
    return pl.DataFrame(rows, schema=WARNINGS)
