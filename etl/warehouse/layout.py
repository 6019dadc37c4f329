"""The layout of the warehouse file: which one it has, and how an older one becomes this one.

The first command of a new version brings the file along, in one transaction, after a copy of it was
put beside it. A layout that cannot be brought along, or that is newer, is refused untouched.
"""

from __future__ import annotations

import logging
from pathlib import Path

import duckdb

from etl import durable
from etl.errors import RefusedInput

log = logging.getLogger(__name__)

SCHEMA_SQL = (Path(__file__).parent / "schema.sql").read_text(encoding="utf-8")
LAYOUT = 2
"""The layout that ``schema.sql`` describes. 1: before makers and approvals were kept."""
STEPS = {0: "", 1: "ALTER TABLE dim_target ADD COLUMN IF NOT EXISTS source VARCHAR;"}
"""From a layout to the next: what ``schema.sql``, which only adds tables, does not do."""
UNRECORDED = 0
"""The first layout of all: nothing was kept of what was decided when it was published.

It is brought along only where nothing was published yet.
"""


def layout_of(connection: duckdb.DuckDBPyConnection) -> int | None:
    """The layout of an open warehouse; None where there is nothing in it yet."""
    rows = connection.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'main'"
    ).fetchall()
    tables = {name for (name,) in rows}
    if "layout" in tables:
        (number,) = connection.execute("SELECT max(number) FROM layout").fetchone() or (None,)
        return int(number) if number is not None else None
    if "decision" in tables:
        return 1
    return UNRECORDED if "ledger" in tables else None


def bring_along(
    connection: duckdb.DuckDBPyConnection, path: Path | None, *, published: bool = False
) -> None:
    """Give an open warehouse this version's layout; one that has it is left as it is.

    Args:
        connection: open for writing, with access to files.
        path: the file, beside which a copy is put; None: in memory.
        published: whether anything was published from it.

    Raises:
        RefusedInput: the layout is newer, or too old to be brought along; nothing was changed.
    """
    found = layout_of(connection)
    if found == LAYOUT:
        return
    if found is not None:
        _check(found, published=published)
        if path is not None:
            log.warning("The warehouse gets layout %s; as it was, it is in %s", LAYOUT, path.parent)
            _copy(connection, path)
    connection.begin()
    try:
        for number in range(LAYOUT if found is None else found, LAYOUT):
            connection.execute(STEPS[number])
        connection.execute(SCHEMA_SQL)
        connection.execute("INSERT INTO layout VALUES (?, current_timestamp::TIMESTAMP)", [LAYOUT])
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def _check(found: int, *, published: bool) -> None:
    if found > LAYOUT:
        raise RefusedInput(
            "The warehouse was written by a newer version of Afspiegeling",
            expected=f"layout {LAYOUT} or earlier",
            got=f"layout {found}",
            next_step="use that version, or restore a backup that this version made",
        )
    if found == UNRECORDED and published:
        raise RefusedInput(
            "The warehouse is of the first version, which kept no record of what it decided",
            expected=f"layout 1 or {LAYOUT}: without the record, what was published could be "
            "decided anew and give persons away",
            next_step="load the extracts into another --home, and keep the earlier publications "
            "in its published/ directory",
        )


def copy_name(path: Path) -> Path:
    """Where the warehouse is kept as it was before it got this layout."""
    return path.with_name(f"before-layout-{LAYOUT}.duckdb")


def _copy(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    copy = copy_name(path)
    part = copy.with_suffix(".part")
    part.unlink(missing_ok=True)
    connection.execute("ATTACH ? AS before_layout", [str(part)])
    connection.execute("COPY FROM DATABASE warehouse TO before_layout")  # named after its file
    connection.execute("DETACH before_layout")
    part.chmod(0o600)
    durable.rename(part, copy)
