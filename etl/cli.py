"""The commands around the warehouse: `load`, `quarantine` and `status`.

Each gets its settings from the context; refusals rise as errors that the one command
`afspiegeling` prints and turns into an exit code.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from etl.domain import Reference
from etl.load import Progress as Report
from etl.load import load as run_load
from etl.load_report import FileOutcome, LoadResult
from etl.schemas import RULES
from etl.settings import Settings
from etl.warehouse.bounds import Plausibility
from etl.warehouse.store import Warehouse


class TableFormat(StrEnum):
    """How rows are written to the terminal."""

    TABLE = "table"
    CSV = "csv"


def register(app: typer.Typer) -> None:
    """Add the commands to the one command line; their context object is the settings."""
    app.command()(load)
    app.command()(quarantine)
    app.command()(status)


def load(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files or directories.")],
    mapping: Annotated[
        str, typer.Option(metavar="NAME_OR_FILE", help="Which column feeds which field.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check all, keep nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write the result as JSON.")] = False,
) -> None:
    """Read extracts, check and quarantine rows, store: all files or none."""
    settings: Settings = context.obj
    with _progress() as report:
        result = run_load(paths, mapping, settings, dry_run=dry_run, progress=report)
    if as_json:
        _write_json(result.summary())
    else:
        _write_lines(_told(result))
    raise typer.Exit(result.exit_code)


def quarantine(
    context: typer.Context,
    table_format: Annotated[
        TableFormat, typer.Option("--format", help="How to write the rows.")
    ] = TableFormat.TABLE,
) -> None:
    """List refused rows with rule, reason, file and line; sensitive values are masked."""
    settings: Settings = context.obj
    with Warehouse.open(settings, "read") as warehouse:
        rows = warehouse.quarantine()
    if table_format is TableFormat.CSV:
        # A spreadsheet would run a file name that begins like a formula.
        runs = pl.col("file").str.contains(r"^\s*[=+\-@]")
        safe = pl.when(runs).then(pl.concat_str(pl.lit("'"), "file")).otherwise("file")
        sys.stdout.write(rows.with_columns(file=safe).write_csv(line_terminator="\r\n"))
        return
    _write_lines(
        [
            f"{row['file']}:{row['line']}  {row['rule']}  {row['reason']}"
            for row in rows.iter_rows(named=True)
        ]
        or ["No rows in quarantine."]
    )


def status(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Write the status as JSON.")] = False,
) -> None:
    """Show loads, coverage, refused rows per rule, warnings, publications and the served one."""
    facts = gather_status(context.obj)
    if as_json:
        _write_json(facts)
    else:
        _write_lines(_status_lines(facts))


def gather_status(settings: Settings) -> dict[str, Any]:
    """Collect what `status` shows; a home without warehouse has no loads."""
    facts: dict[str, Any] = {
        "loads": [], "snapshots": [], "refused": {}, "warnings": [], "held": 0,
    }  # fmt: skip
    if settings.warehouse.is_file():
        reference = Reference.of(settings)
        labels = Plausibility.of(reference).labels(reference)
        with Warehouse.open(settings, "read") as warehouse:
            facts |= {
                "loads": warehouse.standing_loads().to_dicts(),
                "snapshots": _coverage(warehouse, reference).to_dicts(),
                "refused": dict(warehouse.refusals().iter_rows()),
                "warnings": [
                    row | {"label": labels.get(row["rule"], ("", row["rule"]))[1]}
                    for row in warehouse.warnings().to_dicts()
                ],
                "held": warehouse.held().height,
            }
    return facts | _publications(settings.published)


def _coverage(warehouse: Warehouse, reference: Reference) -> pl.DataFrame:
    """Head count and share of known origin, per reference date, in percent."""
    known = [leaf.code for leaf in reference.attributes["origin"].leaf if leaf.known]
    counts = warehouse.origin_counts()
    return (
        counts.group_by(reference_date="ref")
        .agg(
            persons=pl.sum("persons"),
            origin_known=pl.col("persons").filter(pl.col("origin").is_in(known)).sum(),
        )
        .with_columns(coverage=(100 * pl.col("origin_known") / pl.col("persons")).round(1))
        .drop("origin_known")
        .sort("reference_date")
    )


def _publications(directory: Path) -> dict[str, Any]:
    names = [
        path.stem.removeprefix("publication-") for path in directory.glob("publication-*.duckdb")
    ]
    pointer = directory / "current.json"
    served = json.loads(pointer.read_text("utf-8"))["publication"] if pointer.is_file() else None
    approved = sorted(
        path.stem.removeprefix("approval-") for path in directory.glob("approval-*.json")
    )
    return {
        "publications": sorted(names, key=_by_number),
        "served": served,
        "approved": approved,
    }


def _standing(facts: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """What is said of a publication, and of which ones."""
    return [("served", [facts["served"]]), ("approved", facts["approved"])]


def _by_number(name: str) -> list[tuple[int, str]]:
    """Sort 2026-10 after 2026-9."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in name.split("-")]


