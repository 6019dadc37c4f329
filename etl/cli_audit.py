"""The command ``audit``: attack a publication with nothing but its published files."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Annotated

import polars as pl
import typer

from etl.privacy.audit import CHECKS, AuditReport, audit
from etl.privacy.audit_input import united
from etl.privacy.audit_proof import DeepReport, DeepScope
from etl.publication_files import read_published, shown_by_others
from etl.settings import Settings

UNSAFE = 4
MEANING = {
    "exact": "known exactly",
    "narrow": "too few values remain possible",
    "majority": "certainly the majority of a small group",
    "sum": "hidden parts that together are known too well",
    "suspected": "may follow exactly; not confirmed",
}


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("audit")(audit_command)


def audit_command(  # noqa: PLR0917
    context: typer.Context,
    publication: Annotated[
        str | None, typer.Argument(help="Publication to attack; default: the one served.")
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="As JSON, with the unsafe cells by name (without values)."),
    ] = False,
    deep: Annotated[
        bool,
        typer.Option("--deep", help="Prove what bounds leave open; minutes."),
    ] = False,
    periods: Annotated[
        int, typer.Option(min=1, help="With --deep: so many newest periods.")
    ] = DeepScope.periods,
    seconds: Annotated[
        float, typer.Option(min=0, help="With --deep: after this the rest is undecided.")
    ] = DeepScope.seconds,
) -> None:
    """Attack a publication again, from its published cells alone; exit code 4 when unsafe."""
    settings: Settings = context.obj
    started = time.monotonic()
    scope = DeepScope(periods, seconds) if deep else None
    earlier = shown_by_others(settings.published, publication)
    report = audit(united(read_published(settings.published, publication), earlier), scope)
    if as_json:
        listed = report.published() | {"cells": report.cells.to_dicts()}
        typer.echo(json.dumps(listed, ensure_ascii=False))
    else:
        for line in _lines(report, time.monotonic() - started):
            typer.echo(line)
    if not report.safe:
        raise typer.Exit(UNSAFE)


def _lines(report: AuditReport, seconds: float) -> Iterator[str]:
    unproved = report.cells.is_empty() and not report.contradictions
    verdict = "Safe" if report.safe else "NOT PROVED" if unproved else "UNSAFE"
    yield (
        f"{verdict}: {report.unsafe} of {report.hidden} hidden numbers are not protected. "
        f"{report.unknowns} unknowns, {report.rows} equations, "
        f"{report.contradictions} contradicted, in {seconds:.1f} s."
    )
    for check in CHECKS:
        rows = report.findings.filter(pl.col("check") == check)
        if rows.height:
            yield f"{check} ({MEANING[check]}): {rows['cells'].sum()}"
        for row in rows.iter_rows(named=True):
            yield f"  level {row['unit_level']}, {row['class']}, {row['role']}: {row['cells']}"
    if report.deep is not None:
        yield from _deep_lines(report.deep)
    if report.unsafe:
        yield "Which ones: afspiegeling audit --json (for the data steward)."


def _deep_lines(deep: DeepReport) -> Iterator[str]:
    yield f"Proof for the {deep.periods} newest periods, in at most {deep.limit:.0f} s:"
    yield "  if people may change category: " + deep.free.told
    if deep.constant is None:
        yield "  if nobody does: no equation between dates that the numbers do not contradict"
    else:
        yield "  if nobody does: " + deep.constant.told
