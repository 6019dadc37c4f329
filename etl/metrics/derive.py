"""From protected counts to every share, rate, ratio and statistic; cannot open the warehouse.

The input is what is published (``cells.csv`` of kind ``count``, ``dimensions.csv`` and
``metrics.csv``), so that anybody can rebuild the output from an export and compare. A figure whose
counts are not all shown is suppressed, one whose counts do not belong to the dates that it is
about is not refreshed, and one of whose counts is not planned does not exist.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from etl.metrics import statistics
from etl.metrics.adjusted import STRATA, adjusted
from etl.metrics.cells import CELLS, KEYS
from etl.metrics.counted import (
    HIDDEN,
    PUBLISHED,
    REST,
    Counts,
    outer_bands,
)
from etl.metrics.decomposition import changes
from etl.metrics.exit_figures import exit_figures
from etl.metrics.exit_monitor import QUESTION
from etl.metrics.life_table import curves
from etl.metrics.proportion import pair as pair_of
from etl.metrics.proportion import proportion, write_percent
from etl.metrics.spread import spread
from etl.metrics.stratified import exact_test
from etl.metrics.targets import BENCHMARK, TARGET, against_references
from etl.metrics.written import P_DECIMALS, percentages, written
from etl.privacy.policy import Policy

Numbers = statistics.Floats | Sequence[float | None]


def derive(
    counts: pl.DataFrame,
    dimensions: pl.DataFrame,
    metrics: pl.DataFrame,
    policy: Policy | None = None,
    references: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Everything that is computed from protected counts.

    Args:
        counts: cells of kind ``count``, columns ``CELLS``.
        dimensions: ``dimensions.csv``.
        metrics: ``metrics.csv``; its rows say what is divided by what, and when.
        policy: the policy of the publication; None: the one in force.
        references: ``references.csv``, targets and benchmarks; None: there are none.

    Returns:
        Cells of every other kind, columns ``CELLS``, sorted by key. Percentages are rounded as
        they are written; nothing is computed from a rounded percentage. ``as_of`` is the period
        of the counts; the period itself where nothing is shown.
    """
    total = (pl.col("kind") == "count") & (pl.col("sensitivity") == "special")
    book = Counts(counts, dimensions, metrics.filter(total)["metric"].to_list())
    asked = pl.col("reference") == QUESTION
    divided = metrics.filter(pl.col("kind").is_in(["share", "rate"]) & ~asked)
    exact = pl.concat([proportion(book, row) for row in divided.iter_rows(named=True)])
    bands = outer_bands(dimensions)
    stratified = pl.col("reference") == STRATA
    held = pl.col("reference").is_in([TARGET, BENCHMARK])
    two = pl.col("kind").is_in(["ratio", "statistic"]) & ~stratified & ~asked & ~held
    compared = [
        _compare_bands(exact, row, bands)
        if row["numerator"] == "share"
        else _compare_groups(exact, row)
        for row in metrics.filter(two).iter_rows(named=True)
    ]
    rules = policy or Policy.load()
    within = adjusted(book, dimensions, metrics.filter(stratified), rules)
    least = rules.of("special").threshold.value
    answered = exit_figures(book, dimensions, metrics.filter(asked), least)
    shares = write_percent(exact.filter(pl.col("category") != REST))
    made = [shares, *compared, within, changes(book, metrics), answered]
    kinds = metrics["kind"].to_list()  # a publication of before these kinds has none
    for kind, make in (("curve", curves), ("index", spread)):
        if kind in kinds:
            made.append(make(book, dimensions))
    if references is not None:
        made.append(against_references(exact, dimensions, metrics, references))
    return pl.concat([frame.select(CELLS) for frame in made]).sort(KEYS)


def _compare_bands(
    exact: pl.DataFrame, metric: dict[str, str], bands: tuple[str, str]
) -> pl.DataFrame:
    """The share in the highest scale group against the lowest: their difference or their ratio."""
    low, high = bands
    mine = (pl.col("metric") == metric["numerator"]) & (pl.col("attribute2") == "")
    on = [
        "period",
        "period_kind",
        "unit",
        "unit_level",
        "attribute",
        "category",
        "attribute2",
        "category2",
    ]
    pair = pair_of(
        exact, mine & (pl.col("scale_group") == high), mine & (pl.col("scale_group") == low), on
    )
    pair = pair.with_columns(metric=pl.lit(metric["metric"]), scale_group=pl.lit("all"))
    if metric["kind"] == "ratio":
        return _as_ratio(pair)
    shown = _shown(pair)
    p1, l1, u1, p2, l2, u2 = (
        shown[c].to_numpy() for c in ("p", "lower", "upper", "p_2", "lower_2", "upper_2")
    )
    value, lower, upper = statistics.difference_interval(p1, (l1, u1), p2, (l2, u2))
    result = _with_numbers(pair, shown, value * 100, lower * 100, upper * 100)
    return percentages(result, ("value", "lower", "upper"))


