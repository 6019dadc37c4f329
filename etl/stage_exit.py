"""Stage the exit monitor: who was invited, and, apart from it, what was answered.

The two can not be joined: an answer keeps a mark of a random id, the year and coarse groups, and
the staged rows stand in the order of that mark, so that not even the place in the file is left.
"""

from __future__ import annotations

import polars as pl

from etl import cast
from etl.checks import Check, refuse, repeated_rows
from etl.domain import Scales
from etl.errors import RefusedInput
from etl.extract import RAGGED
from etl.intake import Intake, check_damage, person_number_checks, uncast
from etl.questionnaire import Questionnaire
from etl.schemas import DEEPEST_ANSWER, STAGED_ANSWERS, STAGED_INVITATIONS, column
from etl.stage_questions import items, question_checks, reasons, with_questions

Staged = tuple[pl.DataFrame, pl.DataFrame, None]
_CODES = ("exit_kind", "racism_role", "would_return")


def stage_invitations(intake: Intake) -> Staged:
    """Invitations -> year, pseudonym, invited and answered; nothing else is read.

    Raises:
        RefusedInput: most keys are damaged.
    """
    texts = cast.fields(intake.source, intake.name, intake.how)
    check_damage(intake, texts["person_number"])
    typed = texts.with_columns(
        cast.years("year", intake.how.date_formats).alias("year_number"),
        cast.flags_of(texts["invited"]).alias("invited_flag"),
        cast.flags_of(texts["answered"]).alias("answered_flag"),
        intake.keys.pseudonyms(texts["person_number"]).alias("person"),
        repeated_rows(intake.source),
    ).with_columns((~pl.struct("person", "year_number").is_first_distinct()).alias("again"))
    checks = (
        *person_number_checks(),
        *_year_checks(intake),
        *(Check("value_missing", f, pl.col(f).is_null()) for f in ("invited", "answered")),
        *(uncast("code_unknown", f, f"{f}_flag") for f in ("invited", "answered")),
        Check("not_invited", "invited", pl.col("answered_flag") & ~pl.col("invited_flag")),
        Check("duplicate_key", "person_number", pl.col("again")),
    )
    kept, quarantine = refuse(intake.source, intake.name, intake.headers, typed, checks)
    rows = kept.select(
        pl.col("year_number").alias("year"),
        "person",
        pl.col("invited_flag").alias("invited"),
        pl.col("answered_flag").alias("answered"),
    )
    return rows.cast(STAGED_INVITATIONS).sort("year", "person"), quarantine, None


def stage_answers(intake: Intake) -> Staged:
    """Answers -> one row a respondent, with its reasons and the score of each answered item.

    Raises:
        RefusedInput: a column of the questionnaire is missing, or one of personnel numbers stands
            beside the answers.
    """
    asked = intake.how.questionnaire or Questionnaire()
    _check_apart(intake)
    _check_asked(intake, asked)
    typed = with_questions(_answer_columns(intake), intake, asked)
    checks = (*_answer_checks(intake), *question_checks(asked))
    kept, quarantine = refuse(intake.source, intake.name, intake.headers, typed, checks)
    rows = kept.select(
        pl.col("year_number").alias("year"),
        pl.col("mark").alias("respondent"),
        "unit",
        pl.col("group_code").alias("scale_group"),
        pl.col("origin_code")
        .fill_null(intake.reference.attributes["origin"].empty)
        .alias("origin"),
        *(pl.col(f"{field}_code").alias(field) for field in _CODES),
        pl.col("talked_flag").alias("talked"),
        reasons(asked).alias("reasons"),
        items(asked).alias("items"),
    )
    return rows.cast(STAGED_ANSWERS).sort("respondent"), quarantine, None


def _check_apart(intake: Intake) -> None:
    """Refuse answers beside the column in which the same system writes personnel numbers."""
    number = "" if intake.people is None else intake.people.headers.get("person_number", "")
    for header in intake.source.headers:
        if header.casefold() == number.casefold():
            raise RefusedInput(
                "The file holds personnel numbers beside answers and is refused as a whole",
                where=f"{intake.source.path.name}, column {header}",
                expected="a random id of the respondent, and nothing that tells who it is",
                got="a column with the header of the personnel number",
                next_step="leave the column out of the export and destroy this file",
            )


