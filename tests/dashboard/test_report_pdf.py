"""The board paper as a PDF: tagged by PDF/UA-1, with the mart's numbers, whatever names it holds."""

from __future__ import annotations

import re
from itertools import pairwise

import pypdf
import pytest

from dashboard.mart import Mart
from dashboard.report.build import Request, build
from tests.dashboard.board_papers import NEWEST, elements, paper, pdf, said
from tests.dashboard.test_report_slides import HOSTILE, hostile

__all__ = ["hostile"]


@pytest.fixture(scope="module")
def content(mart: Mart) -> bytes:
    return paper(mart, "pdf")


@pytest.fixture(scope="module")
def reader(content: bytes) -> pypdf.PdfReader:
    return pdf(content)


def squeezed(text: str) -> str:
    """Without spaces and hyphens: lines are broken where they are full."""
    return re.sub(r"[\s\u00ad\u2010-]", "", text)


@pytest.mark.parametrize(("unit", "lang"), [("MIN", "nl"), ("SGC", "nl"), ("MIN", "en")])
def test_it_says_everything_that_the_paper_holds(mart: Mart, unit: str, lang: str) -> None:
    told = squeezed(said(pdf(paper(mart, "pdf", unit, lang))))
    model = build(mart, Request(NEWEST, unit, lang=lang))
    checked = 0
    for section in model.sections:
        blocks = section.blocks
        words = [section.title, section.lead, *(block.title for block in blocks)]
        words += [figure.value for figure in section.figures]
        words += [figure.change for figure in section.figures]
        words += [item.sentence for item in section.attention]
        words += [note for block in blocks for note in block.notes]
        words += [
            entry.text
            for block in blocks
            if block.table
            for row in block.table.rows
            for entry in row
        ]
        missing = [each for each in words if squeezed(each) not in told]
        assert missing == [], section.name
        checked += len(words)
    assert checked > 100


def test_its_figures_are_those_of_the_mart(mart: Mart, reader: pypdf.PdfReader) -> None:
    rows = mart.cells(
        ["share"], ["MIN"], [NEWEST], attribute="origin", categories=["yes"], scale_groups=["<=13"]
    )
    row = rows.row(0, named=True)
    written = [f"{row[name]:.1f}%".replace(".", ",") for name in ("value", "lower", "upper")]
    first = reader.pages[0].extract_text()
    assert written[0] in first
    assert f"{written[1]}–{written[2]}" in first


def test_it_is_tagged_and_says_what_it_is(reader: pypdf.PdfReader) -> None:
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "nl"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert "31 december 2025" in reader.metadata.title
    assert "<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data().decode()
    assert all(page["/Tabs"] == "/S" for page in reader.pages if "/Annots" in page)
    assert {round(float(side)) for side in reader.pages[0].mediabox[2:]} == {595, 842}


def test_its_structure_can_be_read_aloud(reader: pypdf.PdfReader) -> None:
    found = elements(reader)
    kinds = [each["/S"] for each in found]
    levels = [int(kind[2:]) for kind in kinds if re.fullmatch(r"/H\d", kind)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    figures = [each for each in found if each["/S"] == "/Figure"]
    assert figures
    assert all(str(each.get("/Alt", "")).startswith("Grafiek: ") for each in figures)
    heads = [each for each in found if each["/S"] == "/TH"]
    assert len(heads) > 10
    assert all("/Column" in str(each["/A"]) for each in heads)
    assert kinds.count("/Table") == kinds.count("/THead")


def test_its_letters_travel_with_it(reader: pypdf.PdfReader) -> None:
    fonts = {
        font.get_object()["/BaseFont"]
        for page in reader.pages
        for font in page["/Resources"]["/Font"].values()
    }
    assert fonts
    assert all("SourceSans3" in name for name in fonts), fonts


def test_the_same_request_gives_the_same_bytes(mart: Mart, content: bytes) -> None:
    assert paper(Mart(mart.published), "pdf") == content


def test_a_hostile_name_is_only_a_name(hostile: Mart) -> None:
    reader = pdf(paper(hostile, "pdf", "SGC"))
    assert squeezed(HOSTILE) in squeezed(said(reader))
    assert HOSTILE in reader.metadata.title
    assert "/Names" not in reader.trailer["/Root"]
    assert "/OpenAction" not in reader.trailer["/Root"]


def test_hidden_has_its_word_and_no_reason(mart: Mart) -> None:
    told = said(pdf(paper(mart, "pdf", "SGC")))
    assert "onderdrukt" in told
    assert "te klein" not in told
