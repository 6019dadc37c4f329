"""The whole road on the sample organisation, seen from outside: files in, files out."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import duckdb
import polars as pl
import pytest

from dashboard.export import as_csv
from etl.metrics.cells import CELLS, KEYS
from etl.metrics.counted import NOT_REACHED, STATUSES
from etl.metrics.derive import derive
from etl.metrics.exit_monitor import QUESTION
from etl.metrics.findings import findings
from tests.cli import afspiegeling
from tests.end_to_end.conftest import Cell

PLACE = ("period", "period_kind", "unit", "scale_group")


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_export_holds_what_an_outsider_needs(exported: Path, cells: list[Cell]) -> None:
    names = {path.name for path in exported.iterdir()}
    assert {
        "cells.csv",
        "cells.parquet",
        "dimensions.csv",
        "metrics.csv",
        "references.csv",
        "findings.csv",
        "datapackage.json",
    } <= names
    assert tuple(cells[0]) == CELLS
    package = json.loads((exported / "datapackage.json").read_text(encoding="utf-8"))
    assert {r["path"] for r in package["resources"]} <= names
    keys = [tuple(cell[k] for k in KEYS) for cell in cells]
    assert len(set(keys)) == len(keys)


def test_suppressed_cells_hold_no_number(cells: list[Cell]) -> None:
    hidden = [c for c in cells if c["status"] != "published"]
    assert hidden
    assert all((c["value"], c["lower"], c["upper"]) == ("", "", "") for c in hidden)
    assert {c["status"] for c in cells} <= {*STATUSES, NOT_REACHED}


def test_every_share_recomputes_from_its_counts(exported: Path, cells: list[Cell]) -> None:
    """Plain arithmetic on ``cells.csv``: numerator over known, or over everybody of its date."""
    metrics = {m["metric"]: m for m in read(exported / "metrics.csv")}
    key = ("metric", *PLACE, "attribute", "category", "attribute2", "category2")
    number = {tuple(c[k] for k in key): c for c in cells}
    value = {name: float(c["value"]) if c["value"] else None for name, c in number.items()}
    checked = 0
    for c in cells:
        metric = metrics[c["metric"]]
        if metric["kind"] != "share" or c["status"] != "published":
            continue
        if metric["reference"] == QUESTION:  # a part of who answered the question
            continue
        place = tuple(c[k] for k in PLACE)
        second = (c["attribute2"], c["category2"])
        category = metric["numerator_category"] or c["category"]
        over = (metric["numerator"], *place, c["attribute"], category, *second)
        above = value[over]
        assert number[over]["as_of"] == c["as_of"]
        below = None
        if metric["denominator_category"] == "known":
            below = value.get((metric["denominator"], *place, c["attribute"], "known", *second))
        if below is None and not second[0]:  # no such split, or hidden: everybody at that date
            below = float(number[over]["base"])
        elif below is None:  # everybody of the second attribute
            below = value[metric["denominator"], *place, *second, "", ""]
        assert above is not None, c
        assert below is not None, c
        assert float(c["base"]) == below
        exact = 100 * above / below
        step = 1.0 if below < 1000 else 0.1
        assert abs(float(c["value"]) - exact) <= step / 2 + 1e-9, c
        checked += 1
    assert checked > 1000


def dimensions_of(exported: Path) -> pl.DataFrame:
    return pl.DataFrame(read(exported / "dimensions.csv")).with_columns(
        pl.col("valid_from", "valid_to").replace("", None).str.to_date(),
        pl.col("level").replace("", None).cast(pl.Int64),
    )


def test_findings_are_rebuilt_from_the_export(exported: Path) -> None:
    """What is found, how certain it is and in what order: a function of what is exported."""
    references = pl.DataFrame(read(exported / "references.csv"))
    references = references.cast({"value": pl.Float64, "year": pl.Int32})
    cells = pl.read_parquet(exported / "cells.parquet")
    metrics = pl.DataFrame(read(exported / "metrics.csv"))
    rebuilt = findings(cells, references, dimensions_of(exported), metrics)
    assert rebuilt.height > 0
    assert as_csv(rebuilt, "rfc4180") == (exported / "findings.csv").read_bytes()


def test_derive_rebuilds_the_publication_from_the_export(exported: Path) -> None:
    """One direction: everything that is no count is a function of the exported counts."""
    cells = pl.read_parquet(exported / "cells.parquet")
    metrics = pl.DataFrame(read(exported / "metrics.csv"))
    dimensions = dimensions_of(exported)
    counts = metrics.filter(pl.col("kind") == "count")["metric"].implode()
    is_count = pl.col("metric").is_in(counts)
    references = pl.DataFrame(read(exported / "references.csv")).with_columns(
        pl.col("value").replace("", None).cast(pl.Float64), pl.col("year").cast(pl.Int32)
    )
    rebuilt = derive(cells.filter(is_count), dimensions, metrics, references=references)
    published = cells.filter(~is_count).select(CELLS).sort(KEYS)
    assert rebuilt.height > 1000
    assert rebuilt.write_csv() == published.write_csv()


def test_counts_are_rounded_and_above_the_threshold(cells: list[Cell]) -> None:
    split = [
        c
        for c in cells
        if c["attribute"] == "origin" and c["status"] == "published" and c["metric"] == "headcount"
    ]
    assert len(split) > 1000
    assert all(float(c["value"]) >= 5 for c in split)
    own = [c for c in split if c["category"] in {"yes", "unknown", "europa", "buiten_europa"}]
    # T = 10 and rounding moves by at most 4
    assert all(float(c["value"]) % 5 == 0 and float(c["value"]) >= 10 for c in own)


def test_personnel_numbers_are_stored_nowhere(home: Path, sample: Path) -> None:
    path = next(p for p in sorted(sample.iterdir()) if p.suffix == ".csv" and "personeel" in p.name)
    raw = path.read_bytes().decode("cp1252", errors="ignore").splitlines()
    delimiter = max(";,\t", key=raw[0].count)
    column = raw[0].split(delimiter).index("personeelsnummer")
    numbers = {line.split(delimiter)[column].strip('"').encode() for line in raw[1:400]} - {b""}
    assert len(numbers) > 300
    long = sorted(numbers, key=len)[-100:]
    assert all(len(n) >= 6 for n in long)
    # six digits also stand, by chance, inside the hexadecimal pseudonyms and hashes
    written = re.compile(rb"(?<![0-9a-f.])(?:" + b"|".join(long) + rb")(?![0-9a-f])")
    files = [path for path in home.rglob("*") if path.is_file()]
    databases = [path for path in files if path.suffix == ".duckdb"]
    assert len(databases) >= 2  # the warehouse, and publications
    others = [path for path in files if path not in databases]
    assert others
    assert [path.name for path in others if written.search(path.read_bytes())] == []
    # a database packs its texts end to end, where nothing tells a value from its neighbours
    values = set().union(*map(stored, databases))
    assert len(values) > 10_000
    assert [value for value in values if written.search(value.encode())] == []


def stored(database: Path) -> set[str]:
    """Every value of every column of every table, as text."""
    with duckdb.connect(str(database), read_only=True) as connection:
        columns = connection.execute(
            "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal"
        ).fetchall()
        return {
            value
            for table, column in columns
            for (value,) in connection.execute(
                f'SELECT DISTINCT "{column}"::VARCHAR FROM "{table}" WHERE "{column}" IS NOT NULL'
            ).fetchall()
        }


def test_loading_again_changes_nothing(home: Path, sample: Path) -> None:
    before = afspiegeling(home, "status", "--json").stdout
    done = afspiegeling(home, "load", sample, "--mapping", sample / "mapping.toml", expect=(0, 3))
    extracts = [path for path in sample.iterdir() if path.suffix not in {".toml", ".md"}]
    assert done.stdout.count("loaded before, nothing to do") == len(extracts)
    assert afspiegeling(home, "status", "--json").stdout == before


@pytest.mark.parametrize("path", ["published", "warehouse", "keys"])
def test_only_the_owner_reads_what_is_personal(home: Path, path: str) -> None:
    files = [p for p in (home / path).rglob("*") if p.is_file()]
    assert files
    if path != "published":
        assert all(p.stat().st_mode & 0o077 == 0 for p in files if p.suffix != ".toml")


def test_calibration_on_the_last_reference_date(home: Path) -> None:
    """Shares in the warehouse, before protection: 11% up to scale 13 and 3.4% from 14."""
    path = home / "true.csv"
    afspiegeling(home, "reconcile", "-o", path, "--metric", "headcount", "--period", "2025Q4")
    counts = {
        (r["scale_group"], r["category"]): float(r["value"])
        for r in read(path)
        if r["unit_level"] == "1" and r["attribute"] == "origin" and r["attribute2"] == ""
    }
    low = 100 * counts["<=13", "yes"] / counts["<=13", "known"]
    high = 100 * counts[">=14", "yes"] / counts[">=14", "known"]
    assert abs(low - 11) <= 0.5
    assert abs(high - 3.4) <= 0.5
    assert (
        10_500
        <= sum(counts[b, k] for b in ("<=13", ">=14") for k in ("known", "unknown"))
        <= 13_500
    )
