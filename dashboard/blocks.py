"""Blocks that more than one page shows: trend, units, groups compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboard import charts, text
from dashboard.cells import ALL, EVERYBODY, NO, YES, Cells, Row, nearest, published
from dashboard.charts import DotRow, Guide, Line, Mark, Point
from dashboard.components import (
    Cell,
    Column,
    Download,
    bar_cell,
    block,
    data_table,
    figure,
    margin_cell,
    note,
    point,
    tools,
    unavailable,
    value_cell,
)
from dashboard.formats import date_text, number, period, points, short_period
from dashboard.view import View

MOST_UNITS = 24
"""More rows than this are in the table only: a figure of them cannot be read."""


def main_bands(view: View) -> list[tuple[str, str]]:
    """(scale group, token) of the two main bands."""
    return [(view.low, "low"), (view.high, "high")]


def flow_name(code: str | None, view: View) -> str:
    """A flow period in words, empty without one."""
    return period(code, view.lang) if code else ""


def guide_text(view: View, reference: Row) -> str:
    """A target or benchmark as it is written at its line."""
    return str(reference[f"label_{view.lang}"])


def target_guide(view: View, metric: str, scale_group: str, token: str) -> Guide | None:
    """The target line of a share, or None."""
    target = view.reference("target", metric, scale_group)
    return Guide(target["value"], guide_text(view, target), token) if target else None


# --- share in the two main bands over time ------------------------------------------------------


def stock_trend(view: View, cells: Cells, path: str) -> Component:
    """The share in both main bands over time, with band, gap and target."""
    _ = view.translate
    unit, codes = view.filters.unit, view.periods
    series = {band: cells.series("share", unit, band) for band, _token in main_bands(view)}
    gaps = cells.series("gap", unit)
    subtitle = _("Aandeel {group}, per peildatum, met 95%-marge").format(group=lower(view.group))
    codes = [code for code in codes if any(code in rows for rows in series.values())]
    if not codes:
        where = nearest(cells, ["share"], view.ancestors, view.low)
        what = _("Het aandeel {group}").format(group=lower(view.group))
        return block(_("Aandeel door de tijd"), unavailable(view, path, what, where))
    lines = [
        Line(view.band(band), token, [point(view, series[band].get(code)) for code in codes])
        for band, token in main_bands(view)
    ]
    gap = gaps.get(codes[-1])
    shown = published(gap) and gap is not None
    bracket = points(gap["value"], gap["base"], view.lang, sign=False) if shown and gap else ""
    names = [period(code, view.lang, stock=True) for code in codes]
    drawing = charts.trend(
        names, lines, view.style, bracket=bracket,
        target=target_guide(view, "share", view.high, "high"),
    )  # fmt: skip
    columns = [Column(_("Peildatum"))]
    for band, _token in main_bands(view):
        columns += [Column(view.band(band), True), Column(_("95%-marge"), True)]
    columns.append(Column(_("Verschil"), True))
    rows = [_trend_row(view, code, series, gaps) for code in reversed(codes)]
    return block(
        text.title_trend(gaps.get(codes[0]), gap, view.lang),
        figure(drawing, _alternative(view, subtitle, lines)),
        tools(
            view,
            table=data_table(columns, rows, subtitle),
            download=Download(["share", "gap"], [unit], codes, [ALL, *series], [YES]),
            image=True,
            metrics=["share", "gap"],
        ),
        subtitle=subtitle,
    )


def _trend_row(
    view: View, code: str, series: dict[str, dict[str, Row]], gaps: dict[str, Row]
) -> list[Cell]:
    cells: list[Cell] = [period(code, view.lang, stock=True)]
    for rows in series.values():
        cells += [value_cell(view, rows.get(code)), margin_cell(view, rows.get(code))]
    return [*cells, value_cell(view, gaps.get(code))]


def _alternative(view: View, subtitle: str, lines: Sequence[Line]) -> str:
    _ = view.translate
    ends = [
        f"{line.label}: {last.text}" for line in lines if (last := line.points[-1]) is not None
    ]
    return _("Grafiek: {what}. Laatste waarde {ends}. Alle waarden staan in de tabel.").format(
        what=subtitle, ends="; ".join(ends)
    )


def lower(name: str) -> str:
    """The text with its first letter in lower case, for use inside a sentence."""
    return name[:1].lower() + name[1:]


# --- a flow over time ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Series:
    """One line of a flow trend."""

    metric: str
    scale_group: str
    category: str
    token: str
    label: str


def flow_trend(
    view: View,
    cells: Cells,
    wanted: Sequence[Series],
    *,
    subject: str,
    subtitle: str,
    path: str,
    guide: Guide | None = None,
) -> Component:
    """Shares or rates of a flow by year (or block); the first series gives the title."""
    _ = view.translate
    unit, first = view.filters.unit, wanted[0]
    codes = [
        code
        for code in cells.flow_periods(first.metric, unit, first.scale_group, first.category)
        if text.formats.period_end(code) <= view.day
    ]
    head = text.capital(subject)
    if not codes:
        where = nearest(cells, [first.metric], view.ancestors, first.scale_group)
        return block(head, unavailable(view, path, head, where))
    rows = [cells.series(s.metric, unit, s.scale_group, s.category) for s in wanted]
    lead = rows[0]
    title = text.title_series(lead[codes[0]], lead[codes[-1]], subject, view.lang)
    columns = [Column(_("Periode"))]
    for each in wanted:
        columns += [Column(each.label, True), Column(_("95%-marge"), True)]
    table = data_table(
        columns,
        [
            [
                short_period(code, view.lang),
                *(
                    cell
                    for series in rows
                    for cell in (
                        value_cell(view, series.get(code)),
                        margin_cell(view, series.get(code)),
                    )
                ),
            ]
            for code in reversed(codes)
        ],
        subtitle,
    )
    download = Download(
        list(dict.fromkeys(s.metric for s in wanted)),
        [unit],
        codes,
        list(dict.fromkeys(s.scale_group for s in wanted)),
        list(dict.fromkeys(s.category for s in wanted)),
    )
    under = tools(
        view,
        table=table,
        download=download,
        image=len(codes) > 1,
        metrics=list(dict.fromkeys(s.metric for s in wanted)),
    )
    if len(codes) == 1:
        return block(title, _one_period(view, codes[0]), under, subtitle=subtitle)
    lines = [
        Line(each.label, each.token, [point(view, series.get(code)) for code in codes])
        for each, series in zip(wanted, rows, strict=True)
    ]
    names = [short_period(code, view.lang) for code in codes]
    drawing = charts.trend(names, lines, view.style, target=guide, height=290)
    alternative = _alternative(view, subtitle, lines)
    return block(title, figure(drawing, alternative), under, subtitle=subtitle)


def _one_period(view: View, code: str) -> Component:
    _ = view.translate
    words = _("Voor dit onderdeel is er één periode, {period}: een lijn volgt bij de volgende.")
    return note(words.format(period=period(code, view.lang)))


# --- units --------------------------------------------------------------------------------------


def units_shown(view: View) -> list[str]:
    """The units of a comparison: those directly under the chosen one, else itself and above."""
    return view.children or [*view.ancestors, view.filters.unit]


def units_subtitle(view: View) -> str:
    """Which units a comparison shows."""
    _ = view.translate
    if view.children:
        return _("Klik op een onderdeel om alles voor dat onderdeel te zien")
    return _("Dit onderdeel en wat erboven ligt; het heeft zelf geen onderdelen")


def units_table(view: View, cells: Cells, path: str) -> Component:
    """Head count and share in both main bands for each unit, with small bars."""
    _ = view.translate
    code = view.filters.period
    units = units_shown(view)
    shares = {
        (unit, band): cells.get("share", unit, code, band)
        for unit in units
        for band, _token in main_bands(view)
    }
    if not any(shares.values()):
        where = nearest(cells, ["share"], view.ancestors, view.low)
        what = _("Het aandeel per onderdeel")
        return block(_("Per onderdeel"), unavailable(view, path, what, where))
    widest = max([row["value"] for row in shares.values() if row and published(row)], default=1.0)
    rows = []
    for unit in units:
        people = cells.get("headcount", unit, code, ALL, EVERYBODY)
        name = view.label("unit", unit)
        link = dcc.Link(name, href=view.link(path, unit=unit)) if unit != view.filters.unit else name
        bars = [
            bar_cell(view, shares[unit, band], widest, token) for band, token in main_bands(view)
        ]
        rows.append([link, value_cell(view, people), *bars])
    columns = [Column(_("Onderdeel")), Column(_("Mensen"), True)]
    columns += [Column(view.band(band)) for band, _token in main_bands(view)]
    labelled = [(view.label("unit", u), shares[u, view.high]) for u in units]
    whole = cells.get("share", view.filters.unit, code, view.high)
    title = _("Per onderdeel")
    if view.children and published(whole):
        sentence = text.title_units(labelled, whole, view.lang)
        title = f"{text.capital(view.band(view.high))}: {_lower_first_word(sentence)}"
    return block(
        title,
        data_table(columns, rows, label=_("Per onderdeel")),
        tools(
            view,
            download=Download(
                ["headcount", "share"], units, [code],
                [ALL, view.low, view.high], [EVERYBODY, YES],
            ),
            metrics=["headcount", "share"],
        ),
        subtitle=units_subtitle(view),
    )  # fmt: skip


def _lower_first_word(sentence: str) -> str:
    """Lower-case start after a colon, unless the sentence begins with a name."""
    return lower(sentence) if sentence.split(" ")[0] in {"Geen", "Het", "No", "The"} else sentence


def units_dots(
    view: View,
    cells: Cells,
    metric: str,
    scale_group: str,
    code_of: dict[str, str | None],
    *,
    token: str,
    subtitle: str,
    path: str,
    guides: Sequence[Guide] = (),
) -> Component:
    """One metric for each unit, sorted by value, suppressed last and by name."""
    _ = view.translate
    units = units_shown(view)
    rows = {unit: cells.get(metric, unit, code_of.get(unit), scale_group) for unit in units}
    if not any(rows.values()):
        where = nearest(cells, [metric], view.ancestors, scale_group)
        return block(_("Per onderdeel"), unavailable(view, path, _("Deze vergelijking"), where))
    present = [unit for unit in units if rows[unit] is not None]
    order = sorted(present, key=lambda unit: _rank(rows[unit], unit))
    own = view.filters.unit
    whole = cells.get(metric, own, code_of.get(own), scale_group)
    labelled = [(view.label("unit", unit), rows[unit]) for unit in order]
    title = text.title_units(labelled, whole, view.lang) if view.children else _("Per onderdeel")
    columns = [Column(_("Onderdeel")), Column(_("Waarde"), True), Column(_("95%-marge"), True)]
    table = data_table(
        columns,
        [[name, value_cell(view, row), margin_cell(view, row)] for name, row in labelled],
        subtitle,
    )
    body: Component = note(_("Te veel onderdelen voor een figuur: zie de tabel."))
    if len(order) <= MOST_UNITS:
        drawn = [
            DotRow(name, [Mark(point(view, row) or Point(None), token)]) for name, row in labelled
        ]
        alternative = _list_alternative(view, subtitle, drawn)
        body = figure(charts.dots(drawn, view.style, guides=guides), alternative)
    periods = sorted({code for code in code_of.values() if code})
    return block(
        title,
        body,
        tools(
            view,
            table=table,
            download=Download([metric], order, periods, [scale_group], [YES]),
            image=len(order) <= MOST_UNITS,
            metrics=[metric],
        ),
        subtitle=subtitle,
    )


def _rank(row: Row | None, unit: str) -> tuple[Any, ...]:
    if row is None or not published(row):
        return (1, 0.0, unit)  # the order must not tell a hidden value: by code
    return (0, -row["value"], unit)


def _list_alternative(view: View, subtitle: str, rows: Sequence[DotRow]) -> str:
    _ = view.translate
    said = [
        f"{row.label} {mark.label} {mark.point.text}".replace("  ", " ")
        for row in rows
        for mark in row.marks
    ]
    return _("Grafiek: {what}. {values}.").format(what=subtitle, values="; ".join(said))


# --- groups compared: dots, ratios, tables -------------------------------------------------------


def dot_block(
    view: View,
    rows: Sequence[DotRow],
    *,
    title: str,
    subtitle: str,
    under: Component,
    guides: Sequence[Guide] = (),
) -> Component:
    """A dot plot with its tools."""
    drawing = charts.dots(rows, view.style, guides=guides)
    return block(
        title, figure(drawing, _list_alternative(view, subtitle, rows)), under, subtitle=subtitle
    )


def parity_block(
    view: View,
    labelled: Sequence[tuple[str, Row]],
    *,
    title: str,
    subtitle: str,
    four_fifths: bool,
) -> Component:
    """Ratios of rates around equal (1), with the four-fifths zone where it is about chances."""
    _ = view.translate
    rows = [
        DotRow(label, [Mark(point(view, row) or Point(None), _tone(row), hollow=not _sure(row))])
        for label, row in labelled
    ]
    columns = [Column(_("Vergelijking")), Column(_("Verhouding"), True)]
    columns += [Column(_("95%-marge"), True), Column(_("Toets"))]
    table = data_table(
        columns,
        [
            [label, value_cell(view, row), margin_cell(view, row), parity_words(view, row)]
            for label, row in labelled
        ],
        subtitle,
    )
    first = labelled[0][1]
    download = Download(
        list(dict.fromkeys(row["metric"] for _label, row in labelled)),
        [first["unit"]],
        list(dict.fromkeys(row["period"] for _label, row in labelled)),
        list(dict.fromkeys(row["scale_group"] for _label, row in labelled)),
        [YES],
    )
    drawing = charts.ratios(rows, view.style, four_fifths=four_fifths)
    return block(
        title,
        figure(drawing, _list_alternative(view, subtitle, rows)),
        tools(
            view, table=table, download=download, image=True,
            metrics=list(dict.fromkeys(row["metric"] for _label, row in labelled)),
        ),
        subtitle=subtitle,
    )  # fmt: skip


def _sure(row: Row) -> bool:
    return text.excludes(row, 1)


def _tone(row: Row) -> str:
    return "group" if _sure(row) else "others"


def parity_words(view: View, row: Row | None) -> str:
    """The outcome in words: lower, higher, or possibly chance; with the four-fifths flag."""
    _ = view.translate
    if row is None or not published(row):
        return ""
    flag = text.four_fifths(row, view.lang)
    if flag:
        return flag
    if not _sure(row):
        return _("kan toeval zijn")
    return _("lager, meer dan toeval") if row["value"] < 1 else _("hoger, meer dan toeval")


def rate_table(
    view: View,
    cells: Cells,
    stem: str,
    bands: Sequence[tuple[str, str]],
    *,
    period_of: dict[str, str | None],
    title: str,
    subtitle: str,
) -> Component:
    """Rates of the group and of the others side by side, by scale group.

    Args:
        view: the view.
        cells: cells with ``<stem>_rate`` and ``<stem>_parity``.
        stem: ``promotion``, ``crossing`` or ``exit``.
        bands: (scale group, label) of the rows.
        period_of: scale group -> flow period.
        title: title of the block.
        subtitle: what the rows are and when.
    """
    _ = view.translate
    unit, rate, parity = view.filters.unit, f"{stem}_rate", f"{stem}_parity"
    rows = []
    for band, label in bands:
        code = period_of.get(band)
        yes, no = (cells.get(rate, unit, code, band, category) for category in (YES, NO))
        ratio = cells.get(parity, unit, code, band)
        if yes is None:
            continue
        rows.append(
            [
                label,
                value_cell(view, no),
                value_cell(view, yes),
                value_cell(view, ratio),
                margin_cell(view, ratio),
                parity_words(view, ratio),
            ]
        )
    columns = [
        Column(_("Schaalgroep")),
        Column(view.others, True),
        Column(view.group, True),
        Column(_("Verhouding"), True),
        Column(_("95%-marge"), True),
        Column(_("Toets")),
    ]
    codes = list(dict.fromkeys(code for code in period_of.values() if code))
    download = Download([rate, parity], [unit], codes, [band for band, _label in bands], [YES, NO])
    return block(
        title,
        data_table(columns, rows, label=title),
        tools(view, download=download, metrics=[rate, parity]),
        subtitle=subtitle,
    )





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
