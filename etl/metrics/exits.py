"""Counting the exit monitor: who answered what, from the answers alone, and who was invited.

A base of ``exit_answers`` is everybody who answered in a unit and period. Nothing here knows which
leaver a respondent is; an invitation has no part in what is counted of answers.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from etl.attributes import FAVOURABLE, NEUTRAL, NOT_ANSWERED, UNFAVOURABLE, Attribute
from etl.domain import ALL_SCALES, ATTRIBUTES, Reference
from etl.metrics.cells import BASE_KEYS, COUNTS, finish
from etl.metrics.exit_monitor import ANSWERS, INVITED
from etl.metrics.periods import Calendar, Period
from etl.privacy.plan import Plan, Table, category_rows

_KEY_SUMS = {"key_hi": pl.Int64(), "key_lo": pl.Int64()}
ANSWER_ROWS = pl.Schema(
    {
        "year": pl.Int64(),
        "unit": pl.String(),
        **_KEY_SUMS,
        "origin": pl.String(),
        "exit_kind": pl.String(),
        "racism_role": pl.String(),
        "talked": pl.Boolean(),
        "would_return": pl.String(),
        "reasons": pl.List(pl.String()),
        "items": pl.List(
            pl.Struct({"item": pl.String(), "theme": pl.String(), "score": pl.Int8()})
        ),
    }
)
"""One row a respondent; the key halves are those of the mark that is kept of the random id."""
INVITED_ROWS = pl.Schema({"year": pl.Int64(), **_KEY_SUMS})
"""One row an invited leaver, with the key halves of the person."""
WHOLE_LEVEL = 1


@dataclass(frozen=True)
class Exits:
    """What the warehouse gives of the exit monitor: two tables that nothing joins."""

    answers: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ANSWER_ROWS))
    invited: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=INVITED_ROWS))


class ExitCounter:
    """Counts respondents and invited leavers, by calendar year or by block of years.

    A unit has the answers that name it; the whole has all of them. A year is counted when the
    organisation has all of it and at least one answer was loaded for it, a block when all of its
    years are. Units are those with people in them at the start of a step of the period.
    """

    def __init__(
        self,
        exits: Exits,
        leaves: pl.DataFrame,
        paths: pl.DataFrame,
        *,
        plan: Plan,
        reference: Reference,
        calendar: Calendar,
    ) -> None:
        self.plan, self.reference, self.calendar = plan, reference, calendar
        self.rows = {
            ANSWERS: respondents(exits.answers, reference),
            INVITED: exits.invited.with_columns(unit=pl.lit(reference.organisation.root)),
        }
        self.years = set(exits.answers["year"].unique())
        held = leaves.select("to_ref", ref="from_ref", unit="from_unit").drop_nulls().unique()
        last_level = pl.col("level").sort_by("ref").last().over("ancestor")
        here = paths.with_columns(level=last_level).filter(pl.col("level") > WHOLE_LEVEL)
        self.units = (
            held.join(here, on=["ref", "unit"])
            .select("to_ref", unit="ancestor", unit_level=pl.col("level").cast(pl.Int16))
            .unique()
        )

    def cells(
        self,
        table: Table,
        metric: str,
        split: tuple[tuple[str, str], ...],
        planned: pl.DataFrame,
    ) -> pl.DataFrame:
        """The cells of one table, metric and split (none: everybody) that are planned."""
        reach = planned.filter(table_key=table.key, metric=metric).select("level_from", "level_to")
        located = self._located(table, metric)
        if reach.is_empty() or located.is_empty():
            return pl.DataFrame(schema=COUNTS)
        levels = pl.col("unit_level").is_between(*reach.row(0))
        rows, bases = located.filter(levels), self._bases(table, metric).filter(levels)
        if not split:
            return finish(bases.with_columns(count=pl.col("base"), measured="base"), metric, ())
        attributes = [self.reference.attributes[key] for key, _ in split]
        return finish(
            _by_category(rows, bases, attributes, split).join(
                _measured(located, attributes), on="period"
            ),
            metric,
            tuple(key for key, _ in split),
        )

    def means(self, table: Table, metric: str) -> dict[int, float]:
        """Level -> mean number of respondents of its units, in the first period of the table."""
        bases = self._bases(table, metric)
        first = bases.filter(pl.col("period") == pl.col("period").min())
        sizes = first.group_by("unit_level").agg(pl.col("base").mean())
        return dict(sizes.iter_rows())

    def _bases(self, table: Table, metric: str) -> pl.DataFrame:
        """Everybody in each base with the key sums; units in which nobody answered, too."""
        empty = self._places(table).with_columns(
            pl.lit(0, dtype=pl.Int64).alias(name) for name in ("base", *_KEY_SUMS)
        )
        found = (
            self._located(table, metric)
            .group_by(BASE_KEYS)
            .agg(
                base=pl.len().cast(pl.Int64),
                key_hi=pl.col("key_hi").sum(),
                key_lo=pl.col("key_lo").sum(),
            )
        )
        both = pl.concat([found, empty.select(found.columns)])
        return both.group_by(BASE_KEYS).agg(pl.col("base", *_KEY_SUMS).sum()).sort(BASE_KEYS)

    def _located(self, table: Table, metric: str) -> pl.DataFrame:
        """A row for every respondent and base that he counts in: the whole, and his unit."""
        places = self._places(table)
        years = pl.DataFrame(
            [(year, p.code) for p in self._periods(table) for year in _years_of(p)],
            schema={"year": pl.Int64, "period": pl.String},
            orient="row",
        )
        rows = self.rows[metric].join(years, on="year")
        root = self.reference.organisation.root
        whole = rows.with_columns(unit=pl.lit(root)).join(places, on=["unit", "period"])
        below = rows.filter(pl.col("unit") != root).join(places, on=["unit", "period"])
        return pl.concat([whole, below])

    def _places(self, table: Table) -> pl.DataFrame:
        """``BASE_KEYS`` of the whole and of every unit with people, in each period."""
        steps = [(ref, p.code, p.kind) for p in self._periods(table) for ref in p.refs]
        schema = {"to_ref": pl.Date, "period": pl.String, "period_kind": pl.String}
        frame = pl.DataFrame(steps, schema=schema, orient="row")
        root = pl.lit(self.reference.organisation.root)
        whole = frame.with_columns(unit=root, unit_level=pl.lit(WHOLE_LEVEL, dtype=pl.Int16))
        units = frame.join(self.units, on="to_ref")
        both = pl.concat([whole, units.select(whole.columns)]).drop("to_ref").unique()
        inside = pl.col("unit_level").is_between(*table.levels)
        return both.filter(inside).with_columns(scale_group=pl.lit(ALL_SCALES)).select(BASE_KEYS)

    def _periods(self, table: Table) -> list[Period]:
        block = self.plan.block_of(table)
        found = self.calendar.flows(table.period_kind, block.length, block.start)
        return [period for period in found if self.years.issuperset(_years_of(period))]


def respondents(answers: pl.DataFrame, reference: Reference) -> pl.DataFrame:
    """Answers as leaves: one row a respondent, one column an attribute.

    Args:
        answers: columns ``ANSWER_ROWS``.
        reference: themes, reasons and questions.

    Returns:
        ``year, unit, key_hi, key_lo``, ``origin`` and every attribute with a question: the code
        of its leaf.
    """
    monitor = reference.exit_monitor
    mean = pl.element().struct.field("score").mean()
    columns: dict[str, pl.Expr] = {}
    for attribute in reference.attributes.values():
        code = attribute.key.removeprefix(f"{attribute.question}_")
        if attribute.question == "reason":
            named, not_named = (leaf.code for leaf in monitor.named)
            has = pl.col("reasons").list.contains(code)
            columns[attribute.key] = pl.when(has).then(pl.lit(named)).otherwise(pl.lit(not_named))
        elif attribute.question == "theme":
            of_theme = pl.element().struct.field("theme") == code
            score = pl.col("items").list.filter(of_theme).list.eval(mean).list.first()
            columns[attribute.key] = (
                pl.when(score >= monitor.favourable_from)
                .then(pl.lit(FAVOURABLE))
                .when(score <= monitor.unfavourable_to)
                .then(pl.lit(UNFAVOURABLE))
                .when(score.is_not_null())
                .then(pl.lit(NEUTRAL))
                .otherwise(pl.lit(NOT_ANSWERED))
            )
        elif attribute.key == "talked":
            yes, no = (leaf.code for leaf in attribute.leaf if leaf.known)
            said = pl.when(pl.col("talked")).then(pl.lit(yes)).when(~pl.col("talked"))
            columns["talked"] = said.then(pl.lit(no)).otherwise(pl.lit(NOT_ANSWERED))
        elif attribute.question:
            columns[attribute.key] = pl.col(attribute.key).fill_null(NOT_ANSWERED)
    return answers.select("year", "unit", *_KEY_SUMS, ATTRIBUTES[0], **columns)


def _by_category(
    rows: pl.DataFrame,
    bases: pl.DataFrame,
    attributes: list[Attribute],
    split: tuple[tuple[str, str], ...],
) -> pl.DataFrame:
    """Respondents of each base and category; a category that nobody falls in has 0."""
    keys = [attribute.key for attribute in attributes]
    people = rows.group_by(*BASE_KEYS, *keys).agg(count=pl.len().cast(pl.Int64))
    cells = bases
    for attribute, (key, partition) in zip(attributes, split, strict=True):
        nodes = category_rows(attribute, partition)
        people = people.join(nodes, on=key)
        cells = cells.join(nodes.select(f"{key}_category").unique(), how="cross")
    categories = [f"{key}_category" for key in keys]
    counted = people.group_by(*BASE_KEYS, *categories).agg(pl.col("count").sum())
    return cells.join(counted, on=[*BASE_KEYS, *categories], how="left").with_columns(
        pl.col("count").fill_null(0)
    )


def _measured(located: pl.DataFrame, attributes: list[Attribute]) -> pl.DataFrame:
    """Answers to the question in each period, over the whole; of two questions the least."""
    whole = located.filter(pl.col("unit_level") == pl.col("unit_level").min())
    asked = [pl.len() if not a.has_known else (pl.col(a.key) != a.empty).sum() for a in attributes]
    return whole.group_by("period").agg(measured=pl.min_horizontal(asked).cast(pl.Int64))


def _years_of(period: Period) -> range:
    """The calendar years of a year or a block."""
    ends = [int(year) for year in period.code.split("-")]
    return range(ends[0], ends[-1] + 1)
