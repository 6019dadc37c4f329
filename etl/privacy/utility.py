"""What protection leaves to be seen: shares of planned cells shown, and what the others went to.

What is shown per level is read from the publication alone, as anybody could. Causes are not public:
they are told for the publication as a whole, and small numbers of them together.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from etl.domain import EVERYBODY

BY = ("metric", "period_kind", "split", "unit_level", "scale_group")
"""What is told apart; ``split`` is the attribute, or two crossed as ``origin*gender``."""
OTHER = "other"
"""Causes that are too small to be told by themselves."""

_SHOWN = pl.col("status") == "published"
_FRESH = pl.col("as_of") == pl.col("period")


def shares(cells: pl.DataFrame, by: Sequence[str] = BY) -> pl.DataFrame:
    """How much of what is planned is shown.

    Args:
        cells: decided cells: ``KEYS``, ``status`` and ``as_of`` at least; everybody's cells, and
            what the source does not hold, are left out.
        by: some of ``BY``.

    Returns:
        ``by``, ``planned`` and ``shown`` cells (``shown`` with repeated numbers, ``fresh`` without:
        those that describe their own period), ``share`` and ``share_fresh`` of planned in percent;
        sorted by ``by``.
    """
    return (
        _split(cells)
        .group_by(by)
        .agg(
            planned=pl.len().cast(pl.Int64),
            shown=_SHOWN.sum().cast(pl.Int64),
            fresh=(_SHOWN & _FRESH).sum().cast(pl.Int64),
        )
        .with_columns(share=_percent("shown"), share_fresh=_percent("fresh"))
        .sort(by)
    )


def lost(cells: pl.DataFrame, least: int) -> pl.DataFrame:
    """What the cells that are not shown went to, over the whole publication.

    Args:
        cells: as for :func:`shares`, with ``cause`` (threshold, base, secondary, repair, distance).
        least: the smallest number that is told; smaller ones are put together as ``other``, with
            the next smallest cause where even their sum is too small to hide behind the total.

    Returns:
        ``cause, cells``, the largest first and ``other`` last.
    """
    hidden = _split(cells).filter(~_SHOWN)
    counted = hidden.group_by("cause").agg(cells=pl.len().cast(pl.Int64)).sort("cells", "cause")
    before = pl.col("cells").cum_sum() - pl.col("cells")
    small = (pl.col("cells") < least) | ((before > 0) & (before < least))
    together = counted.filter(small)
    told = counted.filter(~small).sort("cells", "cause", descending=[True, False])
    if together.is_empty():
        return told
    rest = together.select(cause=pl.lit(OTHER), cells=pl.col("cells").sum())
    return pl.concat([told, rest])


def compared(first: pl.DataFrame, second: pl.DataFrame, by: Sequence[str] = BY) -> pl.DataFrame:
    """Two settings side by side, such as a plan with and without sizes.

    Args:
        first: decided cells under the one setting, as for :func:`shares`.
        second: under the other.
        by: some of ``BY``.

    Returns:
        ``by``, then ``planned``, ``shown`` and ``share`` of both (``_first``, ``_second``; nothing
        planned: 0 and no share) and ``points``, the share of the second minus that of the first.
    """
    names = ["planned", "shown", "share"]
    one, other = (
        shares(cells, by).select(*by, pl.col(names).name.suffix(suffix))
        for cells, suffix in ((first, "_first"), (second, "_second"))
    )
    # Nothing planned is no cell lost; its share stays empty.
    numbers = pl.col("^(planned|shown)_.*$").fill_null(0)
    return (
        one.join(other, on=list(by), how="full", coalesce=True)
        .with_columns(numbers, points=(pl.col("share_second") - pl.col("share_first")).round(1))
        .sort(by)
    )


def lines(shares: pl.DataFrame) -> list[str]:
    """A table of :func:`shares` in words, one line a row, for a log or a terminal."""
    keys = [name for name in BY if name in shares.columns]
    return [
        f"{' '.join(_word(name, row[name]) for name in keys)}: {row['share']:.1f}% of "
        f"{row['planned']} cells shown, {row['share_fresh']:.1f}% fresh"
        for row in shares.iter_rows(named=True)
    ]


def _split(cells: pl.DataFrame) -> pl.DataFrame:
    """The cells that protection decides on, with their split."""
    crossed = pl.col("attribute2") != EVERYBODY
    both = pl.concat_str("attribute", "attribute2", separator="*")
    return cells.filter(
        pl.col("attribute") != EVERYBODY, pl.col("status") != "not_measured"
    ).with_columns(split=pl.when(crossed).then(both).otherwise("attribute"))


def _percent(column: str) -> pl.Expr:
    return (100 * pl.col(column) / pl.col("planned")).round(1)


def _word(name: str, code: object) -> str:
    return f"level {code}" if name == "unit_level" else str(code)
