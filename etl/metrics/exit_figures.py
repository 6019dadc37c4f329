"""The exit monitor from protected counts: opinions, answers, scores, and groups compared."""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.stats import norm

from etl.attributes import FAVOURABLE, KNOWN, NEUTRAL, UNFAVOURABLE, UNKNOWN
from etl.metrics import statistics
from etl.metrics.cells import CELLS, KEYS
from etl.metrics.counted import PUBLISHED, REST, Counts
from etl.metrics.exit_monitor import ANSWERS
from etl.metrics.proportion import interval, with_denominator, write_percent
from etl.metrics.written import percentages, written

GROUP, OTHERS = "yes", "no"
HIGHEST = 10.0
"""Of a score: everybody is favourable."""
PLACE = ["period", "period_kind", "unit", "unit_level", "scale_group", "attribute"]
IN_GROUP = ["attribute2", "category2"]
SIZE = ["size", "size_status", "size_var", "size_as_of"]
_PERCENT = 100
_OF_SIDE = ("value", "variance", "status")


def exit_figures(
    book: Counts, dimensions: pl.DataFrame, metrics: pl.DataFrame, least: int
) -> pl.DataFrame:
    """Everything about answers.

    Args:
        book: protected counts.
        dimensions: which attributes are questions, and which of these are themes.
        metrics: the figures that are asked for; none: nothing is made.
        least: a number of neutral ones that reads smaller is not shown.

    Returns:
        Columns ``CELLS``.
    """
    questions = dimensions.filter(pl.col("dimension") == "question")
    asked = pl.col("attribute").is_in(questions["code"].to_list())
    cells = book.of(ANSWERS)
    rows = _divided(cells.filter(asked), cells)
    if metrics.is_empty() or rows.is_empty():
        return pl.DataFrame(schema=_schema(cells))
    themes = questions.filter(pl.col("partition") == "theme")["code"].to_list()
    of_theme = pl.col("attribute").is_in(themes)
    opinions = _with_neutral(rows.filter(of_theme), least)
    shares = [
        interval(part.with_columns(metric=pl.lit(key)))
        for key, part in (("exit_theme", opinions), ("exit_answer_share", rows.filter(~of_theme)))
    ]
    exact = pl.concat(shares)
    made = [write_percent(exact), _scores(opinions), _gaps(exact)]
    wanted = pl.col("metric").is_in(metrics["metric"].to_list())
    return pl.concat([frame.select(CELLS) for frame in made]).filter(wanted)


def _schema(cells: pl.DataFrame) -> pl.Schema:
    return pl.Schema({name: cells.schema[name] for name in CELLS})


