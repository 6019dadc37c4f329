"""Attacks on the published exit monitor: who answered what, and whether somebody answered."""

from __future__ import annotations

import random
from collections.abc import Iterator

import polars as pl
import pytest

from etl.metrics.exit_monitor import INVITED, OF_EXITS
from etl.privacy.audit import audit
from etl.privacy.audit_input import knowing
from etl.privacy.protect import Protected
from tests.exits import (
    BLOCK,
    UNITS,
    YEARS,
    Respondent,
    answers,
    counted,
    exits,
    files,
    protected,
    shown,
)

THEME = "theme_sociale_veiligheid"
GOOD, MIDDLE, BAD = ({"sociale_veiligheid": [score]} for score in (5, 3, 1))


def of_exits(made: Protected) -> pl.DataFrame:
    return made.table.cells.filter(pl.col("metric").is_in(OF_EXITS))


def mixed(number: int, seed: int, *, units: tuple[str, ...] = (*UNITS, "MIN")) -> list[Respondent]:
    """Respondents of all years who say this and that."""
    rng = random.Random(seed)  # noqa: S311 - invented people
    said: list[Respondent] = []
    for _ in range(number):
        themes = ("sociale_veiligheid", "inclusie", "ongewenste_omgangsvormen")
        said += answers(
            1,
            rng.choice(YEARS),
            rng.choice(units),
            scores={t: [rng.choice((1, 3, 5, 5))] for t in themes if rng.random() < 0.9},
            origin=rng.choice(["nederland", "nederland", "europa", "turkije", "onbekend"]),
            racism_role=rng.choice(["yes", "no", "no", "no", "not_said", None]),
            talked=rng.choice([True, False]),
            would_return=rng.choice(["yes", "no", "unsure"]),
            exit_kind=rng.choice(["retirement", "resignation_other", "dismissal", "other"]),
            reasons=rng.sample(["werkdruk", "beloning", "loopbaan", "reistijd"], rng.randrange(3)),
        )
    return said


def sizes() -> Iterator[list[Respondent]]:
    """Every number of respondents modulo 5, with a good part of each answer."""
    for more in range(5):
        said = answers(60 + more, scores=GOOD, talked=True, reasons=["werkdruk"])
        yield [*said, *answers(40, scores=BAD, talked=False), *answers(30, scores=MIDDLE)]


def test_nothing_tells_the_true_number_of_respondents() -> None:
    """A remainder of the true number, or a base, would show it modulo 5."""
    for said in sizes():
        cells = of_exits(protected(exits(said, {2025: 400})))
        numbers = pl.concat([cells["value"], cells["base"]]).drop_nulls()
        assert numbers.len() > 20
        assert (numbers % 5 == 0).all()


def test_no_rest_of_the_published_numbers_tells_it_either() -> None:
    """Known and not known, named and not named add up to the rounded number of respondents."""
    said = [*answers(71, talked=True, reasons=["werkdruk"]), *answers(52, talked=False)]
    made = protected(exits([*said, *answers(20)]))
    total = shown(made)[""]
    talked, reason = shown(made, "talked"), shown(made, "reason_werkdruk")
    assert talked["known"] + talked["unknown"] == total == reason["yes"] + reason["no"]  # type: ignore[operator]
    assert talked["yes"] + talked["no"] == talked["known"]  # type: ignore[operator]


@pytest.mark.parametrize(("number", "is_open"), [(49, False), (50, True), (51, True)])
def test_below_fifty_respondents_nothing_is_shown_not_even_how_many(
    number: int, is_open: bool
) -> None:
    said = [*answers(25, reasons=["werkdruk"]), *answers(number - 25)]
    cells = of_exits(protected(exits(said)))
    assert (shown(protected(exits(said)))[""] is not None) == is_open
    assert cells["value"].is_not_null().any() == is_open
    assert cells["base"].is_not_null().any() == is_open


@pytest.mark.parametrize(("named", "is_shown"), [(9, False), (10, True), (90, True), (91, False)])
def test_ten_who_named_a_reason_and_ten_who_did_not(named: int, is_shown: bool) -> None:
    found = shown(protected(exits([*answers(named, reasons=["werkdruk"]), *answers(100 - named)])),
                  "reason_werkdruk")  # fmt: skip
    assert (found["yes"] is not None) == is_shown == (found["no"] is not None)


def test_a_reason_that_nobody_named_looks_like_one_that_few_named() -> None:
    made = protected(exits([*answers(9, reasons=["werkdruk"]), *answers(91)]))
    assert shown(made, "reason_werkdruk") == shown(made, "reason_reistijd")


@pytest.mark.parametrize(("neutral", "both"), [(0, False), (9, False), (10, True)])
def test_few_between_two_shown_opinions_hide_one(neutral: int, both: bool) -> None:
    """Nearly everybody answered the theme: who is neither of two shown ones can be subtracted."""
    said = [*answers(60, scores=GOOD), *answers(60, scores=BAD), *answers(neutral, scores=MIDDLE)]
    found = shown(protected(exits(said)), THEME)
    assert (found["favourable"] is not None and found["unfavourable"] is not None) == both
    assert found["neutral"] is None  # how many did not answer is hidden: none


