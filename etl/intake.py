"""What the staging of one file works with, and the checks that extracts have in common."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from etl import cast
from etl.checks import Check
from etl.domain import ALL_SCALES, Reference
from etl.errors import RefusedInput
from etl.extract import RAGGED, Extract
from etl.mapping import ExtractMapping
from etl.pseudonym import Keys

DAMAGED_KEY = r"(?i)^\d+([.,]\d+)?e\+\d+$"
"""A number that a spreadsheet shortened: 6,34581E+17. The plus sign tells it from a code."""
LONGEST_CODE = 60
"""A longer text is no code but a remark about somebody."""


@dataclass(frozen=True)
class Intake:
    """What the staging of one file works with."""

    source: Extract
    name: str
    how: ExtractMapping
    reference: Reference
    units: pl.DataFrame
    keys: Keys
    now: date
    people: ExtractMapping | None = None
    """How the same mapping reads `personeel`."""
    file_dates: tuple[date, ...] | None = None
    """The reference dates of the whole file, where this is a part of it that was checked before."""

    @property
    def headers(self) -> dict[str, str]:
        """Field -> header of this file."""
        return cast.source_headers(self.source, self.how)


def check_damage(intake: Intake, numbers: pl.Series) -> None:
    """Refuse a file of which most personnel numbers cannot tell persons apart.

    Raises:
        RefusedInput: naming the column.
    """
    given = numbers.drop_nulls()
    refuse_damage(intake, len(given), int(given.str.contains(DAMAGED_KEY).sum()))


def refuse_damage(intake: Intake, given: int, spoiled: int) -> None:
    """Refuse a file of whose ``given`` personnel numbers most are ``spoiled``.

    Raises:
        RefusedInput: naming the column.
    """
    if spoiled * 2 > given:
        raise damaged(intake.source.path.name, intake.headers.get("person_number"))


def damaged(file: str, header: str | None) -> RefusedInput:
    """The refusal of a file of which most personnel numbers cannot tell persons apart."""
    return RefusedInput(
        "Most personnel numbers were damaged by a spreadsheet",
        where=f"{file}, column {header}",
        expected="whole numbers as text, with their leading zeros",
        got="shortened numbers such as 6,34581E+17, which many persons share",
        next_step="export again without opening the file in a spreadsheet",
    )


def no_rows(file: str) -> RefusedInput:
    """The refusal of a file that says nothing."""
    return RefusedInput(
        "The file has a header and no rows",
        where=file,
        expected="at least one row",
        next_step="export it again; look at the selection of the export",
    )


def person_number_checks() -> tuple[Check, ...]:
    """The checks of the row as a whole and of its key, in order of precedence."""
    number = pl.col("person_number")
    return (
        Check("row_shape", None, pl.col(RAGGED)),
        Check("key_missing", "person_number", number.is_null()),
        Check("key_damaged", "person_number", number.str.contains(DAMAGED_KEY)),
        Check("duplicate_row", None, pl.col("#repeated")),
    )


def uncast(rule: str, field: str, typed: str) -> Check:
    """A value that was there and is null after the cast."""
    return Check(rule, field, pl.col(field).is_not_null() & pl.col(typed).is_null())


def remark(field: str, longest: int = LONGEST_CODE) -> Check:
    """A text that is too long to be a code (or whatever else it should be)."""
    return Check("free_text", field, pl.col(field).str.len_chars() > longest)


def scale_groups(reference: Reference) -> tuple[str, ...]:
    """Every code of a scale group: the whole, the bands of each partition, single scales."""
    keys = ("single", *(partition.key for partition in reference.scales.partition))
    bands = [band.code for key in keys for band in reference.scales.bands(key)]
    return (ALL_SCALES, *bands)
