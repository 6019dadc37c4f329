"""What one base may show of its own split: round everything, then decide what stays hidden.

Nothing here looks at another unit, table or date; suppression across them takes these decisions as
its start. Everything works on arrays over all bases that share one planned split.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from etl.domain import KNOWN
from etl.privacy import rules
from etl.privacy.policy import ClassRules, Policy
from etl.privacy.rounding import category_of, draws, round_counts
from etl.privacy.rules import Bools, Ints
from etl.privacy.split import WHOLE, Equation, Node, Split


@dataclass(frozen=True)
class Decided:
    """The outcome of one split: rounded numbers and what is hidden, by node, one entry a base."""

    value: Mapping[Node, Ints]
    hidden: Mapping[Node, Bools]


def rounded(
    split: Split, count: Mapping[Node, Ints], given: Mapping[Node, Ints], draw: Draw
) -> dict[Node, Ints]:
    """Every planned number of a split, rounded; remainders and sums follow from the others.

    Args:
        split: the nodes and what adds up to what.
        count: true counts by planned node.
        given: published numbers of everybody (exact) and of margins.
        draw: makes the draws of a node.
    """
    value = dict(given)
    made_by = split.defined_by

    def number(node: Node) -> Ints:
        if node not in value:
            value[node] = made(node)
        return value[node]

    def made(node: Node) -> Ints:
        equation = made_by.get(node)
        if equation is None:
            return round_counts(count[node], draw.of(split, node), draw.base)
        if equation.remainder == node:
            others = [number(part) for part in equation.parts if part != node]
            return number(equation.whole) - _total(others)
        return _total([number(part) for part in equation.parts])

    return {node: number(node) for node in split.nodes}


@dataclass(frozen=True)
class Draw:
    """What the rounding of some bases draws from."""

    sums: list[int]
    key: bytes
    base: int

    def of(self, split: Split, node: Node) -> list[int]:
        """One draw a base, by everybody in it and the set of leaves that the node counts."""
        return draws(self.sums, split.name, category_of(split.leaves(node)), self.key)


def unsafe(
    split: Split,
    count: Mapping[Node, Ints],
    value: Mapping[Node, Ints],
    policy: Policy,
) -> dict[Node, Bools]:
    """Which numbers a rule forbids by themselves: base gate, threshold, complement, rest.

    A remainder that *reads* as a small number counts as small, too.

    Args:
        split: the nodes.
        count: true counts, of everybody and of margins as well.
        value: rounded counts, of everybody and of margins as well.
        policy: the numbers.
    """
    allowed = policy.of(*(attribute.sensitivity for attribute in split.attributes))
    least = allowed.threshold.value
    found: dict[Node, Bools] = {}
    for node in split.nodes:
        mine, everybody = count[node], count[WHOLE]
        safe = np.asarray(rules.base_is_open(everybody, _gate(split, node, allowed)))
        safe &= np.asarray(rules.count_is_large(mine, least))
        safe &= np.asarray(rules.count_is_large(value[node], least))
        for whole in (WHOLE, *split.parents(node)):
            safe &= np.asarray(rules.complement_is_large(mine, count[whole], least))
        found[node] = ~safe
    for equation in split.equations:
        _guard_rest(split, equation, found, (count, value), least)
    return found


def _guard_rest(
    split: Split,
    equation: Equation,
    found: dict[Node, Bools],
    numbers: tuple[Mapping[Node, Ints], Mapping[Node, Ints]],
    least: int,
) -> None:
    """Hide parts of ``known`` until those who are in no shown one are many, unknown ones included.

    Everybody's number minus the shown parts is there for all to see, also where ``known`` is not.
    Which parts go first follows from their codes.
    """
    part = equation.parts[0]
    place = next(n for n, code in enumerate(equation.whole) if code != part[n])
    if equation.whole[place] != KNOWN or equation.remainder is None:
        return
    outer = split.parents(equation.whole)[place]
    own = sorted(node for node in equation.parts if node != equation.remainder)
    for node in own:
        for number in numbers:
            shown = _total([np.where(found[other], 0, number[other]) for other in own])
            found[node] |= ~np.asarray(rules.complement_is_large(shown, number[outer], least))


def closed_gate(split: Split, everybody: Ints, policy: Policy) -> dict[Node, Bools]:
    """Which nodes of which bases are not split, because too few persons are in the base."""
    allowed = policy.of(*(attribute.sensitivity for attribute in split.attributes))
    return {
        node: ~np.asarray(rules.base_is_open(everybody, _gate(split, node, allowed)))
        for node in split.nodes
    }


def close(
    split: Split, hidden: Mapping[Node, Bools], margins: Mapping[Node, Bools]
) -> dict[Node, Bools]:
    """Hide what would give a hidden number of the same base away, until nothing does.

    Args:
        split: the equations.
        hidden: what is hidden already, by planned node.
        margins: what is hidden of the one-way splits that a crossed split adds up to; fixed.
    """
    closed = {node: mask.copy() for node, mask in hidden.items()}
    while True:
        before = sum(int(mask.sum()) for mask in closed.values())
        for equation in split.equations:
            for node, mask in _consequences(equation, closed, margins):
                closed[node] |= mask
        if sum(int(mask.sum()) for mask in closed.values()) == before:
            return closed


def _consequences(
    equation: Equation, hidden: Mapping[Node, Bools], margins: Mapping[Node, Bools]
) -> Iterator[tuple[Node, Bools]]:
    """What one equation demands to be hidden besides what is."""
    nothing = np.zeros_like(hidden[equation.parts[0]])
    whole = hidden.get(equation.whole, margins.get(equation.whole, nothing))
    if equation.remainder is None:
        part = _any([hidden[node] for node in equation.parts])
        yield equation.whole, part
        yield min(equation.parts), whole & ~part
        return
    own = [node for node in equation.parts if node != equation.remainder]
    yield equation.remainder, whole | _any([hidden[node] for node in own])
    if equation.guards_parts:
        for node in own:
            yield node, whole
    if own:
        alone = hidden[equation.remainder] & ~_any([hidden[node] for node in own])
        yield min(own), alone & ~whole


def _gate(split: Split, node: Node, allowed: ClassRules) -> int:
    return max(allowed.base_for(partition) for partition in split.partitions(node))


def _any(masks: list[Bools]) -> Bools:
    found = masks[0].copy()
    for mask in masks[1:]:
        found |= mask
    return found


def _total(numbers: list[Ints]) -> Ints:
    total = numbers[0].copy()
    for number in numbers[1:]:
        total += number
    return total
