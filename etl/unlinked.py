"""Answers of the exit monitor belong to nobody: a respondent id is no personnel number."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from etl.errors import RefusedInput
from etl.forget import EVERYBODY
from etl.pseudonym import Keys
from etl.warehouse.store import Warehouse


def check_unlinked(warehouse: Warehouse, keys: Keys, column: str, loaded: Sequence[str]) -> None:
    """Refuse the load when a stored respondent has the number of anybody who is known.

    Args:
        warehouse: after everything of this load was stored, whatever came first.
        keys: of the home.
        column: the header of the respondent.
        loaded: the names of the files of this load.

    Raises:
        RefusedInput: naming file and column, never the number.
    """
    answers = warehouse.frame(
        "SELECT a.respondent, l.file FROM fct_exit_answer AS a "
        "JOIN ledger AS l ON l.load_id = a.load_id"
    )
    if answers.is_empty():
        return
    people = keys.tombstones(warehouse.frame(EVERYBODY)["person"])
    gone = warehouse.frame("SELECT tombstone FROM forgotten")["tombstone"]
    taken = keys.respondents(pl.concat([people, gone.cast(pl.String)]).unique())
    linked = answers.filter(pl.col("respondent").is_in(taken.implode()))
    if linked.height:
        raise _linked(min(linked["file"].to_list()), column, loaded)


def _linked(file: str, column: str, loaded: Sequence[str]) -> RefusedInput:
    before = "" if file in loaded else " (loaded before)"
    return RefusedInput(
        "A respondent of the exit monitor has the personnel number of somebody",
        where=f"{file}{before}, column {column}",
        expected="random ids that are no personnel number: nobody may be able to tell who answered",
        got="at least one id that is a personnel number of this organisation",
        next_step="let the survey tool give random ids and load the corrected file of the same "
        "year; destroy this one",
    )