def group_rates(
    counts: pl.DataFrame, dimensions: pl.DataFrame, metrics: pl.DataFrame, compared: Sequence[str]
) -> pl.DataFrame:
    """The two rates behind each figure that compares a group with others, as they are tested.

    Args:
        counts: cells of kind ``count``, columns ``CELLS``.
        dimensions: ``dimensions.csv``.
        metrics: ``metrics.csv``.
        compared: keys of metrics that compare a rate of the group with that of others.

    Returns:
        Columns ``KEYS``, ``status``, and of the group and the others (``_2``) the rate ``p`` as a
        fraction, ``size`` (persons) and ``effective`` (the size with the rounding in it); and of
        the group the rounding variance of both counts (``count_var``, ``size_var``).
    """
    book = Counts(counts, dimensions)
    wanted = metrics.filter(pl.col("metric").is_in(list(compared)))
    rates = metrics.filter(pl.col("metric").is_in(wanted["numerator"].implode()))
    exact = pl.concat([proportion(book, row) for row in rates.iter_rows(named=True)])
    return pl.concat([_group_pairs(exact, row) for row in wanted.iter_rows(named=True)])


def _compare_groups(exact: pl.DataFrame, metric: dict[str, str]) -> pl.DataFrame:
    """The rate of the group against that of the others."""
    pair = _group_pairs(exact, metric)
    return _as_exact_test(pair) if metric["unit"] == "probability" else _as_ratio(pair, shared=True)


def _group_pairs(exact: pl.DataFrame, metric: dict[str, str]) -> pl.DataFrame:
    """The group beside the others, or everybody else where these are hidden."""
    mine = (pl.col("metric") == metric["numerator"]) & (pl.col("attribute2") == "")
    on = [
        "period",
        "period_kind",
        "unit",
        "unit_level",
        "scale_group",
        "attribute",
        "attribute2",
        "category2",
    ]
    group = mine & (pl.col("category") == metric["numerator_category"])
    known = pair_of(exact, group, mine & (pl.col("category") == metric["denominator_category"]), on)
    hidden = known.filter(pl.col("status").is_in(HIDDEN)).select(KEYS)
    outside = pair_of(exact, group, mine & (pl.col("category") == REST), on)
    pair = pl.concat(
        [
            known.join(hidden, on=KEYS, how="anti"),
            outside.join(hidden, on=KEYS, how="semi"),
        ]
    )
    return pair.with_columns(metric=pl.lit(metric["metric"]))


def _as_exact_test(pair: pl.DataFrame) -> pl.DataFrame:
    """Fisher's p-value of the two rates: the test that stands beside the four-fifths flag."""
    shown = _shown(pair)
    sides = shown.select(
        a=pl.col("p") * pl.col("size"), n1="size", c=pl.col("p_2") * pl.col("size_2"), n0="size_2"
    )
    found = [exact_test(*(round(number) for number in row)) for row in sides.iter_rows()]
    none: list[float | None] = [None] * len(found)
    result = _with_numbers(pair, shown, found, none, none)
    return result.with_columns(written("value", P_DECIMALS))


def _as_ratio(pair: pl.DataFrame, *, shared: bool = False) -> pl.DataFrame:
    """The ratio of two proportions; ``shared``: the second is a remainder of the first."""
    shown = _shown(pair)
    p1, n1, p2, n2 = (shown[c].to_numpy() for c in ("p", "effective", "p_2", "effective_2"))
    both = _shared_by(shown) if shared else 0.0
    result = _with_numbers(pair, shown, *statistics.ratio_interval(p1, n1, p2, n2, both))
    return result.with_columns(written(name, 2) for name in ("value", "lower", "upper"))


def _shared_by(shown: pl.DataFrame) -> statistics.Floats:
    """What the roundings of the group add where the others hold them: of events and of people."""
    size, other = shown["size"].to_numpy(), shown["size_2"].to_numpy()
    events, others = shown["p"].to_numpy() * size, shown["p_2"].to_numpy() * other
    count_var, size_var = (shown[name].to_numpy() for name in ("count_var", "size_var"))
    return statistics.shared_rounding(events, count_var, others) + statistics.shared_rounding(
        size, size_var, other
    )


def _shown(pair: pl.DataFrame) -> pl.DataFrame:
    """The pairs that can be compared: both shown, neither of them zero."""
    return pair.filter((pl.col("status") == PUBLISHED) & (pl.col("p") > 0) & (pl.col("p_2") > 0))


def _with_numbers(
    pair: pl.DataFrame,
    shown: pl.DataFrame,
    value: Numbers,
    lower: Numbers,
    upper: Numbers,
) -> pl.DataFrame:
    """The compared rows with their numbers, then the rows that are not shown without any."""
    numbers = shown.with_columns(
        pl.Series(name, column, dtype=pl.Float64)
        for name, column in (("value", value), ("lower", lower), ("upper", upper))
    )
    hidden = pair.filter(pl.col("status") != PUBLISHED).with_columns(
        pl.lit(None, dtype=pl.Float64).alias(name) for name in ("value", "lower", "upper", "base")
    )
    return pl.concat([frame.select(CELLS) for frame in (numbers, hidden)])
