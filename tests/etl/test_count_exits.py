"""Counting the exit monitor: by hand, from answers alone."""

from __future__ import annotations

import pytest

from etl.metrics.exit_monitor import ANSWERS
from etl.metrics.exits import respondents
from tests.exits import BLOCK, answers, counted, exits, reference

THEME = "theme_sociale_veiligheid"


def numbers(found, attribute: str = "", period: str = "2025", unit: str = "MIN", **more: str):  # type: ignore[no-untyped-def]
    cells = counted(found).filter(
        **{"metric": ANSWERS, "attribute2": ""} | more,
        attribute=attribute,
        period=period,
        unit=unit,
    )
    return dict(cells.select("category", "count").iter_rows())


@pytest.mark.parametrize(
    ("scores", "opinion"),
    [
        ([3, 4], "favourable"),  # a mean of 3.5
        ([3, 3, 4], "neutral"),
        ([2, 3], "unfavourable"),  # 2.5
        ([2, 3, 3], "neutral"),
        ([5], "favourable"),
        ([], "not_answered"),
    ],
)
def test_an_opinion_is_the_mean_of_the_items_that_were_answered(
    scores: list[int], opinion: str
) -> None:
    row = answers(1, scores={"sociale_veiligheid": scores, "inclusie": [1]})
    assert respondents(exits(row).answers, reference())[THEME].to_list() == [opinion]


def test_who_answered_no_item_of_a_theme_does_not_count_for_it() -> None:
    said = [
        *answers(4, scores={"sociale_veiligheid": [5]}),
        *answers(3, scores={"sociale_veiligheid": [3]}),
        *answers(2, scores={"sociale_veiligheid": [1]}),
        *answers(6, scores={"inclusie": [1]}),
    ]
    expected = {"favourable": 4, "neutral": 3, "unfavourable": 2, "known": 9, "unknown": 6}
    assert numbers(exits(said), THEME) == expected


def test_a_reason_is_named_or_not_by_everybody_who_answered() -> None:
    said = [*answers(3, reasons=["werkdruk", "reistijd"]), *answers(2, reasons=["werkdruk"])]
    said += answers(4)
    assert numbers(exits(said), "reason_werkdruk") == {"yes": 5, "no": 4}
    assert numbers(exits(said), "reason_beloning") == {"yes": 0, "no": 9}


def test_questions_with_codes_count_what_was_not_answered_apart() -> None:
    said = [
        *answers(2, racism_role="yes", talked=True),
        *answers(3, racism_role="no", talked=False, would_return="no"),
        *answers(1, racism_role="not_said", exit_kind="retirement"),
        *answers(5),
    ]
    found = exits(said)
    assert numbers(found, "racism_role") == {
        "yes": 2, "no": 3, "not_said": 1, "known": 6, "unknown": 5,
    }  # fmt: skip
    assert numbers(found, "talked") == {"yes": 2, "no": 3, "known": 5, "unknown": 6}
    returns = numbers(found, "would_return")
    assert (returns["yes"], returns["would_not"], returns["unsure"]) == (0, 3, 0)
    assert numbers(found, "exit_kind")["retirement"] == 1


def test_answered_counts_answers_whoever_was_invited() -> None:
    said = answers(7)
    assert numbers(exits(said)) == numbers(exits(said, {2025: 300})) == {"": 7}
    invited = counted(exits(said, {2025: 300, 2024: 4})).filter(metric="exit_invited")
    assert invited.select("period", "unit", "count").rows() == [("2025", "MIN", 300)]


def test_a_unit_has_the_answers_that_name_it_and_the_whole_has_all() -> None:
    said = [
        *answers(60, 2023, "A"),
        *answers(50, 2024, "B"),
        *answers(40, 2025, "C"),
        *answers(9, 2025, "MIN"),
        *answers(8, 2025, "GONE"),
    ]
    found = counted(exits(said)).filter(metric=ANSWERS, attribute="")
    blocks = found.filter(period=BLOCK).select("unit", "unit_level", "count").rows()
    assert blocks == [("A", 2, 60), ("B", 2, 50), ("C", 2, 40), ("MIN", 1, 167)]
    years = found.filter(period_kind="year").select("period", "unit", "count").rows()
    assert years == [("2023", "MIN", 60), ("2024", "MIN", 50), ("2025", "MIN", 57)]


def test_small_second_levels_are_not_planned() -> None:
    said = [
        *answers(149, 2023, "A"),
        *answers(0, 2024),
        *answers(1, 2024, "MIN"),
        *answers(1, 2025, "MIN"),
    ]
    units = counted(exits(said)).filter(period=BLOCK)["unit"].unique().to_list()
    assert units == ["MIN"]  # 149 in three units are 49.7 in the mean


def test_a_block_without_answers_of_one_of_its_years_is_not_counted() -> None:
    said = [*answers(200, 2023), *answers(200, 2025)]
    assert set(counted(exits(said))["period"]) == {"2023", "2025"}


def test_a_year_that_the_organisation_does_not_have_is_not_counted() -> None:
    assert counted(exits(answers(90, 2022))).is_empty()


def test_opinions_are_crossed_with_origin_over_a_block() -> None:
    good = {"sociale_veiligheid": [5]}
    said = [
        *answers(5, 2023, scores=good, origin="turkije"),
        *answers(6, 2024, scores=good, origin="nederland"),
        *answers(7, 2025, origin="marokko"),
        *answers(8, 2025, scores=good),
    ]
    crossed = counted(exits(said)).filter(
        attribute=THEME, attribute2="origin", category="favourable"
    )
    found = dict(crossed.select("category2", "count").iter_rows())
    assert found == {"yes": 5, "no": 6, "known": 11, "unknown": 8}
