"""One organisation loaded and published by both engines: the same cells, and what Spark wrote."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from etl.load import load
from etl.pipeline import publish
from etl.pseudonym import KEY_NAMES, Keys
from etl.sample import write_sample
from etl.settings import Settings
from etl.warehouse.store import Warehouse
from tests.conftest import REPOSITORY

if TYPE_CHECKING:
    from tests.cluster.cluster import Cluster

pytestmark = pytest.mark.cluster
NOW = datetime(2026, 1, 15)
TABLES = ("fct_snapshot", "fct_presence", "fct_movement", "quarantine")


@pytest.fixture
def session(cluster: Cluster) -> Iterator[Any]:
    """A platform's own session that hides nothing: no encryption, no compression on the disks."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master(cluster.url).appName("a platform")
    for key in ("io.encryption.enabled", "shuffle.compress", "shuffle.spill.compress"):
        builder = builder.config(f"spark.{key}", "false")
    builder = builder.config("spark.sql.files.maxPartitionBytes", "20000")  # files in many blocks
    session = builder.config("spark.sql.shuffle.partitions", "3").getOrCreate()
    yield session
    session.stop()


@pytest.mark.usefixtures("session")
def test_both_engines_give_the_same_cells_and_spark_writes_no_number_and_no_key(
    cluster: Cluster, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    extracts = tmp_path / "extracts"
    write_sample(extracts, 400, 8, 3)
    spoil(extracts)
    homes = {
        "duckdb": Settings(home=tmp_path / "duckdb"),
        "spark": Settings(home=tmp_path / "spark", engine="spark", spark_shared=cluster.shared),
    }
    Keys.of(homes["duckdb"])
    shutil.copytree(homes["duckdb"].keys, homes["spark"].keys)
    for home in homes.values():
        load([extracts], extracts / "mapping.toml", home, now=NOW)
    assert_frame_equal(stored(homes["spark"]), stored(homes["duckdb"]))
    written = b"".join(path.read_bytes() for path in cluster.written())
    for home in homes.values():
        publish(home, "an invented organisation", NOW)
    cells = {name: exported(home, tmp_path / name) for name, home in homes.items()}
    assert cells["spark"] == cells["duckdb"]
    assert cells["spark"].count(b"\n") > 100

    written += b"".join(path.read_bytes() for path in cluster.written())
    told = capfd.readouterr()
    written += (told.out + told.err).encode()
    keys = Keys.of(homes["spark"])
    numbers = numbers_of(extracts)
    assert len(numbers) >= 400
    pseudonyms = keys.pseudonyms(pl.Series(numbers))
    assert any(person.encode() in written for person in pseudonyms), "nothing was looked through"
    any_number = "|".join(numbers).encode()
    assert re.findall(rb"(?<!\d)(?:" + any_number + rb")(?!\d)", written) == []
    for name in KEY_NAMES:
        key = keys.key(name)
        assert key not in written
        assert key.hex().encode() not in written
    assert cluster.secret.encode() not in written
    assert list(cluster.shared.iterdir()) == []


def spoil(extracts: Path) -> None:
    """Rows of every kind of refusal in one file: repeated, of another shape, of no scale."""
    path = sorted(extracts.glob("personeel*.csv"))[-1]
    lines = path.read_text("utf-8").splitlines()
    lines += [lines[1], lines[2] + ";x", lines[3].replace(";", ";;", 1), lines[5]]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def numbers_of(extracts: Path) -> list[str]:
    """Every personnel number of the extracts."""
    found: set[str] = set()
    for path in sorted(extracts.glob("personeel*.csv")):
        rows = pl.read_csv(path, separator=";", infer_schema=False, truncate_ragged_lines=True)
        found |= set(rows["personeelsnummer"].drop_nulls())
    return sorted(number for number in found if len(number) >= 6)


def stored(settings: Settings) -> pl.DataFrame:
    """Everything about persons that is stored, as text, in one order."""
    with Warehouse.open(settings, "read") as warehouse:
        frames = [
            warehouse.frame(
                f"SELECT '{name}' AS place, to_json({name})::VARCHAR AS row FROM {name}"
            )
            for name in TABLES
        ]
    return pl.concat(frames).sort("place", "row")


def exported(settings: Settings, directory: Path) -> bytes:
    """``cells.csv`` of the publication that is served."""
    command = [sys.executable, "-m", "afspiegeling", "--home", settings.home, "export", "--all"]
    subprocess.run([*command, directory / "out"], cwd=REPOSITORY, check=True, capture_output=True)
    return (directory / "out" / "cells.csv").read_bytes()
