"""The one command ``afspiegeling``; the only module that imports both the ETL and the dashboard."""

from __future__ import annotations

import os
import secrets
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

import dashboard.cli
import dashboard.errors
import dashboard.server
import etl.cli
import etl.cli_audit
import etl.cli_backup
import etl.cli_publish
import etl.cli_sample
import etl.cli_steward
import etl.errors
from dashboard import log
from etl import pipeline
from etl.load import load
from etl.publish import served
from etl.sample import write_sample
from etl.settings import Settings

app = typer.Typer(
    help="Afspiegeling: from HR extract to a protected diversity dashboard.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)


@dataclass
class Run:
    """One run of the command line, for its line in the log: never what was typed after it."""

    settings: Settings = field(default_factory=Settings)
    command: str | None = None
    error: str | None = None
    failure: str | None = None
    process: int = field(default_factory=os.getpid)
    began: float = field(default_factory=time.monotonic)


@app.callback()
def root(
    context: typer.Context,
    home: Annotated[
        Path | None, typer.Option(help="Directory that holds all state (AFSPIEGELING_HOME).")
    ] = None,
) -> None:
    """Afspiegeling: from HR extract to a protected diversity dashboard."""
    settings = Settings() if home is None else Settings(home=home)
    if isinstance(context.obj, Run):
        context.obj.settings, context.obj.command = settings, context.invoked_subcommand
    context.obj = settings


for part in (
    etl.cli_sample,
    etl.cli,
    etl.cli_publish,
    etl.cli_audit,
    etl.cli_steward,
    etl.cli_backup,
    dashboard.cli,
):
    part.register(app)


@app.command()
def demo(
    context: typer.Context,
    employees: Annotated[int, typer.Option(help="People in the sample organisation.")] = 12000,
    units: Annotated[int, typer.Option(help="Units in the sample organisation.")] = 150,
    port: Annotated[int, typer.Option(help="Port on the loopback address.")] = 8050,
    prepare_only: Annotated[
        bool, typer.Option("--prepare-only", help="Stop before serving.")
    ] = False,
) -> None:
    """Sample organisation, load, publish and serve; a second run starts at once."""
    settings: Settings = context.obj
    if not (settings.published / "current.json").exists():
        _prepare(settings, employees, units)
        if not prepare_only:
            # Serve from a fresh process: workers are forked, and a fork of a process whose thread
            # pools have worked (polars) waits for threads that it does not have.
            os.execv(sys.executable, [sys.executable, *sys.argv])  # noqa: S606  (ourselves)
    if not prepare_only:
        dashboard.cli.check_port("127.0.0.1", port)
        dashboard.server.run_server(settings.published, "127.0.0.1", port, workers=2)


def _prepare(settings: Settings, employees: int, units: int) -> None:
    """Make, load and publish the sample organisation."""
    extracts = settings.home / "incoming" / "sample"
    typer.echo(f"1/3 sample organisation: {employees} people, {units} units, 21 reference dates")
    write_sample(extracts, employees, units)
    typer.echo("2/3 load: check every row, store under pseudonyms")
    result = load([extracts], extracts / "mapping.toml", settings)
    typer.echo(f"    {len(result.files)} files loaded, {result.rows_refused} rows in quarantine")
    typer.echo("3/3 publish: count, protect, derive")
    pipeline.publish(settings, None, datetime.now(UTC))


def main() -> None:
    """Run the command line; every error ends as one paragraph and its documented exit code."""
    run = Run()
    code, room = 0, True
    try:
        app(obj=run)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except (etl.errors.AfspiegelingError, dashboard.errors.DashboardError) as error:
        typer.echo(str(error), err=True)
        code = error.exit_code
    except Exception as error:  # the last resort: a disk that is full, or our own failure
        refused = etl.errors.of_the_disk(error, str(run.settings.home))
        typer.echo(str(refused) if refused else _record(run, error), err=True)
        code, room = refused.exit_code if refused else 1, refused is None
    if room and os.getpid() == run.process:  # not a worker of the server
        _log(run, code)
    sys.exit(code)


OUTCOMES = {0: "done", 1: "failed", 2: "refused", 3: "done_with_quarantine", 4: "not_published"}
"""What the documented exit codes mean, in the log."""


def _log(run: Run, code: int) -> None:
    """One line in the log of the month: which command, how it ended, what is served since."""
    home = run.settings
    if run.command in {None, "serve"} or not home.home.is_dir():
        return
    facts = {
        "command": run.command,
        "outcome": OUTCOMES.get(code, "failed"),
        "exit_code": code,
        "seconds": round(time.monotonic() - run.began, 2),
        "id": run.failure,
        "error": run.error,
        "publication": _served(home),
    }
    _append(home, f"events-{datetime.now(UTC):%Y-%m}.jsonl", log.line("command", facts))


def _served(home: Settings) -> str | None:
    """The publication that is served; None where there is none or the pointer is broken."""
    try:
        return served(home.published)
    except (ValueError, KeyError, TypeError):
        return None


def _append(home: Settings, name: str, line: str) -> Path:
    """Add a line to a file of the log directory, which nobody else may read (mode 0600)."""
    path = home.log / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "a", encoding="utf-8") as file:
            file.write(line + "\n")
    except OSError as error:  # no room for it: it is told here instead, it holds no personal data
        typer.echo(f"The log cannot be written: {path}: {error.strerror}. {line}", err=True)
    return path


def _record(run: Run, error: Exception) -> str:
    """Write where it failed to the log, without the message: it could hold a person's data."""
    run.failure, run.error = secrets.token_hex(4), type(error).__name__
    moment = datetime.now(UTC).isoformat()
    lines = [f"{moment} {run.failure} {run.error}", *log.frames_of(error)]
    where = _append(run.settings, f"failures-{datetime.now(UTC):%Y-%m}.log", "\n  ".join(lines))
    return (
        f"Something failed that should not have ({run.error}). What was served still is. "
        f"Where: {where}, id {run.failure}. Next: send that entry to the maintainers; "
        "it holds no personal data."
    )


if __name__ == "__main__":
    main()
