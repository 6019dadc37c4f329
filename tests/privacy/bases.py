"""Hand-made planned counts for the tests of protection: bases with their people by leaf."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import polars as pl

from etl.domain import Reference
from etl.metrics.cells import COUNTS
from etl.metrics.dimensions import dimension_frame
from etl.metrics.periods import Calendar
from etl.metrics.registry import metric_frame
from etl.privacy.grounds import Grounds
from etl.privacy.linkage import Linkage, Tree
from etl.privacy.plan import categories_of, load_plan
from etl.privacy.policy import Policy
from etl.privacy.protect import ProtectedTable, protect

KEY = bytes(range(32))
ABROAD = "overig_buiten_europa"


def base_row(  # noqa: PLR0917 - a row is written as a row
    unit: str,
    size: int,
    attribute: str = "",
    category: str = "",
    count: int | None = None,
    attribute2: str = "",
    category2: str = "",
    **more: object,
) -> dict[str, object]:
    """One planned count; the key sum follows from the unit unless it is given."""
    row = {
        "metric": "headcount",
        "period": "2025Q4",
        "period_kind": "quarter",
        "unit": unit,
        "unit_level": 2,
        "scale_group": "all",
        "attribute": attribute,
        "category": category,
        "attribute2": attribute2,
        "category2": category2,
        "count": size if count is None else count,
        "base": size,
        "key_hi": sum(unit.encode()) * 7919,
        "key_lo": len(unit) + 1,
        "fte": None,
        "measured": 1000,
    }
    return row | more


def split_rows(
    reference: Reference,
    unit: str,
    attribute: str,
    people: Mapping[str, int],
    partitions: Sequence[str] = ("binary",),
    **more: object,
) -> list[dict[str, object]]:
    """Everybody and the split of one base, from its people by leaf."""
    size = sum(people.values())
    nodes = {
        node.code: node
        for partition in partitions
        for node in categories_of(reference.attributes[attribute], partition)
    }
    rows = [base_row(unit, size, **more)]
    for node in nodes.values():
        number = sum(n for leaf, n in people.items() if leaf in node.leaves)
        rows.append(base_row(unit, size, attribute, node.code, number, **more))
    return rows


def crossed_rows(
    reference: Reference, unit: str, people: Mapping[tuple[str, str], int], second: str
) -> list[dict[str, object]]:
    """Everybody, both one-way splits and the crossed one of origin and ``second``."""
    first_leaves: dict[str, int] = {}
    second_leaves: dict[str, int] = {}
    for (a, b), number in people.items():
        first_leaves[a] = first_leaves.get(a, 0) + number
        second_leaves[b] = second_leaves.get(b, 0) + number
    rows = split_rows(reference, unit, "origin", first_leaves)
    rows += split_rows(reference, unit, second, second_leaves)[1:]
    for a in categories_of(reference.attributes["origin"], "binary"):
        for b in categories_of(reference.attributes[second], "binary"):
            number = sum(n for (x, y), n in people.items() if x in a.leaves and y in b.leaves)
            size = sum(people.values())
            rows.append(base_row(unit, size, "origin", a.code, number, second, b.code))
    return rows


def counts(rows: Sequence[Mapping[str, object]]) -> pl.DataFrame:
    """Rows as planned counts."""
    return pl.DataFrame(list(rows), schema=COUNTS)


def shown(cells: pl.DataFrame, unit: str) -> dict[str, float | None]:
    """Published values of one unit by category (None: hidden), crossed ones as ``a*b``."""
    rows = cells.filter((pl.col("unit") == unit) & (pl.col("attribute") != ""))
    return {
        f"{row['category']}*{row['category2']}".rstrip("*"): row["value"]
        for row in rows.iter_rows(named=True)
    }


def linkage(
    counts: pl.DataFrame, parents: Mapping[str, str] | None = None, *, own: Sequence[str] = ()
) -> Linkage:
    """One tree at all dates, and the steps of the periods that the counts have.

    Args:
        counts: planned counts; a quarter is a step of its own, a year or block holds quarters.
        parents: unit -> the unit above; a unit that is not named hangs under nothing.
        own: units with people besides those of the units below; the lowest ones need no naming.
    """
    above = parents or {}
    tree = Tree({unit: above.get(unit) for unit in sorted(set(counts["unit"]))}, frozenset(own))
    steps = {period: _steps(period) for period in sorted(set(counts["period"]))}
    refs = {ref for found in steps.values() for ref in found}
    return Linkage(dict.fromkeys([date(1, 1, 1), *sorted(refs)], tree), steps)


def _steps(period: str) -> tuple[date, ...]:
    """The first days of the last months of the quarters in ``2025Q4``, ``2025``, ``2021-2025``."""
    if "Q" in period:
        return (date(int(period[:4]), 3 * int(period[-1]), 1),)
    first, last = int(period[:4]), int(period[-4:])
    return tuple(date(year, month, 1) for year in range(first, last + 1) for month in (3, 6, 9, 12))


def grounds(
    counted: pl.DataFrame,
    reference: Reference,
    parents: Mapping[str, str] | None = None,
    *,
    own: Sequence[str] = (),
) -> Grounds:
    """What hand-made counts are decided on: the policy in force, and nothing served before."""
    policy = Policy.load()
    refs = [ref for period in {*counted["period"], "2025Q4"} for ref in _steps(period)]
    calendar = Calendar(
        [_month_end(ref) for ref in _quarters(min(refs), max(refs))], reference.organisation
    )
    above = parents or {}
    units = counted.select(code="unit", level="unit_level").unique(subset="code").sort("code")
    units = units.with_columns(
        name_nl="code",
        name_en="code",
        parent=pl.col("code").replace_strict(above, default=None, return_dtype=pl.String),
        valid_from=pl.lit(date(1900, 1, 1)),
        valid_to=pl.lit(None, dtype=pl.Date),
        successor_of=pl.lit(None, dtype=pl.String),
    )
    return Grounds(
        reference=reference,
        policy=policy,
        linkage=linkage(counted, parents, own=own),
        dimensions=_with_periods(
            dimension_frame(units, load_plan(reference, policy), reference, calendar), counted
        ),
        metrics=metric_frame(),
    )


def _with_periods(dimensions: pl.DataFrame, counted: pl.DataFrame) -> pl.DataFrame:
    """The dimensions with every period that is counted, such as a block of two years."""
    rows = [
        {
            "dimension": "period",
            "partition": kind,
            "code": period,
            "parent": "",
            "valid_from": (_steps(period)[0] - timedelta(days=59)).replace(day=1),
            "valid_to": _month_end(_steps(period)[-1]),
        }
        for period, kind in counted.select("period", "period_kind").unique().sort("period").rows()
    ]
    added = pl.DataFrame(rows, schema=dimensions.schema)
    key = ["dimension", "partition", "code"]
    return pl.concat([dimensions, added.join(dimensions, on=key, how="anti")])


def _quarters(first: date, last: date) -> list[date]:
    """The last months of all quarters from the one before the first to the last."""
    months = range(first.year * 12 + first.month - 4, last.year * 12 + last.month, 3)
    return [date(month // 12, month % 12 + 1, 1) for month in months]


def _month_end(first: date) -> date:
    return first.replace(day=monthrange(first.year, first.month)[1])


def protect_rows(
    rows: Sequence[Mapping[str, object]],
    reference: Reference,
    parents: Mapping[str, str] | None = None,
    *,
    own: Sequence[str] = (),
) -> ProtectedTable:
    """Hand-made counts protected by the policy in force; units hang under ``parents``."""
    table = counts(rows)
    return protect(table, grounds(table, reference, parents, own=own), KEY).table
