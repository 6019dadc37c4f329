"""The chain of shares: the group's part of the stock and of every flow, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dash.development.base_component import Component

from dashboard import text
from dashboard.blocks import dot_block, guide_text, lower
from dashboard.cells import ALL, YES, Cells, Row, published
from dashboard.charts import DotRow, Guide, Mark
from dashboard.components import (
    Column,
    Download,
    data_table,
    margin_cell,
    mark_point,
    tools,
    value_cell,
)
from dashboard.formats import date_text, period
from dashboard.view import View

FROM_INFLOW = ("inflow", "stock_low", "promotion", "crossing", "stock_high", "exit")
FROM_STOCK = ("stock_low", "inflow", "promotion", "crossing", "stock_high", "exit")
FIGURE: dict[tuple[str, ...], str] = {FROM_STOCK: "chain", FROM_INFLOW: "chain-from-inflow"}
"""Order -> the name of the figure in the address of its picture."""


@dataclass(frozen=True)
class Step:
    """One step of the chain that the plan has for the unit."""

    key: str
    label: str
    row: Row
    hue: str


def chain_steps(view: View, cells: Cells, order: Sequence[str]) -> list[Step]:
    """The steps in ``order``; of a flow the latest period with a number, else the latest one."""
    _ = view.translate
    low, high = view.low, view.high
    found = {
        "inflow": (_("Instroom"), _flow(view, cells, "inflow_share", ALL), "others"),
        "stock_low": (_("Bezetting {band}"), _stock(view, cells, low), "low"),
        "promotion": (_("Promotie {band}"), _flow(view, cells, "promotion_share", low), "low"),
        "crossing": (view.metric("crossing"), _flow(view, cells, "crossing_share", low), "high"),
        "stock_high": (_("Bezetting {band}"), _stock(view, cells, high), "high"),
        "exit": (_("Uitstroom"), _flow(view, cells, "exit_share", ALL), "others"),
    }
    bands = {"stock_high": high}
    return [
        Step(key, label.format(band=view.band(bands.get(key, low))), row, hue)
        for key in order
        for label, row, hue in (found[key],)
        if row is not None
    ]


def chain_title(steps: Sequence[Step], lang: str) -> str:
    """In which step the group is lost."""
    return text.title_chain([(step.key, step.label, step.row) for step in steps], lang)


def chain_subtitle(view: View, steps: Sequence[Step]) -> str:
    """What is drawn, and over which periods."""
    _ = view.translate
    return _("Aandeel {group} in elke stap ({periods}), met 95%-marge").format(
        group=lower(view.group), periods=", ".join(_periods(view, steps))
    )


def _stock(view: View, cells: Cells, band: str) -> Row | None:
    return cells.get("share", view.filters.unit, view.filters.period, band)


def _flow(view: View, cells: Cells, metric: str, band: str) -> Row | None:
    unit = view.filters.unit
    return cells.get(metric, unit, cells.shown_period(metric, unit, view.day, band), band)


def chain_block(view: View, cells: Cells, order: tuple[str, ...]) -> Component:
    """The steps as dots with their intervals, their table and files.

    Args:
        view: the view.
        cells: cells with ``share`` and the shares of the flows; at least one step.
        order: ``FROM_INFLOW`` or ``FROM_STOCK``.
    """
    _ = view.translate
    steps = chain_steps(view, cells, order)
    subtitle = chain_subtitle(view, steps)
    drawn = [DotRow(step.label, [Mark(mark_point(view, step.row), step.hue)]) for step in steps]
    benchmark = view.reference("benchmark", "inflow_share")
    return dot_block(
        view,
        drawn,
        title=chain_title(steps, view.lang),
        subtitle=subtitle,
        under=_tools(view, steps, subtitle, benchmark, FIGURE[order]),
        guides=[Guide(benchmark["value"], guide_text(view, benchmark))] if benchmark else [],
    )


def _tools(
    view: View, steps: Sequence[Step], caption: str, benchmark: Row | None, image: str
) -> Component:
    _ = view.translate
    columns = [Column(_("Stap")), Column(_("Periode")), Column(_("Aandeel"), True)]
    columns.append(Column(_("95%-marge"), True))
    rows = [
        [
            step.label,
            step_period(view, step.row),
            value_cell(view, step.row),
            margin_cell(view, step.row),
        ]
        for step in steps
    ]
    metrics = list(dict.fromkeys(step.row["metric"] for step in steps))
    download = Download(
        metrics,
        [view.filters.unit],
        list(dict.fromkeys(step.row["period"] for step in steps)),
        [ALL, view.low, view.high],
        [YES],
    )
    return tools(
        view, table=data_table(columns, rows, caption), download=download, image=image,
        metrics=metrics, references=[benchmark] if benchmark else [],
    )  # fmt: skip


def step_period(view: View, row: Row) -> str:
    """The reference date or the period of a step."""
    return period(row["period"], view.lang, stock=row["period"] in view.periods)


def _periods(view: View, steps: Sequence[Step]) -> list[str]:
    """The flow periods of the steps, each once."""
    rows = [step.row for step in steps]
    flows = [row["period"] for row in rows if row["metric"] != "share" and published(row)]
    return [period(code, view.lang) for code in dict.fromkeys(flows)] or [
        date_text(view.day, view.lang)
    ]
