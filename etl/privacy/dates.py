"""The dates of a publication, oldest first: repeat, suppress, attack, repair.

Each date is decided against everything before it, in the record or in this run, and nothing before
it changes: what twenty dates at once give is what twenty runs give.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import polars as pl

from etl.metrics.cells import KEYS
from etl.privacy.audit_input import Published
from etl.privacy.audit_moves import PAIRS, Moves
from etl.privacy.base_sets import NEAR, moved, near
from etl.privacy.book import NOT_MEASURED, PUBLISHED, STOCK, SUPPRESSED, Book
from etl.privacy.distance import FRESH, largest_distance, standing
from etl.privacy.gate import Gate
from etl.privacy.grounds import Grounds
from etl.privacy.linked import CELL, Laws, Linked
from etl.privacy.policy import Policy
from etl.privacy.rules import Bools, Ints
from etl.privacy.sheet import BASE_KEYS, NODE_KEYS

SPLIT = ("unit", "scale_group", "attribute", "attribute2")
CATEGORIES = ("category", "category2")


def decide_dates(book: Book, public: pl.DataFrame, grounds: Grounds) -> Gate:
    """Decide every open row of a book, in place.

    Args:
        book: all split cells; open ones as the rules of their own base decided them.
        public: everybody, one row a base: ``BASE_KEYS, base``.
        grounds: rules, structure and record.

    Returns:
        The gate, with what an attacker is left with.
    """
    distances = _Distances(book, grounds)
    gate = Gate(_as_if_shown(book, public, grounds), distances.moves(), book.cells.select(KEYS))
    pending = np.zeros(len(book.hidden), dtype=np.bool_)
    served = book.served & ~book.hidden & (book.as_of == book.cells["period"]).to_numpy()
    for step in range(len(grounds.ends)):
        here = book.step == step
        opened = here & ~book.served
        pending |= here & served
        if not opened.any():
            continue
        if pending.any():
            before = np.flatnonzero(pending & ~here)
            gate.accept(step - 1, before, gate.attack(step - 1, before, book.repeated))
            pending &= here
        rows, sources = distances.repeated(step)
        book.fresh[rows] = False
        book.repeat(rows, sources)
        _Date(book, public, grounds, gate, step).decide(np.flatnonzero(pending))
        pending[:] = False
    return gate


class _Date:
    """One date: the rows that are decided at it, and those that they hang together with."""

    def __init__(
        self, book: Book, public: pl.DataFrame, grounds: Grounds, gate: Gate, step: int
    ) -> None:
        self.book, self.gate, self.step = book, gate, step
        self.free: Bools = (book.step == step) & ~book.served & book.fresh & ~book.unmeasured
        periods = grounds.within(step)
        near = book.cells["period"].is_in(periods).to_numpy() & ~book.unmeasured
        self.linked = np.flatnonzero(near & (~book.is_stock | (book.step == step)))
        cells = book.cells[self.linked].with_columns(
            hidden=pl.Series(book.hidden[self.linked]), free=pl.Series(self.free[self.linked])
        )
        everybody = public.filter(pl.col("period").is_in(periods))
        laws = Laws(grounds.reference, grounds.policy, grounds.linkage)
        self.systems = Linked(cells.select("metric", *CELL), everybody, laws)

    def decide(self, known: Ints) -> None:
        """Hide what must be hidden, until the attack finds nothing that hiding could mend.

        Args:
            known: rows of this date that were served before.
        """
        book = self.book
        while True:
            self._suppress()
            mine = np.flatnonzero(self.free & ~book.hidden)
            shown = np.union1d(mine, known)
            attack = self.gate.attack(self.step, shown, book.repeated)
            unsafe = self.gate.repair(self.step, attack.unsafe, mine)
            if not len(unsafe):
                break
            self._repair(unsafe)
        self.gate.accept(self.step, shown, attack)

    def _repair(self, rows: Ints) -> None:
        """Say again what was said before of the same cells, all of their base; else hide them.

        A number that everybody has tells nothing new, and a reader is better served by it.
        """
        book = self.book
        stocks = book.beside(rows[book.is_stock[rows]])
        stocks = stocks[self.free[stocks]]
        said = stocks[book.before(stocks) >= 0]
        book.repeat(said, book.before(said))
        self.free[said] = False
        self._hide(rows, "repair")
        book.close(self.free, "repair")

    def _suppress(self) -> None:
        """Secondary suppression and the closing of each base, until neither hides anything."""
        book = self.book
        while True:
            hidden = self.systems.suppressed(book.hidden[self.linked])
            new = self.linked[hidden & ~book.hidden[self.linked] & self.free[self.linked]]
            if not len(new):
                break
            self._hide(new, "secondary")
            book.close(self.free, "secondary")

    def _hide(self, rows: Ints, cause: str) -> None:
        """Hide rows of those that are still decided at this date."""
        chosen = np.zeros(len(self.book.hidden), dtype=np.bool_)
        chosen[rows] = True
        self.book.hide(chosen & self.free, cause)


class _Distances:
    """Which stocks repeat an earlier number, and how the sets behind them differ."""

    def __init__(self, book: Book, grounds: Grounds) -> None:
        self.book, self.grounds = book, grounds
        self._pairs: list[pl.DataFrame] = []
        self._sources: dict[int, pl.DataFrame] = {}
        stock = book.cells.filter(pl.col("metric") == STOCK)
        dates = {period: ref for ref, period in grounds.stock_periods.items()}
        self.stock = stock.with_columns(
            ref=pl.col("period").replace_strict(dates, return_dtype=pl.Date)
        )
        self._history = self._of_record()
        self.classes = {a.key: a.sensitivity for a in grounds.reference.attributes.values()}
        for n in range(len(grounds.sets)):
            self._compare(n)

    def repeated(self, step: int) -> tuple[Ints, Ints]:
        """Rows of a date that repeat another row, and which one (-1: none to repeat)."""
        found = self._sources.get(step)
        if found is None:
            nothing = np.zeros(0, dtype=np.int64)
            return nothing, nothing
        source = found["source"].cast(pl.Int64).fill_null(-1)
        return found["row"].to_numpy().astype(np.int64), source.to_numpy()

    def moves(self) -> Moves:
        """What an attacker knows of who came and went between the dates."""
        return Moves(pl.concat([pl.DataFrame(schema=PAIRS), *self._pairs]))

    def _compare(self, n: int) -> None:
        """One date against all before it."""
        policy = self.grounds.policy
        now, earlier = self.grounds.sets[n], self.grounds.sets[:n]
        close = near(now, earlier, largest_distance(policy))
        here = self.stock.filter((pl.col("ref") == now.ref) & ~pl.col("served"))
        decided = _past_gate(here, self.classes, policy)
        if not here.is_empty():
            gone = self.grounds.gone
            state = standing(
                now.ref,
                decided,
                close,
                pl.concat([self._history, gone.select(self._history.columns)]),
                sensitivity=self.classes,
                policy=policy,
                counted=self._since(n, gone) if gone.height else None,
            )
            self._remember(now.ref, here, state)
        self._pairs.append(self._compared(now.ref, close, moved(now, earlier)))

    def _since(self, n: int, gone: pl.DataFrame) -> pl.DataFrame:
        """How near a date may lie to those whose sets were deleted, in the columns of ``near``.

        Nobody knows any more who was there: what counts is who came and went since the oldest date
        that is kept. At that date itself nothing is known, and everything may be the same.
        """
        now, oldest = self.grounds.sets[n], self.grounds.sets[0]
        if n == 0:
            # One base that was decided for each split is enough to be too near to.
            fresh = gone.filter("fresh").sort("ref", *SPLIT).unique(SPLIT[2:], keep="last")
            others = fresh.select("ref", "unit", "scale_group").unique().rename("other_{}".format)
            pairs = now.names.join(others, how="cross").with_columns(joined=0, left=0)
        else:
            found = near(now, [oldest], largest_distance(self.grounds.policy))
            dates = gone.select(other_ref="ref").unique()
            pairs = found.select(pl.exclude("other_ref")).join(dates, how="cross")
        return pairs.select(pl.col(name).cast(kind) for name, kind in NEAR.items())

    def _remember(self, ref: date, here: pl.DataFrame, state: pl.DataFrame) -> None:
        """Which rows repeat which, and what the next dates are compared with."""
        repeats = here.join(state.filter(pl.col("state") != FRESH), on=SPLIT, maintain_order="left")
        source = self.stock.select("ref", *SPLIT, *CATEGORIES, source="row")
        self._sources[self.grounds.ends.index(ref)] = repeats.join(
            source,
            left_on=["from_ref", "from_unit", "from_scale_group", *SPLIT[2:], *CATEGORIES],
            right_on=["ref", *SPLIT, *CATEGORIES],
            how="left",
            maintain_order="left",
        ).select("row", "source")
        fresh = state.filter(pl.col("state") == FRESH).select(*SPLIT, fresh=pl.lit(value=True))
        rows = here.select("ref", *SPLIT).unique().join(fresh, on=SPLIT, how="left")
        rows = rows.with_columns(pl.col("fresh").fill_null(value=False))
        self._history = pl.concat([self._history, rows.select(self._history.columns)])

    def _of_record(self) -> pl.DataFrame:
        """Every base and split of the record: ``ref, SPLIT, fresh``."""
        rows = self.stock.filter(pl.col("served"))
        return rows.group_by("ref", *SPLIT).agg(pl.col("fresh").any())

    def _compared(self, ref: date, close: pl.DataFrame, moves: pl.DataFrame) -> pl.DataFrame:
        """Pairs of sets whose difference an attacker knows, where nobody changed category."""
        last = (
            self._history.filter(pl.col("fresh") & (pl.col("ref") < ref))
            .group_by(SPLIT)
            .agg(other_ref=pl.col("ref").max())
            .select("unit", "scale_group", "other_ref")
        )
        before = moves.select("unit", "scale_group", other_ref=pl.col("other_ref").max())
        kept = moves.join(
            pl.concat([last, before]).unique(),
            on=["unit", "scale_group", "other_ref"],
            how="semi",
        ).with_columns(other_unit="unit", other_scale_group="scale_group")
        pairs = pl.concat([close, kept.select(close.columns)]).unique(maintain_order=True)
        attributes = self.stock.select("attribute").unique().sort("attribute")
        return (
            _unchanged(pairs.join(attributes, how="cross"), self.grounds.changed, ref)
            .with_columns(
                period=pl.lit(self.grounds.stock_periods[ref]),
                other_period=pl.col("other_ref").replace_strict(
                    self.grounds.stock_periods, return_dtype=pl.String
                ),
            )
            .select(PAIRS.names())
        )


def _past_gate(here: pl.DataFrame, classes: Mapping[str, str], policy: Policy) -> pl.DataFrame:
    """The bases and splits that are large enough to be decided at all: ``SPLIT``."""
    measured = here.filter(~pl.col("unmeasured")).select(*SPLIT, "base").unique()
    gates = [
        policy.of(*(classes[name] for name in (first, second) if name)).minimum_base.value
        for first, second in measured.select("attribute", "attribute2").iter_rows()
    ]
    return measured.filter(pl.col("base") >= pl.Series(gates, dtype=pl.Int64)).select(SPLIT)


def _unchanged(pairs: pl.DataFrame, changed: pl.DataFrame, ref: date) -> pl.DataFrame:
    """Pairs of sets in which nobody who stayed changed category between their dates."""
    last = (
        changed.filter(pl.col("ref") <= ref)
        .group_by("unit", "attribute")
        .agg(last=pl.col("ref").max())
    )
    found = pairs.join(last, on=["unit", "attribute"], how="left").join(
        last.rename({"unit": "other_unit", "last": "other_last"}),
        on=["other_unit", "attribute"],
        how="left",
    )
    since = pl.max_horizontal("last", "other_last")
    return found.filter(since.is_null() | (since <= pl.col("other_ref")))


def _as_if_shown(book: Book, public: pl.DataFrame, grounds: Grounds) -> Published:
    """The publication in which everything fresh is shown: the frame of the attack."""
    rows = book.rows().with_columns(own_value=pl.Series(book.value))
    told = pl.col("status") == PUBLISHED
    fresh = ~pl.col("served") & (pl.col("status") != NOT_MEASURED)
    current = pl.col("as_of") == pl.col("period")
    split = rows.with_columns(
        status=pl.when(pl.col("status") == NOT_MEASURED)
        .then(pl.lit(NOT_MEASURED))
        .when(fresh | (told & current))
        .then(pl.lit(PUBLISHED))
        .otherwise(pl.lit(SUPPRESSED)),
        value=pl.col("own_value").cast(pl.Float64),
        as_of="period",
    )
    everybody = public.select(
        *BASE_KEYS,
        *(pl.lit("").alias(name) for name in NODE_KEYS),
        status=pl.lit(PUBLISHED),
        as_of="period",
        value=pl.col("base").cast(pl.Float64),
        base=pl.col("base"),
    )
    columns = [*KEYS, "status", "as_of", "value", "base"]
    cells = pl.concat([split.select(columns), everybody.select(columns)])
    cells = cells.with_columns(pl.col("base").cast(pl.Float64))
    return Published(cells, grounds.dimensions, grounds.metrics, grounds.policy, totals_known=True)
