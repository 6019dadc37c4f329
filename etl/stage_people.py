"""Stage the ``personeel`` extract: employments on a reference date -> one row a person."""

from __future__ import annotations

from datetime import date

import polars as pl

from etl import cast
from etl.checks import Check, refuse, repeated_rows
from etl.domain import Attribute, Reference
from etl.extract import LINE
from etl.intake import DAMAGED_KEY, Intake, check_damage, person_number_checks, remark, uncast
from etl.schemas import STAGED_PERSONEEL, STAGED_PRESENCE

DECLARED = "opgegeven"
"""Origin status of somebody who answered: the origin itself says what."""


def stage_people(intake: Intake) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Personnel rows -> one row a person and date, the quarantine, and who is present at all.

    Raises:
        RefusedInput: a required column is missing, or most keys are damaged.
    """
    texts = cast.fields(intake.source, intake.name, intake.how)
    if intake.file_dates is None:  # of a part the file as a whole was checked before
        check_damage(intake, texts["person_number"])
    typed = person_columns(intake, texts)
    checks = person_checks(intake)
    kept, quarantine = refuse(intake.source, intake.name, intake.headers, typed, checks)
    return people_of(kept, intake), quarantine, dated(seen(typed, intake), intake.file_dates)


def people_of(kept: pl.DataFrame, intake: Intake) -> pl.DataFrame:
    """The staged rows of rows that no check refuses: all rows of a person must be among them."""
    return _finished(_main_employment(kept), intake)


def person_columns(intake: Intake, texts: pl.DataFrame) -> pl.DataFrame:
    """Typed columns beside the texts: ``ref``, ``hire``, ``fte_number`` and so on."""
    how, attributes, scales = intake.how, intake.reference.attributes, intake.reference.scales
    frame = texts.with_columns(
        cast.dates("reference_date", how.date_formats).alias("ref"),
        cast.dates("hire_date", how.date_formats).alias("hire"),
        cast.dates("end_date", how.date_formats).alias("end"),
        cast.dates("birth_date", how.date_formats).alias("born"),
        cast.birth_years("birth_date").alias("born_year"),
        cast.numbers("fte", how, typed=intake.source.typed).alias("fte_number"),
        cast.scales_of(texts["scale"], how, scales).alias("scale_number"),
        cast.scales_of(texts["job_scale"], how, scales).alias("job_scale_number"),
        cast.flags_of(texts["born_in_nl"]).alias("born_in_nl_flag"),
        cast.flags_of(texts["is_manager"]).alias("is_manager_flag"),
        *(
            cast.codes_of(texts[key], attributes[key]).alias(f"{key}_code")
            for key in ("origin", "gender", "contract", "location_group")
        ),
        _origin_status(texts["origin_status"], intake.reference).alias("status_code"),
        intake.keys.pseudonyms(texts["person_number"]).alias("person"),
        repeated_rows(intake.source),
    )
    frame = frame.with_columns(_age().alias("age"))
    return _with_unit_facts(frame, "unit", intake.units, "ref")


def _origin_status(values: pl.Series, reference: Reference) -> pl.Series:
    """A status that overrides the origin: one of the leaves that are not known; else null."""
    unknown = tuple(leaf.code for leaf in reference.attributes["origin"].leaf if not leaf.known)
    return cast.listed(values, (*unknown, DECLARED))


def _age() -> pl.Expr:
    """Whole years at the reference date; from a birth year, the age reached in that year."""
    ref, born = pl.col("ref"), pl.col("born")
    birthday_ahead = _month_and_day(ref) < _month_and_day(born)
    exact = ref.dt.year() - born.dt.year() - birthday_ahead.cast(pl.Int32)
    return pl.coalesce(exact, ref.dt.year() - pl.col("born_year"))


def _month_and_day(day: pl.Expr) -> pl.Expr:
    return day.dt.month().cast(pl.Int32) * 100 + day.dt.day()


def _with_unit_facts(frame: pl.DataFrame, field: str, units: pl.DataFrame, on: str) -> pl.DataFrame:
    """Whether the unit is known at all, and whether it is valid on the row's date."""
    pairs = frame.select(pl.col(field).alias("code"), pl.col(on).alias("on")).unique()
    facts = (
        pairs.join(units.select("code", "valid_from", "valid_to"), on="code", how="inner")
        .with_columns(
            valid=(pl.col("valid_from") <= pl.col("on"))
            & (pl.col("valid_to").is_null() | (pl.col("valid_to") >= pl.col("on")))
        )
        .group_by("code", "on")
        .agg(pl.col("valid").any().fill_null(False))
    )
    renamed = facts.rename({"code": field, "on": on, "valid": f"{field}_valid"})
    frame = frame.join(renamed, on=[field, on], how="left", nulls_equal=True, maintain_order="left")
    return frame.with_columns(
        pl.col(field).is_in(units["code"].unique().implode()).alias(f"{field}_known"),
        pl.col(f"{field}_valid").fill_null(False),
    )


