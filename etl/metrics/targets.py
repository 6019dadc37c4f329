"""Targets and benchmarks: how far a share is from them, how fast it moves, when it would be there.

Everything is a function of protected shares and of the published targets. Of several targets of
one place the next one counts: the first whose year has not passed, else the last that has. A unit
without its own has that of the nearest unit above; status ``none`` says that there is none, and
ends that search.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from scipy.stats import norm

from etl.metrics.cells import CELLS
from etl.metrics.counted import HIDDEN, NOT_REFRESHED, PUBLISHED
from etl.metrics.metric import Kind, Metric, Unit
from etl.metrics.statistics import LEVEL
from etl.metrics.written import percentages, written
from etl.schemas import NO_TARGET

TARGET, BENCHMARK = "target", "benchmark"
"""``reference`` of a metric that is held against targets or benchmarks; their ``kind``, too."""

WINDOW = 8
"""The pace is that of so many reference dates."""
FEWEST = 5
"""Fewer distinct numbers than this among them give no pace."""
HORIZON = 50
"""Nothing is said about more years from the reference date than this."""
PACE_DECIMALS = 2
DAYS = 365.25
"""In a year."""

ABOUT = "share"
DISTANCE, PACE, YEAR = "target_distance", "share_pace", "target_year"
INDEX = "representation_index"

SUBJECT = ("scale_group", "attribute", "category")
PLACE = ("unit", *SUBJECT)


# --- method ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A share as a straight line over time: ``level + slope * years``, and how sure that is.

    ``years`` count from the reference date. The (co)variances are those of level and slope.
    """

    level: float
    slope: float
    level_var: float
    slope_var: float
    covariance: float

    @property
    def bounds(self) -> tuple[float, float]:
        """95% bounds of the slope."""
        spread = norm.ppf(0.5 + LEVEL / 2) * math.sqrt(self.slope_var)
        return self.slope - spread, self.slope + spread


def fitted(years: Sequence[float], shares: Sequence[float], variances: Sequence[float]) -> Line:
    """The weighted least squares line through shares of known variance.

    The variances are taken as they are where the shares lie as near to the line as they should,
    and enlarged to what the shares really scatter where these lie further off. Numbers of dates
    that hold mostly the same people are treated as if they were independent: their common part
    moves the level and not the slope, so the interval of the slope is on the wide side.

    Args:
        years: from the reference date, at least three.
        shares: fractions.
        variances: of these, rounding included, above 0.
    """
    (slope, level), shape = np.polyfit(
        years, shares, 1, w=1 / np.sqrt(np.asarray(variances)), cov="unscaled"
    )
    apart = np.asarray(shares) - (level + slope * np.asarray(years))
    scatter = float((apart**2 / np.asarray(variances)).sum()) / (len(years) - 2)
    shape = shape * max(1.0, scatter)
    return Line(float(level), float(slope), shape[1, 1], shape[0, 0], shape[0, 1])


def crossing(line: Line, target: float) -> tuple[float, float, float] | None:
    """When the line reaches the target, in years from the reference date, with 95% bounds.

    The bounds hold every moment at which the target lies within the interval of the line (Fieller
    1954). Where the slope is not certainly other than zero there is no such interval, and None is
    returned; likewise where the line is past the target, or moves away from it.
    """
    lower, upper = line.bounds
    apart = target - line.level
    if lower <= 0 <= upper or apart * line.slope <= 0:
        return None
    z2 = norm.ppf(0.5 + LEVEL / 2) ** 2
    square = line.slope**2 - z2 * line.slope_var
    middle = line.slope * apart + z2 * line.covariance
    rest = apart**2 - z2 * line.level_var
    root = math.sqrt(max(middle**2 - square * rest, 0.0))
    return apart / line.slope, max((middle - root) / square, 0.0), (middle + root) / square


def year_of(day: date, years: float) -> int:
    """The calendar year in which it is ``years`` after ``day``."""
    length = date(day.year + 1, 1, 1) - date(day.year, 1, 1)
    return math.floor(day.year + (day - date(day.year, 1, 1)) / length + years)


# --- which target ------------------------------------------------------------------------------


