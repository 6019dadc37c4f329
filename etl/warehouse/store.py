"""The person-level store: one DuckDB file, mode 0600, in a directory of mode 0700.

One command opens it, does its work and closes it; a second one that wants to write at the same
time is refused by DuckDB's lock. What is stored changes only inside :meth:`Warehouse.transaction`
(`etl.load` uses one a command), so a crash leaves the state from before.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, Self

import duckdb
import polars as pl

from etl import durable
from etl.errors import RefusedInput
from etl.settings import Settings
from etl.steps import Step, passed
from etl.warehouse.engine import DuckDbEngine, calendar_of
from etl.warehouse.layout import LAYOUT, bring_along, layout_of
from etl.warehouse.tree import unit_lines, unit_paths

RELATIONS_SQL = """
CREATE OR REPLACE TEMP VIEW snapshot AS SELECT * FROM fct_snapshot;
CREATE OR REPLACE TEMP VIEW presence AS SELECT * FROM fct_presence;
CREATE OR REPLACE TEMP VIEW movement AS SELECT * FROM fct_movement;
"""
"""The names by which ``leaf.sql`` knows the tables of this store."""

CONFIG = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}

Mode = Literal["write", "change", "read", "scratch"]


class Warehouse:
    """The store, while it is open. Make one with :meth:`open`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    @classmethod
    @contextmanager
    def open(cls, settings: Settings, mode: Mode = "write") -> Iterator[Self]:
        """Open the warehouse of a home.

        Args:
            settings: whose ``warehouse`` is the file.
            mode: ``write`` creates it when needed and locks out every other command; ``change``
                does so where there is one; ``read`` requires it; ``scratch`` is an empty one in
                memory that never reaches the disk.

        Raises:
            RefusedInput: another command has it open, there is none to read or change, the file
                is no warehouse, or its layout is newer or too old.
        """
        connection = _connect(settings.warehouse, mode)
        if mode == "read" and layout_of(connection) != LAYOUT:
            connection.close()
            with cls.open(settings, "change"):
                pass  # the first command of a version brings the file along
            connection = _connect(settings.warehouse, mode)
        try:
            if mode in {"write", "change"}:
                durable.clear(settings.warehouse.parent, f".{settings.warehouse.name}.*")
            if mode != "read":
                bring_along(
                    connection,
                    None if mode == "scratch" else settings.warehouse,
                    published=any(settings.published.glob("publication-*.duckdb")),
                )
            connection.execute("SET enable_external_access = false")
            connection.execute(RELATIONS_SQL)
            passed(Step.WAREHOUSE_OPEN)
            yield cls(connection)
        finally:
            connection.close()

    @contextmanager
    def transaction(self, *, keep: bool = True) -> Iterator[None]:
        """Do everything inside as one: all of it, or nothing when anything raises.

        Args:
            keep: false undoes the work at the end as well (a dry run).
        """
        self.connection.begin()
        try:
            yield
        except BaseException:
            with suppress(duckdb.Error):  # a full disk may have ended the transaction by itself
                self.connection.rollback()
            raise
        if keep:
            self.connection.commit()
        else:
            self.connection.rollback()

    def frame(self, sql: str, parameters: Sequence[Any] = ()) -> pl.DataFrame:
        """Answer one static query with bound parameters."""
        relation = self.connection.sql(sql, params=list(parameters))
        return pl.DataFrame(relation.to_arrow_table())

    @contextmanager
    def registered(self, name: str, rows: pl.DataFrame) -> Iterator[None]:
        """Offer a frame to SQL as the relation ``name``, for as long as the block runs."""
        self.connection.register(name, rows)
        try:
            yield
        finally:
            self.connection.unregister(name)

    def is_empty(self) -> bool:
        """Tell whether nothing was ever loaded."""
        return self.frame("SELECT load_id FROM ledger LIMIT 1").is_empty()

    # --- what the metrics read

    def units(self) -> pl.DataFrame:
        """Return the rows of `organisatie` in force, sorted: columns of the extract."""
        return self.frame(
            "SELECT code, name_nl, name_en, parent, level, valid_from, valid_to, successor_of "
            "FROM dim_unit ORDER BY code, valid_from"
        )

    def unit_closure(self, dates: Iterable[date] | None = None) -> pl.DataFrame:
        """Return ``ref, unit, ancestor, level`` at the dates (default: every snapshot)."""
        return unit_paths(self.units(), self.snapshot_dates() if dates is None else dates)

    def unit_lines(self) -> pl.DataFrame:
        """Return ``unit, line``: codes of one line of succession are one unit over time."""
        return unit_lines(self.units())

    def snapshot_dates(self) -> list[date]:
        """Return the reference dates that have valid person rows, oldest first."""
        found = self.frame("SELECT DISTINCT ref FROM fct_snapshot ORDER BY ref")
        return found["ref"].to_list()

    def calendar(self) -> pl.DataFrame:
        """Return ``from_ref, to_ref`` of adjacent snapshots; the first has no ``from_ref``."""
        return calendar_of(self.snapshot_dates())

    def leaves(self) -> pl.DataFrame:
        """Compute the leaves of all periods (columns: `etl.warehouse.engine.LEAVES`)."""
        return DuckDbEngine(self.connection).leaves(self.calendar())

    def head_counts(self) -> pl.DataFrame:
        """Count ``ref, persons`` of the valid rows, for the check against the leaves."""
        return self.frame(
            "SELECT ref, COUNT(*) AS persons FROM fct_snapshot GROUP BY ref ORDER BY ref"
        )

    def origin_counts(self) -> pl.DataFrame:
        """Count ``ref, origin, persons``: true figures, for the steward."""
        return self.frame(
            "SELECT ref, origin, COUNT(*) AS persons FROM fct_snapshot GROUP BY ref, origin "
            "ORDER BY ref, origin"
        )

    def used_units(self) -> pl.DataFrame:
        """Return ``ref, unit`` wherever a unit has people of its own."""
        return self.frame("SELECT DISTINCT ref, unit FROM fct_snapshot ORDER BY ref, unit")

    def targets(self) -> pl.DataFrame:
        """Return the rows of `streefcijfers` in force."""
        return self.frame(
            "SELECT indicator, scale_group, unit, value, year, status, source FROM dim_target "
            "ORDER BY indicator, scale_group, unit, year"
        )

    # --- what the steward and the page on accountability read

    def loads(self) -> pl.DataFrame:
        """Return the ledger, oldest first, replaced loads included."""
        return self.frame("SELECT * FROM ledger ORDER BY load_id")

    def standing_loads(self, without: Collection[str] = ()) -> pl.DataFrame:
        """Return the loads whose rows are in force: ``extract, reference_date, sha256, ...``.

        A file with several reference dates is listed once for each date that is still its own.
        Extracts in ``without`` are left out.
        """
        return self.frame(
            "SELECT l.extract, d.ref AS reference_date, l.sha256, l.rows_read, l.rows_kept "
            "FROM ledger AS l LEFT JOIN ledger_date AS d ON d.load_id = l.load_id "
            "WHERE (l.replaced_by IS NULL OR d.ref IS NOT NULL) "
            "AND (d.ref IS NOT NULL OR l.load_id NOT IN (SELECT load_id FROM retirement)) "
            "AND NOT list_contains(?::VARCHAR[], l.extract) "
            "ORDER BY l.extract, d.ref, l.load_id",
            [sorted(without)],
        )

    def quarantine(self) -> pl.DataFrame:
        """Return ``rule, reason, file, line, row`` of every refused row of files in force."""
        return self.frame(
            "SELECT rule, reason, file, line, row FROM quarantine ORDER BY file, line, rule"
        )

    def refusals(self, without: Collection[str] = ()) -> pl.DataFrame:
        """Count ``rule, rows`` of the refused rows of files in force, but not of ``without``."""
        return self.frame(
            "SELECT rule, COUNT(*) AS rows FROM quarantine WHERE load_id NOT IN "
            "(SELECT load_id FROM ledger WHERE list_contains(?::VARCHAR[], extract)) "
            "GROUP BY rule ORDER BY rule",
            [sorted(without)],
        )

    def findings(self) -> pl.DataFrame:
        """Return the plausibility findings, figures included: for the steward's eyes only."""
        return self.frame("SELECT * FROM plausibility ORDER BY ref, rule, unit")

    def warnings(self) -> pl.DataFrame:
        """Return the findings without figures: ``rule, unit, ref, severity, accepted_reason``."""
        return self.findings().select("rule", "unit", "ref", "severity", "accepted_reason")

    def held(self) -> pl.DataFrame:
        """Return the gross findings that nobody accepted yet: they hold ``publish``."""
        return self.warnings().filter(
            pl.col("severity") == "gross", pl.col("accepted_reason").is_null()
        )

    def accept(self, reason: str, at: datetime) -> int:
        """Accept every gross finding that stands open, with a reason that is recorded.

        Returns:
            How many findings were accepted.

        Raises:
            RefusedInput: the reason is empty.
        """
        if not reason.strip():
            raise RefusedInput(
                "A gross implausibility is accepted with a reason only",
                expected="one sentence that can be read later",
                next_step='give it with --accept "..."',
            )
        count = self.held().height
        self.connection.execute(
            "UPDATE plausibility SET accepted_reason = ?, accepted_at = ? "
            "WHERE severity = 'gross' AND accepted_reason IS NULL",
            [reason.strip(), at],
        )
        return count


