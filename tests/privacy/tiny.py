"""Tiny organisations: at most 18 persons, 3 dates, two levels, and a policy of their size."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import comb, prod
from typing import TypeAlias

import polars as pl

from etl.domain import ALL_SCALES, ATTRIBUTES, Reference
from etl.metrics.changes import changed_categories
from etl.metrics.count import People, planned_counts
from etl.metrics.dimensions import dimension_frame
from etl.metrics.periods import Calendar
from etl.metrics.registry import metric_frame
from etl.privacy.audit_input import Published
from etl.privacy.base_sets import base_sets
from etl.privacy.book import SERVED
from etl.privacy.grounds import WITHDRAWN, Grounds
from etl.privacy.linkage import Linkage
from etl.privacy.plan import Plan
from etl.privacy.policy import ClassRules, Number, Policy
from etl.privacy.protect import protect
from etl.warehouse.engine import LEAVES
from etl.warehouse.tree import unit_lines, unit_paths
from tests.privacy.enumerator import Path, Place, Rules, public_paths

State: TypeAlias = tuple[Place | None, str]
"""Where somebody is at a date, and the category."""
DATES = (date(2025, 6, 30), date(2025, 9, 30), date(2025, 12, 31))
REFERENCE = Reference()
CALENDAR = Calendar(DATES, REFERENCE.organisation)
LOW, HIGH = "<=13", ">=14"
SPECIAL = {"threshold": 2, "minimum_base": 4, "minimum_base_leaves": 4, "width": 2, "distance": 2}
LEAF = {"yes": "turkije", "no": "nederland", "unknown": "niet_opgegeven"}
_FLOWS = ["inflow", "exit", "promotion"]
_ORIGIN: Mapping[str, object] = {"partitions": {"origin": "binary"}, "period_kind": "quarter"}
_TABLES: Sequence[Mapping[str, object]] = [
    {"key": "stock", "metrics": ["headcount"], "scale_partition": "main", "levels": [1, 2]},
    {"key": "flows", "metrics": _FLOWS, "scale_partition": "main", "levels": [1, 1]},
    {
        "key": "public",
        "metrics": [*_FLOWS, "transfer_in", "transfer_out"],
        "scale_partition": "main",
        "levels": [1, 2],
        "partitions": {},
    },
]


@dataclass(frozen=True)
class Person:
    """Where somebody was, the category at each date, and the two halves of the record key."""

    path: Path
    category: tuple[str, ...]
    key: tuple[int, int]


@dataclass(frozen=True)
class Tiny:
    """One organisation.

    Attributes:
        units: codes; the first is the whole.
        persons: everybody.
        deep: whether scale groups are split by origin in every unit, not only in the whole.
    """

    units: tuple[str, ...]
    persons: tuple[Person, ...]
    deep: bool

    @property
    def paths(self) -> list[Path]:
        """What everybody knows of everybody."""
        return [person.path for person in self.persons]


@dataclass(frozen=True)
class Size:
    """What an organisation is drawn from.

    Attributes:
        persons: how many there are, one of these.
        low: how often scale 9 stands among the scales, one of these.
        high: how often scale 14 does.
        restless: chance a quarter of another unit, of another scale; twice that of a late start,
            of an early end.
    """

    persons: tuple[int, ...]
    low: tuple[int, ...]
    high: int
    restless: float


RESTLESS = Size(persons=(11, 12, 12), low=(2, 4, 8), high=1, restless=0.08)
"""Half of the persons move: what nobody protects gives much away."""
SETTLED = Size(persons=(16, 17, 18), low=(2, 3), high=2, restless=0.025)
"""Fewer move, more are present: protection has something to show."""
MOST_WORLDS = 1_000_000
"""An organisation with more is not tiny; public paths alone decide that."""


def scaled(rounding: int = 2) -> Policy:
    """The policy with thresholds for organisations of 12 persons instead of 12,000."""
    policy = Policy.load()

    def number(old: Number, value: int) -> Number:
        return old.model_copy(update={"value": value})

    def rules(old: ClassRules) -> ClassRules:
        held = {name: getattr(old, name, None) for name in SPECIAL}
        smaller = {n: number(o, SPECIAL[n]) for n, o in held.items() if o is not None}
        return old.model_copy(update=smaller)

    classes = policy.classes
    smaller = {"personal": rules(classes.personal), "special": rules(classes.special)}
    audit = {"small_base": number(policy.audit.small_base, SPECIAL["minimum_base"])}
    return policy.model_copy(
        update={
            "rounding_base": number(policy.rounding_base, rounding),
            "classes": classes.model_copy(update=smaller),
            "audit": policy.audit.model_copy(update=audit),
        }
    )


POLICY = scaled()
PLAN = Plan.model_validate(
    {"block": {"length": 2}, "table": [{**_ORIGIN, **table} for table in _TABLES]}
).expand(REFERENCE, POLICY)


def rules_of(policy: Policy) -> Rules:
    """The numbers that the enumerator reads."""
    special = policy.classes.special
    return Rules(policy.rounding_base.value, special.threshold.value, special.width.value)


def draw(number: int, size: Size = RESTLESS) -> Tiny:
    """The organisation with a number: always the same one."""
    chance = random.Random(number)  # noqa: S311
    parts = [f"{number:03d}{letter}" for letter in "ABC"[: chance.choice((2, 2, 2, 3))]]
    units = (f"{number:03d}", *parts)
    places = [units[0], *parts] if chance.random() < 0.2 else parts
    paths = _paths(chance, places, size)
    while _worlds(paths) > MOST_WORLDS:
        paths = _paths(chance, places, size)
    changing = chance.random() < 0.25
    persons = tuple(_person(chance, at, path, changing) for at, path in enumerate(paths))
    return Tiny(units, persons, deep=number % 8 == 0)


def _paths(chance: random.Random, places: Sequence[str], size: Size) -> list[Path]:
    scales = (9,) * chance.choice(size.low) + (10,) + (14,) * size.high
    persons = range(chance.choice(size.persons))
    return sorted(
        (_path(chance, places, scales, size.restless) for _ in persons),
        key=lambda path: [place or Place("", "", 0) for place in path],
    )


def _worlds(paths: Sequence[Path]) -> int:
    """How many worlds there are before anything is published of a split."""
    alike = Counter(
        (
            *(place and place[:2] for place in path),
            *(bool(old and new and new.scale > old.scale) for old, new in pairwise(path)),
        )
        for path in paths
    )
    return prod(comb(persons + 2, 2) for persons in alike.values())


def _path(
    chance: random.Random, units: Sequence[str], scales: Sequence[int], restless: float
) -> Path:
    unit, scale = chance.choice(units), chance.choice(scales)
    joins = chance.choice((1, 2)) if chance.random() < 2 * restless else 0
    leaves = chance.choice((1, 2)) if chance.random() < 2 * restless else len(DATES)
    path: list[Place | None] = []
    for at in range(len(DATES)):
        if at and chance.random() < restless:
            unit = chance.choice(units)
        if at and chance.random() < restless:
            scale = min(scale + chance.choice((1, 4)), 18)
        here = joins <= at < max(leaves, joins + 1)
        path.append(Place(unit, HIGH if scale >= 14 else LOW, scale) if here else None)
    return tuple(path)


def _person(chance: random.Random, at: int, path: Path, changing: bool) -> Person:
    """Categories are dealt round: with twelve persons, chance alone leaves little to show."""
    codes = tuple(LEAF)
    category = codes[at % len(codes)] if chance.random() < 0.85 else chance.choice(codes)
    later = chance.choice(codes) if changing and chance.random() < 0.2 else category
    key = chance.getrandbits(32), chance.getrandbits(32)
    return Person(path, (category, later, later), key)


def counted(organisations: Sequence[Tiny]) -> dict[str, pl.DataFrame]:
    """The planned true counts of each organisation, by its whole.

    All of them are counted at once, as trees beside one another: that takes as long as one does.
    """
    counts = planned_counts(people(organisations), PLAN, REFERENCE, CALENDAR)
    split, below = pl.col("attribute") != "", pl.col("unit_level") > 1
    found = {}
    for one in organisations:
        mine = counts.filter(pl.col("unit").is_in(one.units))
        deep = split & ((below & (pl.col("scale_group") != ALL_SCALES)) | _is_flow())
        found[one.units[0]] = mine if one.deep else mine.filter(~deep)
    return found


def _is_flow() -> pl.Expr:
    return pl.col("metric") != "headcount"


def people(organisations: Sequence[Tiny]) -> People:
    """The leaves of some organisations, and their trees."""
    units = pl.concat(tree(one) for one in organisations)
    rows = [row for one in organisations for person in one.persons for row in _leaves(person)]
    leaves = pl.DataFrame(rows, schema=LEAVES)
    return People(leaves, unit_paths(units, DATES), unit_lines(units))


def tree(one: Tiny) -> pl.DataFrame:
    """The units of an organisation as the extract gives them."""
    return pl.DataFrame(
        {
            "code": one.units,
            "parent": [None, *[one.units[0]] * (len(one.units) - 1)],
            "level": [1, *[2] * (len(one.units) - 1)],
        },
        schema={"code": pl.String, "parent": pl.String, "level": pl.Int16},
    ).with_columns(
        valid_from=pl.lit(date(2000, 1, 1)),
        valid_to=pl.lit(None, dtype=pl.Date),
        successor_of=pl.lit(None, dtype=pl.String),
        name_nl="code",
        name_en="code",
    )


def _leaves(person: Person) -> Iterator[dict[str, object]]:
    """The leaf rows of one person: the first date, and every step in which it was somewhere."""
    states: list[State] = list(zip(person.path, person.category, strict=True))
    steps: list[tuple[State, State, date | None, date]] = [((None, ""), states[0], None, DATES[0])]
    steps += [(*two, *refs) for two, refs in zip(pairwise(states), pairwise(DATES), strict=True)]
    for before, after, from_ref, to_ref in steps:
        old, new = before[0], after[0]
        if old is None and new is None:
            continue
        yield {
            "from_ref": from_ref,
            "to_ref": to_ref,
            "kind": _kind(old, new, first=from_ref is None),
            "move": _move(old, new),
            "persons": 1,
            "fte": 1000,
            "fte_persons": 1,
            "key_hi": person.key[0],
            "key_lo": person.key[1],
            **_state("from", *before),
            **_state("to", *after),
        }


def _kind(before: Place | None, after: Place | None, *, first: bool) -> str:
    if before is None:
        return "first" if first else "inflow"
    return "exit" if after is None else "stay"


def _move(before: Place | None, after: Place | None) -> str:
    return "promotion" if before and after and after.scale > before.scale else "none"


def _state(side: str, place: Place | None, category: str) -> dict[str, object]:
    if place is None:
        return {}
    plain = {key: REFERENCE.attributes[key].empty for key in ATTRIBUTES}
    attributes = plain | {"origin": LEAF[category]}
    state = {"unit": place.unit, "scale": place.scale, **attributes}
    return {f"{side}_{name}": code for name, code in state.items()}


def dimensions(one: Tiny) -> pl.DataFrame:
    """The code lists that are published with an organisation."""
    return dimension_frame(tree(one), PLAN, REFERENCE, CALENDAR)


def published(one: Tiny, cells: pl.DataFrame, policy: Policy) -> Published:
    """Cells of an organisation with everything that is published beside them, and the paths."""
    codes = dimensions(one)
    return Published(cells, codes, metric_frame(), policy, public_paths(codes, one.paths))


def protected(one: Tiny, counts: pl.DataFrame, key: bytes) -> pl.DataFrame:
    """What the product itself would publish of an organisation."""
    return protect(counts, grounds(one), key).table.cells


def grounds(
    one: Tiny, served: pl.DataFrame | None = None, withdrawn: pl.DataFrame | None = None
) -> Grounds:
    """What an organisation is decided on: its sets, and what was served before."""
    found = people([one])
    roster = [
        (ref, number, place.unit, place.scale)
        for number, person in enumerate(one.persons)
        for ref, place in zip(DATES, person.path, strict=True)
        if place
    ]
    schema = {"ref": pl.Date, "person": pl.Int64, "unit": pl.String, "scale": pl.Int16}
    rows = pl.DataFrame(roster, schema=schema, orient="row")
    scales = REFERENCE.scales
    groups = {ALL_SCALES: frozenset(range(scales.lowest, scales.highest + 1))}
    groups |= {band.code: band.scales for band in scales.bands("main")}
    return Grounds(
        REFERENCE,
        POLICY,
        Linkage.of(found, PLAN, CALENDAR),
        dimensions(one),
        metric_frame(),
        served=pl.DataFrame(schema=SERVED) if served is None else served,
        sets=base_sets(rows, found.paths, groups),
        changed=changed_categories(found),
        withdrawn=pl.DataFrame(schema=WITHDRAWN) if withdrawn is None else withdrawn,
    )
