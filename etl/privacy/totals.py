"""Everybody's number where it is itself protected: who answered the exit monitor, who was invited.

It is rounded like any count, by the draw of everybody in it, and shown from the smallest base that
may be split on. Whatever is shown of its parts is made of the rounded number; rules and attack use
the true one, as if everybody knew it.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from etl.domain import EVERYBODY
from etl.metrics.cells import KEYS
from etl.metrics.exit_monitor import ANSWERS, INVITED, OF_EXITS
from etl.privacy import rules
from etl.privacy.policy import Policy
from etl.privacy.rounding import draws, key_sums, round_counts
from etl.privacy.rules import Bools, Ints

PLACE = ("period", "period_kind", "unit", "unit_level", "scale_group")
IS_PROTECTED = pl.col("metric").is_in(OF_EXITS)
"""Which rows are of a metric whose everybody is protected."""


def told(bases: pl.DataFrame, policy: Policy, key: bytes) -> Ints:
    """Everybody's number of each base as parts are made of it: exact, or rounded.

    Args:
        bases: ``metric, base, key_hi, key_lo``.
        policy: the rounding base.
        key: the rounding key.
    """
    exact: Ints = bases["base"].to_numpy()
    sums = key_sums(bases["key_hi"].to_numpy(), bases["key_lo"].to_numpy())
    drawn = draws(sums, EVERYBODY, EVERYBODY, key)
    made = round_counts(exact, drawn, policy.rounding_base.value)
    return np.where(bases.select(IS_PROTECTED).to_series().to_numpy(), made, exact)


def decided(everybody: pl.DataFrame, policy: Policy, key: bytes) -> pl.DataFrame:
    """The protected totals that are open: ``KEYS, status, value, base, as_of, fresh``.

    Args:
        everybody: their true counts, columns ``COUNTS``.
        policy: the numbers of the class ``special``.
        key: the rounding key.

    Returns:
        ``base`` is the true number, for the record; ``value`` what may be published.
    """
    value = told(everybody, policy, key)
    shown = _open(everybody, policy)
    status = pl.when(pl.Series(shown)).then(pl.lit("published")).otherwise(pl.lit("suppressed"))
    number = pl.when(pl.Series(shown)).then(pl.Series(value).cast(pl.Float64))
    return everybody.select(
        *KEYS,
        status=status,
        value=number,
        base=pl.col("base").cast(pl.Int64),
        as_of="period",
        fresh=pl.lit(value=True),
    )


def _open(everybody: pl.DataFrame, policy: Policy) -> Bools:
    """Large enough; and of who was invited, that not nearly everybody answered."""
    allowed = policy.of("special")
    answered = everybody.filter(pl.col("metric") == ANSWERS).select(*PLACE, answered="base")
    rows = everybody.join(answered, on=PLACE, how="left", maintain_order="left")
    base = rows["base"].to_numpy()
    shown = np.asarray(rules.base_is_open(base, allowed.minimum_base.value))
    silent = np.asarray(
        rules.complement_is_large(
            rows["answered"].fill_null(0).to_numpy(), base, allowed.threshold.value
        )
    )
    found: Bools = shown & (silent | (rows["metric"] != INVITED).to_numpy())
    return found


def with_told_base(cells: pl.DataFrame) -> pl.DataFrame:
    """Cells as they are published: the base of a protected total is what is shown of it.

    Args:
        cells: every row, ``KEYS, status, value, base``; those of everybody among them.
    """
    totals = cells.filter(IS_PROTECTED & (pl.col("attribute") == EVERYBODY))
    on = ["metric", *PLACE]
    joined = cells.join(totals.select(*on, told="value"), on=on, how="left", maintain_order="left")
    base = pl.when(IS_PROTECTED).then("told").otherwise("base").alias("base")
    return joined.with_columns(base).drop("told")


def opened(counts: pl.DataFrame, served: pl.DataFrame, steps: dict[str, int]) -> pl.DataFrame:
    """The counts of periods that are not closed: a served period stands, whatever is loaded since.

    Answers come in after the period of the personnel extract was published, so that the exit
    monitor has periods of its own. Its years are decided in their order: one that is older than
    what was served of it is not made any more.

    Args:
        counts: planned counts, columns ``COUNTS``.
        served: the record.
        steps: period -> place of its end among all ends.
    """
    period = ["period", "period_kind"]
    frames = []
    for mine in (~IS_PROTECTED, IS_PROTECTED):
        closed = served.filter(mine).select(period).unique()
        frames.append(counts.filter(mine).join(closed, on=period, how="anti"))
    last = max((steps[p] for p in served.filter(IS_PROTECTED)["period"].unique()), default=-1)
    late = pl.col("period").replace_strict(steps, return_dtype=pl.Int64) > last
    return pl.concat([frames[0], frames[1].filter(late)])
