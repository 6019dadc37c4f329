"""Vooruitblik: figures are the engine's, from shown counts only; the address holds the scenario."""

from __future__ import annotations

import csv
import io
import itertools
from pathlib import Path

import polars as pl
import pytest
from dash.development.base_component import Component

from dashboard import projection_file
from dashboard.app import create_app
from dashboard.chart_projection import Aim, Dated, Strand
from dashboard.chart_projection import projection as projection_figure
from dashboard.charts import Guide, Point, Style
from dashboard.errors import DashboardError
from dashboard.filters import Filters
from dashboard.mart import Mart
from dashboard.outlook import CHOSEN, MEASURED, Outlook, measured, outlook
from dashboard.pages import vooruitblik
from dashboard.projection import Needed, shares
from dashboard.scenario import AHEAD, Scenario
from dashboard.settings import Settings
from dashboard.starting import Count, Source
from dashboard.text_projection import needed_words, title_needed, years_text
from dashboard.view import View
from tests.dashboard.test_pages import THEMES, shown
from tests.dashboard.trees import drawings, kinds, text_of, with_class
from tests.factories import make_publication, make_tables, write_publication

PATH = vooruitblik.PATH
INFLOW_HIGH = (
    (pl.col("metric") == "inflow")
    & (pl.col("scale_group") == ">=14")
    & (pl.col("attribute") == "origin")
)


def view_of(mart: Mart, query: str = "") -> View:
    filters = Filters.from_query(query, mart)
    return View(mart, filters, Style(THEMES["light"], lang=filters.lang))


def looked(mart: Mart, query: str = "") -> Outlook:
    found = outlook(view_of(mart, query))
    assert isinstance(found, Outlook)
    return found


def changed(directory: Path, change: pl.Expr, status: str | None) -> Mart:
    """The invented publication with some cells not shown, or (None) not planned."""
    tables = make_tables()
    cells = tables["mart_cell"]
    if status is None:
        tables["mart_cell"] = cells.filter(~change)
    else:
        tables["mart_cell"] = cells.with_columns(
            pl.when(change).then(pl.lit(status)).otherwise("status").alias("status"),
            *(
                pl.when(change).then(None).otherwise(name).alias(name)
                for name in ("value", "lower", "upper")
            ),
        )
    write_publication(directory, tables, "2026-1")
    return Mart(directory)


# --- where the numbers are from ------------------------------------------------------------------


def source(mart: Mart, name: str, query: str = "") -> Source:
    return looked(mart, query).start.sources[name]


def test_rates_are_made_of_published_counts_of_five_years(mart: Mart) -> None:
    """By hand from the tables: the sums over 2021 to 2025."""
    share, inflow = source(mart, "share_low"), source(mart, "inflow_low")
    assert (share.rate.value, share.base) == (pytest.approx(1050 / 9555), 9555)
    assert (inflow.rate.value, inflow.base) == (pytest.approx(730 / 4544), 4544)
    assert inflow.periods == ("2021", "2022", "2023", "2024", "2025")
    assert source(mart, "exit_low").rate.value == pytest.approx(475 / 4490)
    crossing = source(mart, "crossing")
    assert (crossing.rate.value, crossing.periods) == (pytest.approx(15 / 4490), ("2021-2025",))
    assert source(mart, "crossing_others").rate.value == pytest.approx(265 / 41276)


def test_a_hidden_band_takes_the_exits_of_all_scales_and_says_so(mart: Mart) -> None:
    leaving = source(mart, "exit_high")
    assert leaving.scale_group == "all"
    assert leaving.rate.value == pytest.approx(505 / 4705)
    page = text_of(shown(mart, PATH))
    assert "Kans op vertrek alle schalen, herkomst buiten Europa 10,7%" in page


def test_a_unit_without_crossings_takes_those_of_the_nearest_above(mart: Mart) -> None:
    assert source(mart, "crossing", "?unit=DGOB").unit == "MIN"
    assert source(mart, "inflow_low", "?unit=DGOB").unit == "DGOB"
    page = text_of(shown(mart, PATH, "?unit=DGOB"))
    assert "Kans op doorbraak t/m schaal 13, herkomst buiten Europa 0,3%" in page
    assert "Voorbeeldministerie 2021–2025" in page


def test_an_inflow_that_is_not_planned_is_what_the_other_band_leaves(tmp_path: Path) -> None:
    """All scales: 830 of 5,226; up to scale 13: 730 of 4,544."""
    mart = changed(tmp_path, INFLOW_HIGH, None)
    found = source(mart, "inflow_high")
    assert found.rest
    assert (found.rate.value, found.base) == (pytest.approx(100 / 682), 682)
    assert "alle schalen min t/m schaal 13" in text_of(shown(mart, PATH))


