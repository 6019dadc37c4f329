"""Forget a person: every attribute unknown, the pseudonym replaced by a tombstone, for good.

What everybody may know stays: that somebody was there, in which unit and scale, joined and left.
So no head count and no flow moves, and nothing that is published tells when anybody was forgotten.
Record keys stay as well: rounding draws from everybody in a base, and would otherwise date it.
An invitation to the exit monitor counts neither as invited nor as answered any more; the answers
themselves are nobody's: they cannot be found by a personnel number, and stay.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import polars as pl

from etl.cast import as_in_file
from etl.domain import Reference
from etl.errors import RefusedInput
from etl.mapping import ExtractMapping
from etl.pseudonym import Keys
from etl.settings import Settings
from etl.stage import StagedFile
from etl.warehouse.ledger import bound_keys
from etl.warehouse.store import Warehouse, rewrite

STAYS = (
    *("load_id", "ref", "person", "key_hi", "key_lo", "unit", "scale"),
    *("year", "effective", "kind", "from_scale", "to_scale", "from_unit", "to_unit"),
)
"""Columns of person rows that stay; any other one becomes unknown, and so does one yet to come."""

_TABLES = {
    "fct_snapshot": (
        "SELECT * FROM fct_snapshot WHERE person IN (SELECT person FROM gone)",
        "DELETE FROM fct_snapshot WHERE person IN (SELECT person FROM gone)",
        "INSERT INTO fct_snapshot BY NAME SELECT * FROM kept",
    ),
    "fct_presence": (
        "SELECT * FROM fct_presence WHERE person IN (SELECT person FROM gone)",
        "DELETE FROM fct_presence WHERE person IN (SELECT person FROM gone)",
        "INSERT INTO fct_presence BY NAME SELECT * FROM kept",
    ),
    "fct_movement": (
        "SELECT * FROM fct_movement WHERE person IN (SELECT person FROM gone)",
        "DELETE FROM fct_movement WHERE person IN (SELECT person FROM gone)",
        "INSERT INTO fct_movement BY NAME SELECT * FROM kept",
    ),
    "fct_exit_invitation": (
        "SELECT * FROM fct_exit_invitation WHERE person IN (SELECT person FROM gone)",
        "DELETE FROM fct_exit_invitation WHERE person IN (SELECT person FROM gone)",
        "INSERT INTO fct_exit_invitation BY NAME SELECT * FROM kept",
    ),
    "decided_person": (
        "SELECT * FROM decided_person WHERE person IN (SELECT person FROM gone)",
        "DELETE FROM decided_person WHERE person IN (SELECT person FROM gone)",
        "INSERT INTO decided_person BY NAME SELECT * FROM kept",
    ),
}
"""Every table that names a person: how its rows are read, deleted and written again."""

EVERYBODY = """
SELECT person FROM fct_presence UNION SELECT person FROM fct_snapshot
UNION SELECT person FROM fct_movement UNION SELECT person FROM decided_person
UNION SELECT person FROM fct_exit_invitation
"""
"""Every pseudonym and tombstone that is stored."""


def forget(
    settings: Settings,
    numbers: Sequence[str],
    now: datetime,
    how: ExtractMapping | None = None,
) -> int:
    """Forget the persons with these personnel numbers; once more changes nothing.

    Args:
        settings: the home.
        numbers: personnel numbers as the extracts write them, or as ``how`` reads them.
        now: the moment, kept beside the tombstone.
        how: the extract `personeel` of the mapping, where it changes numbers while reading.

    Returns:
        How many persons were forgotten who were not before.

    Raises:
        RefusedInput: there is no warehouse, other keys are in use, no number was given, or one is
            nobody's (told by its place in the list, never by itself); nothing was changed.
    """
    with Warehouse.open(settings, "change") as warehouse:
        reference = Reference.of(settings)
        with warehouse.transaction():
            keys = bound_keys(warehouse, settings)
            names = _named(warehouse, numbers, keys, how)
            new = sorted(set(names.values()) - _tombstones(warehouse))
            _erase_stored(warehouse, names, reference)
            for tombstone in new:
                warehouse.connection.execute(
                    "INSERT INTO forgotten VALUES (?, ?)", [tombstone, now]
                )
    rewrite(settings)
    return len(new)


def forget_again(settings: Settings, tombstones: Collection[str], now: datetime) -> int:
    """Forget whoever has one of these tombstones, in an older state that was restored.

    Returns:
        How many persons were forgotten.

    Raises:
        RefusedInput: a key is missing or another.
    """
    with Warehouse.open(settings, "change") as warehouse, warehouse.transaction():
        keys, reference = bound_keys(warehouse, settings), Reference.of(settings)
        persons = warehouse.frame(EVERYBODY)["person"]
        made = zip(persons, keys.tombstones(persons), strict=True)
        names = {person: tombstone for person, tombstone in made if tombstone in tombstones}
        _erase_stored(warehouse, names, reference)
        for tombstone in sorted(set(tombstones) - _tombstones(warehouse)):
            warehouse.connection.execute("INSERT INTO forgotten VALUES (?, ?)", [tombstone, now])
    rewrite(settings)
    return len(names)


def still_forgotten(
    warehouse: Warehouse, staged: StagedFile, keys: Keys, reference: Reference
) -> StagedFile:
    """The staged file with everybody who was forgotten as such: attributes unknown, tombstone."""
    tombstones = _tombstones(warehouse)
    frames = [f for f in (staged.rows, staged.presence) if f is not None and "person" in f.columns]
    if not tombstones or not frames:
        return staged
    persons = pl.concat([frame["person"] for frame in frames]).unique()
    made = zip(persons, keys.tombstones(persons), strict=True)
    names = {person: tombstone for person, tombstone in made if tombstone in tombstones}
    presence = staged.presence
    return replace(
        staged,
        rows=erased(staged.rows, names, reference),
        presence=None if presence is None else erased(presence, names, reference),
    )


def erased(rows: pl.DataFrame, names: Mapping[str, str], reference: Reference) -> pl.DataFrame:
    """Person rows with some persons forgotten.

    Args:
        rows: any rows with a ``person``.
        names: pseudonym -> tombstone of those to forget.
        reference: says which code of an attribute stands for "not delivered".

    Returns:
        The same rows in the same order; in those of the named persons every column that is not in
        ``STAYS`` is unknown: an attribute's ``empty`` code, else null.
    """
    gone = pl.col("person").is_in(list(names))
    unknown = {key: attribute.empty for key, attribute in reference.attributes.items()}
    return rows.with_columns(
        *(
            pl.when(gone)
            .then(pl.lit(unknown.get(name), dtype=kind))
            .otherwise(pl.col(name))
            .alias(name)
            for name, kind in rows.schema.items()
            if name not in STAYS
        ),
        pl.col("person").replace(dict(names)),
    )


def _tombstones(warehouse: Warehouse) -> set[str]:
    return set(warehouse.frame("SELECT tombstone FROM forgotten")["tombstone"].to_list())


def _named(
    warehouse: Warehouse, numbers: Sequence[str], keys: Keys, how: ExtractMapping | None
) -> dict[str, str]:
    """Pseudonym -> tombstone of each number.

    Raises:
        RefusedInput: there is no number, or a number is nobody's.
    """
    given = pl.Series([number.strip() for number in numbers], dtype=pl.String)
    if given.is_empty() or (given == "").any():
        raise RefusedInput(
            "No personnel number was given",
            expected="one personnel number a line",
            next_step="type it when asked, or give a file: afspiegeling forget < numbers.txt",
        )
    pseudonyms = keys.pseudonyms(given if how is None else as_in_file(given, "person_number", how))
    names = dict(zip(pseudonyms, keys.tombstones(pseudonyms), strict=True))
    known = set(warehouse.frame(EVERYBODY)["person"].to_list()) | _tombstones(warehouse)
    for place, pseudonym in enumerate(pseudonyms, start=1):
        if not {pseudonym, names[pseudonym]} & known:
            raise RefusedInput(
                "A personnel number is nobody's in this warehouse; nobody was forgotten",
                where=f"number {place} of {len(given)}",
                expected="numbers as the extracts write them",
                next_step="correct it; where a mapping changes numbers (leading zeros, values), "
                "name it with --mapping",
            )
    return names


def _erase_stored(warehouse: Warehouse, names: Mapping[str, str], reference: Reference) -> None:
    with warehouse.registered("gone", pl.DataFrame({"person": list(names)})):
        for read, delete, write in _TABLES.values():
            kept = erased(warehouse.frame(read), names, reference)
            warehouse.connection.execute(delete)
            with warehouse.registered("kept", kept):
                warehouse.connection.execute(write)
