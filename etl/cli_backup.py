"""The commands that keep a home safe: ``backup`` and ``restore``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from etl.backup import backup
from etl.restore import Restored, restore
from etl.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("backup")(backup_command)
    app.command("restore")(restore_command)


def backup_command(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Archive to make (.tar.gz).")],
    keys: Annotated[
        Path | None, typer.Option(help="Write the keys to this file, to be kept elsewhere.")
    ] = None,
) -> None:
    """Write the whole home but its keys into one verified file, mode 0600."""
    settings: Settings = context.obj
    made = backup(settings, file, datetime.now(UTC), keys)
    typer.echo(
        f"Backup {file}: {len(made.files)} files, read back and verified. It holds person data: "
        "keep it on an encrypted disk, for as long as the policy says."
    )
    if keys is None:
        typer.echo(
            "The keys are not in it, and without them it is of no use: keep them, apart (--keys)."
        )
    else:
        typer.echo(f"Keys {keys}, mode 0600: keep this file apart from the backup.")


def restore_command(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Archive that `backup` made.")],
    keys: Annotated[
        Path | None, typer.Option(help="The keys that were written with the backup.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Set aside what the home holds, and replace it.")
    ] = False,
) -> None:
    """Verify a backup and put it in the place of the home; nothing is thrown away."""
    settings: Settings = context.obj
    now = datetime.now(UTC).replace(tzinfo=None)
    done = restore(settings, file, now, keys_file=keys, replace=replace)
    for line in _told(done):
        typer.echo(line)


def _told(done: Restored) -> list[str]:
    lines = [
        f"Restored {len(done.manifest.files)} files of "
        f"{done.manifest.made_at.isoformat(timespec='seconds')}, each verified."
    ]
    if done.aside is not None:
        lines.append(f"What was there is in {done.aside}: delete it when all is well.")
    if done.kept:
        lines.append(
            f"Publications made after the backup stay known: {', '.join(done.kept)}. The record of "
            "what they decided is not in the backup: `publish` holds what it makes against them."
        )
    if done.forgotten:
        lines.append(f"Forgotten again: {done.forgotten}, who were forgotten after the backup.")
    elif done.aside is None:
        lines.append("Whoever was forgotten after the backup must be forgotten again.")
    if not done.keys:
        lines.append("The keys are not here: put them back before anything is loaded or published.")
    return lines
