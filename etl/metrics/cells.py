"""The columns of a cell: one declaration for counting, protecting, deriving and publishing."""

from __future__ import annotations

KEYS = (
    "metric",
    "period",
    "period_kind",
    "unit",
    "unit_level",
    "scale_group",
    "attribute",
    "category",
    "attribute2",
    "category2",
)
"""What identifies a cell."""
CELLS = (*KEYS, "status", "as_of", "value", "base", "lower", "upper")
"""The columns of ``cells.csv`` and ``mart_cell``."""
