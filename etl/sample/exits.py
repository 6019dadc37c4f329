"""The exit monitor of the synthetic organisation: who was invited, and what leavers answered.

It draws from a generator of its own, so that every other file stays as it is. About 40% answer,
whoever they are; what is planted is what they say: racism played a role for more of the group, and
its items score lower.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Self

import numpy as np
import polars as pl

from etl.sample import forms
from etl.sample.people import DECLARED, ORIGINS, STATUSES
from etl.sample.period import Movements, Period
from etl.sample.rates import TOP, Bools, Floats, Inequality, Ints
from etl.sample.tree import FIELDS, ROOT, Tree

INVITED, ANSWERING = 0.97, 0.41
"""Part of the leavers that is invited, and part of these that answers."""
RACISM: Mapping[Inequality, tuple[float, float]] = {
    "planted": (0.03, 0.19), "reversed": (0.19, 0.03), "none": (0.06, 0.06),
}  # fmt: skip
"""Chance that racism played a role: outside and inside the group."""
LOWER: Mapping[Inequality, tuple[float, float]] = {
    "planted": (0.0, 0.5), "reversed": (0.5, 0.0), "none": (0.0, 0.0),
}  # fmt: skip
"""By how much items score lower: outside and inside the group."""
ITEMS: Mapping[str, tuple[float, bool]] = {
    "vrijuit_spreken": (3.7, False), "fouten_bespreken": (3.5, False), "erbij_horen": (3.8, False),
    "gelijke_kansen": (3.4, False), "respectvol_behandeld": (4.0, False),
    "buitengesloten": (3.9, True),
}  # fmt: skip
"""Item -> its mean on the favourable side, and whether 5 is written for the unfavourable end."""
REASONS = (
    "loopbaan", "inhoud van het werk", "leidinggeven", "sfeer en omgang", "werkdruk", "beloning",
    "reistijd", "gezondheid",
)  # fmt: skip
_CHANCES: Floats = np.array([0.34, 0.24, 0.2, 0.14, 0.2, 0.16, 0.1, 0.06])
_KINDS = {"andere overheid": "andere werkgever"}


@dataclass(frozen=True)
class _Leavers:
    """Leavers of one year as columns: personnel number, and what they have in common with many."""

    number: pl.Series
    unit: list[str]
    top: Bools
    group: Bools
    origin: list[str]
    kind: list[str]

    @classmethod
    def of(cls, left: Sequence[tuple[Period, Movements]], tree: Tree, numbers: pl.Series) -> Self:
        """Made of movements, each with the period before, when its people were still there."""
        codes = (*(field.code for field in FIELDS), ROOT)
        number, unit, top, group, origin, kind = [], [], [], [], [], []
        for before, movement in left:
            people, order = before.people, np.argsort(before.people.number)
            at = order[np.searchsorted(people.number, movement.number, sorter=order)]
            number += list(movement.number - 1)
            unit += [codes[second] for second in tree.second[movement.units[0]]]
            top += list(movement.scales[0] >= TOP)
            group += list(people.group[at])
            status = people.status[at]
            said = zip(people.origin[at], status, strict=True)
            origin += [ORIGINS[o] if s == DECLARED else STATUSES[s] for o, s in said]
            kind += [_KINDS.get(reason, reason) for reason in movement.reason]
        return cls(
            numbers.gather(np.array(number, dtype=np.int64)),
            unit,
            np.array(top, dtype=np.bool_),
            np.array(group, dtype=np.bool_),
            origin,
            kind,
        )


def write_exits(
    directory: Path,
    periods: Sequence[Period],
    tree: Tree,
    numbers: pl.Series,
    *,
    seed: int,
    inequality: Inequality,
) -> None:
    """Write both extracts for each calendar year; the same arguments give the same bytes."""
    years: dict[int, list[tuple[Period, Movements]]] = defaultdict(list)
    for before, period in pairwise(periods):
        year = int(str(period.date.astype("datetime64[Y]")))
        gone = [m for m in period.movements if m.kind[0] == "uitstroom"]
        years[year].extend((before, movement) for movement in gone)
    for year, left in years.items():
        rng = np.random.default_rng([seed, 13, year])
        leavers = _Leavers.of(left, tree, numbers)
        invited = rng.random(len(leavers.unit)) < INVITED
        answered = invited & (rng.random(invited.size) < ANSWERING)
        asked = _invitations(leavers, year, invited, answered)
        forms.write(asked, directory / f"exit-uitnodigingen_{year}.csv", forms.OFFICE)
        told = _answers(leavers, year, np.flatnonzero(answered), rng, inequality)
        forms.write(told, directory / f"exit-antwoorden_{year}.csv", forms.BOM)


def _invitations(leavers: _Leavers, year: int, invited: Bools, answered: Bools) -> pl.DataFrame:
    yes_no = pl.Series(["nee", "ja"])
    return pl.DataFrame(
        {
            "personeelsnummer": leavers.number,
            "uitstroomjaar": pl.repeat(str(year), invited.size, eager=True),
            "uitgenodigd": yes_no.gather(invited.astype(np.int64)),
            "beantwoord": yes_no.gather(answered.astype(np.int64)),
        }
    ).sort("personeelsnummer")


def _answers(
    leavers: _Leavers, year: int, who: Ints, rng: np.random.Generator, inequality: Inequality
) -> pl.DataFrame:
    """One row a respondent, in the order of an id that is drawn and of nobody."""
    group, size = leavers.group[who].astype(np.int64), who.size
    mood = rng.normal(0, 0.7, size) - np.array(LOWER[inequality])[group]
    ids = [f"r{number:012x}" for number in rng.integers(0, 2**48, size)]
    racism = rng.random(size) < np.array(RACISM[inequality])[group]
    said = np.where(rng.random(size) < 0.06, 2, racism.astype(np.int64))
    frame = pl.DataFrame(
        {
            "respondent": pl.Series(ids, dtype=pl.String),
            "uitstroomjaar": pl.repeat(str(year), size, eager=True),
            "organisatie_eenheid": _picked(leavers.unit, who),
            "schaalgroep": _picked(["14+" if top else "t/m 13" for top in leavers.top], who),
            "herkomst": _picked(leavers.origin, who),
            "soort_vertrek": _picked(leavers.kind, who),
            "vertrekredenen": _reasons(_picked(leavers.kind, who), rng),
            "racisme_speelde_rol": pl.Series(["nee", "ja", "wil niet zeggen"]).gather(said),
            "gesprek_gevoerd": _drawn(["ja", "nee"], [0.55, 0.45], size, rng),
            "zou_terugkeren": _drawn(["ja", "nee", "weet niet"], [0.45, 0.3, 0.25], size, rng),
            **{name: _item(mean, turned, mood, rng) for name, (mean, turned) in ITEMS.items()},
        }
    )
    return frame.sort("respondent")


def _picked(values: Sequence[str], who: Ints) -> pl.Series:
    return pl.Series(values, dtype=pl.String).gather(who)


def _drawn(
    values: Sequence[str], chances: Sequence[float], size: int, rng: np.random.Generator
) -> pl.Series:
    return pl.Series(values).gather(rng.choice(len(values), size, p=chances))


def _reasons(kinds: pl.Series, rng: np.random.Generator) -> pl.Series:
    """None to several reasons in one text; who retires says so, and may say more."""
    ticked = rng.random((len(kinds), len(REASONS))) < _CHANCES
    texts = []
    for kind, row in zip(kinds, ticked, strict=True):
        own = ["pensioen"] if kind == "pensioen" else []
        texts.append(" | ".join([*own, *(r for r, t in zip(REASONS, row, strict=True) if t)]))
    return pl.Series([text or None for text in texts], dtype=pl.String)


def _item(mean: float, turned: bool, mood: Floats, rng: np.random.Generator) -> pl.Series:
    """Scores of 1 to 5 around the mean and the respondent's mood; two in a hundred are empty."""
    favourable = np.clip(np.rint(mean + mood + rng.normal(0, 0.6, mood.size)), 1, 5).astype(int)
    written = 6 - favourable if turned else favourable
    empty = rng.random(mood.size) < 0.02
    texts = [None if gone else str(score) for gone, score in zip(empty, written, strict=True)]
    return pl.Series(texts, dtype=pl.String)
