"""The protected cells of the invented ministry, and what is computed from them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import polars as pl

from tests.invented_changes import change_cells
from tests.invented_counts import (
    ALL,
    BINARY,
    FINE,
    FLOWS,
    HIGH,
    LOW,
    ORIGIN_LEAVES,
    ROOT,
    SCENARIOS,
    UNITS,
    Counts,
    Truth,
    five,
    leaves_of,
    level_of,
    singles,
    spread,
    total_of,
    wilson,
)
from tests.invented_repeats import with_repeats

KEY = (
    *("metric", "period", "period_kind", "unit", "unit_level", "scale_group"),
    *("attribute", "category", "attribute2", "category2"),
)
CELL_SCHEMA = {
    **dict.fromkeys(("metric", "period", "period_kind", "unit"), pl.String),
    "unit_level": pl.Int64,
    **dict.fromkeys(("scale_group", "attribute", "category", "attribute2", "category2"), pl.String),
    "status": pl.String, "as_of": pl.String,
    "value": pl.Float64, "base": pl.Float64, "lower": pl.Float64, "upper": pl.Float64,
}  # fmt: skip


class Cells:
    """Collects cells; protects counts the way the policy does, only simpler."""

    def __init__(self) -> None:
        self.rows: dict[
            tuple[object, ...], tuple[str, float | None, float | None, float | None, float | None]
        ] = {}

    def put(
        self,
        key: tuple[object, ...],
        value: float | None,
        base: float,
        low: float | None = None,
        high: float | None = None,
    ) -> None:
        status = "suppressed" if value is None else "published"
        self.rows[key] = (status, value, base, low, high)

    def counts(
        self,
        where: tuple[object, ...],
        counts: Counts,
        *,
        groups: bool,
        leaves: bool,
        attributes: bool,
    ) -> None:
        """Everybody and the splits of one place; ``where`` = the first six of KEY."""
        persons = counts["persons"]
        self.put((*where, "", "", "", ""), persons, persons)
        if attributes:
            self._origin(where, counts, groups=groups, leaves=leaves)
            for attribute in BINARY if level_of(str(where[3])) < 3 else ("gender",):
                own = _gate(counts[attribute], persons, 5, 10)
                self.put((*where, attribute, "yes", "", ""), own, persons)
                self.put(
                    (*where, attribute, "no", "", ""),
                    None if own is None else persons - own,
                    persons,
                )

    def _origin(
        self, where: tuple[object, ...], counts: Counts, *, groups: bool, leaves: bool
    ) -> None:
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
            own = {
                leaf: _gate(counts["yes"] * part, persons, 10, 250)
                for leaf, part in ORIGIN_LEAVES.items()
            }
            for leaf, value in own.items():
                put(leaf, value)
            rest = (
                None
                if yes is None or None in own.values()
                else yes - sum(v or 0 for v in own.values())
            )
            put("overig_buiten_europa", rest)

    def value(
        self, metric: str, where: tuple[object, ...], category: str, attribute: str = "origin"
    ) -> float | None:
        """The protected count of one cell, or None where it is hidden or absent."""
        tail = ("", "", "", "") if category == "" else (attribute, category, "", "")
        row = self.rows.get((metric, *where[1:6], *tail))
        return None if row is None else row[1]

    def share(
        self,
        metric: str,
        where: tuple[object, ...],
        tail: tuple[str, ...],
        part: float | None,
        base: float | None,
    ) -> None:
        """A percentage, written as it is published; suppressed when either count is."""
        key = (metric, *where[1:6], *tail)
        if part is None or not base or part > base:
            self.put(key, None, base or 0)
            return
        places = 1 if base >= 1000 else 0
        low, high = wilson(part, base)
        self.put(
            key,
            round(100 * part / base, places),
            base,
            round(100 * low, places),
            round(100 * high, places),
        )

    def parity(
        self,
        metric: str,
        where: tuple[object, ...],
        attribute: str,
        *,
        group: tuple[float | None, float | None],
        others: tuple[float | None, float | None],
    ) -> None:
        """Rate of the group over rate of the others; each (events, base), with 95% interval."""
        (a, n1), (b, n2) = group, others
        key = (metric, *where[1:6], attribute, "yes", "", "")
        if not a or not b or not n1 or not n2:
            self.put(key, None, n1 or 0)
            return
        ratio = (a / n1) / (b / n2)
        se = math.sqrt(1 / a - 1 / n1 + 1 / b - 1 / n2 + 6.25 / a**2 + 6.25 / b**2)
        self.put(
            key,
            round(ratio, 2),
            n1,
            round(ratio * math.exp(-1.96 * se), 2),
            round(ratio * math.exp(1.96 * se), 2),
        )

    def within_scales(self, flow: str, where: tuple[object, ...]) -> None:
        """Of a parity half remains within scale groups; one promotion in fifty is left out."""
        tail = (*where[1:6], "origin", "yes", "", "")
        status, ratio, base, low, high = self.rows[f"{flow}_parity", *tail]
        figures = ("odds", "adjusted", "standardised", "adjusted_p", "left_out")
        if status != "published" or ratio is None or low is None or high is None:
            for figure in figures:
                self.put((f"{flow}_{figure}", *tail), None, base or 0)
            return
        for figure, part in (("odds", 1.1), ("adjusted", 0.5), ("standardised", 0.5)):
            moved = ratio ** (part - 1)
            ends = [round(end * moved, 2) for end in (ratio, low, high)]
            self.put((f"{flow}_{figure}", *tail), ends[0], base or 0, ends[1], ends[2])
        self.put((f"{flow}_adjusted_p", *tail), 0.214, base or 0)
        self.put((f"{flow}_left_out", *tail), 2.0, base or 0)

    def exact_test(self, flow: str, where: tuple[object, ...], attribute: str) -> None:
        """A p-value beside a parity: small where its interval leaves out 1."""
        tail = (*where[1:6], attribute, "yes", "", "")
        _status, ratio, base, low, high = self.rows[f"{flow}_parity", *tail]
        sure = (low or 0) > 1 or (high or 2) < 1
        p_value = 0.012 if sure else 0.31
        self.put((f"{flow}_parity_p", *tail), None if ratio is None else p_value, base or 0)


def _gate(
    count: float, persons: int, threshold: int, minimum: int, whole: float | None = None
) -> int | None:
    """The rounded count, or None when it, its complement or its base is too small."""
    rest = (persons if whole is None else whole) - count
    return five(count) if persons >= minimum and min(count, rest) >= threshold else None


def _bands(scale_group: str) -> tuple[str, ...]:
    return (LOW, HIGH) if scale_group == ALL else (scale_group,)


def _fine(counts: Counts, band: str, *, skew: bool) -> dict[str, Counts]:
    """The counts of one band of ``main`` over its finer bands."""
    names = list(FINE[band])
    people = [FINE[band][n][0] for n in names]
    parts = {
        k: spread(v, [FINE[band][n][1] for n in names] if k == "yes" and skew else people)
        for k, v in counts.items()
    }
    return {name: {k: parts[k][i] for k in counts} for i, name in enumerate(names)}


def _stock_cells(cells: Cells, truth: Truth, periods: list[tuple[int, str, str]]) -> None:
    for q, period, kind in periods:
        for unit in UNITS:
            level = level_of(unit)
            per_band = {
                b: total_of(truth.stock[q][u, b] for u in leaves_of(unit)) for b in (LOW, HIGH)
            }
            scale_groups = {ALL: total_of(per_band.values()), **per_band}
            if level <= 2:
                fine = {
                    n: c
                    for b in (LOW, HIGH)
                    for n, c in _fine(per_band[b], b, skew=truth.scenario.skew).items()
                }
                scale_groups |= fine
                if level == 1:
                    scale_groups |= {
                        s: c for n, counts in fine.items() for s, c in singles(counts, n).items()
                    }
            for scale_group, counts in scale_groups.items():
                where = ("headcount", period, kind, unit, level, scale_group)
                main = scale_group in (ALL, LOW, HIGH)
                cells.counts(
                    where,
                    counts,
                    groups=main and level <= 2,
                    leaves=level == 1 and scale_group == ALL,
                    attributes=True,
                )
                fte = five(counts["persons"] * 0.93)
                cells.put(
                    ("fte", period, kind, unit, level, scale_group, "", "", "", ""),
                    fte,
                    counts["persons"],
                )
                _stock_shares(cells, where)
            if level == 1:
                _intersection(
                    cells, ("headcount", period, kind, unit, level, ALL), scale_groups[ALL]
                )
            _gaps(cells, (period, kind, unit, level))


def _intersection(cells: Cells, where: tuple[object, ...], counts: Counts) -> None:
    for origin, part in (
        ("yes", counts["yes"]),
        ("no", counts["persons"] - counts["unknown"] - counts["yes"]),
    ):
        women = five(part * 0.55)
        whole = cells.value("headcount", where, origin) or 0
        cells.put((*where, "origin", origin, "gender", "yes"), women, counts["persons"])
        cells.put((*where, "origin", origin, "gender", "no"), whole - women, counts["persons"])


def _stock_shares(cells: Cells, where: tuple[object, ...]) -> None:
    everybody = cells.value("headcount", where, "")
    known = cells.value("headcount", where, "known")
    cells.share("coverage", where, ("origin", "known", "", ""), known, everybody)
    for category in (
        "yes",
        "nederland",
        "europa",
        "buiten_europa",
        *ORIGIN_LEAVES,
        "overig_buiten_europa",
    ):
        if ("headcount", *where[1:6], "origin", category, "", "") in cells.rows:
            part = cells.value("headcount", where, category)
            cells.share("share", where, ("origin", category, "", ""), part, known or everybody)
    for attribute in BINARY:
        if ("headcount", *where[1:6], attribute, "yes", "", "") in cells.rows:
            part = cells.value("headcount", where, "yes", attribute)
            cells.share("share", where, (attribute, "yes", "", ""), part, everybody)


def _gaps(cells: Cells, where: tuple[object, ...]) -> None:
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
        out += [
            (f"{y}Q{n + 1}", "quarter", [q]) for y, qs in per_year.items() for n, q in enumerate(qs)
        ]
    if len(years) >= 5:
        out.append(
            (f"{years[0]}-{years[4]}", "block", [q for y in years[:5] for q in per_year[str(y)]])
        )
    return out


def _split_planned(flow: str, level: int, kind: str, calendar: str) -> bool:
    if flow == "crossing":
        return level == 1 and kind == "block"
    if level == 1:
        return kind == "year" or (kind == "quarter" and calendar == "quarter")
    return kind == ("year" if level == 2 else "block")


def _flow_cells(cells: Cells, truth: Truth, years: Sequence[int], calendar: str) -> None:
    for period, kind, quarters in _flow_periods(years, calendar):
        for unit in UNITS:
            level = level_of(unit)
            for flow in FLOWS:
                split = _split_planned(flow, level, kind, calendar)
                scale_groups = (ALL, LOW) if flow == "crossing" else (ALL, LOW, HIGH)
                for scale_group in scale_groups:
                    _flow(
                        cells,
                        truth,
                        (period, kind, unit, level, scale_group),
                        flow,
                        quarters,
                        split=split,
                    )
            for leg in ("transfer_in", "transfer_out"):
                moved = sum(
                    truth.stock[q - 1][u, b]["persons"]
                    for q in quarters
                    for u in leaves_of(unit)
                    for b in (LOW, HIGH)
                )
                people = 0 if unit == ROOT else moved // 120
                cells.put((leg, period, kind, unit, level, ALL, "", "", "", ""), people, people)
                where = (leg, period, kind, unit, level, ALL)
                cells.share(f"{leg}_rate", where, ("", "", "", ""), people, moved)


def _flow(
    cells: Cells,
    truth: Truth,
    place: tuple[object, ...],
    flow: str,
    quarters: list[int],
    *,
    split: bool,
) -> None:
    unit, level, scale_group = str(place[2]), place[3], str(place[4])
    bands = (LOW,) if flow == "crossing" else _bands(scale_group)
    counts = total_of(
        truth.flows[q][flow][u, b] for q in quarters for u in leaves_of(unit) for b in bands
    )
    where = (flow, *place)
    cells.counts(where, counts, groups=split and level == 1, leaves=False, attributes=split)
    step = 4 if place[1] != "quarter" else 1
    pool = total_of(
        truth.stock[q - 1][u, b] for q in quarters[::step] for u in leaves_of(unit) for b in bands
    )
    _flow_rates(cells, where, flow, pool, split=split)
    if (
        split
        and place[1] == "year"
        and level == 1
        and scale_group in (LOW, HIGH)
        and flow in ("promotion", "exit")
    ):
        if scale_group == HIGH:  # all scales come first
            cells.within_scales(flow, (flow, *place[:4], ALL))
        fine_pool = _fine(pool, scale_group, skew=truth.scenario.skew)
        for name, part in _fine(counts, scale_group, skew=truth.scenario.skew).items():
            at = (flow, *place[:4], name)
            cells.counts(at, part, groups=False, leaves=False, attributes=True)
            _flow_rates(cells, at, flow, fine_pool[name], split=True)


def _flow_rates(
    cells: Cells, where: tuple[object, ...], flow: str, pool: Counts, *, split: bool
) -> None:
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
        whole = (
            pool["persons"] - five(pool["unknown"]) if attribute == "origin" else pool["persons"]
        )
        if rated:
            cells.share(f"{flow}_rate", where, tail, yes, group)
            cells.share(f"{flow}_rate", where, (attribute, "no", "", ""), no, whole - group)
        if rated and flow != "inflow":
            sides = {"group": (yes, group), "others": (no, whole - group)}
            cells.parity(f"{flow}_parity", where, attribute, **sides)
            cells.exact_test(flow, where, attribute)


def cells_frame(
    inequality: str = "planted",
    *,
    calendar: str = "quarter",
    years: Sequence[int] = range(2021, 2026),
) -> pl.DataFrame:
    """Every cell of the invented publication, sorted as the publication is."""
    years = list(years)
    truth = Truth(SCENARIOS[inequality], 4 * len(years) + 1)
    cells = Cells()
    _stock_cells(cells, truth, stock_periods(years, calendar))
    _flow_cells(cells, truth, years, calendar)
    change_cells(cells, years, calendar)
    rows = [(*key, status, str(key[1]), *numbers) for key, (status, *numbers) in cells.rows.items()]
    stocks = [code for _q, code, _kind in stock_periods(years, calendar)]
    frame = with_repeats(pl.DataFrame(rows, schema=CELL_SCHEMA, orient="row"), stocks)
    return frame.sort("unit", "metric", "period", *KEY)


def stock_periods(years: Sequence[int], calendar: str) -> list[tuple[int, str, str]]:
    """Index of the quarter, code and kind of every reference date."""
    if calendar == "year":
        return [(4 * i, str(years[0] - 1 + i), "year") for i in range(len(years) + 1)]
    dates = [(years[0] - 1, 4), *((y, q) for y in years for q in range(1, 5))]
    return [(i, f"{y}Q{q}", "quarter") for i, (y, q) in enumerate(dates)]
