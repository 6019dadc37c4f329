"""How often a page asks: the file once for a unit that nobody looked at, and nothing after that."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

from dashboard.charts import read_themes
from dashboard.frame import Request, route
from dashboard.mart import CELLS, Mart, Publication
from dashboard.pages import PAGES, bezetting, uitstroom
from dashboard.settings import ASSETS

THEMES = read_themes(ASSETS / "tokens.css")
ASKED = {page.PATH: 2 for page in PAGES} | {uitstroom.PATH: 3}
"""Page -> questions about cells: its own, the coverage of the provenance, the exit monitor's."""


class Count:
    """What is asked of the file, and what of the cells that were read from it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.file: list[str] = []
        self.cells = 0
        run, cells = Publication._run, Publication.cells

        def counted_run(
            publication: Publication, query: str, parameters: dict[str, object] | None = None
        ) -> pl.DataFrame:
            self.file.append(query)
            return run(publication, query, parameters)

        def counted_cells(
            publication: Publication,
            units: Sequence[str],
            conditions: Mapping[str, Collection[str]],
        ) -> pl.DataFrame:
            self.cells += 1
            return cells(publication, units, conditions)

        monkeypatch.setattr(Publication, "_run", counted_run)
        monkeypatch.setattr(Publication, "cells", counted_cells)

    def asked(self, mart: Mart, page: ModuleType, query: str) -> tuple[int, int]:
        """Queries of cells to the file, and questions about cells, of one view of a page."""
        self.file.clear()
        self.cells = 0
        route(mart, PAGES, THEMES, Request(page.PATH, query, {}))
        return self.file.count(CELLS), self.cells


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.PATH)
def test_a_page_asks_the_file_once(
    published: dict[str, Path], page: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    mart, count = Mart(published["planted"]), Count(monkeypatch)
    assert count.asked(mart, page, "?unit=MIN") == (1, ASKED[page.PATH])
    for again in ("?unit=MIN", "?unit=MIN&attribute=gender&lang=en", "?unit=MIN&period=2023Q4"):
        assert count.asked(mart, page, again)[0] == 0
        assert count.file == []


def test_a_choice_of_another_unit_asks_once_for_what_was_not_read(
    published: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    mart, count = Mart(published["planted"]), Count(monkeypatch)
    assert count.asked(mart, bezetting, "?unit=MIN") == (1, 2)
    assert count.asked(mart, bezetting, "?unit=DGOB") == (1, 2)  # those under it are new
    assert count.asked(mart, bezetting, "?unit=DGOB") == (0, 2)
