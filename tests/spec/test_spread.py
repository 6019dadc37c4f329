"""Blau and Duncan: the vectors of metrics.md, and from protected counts to cells."""

from __future__ import annotations

import polars as pl
import pytest

from etl.metrics import spread
from etl.metrics.derive import derive
from etl.metrics.registry import metric_frame
from tests.spec.test_derive import DIMENSIONS, cells


def test_the_vector_of_blau() -> None:
    assert spread.blau((0.72, 0.09, 0.19)) == pytest.approx(0.4374, abs=5e-5)
    assert spread.blau_normalised((0.72, 0.09, 0.19)) == pytest.approx(0.6561, abs=5e-5)
    assert spread.blau((720, 90, 190)) == pytest.approx(0.4374, abs=5e-5)


def test_the_vector_of_duncan() -> None:
    assert spread.duncan((60, 30, 10), (300, 400, 300)) == pytest.approx(0.30)


def test_the_ends_of_both() -> None:
    assert spread.blau_normalised((10, 0, 0)) == 0
    assert spread.blau_normalised((10, 10, 10)) == pytest.approx(1)
    assert spread.duncan((10, 20), (100, 200)) == 0
    assert spread.duncan((10, 0), (0, 20)) == 1


GROUPS = ("nederland", "europa", "buiten_europa")
BANDS = ("1-9", "10-13", "14+")


def named() -> pl.DataFrame:
    row = DIMENSIONS.head(1)
    more = [("origin", "groups", code) for code in GROUPS]
    more += [("scale_group", "fine", code) for code in BANDS]
    return pl.concat(
        [
            DIMENSIONS,
            *(
                row.with_columns(dimension=pl.lit(d), partition=pl.lit(p), code=pl.lit(c))
                for d, p, c in more
            ),
        ]
    )


HEAD = "metric | period | period_kind | scale_group | attribute | category | status | value | base"


def made(numbers: dict[tuple[str, str], int | None]) -> dict[str, tuple[object, ...]]:
    """Metric -> status and value, of one unit and date."""
    rows = [
        f"headcount | 2025Q4 | quarter | {band} | origin | {code} | "
        f"{'suppressed | -' if n is None else f'published | {n}'} | 2000"
        for (band, code), n in numbers.items()
    ]
    got = derive(cells("\n".join([HEAD, *rows])), named(), metric_frame())
    kept = got.filter(pl.col("metric").is_in([spread.BLAU, spread.DUNCAN]))
    return {row[0]: row[1:] for row in kept.select("metric", "status", "value", "base").rows()}


WHOLE: dict[tuple[str, str], int | None] = {
    ("all", "nederland"): 720,
    ("all", "europa"): 90,
    ("all", "buiten_europa"): 190,
}
SPLIT: dict[tuple[str, str], int | None] = {
    ("all", "yes"): 100,
    ("all", "no"): 1000,
    **{(band, "yes"): n for band, n in zip(BANDS, (60, 30, 10), strict=True)},
    **{(band, "no"): n for band, n in zip(BANDS, (300, 400, 300), strict=True)},
}


def test_both_are_made_from_protected_counts() -> None:
    assert made(WHOLE | SPLIT) == {
        "blau": ("published", 0.66, 1000.0),
        "duncan": ("published", 0.30, 1100.0),
    }


def test_a_hidden_group_hides_blau() -> None:
    assert made(WHOLE | {("all", "europa"): None}) == {"blau": ("suppressed", None, None)}


def test_bands_that_are_not_shown_are_one() -> None:
    """10-13 and 14+ together: 60 and 40 against 300 and 700: half of .3 + .3."""
    hidden = SPLIT | {("10-13", "no"): None, ("14+", "yes"): None}
    assert made(hidden) == {"duncan": ("published", 0.30, 1100.0)}


def test_a_hidden_whole_hides_duncan() -> None:
    hidden = SPLIT | {("14+", "yes"): None, ("all", "no"): None}
    assert made(hidden) == {"duncan": ("suppressed", None, None)}


def test_one_class_is_no_spread() -> None:
    hidden = SPLIT | dict.fromkeys([(band, "yes") for band in BANDS])
    assert made(hidden) == {"duncan": ("suppressed", None, None)}


def test_a_part_that_is_not_planned_leaves_no_index() -> None:
    some = {key: n for key, n in (WHOLE | SPLIT).items() if key[1] != "europa" and key[0] != "14+"}
    assert made(some) == {}


def test_parts_of_two_dates_are_not_refreshed() -> None:
    frame = cells(
        "\n".join(
            [
                HEAD,
                *(
                    f"headcount | 2025Q4 | quarter | all | origin | {c} | published | 100 | 2000"
                    for c in GROUPS
                ),
            ]
        )
    )
    older = pl.when(pl.col("category") == "europa").then(pl.lit("2024Q4")).otherwise("as_of")
    got = derive(frame.with_columns(as_of=older), named(), metric_frame())
    assert got.filter(metric="blau").select("status", "value").rows() == [("not_refreshed", None)]
