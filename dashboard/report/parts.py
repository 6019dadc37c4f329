"""Blocks that several sections of the paper are made of: rows, ratios, lines over time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dashboard import text, text_adjusted
from dashboard.block_adjusted import adjusted_metrics
from dashboard.block_parity import parity_words, tested_words
from dashboard.cells import ALL, Cells, Row, nearest
from dashboard.compare import excludes
from dashboard.formats import period, period_end, short_period
from dashboard.report.paper import (
    Block,
    Chart,
    Column,
    Entry,
    Line,
    Section,
    Series,
    alternative,
    chart_notes,
    margin,
    spot,
    table,
    value,
    words,
)
from dashboard.view import View

Labelled = Sequence[tuple[str, Row]]
Wanted = tuple[str, str, str, str, str]
"""Metric, scale group, category, hue and label of one line."""


def unavailable(view: View, what: str, cells: Cells, metric: str, band: str = ALL) -> str:
    """Says that something is not published here, and the nearest unit for which it is."""
    _ = view.translate
    pattern = _("{what} wordt voor {unit} niet gepubliceerd: het staat niet in het publicatieplan.")
    said = pattern.format(what=what, unit=view.unit)
    near = nearest(cells, [metric], view.ancestors, band)
    if not near or near == view.filters.unit:
        return said
    return f"{said} {_('Het dichtstbij gepubliceerd: ')}{view.label('unit', near)}."


def nothing(view: View, name: str, what: str, cells: Cells, metric: str) -> Section:
    """A section that is not published for the unit."""
    return Section(name, view.unit, notices=[unavailable(view, what, cells, metric)])


def share_rows(
    view: View,
    labelled: Sequence[tuple[str, Row | None, str]],
    *,
    title: str,
    subtitle: str,
    head: str,
    line: Line | None = None,
) -> Block:
    """Shares with their intervals, a row each; label, cell and hue, each row in its own colour."""
    _ = view.translate
    names = [label for label, _row, _hue in labelled]
    hues = list(dict.fromkeys(hue for _l, _row, hue in labelled))
    gone = spot(view, None)
    series = [
        Series(
            _("Aandeel"),
            hue,
            [spot(view, row) if own == hue else gone for _label, row, own in labelled],
        )
        for hue in hues
    ]
    rows = [[words(label), value(view, row), margin(view, row)] for label, row, _hue in labelled]
    said = alternative(
        view, subtitle, names, [Series("", "", [spot(view, row) for _l, row, _h in labelled])]
    )
    columns: list[Column] = [(head, False), _("Aandeel"), _("95%-marge")]
    chart = Chart("bars", said, names, series, line=line)
    return Block(title, subtitle, chart, table(subtitle, columns, rows))


def ratio_block(
    view: View,
    labelled: Labelled,
    *,
    title: str,
    subtitle: str,
    said: Callable[[Row], str],
    notes: Sequence[str] = (),
) -> Block:
    """Ratios around equal (1): in the colour of the group where more than chance.

    Args:
        view: the view.
        labelled: label and ratio of each row.
        title: title of the block.
        subtitle: what the rows are and when.
        said: the outcome of a ratio in words.
        notes: remarks under the table.
    """
    _ = view.translate
    names = [label for label, _row in labelled]
    gone = spot(view, None)
    sure = [excludes(row, 1) for _label, row in labelled]
    sides = ((_("meer dan toeval"), "group", True), (_("kan toeval zijn"), "others", False))
    series = [
        Series(
            name,
            hue,
            [
                spot(view, row) if own == wanted else gone
                for (_l, row), own in zip(labelled, sure, strict=True)
            ],
            hollow=not wanted,
        )
        for name, hue, wanted in sides
    ]
    rows = [
        [words(label), value(view, row), margin(view, row), words(said(row))]
        for label, row in labelled
    ]
    alt = alternative(
        view, subtitle, names, [Series("", "", [spot(view, row) for _l, row in labelled])]
    )
    columns: list[Column] = [
        (_("Vergelijking"), False),
        _("Verhouding"),
        _("95%-marge"),
        (_("Toets"), False),
    ]
    chart = Chart("ratios", alt, names, series, unit="×")
    return Block(title, subtitle, chart, table(subtitle, columns, rows), notes)


def parity_block(
    view: View, cells: Cells, labelled: Labelled, title: str, notes: Sequence[str] = ()
) -> Block:
    """Rates of the group by those of the others."""
    _ = view.translate
    codes = dict.fromkeys(row["period"] for _label, row in labelled)
    subtitle = _("Kans gedeeld door die van anderen ({periods}), met 95%-marge").format(
        periods=", ".join(period(code, view.lang) for code in codes)
    )
    return ratio_block(
        view,
        labelled,
        title=title,
        subtitle=subtitle,
        said=lambda row: tested_words(view, cells, row),
        notes=notes,
    )


def adjusted_block(view: View, cells: Cells, stem: str) -> Block | None:
    """The comparison without and with correction for scale; None where it is not planned."""
    _ = view.translate
    unit, within = view.filters.unit, f"{stem}_adjusted"
    code = cells.flow_period(within, unit, view.day)
    crude, row, standardised, _test, left_out = (
        cells.get(metric, unit, code) for metric in adjusted_metrics(stem)
    )
    if row is None:
        return None
    named = [
        (_("Odds ratio, zonder correctie"), crude),
        (_("Odds ratio, binnen schalen"), row),
        (_("Kans, bij gelijke schalen"), standardised),
    ]
    said = text_adjusted.remains(crude, row, left_out, view.lang)
    return ratio_block(
        view,
        [(label, each) for label, each in named if each is not None],
        title=text_adjusted.title_adjusted(crude, row, view.lang),
        subtitle=_(
            "Tegenover anderen ({period}), zonder en met correctie voor schaal, met 95%-marge"
        ).format(period=period(row["period"], view.lang)),
        said=lambda each: parity_words(view, each),
        notes=[said] if said else [],
    )


def flow_block(  # noqa: PLR0917  (the parts of one block)
    view: View,
    cells: Cells,
    wanted: Sequence[Wanted],
    subject: str,
    subtitle: str,
    line: Line | None = None,
) -> Block | None:
    """A flow by year or block, the first series giving the title; None where none has ended."""
    _ = view.translate
    unit = view.filters.unit
    metric, band, category, _hue, _label = wanted[0]
    codes = [
        code
        for code in cells.flow_periods(metric, unit, band, category)
        if period_end(code) <= view.day
    ]
    if not codes:
        return None
    found = [cells.series(w[0], unit, w[1], w[2]) for w in wanted]
    names = [short_period(code, view.lang) for code in codes]
    series = [
        Series(each[4], each[3], [spot(view, rows.get(code)) for code in codes])
        for each, rows in zip(wanted, found, strict=True)
    ]
    rows = [
        [words(name), *(entry for rows in found for entry in _two(view, rows.get(code)))]
        for name, code in zip(names, codes, strict=True)
    ]
    columns: list[Column] = [(_("Periode"), False)]
    for each in wanted:
        columns += [each[4], _("95%-marge")]
    title = text.title_series(found[0][codes[0]], found[0][codes[-1]], subject, view.lang)
    chart = Chart("trend", alternative(view, subtitle, names, series), names, series, line=line)
    drawn = chart if len(codes) > 1 else None
    notes = chart_notes(view, chart) if drawn else []
    return Block(title, subtitle, drawn, table(subtitle, columns, rows), notes)


def _two(view: View, row: Row | None) -> tuple[Entry, Entry]:
    return value(view, row), margin(view, row)


def rates(view: View, cells: Cells, metric: str, subject: str, subtitle: str) -> Block | None:
    """The rate of the group beside that of the others, over time."""
    wanted = [
        (metric, ALL, "yes", "group", view.group),
        (metric, ALL, "no", "others", view.others),
    ]
    return flow_block(view, cells, wanted, subject, subtitle)
