"""Shares that CBS delivers: definitions, and delivered rows as cells. Nothing is counted here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from etl.metrics.cells import CELLS
from etl.metrics.counted import HIDDEN, PUBLISHED
from etl.metrics.metric import Metric

SHARE = "cbs_share"
KIND = "delivered"

DELIVERED = (
    Metric(
        key=SHARE,
        kind="delivered",
        unit="whole_percent",
        sensitivity="special",
        label_nl="Aandeel volgens het CBS",
        label_en="Share according to CBS",
        definition_nl="Aandeel van een herkomstgroep in een subgroep van minstens 250 medewerkers, "
        "in hele procenten zoals het CBS het levert (Barometer Culturele Diversiteit). De herkomst "
        "is die van de bevolkingsregistratie en niet wat mensen zelf opgaven: een eigen reeks, die "
        "niet met een andere bron te vergelijken is. Aantal: de subgroep, afgerond op 5.",
        definition_en="Share of an origin group in a subgroup of at least 250 employees, in whole "
        "percents as CBS delivers it (Barometer Culturele Diversiteit). Origin is that of the "
        "population register and not what people declared: a series of its own that cannot be "
        "compared with another source. Number: the subgroup, rounded to 5.",
    ),
)

Row = Mapping[str, Any]


def cells(rows: Iterable[Row]) -> pl.DataFrame:
    """Delivered shares as cells, columns ``CELLS``.

    Args:
        rows: ``period``, ``period_kind``, ``unit``, ``unit_level``, ``scale_group``, ``as_of``,
            ``base`` and ``percents``: category -> whole percent, None where it is not shown.
    """
    found = [cell for row in rows for cell in _of(row, list(row["percents"].items()))]
    numbers = dict.fromkeys(("value", "base", "lower", "upper"), pl.Float64)
    schema = dict.fromkeys(CELLS, pl.String) | {"unit_level": pl.Int64} | numbers
    return pl.DataFrame(found, schema=schema)


def _of(row: Row, percents: Sequence[tuple[str, int | None]]) -> list[dict[str, Any]]:
    empty = dict.fromkeys(("attribute2", "category2"), "") | dict.fromkeys(("lower", "upper"))
    kept = ("period", "period_kind", "unit", "unit_level", "scale_group")
    return [
        {
            **empty,
            **{name: row[name] for name in kept},
            "metric": SHARE,
            "attribute": "origin",
            "category": category,
            "status": HIDDEN[0] if percent is None else PUBLISHED,
            "as_of": row["period"] if percent is None else row["as_of"],
            "value": None if percent is None else float(percent),
            "base": None if percent is None else float(row["base"]),
        }
        for category, percent in percents
    ]
