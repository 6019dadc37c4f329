"""A board paper as a PDF that anybody can read: tagged by the rules of PDF/UA-1, on A4.

Texts travel to the typesetter as data (JSON) and never as mark-up, so that the name of a unit
cannot be more than a name. A chart without a text alternative does not compile.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, Literal

import typst

from dashboard.i18n import translator
from dashboard.report.axis import axis
from dashboard.report.paper import Block, Chart, Paper
from dashboard.settings import ASSETS

TEMPLATE = ASSETS / "report" / "board_paper.typ"
FONTS = ASSETS / "fonts"
FONT = "Source Sans 3"
STANDARD: Literal["ua-1"] = "ua-1"
HUES = (
    *("ground", "panel", "ink", "muted", "line", "line-strong", "structure", "accent", "hatch"),
    *("low", "high", "group", "others", "answer", "good", "warn", "bad"),
    *("low-text", "high-text", "group-text", "others-text", "answer-text", "muted-text"),
    *("good-text", "bad-text", "ink-text"),
)


def document(paper: Paper, theme: Mapping[str, str]) -> bytes:
    """The PDF; the same paper gives the same bytes."""
    return typst.compile(
        str(TEMPLATE),
        root=str(TEMPLATE.parent),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards=STANDARD,
        timestamp=int(paper.created.timestamp()),
        sys_inputs={"paper": json.dumps(_data(paper, theme), ensure_ascii=False)},
    )


def _data(paper: Paper, theme: Mapping[str, str]) -> dict[str, Any]:
    """What the template sets: the paper, its colours and the words around it."""
    _ = translator(paper.lang)
    made = paper.created
    return {
        "title": paper.title,
        "organisation": paper.organisation,
        "unit": paper.unit,
        "date": paper.day,
        "lang": paper.lang,
        "provenance": paper.provenance,
        "foot": paper.foot,
        "font": FONT,
        "created": [made.year, made.month, made.day, made.hour, made.minute, made.second],
        "colours": {hue: theme[hue] for hue in HUES},
        "words": {
            "paper": _("Bestuursstuk"),
            "attention": _("Wat vraagt aandacht"),
            "margin": _("marge {ends}"),
            "page": _("pagina {page} van {pages}"),
            "source": _("Herkomst van de cijfers"),
        },
        "sections": [
            {
                **asdict(replace(section, blocks=())),
                "blocks": [_block(block, paper.lang) for block in section.blocks],
            }
            for section in paper.sections
        ],
    }


def _block(block: Block, lang: str) -> dict[str, Any]:
    return {
        **asdict(replace(block, chart=None)),
        "chart": _chart(block.chart, lang) if block.chart else None,
    }


def _chart(chart: Chart, lang: str) -> dict[str, Any]:
    """A chart with its axis, and with what is hidden marked as such."""
    axes = axis(chart, lang, 4 if chart.kind == "trend" else 5)
    return {
        **asdict(replace(chart, dates=())),
        "axis": asdict(axes),
        "series": [
            {
                **asdict(series),
                "spots": [{**asdict(spot), "hidden": spot.hidden} for spot in series.spots],
            }
            for series in chart.series
        ],
    }
