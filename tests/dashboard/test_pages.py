"""Every page, for every unit, attribute, date and language, is whole and says what it shows."""

from __future__ import annotations

import ast
import itertools
import json
import logging
import re
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import polars as pl
import pytest
from dash.development.base_component import Component
from plotly.utils import PlotlyJSONEncoder

from dashboard import frame
from dashboard.app import create_app
from dashboard.charts import read_themes
from dashboard.filter_bar import tree_order
from dashboard.frame import Request, route
from dashboard.mart import Mart
from dashboard.pages import PAGES
from dashboard.settings import ASSETS, Settings
from tests.asked import view_asked
from tests.dashboard.trees import drawings, kinds, text_of, walk, with_class
from tests.factories import make_publication, make_tables, point_to, write_publication

THEMES = read_themes(ASSETS / "tokens.css")
UNITS = ("MIN", "DGOB", "UB1", "SG1", "SG2")
ATTRIBUTES = ("origin", "gender", "contract")
SOURCES = sorted(Path(frame.__file__).parent.rglob("*.py"))
OWN = [path for path in SOURCES if path.name not in {"cli.py"}]


def shown(mart: Mart, path: str, query: str = "", **device: bool) -> Component:
    return route(mart, PAGES, THEMES, Request(path, query, device))


def by_name(page: ModuleType) -> str:
    return page.__name__.rpartition(".")[2]


@pytest.mark.parametrize("page", PAGES, ids=by_name)
@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize("unit", UNITS)
def test_every_page_is_whole(mart: Mart, page: ModuleType, lang: str, unit: str) -> None:
    for attribute, period in itertools.product(ATTRIBUTES, ("2025Q4", "2020Q4")):
        query = f"?unit={unit}&lang={lang}&attribute={attribute}&period={period}"
        view = shown(mart, page.PATH, query, narrow=lang == "en")
        assert view.lang == lang
        check_headings(view)
        check_names(view)
        check_text(view)


