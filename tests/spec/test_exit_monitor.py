"""Figures of the exit monitor from published counts, by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import pytest

from etl.metrics.cells import CELLS
from etl.metrics.derive import derive
from etl.metrics.registry import metric_frame
from tests.exits import BLOCK, dimensions

THEME = "theme_inclusie"
Numbers = Mapping[tuple[str, str, str, str], float | None]


def derived(
    numbers: Numbers, total: float = 200, period: str = "2025", **more: float
) -> pl.DataFrame:
    """What is made of (attribute, category, attribute2, category2) -> published number."""
    counts = [
        ((ANSWERS, "", "", "", ""), total),
        *(((ANSWERS, *key), n) for key, n in numbers.items()),
    ]
    counts += [((metric, "", "", "", ""), n) for metric, n in more.items()]
    rows = [
        {
            "metric": metric, "period": period,
            "period_kind": "block" if "-" in period else "year",
            "unit": "MIN", "unit_level": 1, "scale_group": "all",
            "attribute": a, "category": b, "attribute2": c, "category2": d,
            "status": "suppressed" if value is None else "published",
            "as_of": period, "value": value,
            "base": value if metric != ANSWERS else total, "lower": None, "upper": None,
        }
        for (metric, a, b, c, d), value in counts
    ]  # fmt: skip
    schema = dict.fromkeys(CELLS, pl.String) | {"unit_level": pl.Int16}
    schema |= dict.fromkeys(("value", "base", "lower", "upper"), pl.Float64)
    return derive(pl.DataFrame(rows, schema=schema), dimensions(), metric_frame())


ANSWERS = "exit_answers"


def row(
    found: pl.DataFrame, metric: str, attribute: str = "", category: str = "", group: str = ""
) -> dict[str, Any]:
    return found.row(
        by_predicate=(pl.col("metric") == metric)
        & (pl.col("attribute") == attribute)
        & (pl.col("category") == category)
        & (pl.col("category2") == group),
        named=True,
    )


def split(attribute: str, group: tuple[str, str] = ("", ""), **numbers: float | None) -> Numbers:
    return {(attribute, code, *group): value for code, value in numbers.items()}


FULL = split(THEME, known=180, unknown=20, favourable=90, neutral=60, unfavourable=30)
HIDDEN = split(THEME, known=None, unknown=None, favourable=120, neutral=None, unfavourable=40)


def test_response_is_answered_of_invited_with_both_roundings_in_its_interval() -> None:
    """p = .4; variance p(1-p)/500 + (4 + .16 * 4)/500^2 = .000498560: n = 481.4; Wilson."""
    found = row(derived({}, exit_invited=500), "exit_response")
    assert (found["value"], found["lower"], found["upper"]) == (40, 36, 44)
    assert found["base"] == 500


def test_no_response_where_one_of_both_is_hidden() -> None:
    found = derived({}, total=200).filter(metric="exit_response")
    assert found.is_empty()


def test_opinions_are_of_those_who_answered_the_theme() -> None:
    """90, 60 and 30 of 180."""
    found = derived(FULL)
    values = {
        c: row(found, "exit_theme", THEME, c)["value"]
        for c in ("favourable", "neutral", "unfavourable")
    }
    assert values == {"favourable": 50, "neutral": 33, "unfavourable": 17}
    assert row(found, "exit_theme", THEME, "neutral")["base"] == 180


def test_where_the_unanswered_are_hidden_they_count_as_neutral_and_all_are_divided_by() -> None:
    """200 - 120 - 40 = 40 of 200."""
    found = derived(HIDDEN)
    values = {
        c: row(found, "exit_theme", THEME, c)["value"]
        for c in ("favourable", "neutral", "unfavourable")
    }
    assert values == {"favourable": 60, "neutral": 20, "unfavourable": 20}


@pytest.mark.parametrize(("favourable", "shown"), [(150, True), (155, False)])
def test_fewer_than_ten_neutral_ones_are_not_shown(favourable: float, shown: bool) -> None:
    numbers = split(
        THEME, known=None, unknown=None, favourable=favourable, neutral=None, unfavourable=40
    )
    found = derived(numbers)
    assert (row(found, "exit_theme", THEME, "neutral")["status"] == "published") == shown
    assert (row(found, "exit_score", THEME)["status"] == "published") == shown


def test_score() -> None:
    """(10 * 90 + 5 * 60) / 180 = 6.67.

    lean 60/180 = .3333; spread (120/180 - .1111)/180 = .0030864. Variances of the roundings: F and
    U 4 each, known (two roundings: everybody, unknown) 8: (8 + .1111 * 8)/180^2 = .00027435.
    Margin 5 * 1.95996 * sqrt(.00336075) = .5681.
    """
    found = row(derived(FULL), "exit_score", THEME)
    assert (found["value"], found["lower"], found["upper"]) == (6.7, 6.1, 7.2)


def test_a_score_without_one_of_the_sides_is_hidden() -> None:
    numbers = split(THEME, known=None, unknown=None, favourable=None, neutral=None, unfavourable=40)
    found = row(derived(numbers), "exit_score", THEME)
    assert (found["status"], found["value"]) == ("suppressed", None)


def test_racism_is_a_part_of_those_who_answered_that_question() -> None:
    numbers = split("racism_role", known=160, unknown=40, yes=40, no=100, not_said=20)
    found = derived(numbers)
    answer = row(found, "exit_answer_share", "racism_role", "yes")
    # p = .25, variance .25*.75/160 + (4 + .0625 * 8)/160^2 = .00134766: n = 139.1
    # Wilson: the middle is .256717, half the width .071299
    assert (answer["value"], answer["lower"], answer["upper"]) == (25, 19, 33)
    assert row(found, "exit_answer_share", "racism_role", "not_said")["value"] == 12
    assert found.filter(metric="exit_answer_share", category="no").is_empty()


def test_a_reason_is_a_part_of_all_respondents() -> None:
    found = derived(split("reason_werkdruk", yes=50, no=150))
    assert row(found, "exit_answer_share", "reason_werkdruk", "yes")["value"] == 25


ORIGIN = split("origin", unknown=30, known=270, yes=60, no=210)
BY_GROUP = {
    **ORIGIN,
    **split("racism_role", known=None, unknown=None, yes=40, no=None, not_said=None),
    **split(
        "racism_role", ("origin", "yes"), known=None, unknown=None, yes=20, no=None, not_said=None
    ),
    **split(
        "racism_role", ("origin", "no"), known=None, unknown=None, yes=None, no=None, not_said=None
    ),
}


def test_groups_are_compared_with_everybody_outside_where_the_others_are_hidden() -> None:
    """20 of 60 and (40 - 20) of (300 - 60): 33% and 8%."""
    found = derived(BY_GROUP, total=300, period=BLOCK)
    group = row(found, "exit_answer_share", "racism_role", "yes", "yes")
    others = row(found, "exit_answer_share", "racism_role", "yes", "no")
    assert (group["value"], group["base"]) == (33, 60)
    assert (others["value"], others["base"]) == (8, 240)
    gap = row(found, "exit_gap", "racism_role", "yes", "yes")
    assert (gap["value"], gap["base"]) == (25, 60)
    # Wilson of 20/60 with effective size 47.3: [.216, .476]; of 20/240 with 163.6: [.050, .136];
    # Newcombe: .25 - sqrt(.117^2 + .053^2) and .25 + sqrt(.143^2 + .033^2).
    assert gap["lower"] == pytest.approx(12, abs=1)
    assert gap["upper"] == pytest.approx(40, abs=1)


def test_others_with_a_known_origin_are_used_where_they_are_shown() -> None:
    numbers = {
        **BY_GROUP,
        **split(
            "racism_role", ("origin", "no"), known=None, unknown=None, yes=18, no=None, not_said=12
        ),
    }
    found = derived(numbers, total=300, period=BLOCK)
    others = row(found, "exit_answer_share", "racism_role", "yes", "no")
    assert (others["value"], others["base"]) == (9, 210)


def test_a_hidden_group_has_no_difference() -> None:
    numbers = {**BY_GROUP, ("racism_role", "yes", "origin", "yes"): None}
    found = derived(numbers, total=300, period=BLOCK)
    gap = row(found, "exit_gap", "racism_role", "yes", "yes")
    assert (gap["status"], gap["value"], gap["lower"], gap["base"]) == (
        "suppressed",
        None,
        None,
        None,
    )
