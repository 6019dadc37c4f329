"""Published values -> parts of a page. Pure: classes only, no styles, no data access of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from dash import dcc, html
from dash.development.base_component import Component

from dashboard import export
from dashboard.cells import Row, published
from dashboard.charts import Figure, Point
from dashboard.explained import NOT_REFRESHED, explained
from dashboard.formats import margin, quantity
from dashboard.text import dated, stand, status_word
from dashboard.view import View

Cell: TypeAlias = str | Component
PICTURE = "picture"
"""The class of the link to the picture of a block's figure."""
NOT_REACHED = "not_reached"
"""The status of a figure that the counts, all shown, do not reach."""


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    label: str
    numeric: bool = False


@dataclass(frozen=True)
class Download:
    """The query behind a block, as the export route takes it.

    ``attributes``: None is everybody and the attribute that the reader chose.
    """

    metrics: Sequence[str]
    units: Sequence[str]
    periods: Sequence[str] | None = None
    scale_groups: Sequence[str] | None = None
    categories: Sequence[str] | None = None
    attribute2: str = ""
    attributes: Sequence[str] | None = None


def page_heading(title: str, lead: str = "") -> Component:
    """The one H1 of a page, with the sentence under it."""
    parts: list[Component] = [html.H1(title, id="title", tabIndex=-1)]
    if lead:
        parts.append(html.P(lead, className="lead"))
    return html.Header(parts)


def block(title: str, *children: Component | None, subtitle: str = "") -> Component:
    """A titled part of a page (H2)."""
    head = [html.H2(title)]
    if subtitle:
        head.append(html.P(subtitle, className="sub"))
    body = [child for child in children if child is not None]
    return html.Section([*head, *body], className="block")


def note(text: str) -> Component:
    """A quiet paragraph."""
    return html.P(text, className="note")


def notice(*paragraphs: Cell | Sequence[Cell]) -> Component:
    """A set-off remark, such as why there is no figure here and where there is one."""
    return html.Div([html.P(text) for text in paragraphs], className="notice")


def definition_list(pairs: Sequence[tuple[str, str]]) -> Component:
    """Terms with their definitions."""
    items = [part for term, text in pairs for part in (html.Dt(term), html.Dd(text))]
    return html.Dl(items, className="definition")


# --- values ------------------------------------------------------------------------------------


def unit_of(view: View, metric: str) -> str:
    """In what a metric is measured: persons, percent, points, ratio..."""
    return str(view.metrics[metric]["unit"]) if metric in view.metrics else "persons"


def value_text(view: View, row: Row | None) -> str:
    """A value as it is written everywhere: ``3,4%``, ``onderdrukt``, or a dash without a cell.

    Without the date of a repeated number: that is ``stand_text``.
    """
    if row is None:
        return "–"
    if not published(row):
        return status_word(row["status"], view.lang)
    return quantity(row["value"], row["base"], unit_of(view, row["metric"]), view.lang)


def stand_text(view: View, row: Row | None) -> str:
    """``stand 2025 K2`` where a number is repeated, else an empty text."""
    return stand(row, view.lang)


def dated_text(view: View, row: Row | None) -> str:
    """A value with the date of a repeated number: ``3,4% (stand 2025 K2)``."""
    return dated(row, value_text(view, row), view.lang)


def margin_text(view: View, row: Row | None) -> str:
    """The 95% interval of a value: ``2,5%–4,6%``; empty without one."""
    if row is None or not published(row):
        return ""
    unit = unit_of(view, row["metric"])
    return margin(row["lower"], row["upper"], unit, row["base"], view.lang)


def full_text(view: View, row: Row | None) -> str:
    """Value and interval: ``3,4% (2,5%–4,6%)``; without the date of a repeated number."""
    ends = margin_text(view, row)
    return f"{value_text(view, row)} ({ends})" if ends else value_text(view, row)


def point(view: View, row: Row | None) -> Point | None:
    """A cell as a figure draws it."""
    if row is None:
        return None
    if not published(row):
        return Point(None, text=value_text(view, row), stale=row["status"] == NOT_REFRESHED)
    words, date = full_text(view, row), stand_text(view, row)
    return Point(row["value"], row["lower"], row["upper"], words, date)


def mark_point(view: View, row: Row | None) -> Point:
    """The same for a row of a figure, which says it where there is no cell."""
    _ = view.translate
    return point(view, row) or Point(None, text=_("niet gepubliceerd"))


