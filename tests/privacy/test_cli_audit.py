"""The command ``audit`` on a publication file: what it reads, tells and returns."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import polars as pl
import pytest

from etl.errors import RefusedInput
from etl.privacy.audit_input import Published
from etl.privacy.policy import Policy
from etl.publication_files import read_published
from etl.publish import point_to
from tests.cli import afspiegeling, as_process
from tests.privacy.attacked import cell, everybody, publication


def written(home: Path, published: Published, policy: str | None = None) -> None:
    """A file with the four tables that an attacker reads, and nothing else."""
    directory = home / "published"
    directory.mkdir(parents=True)
    meta = pl.DataFrame({"key": ["policy"], "value": [policy or Policy.load().as_json()]})
    tables = {
        "mart_cell": published.cells,
        "mart_dimension": published.dimensions,
        "mart_metric": published.metrics,
        "mart_meta": meta,
    }
    with duckdb.connect(str(directory / "publication-2026-1.duckdb")) as connection:
        for name, frame in tables.items():
            connection.register("frame", frame)
            connection.execute(f"CREATE TABLE {name} AS SELECT * FROM frame")
    point_to(directory, "2026-1")


def leaking() -> Published:
    cells = [
        *(everybody(200), cell(40, 200), cell(160, 200, "no")),
        *(everybody(100, "A"), cell(37, 100, unit="A"), cell(63, 100, "no", unit="A")),
        *(everybody(100, "B"), cell(None, 100, unit="B"), cell(None, 100, "no", unit="B")),
    ]
    return publication(cells, units="AB")


def safe() -> Published:
    return publication([everybody(60), cell(None, 60), cell(None, 60, "no")])


def test_an_unsafe_publication_ends_with_4_and_names_no_cell(tmp_path: Path) -> None:
    written(tmp_path, leaking())
    done = as_process(tmp_path, "audit", expect=4)
    assert done.stdout.startswith("UNSAFE: 2 of 2 hidden numbers")
    assert "level 2, special, planned: 2" in done.stdout


def test_the_steward_s_listing_names_cells_and_no_value(tmp_path: Path) -> None:
    written(tmp_path, leaking())
    told = json.loads(afspiegeling(tmp_path, "audit", "2026-1", "--json", expect=4).stdout)
    assert not told["safe"]
    assert {(c["unit"], c["category"]) for c in told["cells"]} == {("B", "yes"), ("B", "no")}
    assert all("value" not in c and "base" not in c for c in told["cells"])
    assert not any(str(hidden) in json.dumps(told["cells"]) for hidden in (3, 97))


def test_a_safe_publication_ends_with_0(tmp_path: Path) -> None:
    written(tmp_path, safe())
    assert afspiegeling(tmp_path, "audit").stdout.startswith("Safe: 0 of 2 hidden numbers")


@pytest.mark.parametrize("name", [None, "2025-3"])
def test_a_publication_that_is_not_there_is_refused(tmp_path: Path, name: str | None) -> None:
    with pytest.raises(RefusedInput, match="no such publication"):
        read_published(tmp_path, name)


def test_a_policy_without_widths_is_refused(tmp_path: Path) -> None:
    written(tmp_path, safe(), policy='{"rounding_base": {}}')
    with pytest.raises(RefusedInput, match="must leave open"):
        read_published(tmp_path / "published")


def test_deep_tells_what_programs_decided(tmp_path: Path) -> None:
    written(tmp_path, safe())
    told = afspiegeling(tmp_path, "audit", "--deep", "--periods", "1").stdout
    assert "2 hidden numbers and sums of them safe, 0 unsafe, 0 undecided" in told
    as_json = json.loads(afspiegeling(tmp_path, "audit", "--deep", "--json").stdout)
    assert as_json["deep"]["free"]["safe"] == 2
    assert "deep" not in json.loads(afspiegeling(tmp_path, "audit", "--json").stdout)
