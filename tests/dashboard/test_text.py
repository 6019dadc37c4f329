"""Sentences above the blocks: what they say follows from values and intervals, and no more."""

from __future__ import annotations

import pytest

from dashboard import text, text_chance
from dashboard.compare import Change, Row
from dashboard.mart import Mart
from tests.dashboard.rows import cell

LOW, HIGH = "t/m schaal 13", "vanaf schaal 14"


def headline(low: Row | None, high: Row | None, gap: Row | None, lang: str = "nl") -> str:
    return text.headline_overview(low, high, gap, LOW, HIGH, lang)


@pytest.mark.parametrize(
    ("gap", "expected"),
    [
        (
            cell("gap", -7.6, -8.8, -6.4),
            "Vanaf schaal 14 is het aandeel 3,4%: 7,6 punt lager dan t/m schaal 13",
        ),
        (
            cell("gap", 2.0, 0.1, 3.9),
            "Vanaf schaal 14 is het aandeel 3,4%: 2,0 punt hoger dan t/m schaal 13",
        ),
        (
            cell("gap", -7.6, -15.3, 0.1),
            "Vanaf schaal 14 is het aandeel 3,4%; "
            "het verschil met t/m schaal 13 (11,0%) kan toeval zijn",
        ),
        (
            cell("gap", -7.6, -15.2, 0.0),
            "Vanaf schaal 14 is het aandeel 3,4%; "
            "het verschil met t/m schaal 13 (11,0%) kan toeval zijn",
        ),
    ],
)
def test_headline_names_a_direction_only_outside_chance(gap: Row, expected: str) -> None:
    low = cell("share", 11.0, 10.4, 11.6, base=9555)
    high = cell("share", 3.4, 2.5, 4.6, base=1330)
    assert headline(low, high, gap) == expected


def test_headline_of_equal_shares_sees_no_difference() -> None:
    low = cell("share", 10.5, 9.9, 11.2, base=9555)
    high = cell("share", 10.5, 9.0, 12.3, base=1330)
    expected = "Vanaf schaal 14 is het aandeel 10,5%: geen verschil te zien met t/m schaal 13"
    assert headline(low, high, cell("gap", 0.0, -1.8, 1.8)) == expected


STALE = {"status": "not_refreshed", "value": None, "lower": None, "upper": None}


def test_headline_of_repeated_shares_names_their_date_and_compares_one_date_only() -> None:
    low = cell("share", 11.0, 10.4, 11.6, base=9555)
    older = cell("share", 3.4, 2.5, 4.6, base=1330, as_of="2025Q2")
    stale = cell("gap", None) | STALE
    assert headline(low, older, stale) == (
        "Vanaf schaal 14 is het aandeel 3,4% (stand 2025 K2); t/m schaal 13 is het 11,0%"
    )
    assert headline(low, older, stale, "en").endswith("3.4% (as of 2025 Q2); t/m schaal 13: 11.0%")
    both = low | {"as_of": "2025Q2"}
    gap = cell("gap", -7.6, -8.8, -6.4, as_of="2025Q2")
    assert headline(both, older, gap) == (
        "Vanaf schaal 14 is het aandeel 3,4% (stand 2025 K2): 7,6 punt lager dan t/m schaal 13"
    )


def test_not_refreshed_is_a_word_of_its_own() -> None:
    row = cell("share", None) | STALE
    assert text.hidden(row, "nl") == "niet ververst"
    assert text.hidden(row, "en") == "not refreshed"
    assert headline(row, cell("share", 3.4, 2.5, 4.6), None) == (
        "Vanaf schaal 14 is het aandeel 3,4%; t/m schaal 13 is het niet ververst"
    )


def test_a_repeated_gap_is_no_change() -> None:
    first = cell("gap", -5.0, -6.0, -4.0, period="2020Q4")
    last = cell("gap", -7.6, -8.6, -6.6, as_of="2025Q2")
    assert text.title_trend(first, last, "nl") == (
        "Het verschil tussen lage en hoge schalen is 7,6 punt (stand 2025 K2)"
    )


def test_inflow_is_not_compared_with_a_stock_of_another_date() -> None:
    inflow = cell("inflow_share", 16.0, 14.0, 18.0, period="2025")
    stock = cell("share", 10.2, 9.6, 10.8, as_of="2025Q2")
    assert text.title_inflow(inflow, stock, "nl") == "Het aandeel in de instroom is 16,0%"


