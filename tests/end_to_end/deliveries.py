"""A sample organisation as it is delivered: date after date, or everything at once."""

from __future__ import annotations

import csv
import json
import shutil
import time
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
from typer.testing import CliRunner

from afspiegeling import app
from etl.publish import served
from etl.sample import write_sample
from tests.end_to_end.hidden import tables_of

ENCODING, ENDLESS = "cp1252", "31-12-9999"
YEAR_ENDS = 12
"""The month of the last delivery of a year."""


def home_with_keys(home: Path) -> Path:
    """A new home; every one has the same keys."""
    (home / "keys").mkdir(parents=True, mode=0o700)
    for place, name in enumerate(("pseudonym", "record", "rounding"), 4):
        path = home / "keys" / f"{name}.key"
        path.touch(0o600)
        path.write_text(str(place) * 64, encoding="ascii")
    return home


def run(
    home: Path, *words: object, typed: str | None = None, expect: tuple[int, ...] = (0,)
) -> str:
    """Run one command of the product in this process; what it says."""
    done = CliRunner().invoke(app, ["--home", str(home), *map(str, words)], input=typed)
    assert done.exit_code in expect, (words, done.output, done.exception)
    return done.stdout


def served_cells(home: Path) -> pl.DataFrame:
    """``mart_cell`` of the publication that is served."""
    published = home / "published"
    return tables_of(published / f"publication-{served(published)}.duckdb")["mart_cell"]


def drawn(directory: Path, employees: int, units: int, quarters: int) -> Path:
    """A sample of this size."""
    write_sample(directory, employees, units, quarters, 1)
    return directory


def one_by_one(sample: Path, into: Path) -> Iterator[Path]:
    """One directory a reference date, with what is known on that date and no more.

    A delivery has the people of its date, the movements of its year so far, and the units that
    exist by then, none of which ends later.
    """
    for path in sorted(sample.glob("personeel_*")):
        ref = date.fromisoformat(path.name[len("personeel_") :][:10])
        delivery = into / ref.isoformat()
        delivery.mkdir(parents=True)
        for name in (path.name, "mapping.toml", "organisation.toml", "streefcijfers.csv"):
            shutil.copyfile(sample / name, delivery / name)
        _write(_units_by(sample / "organisatie.csv", ref), delivery / "organisatie.csv")
        movements = sample / f"mutaties_{ref.year}.csv"
        if movements.is_file() and (rows := _movements_by(movements, ref))[1:]:
            _write(rows, delivery / movements.name)
        if ref.month == YEAR_ENDS:  # the survey of a year is closed when the year is
            for path_of_year in sample.glob(f"exit-*_{ref.year}.csv"):
                shutil.copyfile(path_of_year, delivery / path_of_year.name)
        yield delivery


def publish(home: Path, delivery: Path) -> pl.DataFrame:
    """Load a delivery and publish; rows refused on purpose, and jumps, are accepted.

    Returns:
        The cells that are served then.
    """
    run(home, "load", delivery, "--mapping", delivery / "mapping.toml", expect=(0, 3))
    run(home, "publish", "--accept", "an invented organisation")
    return served_cells(home)


def attacked(home: Path) -> dict[str, Any]:
    """What the audit of everything that was ever served there tells, with the time it took."""
    began, cpu = time.monotonic(), time.process_time()
    told = json.loads(run(home, "audit", "--json", expect=(0, 4)))
    kept = ("safe", "unsafe", "hidden", "unknowns", "constraints", "contradictions")
    return {name: told[name] for name in kept} | {
        "seconds": round(time.monotonic() - began, 1),
        "CPU seconds": round(time.process_time() - cpu, 1),
    }


def _units_by(path: Path, ref: date) -> list[list[str]]:
    head, *rows = _read(path)
    begin, end = head.index("geldig_van"), head.index("geldig_tot")
    known = [row for row in rows if _day(row[begin]) <= ref]
    return [head, *([*r[:end], _end_by(r[end], ref), *r[end + 1 :]] for r in known)]


def _end_by(text: str, ref: date) -> str:
    return text if text and _day(text) <= ref else ENDLESS


def _movements_by(path: Path, ref: date) -> list[list[str]]:
    head, *rows = _read(path)
    return [head, *(row for row in rows if _day(row[head.index("ingangsdatum")]) <= ref)]


def _day(text: str) -> date:
    return datetime.strptime(text, "%d-%m-%Y").date()


def _read(path: Path) -> list[list[str]]:
    with path.open(encoding=ENCODING, newline="") as file:
        return list(csv.reader(file, delimiter=";"))


def _write(rows: list[list[str]], path: Path) -> None:
    with path.open("w", encoding=ENCODING, newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)
