"""What an outsider can work out, by elimination over fractions; shares no code with the product."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import product

import polars as pl

from etl.domain import Reference
from etl.privacy.plan import categories_of
from tests.privacy.bases import base_row

Atom = tuple[str, str, str, str]
"""Unit, scale band, period of one step, leaf of origin."""
Key = tuple[str, str, str, str]
"""Unit, scale group, period, category ("" = everybody) of a cell."""
BANDS = ("<=13", ">=14")


def follows(known: Iterable[Mapping[str, int]], wanted: Sequence[Mapping[str, int]]) -> list[bool]:
    """Whether each wanted sum is a combination of the known ones."""
    pivots: list[tuple[str, dict[str, Fraction]]] = []
    for row in known:
        rest = _reduced(row, pivots)
        if rest:
            lead = min(rest)
            pivots.append((lead, {k: v / rest[lead] for k, v in rest.items()}))
    return [not _reduced(row, pivots) for row in wanted]


def _reduced(
    row: Mapping[str, int], pivots: Sequence[tuple[str, dict[str, Fraction]]]
) -> dict[str, Fraction]:
    rest = {k: Fraction(v) for k, v in row.items()}
    for lead, pivot in pivots:
        factor = rest.get(lead, Fraction(0))
        if factor:
            for k, v in pivot.items():
                rest[k] = rest.get(k, Fraction(0)) - factor * v
    return {k: v for k, v in rest.items() if v}


class Organisation:
    """People by atom, and every cell that is planned of them."""

    def __init__(
        self,
        people: Mapping[Atom, int],
        parents: Mapping[str, str],
        *,
        years: Mapping[str, Collection[str]] | None = None,
        metric: str = "headcount",
    ) -> None:
        self.people, self.parents, self.metric = people, parents, metric
        steps = sorted({atom[2] for atom in people})
        self.periods = {step: {step} for step in steps} | {
            year: set(held) for year, held in (years or {}).items()
        }
        origin = Reference().attributes["origin"]
        self.held = {c.code: c.leaves for c in categories_of(origin, "binary")}
        self.cells = dict(self._cells())

    def rows(self) -> list[dict[str, object]]:
        """Planned counts."""
        return [self._row(key, atoms) for key, atoms in self.cells.items()]

    def recovered(self, cells: pl.DataFrame) -> set[Key]:
        """Hidden cells that follow from the published ones and the numbers of everybody."""
        names = ("unit", "scale_group", "period", "category")
        shown = set(cells.filter(pl.col("status") == "published").select(names).iter_rows())
        hidden = sorted(key for key in self.cells if key not in shown and self.cells[key])
        known = [self._vector(key) for key in self.cells if key in shown]
        verdicts = follows(known, [self._vector(key) for key in hidden])
        return {key for key, verdict in zip(hidden, verdicts, strict=True) if verdict}

    def _cells(self) -> Iterable[tuple[Key, list[Atom]]]:
        units = sorted({atom[0] for atom in self.people} | set(self.parents.values()))
        for unit, group, period in product(units, ("all", *BANDS), self.periods):
            atoms = [a for a in self.people if self._in(a, unit, group, period)]
            everybody = [a for a in atoms if self._populated(a)]
            if not everybody:
                continue
            yield (unit, group, period, ""), everybody
            for category, leaves in self.held.items():
                yield (unit, group, period, category), [a for a in everybody if a[3] in leaves]

    def _in(self, atom: Atom, unit: str, group: str, period: str) -> bool:
        line = [atom[0]]
        while line[-1] in self.parents:
            line.append(self.parents[line[-1]])
        return unit in line and group in ("all", atom[1]) and atom[2] in self.periods[period]

    def _populated(self, atom: Atom) -> bool:
        return any(n for other, n in self.people.items() if other[:3] == atom[:3])

    def _vector(self, key: Key) -> dict[str, int]:
        return {"|".join(atom): 1 for atom in self.cells[key]}

    def _row(self, key: Key, atoms: Sequence[Atom]) -> dict[str, object]:
        unit, group, period, category = key
        size = sum(self.people[a] for a in self.cells[unit, group, period, ""])
        count = sum(self.people[a] for a in atoms)
        depth = 1
        while unit in self.parents:
            unit, depth = self.parents[unit], depth + 1
        kind = "quarter" if "Q" in period else "year"
        more = {"unit_level": depth, "scale_group": group, "period": period, "period_kind": kind}
        attribute = "origin" if category else ""
        return base_row(
            key[0],
            size,
            attribute,
            category,
            count,
            metric=self.metric,
            key_lo=sum(map(ord, group)),
            **more,
        )
