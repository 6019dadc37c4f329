"""Which scale groups tile which: read from their codes, as any reader does."""

from __future__ import annotations

import re

import polars as pl

WHOLE = "all"
_LOWEST, _HIGHEST = 0, 99
"""Outside every salary scale."""
_BELOW, _ABOVE = re.compile(r"<=(\d+)"), re.compile(r">=(\d+)|(\d+)\+")
_BETWEEN, _ONE = re.compile(r"(\d+)-(\d+)"), re.compile(r"(\d+)")


def span(code: str) -> tuple[int, int] | None:
    """First and last scale of a group's code; None when it does not say."""
    if code == WHOLE:
        return _LOWEST, _HIGHEST
    if found := _BELOW.fullmatch(code):
        return _LOWEST, int(found[1])
    if found := _ABOVE.fullmatch(code):
        return int(found[1] or found[2]), _HIGHEST
    if found := _BETWEEN.fullmatch(code):
        return int(found[1]), int(found[2])
    if found := _ONE.fullmatch(code):
        return int(found[1]), int(found[1])
    return None


def refinements(scale_groups: pl.DataFrame) -> pl.DataFrame:
    """``whole, partition, part``: for each group the bands of another partition that tile it.

    Args:
        scale_groups: the rows of the dimension ``scale_group``. Bands of a partition together are
            everybody; a code that does not tell its scales is part of the whole only.
    """
    rows: list[tuple[str, str, str]] = []
    banded = scale_groups.filter(pl.col("code") != WHOLE)
    codes = [(str(r["partition"]), str(r["code"])) for r in banded.iter_rows(named=True)]
    for partition in dict.fromkeys(name for name, _ in codes):
        parts = [code for name, code in codes if name == partition]
        rows += [(WHOLE, partition, part) for part in parts]
        for other, whole in codes:
            held = [part for part in parts if _within(part, whole)]
            if other != partition and len(held) > 1 and _tile(held, parts, whole):
                rows += [(whole, partition, part) for part in held]
    return pl.DataFrame(
        rows, schema={"whole": pl.String, "partition": pl.String, "part": pl.String}, orient="row"
    )


def _within(part: str, whole: str) -> bool:
    inner, outer = span(part), span(whole)
    return inner is not None and outer is not None and outer[0] <= inner[0] and inner[1] <= outer[1]


def _tile(held: list[str], parts: list[str], whole: str) -> bool:
    """Whether no part outside ``held`` reaches into the whole."""
    outer = span(whole)
    spans = [span(part) for part in parts if part not in held]
    if outer is None or None in spans:
        return False
    return all(s is not None and (s[1] < outer[0] or s[0] > outer[1]) for s in spans)
