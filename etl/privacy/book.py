"""All split cells of a publication while they are being decided: one row each, as arrays.

Rows of the record (periods that were served before) are fixed; the others are open. A row is hidden
or shown, with the number, base and date that it has: its own, or those that it repeats.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from etl.domain import EVERYBODY
from etl.metrics.cells import KEYS
from etl.privacy.decide import close
from etl.privacy.rules import Bools, Ints
from etl.privacy.sheet import BASE_KEYS, Sheet, margins_of

PUBLISHED, SUPPRESSED, NOT_MEASURED = "published", "suppressed", "not_measured"
STOCK = "headcount"
CAUSES = ("threshold", "base", "secondary", "repair", "distance")
"""Why a cell is hidden."""

SERVED = pl.Schema(
    {
        **dict.fromkeys(KEYS, pl.String()),
        "unit_level": pl.Int16(),
        "status": pl.String(),
        "value": pl.Float64(),
        "base": pl.Int64(),
        "as_of": pl.String(),
        "fresh": pl.Boolean(),
    }
)
"""Rows of the record: count cells of periods that were served, everybody's included."""


@dataclass(frozen=True)
class _Block:
    """Where the cells of a sheet stand in the book, node by node, and the margins of its bases."""

    sheet: Sheet
    start: int
    margins: Mapping[tuple[str, str], Ints]

    @property
    def rows(self) -> slice:
        return slice(self.start, self.start + self.sheet.size)