# --- tables ------------------------------------------------------------------------------------


def suppressed_cell(view: View, words: str = "") -> Component:
    """A hatched table cell that says only that it is suppressed."""
    _ = view.translate
    return html.Td(html.Span(words or _("onderdrukt")), className="hatch")


def hidden_cell(view: View, row: Row) -> Component:
    """A table cell without a number: hatched, or dotted where it was not refreshed."""
    return html.Td(html.Span(value_text(view, row)), className=hidden_class(row))


def hidden_class(row: Row) -> str:
    """The class of a value that is not shown; what was not reached hides nothing."""
    return {NOT_REFRESHED: "stale", NOT_REACHED: "num"}.get(row["status"], "hatch")


def value_cell(view: View, row: Row | None) -> Component:
    """A numeric table cell; a repeated number has its date under it."""
    if row is not None and not published(row):
        return hidden_cell(view, row)
    value, date = value_text(view, row), stand_text(view, row)
    return html.Td([value, _stand_line(date)] if date else value, className="num")


def _stand_line(date: str) -> Component:
    return html.Span(date, className="under stand")


def margin_cell(view: View, row: Row | None) -> Component:
    """The interval of a value in its own cell."""
    return html.Td(margin_text(view, row), className="num")


def bar_cell(view: View, row: Row | None, widest: float, hue: str) -> Component:
    """A value with a small bar from 0; ``widest`` is the value of a full bar."""
    if row is None or not published(row):
        return hidden_cell(view, row) if row else html.Td("–")
    width = round(100 * row["value"] / widest) if widest else 0
    fill = html.Span(className=f"fill fill-{hue} w-{min(100, max(0, width))}")
    bar = html.Span(fill, className="track")
    number = html.Span(value_text(view, row), className="num")
    cell = html.Div([bar, number], className="barcell")
    date = stand_text(view, row)
    return html.Td([cell, _stand_line(date)] if date else cell)


def data_table(
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    caption: str = "",
    label: str = "",
) -> Component:
    """A table; the first cell of a row is its header. Scrolls sideways in its own box."""
    head = html.Tr(
        [html.Th(c.label, scope="col", className="num" if c.numeric else "") for c in columns]
    )
    body = [
        html.Tr(
            [
                html.Th(cells[0], scope="row"),
                *(_cell(cell, column) for cell, column in zip(cells[1:], columns[1:], strict=True)),
            ]
        )
        for cells in rows
    ]
    top = [html.Caption(caption)] if caption else []
    table = html.Table([*top, html.Thead(head), html.Tbody(body)])
    # a group and not a region: a page of tables would be a page of landmarks
    name = {"role": "group", "aria-label": label or caption}
    focus = {"tabIndex": 0, **name} if label or caption else {}
    return html.Div(table, className="table-wrap", **focus)


def _cell(cell: Cell, column: Column) -> Component:
    if isinstance(cell, html.Td):
        return cell
    return html.Td(cell, className="num" if column.numeric else "words")


# --- figures -----------------------------------------------------------------------------------


