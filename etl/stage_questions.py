"""Items and reasons of a questionnaire: texts -> scores and codes, as vectors, and their checks."""

from __future__ import annotations

import polars as pl

from etl import cast
from etl.checks import Check
from etl.intake import Intake
from etl.questionnaire import HIGHEST, Questionnaire
from etl.schemas import STAGED_ANSWERS


def with_questions(frame: pl.DataFrame, intake: Intake, asked: Questionnaire) -> pl.DataFrame:
    """``#answer:ITEM`` and ``#score:ITEM``, ``#tick:REASON``, and ``#reasons`` of one column."""
    source = intake.source.frame
    here = {header.casefold(): header for header in intake.source.headers}
    answers = {
        name: cast.recoded(source[here[item.column.casefold()]], asked.answers)
        for name, item in asked.asked.items()
    }
    return frame.with_columns(
        *(values.alias(f"#answer:{name}") for name, values in answers.items()),
        *(
            _scores(values, turned=asked.items[name].reversed).alias(f"#score:{name}")
            for name, values in answers.items()
        ),
        *(
            _ticks(source[here[header.casefold()]], asked).alias(f"#tick:{code}")
            for code, header in asked.ticks.items()
        ),
        _listed_reasons(frame["reasons"], asked).alias("#reasons"),
    )


def _scores(values: pl.Series, *, turned: bool) -> pl.Series:
    """1 to 5, 5 the favourable end; else null."""
    digits = values.str.extract(rf"^([1-{HIGHEST}])(?:[.,]0+)?$").cast(pl.Int8)
    return (HIGHEST + 1 - digits).cast(pl.Int8) if turned else digits


def _ticks(values: pl.Series, asked: Questionnaire) -> pl.Series:
    """Whether a reason was ticked; nothing is not ticked; null where the value is neither."""
    said = {text.casefold(): "true" for text in asked.ticked}
    said |= {text.casefold(): "false" for text in asked.unticked}
    return cast.flags_of(cast.recoded(values, said).fill_null("false"))


def _listed_reasons(values: pl.Series, asked: Questionnaire) -> pl.Series:
    """The reasons of a column of several values; null where one of them is not declared."""
    codes = {text.strip().casefold(): code for text, code in asked.reason_values.items()}
    codes |= {code: code for code in asked.reasons}

    def told(text: str | None) -> list[str] | None:
        parts = [part.strip().casefold() for part in (text or "").split(asked.separator)]
        found = [codes.get(part) for part in parts if part]
        known = [code for code in found if code is not None]
        return known if len(known) == len(found) else None

    return pl.Series([told(text) for text in values], dtype=pl.List(pl.String))


def question_checks(asked: Questionnaire) -> tuple[Check, ...]:
    """What is written is an answer; the field of a check is the header, as items have no field."""
    return (
        *(
            Check(
                "code_unknown",
                item.column,
                pl.col(f"#answer:{name}").is_not_null() & pl.col(f"#score:{name}").is_null(),
            )
            for name, item in asked.asked.items()
        ),
        *(
            Check("code_unknown", header, pl.col(f"#tick:{code}").is_null())
            for code, header in asked.ticks.items()
        ),
        Check("code_unknown", "reasons", pl.col("#reasons").is_null()),
    )


def reasons(asked: Questionnaire) -> pl.Expr:
    """Every reason of a row once, sorted."""
    ticked = [
        pl.when(pl.col(f"#tick:{code}")).then(pl.concat_list(pl.lit(code))).otherwise(pl.lit([]))
        for code in asked.ticks
    ]
    return pl.concat_list("#reasons", *ticked).list.unique().list.sort()


def items(asked: Questionnaire) -> pl.Expr:
    """The answered items of a row with theme and score (the type of `STAGED_ANSWERS`)."""
    kind = STAGED_ANSWERS["items"]
    scores = [
        pl.struct(
            pl.lit(name).alias("item"),
            pl.lit(item.theme).alias("theme"),
            pl.col(f"#score:{name}").alias("score"),
        )
        for name, item in asked.asked.items()
    ]
    if not scores:
        return pl.lit([], dtype=kind)
    answered = pl.element().struct.field("score").is_not_null()
    return pl.concat_list(scores).list.filter(answered).cast(kind)
