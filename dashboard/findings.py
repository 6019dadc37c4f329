"""What asks for attention in one unit, in words: the findings of the publication as it ranks them.

Which figure is a finding, how certain it is among all findings and in what order they come was
decided when the publication was made (``mart_finding``); here each gets its sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from dashboard import formats
from dashboard.compare import Row, published
from dashboard.i18n import N_, translator
from dashboard.text import capital, share, title_inflow, title_parity
from dashboard.text_adjusted import finding_adjusted

Tone = Literal["bad", "good", "unsure"]
Band = tuple[str, str]
"""Code and label of a scale group."""

MOST = 5
PAGES = {
    "inflow": ("/instroom", N_("Instroom")),
    "exit": ("/uitstroom", N_("Uitstroom")),
    "promotion": ("/doorstroom", N_("Doorstroom")),
    "crossing": ("/doorstroom", N_("Doorstroom")),
}
STOCK_PAGE = ("/bezetting", N_("Bezetting"))
"""Where a metric is shown, by the first part of its name."""
_CELL = ("metric", "scale_group", "period", "period_kind", "unit", "attribute", "category")


@dataclass(frozen=True)
class Finding:
    """One sentence, how sure it is, the page that shows it, and the rule behind it."""

    sentence: str
    certainty: str
    path: str
    page: str
    tone: Tone
    rule: str


def findings(
    found: pl.DataFrame, cells: pl.DataFrame, references: pl.DataFrame, lang: str, *, high: Band
) -> list[Finding]:
    """The first findings of one unit and one group.

    Args:
        found: rows of ``mart_finding`` of one unit, attribute and category.
        cells: the cells of the same, of all metrics that a finding can be about.
        references: ``mart_reference``.
        lang: language of the sentences.
        high: code and label of the upper scale band.
    """
    by_key = {tuple(row[name] for name in _CELL): row for row in cells.iter_rows(named=True)}
    made: list[Finding] = []
    for row in found.sort("position").iter_rows(named=True):
        cell = by_key.get(tuple(row[name] for name in _CELL))
        if cell is not None and published(cell):
            sentence = _sentence(row, cell, by_key, references, lang, high=high)
            made.append(_finding(row, sentence, lang))
    return made[:MOST]


def no_findings(lang: str) -> str:
    """What to say when the list is empty."""
    _ = translator(lang)
    return _("Geen verschil is hier meer dan toeval.")


def _finding(row: Row, sentence: str, lang: str) -> Finding:
    _ = translator(lang)
    tone: Tone = "unsure" if not row["certain"] else "good" if row["size"] > 0 else "bad"
    certainty = (
        _("Meer dan toeval, ook als alle bevindingen samen worden bekeken")
        if row["certain"]
        else _("Kan toeval zijn")
    )
    path, page = PAGES.get(row["metric"].partition("_")[0], STOCK_PAGE)
    return Finding(sentence, certainty, path, _(page), tone, row[f"rule_{lang}"])


def _sentence(
    row: Row,
    cell: Row,
    by_key: Mapping[tuple[Any, ...], Row],
    references: pl.DataFrame,
    lang: str,
    *,
    high: Band,
) -> str:
    sure = bool(row["certain"])
    if row["against"] == "stock":
        return title_inflow(cell, _stock(row, by_key), lang, sure=sure)
    if row["against"] != "equal":
        return _reference_sentence(cell, _reference(row, references), high, lang, sure=sure)
    if row["metric"].endswith("_adjusted"):
        return finding_adjusted(cell, lang, sure=sure)
    return title_parity(cell, lang, sure=sure)


def _stock(row: Row, by_key: Mapping[tuple[Any, ...], Row]) -> Row | None:
    """The share of the stock that the finding was held against: of the same value, the latest."""
    same = [
        cell
        for cell in by_key.values()
        if cell["metric"] == "share"
        and cell["scale_group"] == row["scale_group"]
        and cell["value"] == row["reference"]
    ]
    return max(same, key=lambda cell: formats.period_end(cell["period"]), default=None)


def _reference(row: Row, references: pl.DataFrame) -> Row:
    return references.filter(
        pl.col("kind") == row["against"],
        pl.col("value") == row["reference"],
        pl.col("year") == row["reference_year"],
        *(pl.col(name) == row[name] for name in (*_CELL[:2], *_CELL[4:])),
    ).row(0, named=True)


def _reference_sentence(
    row: Row, reference: Mapping[str, Any], high: Band, lang: str, *, sure: bool
) -> str:
    _ = translator(lang)
    if not sure:
        pattern = _("{subject} ({value}) verschilt niet aantoonbaar van {reference}")
    elif row["value"] < reference["value"]:
        pattern = _("{subject} ({value}) ligt onder {reference}")
    else:
        pattern = _("{subject} ({value}) ligt boven {reference}")
    subject = _("het aandeel")
    if row["scale_group"] == high[0]:
        subject = _("het aandeel {band}").format(band=high[1])
    elif row["metric"] == "inflow_share":
        subject = _("het aandeel in de instroom")
    words = reference_words(reference, lang)
    return capital(
        pattern.format(subject=subject, value=share(row, lang, aside=True), reference=words)
    )


def reference_words(reference: Mapping[str, Any], lang: str) -> str:
    """A target or benchmark in words: ``de ambitie van 5,5% voor 2028``."""
    _ = translator(lang)
    size = formats.number(reference["value"], lang, 0 if reference["value"] % 1 == 0 else 1) + "%"
    if reference["kind"] == "benchmark":
        pattern = _("de vergelijkingswaarde van {size} ({year})")
    elif reference["status"] == "hard":
        pattern = _("het streefcijfer van {size} voor {year}")
    else:
        pattern = _("de ambitie van {size} voor {year}")
    return pattern.format(size=size, year=reference["year"])
