"""Who logged in and what was taken along: a line for each, appended, sealed with the one before.

A line that is changed or taken out breaks the chain after it, and ``broken`` says where. Whom a
line is about is the subject that the identity provider gave: its administrator knows the person.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from dashboard.export import as_csv
from dashboard.settings import Settings

COLUMNS = ("at", "event", "who", "role", "address", "before")
START = "0" * 64
"""What the first line is chained to."""


class AccessLog:
    """An append-only file that several processes write to."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def of(cls, published: Path) -> AccessLog:
        """The log that the settings name, by default of the home of a publication directory."""
        return cls(Settings(home=published.parent).access_log_file)

    def append(self, event: str, who: str, role: str, address: str = "") -> None:
        """One line: ``event`` is login, logout, refused or export (any file)."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(handle, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # until it is closed: the line before must be the last
            line = {
                "at": datetime.now(UTC).isoformat(timespec="seconds"),
                "event": event,
                "who": who,
                "role": role,
                "address": address[:500],
                "before": _last_seal(file),
            }
            file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def lines(self) -> list[dict[str, Any]]:
        """Every line, oldest first."""
        return [json.loads(raw) for raw in self._raw()]

    def broken(self) -> int | None:
        """The first line (from 1) that is not sealed with the one before; None: all are."""
        before = START
        for number, raw in enumerate(self._raw(), start=1):
            if json.loads(raw)["before"] != before:
                return number
            before = _seal(raw)
        return None

    def as_csv(self) -> bytes:
        """Every line as CSV (RFC 4180); texts that a spreadsheet would run are made harmless."""
        frame = pl.DataFrame(self.lines(), schema=dict.fromkeys(COLUMNS, pl.String))
        return as_csv(frame, "rfc4180")

    def _raw(self) -> Iterator[bytes]:
        if self.path.exists():
            with self.path.open("rb") as file:
                yield from (line.rstrip(b"\n") for line in file)


def _seal(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def _last_seal(file: Any) -> str:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 4096))
    found = file.read().splitlines()
    return _seal(found[-1]) if found else START
