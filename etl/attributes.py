"""Attributes: how people (and respondents of the exit monitor) are classified, as configuration.

A published category is a node of an attribute's classification: a set of leaves.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from etl.errors import RefusedInput

EVERYBODY = ""
"""The empty attribute or category code: everybody in the unit and scale group."""
KNOWN, UNKNOWN = "known", "unknown"
"""Category codes of the first split of an attribute that has leaves with ``known = false``."""
NOT_ANSWERED = "not_answered"
"""Leaf of a respondent without an answer to a question."""
FAVOURABLE, NEUTRAL, UNFAVOURABLE = "favourable", "neutral", "unfavourable"
"""Leaves and categories of a theme."""

Rounding = Literal["own", "complement", "exact"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Leaf(_Frozen):
    """One code of an attribute as it stands in staged rows."""

    code: str
    label_nl: str
    label_en: str
    known: bool = True


class Part(_Frozen):
    """One part of a partition as written in TOML: its leaves, or the remainder of the parent."""

    code: str
    label_nl: str
    label_en: str
    leaves: frozenset[str] = frozenset()
    remainder: bool = False


class Partition(_Frozen):
    """Disjoint parts that add up to ``parent`` (empty: everybody)."""

    key: str
    parent: str
    part: tuple[Part, ...]

    @model_validator(mode="after")
    def _one_remainder(self) -> Self:
        if sum(p.remainder for p in self.part) != 1:
            raise ValueError(f"partition {self.key}: exactly one part must be the remainder")
        return self


class Definition(_Frozen):
    """A set of parts of the partition ``groups`` that may be read as the group of interest."""

    key: str
    parts: tuple[str, ...]
    label_nl: str
    label_en: str


class AgeBand(_Frozen):
    """Ages from ``from`` (included) to ``below`` (excluded) that one leaf stands for."""

    code: str
    lower: int | None = Field(default=None, alias="from")
    below: int | None = None


class Category(_Frozen):
    """A node of an attribute's classification as it is published."""

    code: str
    partition: str
    parent: str
    leaves: frozenset[str]
    rounding: Rounding
    label_nl: str
    label_en: str


class Attribute(_Frozen):
    """An attribute of a person (or a respondent): its leaves and how it may be published.

    ``question``: what kind of question of the exit monitor it is; empty for a person's own.
    """

    key: str
    sensitivity: Literal["personal", "special"]
    label_nl: str
    label_en: str
    empty: str
    source: str = ""
    question: str = ""
    leaf: tuple[Leaf, ...]
    partition: tuple[Partition, ...]
    definition: tuple[Definition, ...] = ()
    band: tuple[AgeBand, ...] = ()

    @cached_property
    def codes(self) -> frozenset[str]:
        """Every leaf code."""
        return frozenset(leaf.code for leaf in self.leaf)

    @cached_property
    def has_known(self) -> bool:
        """Whether the first split is known against not known."""
        return any(not leaf.known for leaf in self.leaf)

    @cached_property
    def categories(self) -> tuple[Category, ...]:
        """All published nodes: ``unknown`` and ``known`` first where the attribute has them."""
        nodes = list(self._known_split())
        for partition in self.partition:
            nodes.extend(self._parts(partition, {node.code: node for node in nodes}))
        return tuple(nodes)

    def of_partition(self, key: str) -> tuple[Category, ...]:
        """The nodes of one partition.

        Raises:
            RefusedInput: the attribute has no such partition.
        """
        nodes = tuple(node for node in self.categories if node.partition == key)
        if not nodes:
            raise RefusedInput(
                f"Attribute {self.key} has no partition {key}",
                where=f"attributes/{self.key}.toml",
                expected="one of " + ", ".join(p.key for p in self.partition),
                next_step="correct the publication plan or add the partition",
            )
        return nodes

    def _known_split(self) -> list[Category]:
        if not self.has_known:
            return []
        known = frozenset(leaf.code for leaf in self.leaf if leaf.known)
        common: dict[str, Any] = {"partition": "known", "parent": EVERYBODY}
        return [
            Category(
                code=UNKNOWN,
                leaves=self.codes - known,
                rounding="own",
                label_nl=f"{self.label_nl} niet bekend",
                label_en=f"{self.label_en} not known",
                **common,
            ),
            Category(
                code=KNOWN,
                leaves=known,
                rounding="complement",
                label_nl=f"{self.label_nl} bekend",
                label_en=f"{self.label_en} known",
                **common,
            ),
        ]

    def _parts(self, partition: Partition, nodes: dict[str, Category]) -> list[Category]:
        if partition.parent == EVERYBODY:
            whole = self.codes
        elif partition.parent in nodes:
            whole = nodes[partition.parent].leaves
        else:
            raise ValueError(f"{self.key}: partition {partition.key} hangs under nothing")
        named = frozenset[str]().union(*(part.leaves for part in partition.part))
        if not named <= whole or sum(len(p.leaves) for p in partition.part) != len(named):
            raise ValueError(f"{self.key}: parts of {partition.key} overlap or leave their parent")
        return [
            Category(
                code=part.code,
                partition=partition.key,
                parent=partition.parent,
                leaves=whole - named if part.remainder else part.leaves,
                rounding="complement" if part.remainder else "own",
                label_nl=part.label_nl,
                label_en=part.label_en,
            )
            for part in partition.part
        ]


class Subject(_Frozen):
    """What an item is about, or a reason to leave."""

    code: str
    label_nl: str
    label_en: str


class ExitMonitor(_Frozen):
    """Themes and reasons of the exit monitor, each of them an attribute of a respondent.

    The mean of a respondent's items on a theme, from 1 to 5, is favourable from
    ``favourable_from`` and unfavourable up to ``unfavourable_to``.
    """

    favourable_from: float
    unfavourable_to: float
    opinion: tuple[Leaf, ...]
    named: tuple[Leaf, Leaf]
    theme: tuple[Subject, ...]
    reason: tuple[Subject, ...]

    @cached_property
    def attributes(self) -> dict[str, Attribute]:
        """``theme_X`` (in three, of who answered an item on it) and ``reason_X`` (named or not)."""
        themes = [self._theme(theme) for theme in self.theme]
        reasons = [self._reason(reason) for reason in self.reason]
        return {attribute.key: attribute for attribute in (*themes, *reasons)}

    def _theme(self, theme: Subject) -> Attribute:
        parts = [leaf for leaf in self.opinion if leaf.known]
        return _asked("theme", theme, NOT_ANSWERED, self.opinion, parts, KNOWN, NEUTRAL)

    def _reason(self, reason: Subject) -> Attribute:
        not_named = self.named[1].code
        return _asked("reason", reason, not_named, self.named, self.named, EVERYBODY, not_named)


def _asked(  # noqa: PLR0917  (the parts of an attribute)
    question: str,
    subject: Subject,
    empty: str,
    leaves: Sequence[Leaf],
    parts: Sequence[Leaf],
    parent: str,
    remainder: str,
) -> Attribute:
    """An attribute with one partition, a part a leaf."""
    split = [
        Part(
            code=leaf.code,
            label_nl=leaf.label_nl,
            label_en=leaf.label_en,
            leaves=frozenset() if leaf.code == remainder else frozenset([leaf.code]),
            remainder=leaf.code == remainder,
        )
        for leaf in parts
    ]
    return Attribute(
        key=f"{question}_{subject.code}",
        sensitivity="special",
        label_nl=subject.label_nl,
        label_en=subject.label_en,
        empty=empty,
        question=question,
        leaf=tuple(leaves),
        partition=(Partition(key="answers", parent=parent, part=tuple(split)),),
    )
