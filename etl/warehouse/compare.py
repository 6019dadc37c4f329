"""Figures of each snapshot beside those of the one before it, unit by unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

from etl.domain import Reference
from etl.warehouse.bounds import FTE, Measure, Plausibility, variants
from etl.warehouse.tree import unit_lines, unit_paths

COMPARED = pl.Schema(
    {
        "ref": pl.Date(),
        "rule": pl.String(),
        "unit": pl.String(),
        "level": pl.Int16(),
        "figure": pl.Float64(),
        "before": pl.Float64(),
        "deviation": pl.Float64(),
        "size": pl.Float64(),
    }
)
"""Columns of :func:`compare`: ``deviation`` is what a bound is held against."""


@dataclass(frozen=True)
class Picture:
    """What the snapshots look like, in sums.

    ``states``: ``ref, unit, scale, <attributes>, persons, fte_persons, fte_milli``, by scale and
    by each attribute alone: in a row only one of them is given;
    ``flows``: ``ref, unit, measure, persons`` with measures inflow, exit, stayed and moves;
    ``present``: ``ref, present, refused`` persons of each raw file;
    ``calendar``: ``from_ref, to_ref``.
    """

    states: pl.DataFrame
    flows: pl.DataFrame
    present: pl.DataFrame
    calendar: pl.DataFrame


def compare(picture: Picture, units: pl.DataFrame, reference: Reference) -> pl.DataFrame:
    """Compute every figure beside its predecessor, for every unit valid at both dates.

    Returns:
        Columns :data:`COMPARED`.
    """
    tree = _Tree(units, picture.calendar)
    found = [
        _measured(tree, picture, reference, rule.measure, variant)
        .with_columns(
            pl.col("figure", "before", "deviation", "size").cast(pl.Float64),
            rule=pl.lit(rule_id),
        )
        .join(tree.spine.filter(pl.col("level").is_between(*rule.levels)), on=["ref", "line"])
        .select(pl.col(name).cast(kind) for name, kind in COMPARED.items())
        for rule in Plausibility.of(reference).rule
        for rule_id, variant, *_ in variants(rule, reference)
    ]
    rows = pl.concat([pl.DataFrame(schema=COMPARED), *found])
    # Nobody on either side: there is nothing to compare.
    rows = rows.filter(pl.col("deviation").is_not_nan() & pl.col("deviation").is_not_null())
    return rows.sort("ref", "rule", "unit")


class _Tree:
    """Roll-up of units to lines at each date, and the pairs of dates to compare."""

    def __init__(self, units: pl.DataFrame, calendar: pl.DataFrame) -> None:
        self.periods = calendar.drop_nulls().select(ref="to_ref", last="from_ref")
        lines = unit_lines(units).rename({"unit": "ancestor"})
        self.paths = unit_paths(units, calendar["to_ref"]).join(lines, on="ancestor")
        here = self.paths.filter(pl.col("unit") == pl.col("ancestor"))
        here = here.select("ref", "line", "unit", "level")
        there = here.select("line", last="ref")
        self.spine = (
            here.join(self.periods, on="ref")
            .join(there, on=["line", "last"], how="semi")
            .drop("last")
        )

    def roll(
        self, frame: pl.DataFrame, *keys: str, at: Literal["ref", "last"] = "ref"
    ) -> pl.DataFrame:
        """Sum the other columns per ``ref, line, *keys``; ``at``: the tree of which date."""
        if at == "last":
            frame = frame.join(self.periods, on="ref")
        paths = self.paths.select("unit", "line", pl.col("ref").alias(at))
        rolled = frame.join(paths, on=[at, "unit"])
        return rolled.group_by("ref", "line", *keys).agg(
            pl.exclude("ref", "line", "last", "unit", *keys).sum()
        )

    def pair(self, frame: pl.DataFrame, *keys: str) -> pl.DataFrame:
        """Put each row beside the same line's at the date before; absent on a side is nobody."""
        on = ["ref", "line", *keys]
        last = frame.rename({"ref": "last"}).join(self.periods, on="last").drop("last")
        now = frame.join(self.periods.select("ref"), on="ref", how="semi")
        return now.join(last, on=on, how="full", coalesce=True, suffix="_before").with_columns(
            pl.exclude(on).fill_null(0)
        )


def _measured(
    tree: _Tree, picture: Picture, reference: Reference, measure: Measure, variant: str
) -> pl.DataFrame:
    if measure in ("inflow", "exit", "moves"):
        return _flow(tree, picture, measure)
    if measure == "refused":
        return _refused(tree, picture.present, reference.organisation.root)
    if measure in ("scale_mix", "code_mix"):
        return _mix(tree, picture.states, variant or "scale", _nameless(reference, variant))
    nameless = _nameless(reference, variant or "origin")
    return _level(tree, picture.states, measure, variant or "origin", nameless)


