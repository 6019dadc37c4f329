"""Hand-made publications for the tests of the attacker: cells as a table of numbers.

Numbers are exact unless an attribute is named as rounded, so that a test shows one leak at a time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise

import polars as pl

from etl.privacy.audit_input import Published
from etl.privacy.policy import Policy

CELLS = pl.Schema(
    {
        **dict.fromkeys(("metric", "period", "period_kind", "unit"), pl.String()),
        "unit_level": pl.Int16(),
        **dict.fromkeys(
            ("scale_group", "attribute", "category", "attribute2", "category2", "status", "as_of"),
            pl.String(),
        ),
        "value": pl.Float64(),
        "base": pl.Float64(),
    }
)
DIMENSIONS = pl.Schema(
    {
        **dict.fromkeys(("dimension", "partition", "code", "parent"), pl.String()),
        "valid_from": pl.Date(),
        "valid_to": pl.Date(),
        "rounding": pl.String(),
    }
)
COUNTS = ("headcount", "inflow", "exit", "promotion", "transfer_in", "transfer_out")
LONG_AGO = date(2000, 1, 1)


def cell(
    value: int | None,
    base: int,
    category: str = "yes",
    unit: str = "W",
    attribute: str = "origin",
    **more: object,
) -> dict[str, object]:
    """One cell of a split; None: suppressed."""
    row: dict[str, object] = {
        "metric": "headcount",
        "period": "2025Q4",
        "period_kind": "quarter",
        "unit": unit,
        "unit_level": 1 if unit == "W" else 2,
        "scale_group": "all",
        "attribute": attribute,
        "category": category,
        "attribute2": "",
        "category2": "",
        "status": "suppressed" if value is None else "published",
        "value": value,
        "base": base,
    } | more
    return {"as_of": row["period"]} | row


def everybody(number: int, unit: str = "W", **more: object) -> dict[str, object]:
    """The public number of one base."""
    return cell(number, number, "", unit, "", **more)


def _dimension(dimension: str, partition: str, code: str, **more: object) -> dict[str, object]:
    nothing = {"parent": "", "valid_from": None, "valid_to": None, "rounding": "exact"}
    return {"dimension": dimension, "partition": partition, "code": code} | nothing | more


def periods() -> list[dict[str, object]]:
    """The quarters and the year of 2025."""
    begins = [date(2025, month, 1) for month in (1, 4, 7, 10)] + [date(2026, 1, 1)]
    day = timedelta(days=1)
    quarters = [
        _dimension("period", "quarter", f"2025Q{n}", valid_from=first, valid_to=after - day)
        for n, (first, after) in enumerate(pairwise(begins), 1)
    ]
    whole = {"valid_from": begins[0], "valid_to": begins[-1] - day}
    return [*quarters, _dimension("period", "year", "2025", **whole)]


def publication(
    cells: Sequence[Mapping[str, object]],
    *,
    units: Sequence[str] = (),
    groups: Mapping[str, Sequence[str]] | None = None,
    scales: Mapping[str, Sequence[str]] | None = None,
    rounded: Sequence[str] = (),
) -> Published:
    """A publication of a whole ``W`` with parts ``units`` and attributes with their ``groups``."""
    tree = [("W", ""), *((unit, "W") for unit in units)]
    rows = [
        *(_dimension("unit", "tree", u, parent=p, valid_from=LONG_AGO) for u, p in tree),
        *periods(),
        _dimension("scale_group", "whole", "all"),
    ]
    for partition, codes in (scales or {}).items():
        rows += [_dimension("scale_group", partition, code) for code in codes]
    for attribute, codes in (groups or {"origin": ("yes", "no")}).items():
        rows.append(_dimension("attribute", "special", attribute))
        own = "own" if attribute in rounded else "exact"
        rest = "complement" if attribute in rounded else "exact"
        rows += [_dimension(attribute, "binary", code, rounding=own) for code in codes[:-1]]
        rows.append(_dimension(attribute, "binary", codes[-1], rounding=rest))
    metrics = [{"metric": name, "kind": "count", "unit": "persons"} for name in COUNTS]
    return Published(
        pl.DataFrame([dict(row) for row in cells], schema=CELLS),
        pl.DataFrame(rows, schema=DIMENSIONS),
        pl.DataFrame(metrics),
        Policy.load(),
    )