def test_units_of_another_date_are_not_compared_with_the_whole() -> None:
    whole = cell("share", 3.4, 3.0, 3.8)
    low = cell("share", 1.0, 0.6, 1.4, as_of="2025Q2")
    assert text.title_units([("DG A", low)], whole, "nl") == "Het aandeel per onderdeel"
    fresh = cell("share", 2.0, 1.6, 2.4)
    assert text.title_units([("DG A", low), ("DG B", fresh)], whole, "nl") == (
        "DG B blijft het verst achter: 2,0% tegen 3,4% in het geheel"
    )


def test_headline_without_a_gap_cell_uses_both_intervals() -> None:
    low = cell("share", 11.0, 10.4, 11.6, base=9555)
    high = cell("share", 3.4, 2.5, 4.6, base=1330)
    assert "7,6 punt lager" in headline(low, high, None)
    wide = cell("share", 3.4, 0.5, 12.0, base=1330)
    assert "kan toeval zijn" in headline(low, wide, None)


def test_headline_says_that_a_side_is_suppressed_and_nothing_of_it() -> None:
    low = cell("share", 11.0, 10.4, 11.6, base=9555)
    said = headline(low, cell("share", None, base=None), cell("gap", None, base=None))
    assert said == "T/m schaal 13 is het aandeel 11,0%; vanaf schaal 14 is het onderdrukt"
    assert headline(cell("share", None), cell("share", None), None) == (
        "Het aandeel is hier onderdrukt"
    )
    assert headline(None, None, None) == "Het aandeel is hier niet gepubliceerd"


def first_gap(value: float, lower: float, upper: float) -> Row:
    return cell("gap", value, lower, upper, period="2020Q4")


def test_trend_grown_shrunk_or_chance() -> None:
    last = cell("gap", -7.6, -8.2, -7.0)
    assert text.title_trend(first_gap(-5.9, -6.5, -5.3), last, "nl") == (
        "Het verschil tussen lage en hoge schalen is sinds eind 2020 gegroeid van 5,9 naar 7,6 punt"
    )
    assert "gekrompen van 9,5 naar 7,6 punt" in text.title_trend(
        first_gap(-9.5, -10.1, -8.9), last, "nl"
    )
    assert "kan toeval zijn" in text.title_trend(first_gap(-6.8, -7.4, -6.2), last, "nl")
    assert "omgeslagen" in text.title_trend(first_gap(3.0, 2.0, 4.0), last, "nl")


def test_trend_of_two_unproven_gaps() -> None:
    said = text.title_trend(first_gap(0.5, -1, 2), cell("gap", -0.5, -2, 1), "nl")
    assert said == (
        "Noch eind 2020, noch eind 2025 is een verschil tussen lage en hoge schalen aangetoond"
    )


def test_trend_with_a_hidden_end_says_nothing_about_it() -> None:
    said = text.title_trend(cell("gap", None), cell("gap", -7.6, -8.2, -7.0), "nl")
    assert said == "Het aandeel in lage en hoge schalen door de tijd"


STOCK = cell("share", 11.0, 10.4, 11.6, base=9555)


def chain(**rows: Row) -> str:
    rows = {"stock_low": STOCK, **rows}
    return text.title_chain([(key, key, row) for key, row in rows.items()], "nl")


def test_chain_names_where_the_share_stays_behind() -> None:
    behind = cell("crossing_share", 5, 3, 8, base=280)
    ahead = cell("inflow_share", 16.0, 14.0, 18.0, base=1080)
    said = chain(inflow=ahead, crossing=behind)
    assert said == (
        "Het aandeel blijft achter bij de stap naar de hoge schalen, niet bij de instroom"
    )


def test_chain_clears_the_door_only_when_inflow_is_proven_higher() -> None:
    behind = cell("crossing_share", 5, 3, 8, base=280)
    same = cell("inflow_share", 11.5, 9.0, 14.0, base=1080)
    assert chain(inflow=same, crossing=behind) == (
        "Het aandeel blijft achter bij de stap naar de hoge schalen"
    )


def test_chain_with_higher_share_among_leavers() -> None:
    leavers = cell("exit_share", 15.0, 13.5, 16.5, base=1080)
    assert chain(exit=leavers) == "Onder vertrekkers is het hoger dan in de bezetting"


def test_chain_names_what_goes_up_beside_what_stays_behind() -> None:
    ahead = cell("crossing_share", 19, 14, 25, base=280)
    behind = cell("inflow_share", 8.0, 6.5, 9.5, base=1080)
    assert chain(inflow=behind, crossing=ahead) == (
        "Het aandeel blijft achter bij de instroom; "
        "het aandeel is hoger bij de stap naar de hoge schalen"
    )
    assert chain(crossing=ahead) == "Het aandeel is hoger bij de stap naar de hoge schalen"