def _nameless(reference: Reference, attribute: str) -> frozenset[str]:
    """Return the codes of an attribute that say that nothing is known."""
    if not attribute or attribute == FTE:
        return frozenset()
    declared = reference.attributes[attribute]
    return frozenset({declared.empty} | {leaf.code for leaf in declared.leaf if not leaf.known})


def _level(
    tree: _Tree, states: pl.DataFrame, measure: Measure, column: str, nameless: frozenset[str]
) -> pl.DataFrame:
    """Compare head counts, a share of the head count, or the mean part-time factor."""
    persons, fte_persons = pl.col("persons"), pl.col("fte_persons")
    part = {
        "headcount": persons,
        "coverage": persons * ~pl.col(column).is_in(nameless),
        "fte": pl.col(FTE) / 1000,
        "unknown": persons - fte_persons
        if column == FTE
        else persons * pl.col(column).is_in(nameless),
    }[measure]
    base = {"headcount": pl.lit(1), "fte": fte_persons}.get(measure, persons)
    by = "scale" if column == FTE else column
    sums = (
        states.filter(pl.col(by).is_not_null())
        .group_by("ref", "unit")
        .agg(part=part.cast(pl.Float64).sum(), base=base.cast(pl.Float64).sum())
    )
    both = tree.pair(tree.roll(sums))
    if measure == "headcount":
        both = both.with_columns(base=1.0, base_before=1.0)
    both = both.with_columns(
        figure=pl.col("part") / pl.col("base"),
        before=pl.col("part_before") / pl.col("base_before"),
    )
    return both.with_columns(deviation=_apart(measure), size=_size(measure))


def _apart(measure: Measure) -> pl.Expr:
    """Take the difference: of shares of unknown as it is, else as a part of the larger figure."""
    apart = (pl.col("figure") - pl.col("before")).abs()
    return apart if measure == "unknown" else apart / pl.max_horizontal("figure", "before")


def _size(measure: Measure) -> pl.Expr:
    """Take the persons that a minimum is held against."""
    if measure in ("headcount", "coverage"):
        return pl.max_horizontal("part", "part_before")
    return pl.min_horizontal("base", "base_before")


def _mix(tree: _Tree, states: pl.DataFrame, column: str, nameless: frozenset[str]) -> pl.DataFrame:
    """Compare two mixes: half the sum of the differences of their shares."""
    named = pl.col(column).is_not_null() & ~pl.col(column).is_in(nameless)
    counts = states.filter(named) if nameless else states.filter(pl.col(column).is_not_null())
    counts = counts.group_by("ref", "unit", column).agg(pl.sum("persons"))
    both = tree.pair(tree.roll(counts, column), column)
    whole = pl.sum("persons", "persons_before").over("ref", "line").name.suffix("_all")
    shares = both.with_columns(whole)
    now, last = (pl.col(side) / pl.col(f"{side}_all") for side in ("persons", "persons_before"))
    return shares.group_by("ref", "line").agg(
        figure=(now - last).abs().sum() / 2,
        before=pl.lit(0.0),
        deviation=(now - last).abs().sum() / 2,
        size=pl.min_horizontal(pl.first("persons_all"), pl.first("persons_before_all")),
    )


def _flow(tree: _Tree, picture: Picture, measure: Measure) -> pl.DataFrame:
    """Hold a flow against its pool; ``before`` is the same rate a period earlier."""
    at: Literal["ref", "last"] = "ref" if measure == "inflow" else "last"
    flows = {
        name: picture.flows.filter(pl.col("measure") == name).drop("measure")
        for name in (measure, "stayed")
    }
    counted = tree.roll(flows[measure], at=at)
    by_scale = picture.states.filter(pl.col("scale").is_not_null())
    stock = tree.roll(by_scale.select("ref", "unit", "persons"))
    pool = {
        "inflow": stock,
        "exit": stock.rename({"ref": "last"}).join(tree.periods, on="last").drop("last"),
        "moves": tree.roll(flows["stayed"], at=at),
    }[measure]
    rates = pool.join(counted, on=["ref", "line"], how="left", suffix="_flow").select(
        "ref",
        "line",
        pool=pl.col("persons").cast(pl.Float64),
        rate=pl.col("persons_flow").fill_null(0) / pl.col("persons"),
    )
    both = tree.pair(rates)
    return both.with_columns(
        figure="rate", before="rate_before", deviation=pl.col("rate"), size=pl.col("pool")
    )


def _refused(tree: _Tree, present: pl.DataFrame, root: str) -> pl.DataFrame:
    line = tree.paths.filter(pl.col("ancestor") == root)["line"].first()
    rates = present.select(
        "ref",
        line=pl.lit(line, dtype=pl.String),
        pool=pl.col("present").cast(pl.Float64),
        rate=pl.col("refused") / pl.col("present"),
    )
    both = tree.pair(rates)
    return both.with_columns(
        figure="rate", before="rate_before", deviation=pl.col("rate"), size=pl.col("pool")
    )
