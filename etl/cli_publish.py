"""The commands that publish: ``publish``, ``approve``, ``reconcile``, ``rollback``."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from etl import durable
from etl.account import account
from etl.approval import approve, may_be_served
from etl.errors import RefusedInput
from etl.metrics.cells import CELLS, KEYS
from etl.pipeline import STAGES, Made, publish, true_counts
from etl.privacy.audit_proof import DeepScope
from etl.privacy.policy import Policy
from etl.privacy.utility import lost, shares
from etl.publish import Publication, rollback
from etl.settings import Settings
from etl.steps import Step, passed


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("publish")(publish_command)
    app.command("approve")(approve_command)
    app.command("reconcile")(reconcile_command)
    app.command("rollback")(rollback_command)


def publish_now(
    settings: Settings,
    accept: str | None = None,
    deep: DeepScope | None = None,
    *,
    draft: bool = False,
) -> Publication:
    """Publish what is loaded, and say so."""
    started = time.monotonic()
    with _progress() as tell:
        done = publish(settings, accept, datetime.now(UTC), tell, deep, draft=draft)
    made = done.publication
    shown, hidden = made.statuses.get("published", 0), made.statuses.get("suppressed", 0)
    verb = "Published" if made.served else "Made, as a draft,"
    typer.echo(
        f"{verb} {made.name}: {made.cells} cells, {shown} shown, {hidden} suppressed, "
        f"in {time.monotonic() - started:.1f} s."
    )
    typer.echo(_logged(settings, done))
    if not made.served:
        typer.echo(
            "It is not served: another account approves it. Look at it: afspiegeling serve "
            f"--publication {made.name}. Then: afspiegeling approve {made.name}."
        )
    return made


def _logged(settings: Settings, made: Made) -> str:
    """Write the log and say where; what is published stands, also where the log has no room."""
    try:
        path = utility_log(settings, made)
    except OSError as error:
        return f"The log of what is shown could not be written to {settings.log}: {error.strerror}."
    passed(Step.LOG_WRITTEN)
    return f"What is shown, and what the rest went to: {path}"


def utility_log(settings: Settings, made: Made) -> Path:
    """Write how much of the plan is shown per level and split, and what the rest was lost to.

    For the organisation itself: which cause hid a cell is never published.

    Returns:
        The file, mode 0600, in the log directory.
    """
    least = Policy.load().refusals.threshold.value
    told = {
        "publication": made.publication.name,
        "shown": shares(made.cells).to_dicts(),
        "lost": lost(made.cells, least).to_dicts(),
    }
    path = settings.log / f"publication-{made.publication.name}-utility.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    durable.write(path, (json.dumps(told, indent=1) + "\n").encode())
    return path


def publish_command(
    context: typer.Context,
    accept: Annotated[
        str | None,
        typer.Option(help="Accept gross implausibilities, with this reason; it is recorded."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Tell it as JSON.")] = False,
    deep: Annotated[
        bool,
        typer.Option("--deep", help="Prove every hidden number of the newest periods; minutes."),
    ] = False,
    draft: Annotated[
        bool, typer.Option("--draft", help="Do not serve it before somebody else approved it.")
    ] = False,
) -> None:
    """Make a publication of everything that is loaded, and serve it (or keep it as a draft)."""
    settings: Settings = context.obj
    scope = DeepScope() if deep else None
    if not as_json:
        publish_now(settings, accept, scope, draft=draft)
        return
    done = publish(settings, accept, datetime.now(UTC), deep=scope, draft=draft)
    made = done.publication
    told: dict[str, Any] = {"publication": made.name, "file": made.path.name, "cells": made.cells}
    told |= {"statuses": made.statuses, "served": made.served, "log": _logged(settings, done)}
    typer.echo(json.dumps(told))


def approve_command(
    context: typer.Context,
    publication: Annotated[str, typer.Argument(help="The draft, such as 2026-2.")],
) -> None:
    """Approve a publication that another account made, and serve it."""
    settings: Settings = context.obj
    given = approve(settings, publication, account(), datetime.now(UTC).replace(tzinfo=None))
    typer.echo(
        f"Serving publication {given.publication}, approved as {given.role} at {given.approved_at}."
    )


def reconcile_command(
    context: typer.Context,
    output: Annotated[Path, typer.Option("--output", "-o", help="CSV file (rfc4180) to write.")],
    metric: Annotated[str | None, typer.Option(help="Only this metric.")] = None,
    period: Annotated[str | None, typer.Option(help="Only this period, such as 2025Q4.")] = None,
) -> None:
    """Write the true planned counts, to check against the source system (data steward only)."""
    settings: Settings = context.obj
    _refuse_published(output, settings.published)
    rows = reconciled(true_counts(settings), metric, period)
    _write_private(output, rows.write_csv(line_terminator="\r\n"))
    typer.echo(
        f"{rows.height} true counts written to {output}, mode 0600. They are person data: "
        "delete the file when the check is done."
    )


def rollback_command(
    context: typer.Context,
    publication: Annotated[
        str | None, typer.Argument(help="Publication to serve; default: the one before.")
    ] = None,
) -> None:
    """Serve an earlier publication again; nothing is deleted."""
    settings: Settings = context.obj
    back = rollback(settings.published, publication, may_be_served(settings))
    typer.echo(f"Serving publication {back}.")


def reconciled(counts: pl.DataFrame, metric: str | None, period: str | None) -> pl.DataFrame:
    """True counts with the columns of ``cells.csv``; ``value`` is the true count.

    Raises:
        RefusedInput: nothing is planned for the metric or period.
    """
    wanted = counts
    for column, code in (("metric", metric), ("period", period)):
        if code is not None:
            wanted = wanted.filter(pl.col(column) == code)
    if wanted.is_empty():
        raise RefusedInput(
            "No planned count answers to that",
            expected="a metric of " + ", ".join(sorted(counts["metric"].unique())),
            got=" ".join(filter(None, (metric, period))),
        )
    nothing = pl.lit(None, dtype=pl.Float64)
    value = pl.when(pl.col("metric") == "fte").then(pl.col("fte") / 1000).otherwise("count")
    return (
        wanted.with_columns(
            status=pl.when(pl.col("measured") == 0)
            .then(pl.lit("not_measured"))
            .otherwise(pl.lit("published")),
            as_of="period",
            value=value.cast(pl.Float64),
            base=pl.col("base").cast(pl.Float64),
            lower=nothing,
            upper=nothing,
        )
        .select(CELLS)
        .sort(KEYS)
    )


def _refuse_published(output: Path, published: Path) -> None:
    if published.resolve() in (output.resolve(), *output.resolve().parents):
        raise RefusedInput(
            "True counts are never written where publications are served",
            where=str(output),
            expected="a file outside the published directory",
        )


def _write_private(path: Path, text: str) -> None:
    """Write a file that nobody else may read, from its first byte on."""
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        file.write(text)


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """Tell each stage on stderr: a bar on a terminal, a line elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda stage: typer.echo(
            f"[{STAGES.index(stage) + 1}/{len(STAGES)}] {stage}", err=True
        )
        return
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=len(STAGES))
        yield lambda stage: bar.update(task, description=stage, completed=STAGES.index(stage))