def test_an_inflow_that_is_planned_and_hidden_is_never_made_that_way(tmp_path: Path) -> None:
    found = source(changed(tmp_path, INFLOW_HIGH, "suppressed"), "inflow_high")
    assert (found.rest, found.scale_group) == (False, "all")
    assert found.rate.value == pytest.approx(830 / 5226)


@pytest.mark.parametrize(("left", "rest"), [(9, False), (10, True), (11, True)])
def test_nor_where_what_is_left_is_under_the_threshold(
    left: int, rest: bool, tmp_path: Path
) -> None:
    tables = make_tables()
    cells = tables["mart_cell"].filter(~INFLOW_HIGH)
    yes = (pl.col("metric") == "inflow") & (pl.col("category") == "yes")
    yes &= (pl.col("unit") == "MIN") & (pl.col("attribute") == "origin")
    yes &= (pl.col("scale_group") == "all") & (pl.col("period_kind") == "year")
    # all scales has what the low band has, and in 2025 so many more
    low = {"2021": 140, "2022": 145, "2023": 145, "2024": 150, "2025": 150 + left}
    number = pl.col("period").replace_strict(low, default=0, return_dtype=pl.Float64)
    tables["mart_cell"] = cells.with_columns(value=pl.when(yes).then(number).otherwise("value"))
    write_publication(tmp_path, tables, "2026-1")
    assert source(Mart(tmp_path), "inflow_high").rest is rest


def test_the_interval_is_that_of_wilson_with_the_rounding_in_it() -> None:
    plain = Count(110, 1000, 0).rate()
    assert (plain.lower, plain.upper) == pytest.approx((0.092079, 0.130905), abs=1e-6)
    rounded = Count(110, 1000, 4).rate()
    assert rounded.lower < plain.lower
    assert rounded.upper > plain.upper
    nothing = Count(0, 20, 0).rate()
    assert (nothing.lower, nothing.upper) == pytest.approx((0, 0.161125), abs=1e-6)


# --- the page ------------------------------------------------------------------------------------


def table(view: Component, at: int = 0) -> list[list[str]]:
    rows = kinds(kinds(kinds(view, "Table")[at], "Tbody")[0], "Tr")
    return [[text_of(cell) for cell in kinds(row, "Th", "Td")] for row in rows]


def test_title_table_and_figure_say_what_the_engine_says(mart: Mart) -> None:
    look = looked(mart)
    expected = 100 * shares(look.start.model, AHEAD)
    page = shown(mart, PATH)
    last = f"{expected[-1, 1]:.1f}%".replace(".", ",")
    assert text_of(kinds(page, "H1")) == (
        f"Gaat het zo door, dan komt het aandeel vanaf schaal 14 eind 2035 uit op {last}; "
        "de ambitie is 5,5% in 2028"
    )
    rows = table(page)
    assert [row[0] for row in rows][::10] == ["eind 2025", "eind 2035"]
    assert [row[1] for row in rows] == [f"{v:.1f}%".replace(".", ",") for v in expected[:, 0]]
    assert rows[-1][3] == last
    drawn = [trace for trace in drawings(page)[0]["data"] if "line" in trace]
    dashed = [trace["y"] for trace in drawn if trace["line"].get("dash") == "dash"]
    assert [round(y[-1], 1) for y in dashed] == [round(v, 1) for v in expected[-1]]


def test_what_was_chosen_stands_beside_what_was_measured(mart: Mart) -> None:
    query = "?inflow_high=40&crossing=100&years=5"
    look, page = looked(mart, query), shown(mart, PATH, query)
    value, plain = (look.rows(way, ">=14")[-1]["value"] for way in (CHOSEN, MEASURED))
    assert value > plain
    for each in (value, plain):
        assert f"{each:.1f}%".replace(".", ",") in text_of(kinds(page, "H1"))
    assert len(table(page)[0]) == 9
    assert len(with_class(page, "is-set")) == 2
    back = next(link for link in kinds(page, "Link") if "gemeten" in text_of(link))
    assert Filters.from_query(back.href.partition("?")[2], mart).scenario == Scenario(years=5)


def test_the_levers_start_at_what_was_measured(mart: Mart) -> None:
    levers = {each.id: each for each in with_class(shown(mart, PATH), "lever-in")}
    model = looked(mart).start.model
    assert list(levers) == [
        f"lever-{name}" for name in ("inflow_low", "inflow_high", "crossing", "exit")
    ]
    parity = (15 / 4490) / (265 / 41276)
    assert measured(model, "crossing") == pytest.approx(100 * parity)
    assert getattr(levers["lever-crossing"], "data-value") == f"{100 * parity:.0f}"
    assert getattr(levers["lever-inflow_low"], "data-value") == "16.1"
    labels = {label.htmlFor for label in kinds(shown(mart, PATH), "Label")}
    assert {f"scenario-{each.removeprefix('lever-')}" for each in levers} <= labels


