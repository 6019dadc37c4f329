"""Stage the CBS Barometer: shares per subgroup as CBS delivers them, and nobody's rows.

CBS joins the personnel file with its own register, and gives back whole percents for subgroups that
are large enough. A row is about everybody, a unit or a band of scales.
"""

from __future__ import annotations

import polars as pl

from etl import cast
from etl.checks import Check, refuse, repeated_rows
from etl.domain import ALL_SCALES, Organisation
from etl.extract import RAGGED
from etl.intake import Intake, scale_groups, uncast
from etl.privacy.policy import Policy, delivered_rules
from etl.schemas import BAROMETER, EXTRACTS, STAGED_BAROMETER, column

Staged = tuple[pl.DataFrame, pl.DataFrame, None]
WHOLE, UNIT, BAND = column(BAROMETER, "kind").codes
PERCENTS = ("pct_nl", "pct_europe", "pct_outside")


def stage_barometer(intake: Intake) -> Staged:
    """Delivered rows -> date, subgroup as unit and scale group, size and three percentages."""
    typed = _typed(intake)
    kept, quarantine = refuse(
        intake.source, intake.name, intake.headers, typed, _checks(intake, typed)
    )
    rows = kept.select(
        pl.col("day").alias("ref"),
        "unit",
        "scale_group",
        pl.col("size_number").alias("size"),
        *(pl.col(f"{field}_number").alias(field) for field in PERCENTS),
    )
    order = ["ref", "unit", "scale_group"]
    return rows.cast(STAGED_BAROMETER).sort(order), quarantine, None


def _typed(intake: Intake) -> pl.DataFrame:
    texts = cast.fields(intake.source, intake.name, intake.how)
    root = intake.reference.organisation.root
    bands = tuple(code for code in scale_groups(intake.reference) if code != ALL_SCALES)
    kind = pl.col("kind_code")
    typed = texts.with_columns(
        cast.dates("reference_date", intake.how.date_formats).alias("day"),
        cast.listed(texts["kind"], column(BAROMETER, "kind").codes).alias("kind_code"),
        cast.listed(texts["subgroup"], bands).alias("band"),
        cast.integers("size").alias("size_number"),
        *(
            cast.numbers(field, intake.how, typed=intake.source.typed).alias(f"{field}_number")
            for field in PERCENTS
        ),
        repeated_rows(intake.source),
    )
    return typed.with_columns(
        unit=pl.when(kind == UNIT).then("subgroup").otherwise(pl.lit(root)),
        scale_group=pl.when(kind == BAND).then("band").otherwise(pl.lit(ALL_SCALES)),
    ).with_columns(again=~pl.struct("day", "unit", "scale_group").is_first_distinct())


def _checks(intake: Intake, typed: pl.DataFrame) -> tuple[Check, ...]:
    """Every rule of a row, in order of precedence."""
    required = [c.field for c in EXTRACTS[BAROMETER] if c.required and c.kind != "date"]
    kind, root = pl.col("kind_code"), intake.reference.organisation.root
    smallest = delivered_rules(Policy.load()).minimum_base.value
    known = [*intake.units["code"], root]
    return (
        Check("row_shape", None, pl.col(RAGGED)),
        Check("duplicate_row", None, pl.col("#repeated")),
        Check("date_missing", "reference_date", pl.col("reference_date").is_null()),
        Check("date_invalid", "reference_date", pl.col("day").is_null()),
        Check("date_future", "reference_date", pl.col("day") > intake.now),
        Check("date_no_period_end", "reference_date", ~_ends_period(intake)),
        *(Check("value_missing", field, pl.col(field).is_null()) for field in required),
        uncast("code_unknown", "kind", "kind_code"),
        Check("value_missing", "subgroup", (kind != WHOLE) & pl.col("subgroup").is_null()),
        Check("code_unknown", "subgroup", (kind == WHOLE) & (pl.col("subgroup") != root)),
        Check("unit_unknown", "subgroup", (kind == UNIT) & ~pl.col("subgroup").is_in(known)),
        Check("unit_not_valid", "subgroup", (kind == UNIT) & ~_valid(intake, typed)),
        Check("code_unknown", "subgroup", (kind == BAND) & pl.col("band").is_null()),
        uncast("number_invalid", "size", "size_number"),
        Check("subgroup_small", "size", pl.col("size_number") < smallest),
        *(uncast("number_invalid", field, f"{field}_number") for field in PERCENTS),
        *(
            Check("percent_invalid", field, ~_whole_percent(f"{field}_number"))
            for field in PERCENTS
        ),
        Check("percent_sum", PERCENTS[-1], ~_adds_up()),
        Check("subgroup_again", "subgroup", pl.col("again")),
    )


def _ends_period(intake: Intake) -> pl.Expr:
    return pl.col("day").dt.month().is_in(_months(intake.reference.organisation)) & (
        pl.col("day") == pl.col("day").dt.month_end()
    )


def _months(organisation: Organisation) -> list[int]:
    """The months at whose end the organisation's periods end."""
    yearly = organisation.calendar == "year"
    return [organisation.year_end_month] if yearly else [3, 6, 9, 12]


def _valid(intake: Intake, typed: pl.DataFrame) -> pl.Series:
    """Whether the unit of each row exists at its date; the root always does."""
    root = intake.reference.organisation.root
    found = typed.select("subgroup", "day").with_row_index().join(
        intake.units.select("code", "valid_from", "valid_to"),
        left_on="subgroup", right_on="code", how="left",
    )  # fmt: skip
    there = (pl.col("valid_from") <= pl.col("day")) & (
        pl.col("valid_to").is_null() | (pl.col("valid_to") >= pl.col("day"))
    )
    here = found.group_by("index").agg(
        there=(there.fill_null(False) | (pl.col("subgroup") == root)).any()
    )
    return here.sort("index")["there"].fill_null(False)


def _whole_percent(field: str) -> pl.Expr:
    number = pl.col(field)
    return number.is_between(0, 100) & (number == number.round())


def _adds_up() -> pl.Expr:
    """Three whole percents of one whole: each was rounded by itself."""
    return pl.sum_horizontal(f"{field}_number" for field in PERCENTS).is_between(99, 101)
