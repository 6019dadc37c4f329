"""A draft as readers would see it: a directory of its own that points to it, and nothing copied."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from dashboard.errors import DashboardError
from dashboard.mart import POINTER


def preview_of(published: Path, name: str, place: Path) -> Path:
    """Make a directory ``published`` under ``place`` in which ``name`` is served.

    Raises:
        DashboardError: there is no such publication.
    """
    path = published / f"publication-{name}.duckdb"
    if Path(path.name) != Path(f"publication-{name}.duckdb") or not path.is_file():
        raise DashboardError(
            "There is no such publication",
            where=str(published),
            got=name,
            next_step="see `afspiegeling status` for their names",
        )
    made = place / "published"
    made.mkdir()
    beside = published / f"approval-{name}.json"
    for file in (path, *([beside] if beside.is_file() else [])):
        (made / file.name).symlink_to(file.resolve())
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    pointer = {"publication": name, "file": path.name, "sha256": digest, "preview": True}
    (made / POINTER).write_text(json.dumps(pointer), encoding="utf-8")
    return made