def _connect(path: Path, mode: Mode) -> duckdb.DuckDBPyConnection:
    if mode == "scratch":
        return duckdb.connect(":memory:", config=dict(CONFIG))
    if mode in {"read", "change"} and not path.is_file():
        raise RefusedInput(
            "There is no warehouse yet",
            where=str(path),
            next_step="load extracts first: afspiegeling load DIRECTORY --mapping NAME_OR_FILE",
        )
    # The directory closes the door before the file exists, so there is no moment with wider rights.
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    if not path.exists():
        _create(path)
    try:
        connection = duckdb.connect(str(path), read_only=mode == "read", config=dict(CONFIG))
    except duckdb.Error as error:
        raise _refusal(path, error) from error
    path.chmod(0o600)
    return connection


def _create(path: Path) -> None:
    """Make an empty warehouse, whole before it has its name: half a file could never be opened."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with duckdb.connect(str(new), config=dict(CONFIG)) as connection:
            bring_along(connection, None)
    except duckdb.Error as error:
        raise _refusal(path, error) from error
    with suppress(FileNotFoundError):
        new.chmod(0o600)
    durable.name_once(new, path)
    durable.sync(path.parent.parent)


def rewrite(settings: Settings) -> None:
    """Write the file of the warehouse anew: deleted rows stay readable in its free space else.

    Raises:
        RefusedInput: another command has it open; the old file stays.
    """
    path = settings.warehouse
    new = path.with_suffix(".rewritten")
    new.unlink(missing_ok=True)
    with duckdb.connect(":memory:", config=dict(CONFIG)) as connection:
        try:
            connection.execute("ATTACH ? AS old", [str(path)])
        except duckdb.Error as error:
            raise _refusal(path, error) from error
        connection.execute("ATTACH ? AS new", [str(new)])
        connection.execute("COPY FROM DATABASE old TO new")
        connection.execute("DETACH new")
        new.chmod(0o600)
        durable.rename(new, path)  # while the old one is still locked: nobody writes in between


def _refusal(path: Path, error: duckdb.Error) -> RefusedInput:
    if isinstance(error, duckdb.ConnectionException) or "lock" in str(error).lower():
        return RefusedInput(
            "The warehouse is in use by another command",
            where=str(path),
            expected="one command at a time on one home",
            next_step="wait until the other command is done, then try again",
        )
    return RefusedInput(
        "The warehouse cannot be opened",
        where=str(path),
        expected="a warehouse written by this version, on a disk that can be written",
        got=str(error).splitlines()[0],
        next_step="restore a backup, or use another --home",
    )
