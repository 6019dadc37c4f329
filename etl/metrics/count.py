"""From leaves to the planned true counts: the only place where persons are added up.

Nothing is counted outside the publication plan. Every row carries the public head count of its
base and the sums of the record keys of everybody in it, which is what rounding draws from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache

import polars as pl

from etl.domain import ALL_SCALES, ATTRIBUTES, Reference
from etl.metrics.cells import BASE_KEYS, COUNTS, KEYS, finish
from etl.metrics.events import STOCKS, SUMS, TO_SIDE, events, located
from etl.metrics.exit_monitor import OF_EXITS
from etl.metrics.exits import ExitCounter, Exits
from etl.metrics.periods import Calendar, Period
from etl.metrics.spells import SPELLS, spell_events
from etl.privacy.plan import Plan, Table, category_rows


@dataclass(frozen=True)
class People:
    """What the warehouse gives to be counted.

    Attributes:
        leaves: the leaf table of all periods.
        paths: ``ref, unit, ancestor, level`` at every reference date.
        lines: ``unit, line``: codes that succeed one another 1:1 share a line.
        exits: what the exit monitor holds, of respondents and of who was invited.
    """

    leaves: pl.DataFrame
    paths: pl.DataFrame
    lines: pl.DataFrame
    exits: Exits = field(default_factory=Exits)


def planned_counts(
    people: People, plan: Plan, reference: Reference, calendar: Calendar
) -> pl.DataFrame:
    """Every cell of the plan with its true count.

    Args:
        people: leaves and the tree that they hang in.
        plan: the expanded plan.
        reference: code lists.
        calendar: the reference dates as periods.

    Returns:
        Columns ``COUNTS``, one row a cell. A unit or scale group without anybody has no row; a
        category, or a flow, of a populated one that nobody falls in has a row with 0.
    """
    planned = planned_tables(people, plan, reference, calendar)
    counter = _Counter(people, plan, reference, calendar)
    exits = _exit_counter(people, plan, reference, calendar)
    frames = [
        (exits if metric in OF_EXITS else counter).cells(table, metric, split, planned)
        for table in plan.table
        for metric in table.metrics
        for split in _splits(table)
    ]
    cells = pl.concat(frame for frame in frames if not frame.is_empty())
    return cells.unique(subset=KEYS, keep="first").sort(KEYS)


def planned_tables(
    people: People, plan: Plan, reference: Reference, calendar: Calendar
) -> pl.DataFrame:
    """How deep each table of the plan reaches in an organisation of this size.

    A table with a ``mean_base`` goes down to the last level whose populated units hold at least so
    many persons (or events, for a flow) in the mean, in each scale group by itself but never deeper
    than all scales together. It is measured at the first period of the metric and period kind, with
    the tree as it was known by then: later dates do not change the plan. Public numbers only.

    Args:
        people: leaves and the tree that they hang in.
        plan: the expanded plan.
        reference: code lists.
        calendar: the reference dates as periods.

    Returns:
        Columns ``PLAN_COLUMNS``, one row a table, metric and scale group that is planned.
    """
    counter = _Counter(people, plan, reference, calendar)
    exits = _exit_counter(people, plan, reference, calendar)
    first = cache(lambda end: _Counter(*_until(end, people, reference, calendar, plan)))
    depths: dict[tuple[str, str, str], int] = {}
    for table, metric in ((t, m) for t in plan.table for m in t.metrics):
        if metric in OF_EXITS:
            depths[table.key, metric, ALL_SCALES] = table.depth(exits.means(table, metric))
            continue
        end = counter.first_end(table, metric) if table.mean_base else None
        means = first(end).means(table, metric) if end else {}
        groups = counter.scale_groups(table.scale_partition, metric)
        depth = {
            group: table.depth(means.get(group, {}), always_whole=_needs_no_size(metric, group))
            for group in groups
        }
        most = depth.get(ALL_SCALES, table.levels[1])
        depths |= {(table.key, metric, g): min(depth[g], most) for g in groups}
    return plan.frame(depths)


def _exit_counter(
    people: People, plan: Plan, reference: Reference, calendar: Calendar
) -> ExitCounter:
    return ExitCounter(
        people.exits,
        people.leaves,
        people.paths,
        plan=plan,
        reference=reference,
        calendar=calendar,
    )


def _needs_no_size(metric: str, scale_group: str) -> bool:
    """Of the whole, stocks and all scales together are planned whatever their size.

    A flow in a band where hardly anything happens would hide the larger band beside it.
    """
    return metric in STOCKS or scale_group == ALL_SCALES


def _until(
    end: date, people: People, reference: Reference, calendar: Calendar, plan: Plan
) -> tuple[People, Plan, Reference, Calendar]:
    """What a counter needs, as it was known at a reference date."""
    known = People(
        people.leaves.filter(pl.col("to_ref") <= end),
        people.paths.filter(pl.col("ref") <= end),
        people.lines,
    )
    return known, plan, reference, calendar.until(end)


def _splits(table: Table) -> list[tuple[tuple[str, str], ...]]:
    """Everybody, each split of the table, and both crossed: a crossed table has its margins."""
    crossed = [table.split] if len(table.split) == 2 else []
    return [(), *((pair,) for pair in table.split), *crossed]


class _Counter:
    """The frames that several tables need, each made once."""

    def __init__(
        self, people: People, plan: Plan, reference: Reference, calendar: Calendar
    ) -> None:
        self.leaves = _numbered(people.leaves, reference).lazy()
        self.lines, self.plan = people.lines, plan
        self.reference, self.calendar = reference, calendar
        # A code that changes level keeps the last one: a cell of several years has one level.
        last_level = pl.col("level").sort_by("ref").last().over("ancestor")
        self.paths = people.paths.with_columns(level=last_level)
        pairs = list(zip(calendar.dates, calendar.dates[1:], strict=False))
        schema = {"before": pl.Date, "to_ref": pl.Date}
        self.steps = pl.DataFrame(pairs, schema=schema, orient="row")
        self.rolled = cache(self._rolled)
        self.spells = cache(self._spells)
        self.everybody = cache(self._everybody)
        self.delivered = cache(self._delivered)

    def cells(
        self,
        table: Table,
        metric: str,
        split: tuple[tuple[str, str], ...],
        planned: pl.DataFrame,
    ) -> pl.DataFrame:
        """The cells of one table, metric and split (none: everybody) that are planned."""
        periods = self._periods(table, metric)
        if periods.is_empty():
            return pl.DataFrame(schema=COUNTS)
        reach = planned.filter(table_key=table.key, metric=metric).select(
            "scale_group", "level_from", "level_to"
        )
        base = (
            self._base(table, metric)
            .join(reach, on="scale_group")
            .filter(pl.col("unit_level").is_between("level_from", "level_to"))
            .drop("level_from", "level_to")
        )
        if metric == "fte":
            return finish(_as_fte(base, table.minimum_known), metric, ())
        if not split:
            return finish(base.with_columns(count=pl.col("base"), measured="base"), metric, ())
        counted = self._by_category(table, metric, split, periods, base)
        return finish(counted, metric, tuple(attribute for attribute, _ in split))

    def first_end(self, table: Table, metric: str) -> date | None:
        """The last reference date of the first period of a table and metric; None without one."""
        periods = self._periods(table, metric)
        first = periods.filter(pl.col("period") == pl.col("period").first())
        return first.select(pl.col("to_ref").max()).item()  # type: ignore[no-any-return]

    def means(self, table: Table, metric: str) -> dict[str, dict[int, float]]:
        """Scale group -> level -> mean number of persons or events of its populated units."""
        found: dict[str, dict[int, float]] = {}
        base = self._base(table, metric)
        sizes = base.group_by("scale_group", "unit_level").agg(pl.col("base").mean())
        for group, level, mean in sizes.iter_rows():
            found.setdefault(group, {})[level] = mean
        return found

    def scale_groups(self, partition: str, metric: str) -> list[str]:
        """The scale groups of a partition in which a metric exists, the whole first."""
        bands = self._bands(partition, metric)
        return bands["scale_group"].unique(maintain_order=True).to_list()

    def _base(self, table: Table, metric: str) -> pl.DataFrame:
        block = self.plan.block_of(table)
        return self.everybody(
            metric, table.scale_partition, table.period_kind, block.length, block.start
        )

    def _by_category(
        self,
        table: Table,
        metric: str,
        split: tuple[tuple[str, str], ...],
        periods: pl.DataFrame,
        base: pl.DataFrame,
    ) -> pl.DataFrame:
        attributes = tuple(attribute for attribute, _ in split)
        nodes = [
            category_rows(self.reference.attributes[attribute], partition)
            for attribute, partition in split
        ]
        people = (
            self._counted(table, metric, attributes)
            .filter(pl.col("unit_level").is_between(*table.levels))
            .join(self._bands(table.scale_partition, metric), on="scale")
            .join(periods, on="to_ref")
            .group_by(*BASE_KEYS, *attributes)
            .agg(pl.col("persons").sum())
        )
        empty = base.select(BASE_KEYS)
        for attribute, rows in zip(attributes, nodes, strict=True):
            people = people.join(rows, on=attribute)
            empty = empty.join(rows.select(f"{attribute}_category").unique(), how="cross")
        categories = [f"{attribute}_category" for attribute in attributes]
        nobody = empty.with_columns(persons=pl.lit(0, dtype=pl.Int64))
        columns = [*BASE_KEYS, *categories, "persons"]
        counted = (
            pl.concat([people.select(columns), nobody.select(columns)])
            .group_by(*BASE_KEYS, *categories)
            .agg(count=pl.col("persons").sum())
        )
        measured = self._measured(periods, metric, attributes)
        return counted.join(base, on=BASE_KEYS).join(measured, on="period")

    def _everybody(
        self, metric: str, scale_partition: str, kind: str, length: int, first_year: int | None
    ) -> pl.DataFrame:
        """Everybody in each base: persons, fte and key sums; populated bases without events too."""
        periods = self._period_rows(metric, kind, length, first_year)
        if metric in SPELLS:
            rows = self.spells(metric, (), kind, length, first_year)
        else:
            rows = pl.concat([self.rolled(metric, ()), self._populated(metric)])
        return (
            rows.join(self._bands(scale_partition, metric), on="scale")
            .join(periods, on="to_ref")
            .group_by(BASE_KEYS)
            .agg(pl.col(SUMS).sum())
            .rename({"persons": "base"})
        )

    def _counted(self, table: Table, metric: str, attributes: tuple[str, ...]) -> pl.DataFrame:
        """The events of a table by unit, scale and leaf codes; for spells ``scale`` is the year."""
        if metric not in SPELLS:
            return self.rolled(metric, attributes)
        block = self.plan.block_of(table)
        return self.spells(metric, attributes, table.period_kind, block.length, block.start)

    def _spells(
        self,
        metric: str,
        attributes: tuple[str, ...],
        kind: str,
        length: int,
        first_year: int | None,
    ) -> pl.DataFrame:
        found = self.calendar.flows(kind, length, first_year)
        counted = spell_events(self.leaves, metric, found, self.calendar)
        by_year = counted.with_columns(from_scale=pl.col("year").cast(pl.Int16))
        return self._in_units(located(by_year, "from"), attributes)

    def _populated(self, metric: str) -> pl.DataFrame:
        """Units and scales with people on the side where the metric counts, as rows of nobody."""
        stock = self.rolled("headcount", ())
        if metric not in TO_SIDE:
            stock = stock.rename({"to_ref": "before"}).join(self.steps, on="before")
        nobody = stock.with_columns(pl.lit(0, dtype=pl.Int64).alias(name) for name in SUMS)
        return nobody.select("to_ref", "unit", "unit_level", "scale", *SUMS)

    def _rolled(self, metric: str, attributes: tuple[str, ...]) -> pl.DataFrame:
        """Events per period, unit at every level, scale and leaf codes."""
        if metric == "fte":
            return self.rolled("headcount", attributes)
        located = (
            self._transfers(metric, attributes)
            if metric.startswith("transfer_")
            else self._in_units(events(self.leaves, metric, self.reference), attributes)
        )
        return located.group_by("to_ref", "unit", "unit_level", "scale", *attributes).agg(
            pl.col(SUMS).sum()
        )

    def _in_units(self, counted: pl.LazyFrame, attributes: tuple[str, ...]) -> pl.DataFrame:
        return (
            _summed(counted, ("ref", "to_ref", "unit", "scale", *attributes))
            .join(self.paths, on=["ref", "unit"])
            .drop("unit")
            .rename({"ancestor": "unit", "level": "unit_level"})
        )

    def _transfers(self, metric: str, attributes: tuple[str, ...]) -> pl.DataFrame:
        """Moves across the edge of a unit; a move inside its subtree is no transfer for it."""
        side = "to" if metric == "transfer_in" else "from"
        state = {f"{side}_{name}": name for name in ("scale", *attributes)}
        move = ["from_ref", "to_ref", "from_unit", "to_unit"]
        stays = _summed(self.leaves.filter(pl.col("kind") == "stay"), (*move, *state))
        moves = stays.select(move).unique()
        before, after = self._line_of(moves, "from"), self._line_of(moves, "to")
        here, there = (after, before) if metric == "transfer_in" else (before, after)
        crossed = here.join(there, on=[*move, "line"], how="anti").drop("line")
        return stays.join(crossed, on=move).rename(state)

    def _line_of(self, moves: pl.DataFrame, side: str) -> pl.DataFrame:
        """Every unit that holds one end of a move, with its line of succession."""
        return (
            moves.join(
                self.paths,
                left_on=[f"{side}_ref", f"{side}_unit"],
                right_on=["ref", "unit"],
            )
            .rename({"ancestor": "unit", "level": "unit_level"})
            .join(self.lines, on="unit", how="left")
            .with_columns(line=pl.coalesce("line", "unit"))
        )

    def _measured(
        self, periods: pl.DataFrame, metric: str, attributes: tuple[str, ...]
    ) -> pl.DataFrame:
        """Persons in the whole with the attribute delivered; of several dates the least."""
        dates = periods
        if metric not in TO_SIDE:
            dates = periods.join(self.steps, on="to_ref").with_columns(to_ref="before")
        frames = [
            dates.join(self.delivered(attribute), on="to_ref", how="left")
            for attribute in attributes
        ]
        # No row at a date: no extract of that date named the attribute, which is 0 persons.
        return (
            pl.concat(frames).group_by("period").agg(measured=pl.col("persons").fill_null(0).min())
        )

    def _delivered(self, attribute: str) -> pl.DataFrame:
        empty = self.reference.attributes[attribute].empty
        named = pl.col("to_unit").is_not_null() & (pl.col(f"to_{attribute}") != empty)
        return self.leaves.filter(named).group_by("to_ref").agg(pl.col("persons").sum()).collect()

    def _periods(self, table: Table, metric: str) -> pl.DataFrame:
        block = self.plan.block_of(table)
        return self._period_rows(metric, table.period_kind, block.length, block.start)

    def _period_rows(
        self, metric: str, kind: str, length: int, first_year: int | None
    ) -> pl.DataFrame:
        """(to_ref, period, period_kind): which steps each period of a metric is made of."""
        found: Iterable[Period]
        if metric in STOCKS:
            found = self.calendar.stocks() if kind == self.calendar.kind else ()
        else:
            found = self.calendar.flows(kind, length, first_year)
        rows = [(ref, period.code, period.kind) for period in found for ref in period.refs]
        schema = {"to_ref": pl.Date, "period": pl.String, "period_kind": pl.String}
        return pl.DataFrame(rows, schema=schema, orient="row")

    def _bands(self, partition: str, metric: str) -> pl.DataFrame:
        """(scale, scale_group): the whole, and the bands of a partition.

        Somebody can cross only from the lowest band of ``main``: the others have no such cell.
        """
        if metric in SPELLS:
            return _by_scale(self.reference.years_in_scale.sets)
        scales = self.reference.scales
        groups = {ALL_SCALES: frozenset(range(scales.lowest, scales.highest + 1))}
        if partition != "none":
            groups |= {band.code: band.scales for band in scales.bands(partition)}
        if metric == "crossing":
            groups = {code: held & scales.low.scales for code, held in groups.items()}
        return _by_scale(groups)


def _numbered(leaves: pl.DataFrame, reference: Reference) -> pl.DataFrame:
    """Leaves whose units and codes are numbers inside: millions of texts are slow to compare."""
    codes = {key: attribute.codes for key, attribute in reference.attributes.items()}
    texts = [f"{side}_{name}" for side in ("from", "to") for name in ("unit", *ATTRIBUTES)]
    kinds = {
        text: set(leaves[text].unique().drop_nulls()) | set(codes.get(text.split("_", 1)[1], ()))
        for text in texts
    }
    return leaves.with_columns(
        pl.col(text).cast(pl.Enum(sorted(found))) for text, found in kinds.items()
    )


def _summed(leaves: pl.LazyFrame, keys: Iterable[str]) -> pl.DataFrame:
    """The sums of leaves by some of their columns, codes as texts again."""
    summed = leaves.group_by(*keys).agg(pl.col(SUMS).sum()).collect()
    return summed.with_columns(pl.col(pl.Enum).cast(pl.String))


def _by_scale(groups: Mapping[str, frozenset[int]]) -> pl.DataFrame:
    """(scale, scale_group), one row a scale that a group holds."""
    rows = [(scale, code) for code, held in groups.items() for scale in sorted(held)]
    schema = {"scale": pl.Int16, "scale_group": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _as_fte(base: pl.DataFrame, minimum_known: float) -> pl.DataFrame:
    """Nearest whole number of fte; not measured where too many persons have none delivered."""
    enough = pl.col("fte_persons") >= pl.col("base") * minimum_known
    return base.with_columns(
        count=(pl.col("fte") + 500) // 1000,
        measured=pl.when(enough).then(pl.col("fte_persons")).otherwise(0),
    )