def _told(result: LoadResult) -> Iterator[str]:
    yield from (_file_line(file) for file in result.files)
    verb = "would be" if result.dry_run else "are"
    if result.rows_refused:
        yield f"{result.rows_refused} rows {verb} in quarantine" + (
            "." if result.dry_run else ": see `afspiegeling quarantine`."
        )
    for row in result.findings.filter(pl.col("accepted_reason").is_null()).iter_rows(named=True):
        yield f"{row['severity']}: {row['rule']}, {row['unit']}, {row['ref'].isoformat()}"
    if result.held:
        yield (
            f"{result.held} gross findings hold `publish` until they are accepted "
            'with a reason (publish --accept "...").'
        )
    yield from result.notes
    if result.dry_run:
        yield "Dry run: nothing was stored."
    if result.report:
        yield f"Figures for the steward: {result.report}"


def _file_line(file: FileOutcome) -> str:
    if file.unchanged:
        return f"{file.file}: {file.extract}, loaded before, nothing to do"
    line = f"{file.file}: {file.extract}"
    if file.reference_dates:
        line += " " + ", ".join(ref.isoformat() for ref in file.reference_dates)
    line += f", {file.rows_read} rows read, {file.rows_kept} kept, {file.rows_refused} refused"
    if file.refused:
        line += " (" + ", ".join(f"{rule} {rows}" for rule, rows in file.refused.items()) + ")"
    if file.replaced:
        line += "; takes the place of rows of " + ", ".join(file.replaced)
    return line


def _status_lines(facts: dict[str, Any]) -> Iterator[str]:
    if not facts["loads"]:
        yield "Nothing was loaded yet: afspiegeling load DIRECTORY --mapping NAME_OR_FILE"
    for load_ in facts["loads"]:
        when = load_["reference_date"] or ""
        yield (
            f"{load_['extract']} {when}: {load_['rows_read']} rows read, {load_['rows_kept']} kept"
        )
    for snapshot in facts["snapshots"]:
        yield (
            f"{snapshot['reference_date']}: {snapshot['persons']} persons, "
            f"origin known of {snapshot['coverage']}%"
        )
    for rule, rows in facts["refused"].items():
        label = RULES[rule].label_en if rule in RULES else rule
        yield f"refused: {rows} rows, {rule} ({label})"
    for warning in facts["warnings"]:
        accepted = (
            f" (accepted: {warning['accepted_reason']})" if warning["accepted_reason"] else ""
        )
        yield (
            f"{warning['severity']}: {warning['label']}, {warning['unit']}, "
            f"{warning['ref']}{accepted}"
        )
    if facts["held"]:
        yield f"{facts['held']} gross findings hold `publish`."
    for name in facts["publications"]:
        marks = [key for key, those in _standing(facts) if name in those]
        yield f"publication {name}" + (f" ({', '.join(marks)})" if marks else "")
    if not facts["publications"]:
        yield "No publication yet."


def _write_json(value: dict[str, Any]) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def _write_lines(lines: Sequence[str] | Iterator[str]) -> None:
    for line in lines:
        typer.echo(line)


@contextmanager
def _progress() -> Iterator[Report]:
    """Report each file on stderr: a bar on a terminal, a line elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda file, number, count: typer.echo(f"[{number}/{count}] {file}", err=True)
        return
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("")
        yield lambda file, number, count: bar.update(
            task, description=file, completed=number - 1, total=count
        )
