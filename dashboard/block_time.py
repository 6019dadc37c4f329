"""Time to promotion: which part is promoted after so many whole years in one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dash.development.base_component import Component

from dashboard import chart_curve, text_time
from dashboard.blocks import lower
from dashboard.cells import ALL, NO, YES, Cells, Row, nearest
from dashboard.charts import Line, Point
from dashboard.components import (
    Cell,
    Column,
    Download,
    block,
    data_table,
    figure,
    margin_cell,
    note,
    notice,
    point,
    tools,
    unavailable,
    value_cell,
)
from dashboard.formats import period, period_end
from dashboard.view import View

WITHIN, GAP, MEDIAN = "promoted_within", "promoted_within_gap", "promotion_median"
TIME_METRICS = (WITHIN, GAP, MEDIAN)
Year = tuple[Row | None, Row | None, Row | None]
"""Of one year the part of the group that is promoted, of the others, and the difference."""
COUNTS = ("spell_at_risk", "spell_promoted", "spell_lost")
"""What the curves are computed from: in the files, not on the page."""


@dataclass(frozen=True)
class Curves:
    """What is published of one period: its years in order, and both medians."""

    code: str
    names: Sequence[str]
    years: Sequence[Year]
    medians: tuple[Row | None, Row | None]


def time_block(view: View, cells: Cells, path: str) -> Component | None:
    """Both curves with their bounds, what they tell, and how far they reach.

    None where the publication is one of before them.

    Args:
        view: the view.
        cells: cells with ``TIME_METRICS``.
        path: address of the page, for the link to the nearest published unit.
    """
    _ = view.translate
    if not view.bands("years"):
        return None
    found = _curves(view, cells)
    if found is None or not found.years:
        return block(_("Tijd tot promotie"), _missing(view, cells, path))
    subtitle = _(
        "Deel dat is gepromoveerd, naar hele jaren in dezelfde schaal ({period}), met 95%-marge"
    ).format(period=period(found.code, view.lang))
    metrics = [*TIME_METRICS, *COUNTS]
    unit = view.filters.unit
    download = Download(metrics, [unit], [found.code], [ALL, *found.names], [YES, NO])
    said = [
        text_time.medians(*found.medians, view.lang),
        text_time.reach(found.years, _length(found.code), view.lang),
    ]
    return block(
        text_time.title_time(found.years, view.lang),
        _figure(view, found, subtitle),
        note(" ".join(filter(None, said))),
        tools(
            view,
            table=_table(view, found, subtitle),
            download=download,
            image="time",
            metrics=TIME_METRICS,
        ),
        subtitle=subtitle,
    )


def _missing(view: View, cells: Cells, path: str) -> Component:
    """Why there is no curve: not here, or not yet."""
    _ = view.translate
    where = nearest(cells, [MEDIAN], view.ancestors, ALL)
    if where or view.ancestors:
        what = _("De tijd tot promotie van {group}").format(group=lower(view.group))
        return unavailable(view, path, what, where)
    return notice(_("De tijd tot promotie volgt zodra een heel tijdvak van jaren voorbij is."))


def _curves(view: View, cells: Cells) -> Curves | None:
    unit = view.filters.unit
    code = cells.flow_period(MEDIAN, unit, view.day)
    if code is None:
        return None
    names, years = [], []
    for name in view.bands("years"):
        yes, no = (cells.get(WITHIN, unit, code, name, group) for group in (YES, NO))
        if yes is None and no is None:
            break
        names.append(name)
        years.append((yes, no, cells.get(GAP, unit, code, name)))
    both = (cells.get(MEDIAN, unit, code), cells.get(MEDIAN, unit, code, ALL, NO))
    return Curves(code, names, years, both)


def _length(code: str) -> int:
    """How many years a period has."""
    return period_end(code).year - int(code[:4]) + 1


def _figure(view: View, found: Curves, subtitle: str) -> Component:
    _ = view.translate
    begin = Point(0.0, text="0%")
    lines = [
        Line(label, hue, [begin, *(point(view, year[at]) for year in found.years)])
        for at, label, hue in ((1, view.others, "others"), (0, view.group, "group"))
    ]
    drawing = chart_curve.curves(_axis(view, len(found.years)), lines, view.style)
    ends = [
        f"{line.label}: " + ", ".join(each.said for each in line.points[1:] if each is not None)
        for line in lines
    ]
    said = _("Grafiek: {what}. Na elk jaar {ends}.").format(what=subtitle, ends="; ".join(ends))
    return figure(drawing, said)


def _axis(view: View, years: int) -> list[str]:
    _ = view.translate
    if view.style.narrow:
        return [_("{number} jr").format(number=n) for n in range(years + 1)]
    return [_("begin"), *(_("na {number} jaar").format(number=n) for n in range(1, years + 1))]


def _table(view: View, found: Curves, caption: str) -> Component:
    _ = view.translate
    columns = [Column(_("In dezelfde schaal"))]
    for label in (view.group, view.others, _("Verschil")):
        columns += [Column(label, True), Column(_("95%-marge"), True)]
    rows: list[list[Cell]] = [
        [_("na {number} jaar").format(number=number), *_cells(view, year)]
        for number, year in enumerate(found.years, 1)
    ]
    rows.append([_("Mediaan"), *_cells(view, found.medians), "", ""])
    return data_table(columns, rows, caption)


def _cells(view: View, rows: Sequence[Row | None]) -> list[Cell]:
    return [each for row in rows for each in (value_cell(view, row), margin_cell(view, row))]
