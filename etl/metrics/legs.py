"""Protected counts as the legs of a change: who was there, who came, who left, place by place."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from etl.metrics.counted import PUBLISHED, Counts, rank, worst

CROSSING = "crossing"
SIGNS = {"inflow": 1.0, "exit": -1.0}
"""Whether a leg adds to the stock or takes off; a crossing does one in each band."""

AT = ("period", "period_kind", "unit", "unit_level", "scale_group")
PLACE = (*AT, "attribute")
"""What is taken apart."""
PAIR = ("group", "whole", "group_var", "whole_var", "status")
"""Persons of the group beside everybody whose attribute is known, and their rounding variance."""

_ALL_SCALES = pl.col("scale_group") == "all"


def leg(book: Counts, flow: str) -> pl.DataFrame:
    """A flow as a leg: yearly for all scales, by block of years for the outer bands.

    Args:
        book: the protected counts.
        flow: a key of ``SIGNS``, or ``CROSSING``, which is planned by block.

    Returns:
        Columns ``PLACE``, ``PAIR`` and ``sign``.
    """
    cells = book.of(flow)
    if flow == CROSSING:
        return _crossing(book, cells)
    yearly = cells.filter(pl.col("period_kind") == "year")
    banded = yearly.filter(pl.col("scale_group").is_in([book.lowest_band, book.highest_band]))
    legs = [_pairs(book, yearly.filter(_ALL_SCALES)), _pairs(book, book.years_summed(banded))]
    return pl.concat(legs).with_columns(sign=pl.lit(SIGNS[flow]))


def _crossing(book: Counts, cells: pl.DataFrame) -> pl.DataFrame:
    """Out of the lowest band, where it is counted, and into the highest."""
    found = cells.filter(
        (pl.col("period_kind") == "block") & (pl.col("scale_group") == book.lowest_band)
    )
    pairs = _pairs(book, found)
    sides = ((book.lowest_band, -1.0), (book.highest_band, 1.0))
    return pl.concat(
        pairs.with_columns(scale_group=pl.lit(band), sign=pl.lit(sign)) for band, sign in sides
    )


def _pairs(book: Counts, cells: pl.DataFrame) -> pl.DataFrame:
    """The group beside everybody whose attribute is known; ``PLACE`` and ``PAIR``."""
    alone = cells.filter(pl.col("attribute2") == "")
    wholes = {"whole": "value", "whole_var": "variance", "whole_status": "status"}
    group = alone.filter(pl.col("category") == "yes").select(
        *PLACE, group="value", group_var="variance", group_status="status"
    )
    known = alone.filter(pl.col("category") == "known").select(*PLACE, **wholes)
    everybody = alone.filter(pl.col("attribute") == "").select(*AT, **wholes)
    asked = book.cells.filter(pl.col("category") == "known").select("attribute").unique()
    exact = group.join(asked, on="attribute", how="anti").join(everybody, on=AT)
    both = pl.concat([group.join(known, on=PLACE), exact])
    status = worst(pl.max_horizontal(rank("group_status"), rank("whole_status")))
    return both.with_columns(status=status).select(*PLACE, *PAIR)


def stocks(book: Counts, legs: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Both ends of every period and place that is taken apart.

    All scales are taken apart where inflow or exits are planned, bands where crossings are.

    Args:
        book: the protected counts.
        legs: flow -> ``leg``.

    Returns:
        ``PLACE``, ``PAIR`` at the start, the same with ``_end`` at the end; nobody is no stock.
    """
    planned = [
        flow.filter(~_ALL_SCALES if name == CROSSING else _ALL_SCALES).select(PLACE)
        for name, flow in legs.items()
    ]
    places = pl.concat(planned).unique()
    kinds = places.select("period", "period_kind").unique()
    first, last = (
        _pairs(book, book.at("headcount", when, kinds)).join(places, on=PLACE, how="semi")
        for when in ("begin", "end")
    )
    both = first.join(last, on=PLACE, suffix="_end")
    hidden = (pl.col("status") != PUBLISHED) | (pl.col("status_end") != PUBLISHED)
    return both.filter(hidden | ((pl.col("whole") > 0) & (pl.col("whole_end") > 0)))
