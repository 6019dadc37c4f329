"""Stage a personnel file over many machines: what `etl.stage.stage` gives, row for row."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Protocol

import polars as pl

from etl import cast
from etl.domain import Reference
from etl.errors import RefusedInput
from etl.extract import Extract
from etl.identifiers import check_identifiers, check_share, share_of
from etl.intake import refuse_damage
from etl.mapping import Mapping
from etl.pseudonym import ROW_KEYS, Keys
from etl.schemas import QUARANTINE, STAGED_PERSONEEL
from etl.spread.reading import Reading, encoding_of, reading_of
from etl.spread.rows import (
    FACTS,
    JUDGED,
    MARKS,
    OUTCOME,
    SHARES,
    Batches,
    Finish,
    Judge,
    Marks,
    Scan,
    Shares,
    Task,
)
from etl.stage import StagedFile
from etl.stage_people import dated

Work = Callable[[Batches], Batches]


class Machines(Protocol):
    """Many machines that can read a file."""

    def mapped(self, path: Path, work: Work, schema: pl.Schema) -> pl.DataFrame:
        """Do some work on the lines of a file, part by part, in any order."""

    def gathered(
        self, path: Path, work: Work, between: pl.Schema, last: Work, schema: pl.Schema
    ) -> pl.DataFrame:
        """The same, then the rows of one value of ``by`` together, and the last work on them."""


def stage_spread(  # noqa: PLR0917  (as `etl.stage.stage`)
    machines: Machines,
    path: Path,
    mapping: Mapping,
    reference: Reference,
    units: pl.DataFrame,
    keys: Keys,
    now: date,
    *,
    key_directory: Path,
) -> StagedFile | None:
    """Read, check and stage one ``personeel`` file.

    A file that cannot be cut into lines (a workbook, Parquet, UTF-16, a record over several lines)
    is for one machine; so is one that is refused for its shape, since that tells the place.

    Args:
        machines: who does the work.
        path: the file, which every machine sees under this path.
        mapping: the source system.
        reference: attributes and scales in force.
        units: staged ``organisatie`` rows known so far.
        keys: of the home.
        now: no reference date may lie after it.
        key_directory: where each machine finds the keys that rows take.

    Returns:
        The file, or None where it is for one machine.

    Raises:
        RefusedInput: a fault of the file as a whole; a faulty row is quarantined instead.
    """
    how = mapping.extracts["personeel"]
    reading = reading_of(path, how)
    if reading is None or units.is_empty():
        return None
    prints = {name: keys.fingerprint(name) for name in ROW_KEYS}
    _ = reference.attributes, reference.scales  # read here: a machine may not have the files
    return _spread(machines, path, Task(reading, how, reference, units, now, key_directory, prints))


def _spread(machines: Machines, path: Path, task: Task) -> StagedFile | None:
    """The staged file, or None where it is for one machine."""
    header = task.reading.extract([])
    cast.check_columns(header, "personeel", task.how)
    own = cast.source_headers(header, task.how).get("person_number")
    check_identifiers(header, numbers={own} if own else set(), unit_names=set())
    facts = machines.mapped(path, Scan(task), FACTS)
    read = int(facts["rows"].sum())
    encoding = encoding_of(
        task.how.encoding, bool(facts["not_utf8"].any()), bool(facts["multibyte"].any())
    )
    if read == 0 or encoding is None or facts["open_quote"].any():
        return None
    task = replace(
        task,
        reading=_settled(task.reading, encoding, bool(facts["quoted"].any())),
        offsets=_offsets(facts, task.reading.head_lines),
    )
    refuse_damage(
        task.intake(header, _NO_KEYS), int(facts["given"].sum()), int(facts["damaged"].sum())
    )
    _check_suspects(machines, path, task, header, facts)
    outcome = machines.gathered(path, Judge(task), JUDGED, Finish(task), OUTCOME)
    return _staged(path, outcome, read)


_NO_KEYS = Keys({}, ())


def _settled(reading: Reading, encoding: str, quoted: bool) -> Reading:
    return replace(reading, encoding=encoding, quoted=quoted or b'"' in reading.head)


def _offsets(facts: pl.DataFrame, head_lines: int) -> dict[int, int]:
    """The number of lines before each block; the head is part of the first.

    A cluster cuts no file into blocks that are smaller than a head may be.
    """
    blocks = facts.drop_nulls("block").group_by("block").agg(pl.sum("lines")).sort("block")
    offsets, before = {0: 0}, head_lines
    for block, lines in blocks.iter_rows():
        offsets[block] = before if block else 0
        before += lines
    return offsets


def _check_suspects(
    machines: Machines, path: Path, task: Task, header: Extract, facts: pl.DataFrame
) -> None:
    """Refuse a column of which most distinct values are those of a BSN.

    Raises:
        RefusedInput: naming the column.
    """
    suspects = tuple(facts["suspect"].explode().drop_nulls().unique().sort())
    if not suspects:
        return
    counted = machines.gathered(path, Marks(task, suspects), MARKS, Shares(), SHARES)
    totals = counted.group_by("header").sum().sort("header")
    for name, texts, candidates, passing in totals.iter_rows():
        check_share(header, name, share_of(texts, candidates, passing))


def _staged(path: Path, outcome: pl.DataFrame, read: int) -> StagedFile:
    def part(name: str, *columns: str) -> pl.DataFrame:
        return outcome.filter(pl.col("part") == name).select(columns)

    rows = part("staged", *STAGED_PERSONEEL).sort("ref", "person")
    refused = part("refused", "rule", "reason", "line", "row").with_columns(file=pl.lit(path.name))
    quarantine = refused.select(pl.col(n).cast(k) for n, k in QUARANTINE.items()).sort("line")
    presence = dated(part("seen", "ref", "person"))
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    _check_whole(rows, path)
    return StagedFile("personeel", path, sha256, read, rows, quarantine, presence)


def _check_whole(rows: pl.DataFrame, path: Path) -> None:
    """Rows of one person that did not come together would be a fault of the machines.

    Raises:
        RefusedInput: a person stands twice at one date.
    """
    if rows.select("ref", "person").is_duplicated().any():
        raise RefusedInput(
            "Rows of one person were not brought together by the cluster",
            where=path.name,
            expected="one staged row a person and date",
            next_step="load the file with AFSPIEGELING_ENGINE=duckdb, and report this",
        )
