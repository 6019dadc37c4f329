"""From true counts to what may be shown: the only step that makes a :class:`ProtectedTable`.

Every base is rounded and decided by the rules (:mod:`etl.privacy.sheet`). Then date after date,
oldest first: what is too near to something decided is repeated (:mod:`etl.privacy.distance`),
what would give a hidden number away is hidden (:mod:`etl.privacy.linked`), and what an attack still
finds is repaired (:mod:`etl.privacy.gate`). A date never changes what was decided before it, so
that twenty dates at once give the cells of twenty runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn, final

import numpy as np
import polars as pl

from etl.domain import EVERYBODY, Reference
from etl.errors import NotPublished
from etl.metrics.cells import CELLS, KEYS
from etl.privacy import rules, totals
from etl.privacy.book import NOT_MEASURED, PUBLISHED, SERVED, SUPPRESSED, Book
from etl.privacy.dates import decide_dates
from etl.privacy.grounds import Grounds
from etl.privacy.policy import Policy
from etl.privacy.rounding import draws, round_counts
from etl.privacy.rules import Bools, Ints
from etl.privacy.sheet import BASE_KEYS, make_sheets, sums_of

_SEAL = object()
_TOLD_BY = ("period", "as_of")


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


@dataclass(frozen=True)
class Protected:
    """What protection made.

    Attributes:
        table: what may be published.
        record: the count cells of the periods that were decided now, columns ``SERVED``: they
            stand from the moment that they are served.
        cells: every split cell with ``status`` and the ``cause`` that hid it (null: none, or
            decided in an earlier run), for the log of the ETL alone.
        implied: how many numbers public totals and earlier publications alone give away.
        known: the true totals where what is shown of them is rounded (``BASE_KEYS, base``): the
            attack takes them for known.
    """

    table: ProtectedTable
    record: pl.DataFrame
    cells: pl.DataFrame
    implied: int
    known: pl.DataFrame


def protect(counts: pl.DataFrame, grounds: Grounds, key: bytes) -> Protected:
    """Decide and round every planned count.

    Args:
        counts: planned true counts, columns ``etl.metrics.cells.COUNTS``.
        grounds: rules, structure and what was decided before. Split cells of a period that was
            served before are taken from the record, whatever the counts say now.
        key: the rounding key.

    Raises:
        NotPublished: a margin of a crossed split is missing from the counts, or what came out
            breaks a rule; both are faults in the program, and nothing leaves the house.
    """
    is_fte, whole = pl.col("metric") == "fte", pl.col("attribute") == EVERYBODY
    everybody = counts.filter(whole & ~is_fte)
    opened = totals.opened(counts, grounds.served, grounds.steps)
    sheets = make_sheets(opened.filter(~whole), grounds.reference, grounds.policy, key)
    book = Book(sheets, grounds.served, grounds.steps, counts)
    public = _public_of_record(everybody, grounds.served)
    gate = decide_dates(book, public, grounds)
    rows = book.rows()
    fte = _fte(opened.filter(is_fte), grounds.policy, key)
    of_exits = totals.decided(opened.filter(whole & totals.IS_PROTECTED), grounds.policy, key)
    stood = grounds.served.filter(is_fte | (whole & totals.IS_PROTECTED))
    kept = pl.concat([rows, stood, of_exits], how="diagonal")
    frames = [
        _everybody(everybody.filter(~totals.IS_PROTECTED)),
        fte,
        totals.with_told_base(_cells(kept, grounds.withdrawn)),
    ]
    cells = pl.concat(frame.select(CELLS) for frame in frames).sort(KEYS)
    check_cells(cells, grounds.reference, grounds.policy)
    record = pl.concat(
        [
            rows.filter(~pl.col("served")).select(SERVED.names()),
            _recorded(fte).select(SERVED.names()),
            of_exits.select(SERVED.names()),
            _record_of(opened.filter(whole & ~is_fte & ~totals.IS_PROTECTED)),
        ]
    )
    known = public.filter(totals.IS_PROTECTED)
    return Protected(ProtectedTable(cells, _SEAL), record.cast(SERVED), rows, gate.implied, known)


def check_cells(cells: pl.DataFrame, reference: Reference, policy: Policy) -> None:
    """Check the written cells once more, apart from how they were decided.

    Raises:
        NotPublished: a split shows a number below its threshold, or opens a base below its gate;
            a number that cannot be (a base that is not told) counts as such.
    """
    shown = cells.filter(
        (pl.col("status") == PUBLISHED)
        & ((pl.col("attribute") != EVERYBODY) | (pl.col("metric") == "fte") | totals.IS_PROTECTED)
    )
    for (first, second, total), rows in shown.group_by(
        "attribute", "attribute2", totals.IS_PROTECTED.alias("total")
    ):
        named = [str(name) for name in (first, second) if name]
        classes = [reference.attributes[name].sensitivity for name in named]
        classes += ["special" if total else "personal"]
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


def _public_of_record(everybody: pl.DataFrame, served: pl.DataFrame) -> pl.DataFrame:
    """Everybody's numbers as they were first published; corrections change the page, not this."""
    columns = [*BASE_KEYS, "base"]
    stood = served.filter((pl.col("attribute") == EVERYBODY) & (pl.col("metric") != "fte"))
    both = pl.concat([stood.select(columns), everybody.select(columns)])
    return both.unique(subset=BASE_KEYS, keep="first", maintain_order=True)


