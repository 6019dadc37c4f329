"""Invented relations of any size, the same each time: who stays, joins, leaves, moves and is hidden."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from etl.warehouse.engine import RELATIONS
from tests.etl.person_rows import fitted

CODES = {
    "origin": ["nederland", "europa", "buiten_europa", "onbekend"],
    "gender": ["V", "M", "X"],
    "age_band": ["-24", "25-34", "35-44", "45-54", "55-"],
    "contract": ["vast", "tijdelijk"],
    "location_group": ["den_haag", "randstad", "overig"],
}
KINDS = ["promotion", "reclassification", "acting", "inflow", "exit"]


def dates(number: int) -> list[date]:
    """Ends of quarters."""
    quarters = [(3, 31), (6, 30), (9, 30), (12, 31)]
    return [date(2010 + n // 4, *quarters[n % 4]) for n in range(number)]


def snapshots(people: int, refs: list[date], seed: int = 1) -> Iterator[pl.DataFrame]:
    """The valid rows of each date; one in fifty is somebody else at the next, one in thirty moves."""
    draw = np.random.default_rng(seed)
    number = np.arange(people, dtype=np.uint64)
    fresh = people
    scale = draw.integers(1, 19, people)
    unit = draw.integers(0, 400, people)
    codes = {key: draw.integers(0, len(values), people) for key, values in CODES.items()}
    for ref in refs:
        mark = pl.Series(number).hash(seed=7)
        rows = pl.DataFrame(
            {
                "ref": pl.Series([ref]).new_from_index(0, people),
                "person": pl.Series(number).cast(pl.String).str.zfill(32),
                "unit": pl.Series(unit).cast(pl.String),
                "scale": scale,
                "fte_milli": np.where(number % 11 == 0, 800, 1000),
                "key_hi": mark // 2**32,
                "key_lo": mark % 2**32,
                **{
                    key: pl.Series(values).gather(codes[key])
                    for key, values in CODES.items()
                },
            }
        )  # fmt: skip
        yield fitted(rows.filter(pl.Series(draw.random(people) > 0.01)), RELATIONS["snapshot"])
        moved, new = draw.random(people) < 1 / 30, draw.random(people) < 1 / 50
        scale = np.where(moved, np.clip(scale + draw.choice([-1, 1, 1], people), 1, 18), scale)
        number = number.copy()
        number[new] = np.arange(fresh, fresh + new.sum(), dtype=np.uint64)
        fresh += int(new.sum())


def write(directory: Path, people: int, refs: list[date]) -> None:
    """The relations as Parquet, one file a date; a refused row is one in thirty of nobody's own."""
    for name in RELATIONS:
        (directory / name).mkdir(parents=True)
    before = None
    for n, rows in enumerate(snapshots(people, refs)):
        rows.write_parquet(directory / "snapshot" / f"{n:05d}.parquet")
        seen = rows.select("ref", "person")
        if before is not None:
            hidden = before.sample(fraction=1 / 300, seed=n).with_columns(
                ref=pl.lit(rows["ref"][0])
            )
            seen = pl.concat([seen, hidden.select("ref", "person")]).unique()
        fitted(seen, RELATIONS["presence"]).write_parquet(
            directory / "presence" / f"{n:05d}.parquet"
        )
        told = rows.sample(fraction=1 / 25, seed=n).select(
            "person",
            effective=pl.col("ref"),
            kind=pl.lit(pl.Series(KINDS)).gather(pl.int_range(pl.len()) % len(KINDS)),
            reason=pl.when(pl.int_range(pl.len()) % 3 > 0).then(pl.lit("sollicitatie")),
        )
        fitted(told, RELATIONS["movement"]).write_parquet(
            directory / "movement" / f"{n:05d}.parquet"
        )
        before = rows.select("ref", "person")


def offered(connection: duckdb.DuckDBPyConnection, directory: Path) -> None:
    """The relations as views of a DuckDB connection."""
    for name in RELATIONS:
        connection.execute(
            f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM read_parquet('{directory / name}/*')"
        )
