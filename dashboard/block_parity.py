"""The followed group beside the others: ratios of rates, and the rates themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dash import html
from dash.development.base_component import Component

from dashboard import chart_rows, text, text_chance
from dashboard.blocks import list_alternative, unplanned_bands
from dashboard.cells import ALL, NO, YES, Cells, Row, published
from dashboard.charts import DotRow, Mark
from dashboard.compare import excludes
from dashboard.components import (
    Cell,
    Column,
    Download,
    block,
    data_table,
    figure,
    margin_cell,
    margin_text,
    mark_point,
    tools,
    value_cell,
    value_text,
)
from dashboard.formats import period
from dashboard.view import View

Labelled = Sequence[tuple[str, Row]]


def promotion_comparisons(view: View, cells: Cells) -> Labelled:
    """Label and parity: everybody, the finer bands, the step to the high scales."""
    _ = view.translate
    fine = [band for band in view.bands("fine") if _parity(view, cells, "promotion", band)]
    bands = [ALL, *(fine or [view.low, view.high])]
    named = [
        (_("Promotie, {band}").format(band=view.band(band)), row)
        for band in bands
        if (row := _parity(view, cells, "promotion", band)) is not None
    ]
    crossing = _parity(view, cells, "crossing", view.low)
    if crossing is not None:
        named.append((view.metric("crossing"), crossing))
    return with_periods(view, named)


def exit_comparisons(view: View, cells: Cells) -> Labelled:
    """Label and parity of leaving: everybody, the main bands, the finer ones."""
    named = [
        (text.capital(view.band(band)), row)
        for band in (ALL, view.low, view.high, *view.bands("fine"))
        if (row := _parity(view, cells, "exit", band)) is not None
    ]
    return with_periods(view, named)


def _parity(view: View, cells: Cells, stem: str, band: str) -> Row | None:
    unit, metric = view.filters.unit, f"{stem}_parity"
    return cells.get(metric, unit, cells.shown_period(metric, unit, view.day, band), band)


def parity_block(
    view: View,
    cells: Cells,
    labelled: Labelled,
    *,
    title: str,
    subtitle: str,
    exact: Sequence[Row | None] = (),
) -> Component:
    """Ratios of rates around equal (1).

    Args:
        view: the view.
        cells: the page's cells, with the rates behind the ratios.
        labelled: the ratios with their names.
        title: title of the block.
        subtitle: what the rows are and when.
        exact: the exact test of each ratio.
    """
    rows = [ratio_row(view, label, row) for label, row in labelled]
    chosen = any(row["metric"] in text_chance.CHOSEN for _label, row in labelled)
    drawing = chart_rows.ratios(rows, view.style, four_fifths=chosen)
    tested = [row["metric"] for row in exact if row is not None]
    metrics = list(dict.fromkeys([*(row["metric"] for _label, row in labelled), *tested]))
    download = Download(
        metrics,
        [labelled[0][1]["unit"]],
        list(dict.fromkeys(row["period"] for _label, row in labelled)),
        list(dict.fromkeys(row["scale_group"] for _label, row in labelled)),
        [YES],
    )
    table = _parity_table(view, cells, labelled, exact, subtitle)
    return block(
        title,
        figure(drawing, list_alternative(view, subtitle, rows)),
        tools(view, table=table, download=download, image="parity", metrics=metrics),
        subtitle=subtitle,
    )


def with_periods(view: View, named: Labelled) -> list[tuple[str, Row]]:
    """The same, each with its period in its name where it is another than that of the first.

    A number of the newest period may be hidden; the newest that is shown stands there then.
    """
    if not named:
        return []
    first = named[0][1]
    return [
        (label if _alike(row, first) else f"{label} ({period(row['period'], view.lang)})", row)
        for label, row in named
    ]


def _alike(row: Row, first: Row) -> bool:
    """Of one period, or of another kind of period, which the subtitle tells."""
    return bool(row["period"] == first["period"] or row["period_kind"] != first["period_kind"])


def ratio_row(view: View, label: str, row: Row) -> DotRow:
    """One ratio as a row of the figure: hollow where it may be chance."""
    return DotRow(label, [Mark(mark_point(view, row), _hue(row), hollow=not _sure(row))])


def _parity_table(
    view: View, cells: Cells, labelled: Labelled, exact: Sequence[Row | None], caption: str
) -> Component:
    _ = view.translate
    columns = [
        Column(_("Vergelijking")),
        Column(_("Verhouding"), True),
        Column(_("95%-marge"), True),
        Column(_("Toets")),
    ]
    rows: list[list[Cell]] = [
        [
            label,
            value_cell(view, row),
            margin_cell(view, row),
            tested_words(view, cells, row),
        ]
        for label, row in labelled
    ]
    if exact:
        columns.append(Column(_("Exacte toets, p-waarde"), True))
        rows = [[*row, value_cell(view, p)] for row, p in zip(rows, exact, strict=True)]
    return data_table(columns, rows, caption)


def _sure(row: Row) -> bool:
    return excludes(row, 1)


def _hue(row: Row) -> str:
    return "group" if _sure(row) else "others"


def exact_test(cells: Cells, row: Row) -> Row | None:
    """The exact test that belongs to a ratio."""
    return cells.get(f"{row['metric']}_p", row["unit"], row["period"], row["scale_group"])


def _pool(cells: Cells, ratio: Row) -> tuple[Row | None, Row | None]:
    """The rates of the group and of the others behind a ratio."""
    rate = ratio["metric"].removesuffix("parity") + "rate"
    place = ratio["unit"], ratio["period"], ratio["scale_group"]
    return cells.get(rate, *place, YES), cells.get(rate, *place, NO)


def _part(pool: tuple[Row | None, Row | None]) -> float | None:
    """The group's part of those who could be chosen; None where a number is not shown."""
    yes, no = pool
    if yes is None or no is None or not (published(yes) and published(no)):
        return None
    return float(yes["base"] / (yes["base"] + no["base"]))


