"""Extracts of an invented organisation of any size, written as an HR system writes them: CSV.

One file a quarter under the headers of `rijk-standaard`, rows in no order, a few of them faulty.
People come and go, rise and move, about as often as in central government; all from one seed.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from etl.domain import Reference
from tests.benchmarks.invented import MEAN_SIZE, unit_tree

Ints = NDArray[np.int64]

SEED = 20_260_101
LAST_YEAR = 2025
LEAVE, RISE, MOVE, FAULTY = 0.018, 0.012, 0.015, 0.0005
"""Share of the people each quarter; of the rows, that must be refused."""
ORIGINS = (
    *("nederland", "europa", "turkije", "marokko", "suriname", "nl_cariben", "indonesie"),
    *("overig_buiten_europa", "niet gevraagd", "niet opgegeven", "bezwaar"),
)
ORIGIN_SHARES = (0.70, 0.08, 0.02, 0.02, 0.025, 0.01, 0.02, 0.045, 0.06, 0.015, 0.005)
PART_TIME = ("1", "0,889", "0,8", "0,667", "0,5")
TYPES = {
    "peildatum": "DATE",
    "personeelsnummer": "VARCHAR",
    "organisatie_eenheid": "VARCHAR",
    "salarisschaal": "VARCHAR",
    "geslacht": "VARCHAR",
    "geboortedatum": "DATE",
    "herkomst": "VARCHAR",
    "aanstelling": "VARCHAR",
    "standplaatsgroep": "VARCHAR",
    "deeltijdfactor": "DOUBLE",
    "datum_in_dienst": "DATE",
}
"""Columns of a file and what they are, in the words of DuckDB."""


@dataclass(frozen=True)
class _People:
    """One position a person, of the same length each; dates are days since 1970."""

    number: Ints
    unit: Ints
    scale: Ints
    gender: Ints
    born: Ints
    origin: Ints
    contract: Ints
    location: Ints
    part_time: Ints
    hired: Ints

    def picked(self, which: NDArray[np.bool_]) -> _People:
        return _People(*(getattr(self, each.name)[which] for each in fields(self)))

    def joined(self, others: _People) -> _People:
        names = [each.name for each in fields(self)]
        return _People(*(np.concatenate([getattr(self, n), getattr(others, n)]) for n in names))


def quarter_ends(count: int) -> list[date]:
    """The last ``count`` quarter ends up to the end of ``LAST_YEAR``."""
    ends = [(3, 31), (6, 30), (9, 30), (12, 31)]
    years = range(LAST_YEAR - count // 4, LAST_YEAR + 1)
    return [date(year, month, day) for year in years for month, day in ends][-count:]


def write_extracts(
    directory: Path, persons: int, quarters: int, mean_size: int = MEAN_SIZE
) -> list[Path]:
    """Write the tree and one personnel file a quarter; return the personnel files, oldest first.

    ``mean_size``: persons in a lowest unit, in the mean.
    """
    rng = np.random.default_rng(SEED)
    directory.mkdir(parents=True)
    codes = _write_units(directory, max(persons // mean_size, 3))
    numbers = iter(rng.permutation(10 * persons).tolist())
    dates = quarter_ends(quarters)
    people = _joined(persons, len(codes), dates[0], numbers, rng)
    written = []
    for ref in dates:
        if written:
            people = _later(people, len(codes), ref, numbers, rng)
        written.append(directory / f"personeel-{ref.isoformat()}.csv")
        _rows(people, codes, ref, rng).write_csv(written[-1], separator=";")
    return written


def _write_units(directory: Path, lowest: int) -> list[str]:
    units, codes = unit_tree(lowest, Reference().organisation.root)
    units.select(
        code="code",
        naam_nl=pl.format("Eenheid {}", "code"),
        bovenliggend="parent",
        niveau="level",
        geldig_van="valid_from",
    ).write_csv(directory / "organisatie.csv", separator=";")
    return codes


def _joined(
    count: int, units: int, ref: date, numbers: object, rng: np.random.Generator
) -> _People:
    """New people: attributes by shares, units of unequal size."""
    day = _day(ref)
    age = rng.integers(20 * 365, 64 * 365, count)
    return _People(
        number=np.fromiter((next(numbers) for _ in range(count)), np.int64, count),  # type: ignore[call-overload]
        unit=(units * rng.random(count) ** 1.3).astype(np.int64),
        scale=np.clip(np.rint(rng.normal(10, 2.5, count)), 3, 17).astype(np.int64),
        gender=rng.choice(3, count, p=(0.49, 0.505, 0.005)),
        born=day - age,
        origin=rng.choice(len(ORIGINS), count, p=ORIGIN_SHARES),
        contract=rng.choice(2, count, p=(0.9, 0.1)),
        location=rng.choice(3, count, p=(0.93, 0.04, 0.03)),
        part_time=rng.choice(len(PART_TIME), count, p=(0.6, 0.15, 0.12, 0.08, 0.05)),
        hired=day - rng.integers(0, 90, count),
    )


def _later(
    people: _People, units: int, ref: date, numbers: object, rng: np.random.Generator
) -> _People:
    """The people a quarter later."""
    before = len(people.number)
    stays = people.picked(rng.random(before) >= LEAVE)
    count = len(stays.number)
    up = rng.random(count) < RISE
    moves = rng.random(count) < MOVE
    stays = replace(
        stays,
        scale=np.minimum(stays.scale + up, 18),
        unit=np.where(moves, rng.integers(0, units, count), stays.unit),
    )
    return stays.joined(_joined(before - count, units, ref, numbers, rng))


def _rows(people: _People, codes: list[str], ref: date, rng: np.random.Generator) -> pl.DataFrame:
    count = len(people.number)
    scale = pl.Series(people.scale).cast(pl.String)
    faulty = pl.Series(rng.random(count) < FAULTY)
    return pl.DataFrame(
        {
            "peildatum": pl.Series([ref]).new_from_index(0, count),
            "personeelsnummer": pl.Series(people.number).cast(pl.String).str.zfill(8),
            "organisatie_eenheid": _text(codes, people.unit),
            "salarisschaal": scale.zip_with(~faulty, pl.Series(["14a"])),
            "geslacht": _text(("M", "V", "X"), people.gender),
            "geboortedatum": pl.Series(people.born).cast(pl.Int32).cast(pl.Date),
            "herkomst": _text(ORIGINS, people.origin),
            "aanstelling": _text(("vast", "tijdelijk"), people.contract),
            "standplaatsgroep": _text(("den_haag", "uitgezonden", "lokaal"), people.location),
            "deeltijdfactor": _text(PART_TIME, people.part_time),
            "datum_in_dienst": pl.Series(people.hired).cast(pl.Int32).cast(pl.Date),
        }
    )


def _text(values: tuple[str, ...] | list[str], positions: Ints) -> pl.Series:
    return pl.Series(values).gather(positions)


def _day(ref: date) -> int:
    return (ref - date(1970, 1, 1)).days
