"""Retention: what is about persons goes when it was kept as long as the policy says.

Whole years go, oldest first; the last reference date before the oldest year that is kept stays, as
that year begins there. What was published stays: it holds protected aggregates only. Files that
serve to mend a mistake (loaded sources, copies) and logs have times of their own.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from etl.domain import Reference
from etl.errors import RefusedInput
from etl.metrics.periods import month_end
from etl.privacy.policy import Policy, RetentionRules
from etl.settings import Settings
from etl.warehouse.store import Warehouse, rewrite

_OLD = {
    "fct_snapshot": "FROM fct_snapshot WHERE ref < $opening",
    "fct_presence": "FROM fct_presence WHERE ref < $opening",
    "fct_movement": "FROM fct_movement WHERE effective < $opening",
    "fct_exit_invitation": "FROM fct_exit_invitation WHERE year <= $year",
    "fct_exit_answer": "FROM fct_exit_answer WHERE year <= $year",
    "decided_person": "FROM decided_person WHERE ref < $opening",
    "decided_path": "FROM decided_path WHERE ref < $opening",
    "plausibility": "FROM plausibility WHERE ref < $opening",
    "quarantine": "FROM quarantine WHERE load_id IN (SELECT load_id FROM retirement)"
    " AND load_id NOT IN (SELECT load_id FROM ledger_date)",
}
"""Table -> the rows that are past their time; what is nobody's (units, targets) is not here."""
_RETIRE = (
    "INSERT INTO retirement SELECT load_id, ref, $now FROM ledger_date WHERE ref < $opening "
    "AND load_id IN (SELECT load_id FROM ledger WHERE extract NOT IN ('cbs-barometer'))"
)
_RELEASE = (
    "DELETE FROM ledger_date WHERE ref < $opening AND (load_id, ref) IN "
    "(SELECT (load_id, ref) FROM retirement)"
)


@dataclass(frozen=True)
class Due:
    """What is past its time."""

    opening: date
    """Reference dates before this one go."""
    dates: tuple[date, ...]
    """The reference dates of person rows that go."""
    rows: dict[str, int]
    """Table -> rows."""
    files: tuple[Path, ...]
    """Loaded sources, copies and logs, relative to the home."""

    @property
    def nothing(self) -> bool:
        """Whether everything is within its time."""
        return not any(self.rows.values()) and not self.files


def retain(settings: Settings, now: datetime, *, apply: bool) -> Due:
    """Find what is past its time, and delete it.

    Args:
        settings: the home.
        now: the moment from which times are counted.
        apply: false only tells (a dry run).

    Raises:
        RefusedInput: the policy has no times, there is no warehouse, or another command is at
            work; nothing was deleted.
    """
    rules = _rules()
    opening = opening_of(now.date(), rules, Reference.of(settings).organisation.year_end_month)
    with Warehouse.open(settings, "change") as warehouse, warehouse.transaction(keep=apply):
        dates = warehouse.frame(
            "SELECT DISTINCT ref FROM fct_presence WHERE ref < ? ORDER BY ref", [opening]
        )["ref"]
        known = warehouse.frame("SELECT DISTINCT sha256 FROM ledger")["sha256"].to_list()
        rows = _delete(warehouse, opening, now)
    files = tuple(sorted(set(_files(settings.home, rules, set(known), now))))
    if apply:
        if any(rows.values()):
            rewrite(settings)
        for path in files:
            _remove(settings.home / path)
    return Due(opening, tuple(dates), rows, files)


def _rules() -> RetentionRules:
    rules = Policy.load().retention
    if rules is None:
        raise RefusedInput(
            "The disclosure policy does not say how long anything is kept",
            where="policy.toml, retention",
            expected="person_years, copies_days and log_days, each with reason, owner and date",
            next_step="complete the policy file",
        )
    return rules


def opening_of(today: date, rules: RetentionRules, year_end_month: int) -> date:
    """The oldest reference date that is kept: the last before ``person_years`` whole years.

    With 7 years, on any day of 2030 (years that end in December): 2022-12-31.
    """
    year = today.year + (today.month > year_end_month)
    return month_end((year - rules.person_years.value - 1) * 12 + year_end_month - 1)


def _delete(warehouse: Warehouse, opening: date, now: datetime) -> dict[str, int]:
    """Delete the rows of every table; how many there were."""
    bound = {"opening": opening, "now": now.replace(tzinfo=None)}
    run = warehouse.connection.execute
    run(_RETIRE, bound)
    run(_RELEASE, {"opening": opening})
    found = {}
    for table, old in _OLD.items():
        values = {
            name: value
            for name, value in (("opening", opening), ("year", opening.year))
            if f"${name}" in old
        }
        (found[table],) = run("SELECT count(*) " + old, values).fetchone() or (0,)
        run("DELETE " + old, values)
    return found


def _files(home: Path, rules: RetentionRules, known: set[str], now: datetime) -> Iterator[Path]:
    """Files past their time, relative to the home."""
    copies = now - timedelta(days=rules.copies_days.value)
    logs = now - timedelta(days=rules.log_days.value)
    for path in (home / "incoming").rglob("*"):
        if path.is_file() and _older(path, copies) and _checksum(path) in known:
            yield path.relative_to(home)
    for pattern in ("warehouse/before-layout-*.duckdb", "before-restore-*"):
        yield from (p.relative_to(home) for p in home.glob(pattern) if _older(p, copies))
    for path in (home / "log").glob("*"):
        if path.is_file() and _older(path, logs):
            yield path.relative_to(home)


def _older(path: Path, than: datetime) -> bool:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC) < than


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
