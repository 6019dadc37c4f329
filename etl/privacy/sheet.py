"""Bases that share a planned split, decided together: what each may show of itself.

Rounding, thresholds and gates of one base, as arrays over all bases with the same planned nodes.
Nothing here looks at another unit, date or table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from etl.domain import EVERYBODY, Attribute, Reference
from etl.errors import NotPublished
from etl.privacy.decide import Decided, Draw, closed_gate, rounded, unsafe
from etl.privacy.policy import Policy
from etl.privacy.rounding import key_sums
from etl.privacy.rules import Bools, Ints
from etl.privacy.split import WHOLE, Node, Split, make_split
from etl.privacy.totals import told

BASE_KEYS = ("metric", "period", "period_kind", "unit", "unit_level", "scale_group")
NODE_KEYS = ("attribute", "category", "attribute2", "category2")


@dataclass(frozen=True)
class Sheet:
    """Bases with the same planned split, one row each (``BASE_KEYS, base, unmeasured``).

    Attributes:
        bases: one row a base.
        split: the planned nodes and what adds up to what.
        count: true counts by node.
        decided: rounded numbers, and what is hidden by a rule of the base itself.
        closed: which nodes are hidden because the base is too small to be split.
    """

    bases: pl.DataFrame
    split: Split
    count: Mapping[Node, Ints]
    decided: Decided
    closed: Mapping[Node, Bools]

    @property
    def size(self) -> int:
        """The number of cells."""
        return self.bases.height * len(self.split.nodes)

    def cells(self) -> pl.DataFrame:
        """Every cell, node by node: ``BASE_KEYS, NODE_KEYS, base, count, value, hidden, ...``."""
        value, hidden = self.decided.value, self.decided.hidden
        return pl.concat(
            self.bases.select(
                *BASE_KEYS,
                *self._keys_of(node),
                "base",
                count=pl.Series(self.count[node]),
                value=pl.Series(value[node]),
                hidden=pl.Series(hidden[node]) | pl.col("unmeasured"),
                below_gate=pl.Series(self.closed[node]),
                unmeasured="unmeasured",
            )
            for node in self.split.nodes
        )

    def _keys_of(self, node: Node) -> tuple[pl.Expr, ...]:
        """The four key columns that a node has."""
        first, second = [*(a.key for a in self.split.attributes), EVERYBODY][:2]
        return (
            pl.lit(first).alias("attribute"),
            pl.lit(node[0]).alias("category"),
            pl.lit(second).alias("attribute2"),
            pl.lit(node[1]).alias("category2"),
        )


def make_sheets(
    counts: pl.DataFrame, reference: Reference, policy: Policy, key: bytes
) -> list[Sheet]:
    """Round and decide every split count; one-way splits before what is crossed of them.

    Raises:
        NotPublished: a margin of a crossed split is missing from the counts.
    """
    sheets: list[Sheet] = []
    for rows in _layouts(counts):
        sheets.append(_decide(rows, sheets, reference, policy, key))
    return sheets


def sums_of(bases: pl.DataFrame) -> list[int]:
    """The sums of the record keys of everybody in each base."""
    return key_sums(bases["key_hi"].to_numpy(), bases["key_lo"].to_numpy())


def margins_of(split: Split) -> list[Node]:
    """The one-way nodes that a crossed split adds up to; none for a one-way split."""
    if len(split.attributes) < 2:
        return []
    return [
        (code, EVERYBODY) if place == 0 else (EVERYBODY, code)
        for place in (0, 1)
        for code in sorted({node[place] for node in split.nodes})
    ]


def _layouts(counts: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Counts of the bases that share a planned split, one-way splits before crossed ones."""
    base = ["attribute", "attribute2", *BASE_KEYS]
    node = pl.concat_str("category", "category2", separator="\x1f")
    layouts = counts.group_by(base).agg(layout=node.sort().str.join("\x1e"))
    parts = counts.join(layouts, on=base).partition_by(
        "attribute2", "attribute", "layout", as_dict=True
    )
    for name in sorted(parts):
        yield parts[name]


