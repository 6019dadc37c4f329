"""A difference without and with correction for scale, side by side."""

from __future__ import annotations

from collections.abc import Sequence

from dash.development.base_component import Component

from dashboard import chart_rows, text_adjusted
from dashboard.block_parity import parity_words, ratio_row
from dashboard.blocks import list_alternative, lower
from dashboard.cells import ALL, YES, Cells, Row, nearest, published
from dashboard.components import (
    Cell,
    Column,
    Download,
    block,
    data_table,
    figure,
    margin_cell,
    note,
    tools,
    unavailable,
    value_cell,
)
from dashboard.formats import period
from dashboard.view import View

STATISTICS = ("odds", "adjusted", "standardised", "adjusted_p", "left_out")
"""What belongs to one comparison within scale groups, after the name of the flow."""


def adjusted_metrics(stem: str) -> tuple[str, ...]:
    """The metrics of the block: ``promotion`` or ``exit``."""
    return tuple(f"{stem}_{statistic}" for statistic in STATISTICS)


def adjusted_block(view: View, cells: Cells, stem: str, path: str) -> Component:
    """Odds ratios without and with correction, the standardised ratio, the test, what remains.

    Args:
        view: the view.
        cells: cells with the metrics of ``adjusted_metrics``.
        stem: ``promotion`` or ``exit``.
        path: address of the page, for the link to the nearest published unit.
    """
    _ = view.translate
    unit, within = view.filters.unit, f"{stem}_adjusted"
    code = cells.flow_period(within, unit, view.day)
    crude, row, standardised, test, left_out = (
        cells.get(metric, unit, code) for metric in adjusted_metrics(stem)
    )
    if row is None:
        what = _("De vergelijking binnen schaalgroepen voor {group}")
        where = nearest(cells, [within], view.ancestors, ALL)
        missing = unavailable(view, path, what.format(group=lower(view.group)), where)
        return block(_("Na correctie voor schaal"), missing)
    named = [
        (_("Odds ratio, zonder correctie"), crude),
        (_("Odds ratio, binnen schalen"), row),
        (_("Kans, bij gelijke schalen"), standardised),
    ]
    shown = [(label, each) for label, each in named if each is not None]
    return _block(view, stem, shown, test, text_adjusted.remains(crude, row, left_out, view.lang))


def _block(
    view: View, stem: str, named: Sequence[tuple[str, Row]], test: Row | None, said: str
) -> Component:
    _ = view.translate
    crude, within = named[0][1], named[1][1]
    subtitle = _(
        "Tegenover anderen ({period}), zonder en met correctie voor schaal, met 95%-marge"
    ).format(period=period(within["period"], view.lang))
    rows = [ratio_row(view, label, row) for label, row in named]
    metrics = adjusted_metrics(stem)
    download = Download(metrics, [within["unit"]], [within["period"]], [ALL], [YES])
    drawing = figure(chart_rows.ratios(rows, view.style), list_alternative(view, subtitle, rows))
    return block(
        text_adjusted.title_adjusted(crude, within, view.lang),
        drawing,
        note(said) if said else None,
        tools(
            view,
            table=_table(view, named, test, subtitle),
            download=download,
            image="adjusted",
            metrics=metrics,
        ),
        subtitle=subtitle,
    )


def _table(
    view: View, named: Sequence[tuple[str, Row]], test: Row | None, caption: str
) -> Component:
    _ = view.translate
    columns = [
        Column(_("Vergelijking")),
        Column(_("Verhouding"), True),
        Column(_("95%-marge"), True),
        Column(_("Toets")),
        Column(_("p-waarde"), True),
    ]
    rows: list[list[Cell]] = [
        [
            label,
            value_cell(view, row),
            margin_cell(view, row),
            parity_words(view, row),
            value_cell(view, test)
            if row["metric"].endswith("_adjusted") and published(row)
            else "",
        ]
        for label, row in named
    ]
    return data_table(columns, rows, caption)
