"""What a load did: for the terminal and for machines, and with figures for the steward alone."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl

from etl.settings import Settings

DETAIL_LEVEL = 2
"""Down to this level of the tree the report lists every comparison; below it, findings only."""


@dataclass(frozen=True)
class FileOutcome:
    """What became of one file. ``unchanged``: it was loaded before and is in force."""

    file: str
    extract: str
    unchanged: bool = False
    reference_dates: tuple[date, ...] = ()
    rows_read: int = 0
    rows_kept: int = 0
    rows_refused: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    replaced: tuple[str, ...] = ()


@dataclass(frozen=True)
class LoadResult:
    """What one load command did. ``findings`` hold figures: they go into the report only.

    ``notes`` say what was stored and is not used, and why.
    """

    mapping: str
    loaded_at: datetime
    dry_run: bool
    files: tuple[FileOutcome, ...]
    findings: pl.DataFrame
    report: Path | None = None
    notes: tuple[str, ...] = ()

    @property
    def rows_refused(self) -> int:
        """Rows that this load put into quarantine."""
        return sum(file.rows_refused for file in self.files)

    @property
    def exit_code(self) -> int:
        """0, or 3 when rows are in quarantine."""
        return 3 if self.rows_refused else 0

    @property
    def held(self) -> int:
        """Gross findings that nobody accepted yet."""
        gross = pl.col("severity") == "gross"
        return self.findings.filter(gross, pl.col("accepted_reason").is_null()).height

    def summary(self) -> dict[str, Any]:
        """The result for a machine: no figure of any finding."""
        columns = ["ref", "rule", "unit", "severity", "accepted_reason"]
        return {
            "mapping": self.mapping,
            "dry_run": self.dry_run,
            "files": [asdict(file) for file in self.files],
            "rows_refused": self.rows_refused,
            "findings": self.findings.select(columns).to_dicts(),
            "held": self.held,
            "notes": list(self.notes),
            "report": str(self.report) if self.report else None,
        }


def write_report(
    result: LoadResult, compared: pl.DataFrame, settings: Settings, labels: dict[str, str]
) -> Path:
    """Write the steward's report (Markdown, mode 0600) into the log directory.

    Args:
        result: of the load.
        compared: every comparison (`etl.warehouse.compare.COMPARED`).
        settings: the home.
        labels: rule id of a finding -> its label.

    Returns:
        The file. It holds figures of people: it is not for publication.
    """
    settings.log.mkdir(parents=True, exist_ok=True, mode=0o700)
    stem = f"{'dry-run' if result.dry_run else 'load'}-{result.loaded_at:%Y%m%d-%H%M%S}"
    path, handle = _new_file(settings.log, stem)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in _lines(result, compared, labels))
    return path


def _new_file(directory: Path, stem: str) -> tuple[Path, int]:
    """Open a file that was not there, closed to others from its first moment."""
    number = 1
    while True:
        path = directory / (f"{stem}.md" if number == 1 else f"{stem}-{number}.md")
        with suppress(FileExistsError):
            return path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        number += 1


def _lines(result: LoadResult, compared: pl.DataFrame, labels: dict[str, str]) -> Iterable[str]:
    yield f"# Laadverslag {result.loaded_at:%Y-%m-%d %H:%M}" + (
        " (proef: er is niets bewaard)" if result.dry_run else ""
    )
    yield from ("", f"Mapping: {result.mapping}. Alleen voor de gegevensbeheerder.", "")
    yield from ("## Bestanden", "")
    yield from _files(result.files)
    yield from ("", "## Plausibiliteit: over een grens", "")
    yield from _findings(result.findings, labels)
    yield from ("", "## Plausibiliteit: alle vergelijkingen van deze peildata", "")
    yield from _comparisons(compared, _touched(result, compared), labels)


def _files(files: Sequence[FileOutcome]) -> Iterable[str]:
    yield from _table(
        ("bestand", "extract", "peildata", "gelezen", "bewaard", "geweigerd", "per regel"),
        (
            (
                file.file,
                file.extract + (" (ongewijzigd)" if file.unchanged else ""),
                ", ".join(ref.isoformat() for ref in file.reference_dates),
                file.rows_read,
                file.rows_kept,
                file.rows_refused,
                ", ".join(f"{rule} {rows}" for rule, rows in file.refused.items()),
            )
            for file in files
        ),
    )


def _findings(findings: pl.DataFrame, labels: dict[str, str]) -> Iterable[str]:
    if findings.is_empty():
        yield "Geen."
        return
    yield from _table(
        ("peildatum", "eenheid", "zwaarte", "regel", "nu", "eerder", "grens", "aanvaard omdat"),
        (
            (
                row["ref"].isoformat(),
                row["unit"],
                "grof" if row["severity"] == "gross" else "waarschuwing",
                f"{labels.get(row['rule'], row['rule'])} ({row['rule']})",
                _number(row["figure"]),
                _number(row["before"]),
                _number(row["bound"]),
                row["accepted_reason"] or "",
            )
            for row in findings.iter_rows(named=True)
        ),
    )


def _comparisons(
    compared: pl.DataFrame, dates: Sequence[date], labels: dict[str, str]
) -> Iterable[str]:
    shown = compared.filter(pl.col("ref").is_in(dates), pl.col("level") <= DETAIL_LEVEL)
    if shown.is_empty():
        yield "Geen: er is geen eerdere peildatum om mee te vergelijken."
        return
    yield from _table(
        ("peildatum", "eenheid", "regel", "nu", "eerder", "afwijking", "personen"),
        (
            (
                row["ref"].isoformat(),
                row["unit"],
                labels.get(row["rule"], row["rule"]),
                _number(row["figure"]),
                _number(row["before"]),
                _number(row["deviation"]),
                _number(row["size"]),
            )
            for row in shown.iter_rows(named=True)
        ),
    )


def _touched(result: LoadResult, compared: pl.DataFrame) -> list[date]:
    """List the dates that were loaded, and the ones right after: they are compared anew."""
    people = [file for file in result.files if file.extract == "personeel"]
    loaded = {ref for file in people for ref in file.reference_dates}
    dates = sorted(loaded | set(compared["ref"].to_list()))
    after = {later for ref, later in pairwise(dates) if ref in loaded}
    return sorted(loaded | after)


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterable[str]:
    yield "| " + " | ".join(header) + " |"
    yield "|" + "---|" * len(header)
    for row in rows:
        yield "| " + " | ".join(str(cell).replace("|", "/") for cell in row) + " |"


def _number(value: float) -> str:
    return f"{value:.0f}" if value == int(value) else f"{value:.4f}"