def tested_words(view: View, cells: Cells, row: Row) -> str:
    """The outcome of a ratio in words, its flag judged by the rates behind it."""
    return parity_words(view, row, _part(_pool(cells, row)))


def parity_words(view: View, row: Row | None, part: float | None = None) -> str:
    """The outcome in words: lower, higher, or possibly chance; with the four-fifths flag.

    ``part``: the group's part of those who could be chosen.
    """
    _ = view.translate
    if row is None or not published(row):
        return ""
    flag = text_chance.four_fifths(row, view.lang, part)
    if flag:
        return flag
    if not _sure(row):
        return _("kan toeval zijn")
    return _("lager, meer dan toeval") if row["value"] < 1 else _("hoger, meer dan toeval")


def rate_table(
    view: View,
    cells: Cells,
    stem: str,
    period_of: Mapping[str, str | None],
    *,
    title: str,
    subtitle: str,
    path: str,
) -> Component:
    """Rates of the group and of the others side by side, by scale group.

    Args:
        view: the view.
        cells: cells with ``<stem>_rate`` and ``<stem>_parity``.
        stem: ``promotion``, ``crossing`` or ``exit``.
        period_of: scale group -> flow period, in the order of the rows.
        title: title of the block.
        subtitle: what the rows are and when.
        path: address of the page, for the link to the nearest published unit.
    """
    _ = view.translate
    columns = [Column(_("Schaalgroep")), Column(view.others, True), Column(view.group, True)]
    columns.append(Column(_("Verhouding"), True))
    if not view.style.narrow:  # on a phone margin and outcome stand under the ratio
        columns += [Column(_("95%-marge"), True), Column(_("Toets"))]
    rows = [
        row
        for band, code in period_of.items()
        if (row := _rate_row(view, cells, stem, band, code)) is not None
    ]
    metrics = [f"{stem}_rate", f"{stem}_parity"]
    codes = list(dict.fromkeys(code for code in period_of.values() if code))
    download = Download(metrics, [view.filters.unit], codes, list(period_of), [YES, NO])
    return block(
        title,
        data_table(columns, rows, label=title),
        tools(view, download=download, metrics=metrics),
        unplanned_bands(view, cells, metrics[0], [view.low, view.high], path),
        subtitle=subtitle,
    )


def _rate_row(
    view: View, cells: Cells, stem: str, band: str, code: str | None
) -> list[Cell] | None:
    unit = view.filters.unit
    yes, no = (cells.get(f"{stem}_rate", unit, code, band, group) for group in (YES, NO))
    ratio = cells.get(f"{stem}_parity", unit, code, band)
    if yes is None:
        return None
    first: list[Cell] = [
        text.capital(view.band(band)),
        value_cell(view, no),
        value_cell(view, yes),
    ]
    if view.style.narrow:
        return [*first, _stacked(view, ratio, _part((yes, no)))]
    return [
        *first,
        value_cell(view, ratio),
        margin_cell(view, ratio),
        parity_words(view, ratio, _part((yes, no))),
    ]


def _stacked(view: View, ratio: Row | None, part: float | None) -> Component:
    """Ratio, margin and outcome in one cell."""
    if not published(ratio):
        return value_cell(view, ratio)
    under = [margin_text(view, ratio), parity_words(view, ratio, part)]
    lines = [html.Span(words, className="under") for words in under if words]
    return html.Td([value_text(view, ratio), *lines], className="num")
