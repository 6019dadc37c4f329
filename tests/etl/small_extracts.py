"""Small extracts on disk in the headers of rijk-standaard, from drawn tables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from etl.settings import Settings

ORGANISATIE = """
code | naam_nl | bovenliggend | niveau | geldig_van
MIN  | Whole   |              | 1      | 01-01-2020
A    | Part A  | MIN          | 2      | 01-01-2020
B    | Part B  | MIN          | 2      | 01-01-2020
"""

HEAD = "peildatum | personeelsnummer | organisatie_eenheid | salarisschaal | geslacht | herkomst"


def personeel(ref: str, rows: Mapping[str, str]) -> str:
    """Draw a personnel extract: number -> "unit scale gender origin"."""
    lines = [f"{ref} | {number} | " + " | ".join(row.split()) for number, row in rows.items()]
    return "\n".join([HEAD, *lines])


def write(path: Path, drawing: str) -> Path:
    """Write a drawn table as the CSV that it stands for."""
    lines = [[cell.strip() for cell in line.split("|")] for line in drawing.strip().splitlines()]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(";".join(cells) + "\n" for cells in lines), encoding="utf-8")
    return path


def home(directory: Path) -> Settings:
    """Give the settings of a home that does not exist yet."""
    return Settings(home=directory / "home")
