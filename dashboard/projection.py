"""A workforce carried forward: two scale bands, the followed group and the others, yearly steps.

Markov manpower planning (Bartholomew, Forbes and McClean, *Statistical Techniques for Manpower
Planning*, 2nd ed. 1991, chapters 3 and 4): ``n(t+1) = n(t) P + R r``. ``P`` holds who stays and
who crosses from the low to the high band, ``r`` how joiners divide over group and others. The size
of each band is kept, so ``R``, who joins, is who left. Rates do not change with time. Everybody in
a band is of the group or not; joiners stay until the next step. Where more people would cross than
leave the high band, the places there go to them in proportion, and nobody joins it from outside.

Pure: numbers in, numbers out. It knows neither cells nor pages.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

Floats = NDArray[np.float64]
LOW, HIGH = 0, 1
"""Places of the bands in every array."""
STEP = 0.01
"""How far a lever is moved to see what it does to a share."""
INFLOW = ("inflow_low", "inflow_high")
"""The fields of ``Model`` with the inflow shares, by band."""


@dataclass(frozen=True, eq=False)
class Rate:
    """A fraction with its 95% interval. Fields that hold the same object move together."""

    value: float
    lower: float
    upper: float

    @classmethod
    def chosen(cls, value: float) -> Rate:
        """A value that somebody chose: it has no margin."""
        return cls(value, value, value)


@dataclass(frozen=True)
class Model:
    """Where the projection starts and how it goes on; all but the sizes are fractions.

    ``size_*``: persons in each band. ``share_*``: the group's part of them. ``inflow_*``: its part
    of who joins. ``exit_*`` and ``crossing``: yearly chances of the group to leave and to move from
    the low to the high band, ``*_others`` those of the others.
    """

    size_low: float
    size_high: float
    share_low: Rate
    share_high: Rate
    inflow_low: Rate
    inflow_high: Rate
    exit_low: Rate
    exit_low_others: Rate
    exit_high: Rate
    exit_high_others: Rate
    crossing: Rate
    crossing_others: Rate


def project(model: Model, years: int) -> Floats:
    """Persons after 0 to ``years`` yearly steps.

    Returns:
        Shape (years + 1, 2 bands, 2): the last axis is the group and the others.
    """
    share = np.array([model.share_low.value, model.share_high.value])
    size = np.array([model.size_low, model.size_high])
    state = size[:, None] * np.stack([share, 1 - share], axis=1)
    path = [state]
    for _year in range(years):
        path.append(_step(path[-1], model))
    return np.stack(path)


def _step(state: Floats, model: Model) -> Floats:
    leaving = state * np.array(
        [
            [model.exit_low.value, model.exit_low_others.value],
            [model.exit_high.value, model.exit_high_others.value],
        ]
    )
    chances = np.array([model.crossing.value, model.crossing_others.value])
    crossing = np.minimum(state[LOW] * chances, state[LOW] - leaving[LOW])
    places, wanted = leaving[HIGH].sum(), crossing.sum()
    if wanted > places:
        crossing *= places / wanted
    moved = state - leaving + np.stack([-crossing, crossing])
    joining = state.sum(axis=1) - moved.sum(axis=1)
    share = np.array([model.inflow_low.value, model.inflow_high.value])
    return np.asarray(moved + joining[:, None] * np.stack([share, 1 - share], axis=1))


def shares(model: Model, years: int) -> Floats:
    """The group's part of each band after 0 to ``years`` steps: shape (years + 1, 2)."""
    people = project(model, years)
    size = people.sum(axis=2)
    part: Floats = np.divide(people[:, :, 0], size, out=np.zeros_like(size), where=size > 0)
    return part


