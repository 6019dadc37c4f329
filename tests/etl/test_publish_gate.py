"""The last gate before serving: the attack on what was made, with all that was ever published."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import polars as pl
import pytest

from etl.errors import NotPublished
from etl.metrics.derive import derive
from etl.pipeline import _attacked, publish
from etl.privacy.audit_input import BASE, Published
from etl.privacy.audit_proof import DeepScope
from etl.settings import Settings
from tests.etl.small_extracts import personeel
from tests.etl.test_publish_commands import NOW, loaded, published_cells
from tests.privacy.attacked import publication
from tests.privacy.test_audit import TRUE, table


def units_shown(shown: str) -> Published:
    """A publication of a whole and three units that shows the categories of some of them."""
    numbers = {unit: TRUE[unit] if unit in shown else (None,) * 3 for unit in TRUE}
    return publication(table(numbers, TRUE, "abc"), units="ABC", groups={"origin": "abc"})


NO_UNIT, ALL_BUT_A = units_shown("W"), units_shown("WBC")


def attacked(
    directory: Path, newest: Published, implied: int = 0, deep: DeepScope | None = None
) -> dict[str, str]:
    nothing = newest.cells.clear().select(*BASE, "base")
    made: Any = SimpleNamespace(
        table=SimpleNamespace(cells=newest.cells), implied=implied, known=nothing
    )
    about: Any = SimpleNamespace(dimension=newest.dimensions, metric=newest.metrics)
    told = _attacked(Settings(home=directory), made, about, newest.policy, deep)
    return dict(told.iter_rows())


def test_what_the_attack_finds_is_not_published(tmp_path: Path) -> None:
    assert attacked(tmp_path, NO_UNIT)["safe"] == "true"
    with pytest.raises(NotPublished, match="not protected"):
        attacked(tmp_path, ALL_BUT_A)
    assert attacked(tmp_path, ALL_BUT_A, implied=3)["implied"] == "3"


def test_what_is_asked_to_be_proved_is_proved_or_not_published(tmp_path: Path) -> None:
    """Three units of three categories, all hidden: nine numbers; and no time proves nothing."""
    assert "proved" not in attacked(tmp_path, NO_UNIT)
    told = attacked(tmp_path, NO_UNIT, deep=DeepScope(periods=1))
    assert (told["proved"], told["proved_periods"]) == ("9", "1")
    with pytest.raises(NotPublished, match="could be proved"):
        attacked(tmp_path, NO_UNIT, deep=DeepScope(periods=1, seconds=0.0))


def test_a_number_that_another_publication_shows_is_known(tmp_path: Path) -> None:
    """Nobody tells of A, B or C now; A and B were shown once: C follows."""
    earlier = units_shown("WAB")
    directory = Settings(home=tmp_path).published
    directory.mkdir(parents=True)
    with duckdb.connect(str(directory / "publication-2025-1.duckdb")) as connection:
        connection.from_arrow(earlier.cells.to_arrow()).create("mart_cell")
    with pytest.raises(NotPublished, match="not protected"):
        attacked(tmp_path, NO_UNIT)


def test_figures_follow_from_the_published_cells_alone(tmp_path: Path) -> None:
    """33 of 133 are a quarter; no published number says so, and so no figure does."""
    people = {f"{n:04d}": "A 10 V nederland" for n in range(100)}
    people |= {f"{n:04d}": "A 12 M turkije" for n in range(100, 133)}
    people |= {f"{n:04d}": "B 15 M onbekend" for n in range(133, 153)}
    settings = loaded(tmp_path, ("k4", personeel("31-12-2025", people)))
    made = publish(settings, None, NOW).publication
    with duckdb.connect(str(made.path), read_only=True) as connection:
        dimensions, metrics, references = (
            pl.DataFrame(connection.table(f"mart_{name}").to_arrow_table())
            for name in ("dimension", "metric", "reference")
        )
    cells = published_cells(settings)
    counts = pl.col("metric").is_in(metrics.filter(kind="count")["metric"].to_list())
    figures = cells.filter(~counts)
    again = derive(cells.filter(counts), dimensions, metrics, references=references)
    assert figures.filter(status="published").height
    assert again.select(figures.columns).sort(pl.all()).equals(figures.sort(pl.all()))
