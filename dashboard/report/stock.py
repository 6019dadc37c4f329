"""Bezetting in the paper: by scale, over time, and its units compared."""

from __future__ import annotations

from dashboard import text
from dashboard.block_units import MOST_UNITS, bands_shown, rank, units_shown, units_title
from dashboard.blocks import guide_text, lead_sentence, lower
from dashboard.cells import ALL, EVERYBODY, Cells, Row
from dashboard.report.front import trend
from dashboard.report.paper import (
    Block,
    Chart,
    Column,
    Line,
    Section,
    Series,
    alternative,
    margin,
    spot,
    table,
    value,
    words,
)
from dashboard.report.parts import nothing, share_rows
from dashboard.text_target import has_target
from dashboard.view import View


def stock(view: View) -> Section:
    """Share by scale band, over time, and by unit."""
    _ = view.translate
    cells = view.cells(["headcount", "share", "gap"])
    name = _("Bezetting")
    bands = _bands(view, cells)
    if not bands:
        return nothing(view, name, _("Het aandeel per schaalgroep"), cells, "share")
    title = text.title_bands([(label, row) for label, row, _hue in bands], view.lang)
    bands = [(text.capital(label), row, hue) for label, row, hue in bands]
    subtitle = _("Aandeel {group} per schaalgroep, met 95%-marge").format(group=lower(view.group))
    by_band = share_rows(
        view,
        bands,
        title=_("Het aandeel per schaalgroep"),
        subtitle=subtitle,
        head=_("Schaalgroep"),
    )
    units = _units(view, cells)
    return Section(
        name,
        title,
        lead_sentence(view, cells),
        blocks=[by_band, trend(view, cells), *([units] if units else [])],
    )


def _bands(view: View, cells: Cells) -> list[tuple[str, Row, str]]:
    """Label, cell and hue of the finer bands, or of the main ones where there are no finer."""
    unit, code = view.filters.unit, view.filters.period
    for partition in ("fine", "main"):
        found = [
            (view.band(band), row, view.hue(band))
            for band in view.bands(partition)
            if (row := cells.get("share", unit, code, band))
        ]
        if found:
            return found
    return []


def _units(view: View, cells: Cells) -> Block | None:
    """Units compared on their share in the highest band that any of them has."""
    _ = view.translate
    code, units = view.filters.period, units_shown(view)
    bands = bands_shown(view, cells, units)
    if not bands:
        return None
    shares = {
        (unit, band): cells.get("share", unit, code, band) for unit in units for band, _hue in bands
    }
    band, hue = bands[-1]
    ordered = sorted(units, key=lambda unit: rank(shares[unit, band], unit))
    names = [view.label("unit", unit) for unit in ordered]
    series = [Series(view.band(band), hue, [spot(view, shares[u, band]) for u in ordered])]
    rows = [
        [
            words(view.label("unit", unit)),
            value(view, cells.get("headcount", unit, code, ALL, EVERYBODY)),
            *(value(view, shares[unit, each]) for each, _hue in bands),
            margin(view, shares[unit, band]),
        ]
        for unit in ordered
    ]
    subtitle = _("Aandeel {group} {band}, met 95%-marge").format(
        group=lower(view.group), band=view.band(band)
    )
    labels = [view.band(each) for each, _hue in bands]
    columns: list[Column] = [(_("Onderdeel"), False), _("Mensen"), *labels, _("95%-marge")]
    chart = Chart(
        "bars",
        alternative(view, subtitle, names, series),
        names,
        series,
        line=_target(view, band, hue),
    )
    title = units_title(view, cells, units, shares)
    drawn = chart if len(ordered) <= MOST_UNITS else None
    return Block(title, subtitle, drawn, table(subtitle, columns, rows))


def _target(view: View, band: str, hue: str) -> Line | None:
    target = view.reference("target", "share", band)
    if target is None or not has_target(target):
        return None
    return Line(target["value"], guide_text(view, target), hue)
