"""Secondary suppression over all linked tables at once: what else to hide, given what is hidden.

Linked are all cells of a metric over its units and scale groups, of attributes that are crossed
somewhere, of a stock at one date, and of a flow over all its quarters, years and blocks together.
Everybody's numbers are public: they are known in every system, and where they tell that nobody is
left between a whole and its parts, so is every split of that rest.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeAlias

import numpy as np
import polars as pl

from etl.domain import Reference
from etl.metrics.events import STOCKS
from etl.privacy import rules
from etl.privacy.basis import Vector, negative, product, total
from etl.privacy.linkage import Linkage
from etl.privacy.policy import Policy
from etl.privacy.rules import Bools, Ints
from etl.privacy.space import Bases, Categories, Node, Place
from etl.privacy.suppress import PRIMES, Column, Elimination, secondary, span_of

Group: TypeAlias = tuple[int, ...]
"""Cells of a system, by position, that are added up."""
Demand: TypeAlias = tuple[str, Group]
"""What a column demands that is no cell: a rest or a sum, and of which cells."""
SINGLE = 1
"""A base of one person: who that is, knows all of its cells."""
NODE = ("attribute", "category", "attribute2", "category2")
CELL = ("unit", "scale_group", "period", *NODE, "unit_level", "count", "base", "hidden", "free")


class Cell(NamedTuple):
    """A split cell of one metric.

    ``hidden``: by what was decided before; ``free``: it can still be hidden; ``number``: its true
    count; None: served before, and no longer counted.
    """

    unit: str
    scale_group: str
    period: str
    attribute: str
    category: str
    attribute2: str
    category2: str
    unit_level: int
    number: int | None
    base: int
    hidden: bool
    free: bool


@dataclass(frozen=True)
class Laws:
    """The numbers that decide, and what they are numbers of."""

    reference: Reference
    policy: Policy
    linkage: Linkage

    def threshold(self, node: Node) -> int:
        """The smallest count that a node may show."""
        names = [name for name in (node[0], node[2]) if name]
        classes = (self.reference.attributes[name].sensitivity for name in names)
        return self.policy.of(*classes).threshold.value


class Linked:
    """All systems of linked cells that are decided together, each made once.

    Args:
        cells: split cells: ``metric`` and the columns ``CELL``; one row a cell. Those that are
            not ``free`` stay as they are: shown ones are known to everybody.
        public: everybody: ``metric, period, unit, unit_level, scale_group, base``.
        laws: thresholds, classifications, trees and periods.
    """

    def __init__(self, cells: pl.DataFrame, public: pl.DataFrame, laws: Laws) -> None:
        self._systems: list[tuple[Ints, System]] = []
        for metric, rows in _parts(cells.with_row_index(), "metric"):
            everybody = public.filter(pl.col("metric") == metric)
            bases = Bases(metric, laws.reference, laws.linkage, everybody)
            for part in _systems(metric, rows):
                if part["free"].any():
                    found = [Cell(*row) for row in part.select(CELL).iter_rows()]
                    self._systems.append((part["index"].to_numpy(), System(found, bases, laws)))
        self._settled: Bools | None = None

    def suppressed(self, hidden: Bools) -> Bools:
        """Which cells stay hidden, given which are.

        Args:
            hidden: one entry a cell. What was hidden when this was asked before must be still.

        Returns:
            The same with what must be hidden besides. Order and ties follow from public numbers
            and codes alone. A system where nothing was hidden since then is not looked at again.
        """
        result = hidden.copy()
        for index, system in self._systems:
            if self._settled is None or (hidden & ~self._settled)[index].any():
                result[index] = system.solve(hidden[index])
        self._settled = result.copy()
        return result


def _systems(metric: str, rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The cells that hang together: of attributes that are crossed, of one date of a stock."""
    pairs = list(rows.select("attribute", "attribute2").unique().sort(pl.all()).iter_rows())
    component = {a: a for a, _ in pairs} | {b: b for _, b in pairs if b}
    for first, second in pairs:
        if second:
            old, new = component[second], component[first]
            component = {a: new if of == old else of for a, of in component.items()}
    linked = rows.with_columns(component=pl.col("attribute").replace_strict(component))
    for _, part in _parts(linked, "component"):
        if metric in STOCKS:
            yield from (one for _, one in _parts(part, "period"))
        else:
            yield part