def test_chain_of_nothing_but_chance() -> None:
    crossing = cell("crossing_share", 9, 5, 14, base=280)
    assert chain(crossing=crossing) == (
        "In geen stap is een verschil met de bezetting aangetoond: het kan toeval zijn"
    )


def test_chain_without_shown_steps_claims_nothing() -> None:
    assert chain(crossing=cell("crossing_share", None)) == "Het aandeel in elke stap"
    assert text.title_chain([("stock_low", "", None)], "nl") == "Het aandeel in elke stap"


@pytest.mark.parametrize(
    ("value", "lower", "upper", "expected"),
    [
        (16.0, 14.0, 18.0, "16,0%: hoger dan in de bezetting (10,1%)"),
        (6.0, 5.0, 7.0, "6,0%: lager dan in de bezetting (10,1%)"),
        (11.0, 8.0, 14.0, "11,0%; het verschil met de bezetting (10,1%) kan toeval zijn"),
    ],
)
def test_inflow_against_stock(value: float, lower: float, upper: float, expected: str) -> None:
    inflow = cell("inflow_share", value, lower, upper, base=1100, period="2025")
    stock = cell("share", 10.1, 9.5, 10.6, base=10885)
    assert text.title_inflow(inflow, stock, "nl") == f"Het aandeel in de instroom is {expected}"


def test_hidden_inflow() -> None:
    said = text.title_inflow(cell("inflow_share", None), STOCK, "nl")
    assert said == "Het aandeel in de instroom is onderdrukt"


@pytest.mark.parametrize(
    ("metric", "value", "lower", "upper", "expected"),
    [
        (
            *("crossing_parity", 0.52, 0.28, 0.96),
            "De stap naar de hoge schalen wordt ongeveer half zo vaak gezet als door anderen",
        ),
        (
            *("crossing_parity", 0.70, 0.50, 0.98),
            "De kans op de stap naar de hoge schalen is kleiner: 0,70 keer die van anderen",
        ),
        (
            *("exit_parity", 1.31, 1.12, 1.53),
            "De kans op vertrek is groter: 1,31 keer die van anderen",
        ),
        (
            *("promotion_parity", 0.74, 0.54, 1.00),
            "De kans op promotie is 0,74 keer die van anderen; het verschil kan toeval zijn",
        ),
        (
            *("crossing_parity", 0.50, 0.20, 1.30),
            "De kans op de stap naar de hoge schalen is 0,50 keer die van anderen; "
            "het verschil kan toeval zijn",
        ),
        (
            *("never_heard_of", 0.50, 0.40, 0.60),
            "De kans is kleiner: 0,50 keer die van anderen",
        ),
    ],
)
def test_parity(metric: str, value: float, lower: float, upper: float, expected: str) -> None:
    assert text.title_parity(cell(metric, value, lower, upper), "nl") == expected


def test_hidden_parity() -> None:
    said = text.title_parity(cell("exit_parity", None), "nl")
    assert said == "De kans op vertrek, vergeleken met anderen, is onderdrukt"


@pytest.mark.parametrize(
    ("metric", "value", "upper", "expected"),
    [
        ("promotion_parity", 0.79, 0.99, "onder vier vijfde, meer dan toeval"),
        ("promotion_parity", 0.79, 1.01, "onder vier vijfde, kan toeval zijn"),
        ("promotion_parity", 0.80, 0.99, ""),
        ("promotion_parity", 1.25, 1.70, ""),
        ("promotion_parity", 1.26, 1.70, "anderen onder vier vijfde, kan toeval zijn"),
        ("exit_parity", 0.50, 0.70, ""),
        ("promotion_parity", None, None, ""),
    ],
)
def test_four_fifths_comes_with_chance(
    metric: str, value: float | None, upper: float | None, expected: str
) -> None:
    assert text_chance.four_fifths(cell(metric, value, 0.4, upper), "nl") == expected


@pytest.mark.parametrize(("part", "flagged"), [(None, True), (0.021, True), (0.02, False)])
def test_four_fifths_is_not_about_a_group_of_two_percent(part: float | None, flagged: bool) -> None:
    row = cell("promotion_parity", 0.5, 0.3, 0.7)
    assert bool(text_chance.four_fifths(row, "nl", part)) == flagged


def test_others_are_flagged_where_their_rate_is_below_four_fifths() -> None:
    row = cell("promotion_parity", 1.6, 1.2, 2.1)
    assert text_chance.four_fifths(row, "nl") == "anderen onder vier vijfde, meer dan toeval"


