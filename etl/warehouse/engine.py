"""Run the one leaf query, and check what comes back.

An engine turns person rows into leaves: additive rows per period and state before and after. All
person-level logic is in ``leaf.sql``; an engine only offers it the relations and runs it. Leaves
are person data still, with the protection of staged rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Protocol

import duckdb
import polars as pl

from etl.domain import ATTRIBUTES
from etl.errors import AfspiegelingError
from etl.schemas import STAGED_MUTATIES, STAGED_PERSONEEL, STAGED_PRESENCE

LEAF_SQL = (Path(__file__).parent / "leaf.sql").read_text(encoding="utf-8")

KINDS = ("first", "stay", "inflow", "exit", "measured_in", "measured_out")
MOVES = ("none", "promotion", "demotion", "reclassification", "acting")

LEAVES = pl.Schema(
    {
        "from_ref": pl.Date(),
        "to_ref": pl.Date(),
        "kind": pl.String(),
        "move": pl.String(),
        "reason": pl.String(),
        "from_unit": pl.String(),
        "to_unit": pl.String(),
        "from_scale": pl.Int16(),
        "to_scale": pl.Int16(),
        **{f"{side}_{key}": pl.String() for key in ATTRIBUTES for side in ("from", "to")},
        "periods_in_scale": pl.Int32(),
        "left_truncated": pl.Boolean(),
        "persons": pl.Int64(),
        "fte": pl.Int64(),
        "fte_persons": pl.Int64(),
        "key_hi": pl.Int64(),
        "key_lo": pl.Int64(),
    }
)
"""Columns of the leaves. ``fte`` is in thousandths; keys are sums of 32-bit halves."""

_OF_A_PERSON = ("fte_milli", "key_hi", "key_lo")
RELATIONS = {
    "snapshot": pl.Schema(
        {
            name: STAGED_PERSONEEL[name]
            for name in STAGED_PERSONEEL
            if name in {"ref", "person", "unit", "scale", *ATTRIBUTES, *_OF_A_PERSON}
        }
    ),
    "presence": STAGED_PRESENCE,
    "movement": pl.Schema(
        {name: STAGED_MUTATIES[name] for name in ("person", "effective", "kind", "reason")}
    ),
}
"""The columns that ``leaf.sql`` reads, and no others: what an engine elsewhere is given."""

CALENDAR = pl.Schema({"from_ref": pl.Date(), "to_ref": pl.Date()})

_STATE = ("unit", "scale")
_MEASURES = ("persons", "fte", "fte_persons", "key_hi", "key_lo")
_ORDER = ("to_ref", "key_hi", "key_lo")
"""Nobody is in two leaves of a period, so the key sums tell any two of them apart."""


def calendar_of(dates: Iterable[date]) -> pl.DataFrame:
    """Pair adjacent reference dates: ``from_ref, to_ref``; the first date has no ``from_ref``."""
    refs = sorted(set(dates))
    return pl.DataFrame({"from_ref": [None, *refs][: len(refs)], "to_ref": refs}, schema=CALENDAR)


class BrokenContract(AfspiegelingError):
    """An engine returned leaves that cannot be right: our own failure, never the input's."""


class Engine(Protocol):
    """Something that runs ``leaf.sql`` on the relations that it was made with."""

    def leaves(self, calendar: pl.DataFrame) -> pl.DataFrame:
        """Compute the leaves of all periods of the calendar, ``checked``."""


class DuckDbEngine:
    """Compute leaves on a DuckDB connection.

    The connection offers the relations ``snapshot``, ``presence`` and ``movement`` (tables or
    views); the calendar is given with the question.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def leaves(self, calendar: pl.DataFrame) -> pl.DataFrame:
        """Compute the leaves of all periods of the calendar, checked and in a fixed order.

        Args:
            calendar: ``from_ref, to_ref`` as :func:`calendar_of` makes it.

        Raises:
            BrokenContract: the result cannot be right.
        """
        self._connection.register("calendar", calendar)
        try:
            found = pl.DataFrame(self._connection.sql(LEAF_SQL).to_arrow_table())
        finally:
            self._connection.unregister("calendar")
        return checked(found)


def checked(leaves: pl.DataFrame) -> pl.DataFrame:
    """Return the leaves sorted, once they fit the contract of every engine.

    Raises:
        BrokenContract: another schema, a null where a state must stand, a row without persons,
            or a side that does not fit the kind of the row.
    """
    if leaves.schema != LEAVES:
        wrong = sorted(set(leaves.schema.items()) ^ set(LEAVES.items()), key=str)
        raise BrokenContract("Leaves have another schema than agreed", got=str(wrong))
    for name, fault in _faults().items():
        count = leaves.filter(fault).height
        if count:
            raise BrokenContract("Leaves break their contract", where=name, got=f"{count} rows")
    return leaves.sort(_ORDER)


def _faults() -> dict[str, pl.Expr]:
    kind = pl.col("kind")
    before = kind.is_in(["stay", "exit", "measured_out"])
    after = ~kind.is_in(["exit", "measured_out"])
    required = ["to_ref", "kind", "move", *_MEASURES]
    return {
        "a null key": pl.any_horizontal(pl.col(required).is_null()),
        "no persons": pl.col("persons") <= 0,
        "a negative sum": pl.any_horizontal(pl.col(_MEASURES) < 0),
        "more fte than persons": pl.col("fte_persons") > pl.col("persons"),
        "an unknown kind": ~kind.is_in(KINDS) | ~pl.col("move").is_in(MOVES),
        "a first row with a period": (kind == "first") != pl.col("from_ref").is_null(),
        "a wrong state before": _wrong_side("from", before),
        "a wrong state after": _wrong_side("to", after),
        "a move without a stay": (pl.col("move") != "none") & (kind != "stay"),
        "time in scale": pl.col("periods_in_scale").is_null() == before,
    }


def _wrong_side(side: str, has_state: pl.Expr) -> pl.Expr:
    """Match rows that lack a state they must have, or have anything of one they must not."""
    state = [f"{side}_{column}" for column in _STATE]
    everything = state + [f"{side}_{key}" for key in ATTRIBUTES]
    missing = pl.any_horizontal(pl.col(state).is_null())
    present = pl.any_horizontal(pl.col(everything).is_not_null())
    return (has_state & missing) | (~has_state & present)
