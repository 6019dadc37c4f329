"""Cells by hand, for tests of sentences."""

from __future__ import annotations

from dashboard.compare import Row


def cell(
    metric: str,
    value: float | None,
    lower: float | None = None,
    upper: float | None = None,
    *,
    base: float | None = 2000,
    period: str = "2025Q4",
    **other: object,
) -> Row:
    """One cell; ``value=None`` is suppressed."""
    kind = "block" if "-" in period else "quarter" if "Q" in period else "year"
    return {
        "metric": metric,
        "period": period,
        "period_kind": kind,
        "unit": "MIN",
        "unit_level": 1,
        "scale_group": "all",
        "attribute": "origin",
        "category": "yes",
        "attribute2": "",
        "category2": "",
        "status": "suppressed" if value is None else "published",
        "as_of": period,
        "value": value,
        "base": base,
        "lower": lower,
        "upper": upper,
    } | other
