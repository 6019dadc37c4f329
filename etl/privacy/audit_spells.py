"""What is public of spells in a scale: who begins a year of one rises, is lost, or begins the next.

Relations between bases (see ``audit_bases.TERM``).
"""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from etl.privacy.audit_bases import grouped, steps
from etl.privacy.audit_input import AT_RISK, OUTCOMES, YEARS, Published

_PLACE = ["period", "period_kind", "unit"]
_WHOLE = "all"


def spell_identity(bases: pl.DataFrame, published: Published) -> pl.DataFrame:
    """At risk in a year: promoted, lost, at risk in the next year, or done as the period ends.

    It holds where nobody changes category during a year in a scale. In a period with others before
    it some begin the next year who began this one earlier, so there the next year is left out: who
    is neither promoted nor lost is the rest.
    """
    at_risk = _of(bases, [AT_RISK])
    first = at_risk.join(_first_periods(published), on=["period", "period_kind"], how="semi")
    later = first.join(_years(published), left_on="scale_group", right_on="next")
    keys = [*_PLACE, "scale_group"]
    parts = pl.concat(
        [
            _of(bases, OUTCOMES).select(*keys, "b"),
            later.select(*_PLACE, pl.col("year").alias("scale_group"), "b"),
        ]
    )
    return grouped(at_risk.select(*keys, "b"), parts, keys)


def spell_promotions(bases: pl.DataFrame) -> pl.DataFrame:
    """Promotions in a period: those of spells with a known begin, by year, and the others."""
    whole = _of(bases, ["promotion"]).filter(pl.col("scale_group") == _WHOLE)
    parts = _of(bases, OUTCOMES[:1])
    return grouped(whole.select(*_PLACE, "b"), parts.select(*_PLACE, "b"), _PLACE)


def spell_begins(bases: pl.DataFrame, published: Published) -> pl.DataFrame:
    """Spells that begin: of people who came in, until the last step of the period, and others."""
    first = _years(published).head(1).select(scale_group="year")
    whole = _of(bases, [AT_RISK]).join(first, on="scale_group")
    ends = published.of("period").select(
        period="code", period_kind="partition", begin="valid_from", end="valid_to"
    )
    spans = whole.select(*_PLACE, "b").join(ends, on=["period", "period_kind"])
    shortest = steps(published).select("period_kind").unique()
    days = ends.join(shortest, on="period_kind")
    came = (
        _of(bases, ["inflow"])
        .filter(pl.col("scale_group") == _WHOLE)
        .join(days.select("period", "period_kind", day="end"), on=["period", "period_kind"])
        .select("unit", "b", "day")
    )
    eve = pl.col("begin") - timedelta(days=1)
    within = spans.drop("b").join(came, on="unit")
    within = within.filter((pl.col("day") >= eve) & (pl.col("day") < pl.col("end")))
    return grouped(spans.select(*_PLACE, "b"), within.select(*_PLACE, "b"), _PLACE)


def _of(bases: pl.DataFrame, metrics: tuple[str, ...] | list[str]) -> pl.DataFrame:
    return bases.filter(pl.col("metric").is_in(metrics) & ~pl.col("direct"))


def _first_periods(published: Published) -> pl.DataFrame:
    """``period, period_kind`` of those that begin at the first reference date."""
    periods = published.of("period")
    begin = pl.col("valid_from") - timedelta(days=1)
    first = periods.filter(begin <= periods["valid_to"].min())
    return first.select(period="code", period_kind="partition")


def _years(published: Published) -> pl.DataFrame:
    """``year, next``: the years in a scale in the order that their codes tell."""
    codes = published.of("scale_group").filter(pl.col("partition") == YEARS).select(year="code")
    number = pl.col("year").str.extract(r"(\d+)$").cast(pl.Int64)
    return codes.sort(number).with_columns(next=pl.col("year").shift(-1))
