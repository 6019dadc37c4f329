"""A user's work in a real Chromium: choose, follow, share, compare, export, at two widths."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from pathlib import Path
from urllib.parse import parse_qs, urlparse
from xml.etree import ElementTree

import polars as pl
import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from pptx import Presentation
from pypdf import PdfReader

from dashboard.pages import PAGES
from tests.cli import afspiegeling
from tests.end_to_end.conftest import DRAW_ALL, Cell, Open, number, settled

pytestmark = pytest.mark.browser

PATHS = [page.PATH for page in PAGES]
WIDTHS = {"desk": 1440, "phone": 390}


def choose_unit(page: Page, words: str) -> str:
    """Type in the unit filter, take the first hit, return its code."""
    box = page.get_by_role("combobox", name="Organisatieonderdeel")
    box.click()
    box.fill(words)
    option = page.get_by_role("option").first
    expect(option).to_be_visible()
    code = option.get_attribute("data-code")
    box.press("Enter")
    assert code
    page.wait_for_url(re.compile(rf"unit={re.escape(code)}(&|$)"))
    settled(page)
    return code


def query(page: Page) -> dict[str, str]:
    return {key: values[-1] for key, values in parse_qs(urlparse(page.url).query).items()}


def test_choose_a_department_and_every_page_follows(visit: Open, cells: list[Cell]) -> None:
    page = visit()
    units = {c["unit"]: c for c in cells if c["unit_level"] == "2"}
    code = choose_unit(page, "DG")
    assert code in units
    name = page.get_by_role("combobox", name="Organisatieonderdeel").input_value()
    for each in PAGES:
        page.get_by_role("navigation", name="Pagina's").get_by_role(
            "link", name=each.TITLE, exact=True
        ).click()
        page.wait_for_url(re.compile(rf"{re.escape(each.PATH)}\?.*unit={re.escape(code)}(&|$)"))
        settled(page)
        assert page.get_by_role("combobox", name="Organisatieonderdeel").input_value() == name


def test_a_copied_link_shows_the_same_in_a_fresh_browser(visit: Open) -> None:
    page = visit()
    choose_unit(page, "DG")
    page.get_by_label("Peildatum", exact=True).select_option("2024Q4")
    page.wait_for_url(re.compile("period=2024Q4"))
    page.get_by_label("Kenmerk", exact=True).select_option("gender")
    page.wait_for_url(re.compile("attribute=gender"))
    settled(page)
    link = urlparse(page.url)
    other = visit(f"{link.path}?{link.query}")
    assert query(other) == query(page)
    assert other.locator("main").inner_text() == page.locator("main").inner_text()


SAID = """() => {
    const main = document.querySelector('main').cloneNode(true);
    main.querySelectorAll('.plot').forEach(each => each.remove());
    return main.textContent;
}"""
"""What a page says, figures left out: those out of view are drawn when they come near."""


def test_back_and_reload_keep_the_view(visit: Open) -> None:
    page = visit()
    before = page.locator("h1").inner_text()
    code = choose_unit(page, "DG")
    chosen = page.evaluate(SAID)
    page.reload()
    settled(page)
    assert page.evaluate(SAID) == chosen
    page.go_back()
    page.wait_for_function(f"() => !location.search.includes('unit={code}')")
    settled(page)
    expect(page.locator("h1")).to_have_text(before)


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS.keys())
@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_cut_off_and_every_block_has_its_twin(
    visit: Open, path: str, width: int
) -> None:
    page = visit(path, width)
    page.evaluate(DRAW_ALL)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # no text runs out of the picture that it is drawn in, and none is shortened
    cut = page.evaluate(
        """() => [...document.querySelectorAll('.js-plotly-plot')].flatMap(plot => {
            const box = plot.getBoundingClientRect();
            return [...plot.querySelectorAll('text')].filter(t => t.textContent.trim()).filter(t => {
                const b = t.getBoundingClientRect();
                return b.width && (b.left < box.left - 1 || b.right > box.right + 1
                    || b.top < box.top - 1 || b.bottom > box.bottom + 1 || t.textContent.includes('…'));
            }).map(t => t.textContent);
        })"""
    )
    assert cut == []
    overlapping = page.evaluate(
        """() => [...document.querySelectorAll('.js-plotly-plot')].flatMap(plot => {
            const texts = [...plot.querySelectorAll('text')].filter(t => t.textContent.trim())
                .map(t => [t.textContent, t.getBoundingClientRect()]).filter(([, b]) => b.width);
            const hits = [];
            for (let i = 0; i < texts.length; i++) for (let j = i + 1; j < texts.length; j++) {
                const [a, p] = texts[i], [b, q] = texts[j];
                const w = Math.min(p.right, q.right) - Math.max(p.left, q.left);
                const h = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
                if (w > 2 && h > 4) hits.push(a + ' / ' + b);
            }
            return hits;
        })"""
    )
    assert overlapping == []
    plots = page.locator(".plot .main-svg:first-child").count()
    twins = page.get_by_text("Tabel", exact=True).count()
    if path != "/verantwoording":
        assert plots > 0
        assert twins >= page.locator(".plot").count() == plots


def test_a_figure_is_the_same_everywhere(visit: Open, cells: list[Cell]) -> None:
    """On the card, in the tooltip, the table twin, the picture and the files."""
    page = visit()
    card = page.locator(".card", has_text="schaal 13").first
    on_screen = number(card.locator(".value").inner_text())
    published = next(
        float(c["value"])
        for c in cells
        if (c["metric"], c["period"], c["unit_level"], c["scale_group"], c["category"])
        == ("share", "2025Q4", "1", "<=13", "yes")
        and (c["attribute"], c["attribute2"]) == ("origin", "")
    )
    written = f"{published:.1f}%".replace(".", ",")
    assert on_screen == published
    block = page.locator("section", has=page.locator(".js-plotly-plot")).first
    assert written in tooltip(page, block, "t/m schaal 13")
    block.get_by_text("Tabel", exact=True).click()
    assert written in block.locator("table").inner_text()
    text = downloaded(page, block.get_by_role("link", name="Download CSV"))
    assert text.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(text.decode("utf-8-sig")), delimiter=";"))
    assert [number(str(value)) for value in of_low_band(pl.DataFrame(rows))] == [published]
    workbook = io.BytesIO(downloaded(page, block.get_by_role("link", name="Download Excel")))
    assert of_low_band(pl.read_excel(workbook, sheet_name="data")) == [published]
    block.get_by_text("Meer vormen", exact=True).click()
    rfc = downloaded(page, block.get_by_role("link", name="RFC 4180"))
    assert of_low_band(pl.read_csv(io.BytesIO(rfc), infer_schema_length=None)) == [published]
    parquet = io.BytesIO(downloaded(page, block.get_by_role("link", name="Parquet")))
    assert of_low_band(pl.read_parquet(parquet)) == [published]
    told = json.loads(downloaded(page, block.get_by_role("link", name="JSON", exact=True)))
    assert of_low_band(pl.DataFrame(told["data"])) == [published]
    described = downloaded(page, block.get_by_role("link", name="datapackage.json"))
    assert json.loads(described) == told["metadata"]
    picture = downloaded(page, block.get_by_role("link", name="Afbeelding als SVG")).decode()
    assert ElementTree.fromstring(picture).tag.endswith("svg")  # noqa: S314 - our own picture
    assert f"{written} (" in picture
    assert "Publicatie" in picture
    painted = downloaded(page, block.get_by_role("link", name="Afbeelding", exact=True))
    assert painted.startswith(b"\x89PNG")
    slides = Presentation(io.BytesIO(downloaded(page, page.get_by_role("link", name="PPTX"))))
    charts = [shape.chart for slide in slides.slides for shape in slide.shapes if shape.has_chart]
    lines = [series for chart in charts for series in chart.plots[0].series]
    assert published in [series.values[-1] for series in lines if "schaal 13" in series.name]
    paper = PdfReader(io.BytesIO(downloaded(page, page.get_by_role("link", name="PDF"))))
    assert written in paper.pages[0].extract_text()


def downloaded(page: Page, control: Locator) -> bytes:
    """What a link or button saves."""
    with page.expect_download() as waiting:
        control.click()
    return Path(waiting.value.path()).read_bytes()


def of_low_band(rows: pl.DataFrame) -> list[object]:
    """The share up to scale 13 at the newest date in a file."""
    newest = (pl.col("metric") == "share") & (pl.col("period") == "2025Q4")
    mine = rows.filter(newest & (pl.col("scale_group") == "<=13") & (pl.col("category") == "yes"))
    return mine["value"].to_list()


def tooltip(page: Page, block: Locator, line: str) -> str:
    """What is told over the last point of a line."""
    place = block.locator(".js-plotly-plot").evaluate(
        """(plot, line) => {
            const trace = plot.data.find(t => (t.hovertext || []).some(h => h.includes(line)));
            const {xaxis, yaxis} = plot._fullLayout;
            const at = trace.y.length - 1;
            const box = plot.getBoundingClientRect();
            return [box.left + xaxis._offset + xaxis.l2p(trace.x[at]),
                box.top + yaxis._offset + yaxis.l2p(trace.y[at])];
        }""",
        line,
    )
    page.mouse.move(place[0] - 6, place[1])
    page.mouse.move(place[0], place[1])
    told = block.locator(".hovertext")
    expect(told).to_be_visible()
    return told.text_content() or ""


def test_the_keyboard_tells_what_the_mouse_is_told(visit: Open) -> None:
    page = visit("/")
    block = page.locator("section", has=page.locator(".js-plotly-plot")).first
    by_mouse = tooltip(page, block, "t/m schaal 13")
    page.mouse.move(1, 1)
    chart, told = block.locator(".figure"), block.locator(".hovertext")
    chart.focus()
    chart.press("End")
    expect(told).to_have_text(re.compile("vanaf schaal 14"))
    chart.press("ArrowUp")
    expect(told).to_have_text(by_mouse)
    spoken = page.locator("#announce").inner_text()
    assert spoken.replace(", ", "", 1) == by_mouse
    chart.press("ArrowLeft")
    expect(told).not_to_have_text(by_mouse)
    chart.press("Escape")
    expect(told).to_have_count(0)
    expect(chart).to_be_focused()


def test_figures_are_drawn_when_they_come_near(visit: Open) -> None:
    page = visit("/uitstroom")
    places, drawn = page.locator(".plot"), page.locator(".plot.js-plotly-plot")
    assert drawn.count() < places.count()
    places.last.scroll_into_view_if_needed()
    expect(places.last.locator(".main-svg").first).to_be_visible()
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    expect(drawn).to_have_count(places.count())


def test_overzicht_is_one_page_of_paper(visit: Open) -> None:
    page = visit()
    paper = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1


def test_the_whole_publication_is_one_download(visit: Open, exported: Path) -> None:
    page = visit("/verantwoording")
    content = downloaded(page, page.get_by_role("link", name="De hele publicatie als bestanden"))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/cells.csv"))
        assert archive.read(name) == (exported / "cells.csv").read_bytes()


def test_english_and_back(visit: Open) -> None:
    page = visit("/doorstroom")
    dutch = page.locator("main").inner_text()
    page.get_by_role("link", name="EN", exact=True).click()
    page.wait_for_url(re.compile("lang=en"))
    settled(page)
    expect(page.locator("html")).to_have_attribute("lang", "en")
    english = page.locator("main").inner_text()
    assert english != dutch
    assert not re.search(r"\b(onderdrukt|schaal|kans|aandeel|toeval|van de)\b", english, re.I)
    assert re.search(r"\d\.\d%", english)
    page.get_by_role("link", name="NL", exact=True).click()
    page.wait_for_url(re.compile("lang=nl"))
    settled(page)
    assert page.locator("main").inner_text() == dutch


def test_a_suppressed_figure_says_so_and_nothing_more(visit: Open, cells: list[Cell]) -> None:
    unit, attribute = next(
        (c["unit"], c["attribute"])
        for c in cells
        if c["metric"] == "share"
        and (c["period"], c["scale_group"], c["category"]) == ("2025Q4", "<=13", "yes")
        and c["status"] == "suppressed"
        and not c["attribute2"]
    )
    page = visit(f"/?unit={unit}&attribute={attribute}")
    shown = page.locator("main").inner_text()
    assert "onderdrukt" in shown
    assert not re.search("te klein|te weinig|minder dan 10", shown)


def test_the_filters_work_by_keyboard_alone(visit: Open) -> None:
    page = visit()
    box = page.get_by_role("combobox", name="Organisatieonderdeel")
    for _ in range(30):
        page.keyboard.press("Tab")
        if box.evaluate("e => e === document.activeElement"):
            break
    expect(box).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("unit="))
    settled(page)
    expect(page.locator(".trail")).to_be_visible()


def test_a_new_publication_appears_without_a_restart(visit: Open, home: Path) -> None:
    before = visit().locator("body").inner_text()
    assert "Publicatie" in before
    old = re.search(r"Publicatie (\S+)", before)
    afspiegeling(home, "publish")
    after = re.search(r"Publicatie (\S+)", visit().locator("body").inner_text())
    assert old
    assert after
    assert old.group(1) != after.group(1)


def test_the_interface_says_that_the_sample_is_synthetic(visit: Open) -> None:
    for path in ("/", "/verantwoording"):
        assert "synthetisch" in visit(path).locator("body").inner_text().lower()


def test_an_unknown_page_and_an_unknown_unit_are_answered(visit: Open) -> None:
    page = visit("/bestaat-niet")
    assert "bestaat niet" in page.locator("main").inner_text().lower()
    page = visit("/?unit=BESTAATNIET")
    expect(page.locator("h1")).to_be_visible()


def test_the_intersection_shows_the_attribute_that_it_names(visit: Open, cells: list[Cell]) -> None:
    published = {
        (c["category"], c["category2"]): float(c["value"])
        for c in cells
        if (c["metric"], c["period"], c["unit_level"], c["scale_group"])
        == ("headcount", "2025Q4", "1", "all")
        and (c["attribute"], c["attribute2"]) == ("origin", "gender")
        and c["status"] == "published"
    }
    page = visit("/bezetting")
    table = page.locator("section", has_text="Herkomst en geslacht").locator("table")
    figures = [number(text) for text in table.locator("tbody td").all_inner_texts()]
    order = [("yes", "yes"), ("yes", "no"), ("no", "yes"), ("no", "no")]
    assert figures == [published[key] for key in order]


def test_a_slider_by_keyboard_moves_address_and_figure_and_keeps_the_focus(visit: Open) -> None:
    page = visit("/vooruitblik")
    slider = page.get_by_label("Aandeel in de instroom vanaf schaal 14", exact=True)
    title, start = page.locator("h1").inner_text(), int(slider.input_value())
    slider.focus()
    for _step in range(3):
        slider.press("ArrowRight")
    page.wait_for_url(re.compile(rf"inflow_high={start + 3}(&|$)"))
    settled(page)
    expect(page.locator("h1")).not_to_have_text(title)
    expect(slider).to_be_focused()
    chosen = page.locator("main").inner_text()
    page.reload()
    settled(page)
    expect(slider).to_have_value(str(start + 3))
    assert page.locator("main").inner_text() == chosen
    page.get_by_role("link", name="Terug naar gemeten").click()
    expect(page.locator("h1")).to_have_text(title)
    page.go_back()
    expect(slider).to_have_value(str(start + 3))


# --- what stays when a view changes ------------------------------------------------------------------


def test_an_open_table_stays_open_and_the_focus_where_it_is(visit: Open) -> None:
    page = visit("/bezetting")
    twin = page.get_by_text("Tabel", exact=True).first
    twin.click()
    kinds = page.get_by_label("Kenmerk", exact=True)
    kinds.focus()
    kinds.select_option("gender")
    page.wait_for_url(re.compile("attribute=gender"))
    settled(page)
    assert page.locator("main details[open] table").count() == 1
    expect(page.locator("main details[open] table")).to_contain_text("Aandeel vrouwen")
    expect(kinds).to_be_focused()
    page.locator(".side").get_by_role("link", name="Instroom").click()
    settled(page)
    assert page.locator("main details[open]").count() == 0
    expect(page.locator("#title")).to_be_focused()


def test_two_choices_at_once_are_both_made(visit: Open) -> None:
    page = visit("/bezetting")
    page.evaluate(
        """() => {
            for (const [id, value] of [['attribute', 'gender'], ['period', '2024Q4']]) {
                const select = document.getElementById('filter-' + id);
                select.value = value;
                select.dispatchEvent(new Event('change', {bubbles: true}));
            }
        }"""
    )
    page.wait_for_function(
        "() => document.querySelector('.frame').dataset.query.includes('2024Q4')"
    )
    assert query(page)["attribute"] == "gender"
    page.go_back()
    page.go_back()
    page.wait_for_function(  # the view in between may be shown for a moment
        "() => !/2024Q4|attribute=gender/.test(document.querySelector('.frame').dataset.query)"
    )


def test_a_narrow_window_has_its_menu_folded_and_a_wider_one_not(visit: Open) -> None:
    page = visit("/", 390)
    assert page.locator(".menu[open]").count() == 0
    page.set_viewport_size({"width": 1440, "height": 1000})
    expect(page.locator(".menu[open]")).to_have_count(1)


def test_a_page_is_read_and_left_without_scripts(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address + "/bezetting")
    expect(page.locator("h1")).to_be_visible()
    page.get_by_text("Tabel", exact=True).first.click()
    expect(page.locator("main table").first).to_be_visible()
    page.locator(".side").get_by_role("link", name="Instroom").click()
    expect(page).to_have_title(re.compile("^Instroom"))
    context.close()


def test_a_server_that_is_away_is_asked_again(visit: Open) -> None:
    """The address says what was asked: a browser that gets no answer asks for the page itself."""
    page = visit("/bezetting")
    page.clock.install()
    page.route("**/_dash-update-component", lambda route: None)  # never answered
    page.get_by_label("Kenmerk", exact=True).select_option("gender")
    page.wait_for_url(re.compile("attribute=gender"))
    page.unroute("**/_dash-update-component")
    page.clock.fast_forward(16_000)
    page.wait_for_function(
        "() => document.querySelector('.frame').dataset.query.includes('attribute=gender')"
    )
