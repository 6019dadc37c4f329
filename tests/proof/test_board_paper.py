"""An office suite opens the slides of a board paper and shows what they hold."""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path

import pypdf
import pytest
from pptx import Presentation

from dashboard.mart import Mart
from dashboard.report.build import Request, render
from tests.factories import make_publication
from tests.proof.record import record

pytestmark = pytest.mark.proof
PAPERS = (("MIN", "nl"), ("MIN", "en"), ("DGD", "nl"), ("SG1", "nl"))


def as_pdf(path: Path, home: Path) -> pypdf.PdfReader:
    """What LibreOffice shows of a presentation."""
    office = shutil.which("soffice")
    if office is None:
        pytest.fail(
            "This proof needs LibreOffice and there is none on the PATH. Next: install "
            "libreoffice-impress (apt-get install --no-install-recommends libreoffice-impress)."
        )
    command = [office, f"-env:UserInstallation={home.as_uri()}", "--headless"]
    command += ["--convert-to", "pdf", "--outdir", str(path.parent), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return pypdf.PdfReader(path.with_suffix(".pdf"))


def test_libreoffice_opens_the_slides(tmp_path: Path) -> None:
    make_publication(tmp_path / "published", inequality="planted")
    mart = Mart(tmp_path / "published")
    shown = {}
    for unit, lang in PAPERS:
        content = render(mart, Request("2025Q4", unit, lang=lang), "pptx")
        path = tmp_path / f"{unit}-{lang}.pptx"
        path.write_bytes(content)
        slides = list(Presentation(io.BytesIO(content)).slides)
        reader = as_pdf(path, tmp_path / "office")
        assert len(reader.pages) == len(slides)
        cells = 0
        for slide, page in zip(slides, reader.pages, strict=True):
            words = "".join(page.extract_text().split())
            assert "".join(slide.shapes.title.text.split()) in words
            for shape in slide.shapes:
                if shape.has_table:
                    told = [cell.text for row in shape.table.rows for cell in row.cells]
                    assert all("".join(text.split()) in words for text in told)
                    cells += len(told)
        charts = sum(shape.has_chart for slide in slides for shape in slide.shapes)
        shown[f"{unit} {lang}"] = {"slides": len(slides), "charts": charts, "cells": cells}
    record("board-paper", "pytest -m proof tests/proof/test_board_paper.py", shown)