def check_headings(view: Component) -> None:
    levels = [int(type(h).__name__[1]) for h in kinds(view, "H1", "H2", "H3", "H4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))
    assert all(text_of(h).strip() for h in kinds(view, "H1", "H2", "H3"))


def check_names(view: Component) -> None:
    ids = [each.id for each in walk(view) if getattr(each, "id", None)]
    assert len(ids) == len(set(ids))
    labelled = {label.htmlFor for label in kinds(view, "Label")}
    assert {select.id for select in kinds(view, "Select")} <= labelled
    for plot in with_class(view, "plot"):
        holder = next(each for each in walk(view) if getattr(each, "children", None) is plot)
        assert holder.role == "img"
        assert len(getattr(holder, "aria-label")) > 30
    assert not [each for each in walk(view) if getattr(each, "style", None)]


def check_text(view: Component) -> None:
    said = text_of(view)
    written = json.dumps(view, cls=PlotlyJSONEncoder)
    assert not re.search(r"\bNone\b|\bnan\b|NaN|\binf\b|[{}]|<=13|>=14", said)
    assert "NaN" not in written
    assert "Infinity" not in written


def test_english_is_complete(mart: Mart) -> None:
    dutch = (
        r"(?i)onderdrukt|aandeel|herkomst|schaal|medewerkers|toeval|kans|verschil|peildatum|eind "
    )
    for page, unit in itertools.product(PAGES[:-1], ("MIN", "DGOB", "SG2")):
        view = shown(mart, page.PATH, f"?lang=en&unit={unit}")
        figures = [drawing["layout"]["annotations"] for drawing in drawings(view)]
        notes = " ".join(note["text"] for notes in figures for note in notes)
        named = " ".join(str(getattr(each, "aria-label", "")) for each in walk(view))
        for said in (text_of(view), notes, named):
            assert not (found := re.search(dutch, said)), (page.PATH, unit, found)


def test_no_stock_component_that_breaks_accessibility_is_used(mart: Mart) -> None:
    banned = {
        *("Dropdown", "Checklist", "RadioItems", "Slider", "RangeSlider", "DatePickerSingle"),
        *("DatePickerRange", "Upload", "Tabs", "Tab", "Progress"),
    }
    for page in PAGES:
        assert not kinds(shown(mart, page.PATH), *banned)


def test_there_are_no_colours_and_no_styles_in_python() -> None:
    for path in OWN:
        source = path.read_text(encoding="utf-8")
        assert not re.search(r"#[0-9a-fA-F]{6}\b|#[0-9a-fA-F]{3}\b", source), path.name
        named = [node.arg for node in ast.walk(ast.parse(source)) if isinstance(node, ast.keyword)]
        assert "style" not in named, path.name


# --- titles follow the figures -------------------------------------------------------------------


TITLES = {
    "planted": ("Vanaf schaal 14 is het aandeel 3,4%: 7,6 punt lager dan t/m schaal 13", "lager"),
    "reversed": ("hoger dan t/m schaal 13", "hoger"),
    "none": ("kan toeval zijn|geen verschil", ""),
}


@pytest.mark.parametrize("kind", list(TITLES))
def test_the_headline_follows_the_figures(marts: dict[str, Mart], kind: str) -> None:
    title = text_of(kinds(shown(marts[kind], "/"), "H1"))
    assert re.search(TITLES[kind][0], title), title


def test_a_parity_of_equal_chances_is_not_called_unequal(marts: dict[str, Mart]) -> None:
    for path in ("/doorstroom", "/uitstroom"):
        title = text_of(kinds(shown(marts["none"], path), "H1"))
        assert "kan toeval zijn" in title, title
    assert "groter" in text_of(kinds(shown(marts["planted"], "/uitstroom"), "H1"))
    assert "kleiner" in text_of(kinds(shown(marts["reversed"], "/uitstroom"), "H1"))


# --- hidden and unplanned ------------------------------------------------------------------------


def cell_of(mart: Mart, metric: str, unit: str, scale_group: str) -> dict[str, Any]:
    found = mart.cells(
        [metric], [unit], ["2025Q4"], scale_groups=[scale_group], attribute="origin",
        categories=["yes"],
    )  # fmt: skip
    return found.row(0, named=True)


def test_hidden_shares_are_hatched_in_the_table_of_units(mart: Mart) -> None:
    view = shown(mart, "/")
    table = kinds(view, "Table")[-1]
    hidden = [u for u in mart.children("MIN") if cell_of(mart, "share", u, ">=14")["value"] is None]
    assert hidden  # the invented organisation has small units
    hatched = [
        text_of(kinds(row, "Th"))
        for row in kinds(kinds(table, "Tbody")[0], "Tr")
        if with_class(row, "hatch")
    ]
    assert hatched == [mart.label("unit", unit, "nl") for unit in hidden]


def test_a_hidden_value_is_named_and_never_explained(mart: Mart) -> None:
    for page in PAGES[:-1]:
        said = text_of(kinds(shown(mart, page.PATH, "?unit=SG2"), "Main")).lower()
        assert "te klein" not in said
        assert "kleine groep" not in said
        assert "tegenhanger" not in said


def test_a_view_that_is_not_planned_says_so_and_leads_to_the_nearest(mart: Mart) -> None:
    plan = mart.cells(["promotion_parity"], ["UB1"], attribute="contract")
    assert plan.is_empty()
    view = shown(mart, "/doorstroom", "?unit=UB1&attribute=contract")
    notice = with_class(view, "notice")[0]
    assert "niet in het publicatieplan" in text_of(notice)
    assert not drawings(view)


def test_the_nearest_published_unit_keeps_the_other_choices(mart: Mart) -> None:
    found = mart.cells(["share"], ["UB1", "UBR"], attribute="contract", categories=["yes"])
    assert set(found["unit"]) == {"UBR"}
    view = shown(mart, "/", "?unit=UB1&attribute=contract&compare=parent")
    link = kinds(with_class(view, "notice")[0], "Link")[0]
    assert link.href.startswith("/?unit=UBR")
    assert "attribute=contract" in link.href
    assert "compare=parent" in link.href


def small_plan(directory: Path) -> Mart:
    """A publication without the share from scale 14 up below the second level, as a sized plan."""
    tables = make_tables()
    cells = tables["mart_cell"]
    above = pl.col("scale_group") == ">=14"
    tables["mart_cell"] = cells.filter(
        ~(above & (pl.col("unit_level") > 1)) | (pl.col("attribute") == "")
    )
    write_publication(directory, tables, "2026-1")
    return Mart(directory)


@pytest.mark.parametrize("page", PAGES[:-1], ids=by_name)
def test_a_scale_group_that_is_not_planned_is_named_with_the_nearest(
    page: ModuleType, tmp_path: Path
) -> None:
    mart = small_plan(tmp_path)
    query = "?unit=DGD&attribute=origin&compare=parent"
    notices = [
        n
        for n in with_class(shown(mart, page.PATH, query), "notice")
        if "vanaf schaal 14" in text_of(n)
    ]
    assert len(notices) == 1
    assert "niet in het publicatieplan" in text_of(notices[0])
    link = kinds(notices[0], "Link")[0]
    assert link.href.startswith(f"{page.PATH}?unit=MIN")
    assert "compare=parent" in link.href
    # Where it is published, nothing is missing.
    assert not with_class(shown(mart, page.PATH, "?unit=MIN&attribute=origin"), "notice")


def test_what_is_compared_between_units_is_what_they_all_have(tmp_path: Path) -> None:
    mart = small_plan(tmp_path)
    table = kinds(shown(mart, "/", "?unit=MIN"), "Table")[-1]
    heads = [text_of(th) for th in kinds(kinds(table, "Thead")[0], "Th")]
    assert heads == ["Onderdeel", "Mensen", "t/m schaal 13"]
    units = text_of(shown(mart, "/bezetting", "?unit=MIN"))
    assert "Aandeel herkomst buiten Europa t/m schaal 13, met 95%-marge" in units


# --- the same numbers everywhere -----------------------------------------------------------------


def test_card_figure_and_table_show_the_published_number(mart: Mart) -> None:
    row = cell_of(mart, "share", "MIN", ">=14")
    written = str(row["value"]).replace(".", ",") + "%"
    view = shown(mart, "/")
    card = with_class(view, "card")[1]
    assert written.rstrip("%") in text_of(card)
    drawing = drawings(view)[0]
    assert any(written in note["text"] for note in drawing["layout"]["annotations"])
    last = kinds(kinds(view, "Tbody")[0], "Tr")[0]
    assert written in text_of(last)
    assert written in text_of(kinds(view, "H1"))


# --- the frame -----------------------------------------------------------------------------------


def test_links_carry_the_whole_view(mart: Mart) -> None:
    query = "?unit=DGOB&period=2024Q4&compare=parent&attribute=gender&lang=en"
    view = shown(mart, "/", query)
    links = [link.href for link in kinds(view, "NavLink")]
    assert links == [page.PATH + query for page in PAGES]
    active = [link.children for link in kinds(view, "NavLink") if link.active]
    assert active == ["Overview"]
    trail = with_class(view, "trail")[0]
    assert [link.href for link in kinds(trail, "Link")] == ["/" + query.replace("DGOB", "MIN")]


def test_synthetic_data_is_said_on_every_page_and_real_data_is_not(
    mart: Mart, tmp_path: Path
) -> None:
    for page in PAGES:
        assert "synthetische gegevens" in text_of(with_class(shown(mart, page.PATH), "provenance"))
    make_publication(tmp_path, synthetic=False)
    assert "synthetisch" not in text_of(shown(Mart(tmp_path), "/"))


def test_the_provenance_names_publication_date_coverage_and_rounding(mart: Mart) -> None:
    said = text_of(with_class(shown(mart, "/"), "provenance"))
    for part in ("Publicatie 2026-1", "31 december 2025", "herkomst bekend van", "afgerond op 5"):
        assert part in said
    assert "groepen kleiner dan 10 niet getoond" in said


def test_without_a_publication_the_page_says_what_to_do(tmp_path: Path) -> None:
    view = shown(Mart(tmp_path), "/", "?lang=nl")
    assert text_of(kinds(view, "H1")) == "Er is nog geen publicatie"
    assert "afspiegeling publish" in text_of(view)
    assert str(tmp_path) not in text_of(view)


def test_an_error_has_an_id_that_is_in_the_log_and_tells_nothing_else(
    mart: Mart, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(_view: object) -> Component:
        raise RuntimeError("secret detail")

    broken = SimpleNamespace(PATH="/", TITLE="Overzicht", SECTION="", layout=breaks)
    with caplog.at_level(logging.ERROR):
        view = route(mart, [broken], THEMES, Request("/"))  # type: ignore[list-item]  # a page
    said = text_of(view)
    found = re.search(r"[0-9a-f]{8}", said)
    assert found is not None
    assert found[0] in caplog.text
    assert "secret detail" not in said


def test_an_unknown_address_leads_to_the_overview(mart: Mart) -> None:
    view = shown(mart, "/nergens", "?unit=DGOB")
    assert text_of(kinds(view, "H1")) == "Deze pagina bestaat niet"
    assert kinds(with_class(view, "notice")[0], "Link")[0].href.startswith("/?unit=DGOB")


def test_two_applications_do_not_share_their_data(tmp_path: Path) -> None:
    make_publication(tmp_path / "a" / "published", inequality="planted")
    make_publication(tmp_path / "b" / "published", inequality="reversed")
    titles = [ask(create_app(Settings(home=tmp_path / name)), "/") for name in ("a", "b", "a")]
    assert "lager dan" in titles[0]
    assert "hoger dan" in titles[1]
    assert titles[2] == titles[0]


def test_a_new_publication_is_served_without_a_restart(tmp_path: Path) -> None:
    published = tmp_path / "published"
    make_publication(published, inequality="planted", publication="2026-1")
    app = create_app(Settings(home=tmp_path))
    assert "lager dan" in ask(app, "/")
    make_publication(published, inequality="reversed", publication="2026-2")
    assert "hoger dan" in ask(app, "/")
    point_to(published, "2026-1")
    assert "lager dan" in ask(app, "/")


def ask(app: Any, path: str) -> str:
    """What the server answers for a page, as the browser asks for it."""
    answer = view_asked(app.server.test_client(), path, "")
    assert answer.status_code == 200
    return str(answer.get_json())


def test_the_one_callback_has_its_component_in_the_layout(tmp_path: Path) -> None:
    app = create_app(Settings(home=tmp_path))
    assert app.config.suppress_callback_exceptions is False
    (callback,) = app._callback_list
    assert {each.id for each in walk(app.layout)} == {place["id"] for place in callback["inputs"]}


# --- the tree of units ---------------------------------------------------------------------------


def test_units_are_served_in_the_order_of_the_tree_with_their_place(
    published: dict[str, Path],
) -> None:
    units = served_units(published["planted"], "?lang=nl")
    assert [unit["code"] for unit in units][:4] == ["MIN", "DGOB", "OB1", "OB2"]
    assert [unit["trail"] for unit in units][:3] == ["", "", "DG Openbaar Bestuur"]
    assert served_units(published["planted"], "?lang=en")[1]["name"] == "DG Public Administration"


def served_units(published: Path, query: str) -> list[dict[str, Any]]:
    home = published.parent / f"home-of-{published.name}"
    home.mkdir(exist_ok=True)
    if not (home / "published").exists():
        (home / "published").symlink_to(published)
    app = create_app(Settings(home=home))
    answer = app.server.test_client().get(f"/units.json{query}")
    assert answer.status_code == 200
    return list(answer.get_json())


def test_a_unit_whose_parent_is_gone_stands_at_the_top() -> None:
    rows = [("A", "", 1), ("B", "GONE", 3), ("C", "A", 2), ("D", "A", 2), ("E", "C", 3)]
    frame_ = pl.DataFrame(
        [(*row, i) for i, row in enumerate(rows)],
        schema=["code", "parent", "level", "position"],
        orient="row",
    )
    order = [code for code, _level in tree_order(frame_)]
    assert order == ["A", "C", "E", "D", "B"]


def test_on_a_phone_the_table_of_rates_has_fewer_columns_and_the_same_words(mart: Mart) -> None:
    wide, narrow = (shown(mart, "/doorstroom", narrow=narrow) for narrow in (False, True))
    heads = [
        [text_of(th) for th in kinds(kinds(view, "Table")[-2], "Th") if th.scope == "col"]
        for view in (wide, narrow)
    ]
    assert heads[1] == heads[0][:4]
    stacked = with_class(narrow, "under")
    assert any("0,48–0,86" in text_of(line) for line in stacked)
    assert any("onder vier vijfde" in text_of(line) for line in stacked)