def in_force(references: pl.DataFrame, dimensions: pl.DataFrame, metric: str) -> pl.DataFrame:
    """The target of every unit at every reference date, its own or that of the nearest above.

    Args:
        references: ``references.csv``.
        dimensions: ``dimensions.csv``.
        metric: what the targets are about.

    Returns:
        ``period``, ``end``, ``PLACE`` and ``target`` (percent); only where there is one.
    """
    about = (pl.col("kind") == TARGET) & (pl.col("metric") == metric)
    passed = pl.col("year") < pl.col("end").dt.year()
    own = (
        references.filter(about)
        .rename({"unit": "at"})
        .join(_dates(dimensions).select("period", "end"), how="cross")
        .with_columns(passed=passed, near=pl.when(passed).then(-pl.col("year")).otherwise("year"))
        .sort("passed", "near")
        .unique(["period", "at", *SUBJECT], keep="first", maintain_order=True)
    )
    nearest = (
        _lines(dimensions)
        .join(own, on=["period", "at"])
        .sort("steps")
        .unique(["period", *PLACE], keep="first", maintain_order=True)
    )
    wanted = (pl.col("status") != NO_TARGET) & pl.col("value").is_not_null()
    return nearest.filter(wanted).select("period", "end", *PLACE, target="value")


def _dates(dimensions: pl.DataFrame) -> pl.DataFrame:
    """The reference dates in order: ``period``, ``end`` and ``place``."""
    periods = dimensions.filter(pl.col("dimension") == "period")
    kind = "quarter" if "quarter" in periods["partition"].to_list() else "year"
    steps = periods.filter(pl.col("partition") == kind).sort("valid_to")
    return steps.select(period="code", end="valid_to").with_row_index("place")


def _lines(dimensions: pl.DataFrame) -> pl.DataFrame:
    """``period``, ``unit``, ``at`` (itself or a unit above), ``steps`` from one to the other."""
    begun = pl.col("valid_from").is_null() | (pl.col("valid_from") <= pl.col("end"))
    open_ = pl.col("valid_to").is_null() | (pl.col("valid_to") >= pl.col("end"))
    units = dimensions.filter(pl.col("dimension") == "unit")
    dates = _dates(dimensions).select("period", "end")
    tree = units.join(dates, how="cross").filter(begun & open_)
    above = tree.select("period", at="code", next="parent")
    reached = tree.select("period", unit="code", at="code", steps=pl.lit(0))
    found = [reached]
    while reached.height and len(found) <= units.height:
        further = reached.join(above, on=["period", "at"]).filter(pl.col("next") != "")
        reached = further.select("period", "unit", at="next", steps=pl.col("steps") + 1)
        found.append(reached)
    return pl.concat(found)


# --- cells -------------------------------------------------------------------------------------

Row = Mapping[str, Any]
NUMBERS = ("value", "lower", "upper")


def against_references(
    exact: pl.DataFrame, dimensions: pl.DataFrame, metrics: pl.DataFrame, references: pl.DataFrame
) -> pl.DataFrame:
    """Distance, pace and year of every target, and the index of every share with a benchmark.

    Args:
        exact: shares in fractions with bounds and effective size, as ``derive`` makes them.
        dimensions: ``dimensions.csv``.
        metrics: ``metrics.csv``; those with reference ``target`` or ``benchmark`` are made.
        references: ``references.csv``.

    Returns:
        Columns ``CELLS``. A figure has the status of the share that it is about; a pace of too
        few numbers is hidden or not refreshed where one of them is, and absent where none is.
    """
    declared = metrics.filter(pl.col("reference").is_in([TARGET, BENCHMARK]))["metric"]
    alone = exact.filter((pl.col("metric") == ABOUT) & (pl.col("attribute2") == ""))
    shares = alone.join(_dates(dimensions), on="period")
    aimed = shares.join(in_force(references, dimensions, ABOUT), on=["period", *PLACE])
    made = pl.concat([_distance(aimed), _moving(shares, aimed), _index(shares, references)])
    return made.filter(pl.col("metric").is_in(declared.implode()))


def _distance(aimed: pl.DataFrame) -> pl.DataFrame:
    """The share minus its target, in percentage points."""
    points = aimed.with_columns(
        metric=pl.lit(DISTANCE),
        value=pl.col("p") * 100 - pl.col("target"),
        lower=pl.col("lower") * 100 - pl.col("target"),
        upper=pl.col("upper") * 100 - pl.col("target"),
    )
    return percentages(points.select(CELLS), NUMBERS)


