"""The publication plan: which tables exist. Nothing is counted, shown or exported outside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, Self

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, model_validator

from etl.domain import EVERYBODY, Attribute, Category, Reference
from etl.errors import RefusedInput
from etl.metrics.exit_monitor import ANSWERS, OF_EXITS
from etl.metrics.registry import count_metrics
from etl.metrics.spells import SPELLS, YEARS
from etl.privacy.policy import Policy
from etl.schemas import DEEPEST_ANSWER

ORIGIN = "origin"
PLAN_FILE = "publication_plan.toml"
ScalePartition = str
PeriodKind = Literal["quarter", "year", "block"]
EACH = "*"
"""Ends the name of a split that stands for all attributes that begin with it."""
WHERE_IT_HAS_THEM = frozenset({"groups", "leaves"})
"""Partitions that a plan may name although the classification in use lacks them."""

PLAN_COLUMNS = (
    "table_key",
    "metric",
    "attribute",
    "partition",
    "attribute2",
    "partition2",
    "scale_partition",
    "scale_group",
    "level_from",
    "level_to",
    "period_kind",
    "mean_base",
)
"""The columns of ``mart_plan``: a row a table, metric and scale group that is planned; units of the
levels from ``level_from`` down to ``level_to`` have it."""

_NUMBERS = frozenset({"level_from", "level_to", "mean_base"})
Depths = Mapping[tuple[str, str, str], int]
"""(table key, metric, scale group) -> the lowest level that is planned; 0: none."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Block(_Frozen):
    """A fixed run of calendar years; ``auto`` starts at the first year with complete flows."""

    length: int = Field(ge=2)
    first_year: int | Literal["auto"] = "auto"

    @property
    def start(self) -> int | None:
        """The first year; None: the first year with complete flows."""
        return None if self.first_year == "auto" else self.first_year

    def anchored(self, published: Iterable[str]) -> Block:
        """The block, with ``auto`` fixed to where blocks of its length were published before.

        Args:
            published: codes of blocks in the last publication, such as ``2021-2025``.
        """
        years = [tuple(map(int, code.split("-"))) for code in published]
        starts = [first for first, last in years if last - first + 1 == self.length]
        if self.first_year != "auto" or not starts:
            return self
        return self.model_copy(update={"first_year": min(starts)})


class Table(_Frozen):
    """One planned table, as it is written in the plan file."""

    key: str
    metrics: tuple[str, ...] = Field(min_length=1)
    partitions: dict[str, str] = Field(default_factory=dict, max_length=2)
    each: dict[str, str] = Field(default_factory=dict)
    by: dict[str, str] = Field(default_factory=dict, max_length=1)
    scale_partition: ScalePartition = "none"
    levels: tuple[int, int]
    period_kind: PeriodKind
    minimum_known: float = Field(default=0.0, ge=0, le=1)
    mean_base: int = Field(default=0, ge=0)
    block: Block | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        first, last = self.levels
        if not 1 <= first <= last:
            raise ValueError("levels: [from, to], 1 is the whole")
        if self.partitions and self.each:
            raise ValueError("a table has `partitions` or `each`, not both")
        if self.by and not self.each:
            raise ValueError("`by` crosses every split of `each`")
        return self

    def spread(self, reference: Reference) -> Table:
        """The table with ``x_*`` among its splits written out: all attributes that begin so."""
        found = {
            key: partition
            for name, partition in self.each.items()
            for key in (
                (k for k in reference.attributes if k.startswith(name[:-1]))
                if name.endswith(EACH)
                else (name,)
            )
        }
        return self.model_copy(update={"each": found})

    def single(self) -> tuple[Table, ...]:
        """The table itself, or one table for each attribute of ``each``."""
        if not self.each:
            return (self,)
        return tuple(
            self.model_copy(
                update={
                    "key": f"{self.key}_{attribute}",
                    "partitions": {attribute: partition} | self.by,
                    "each": {},
                    "by": {},
                }
            )
            for attribute, partition in self.each.items()
        )

    @property
    def split(self) -> tuple[tuple[str, str], ...]:
        """The (attribute, partition) pairs that are crossed; none for everybody."""
        return tuple(self.partitions.items())

    def depth(self, means: Mapping[int, float], *, always_whole: bool = True) -> int:
        """The lowest level of one scale group where the mean base is large enough; 0: none.

        Levels are taken from the top down and end at the first that is too small, so that what is
        planned is always the upper part of the tree.

        Args:
            means: level -> mean public number (head count, or events of a flow) of its units.
            always_whole: the whole needs no size.
        """
        first, last = self.levels
        depth = 0
        for level in range(first, last + 1):
            sized = level > 1 or not always_whole
            if sized and means.get(level, 0) < self.mean_base:
                break
            depth = level
        return depth


