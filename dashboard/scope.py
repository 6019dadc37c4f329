"""The publication as one reader may see it: units outside are as if they did not exist.

Everything that answers a request reads through ``VisibleMart``, so that a page, a choice, an export
and a board paper cannot differ in what they show to whom.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from functools import cached_property
from pathlib import Path

import polars as pl

from dashboard import access
from dashboard.mart import Mart, Publication

_BY_UNIT = {"cells", "references", "warnings", "findings"}
"""Tables with a row for each unit; the column ``unit`` of the metrics is that of a measure."""
_KEPT = 32
"""Excerpts that a process keeps: one for each set of units of HR managers."""


class Excerpt(Publication):
    """The part of a publication that is about some units; it reads through the whole one."""

    def __init__(self, whole: Publication, roots: Sequence[str]) -> None:
        self.path, self.approval = whole.path, whole.approval
        self._whole = whole
        self._frames: dict[str, pl.DataFrame] = {}
        self._unusual = {}
        self._roots = [unit for unit in roots if unit in whole.parents]

    @cached_property
    def seen(self) -> frozenset[str]:
        """Codes of the units: the subtrees, and the units above them."""
        parents = self._whole.parents
        above = {unit for root in self._roots for unit in _line(root, parents)}
        below = {unit for unit in parents if set(_line(unit, parents)) & set(self._roots)}
        return frozenset(above | below)

    @cached_property
    def meta(self) -> dict[str, str]:
        """As of the whole, with the unit that the reader begins with."""
        return self._whole.meta | ({"start": self._roots[0]} if self._roots else {})

    def table(self, name: str) -> pl.DataFrame:
        """One table without the units outside."""
        if name not in self._frames:
            frame = self._whole.table(name)
            if name == "dimensions":
                is_unit = pl.col("dimension") == "unit"
                frame = frame.filter(~is_unit | pl.col("code").is_in(self.seen))
            elif name in _BY_UNIT:
                frame = frame.filter(pl.col("unit").is_in(self.seen))
            if name == "cells":
                return frame
            self._frames[name] = frame
        return self._frames[name]

    def _units(self, units: Sequence[str]) -> list[pl.DataFrame]:
        return self._whole._units([unit for unit in units if unit in self.seen])


def _line(unit: str, parents: dict[str, str]) -> Iterable[str]:
    """The unit and those above it."""
    while unit:
        yield unit
        unit = parents.get(unit, "")


class VisibleMart(Mart):
    """The served publication as the reader of this request may see it."""

    def __init__(self, published: Path) -> None:
        super().__init__(published)
        self._excerpts: dict[tuple[object, ...], Excerpt] = {}

    def current(self) -> Publication:
        """The publication that is served now, or the reader's part of it."""
        whole = super().current()
        units = access.current().units
        if units is None:
            return whole
        key = (whole.path, whole.approval, units)
        if key not in self._excerpts:
            if len(self._excerpts) >= _KEPT:
                self._excerpts.clear()
            self._excerpts[key] = Excerpt(whole, units)
        return self._excerpts[key]

    def key(self) -> Hashable:
        """Of the publication, and of what the reader may see of it."""
        reader = access.current()
        return super().key(), reader.role, reader.units

    def visible(self) -> frozenset[str]:
        """Codes of the units that the reader may see."""
        return frozenset(self.current().parents)