def test_choosing_what_was_measured_changes_no_share(mart: Mart) -> None:
    model = looked(mart).start.model
    query = f"?crossing={measured(model, 'crossing'):.6f}&inflow_low={measured(model, 'inflow_low'):.6f}"
    look = looked(mart, query)
    ends = [look.rows(way, ">=14")[-1]["value"] for way in (MEASURED, CHOSEN)]
    assert ends[0] == pytest.approx(ends[1], abs=0.1)


def test_the_needed_inflow_put_in_reaches_the_target(mart: Mart) -> None:
    page = shown(mart, PATH)
    title = next(text_of(h) for h in kinds(page, "H2") if "op 5,5% uit te komen" in text_of(h))
    first = table(page, 1)[0]
    assert first[0] == "Eind 2028"
    assert f"moet {first[1]} van de instroom" in title
    needed = float(first[1].rstrip("%"))
    look = looked(mart, f"?inflow_high={needed}&years=5")
    assert look.rows(CHOSEN, ">=14")[3]["value"] >= 5.5
    less = looked(mart, f"?inflow_high={needed - 1}&years=5")
    assert less.ways[CHOSEN][0][3, 1] < 0.055


def test_a_target_out_of_reach_and_one_that_needs_nothing_are_said() -> None:
    never = Needed(None, 0.02, 0.0549)
    assert needed_words(never, 100, "nl") == "niet mogelijk: met 100% wordt het 5,4%"
    said = title_needed(never, "5,5%", 2028, "vanaf schaal 14", "8%", "nl")
    assert said == (
        "5,5% in 2028 is met instroom vanaf schaal 14 niet te halen: zelfs met 100% wordt het 5,4%"
    )
    done = Needed(0.0, 0.06, 0.2)
    assert needed_words(done, 100, "nl") == "ook met 0% gehaald"
    assert "ook zonder instroom" in title_needed(done, "5,5%", 2028, "boven", "8%", "nl")
    assert needed_words(Needed(0.4101, 0, 1), 100, "en") == "42%"  # never less than is needed


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        (["2021", "2022", "2023"], "2021–2023"),
        (["2021", "2023"], "2021, 2023"),
        (["2025"], "2025"),
        (["2021-2025"], "2021–2025"),
    ],
)
def test_years_taken_together(codes: list[str], words: str) -> None:
    assert years_text(codes) == words


# --- where there is none -------------------------------------------------------------------------


def test_a_hidden_share_is_said_and_the_nearest_unit_offered(mart: Mart) -> None:
    (notice,) = with_class(shown(mart, PATH, "?unit=SG1"), "notice")
    assert "het aandeel vanaf schaal 14 is onderdrukt" in text_of(notice)
    assert kinds(notice, "Link")[0].href.startswith("/vooruitblik?unit=MIN")


def test_before_the_end_of_a_block_the_last_date_is_offered(mart: Mart) -> None:
    (notice,) = with_class(shown(mart, PATH, "?period=2024Q4"), "notice")
    assert "de kans op doorbraak is niet gepubliceerd" in text_of(notice)
    assert "period=2025Q4" in kinds(notice, "Link")[0].href


def test_a_yearly_organisation_has_its_years(tmp_path: Path) -> None:
    make_publication(tmp_path, calendar="year")
    look = looked(Mart(tmp_path))
    assert look.periods[:2] == ["2025", "2026"]


# --- the address ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", Scenario()),
        ("?years=5&inflow_high=12.5", Scenario(5, inflow_high=12.5, attribute="origin")),
        ("?inflow_high=12,5", Scenario(inflow_high=12.5, attribute="origin")),
        ("?inflow_low=0", Scenario(inflow_low=0.0, attribute="origin")),
        ("?exit=100&set_for=origin", Scenario(exit=100.0, attribute="origin")),
        ("?exit=100&set_for=gender&years=15", Scenario(15)),  # set for another attribute
    ],
)
def test_a_scenario_survives_the_address(mart: Mart, query: str, expected: Scenario) -> None:
    filters = Filters.from_query(query, mart)
    assert filters.scenario == expected
    assert Filters.from_query(filters.to_query(), mart) == filters


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e400", None), ("nan", None), ("-inf", None), ("abc", None), ("<b>", None), ("", None),
        ("100.1", 100), ("9" * 400, None), ("1e9", 100), ("-1", 0), ("100", 100), ("99.96", 100),
    ],
)  # fmt: skip
def test_absurd_values_are_clamped_or_left_out(mart: Mart, text: str, value: float | None) -> None:
    query = f"?inflow_high={text}&years={text}"
    scenario = Filters.from_query(query, mart).scenario
    assert (scenario.inflow_high, scenario.years) == (value, AHEAD)
    page = shown(mart, PATH, query)
    assert "vanaf schaal 14 eind 2035" in text_of(kinds(page, "H1"))


