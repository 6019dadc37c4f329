"""The people of the synthetic organisation as columns, and how newcomers are made."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from etl.sample.rates import (
    GROUP_BY_SCALE,
    TOP,
    Bools,
    Floats,
    Ints,
    choose,
    pick,
)
from etl.sample.tree import FIELDS, INTERNATIONAL, Tree

ORIGINS = (
    "nederland", "europa", "turkije", "marokko", "suriname", "nl_cariben", "indonesie",
    "overig_buiten_europa",
)  # fmt: skip
DECLARED, NOT_ASKED, NOT_ANSWERED, OBJECTED = range(4)
STATUSES = ("", "onbekend", "niet_opgegeven", "bezwaar")
GENDERS = ("V", "M", "X")
LOCATIONS = ("den_haag", "uitgezonden", "lokaal")
POSTED, LOCAL = 1, 2
FAMILIES = (
    "Uitvoering", "Advisering", "Bedrijfsvoering", "Toezicht", "Project-/Programmamanagement",
    "Lijnmanagement", "Kennis en Onderzoek", "Beleid",
)  # fmt: skip
LINE_MANAGEMENT = 5
PART_TIME: Floats = np.array([1.0, 0.944, 0.889, 0.833, 0.778, 0.667, 0.5])
POSTED_SHARE, LOCAL_SHARE = 0.07, 0.08
DAY = np.timedelta64(1, "D")
Days = np.ndarray[tuple[int], np.dtype[np.datetime64]]


@dataclass
class People:
    """One entry per person in service; all arrays have one length.

    ``number`` is a running number (written as personnel number), ``second`` the position of the
    unit of a second employment or -1, ``quarters`` the whole quarters in the scale, ``acting`` the
    quarters of acting up that remain, ``acting_paid`` whether the scale was raised meanwhile.
    """

    number: Ints
    unit: Ints
    scale: Ints
    group: Bools
    origin: Ints
    status: Ints
    born_in_nl: Bools
    gender: Ints
    born: Days
    hired: Days
    location: Ints
    temporary: Bools
    part_time: Ints
    family: Ints
    manager: Bools
    growing: Bools
    quarters: Ints
    acting: Ints
    acting_paid: Bools
    second: Ints

    def __len__(self) -> int:
        return int(self.number.size)

    def keep(self, mask: Bools | Ints) -> People:
        """The people at a mask or at positions."""
        return People(**{f.name: getattr(self, f.name)[mask] for f in fields(self)})

    def add(self, other: People) -> People:
        """These people followed by others."""
        return People(
            **{
                f.name: np.concatenate([getattr(self, f.name), getattr(other, f.name)])
                for f in fields(self)
            }
        )

    @property
    def declared(self) -> Bools:
        """Whose origin is known."""
        return np.asarray(self.status == DECLARED)

    @property
    def top(self) -> Bools:
        """Who is in the upper band."""
        return self.scale >= TOP


def units_for(tree: Tree, snapshot: int, scale: Ints, rng: np.random.Generator) -> Ints:
    """A unit for each scale, so that unit sizes stay as the tree says."""
    kind = np.searchsorted([10, 15], scale, side="right")
    unit = np.zeros(scale.size, dtype=np.int64)
    for number, cumulative in enumerate(tree.probabilities(snapshot)):
        chosen = kind == number
        unit[chosen] = choose(rng, cumulative, int(chosen.sum()))
    return unit


def group_weights(tree: Tree, unit: Ints, scale: Ints) -> Floats:
    """How likely a person in the unit and scale is to belong to the group, relatively."""
    by_field = np.array([f.group for f in FIELDS] + [1.0])
    return np.asarray(by_field[tree.second[unit]] * GROUP_BY_SCALE[scale - 1])


def assign_group(
    people: People, tree: Tree, wanted: dict[tuple[bool, bool], int], rng: np.random.Generator
) -> None:
    """Set ``group``: exact numbers for each (top, declared), by weight within them."""
    strata = people.top * 2 + people.declared
    counts = np.array([wanted[bool(s // 2), bool(s % 2)] for s in range(4)])
    weights = group_weights(tree, people.unit, people.scale)
    people.group[:] = False
    people.group[pick(rng, strata.astype(np.int64), counts, weights)] = True


def finish_origin(people: People, rng: np.random.Generator) -> None:
    """Draw the declared origin within and outside the group, and the country of birth."""
    size = len(people)
    inside = rng.choice(np.arange(2, 8), size, p=[0.17, 0.16, 0.24, 0.09, 0.12, 0.22])
    outside = (rng.random(size) < 0.095).astype(np.int64)
    people.origin[:] = np.where(people.group, inside, outside)
    people.born_in_nl[:] = rng.random(size) < np.where(people.origin == 0, 0.97, 0.45)


def _locations(tree: Tree, unit: Ints, rng: np.random.Generator) -> Ints:
    abroad = tree.share_international()
    inside = tree.second[unit] == INTERNATIONAL
    local = np.where(inside, 0.95 * LOCAL_SHARE / abroad, 0.05 * LOCAL_SHARE / (1 - abroad))
    posted = np.where(inside, 0.72 * POSTED_SHARE / abroad, 0.28 * POSTED_SHARE / (1 - abroad))
    draw = rng.random(unit.size)
    return np.select([draw < local, draw < local + posted], [LOCAL, POSTED], default=0)


def _managers(scale: Ints, rng: np.random.Generator) -> Bools:
    chance = np.select([scale >= 15, scale >= 13, scale >= 10], [0.6, 0.25, 0.05], default=0.01)
    return np.asarray(rng.random(scale.size) < chance)


def make_people(
    first_number: int,
    scale: Ints,
    tree: Tree,
    span: tuple[np.datetime64, np.datetime64],
    rng: np.random.Generator,
    *,
    snapshot: int,
) -> People:
    """Newcomers in the given scales, hired after ``span[0]`` up to ``span[1]``; no origin yet."""
    size = scale.size
    unit = units_for(tree, snapshot, scale, rng)
    age = np.clip(rng.normal(36 + 0.6 * (scale - 10.0), 9.5), 19, 63)
    born = span[1] - (age * 365.25).astype(np.int64) * DAY
    days = int((span[1] - span[0]) / DAY)
    hired = span[0] + rng.integers(1, days + 1, size) * DAY
    months = hired.astype("datetime64[M]").astype("datetime64[D]")
    on_first = (rng.random(size) < 0.7) & (months > span[0])
    manager = _managers(scale, rng)
    family = rng.choice([0, 1, 2, 3, 4, 6, 7], size, p=[0.3, 0.14, 0.16, 0.09, 0.06, 0.08, 0.17])
    woman = rng.random(size) < 0.58 - 0.007 * scale
    return People(
        number=np.arange(first_number, first_number + size),
        unit=unit,
        scale=scale,
        group=np.zeros(size, dtype=np.bool_),
        origin=np.zeros(size, dtype=np.int64),
        status=rng.choice([NOT_ASKED, NOT_ANSWERED, OBJECTED], size, p=[0.47, 0.45, 0.08]),
        born_in_nl=np.zeros(size, dtype=np.bool_),
        gender=np.where(rng.random(size) < 0.002, 2, np.where(woman, 0, 1)),
        born=born,
        hired=np.where(on_first, months, hired),
        location=_locations(tree, unit, rng),
        temporary=rng.random(size) < np.where(scale < 12, 0.5, 0.3),
        part_time=rng.choice(PART_TIME.size, size, p=_part_time(0.62)),
        family=np.where(manager, LINE_MANAGEMENT, family),
        manager=manager,
        growing=rng.random(size) < 0.3,
        quarters=np.zeros(size, dtype=np.int64),
        acting=np.zeros(size, dtype=np.int64),
        acting_paid=np.zeros(size, dtype=np.bool_),
        second=_second_units(tree, unit, rng),
    )


def _part_time(full: float) -> list[float]:
    rest = np.array([0.18, 0.3, 0.12, 0.2, 0.12, 0.08])
    return [full, *(rest * (1 - full))]


def _second_units(tree: Tree, unit: Ints, rng: np.random.Generator) -> Ints:
    """For three in a thousand another unit, of the third level: these never close."""
    thirds = np.flatnonzero(tree.level == 3)
    other = rng.choice(thirds, unit.size)
    chosen = (rng.random(unit.size) < 0.003) & (other != unit)
    return np.where(chosen, other, -1)


def settle(people: People, first: np.datetime64, rng: np.random.Generator) -> None:
    """Turn newcomers into the staff of the first date: older, longer in service and in scale."""
    size = len(people)
    age = np.clip(rng.normal(45.5 + 0.6 * (people.scale - 10.0), 11.0), 20, 66.5)
    people.born[:] = first - (age * 365.25).astype(np.int64) * DAY
    years = np.minimum(rng.exponential(9.5, size), age - 18.5)
    hired = first - (years * 365.25).astype(np.int64) * DAY
    people.hired[:] = hired.astype("datetime64[M]").astype("datetime64[D]")
    people.temporary[:] = (rng.random(size) < 0.6) & (years < 1.5)
    people.growing[:] = (rng.random(size) < 0.3) & (years < 3)
    people.quarters[:] = np.minimum(rng.integers(0, 28, size), (years * 4).astype(np.int64))
