"""The publication as one system: unknown whole numbers, their bounds, and what adds up to what."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from etl.privacy.audit_alone import bounds, errors, thresholds, told_by, with_told
from etl.privacy.audit_bases import (
    public_bases,
    scale_relation,
    steps,
    time_relation,
    unit_edges,
    unit_relation,
    with_direct,
)
from etl.privacy.audit_input import BASE, HIDDEN, NODE, PLANNED, SHOWN, STOCK, UNPLANNED, Published
from etl.privacy.audit_movements import EVENTS, PATH, identity, path_relation, presence, with_paths
from etl.privacy.audit_moves import Moves
from etl.privacy.audit_nodes import WHOLE, Nodes
from etl.privacy.audit_rows import Bools, Ints, Rows, make_rows
from etl.privacy.audit_spells import spell_begins, spell_identity, spell_promotions

REST = "rest"
MORE = "more"
"""By how much a base that is known up to rounding may be larger than it is: no person's number."""
STAYED = "stayed"
"""Those of a stock who did not come, go or rise: what a stock and its events leave."""
JOINED, LEFT = "joined", "left"
_KEYS = [name for name in BASE if name != "unit_level"]
TERMS = pl.Schema({"row": pl.UInt32, "x": pl.UInt32, "sign": pl.Int8})
NO_LINKS = pl.DataFrame(schema=dict.fromkeys(("row", "now", "then", "joined", "left"), pl.UInt32()))


@dataclass(frozen=True)
class System:
    """Unknowns with bounds, and rows of them.

    Attributes:
        unknowns: one row an unknown: ``b, n, role, status, value, base, special``.
        bases: ``BASE, base, direct`` by ``b``.
        nodes: the nodes by ``n``.
        lower: what each unknown is at least by itself.
        upper: and at most.
        rows: the constraints.
        soft: which rows hold only if nobody changes category between two dates.
        when: for each unknown the place of the end of its period among all ends, oldest 0.
        told: ``x, other``: a shown ``x`` tells that ``other`` reaches the threshold.
        threshold: the smallest shown count of each unknown.
        repeated: unknowns in whose place an earlier number is shown.
        links: rows between two sets of persons that are nearly the same, ``row, now, then,
            joined, left`` (unknowns; no joiner or leaver: null).
    """

    unknowns: pl.DataFrame
    bases: pl.DataFrame
    nodes: Nodes
    lower: Ints
    upper: Ints
    rows: Rows
    soft: Bools
    when: Ints
    told: pl.DataFrame
    threshold: Ints
    repeated: Bools
    links: pl.DataFrame

    def blamed(self, against: set[int]) -> Bools:
        """The assumptions among contradicted rows, and those that share an unknown with one.

        Rows between two sets of persons are none: they stand where nobody changed category.
        """
        places, _ = self.rows.entries(np.array(sorted(against), dtype=np.int64))
        near = self.rows.rows_of(np.unique(self.rows.unknown[places]))
        found = np.zeros(self.rows.count, dtype=np.bool_)
        found[near] = True
        found[self.links["row"].to_numpy()] = False
        return found & self.soft


def make_system(published: Published, moves: Moves | None = None) -> System:
    """Everything that an attacker can write down about a publication.

    Args:
        published: the files.
        moves: who came and went, in distinct persons, where that is known better than from the
            published flows; None: from these alone.
    """
    edges = unit_edges(published)
    bases = with_paths(with_direct(public_bases(published), edges), published)
    nodes = Nodes(published)
    unknowns = _unknowns(published, bases, nodes, edges)
    builder = _Builder(bases, unknowns, published.off)
    for relation in (
        unit_relation(bases, edges),
        scale_relation(bases, published),
        time_relation(bases, published),
        spell_promotions(bases),
        spell_begins(bases, published),
    ):
        builder.between(relation)
    builder.between(presence(bases, published), rest=STAYED)
    builder.within(nodes)
    hard = builder.count
    for lasting in (identity, path_relation, spell_identity):
        builder.between(lasting(bases, published), only=_lasting(nodes))
    links = NO_LINKS if moves is None else builder.linked(moves.between(bases), nodes.own)
    told = told_by(builder.unknowns, nodes)
    threshold = thresholds(builder.unknowns, published)
    rounded = bases.select(pl.col("metric").is_in(published.rounded_totals)).to_series()
    off = errors(builder.unknowns, nodes, rounded.to_numpy())
    lower, upper = bounds(builder.unknowns, off, threshold)
    lower = with_told(lower, upper, told, threshold, builder.unknowns["status"] == SHOWN)
    rows = make_rows(builder.terms(), builder.constants(), len(lower))
    return System(
        unknowns=builder.unknowns,
        bases=bases,
        nodes=nodes,
        lower=lower,
        upper=upper,
        rows=rows,
        soft=np.arange(builder.count) >= hard,
        when=_when(builder.unknowns, bases, published),
        told=told,
        threshold=threshold,
        repeated=_repeated(published, builder.unknowns, bases, nodes),
        links=links,
    )