def _index(shares: pl.DataFrame, references: pl.DataFrame) -> pl.DataFrame:
    """The share divided by the newest benchmark of the same group and scales."""
    benchmarks = (
        references.filter((pl.col("kind") == BENCHMARK) & (pl.col("value") > 0))
        .sort("year", descending=True)
        .unique(SUBJECT, keep="first", maintain_order=True)
        .select(*SUBJECT, norm=pl.col("value") / 100)
    )
    held = shares.join(benchmarks, on=SUBJECT).with_columns(
        metric=pl.lit(INDEX),
        value=pl.col("p") / pl.col("norm"),
        lower=pl.col("lower") / pl.col("norm"),
        upper=pl.col("upper") / pl.col("norm"),
    )
    return held.select(CELLS).with_columns(written(name, 2) for name in NUMBERS)


def _moving(shares: pl.DataFrame, aimed: pl.DataFrame) -> pl.DataFrame:
    """Pace and year of every share that has a target."""
    history: dict[tuple[Any, ...], list[Row]] = {}
    wanted = shares.join(aimed.select(PLACE).unique(), on=PLACE, how="semi")
    for row in wanted.sort("place").iter_rows(named=True):
        history.setdefault(_place(row), []).append(row)
    rows = [
        cell for row in aimed.iter_rows(named=True) for cell in _figures(row, history[_place(row)])
    ]
    kept = {name: dtype for name, dtype in shares.schema.items() if name in _COPIED}
    return pl.DataFrame(rows, schema=kept | dict.fromkeys(NUMBERS, pl.Float64)).select(CELLS)


_COPIED = [name for name in CELLS if name not in NUMBERS]


def _place(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in PLACE)


def _figures(row: Row, history: Sequence[Row]) -> Iterator[dict[str, Any]]:
    """Pace and year of one share at one reference date.

    Args:
        row: the share, with its target.
        history: the same share at all dates, oldest first.
    """
    told = {name: row[name] for name in _COPIED}
    window = [each for each in history if -WINDOW < each["place"] - row["place"] <= 0]
    points = distinct(window)
    status = row["status"] if row["status"] != PUBLISHED else _too_few(window, points)
    if status != PUBLISHED:
        hidden = {**told, **dict.fromkeys(NUMBERS), "status": status, "base": None}
        yield from ({**hidden, "metric": metric} for metric in (PACE, YEAR) if status)
        return
    line = _line(row["end"], points)
    pace = [round(100 * number, PACE_DECIMALS) for number in (line.slope, *line.bounds)]
    yield {**told, "metric": PACE, **dict(zip(NUMBERS, pace, strict=True))}
    found = crossing(line, row["target"] / 100)
    # as it is written: a pace that is written as possibly nothing leads nowhere
    if found is not None and not pace[1] <= 0 <= pace[2] and found[0] <= HORIZON:
        at = [float(year_of(row["end"], y)) if y <= HORIZON else None for y in found]
        yield {**told, "metric": YEAR, **dict(zip(NUMBERS, at, strict=True))}


def distinct(window: Sequence[Row]) -> list[Row]:
    """The published numbers, each once: one that is repeated is that of its own date.

    Args:
        window: the same share at some dates, oldest first.

    Returns:
        The rows at their own dates; a number whose own date lies before the window has none.
    """
    fresh = [row for row in window if row["status"] == PUBLISHED and row["as_of"] == row["period"]]
    # a share of all or of nobody has no variance to weigh it by
    return [row for row in fresh if 0 < row["p"] < 1]


def _too_few(window: Sequence[Row], points: Sequence[Row]) -> str:
    """Published where there are enough numbers; else what they are, empty where they never were."""
    if len(points) >= FEWEST:
        return PUBLISHED
    statuses = {row["status"] for row in window}
    if statuses & set(HIDDEN):
        return HIDDEN[0]
    repeated = any(row["as_of"] != row["period"] for row in window)
    return NOT_REFRESHED if repeated or NOT_REFRESHED in statuses else ""


