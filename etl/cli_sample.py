"""The command ``sample``: the synthetic organisation as extracts."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from etl.sample import write_sample


class InequalityChoice(StrEnum):
    """What is planted in the rates of the sample."""

    PLANTED = "planted"
    REVERSED = "reversed"
    NONE = "none"


def sample(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="New or empty directory.")],
    *,
    employees: Annotated[int, typer.Option(help="People in service at any date.")] = 12000,
    units: Annotated[int, typer.Option(help="Units at any date, the root included.")] = 150,
    quarters: Annotated[int, typer.Option(help="Quarters of flow, up to 2025-12-31.")] = 20,
    seed: Annotated[int, typer.Option(help="The same seed gives the same files.")] = 1,
    inequality: Annotated[
        InequalityChoice,
        typer.Option(help="Crossing and exit of the group: planted, reversed or none."),
    ] = InequalityChoice.PLANTED,
) -> None:
    """Write a synthetic ministry as extracts, in the forms that real systems deliver."""
    write_sample(directory, employees, units, quarters, seed, inequality=inequality.value)
    Console().print(
        f"{len(list(directory.iterdir()))} files in {directory}. "
        f"Next: afspiegeling load {directory} --mapping {directory / 'mapping.toml'}",
        soft_wrap=True,
        highlight=False,
    )


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("sample")(sample)