def _repeated(
    published: Published, unknowns: pl.DataFrame, bases: pl.DataFrame, nodes: Nodes
) -> Bools:
    """Which unknowns have an earlier number shown in their place."""
    again = published.counts.filter(
        (pl.col("attribute") != "")
        & (pl.col("status") == SHOWN)
        & (pl.col("as_of") != pl.col("period"))
    )
    cells = again.join(nodes.frame, on=list(NODE)).join(
        bases.filter(~pl.col("direct")).select(*_KEYS, "b"), on=_KEYS
    )
    held = unknowns.filter(pl.col("role") == PLANNED).join(cells, on=["b", "n"], how="semi")
    found = np.zeros(unknowns.height, dtype=np.bool_)
    found[held["x"].to_numpy()] = True
    return found


def _when(unknowns: pl.DataFrame, bases: pl.DataFrame, published: Published) -> Ints:
    ends = published.of("period").select(
        period="code", period_kind="partition", when=pl.col("valid_to").rank("dense") - 1
    )
    of_base = bases.select("b", "period", "period_kind").join(
        ends, on=["period", "period_kind"], how="left", maintain_order="left"
    )
    number = of_base["when"].fill_null(0).to_numpy().astype(np.int64)
    found: Ints = number[unknowns["b"].to_numpy()]
    return found


def _unknowns(
    published: Published, bases: pl.DataFrame, nodes: Nodes, edges: pl.DataFrame
) -> pl.DataFrame:
    """One unknown a base and node: planned cells, and what links them although it is unplanned."""
    planned = _planned(published, bases, nodes)
    kinds = planned.group_by("metric").agg(views=pl.struct("period_kind", "unit_level").n_unique())
    spread = planned.join(kinds.filter(pl.col("views") > 1), on="metric", how="semi")
    flows = spread.filter(pl.col("metric") != STOCK)
    flows = flows.select("metric", "scale_group", "unit", "n").unique()
    one_way = nodes.frame.filter(pl.col("attribute2") == "").select("n")
    linked = flows.join(one_way, on="n", how="semi").join(
        bases.filter(~pl.col("direct")), on=["metric", "scale_group", "unit"]
    )
    # Those directly under a unit matter where its parts are counted, too.
    counted = pl.concat([frame.select(*_KEYS, "n") for frame in (planned, linked)]).unique()
    parents = counted.join(edges, on=["period", "period_kind", "unit"])
    parents = parents.drop("unit").rename({"parent": "unit"}).select(*_KEYS, "n").unique()
    below = counted.join(parents, on=[*_KEYS, "n"], how="semi").join(
        bases.filter("direct").select(*_KEYS, "b", "base"), on=_KEYS
    )
    people = _people(published, planned, bases, nodes)
    unplanned = pl.concat([frame.select("b", "n", "base") for frame in (linked, below, people)])
    new = unplanned.unique(["b", "n"], keep="first", maintain_order=True).with_columns(
        role=pl.lit(UNPLANNED), status=pl.lit(HIDDEN), value=pl.lit(None, dtype=pl.Float64)
    )
    old = planned.select("b", "n", "base", pl.lit(PLANNED).alias("role"), "status", "value")
    both = pl.concat([old, new.select(old.columns)]).unique(
        subset=["b", "n"], keep="first", maintain_order=True
    )
    special = [n for n, node in enumerate(nodes.all) if nodes.is_special(node)]
    return both.with_columns(special=pl.col("n").is_in(special))


def _planned(published: Published, bases: pl.DataFrame, nodes: Nodes) -> pl.DataFrame:
    """Cells of a split; a repeated number counts at its ``as_of``, and leaves its own date open."""
    split = published.counts.filter(
        (pl.col("attribute") != "") & pl.col("status").is_in([SHOWN, HIDDEN])
    )
    repeated = (pl.col("as_of") != pl.col("period")) & (pl.col("status") == SHOWN)
    open_now = split.filter(repeated).with_columns(
        status=pl.lit(HIDDEN), value=pl.lit(None, dtype=pl.Float64)
    )
    at = split.with_columns(period=pl.when(repeated).then("as_of").otherwise("period"))
    found = (
        pl.concat([at, open_now])
        .join(nodes.frame, on=list(NODE))
        .select(*_KEYS, "n", "status", "value", order=pl.col("status") != SHOWN)
        .join(bases.filter(~pl.col("direct")).drop("direct"), on=_KEYS)
    )
    return found.sort("b", "n", "order").unique(
        subset=["b", "n"], keep="first", maintain_order=True
    )


