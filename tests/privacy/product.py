"""The product's own step from true to protected counts, in one place for the attack tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from etl.domain import Reference
from tests.privacy.bases import protect_rows, split_rows

REFERENCE = Reference()
Row = Mapping[str, object]


def protected(rows: Sequence[Row]) -> pl.DataFrame:
    """The cells that the product makes of hand-made counts of one unit."""
    return protect_rows(rows, REFERENCE).cells


def banded(
    low: Mapping[str, int], high: Mapping[str, int], unit: str = "MIN", **more: object
) -> list[dict[str, object]]:
    """Counts of everybody and of the binary split of origin, whole and by main band."""
    whole = {leaf: low.get(leaf, 0) + high.get(leaf, 0) for leaf in {*low, *high}}
    rows: list[dict[str, object]] = []
    for place, (group, people) in enumerate((("all", whole), ("<=13", low), (">=14", high)), 1):
        rows += split_rows(
            REFERENCE,
            unit,
            "origin",
            people,
            **{"unit_level": 1, "scale_group": group, "key_lo": place} | more,
        )
    return rows
