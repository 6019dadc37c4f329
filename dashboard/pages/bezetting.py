"""Bezetting: who is where."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard import text
from dashboard.block_target import FIGURES
from dashboard.block_trend import stock_trend
from dashboard.block_units import bands_shown, units_dots, units_shown
from dashboard.blocks import dot_block, lead_sentence, lower, target_guide, unplanned_bands
from dashboard.cells import ALL, NO, YES, Cells, Row, nearest
from dashboard.charts import DotRow, Mark
from dashboard.components import (
    Column,
    Download,
    block,
    data_table,
    dated_text,
    margin_cell,
    mark_point,
    note,
    page_heading,
    tools,
    unavailable,
    value_cell,
)
from dashboard.i18n import N_
from dashboard.view import View

PATH = "/bezetting"
TITLE = N_("Bezetting")
SECTION = ""
SECOND = "gender"
"""The attribute that the followed one is crossed with, where the plan has it."""

SPREAD = ("blau", "duncan")
"""Indices of spread: blind to direction, so a note in the block of groups and never a title."""
MAJORITY = 50.0
"""A group above this percentage is in the table only: it would press the others together."""

Labelled = list[tuple[str, Row, str]]
"""Label, cell and colour hue of the rows of a block."""


def layout(view: View) -> Component:
    """Share by band, trend, units, single scales, groups, intersection."""
    _ = view.translate
    wanted = ["headcount", "share", "gap", *SPREAD, *FIGURES]
    cells = view.cells(wanted, categories=None, attribute2=None)
    bands = _by_band(view, cells, "fine") or _by_band(view, cells, "main")
    lead = lead_sentence(view, cells)
    if not bands:
        where = nearest(cells, ["share"], view.ancestors, view.low)
        what = _("Het aandeel per schaalgroep")
        return html.Div([page_heading(view.unit, lead), unavailable(view, PATH, what, where)])
    title = text.title_bands([(label, row) for label, row, _hue in bands], view.lang)
    left = [_bands(view, cells, bands, title), _singles(view, cells), _intersection(view, cells)]
    right = [stock_trend(view, cells, PATH), _units(view, cells), _groups(view, cells)]
    columns = [
        html.Div([each for each in side if each is not None], className="stack")
        for side in (left, right)
    ]
    return html.Div([page_heading(title, lead), html.Div(columns, className="row row-even")])


def _by_band(view: View, cells: Cells, partition: str) -> Labelled:
    unit, code = view.filters.unit, view.filters.period
    return [
        (view.band(band), row, view.hue(band))
        for band in view.bands(partition)
        if (row := cells.get("share", unit, code, band))
    ]


def _rows(labelled: Labelled, view: View) -> list[DotRow]:
    return [DotRow(label, [Mark(mark_point(view, row), hue)]) for label, row, hue in labelled]


def _share_block(
    view: View,
    labelled: Labelled,
    *,
    title: str,
    subtitle: str,
    head: str,
    categories: list[str],
    image: str,
    groups: bool = False,
    missing: Component | None = None,
    more: Sequence[str] = (),
) -> Component:
    """Shares as dots with their table and files; ``more``: other metrics that are told in it."""
    _ = view.translate
    columns = [Column(head), Column(_("Aandeel"), True), Column(_("95%-marge"), True)]
    rows = [[label, value_cell(view, row), margin_cell(view, row)] for label, row, _t in labelled]
    download = Download(
        ["share", *more], [view.filters.unit], [view.filters.period],
        list(dict.fromkeys(row["scale_group"] for _label, row, _hue in labelled)), categories,
    )  # fmt: skip
    under = tools(
        view, table=data_table(columns, rows, subtitle), download=download, image=image,
        metrics=["share", *more],
    )  # fmt: skip
    minor = [each for each in labelled if (each[1]["value"] or 0) <= MAJORITY]
    drawn = _rows(minor if groups and minor else labelled, view)
    return dot_block(view, drawn, title=title, subtitle=subtitle, under=under, missing=missing)


def _bands(view: View, cells: Cells, bands: Labelled, title: str) -> Component:
    _ = view.translate
    subtitle = _("Aandeel {group} per schaalgroep, met 95%-marge").format(group=lower(view.group))
    title = _("Het aandeel per schaalgroep") if len(bands) > 1 else title
    return _share_block(
        view,
        bands,
        title=title,
        subtitle=subtitle,
        head=_("Schaalgroep"),
        image="bands",
        categories=[YES],
        missing=unplanned_bands(view, cells, "share", _fine_bands(view, cells), PATH),
    )


def _fine_bands(view: View, cells: Cells) -> list[str]:
    """The fine bands where the plan has some of them; the trend speaks of the main ones."""
    return view.bands("fine") if _by_band(view, cells, "fine") else []


def _singles(view: View, cells: Cells) -> Component | None:
    _ = view.translate
    singles = _by_band(view, cells, "single")
    if not singles:
        return None
    return _share_block(
        view,
        singles,
        title=text.title_bands([(label, row) for label, row, _hue in singles], view.lang),
        subtitle=_("Aandeel {group} in elke schaal, met 95%-marge").format(group=lower(view.group)),
        head=_("Schaal"),
        image="scales",
        categories=[YES],
    )


def _units(view: View, cells: Cells) -> Component:
    _ = view.translate
    shown = bands_shown(view, cells, units_shown(view))
    band, hue = shown[-1] if shown else (view.low, "low")
    guide = target_guide(view, "share", band, hue)
    subtitle = _("Aandeel {group} {band}, met 95%-marge").format(
        group=lower(view.group), band=view.band(band)
    )
    return units_dots(
        view,
        cells,
        "share",
        band,
        dict.fromkeys([*units_shown(view), view.filters.unit], view.filters.period),
        hue=hue,
        subtitle=subtitle,
        path=PATH,
        guides=[guide] if guide else (),
    )


def _groups(view: View, cells: Cells) -> Component | None:
    """The finer groups of the attribute, where the plan has them for this unit."""
    _ = view.translate
    unit, code = view.filters.unit, view.filters.period
    labelled = [
        (view.label(view.filters.attribute, category), row, "group")
        for partition in ("groups", "leaves")
        for category in view.categories(partition)
        if (row := cells.get("share", unit, code, ALL, category))
    ]
    if not labelled:
        return None
    said = _spread(view, cells)
    labelled.sort(key=lambda item: (item[1]["value"] is None, -(item[1]["value"] or 0), item[0]))
    return _share_block(
        view,
        labelled,
        title=_("Naar groep"),
        subtitle=_("Aandeel in alle schalen, met 95%-marge"),
        head=_("Groep"),
        image="groups",
        categories=["", YES, *(row["category"] for _label, row, _hue in labelled)],
        groups=True,
        missing=note(said) if said else None,
        more=SPREAD if said else (),
    )


def _spread(view: View, cells: Cells) -> str:
    """The indices of spread that the publication has here, in one sentence; or nothing."""
    _ = view.translate
    unit, code = view.filters.unit, view.filters.period
    found = (cells.get("blau", unit, code, ALL, ""), cells.get("duncan", unit, code))
    told = [
        f"{view.metric(row['metric'])}: {dated_text(view, row)}" for row in found if row is not None
    ]
    if not told:
        return ""
    return _("{values}. Deze maten hebben geen richting: zie de definitie.").format(
        values="; ".join(told)
    )


def _intersection(view: View, cells: Cells) -> Component | None:
    """The followed group by a second attribute: head counts, planned for the top only."""
    _ = view.translate
    unit, code = view.filters.unit, view.filters.period
    counts = {
        (first, second): cells.get("headcount", unit, code, ALL, first, (SECOND, second))
        for first in (YES, NO)
        for second in (YES, NO)
    }
    if not any(counts.values()):
        return None
    columns = [Column(view.label("attribute", view.filters.attribute))]
    columns += [Column(view.label(SECOND, second), True) for second in (YES, NO)]
    rows = [
        [view.label(view.filters.attribute, first)]
        + [value_cell(view, counts[first, second]) for second in (YES, NO)]
        for first in (YES, NO)
    ]
    title = _("{first} en {second}").format(
        first=view.label("attribute", view.filters.attribute),
        second=lower(view.label("attribute", SECOND)),
    )
    return block(
        title,
        data_table(columns, rows, label=title),
        tools(
            view,
            download=Download(["headcount"], [unit], [code], [ALL], [YES, NO], SECOND),
            metrics=["headcount"],
        ),
        subtitle=_("Medewerkers in alle schalen, afgerond"),
    )
