"""The quarters of the synthetic organisation: exit, crossing, promotion, declaration, inflow.

Every draw that decides a calibrated figure goes by quota: its number is what the rates say, and
only which persons it takes is chance.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from etl.sample import moves
from etl.sample import rates as r
from etl.sample.people import (
    DAY,
    DECLARED,
    OBJECTED,
    Days,
    People,
    assign_group,
    finish_origin,
    make_people,
    settle,
)
from etl.sample.period import Period
from etl.sample.rates import Bools, Floats, Ints, Quota, pick
from etl.sample.tree import Tree

BANDS = (False, True)


class Careers:
    """The organisation moving from one reference date to the next."""

    def __init__(
        self, employees: int, dates: Days, tree: Tree, rates: r.Rates, rng: np.random.Generator
    ) -> None:
        self.employees, self.dates, self.tree = employees, dates, tree
        self.rates, self.rng = rates, rng
        self.last = dates.size - 1
        self.exits, self.crossings = Quota(rng, 8), Quota(rng, 4)
        self.promotions, self.asked = Quota(rng, 19 * 4), Quota(rng, 2)
        self.newcomers, self.events = Quota(rng, 2), Quota(rng, 5)
        self.next_number = 1

    def run(self) -> Iterator[Period]:
        """Each reference date in turn."""
        period = Period(0, self.dates[0], self.dates[0], self._first(), self.rng)
        yield period
        for snapshot in range(1, self.dates.size):
            period = self._step(snapshot, period.people)
            yield period

    # -- what the organisation aims at ----------------------------------------------------------

    def _size(self, snapshot: int) -> float:
        first, last = r.GROWTH
        return self.employees * (last - (last - first) * (self.last - snapshot) / 20)

    def _coverage(self, snapshot: int) -> float:
        first, last = r.COVERAGE
        return last - (last - first) * (self.last - snapshot) / 20

    def _share(self, snapshot: int, top: bool) -> float:
        final, rise = (r.SHARE_TOP, r.RISE_TOP) if top else (r.SHARE_LOW, r.RISE_LOW)
        return final - rise * (self.last - snapshot)

    # -- the first date -------------------------------------------------------------------------

    def _first(self) -> People:
        wanted = np.floor(r.PYRAMID * self._size(0) + self.rng.random(19)).astype(np.int64)
        scale = self.rng.permutation(np.repeat(np.arange(1, 20), wanted))
        quarter = (self.dates[0] - 91 * DAY, self.dates[0])
        people = make_people(1, scale, self.tree, quarter, self.rng, snapshot=0)
        self.next_number = len(people) + 1
        settle(people, self.dates[0], self.rng)
        known = round(self._coverage(0) * len(people))
        people.status[self.rng.permutation(len(people))[:known]] = DECLARED
        wanted_group = {
            (top, known): round(
                self._share(0, top) * int(((people.top == top) & (people.declared == known)).sum())
            )
            for top in BANDS
            for known in BANDS
        }
        assign_group(people, self.tree, wanted_group, self.rng)
        finish_origin(people, self.rng)
        return people

    # -- one quarter ----------------------------------------------------------------------------

    def _step(self, snapshot: int, before: People) -> Period:
        period = Period(
            snapshot,
            self.dates[snapshot - 1],
            self.dates[snapshot],
            before.keep(np.arange(len(before))),
            self.rng,
        )
        period.people.quarters += 1
        period.people = period.people.keep(self._leave(period))
        touched = moves.end_acting(period)
        touched |= self._cross(period, ~touched)
        touched |= self._promote(period, ~touched)
        touched |= moves.reorganise(period, self.tree, ~touched)
        self._minor(period, touched)
        self._join(period)
        return period

    def _minor(self, period: Period, touched: Bools) -> None:
        """Reclassified, demoted, acting (of these paid) and transferred: parts of the staff."""
        parts = np.array([0.0005, 0.0004, 0.0008, 0.0002, 0.012])
        number = [int(n) for n in self.events.draw(parts * len(period.people))]
        touched |= moves.reclassify(period, ~touched, number[0], "functiewaardering")
        touched |= moves.demote(period, ~touched, number[1])
        moves.start_acting(period, ~touched, number[2] + number[3], number[3])
        moves.transfer(period, self.tree, number[4])
        moves.rotate_postings(period, self.tree)
        moves.drift(period)

    def _strata(self, people: People) -> Ints:
        """0 to 3: in the group, and with a known origin."""
        return np.asarray(people.group * 2 + people.declared, dtype=np.int64)

    def _spread(self, total: float, counts: Ints, ratio: float) -> Floats:
        """Expected numbers by stratum that add up to ``total``, the group at ``ratio`` times."""
        weighted = counts * np.array([1.0, 1.0, ratio, ratio])
        return np.asarray(total * weighted / max(float(weighted.sum()), 1.0))

    def _leave(self, period: Period) -> Bools:
        """Quota by band, group and known origin; age, contract and tenure decide who."""
        people = period.people
        month = int(period.date.astype("datetime64[M]").astype(int)) % 12
        wave = r.SEASON[month // 3] * r.WAVE[(self.last - period.snapshot) // 4 % 5]
        strata = self._strata(people) + people.top * 4
        counts = np.bincount(strata, minlength=8)
        expected = np.concatenate(
            [
                self._spread(r.EXITS * wave * band.sum(), band, self.rates.exit)
                for band in (counts[:4], counts[4:])
            ]
        )
        age = np.asarray((period.date - people.born) / DAY / 365.25)
        tenure = np.asarray((period.date - people.hired) / DAY / 365.25)
        weights = np.select(
            [age >= 66.75, age >= 64, people.temporary & (tenure > 0.7), tenure < 3],
            [400.0, 4.0, 3.0, 1.6],
            default=1.0,
        )
        gone = pick(self.rng, strata, self.exits.draw(expected), weights)
        self._note_exits(period, gone, age)
        return ~period.mask(gone)

    def _note_exits(self, period: Period, gone: Ints, age: Floats) -> None:
        people, draw = period.people, self.rng.random(gone.size)
        ended = people.temporary[gone] & (draw < 0.6)
        reasons = np.select(
            [age[gone] >= 65, ended, draw < 0.5, draw < 0.82, draw < 0.94],
            ["pensioen", "einde tijdelijk contract", "eigen verzoek", "andere overheid", "overig"],
            default="vaststellingsovereenkomst",
        )
        nothing = np.zeros(gone.size, dtype=np.int64)
        period.note(
            gone,
            "uitstroom",
            [str(reason) for reason in reasons],
            period.any_day(gone.size),
            scales=(people.scale[gone], nothing),
            units=(people.unit[gone], nothing - 1),
        )

    def _cross(self, period: Period, free: Bools) -> Bools:
        """From up to 13 to 14 and above: the quota is over the whole lower band."""
        people = period.people
        strata = self._strata(people)
        counts = np.bincount(strata[~people.top], minlength=4)
        expected = self._spread(r.CROSSINGS * len(people), counts, self.rates.crossing)
        able = np.flatnonzero(free & (people.scale >= 12) & ~people.top & (people.acting == 0))
        from_13 = people.scale[able] == 13
        weights = (np.minimum(people.quarters[able], 12) + 0.2) * np.where(from_13, 1.0, 0.1)
        who = able[pick(self.rng, strata[able], self.crossings.draw(expected), weights)]
        to = np.where(self.rng.random(who.size) < 0.05, 15, 14)
        return self._advance(period, who, to, 0.5, "sollicitatie")

    def _promote(self, period: Period, free: Bools) -> Bools:
        """Within the bands: quota by scale, group and known origin."""
        people = period.people
        strata = (people.scale - 1) * 4 + self._strata(people)
        group = np.repeat(self._promotion_ratio(people), (r.TOP - 1, 20 - r.TOP))
        ratio = np.stack([np.ones(19), np.ones(19), group, group], axis=1).ravel()
        expected = np.bincount(strata, minlength=76) * np.repeat(r.PROMOTION / 4, 4) * ratio
        able = np.flatnonzero(free & (people.acting == 0))
        weights = np.minimum(people.quarters[able], 10) + 0.2
        who = able[pick(self.rng, strata[able], self.promotions.draw(expected), weights)]
        formal = self.rng.random(who.size) < 0.35
        touched = period.mask(who)
        for part, moving, reason in ((formal, 0.5, "sollicitatie"), (~formal, 0.0, "loopbaan")):
            self._advance(period, who[part], people.scale[who[part]] + 1, moving, reason)
        return touched

    def _promotion_ratio(self, people: People) -> Floats:
        """What to multiply the group's rates with, by band, for the planned ratio over the band.

        The group stands in lower scales, where steps come sooner: without this, equal rates by
        scale would show as a difference between groups.
        """
        rate, ratios = r.PROMOTION[people.scale - 1], []
        for top in BANDS:
            inside = rate[(people.top == top) & people.group]
            others = rate[(people.top == top) & ~people.group]
            comparable = inside.size and others.size and inside.sum() > 0
            ratios.append(others.mean() / inside.mean() if comparable else 1.0)
        return np.array(ratios) * self.rates.promotion

    def _advance(self, period: Period, who: Ints, to: Ints, moving: float, reason: str) -> Bools:
        """Promote; a part of them moves to another unit of the same second level."""
        own = period.people.unit[who]
        other = moves.nearby(self.tree, period, own)
        unit = np.where(self.rng.random(who.size) < moving, other, own)
        period.people.growing[who] = False
        return period.change(who, "promotie", reason, scale=to, unit=unit)

    # -- declarations and newcomers -------------------------------------------------------------

    def _join(self, period: Period) -> None:
        """Newcomers bring band, pyramid, coverage and (``planted``) the group to their path."""
        snapshot, span = period.snapshot, (period.before, period.date)
        scale = self._wanted_joiners(period.people, snapshot)
        new = make_people(self.next_number, scale, self.tree, span, self.rng, snapshot=snapshot)
        self.next_number += len(new)
        known = int(self.asked.draw(np.array([r.COVERAGE_OF_JOINERS * len(new), 0.0]))[0])
        new.status[self.rng.permutation(len(new))[:known]] = DECLARED
        self._declare_later(period, new)
        self._give_group(period, new)
        finish_origin(new, self.rng)
        nothing = np.zeros(len(new), dtype=np.int64)
        everybody = np.arange(len(new))
        staff, period.people = period.people, new
        period.note(
            everybody,
            "instroom",
            "nieuw",
            new.hired,
            scales=(nothing, new.scale),
            units=(nothing - 1, new.unit),
        )
        period.people = staff.add(new)

    def _wanted_joiners(self, people: People, snapshot: int) -> Ints:
        """Scales of the newcomers: what each band lacks, spread over what each scale lacks."""
        wanted = r.PYRAMID * self._size(snapshot)
        lacking = np.maximum(wanted - np.bincount(people.scale, minlength=20)[1:], 0.02 * wanted)
        bands = (slice(0, r.TOP - 1), slice(r.TOP - 1, 19))
        staff = np.array([(~people.top).sum(), people.top.sum()])
        numbers = self.newcomers.draw(np.array([wanted[b].sum() for b in bands]) - staff)
        scales = []
        for band, number in zip(bands, np.maximum(numbers, 0), strict=True):
            weights = lacking[band]
            chosen = self.rng.choice(weights.size, int(number), p=weights / weights.sum())
            scales.append(chosen + 1 + (band.start or 0))
        return self.rng.permutation(np.concatenate(scales))

    def _declare_later(self, period: Period, new: People) -> None:
        """Staff whose origin was unknown declare it, as many as the coverage asks for."""
        people = period.people
        wanted = self._coverage(period.snapshot) * (len(people) + len(new))
        number = round(wanted) - int(people.declared.sum() + new.declared.sum())
        able = ~people.declared & (people.status != OBJECTED)
        people.status[moves.sample_some(period, able, max(number, 0))] = DECLARED

    def _give_group(self, period: Period, new: People) -> None:
        """How many newcomers of each band are in the group."""
        fixed = {False: self.rates.inflow_low, True: self.rates.inflow_top}
        wanted = {}
        for top in BANDS:
            known = int(((new.top == top) & new.declared).sum())
            hidden = int((new.top == top).sum()) - known
            share = fixed[top]
            number = self._needed(period, new, top) if share is None else share * known
            if share is not None:
                number = float(np.floor(number + self.rng.random()))
            wanted[top, True] = int(np.clip(round(number), 0, known))
            wanted[top, False] = round(hidden * wanted[top, True] / max(known, 1))
        assign_group(new, self.tree, wanted, self.rng)

    def _needed(self, period: Period, new: People, top: bool) -> float:
        """Newcomers of known origin that bring the share of the band to its path."""
        people = period.people
        inside = (people.top == top) & people.declared
        known = int(inside.sum()) + int(((new.top == top) & new.declared).sum())
        return self._share(period.snapshot, top) * known - int((inside & people.group).sum())
