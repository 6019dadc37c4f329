"""From true counts to what may be shown: the only step that makes a :class:`ProtectedTable`.

Per base (unit, scale group, period, metric): round everything, decide with the rules what is
unsafe by itself, then hide whatever would give it away within its split. When every table is
decided, hide what would give a hidden number away across units, scale groups, periods and tables
(:mod:`etl.privacy.linked`), and close every split again, until nothing changes. Only then write.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NoReturn, final

import numpy as np
import polars as pl

from etl.domain import EVERYBODY, Attribute, Reference
from etl.errors import NotPublished
from etl.metrics.cells import CELLS, KEYS
from etl.privacy import rules
from etl.privacy.decide import Decided, Draw, close, rounded, unsafe
from etl.privacy.linkage import Linkage
from etl.privacy.linked import Laws, suppressed
from etl.privacy.policy import Policy
from etl.privacy.rounding import draws, key_sums, round_counts
from etl.privacy.rules import Bools, Ints
from etl.privacy.split import WHOLE, Node, Split, make_split

BASE_KEYS = ("metric", "period", "period_kind", "unit", "unit_level", "scale_group")
PUBLISHED, SUPPRESSED, NOT_MEASURED = "published", "suppressed", "not_measured"

_SEAL = object()


@final
class ProtectedTable:
    """Protected counts; only :func:`protect` makes one, and nothing changes it afterwards."""

    __slots__ = ("__cells",)

    def __init__(self, cells: pl.DataFrame, seal: object) -> None:
        if seal is not _SEAL:
            raise TypeError("a ProtectedTable is made by etl.privacy.protect.protect only")
        object.__setattr__(self, "_ProtectedTable__cells", cells)

    @property
    def cells(self) -> pl.DataFrame:
        """The cells, columns ``CELLS``, sorted by key; a copy."""
        cells: pl.DataFrame = object.__getattribute__(self, "_ProtectedTable__cells")
        return cells.clone()

    def __init_subclass__(cls) -> NoReturn:
        raise TypeError("a ProtectedTable has no subclass")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a ProtectedTable does not change")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("a ProtectedTable does not change")

    def __reduce__(self) -> NoReturn:
        raise TypeError("a ProtectedTable is neither copied nor pickled")


def protect(
    counts: pl.DataFrame, reference: Reference, policy: Policy, key: bytes, linkage: Linkage
) -> ProtectedTable:
    """Decide and round every planned count.

    Args:
        counts: planned true counts, columns ``etl.metrics.count.COUNTS``.
        reference: attributes with their sensitivity, leaves and partitions.
        policy: every number that decides.
        key: the rounding key.
        linkage: the unit trees and periods that the counts add up along.

    Raises:
        NotPublished: a margin of a crossed split is missing from the counts, or what came out
            breaks a rule; both are faults in the program, and nothing leaves the house.
    """
    everybody = (pl.col("attribute") == EVERYBODY) & (pl.col("metric") != "fte")
    sheets: list[Sheet] = []
    for rows in _layouts(counts.filter(pl.col("attribute") != EVERYBODY)):
        sheets.append(_decide(rows, sheets, reference, policy, key))
    # Here every number is decided and none is written.
    sheets = _linked(sheets, counts.filter(everybody), Laws(reference, policy, linkage))
    frames = [
        _public(counts.filter(everybody)),
        _fte(counts.filter(pl.col("metric") == "fte"), policy, key),
        *(sheet.written() for sheet in sheets),
    ]
    cells = pl.concat(frame.select(CELLS) for frame in frames).sort(KEYS)
    check_cells(cells, reference, policy)
    return ProtectedTable(cells, _SEAL)


@dataclass(frozen=True)
class Sheet:
    """Bases with the same planned split, decided: one row a base (``BASE_KEYS, base, ...``)."""

    bases: pl.DataFrame
    split: Split
    count: Mapping[Node, Ints]
    decided: Decided

    def cells_of(self, node: Node) -> tuple[pl.Expr, ...]:
        """The four key columns that a node has."""
        first, second = [*(a.key for a in self.split.attributes), EVERYBODY][:2]
        return (
            pl.lit(first).alias("attribute"),
            pl.lit(node[0]).alias("category"),
            pl.lit(second).alias("attribute2"),
            pl.lit(node[1]).alias("category2"),
        )

    def written(self) -> pl.DataFrame:
        """The sheet as published cells."""
        unmeasured = self.unmeasured
        value, hidden = self.decided.value, self.decided.hidden
        return pl.concat(
            self.bases.with_columns(
                *self.cells_of(node), *_outcome(value[node], hidden[node], unmeasured)
            ).select(CELLS)
            for node in self.split.nodes
        )

    def planned(self) -> pl.DataFrame:
        """Every cell with its count, node by node; what is not measured is not shown either."""
        return pl.concat(
            self.bases.select(
                *BASE_KEYS,
                "base",
                *self.cells_of(node),
                count=pl.Series(self.count[node]),
                hidden=pl.Series(self.decided.hidden[node]) | pl.col("unmeasured"),
            )
            for node in self.split.nodes
        )

    @property
    def size(self) -> int:
        """The number of cells."""
        return self.bases.height * len(self.split.nodes)

    def hiding(self, hidden: Bools, earlier: Sequence[Sheet]) -> Sheet:
        """The sheet with these cells hidden (as in :meth:`planned`), and its splits closed."""
        masks = hidden.reshape(len(self.split.nodes), self.bases.height)
        chosen = dict(zip(self.split.nodes, masks, strict=True))
        margins = _margins(self.bases, self.split.attributes, self.split.nodes, earlier)
        closed = close(self.split, chosen, margins.decided.hidden)
        return replace(self, decided=Decided(self.decided.value, closed))

    @property
    def unmeasured(self) -> Bools:
        """Bases of which the whole organisation delivered the attribute for (nearly) nobody."""
        return self.bases["unmeasured"].to_numpy()


def check_cells(cells: pl.DataFrame, reference: Reference, policy: Policy) -> None:
    """Check the written cells once more, apart from how they were decided.

    Raises:
        NotPublished: a split shows a number below its threshold, or opens a base below its gate.
    """
    shown = cells.filter(
        (pl.col("status") == PUBLISHED)
        & ((pl.col("attribute") != EVERYBODY) | (pl.col("metric") == "fte"))
    )
    for (first, second), rows in shown.group_by("attribute", "attribute2"):
        named = [str(name) for name in (first, second) if name]
        classes = [reference.attributes[name].sensitivity for name in named] or ["personal"]
        allowed = policy.of(*classes)
        least = rows.select(pl.col("value", "base").min()).row(0)
        try:
            rules.check_count(int(least[0]), allowed.threshold.value)
            rules.check_base(int(least[1]), allowed.minimum_base.value)
        except rules.Unsafe as reason:
            raise NotPublished(
                "Protection let a cell through that its own rules forbid",
                expected=str(reason),
                next_step="keep the publication that is served, and report this as a fault",
            ) from reason


def _outcome(value: Ints, hidden: Bools, unmeasured: Bools) -> tuple[pl.Expr, ...]:
    """Status, period, value, base and (empty) bounds; one symbol for everything hidden."""
    status = pl.Series(
        np.select([unmeasured, hidden], [NOT_MEASURED, SUPPRESSED], PUBLISHED), dtype=pl.String
    )
    number = pl.Series(value.astype(np.float64))
    nothing = pl.lit(None, dtype=pl.Float64)
    return (
        pl.lit(status).alias("status"),
        pl.col("period").alias("as_of"),
        pl.when(pl.lit(status == PUBLISHED)).then(pl.lit(number)).alias("value"),
        pl.col("base").cast(pl.Float64).alias("base"),
        nothing.alias("lower"),
        nothing.alias("upper"),
    )


def _public(counts: pl.DataFrame) -> pl.DataFrame:
    value = counts["count"].to_numpy()
    shown = np.zeros(len(value), dtype=np.bool_)
    return counts.with_columns(_outcome(value, shown, shown))


def _fte(counts: pl.DataFrame, policy: Policy, key: bytes) -> pl.DataFrame:
    """Fte of everybody: nearest whole number, rounded, gated on the head count."""
    allowed = policy.of("personal")
    count, base = counts["count"].to_numpy(), counts["base"].to_numpy()
    drawn = draws(_sums(counts), "fte", EVERYBODY, key)
    value = round_counts(count, drawn, policy.rounding_base.value)
    least = allowed.threshold.value
    shown = np.asarray(rules.base_is_open(base, allowed.minimum_base.value))
    shown &= np.asarray(rules.count_is_large(count, least))
    shown &= np.asarray(rules.count_is_large(value, least))
    return counts.with_columns(_outcome(value, ~shown, counts["measured"].to_numpy() == 0))


def _sums(bases: pl.DataFrame) -> list[int]:
    return key_sums(bases["key_hi"].to_numpy(), bases["key_lo"].to_numpy())


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
    """Round one layout, decide what is unsafe by itself, and hide what would give it away."""
    names = [name for name in rows.select("attribute", "attribute2").row(0) if name]
    attributes = [reference.attributes[name] for name in names]
    rows = rows.sort(BASE_KEYS)
    nodes = list(rows.select("category", "category2").unique().iter_rows())
    count = {node: _column(rows, node) for node in nodes}
    allowed = policy.of(*(attribute.sensitivity for attribute in attributes))
    bases = _bases(rows, nodes[0], allowed.threshold.value)
    margins = _margins(bases, attributes, nodes, earlier)
    split = make_split(attributes, [*nodes, *margins.count])
    whole = bases["base"].to_numpy()
    true = {**count, **margins.count, WHOLE: whole}
    draw = Draw(_sums(bases), key, policy.rounding_base.value)
    value = rounded(split, count, {**margins.decided.value, WHOLE: whole}, draw)
    hidden = close(split, unsafe(split, true, value, policy), margins.decided.hidden)
    return Sheet(bases, split, count, Decided(value, hidden))


def _linked(sheets: Sequence[Sheet], public: pl.DataFrame, laws: Laws) -> list[Sheet]:
    """Suppress across all sheets and close each split again, until nothing changes."""
    settled: Bools | None = None
    while sheets:
        cells = pl.concat(sheet.planned() for sheet in sheets)
        before = cells["hidden"].to_numpy()
        if settled is not None and (before == settled).all():
            break
        settled = suppressed(cells, public, laws, settled)
        sheets = _hiding(sheets, settled)
    return list(sheets)


def _hiding(sheets: Sequence[Sheet], hidden: Bools) -> list[Sheet]:
    """The same sheets with these cells hidden; one-way splits before what is crossed of them."""
    ends = np.cumsum([sheet.size for sheet in sheets])[:-1]
    found: list[Sheet] = []
    for sheet, mask in zip(sheets, np.split(hidden, ends), strict=True):
        found.append(sheet.hiding(mask, found))
    return found


@dataclass(frozen=True)
class _Margins:
    """What a crossed split adds up to: the one-way numbers of the same bases, decided before."""

    count: Mapping[Node, Ints]
    decided: Decided


def _margins(
    bases: pl.DataFrame,
    attributes: Sequence[Attribute],
    nodes: Sequence[Node],
    earlier: Sequence[Sheet],
) -> _Margins:
    count: dict[Node, Ints] = {}
    value: dict[Node, Ints] = {}
    hidden: dict[Node, Bools] = {}
    if len(attributes) < 2:
        return _Margins(count, Decided(value, hidden))
    for place, attribute in enumerate(attributes):
        for code in sorted({node[place] for node in nodes}):
            margin = (code, EVERYBODY) if place == 0 else (EVERYBODY, code)
            found = bases.join(
                _one_way(attribute.key, code, earlier),
                on=BASE_KEYS,
                how="left",
                maintain_order="left",
            )
            if found["count"].null_count():
                raise NotPublished(
                    "A crossed table is planned without the tables that it adds up to",
                    where=f"attribute {attribute.key}",
                    next_step="plan the split by each of both attributes for the same cells",
                )
            count[margin] = found["count"].to_numpy()
            value[margin] = found["value"].to_numpy()
            hidden[margin] = found["hidden"].to_numpy()
    return _Margins(count, Decided(value, hidden))


def _one_way(attribute: str, code: str, earlier: Sequence[Sheet]) -> pl.DataFrame:
    """``BASE_KEYS, count, value, hidden`` of one category in all sheets that have it."""
    node = (code, EVERYBODY)
    frames = [
        sheet.bases.select(BASE_KEYS).with_columns(
            count=pl.Series(sheet.count[node]),
            value=pl.Series(sheet.decided.value[node]),
            hidden=pl.Series(sheet.decided.hidden[node]),
        )
        for sheet in earlier
        if [a.key for a in sheet.split.attributes] == [attribute] and node in sheet.split.nodes
    ]
    if not frames:
        raise NotPublished(
            "A crossed table is planned without the tables that it adds up to",
            where=f"attribute {attribute}",
            next_step="plan the split by each of both attributes for the same cells",
        )
    return pl.concat(frames)


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
