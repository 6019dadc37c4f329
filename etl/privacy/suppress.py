"""Secondary suppression: which cells besides the primary ones must be hidden.

All linked tables of one measure are one matrix; a column is a cell, written as in
:mod:`etl.privacy.basis`, its rows numbered. A hidden cell can be recovered exactly if and only if
its column lies in the span of the published ones. Candidates are visited in an order that never
looks at a special count; each is published unless that would complete the span of a column that
must stay hidden. (Method: Langsrud, Gauss elimination for secondary suppression.) Arithmetic is
exact, modulo a prime; :func:`recoverable` repeats the test modulo a second one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

Column: TypeAlias = Mapping[int, int]
Reduced: TypeAlias = dict[int, int]

PRIMES = (2_147_483_647, 2_147_483_629)
"""Two primes below 2^31: a column that vanishes modulo both vanishes, but for a chance of 2^-60."""


class Elimination:
    """The span of some columns as pivots, modulo one prime; the pivot is the highest row."""

    def __init__(self, prime: int) -> None:
        self.prime = prime
        self._pivots: dict[int, Reduced] = {}

    def reduce(self, column: Column) -> Reduced:
        """The column without what the span implies; empty when that is all of it."""
        prime, pivots = self.prime, self._pivots
        result = {row: value % prime for row, value in column.items() if value % prime}
        todo = [row for row in result if row in pivots]
        while todo:
            row = todo.pop()
            factor = result.get(row)
            if factor:
                for other in _subtract(result, factor, pivots[row], prime):
                    if other in pivots:
                        todo.append(other)
        return result

    def copy(self) -> Elimination:
        """The same span, to be added to apart from this one."""
        twin = Elimination(self.prime)
        twin._pivots = dict(self._pivots)
        return twin

    def add(self, reduced: Reduced) -> tuple[int, Reduced]:
        """Take a reduced column into the span; returns its pivot row and normalised form."""
        row = max(reduced)
        self._pivots[row] = column = _normalised(reduced, row, self.prime)
        return row, column


class _Hidden:
    """Reduced columns that must stay outside the span, found by the rows that they have."""

    def __init__(self, prime: int) -> None:
        self.prime = prime
        self._columns: list[Reduced] = []
        self._by_row: dict[int, set[int]] = {}

    def add(self, reduced: Reduced) -> None:
        """Watch over a column; one that is implied already cannot be helped."""
        if reduced and not self.has_direction(reduced):
            for row in reduced:
                self._by_row.setdefault(row, set()).add(len(self._columns))
            self._columns.append(reduced)

    def has_direction(self, reduced: Reduced) -> bool:
        """Whether the span with this column would hold one that must stay outside."""
        fewest = min((self._by_row.get(row, set()) for row in reduced), key=len)
        return any(self._proportional(reduced, self._columns[index]) for index in fewest)

    def eliminate(self, row: int, pivot: Reduced) -> None:
        """Keep every column reduced by a new pivot."""
        for index in self._by_row.pop(row, ()):
            column = self._columns[index]
            came = _subtract(column, column[row], pivot, self.prime)
            for other in pivot:
                if other not in column and other in self._by_row:
                    self._by_row[other].discard(index)
            for other in came:
                self._by_row.setdefault(other, set()).add(index)

    def _proportional(self, one: Reduced, other: Reduced) -> bool:
        if one.keys() != other.keys():
            return False
        row = next(iter(one))
        mine, yours = one[row], other[row]
        return all(
            (value * yours - other[at] * mine) % self.prime == 0 for at, value in one.items()
        )


def secondary(
    candidates: Iterable[Column], primary: Iterable[Column], forced: Elimination
) -> tuple[list[bool], Elimination]:
    """Decide for each candidate, in the given order, whether it must be hidden.

    Args:
        candidates: columns of the cells that could be shown, in the order in which they are kept
            as long as possible (high levels first; never ordered by a special count).
        primary: columns that must not be recoverable: cells under a threshold, complements, sums
            of hidden siblings.
        forced: the span of what the reader knows whatever is decided; it is not changed.

    Returns:
        True where a candidate must be hidden, and the span of what is known then. A candidate
        that the published ones imply anyway is shown. A primary column that the forced ones imply
        is beyond help here (the audit's case).
    """
    span, hidden = forced.copy(), _Hidden(forced.prime)
    for column in primary:
        hidden.add(span.reduce(column))
    decisions: list[bool] = []
    for column in candidates:
        reduced = span.reduce(column)
        hide = bool(reduced) and hidden.has_direction(reduced)
        if not hide:
            _accept(span, hidden, reduced)
        decisions.append(hide)
    return decisions, span


def span_of(columns: Iterable[Column], start: Elimination | int) -> Elimination:
    """The span of some columns, modulo a prime; or added to a span, which is not changed."""
    span = Elimination(start) if isinstance(start, int) else start.copy()
    for column in columns:
        reduced = span.reduce(column)
        if reduced:
            span.add(reduced)
    return span


def recoverable(published: Iterable[Column], targets: Sequence[Column]) -> list[bool]:
    """Whether each target is a combination of the published columns: exact, modulo two primes."""
    columns = list(published)
    spans = [span_of(columns, prime) for prime in PRIMES]
    return [all(not span.reduce(target) for span in spans) for target in targets]


def _accept(span: Elimination, hidden: _Hidden, reduced: Reduced) -> None:
    if reduced:
        hidden.eliminate(*span.add(reduced))


def _normalised(column: Reduced, row: int, prime: int) -> Reduced:
    """The column scaled so that ``row`` holds 1."""
    if column[row] == 1:
        return dict(column)
    inverse = pow(column[row], -1, prime)
    return {other: value * inverse % prime for other, value in column.items()}


def _subtract(column: Reduced, factor: int, pivot: Reduced, prime: int) -> list[int]:
    """Take ``factor`` times a pivot off a column, in place; returns the rows that came in."""
    came = []
    for row, value in pivot.items():
        old = column.get(row)
        new = ((old or 0) - factor * value) % prime
        if new:
            column[row] = new
            if old is None:
                came.append(row)
        elif old is not None:
            del column[row]
    return came
