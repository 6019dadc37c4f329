"""The figures for the board: on Overzicht, and on the first sheet of the board paper."""

from __future__ import annotations

from dashboard.block_target import FIGURES, target_lines
from dashboard.blocks import guide_text
from dashboard.cards import Card
from dashboard.cells import ALL, YES, Cells, Row
from dashboard.components import dated_text
from dashboard.exit_answers import SAFETY
from dashboard.findings import Finding, findings
from dashboard.formats import period
from dashboard.view import View

METRICS = (
    *("headcount", "share", "gap", "ratio", "inflow_share", "exit_share"),
    *("promotion_share", "promotion_parity", "promotion_adjusted"),
    *("crossing_share", "crossing_parity", "exit_parity", "exit_adjusted"),
    *FIGURES,
)


def board_cells(view: View) -> Cells:
    """The one query behind the figures, the trend and the findings."""
    groups = [ALL, view.low, view.high]
    wanted = (*METRICS, "exit_score")
    return view.cells(wanted, scale_groups=groups, categories=["", YES], questions=[SAFETY])


def stock_share(view: View, cells: Cells, band: str) -> Row | None:
    """The share in a scale band on the reference date."""
    return cells.get("share", view.filters.unit, view.filters.period, band)


def _flow(view: View, cells: Cells, metric: str, band: str = ALL) -> Row | None:
    unit = view.filters.unit
    return cells.get(metric, unit, cells.shown_period(metric, unit, view.day, band), band)


def board_cards(view: View, cells: Cells) -> list[Card]:
    """The figures for the board; a figure that is not in the plan has no cell."""
    _ = view.translate
    unit, code = view.filters.unit, view.filters.period
    ratio = dated_text(view, cells.get("ratio", unit, code))
    inflow = _flow(view, cells, "inflow_share")
    crossing = _flow(view, cells, "crossing_parity", view.low)
    promotion = _flow(view, cells, "promotion_parity")
    leaving = _flow(view, cells, "exit_parity")
    asked = cells.flow_period("exit_score", unit, view.day, ALL, "")
    score = cells.get("exit_score", unit, asked, ALL, "")
    chance = crossing or promotion
    step = _("Kans op doorbraak, vergeleken") if crossing else _("Kans op promotie, vergeleken")
    return [
        Card(
            _("Aandeel {band}").format(band=view.band(view.low)),
            stock_share(view, cells, view.low), "low", target_lines(view, cells, view.low),
        ),
        Card(
            _("Aandeel {band}").format(band=view.band(view.high)),
            stock_share(view, cells, view.high), "high", target_lines(view, cells, view.high),
        ),
        Card(
            _("Verschil in punten"), cells.get("gap", unit, code), "ink",
            _("verhouding {ratio}").format(ratio=ratio),
        ),
        Card(_("Aandeel in de instroom"), inflow, "ink", _foot(view, inflow, benchmark=True)),
        Card(step, chance, "ink", _foot(view, chance)),
        Card(_("Kans op vertrek, vergeleken"), leaving, "ink", _foot(view, leaving)),
        Card(_("Sociale veiligheid, score van vertrekkers"), score, "ink", _foot(view, score)),
    ]  # fmt: skip


def _foot(view: View, row: Row | None, *, benchmark: bool = False) -> str:
    """The period of a flow and what it is measured against."""
    _ = view.translate
    if row is None:
        return ""
    code = period(row["period"], view.lang)
    reference = view.reference("benchmark", row["metric"]) if benchmark else None
    if reference:
        return f"{code} · {guide_text(view, reference)}"
    if row["metric"].endswith("_parity"):
        return _("{period} · gelijk = 1").format(period=code)
    return code


def attention(view: View, cells: Cells) -> list[Finding]:
    """What asks for attention in the chosen unit, for the followed group."""
    unit, attribute = view.filters.unit, view.filters.attribute
    mine = {"unit": unit, "attribute": attribute, "category": YES}
    return findings(
        view.mart.findings().filter(**mine),
        cells.frame.filter(**mine),
        view.mart.references(),
        view.lang,
        high=(view.high, view.band(view.high)),
    )