def _line(end: date, points: Sequence[Row]) -> Line:
    years = [(row["end"] - end).days / DAYS for row in points]
    variances = [row["p"] * (1 - row["p"]) / row["effective"] for row in points]
    return fitted(years, [row["p"] for row in points], variances)


# --- definitions -------------------------------------------------------------------------------

WHICH_NL = (
    "Van meer streefcijfers geldt het eerste waarvan het jaar niet voorbij is; een onderdeel "
    "zonder eigen streefcijfer heeft dat van het naaste onderdeel erboven."
)
WHICH_EN = (
    "Of several targets the first counts whose year has not passed; a unit without a target of its "
    "own has that of the nearest unit above it."
)


def _against(
    key: str,
    kind: Kind,
    unit: Unit,
    labels: tuple[str, str],
    definitions: tuple[str, str],
    *,
    reference: str = TARGET,
) -> Metric:
    return Metric(
        key=key,
        kind=kind,
        unit=unit,
        sensitivity="special",
        label_nl=labels[0],
        label_en=labels[1],
        definition_nl=definitions[0],
        definition_en=definitions[1],
        numerator=ABOUT,
        reference=reference,
    )


TARGETS = (
    _against(
        DISTANCE,
        "statistic",
        "points",
        ("Afstand tot het streefcijfer", "Distance to the target"),
        (
            "Aandeel min streefcijfer, in procentpunten; onder nul is het streefcijfer niet "
            f"gehaald. {WHICH_NL} Interval: dat van het aandeel.",
            "Share minus target, in percentage points; below zero the target has not been reached. "
            f"{WHICH_EN} Interval: that of the share.",
        ),
    ),
    _against(
        PACE,
        "statistic",
        "points_per_year",
        ("Tempo van het aandeel", "Pace of the share"),
        (
            f"Helling van de lijn door het aandeel op de laatste {WINDOW} peildata, in "
            "procentpunten per jaar: gewogen kleinste kwadraten, gewogen met de onzekerheid van "
            "elk aandeel, de afronding op 5 erin verwerkt. Een herhaald getal telt één keer, op "
            f"zijn eigen datum; minder dan {FEWEST} verschillende geven geen tempo. Interval: "
            "95%, alsof de peildata los van elkaar staan (aan de ruime kant), ruimer waar de "
            "aandelen verder van de lijn liggen.",
            f"Slope of the line through the share at the last {WINDOW} reference dates, in "
            "percentage points a year: weighted least squares, weighted by the uncertainty of each "
            "share, the rounding to 5 included. A repeated number counts once, at its own date; "
            f"fewer than {FEWEST} different ones give no pace. Interval: 95%, as if the reference "
            "dates were independent (on the wide side), wider where the shares lie further from "
            "the line.",
        ),
    ),
    _against(
        YEAR,
        "statistic",
        "year",
        ("Jaar waarin het streefcijfer gehaald zou zijn", "Year the target would be reached"),
        (
            "Jaar waarin de lijn achter het tempo het streefcijfer bereikt, als dat tempo blijft; "
            "geen voorspelling. Alleen waar het tempo zeker niet nul is en naar het streefcijfer "
            f"gaat, en niet meer dan {HORIZON} jaar vooruit. Interval: 95% (Fieller); zonder "
            f"bovengrens ligt die verder dan {HORIZON} jaar. {WHICH_NL}",
            "Year in which the line behind the pace reaches the target, if that pace lasts; no "
            "forecast. Only where the pace is certainly not zero and towards the target, and not "
            f"more than {HORIZON} years ahead. Interval: 95% (Fieller); without an upper bound it "
            f"lies more than {HORIZON} years ahead. {WHICH_EN}",
        ),
    ),
    _against(
        INDEX,
        "ratio",
        "ratio",
        ("Vertegenwoordiging", "Representation"),
        (
            "Aandeel gedeeld door de nieuwste vergelijkingswaarde van dezelfde groep en "
            "schaalgroep (zoals de arbeidsmarkt); 1 is evenredig. Interval: dat van het aandeel; "
            "de vergelijkingswaarde wordt als vast genomen.",
            "Share divided by the newest benchmark of the same group and scale group (such as the "
            "labour market); 1 is proportional. Interval: that of the share; the benchmark is "
            "taken as given.",
        ),
        reference=BENCHMARK,
    ),
)