def test_many_comparisons_are_told() -> None:
    """24 units: 24 x 0.05 = 1.2 outside by chance alone."""
    said = text_chance.by_chance(24, "nl")
    assert said.startswith(
        "Van 24 vergeleken onderdelen vallen er door toeval alleen al ongeveer 1,2"
    )
    assert "about 1.2" in text_chance.by_chance(24, "en")
    assert text_chance.by_chance(1, "nl") == ""


def bands(*shares: tuple[float, float, float]) -> str:
    rows = [(f"schaal {i}", cell("share", *s)) for i, s in enumerate(shares)]
    return text.title_bands(rows, "nl")


def test_bands_say_ever_smaller_only_when_every_step_is() -> None:
    down = ((20.0, 19.0, 21.0), (12.0, 11.0, 13.0), (4.0, 3.0, 5.0))
    assert bands(*down) == (
        "Hoe hoger de schaal, hoe kleiner het aandeel: van 20,0% in schaal 0 naar 4,0% in schaal 2"
    )
    bump = ((20.0, 19.0, 21.0), (22.0, 21.0, 23.0), (4.0, 3.0, 5.0))
    assert bands(*bump) == "Het aandeel is 4,0% in schaal 2, lager dan de 20,0% in schaal 0"
    up = ((4.0, 3.0, 5.0), (20.0, 19.0, 21.0))
    assert bands(*up) == "Het aandeel is 20,0% in schaal 1, hoger dan de 4,0% in schaal 0"
    flat = ((10.0, 8.0, 12.0), (11.0, 9.0, 13.0))
    assert bands(*flat) == (
        "Het aandeel is 10,0% in schaal 0 en 11,0% in schaal 1; het verschil kan toeval zijn"
    )


def test_bands_pass_over_hidden_ones() -> None:
    rows = [("a", cell("share", None)), ("b", cell("share", 4.0, 3.0, 5.0)), ("c", None)]
    assert text.title_bands(rows, "nl") == "Het aandeel is 4,0% in b"
    assert text.title_bands(rows[:1], "nl") == "Het aandeel per schaalgroep is onderdrukt"


def test_units_name_the_one_that_stays_furthest_behind() -> None:
    rows = [
        ("DG Een", cell("share", 11.5, 10.5, 12.5)),
        ("DG Twee", cell("share", 6.0, 5.0, 7.0)),
        ("DG Drie", cell("share", 7.0, 6.0, 8.0)),
        ("DG Vier", cell("share", None)),
    ]
    assert text.title_units(rows, STOCK, "nl") == (
        "DG Twee blijft het verst achter: 6,0% tegen 11,0% in het geheel"
    )
    assert text.title_units(rows[:1], STOCK, "nl") == (
        "Geen onderdeel wijkt aantoonbaar af van het geheel (11,0%)"
    )
    high = [("DG Vijf", cell("share", 19.0, 17.5, 20.5))]
    assert text.title_units(high, STOCK, "nl") == (
        "DG Vijf ligt het verst boven het geheel: 19,0% tegen 11,0%"
    )


def test_twenty_units_ask_for_more_than_one_does() -> None:
    # 12.6 against 11.0: distance 1.6, step 0.1, halves hypot(1.2, 0.6) = 1.34: enough for one
    # unit; for twenty the 95% interval must be 1.54 times as wide: 2.07
    one = [("DG", cell("share", 12.6, 11.4, 13.8))]
    others = [(f"DG {i}", cell("share", 11.0, 9.8, 12.2)) for i in range(19)]
    assert "ligt het verst boven" in text.title_units(one, STOCK, "nl")
    assert "Geen onderdeel" in text.title_units([*one, *others], STOCK, "nl")


def test_series_rises_falls_or_may_be_chance() -> None:
    def series(value: float) -> str:
        first = cell("inflow_share", 10.0, 9.0, 11.0, period="2021")
        last = cell("inflow_share", value, value - 1, value + 1, period="2025")
        return text.title_series(first, last, "het aandeel in de instroom", "nl")

    assert series(14.0) == "Het aandeel in de instroom steeg van 10,0% (2021) naar 14,0% (2025)"
    assert series(6.0) == "Het aandeel in de instroom daalde van 10,0% (2021) naar 6,0% (2025)"
    assert series(10.5).endswith("10,5% (2025); de verandering kan toeval zijn")
    hidden = text.title_series(None, cell("share", None), "het aandeel", "nl")
    assert hidden == "Het aandeel is onderdrukt"


