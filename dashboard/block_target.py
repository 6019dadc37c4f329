"""What is told of a target: on a card, under a trend, with the source that set it."""

from __future__ import annotations

from dash.development.base_component import Component

from dashboard.blocks import guide_text, main_bands
from dashboard.cells import Cells, Row
from dashboard.components import note
from dashboard.findings import reference_words
from dashboard.text_target import distance_words, has_target, outlook, pace_sentence
from dashboard.view import View

FIGURES = ("target_distance", "share_pace", "target_year")
"""The metrics that these words are made of."""
EXTRACT = "streefcijfers"
"""``source`` of a target of which the extract names none."""


def target_of(view: View, band: str) -> Row | None:
    """The target of the share in a scale band, where there is one to reach."""
    target = view.reference("target", "share", band)
    return target if target is not None and has_target(target) else None


def aimed_band(view: View) -> str | None:
    """The main band with a target; the highest one where both have one."""
    bands = [band for band, _hue in reversed(main_bands(view)) if target_of(view, band)]
    return bands[0] if bands else None


def target_figures(
    view: View, cells: Cells, band: str
) -> tuple[Row | None, Row | None, Row | None]:
    """Distance to the target, pace, and the year in which it would be reached."""
    unit, code = view.filters.unit, view.filters.period
    distance, pace, year = (cells.get(metric, unit, code, band) for metric in FIGURES)
    return distance, pace, year


def target_lines(view: View, cells: Cells, band: str) -> list[str]:
    """What a card says of a target: which, how far, and when at this pace."""
    _ = view.translate
    target = target_of(view, band)
    if target is None:
        return [_("geen streefcijfer")]
    distance, pace, year = target_figures(view, cells, band)
    lines = [guide_text(view, target) + _elsewhere(view, target)]
    lines += [distance_words(distance, view.lang), outlook(pace, year, distance, view.lang)]
    return [line for line in lines if line]


def pace_note(view: View, cells: Cells, band: str) -> Component | None:
    """The sentence under a trend with a target line, with who set the target."""
    said = pace_words(view, cells, band)
    return note(said) if said else None


def pace_words(view: View, cells: Cells, band: str) -> str:
    """Distance, pace and what it leads to, with who set the target; empty without one."""
    _ = view.translate
    target = target_of(view, band)
    if target is None:
        return ""
    distance, pace, year = target_figures(view, cells, band)
    words = reference_words(target, view.lang)
    name = f"{words}{_elsewhere(view, target)} ({view.band(band)})"
    said = pace_sentence(name, pace, year, distance, _steps(view), view.lang)
    source = target["source"]
    if source and source != EXTRACT:
        said = f"{said} " + _("Bron streefcijfer: {source}.").format(source=source)
    return said


def _steps(view: View) -> str:
    _ = view.translate
    yearly = view.mart.meta().get("calendar") == "year"
    return _("acht jaar") if yearly else _("acht kwartalen")


def _elsewhere(view: View, target: Row) -> str:
    """Whose target it is, where it is not that of the chosen unit itself."""
    _ = view.translate
    if target["unit"] == view.filters.unit:
        return ""
    return " " + _("van {unit}").format(unit=view.label("unit", target["unit"]))