def _people(
    published: Published, planned: pl.DataFrame, bases: pl.DataFrame, nodes: Nodes
) -> pl.DataFrame:
    """What tells of the same persons: stocks, and events between them, planned or not.

    A node that the stocks of a unit are split by in more than one view of the publication is
    counted in every public base of that unit, others where they are planned. Only steps count: a
    year is the sum of its quarters. Units that are nowhere split say nothing: what is unknown of
    them is bounded by public numbers alone. No later date adds anything to an earlier one, so that
    an attack on a date is the same whatever comes after it.
    """
    of_stock = planned.filter(
        (pl.col("metric") == STOCK) & pl.col("n").is_in(_lasting(nodes))
    ).select("unit", "scale_group", "n", pl.struct("unit_level", "scale_group").alias("view"))
    spread = of_stock.group_by("n").agg(pl.col("view").n_unique()).filter(pl.col("view") > 1)
    step = steps(published).select("period", "period_kind")
    people = bases.filter(pl.col("metric").is_in([STOCK, *EVENTS]) & ~pl.col("direct"))
    stocks = people.filter(pl.col("metric") == STOCK)
    events = people.filter(pl.col("metric") != STOCK)
    events = events.join(step, on=["period", "period_kind"], how="semi")
    units = of_stock.join(spread, on="n", how="semi").select("unit", "n").unique()
    paths = bases.filter(pl.col("metric") == PATH).join(spread.select("n"), how="cross")
    everywhere = pl.concat([pl.concat([events, stocks]).join(units, on="unit"), paths])
    planned_views = of_stock.select("unit", "scale_group", "n").unique()
    own = events.join(planned_views, on=["unit", "scale_group"])
    return pl.concat([frame.select("b", "n", "base") for frame in (everywhere, own)])


def _lasting(nodes: Nodes) -> list[int]:
    """Nodes that people keep from date to date, declarations apart: one-way and special."""
    return [n for n, node in enumerate(nodes.all) if node[0] in nodes.special and not node[2]]


