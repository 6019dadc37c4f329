"""The one command ``afspiegeling``; the only module that imports both the ETL and the dashboard."""

from __future__ import annotations

import os
import secrets
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

import dashboard.cli
import dashboard.errors
import etl.cli
import etl.cli_audit
import etl.cli_publish
import etl.cli_sample
import etl.cli_steward
import etl.errors
from etl import pipeline
from etl.load import load
from etl.sample import write_sample
from etl.settings import Settings

app = typer.Typer(
    help="Afspiegeling: from HR extract to a protected diversity dashboard.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)

IN_FORCE: ContextVar[Settings] = ContextVar("IN_FORCE")
"""The settings of this run, for what is told where a command failed."""


@app.callback()
def root(
    context: typer.Context,
    home: Annotated[
        Path | None, typer.Option(help="Directory that holds all state (AFSPIEGELING_HOME).")
    ] = None,
) -> None:
    """Afspiegeling: from HR extract to a protected diversity dashboard."""
    context.obj = Settings() if home is None else Settings(home=home)
    IN_FORCE.set(context.obj)


for part in (
    etl.cli_sample,
    etl.cli,
    etl.cli_publish,
    etl.cli_audit,
    etl.cli_steward,
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
        dashboard.cli.run_server(settings.published, "127.0.0.1", port, workers=2)


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
    try:
        app()
    except (etl.errors.AfspiegelingError, dashboard.errors.DashboardError) as error:
        typer.echo(str(error), err=True)
        sys.exit(error.exit_code)
    except Exception as error:  # the last resort
        settings = IN_FORCE.get(Settings())
        refused = etl.errors.of_the_disk(error, str(settings.home))
        typer.echo(str(refused) if refused else _record(error, settings.log), err=True)
        sys.exit(refused.exit_code if refused else 1)


def _record(error: Exception, log: Path) -> str:
    """Write where it failed to the log, without the message: it could hold a person's data."""
    number = secrets.token_hex(4)
    frames = "".join(
        f"  {frame.filename}:{frame.lineno} {frame.name}\n"
        for frame in traceback.extract_tb(error.__traceback__)
    )
    entry = f"{datetime.now(UTC).isoformat()} {number} {type(error).__name__}\n{frames}"
    says = f"Something failed that should not have ({type(error).__name__}). "
    try:
        log.mkdir(parents=True, exist_ok=True)
        with (log / "failures.log").open("a", encoding="utf-8") as file:
            file.write(entry)
    except OSError:  # no room for it: it is told here instead, it holds no personal data
        return f"{says}What was served still is. Next: send this to the maintainers:\n{entry}"
    return (
        f"{says}What was served still is. "
        f"Where: {log / 'failures.log'}, id {number}. Next: send that entry to the maintainers; "
        "it holds no personal data."
    )


if __name__ == "__main__":
    main()
