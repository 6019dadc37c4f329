"""What the reader chose, and its one home: the query of the address."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self
from urllib.parse import parse_qs, urlencode

from dashboard.i18n import LANGUAGES, language
from dashboard.mart import Mart
from dashboard.scenario import Scenario

PREVIOUS_QUARTER, PREVIOUS_YEAR, PARENT = "previous_quarter", "previous_year", "parent"


def stock_periods(mart: Mart) -> list[str]:
    """The reference dates of the publication, oldest first, as period codes."""
    meta = mart.meta()
    steps = [row for row in mart.dimension_rows("period") if row["partition"] == meta["calendar"]]
    codes = [row["code"] for row in sorted(steps, key=lambda row: row["valid_to"])]
    return [code for code in codes if meta["first_period"] <= code <= meta["last_period"]]


def attributes(mart: Mart) -> list[str]:
    """The attributes that figures are split by, in the order of the publication."""
    return [row["code"] for row in mart.dimension_rows("attribute")]


def comparisons(mart: Mart, unit: str, period: str) -> list[str]:
    """What the period and unit can be compared with, the usual ones first."""
    steps = [PREVIOUS_QUARTER] if mart.meta()["calendar"] == "quarter" else []
    above = [PARENT] if mart.ancestors(unit) else []
    earlier = [code for code in reversed(stock_periods(mart)) if code < period]
    return [PREVIOUS_YEAR, *steps, *above, *earlier]


@dataclass(frozen=True)
class Filters:
    """One view: unit, reference date (a stock period), comparison, attribute, language.

    ``scenario`` is what was set on Vooruitblik; other pages only carry it along.
    """

    unit: str
    period: str
    compare: str
    attribute: str
    lang: str
    scenario: Scenario = field(default_factory=Scenario)

    @classmethod
    def from_query(cls, search: str | None, mart: Mart) -> Self:
        """Read the query; what is absent or unknown to the publication becomes the default."""
        asked = {key: values[-1] for key, values in parse_qs((search or "").lstrip("?")).items()}
        meta = mart.meta()
        unit = _one_of(asked.get("unit"), _units(mart), meta.get("start", meta["root"]))
        period = _one_of(asked.get("period"), stock_periods(mart), meta["last_period"])
        compared = comparisons(mart, unit, period)
        attribute = _one_of(asked.get("attribute"), attributes(mart), meta["default_attribute"])
        return cls(
            unit=unit,
            period=period,
            compare=_one_of(asked.get("compare"), compared, PREVIOUS_YEAR),
            attribute=attribute,
            lang=_one_of(asked.get("lang"), LANGUAGES, language(None)),
            scenario=Scenario.from_query(asked, attribute),
        )

    def to_query(self) -> str:
        """The whole view as a query, so that a copied link opens the same one later on."""
        chosen = asdict(self)
        del chosen["scenario"]
        return "?" + urlencode(chosen | self.scenario.to_query())

    def but(self, **changes: Any) -> Self:
        """The same view with some choices changed."""
        return replace(self, **changes)


def _units(mart: Mart) -> list[str]:
    return [row["code"] for row in mart.dimension_rows("unit")]


def _one_of(value: str | None, known: Any, default: str) -> str:
    return value if value is not None and value in known else default