def _recorded(cells: pl.DataFrame) -> pl.DataFrame:
    """Cells as rows of the record, each decided from its own set."""
    return cells.with_columns(pl.col("base").cast(pl.Int64), fresh=pl.lit(value=True))


def _record_of(everybody: pl.DataFrame) -> pl.DataFrame:
    """Everybody's numbers of the periods that are decided now, as rows of the record."""
    return _recorded(_everybody(everybody)).select(SERVED.names())


def _cells(rows: pl.DataFrame, withdrawn: pl.DataFrame) -> pl.DataFrame:
    """Rows as they are published; a withdrawn number is hidden wherever it is repeated."""
    gone = withdrawn.select(pl.struct("metric", "period"))["metric"].implode()
    marks = [pl.struct("metric", pl.col(of).alias("period")).is_in(gone) for of in _TOLD_BY]
    hide = pl.any_horizontal(marks) & (pl.col("status") == PUBLISHED)
    nothing = pl.lit(None, dtype=pl.Float64)
    return rows.with_columns(
        status=pl.when(hide).then(pl.lit(SUPPRESSED)).otherwise("status"),
        value=pl.when(hide).then(nothing).otherwise("value"),
        base=pl.col("base").cast(pl.Float64),
        lower=nothing,
        upper=nothing,
    )


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


def _everybody(counts: pl.DataFrame) -> pl.DataFrame:
    value = counts["count"].to_numpy()
    shown = np.zeros(len(value), dtype=np.bool_)
    return counts.with_columns(_outcome(value, shown, shown))


def _fte(counts: pl.DataFrame, policy: Policy, key: bytes) -> pl.DataFrame:
    """Fte of everybody: nearest whole number, rounded, gated on the head count."""
    allowed = policy.of("personal")
    count, base = counts["count"].to_numpy(), counts["base"].to_numpy()
    drawn = draws(sums_of(counts), "fte", EVERYBODY, key)
    value = round_counts(count, drawn, policy.rounding_base.value)
    least = allowed.threshold.value
    shown = np.asarray(rules.base_is_open(base, allowed.minimum_base.value))
    shown &= np.asarray(rules.count_is_large(count, least))
    shown &= np.asarray(rules.count_is_large(value, least))
    return counts.with_columns(_outcome(value, ~shown, counts["measured"].to_numpy() == 0))
