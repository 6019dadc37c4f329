"""``docs/bad-days.md``: faults injected and inputs tried, with the figures of their proofs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from etl import limits

PROOFS = Path(__file__).resolve().parent.parent / "docs" / "proof"
DAILY = ".venv/bin/python -m pytest -n0 tests/faults/"
_PROOF = ".venv/bin/python -m "

INTRO = """# Bad days: faults injected and inputs tried

What the tests in `tests/faults` do to `load` and `publish`, and what survived. A few of each kind run in `make test`, all of
them in `make proof`; the figures below are those of the last proof.

**Survived** means, after the fault and before anything else: what is served is whole (the pointer names a file with the
checksum that it states, with every table of the old or of the new publication), what is stored is all of the command or
nothing of it, and the ledger and the warehouse agree (every date belongs to one load, every load has the rows and the refused
rows that it is said to have, nobody and no decision stands twice). Then the same command is run again, and the home holds
exactly what a run without fault would have left: every row of every table, every file, every cell.

Named steps are those of `etl/steps.py`; production tells them to the logger `afspiegeling.steps`, and the tests listen there.

## Faults
"""

AFTER = """
A publication that was served when its command was cut off is made once more by the next run, with the same cells, as any
second `publish` does. One that had its name and that nobody was pointed at yet is made anew under the same name.

Power is cut by a simulation that is harder than most disks: at every moment at which a file gets its name (or right before
it), everything that was not synced is emptied, and of the names that were not synced only the last one is kept. What DuckDB
writes into the warehouse it syncs itself (`fdatasync` at every commit); that is taken as it is. A disk is filled by mounting
one of 64 MiB (tmpfs, as root) and, in `make test`, by the largest file size that a process may write (RLIMIT_FSIZE), which
needs no rights. A read-only directory is a read-only mount for root, else rights are taken away.

## Inputs

A file is refused in one printable line with exit code 2, or gives rows and quarantine whose counts add up. Nothing else: no
other error, no crash of a library, no endless run. Files that are made to cost were loaded by the command line; seconds of
processor and MiB of memory are those of the whole process (which takes 132 MiB to start).
"""

LIMITS = {
    "MOST_FILES": "files in one load",
    "MOST_BYTES": "bytes of a file that is read at once, and of what it unpacks to",
    "MOST_LARGE_BYTES": "bytes of a personnel file that is read part by part",
    "MOST_LINES": "lines or rows of such a file",
    "MOST_COLUMNS": "columns",
    "MOST_CELLS": "values (rows times columns)",
    "LONGEST_LINE": "characters in a line or record",
    "MOST_MEMBERS": "parts of a spreadsheet file",
    "MOST_TAGS": "tags in a spreadsheet",
    "MOST_DATES": "reference dates in one file",
    "MOST_MAPPING_BYTES": "bytes of a mapping or reference file",
    "MOST_MAPPINGS": "mappings that extend one another",
}


def bad_days_page() -> str:
    """The page, from the proofs as they lie in ``docs/proof``."""
    faults = _table(("fault", "how often", "survived", "command"), _faults())
    inputs = _table(("input", "tried", "outcome", "command"), _inputs())
    bombs = _table(("file", "bytes", "outcome", "CPU s", "MiB"), _bombs())
    most = _table(("at most", ""), ((f"{getattr(limits, n):,}", w) for n, w in LIMITS.items()))
    return (
        f"{INTRO}\n{faults}{AFTER}\n{inputs}\n"
        f"### Files that are made to cost\n\n`{_command('bombs')}`\n\n{bombs}\n"
        f"## Limits of the readers\n\nDeclared, each with its reason, in `etl/limits.py`.\n\n{most}"
    )


def _faults() -> Iterable[tuple[object, ...]]:
    killed = _proof("killed")
    for name, times in killed["hits"].items():
        where = name if name.endswith("anywhere") else f"at the step {name}"
        yield f"kill -9: {where}", times, "all", _command("killed")
    for what, survived in (
        ("full-disk", "refused, nothing changed, rerun complete"),
        ("power-cut", "whole, rerun complete"),
    ):
        outcomes = list(_proof(what).values())
        assert set(outcomes) <= {survived, "done"}
        tried = f"{outcomes.count(survived)} faults" + (
            f", {outcomes.count('done')} with room enough" if "done" in outcomes else ""
        )
        yield what.replace("-", " "), tried, "all", _command(what)
    for what, times, tests in (
        ("no file of the process can grow (RLIMIT_FSIZE)", 1, "no_file"),
        ("read-only home or warehouse", 3, "read_only"),
        ("no room for a report or for a log", 2, "no_room"),
        ("power cut where nothing is synced: what is lost is noticed", 1, "not_synced"),
    ):
        yield what, times, "all", f"{DAILY}test_disk.py -k {tests}"
    for what, outcomes in _proof("at-once").items():
        if what != "seed":
            told = "; ".join(f"{outcome}: {times}" for outcome, times in outcomes.items())
            yield f"{what} at once", sum(outcomes.values()), told, _command("at-once")


def _inputs() -> Iterable[tuple[object, ...]]:
    mangled = _proof("mangled-files")
    for form, outcomes in mangled["outcomes"].items():
        told = ", ".join(f"{outcome}: {times}" for outcome, times in sorted(outcomes.items()))
        yield f"{form}, mangled", sum(outcomes.values()), told, _command("mangled-files")
    fuzzed = _proof("fuzzed-readers")
    yield (
        f"any bytes, guided by branches (atheris, {fuzzed['seconds']} s)",
        fuzzed["files"],
        "refused or read",
        _command("fuzzed-readers"),
    )
    for what, file in (
        ("any bytes, texts, rows, types and headers (hypothesis)", "test_any_bytes.py"),
        ("mappings of nonsense, and any sound mapping (hypothesis)", "test_any_mapping.py"),
        ("names, pipes, devices, links, formulas", "test_names.py"),
    ):
        yield what, "see test", "refused or read", DAILY + file


def _bombs() -> Iterable[tuple[object, ...]]:
    for name, told in _proof("bombs")["files"].items():
        yield name, f"{told['bytes']:,}", told["outcome"], told["seconds"], told["MiB"]


def _proof(name: str) -> dict[str, Any]:
    figures: dict[str, Any] = _read(name)["figures"]
    return figures


def _command(name: str) -> str:
    return _PROOF + str(_read(name)["command"])


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((PROOFS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def _table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for row in rows:
        *cells, last = map(str, row)
        command = last.startswith(".venv")
        lines.append("| " + " | ".join([*cells, f"`{last}`" if command else last]) + " |")
    return "\n".join(lines) + "\n"
