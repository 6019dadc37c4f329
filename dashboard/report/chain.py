"""Keten and Doelen in the paper: where the share is lost, and how far the targets are."""

from __future__ import annotations

from dashboard import text
from dashboard.block_chain import (
    FROM_STOCK,
    Step,
    chain_steps,
    chain_subtitle,
    chain_title,
    step_period,
)
from dashboard.block_change import (
    TERMS,
    TOTAL,
    Change,
    change_subtitle,
    change_title,
    latest_change,
    step_names,
    stock_label,
)
from dashboard.block_target import FIGURES, pace_words, target_figures, target_of
from dashboard.blocks import guide_text, lead_sentence, lower, main_bands
from dashboard.cells import ALL, YES, Cells, Row
from dashboard.findings import reference_words
from dashboard.report.paper import (
    Block,
    Chart,
    Column,
    Entry,
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
from dashboard.report.parts import nothing
from dashboard.text_target import distance_words, outlook
from dashboard.view import View

SHARES = ("share", "inflow_share", "promotion_share", "crossing_share", "exit_share")


def chain(view: View) -> Section:
    """The change in the share taken apart, and the chain of shares."""
    _ = view.translate
    name = _("Keten")
    cells = view.cells(
        ["headcount", *SHARES, TOTAL, *TERMS],
        scale_groups=[ALL, view.low, view.high],
        categories=["", YES],
        children=False,
    )
    steps = chain_steps(view, cells, FROM_STOCK)
    if not steps:
        what = _("De keten van {group}").format(group=lower(view.group))
        return nothing(view, name, what, cells, "share")
    blocks = [
        _change(view, latest_change(view, cells, band), band) for band in (ALL, view.low, view.high)
    ]
    return Section(
        name,
        chain_title(steps, view.lang),
        lead_sentence(view, cells),
        blocks=[_steps(view, steps), *(each for each in blocks if each is not None)],
    )


def _change(view: View, change: Change | None, band: str) -> Block | None:
    """The contributions of the steps drawn; the shares at both ends stand in the table."""
    _ = view.translate
    if change is None:
        return None
    named = step_names(view)
    drawn = [*((named[key], row) for key, row in change.terms), (_("Verandering"), change.total)]
    names = [label for label, _row in drawn]
    hue = "group" if band == ALL else view.hue(band)
    terms = [spot(view, row) for _label, row in drawn]
    gone = spot(view, None)
    series = [
        Series(_("bijdrage"), "others", [*terms[:-1], gone]),
        Series(_("verandering"), hue, [*(gone for _each in terms[:-1]), terms[-1]]),
    ]
    subtitle = change_subtitle(view, change)
    ends = [
        f"{stock_label(view, row)}: {spot(view, row).text}"
        for row in (change.start, change.end)
        if row is not None
    ]
    rows = [[words(label), value(view, row), margin(view, row)] for label, row in drawn]
    columns: list[Column] = [(_("Stap"), False), _("Bijdrage in punten"), _("95%-marge")]
    alt = alternative(view, subtitle, names, [Series("", "", terms)])
    return Block(
        change_title(view, change, band),
        subtitle,
        Chart("steps", alt, names, series, unit=""),
        table(subtitle, columns, rows),
        [_("Aandeel: {ends}.").format(ends="; ".join(ends).lower())] if ends else [],
    )


def _steps(view: View, steps: list[Step]) -> Block:
    _ = view.translate
    names = [step.label for step in steps]
    gone = spot(view, None)
    hues = list(dict.fromkeys(step.hue for step in steps))
    series = [
        Series(_("Aandeel"), hue, [spot(view, s.row) if s.hue == hue else gone for s in steps])
        for hue in hues
    ]
    subtitle = chain_subtitle(view, steps)
    rows = [
        [
            words(step.label),
            words(step_period(view, step.row)),
            value(view, step.row),
            margin(view, step.row),
        ]
        for step in steps
    ]
    columns: list[Column] = [
        (_("Stap"), False),
        (_("Periode"), False),
        _("Aandeel"),
        _("95%-marge"),
    ]
    market = view.reference("benchmark", "inflow_share")
    line = Line(market["value"], guide_text(view, market), "muted") if market else None
    every = [Series("", "", [spot(view, step.row) for step in steps])]
    alt = alternative(view, subtitle, names, every)
    chart = Chart("bars", alt, names, series, line=line)
    title = _("Het aandeel in elke stap")
    return Block(title, subtitle, chart, table(subtitle, columns, rows))


def targets(view: View) -> Section:
    """Every target of the unit and of those directly under it: distance, pace, outlook."""
    _ = view.translate
    cells = view.cells(["share", *FIGURES])
    name = _("Doelen")
    own = [(band, target) for band, _hue in main_bands(view) if (target := target_of(view, band))]
    rows = [row for unit in (view.filters.unit, *view.children) for row in _of(view, cells, unit)]
    if not own or not rows:
        told = _("Voor {unit} en {group} is geen streefcijfer vastgesteld.")
        said = told.format(unit=view.unit, group=lower(view.group))
        return Section(name, _("Geen streefcijfer"), blocks=[Block("", notes=[said])])
    band, target = own[-1]
    distance, _pace, _year = target_figures(view, cells, band)
    share = cells.get("share", view.filters.unit, view.filters.period, band)
    columns: list[Column] = [
        *((_("Onderdeel"), False), (_("Schaalgroep"), False), (_("Doel"), False)),
        *(_("Aandeel"), (_("Afstand"), False), _("Punt per jaar"), (_("Vooruitzicht"), False)),
    ]
    subtitle = _("Afstand tot het doel, het tempo tot nu toe en waar dat heen leidt")
    notes = [said for each, _t in own if (said := pace_words(view, cells, each))]
    return Section(
        name,
        _title(view, band, share, distance, target),
        blocks=[
            Block(_("Doelen en tempo"), subtitle, table=table(subtitle, columns, rows), notes=notes)
        ],
    )


def _title(view: View, band: str, share: Row | None, distance: Row | None, target: Row) -> str:
    """The share against the target of the highest band that has one."""
    _ = view.translate
    apart = distance_words(distance, view.lang)
    values = {
        "band": view.band(band),
        "value": spot(view, share).text,
        "target": reference_words(target, view.lang),
        "distance": apart,
    }
    pattern = (
        _("{band} is het aandeel {value}, tegenover {target}: {distance}")
        if apart
        else _("{band} is het aandeel {value}, tegenover {target}")
    )
    return text.capital(pattern.format(**values))


def _of(view: View, cells: Cells, unit: str) -> list[list[Entry]]:
    """A row for each main band of a unit that has a target of its own or of a unit above it."""
    here = View(view.mart, view.filters.but(unit=unit), view.style)
    found = []
    for band, _hue in main_bands(here):
        target = target_of(here, band)
        share = cells.get("share", unit, view.filters.period, band)
        if target is None or share is None:
            continue
        distance, pace, year = target_figures(here, cells, band)
        leads = outlook(pace, year, distance, view.lang)
        found.append(
            [
                words(here.unit),
                words(view.band(band)),
                words(guide_text(here, target)),
                value(view, share),
                words(distance_words(distance, view.lang)),
                value(view, pace),
                words(leads),
            ]
        )
    return found
