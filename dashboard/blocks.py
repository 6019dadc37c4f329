"""What the blocks of several pages share: names, references, dot plots."""

from __future__ import annotations

from collections.abc import Sequence

from dash.development.base_component import Component

from dashboard import chart_rows
from dashboard.cells import ALL, EVERYBODY, Cells, Row, nearest, published
from dashboard.charts import DotRow, Guide, Line
from dashboard.components import block, figure, unavailable
from dashboard.formats import date_text, number
from dashboard.text_target import has_target
from dashboard.view import View


def main_bands(view: View) -> list[tuple[str, str]]:
    """(scale group, hue) of the two main bands."""
    return [(view.low, "low"), (view.high, "high")]


def guide_text(view: View, reference: Row) -> str:
    """A target or benchmark in a few words: ``ambitie 5,5% in 2028``."""
    _ = view.translate
    if reference["kind"] == "target" and not has_target(reference):
        return _("geen streefcijfer")
    value, year = reference["value"], reference["year"]
    decimals = 0 if float(value).is_integer() else 1
    size = number(value, view.lang, decimals) + "%"
    if reference["kind"] == "benchmark":
        return _("arbeidsmarkt {value} ({year})").format(value=size, year=year)
    if reference["status"] == "ambition":
        return _("ambitie {value} in {year}").format(value=size, year=year)
    return _("streefcijfer {value} in {year}").format(value=size, year=year)


def target_guide(view: View, metric: str, scale_group: str, hue: str) -> Guide | None:
    """The target line of a share, or None."""
    target = view.reference("target", metric, scale_group)
    if target is None or not has_target(target):
        return None
    return Guide(target["value"], guide_text(view, target), hue)


def lower(name: str) -> str:
    """The text with its first letter in lower case, for use inside a sentence."""
    return name[:1].lower() + name[1:]


def list_alternative(view: View, subtitle: str, rows: Sequence[DotRow]) -> str:
    """The text alternative of a figure of rows."""
    _ = view.translate
    said = [
        f"{row.label} {mark.label} {mark.point.said}".replace("  ", " ")
        for row in rows
        for mark in row.marks
    ]
    return _("Grafiek: {what}. {values}.").format(what=subtitle, values="; ".join(said))


def line_alternative(view: View, subtitle: str, lines: Sequence[Line]) -> str:
    """The text alternative of a figure of lines."""
    _ = view.translate
    ends = [f"{line.label}: {last.said}" for line in lines if (last := line.points[-1]) is not None]
    return _("Grafiek: {what}. Laatste waarde {ends}. Alle waarden staan in de tabel.").format(
        what=subtitle, ends="; ".join(ends)
    )


def dot_block(
    view: View,
    rows: Sequence[DotRow],
    *,
    title: str,
    subtitle: str,
    under: Component,
    guides: Sequence[Guide] = (),
    remark: Component | None = None,
    missing: Component | None = None,
) -> Component:
    """A dot plot with a remark, its tools, and what is ``missing`` from it by the plan."""
    drawing = chart_rows.dots(rows, view.style, guides=guides)
    return block(
        title,
        figure(drawing, list_alternative(view, subtitle, rows)),
        remark,
        under,
        missing,
        subtitle=subtitle,
    )


def unplanned_bands(
    view: View, cells: Cells, metric: str, bands: Sequence[str], path: str
) -> Component | None:
    """Says which of some scale groups the plan lacks for the chosen unit, and where they are.

    Args:
        view: the view.
        cells: the page's cells.
        metric: a share or rate.
        bands: scale groups, of which the plan has at least one here.
        path: address of the page, for the link to the nearest published unit.
    """
    missing = [band for band in bands if not cells.series(metric, view.filters.unit, band)]
    if not missing:
        return None
    what = f"{view.metric(metric)} {', '.join(view.band(band) for band in missing)}"
    return unavailable(view, path, what, nearest(cells, [metric], view.ancestors, missing[0]))


def lead_sentence(view: View, cells: Cells) -> str:
    """The sentence under a page title: who, which group, how many, when."""
    _ = view.translate
    return _("{unit}, {group}, {people} medewerkers op {date}.").format(
        unit=view.unit,
        group=lower(view.group),
        people=people(view, cells),
        date=date_text(view.day, view.lang),
    )


def people(view: View, cells: Cells) -> str:
    """The head count of the unit as text, empty where there is none."""
    row = cells.get("headcount", view.filters.unit, view.filters.period, ALL, EVERYBODY)
    return number(row["value"], view.lang) if row is not None and published(row) else ""
