"""Board papers read back: slides, their charts, tables and workbooks; pages of a PDF."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import fastexcel
import polars as pl
import pypdf
from pptx import Presentation

from dashboard.mart import Mart
from dashboard.report.build import Request, render
from tests.factories import make_tables, write_publication

NEWEST = "2025Q4"


def paper(
    mart: Mart, form: str, unit: str = "MIN", lang: str = "nl", period: str = NEWEST
) -> bytes:
    return render(mart, Request(period, unit, lang=lang), form)


def slides_of(content: bytes) -> list[Any]:
    return list(Presentation(io.BytesIO(content)).slides)


def frames(content: bytes) -> Iterator[Any]:
    """Every chart and table."""
    for slide in slides_of(content):
        yield from (shape for shape in slide.shapes if shape.has_chart or shape.has_table)


def charts(content: bytes) -> list[Any]:
    return [shape.chart for shape in frames(content) if shape.has_chart]


def tables(content: bytes) -> list[list[list[str]]]:
    """Rows of cells of every table."""
    return [
        [[cell.text for cell in row.cells] for row in shape.table.rows]
        for shape in frames(content)
        if shape.has_table
    ]


def drawn(chart: Any) -> dict[str, dict[str, float | None]]:
    """Series -> name (of a date its period) -> value, as the chart holds them."""
    names = [named(label) for label in chart.plots[0].categories]
    return {
        series.name: dict(zip(names, series.values, strict=True))
        for series in chart.plots[0].series
    }


def named(label: object) -> str:
    """The name of a place: a date is held as a number of days."""
    text = str(label).removesuffix(".0")
    if not text.isdecimal() or len(text) < 5:
        return text
    day = date(1899, 12, 30) + timedelta(days=int(text))
    return f"{day.year}Q{day.month // 3}"


def workbook(chart: Any) -> pl.DataFrame:
    """The data that somebody edits who edits a chart."""
    blob = chart.part.chart_workbook.xlsx_part.blob
    return fastexcel.read_excel(blob).load_sheet(0).to_polars()


def texts(content: bytes) -> str:
    """Everything that the slides say, the data behind the charts included."""
    parts = []
    for name, blob in members(content).items():
        if name.endswith(".xlsx"):
            parts += [text.decode("utf-8", "replace") for text in members(blob).values()]
        elif name.endswith((".xml", ".rels")):
            parts.append(blob.decode("utf-8"))
    return "\n".join(parts)


def members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return {name: file.read(name) for name in file.namelist()}


def pdf(content: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(content))


def said(reader: pypdf.PdfReader) -> str:
    """The words of a PDF on one line."""
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def elements(reader: pypdf.PdfReader) -> list[Any]:
    """The elements of the structure tree, in reading order."""
    found: list[Any] = []

    def walk(node: Any) -> None:
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, list):
            for child in node:
                walk(child)
        elif isinstance(node, dict):
            if "/S" in node:
                found.append(node)
            if "/K" in node:
                walk(node["/K"])

    walk(reader.trailer["/Root"]["/StructTreeRoot"])
    return found


def mart_of(directory: Path, **changed: pl.DataFrame) -> Mart:
    """The invented publication with some of its tables changed."""
    write_publication(directory, make_tables() | changed, "2026-1")
    return Mart(directory)
