"""Stage an extract: cast, recode, check, and part it into staged rows and quarantine.

No row is lost: every source row is refused by exactly one rule, or it is kept. A personnel number
leaves this module as a pseudonym only; free text and unmapped columns never leave it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import polars as pl

from etl import cast
from etl.checks import Check, refuse, repeated_rows
from etl.domain import ALL_SCALES, Reference
from etl.errors import RefusedInput
from etl.extract import RAGGED, Extract, read_extract
from etl.free_text import check_free_text
from etl.identifiers import check_identifiers
from etl.intake import (
    Intake,
    check_damage,
    no_rows,
    person_number_checks,
    remark,
    scale_groups,
    uncast,
)
from etl.large import Large
from etl.mapping import ExtractMapping, Mapping
from etl.pseudonym import Keys
from etl.schemas import (
    EXIT_EXTRACTS,
    EXTRACTS,
    MAY_BE_EMPTY,
    NO_TARGET,
    STAGED_MUTATIES,
    STAGED_ORGANISATIE,
    STAGED_STREEFCIJFERS,
    column,
)
from etl.stage_barometer import stage_barometer
from etl.stage_exit import stage_answers, stage_invitations
from etl.stage_people import stage_people
from etl.unit_tree import stage_units


@dataclass(frozen=True)
class StagedFile:
    """One extract file, checked: what may be stored, and what was refused.

    ``rows_kept`` counts source rows that contribute to ``rows`` (which holds one row a person, so
    that it may be shorter); ``rows_kept + rows_refused == rows_read``.
    """

    extract: str
    path: Path
    sha256: str
    rows_read: int
    rows: pl.DataFrame
    quarantine: pl.DataFrame
    presence: pl.DataFrame | None = None

    @property
    def rows_refused(self) -> int:
        """Source rows in quarantine."""
        return self.quarantine.height

    @property
    def rows_kept(self) -> int:
        """Source rows that contribute to the staged rows."""
        return self.rows_read - self.rows_refused

    @property
    def reference_dates(self) -> list[date]:
        """The reference dates that the file speaks of, oldest first (personnel only)."""
        if self.presence is None:
            return []
        return pl.concat([self.rows["ref"], self.presence["ref"]]).unique().sort().to_list()


def stage(  # noqa: PLR0917 - the six things that a staged file is made of
    path: Path,
    extract: str,
    mapping: Mapping,
    reference: Reference,
    units: pl.DataFrame,
    keys: Keys,
    now: date | None = None,
) -> StagedFile:
    """Read, check and stage one extract file.

    Args:
        path: the file.
        extract: one of `etl.schemas.EXTRACTS`.
        mapping: the source system.
        reference: attributes, scales and organisation in force.
        units: staged ``organisatie`` rows known so far (may be empty for ``organisatie``).
        keys: for pseudonyms and record keys.
        now: no reference or movement date may lie after it; today when left out.

    Raises:
        RefusedInput: a fault of the file as a whole; a faulty row is quarantined instead.
    """
    how = mapping.extracts[extract]
    if extract == "mutaties" and not how.scale_map and "personeel" in mapping.extracts:
        how = how.model_copy(update={"scale_map": mapping.extracts["personeel"].scale_map})
    source = read_extract(
        path,
        delimiter=how.delimiter,
        encoding=how.encoding,
        sheet=how.sheet,
        expected=how.expected_headers,
    )
    source = _check_file(source, extract, how)
    known = units if units.width else pl.DataFrame(schema=STAGED_ORGANISATIE)
    people = mapping.extracts.get("personeel")
    intake = Intake(source, extract, how, reference, known, keys, now or date.today(), people)
    if extract == "organisatie":
        default = mapping.extracts["personeel"].defaults if "personeel" in mapping.extracts else {}
        rows, quarantine = stage_units(source, how, reference, known, default.get("unit"))
        return StagedFile(extract, path, source.sha256, source.frame.height, rows, quarantine)
    if extract == "personeel":
        _known_units(known, path)
    rows, quarantine, presence = _STAGES[extract](intake)
    return StagedFile(extract, path, source.sha256, source.frame.height, rows, quarantine, presence)


def stage_large(  # noqa: PLR0917 - as of a whole file
    large: Large,
    mapping: Mapping,
    reference: Reference,
    units: pl.DataFrame,
    keys: Keys,
    now: date,
) -> Iterator[StagedFile]:
    """Stage a large personnel file part by part: together what :func:`stage` makes of the whole.

    Args:
        large: the file after its first pass.
        mapping: the source system.
        reference: attributes, scales and organisation in force.
        units: staged ``organisatie`` rows known so far.
        keys: for pseudonyms and record keys.
        now: no reference date may lie after it.

    Raises:
        RefusedInput: no unit is known, or too many rows are of one person.
    """
    how = mapping.extracts["personeel"]
    known = _known_units(units, large.path)
    for source in large.extracts():
        intake = Intake(
            source, "personeel", how, reference, known, keys, now, how, file_dates=large.dates
        )
        people, quarantine, presence = stage_people(intake)
        rows = source.frame.height
        yield StagedFile("personeel", large.path, large.sha256, rows, people, quarantine, presence)


def _known_units(units: pl.DataFrame, path: Path) -> pl.DataFrame:
    if not units.is_empty():
        return units
    raise RefusedInput(
        "The organisation is not known yet",
        where=path.name,
        expected="units, loaded before or together with the personnel extract",
        next_step="load the organisatie extract, too",
    )


Staged = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame | None]


def _check_file(source: Extract, extract: str, how: ExtractMapping) -> Extract:
    """Check the file as a whole; the columns that the mapping ignores are gone from then on."""
    cast.check_columns(source, extract, how)
    headers = cast.source_headers(source, how)
    check_identifiers(
        source,
        numbers={headers[f] for f in ("person_number",) if f in headers},
        unit_names={headers[f] for f in ("name_nl", "name_en") if f in headers},
    )
    if extract in EXIT_EXTRACTS:
        ignored = [h for h in source.headers if h.casefold() in how.ignored_headers]
        source = replace(source, frame=source.frame.drop(ignored))
        check_free_text(source, how)
    if source.frame.is_empty() and extract not in MAY_BE_EMPTY:
        raise no_rows(source.path.name)
    return source


# --- mutaties -------------------------------------------------------------------------------------


def _mutaties(intake: Intake) -> Staged:
    how, scales = intake.how, intake.reference.scales
    texts = cast.fields(intake.source, intake.name, how)
    if texts.height:
        check_damage(intake, texts["person_number"])
    typed = texts.with_columns(
        cast.dates("effective_date", how.date_formats).alias("effective"),
        cast.dates("hire_date", how.date_formats).alias("hire"),
        cast.dates("end_date", how.date_formats).alias("end"),
        cast.listed(texts["kind"], column("mutaties", "kind").codes).alias("kind_code"),
        cast.scales_of(texts["from_scale"], how, scales).alias("from_scale_number"),
        cast.scales_of(texts["to_scale"], how, scales).alias("to_scale_number"),
        intake.keys.pseudonyms(texts["person_number"]).alias("person"),
        repeated_rows(intake.source),
    )
    checks = (*person_number_checks(), *_movement_checks(intake))
    kept, quarantine = refuse(intake.source, intake.name, intake.headers, typed, checks)
    rows = kept.select(
        "person",
        "effective",
        pl.col("kind_code").alias("kind"),
        "reason",
        pl.col("from_scale_number").alias("from_scale"),
        pl.col("to_scale_number").alias("to_scale"),
        "from_unit",
        "to_unit",
    )
    return rows.cast(STAGED_MUTATIES), quarantine, None


def _movement_checks(intake: Intake) -> tuple[Check, ...]:
    effective = pl.col("effective")
    codes = intake.units["code"].unique().implode()
    return (
        Check("date_missing", "effective_date", pl.col("effective_date").is_null()),
        Check("date_invalid", "effective_date", effective.is_null()),
        Check("date_future", "effective_date", effective > intake.now),
        Check("value_missing", "kind", pl.col("kind").is_null()),
        Check("code_unknown", "kind", pl.col("kind_code").is_null()),
        uncast("date_invalid", "hire_date", "hire"),
        uncast("date_invalid", "end_date", "end"),
        Check("date_order", "hire_date", effective < pl.col("hire")),
        Check("date_order", "end_date", pl.col("end") < effective),
        uncast("scale_invalid", "from_scale", "from_scale_number"),
        uncast("scale_invalid", "to_scale", "to_scale_number"),
        *(
            Check("unit_unknown", field, ~pl.col(field).is_in(codes))
            for field in ("from_unit", "to_unit")
        ),
        remark("reason"),
    )


# --- streefcijfers --------------------------------------------------------------------------------


LONGEST_SOURCE = 200
"""Who set a target, and where: a line, not a page."""


def _streefcijfers(intake: Intake) -> Staged:
    texts = cast.fields(intake.source, intake.name, intake.how)
    texts = texts.with_columns(
        pl.col("scale_group").fill_null(ALL_SCALES),
        pl.col("unit").fill_null(intake.reference.organisation.root),
    )
    statuses = column("streefcijfers", "status").codes
    typed = texts.with_columns(
        cast.listed(texts["scale_group"], scale_groups(intake.reference)).alias("group_code"),
        cast.numbers("value", intake.how, typed=intake.source.typed).alias("value_number"),
        cast.integers("year").alias("year_number"),
        cast.listed(texts["status"], statuses).alias("status_code"),
        repeated_rows(intake.source),
    )
    codes = [*intake.units["code"], intake.reference.organisation.root]
    wanted = {"value": pl.col("status_code") != NO_TARGET}  # "none" says that there is no value
    checks = (
        Check("row_shape", None, pl.col(RAGGED)),
        Check("duplicate_row", None, pl.col("#repeated")),
        *(
            Check("value_missing", c.field, pl.col(c.field).is_null() & wanted.get(c.field, True))
            for c in EXTRACTS["streefcijfers"]
            if c.required
        ),
        uncast("code_unknown", "scale_group", "group_code"),
        Check("unit_unknown", "unit", ~pl.col("unit").is_in(codes)),
        uncast("number_invalid", "value", "value_number"),
        Check(
            "number_invalid", "year", ~pl.col("year_number").is_between(1900, 2200).fill_null(False)
        ),
        uncast("code_unknown", "status", "status_code"),
        remark("indicator"),
        remark("source", LONGEST_SOURCE),
    )
    kept, quarantine = refuse(intake.source, intake.name, intake.headers, typed, checks)
    rows = kept.select(
        "indicator",
        pl.col("group_code").alias("scale_group"),
        "unit",
        pl.when(pl.col("status_code") != NO_TARGET).then("value_number").alias("value"),
        pl.col("year_number").alias("year"),
        pl.col("status_code").alias("status"),
        "source",
    )
    return rows.cast(STAGED_STREEFCIJFERS), quarantine, None


_STAGES: dict[str, Callable[[Intake], Staged]] = {
    "personeel": stage_people,
    "mutaties": _mutaties,
    "streefcijfers": _streefcijfers,
    "cbs-barometer": stage_barometer,
    "exit-uitnodigingen": stage_invitations,
    "exit-antwoorden": stage_answers,
}
"""How each extract is staged; units are, in :func:`stage`, by themselves."""
