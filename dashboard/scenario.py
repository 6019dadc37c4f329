"""What the reader sets on Vooruitblik, and its home in the address."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

HORIZONS = (5, 10, 15)
"""How many years ahead the reader can choose."""
AHEAD = 10
"""The choice of who has not chosen."""
LEVERS = ("inflow_low", "inflow_high", "crossing", "exit")
"""What can be set, all in percent: parts of the inflow, and chances of the group against those of
the others (100 is equal)."""
SET_FOR = "set_for"
"""The key of the address that names the attribute for which levers were set."""
MOST = {"inflow_low": 100, "inflow_high": 100, "crossing": 200, "exit": 200}
"""The highest value of each; the lowest is 0."""


@dataclass(frozen=True)
class Scenario:
    """What was set; None is as measured.

    ``attribute``: for which it was set, as a share of women says nothing about origin.
    """

    years: int = AHEAD
    inflow_low: float | None = None
    inflow_high: float | None = None
    crossing: float | None = None
    exit: float | None = None
    attribute: str = ""

    @classmethod
    def from_query(cls, asked: Mapping[str, str], attribute: str) -> Self:
        """Read it from an address: what is no number is left out, what is too large is clamped.

        Args:
            asked: the query.
            attribute: the one that is shown; what was set for another one is left out.
        """
        years = asked.get("years", "")
        known = {str(each): each for each in HORIZONS}
        here = asked.get(SET_FOR, attribute) == attribute
        found = {lever: _percent(asked.get(lever), MOST[lever]) for lever in LEVERS if here}
        set_to = {lever: value for lever, value in found.items() if value is not None}
        return cls(years=known.get(years, AHEAD), attribute=attribute if set_to else "", **set_to)

    def to_query(self) -> dict[str, str]:
        """Only what differs from what was measured."""
        said = {"years": str(self.years)} if self.years != AHEAD else {}
        said |= {
            lever: f"{value:g}" for lever in LEVERS if (value := self.value(lever)) is not None
        }
        return said | ({SET_FOR: self.attribute} if self.attribute else {})

    def value(self, lever: str) -> float | None:
        """What a lever was set to."""
        found: float | None = getattr(self, lever)
        return found

    @property
    def changes(self) -> bool:
        """Whether anything is not as measured."""
        return any(self.value(lever) is not None for lever in LEVERS)


def _percent(text: str | None, most: int) -> float | None:
    """A percentage with at most one decimal between 0 and ``most``; None where it is no number."""
    try:
        value = float((text or "").replace(",", "."))
    except ValueError:
        return None
    return round(min(max(value, 0.0), float(most)), 1) if math.isfinite(value) else None
