"""Hand-made person rows for the tests of the warehouse: twelve people and what befell them."""

from __future__ import annotations

from datetime import date
from hashlib import blake2b

import polars as pl

from etl.schemas import STAGED_MUTATIES, STAGED_ORGANISATIE, STAGED_PERSONEEL, STAGED_PRESENCE
from tests.spec.tables import table

Q1, Q2, Q3, Q4 = (date(2025, 3, 31), date(2025, 6, 30), date(2025, 9, 30), date(2025, 12, 31))

PLAIN = {
    "origin": "nederland",
    "gender": "V",
    "age_band": "35-44",
    "contract": "vast",
    "location_group": "den_haag",
}

UNITS = """
code | parent | level | valid_from | valid_to   | successor_of
MIN  | -      | 1     | 2020-01-01 | -          | -
A    | MIN    | 2     | 2020-01-01 | -          | -
B    | MIN    | 2     | 2020-01-01 | -          | -
A1   | A      | 3     | 2020-01-01 | -          | -
A2   | A      | 3     | 2020-01-01 | -          | -
"""

PEOPLE = """
ref        | person | unit | scale | origin    | fte_milli
2025-03-31 | p01    | A1   | 10    | nederland | 1000
2025-03-31 | p14    | A1   | 10    | nederland | -
2025-03-31 | p02    | A2   | 10    | nederland | 1000
2025-03-31 | p03    | A2   | 13    | nederland | 1000
2025-03-31 | p04    | A1   | 11    | nederland | 1000
2025-03-31 | p05    | A1   | 8     | nederland | 1000
2025-03-31 | p06    | B    | 10    | nederland | 800
2025-03-31 | p08    | A1   | 7     | nederland | 1000
2025-03-31 | p09    | A1   | 6     | nederland | 1000
2025-03-31 | p10    | A1   | 12    | nederland | 1000
2025-03-31 | p11    | A1   | 5     | europa    | 1000
2025-03-31 | p12    | B    | 9     | nederland | 1000
2025-06-30 | p01    | A1   | 10    | nederland | 1000
2025-06-30 | p14    | A1   | 10    | nederland | -
2025-06-30 | p02    | A2   | 11    | nederland | 1000
2025-06-30 | p03    | A2   | 14    | nederland | 900
2025-06-30 | p04    | A1   | 12    | nederland | 1000
2025-06-30 | p05    | A1   | 9     | nederland | 1000
2025-06-30 | p07    | A2   | 4     | nederland | 500
2025-06-30 | p10    | B    | 12    | nederland | 1000
2025-06-30 | p11    | A1   | 5     | -         | 1000
2025-06-30 | p12    | B    | 9     | nederland | 1000
2025-06-30 | p13    | B    | 3     | nederland | 1000
2025-09-30 | p01    | A1   | 10    | nederland | 1000
2025-09-30 | p14    | A1   | 10    | nederland | -
2025-09-30 | p02    | A2   | 11    | nederland | 1000
2025-09-30 | p03    | A2   | 14    | nederland | 900
2025-09-30 | p04    | A1   | 12    | nederland | 1000
2025-09-30 | p05    | A1   | 8     | nederland | 1000
2025-09-30 | p07    | A2   | 4     | nederland | 500
2025-09-30 | p08    | A1   | 7     | nederland | 1000
2025-09-30 | p09    | A1   | 6     | nederland | 1000
2025-09-30 | p10    | B    | 12    | nederland | 1000
2025-09-30 | p11    | A1   | 5     | europa    | 1000
2025-09-30 | p12    | B    | 10    | nederland | 1000
"""

REFUSED = """
ref        | person
2025-03-31 | p13
2025-06-30 | p09
2025-09-30 | p13
"""

MOVEMENTS = """
person | effective  | kind             | reason
p02    | 2025-03-31 | reclassification | functiehuis
p03    | 2025-06-30 | promotion        | sollicitatie
p04    | 2025-04-01 | reclassification | functiehuis
p05    | 2025-04-01 | acting           | -
p06    | 2025-05-15 | exit             | ander werk
p07    | 2025-04-01 | inflow           | traineeship
p10    | 2025-05-01 | horizontal       | sollicitatie
p12    | 2025-08-01 | promotion        | loopbaanpad
p12    | 2025-09-01 | promotion        | sollicitatie
p12    | 2025-09-15 | reclassification | functiehuis
"""

KEYS = {"p01": (0xFFFFFFFF, 0x00000005), "p14": (0x80000000, 0xFFFFFFFF)}
"""Record keys above 2^63 whose sum passes 2^64; others get some number."""


def people(drawing: str) -> pl.DataFrame:
    """Staged person rows; columns that are not drawn have the same value for everybody."""
    drawn = table(drawing, ref=pl.Date)
    keys = [KEYS.get(person) or _some_key(person) for person in drawn["person"]]
    missing = {k: pl.lit(v) for k, v in PLAIN.items() if k not in drawn.columns}
    frame = drawn.with_columns(
        key_hi=pl.Series([hi for hi, _ in keys], dtype=pl.Int64),
        key_lo=pl.Series([lo for _, lo in keys], dtype=pl.Int64),
        **missing,
    )
    return fitted(frame, STAGED_PERSONEEL)


def presence(drawing: str, refused: str) -> pl.DataFrame:
    """Every id of the raw files: valid rows and refused ones."""
    seen = people(drawing).select("ref", "person")
    return fitted(pl.concat([seen, table(refused, ref=pl.Date)]), STAGED_PRESENCE)


def movements(drawing: str) -> pl.DataFrame:
    """Staged movements."""
    return fitted(table(drawing, effective=pl.Date), STAGED_MUTATIES)


def units(drawing: str) -> pl.DataFrame:
    """Staged units, named after their code."""
    drawn = table(drawing, valid_from=pl.Date, valid_to=pl.Date)
    return fitted(drawn.with_columns(name_nl="code", name_en="code"), STAGED_ORGANISATIE)


def fitted(frame: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """Give a frame the columns of a schema: absent ones are null."""
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None).alias(name)).cast(kind)
        for name, kind in schema.items()
    )


def _some_key(person: str) -> tuple[int, int]:
    digest = blake2b(person.encode(), digest_size=8).digest()
    return int.from_bytes(digest[:4], "big"), int.from_bytes(digest[4:], "big")