def figure(drawing: Figure, alternative: str) -> Component:
    """A figure with its text alternative; its numbers are in the table twin.

    ``assets/figures.js`` draws it when it comes near the screen; with the focus on it the arrow
    keys tell what a mouse is told over its points.
    """
    content = json.dumps(drawing, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    drawn = html.Div(className="plot", **{"data-figure": content})
    size = f"figure h-{drawing['layout']['height']}"
    return html.Div(drawn, className=size, role="img", tabIndex=0, **{"aria-label": alternative})


def tools(
    view: View,
    *,
    download: Download | None = None,
    table: Component | None = None,
    image: str = "",
    metrics: Sequence[str] = (),
    references: Sequence[Row] = (),
    files: Mapping[str, str] | None = None,
) -> Component:
    """The quiet tools under a block: table twin, files, picture, definition.

    ``image``: the name of the block's figure among those of its page, in the address of its
    picture. ``files``: addresses of CSV and XLSX where they are not those of ``download``.
    """
    _ = view.translate
    parts: list[Component] = []
    if table is not None:
        parts.append(html.Details([html.Summary(_("Tabel")), table]))
    if download is not None:
        files = _files(view, download)
    if files:
        parts += [
            html.A("CSV", href=files["csv"], **_named(_("Download CSV"))),
            html.A("Excel", href=files["xlsx"], **_named(_("Download Excel"))),
        ]
    if files and image:
        files = {**files, **_pictures(view, files["csv"], image)}
        parts.append(html.A(_("Afbeelding"), href=files["png"], className=PICTURE))
    if files:
        parts.append(_more(view, files))
    if metrics or references:
        parts.append(
            html.Details([html.Summary(_("Definitie")), _definitions(view, metrics, references)])
        )
    if download is not None:
        parts += explained(view, _unusual(view, download))
    return html.Div(parts, className="tools")


def _files(view: View, download: Download) -> dict[str, str]:
    """Form -> address, of all forms of a query."""
    forms = ("csv", "xlsx", "parquet", "json", "datapackage.json")
    plain = {form: _address(view, download, form) for form in forms}
    return plain | {"rfc4180": _address(view, download, "csv", dialect="rfc4180")}


def _pictures(view: View, file: str, name: str) -> dict[str, str]:
    """Form -> address of the picture of this view's figure, beside another file of its block."""
    stem, query = file.partition(".csv")[0], view.filters.to_query()
    return {form: f"{stem}.{form}{query}&figure={name}" for form in ("png", "svg")}


def _more(view: View, files: Mapping[str, str]) -> Component:
    """Forms that fewer readers want, folded away; a picture that stays sharp among them."""
    _ = view.translate
    names = {
        "rfc4180": _("CSV volgens RFC 4180"),
        "parquet": "Parquet",
        "json": "JSON",
        "datapackage.json": _("Beschrijving (datapackage.json)"),
        "svg": _("Afbeelding als SVG"),
    }
    items = [html.A(name, href=files[form]) for form, name in names.items() if form in files]
    listed = html.Ul([html.Li(item) for item in items], className="forms")
    return html.Details([html.Summary(_("Meer vormen")), listed])


def _named(words: str) -> dict[str, str]:
    return {"aria-label": words}


def _unusual(view: View, download: Download) -> list[Row]:
    """The cells of a block that are hidden or of an earlier date: its own query, among those."""
    wanted: dict[str, Sequence[str] | None] = {
        "metric": download.metrics,
        "period": download.periods,
        "scale_group": download.scale_groups,
        "attribute": _attributes(view, download),
        "category": download.categories,
        "attribute2": [download.attribute2],
    }
    given = [(column, set(codes)) for column, codes in wanted.items() if codes is not None]
    return [
        row
        for row in view.mart.unusual_cells(download.units)
        if all(row[column] in codes for column, codes in given)
    ]


def _attributes(view: View, download: Download) -> list[str]:
    given = download.attributes
    return ["", view.filters.attribute] if given is None else list(given)


def _address(view: View, download: Download, form: str, **more: str) -> str:
    query = {
        "unit": list(download.units),
        "period": list(download.periods or ()),
        "scale_group": list(download.scale_groups or ()),
        "attribute": _attributes(view, download),
        "category": list(download.categories or ()),
        "attribute2": download.attribute2,
        "lang": view.lang,
        **more,
    }
    return export.url(
        download.metrics, form, **{key: value for key, value in query.items() if value}
    )


def _definitions(view: View, metrics: Sequence[str], references: Sequence[Row]) -> Component:
    rows = view.metrics
    label, text = f"label_{view.lang}", f"definition_{view.lang}"
    pairs = [(rows[m][label], rows[m][text]) for m in metrics if m in rows]
    pairs += [(reference[label], reference["source"]) for reference in references]
    return definition_list(pairs)


def unavailable(view: View, path: str, what: str, nearest_unit: str) -> Component:
    """Says that a view is not published, and leads to the nearest unit for which it is."""
    _ = view.translate
    if view.from_cbs:
        return notice(_("{what}: niet te tonen, want herkomst komt van het CBS.").format(what=what))
    words = _("{what} wordt voor {unit} niet gepubliceerd: het staat niet in het publicatieplan.")
    first = words.format(what=what, unit=view.unit)
    if not nearest_unit or nearest_unit == view.filters.unit:
        return notice(first)
    name = view.label("unit", nearest_unit)
    link = dcc.Link(name, href=view.link(path, unit=nearest_unit))
    return notice(first, [_("Het dichtstbij gepubliceerd: "), link])