def _decide(
    rows: pl.DataFrame, earlier: Sequence[Sheet], reference: Reference, policy: Policy, key: bytes
) -> Sheet:
    """Round one layout and decide what is unsafe by itself."""
    names = [name for name in rows.select("attribute", "attribute2").row(0) if name]
    attributes = [reference.attributes[name] for name in names]
    rows = rows.sort(BASE_KEYS)
    nodes = list(rows.select("category", "category2").unique().iter_rows())
    count = {node: _column(rows, node) for node in nodes}
    allowed = policy.of(*(attribute.sensitivity for attribute in attributes))
    bases = _bases(rows, nodes[0], allowed.threshold.value)
    margins = _margins(bases, attributes, make_split(attributes, nodes), earlier)
    split = make_split(attributes, [*nodes, *margins.count])
    whole = bases["base"].to_numpy()
    true = {**count, **margins.count, WHOLE: whole}
    draw = Draw(sums_of(bases), key, policy.rounding_base.value)
    given = {**margins.value, WHOLE: told(bases, policy, key)}
    value = rounded(split, count, given, draw)
    hidden = unsafe(split, true, {**given, **value}, policy)
    return Sheet(bases, split, count, Decided(value, hidden), closed_gate(split, whole, policy))


@dataclass(frozen=True)
class _Margins:
    """What a crossed split adds up to: the one-way numbers of the same bases, decided before."""

    count: Mapping[Node, Ints]
    value: Mapping[Node, Ints]


def _margins(
    bases: pl.DataFrame, attributes: Sequence[Attribute], split: Split, earlier: Sequence[Sheet]
) -> _Margins:
    count: dict[Node, Ints] = {}
    value: dict[Node, Ints] = {}
    for margin in margins_of(split):
        place = 0 if margin[0] else 1
        attribute, code = attributes[place].key, margin[place]
        found = bases.join(
            _one_way(attribute, code, earlier), on=BASE_KEYS, how="left", maintain_order="left"
        )
        if found["count"].null_count():
            raise _no_margin(attribute)
        count[margin], value[margin] = found["count"].to_numpy(), found["value"].to_numpy()
    return _Margins(count, value)


def _one_way(attribute: str, code: str, earlier: Sequence[Sheet]) -> pl.DataFrame:
    """``BASE_KEYS, count, value`` of one category in all sheets that have it."""
    node = (code, EVERYBODY)
    frames = [
        sheet.bases.select(BASE_KEYS).with_columns(
            count=pl.Series(sheet.count[node]), value=pl.Series(sheet.decided.value[node])
        )
        for sheet in earlier
        if [a.key for a in sheet.split.attributes] == [attribute] and node in sheet.split.nodes
    ]
    if not frames:
        raise _no_margin(attribute)
    return pl.concat(frames)


def _no_margin(attribute: str) -> NotPublished:
    return NotPublished(
        "A crossed table is planned without the tables that it adds up to",
        where=f"attribute {attribute}",
        next_step="plan the split by each of both attributes for the same cells",
    )


def _column(rows: pl.DataFrame, node: Node) -> Ints:
    """The true counts of one node, in the order of the bases."""
    of_node = (pl.col("category") == node[0]) & (pl.col("category2") == node[1])
    return rows.filter(of_node)["count"].to_numpy()


def _bases(rows: pl.DataFrame, node: Node, least: int) -> pl.DataFrame:
    """One row a base; fewer than ``least`` delivered in the whole counts as not delivered."""
    of_node = (pl.col("category") == node[0]) & (pl.col("category2") == node[1])
    return rows.filter(of_node).select(
        *BASE_KEYS, "base", "key_hi", "key_lo", unmeasured=pl.col("measured") < least
    )
