"""Hand the relations of the warehouse to an engine elsewhere, as Parquet in a directory they share.

Person rows under pseudonyms: the directory is made for one question, with mode 0700, and taken away
when it is answered. What a command left that was killed is taken away by the next one.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import polars as pl
from pyarrow.parquet import ParquetWriter

from etl.errors import RefusedInput
from etl.warehouse.engine import RELATIONS

ROWS_A_FILE = 500_000
"""Rows of one Parquet file: enough files for many executors, and a bound on what is in memory."""
_SELECT = {
    name: f"SELECT {', '.join(schema)} FROM {name}"  # noqa: S608  (constants of the module)
    for name, schema in RELATIONS.items()
}


@contextmanager
def run_directory(shared: Path) -> Iterator[Path]:
    """A directory of our own in the shared one, gone afterwards whatever happens.

    Raises:
        RefusedInput: the shared directory is not there or cannot be written.
    """
    if not shared.is_dir() or not os.access(shared, os.W_OK | os.X_OK):
        raise RefusedInput(
            "The directory that is shared with the executors is not there, or cannot be written",
            where=str(shared),
            expected="a directory that this machine and every executor see under this path",
            next_step="mount it, or correct AFSPIEGELING_SPARK_SHARED",
        )
    _clear_left(shared)
    run = shared.resolve() / f"run-{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
    run.mkdir(mode=0o700)
    try:
        yield run
    finally:
        shutil.rmtree(run, ignore_errors=True)


def _clear_left(shared: Path) -> None:
    """Take away what commands on this machine left behind that do not live any more."""
    host = socket.gethostname()
    for left in shared.glob(f"run-{host}-*-*"):
        process = left.name.removeprefix(f"run-{host}-").split("-")[0]
        if process.isdigit() and not _lives(int(process)):
            shutil.rmtree(left, ignore_errors=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def hand_over(connection: duckdb.DuckDBPyConnection, directory: Path) -> None:
    """Write ``RELATIONS`` below the directory, each in files of at most ``ROWS_A_FILE`` rows.

    Only the columns that the leaf query reads; a batch at a time, so that memory does not grow
    with the warehouse.
    """
    for name, schema in RELATIONS.items():
        (directory / name).mkdir()
        reader = connection.sql(_SELECT[name]).to_arrow_reader(ROWS_A_FILE)
        number = -1
        for number, batch in enumerate(reader):
            _write(directory / name / f"{number:05d}.parquet", pl.DataFrame(batch), schema)
        if number < 0:
            _write(directory / name / "00000.parquet", pl.DataFrame(schema=schema), schema)


def _write(path: Path, rows: pl.DataFrame, schema: pl.Schema) -> None:
    table = rows.select(pl.col(name).cast(kind) for name, kind in schema.items()).to_arrow()
    with ParquetWriter(path, table.schema, compression="zstd") as writer:
        writer.write_table(table)


def check_relations(directory: Path) -> None:
    """Check that every file of every relation has the columns that were agreed.

    Raises:
        RefusedInput: naming the file and the columns that differ.
    """
    for name, schema in RELATIONS.items():
        for path in sorted((directory / name).glob("*.parquet")):
            found = pl.read_parquet_schema(path)
            wrong = set(found.items()) ^ set(schema.items())
            if wrong:
                raise RefusedInput(
                    "The files of a relation do not have one schema",
                    where=f"{name}/{path.name}",
                    expected=_told(schema, {column for column, _ in wrong}),
                    got=_told(found, {column for column, _ in wrong}),
                    next_step="let one version of Afspiegeling write them all, into an empty "
                    "directory; nothing was changed",
                )


def _told(schema: dict[str, pl.DataType] | pl.Schema, columns: set[str]) -> str:
    told = [f"{name} {kind}" for name, kind in schema.items() if name in columns]
    return ", ".join(told) or "no such column"
