"""A power cut at a rename: what was not synced is gone, and names reach the disk in any order.

Run inside the process that is cut off. It watches what Python writes; what DuckDB writes into the
warehouse it syncs itself (``fdatasync`` at every commit), and is left as it is.
"""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

WATCHED = ("keys", "published", "warehouse/reference")


@dataclass
class PowerCut:
    """Cuts the power at one of the moments at which a file gets its name.

    Args:
        home: whose files are lost.
        at: the number of the renaming (or linking), from 1.
        after: cut right after it, else right before.
    """

    home: Path
    at: int
    after: bool
    count: int = 0
    synced: set[tuple[int, int, int]] = field(default_factory=set)
    pending: list[tuple[Path, Path | None]] = field(default_factory=list)
    """Names that are not on the disk yet: the new name, and what kept the old content, if any."""

    def __call__(self) -> None:
        """Watch this process from now on."""
        self.synced = {_state(path) for path in self._files()}
        real = {name: getattr(os, name) for name in ("fsync", "replace", "rename", "link")}

        def fsync(handle: int) -> None:
            real["fsync"](handle)
            path = Path(f"/proc/self/fd/{handle}").resolve()
            if path.is_dir():
                self.pending = [p for p in self.pending if p[0].parent.resolve() != path]
            else:
                self.synced.add(_state(path))

        def naming(name: str) -> Any:
            def call(source: Any, target: Any, **options: Any) -> None:
                new, spare = Path(target), Path(f"{target}.spare")
                inside = self._watches(new)
                self.count += inside
                if inside and self.count == self.at and not self.after:
                    self._cut()
                if inside and new.exists() and name != "link":
                    os.system(f"cp -p '{new}' '{spare}'")  # noqa: S605  (a path of this test)
                real[name](source, target, **options)
                if inside:
                    self.pending.append((new, spare if spare.exists() else None))
                if inside and self.count == self.at:
                    self._cut()

            return call

        os.fsync = fsync  # type: ignore[assignment]
        for name in ("replace", "rename", "link"):
            setattr(os, name, naming(name))

    def _cut(self) -> None:
        """Leave the worst that a disk may hold: the last name, none of the pending ones before."""
        for name, spare in self.pending[:-1] if self.after else self.pending:
            name.unlink(missing_ok=True)
            if spare is not None:
                spare.rename(name)
        for path in self._files():
            if path.name.endswith(".spare"):
                path.unlink()
            elif _state(path) not in self.synced:
                os.truncate(path, 0)
        os.kill(os.getpid(), signal.SIGKILL)

    def _watches(self, path: Path) -> bool:
        return any(path.is_relative_to(self.home / part) for part in WATCHED)

    def _files(self) -> list[Path]:
        return [p for part in WATCHED for p in (self.home / part).rglob("*") if p.is_file()]


def _state(path: Path) -> tuple[int, int, int]:
    stat = path.stat()
    return stat.st_ino, stat.st_size, stat.st_mtime_ns