class Book:
    """The split cells of all periods.

    Args:
        sheets: the open cells.
        served: rows of the record, columns ``SERVED``; only those of a split are used.
        steps: period -> place of its end among all ends, oldest 0.
        counts: ``KEYS, count``: the true counts of the record's rows. They change nothing in these
            and tell, as in the run that decided them, whether hidden ones are small together.
    """

    def __init__(
        self,
        sheets: Sequence[Sheet],
        served: pl.DataFrame,
        steps: Mapping[str, int],
        counts: pl.DataFrame,
    ) -> None:
        opened = [
            sheet.cells().with_columns(
                as_of="period",
                served=pl.lit(value=False),
                # What the gate of its base closes is not decided, and nothing is compared with it.
                fresh=~pl.col("below_gate") & ~pl.col("unmeasured"),
            )
            for sheet in sheets
        ]
        fixed = _fixed(served.filter(pl.col("attribute") != EVERYBODY), counts)
        cells = pl.concat([*(frame.select(fixed.columns) for frame in opened), fixed])
        self.cells = cells.with_row_index("row")
        self.served: Bools = cells["served"].to_numpy()
        self.hidden: Bools = cells["hidden"].to_numpy().copy()
        self.value: Ints = cells["value"].to_numpy().copy()
        self.base: Ints = cells["base"].to_numpy().copy()
        self.unmeasured: Bools = cells["unmeasured"].to_numpy()
        self.fresh: Bools = cells["fresh"].to_numpy().copy()
        self.step: Ints = np.array([steps[p] for p in cells["period"].to_list()], dtype=np.int64)
        self._periods = sorted(steps)
        place = {period: n for n, period in enumerate(self._periods)}
        self._as_of: Ints = np.array([place[p] for p in cells["as_of"].to_list()], dtype=np.int64)
        self.cause: Ints = np.full(len(self.hidden), -1, dtype=np.int64)
        below = cells["below_gate"].to_numpy()
        self._blame(self.hidden & ~below, "threshold")
        self._blame(self.hidden & below, "base")
        self._blocks = self._placed(sheets)
        self.close(~self.served, "threshold")

    def _placed(self, sheets: Sequence[Sheet]) -> list[_Block]:
        blocks: list[_Block] = []
        start = 0
        for sheet in sheets:
            blocks.append(_Block(sheet, start, self._margins(sheet, start)))
            start += sheet.size
        return blocks

    def _margins(self, sheet: Sheet, start: int) -> dict[tuple[str, str], Ints]:
        """For each margin the rows of the one-way cells of the same bases."""
        found: dict[tuple[str, str], Ints] = {}
        earlier = self.cells[:start].filter(pl.col("attribute2") == EVERYBODY)
        for margin in margins_of(sheet.split):
            place = 0 if margin[0] else 1
            attribute = sheet.split.attributes[place].key
            cells = earlier.filter(
                (pl.col("attribute") == attribute) & (pl.col("category") == margin[place])
            )
            joined = sheet.bases.select(BASE_KEYS).join(
                cells.select(*BASE_KEYS, "row"), on=BASE_KEYS, how="left", maintain_order="left"
            )
            found[margin] = joined["row"].to_numpy().astype(np.int64)
        return found

    # --- hiding

    def hide(self, rows: Bools, cause: str) -> None:
        """Hide some open rows, for a reason."""
        self._blame(rows & ~self.hidden, cause)
        self.hidden |= rows

    def close(self, among: Bools, cause: str) -> None:
        """Hide what would give a hidden number of the same base away, in some rows."""
        for block in self._blocks:
            rows = block.rows
            if not among[rows].any():
                continue
            shape = (len(block.sheet.split.nodes), block.sheet.bases.height)
            masks = dict(
                zip(block.sheet.split.nodes, self.hidden[rows].reshape(shape), strict=True)
            )
            margins = {node: self.hidden[at] for node, at in block.margins.items()}
            closed = close(block.sheet.split, masks, margins)
            after = np.concatenate([closed[node] for node in block.sheet.split.nodes])
            new = np.zeros(len(self.hidden), dtype=np.bool_)
            new[rows] = after & among[rows]
            self.hide(new, cause)

    def _blame(self, rows: Bools, cause: str) -> None:
        self.cause[rows] = CAUSES.index(cause)

    # --- repeating

    def repeat(self, rows: Ints, sources: Ints) -> None:
        """Let rows say what other rows say, as of the same date; -1: there is nothing to say."""
        had = sources >= 0
        kept, source = rows[had], sources[had]
        self.hidden[kept] = self.hidden[source]
        self.value[kept] = self.value[source]
        self.base[kept] = self.base[source]
        self._as_of[kept] = self._as_of[source]
        self.cause[kept] = self.cause[source]
        nothing = rows[~had]
        self.hidden[nothing] = True
        self._as_of[nothing] = [
            self._periods.index(p) for p in self.cells["period"].gather(nothing).to_list()
        ]
        self.cause[nothing] = CAUSES.index("distance")

    # --- reading

    @property
    def as_of(self) -> pl.Series:
        """The date that each number is of."""
        return pl.Series("as_of", [self._periods[n] for n in self._as_of.tolist()], pl.String)

    @property
    def statuses(self) -> pl.Series:
        """One symbol for everything hidden; what nobody delivered is another."""
        status = np.select(
            [self.unmeasured, self.hidden], [NOT_MEASURED, SUPPRESSED], default=PUBLISHED
        )
        return pl.Series("status", status, dtype=pl.String)

    @property
    def causes(self) -> pl.Series:
        """Why each hidden row is hidden; null where it is shown or served before."""
        known = dict(enumerate(CAUSES))
        told = np.where(self.hidden & ~self.unmeasured, self.cause, -1)
        return pl.Series("cause", [known.get(n) for n in told.tolist()], pl.String)

    def rows(self) -> pl.DataFrame:
        """Every row as it stands: ``KEYS, status, as_of, value, base, fresh, served, cause``."""
        status = self.statuses
        return self.cells.select(KEYS).with_columns(
            status,
            self.as_of,
            value=pl.Series(
                np.where((status == PUBLISHED).to_numpy(), self.value, np.nan)
            ).fill_nan(None),
            base=pl.Series(self.base),
            fresh=pl.Series(self.fresh),
            served=pl.Series(self.served),
            cause=self.causes,
        )

    @property
    def repeated(self) -> Ints:
        """The rows that show the number of an earlier date."""
        own = (self.as_of == self.cells["period"]).to_numpy()
        return np.flatnonzero(~self.hidden & ~own & ~self.unmeasured)

    def before(self, rows: Ints) -> Ints:
        """The row of the same stock cell at its last earlier date; -1: there is none."""
        return self._last_row[rows]

    def beside(self, rows: Ints) -> Ints:
        """All rows of the same bases and splits as some stock rows, these included."""
        return np.flatnonzero(np.isin(self._split_of, self._split_of[rows]))

    @cached_property
    def _split_of(self) -> Ints:
        """A number for every base and split."""
        keys = [*BASE_KEYS, "attribute", "attribute2"]
        numbers: Ints = self.cells.select(pl.struct(keys).rank("dense"))[:, 0].to_numpy()
        return numbers.astype(np.int64)

    @cached_property
    def _last_row(self) -> Ints:
        cell = [key for key in KEYS if key not in ("period", "unit_level")]
        stock = self.cells.select("row", *cell).with_columns(step=pl.Series(self.step))
        stock = stock.filter(pl.col("metric") == STOCK).sort("step")
        last = stock.with_columns(last=pl.col("row").cast(pl.Int64).shift(1).over(cell))
        found = np.full(len(self.hidden), -1, dtype=np.int64)
        found[last["row"].to_numpy()] = last["last"].fill_null(-1).to_numpy()
        return found

    @cached_property
    def is_stock(self) -> Bools:
        """Which rows are of a stock."""
        found: Bools = (self.cells["metric"] == STOCK).to_numpy()
        return found


def _fixed(served: pl.DataFrame, counts: pl.DataFrame) -> pl.DataFrame:
    """Rows of the record in the form of open cells; true counts decide nothing of these again."""
    shown = pl.col("status") == PUBLISHED
    told = served.join(counts.select(*KEYS, "count"), on=KEYS, how="left", maintain_order="left")
    return told.select(
        *KEYS,
        "base",
        "count",
        value=pl.col("value").fill_null(0).cast(pl.Int64),
        hidden=~shown,
        below_gate=pl.lit(value=False),
        unmeasured=pl.col("status") == NOT_MEASURED,
        as_of="as_of",
        served=pl.lit(value=True),
        fresh="fresh",
    )