def test_a_theme_with_enough_without_an_answer_shows_all_three() -> None:
    said = [*answers(60, scores=GOOD), *answers(40, scores=BAD), *answers(30, scores=MIDDLE)]
    found = shown(protected(exits([*said, *answers(20)])), THEME)
    assert None not in found.values()
    assert abs(float(found["neutral"] or 0) - 30) <= 16


@pytest.mark.parametrize(("silent", "is_shown"), [(9, False), (10, True)])
def test_few_who_did_not_answer_hide_who_was_invited(silent: int, is_shown: bool) -> None:
    """Whether one person answered is nobody's business, and "all but two" tells it."""
    made = protected(exits(answers(80), {2025: 80 + silent}))
    assert (shown(made, metric=INVITED)[""] is not None) == is_shown
    assert shown(made)[""] is not None


def test_more_answers_than_invitations_are_no_response() -> None:
    assert shown(protected(exits(answers(80), {2025: 60})), metric=INVITED)[""] is None


@pytest.mark.parametrize("seed", range(6))
def test_whoever_knows_every_number_of_respondents_finds_nothing(seed: int) -> None:
    """The publication as one system, its true bases known; and as an outsider has it."""
    made = protected(exits(mixed(170 + 90 * seed, seed)))
    assert of_exits(made)["status"].eq("published").sum() > 30
    insider = audit(knowing(files(made), made.known))
    assert insider.unsafe <= made.implied
    outsider = audit(files(made))
    assert outsider.unsafe <= made.implied
    assert outsider.contradictions == insider.contradictions == 0


@pytest.mark.parametrize("seed", range(6))
def test_what_an_outsider_concludes_is_true(seed: int) -> None:
    """Each shown number is within the error that the audit reckons with, base rounded or not."""
    found = exits(mixed(300, seed))
    cells = of_exits(protected(found)).join(
        counted(found).select(
            "metric", "period", "unit", "attribute", "category", "attribute2", "category2", "count"
        ),
        on=["metric", "period", "unit", "attribute", "category", "attribute2", "category2"],
    )
    own = ["", "yes", "favourable", "unfavourable", "unknown"]
    simple = cells.filter(pl.col("value").is_not_null() & (pl.col("attribute2") == ""))
    simple = simple.filter(pl.col("category").is_in(own))
    assert simple.height > 20
    assert (simple["value"] - simple["count"]).abs().max() <= 4  # type: ignore[operator]


def test_a_unit_is_not_what_the_whole_leaves() -> None:
    """Five of unit A say yes; the whole of the block and the other units would give it away."""
    said = []
    for year in YEARS:
        said += answers(40, year, "A", racism_role="no")
        said += [
            *answers(30, year, "B", racism_role="yes"),
            *answers(30, year, "B", racism_role="no"),
        ]
        said += [
            *answers(35, year, "C", racism_role="yes"),
            *answers(30, year, "C", racism_role="no"),
        ]
    said += answers(5, 2025, "A", racism_role="yes")
    made = protected(exits(said))
    by_unit = {u: shown(made, "racism_role", BLOCK, u)["yes"] for u in ("A", "B", "C", "MIN")}
    assert by_unit["A"] is None
    assert None in {by_unit["B"], by_unit["C"], by_unit["MIN"]}
    assert "secondary" in set(made.cells.filter(attribute="racism_role")["cause"])


# --- history


def test_answers_that_come_in_after_the_year_was_published_are_still_decided() -> None:
    """Personnel figures of 2025 were served before the survey was closed."""
    without = protected(exits([]))
    assert of_exits(without).is_empty()
    later = protected(exits(answers(80)), served=without.record)
    assert shown(later)[""] == 80


def test_what_was_served_stands_whatever_is_loaded_since() -> None:
    said = [*answers(80, 2024, reasons=["werkdruk"]), *answers(40, 2024)]
    first = protected(exits(said, {2024: 300}))
    corrected = [*answers(30, 2024, reasons=["werkdruk"]), *answers(41, 2024)]
    then = protected(exits([*corrected, *answers(90)], {2024: 299, 2025: 300}), first.record)
    of_2024 = pl.col("period") == "2024"
    assert of_exits(then).filter(of_2024).equals(of_exits(first).filter(of_2024))
    assert shown(then)[""] == 90
    assert then.record.filter(pl.col("metric").is_in(OF_EXITS) & of_2024).is_empty()


def test_a_year_that_is_older_than_what_was_served_is_not_made() -> None:
    """Decided after a newer one, it could no longer give way to it."""
    first = protected(exits(answers(80, 2025)))
    then = protected(exits([*answers(80, 2025), *answers(70, 2024)]), first.record)
    assert set(of_exits(then)["period"]) == {"2025"}


def test_what_is_withdrawn_is_hidden_with_how_many_answered() -> None:
    said = exits([*answers(80, 2024, reasons=["werkdruk"]), *answers(40, 2024), *answers(90, 2025)])
    first = protected(said)
    gone = pl.DataFrame({"metric": ["exit_answers"], "period": ["2024"]})
    then = of_exits(protected(said, first.record, gone))
    hidden = then.filter(pl.col("period") == "2024")
    assert hidden.height > 20
    assert hidden["value"].null_count() == hidden["base"].null_count() == hidden.height
    assert then.filter(pl.col("period") == "2025")["value"].is_not_null().any()
