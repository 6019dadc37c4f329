"""Files that are made to cost: refused (or read) within bounded time and memory, both measured."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from tests.etl.small_extracts import ORGANISATIE, write
from tests.faults import child
from tests.faults.bombs import BOMBS
from tests.proof.record import record

EVERY_DAY = (
    "10,000 columns", "1,000,000 columns", "a file of 8 GiB", "XLSX with a cell in the far corner",
    "XLSX with such a cell in a part of another name", "XLSX with a part twice",
    "XLSX with one long text in 20,000 cells", "XLSX with parts that lead out",
    "XLSX with entities in entities", "Parquet of one text of 1 MiB, 5,000 times",
)  # fmt: skip
MOST_MIB, MOST_SECONDS = 3_000, 60.0
ADDRESS_SPACE = 12 << 30
"""A backstop: what asks for more fails at once, instead of the machine."""


@pytest.mark.parametrize("bomb", EVERY_DAY)
def test_bomb(tmp_path: Path, bomb: str) -> None:
    throw(bomb, tmp_path)


@pytest.mark.proof
def test_every_bomb(tmp_path: Path) -> None:
    told = {}
    for bomb in BOMBS:
        told[bomb] = throw(bomb, tmp_path)
    figures = {
        "most MiB allowed": MOST_MIB,
        "most CPU seconds allowed": MOST_SECONDS,
        "files": told,
    }
    record("bombs", "pytest -m proof tests/faults/test_bombs.py", figures)


def throw(bomb: str, directory: Path) -> dict[str, object]:
    """Load a file by the command line; what came of it and what it took."""
    ending, make = BOMBS[bomb]
    inside = directory / "incoming"
    write(inside / "organisatie.csv", ORGANISATIE)
    path = inside / f"personeel_2025.{ending}"
    make(path)
    size = path.stat().st_size
    home = directory / "home"
    child.said(home).unlink(missing_ok=True)
    before = partial(child.no_memory_above, ADDRESS_SPACE)
    code = child.run(
        home, "load", inside, "--mapping", "rijk-standaard", "--dry-run", before=before
    )
    path.unlink()
    said = child.said(home).read_text(encoding="utf-8")
    assert code in (0, 2, 3), (code, said)
    assert "Traceback" not in said
    took = child.used(home)
    assert took["MiB"] <= MOST_MIB, (bomb, took)
    assert took["seconds"] <= MOST_SECONDS, (bomb, took)
    assert sorted(p.name for p in directory.iterdir()) == _left(directory)
    refused = [line for line in said.splitlines() if "Next: " in line]
    outcome = refused[0].split(". ")[0] if code == 2 else "rows and quarantine"
    return {"bytes": size, "outcome": outcome, **took}


def _left(directory: Path) -> list[str]:
    """What may stand beside a home afterwards: nothing was unpacked anywhere."""
    expected = {"home-said.json", "home-said.txt", "incoming"}
    return sorted(expected | ({"home"} if (directory / "home").exists() else set()))
