"""Time to promotion as a life table by whole years, from protected counts alone.

Of ``n`` at risk in a year, ``d`` are promoted and ``c`` lost sight of: the chance is
``q = d / (n - c/2)`` (the actuarial estimator), and ``S`` the product of the ``1 - q``. The
variance of ``ln S`` is Greenwood's sum plus what rounding adds to each count, by the delta method;
bounds are those of ``ln(-ln S)`` (Kalbfleisch and Prentice 1980), which stay between 0 and 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, repeat
from typing import Any

import numpy as np
import polars as pl
from scipy.stats import norm

from etl.metrics import statistics
from etl.metrics.cells import CELLS
from etl.metrics.counted import NOT_REACHED, PUBLISHED, REST, STATUSES, Counts
from etl.metrics.spells import SPELLS, YEARS
from etl.metrics.statistics import LEVEL, Floats
from etl.metrics.time_to_promotion import GAP, MEDIAN, WITHIN
from etl.metrics.written import percentages, written

HALF = 0.5
PLACE = ("period", "period_kind", "unit", "unit_level", "attribute")
"""What the cells of one curve share, beside the category."""
Cell = Mapping[str, Any]
Cells = Mapping[tuple[str, str, str], Cell]
"""(metric, year, category) -> count."""
Figure = tuple[float | None, float | None, float | None]
"""A value with its bounds."""
Numbers = tuple[float | None, float | None, float | None, float | None]
"""The same with its base."""
FIGURES = ("value", "lower", "upper", "base")
_NOTHING: Numbers = (None, None, None, None)


@dataclass(frozen=True)
class Curve:
    """Part promoted by the end of each whole year, with 95% bounds (fractions; NaN: none)."""

    promoted: Floats
    lower: Floats
    upper: Floats
    slopes: Floats
    """(K, 3): derivatives of the logarithm of the chance to pass a year by its three counts."""

    @property
    def median(self) -> Figure:
        """Years until half are promoted, with bounds; None: not reached.

        Promotions are spread evenly over their year, as the estimator has it. The bounds are where
        those of the curve pass half (Brookmeyer and Crowley 1982).
        """
        return _passes(self.promoted), _passes(self.upper), _passes(self.lower)


def _passes(promoted: Floats) -> float | None:
    before = 0.0
    for year, after in enumerate(promoted.tolist()):
        if np.isnan(after):
            return None
        if after >= HALF:
            return float(year + (HALF - before) / (after - before))
        before = after
    return None


def life_table(counts: Floats, variance: Floats) -> Curve:
    """The curve of one group.

    Args:
        counts: (K, 3): at risk, promoted and lost sight of in each year, at risk above half of
            the lost.
        variance: (K, 3): rounding variance of each count; 0 is exact.
    """
    at_risk, promoted, lost = counts.T
    exposed = at_risk - lost / 2
    q = np.clip(promoted / exposed, 0.0, 1.0)
    # Where everybody is promoted nothing is left to be unsure of in logarithms: no bounds.
    left = np.where(q < 1, exposed * (1 - q), np.nan)
    greenwood = q / left
    slopes = np.column_stack([q / left, -1 / left, -q / left / 2])
    spread = np.cumsum(greenwood + (slopes**2 * variance).sum(axis=1))
    survival = np.cumprod(1 - q)
    inside = (survival > 0) & (survival < 1)
    log = np.log(np.where(inside, survival, HALF))
    width = norm.ppf(0.5 + LEVEL / 2) * np.sqrt(spread) / -log
    ends = [np.where(inside, 1 - np.exp(log * np.exp(side * width)), np.nan) for side in (-1, 1)]
    return Curve(1 - survival, ends[0], ends[1], slopes)


def curves(book: Counts, dimensions: pl.DataFrame) -> pl.DataFrame:
    """The curve of the group and of the others, their difference and their medians.

    The others are those who are known or, where that shows fewer years, everybody outside the
    group. A hidden count hides its year and all after it; a year that is not planned ends the
    curve.

    Args:
        book: the protected counts.
        dimensions: ``dimensions.csv``: names the years in order.

    Returns:
        Columns ``CELLS``, percentages as they are written.
    """
    by_year = (pl.col("dimension") == "scale_group") & (pl.col("partition") == YEARS)
    years = dimensions.filter(by_year)["code"].to_list()
    alone = (pl.col("attribute") != "") & (pl.col("attribute2") == "")
    counts = book.cells.filter(pl.col("metric").is_in(SPELLS) & alone)
    rows = [
        row
        for place, cells in counts.sort(*PLACE).group_by(PLACE, maintain_order=True)
        for row in _figures(_by_key(cells), years, dict(zip(PLACE, place, strict=True)))
    ]
    schema = {name: book.cells.schema.get(name, pl.Float64) for name in CELLS}
    schema |= dict.fromkeys(FIGURES, pl.Float64())
    made = pl.DataFrame(rows, schema=schema)
    numbers = ("value", "lower", "upper")
    is_median = pl.col("metric") == MEDIAN
    return pl.concat(
        [
            percentages(made.filter(~is_median), numbers),
            made.filter(is_median).with_columns(written(name, 1) for name in numbers),
        ]
    )


def _by_key(cells: pl.DataFrame) -> Cells:
    return {
        (row["metric"], row["scale_group"], row["category"]): row
        for row in cells.iter_rows(named=True)
    }


@dataclass(frozen=True)
class Group:
    """One group: the status of each planned year, and the curve over those that are shown."""

    statuses: Sequence[str]
    at_risk: Floats
    variance: Floats
    curve: Curve

    @property
    def shown(self) -> int:
        """How many years are shown."""
        return len(self.at_risk)


def _group(cells: Cells, years: Sequence[str], category: str) -> Group:
    rows = []
    for year in years:
        found = [cells.get((metric, year, category)) for metric in SPELLS]
        if None in found:
            break
        rows.append([cell for cell in found if cell is not None])
    ranks = [max(STATUSES.index(cell["status"]) for cell in row) for row in rows]
    statuses = [STATUSES[worst] for worst in accumulate(ranks, max)]
    held = rows[: statuses.count(PUBLISHED)]
    counts, variance = (
        np.array([[cell[name] for cell in row] for row in held], dtype=np.float64).reshape(-1, 3)
        for name in ("value", "variance")
    )
    return Group(statuses, counts[:, 0], variance, life_table(counts, variance))


def _figures(cells: Cells, years: Sequence[str], place: dict[str, Any]) -> Iterator[dict[str, Any]]:
    group = _group(cells, years, "yes")
    others = max((_group(cells, years, c) for c in ("no", REST)), key=lambda one: one.shown)
    for category, one in (("yes", group), ("no", others)):
        same = place | {"category": category}
        for year, status, numbers in zip(years, one.statuses, _each_year(one), strict=False):
            yield _cell(same | {"metric": WITHIN, "scale_group": year}, status, numbers)
        if one.statuses:
            yield _median(same, one)
    same = place | {"category": "yes", "metric": GAP}
    statuses = [
        max(pair, key=STATUSES.index) for pair in zip(group.statuses, others.statuses, strict=False)
    ]
    for year, status, numbers in zip(years, statuses, _gaps(group, others), strict=False):
        yield _cell(same | {"scale_group": year}, status, numbers)


def _each_year(one: Group) -> Iterator[Numbers]:
    """Percentages of each year, those that are not shown without."""
    curve = one.curve
    for base, *ends in zip(one.at_risk, curve.promoted, curve.lower, curve.upper, strict=True):
        yield _numbers(base, ends)
    yield from repeat(_NOTHING)


def _gaps(group: Group, others: Group) -> Iterator[Numbers]:
    """The differences of two curves, in points (MOVER: Newcombe's way, with any two intervals)."""
    both = min(group.shown, others.shown)
    bases = np.minimum(group.at_risk[:both], others.at_risk[:both])
    sides = [
        (curve.promoted[:both], (curve.lower[:both], curve.upper[:both]))
        for curve in (group.curve, others.curve)
    ]
    apart = statistics.difference_interval(*sides[0], *sides[1], _shared(group, others, both))
    for base, *ends in zip(bases, *apart, strict=True):
        yield _numbers(base, ends)
    yield from repeat(_NOTHING)


def _shared(group: Group, others: Group, both: int) -> Floats:
    """What the group's roundings add to the variance of the difference: the others hold them, too.

    Every count of the others is a remainder that lacks what rounding added to the group's.
    """
    mine, theirs = (curve.slopes[:both] for curve in (group.curve, others.curve))
    together = np.cumsum((mine * theirs * group.variance[:both]).sum(axis=1))
    passed = (1 - group.curve.promoted[:both]) * (1 - others.curve.promoted[:both])
    return np.asarray(2 * passed * together)


def _numbers(base: float, ends: Sequence[float]) -> Numbers:
    """Value and bounds of a percentage and its base; what could not be computed is empty."""
    value, lower, upper = (None if np.isnan(end) else 100 * float(end) for end in ends)
    return value, lower, upper, float(base)


def _median(place: dict[str, Any], one: Group) -> dict[str, Any]:
    """Not reached where the curve is shown and stays below half; hidden with its first year."""
    key = place | {"metric": MEDIAN, "scale_group": "all"}
    if one.statuses[0] != PUBLISHED:
        return _cell(key, one.statuses[0], _NOTHING)
    value, lower, upper = one.curve.median
    if value is None:
        return _cell(key, NOT_REACHED, _NOTHING)
    return _cell(key, PUBLISHED, (value, lower, upper, float(one.at_risk[0])))


def _cell(key: Mapping[str, Any], status: str, numbers: Numbers) -> dict[str, Any]:
    figures = dict(zip(FIGURES, numbers, strict=True))
    told = {"status": status, "as_of": key["period"]}
    return {**dict.fromkeys(CELLS, ""), **key, **told, **figures}
