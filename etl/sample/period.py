"""One period of the synthetic organisation: the people on its date and what moved before it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from etl.sample.people import DAY, Days, People
from etl.sample.rates import Bools, Ints


@dataclass
class Movements:
    """Movements as columns; ``scales`` and ``units`` are (from, to), 0 and -1 = not filled in."""

    number: Ints
    day: Days
    kind: list[str]
    reason: list[str]
    scales: Ints
    units: Ints


@dataclass
class Period:
    """The state on a reference date and the movements since the one before."""

    snapshot: int
    before: np.datetime64
    date: np.datetime64
    people: People
    rng: np.random.Generator
    movements: list[Movements] = field(default_factory=list)

    def mask(self, who: Ints) -> Bools:
        """Positions as a mask over the people."""
        mask = np.zeros(len(self.people), dtype=np.bool_)
        mask[who] = True
        return mask

    def any_day(self, size: int) -> Days:
        """Days within the period."""
        days = self.rng.integers(1, int((self.date - self.before) / DAY) + 1, size)
        return np.asarray(self.before + days * DAY)

    def first_of_month(self, size: int) -> Days:
        """First days of months within the period."""
        first = (self.before + DAY).astype("datetime64[M]")
        last = self.date.astype("datetime64[M]")
        months = self.rng.integers(0, int((last - first).astype(int)) + 1, size)
        return np.asarray((first + months).astype("datetime64[D]"))

    def note(
        self,
        who: Ints,
        kind: str,
        reason: str | list[str],
        day: Days,
        *,
        scales: tuple[Ints, Ints],
        units: tuple[Ints, Ints],
    ) -> None:
        """Write down movements of the people at ``who``."""
        if who.size:
            self.movements.append(
                Movements(
                    number=self.people.number[who],
                    day=day,
                    kind=[kind] * who.size,
                    reason=[reason] * who.size if isinstance(reason, str) else reason,
                    scales=np.stack(scales),
                    units=np.stack(units),
                )
            )

    def change(
        self,
        who: Ints,
        kind: str,
        reason: str,
        scale: Ints | None = None,
        unit: Ints | None = None,
    ) -> Bools:
        """Give the people at ``who`` another scale or unit, with a movement; returns their mask."""
        people = self.people
        old_scale, old_unit = people.scale[who].copy(), people.unit[who].copy()
        if scale is not None:
            people.scale[who] = scale
            people.quarters[who] = 0
        if unit is not None:
            people.unit[who] = unit
        self.note(
            who,
            kind,
            reason,
            self.first_of_month(who.size),
            scales=(old_scale, people.scale[who]),
            units=(old_unit, people.unit[who]),
        )
        return self.mask(who)
