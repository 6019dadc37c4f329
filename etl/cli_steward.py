"""The commands of the data steward: ``withdraw``, ``forget`` and ``retention``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

import typer

from etl.errors import RefusedInput
from etl.forget import forget
from etl.mapping import ExtractMapping, load_mapping
from etl.retention import Due, retain
from etl.settings import Settings
from etl.warehouse import record
from etl.warehouse.store import Warehouse


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("withdraw")(withdraw_command)
    app.command("forget")(forget_command)
    app.command("retention")(retention_command)


def withdraw_command(
    context: typer.Context,
    metric: Annotated[str, typer.Argument(metavar="METRIC", help="Such as headcount.")],
    period: Annotated[str, typer.Argument(metavar="PERIOD", help="Such as 2025Q4.")],
    reason: Annotated[str, typer.Option(help="Why the number is wrong; it is recorded.")],
) -> None:
    """Hide the split numbers of a metric and period from the next publication on."""
    settings: Settings = context.obj
    with Warehouse.open(settings, "change") as warehouse:
        record.withdraw(warehouse, metric, period, reason, datetime.now(UTC).replace(tzinfo=None))
    typer.echo(
        f"Withdrawn: {metric} {period}. From the next publication on these numbers are hidden, "
        "also where a later period repeats them; totals of everybody stay, and what was published "
        "stays in the record. Next: afspiegeling publish."
    )


def forget_command(
    context: typer.Context,
    numbers: Annotated[list[str] | None, typer.Argument(hidden=True)] = None,
    mapping: Annotated[
        str | None,
        typer.Option(metavar="NAME_OR_FILE", help="Mapping that the numbers are read with."),
    ] = None,
) -> None:
    """Forget persons: personnel numbers are asked for, or read from standard input, one a line."""
    if numbers:
        raise RefusedInput(
            "Personnel numbers are not taken from the command line",
            expected="no argument: what is typed there stays in the history of the shell",
            next_step="afspiegeling forget, and type the number when asked; and clear the history",
        )
    settings: Settings = context.obj
    forgotten = forget(
        settings, _asked(), datetime.now(UTC).replace(tzinfo=None), _reading(mapping)
    )
    typer.echo(
        f"Forgotten: {forgotten} (others were before). Every attribute is unknown and the "
        "pseudonym is gone, in later loads too; head counts, flows and what was published stay. "
        "Next: delete the source files and backups that still hold these persons; after a restore "
        "of an older backup, forget them again."
    )


def retention_command(
    context: typer.Context,
    apply: Annotated[bool, typer.Option("--apply", help="Delete it, not only tell.")] = False,
) -> None:
    """Tell what was kept as long as the policy says, and with --apply delete it for good."""
    settings: Settings = context.obj
    due = retain(settings, datetime.now(UTC), apply=apply)
    for line in _due_lines(due, apply=apply):
        typer.echo(line)


def _due_lines(due: Due, *, apply: bool) -> Iterator[str]:
    verb = "Deleted" if apply else "Would be deleted"
    if due.nothing:
        yield f"Nothing is past its time: person rows are kept from {due.opening} on."
        return
    if due.dates:
        yield f"{verb}: reference dates {due.dates[0]} to {due.dates[-1]}, before {due.opening}."
    for table, rows in due.rows.items():
        if rows:
            yield f"{verb}: {rows} rows of {table}"
    for path in due.files:
        yield f"{verb}: {path}"
    yield (
        "What was published stays. Backups are not reached from here: delete old ones as well."
        if apply
        else "Dry run: nothing was deleted. Next: afspiegeling backup, then retention --apply."
    )


def _asked() -> list[str]:
    """Personnel numbers from a hidden prompt on a terminal, else the lines of standard input."""
    if sys.stdin.isatty():
        return [typer.prompt("Personnel number", hide_input=True)]
    return [line for line in sys.stdin.read().splitlines() if line.strip()]


def _reading(mapping: str | None) -> ExtractMapping | None:
    """How the mapping reads `personeel`.

    Raises:
        RefusedInput: it has no such extract.
    """
    if mapping is None:
        return None
    extracts = load_mapping(mapping).extracts
    if "personeel" not in extracts:
        raise RefusedInput(
            "The mapping does not say how personnel numbers are read",
            where=mapping,
            expected="the extract personeel",
        )
    return extracts["personeel"]
