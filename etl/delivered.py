"""The shares that CBS delivers, from the warehouse to cells; and that origin keeps one source.

An organisation shows origin as people declared it, or as CBS delivers it. The two are about nearly
the same people, so their difference would be about those who did not answer: whichever was shown
first stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from etl.domain import ALL_SCALES, Reference
from etl.errors import RefusedInput
from etl.metrics import delivered as metric
from etl.metrics.periods import Calendar, Period
from etl.privacy.delivered import (
    GROUPS,
    Delivered,
    Members,
    Place,
    decide,
    followed_percent,
    large_enough,
)
from etl.privacy.policy import Policy
from etl.publication_files import shown_by_others
from etl.schemas import STAGED_BAROMETER
from etl.warehouse import delivered as rows_of
from etl.warehouse import record
from etl.warehouse.store import Warehouse

DECLARATION, CBS = "declaration", "cbs"
NAMES = {DECLARATION: "what people declared", CBS: "what CBS delivers"}
CODES = ("nederland", "europa", "buiten_europa")
"""Codes of the three groups in the order of a delivered row."""


@dataclass(frozen=True)
class Shares:
    """Delivered shares as cells, and the rows that are shown for the first time."""

    cells: pl.DataFrame
    fresh: pl.DataFrame


def check_source(warehouse: Warehouse, reference: Reference, published: Path) -> None:
    """Refuse another source of origin than the one that was ever shown.

    Args:
        warehouse: holds the record of what was shown.
        reference: says which source is in force.
        published: earlier publications, for a warehouse that was made anew.

    Raises:
        RefusedInput: an earlier publication shows origin from the other source.
    """
    source = reference.organisation.origin_source
    other = CBS if source == DECLARATION else DECLARATION
    if source == CBS:
        before = rows_of.declared_publications(warehouse)
    else:
        before = rows_of.delivered_publications(warehouse)
    if not before:
        recorded = rows_of.anything_recorded(warehouse)
        others = [] if recorded else shown_by_others(published)
        if not any(_shows(cells, other) for cells in others):
            return
    where = ", ".join(before) or "an earlier publication"
    raise RefusedInput(
        "Origin was published from another source before",
        where=f"organisation.toml, origin_source; {where}",
        expected=f'origin_source = "{other}": both are about nearly the same people, and their '
        "difference would tell about those few who are in one of them only",
        got=f'origin_source = "{source}" ({NAMES[source]}), after {NAMES[other]} was shown',
        next_step=f'set origin_source = "{other}" again; another source needs another --home '
        "and other readers",
    )


def _shows(cells: pl.DataFrame, source: str) -> bool:
    """Whether shown numbers of a publication are about origin from a source."""
    about = (pl.col("attribute") == "origin") | (pl.col("attribute2") == "origin")
    from_cbs = pl.col("metric") == metric.SHARE
    return not cells.filter(about & (from_cbs if source == CBS else ~from_cbs)).is_empty()


def delivered_shares(
    warehouse: Warehouse, reference: Reference, policy: Policy, calendar: Calendar
) -> Shares:
    """What of the delivered shares is shown at each delivered date.

    Args:
        warehouse: deliveries, what was shown of them before, and who was where.
        reference: code lists.
        policy: the numbers.
        calendar: the reference dates; a delivery about another date waits for its extract.
    """
    served = rows_of.shown(warehouse)
    periods = {period.end: period for period in calendar.stocks()}
    rows = _of_one_kind(rows_of.deliveries(warehouse), served, reference.organisation.root)
    delivered = _by_date(rows.filter(pl.col("ref").is_in(list(periods))))
    before = _by_date(served)
    at = sorted({*delivered, *before})
    told_of = {
        ref: {row.place: row for row in (*delivered.get(ref, ()), *before.get(ref, ()))}
        for ref in at
    }
    places = sorted({place for rows in told_of.values() for place in rows})
    paths = warehouse.unit_closure(at)
    yes = followed(reference)
    shown = decide(
        delivered,
        before,
        members=dict(_members(warehouse, reference, at, places)),
        inside={ref: _inside(paths.filter(pl.col("ref") == ref), reference, places) for ref in at},
        yes=yes,
        policy=policy,
    )
    levels = dict(warehouse.units().select("code", "level").iter_rows())
    told = [
        _told(row, periods[ref], levels, _standing(shown, ref), calendar, (yes, policy))
        for ref in at
        if ref in periods
        for row in told_of[ref].values()
    ]
    new = {ref: each for ref, each in shown.items() if ref not in before}
    return Shares(metric.cells(told), _as_frame(new))


def followed(reference: Reference) -> list[int]:
    """Which of the three delivered groups are the group that is followed.

    Raises:
        RefusedInput: the classification has other groups than CBS delivers.
    """
    nodes = {node.code: node.leaves for node in reference.attributes["origin"].categories}
    if set(CODES) <= set(nodes) and "yes" in nodes:
        found = [group for group in GROUPS if nodes[CODES[group]] <= nodes["yes"]]
        if frozenset[str]().union(*(nodes[CODES[g]] for g in found)) == nodes["yes"] and found:
            return found
    raise RefusedInput(
        "The classification of origin does not fit what CBS delivers",
        where="attributes/origin.toml",
        expected="groups nederland, europa and buiten_europa, and `yes` made of these",
        next_step='use the shipped classification, or origin_source = "declaration"',
    )


def _of_one_kind(rows: pl.DataFrame, served: pl.DataFrame, root: str) -> pl.DataFrame:
    """The whole with bands, or the whole with units: the kind that was shown first, for good.

    Where nothing was shown yet bands go before units: the gap between scales is what is asked for.
    """
    band, unit = pl.col("scale_group") != ALL_SCALES, pl.col("unit") != root
    for known in (served, rows):
        if known.filter(band).height:
            return rows.filter(~unit)
        if known.filter(unit).height:
            return rows.filter(~band)
    return rows


def _by_date(rows: pl.DataFrame) -> dict[date, list[Delivered]]:
    found: dict[date, list[Delivered]] = {}
    for ref, unit, band, size, *percents in rows.select(STAGED_BAROMETER.names()).iter_rows():
        nl, europe, outside = percents
        found.setdefault(ref, []).append(Delivered((unit, band), size, (nl, europe, outside)))
    return found


def _as_frame(shown: Mapping[date, Sequence[Delivered]]) -> pl.DataFrame:
    rows = [
        (ref, *row.place, row.size, *row.percents) for ref, rows in shown.items() for row in rows
    ]
    return pl.DataFrame(rows, schema=STAGED_BAROMETER, orient="row")


def _members(
    warehouse: Warehouse, reference: Reference, dates: Iterable[date], places: Sequence[Place]
) -> Iterator[tuple[date, Members]]:
    """Who was in which subgroup at each date."""
    held = record.sets(warehouse)
    scales = reference.scales.sets
    for ref in dates:
        people = held.roster.filter(pl.col("ref") == ref)
        above = held.paths.filter(pl.col("ref") == ref)
        placed = people.join(above, on="unit")
        yield (
            ref,
            {
                (unit, band): frozenset(
                    placed.filter(
                        (pl.col("ancestor") == unit) & pl.col("scale").is_in(list(scales[band]))
                    )["person"]
                )
                for unit, band in places
            },
        )


def _inside(
    paths: pl.DataFrame, reference: Reference, places: Sequence[Place]
) -> dict[Place, frozenset[Place]]:
    """Which of the places hold each place at one date, itself left out."""
    above = {(unit, up) for unit, up in paths.select("unit", "ancestor").iter_rows()}
    scales = reference.scales.sets

    def holds(outer: Place, inner: Place) -> bool:
        if outer == inner:
            return False
        over = outer[0] == inner[0] or (inner[0], outer[0]) in above
        return over and scales[inner[1]] <= scales[outer[1]]

    return {place: frozenset(o for o in places if holds(o, place)) for place in places}


def _standing(
    shown: Mapping[date, Sequence[Delivered]], ref: date
) -> tuple[date, Sequence[Delivered]] | None:
    """The last date until ``ref`` at which something was shown anew."""
    before = [at for at in shown if at <= ref]
    return (max(before), shown[max(before)]) if before else None


def _told(  # noqa: PLR0917 - a delivered row and what stands for it
    row: Delivered,
    period: Period,
    levels: Mapping[str, int],
    standing: tuple[date, Sequence[Delivered]] | None,
    calendar: Calendar,
    rules: tuple[Sequence[int], Policy],
) -> dict[str, Any]:
    """One subgroup at one delivered date: its numbers, those that stand for it, or nothing."""
    at, others = standing or (period.end, ())
    found = next((other for other in others if other.place == row.place), None)
    unit, scale_group = row.place
    return {
        "period": period.code,
        "period_kind": period.kind,
        "unit": unit,
        "unit_level": levels.get(unit, 1),
        "scale_group": scale_group,
        "as_of": calendar.code_of(at),
        "base": _rounded(found.size, rules[1]) if found else None,
        "percents": _percents(found, *rules),
    }


def _percents(row: Delivered | None, yes: Sequence[int], policy: Policy) -> dict[str, int | None]:
    if row is None:
        return dict.fromkeys(("yes", "no", *CODES))
    three = large_enough(row, yes, policy)[1]
    share = followed_percent(row, yes)
    groups = row.percents if three else (None, None, None)
    return {"yes": share, "no": 100 - share, **dict(zip(CODES, groups, strict=True))}


def _rounded(size: int, policy: Policy) -> int:
    base = policy.rounding_base.value
    return base * round(size / base)
