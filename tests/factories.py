"""A publication made by hand for tests of the dashboard: the tables of the contract, no ETL.

The numbers are invented but hold together: parts add up to their whole before rounding, stocks and
flows of everybody obey the accounting identity, special cells under the gates are suppressed, and
shares, rates, gaps and parities are recomputed from the protected counts of the same file.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import duckdb
import polars as pl

Inequality = Literal["planted", "reversed", "none"]
ROOT = "MIN"
TREE = {
    "DGOB": ("DG Openbaar Bestuur", "DG Public Administration", {"OB1": (1100, 200, 1.1), "OB2": (760, 120, 1.0)}),
    "DGD": ("DG Digitalisering", "DG Digital", {"DI1": (560, 110, 1.3), "DI2": (380, 60, 1.1)}),
    "UBR": ("Uitvoering en bedrijfsvoering", "Operations", {"UB1": (5200, 500, 1.0), "UB2": (3390, 390, 0.95)}),
    "SGC": ("SG-cluster", "SG cluster", {"SG1": (570, 110, 0.8), "SG2": (40, 10, 0.7)}),
}  # fmt: skip
"""Level 2: names and children; a child: head count and number in >=14 at the end, weight of origin."""
LEAVES = {code: spec for _, _, children in TREE.values() for code, spec in children.items()}
LOW, HIGH, ALL = "<=13", ">=14", "all"
FINE = {LOW: {"1-5": (0.10, 0.18), "6-9": (0.30, 0.38), "10-11": (0.35, 0.29), "12-13": (0.25, 0.15)},
        HIGH: {"14-15": (0.80, 0.90), "16+": (0.20, 0.10)}}  # fmt: skip
SINGLES = {"1-5": range(1, 6), "6-9": range(6, 10), "10-11": range(10, 12), "12-13": range(12, 14),
           "14-15": range(14, 16), "16+": range(16, 20)}  # fmt: skip
ORIGIN_LEAVES = {"turkije": 0.2, "marokko": 0.2, "suriname": 0.25, "nl_cariben": 0.1, "indonesie": 0.1}
BINARY = {"gender": (0.52, 0.40), "age_band": (0.30, 0.08), "contract": (0.18, 0.05), "location_group": (0.08, 0.12)}
"""Share of the followed group among everybody, in the lower and in the upper band."""
KEY = ("metric", "period", "period_kind", "unit", "unit_level", "scale_group", "attribute", "category",
       "attribute2", "category2")  # fmt: skip
CELL_SCHEMA = {
    **dict.fromkeys(("metric", "period", "period_kind", "unit"), pl.String),
    "unit_level": pl.Int64,
    **dict.fromkeys(("scale_group", "attribute", "category", "attribute2", "category2"), pl.String),
    "status": pl.String, "as_of": pl.String,
    "value": pl.Float64, "base": pl.Float64, "lower": pl.Float64, "upper": pl.Float64,
}  # fmt: skip
FLOWS = ("inflow", "exit", "promotion", "crossing")


@dataclass(frozen=True)
class Scenario:
    """Shares of the group at the first and last date, and its odds in each flow against the pool."""

    low: tuple[float, float]
    high: tuple[float, float]
    inflow: float
    odds: dict[str, float]


SCENARIOS: dict[str, Scenario] = {
    "planted": Scenario((0.090, 0.110), (0.031, 0.0345), 0.16, {"exit": 1.36, "promotion": 0.66, "crossing": 0.5}),
    "reversed": Scenario((0.108, 0.110), (0.130, 0.1615), 0.09, {"exit": 0.66, "promotion": 1.5, "crossing": 1.8}),
    "none": Scenario((0.103, 0.105), (0.103, 0.105), 0.105, {"exit": 1.0, "promotion": 1.0, "crossing": 1.0}),
}  # fmt: skip

Counts = dict[str, int]
"""persons, unknown, yes, europa and one count for each binary attribute."""


def spread(total: int, weights: Sequence[float]) -> list[int]:
    """Whole numbers in proportion to ``weights`` that add up to ``total`` (largest remainder)."""
    scale = total / sum(weights)
    floors = [math.floor(w * scale) for w in weights]
    order = sorted(range(len(weights)), key=lambda i: floors[i] - weights[i] * scale)
    for i in order[: total - sum(floors)]:
        floors[i] += 1
    return floors


def five(value: float) -> int:
    """The nearest multiple of five."""
    return 5 * round(value / 5)


def wilson(successes: float, base: float) -> tuple[float, float]:
    """The 95% interval of a proportion, widened by the variance of rounding to five."""
    p, z = successes / base, 1.959964
    z2 = z * z * (1 + 6.25 / max(base * p * (1 - p), 1))
    centre = (p + z2 / (2 * base)) / (1 + z2 / base)
    half = math.sqrt(z2 * (p * (1 - p) / base + z2 / (4 * base * base))) / (1 + z2 / base)
    return max(0.0, centre - half), min(1.0, centre + half)


class _Truth:
    """The unrounded counts of one invented organisation, per unit, band and quarter."""

    def __init__(self, scenario: Scenario, quarters: int) -> None:
        self.scenario, self.quarters = scenario, quarters
        self.carry: dict[tuple[str, str], float] = {}
        self.stock = [self._stock(q) for q in range(quarters)]
        self.flows: list[dict[str, dict[tuple[str, str], Counts]]] = [{}]
        for q in range(1, quarters):
            self.flows.append(self._flows(q))

    def _stock(self, q: int) -> dict[tuple[str, str], Counts]:
        part = q / (self.quarters - 1)
        size = 0.93 + 0.07 * part
        out: dict[tuple[str, str], Counts] = {}
        for band, (first, last), known in ((LOW, self.scenario.low, 0.91), (HIGH, self.scenario.high, 0.8867)):
            people = [round(size * (n - high if band == LOW else high)) for n, high, _ in LEAVES.values()]
            share = first + (last - first) * part
            yes = spread(round(sum(people) * known * share), [n * w for n, (_, _, w) in zip(people, LEAVES.values(), strict=True)])
            for unit, n, group in zip(LEAVES, people, yes, strict=True):
                out[unit, band] = _attributes(n, round(n * (1 - known)), group, band)
        return out

    def _flows(self, q: int) -> dict[str, dict[tuple[str, str], Counts]]:
        before, after = self.stock[q - 1], self.stock[q]
        keys = list(after)
        people = [before[k]["persons"] for k in keys]
        total = sum(people)
        inflow = dict(zip(keys, spread(round(total * 0.025), people), strict=True))
        low = [k for k in keys if k[1] == LOW]
        crossing = dict(zip(low, spread(15, [before[k]["persons"] for k in low]), strict=True))
        promotion = dict(zip(keys, spread(round(total * 0.018), people), strict=True))
        exits: dict[tuple[str, str], int] = {}
        for unit, band in keys:
            leg = -crossing[unit, LOW] if band == LOW else crossing[unit, LOW]
            out = before[unit, band]["persons"] + inflow[unit, band] + leg - after[unit, band]["persons"]
            inflow[unit, band] += max(0, -out)  # never fewer than nobody leaves
            exits[unit, band] = max(0, out)
        promotion = {k: max(n, crossing.get(k, 0)) for k, n in promotion.items()}
        plain = {"inflow": inflow, "exit": exits, "promotion": promotion, "crossing": crossing}
        return {name: self._group(name, legs, before) for name, legs in plain.items()}

    def _group(self, name: str, legs: dict[tuple[str, str], int], before: dict[tuple[str, str], Counts]) -> dict[tuple[str, str], Counts]:
        out: dict[tuple[str, str], Counts] = {}
        for band in (LOW, HIGH):
            keys = [k for k in legs if k[1] == band]
            if not keys:
                continue
            pool = _sum(before[k] for k in keys)
            share = pool["yes"] / (pool["persons"] - pool["unknown"])
            odds = self.scenario.odds.get(name)
            group = self.scenario.inflow if odds is None else odds * share / (1 - share + odds * share)
            wanted = sum(legs[k] for k in keys) * 0.9 * group + self.carry.get((name, band), 0.0)
            self.carry[name, band] = wanted - round(wanted)  # small flows would lose their fractions
            yes = spread(round(wanted), [legs[k] + 1e-9 for k in keys])
            for key, n in zip(keys, yes, strict=True):
                out[key] = _attributes(legs[key], round(legs[key] * 0.1), n, band)
        return out


def _attributes(persons: int, unknown: int, yes: int, band: str) -> Counts:
    yes = min(yes, persons - unknown)
    europa = round((persons - unknown - yes) * 0.09)
    shares = {a: round(persons * (low if band == LOW else high)) for a, (low, high) in BINARY.items()}
    return {"persons": persons, "unknown": unknown, "yes": yes, "europa": europa, **shares}


def _sum(counts: Iterable[Counts]) -> Counts:
    out = dict.fromkeys(("persons", "unknown", "yes", "europa", *BINARY), 0)
    for one in counts:
        for key, n in one.items():
            out[key] += n
    return out


def leaves_of(unit: str) -> list[str]:
    """The lowest units under ``unit``, itself included where it is one."""
    if unit == ROOT:
        return list(LEAVES)
    return list(TREE[unit][2]) if unit in TREE else [unit]


def level_of(unit: str) -> int:
    """1 for the whole, 2 and 3 below it."""
    return 1 if unit == ROOT else 2 if unit in TREE else 3


UNITS = [ROOT, *(code for top, (_, _, children) in TREE.items() for code in (top, *children))]


class _Cells:
    """Collects cells; protects counts the way the policy does, only simpler."""

    def __init__(self) -> None:
        self.rows: dict[tuple[object, ...], tuple[str, float | None, float | None, float | None, float | None]] = {}

    def put(self, key: tuple[object, ...], value: float | None, base: float, low: float | None = None, high: float | None = None) -> None:
        status = "suppressed" if value is None else "published"
        self.rows[key] = (status, value, base, low, high)

    def counts(self, where: tuple[object, ...], counts: Counts, *, groups: bool, leaves: bool, attributes: bool) -> None:
        """Everybody, and the splits of one unit, scale group and period. ``where`` = first 6 of KEY."""
        persons = counts["persons"]
        self.put((*where, "", "", "", ""), persons, persons)
        if attributes:
            self._origin(where, counts, groups=groups, leaves=leaves)
            for attribute in BINARY if level_of(str(where[3])) < 3 else ("gender",):
                own = _gate(counts[attribute], persons, 5, 10)
                self.put((*where, attribute, "yes", "", ""), own, persons)
                self.put((*where, attribute, "no", "", ""), None if own is None else persons - own, persons)

    def _origin(self, where: tuple[object, ...], counts: Counts, *, groups: bool, leaves: bool) -> None:
        persons = counts["persons"]

        def put(category: str, value: float | None) -> None:
            self.put((*where, "origin", category, "", ""), value, persons)

        unknown = _gate(counts["unknown"], persons, 10, 50)
        known = None if unknown is None else persons - unknown
        yes = _gate(counts["yes"], persons, 10, 50, persons if known is None else known)
        put("unknown", unknown)
        put("known", known)
        put("yes", yes)
        put("no", None if known is None or yes is None else known - yes)
        if groups:
            europa = _gate(counts["europa"], persons, 10, 50)
            put("buiten_europa", yes)
            put("europa", europa)
            shown = known is not None and yes is not None and europa is not None
            put("nederland", known - yes - europa if shown else None)  # type: ignore[operator]
        if leaves:
            own = {leaf: _gate(counts["yes"] * part, persons, 10, 250) for leaf, part in ORIGIN_LEAVES.items()}
            for leaf, value in own.items():
                put(leaf, value)
            rest = None if yes is None or None in own.values() else yes - sum(v or 0 for v in own.values())
            put("overig_buiten_europa", rest)

    def value(self, metric: str, where: tuple[object, ...], category: str, attribute: str = "origin") -> float | None:
        """The protected count of one cell, or None where it is hidden or absent."""
        tail = ("", "", "", "") if category == "" else (attribute, category, "", "")
        row = self.rows.get((metric, *where[1:6], *tail))
        return None if row is None else row[1]

    def share(self, metric: str, where: tuple[object, ...], tail: tuple[str, ...], part: float | None, base: float | None) -> None:
        """A percentage, written as it is published; suppressed when either count is."""
        key = (metric, *where[1:6], *tail)
        if part is None or not base or part > base:
            self.put(key, None, base or 0)
            return
        places = 1 if base >= 1000 else 0
        low, high = wilson(part, base)
        self.put(key, round(100 * part / base, places), base, round(100 * low, places), round(100 * high, places))

    def parity(self, metric: str, where: tuple[object, ...], attribute: str, a: float | None, n1: float | None, b: float | None, n2: float | None) -> None:
        """Rate of the group over rate of the others with its 95% interval."""
        key = (metric, *where[1:6], attribute, "yes", "", "")
        if not a or not b or not n1 or not n2:
            self.put(key, None, n1 or 0)
            return
        ratio = (a / n1) / (b / n2)
        se = math.sqrt(1 / a - 1 / n1 + 1 / b - 1 / n2 + 6.25 / a**2 + 6.25 / b**2)
        self.put(key, round(ratio, 2), n1, round(ratio * math.exp(-1.96 * se), 2), round(ratio * math.exp(1.96 * se), 2))


def _gate(count: float, persons: int, threshold: int, minimum: int, whole: float | None = None) -> int | None:
    """The rounded count, or None when it, its complement or its base is too small."""
    rest = (persons if whole is None else whole) - count
    return five(count) if persons >= minimum and min(count, rest) >= threshold else None


def _bands(scale_group: str) -> tuple[str, ...]:
    return (LOW, HIGH) if scale_group == ALL else (scale_group,)


def _fine(counts: Counts, band: str) -> dict[str, Counts]:
    """The counts of one band of ``main`` over its finer bands."""
    names = list(FINE[band])
    people = [FINE[band][n][0] for n in names]
    parts = {k: spread(v, [FINE[band][n][1] for n in names] if k == "yes" else people) for k, v in counts.items()}
    return {name: {k: parts[k][i] for k in counts} for i, name in enumerate(names)}


def _singles(counts: Counts, fine: str) -> dict[str, Counts]:
    scales = list(SINGLES[fine])
    parts = {k: spread(v, [1.0 + 0.3 * (i % 2) for i in range(len(scales))]) for k, v in counts.items()}
    return {("19+" if s == 19 else str(s)): {k: parts[k][i] for k in counts} for i, s in enumerate(scales)}


def _stock_cells(cells: _Cells, truth: _Truth, periods: list[tuple[int, str, str]]) -> None:
    for q, period, kind in periods:
        for unit in UNITS:
            level = level_of(unit)
            per_band = {b: _sum(truth.stock[q][u, b] for u in leaves_of(unit)) for b in (LOW, HIGH)}
            scale_groups = {ALL: _sum(per_band.values()), **per_band}
            if level <= 2:
                fine = {n: c for b in (LOW, HIGH) for n, c in _fine(per_band[b], b).items()}
                scale_groups |= fine
                if level == 1:
                    scale_groups |= {s: c for n, counts in fine.items() for s, c in _singles(counts, n).items()}
            for scale_group, counts in scale_groups.items():
                where = ("headcount", period, kind, unit, level, scale_group)
                main = scale_group in (ALL, LOW, HIGH)
                cells.counts(where, counts, groups=main and level <= 2, leaves=level == 1 and scale_group == ALL, attributes=True)
                fte = five(counts["persons"] * 0.93)
                cells.put(("fte", period, kind, unit, level, scale_group, "", "", "", ""), fte, counts["persons"])
                _stock_shares(cells, where)
            if level == 1:
                _intersection(cells, ("headcount", period, kind, unit, level, ALL), scale_groups[ALL])
            _gaps(cells, (period, kind, unit, level))


def _intersection(cells: _Cells, where: tuple[object, ...], counts: Counts) -> None:
    for origin, part in (("yes", counts["yes"]), ("no", counts["persons"] - counts["unknown"] - counts["yes"])):
        women = five(part * 0.55)
        whole = cells.value("headcount", where, origin) or 0
        cells.put((*where, "origin", origin, "gender", "yes"), women, counts["persons"])
        cells.put((*where, "origin", origin, "gender", "no"), whole - women, counts["persons"])


def _stock_shares(cells: _Cells, where: tuple[object, ...]) -> None:
    everybody = cells.value("headcount", where, "")
    known = cells.value("headcount", where, "known")
    cells.share("coverage", where, ("origin", "known", "", ""), known, everybody)
    for category in ("yes", "nederland", "europa", "buiten_europa", *ORIGIN_LEAVES, "overig_buiten_europa"):
        if ("headcount", *where[1:6], "origin", category, "", "") in cells.rows:
            part = cells.value("headcount", where, category)
            cells.share("share", where, ("origin", category, "", ""), part, known or everybody)
    for attribute in BINARY:
        if ("headcount", *where[1:6], attribute, "yes", "", "") in cells.rows:
            part = cells.value("headcount", where, "yes", attribute)
            cells.share("share", where, (attribute, "yes", "", ""), part, everybody)


def _gaps(cells: _Cells, where: tuple[object, ...]) -> None:
    """Gap and ratio between the two bands, from unrounded shares of protected counts."""
    for attribute in ("origin", *BINARY):
        halves = []
        for band in (LOW, HIGH):
            at = ("headcount", *where, band)
            part = cells.value("headcount", at, "yes", attribute)
            base = cells.value("headcount", at, "known" if attribute == "origin" else "")
            halves.append((part, base))
        if ("headcount", *where, LOW, attribute, "yes", "", "") not in cells.rows:
            continue
        (a, n1), (b, n2) = halves
        tail = (*where, ALL, attribute, "yes", "", "")
        if a is None or b is None or not n1 or not n2:
            cells.put(("gap", *tail), None, 0)
            cells.put(("ratio", *tail), None, 0)
            continue
        p1, p2 = a / n1, b / n2
        se = math.sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2 + 6.25 / n1**2 + 6.25 / n2**2)
        places = 1 if min(n1, n2) >= 1000 else 0
        points = [round(100 * (p2 - p1 + k * se), places) for k in (0, -1.96, 1.96)]
        cells.put(("gap", *tail), points[0], n2, points[1], points[2])
        spread_log = math.sqrt((1 - p1) / a + (1 - p2) / b + 6.25 / a**2 + 6.25 / b**2)
        ratio = [round(p2 / p1 * math.exp(k * spread_log), 2) for k in (0, -1.96, 1.96)]
        cells.put(("ratio", *tail), ratio[0], n2, ratio[1], ratio[2])


def _flow_periods(years: Sequence[int], calendar: str) -> list[tuple[str, str, list[int]]]:
    """Code, kind and quarter indices of every period of flows."""
    per_year = {str(y): list(range(4 * i + 1, 4 * i + 5)) for i, y in enumerate(years)}
    out = [(y, "year", qs) for y, qs in per_year.items()]
    if calendar == "quarter":
        out += [(f"{y}Q{n + 1}", "quarter", [q]) for y, qs in per_year.items() for n, q in enumerate(qs)]
    if len(years) >= 5:
        out.append((f"{years[0]}-{years[4]}", "block", [q for y in years[:5] for q in per_year[str(y)]]))
    return out


def _split_planned(flow: str, level: int, kind: str, calendar: str) -> bool:
    if flow == "crossing":
        return level == 1 and kind == "block"
    if level == 1:
        return kind == "year" or (kind == "quarter" and calendar == "quarter")
    return kind == ("year" if level == 2 else "block")


def _flow_cells(cells: _Cells, truth: _Truth, years: Sequence[int], calendar: str) -> None:
    for period, kind, quarters in _flow_periods(years, calendar):
        for unit in UNITS:
            level = level_of(unit)
            for flow in FLOWS:
                split = _split_planned(flow, level, kind, calendar)
                scale_groups = (ALL, LOW) if flow == "crossing" else (ALL, LOW, HIGH)
                for scale_group in scale_groups:
                    _flow(cells, truth, (period, kind, unit, level, scale_group), flow, quarters, split=split)
            for leg in ("transfer_in", "transfer_out"):
                moved = sum(truth.stock[q - 1][u, b]["persons"] for q in quarters for u in leaves_of(unit) for b in (LOW, HIGH))
                people = 0 if unit == ROOT else moved // 120
                cells.put((leg, period, kind, unit, level, ALL, "", "", "", ""), people, people)
                where = (leg, period, kind, unit, level, ALL)
                cells.share(f"{leg}_rate", where, ("", "", "", ""), people, moved)


def _flow(cells: _Cells, truth: _Truth, place: tuple[object, ...], flow: str, quarters: list[int], *, split: bool) -> None:
    unit, level, scale_group = str(place[2]), place[3], str(place[4])
    bands = (LOW,) if flow == "crossing" else _bands(scale_group)
    counts = _sum(truth.flows[q][flow][u, b] for q in quarters for u in leaves_of(unit) for b in bands)
    where = (flow, *place)
    cells.counts(where, counts, groups=split and level == 1, leaves=False, attributes=split)
    step = 4 if place[1] != "quarter" else 1
    pool = _sum(truth.stock[q - 1][u, b] for q in quarters[::step] for u in leaves_of(unit) for b in bands)
    _flow_rates(cells, where, flow, pool, split=split)
    if split and place[1] == "year" and level == 1 and scale_group in (LOW, HIGH) and flow in ("promotion", "exit"):
        fine_pool = _fine(pool, scale_group)
        for name, part in _fine(counts, scale_group).items():
            at = (flow, *place[:4], name)
            cells.counts(at, part, groups=False, leaves=False, attributes=True)
            _flow_rates(cells, at, flow, fine_pool[name], split=True)


def _flow_rates(cells: _Cells, where: tuple[object, ...], flow: str, pool: Counts, *, split: bool) -> None:
    everybody = ("", "", "", "")
    rated = flow != "crossing" or where[5] == LOW
    if rated:
        cells.share(f"{flow}_rate", where, everybody, cells.value(flow, where, ""), pool["persons"])
    if not split:
        return
    for attribute in ("origin", *BINARY):
        if (*where, attribute, "yes", "", "") not in cells.rows:
            continue
        yes, no = (cells.value(flow, where, c, attribute) for c in ("yes", "no"))
        base = cells.value(flow, where, "known" if attribute == "origin" else "")
        tail = (attribute, "yes", "", "")
        cells.share(f"{flow}_share", where, tail, yes, base)
        group = five(pool["yes"] if attribute == "origin" else pool[attribute])
        whole = pool["persons"] - five(pool["unknown"]) if attribute == "origin" else pool["persons"]
        if rated:
            cells.share(f"{flow}_rate", where, tail, yes, group)
            cells.share(f"{flow}_rate", where, (attribute, "no", "", ""), no, whole - group)
        if rated and flow != "inflow":
            cells.parity(f"{flow}_parity", where, attribute, yes, group, no, whole - group)


def cells_frame(inequality: Inequality = "planted", *, calendar: str = "quarter", years: Sequence[int] = range(2021, 2026)) -> pl.DataFrame:
    """Every cell of the invented publication, sorted as the publication is."""
    years = list(years)
    truth = _Truth(SCENARIOS[inequality], 4 * len(years) + 1)
    cells = _Cells()
    _stock_cells(cells, truth, _stock_periods(years, calendar))
    _flow_cells(cells, truth, years, calendar)
    rows = [(*key, status, str(key[1]), *numbers) for key, (status, *numbers) in cells.rows.items()]
    frame = pl.DataFrame(rows, schema=CELL_SCHEMA, orient="row")
    return frame.sort("unit", "metric", "period", *KEY)


def _stock_periods(years: Sequence[int], calendar: str) -> list[tuple[int, str, str]]:
    """Index of the quarter, code and kind of every reference date."""
    if calendar == "year":
        return [(4 * i, str(years[0] - 1 + i), "year") for i in range(len(years) + 1)]
    dates = [(years[0] - 1, 4), *((y, q) for y in years for q in range(1, 5))]
    return [(i, f"{y}Q{q}", "quarter") for i, (y, q) in enumerate(dates)]


_MONTH_ENDS = {1: (3, 31), 2: (6, 30), 3: (9, 30), 4: (12, 31)}


def _period_rows(years: Sequence[int], calendar: str) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    if calendar == "quarter":
        for _, code, _ in _stock_periods(years, calendar):
            year, quarter = int(code[:4]), int(code[5])
            start = date(year, 3 * quarter - 2, 1)
            rows.append(("period", "quarter", code, str(year), None, start, date(year, *_MONTH_ENDS[quarter]), code, code, "exact"))
    first = years[0] - 1 if calendar == "year" else years[0]
    for year in range(first, years[-1] + 1):
        rows.append(("period", "year", str(year), "", None, date(year, 1, 1), date(year, 12, 31), str(year), str(year), "exact"))
    if len(years) >= 5:
        block = f"{years[0]}-{years[4]}"
        rows.append(("period", "block", block, "", None, date(years[0], 1, 1), date(years[4], 12, 31), block, block, "exact"))
    return rows


_CATEGORIES = [
    ("origin", "known", "unknown", "", "Herkomst niet bekend", "Origin not known", "own"),
    ("origin", "known", "known", "", "Herkomst bekend", "Origin known", "complement"),
    ("origin", "binary", "yes", "known", "Herkomst buiten Europa", "Origin outside Europe", "own"),
    ("origin", "binary", "no", "known", "Andere bekende herkomst", "Other known origin", "complement"),
    ("origin", "groups", "nederland", "known", "Nederland", "The Netherlands", "complement"),
    ("origin", "groups", "europa", "known", "Europa (exclusief Nederland)", "Europe (excluding the Netherlands)", "own"),
    ("origin", "groups", "buiten_europa", "known", "Buiten Europa", "Outside Europe", "own"),
    ("origin", "leaves", "turkije", "buiten_europa", "Turkije", "Türkiye", "own"),
    ("origin", "leaves", "marokko", "buiten_europa", "Marokko", "Morocco", "own"),
    ("origin", "leaves", "suriname", "buiten_europa", "Suriname", "Suriname", "own"),
    ("origin", "leaves", "nl_cariben", "buiten_europa", "Nederlandse Cariben", "Dutch Caribbean", "own"),
    ("origin", "leaves", "indonesie", "buiten_europa", "Indonesië", "Indonesia", "own"),
    ("origin", "leaves", "overig_buiten_europa", "buiten_europa", "Overig buiten Europa", "Other outside Europe", "complement"),
    ("gender", "binary", "yes", "", "Vrouwen", "Women", "own"),
    ("gender", "binary", "no", "", "Niet vrouwen", "Not women", "complement"),
    ("age_band", "binary", "yes", "", "Jonger dan 35", "Under 35", "own"),
    ("age_band", "binary", "no", "", "35 en ouder of onbekend", "35 and over, or unknown", "complement"),
    ("contract", "binary", "yes", "", "Tijdelijk", "Temporary", "own"),
    ("contract", "binary", "no", "", "Vast of onbekend", "Permanent or unknown", "complement"),
    ("location_group", "binary", "yes", "", "Buitenland", "Abroad", "own"),
    ("location_group", "binary", "no", "", "Nederland of onbekend", "The Netherlands, or unknown", "complement"),
]  # fmt: skip
_ATTRIBUTES = {
    "origin": ("Herkomst", "Origin"), "gender": ("Geslacht", "Gender"), "age_band": ("Leeftijd", "Age"),
    "contract": ("Aanstelling", "Contract"), "location_group": ("Standplaats", "Location"),
}  # fmt: skip


def _unit_rows(years: Sequence[int]) -> list[tuple[object, ...]]:
    start = date(years[0] - 1, 1, 1)
    rows: list[tuple[object, ...]] = [("unit", "tree", ROOT, "", 1, start, None, "Voorbeeldministerie", "Example ministry", "exact")]
    for code, (nl, en, children) in TREE.items():
        rows.append(("unit", "tree", code, ROOT, 2, start, None, nl, en, "exact"))
        for i, child in enumerate(children, 1):
            rows.append(("unit", "tree", child, code, 3, start, None, f"Directie {nl} {i}", f"Directorate {en} {i}", "exact"))
    return rows


def _scale_rows() -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = [
        ("scale_group", "main", LOW, "", None, None, None, "t/m schaal 13", "up to scale 13", "exact"),
        ("scale_group", "main", HIGH, "", None, None, None, "vanaf schaal 14", "scale 14 and above", "exact"),
    ]
    for code in [n for band in FINE.values() for n in band]:
        nl = "vanaf schaal 16" if code == "16+" else f"schaal {code}"
        en = "scale 16 and above" if code == "16+" else f"scale {code}"
        rows.append(("scale_group", "fine", code, "", None, None, None, nl, en, "exact"))
    for scale in ("19+" if s == 19 else str(s) for s in range(1, 20)):
        rows.append(("scale_group", "single", scale, "", None, None, None, f"schaal {scale}", f"scale {scale}", "exact"))
    return rows


def dimensions_frame(years: Sequence[int], calendar: str) -> pl.DataFrame:
    """Units, scale groups, periods, attributes and categories with their labels."""
    rows = [*_unit_rows(years), *_scale_rows(), *_period_rows(years, calendar)]
    rows += [("attribute", "", code, "", None, None, None, nl, en, "exact") for code, (nl, en) in _ATTRIBUTES.items()]
    rows += [(a, p, c, parent, None, None, None, nl, en, r) for a, p, c, parent, nl, en, r in _CATEGORIES]
    names = ("dimension", "partition", "code", "parent", "level", "valid_from", "valid_to", "label_nl", "label_en", "rounding")
    schema = dict.fromkeys(names, pl.String) | {"level": pl.Int64, "valid_from": pl.Date, "valid_to": pl.Date}
    return pl.DataFrame(rows, schema=schema, orient="row").with_row_index("position").with_columns(pl.col("position").cast(pl.Int64)).select(*names, "position")


_PUBLIC_COUNTS = {
    "headcount": ("Bezetting", "Headcount", "Personen in dienst op de peildatum", "Persons in service on the reference date"),
    "fte": ("Voltijdbanen", "Full-time equivalents", "Som van de deeltijdfactoren", "Sum of part-time factors"),
    "inflow": ("Instroom", "Inflow", "Nu in dienst, op de vorige peildatum nog niet", "In service now, not at the previous date"),
    "exit": ("Uitstroom", "Exits", "Op de vorige peildatum in dienst, nu niet meer", "In service at the previous date, not now"),
    "promotion": ("Promotie", "Promotion", "Schaal nu hoger dan op de vorige peildatum", "Scale higher than at the previous date"),
    "crossing": ("Doorbraak naar 14+", "Step to 14+", "Promotie van t/m schaal 13 naar vanaf schaal 14", "Promotion from up to 13 to 14 and above"),
    "transfer_in": ("Interne instroom", "Transfers in", "Gekomen uit een ander onderdeel", "Came from another unit"),
    "transfer_out": ("Interne uitstroom", "Transfers out", "Vertrokken naar een ander onderdeel", "Left for another unit"),
}  # fmt: skip


def metrics_frame() -> pl.DataFrame:
    """Every metric with its definition."""
    rows: list[tuple[object, ...]] = []
    for key, (nl, en, dnl, den) in _PUBLIC_COUNTS.items():
        rows.append((key, "count", "public", "", "", "", "", "", "", 5, nl, en, dnl, den, "fte" if key == "fte" else "persons"))

    def add(key: str, kind: str, num: str, ncat: str, den: str, dcat: str, when: str, nl: str, en: str, unit: str) -> None:
        rows.append((key, kind, "special", num, ncat, den, dcat, when, "", 5, nl, en, f"{nl}: berekend uit beschermde aantallen", f"{en}: computed from protected counts", unit))

    add("share", "share", "headcount", "*", "headcount", "known", "same", "Aandeel", "Share", "percent")
    add("coverage", "share", "headcount", "known", "headcount", "", "same", "Herkomst bekend", "Origin known", "percent")
    names = {"inflow": ("instroom", "inflow"), "exit": ("uitstroom", "exits"), "promotion": ("promotie", "promotion"), "crossing": ("doorbraak naar 14+", "step to 14+")}
    for flow, (nl, en) in names.items():
        add(f"{flow}_share", "share", flow, "yes", flow, "known", "same", f"Aandeel in {nl}", f"Share of {en}", "percent")
        when = "mean" if flow == "exit" else "start"
        add(f"{flow}_rate", "rate", flow, "*", "headcount", "*", when, f"Kans op {nl}", f"Rate of {en}", "percent")
        if flow != "inflow":
            add(f"{flow}_parity", "ratio", flow, "yes", flow, "no", when, f"Kans op {nl}, vergeleken", f"Rate of {en}, compared", "ratio")
    for leg, (nl, en, *_rest) in list(_PUBLIC_COUNTS.items())[-2:]:
        add(f"{leg}_rate", "rate", leg, "", "headcount", "", "start", f"{nl} per 100", f"{en} per 100", "percent")
    add("gap", "statistic", "headcount", "yes", "headcount", "known", "same", "Verschil vanaf 14 en t/m 13", "Gap between 14+ and up to 13", "points")
    add("ratio", "ratio", "headcount", "yes", "headcount", "known", "same", "Verhouding vanaf 14 en t/m 13", "Ratio of 14+ to up to 13", "ratio")
    names_out = ("metric", "kind", "sensitivity", "numerator", "numerator_category", "denominator", "denominator_category", "denominator_when",
                 "reference", "rounding_base", "label_nl", "label_en", "definition_nl", "definition_en", "unit")  # fmt: skip
    return pl.DataFrame(rows, schema=dict.fromkeys(names_out, pl.String) | {"rounding_base": pl.Int64}, orient="row")


def _references_frame() -> pl.DataFrame:
    rows = [
        ("target", "share", ROOT, HIGH, "origin", "yes", 5.5, 2028, "ambition", "", "Ambitie 5,5% in 2028", "Ambition 5.5% in 2028"),
        ("target", "share", ROOT, HIGH, "gender", "yes", 45.0, 2026, "hard", "", "Streefcijfer 45% in 2026", "Target 45% in 2026"),
        ("benchmark", "inflow_share", ROOT, ALL, "origin", "yes", 13.2, 2025, "", "CBS", "Arbeidsmarkt 13,2%", "Labour market 13.2%"),
    ]
    names = ("kind", "metric", "unit", "scale_group", "attribute", "category", "value", "year", "status", "source", "label_nl", "label_en")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String) | {"value": pl.Float64, "year": pl.Int64}, orient="row")


_PLAN = [
    ("stock", "headcount", "", "", "", "", "main", 1, 3, "quarter"),
    ("stock_origin", "headcount", "origin", "binary", "", "", "main", 1, 3, "quarter"),
    ("stock_groups", "headcount", "origin", "groups", "", "", "main", 1, 2, "quarter"),
    ("stock_fine", "headcount", "origin", "binary", "", "", "fine", 1, 2, "quarter"),
    ("stock_leaves", "headcount", "origin", "leaves", "", "", "none", 1, 1, "quarter"),
    ("stock_single", "headcount", "origin", "binary", "", "", "single", 1, 1, "quarter"),
    ("stock_origin_gender", "headcount", "origin", "binary", "gender", "binary", "none", 1, 1, "quarter"),
    *[(f"stock_{a}", "headcount", a, "binary", "", "", "main", 1, 3 if a == "gender" else 2, "quarter") for a in BINARY],
    *[(f"{f}_quarter", f, "origin", "binary", "", "", "main", 1, 1, "quarter") for f in FLOWS[:3]],
    *[(f"{f}_year", f, "origin", "binary", "", "", "main", 1, 2, "year") for f in FLOWS[:3]],
    *[(f"{f}_block", f, "origin", "binary", "", "", "main", 3, 3, "block") for f in FLOWS[:3]],
    ("crossing_block", "crossing", "origin", "binary", "", "", "main", 1, 1, "block"),
    *[(f"{f}_fine", f, "origin", "binary", "", "", "fine", 1, 1, "year") for f in ("promotion", "exit")],
]  # fmt: skip


def _plan_frame() -> pl.DataFrame:
    names = ("table_key", "metric", "attribute", "partition", "attribute2", "partition2", "scale_partition", "level_from", "level_to", "period_kind")
    return pl.DataFrame(_PLAN, schema=dict.fromkeys(names, pl.String) | {"level_from": pl.Int64, "level_to": pl.Int64}, orient="row")


POLICY: dict[str, object] = {
    "rounding_base": 5,
    "class": {
        "personal": {"threshold": 5, "minimum_base": 10, "width": 3, "distance": 5},
        "special": {"threshold": 10, "minimum_base": 50, "minimum_base_leaves": 250, "width": 5, "distance": 10},
    },
}


def _meta(publication: str, years: Sequence[int], calendar: str, *, synthetic: bool) -> dict[str, str]:
    periods = [code for _, code, _ in _stock_periods(years, calendar)]
    return {
        "publication": publication, "created": f"{years[-1] + 1}-01-14T09:00:00+00:00",
        "organisation_nl": "Voorbeeldministerie", "organisation_en": "Example ministry",
        "synthetic": "true" if synthetic else "false", "calendar": calendar, "root": ROOT,
        "first_period": periods[0], "last_period": periods[-1], "rounding_base": "5", "threshold_special": "10",
        "default_attribute": "origin", "policy": json.dumps(POLICY),
        "levels_nl": json.dumps(["Ministerie", "SG / DG", "Directie"]), "levels_en": json.dumps(["Ministry", "SG / DG", "Directorate"]),
    }  # fmt: skip


def _small_tables(cells: pl.DataFrame, meta: dict[str, str], years: Sequence[int], calendar: str) -> dict[str, pl.DataFrame]:
    metrics = metrics_frame()
    status = cells.join(metrics.select("metric", "kind"), on="metric").group_by("status", "kind").len("cells").sort("status", "kind")
    ends = [d for *_, d, _, _, _ in _period_rows(years, calendar)][: len(_stock_periods(years, calendar))]
    loads = [("personeel", d, hashlib.sha256(str(d).encode()).hexdigest(), 12040, 12032) for d in ends]
    loads.append(("organisatie", None, hashlib.sha256(b"organisatie").hexdigest(), 13, 13))
    last = ends[-1]
    return {
        "mart_metric": metrics,
        "mart_reference": _references_frame(),
        "mart_plan": _plan_frame(),
        "mart_meta": pl.DataFrame({"key": list(meta), "value": list(meta.values())}),
        "mart_status": status.with_columns(pl.col("cells").cast(pl.Int64)),
        "mart_load": pl.DataFrame(loads, schema={"extract": pl.String, "reference_date": pl.Date, "sha256": pl.String, "rows_read": pl.Int64, "rows_kept": pl.Int64}, orient="row"),
        "mart_refusal": pl.DataFrame(
            [("scale_invalid", "Schaal bestaat niet", "Scale does not exist", 120, "published"), ("duplicate_row", "Dubbele rij", "Duplicate row", 38, "published"), ("origin_unknown_code", "Herkomstcode onbekend", "Origin code unknown", None, "suppressed")],
            schema={"rule": pl.String, "label_nl": pl.String, "label_en": pl.String, "rows": pl.Int64, "status": pl.String}, orient="row"),
        "mart_warning": pl.DataFrame(
            [("headcount_jump", "SG2", last, "warning", "Bezetting verandert sterk", "Headcount changes sharply", None), ("coverage_drop", "DGD", last, "gross", "Herkomst veel minder bekend", "Coverage of origin drops", "uitvraag liep door, hersteld in de volgende levering")],
            schema={"rule": pl.String, "unit": pl.String, "reference_date": pl.Date, "severity": pl.String, "label_nl": pl.String, "label_en": pl.String, "accepted_reason": pl.String}, orient="row"),
        "mart_history": pl.DataFrame({"publication": [meta["publication"]], "created": [meta["created"]], "last_period": [meta["last_period"]]}),
    }  # fmt: skip


def make_tables(inequality: Inequality = "planted", *, publication: str = "2026-1", calendar: str = "quarter",
                years: Sequence[int] = range(2021, 2026), synthetic: bool = True) -> dict[str, pl.DataFrame]:  # fmt: skip
    """All tables of the publication as frames, by table name."""
    cells = cells_frame(inequality, calendar=calendar, years=years)
    meta = _meta(publication, years, calendar, synthetic=synthetic)
    return {"mart_cell": cells, "mart_dimension": dimensions_frame(years, calendar), **_small_tables(cells, meta, years, calendar)}


def write_publication(directory: Path, tables: dict[str, pl.DataFrame], publication: str) -> Path:
    """Write the tables as ``publication-<name>.duckdb`` and point ``current.json`` at it."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"publication-{publication}.duckdb"
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        for name, frame in tables.items():
            connection.register("source", frame.to_arrow())
            connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM source')
            connection.unregister("source")
    point_to(directory, publication)
    return path


def point_to(directory: Path, publication: str) -> None:
    """Replace the pointer atomically."""
    path = directory / f"publication-{publication}.duckdb"
    pointer = {"publication": publication, "file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    temporary = directory / "current.json.tmp"
    temporary.write_text(json.dumps(pointer), encoding="utf-8")
    temporary.replace(directory / "current.json")


def make_publication(directory: Path, *, inequality: Inequality = "planted", publication: str = "2026-1",
                     calendar: str = "quarter", years: Sequence[int] = range(2021, 2026), synthetic: bool = True) -> Path:  # fmt: skip
    """Write an invented publication into ``directory`` (``home/published``) and serve it.

    Returns:
        The DuckDB file; the pointer ``current.json`` stands beside it.
    """
    tables = make_tables(inequality, publication=publication, calendar=calendar, years=years, synthetic=synthetic)
    return write_publication(directory, tables, publication)