def margins(model: Model, years: int) -> tuple[Floats, Floats]:
    """95% bounds of ``shares``, from the intervals of everything that the model starts with.

    Each fraction is set to both ends of its interval with the others as they are; what the ends
    move the outcome by, down and up, is added as a root of squares, as the fractions are estimated
    apart (Zou and Donner, *Statistics in Medicine* 27, 2008). Without any step these are the bounds
    of the shares themselves. That rates will be others than they were is not in it.
    """
    middle = shares(model, years)
    down, up = np.zeros_like(middle), np.zeros_like(middle)
    for rate in _distinct(model):
        ends = [shares(_moved(model, rate, end), years) for end in (rate.lower, rate.upper)]
        down += (middle - np.minimum(middle, np.minimum(*ends))) ** 2
        up += (np.maximum(middle, np.maximum(*ends)) - middle) ** 2
    return np.clip(middle - np.sqrt(down), 0, 1), np.clip(middle + np.sqrt(up), 0, 1)


def _rates(model: Model) -> dict[str, Rate]:
    found = {field.name: getattr(model, field.name) for field in fields(model)}
    return {name: value for name, value in found.items() if isinstance(value, Rate)}


def _distinct(model: Model) -> list[Rate]:
    """Every estimate once, those without a margin left out."""
    once = {id(rate): rate for rate in _rates(model).values()}
    return [rate for rate in once.values() if rate.lower < rate.upper]


def _moved(model: Model, rate: Rate, end: float) -> Model:
    """The model with one estimate at another value, wherever it is used."""
    moved: dict[str, Any] = {
        name: Rate.chosen(end) for name, used in _rates(model).items() if used is rate
    }
    return replace(model, **moved)


Change = Callable[[Model, float], Model]
"""What one lever makes of a model."""


def inflow_set(band: int) -> Change:
    """Sets the group's part of who joins a band."""

    def change(model: Model, share: float) -> Model:
        chosen: dict[str, Any] = {INFLOW[band]: Rate.chosen(share)}
        return replace(model, **chosen)

    return change


def crossing_set(model: Model, parity: float) -> Model:
    """The model with a chance of the group to cross that is so many times that of the others."""
    return replace(model, crossing=Rate.chosen(min(1.0, parity * model.crossing_others.value)))


def exit_set(model: Model, parity: float) -> Model:
    """The same for the chance to leave, in both bands."""
    low, high = (
        Rate.chosen(min(1.0, parity * others.value))
        for others in (model.exit_low_others, model.exit_high_others)
    )
    return replace(model, exit_low=low, exit_high=high)


@dataclass(frozen=True)
class Needed:
    """The value of a lever that reaches a target; None where not even its highest does.

    ``least``, ``most``: the share that follows from the lever at nothing and at its highest.
    ``lower``, ``upper``: the 95% bounds of a value between these two.
    """

    value: float | None
    least: float
    most: float
    lower: float | None = None
    upper: float | None = None


def needed(  # noqa: PLR0917  (one question)
    model: Model, band: int, target: float, years: int, change: Change, highest: float = 1.0
) -> Needed:
    """Which value of a lever brings the share of a band to a target in so many years.

    The share grows with the lever (wherever all who cross find a place), so that there is one
    answer; found by Brent's method. It is 0 where the target is reached with nothing. Its bounds
    are those of the share (``margins``), divided by what the lever moves the share there.

    Args:
        model: what else is assumed.
        band: ``LOW`` or ``HIGH``.
        target: a fraction.
        years: yearly steps, at least 1.
        change: the lever.
        highest: its highest value.
    """

    def short(value: float) -> float:
        return float(shares(change(model, value), years)[-1, band]) - target

    least, most = short(0.0), short(highest)
    ends = (least + target, most + target)
    if least >= 0:
        return Needed(0.0, *ends)
    if most < 0:
        return Needed(None, *ends)
    found = float(brentq(short, 0.0, highest, xtol=1e-12))
    below, above = max(0.0, found - STEP), min(highest, found + STEP)
    slope = (short(above) - short(below)) / (above - below)
    if slope <= 0:
        return Needed(found, *ends)
    low, high = (float(bound[-1, band]) for bound in margins(change(model, found), years))
    lower, upper = (found - (high - target) / slope, found + (target - low) / slope)
    return Needed(found, *ends, max(0.0, lower), min(highest, upper))
