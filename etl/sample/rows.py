"""The synthetic people as rows with the headers of ``rijk-standaard``, with faulty rows added."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from etl.sample.people import DECLARED, FAMILIES, GENDERS, LOCATIONS, ORIGINS, PART_TIME, STATUSES
from etl.sample.period import Movements, Period
from etl.sample.rates import Bools, Ints
from etl.sample.tree import Tree

TITLES = (
    "Medewerker uitvoering", "Adviseur", "Medewerker financiën", "Inspecteur", "Projectleider",
    "Manager", "Onderzoeker", "Beleidscoördinator",
)  # fmt: skip
MAIN_PART, SECOND_PART = 0.667, 0.333
"""Part-time factors of the two employments of somebody who has two."""
NEVER = date(2099, 1, 1)


def personnel_numbers(count: int, seed: int) -> pl.Series:
    """Personnel numbers of eight digits, two or more of them leading zeros, in no order."""
    rng = np.random.default_rng([seed, 7])
    codes = rng.permutation(max(900_000, 2 * count))[:count] + 1
    return pl.Series("personeelsnummer", codes).cast(pl.String).str.zfill(8)


def _text(values: tuple[str, ...], positions: Ints | Bools) -> pl.Series:
    return pl.Series(values).gather(np.asarray(positions, dtype=np.int64))


def personeel(period: Period, tree: Tree, numbers: pl.Series) -> pl.DataFrame:
    """Employments on the reference date, native types, sorted by personnel number."""
    people = period.people
    known = people.status == DECLARED
    status = _text(STATUSES, people.status)
    codes = tuple(unit.code for unit in tree.units)
    double = people.second >= 0
    frame = pl.DataFrame(
        {
            "peildatum": pl.repeat(period.date.astype(date), len(people), eager=True),
            "personeelsnummer": numbers.gather(people.number - 1),
            "organisatie_eenheid": _text(codes, people.unit),
            "salarisschaal": pl.Series(people.scale).cast(pl.String),
            "functieschaal": pl.Series(_job_scale(period)).cast(pl.String),
            "geslacht": _text(GENDERS, people.gender),
            "geboortedatum": pl.Series(people.born),
            "herkomst": _text(ORIGINS, people.origin).zip_with(pl.Series(known), status),
            "herkomst_status": status,
            "geboren_in_nl": _text(("nee", "ja"), people.born_in_nl).zip_with(
                pl.Series(known), pl.repeat("", len(people), eager=True)
            ),
            "standplaatsgroep": _text(LOCATIONS, people.location),
            "aanstelling": _text(("vast", "tijdelijk"), people.temporary),
            "deeltijdfactor": np.where(double, MAIN_PART, PART_TIME[people.part_time]),
            "datum_in_dienst": pl.Series(people.hired),
            "functiefamilie": _text(FAMILIES, people.family),
            "functie": _text(TITLES, people.family),
            "leidinggevend": _text(("nee", "ja"), people.manager),
        }
    )
    second = frame.filter(double).with_columns(
        organisatie_eenheid=_text(codes, people.second[double]),
        deeltijdfactor=pl.lit(SECOND_PART),
        leidinggevend=pl.lit("nee"),
    )
    return _without_empty(pl.concat([frame, second])).sort("personeelsnummer", maintain_order=True)


def _without_empty(frame: pl.DataFrame) -> pl.DataFrame:
    """Empty text as null: written as nothing at all, not as two quotes."""
    return frame.with_columns(pl.col(pl.String).replace("", None))


def _job_scale(period: Period) -> Ints:
    """The scale of the function: one up for who grows into it or acts without being paid for it."""
    people = period.people
    up = people.growing | ((people.acting > 0) & ~people.acting_paid)
    return np.where(up & (people.scale < 18), people.scale + 1, people.scale)


def spoil(frame: pl.DataFrame, steady: pl.Series, rng: np.random.Generator) -> pl.DataFrame:
    """Put rows in that the product must refuse: about 0.05%, of five kinds.

    Scale, unit and date are spoiled in rows of ``steady`` people (personnel numbers), who are valid
    on the dates before and after; copies and a row without number come on top of everybody.
    """
    each = round(frame.height / 12_000) or 1
    able = np.flatnonzero(frame["personeelsnummer"].is_in(steady.implode()).to_numpy())
    chosen = rng.choice(able, 4 * each, replace=False) if able.size >= 4 * each else able[:0]
    parts = np.array_split(chosen, 4)
    if frame.height < 3_000:  # in a small organisation one kind a quarter is plenty
        kept = int(rng.integers(0, 3))
        parts = [part if i in (kept, 3) else part[:0] for i, part in enumerate(parts)]
    row = pl.int_range(pl.len())
    spoiled = frame.with_columns(
        salarisschaal=pl.when(row.is_in(list(parts[0])))
        .then(pl.lit("14a"))
        .otherwise("salarisschaal"),
        organisatie_eenheid=pl.when(row.is_in(list(parts[1])))
        .then(pl.lit("DGX-99"))
        .otherwise("organisatie_eenheid"),
        datum_in_dienst=pl.when(row.is_in(list(parts[2])))
        .then(pl.lit(NEVER))
        .otherwise("datum_in_dienst"),
    )
    copies = spoiled[parts[3]]
    nobody = spoiled[parts[3]].with_columns(personeelsnummer=pl.lit(None, pl.String))
    return pl.concat([spoiled, copies, nobody])


def mutaties(movements: list[Movements], tree: Tree, numbers: pl.Series) -> pl.DataFrame:
    """Movements of one year, sorted by day and personnel number."""
    codes = (*(unit.code for unit in tree.units), "")
    scales = ("", *(str(scale) for scale in range(1, 20)))
    units = np.concatenate([m.units for m in movements], axis=1) % len(codes)
    scale = np.concatenate([m.scales for m in movements], axis=1)
    frame = pl.DataFrame(
        {
            "personeelsnummer": numbers.gather(np.concatenate([m.number for m in movements]) - 1),
            "ingangsdatum": pl.Series(np.concatenate([m.day for m in movements])),
            "soort": [kind for m in movements for kind in m.kind],
            "reden": [reason for m in movements for reason in m.reason],
            "van_schaal": _text(scales, scale[0]),
            "naar_schaal": _text(scales, scale[1]),
            "van_eenheid": _text(codes, units[0]),
            "naar_eenheid": _text(codes, units[1]),
        }
    )
    return _without_empty(frame).sort("ingangsdatum", "personeelsnummer", maintain_order=True)


def organisatie(tree: Tree, dates: np.ndarray[tuple[int], np.dtype[np.datetime64]]) -> pl.DataFrame:
    """Every unit that was valid on some date; an open end is 31-12-9999."""
    first, day = date(2015, 1, 1), np.timedelta64(1, "D")

    def opens(snapshot: int | None) -> date:
        return first if snapshot is None else (dates[snapshot - 1] + day).astype(date)

    frame = pl.DataFrame(
        {
            "code": [u.code for u in tree.units],
            "naam_nl": [u.nl for u in tree.units],
            "naam_en": [u.en for u in tree.units],
            "bovenliggend": [u.parent for u in tree.units],
            "niveau": [str(u.level) for u in tree.units],
            "geldig_van": [opens(u.opens) for u in tree.units],
            "geldig_tot": [
                date(9999, 12, 31) if u.closes is None else dates[u.closes].astype(date)
                for u in tree.units
            ],
            "opvolger_van": [u.successor_of for u in tree.units],
        }
    )
    return _without_empty(frame)


def streefcijfers() -> pl.DataFrame:
    """An ambition for the whole and a target for one unit."""
    return pl.DataFrame(
        {
            "indicator": ["share", "share"],
            "schaalgroep": [">=14", ">=14"],
            "eenheid": ["MIN", "DGI"],
            "waarde": [5.5, 5.0],
            "jaar": ["2028", "2027"],
            "status": ["ambitie", "hard"],
            "bron": ["Diversiteitsplan 2024 (voorbeeld)", "Jaarplan DGI 2025 (voorbeeld)"],
        }
    )
