"""Write staged files into the warehouse and keep account of each.

What a file replaces depends on its extract:

- `personeel`: everything of the reference dates it holds;
- `organisatie`: every row of the unit codes that it gives otherwise than before;
- `cbs-barometer`: every row of the same reference date;
- `streefcijfers`: every row with the same indicator, scale group, unit and year;
- `mutaties`: earlier files of the same name whose effective dates it covers from first to last;
- `exit-uitnodigingen`, `exit-antwoorden`: every row of the years it holds.

All functions work inside the caller's transaction (`Warehouse.transaction`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import chain
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from etl.errors import RefusedInput
from etl.pseudonym import KEY_NAMES, Keys
from etl.schemas import (
    BAROMETER,
    EXIT_EXTRACTS,
    STAGED_ANSWERS,
    STAGED_BAROMETER,
    STAGED_INVITATIONS,
    STAGED_MUTATIES,
    STAGED_ORGANISATIE,
    STAGED_PERSONEEL,
    STAGED_STREEFCIJFERS,
)
from etl.settings import Settings
from etl.warehouse.store import Warehouse

ROWS = {
    "organisatie": STAGED_ORGANISATIE,
    "personeel": STAGED_PERSONEEL,
    "mutaties": STAGED_MUTATIES,
    "streefcijfers": STAGED_STREEFCIJFERS,
    "cbs-barometer": STAGED_BAROMETER,
    "exit-uitnodigingen": STAGED_INVITATIONS,
    "exit-antwoorden": STAGED_ANSWERS,
}
"""Columns of the staged rows of each extract, in the order in which extracts are loaded."""

_INSERT = {
    "personeel": "INSERT INTO fct_snapshot BY NAME SELECT * FROM staged",
    "organisatie": "INSERT INTO dim_unit BY NAME SELECT * FROM staged",
    "mutaties": "INSERT INTO fct_movement BY NAME SELECT * FROM staged",
    "streefcijfers": "INSERT INTO dim_target BY NAME SELECT * FROM staged",
    "cbs-barometer": "INSERT INTO fct_barometer BY NAME SELECT * FROM staged",
    "exit-uitnodigingen": "INSERT INTO fct_exit_invitation BY NAME SELECT * FROM staged",
    "exit-antwoorden": "INSERT INTO fct_exit_answer BY NAME SELECT * FROM staged",
}
_DELETE_DATES = {
    "cbs-barometer": "DELETE FROM fct_barometer WHERE ref IN (SELECT ref FROM staged)",
    "exit-uitnodigingen": "DELETE FROM fct_exit_invitation WHERE year IN (SELECT year FROM staged)",
    "exit-antwoorden": "DELETE FROM fct_exit_answer WHERE year IN (SELECT year FROM staged)",
}
_STANDING = """
SELECT load_id FROM ledger_date UNION SELECT load_id FROM dim_unit
UNION SELECT load_id FROM dim_target UNION SELECT load_id FROM fct_movement
"""


class Staged(Protocol):
    """What the ledger needs of a staged file (`etl.stage.StagedFile`)."""

    @property
    def extract(self) -> str: ...  # noqa: D102
    @property
    def path(self) -> Path: ...  # noqa: D102
    @property
    def sha256(self) -> str: ...  # noqa: D102
    @property
    def rows_read(self) -> int: ...  # noqa: D102
    @property
    def rows_kept(self) -> int: ...  # noqa: D102
    @property
    def rows(self) -> pl.DataFrame: ...  # noqa: D102
    @property
    def quarantine(self) -> pl.DataFrame: ...  # noqa: D102
    @property
    def presence(self) -> pl.DataFrame | None: ...  # noqa: D102


def bound_keys(warehouse: Warehouse, settings: Settings) -> Keys:
    """The keys of a home, checked against its warehouse; runs in the caller's transaction.

    Raises:
        RefusedInput: a key is missing, malformed, or another than the warehouse was made with.
    """
    keys = Keys.of(settings, make=not is_bound(warehouse))
    bind_keys(warehouse, {name: keys.fingerprint(name) for name in KEY_NAMES})
    return keys


def is_bound(warehouse: Warehouse) -> bool:
    """Whether the warehouse was made with keys already: then no new ones are made."""
    return not warehouse.frame("SELECT name FROM key_fingerprint").is_empty()


def bind_keys(warehouse: Warehouse, fingerprints: Mapping[str, str]) -> None:
    """Remember the fingerprints of the keys at the first load; later, require the same keys.

    Raises:
        RefusedInput: a key is another than the one the warehouse was made with.
    """
    known = dict(warehouse.frame("SELECT name, fingerprint FROM key_fingerprint").iter_rows())
    for name, fingerprint in fingerprints.items():
        if known.setdefault(name, fingerprint) != fingerprint:
            raise RefusedInput(
                f"The key '{name}' is not the one that this warehouse was made with",
                expected="the same keys for the whole life of a warehouse: with another key every "
                "person would leave and join anew; fingerprint " + known[name],
                got=f"fingerprint {fingerprint}",
                next_step="restore the key files (or environment variables), or use another --home",
            )
    warehouse.connection.execute("DELETE FROM key_fingerprint")
    for name, fingerprint in known.items():
        warehouse.connection.execute(
            "INSERT INTO key_fingerprint VALUES (?, ?)", [name, fingerprint]
        )


def loaded_dates(
    warehouse: Warehouse, extract: str, sha256: str, context: str
) -> list[date] | None:
    """Return `reference_dates` of this very file, if it is in force as a whole; else None.

    In force: the same bytes, read in the same context, and nothing of it replaced since. A file
    with rows that lay in the future when it was loaded is read again: they may be past by now.
    """
    found = warehouse.frame(
        "SELECT load_id FROM ledger "
        "WHERE extract = ? AND sha256 = ? AND context = ? AND replaced_by IS NULL "
        "AND load_id NOT IN (SELECT load_id FROM quarantine WHERE rule = 'date_future')",
        [extract, sha256, context],
    )
    if found.is_empty():
        return None
    dates = warehouse.frame(
        "SELECT ref FROM ledger_date WHERE load_id = ? ORDER BY ref", [found["load_id"][0]]
    )
    return list(dates["ref"].to_list())


def reference_dates(staged: Staged) -> list[date]:
    """Return the reference dates of a `personeel` file, refused rows included; else none.

    A year of the exit monitor stands as its last day; of `cbs-barometer` those of valid rows.
    """
    if staged.extract in EXIT_EXTRACTS:
        return [date(year, 12, 31) for year in staged.rows["year"].unique().sort()]
    if staged.extract == BAROMETER:
        return list(staged.rows["ref"].unique().sort())
    if staged.extract != "personeel":
        return []
    frames = [staged.rows] if staged.presence is None else [staged.rows, staged.presence]
    return list(pl.concat(frame["ref"].unique() for frame in frames).unique().drop_nulls().sort())


def store(
    warehouse: Warehouse, staged: Staged, *, mapping: str, context: str, loaded_at: datetime
) -> list[str]:
    """Store one staged file in place of what it replaces.

    Returns:
        The names of the files of which rows were replaced.

    Raises:
        RefusedInput: the staged rows hold a person twice at one date.
    """
    return store_parts(
        warehouse,
        iter([staged]),
        reference_dates(staged),
        mapping=mapping,
        context=context,
        loaded_at=loaded_at,
    )


def store_parts(
    warehouse: Warehouse,
    parts: Iterator[Staged],
    dates: Sequence[date],
    *,
    mapping: str,
    context: str,
    loaded_at: datetime,
) -> list[str]:
    """Store the parts of one staged file, no more than one at a time, in place of what it replaces.

    Args:
        warehouse: where.
        parts: at least one; of personnel files only there may be more, and nobody is in two.
        dates: the reference dates of the file.
        mapping: its name.
        context: what the file was read with (`etl.load`).
        loaded_at: the time of loading.

    Returns:
        The names of the files of which rows were replaced.

    Raises:
        RefusedInput: the staged rows hold a person twice at one date.
    """
    load_id = _next_id(warehouse)
    staged = next(parts)
    rows = _rows_of(warehouse, staged)
    replaced = _make_room(warehouse, staged, rows, dates)
    for ref in dates:
        warehouse.connection.execute("INSERT INTO ledger_date VALUES (?, ?)", [load_id, ref])
    read = kept = refused = 0
    for part in chain([staged], parts):
        rows = rows if part is staged else _rows_of(warehouse, part)
        _insert_rows(warehouse, part, rows, load_id)
        read, kept = read + part.rows_read, kept + part.rows_kept
        refused += part.quarantine.height
    warehouse.connection.execute(
        "INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
        [
            load_id,
            loaded_at,
            staged.path.name,
            staged.sha256,
            staged.extract,
            mapping,
            context,
            dates[0] if len(dates) == 1 else None,
            read,
            kept,
            refused,
        ],
    )
    return _close_replaced(warehouse, replaced, staged, load_id)


def _rows_of(warehouse: Warehouse, staged: Staged) -> pl.DataFrame:
    """The rows to be stored.

    Raises:
        RefusedInput: a person is in them twice at one date.
    """
    rows = staged.rows.select(
        pl.col(name).cast(kind) for name, kind in ROWS[staged.extract].items()
    )
    if staged.extract == "organisatie":
        return _changed_units(warehouse, rows)
    if staged.extract == "personeel":
        _check_once(rows)
    return rows


def _next_id(warehouse: Warehouse) -> int:
    found = warehouse.frame("SELECT COALESCE(MAX(load_id), 0) + 1 AS load_id FROM ledger")
    return int(found.item())


def _changed_units(warehouse: Warehouse, rows: pl.DataFrame) -> pl.DataFrame:
    """Leave out the codes that stand as they are: the root is in more than one file."""
    known = warehouse.units().filter(pl.col("code").is_in(rows["code"].unique().implode()))
    same = list(ROWS["organisatie"])
    new = rows.join(known, on=same, how="anti", nulls_equal=True)
    gone = known.join(rows, on=same, how="anti", nulls_equal=True)
    changed = pl.concat([new["code"], gone["code"]]).unique()
    return rows.filter(pl.col("code").is_in(changed.implode()))


def _make_room(
    warehouse: Warehouse, staged: Staged, rows: pl.DataFrame, dates: Sequence[date]
) -> set[int]:
    """Delete what the file replaces; return the loads that lose rows."""
    if staged.extract == "personeel":
        return _clear_dates(warehouse, dates)
    if staged.extract == "mutaties":
        return _clear_movements(warehouse, staged.path.name, rows)
    if staged.extract in _DELETE_DATES:
        with warehouse.registered("staged", rows):
            warehouse.connection.execute(_DELETE_DATES[staged.extract])
        return _release(warehouse, staged.extract, dates)
    with warehouse.registered("staged", rows):
        if staged.extract == "organisatie":
            return _deleted(
                warehouse,
                "DELETE FROM dim_unit WHERE code IN (SELECT code FROM staged) RETURNING load_id",
            )
        return _deleted(
            warehouse,
            "DELETE FROM dim_target WHERE (indicator, scale_group, unit, year) IN "
            "(SELECT (indicator, scale_group, unit, year) FROM staged) RETURNING load_id",
        )


def _check_once(rows: pl.DataFrame) -> None:
    twice = rows.filter(rows["person"].is_duplicated())
    twice = twice.filter(pl.struct("ref", "person").is_duplicated())
    if not twice.is_empty():
        raise RefusedInput(
            "A person has more than one staged row at one reference date",
            where=f"reference date {min(twice['ref'].to_list()).isoformat()}",
            expected="one row per person after the main-employment rule",
        )


def _clear_dates(warehouse: Warehouse, dates: Sequence[date]) -> set[int]:
    for ref in dates:
        warehouse.connection.execute("DELETE FROM fct_snapshot WHERE ref = ?", [ref])
        warehouse.connection.execute("DELETE FROM fct_presence WHERE ref = ?", [ref])
    return _release(warehouse, "personeel", dates)


def _release(warehouse: Warehouse, extract: str, dates: Sequence[date]) -> set[int]:
    """Take the dates from the loads that held them; return these loads."""
    lost: set[int] = set()
    for ref in dates:
        lost |= _deleted(
            warehouse,
            "DELETE FROM ledger_date WHERE ref = ? AND load_id IN "
            "(SELECT load_id FROM ledger WHERE extract = ?) RETURNING load_id",
            [ref, extract],
        )
    return lost


def _clear_movements(warehouse: Warehouse, file: str, rows: pl.DataFrame) -> set[int]:
    if rows.is_empty():
        return set()
    covered = warehouse.frame(
        "SELECT m.load_id FROM fct_movement AS m JOIN ledger AS l ON l.load_id = m.load_id "
        "WHERE l.file = ? GROUP BY m.load_id "
        "HAVING MIN(m.effective) >= ? AND MAX(m.effective) <= ?",
        [file, rows["effective"].min(), rows["effective"].max()],
    )
    for load_id in covered["load_id"]:
        warehouse.connection.execute("DELETE FROM fct_movement WHERE load_id = ?", [load_id])
    return set(covered["load_id"].to_list())


def _insert_rows(warehouse: Warehouse, staged: Staged, rows: pl.DataFrame, load_id: int) -> None:
    if staged.extract != "personeel":
        rows = rows.with_columns(load_id=pl.lit(load_id, dtype=pl.Int64))
    with warehouse.registered("staged", rows):
        warehouse.connection.execute(_INSERT[staged.extract])
    if staged.presence is not None:
        # Both files of ids: a valid row is present, whatever the staging step listed.
        listed = staged.presence.select("ref", "person").drop_nulls().unique()
        others = rows.select("ref", "person").join(listed, on=["ref", "person"], how="anti")
        with warehouse.registered("staged", pl.concat([listed, others])):
            warehouse.connection.execute("INSERT INTO fct_presence BY NAME SELECT * FROM staged")
    refused = staged.quarantine.select(
        pl.lit(load_id, dtype=pl.Int64).alias("load_id"), "rule", "reason", "file", "line", "row"
    )
    with warehouse.registered("staged", refused):
        warehouse.connection.execute("INSERT INTO quarantine BY NAME SELECT * FROM staged")


def _close_replaced(
    warehouse: Warehouse, replaced: set[int], staged: Staged, load_id: int
) -> list[str]:
    """Mark the loads that lost rows; drop the quarantine of those that hold nothing any more."""
    standing = set(warehouse.frame(_STANDING)["load_id"].to_list())
    # A file that left nothing but refused rows is replaced by a file of the same name.
    same_name = warehouse.frame(
        "SELECT load_id FROM ledger WHERE file = ? AND extract = ? AND load_id <> ? "
        "AND replaced_by IS NULL",
        [staged.path.name, staged.extract, load_id],
    )
    replaced = replaced | (set(same_name["load_id"].to_list()) - standing)
    files = []
    for old in sorted(replaced):
        if old not in standing:
            warehouse.connection.execute("DELETE FROM quarantine WHERE load_id = ?", [old])
        files += _mark_replaced(warehouse, old, load_id)
    return files


def _mark_replaced(warehouse: Warehouse, old: int, load_id: int) -> list[str]:
    found = warehouse.connection.execute(
        "UPDATE ledger SET replaced_by = ? WHERE load_id = ? RETURNING file", [load_id, old]
    )
    return [file for (file,) in found.fetchall()]


def _deleted(warehouse: Warehouse, sql: str, parameters: Sequence[Any] = ()) -> set[int]:
    return {
        load_id for (load_id,) in warehouse.connection.execute(sql, list(parameters)).fetchall()
    }
