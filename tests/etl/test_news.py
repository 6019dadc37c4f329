"""What a publication tells to be new: by structure alone, compared with the one before."""

from __future__ import annotations

import json
from datetime import date

import polars as pl

from etl.news import COMPARED, NEWS, news

Tables = dict[str, pl.DataFrame]
DIMENSION = {
    "dimension": pl.String(), "partition": pl.String(), "code": pl.String(),
    "valid_to": pl.Date(), "label_nl": pl.String(), "label_en": pl.String(),
}  # fmt: skip
POLICY = {
    "rounding_base": {"value": 5, "reason": "x"},
    "classes": {"special": {"threshold": {"value": 10}, "distance": {"value": 10}}},
}


def tables(
    *more: tuple[object, ...],
    metrics: tuple[str, ...] = ("headcount", "share"),
    withdrawn: tuple[tuple[str, str], ...] = (),
    policy: dict[str, object] | None = None,
) -> Tables:
    rows = [
        ("period", "quarter", "2025Q4", date(2025, 12, 31), "2025 K4", "2025 Q4"),
        ("unit", "tree", "A", None, "Afdeling A", "Department A"),
        ("attribute", "special", "origin", None, "Herkomst", "Origin"),
        ("origin", "binary", "yes", None, "Buiten Europa", "Outside Europe"),
        *more,
    ]
    return {
        "mart_dimension": pl.DataFrame(rows, schema=DIMENSION, orient="row"),
        "mart_metric": pl.DataFrame({"metric": metrics, "label_nl": metrics, "label_en": metrics}),
        "mart_withdrawal": pl.DataFrame(
            [(*each, "reden") for each in withdrawn],
            schema=["metric", "period", "reason"],
            orient="row",
            schema_overrides=dict.fromkeys(("metric", "period", "reason"), pl.String),
        ),
        "mart_meta": pl.DataFrame({"key": ["policy"], "value": [json.dumps(policy or POLICY)]}),
    }


def told(before: Tables, now: Tables) -> list[tuple[str | None, ...]]:
    frame = news(before, now)
    assert frame.schema == NEWS
    return frame.select("kind", "change", "code", "period", "was", "now").rows()


def test_a_first_publication_has_no_news() -> None:
    assert told({}, tables()) == []


def test_the_same_again_has_no_news() -> None:
    assert told(tables(), tables()) == []


def test_dates_units_attributes_and_metrics_that_came_and_went() -> None:
    quarter = ("period", "quarter", "2026Q1", date(2026, 3, 31), "2026 K1", "2026 Q1")
    year = ("period", "year", "2026", date(2026, 12, 31), "2026", "2026")
    unit = ("unit", "tree", "B", None, "Afdeling B", "Department B")
    gender = ("attribute", "personal", "gender", None, "Geslacht", "Gender")
    before = tables(unit)
    now = tables(quarter, year, gender, metrics=("headcount", "blau"))
    assert told(before, now) == [
        ("period", "new", "2026Q1", None, None, "quarter"),
        ("period", "new", "2026", None, None, "year"),
        ("unit", "gone", "B", None, None, None),
        ("attribute", "new", "gender", None, None, "personal"),
        ("metric", "new", "blau", None, None, ""),
        ("metric", "gone", "share", None, None, None),
    ]
    gone = news(before, now).filter(pl.col("code") == "B").row(0, named=True)
    assert (gone["label_nl"], gone["label_en"]) == ("Afdeling B", "Department B")


def test_a_unit_that_ends_is_told_once() -> None:
    lasting = ("unit", "tree", "B", None, "Afdeling B", "Department B")
    ended = (*lasting[:3], date(2026, 3, 31), *lasting[4:])
    assert told(tables(lasting), tables(ended)) == [
        ("unit", "ended", "B", None, None, "2026-03-31")
    ]
    assert told(tables(ended), tables(ended)) == []


def test_only_withdrawals_since_then() -> None:
    first, second = ("share", "2025Q2"), ("gap", "2025Q3")
    assert told(tables(withdrawn=(first,)), tables(withdrawn=(first, second))) == [
        ("withdrawal", "new", "gap", "2025Q3", None, None)
    ]
    older = {k: v for k, v in tables().items() if k != "mart_withdrawal"}
    assert told(older, tables(withdrawn=(first,))) == [
        ("withdrawal", "new", "share", "2025Q2", None, None)
    ]


def test_rules_that_changed_came_and_went() -> None:
    special = {"threshold": {"value": 12}, "width": {"value": 5}}
    policy = {"rounding_base": {"value": 5, "reason": "y"}, "classes": {"special": special}}
    assert told(tables(), tables(policy=policy)) == [
        ("policy", "changed", "classes.special.threshold", None, "10", "12"),
        ("policy", "new", "classes.special.width", None, None, "5"),
        ("policy", "gone", "classes.special.distance", None, "10", None),
    ]


def test_no_cell_and_no_count_of_cells_is_looked_at() -> None:
    assert set(COMPARED) == {"mart_dimension", "mart_metric", "mart_withdrawal", "mart_meta"}
    cells = pl.DataFrame({"value": [5.0]})
    with_cells = {**tables(), "mart_cell": cells, "mart_status": cells}
    assert told({**with_cells, "mart_cell": cells.clear()}, with_cells) == []