class _Builder:
    """Collects rows; an unknown rest closes a row whose public numbers do not."""

    def __init__(self, bases: pl.DataFrame, unknowns: pl.DataFrame, off: int) -> None:
        self.bases, self.off = bases, off
        self.unknowns = unknowns.with_row_index("x")
        self.count = 0
        self._terms: list[pl.DataFrame] = []
        self._constants: list[Ints] = []

    def between(
        self, relation: pl.DataFrame, only: list[int] | None = None, rest: str = REST
    ) -> None:
        """Rows of a relation between bases, one for every node of the whole and of some part."""
        cells = self.unknowns.filter(~pl.col("role").is_in([REST, STAYED, MORE]))
        if only is not None:
            cells = cells.filter(pl.col("n").is_in(only))
        terms = relation.join(cells.select("b", "n", "x", "base", "special"), on="b")
        rows = (
            terms.group_by("group", "n")
            .agg(
                signs=pl.col("sign").n_unique(),
                whole=(pl.col("sign") > 0).any(),
                rest=(pl.col("sign") * pl.col("base")).sum(),
                b=pl.col("b").sort_by("sign").last(),
                special=pl.col("special").first(),
            )
            .filter((pl.col("signs") == 2) & pl.col("whole"))
            .sort("group", "n")
            .with_row_index("row", offset=self.count)
        )
        left = self._rests(rows.filter(pl.col("rest") != 0), rest)
        placed = terms.join(rows.select("group", "n", "row"), on=["group", "n"])
        self._add(rows.height, [placed, left], np.zeros(rows.height, dtype=np.int64))

    def within(self, nodes: Nodes) -> None:
        """Rows of what adds up within each base."""
        cells = self.unknowns.filter(~pl.col("role").is_in([REST, STAYED, MORE]))
        by_node = {int(key[0]): part for key, part in cells.partition_by("n", as_dict=True).items()}
        for one in nodes.sums:
            parts = [by_node.get(nodes.number[p], cells.clear()) for p in one.parts]
            terms = pl.concat(parts).with_columns(sign=pl.lit(-1, dtype=pl.Int8))
            if one.whole == WHOLE:
                full = terms
            elif one.whole in nodes.number:
                whole = by_node.get(nodes.number[one.whole], cells.clear())
                whole = whole.join(terms, on="b", how="semi")
                full = pl.concat([whole.with_columns(sign=pl.lit(1, dtype=pl.Int8)), terms])
                full = full.join(whole, on="b", how="semi")
            else:
                continue
            self._split(full, one.size, nests=one.nests, public=one.whole == WHOLE)

    def linked(self, pairs: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
        """Rows ``now - then - joined + left = 0`` of every node that two bases both count.

        Args:
            pairs: ``b, other_b, attribute, joined, left``: two sets of persons, how they differ.
            own: ``n, attribute`` of nodes that are rounded by themselves; the others follow.
        """
        cells = self.unknowns.filter(~pl.col("role").is_in([REST, STAYED, MORE])).join(own, on="n")
        cells = cells.select("b", "n", "attribute", "x", "special")
        rows = (
            pairs.join(cells, on=["b", "attribute"])
            .join(cells.select(other_b="b", n="n", then="x"), on=["other_b", "n"])
            .sort("b", "other_b", "n")
            .with_row_index("row", offset=self.count)
        )
        joined = self._new(rows.filter(pl.col("joined") > 0), JOINED, "joined")
        left = self._new(rows.filter(pl.col("left") > 0), LEFT, "left")
        signed = [
            rows.select("row", "x", sign=pl.lit(1)),
            rows.select("row", x="then", sign=pl.lit(-1)),
            joined.select("row", "x", sign=pl.lit(-1)),
            left.select("row", "x", sign=pl.lit(1)),
        ]
        self._add(rows.height, signed, np.zeros(rows.height, dtype=np.int64))
        return (
            rows.select("row", "then", now="x")
            .join(joined.select("row", joined="x"), on="row", how="left")
            .join(left.select("row", left="x"), on="row", how="left")
            .select(NO_LINKS.columns)
        )

    def _new(self, rows: pl.DataFrame, role: str, base: str) -> pl.DataFrame:
        """An unknown for each row: hidden, at most ``base``."""
        found = rows.select(
            "row",
            "b",
            pl.col("n").cast(pl.UInt32),
            pl.col(base).cast(pl.Int64).alias("base"),
            "special",
            role=pl.lit(role),
            status=pl.lit(HIDDEN),
            value=pl.lit(None, dtype=pl.Float64),
        ).with_row_index("x", offset=self.unknowns.height)
        self.unknowns = pl.concat([self.unknowns, found.select(self.unknowns.columns)])
        return found

    def _split(self, terms: pl.DataFrame, parts: int, *, nests: bool, public: bool) -> None:
        rows = terms.group_by("b").agg(
            pl.col("base").first(),
            pl.col("special").any(),
            n=pl.col("n").first(),
            held=(pl.col("sign") < 0).sum(),
        )
        if nests:
            rows = rows.filter(pl.col("held") == parts)
        rows = rows.sort("b").with_row_index("row", offset=self.count)
        missing = rows.filter(pl.col("held") < parts).with_columns(rest="base")
        placed = [terms.join(rows.select("b", "row"), on="b"), self._rests(missing)]
        if public:
            placed.append(self._more(rows.filter(pl.col("held") == parts)))
        constant = -rows["base"].to_numpy() if public else np.zeros(rows.height, dtype=np.int64)
        self._add(rows.height, placed, constant)

    def _more(self, rows: pl.DataFrame) -> pl.DataFrame:
        """An unknown for each row of a base that is known up to rounding: below and above."""
        loose = self.bases.filter("loose").select("b")
        off = 2 * self.off
        return self._rests(rows.join(loose, on="b", how="semi").with_columns(rest=off), MORE)

    def _rests(self, rows: pl.DataFrame, role: str = REST) -> pl.DataFrame:
        """An unknown for each row that needs one; its number is what the public totals leave."""
        found = self._new(rows, role, "rest")
        return found.select("row", "x", sign=pl.lit(-1, dtype=pl.Int8))

    def _add(self, count: int, terms: list[pl.DataFrame], constant: Ints) -> None:
        self._terms += [
            frame.select(pl.col(k).cast(t) for k, t in TERMS.items()) for frame in terms
        ]
        self._constants.append(constant)
        self.count += count

    def terms(self) -> pl.DataFrame:
        """All terms: ``row, x, sign``."""
        return pl.concat(self._terms)

    def constants(self) -> Ints:
        """What the terms of each row add up to."""
        return np.concatenate(self._constants)