def _parts(rows: pl.DataFrame, column: str) -> Iterator[tuple[str, pl.DataFrame]]:
    parts = rows.partition_by(column, as_dict=True)
    for (name,) in sorted(parts):
        yield str(name), parts[(name,)]


class System:
    """The cells that can be added up with one another, as columns of one matrix."""

    def __init__(self, cells: Sequence[Cell], bases: Bases, laws: Laws) -> None:
        self.cells, self.bases = cells, bases
        names = {name for cell in cells for name in (cell.attribute, cell.attribute2) if name}
        self.categories = Categories([laws.reference.attributes[name] for name in sorted(names)])
        self.places = [Place(cell.unit, cell.scale_group, cell.period) for cell in cells]
        self.nodes: list[Node] = [cell[3:7] for cell in cells]
        least = {node: laws.threshold(node) for node in sorted(set(self.nodes))}
        self.least = [least[node] for node in self.nodes]
        self.order = sorted(range(len(cells)), key=self._rank)
        self._rows: dict[object, int] = {}
        columns = {n: self._column(n) for n in self.order}
        self.columns = [columns[n] for n in range(len(cells))]

    def solve(self, hidden: Bools) -> Bools:
        """What stays hidden: suppress until nothing that must not be recoverable is.

        A small sum or rest of what is hidden arises only while hiding; it is demanded too.

        Args:
            hidden: what is hidden so far, one entry a cell.
        """
        demands = self._demands(hidden, {})
        while hidden.any():
            hidden, span = self._once(hidden, demands, self._insiders)
            if self._follows(hidden, demands):
                hidden, _ = self._once(hidden, demands, self._outsiders[0])
            new = self._demands(hidden, demands)
            demands |= new
            if all(span.reduce(column) for column in new.values()):
                break
        return hidden

    def _follows(self, hidden: Bools, demands: Mapping[Demand, Column]) -> bool:
        """Whether something hidden follows from what is shown, for those outside; another prime.

        Of those who are alone, nothing was protected while what they know counted as known.
        """
        known = self._outsiders[1]
        wanted = [*self._columns_of(np.flatnonzero(hidden)), *demands.values()]
        targets = [column for column in wanted if known.reduce(column)]
        span = span_of(self._columns_of(self._visited(self._free & ~hidden)), known)
        return not all(span.reduce(column) for column in targets)

    def _columns_of(self, chosen: Iterable[int]) -> list[Column]:
        return [self.columns[n] for n in chosen]

    def _visited(self, chosen: Bools) -> list[int]:
        return [n for n in self.order if chosen[n]]

    @cached_property
    def _outsiders(self) -> list[Elimination]:
        """What everybody knows whatever is decided now, modulo each prime."""
        settled = [n for n in self.order if not (self.cells[n].free or self.cells[n].hidden)]
        given = [*self._zeros(), *self._columns_of(settled)]
        return [span_of(given, prime) for prime in PRIMES]

    @cached_property
    def _free(self) -> Bools:
        return np.array([cell.free for cell in self.cells], dtype=np.bool_)

    @cached_property
    def _insiders(self) -> Elimination:
        """What everybody knows, and what all who are alone in a base know together."""
        alone = [n for n in self.order if self.cells[n].base == SINGLE]
        return span_of(self._columns_of(alone), self._outsiders[0])

    def _once(
        self, hidden: Bools, demands: Mapping[Demand, Column], forced: Elimination
    ) -> tuple[Bools, Elimination]:
        shown = self._visited(self._free & ~hidden)
        primary = [*self._columns_of(self._visited(hidden)), *demands.values()]
        decisions, span = secondary(self._columns_of(shown), primary, forced)
        result = hidden.copy()
        result[[n for n, hide in zip(shown, decisions, strict=True) if hide]] = True
        return result, span

    def _rank(self, n: int) -> tuple[object, ...]:
        """Who is shown first: high levels and coarse splits, then large bases, then codes."""
        cell, node = self.cells[n], self.nodes[n]
        detail = (bool(cell.attribute2), self.bases.detail(cell.scale_group))
        return (cell.unit_level, *detail, self.categories.detail(node), -cell.base, cell[:7])

    def _column(self, n: int) -> Column:
        base, part = self.bases.vector(self.places[n]), self.categories.vector(self.nodes[n])
        return self._numbered(product(base, part))

    def _numbered(self, vector: Vector) -> Column:
        rows = self._rows
        return {rows.setdefault(key, len(rows)): value for key, value in vector.items()}

    # --- what everybody knows

    def _zeros(self) -> Iterator[Column]:
        """Every split of a rest that holds nobody, where a planned split reaches as deep."""
        split = self._split_by_level()
        stock = self.bases.metric in STOCKS
        periods = frozenset(cell.period for cell in self.cells) if stock else None
        for level, vector in self.bases.empty(periods):
            for part in split.get(level, ()):
                yield self._numbered(product(vector, {part: 1}))

    def _split_by_level(self) -> dict[int, dict[Hashable, None]]:
        nodes = {(self.cells[n].unit_level, self.nodes[n]): None for n in self.order}
        found: dict[int, dict[Hashable, None]] = {}
        for level, node in nodes:
            found.setdefault(level, {}).update(dict.fromkeys(self.categories.vector(node)))
        return found

    # --- what must not be recoverable besides the hidden cells

    def _demands(self, hidden: Bools, made: Mapping[Demand, Column]) -> dict[Demand, Column]:
        """Rests that are small, and small sums of hidden parts of one whole; only new ones."""
        found: dict[Demand, Column] = {}
        for whole, n in self._rests:
            if hidden[n] and ("rest", (whole, n)) not in made:
                rest = total([self.columns[whole], negative(self.columns[n])])
                found["rest", (whole, n)] = rest
        is_hidden = hidden.tolist()
        for line in self._lines:
            group = tuple(n for n in line if is_hidden[n])
            if len(group) > 1 and ("sum", group) not in made and self._sum_is_small(group):
                found["sum", group] = total(self.columns[n] for n in group)
        return found

    @cached_property
    def _rests(self) -> list[tuple[int, int]]:
        """A cell with a small rest in a whole of the same base, as (whole, cell)."""
        where = {
            (p, node): n for n, (p, node) in enumerate(zip(self.places, self.nodes, strict=True))
        }
        pairs = (
            (where[self.places[n], node], n)
            for n in self.order
            for node in self.categories.parents(self.nodes[n])
            if (self.places[n], node) in where
        )
        return [(whole, n) for whole, n in pairs if self._rest_is_small(whole, n)]

    def _rest_is_small(self, whole: int, n: int) -> bool:
        mine, all_of_it = self.cells[n].number, self.cells[whole].number
        if mine is None or all_of_it is None:
            return False
        return not rules.complement_is_large(mine, all_of_it, self.least[n])

    @cached_property
    def _lines(self) -> list[Group]:
        """Parts of one whole along each dimension; one alone is a cell already."""
        lines: dict[object, list[int]] = {}
        above = {place: list(self.bases.lines(place)) for place in dict.fromkeys(self.places)}
        inner = {node: list(self.categories.lines(node)) for node in dict.fromkeys(self.nodes)}
        for n in self.order:
            place, node = self.places[n], self.nodes[n]
            for line in above[place]:
                lines.setdefault((line, node), []).append(n)
            for part in inner[node]:
                lines.setdefault((place, part), []).append(n)
        return [tuple(group) for group in lines.values() if len(group) > 1]

    def _sum_is_small(self, group: Group) -> bool:
        number = sum(self.cells[n].number or 0 for n in group)
        base = sum({self.places[n]: self.cells[n].base for n in group}.values())
        least = self.least[group[0]]
        return not (
            rules.count_is_large(number, least) and rules.complement_is_large(number, base, least)
        )
