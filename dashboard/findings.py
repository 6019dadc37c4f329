"""What asks for attention in one unit: at most five sentences, the surest and largest first."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from dashboard import formats
from dashboard.compare import Row, difference, excludes, published
from dashboard.i18n import N_, translator
from dashboard.text import capital, share, title_inflow, title_parity

Tone = Literal["bad", "good", "unsure"]
Band = tuple[str, str]
"""Code and label of a scale group."""

MOST = 5
LENGTH = {"quarter": 0, "year": 1, "block": 2}
NOTABLE = math.log(1.25)
"""How far an unproven difference must be from equal before it is worth a line."""

PARITIES = {
    "promotion_parity": ("/doorstroom", N_("Doorstroom"), 1),
    "crossing_parity": ("/doorstroom", N_("Doorstroom"), 1),
    "exit_parity": ("/uitstroom", N_("Uitstroom"), -1),
}
"""Metric -> page and whether more than 1 is good (1) or bad (-1) for the group."""


@dataclass(frozen=True)
class Finding:
    """One sentence, how sure it is, and the page that shows it."""

    sentence: str
    certainty: str
    path: str
    page: str
    tone: Tone


@dataclass(frozen=True)
class _Candidate:
    key: str
    sentence: str
    path: str
    page: str
    size: float  # logarithm of value over reference; above 0 is good for the group
    sure: bool


def findings(
    cells: pl.DataFrame, references: pl.DataFrame, lang: str, *, low: Band, high: Band
) -> list[Finding]:
    """The findings of one unit and one group.

    Args:
        cells: cells of one unit, attribute and category; of each metric the latest is used.
        references: ``mart_reference``; those of the same unit, attribute and category count.
        lang: language of the sentences.
        low: code and label of the lower scale band.
        high: code and label of the upper scale band.
    """
    _ = translator(lang)
    latest = _Latest(cells)
    candidates = [
        *_parities(latest, low, lang),
        *_inflow(latest, lang),
        *_against_references(latest, references, high, lang),
    ]
    worth = [c for c in candidates if c.sure or abs(c.size) >= NOTABLE]
    worth.sort(key=lambda c: (not c.sure, -abs(c.size), c.key))
    return [_finding(candidate, lang) for candidate in worth[:MOST]]


def no_findings(lang: str) -> str:
    """What to say when the list is empty."""
    _ = translator(lang)
    return _("Geen verschil is hier meer dan toeval.")


def _finding(candidate: _Candidate, lang: str) -> Finding:
    _ = translator(lang)
    tone: Tone = "unsure" if not candidate.sure else "good" if candidate.size > 0 else "bad"
    certainty = _("Meer dan toeval") if candidate.sure else _("Kan toeval zijn")
    return Finding(candidate.sentence, certainty, candidate.path, _(candidate.page), tone)


class _Latest:
    """The latest cell of each metric and scale group; of equal ends the longest period."""

    def __init__(self, cells: pl.DataFrame) -> None:
        self._rows: dict[tuple[str, str], Row] = {}
        for row in cells.iter_rows(named=True):
            key = (row["metric"], row["scale_group"])
            if key not in self._rows or _rank(row) > _rank(self._rows[key]):
                self._rows[key] = row

    def get(self, metric: str, *scale_groups: str) -> Row | None:
        """The first published one of these scale groups."""
        rows = (self._rows.get((metric, group)) for group in scale_groups)
        return next((row for row in rows if published(row)), None)


def _rank(row: Row) -> tuple[object, int]:
    return formats.period_end(row["period"]), LENGTH[row["period_kind"]]


def _log(value: float, reference: float) -> float:
    return math.log(max(value, 0.01) / max(reference, 0.01))


def _parities(latest: _Latest, low: Band, lang: str) -> Iterator[_Candidate]:
    for metric, (path, page, sign) in PARITIES.items():
        groups = (low[0], "all") if metric == "crossing_parity" else ("all", low[0])
        row = latest.get(metric, *groups)
        if row is not None:
            size = sign * _log(row["value"], 1)
            sentence = title_parity(row, lang)
            yield _Candidate(metric, sentence, path, page, size, excludes(row, 1))


def _inflow(latest: _Latest, lang: str) -> Iterator[_Candidate]:
    inflow, stock = latest.get("inflow_share", "all"), latest.get("share", "all")
    between = difference(inflow, stock)
    if inflow is None or stock is None or between is None:
        return
    size = _log(inflow["value"], stock["value"])
    sentence = title_inflow(inflow, stock, lang)
    sure = between.more_than_chance
    yield _Candidate("inflow_share", sentence, "/instroom", N_("Instroom"), size, sure)


def _against_references(
    latest: _Latest, references: pl.DataFrame, high: Band, lang: str
) -> Iterator[_Candidate]:
    for reference in references.iter_rows(named=True):
        row = latest.get(reference["metric"], reference["scale_group"])
        if row is None or not _same_subject(row, reference) or not reference["value"]:
            continue
        path, page = _page_of(reference["metric"])
        sentence = _reference_sentence(row, reference, high, lang)
        size = _log(row["value"], reference["value"])
        key = f"{reference['kind']} {reference['metric']} {reference['year']}"
        yield _Candidate(key, sentence, path, page, size, excludes(row, reference["value"]))


def _same_subject(row: Row, reference: Mapping[str, Any]) -> bool:
    return all(row[name] == reference[name] for name in ("unit", "attribute", "category"))


def _page_of(metric: str) -> tuple[str, str]:
    if metric.startswith("inflow"):
        return "/instroom", N_("Instroom")
    if metric.startswith("exit"):
        return "/uitstroom", N_("Uitstroom")
    return "/bezetting", N_("Bezetting")


def _reference_sentence(row: Row, reference: Mapping[str, Any], high: Band, lang: str) -> str:
    _ = translator(lang)
    if not excludes(row, reference["value"]):
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
