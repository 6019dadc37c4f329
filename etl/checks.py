"""Row checks: which rule refuses a row, and what the quarantine keeps of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from etl.extract import LINE, RAGGED, Extract
from etl.schemas import QUARANTINE, RULES, column

MASK = "***"
LONGEST_SHOWN = 40
"""Values in the quarantine are cut here: a longer one is no code, and may be a remark."""
REPEATED = "#repeated"
_FAILED = "#failed"


@dataclass(frozen=True)
class Check:
    """A rule applied to a field (or to the row as a whole): true means refused, null passes."""

    rule: str
    field: str | None
    fails: pl.Expr


def refuse(
    source: Extract,
    name: str,
    headers: dict[str, str],
    typed: pl.DataFrame,
    checks: Sequence[Check],
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Part the rows: the first check that fails decides.

    Args:
        source: the file, with the rows in the order of ``typed``.
        name: the extract.
        headers: field -> header of this file.
        typed: texts and typed columns that the checks look at.
        checks: in order of precedence.

    Returns:
        The rows that pass, and the quarantine of the others.
    """
    failed = first_failed(typed, checks)
    bad = failed.is_not_null()
    rows = source.frame.filter(bad)
    quarantine = refused(
        source.path.name,
        headers,
        checks,
        pl.DataFrame(
            {
                "failed": failed.filter(bad),
                "line": rows[LINE],
                "row": masked(rows, name, headers),
            }
        ),
    )
    return typed.filter(~bad), quarantine


def first_failed(typed: pl.DataFrame, checks: Sequence[Check]) -> pl.Series:
    """The position of the first check that each row fails; null where it passes all."""
    numbered = [
        pl.when(check.fails).then(pl.lit(i, dtype=pl.Int32)) for i, check in enumerate(checks)
    ]
    return typed.select(pl.coalesce(numbered).alias(_FAILED))[_FAILED]


def refused(
    file: str, headers: dict[str, str], checks: Sequence[Check], bad: pl.DataFrame
) -> pl.DataFrame:
    """The quarantine of refused rows.

    Args:
        file: the file that they stand in.
        headers: field -> header of this file.
        checks: in order of precedence.
        bad: ``failed, line, row``: which check, where, and the row as it may be kept.
    """
    return pl.DataFrame(
        {
            "rule": [checks[i].rule for i in bad["failed"]],
            "reason": [_reason(checks[i], headers) for i in bad["failed"]],
            "file": [file] * bad.height,
            "line": bad["line"],
            "row": bad["row"],
        },
        schema=QUARANTINE,
    )


def repeated_rows(source: Extract) -> pl.Series:
    """Rows that equal an earlier row of the file in every column."""
    rows = source.frame.drop(LINE)
    return rows.select((~pl.struct(pl.all()).is_first_distinct()).alias(REPEATED))[REPEATED]


def _reason(check: Check, headers: dict[str, str]) -> str:
    label = RULES[check.rule].label_nl
    if check.field is None:
        return f"{label}."
    return f"{label} (kolom {headers.get(check.field, check.field)})."


def masked(rows: pl.DataFrame, name: str, headers: dict[str, str]) -> pl.Series:
    """The mapped columns of source rows as JSON.

    In a row with an odd shape no value is certain to stand in its own column: nothing is kept.
    """
    shown = pl.DataFrame({h: _shown(rows[h], name, field) for field, h in headers.items()})
    if not shown.width or rows.is_empty():
        return pl.Series(["{}"] * rows.height, dtype=pl.String)
    json = shown.to_struct("row").struct.json_encode()
    return json.zip_with(~rows[RAGGED], pl.Series(["{}"]))


def _shown(values: pl.Series, name: str, field: str) -> pl.Series:
    """A value as the quarantine shows it; a mask hides whether there was one, too.

    That somebody's origin is not known, or objected to, is as special as the origin itself.
    """
    if column(name, field).sensitive:
        return pl.repeat(MASK, len(values), dtype=pl.String, eager=True)
    return values.str.slice(0, LONGEST_SHOWN)
