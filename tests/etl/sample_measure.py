"""Measures the sample from its files alone; shares no code with the generator or the intake."""

from __future__ import annotations

import gzip
import io
from itertools import pairwise
from pathlib import Path

import polars as pl

OUTSIDE = ["turkije", "marokko", "suriname", "nl_cariben", "indonesie", "overig_buiten_europa"]
INSIDE = ["nederland", "europa"]


def texts(path: Path) -> pl.DataFrame:
    """Rows of any of the forms as text; empty is null."""
    if path.suffix == ".parquet":
        return pl.read_parquet(path).with_columns(pl.all().cast(pl.String))
    if path.suffix == ".xlsx":
        return pl.read_excel(path, infer_schema_length=0).with_columns(pl.all().cast(pl.String))
    data = path.read_bytes()
    data = gzip.decompress(data) if path.suffix == ".gz" else data
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252")
    delimiter = max(";\t,", key=text[:200].count)
    return pl.read_csv(io.StringIO(text), separator=delimiter, infer_schema=False)


def people_of(path: Path, units: list[str]) -> pl.DataFrame:
    """One row a person present: scale and unit of the main employment, null scale if not valid."""
    valid = (
        pl.col("salarisschaal").str.contains(r"^\d+$")
        & pl.col("organisatie_eenheid").is_in(units)
        & ~pl.col("datum_in_dienst").str.contains("2099")
    )
    part = pl.col("deeltijdfactor").str.replace(",", ".").cast(pl.Float64)
    return (
        texts(path)
        .drop_nulls("personeelsnummer")
        .sort(part, descending=True)
        .group_by("personeelsnummer", maintain_order=True)
        .first()
        .select(
            number="personeelsnummer",
            scale=pl.when(valid).then("salarisschaal").cast(pl.Int64, strict=False),
            unit="organisatie_eenheid",
            group=pl.when(pl.col("herkomst").is_in(OUTSIDE))
            .then(pl.lit(True))
            .when(pl.col("herkomst").is_in(INSIDE))
            .then(pl.lit(False)),
        )
    )


def snapshots(directory: Path) -> dict[str, pl.DataFrame]:
    """The people of every reference date, by date."""
    units = texts(directory / "organisatie.csv")["code"].to_list()
    return {
        path.name.split("_")[1].split(".")[0]: people_of(path, units)
        for path in sorted(directory.glob("personeel_*"))
    }


def share(people: pl.DataFrame, low: int, high: int) -> float:
    """Percent of the group among known origin in the scales, both ends included."""
    inside = people.filter(pl.col("scale").is_between(low, high))["group"].drop_nulls()
    return 100 * inside.sum() / len(inside)


def flows(taken: dict[str, pl.DataFrame]) -> dict[str, dict[bool | None, float]]:
    """Sums over all periods by group (null: origin not known)."""
    total: dict[str, dict[bool | None, float]] = {}
    for before, after in pairwise(taken):
        pairs = taken[before].join(taken[after], on="number", how="full", suffix="_to")
        old, now = pl.col("scale"), pl.col("scale_to")
        stayed = pl.col("number").is_not_null() & pl.col("number_to").is_not_null()
        side = {
            "stock": (old.is_not_null(), "group"),
            "stock_to": (now.is_not_null(), "group_to"),
            "low": (old <= 13, "group"),
            "exit": (old.is_not_null() & pl.col("number_to").is_null(), "group"),
            "inflow": (now.is_not_null() & pl.col("number").is_null(), "group_to"),
            "crossing": (stayed & (old <= 13) & (now >= 14), "group"),
            "promotion": (stayed & (old <= 13) & (now > old), "group"),
        }
        for name, (condition, group) in side.items():
            counts = pairs.filter(condition).group_by(group).len().iter_rows()
            for key, number in counts:
                sums = total.setdefault(name, {True: 0, False: 0, None: 0})
                sums[key] += number
    return total


def ratio(total: dict[str, dict[bool | None, float]], flow: str, *stocks: str) -> float:
    """Rate of the group over the rate of the others; the rate is per mean of the stocks."""
    rate = {g: total[flow][g] / sum(total[s][g] for s in stocks) for g in (True, False)}
    return rate[True] / rate[False]
