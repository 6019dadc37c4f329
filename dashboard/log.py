"""What is logged: one line of JSON an event, made only of facts that are declared here.

Nothing that a person typed or that a file holds can stand in a line: a fact is kept when its name
is declared and its value has the declared form. Of a record of another library only the text that
is always the same is kept, never what was put into it (addresses, paths, values), and of an
exception its type and the places in the code.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

WORD = re.compile(r"[a-z][a-z_-]{0,40}")
FACTS: Mapping[str, re.Pattern[str] | type] = {
    "command": WORD,
    "outcome": WORD,
    "exit_code": int,
    "seconds": float,
    "id": re.compile(r"[0-9a-f]{8}"),
    "error": re.compile(r"[A-Za-z_][A-Za-z_.]{0,80}"),
    "publication": re.compile(r"\d{4}-\d{1,4}"),
    "route": re.compile(r"/[a-z_./<>:-]{0,80}"),
    "method": re.compile(r"[A-Z]{1,7}"),
    "status": int,
    "bytes": int,
    "milliseconds": float,
}
"""Name of a fact -> what its value looks like. No number of a person fits a text."""


def facts_of(given: Mapping[str, object]) -> dict[str, object]:
    """The facts that look as declared; how many others there were, as `dropped`."""
    kept = {name: value for name, value in given.items() if _fits(name, value)}
    dropped = sum(value is not None for name, value in given.items() if name not in kept)
    return kept | ({"dropped": dropped} if dropped else {})


def _fits(name: str, value: object) -> bool:
    form = FACTS.get(name)
    if isinstance(form, re.Pattern):
        return isinstance(value, str) and form.fullmatch(value) is not None
    if form is float:
        return isinstance(value, float | int) and not isinstance(value, bool)
    return form is int and isinstance(value, int) and not isinstance(value, bool)


def line(event: str, facts: Mapping[str, object], level: str = "INFO") -> str:
    """One event as one line of JSON, without its end of line."""
    moment = datetime.now(UTC).isoformat(timespec="milliseconds")
    return json.dumps({"time": moment, "level": level, "event": event} | facts_of(facts))


class JsonLine(logging.Formatter):
    """Formats records as lines of JSON; ``extra={"facts": {...}}`` gives the facts of an event."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        facts = getattr(record, "facts", None)
        told: dict[str, Any] = json.loads(
            line(_template(record, own=facts is not None), facts or {}, record.levelname)
        )
        told["logger"] = record.name
        if record.exc_info and record.exc_info[0] is not None:
            told["error"] = record.exc_info[0].__name__
            told["frames"] = frames_of(record.exc_info[1])
        return json.dumps(told)


def _template(record: logging.LogRecord, *, own: bool) -> str:
    """The part of a message that is always the same.

    A message of a library without anything to put in may have been put together before: of that
    only the place is told.
    """
    if own or record.args:
        return str(record.msg)
    return f"{record.module}:{record.lineno}"


def frames_of(error: BaseException | None) -> list[str]:
    """Where an error arose, innermost last: file, line and function, without its message."""
    stack = traceback.extract_tb(error.__traceback__ if error else None)
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in stack]


def configure(stream: TextIO = sys.stderr) -> None:
    """Let every record of this process become a line on ``stream``; once more changes nothing."""
    root = logging.getLogger()
    if any(isinstance(handler.formatter, JsonLine) for handler in root.handlers):
        return
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLine())
    root.addHandler(handler)
    logging.getLogger("dashboard").setLevel(logging.INFO)
