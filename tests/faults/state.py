"""What a home holds, in a form that can be compared, and whether it agrees with itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

import duckdb
import polars as pl

from etl.metrics.cells import KEYS
from tests.end_to_end.hidden import tables_of

Rows = list[str]
MOMENTS = {"loaded_at", "accepted_at", "created"}
"""Columns that hold the time of the run: the one thing in which two runs differ."""
KEYED = {"person", "key_hi", "key_lo", "respondent", "fingerprint"}
"""Columns that depend on keys which a home made itself."""
RUNS = {"layout", "made"}
"""Tables about runs and not about what was loaded: since when there is a file, and each attempt to
publish with the account that made it."""

RULES = {
    "a person stands twice at one date": """
        SELECT ref, person FROM fct_snapshot GROUP BY ALL HAVING COUNT(*) > 1""",
    "a date is nobody's, or two loads'": """
        SELECT s.ref FROM (SELECT DISTINCT ref FROM fct_snapshot) AS s LEFT JOIN (
            SELECT d.ref FROM ledger_date AS d JOIN ledger AS l USING (load_id)
            WHERE l.extract = 'personeel') AS d ON d.ref = s.ref
        GROUP BY s.ref HAVING COUNT(d.ref) <> 1""",
    "a file has other rows than the ledger says": """
        SELECT l.load_id FROM ledger AS l JOIN ledger_date AS d USING (load_id)
        WHERE l.extract = 'personeel'
          AND l.rows_kept <> (SELECT COUNT(*) FROM fct_snapshot AS s WHERE s.ref = d.ref)""",
    "a file has other refused rows than the ledger says": """
        SELECT l.load_id FROM ledger AS l WHERE l.replaced_by IS NULL
          AND l.rows_refused <> (SELECT COUNT(*) FROM quarantine AS q WHERE q.load_id = l.load_id)""",
    "rows of a load that the ledger does not know": """
        SELECT load_id FROM (SELECT load_id FROM dim_unit UNION SELECT load_id FROM dim_target
            UNION SELECT load_id FROM fct_movement UNION SELECT load_id FROM quarantine
            UNION SELECT load_id FROM fct_exit_invitation UNION SELECT load_id FROM fct_exit_answer
            UNION SELECT load_id FROM ledger_date)
        WHERE load_id NOT IN (SELECT load_id FROM ledger)""",
    "one file in force twice": """
        SELECT extract, sha256 FROM ledger WHERE replaced_by IS NULL GROUP BY ALL
        HAVING COUNT(*) > 1""",
    "a decision stands twice": f"""
        SELECT {", ".join(KEYS)} FROM decision GROUP BY ALL HAVING COUNT(*) > 1""",
}


def stored(home: Path, without: Iterable[str] = ()) -> dict[str, Rows]:
    """Every table of the warehouse as sorted texts of rows, but for times; empty without one."""
    path = home / "warehouse" / "warehouse.duckdb"
    if not path.is_file():
        return {}
    left_out = MOMENTS | set(without)
    with duckdb.connect(str(path)) as connection:  # writing, since it may have to be replayed
        names = [name for (name,) in connection.execute("SHOW TABLES").fetchall()]
        found = {name: connection.table(name).pl() for name in names}
    rows = {name: _rows(frame, left_out) for name, frame in found.items() if frame.height}
    return {name: texts for name, texts in rows.items() if name not in RUNS}


def disagreements(home: Path) -> list[str]:
    """What the ledger and the warehouse say differently."""
    path = home / "warehouse" / "warehouse.duckdb"
    if not path.is_file():
        return []
    with duckdb.connect(str(path)) as connection:
        return [rule for rule, sql in RULES.items() if connection.execute(sql).fetchall()]


def served(home: Path) -> dict[str, Rows] | None:
    """The tables of what is served, after the checks that the web process makes; None: nothing."""
    published = home / "published"
    pointer = published / "current.json"
    if not pointer.is_file():
        return None
    told = json.loads(pointer.read_text(encoding="utf-8"))
    path = published / told["file"]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == told["sha256"]
    assert path.name == f"publication-{told['publication']}.duckdb"
    tables = tables_of(path)
    meta = tables["mart_meta"]
    tables["mart_meta"] = meta.filter(pl.col("key") != "created")
    return {name: _rows(frame, MOMENTS) for name, frame in tables.items()}


def files(home: Path) -> list[str]:
    """Every file of a home by name, but for its logs, which have times in their names."""
    inside = (p.relative_to(home) for p in home.rglob("*") if p.is_file())
    return sorted(str(path) for path in inside if path.parts[0] != "log")


def _rows(frame: pl.DataFrame, left_out: set[str]) -> Rows:
    kept = frame.select(name for name in frame.columns if name not in left_out)
    return sorted(map(repr, kept.iter_rows()))