def person_checks(intake: Intake) -> tuple[Check, ...]:
    """Every check of a row, in order of precedence."""
    ref, low, high = pl.col("ref"), *intake.how.limits.fte
    youngest, oldest = intake.how.limits.age
    return (
        *person_number_checks(),
        Check("date_missing", "reference_date", pl.col("reference_date").is_null()),
        Check("date_invalid", "reference_date", ref.is_null()),
        Check("date_future", "reference_date", ref > intake.now),
        Check("scale_missing", "scale", pl.col("scale").is_null()),
        Check("scale_invalid", "scale", pl.col("scale_number").is_null()),
        uncast("scale_invalid", "job_scale", "job_scale_number"),
        Check("unit_missing", "unit", pl.col("unit").is_null()),
        Check("unit_unknown", "unit", ~pl.col("unit_known")),
        Check("unit_not_valid", "unit", ~pl.col("unit_valid")),
        uncast("date_invalid", "hire_date", "hire"),
        uncast("date_invalid", "end_date", "end"),
        Check("date_order", "hire_date", pl.col("hire") > ref),
        Check("date_order", "end_date", pl.col("end") < pl.max_horizontal("hire", "ref")),
        uncast("number_invalid", "fte", "fte_number"),
        Check("fte_range", "fte", ~pl.col("fte_number").is_between(low, high)),
        Check(
            "date_invalid",
            "birth_date",
            pl.col("birth_date").is_not_null() & pl.col("age").is_null(),
        ),
        Check("age_range", "birth_date", ~pl.col("age").is_between(youngest, oldest)),
        *(
            uncast("code_unknown", key, f"{key}_code")
            for key in ("gender", "origin", "contract", "location_group")
        ),
        uncast("code_unknown", "origin_status", "status_code"),
        uncast("code_unknown", "born_in_nl", "born_in_nl_flag"),
        uncast("code_unknown", "is_manager", "is_manager_flag"),
        remark("function_family"),
    )


def _main_employment(kept: pl.DataFrame) -> pl.DataFrame:
    """One row a person and date: the main employment, with the fte of all employments.

    The main one has the highest fte, then the highest scale, then the first unit code. The sum of
    the fte is unknown if one of them is. Most people have one row, which needs no comparison.
    """
    keys = ["ref", "person"]
    again = kept["person"].is_duplicated()
    alone = kept.filter(~again).with_columns(fte_milli=(pl.col("fte_number") * 1000).round())
    known = pl.col("fte_number").is_not_null().all()
    several = kept.filter(again)
    fte = several.group_by(keys).agg(
        pl.when(known).then((pl.col("fte_number").sum() * 1000).round()).alias("fte_milli")
    )
    order = ["ref", "person", "fte_number", "scale_number", "unit", LINE]
    down = [False, False, True, True, False, False]
    main = several.sort(order, descending=down, nulls_last=True).unique(
        keys, keep="first", maintain_order=True
    )
    main = main.join(fte, on=keys, how="left", maintain_order="left")
    return pl.concat([alone, main])


def _finished(people: pl.DataFrame, intake: Intake) -> pl.DataFrame:
    """The staged columns: leaf codes, never null; an empty value is the attribute's ``empty``."""
    attributes = intake.reference.attributes
    status = pl.when(pl.col("status_code") != DECLARED).then(pl.col("status_code"))
    return (
        people.with_columns(intake.keys.record_keys(people["person"]))
        .select(
            *("ref", "person", "key_hi", "key_lo", "unit"),
            pl.col("scale_number").alias("scale"),
            pl.col("job_scale_number").alias("job_scale"),
            pl.coalesce(status, "origin_code", pl.lit(attributes["origin"].empty)).alias("origin"),
            pl.col("gender_code").fill_null(attributes["gender"].empty).alias("gender"),
            _age_band(attributes["age_band"]).alias("age_band"),
            pl.col("contract_code").fill_null(attributes["contract"].empty).alias("contract"),
            pl.col("location_group_code")
            .fill_null(attributes["location_group"].empty)
            .alias("location_group"),
            "fte_milli",
            pl.col("hire").alias("hire_date"),
            pl.col("born_in_nl_flag").alias("born_in_nl"),
            "function_family",
            pl.col("is_manager_flag").alias("is_manager"),
        )
        .cast(STAGED_PERSONEEL)
        .pipe(_in_order)
    )


def _age_band(attribute: Attribute) -> pl.Expr:
    age = pl.col("age")
    bands = [
        pl.when(
            (age >= (band.lower if band.lower is not None else 0))
            & (age < (band.below if band.below is not None else 1000))
        ).then(pl.lit(band.code))
        for band in attribute.band
    ]
    return pl.coalesce(*bands, pl.lit(attribute.empty))


def seen(typed: pl.DataFrame, intake: Intake) -> pl.DataFrame:
    """``ref, person`` of every row with a usable number; no date where it is none that can be."""
    usable = ~pl.col("person_number").str.contains(DAMAGED_KEY)
    ref = pl.when(pl.col("ref") <= intake.now).then(pl.col("ref")).alias("ref")
    return typed.filter(usable).select(ref, "person").unique()


def dated(rows: pl.DataFrame, file_dates: tuple[date, ...] | None = None) -> pl.DataFrame:
    """Every person whom the file names on a date, refused rows included.

    Flows are told from presence: a person whose row is refused has not left. A row whose own date
    is unreadable belongs to the date of the file, when there is one.
    """
    file_dates = file_dates or tuple(rows["ref"].drop_nulls().unique())
    if len(file_dates) == 1:
        rows = rows.with_columns(pl.col("ref").fill_null(file_dates[0]))
    return _in_order(rows.drop_nulls().unique().cast(STAGED_PRESENCE))


def _in_order(rows: pl.DataFrame) -> pl.DataFrame:
    """Sorted by date and pseudonym, which is no order of the source."""
    keys = ["ref", "person"] if rows["ref"].n_unique() > 1 else ["person"]
    return rows.sort(keys)
