"""The true counts behind the publication of ``factories``: an invented ministry."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ROOT = "MIN"
TREE = {
    "DGOB": (
        "DG Openbaar Bestuur",
        "DG Public Administration",
        {"OB1": (1100, 200, 1.1), "OB2": (760, 120, 1.0)},
    ),
    "DGD": ("DG Digitalisering", "DG Digital", {"DI1": (560, 110, 1.3), "DI2": (380, 60, 1.1)}),
    "UBR": (
        "Uitvoering en bedrijfsvoering",
        "Operations",
        {"UB1": (5200, 500, 1.0), "UB2": (3390, 390, 0.95)},
    ),
    "SGC": ("SG-cluster", "SG cluster", {"SG1": (570, 110, 0.8), "SG2": (40, 10, 0.7)}),
}
"""Level 2: names and children; a child: people and those in >=14 at the end, weight of origin."""
LEAVES = {code: spec for _, _, children in TREE.values() for code, spec in children.items()}
LOW, HIGH, ALL = "<=13", ">=14", "all"
FINE = {
    LOW: {"1-5": (0.10, 0.18), "6-9": (0.30, 0.38), "10-11": (0.35, 0.29), "12-13": (0.25, 0.15)},
    HIGH: {"14-15": (0.80, 0.90), "16+": (0.20, 0.10)},
}
"""Finer band -> its part of everybody and of the group."""
SINGLES = {
    "1-5": range(1, 6),
    "6-9": range(6, 10),
    "10-11": range(10, 12),
    "12-13": range(12, 14),
    "14-15": range(14, 16),
    "16+": range(16, 20),
}
ORIGIN_LEAVES = {
    "turkije": 0.2,
    "marokko": 0.2,
    "suriname": 0.25,
    "nl_cariben": 0.1,
    "indonesie": 0.1,
}
BINARY = {
    "gender": (0.52, 0.40),
    "age_band": (0.30, 0.08),
    "contract": (0.18, 0.05),
    "location_group": (0.08, 0.12),
}
"""Share of the followed group among everybody, in the lower and in the upper band."""
FLOWS = ("inflow", "exit", "promotion", "crossing")


@dataclass(frozen=True)
class Scenario:
    """Shares of the group at the first and last date, and its odds in each flow."""

    low: tuple[float, float]
    high: tuple[float, float]
    inflow: float
    odds: dict[str, float]
    skew: bool = True  # within a band the group sits in the lower scales


SCENARIOS: dict[str, Scenario] = {
    "planted": Scenario(
        (0.090, 0.110),
        (0.031, 0.0345),
        0.16,
        {"exit": 1.36, "promotion": 0.66, "crossing": 0.5},
    ),
    "reversed": Scenario(
        (0.108, 0.110),
        (0.130, 0.1615),
        0.09,
        {"exit": 0.66, "promotion": 1.5, "crossing": 1.8},
    ),
    "none": Scenario(
        (0.103, 0.105),
        (0.103, 0.105),
        0.105,
        {"exit": 1.0, "promotion": 1.0, "crossing": 1.0},
        skew=False,
    ),
}

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


class Truth:
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
        for band, (first, last), known in (
            (LOW, self.scenario.low, 0.91),
            (HIGH, self.scenario.high, 0.8867),
        ):
            people = [
                round(size * (n - high if band == LOW else high)) for n, high, _ in LEAVES.values()
            ]
            share = first + (last - first) * part
            yes = spread(
                round(sum(people) * known * share),
                [n * w for n, (_, _, w) in zip(people, LEAVES.values(), strict=True)],
            )
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
            out = (
                before[unit, band]["persons"]
                + inflow[unit, band]
                + leg
                - after[unit, band]["persons"]
            )
            inflow[unit, band] += max(0, -out)  # never fewer than nobody leaves
            exits[unit, band] = max(0, out)
        promotion = {k: max(n, crossing.get(k, 0)) for k, n in promotion.items()}
        plain = {"inflow": inflow, "exit": exits, "promotion": promotion, "crossing": crossing}
        return {name: self._group(name, legs, before) for name, legs in plain.items()}

    def _group(
        self, name: str, legs: dict[tuple[str, str], int], before: dict[tuple[str, str], Counts]
    ) -> dict[tuple[str, str], Counts]:
        out: dict[tuple[str, str], Counts] = {}
        for band in (LOW, HIGH):
            keys = [k for k in legs if k[1] == band]
            if not keys:
                continue
            pool = total_of(before[k] for k in keys)
            share = pool["yes"] / (pool["persons"] - pool["unknown"])
            odds = self.scenario.odds.get(name)
            group = (
                self.scenario.inflow if odds is None else odds * share / (1 - share + odds * share)
            )
            wanted = sum(legs[k] for k in keys) * 0.9 * group + self.carry.get((name, band), 0.0)
            self.carry[name, band] = wanted - round(
                wanted
            )  # small flows would lose their fractions
            yes = spread(round(wanted), [legs[k] + 1e-9 for k in keys])
            for key, n in zip(keys, yes, strict=True):
                out[key] = _attributes(legs[key], round(legs[key] * 0.1), n, band)
        return out


def _attributes(persons: int, unknown: int, yes: int, band: str) -> Counts:
    yes = min(yes, persons - unknown)
    europa = round((persons - unknown - yes) * 0.09)
    shares = {
        a: round(persons * (low if band == LOW else high)) for a, (low, high) in BINARY.items()
    }
    return {"persons": persons, "unknown": unknown, "yes": yes, "europa": europa, **shares}


def total_of(counts: Iterable[Counts]) -> Counts:
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


def singles(counts: Counts, fine: str) -> dict[str, Counts]:
    scales = list(SINGLES[fine])
    parts = {
        k: spread(v, [1.0 + 0.3 * (i % 2) for i in range(len(scales))]) for k, v in counts.items()
    }
    return {
        ("19+" if s == 19 else str(s)): {k: parts[k][i] for k in counts}
        for i, s in enumerate(scales)
    }