class Plan(_Frozen):
    """All tables of a publication."""

    block: Block
    table: tuple[Table, ...] = Field(min_length=1)

    def expand(self, reference: Reference, policy: Policy) -> Plan:
        """The tables that apply to this organisation, one split each.

        ``each`` is spread out; a table of a partition that the classification lacks is left out
        where the plan may name it; quarters become years in an organisation with yearly extracts;
        where CBS is the source of origin, nothing is split by what people declared.

        Raises:
            RefusedInput: a metric, attribute or partition that does not exist, a dimension
                without a sensitivity class, or one key used twice.
        """
        single = [one for table in self.table for one in table.spread(reference).single()]
        for table in single:
            _check(table, reference, policy)
        yearly = reference.organisation.calendar == "year"
        tables = tuple(
            _in_years(table) if yearly else table
            for table in single
            if all(_has(reference.attributes[a], p) for a, p in table.split)
            and not _declared(table, reference)
        )
        keys = [table.key for table in tables]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise RefusedInput(
                "Two planned tables have one key", where=PLAN_FILE, got=", ".join(twice)
            )
        return self.model_copy(update={"table": tables})

    def anchored(self, published: Iterable[str]) -> Plan:
        """The plan whose blocks stay where they were published before (``Block.anchored``)."""
        codes = list(published)
        tables = tuple(
            t.model_copy(update={"block": t.block.anchored(codes)}) if t.block else t
            for t in self.table
        )
        return self.model_copy(update={"block": self.block.anchored(codes), "table": tables})

    def block_of(self, table: Table) -> Block:
        """The block that a table's periods are made of."""
        return table.block or self.block

    def frame(self, depths: Depths) -> pl.DataFrame:
        """The expanded plan as rows (``PLAN_COLUMNS``), as deep as it was found to reach."""
        tables = {table.key: table for table in self.table}
        rows = [
            {
                "table_key": key,
                "metric": metric,
                **_split_columns(tables[key]),
                "scale_partition": tables[key].scale_partition,
                "scale_group": scale_group,
                "level_from": tables[key].levels[0],
                "level_to": level,
                "period_kind": tables[key].period_kind,
                "mean_base": tables[key].mean_base,
            }
            for (key, metric, scale_group), level in depths.items()
            if level
        ]
        schema = {name: pl.Int64 if name in _NUMBERS else pl.String for name in PLAN_COLUMNS}
        return pl.DataFrame(rows, schema=schema)


def load_plan(reference: Reference, policy: Policy) -> Plan:
    """The plan in force, expanded for this organisation."""
    return reference.read(PLAN_FILE, Plan).expand(reference, policy)


def categories_of(attribute: Attribute, partition: str) -> tuple[Category, ...]:
    """The nodes that a split shows: the partition, and those that it hangs under."""
    found = attribute.of_partition(partition)
    parent = found[0].parent
    if parent == EVERYBODY:
        return found
    node = next(node for node in attribute.categories if node.code == parent)
    return (*categories_of(attribute, node.partition), *found)


