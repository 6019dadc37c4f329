"""A split as arithmetic: which planned cells of one base add up to which, and what is rounded.

A *node* is a pair of categories, the second empty for a split by one attribute; the node
``("", "")`` is everybody. Splits nest, and of every partition one part is the remainder.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from etl.domain import EVERYBODY, KNOWN, Attribute, Category

Node = tuple[str, str]
WHOLE: Node = (EVERYBODY, EVERYBODY)


@dataclass(frozen=True)
class Equation:
    """``whole`` is the sum of ``parts``; ``remainder`` is the part that is not rounded itself.

    Without a remainder all numbers are rounded or derived elsewhere, and ``whole`` is published
    as the sum of its parts (the same leaves, grouped twice).
    """

    whole: Node
    parts: tuple[Node, ...]
    remainder: Node | None = None

    @property
    def guards_parts(self) -> bool:
        """Whether a hidden whole hides all parts.

        Not below ``known``, nor everybody: where the number of unknowns is hidden, ``known`` is,
        and the group is still shown, out of everybody.
        """
        return KNOWN not in self.whole


@dataclass(frozen=True)
class Split:
    """The planned nodes of one base, and how they hang together.

    Attributes:
        attributes: the one or two attributes that are crossed.
        nodes: planned nodes (of a crossed split only the inner ones), in a fixed order.
        margins: nodes of the one-way splits that a crossed split adds up to; decided before it.
        equations: everything that an outsider can add up within the base.
    """

    attributes: tuple[Attribute, ...]
    nodes: tuple[Node, ...]
    margins: tuple[Node, ...]
    equations: tuple[Equation, ...]

    @property
    def name(self) -> str:
        """The attribute part of the draw, whatever the order in which attributes are crossed."""
        return "*".join(self.attributes[place].key for place in self._places)

    @property
    def _places(self) -> list[int]:
        return sorted(range(len(self.attributes)), key=lambda place: self.attributes[place].key)

    def category(self, node: Node, place: int) -> Category:
        """The category that a node has of the attribute at ``place``."""
        return _by_code(self.attributes[place])[node[place]]

    def leaves(self, node: Node) -> frozenset[str]:
        """The leaves (or pairs of leaves) that a node counts."""
        sets = [sorted(self.category(node, place).leaves) for place in self._places]
        return frozenset("|".join(pair) for pair in product(*sets))

    def partitions(self, node: Node) -> frozenset[str]:
        """The partitions that a node is part of."""
        return frozenset(
            self.category(node, place).partition for place in range(len(self.attributes))
        )

    def parents(self, node: Node) -> tuple[Node, ...]:
        """The nodes that a node is a part of: one for each attribute."""
        return tuple(
            _replace(node, place, self.category(node, place).parent)
            for place in range(len(self.attributes))
        )

    def is_own(self, node: Node) -> bool:
        """Whether a node is rounded by itself: not a remainder in any direction, nor a sum."""
        return node not in self.defined_by

    @property
    def defined_by(self) -> dict[Node, Equation]:
        """For every node that is not rounded by itself, the equation that makes its number."""
        found: dict[Node, Equation] = {}
        for equation in self.equations:
            made = equation.remainder
            if made is None and len(equation.parts) > 1:
                made = equation.whole
            if made is not None:
                found.setdefault(made, equation)
        return found


def make_split(attributes: Sequence[Attribute], planned: Iterable[Node]) -> Split:
    """The arithmetic of the planned nodes of one base.

    Args:
        attributes: one or two attributes.
        planned: the cells planned for the base; of a crossed split with its margins.
    """
    present = set(planned)
    crossed = len(attributes) == 2
    inner = sorted(n for n in present if not crossed or EVERYBODY not in n)
    equations = [
        equation
        for place, attribute in enumerate(attributes)
        for other in sorted({n[1 - place] for n in inner})
        for equation in _equations(attribute, place, other, present)
    ]
    margins = sorted(present - set(inner))
    return Split(tuple(attributes), tuple(inner), tuple(margins), tuple(equations))


def _equations(attribute: Attribute, place: int, other: str, present: set[Node]) -> list[Equation]:
    """The equations along one attribute, the other one held at ``other``."""

    def node(code: str) -> Node:
        return (code, other) if place == 0 else (other, code)

    shown = [c for c in attribute.categories if node(c.code) in present]
    partitions: dict[str, list[Category]] = {}
    for category in shown:
        partitions.setdefault(category.partition, []).append(category)
    found = [
        Equation(
            node(parts[0].parent),
            tuple(node(part.code) for part in parts),
            next(node(part.code) for part in parts if part.rounding == "complement"),
        )
        for parts in partitions.values()
    ]
    for category, parts in product(shown, partitions.values()):
        held = [part for part in parts if part.leaves <= category.leaves]
        if category.rounding == "own" and _regroups(category, held):
            found.append(Equation(node(category.code), tuple(node(part.code) for part in held)))
    return found


def _regroups(category: Category, parts: Sequence[Category]) -> bool:
    """Whether parts of another grouping of the same parent hold exactly a category's leaves."""
    return (
        bool(parts)
        and parts[0].partition != category.partition
        and parts[0].parent == category.parent
        and frozenset().union(*(part.leaves for part in parts)) == category.leaves
    )


def _by_code(attribute: Attribute) -> dict[str, Category]:
    return {category.code: category for category in attribute.categories}


def _replace(node: Node, place: int, code: str) -> Node:
    return (code, node[1]) if place == 0 else (node[0], code)
