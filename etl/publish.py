"""Write a publication: an immutable file, read back and checked, then the pointer is moved.

Takes a :class:`ProtectedTable` and what ``derive`` made of it, nothing else that counts persons.
A crash at any point leaves the pointer at a complete, checked file. The next pointer is written
(``.next.json``) before the publication gets its name: where it still lies there, nobody was ever
pointed at that publication, and the next run makes it again under the same name.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl

from etl import durable
from etl.about import About
from etl.errors import NotPublished, RefusedInput
from etl.metrics.cells import CELLS, KEYS
from etl.metrics.counted import NOT_REACHED, STATUSES
from etl.news import COMPARED, news
from etl.privacy.protect import ProtectedTable
from etl.steps import Step, passed

POINTER = "current.json"
NEXT = ".next.json"
NAME = re.compile(r"publication-(\d{4})-(\d+)\.duckdb")
HISTORY = pl.Schema(
    {"publication": pl.String(), "created": pl.String(), "last_period": pl.String()}
)


@dataclass(frozen=True)
class Publication:
    """A written publication."""

    name: str
    path: Path
    cells: int
    statuses: dict[str, int]
    served: bool = True


def write(
    published: Path,
    table: ProtectedTable,
    derived: pl.DataFrame,
    about: About,
    now: datetime,
    *,
    before_serving: Callable[[str, str], None] | None = None,
    serve: bool = True,
) -> Publication:
    """Write the next publication of the year and serve it.

    Args:
        published: the directory of publications.
        table: protected counts.
        derived: what ``derive`` made of them, same columns.
        about: everything that travels along.
        now: gives the year of the name.
        before_serving: called with the name and checksum when the file is whole and nobody can
            see it yet; where it raises, nothing is published.
        serve: false leaves the pointer where it is: a draft.

    Raises:
        NotPublished: the cells break their contract, or the file does not read back as written.
    """
    published.mkdir(parents=True, exist_ok=True)
    clear_unfinished(published)
    name = _next_name(published, now)
    cells = _cells(table, derived, about)
    tables = _tables(cells, about, name, history(published))
    tables["mart_news"] = news(_before(published), tables)
    path = published / f"publication-{name}.duckdb"
    temporary = published / f".publication-{name}.part"
    _write_file(temporary, tables)
    passed(Step.PUBLICATION_WRITTEN)
    check_file(temporary, tables)
    temporary.chmod(0o644)
    durable.sync(temporary)
    passed(Step.PUBLICATION_CHECKED)
    if before_serving is not None:
        before_serving(name, checksum(temporary))
    passed(Step.DECISIONS_RECORDED)
    if serve:
        durable.write(published / NEXT, _pointer(name, temporary), mode=0o644)
        passed(Step.POINTER_READY)
    durable.rename(temporary, path)
    passed(Step.PUBLICATION_NAMED)
    if serve:
        durable.rename(published / NEXT, published / POINTER)
        passed(Step.POINTER_MOVED)
    statuses = dict(cells.group_by("status").len().sort("status").iter_rows())
    return Publication(name, path, cells.height, statuses, serve)


def point_to(published: Path, name: str) -> None:
    """Serve a publication from now on; readers see the old pointer or the new one.

    Raises:
        RefusedInput: there is no such publication.
    """
    path = file_of(published, name)
    if _pending(published) == name:
        (published / NEXT).unlink()  # somebody chose it: it is no longer one that nobody saw
    durable.write(published / POINTER, _pointer(name, path), mode=0o644)


def file_of(published: Path, name: str) -> Path:
    """The file of a publication.

    Raises:
        RefusedInput: there is no such publication.
    """
    if name not in names(published):
        raise RefusedInput(
            "There is no such publication",
            where=str(published),
            expected="one of " + (", ".join(names(published)) or "none yet"),
            got=name,
        )
    return published / f"publication-{name}.duckdb"


def checksum(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _pointer(name: str, file: Path) -> bytes:
    """What the pointer to a publication says; ``file`` holds what has its name, or will have."""
    pointer = {"publication": name, "file": f"publication-{name}.duckdb"}
    pointer["sha256"] = checksum(file)
    return (json.dumps(pointer) + "\n").encode()


def _pending(published: Path) -> str | None:
    """The publication that a run was about to serve when it was cut off."""
    path = published / NEXT
    if not path.is_file():
        return None
    return str(json.loads(path.read_text(encoding="utf-8"))["publication"])


def clear_unfinished(published: Path) -> None:
    """Take away what a run that was cut off left behind, a publication nobody saw included.

    Call it while no other command can publish.
    """
    unseen = _pending(published)
    if unseen is not None:
        (published / f"publication-{unseen}.duckdb").unlink(missing_ok=True)
        durable.sync(published)
        (published / NEXT).unlink()
    for pattern in (".publication-*", ".*.part"):
        durable.clear(published, pattern)


def served(published: Path) -> str | None:
    """The name of the publication that is served; None before the first."""
    pointer = published / POINTER
    if not pointer.is_file():
        return None
    return str(json.loads(pointer.read_text(encoding="utf-8"))["publication"])


def names(published: Path) -> list[str]:
    """The names of all publications, oldest first."""
    found = [NAME.fullmatch(path.name) for path in published.glob("publication-*.duckdb")]
    numbers = sorted((int(m[1]), int(m[2])) for m in found if m)
    return [f"{year}-{number}" for year, number in numbers]


def rollback(published: Path, name: str | None = None, allowed: Sequence[str] | None = None) -> str:
    """Point back to a publication (default: the one before the served one); nothing is deleted.

    Args:
        published: the directory of publications.
        name: which one.
        allowed: the ones that may be served; None: all.

    Raises:
        RefusedInput: there is no such publication, none before, or it may not be served.
    """
    current, known = served(published), names(published)
    if allowed is not None:
        known = [one for one in known if one in {*allowed, current}]
        if name is not None and name not in allowed and name in names(published):
            raise RefusedInput(
                "This publication was not approved",
                where=name,
                expected="one of " + (", ".join(allowed) or "none yet"),
                next_step=f"have it approved: afspiegeling approve {name}",
            )
    if name is None:
        before = known[: known.index(current)] if current in known else []
        if not before:
            raise RefusedInput(
                "There is no publication before the one that is served",
                where=str(published),
                next_step="name a publication: " + (", ".join(known) or "none yet"),
            )
        name = before[-1]
    point_to(published, name)
    return name


def history(published: Path) -> pl.DataFrame:
    """Every publication so far, as the newest one tells it."""
    return read_newest(published, "mart_history", pl.DataFrame(schema=HISTORY))


def published_blocks(published: Path) -> list[str]:
    """The blocks of years that the last publication with any knows: later ones keep them.

    Retention may have taken the years of a block since; the next one begins where it would have.
    """
    is_block = (pl.col("dimension") == "period") & (pl.col("partition") == "block")
    for name in reversed(names(published)):
        with _reading(published / f"publication-{name}.duckdb") as connection:
            found = _frame(connection, "mart_dimension").filter(is_block)["code"].to_list()
        if found:
            return found
    return []


def read_newest(published: Path, table: str, otherwise: pl.DataFrame) -> pl.DataFrame:
    """One table of the newest publication (served or not)."""
    known = names(published)
    if not known:
        return otherwise
    with _reading(published / f"publication-{known[-1]}.duckdb") as connection:
        return _frame(connection, table)


def _before(published: Path) -> dict[str, pl.DataFrame]:
    """What there is to compare with: tables of what readers see now, as far as it has them."""
    known, seen = names(published), served(published)
    if not known:
        return {}
    last = seen if seen in known else known[-1]
    with _reading(published / f"publication-{last}.duckdb") as connection:
        held = {name for (name,) in connection.execute("SHOW TABLES").fetchall()}
        return {name: _frame(connection, name) for name in COMPARED if name in held}


def check_file(path: Path, tables: dict[str, pl.DataFrame]) -> None:
    """Read a file back and compare it with what was to be written.

    Raises:
        NotPublished: a table, column or value differs.
    """
    with _reading(path) as connection:
        held = sorted(name for (name,) in connection.execute("SHOW TABLES").fetchall())
        wrong = [] if held == sorted(tables) else held
        wrong += [n for n in held if n in tables and not _frame(connection, n).equals(tables[n])]
    if wrong:
        raise NotPublished(
            "The written publication does not read back as it was made",
            where=", ".join(wrong),
            next_step="check the disk and publish again; the old publication is still served",
        )


def _cells(table: ProtectedTable, derived: pl.DataFrame, about: About) -> pl.DataFrame:
    """All cells in the order in which they lie in the file, contract checked."""
    kinds = dict(about.metric.select("metric", "kind").iter_rows())
    counts = table.cells
    faults = {
        "a count that protect did not make": derived["metric"].replace_strict(kinds).eq("count"),
        "an unknown status": ~derived["status"].is_in([*STATUSES, NOT_REACHED]),
        "a number where nothing is shown": derived["status"].ne("published")
        & (
            derived["value"].is_not_null()
            | derived["lower"].is_not_null()
            | derived["upper"].is_not_null()
        ),
        "nothing where a number is shown": derived["status"].eq("published")
        & derived["value"].is_null(),
    }
    cells = pl.concat([counts, derived.select(pl.col(n).cast(counts.schema[n]) for n in CELLS)])
    faults["two cells with one key"] = cells.select(KEYS).is_duplicated()
    broken = [fault for fault, rows in faults.items() if rows.any()]
    if broken:
        raise NotPublished("The cells break their contract", got="; ".join(broken))
    return cells.sort("unit", "metric", "period", *KEYS)


def _tables(
    cells: pl.DataFrame, about: About, name: str, earlier: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    meta = {"publication": name, **about.meta}
    this = pl.DataFrame([{key: meta[key] for key in HISTORY}], schema=HISTORY)
    return {
        "mart_cell": cells,
        "mart_dimension": about.dimension,
        "mart_metric": about.metric,
        "mart_reference": about.reference,
        "mart_plan": about.plan,
        "mart_meta": pl.DataFrame({"key": list(meta), "value": list(meta.values())}),
        "mart_load": about.load,
        "mart_refusal": about.refusal,
        "mart_warning": about.warning,
        "mart_status": _totals(cells, about.metric),
        "mart_history": pl.concat([earlier, this]),
        "mart_audit": about.audit,
        "mart_withdrawal": about.withdrawal,
        "mart_finding": about.finding,
    }


def _totals(cells: pl.DataFrame, metrics: pl.DataFrame) -> pl.DataFrame:
    """Cells per status and kind: all that is told about what is not shown."""
    kinds = cells.join(metrics.select("metric", "kind"), on="metric")
    return (
        kinds.group_by("status", "kind").agg(cells=pl.len().cast(pl.Int64)).sort("status", "kind")
    )


def _next_name(published: Path, now: datetime) -> str:
    year = f"{now.year:04d}"
    used = [int(n.split("-")[1]) for n in names(published) if n.startswith(f"{year}-")]
    return f"{year}-{max(used, default=0) + 1}"


def _write_file(path: Path, tables: dict[str, pl.DataFrame]) -> None:
    with duckdb.connect(str(path)) as connection:
        for name, frame in tables.items():
            connection.from_arrow(frame.to_arrow()).create(name)


@contextmanager
def _reading(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect(str(path), read_only=True)
    try:
        yield connection
    finally:
        connection.close()


def _frame(connection: duckdb.DuckDBPyConnection, table: str) -> pl.DataFrame:
    return pl.DataFrame(connection.table(table).to_arrow_table())
