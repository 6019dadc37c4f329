"""The sample organisation: a synthetic ministry, written as extracts the way HR systems do."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
import polars as pl

from etl.errors import RefusedInput
from etl.sample import forms, rows
from etl.sample.careers import Careers
from etl.sample.exits import write_exits
from etl.sample.people import Days
from etl.sample.period import Period
from etl.sample.rates import RATES, Inequality, Ints
from etl.sample.tree import ROOT, ROOT_NAME, Tree, grow_tree

__all__ = ["Inequality", "reference_dates", "write_sample"]

LAST_MONTH = np.datetime64("2025-12", "M")
LEAST_UNITS, LEAST_EMPLOYEES, MOST_QUARTERS = 8, 200, 80

MAPPING = """\
# How the files of the sample organisation are read: the headers of rijk-standaard, in many forms.
name = "voorbeeld"
description = "Voorbeeldministerie (synthetisch) / Example Ministry (synthetic)"
extends = "rijk-standaard"

[reference]
"organisation.toml" = "organisation.toml"
"""
ORGANISATION = f"""\
# The sample organisation; every person and every unit in it is made up.
name_nl = "{ROOT_NAME[0]}"
name_en = "{ROOT_NAME[1]}"
synthetic = true
root = "{ROOT}"
unknown_unit = "ONBEKEND"
unknown_unit_nl = "Eenheid onbekend"
unknown_unit_en = "Unit unknown"
calendar = "quarter"
year_end_month = 12
levels_nl = ["Ministerie", "SG / DG", "Directie", "Afdeling"]
levels_en = ["Ministry", "SG / DG", "Directorate", "Department"]
"""
README = """\
# Voorbeeldministerie (synthetisch) / Example Ministry (synthetic)

Made by `afspiegeling sample` ({employees} employees, {units} units, {quarters} quarters, seed
{seed}, inequality {inequality}). No person and no unit in these files exists. About one row in
two thousand is faulty on purpose, so that there is something to refuse.

    afspiegeling load . --mapping mapping.toml
"""


def reference_dates(quarters: int) -> Days:
    """The ``quarters + 1`` quarter ends up to 2025-12-31."""
    months = LAST_MONTH - 3 * np.arange(quarters, -1, -1)
    return np.asarray((months + 1).astype("datetime64[D]") - np.timedelta64(1, "D"))


def write_sample(
    directory: Path,
    employees: int = 12000,
    units: int = 150,
    quarters: int = 20,
    seed: int = 1,
    *,
    inequality: Inequality = "planted",
) -> None:
    """Write the extracts of a synthetic ministry, with their mapping, into ``directory``.

    One ``personeel`` file for each of ``quarters + 1`` reference dates up to 2025-12-31, movements
    and the exit monitor by calendar year, the tree and the targets. The same arguments give the
    same bytes. With ``planted`` the group crosses to scale 14 less, leaves more often and answers
    less well when it leaves, and the shares of the last date are the calibrated ones; ``reversed``
    turns all of it round, ``none`` makes it equal.

    Raises:
        RefusedInput: the sizes cannot make an organisation, or the directory holds other files.
    """
    _check_sizes(employees, units, quarters, seed)
    _check_place(directory, inequality)
    rng = np.random.default_rng(seed)
    dates = reference_dates(quarters)
    tree = grow_tree(units, quarters, rng)
    periods = list(Careers(employees, dates, tree, RATES[inequality], rng).run())
    directory.mkdir(parents=True, exist_ok=True)
    _write_texts(
        directory,
        README.format(
            employees=employees, units=units, quarters=quarters, seed=seed, inequality=inequality
        ),
    )
    numbers = rows.personnel_numbers(max(int(p.people.number.max()) for p in periods), seed)
    forms.write(rows.organisatie(tree, dates), directory / "organisatie.csv", forms.OFFICE)
    forms.write(rows.streefcijfers(), directory / "streefcijfers.csv", forms.BOM)
    _write_people(directory, periods, tree, numbers, seed)
    _write_movements(directory, periods, tree, numbers)
    write_exits(directory, periods, tree, numbers, seed=seed, inequality=inequality)


def _check_sizes(employees: int, units: int, quarters: int, seed: int) -> None:
    for name, value, least, most in (
        ("units", units, LEAST_UNITS, employees // 4),
        ("employees", employees, LEAST_EMPLOYEES, 1_000_000),
        ("quarters", quarters, 1, MOST_QUARTERS),
        ("seed", seed, 0, 2**63),
    ):
        if not least <= value <= most:
            raise RefusedInput(
                f"The sample organisation cannot be made with {name} {value}",
                expected=f"{least} to {most}",
                next_step=f"choose another --{name}",
            )


def _check_place(directory: Path, inequality: str) -> None:
    if inequality not in RATES:
        raise RefusedInput("There is no such inequality", expected=", ".join(RATES), got=inequality)
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise RefusedInput(
            "The directory for the sample is not empty",
            where=str(directory),
            expected="a new or empty directory",
            next_step="name another directory, or empty this one",
        )


def _write_texts(directory: Path, readme: str) -> None:
    for name, text in (
        ("mapping.toml", MAPPING),
        ("organisation.toml", ORGANISATION),
        ("README.md", readme),
    ):
        (directory / name).write_bytes(text.encode())


def _write_people(
    directory: Path, periods: list[Period], tree: Tree, numbers: pl.Series, seed: int
) -> None:
    last = len(periods) - 1
    for period in periods:
        form = forms.form_of(period.snapshot, last)
        rng = np.random.default_rng([seed, 11, period.snapshot])
        steady = numbers.gather(_steady(periods, period.snapshot) - 1)
        frame = rows.spoil(rows.personeel(period, tree, numbers), steady, rng)
        forms.write(frame, directory / f"personeel_{period.date}{form.suffix}", form)


def _steady(periods: list[Period], snapshot: int) -> Ints:
    """Running numbers of people with one employment, present before, on and after a snapshot."""
    around = periods[max(0, snapshot - 1) : snapshot + 2]
    people = periods[snapshot].people
    steady = people.number[people.second < 0]
    for period in around:
        steady = np.intersect1d(steady, period.people.number)
    return steady


def _write_movements(
    directory: Path, periods: list[Period], tree: Tree, numbers: pl.Series
) -> None:
    years = defaultdict(list)
    for period in periods[1:]:
        years[str(period.date.astype("datetime64[Y]"))].extend(period.movements)
    for year, movements in years.items():
        frame = rows.mutaties(movements, tree, numbers)
        forms.write(frame, directory / f"mutaties_{year}.csv", forms.OFFICE)