def _divided(asked: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
    """Every answer with what it is divided by: of everybody, of the group, of the others."""
    told = ~pl.col("category").is_in([KNOWN, UNKNOWN, REST])
    group = pl.col("category2").is_in(["", GROUP, OTHERS])
    rows = with_denominator(asked.filter(told & group), cells, KNOWN)
    # That a reason was not named, or the answer was no, says nothing that the others do not.
    rows = rows.filter(pl.col("category") != "no")
    return _with_others(rows, cells)


def _with_others(rows: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
    """The others as they are published, or everybody outside the group where a part is hidden.

    All answers of one question are about the same others.
    """
    key = [*PLACE, "attribute2"]
    others = rows.filter((pl.col("category2") == OTHERS) & (pl.col("category") != NEUTRAL))
    partly = others.filter(pl.col("status") != PUBLISHED).select(key).unique()
    outside = _outside(rows, cells).join(partly, on=key, how="semi")
    replaced = outside.select(*key, "category", "category2")
    kept = rows.join(replaced, on=replaced.columns, how="anti")
    return pl.concat([kept, outside.select(kept.columns)])


def _outside(rows: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
    """Answers of everybody outside the group: the answer of all minus that of the group."""
    place = [name for name in PLACE if name != "attribute"]
    everybody = rows.filter((pl.col("attribute2") == "") & (pl.col("status") == PUBLISHED))
    members = cells.filter((pl.col("category") == GROUP) & (pl.col("attribute2") == ""))
    members = members.filter(pl.col("status") == PUBLISHED).select(
        *place,
        "base",
        "base_var",
        attribute2="attribute",
        members="value",
        members_var="variance",
    )
    group = rows.filter((pl.col("category2") == GROUP) & (pl.col("status") == PUBLISHED))
    return (
        group.drop("base", "base_var")
        .join(
            everybody.select(*PLACE, "category", all="value", all_var="variance"),
            on=[*PLACE, "category"],
        )
        .join(members, on=[*place, "attribute2"])
        .with_columns(
            category2=pl.lit(OTHERS),
            value=pl.col("all") - pl.col("value"),
            variance=pl.col("all_var") + pl.col("variance"),
            size=pl.col("base") - pl.col("members"),
            size_status=pl.lit(PUBLISHED),
            size_var=pl.col("base_var") + pl.col("members_var"),
            size_as_of="as_of",
        )
    )


def _with_neutral(opinions: pl.DataFrame, least: int) -> pl.DataFrame:
    """Neutral as what the two others leave of those who are divided by."""
    own = [FAVOURABLE, UNFAVOURABLE]
    sides = opinions.filter(pl.col("category").is_in(own) & (pl.col("status") == PUBLISHED))
    left = (
        sides.group_by(*PLACE, *IN_GROUP)
        .agg(
            sides=pl.len(),
            value=pl.col("size").first() - pl.col("value").sum(),
            variance=pl.col("size_var").first() + pl.col("variance").sum(),
            **{name: pl.col(name).first().alias(name) for name in (*SIZE, "as_of", "base")},
        )
        .filter((pl.col("sides") == len(own)) & (pl.col("value") >= least))
        .with_columns(category=pl.lit(NEUTRAL), metric=pl.lit(ANSWERS), status=pl.lit(PUBLISHED))
    )
    key = [*PLACE, *IN_GROUP, "category"]
    missing = opinions.filter(pl.col("category") == NEUTRAL).join(left, on=key, how="anti")
    hidden = missing.with_columns(status=pl.lit("suppressed"), value=pl.lit(None, pl.Float64))
    both = opinions.filter(pl.col("category").is_in(own))
    columns = [*KEYS, "status", "as_of", "value", "variance", *SIZE]
    return pl.concat([frame.select(columns) for frame in (both, hidden, left)])


def _scores(opinions: pl.DataFrame) -> pl.DataFrame:
    """(10 F + 5 N) / (F + N + U), which is 5 + 5 (F - U) / (F + N + U), with its 95% interval.

    The variance is that of a mean of respondents who count 10, 5 or 0, and what the rounding of
    F, of U and of their whole adds (delta method).
    """
    on = [*PLACE, *IN_GROUP]
    sides = [
        opinions.filter(pl.col("category") == category).select(
            *on,
            *(pl.col(name).alias(f"{name}_{category}") for name in _OF_SIDE),
            *(("metric", "as_of", *SIZE) if category == FAVOURABLE else ()),
        )
        for category in (FAVOURABLE, NEUTRAL, UNFAVOURABLE)
    ]  # fmt: skip
    wide = sides[0].join(sides[1], on=on).join(sides[2], on=on)
    every = pl.all_horizontal(
        pl.col(f"status_{c}") == PUBLISHED for c in (FAVOURABLE, NEUTRAL, UNFAVOURABLE)
    )
    wide = wide.with_columns(
        metric=pl.lit("exit_score"),
        category=pl.lit(""),
        status=pl.when(every).then(pl.lit(PUBLISHED)).otherwise(pl.lit("suppressed")),
    )
    size, good, bad = pl.col("size"), pl.col(f"value_{FAVOURABLE}"), pl.col(f"value_{UNFAVOURABLE}")
    lean = (good - bad) / size
    spread = ((good + bad) / size - lean**2) / size
    moved = pl.col(f"variance_{FAVOURABLE}") + pl.col(f"variance_{UNFAVOURABLE}")
    rounded = (moved + lean**2 * pl.col("size_var")) / size**2
    score = HIGHEST / 2 * (1 + lean)
    margin = HIGHEST / 2 * (spread + rounded).sqrt() * norm.ppf(0.5 + statistics.LEVEL / 2)
    numbers = {
        "value": score,
        "lower": (score - margin).clip(0, HIGHEST),
        "upper": (score + margin).clip(0, HIGHEST),
        "base": size,
    }
    shown = pl.col("status") == PUBLISHED
    return wide.with_columns(
        pl.when(shown).then(number).alias(name) for name, number in numbers.items()
    ).with_columns(written(name, 1) for name in ("value", "lower", "upper"))


def _gaps(exact: pl.DataFrame) -> pl.DataFrame:
    """The group's part minus that of the others, for every answer, with Newcombe's interval."""
    on = [*PLACE, "attribute2", "category"]
    of = ["p", "lower", "upper", "base", "status"]
    group = exact.filter(pl.col("category2") == GROUP)
    others = exact.filter(pl.col("category2") == OTHERS).select(*on, *of)
    pair = group.join(others, on=on, suffix="_2")
    both = (pl.col("status") == PUBLISHED) & (pl.col("status_2") == PUBLISHED)
    pair = pair.with_columns(
        metric=pl.lit("exit_gap"),
        status=pl.when(both).then(pl.lit(PUBLISHED)).otherwise(pl.lit("suppressed")),
        base=pl.when(both).then(pl.min_horizontal("base", "base_2")),
    )
    sides = pair.select(
        pl.col(name).fill_null(float("nan"))
        for name in ("p", "lower", "upper", "p_2", "lower_2", "upper_2")
    )
    p1, l1, u1, p2, l2, u2 = (column.to_numpy() for column in sides.get_columns())
    found = statistics.difference_interval(p1, (l1, u1), p2, (l2, u2))
    result = pair.with_columns(
        pl.Series(name, np.asarray(number) * _PERCENT).fill_nan(None)
        for name, number in zip(("value", "lower", "upper"), found, strict=True)
    )
    return percentages(result, ("value", "lower", "upper"))
