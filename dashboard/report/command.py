"""The command ``report``: the board paper of a quarter as PPTX and PDF."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dashboard.errors import DashboardError
from dashboard.mart import Mart


def report(
    context: typer.Context,
    *,
    period: Annotated[
        str | None, typer.Option(help="Reference date, such as 2025Q4; default the newest.")
    ] = None,
    unit: Annotated[str | None, typer.Option(help="Code of a unit; default the whole.")] = None,
    attribute: Annotated[
        str | None, typer.Option(help="Attribute, such as origin; default that of the pages.")
    ] = None,
    form: Annotated[
        str | None, typer.Option("--format", help="pptx, pdf or pptx,pdf; default by the file.")
    ] = None,
    lang: Annotated[str, typer.Option(help="nl or en.")] = "nl",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File to write; of two formats its name."),
    ] = None,
) -> None:
    """Write the board paper: what Overzicht says on one page, and the figures behind it."""
    from dashboard.cli import paragraphs  # noqa: PLC0415  (which registers this command)
    from dashboard.export import check_format  # noqa: PLC0415
    from dashboard.report.build import (  # noqa: PLC0415  (loaded where it is asked for)
        FORMATS,
        Request,
        file_name,
        render,
    )

    with paragraphs():
        forms = formats(form, output)
        for each in forms:
            check_format(each, FORMATS)
        mart = Mart(context.obj.published)
        wanted = Request(period or mart.meta()["last_period"], unit or "", attribute or "", lang)
        made = {each: render(mart, wanted, each) for each in forms}
        for each, content in made.items():
            target = output or Path(file_name(mart, wanted, each))
            path = target if len(forms) == 1 else target.with_suffix(f".{each}")
            _write(path, content)
            typer.echo(str(path))


def formats(given: str | None, output: Path | None) -> list[str]:
    """The formats that are asked for: by name, else by the name of the file, else both.

    Raises:
        DashboardError: the name of the file has the ending of another format.
    """
    ending = output.suffix.lstrip(".").lower() if output else ""
    if given is None:
        return [ending] if ending else ["pptx", "pdf"]
    named = list(dict.fromkeys(each.strip().lower() for each in given.split(",")))
    if len(named) == 1 and ending and ending != named[0]:
        raise DashboardError(
            "The file is named after another format than the one that was asked for",
            where="--format and -o",
            expected=f"a file that ends in .{named[0]}",
            got=str(output),
            next_step="leave out --format, or give the file that ending",
        )
    return named


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise DashboardError(
            "The board paper cannot be written",
            where=str(path),
            expected="a place that can be written to",
            got=error.strerror or type(error).__name__,
            next_step="choose another place with -o",
        ) from error
