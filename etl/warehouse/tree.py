"""The organisation tree over time: who hangs under whom at a date, and which code follows which.

A unit code may have several rows with disjoint validity (the same code under another parent after a
reorganisation). Everything here takes the rows as the extract `organisatie` gives them: ``code``,
``parent`` (null: the root), ``level``, ``valid_from``, ``valid_to`` (null: open) and
``successor_of`` (null: none).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import polars as pl

from etl.errors import RefusedInput

PATHS = pl.Schema(
    {"ref": pl.Date(), "unit": pl.String(), "ancestor": pl.String(), "level": pl.Int16()}
)
"""Columns of :func:`unit_paths`."""

Row = tuple[str, str | None, int, date, date | None]


def unit_paths(units: pl.DataFrame, dates: Iterable[date]) -> pl.DataFrame:
    """Every unit that is valid at each date, with each of its ancestors and with itself.

    Args:
        units: rows of the extract `organisatie`.
        dates: reference dates; each is answered by the tree of that date alone.

    Returns:
        ``ref, unit, ancestor, level``, sorted; ``level`` is the level of the *ancestor*. A unit
        is its own ancestor, so a join on ``unit`` and a sum per ``ancestor`` is a roll-up.
        A path ends where a parent is not valid at the date (:func:`check_tree` refuses that for
        units that hold people).

    Raises:
        RefusedInput: parents run in a circle, or a code has two rows at one date.
    """
    rows: list[Row] = list(
        units.select("code", "parent", "level", "valid_from", "valid_to").iter_rows()
    )
    found = [path for ref in sorted(set(dates)) for path in _paths_at(rows, ref)]
    return pl.DataFrame(found, schema=PATHS, orient="row").sort("ref", "unit", "level", "ancestor")


def _paths_at(rows: list[Row], ref: date) -> list[tuple[date, str, str, int]]:
    valid = _valid_at(rows, ref)
    paths = []
    for unit in valid:
        seen: set[str] = set()
        step: str | None = unit
        while step is not None and step in valid:
            if step in seen:
                raise RefusedInput(
                    "Units hang under each other in a circle",
                    where=f"extract organisatie, unit {unit}, {ref.isoformat()}",
                    expected="a tree: following bovenliggend ends at the root",
                    next_step="correct bovenliggend of one of " + ", ".join(sorted(seen)),
                )
            seen.add(step)
            parent, level = valid[step]
            paths.append((ref, unit, step, level))
            step = parent
    return paths


def _valid_at(rows: list[Row], ref: date) -> dict[str, tuple[str | None, int]]:
    valid: dict[str, tuple[str | None, int]] = {}
    for code, parent, level, valid_from, valid_to in rows:
        if valid_from <= ref and (valid_to is None or valid_to >= ref):
            if code in valid:
                raise RefusedInput(
                    "A unit has two rows at one date",
                    where=f"extract organisatie, unit {code}, {ref.isoformat()}",
                    expected="validity periods of one code that do not overlap",
                    next_step="give the older row a geldig_tot before geldig_van of the newer",
                )
            valid[code] = (parent, level)
    return valid


def unit_lines(units: pl.DataFrame) -> pl.DataFrame:
    """The line of succession that each unit code belongs to.

    Two codes share a line when the later one says ``successor_of`` the earlier, no other code
    claims the same predecessor (1:1), and the earlier one has ended when the later one begins.
    A move from a unit to another of the same line is no transfer, and a trend may cross it.

    Returns:
        ``unit, line``: one row a code; ``line`` is the oldest code of the chain (a unit without
        predecessor is its own line).
    """
    follows = _successions(units)
    codes = sorted(set(units["code"].to_list()))
    return pl.DataFrame(
        {"unit": codes, "line": [_oldest(code, follows) for code in codes]},
        schema={"unit": pl.String, "line": pl.String},
    )


def _successions(units: pl.DataFrame) -> dict[str, str]:
    """New code -> old code, for successions that are 1:1 and do not overlap in time."""
    spans = units.group_by("code").agg(
        begin=pl.col("valid_from").min(),
        # An open row means that the code has not ended, whatever its other rows say.
        end=pl.when(pl.col("valid_to").is_null().any())
        .then(None)
        .otherwise(pl.col("valid_to").max()),
    )
    claims = (
        units.filter(pl.col("successor_of").is_not_null())
        .select(new="code", old="successor_of")
        .unique()
        .filter(pl.len().over("old") == 1, pl.len().over("new") == 1)
    )
    joined = claims.join(spans, left_on="new", right_on="code").join(
        spans, left_on="old", right_on="code", suffix="_old"
    )
    ended = joined.filter(pl.col("end_old") < pl.col("begin"))
    return dict(ended.select("new", "old").iter_rows())


def _oldest(code: str, follows: dict[str, str]) -> str:
    # Each step goes back in time (an ended code before a begun one), so this ends.
    while code in follows:
        code = follows[code]
    return code


def check_tree(units: pl.DataFrame, used: pl.DataFrame, root: str) -> None:
    """Check that every unit with people reaches the root at the date it has them.

    Args:
        units: rows of the extract `organisatie`.
        used: ``ref, unit`` of the person rows (distinct or not).
        root: code of the unit that is the whole.

    Raises:
        RefusedInput: a unit with people is not valid at its date, or its path does not end at
            ``root``; or the tree itself is wrong (:func:`unit_paths`).
    """
    used = used.select("ref", "unit").unique()
    rooted = unit_paths(units, used["ref"]).filter(pl.col("ancestor") == root)
    lost = used.join(rooted, on=["ref", "unit"], how="anti").sort("ref", "unit")
    if not lost.is_empty():
        ref, unit = lost.row(0)
        raise RefusedInput(
            "A unit that has people does not reach the root of the organisation",
            where=f"unit {unit}, reference date {ref.isoformat()}"
            + (f", and {lost.height - 1} more" if lost.height > 1 else ""),
            expected=f"units valid at that date, each under the next, up to {root}",
            next_step="load an organisatie extract in which the unit and every unit above it are "
            "valid at that date (root: organisation.toml)",
        )