def category_rows(attribute: Attribute, partition: str) -> pl.DataFrame:
    """``<attribute>, <attribute>_category``: each leaf and the nodes of a split that hold it."""
    nodes = categories_of(attribute, partition)
    rows = [(leaf, node.code) for node in nodes for leaf in sorted(node.leaves)]
    names = (attribute.key, f"{attribute.key}_category")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def _check(table: Table, reference: Reference, policy: Policy) -> None:
    known = {metric.key for metric in count_metrics()}
    strange = [metric for metric in table.metrics if metric not in known]
    if strange:
        raise RefusedInput(
            "A planned table counts something that is not a count metric",
            where=f"{PLAN_FILE}, table {table.key}",
            expected="metrics among " + ", ".join(sorted(known)),
            got=", ".join(strange),
        )
    if "fte" in table.metrics and table.split:
        raise RefusedInput("fte is published for everybody only", where=f"table {table.key}")
    if table.mean_base and not table.split:
        raise RefusedInput(
            "A table of everybody has no smallest mean base: what is public is planned everywhere",
            where=f"{PLAN_FILE}, table {table.key}",
            expected="mean_base in tables with a split only",
            got=f"mean_base = {table.mean_base}",
            next_step="leave mean_base out, or split the table",
        )
    _check_exits(table, reference)
    of_spells = [metric in SPELLS for metric in table.metrics]
    if any(of_spells) or table.scale_partition == YEARS:
        _check_spells(table, every=all(of_spells))
    elif table.scale_partition != "none":
        reference.scales.bands(table.scale_partition)
    for key, partition in table.split:
        if key not in reference.attributes:
            raise RefusedInput(
                "A planned table is split by a dimension without a sensitivity class",
                where=f"{PLAN_FILE}, table {table.key}",
                expected="one of " + ", ".join(reference.attributes),
                got=key,
                next_step="describe the attribute in data/reference/attributes, with sensitivity",
            )
        attribute = reference.attributes[key]
        policy.of(attribute.sensitivity)
        if partition not in WHERE_IT_HAS_THEM:
            attribute.of_partition(partition)


def _check_spells(table: Table, *, every: bool) -> None:
    if not every or table.scale_partition != YEARS or table.period_kind != "block":
        raise RefusedInput(
            "Spells are counted by years in the scale over a block of years, and nothing else is",
            where=f"{PLAN_FILE}, table {table.key}",
            expected=f'metrics among {", ".join(SPELLS)}, scale_partition = "{YEARS}" and '
            'period_kind = "block"',
            got=f"{', '.join(table.metrics)}, {table.scale_partition}, {table.period_kind}",
        )


def _check_exits(table: Table, reference: Reference) -> None:
    """The exit monitor is counted by itself: by year or block, whole or second level, no scales.

    Raises:
        RefusedInput: a table mixes it with other figures, or asks what it does not hold.
    """
    of_exits = [metric in OF_EXITS for metric in table.metrics]
    asked = {key for key, _ in table.split if key in reference.attributes}
    questions = {key for key in asked if reference.attributes[key].question}
    fits = (
        not questions
        if not any(of_exits)
        else (
            all(of_exits)
            and table.scale_partition == "none"
            and table.period_kind != "quarter"
            and table.levels[1] <= DEEPEST_ANSWER
            and asked - questions <= {"origin"}
            and not (asked and set(table.metrics) != {ANSWERS})
        )
    )
    if not fits:
        raise RefusedInput(
            "A planned table asks of the exit monitor what it does not hold",
            where=f"{PLAN_FILE}, table {table.key}",
            expected="exit_answers by its own questions or origin, by year or block, without "
            f"scales, level 1 or {DEEPEST_ANSWER}; no question in other tables",
            got=f"metrics {', '.join(table.metrics)}, levels {table.levels}, "
            f"{table.period_kind}, split by {', '.join(sorted(asked)) or 'nothing'}",
        )


def _has(attribute: Attribute, partition: str) -> bool:
    return any(node.partition == partition for node in attribute.categories)


def _declared(table: Table, reference: Reference) -> bool:
    """Whether a table splits by declared origin in an organisation whose source is another."""
    elsewhere = reference.organisation.origin_source != "declaration"
    return elsewhere and any(attribute == ORIGIN for attribute, _partition in table.split)


def _in_years(table: Table) -> Table:
    if table.period_kind != "quarter":
        return table
    return table.model_copy(update={"period_kind": "year"})


def _split_columns(table: Table) -> dict[str, str]:
    pairs = [*table.split, ("", ""), ("", "")]
    return {
        "attribute": pairs[0][0],
        "partition": pairs[0][1],
        "attribute2": pairs[1][0],
        "partition2": pairs[1][1],
    }
