"""Spells in one scale by whole years: who enters a year, who rises in it, who is lost sight of.

A spell is a person in one scale, from the extract that first shows it on; one that was there in the
first extract has no known begin and is left out. In a period of years a spell counts in every year
of its own that it enters in the period: once at risk, and then promoted, or lost sight of (left the
organisation, got another scale otherwise, or was in an unfinished year when the period ended), or
neither: it finished the year. So at risk in a year = promoted + lost + at risk in the next + those
who finished it as the period ended.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from etl.metrics.periods import Calendar, Period

AT_RISK, PROMOTED, LOST = "spell_at_risk", "spell_promoted", "spell_lost"
SPELLS = (AT_RISK, PROMOTED, LOST)
"""Metrics that are counted by year in the scale instead of by scale."""
YEARS = "years"
"""The partition of the dimension ``scale_group`` whose codes are years in the scale."""


def spell_events(
    leaves: pl.LazyFrame, metric: str, periods: Sequence[Period], calendar: Calendar
) -> pl.LazyFrame:
    """The leaf rows that a metric of spells counts in some periods.

    Args:
        leaves: the leaf table.
        metric: one of ``SPELLS``.
        periods: disjoint runs of whole years.
        calendar: the reference dates.

    Returns:
        The leaves of those periods that count, with the whole years behind them as ``year``.
    """
    per_year = 4 if calendar.kind == "quarter" else 1
    place = {ref: n for n, ref in enumerate(calendar.dates)}
    rows = [(ref, place[p.refs[0]] - 1, place[p.refs[-1]]) for p in periods for ref in p.refs]
    schema = {"to_ref": pl.Date, "first": pl.Int64, "last": pl.Int64}
    steps = pl.DataFrame(rows, schema=schema, orient="row")
    done = pl.col("periods_in_scale").cast(pl.Int64)
    before = pl.col("from_ref").replace_strict(place, default=None, return_dtype=pl.Int64)
    known = leaves.filter(pl.col("from_unit").is_not_null() & ~pl.col("left_truncated"))
    entered = (
        known.join(steps.lazy(), on="to_ref")
        .with_columns(year=done // per_year, quarter=done % per_year, before=before)
        .filter(pl.col("before") - pl.col("quarter") >= pl.col("first"))
    )
    stays = (pl.col("kind") == "stay") & (pl.col("move") == "none")
    rises = (pl.col("kind") == "stay") & (pl.col("move") == "promotion")
    unfinished = (pl.col("before") + 1 == pl.col("last")) & (pl.col("quarter") + 1 < per_year)
    counts = {
        AT_RISK: pl.col("quarter") == 0,
        PROMOTED: rises,
        LOST: (~stays & ~rises) | (stays & unfinished),
    }
    return entered.filter(counts[metric]).drop("first", "last", "before", "quarter")
