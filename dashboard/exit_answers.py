"""Cells of the exit monitor: looked up by question, answer and group."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import polars as pl

from dashboard.cells import ALL, FLOW_KINDS, Row, published
from dashboard.formats import number, period_end
from dashboard.view import View

METRICS = (
    *("exit_answers", "exit_invited", "exit_response"),
    *("exit_theme", "exit_answer_share", "exit_score", "exit_gap"),
)
QUESTION = "question"
"""The dimension of the questions; its partitions are ``theme``, ``reason``, ``role``, ..."""
OPINIONS = ("unfavourable", "neutral", "favourable")
SAFETY = "theme_sociale_veiligheid"
"""The question whose score is among the figures for the board."""


class Answers:
    """What is published of the exit monitor for the chosen unit and those above it."""

    def __init__(self, view: View) -> None:
        self.view = view
        units = [*view.ancestors, view.filters.unit]
        frame = view.mart.cells(METRICS, units, scale_groups=[ALL], attribute2=None)
        self._rows: dict[tuple[Any, ...], dict[str, Row]] = {}
        for row in frame.iter_rows(named=True):
            group = row["category2"] if row["attribute2"] else ""
            key = (row["metric"], row["unit"], row["attribute"], row["category"], group)
            if not row["attribute2"] or row["attribute2"] == view.filters.attribute:
                self._rows.setdefault(key, {})[row["period"]] = row

    def series(self, metric: str, attribute: str = "", category: str = "") -> dict[str, Row]:
        """Period -> cell of everybody in the chosen unit, up to the reference date."""
        return self._series(metric, attribute, category, "")

    def _series(self, metric: str, attribute: str, category: str, group: str) -> dict[str, Row]:
        found = self._rows.get((metric, self.view.filters.unit, attribute, category, group), {})
        day = self.view.day
        return {code: row for code, row in found.items() if period_end(code) <= day}

    def periods(self, metric: str, attribute: str, category: str, group: str = "") -> list[str]:
        """The periods of the first kind (a year, else a block) that there is, oldest first."""
        rows = self._series(metric, attribute, category, group)
        for kind in FLOW_KINDS:
            found = [code for code, row in rows.items() if row["period_kind"] == kind]
            if found:
                return sorted(found, key=period_end)
        return []

    def last(self, metric: str, attribute: str, category: str = "", group: str = "") -> Row | None:
        """The cell of the latest of these periods, shown or not."""
        codes = self.periods(metric, attribute, category, group)
        return self._series(metric, attribute, category, group)[codes[-1]] if codes else None

    def questions(self, kind: str) -> list[str]:
        """The questions of a kind, in the order of the publication."""
        return [code for code, of in self._questions if of == kind]

    @cached_property
    def _questions(self) -> list[tuple[str, str]]:
        rows = self.view.mart.dimensions().filter(pl.col("dimension") == QUESTION)
        return list(rows.sort("position").select("code", "partition").iter_rows())

    def categories(self, attribute: str) -> list[str]:
        """The answers to a question, in the order of the publication."""
        rows = self.view.mart.dimensions().filter(
            (pl.col("dimension") == attribute) & (pl.col("partition") == "answers")
        )
        return list(rows.sort("position")["code"].to_list())

    @property
    def nearest(self) -> str:
        """The lowest unit above the chosen one that has answers, or an empty text."""
        units = {key[1] for key in self._rows}
        return next((unit for unit in reversed(self.view.ancestors) if unit in units), "")

    @property
    def here(self) -> bool:
        """Whether anything is published for the chosen unit."""
        return any(key[1] == self.view.filters.unit for key in self._rows)


def of_size(row: Row | None, lang: str) -> str:
    """``n = 205``; empty where nothing is shown."""
    if row is None or not published(row) or row["base"] is None:
        return ""
    return f"n = {number(row['base'], lang)}"
