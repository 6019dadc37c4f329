"""Write a figure that is claimed, with the command and the commit that gave it."""

from __future__ import annotations

import json
import subprocess

from tests.conftest import REPOSITORY


def commit() -> str:
    """The commit that is measured; ``-dirty`` where something is not committed."""
    return subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def record(name: str, command: str, figures: object) -> None:
    """Write ``docs/proof/<name>.json``."""
    directory = REPOSITORY / "docs" / "proof"
    directory.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"command": command, "commit": commit(), "figures": figures}, indent=2)
    (directory / f"{name}.json").write_text(text + "\n", encoding="utf-8")