@pytest.mark.parametrize("lever", ["inflow_low", "inflow_high", "crossing", "exit"])
@pytest.mark.parametrize("value", [0, 200])
def test_both_ends_of_every_lever_give_a_page(mart: Mart, lever: str, value: int) -> None:
    page = shown(mart, PATH, f"?{lever}={value}&years=15&unit=DGOB")
    assert "eind 2040" in text_of(kinds(page, "H1"))


# --- the file ------------------------------------------------------------------------------------


def test_the_file_has_the_numbers_of_the_page(tmp_path: Path) -> None:
    make_publication(tmp_path / "published")
    mart = Mart(tmp_path / "published")
    query = "?inflow_high=40&years=5"
    page = shown(mart, PATH, query)
    link = next(a for a in kinds(page, "A") if text_of(a) == "CSV")
    client = create_app(Settings(home=tmp_path)).server.test_client()
    answer = client.get(link.href)
    assert answer.status_code == 200
    rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff")), delimiter=";"))
    by_column = [
        [f"{row['value']}%" for row in rows if (row["scale_group"], row["way"]) == key]
        for key in (
            ("<=13", "measured"),
            ("<=13", "chosen"),
            (">=14", "measured"),
            (">=14", "chosen"),
        )
    ]
    said = table(page)
    for at, column in enumerate(by_column):
        shown_column = [row[1 + 2 * at].replace(",0%", "%") for row in said]
        assert shown_column == column
    assert {row["status"] for row in rows} == {"published", "projected"}


@pytest.mark.parametrize("form", projection_file.FORMS)
def test_every_form_is_written(mart: Mart, form: str) -> None:
    assert len(projection_file.render(view_of(mart), form)) > 500


def test_what_is_needed_and_the_start_are_files_too(mart: Mart) -> None:
    page, view = shown(mart, PATH), view_of(mart)
    needed = projection_file.table(view, "-needed").filter(lever="inflow_share")
    assert [f"{value}%" for value in needed["value"]] == [row[1] for row in table(page, 1)]
    margins = [f"{a}%–{b}%" for a, b in needed.select("lower", "upper").iter_rows()]
    assert margins == [row[2] for row in table(page, 1)]
    start = projection_file.table(view, "-start")
    said = [row[1] for row in table(page, 2)]
    assert [float(each.rstrip("%").replace(",", ".")) for each in said] == start["value"].to_list()
    links = [a.href.partition("?")[0] for a in kinds(page, "A") if text_of(a) == "CSV"]
    assert links == [f"/export/projection{name}.csv" for name in projection_file.TABLES]


def test_without_a_target_nothing_is_needed(mart: Mart) -> None:
    page = shown(mart, PATH, "?attribute=contract")
    assert "eind 2025 is het" in text_of(kinds(page, "H1"))
    assert len(drawings(page)) == 1
    with pytest.raises(DashboardError, match="no target"):
        projection_file.render(view_of(mart, "?attribute=contract"), "csv", "-needed")


def test_without_a_projection_the_file_is_refused_with_a_reason(mart: Mart) -> None:
    with pytest.raises(DashboardError, match="no projection"):
        projection_file.render(view_of(mart, "?unit=SG1"), "csv")
    for form, name in (("pdf", ""), ("csv", "-all")):
        with pytest.raises(DashboardError, match="does not exist"):
            projection_file.render(view_of(mart), form, name)


@pytest.mark.parametrize("target", [3.0, 3.9, 4.0, 4.1, 5.0, 11.0])
def test_words_on_a_phone_do_not_stand_on_each_other(target: float) -> None:
    def strand(name: str, hue: str, value: float) -> Strand:
        points = [
            Dated(2025.0 + at, str(2025 + at), Point(value, value - 1, value + 1, f"{value}%"))
            for at in range(11)
        ]
        return Strand(name, hue, points[:1], points)

    drawing = projection_figure(
        [strand("t/m schaal 13", "low", 12.0), strand("vanaf schaal 14", "high", 3.0)],
        Style(THEMES["light"], narrow=True),
        today=2025.0,
        today_label="eind 2025",
        aims=[Aim(Guide(target, "ambitie", "high"), 2028.0)],
    )["layout"]
    notes = [each for each in drawing["annotations"] if each["text"] != "eind 2025"]
    pixel = drawing["yaxis"]["range"][1] / (drawing["height"] - 52)
    heights = sorted(each["y"] / pixel for each in notes)
    assert len(heights) == 3
    assert all(above - below >= 20 for below, above in itertools.pairwise(heights))
