"""Hand-made leaves and a hand-made tree for the tests of counting and publishing."""

from __future__ import annotations

from datetime import date

import polars as pl

from etl.domain import ATTRIBUTES
from etl.metrics.count import People
from etl.warehouse.engine import LEAVES
from etl.warehouse.tree import unit_lines, unit_paths
from tests.spec.tables import table

D0, D1, D2, D3, D4 = (
    date(2024, 12, 31),
    date(2025, 3, 31),
    date(2025, 6, 30),
    date(2025, 9, 30),
    date(2025, 12, 31),
)
DATES = (D0, D1, D2, D3, D4)
NAMES = {f"d{n}": ref for n, ref in enumerate(DATES)}

UNITS = """
code | parent | level | valid_from | valid_to   | successor_of
MIN  | -      | 1     | 2000-01-01 | -          | -
A    | MIN    | 2     | 2000-01-01 | -          | -
B    | MIN    | 2     | 2000-01-01 | -          | -
A1   | A      | 3     | 2000-01-01 | -          | -
A2   | A      | 3     | 2000-01-01 | 2025-06-30 | -
A3   | A      | 3     | 2025-07-01 | -          | A2
B1   | B      | 3     | 2000-01-01 | -          | -
"""
PLAIN = {
    "origin": "nederland",
    "gender": "V",
    "age_band": "35-44",
    "contract": "vast",
    "location_group": "den_haag",
}


def units() -> pl.DataFrame:
    """The tree: A2 is followed by A3 between d2 and d3."""
    drawn = table(UNITS, level=pl.Int16, valid_from=pl.Date, valid_to=pl.Date)
    return drawn.with_columns(name_nl=pl.col("code") + " nl", name_en=pl.lit(None, pl.String))


def leaves(drawing: str) -> pl.DataFrame:
    """Leaf rows; drawn dates are d0..d4, states ``unit.scale`` (``-``: none).

    An attribute is ``from>to`` or one code for both sides; ``fte`` is in thousandths.
    """
    drawn = table(drawing)
    rows = [_leaf(row, number) for number, row in enumerate(drawn.iter_rows(named=True))]
    return pl.DataFrame(rows, schema=LEAVES)


def _leaf(row: dict[str, str | None], number: int) -> dict[str, object]:
    persons = int(row.get("persons") or 1)
    found: dict[str, object] = {
        "from_ref": NAMES.get(row["before"] or ""),
        "to_ref": NAMES[str(row["at"])],
        "kind": row["kind"],
        "move": row.get("move") or "none",
        "persons": persons,
        "fte": int(row.get("fte") or 1000 * persons),
        "fte_persons": int(row.get("fte_persons") or persons),
        "key_hi": (number + 1) * 1000,
        "key_lo": number + 1,
    }
    for side in ("from", "to"):
        state = row[side]
        unit, scale = state.split(".") if state else (None, None)
        found |= {f"{side}_unit": unit, f"{side}_scale": int(scale) if scale else None}
        for attribute in ATTRIBUTES:
            codes = (row.get(attribute) or PLAIN[attribute]).split(">")
            code = codes[0] if side == "from" else codes[-1]
            found[f"{side}_{attribute}"] = code if state else None
    return found


def people(drawing: str) -> People:
    """Drawn leaves with the tree of this module."""
    return People(leaves(drawing), unit_paths(units(), DATES), unit_lines(units()))