def _check_asked(intake: Intake, asked: Questionnaire) -> None:
    here = {header.casefold() for header in intake.source.headers}
    missing = [header for header in asked.headers if header.casefold() not in here]
    if missing:
        raise RefusedInput(
            "A column of the questionnaire is missing",
            where=f"{intake.source.path.name}, header",
            expected="a column " + " and ".join(missing),
            got="the columns " + ", ".join(intake.source.headers),
            next_step="add it to the export, correct its header in the mapping, or empty it there "
            "if it was not asked",
        )
    published = {reason.code for reason in intake.reference.exit_monitor.reason}
    unknown = sorted(asked.reasons - published)
    if unknown:
        raise RefusedInput(
            "The mapping stores reasons that are never counted",
            where=f"{intake.source.path.name}, questionnaire of the mapping",
            expected="reasons of exit_monitor.toml: " + ", ".join(sorted(published)),
            got=", ".join(unknown),
            next_step="name one of these in the mapping, or bring an exit_monitor.toml along that "
            "lists them (see docs/extracts.md)",
        )


def _answer_columns(intake: Intake) -> pl.DataFrame:
    """Typed columns beside the texts, without items and reasons."""
    how, reference = intake.how, intake.reference
    texts = cast.fields(intake.source, intake.name, how).with_columns(
        pl.col("unit").fill_null(reference.organisation.root)
    )
    codes = {field: column(intake.name, field).codes for field in _CODES}
    typed = texts.with_columns(
        cast.years("year", how.date_formats).alias("year_number"),
        cast.listed(texts["scale_group"], _bands(reference.scales)).alias("group_code"),
        cast.codes_of(texts["origin"], reference.attributes["origin"]).alias("origin_code"),
        *(cast.listed(texts[f], listed).alias(f"{f}_code") for f, listed in codes.items()),
        cast.flags_of(texts["talked"]).alias("talked_flag"),
        _marks(texts["respondent"], intake).alias("mark"),
        (~pl.col("respondent").is_first_distinct()).alias("again"),
        repeated_rows(intake.source),
    )
    return _with_unit_facts(typed, intake)


def _marks(respondents: pl.Series, intake: Intake) -> pl.Series:
    """What is kept of the ids, read as the mapping reads personnel numbers (leading zeros)."""
    if intake.people is not None:
        respondents = cast.as_in_file(respondents, "person_number", intake.people)
    keys = intake.keys
    return keys.respondents(keys.tombstones(keys.pseudonyms(respondents)))


def _bands(scales: Scales) -> tuple[str, ...]:
    """Bands of scales; a single scale would be finer than any table of the exit monitor."""
    return tuple(band.code for partition in scales.partition for band in partition.band)


def _with_unit_facts(frame: pl.DataFrame, intake: Intake) -> pl.DataFrame:
    """Level of the unit, and whether it existed in the year; the root always does."""
    root, year = intake.reference.organisation.root, pl.col("year_number")
    ends = pl.col("valid_to").dt.year().fill_null(cast.OPEN_END_YEAR)
    known = (
        frame.select("unit", "year_number")
        .unique()
        .join(intake.units, left_on="unit", right_on="code")
    )
    facts = known.group_by("unit", "year_number").agg(
        pl.col("level").min().alias("unit_level"),
        year.is_between(pl.col("valid_from").dt.year(), ends).any().alias("unit_valid"),
    )
    joined = frame.join(
        facts, on=["unit", "year_number"], how="left", nulls_equal=True, maintain_order="left"
    )
    whole = pl.col("unit") == root
    return joined.with_columns(
        unit_level=pl.when(whole).then(1).otherwise("unit_level"),
        unit_valid=whole | pl.col("unit_valid"),
    )


def _year_checks(intake: Intake) -> tuple[Check, ...]:
    """A row of no known year belongs to no period that could ever be shown: it is refused."""
    number = pl.col("year_number")
    return (
        Check("date_missing", "year", pl.col("year").is_null()),
        Check("date_invalid", "year", number.is_null()),
        Check("date_future", "year", number > intake.now.year),
    )


def _answer_checks(intake: Intake) -> tuple[Check, ...]:
    return (
        Check("row_shape", None, pl.col(RAGGED)),
        Check("value_missing", "respondent", pl.col("respondent").is_null()),
        Check("duplicate_row", None, pl.col("#repeated")),
        *_year_checks(intake),
        Check("unit_unknown", "unit", pl.col("unit_level").is_null()),
        Check("unit_too_deep", "unit", pl.col("unit_level") > DEEPEST_ANSWER),
        Check("unit_not_valid", "unit", ~pl.col("unit_valid")),
        uncast("code_unknown", "scale_group", "group_code"),
        uncast("code_unknown", "origin", "origin_code"),
        *(uncast("code_unknown", field, f"{field}_code") for field in _CODES),
        uncast("code_unknown", "talked", "talked_flag"),
        Check("duplicate_key", "respondent", pl.col("again")),
    )