def test_rates_beside_one_another() -> None:
    yes = cell("exit_rate", 14.0, 12.0, 16.0, period="2025", base=1000)
    no = cell("exit_rate", 8.4, 8.0, 8.8, period="2025", base=9800)
    assert text.title_rates(yes, no, "nl") == (
        "Van elke 100 vertrokken er 14,0; van de anderen 8,4 (meer dan toeval)"
    )
    assert "onderdrukt" in text.title_rates(yes, cell("exit_rate", None), "nl")


def test_change_words() -> None:
    assert text.change_words(Change(0.6, True), 2000, "nl") == "+0,6 punt, meer dan toeval"
    assert text.change_words(Change(-2, False), 300, "nl") == "\u22122 punt, kan toeval zijn"
    assert text.change_words(None, None, "nl") == "niet vergelijkbaar"
    assert text.change_words(Change(-0.05, False), 300, "nl", unit="ratio") == (
        "\u22120,05×, kan toeval zijn"
    )


def test_english_is_english() -> None:
    assert text.title_parity(cell("exit_parity", 1.31, 1.12, 1.53), "en") == (
        "The chance of leaving is larger: 1.31 times that of others"
    )
    low = cell("share", 11.0, 10.4, 11.6, base=9555)
    high = cell("share", 3.4, 2.5, 4.6, base=1330)
    said = text.headline_overview(
        low, high, cell("gap", -7.6, -8.8, -6.4), "up to scale 13", "scale 14 and above", "en"
    )
    assert said == "Scale 14 and above: the share is 3.4%, 7.6 points lower than up to scale 13"


# --- the same publication with its inequality planted, reversed and switched off -----------------


def titles(mart: Mart, lang: str = "nl") -> dict[str, str]:
    """The titles that the pages make for the whole organisation."""

    def row(metric: str, group: str, period: str) -> Row | None:
        frame = mart.cells(
            [metric],
            ["MIN"],
            [period],
            scale_groups=[group],
            attribute="origin",
            categories=["yes"],
        )
        return frame.row(0, named=True) if frame.height else None

    low, high = row("share", "<=13", "2025Q4"), row("share", ">=14", "2025Q4")
    steps = {
        "inflow": row("inflow_share", "all", "2025"),
        "stock_low": low,
        "promotion": row("promotion_share", "<=13", "2025"),
        "crossing": row("crossing_share", "<=13", "2021-2025"),
        "stock_high": high,
        "exit": row("exit_share", "all", "2025"),
    }
    fine = ("1-5", "6-9", "10-11", "12-13", "14-15", "16+")
    return {
        "overview": text.headline_overview(low, high, row("gap", "all", "2025Q4"), LOW, HIGH, lang),
        "trend": text.title_trend(row("gap", "all", "2020Q4"), row("gap", "all", "2025Q4"), lang),
        "chain": text.title_chain([(key, key, step) for key, step in steps.items()], lang),
        "inflow": text.title_inflow(steps["inflow"], row("share", "all", "2025Q4"), lang),
        "bands": text.title_bands([(b, row("share", b, "2025Q4")) for b in fine], lang),
        "promotion": text.title_parity(row("promotion_parity", "all", "2025"), lang),
        "crossing": text.title_parity(row("crossing_parity", "<=13", "2021-2025"), lang),
        "exit": text.title_parity(row("exit_parity", "all", "2025"), lang),
    }


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_titles_follow_the_inequality(marts: dict[str, Mart], lang: str) -> None:
    planted, reversed_, none = (titles(marts[k], lang) for k in ("planted", "reversed", "none"))
    for block in planted:
        assert len({planted[block], reversed_[block], none[block]}) == 3, block


def test_what_the_titles_say_of_each(marts: dict[str, Mart]) -> None:
    planted, reversed_, none = (titles(marts[k]) for k in ("planted", "reversed", "none"))
    assert "7,6 punt lager" in planted["overview"]
    assert "punt hoger" in reversed_["overview"]
    assert "geen verschil te zien" in none["overview"]
    assert "blijft achter bij" in planted["chain"]
    assert "de stap naar de hoge schalen" in planted["chain"]
    assert "lager dan in de bezetting" in reversed_["chain"]
    assert "In geen stap" in none["chain"]
    assert "half zo vaak" in planted["crossing"]
    assert "groter" in reversed_["crossing"]
    assert "groter" in planted["exit"]
    assert "kleiner" in reversed_["exit"]
    for block in ("promotion", "crossing", "exit", "inflow", "bands"):
        assert "kan toeval zijn" in none[block], none[block]
