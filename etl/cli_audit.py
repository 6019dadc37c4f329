"""The command ``audit``: attack a publication with nothing but its published files."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import duckdb
import polars as pl
import typer
from pydantic import ValidationError

from etl.errors import RefusedInput
from etl.privacy.audit import CHECKS, AuditReport, DeepReport, audit
from etl.privacy.audit_deep import DeepScope
from etl.privacy.audit_input import Published
from etl.privacy.policy import Policy
from etl.publish import names, served
from etl.settings import Settings

UNSAFE = 4
TABLES = {
    "cells": "SELECT * FROM mart_cell",
    "dimensions": "SELECT * FROM mart_dimension",
    "metrics": "SELECT * FROM mart_metric",
    "meta": "SELECT * FROM mart_meta",
}
MEANING = {
    "exact": "known exactly",
    "narrow": "too few values remain possible",
    "majority": "certainly the majority of a small group",
    "suspected": "may follow exactly; not confirmed",
}


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("audit")(audit_command)


def audit_command(
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
        typer.Option("--deep", help="Prove by integer programs what bounds leave open; minutes."),
    ] = False,
    periods: Annotated[
        int, typer.Option(min=1, help="With --deep: so many newest periods.")
    ] = DeepScope.periods,
) -> None:
    """Attack a publication again, from its published cells alone; exit code 4 when unsafe."""
    settings: Settings = context.obj
    started = time.monotonic()
    scope = DeepScope(periods=periods) if deep else None
    report = audit(read_published(settings.published, publication), scope)
    if as_json:
        listed = report.published() | {"cells": report.cells.to_dicts()}
        typer.echo(json.dumps(listed, ensure_ascii=False))
    else:
        for line in _lines(report, time.monotonic() - started):
            typer.echo(line)
    if not report.safe:
        raise typer.Exit(UNSAFE)


def read_published(directory: Path, name: str | None = None) -> Published:
    """The tables of a publication that an outsider has as files.

    Args:
        directory: where publications are.
        name: which one; None: the one that is served.

    Raises:
        RefusedInput: there is no such publication, or its policy says nothing of an audit.
    """
    known = names(directory)
    wanted = name or served(directory)
    if wanted not in known:
        raise RefusedInput(
            "There is no such publication",
            where=str(directory),
            expected="one of " + (", ".join(known) or "none yet"),
            got=wanted or "none",
            next_step="publish first: afspiegeling publish",
        )
    with duckdb.connect(
        str(directory / f"publication-{wanted}.duckdb"),
        read_only=True,
        config={"enable_external_access": "false"},
    ) as connection:
        frames = {key: connection.sql(query).pl() for key, query in TABLES.items()}
    meta = dict(frames["meta"].select("key", "value").iter_rows())
    return Published(frames["cells"], frames["dimensions"], frames["metrics"], _policy(meta))


def _policy(meta: dict[str, str]) -> Policy:
    try:
        return Policy.model_validate_json(meta["policy"])
    except (KeyError, ValidationError) as error:
        raise RefusedInput(
            "The policy of this publication does not say what an audit must leave open",
            where="mart_meta, policy",
            expected="the numbers of policy.toml, with widths",
            next_step="publish again, and audit that publication",
        ) from error


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
    yield (
        f"Programs decided {deep.targets} hidden numbers of the newest periods: {deep.safe} safe, "
        f"{deep.unsafe} unsafe, {deep.undecided} undecided, in {sum(deep.seconds.values()):.1f} s."
    )
    if deep.assumptions:
        yield f"  {deep.assumptions} equations between dates dropped: no world satisfies them all."
    if deep.contradictions:
        yield f"  {deep.contradictions} parts that no world satisfies."
