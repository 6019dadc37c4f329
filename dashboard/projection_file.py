"""The tables of Vooruitblik as files: the same address query, the same numbers as on the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import polars as pl

from dashboard.block_needed import answers
from dashboard.block_projection import FILE
from dashboard.block_start import sources
from dashboard.block_target import target_of
from dashboard.cells import Row
from dashboard.charts import Style
from dashboard.errors import DashboardError, MartUnavailable
from dashboard.export import MIME, as_csv, as_parquet, as_xlsx, check_format, created, file_name
from dashboard.filters import Filters
from dashboard.formats import decimals_for, period_end
from dashboard.mart import Mart
from dashboard.outlook import Outlook, outlook
from dashboard.text_projection import needed_bounds, whole_up
from dashboard.view import View

if TYPE_CHECKING:
    from flask import Flask, Response

FORMS = ("csv", "xlsx", "parquet")


def _shares(look: Outlook) -> Iterator[Row]:
    """One row for each way, band and year."""
    for way in look.ways:
        for band in look.bands:
            for step, row in enumerate(look.rows(way, band)):
                yield {
                    "way": way,
                    "period": row["period"],
                    "reference_date": period_end(row["period"]),
                    **_place(look, row["unit"], band),
                    "value": row["value"],
                    "status": "projected" if step else row["status"],
                    "lower": row["lower"],
                    "upper": row["upper"],
                    "base": row["base"],
                }


def _needed(look: Outlook) -> Iterator[Row]:
    """One row for each target, year and lever, in whole percent."""
    for band in look.bands:
        target = target_of(look.view, band)
        for answer in answers(look, band, target) if target else ():
            for lever, found in (("inflow_share", answer.inflow), ("crossing", answer.crossing)):
                if found is None:
                    continue
                lower, upper = needed_bounds(found) or (None, None)
                code = look.ahead(answer.steps)
                yield {
                    "lever": lever,
                    "period": code,
                    "reference_date": period_end(code),
                    **_place(look, look.view.filters.unit, band),
                    "target": float(target["value"]) if target else None,
                    "value": None if found.value is None else whole_up(found.value),
                    "status": "not_possible" if found.value is None else "needed",
                    "lower": lower,
                    "upper": upper,
                }


def _start(look: Outlook) -> Iterator[Row]:
    """One row for each number of the start, as it is written."""
    for source in sources(look):
        places = decimals_for(source.base)
        value, lower, upper, chosen = (
            round(100 * number, places)
            for number in (
                source.rate.value,
                source.rate.lower,
                source.rate.upper,
                getattr(look.model, source.name).value,
            )
        )
        yield {
            "figure": source.name,
            "period": "+".join(source.periods),
            **_place(look, source.unit, source.scale_group),
            "value": value,
            "status": "difference" if source.rest else "published",
            "lower": lower,
            "upper": upper,
            "base": source.base,
            "chosen": chosen,
        }


def _place(look: Outlook, unit: str, band: str) -> Row:
    view = look.view
    return {
        "unit": unit,
        "unit_label": view.label("unit", unit),
        "scale_group": band,
        "scale_group_label": view.band(band),
        "attribute": view.filters.attribute,
        "group_label": view.group,
    }


TABLES: dict[str, Callable[[Outlook], Iterator[Row]]] = {
    "": _shares,
    "-needed": _needed,
    "-start": _start,
}
"""End of the address -> the rows of the table."""


def table(view: View, name: str = "") -> pl.DataFrame:
    """A table of the page, as it is written there.

    Raises:
        DashboardError: there is no projection for this unit, group and date, or no such table, or
            no target.
    """
    if name not in TABLES:
        raise DashboardError(
            "This table does not exist",
            where="the name of the export",
            expected=", ".join(f"projection{each}" for each in TABLES),
            got=repr(f"projection{name}"),
            next_step="choose one of these",
        )
    look = outlook(view)
    if not isinstance(look, Outlook):
        raise DashboardError(
            "There is no projection for this part of the organisation",
            where=f"unit {view.filters.unit}, {view.filters.attribute}, {view.filters.period}",
            expected="a published share in both scale bands, and published flows",
            got="not published: " + ", ".join(look[0].names),
            next_step="choose a unit above, or a later reference date",
        )
    rows = [row | {"publication": view.mart.publication} for row in TABLES[name](look)]
    if not rows:
        raise DashboardError(
            "There is no target here, so nothing is needed for one",
            where=f"unit {view.filters.unit}, {view.filters.attribute}",
            expected="a target of the share in a scale band",
            got="none",
            next_step="choose another unit or attribute",
        )
    return pl.DataFrame(rows, infer_schema_length=None)


def render(view: View, form: str, name: str = "", dialect: str = "excel-nl") -> bytes:
    """The bytes of one file.

    Raises:
        DashboardError: no projection here, another table, format or dialect.
    """
    check_format(form, FORMS)
    frame = table(view, name)
    if form == "csv":
        return as_csv(frame, dialect)
    if form == "parquet":
        return as_parquet(frame)
    return as_xlsx(frame, _words(view), created(view.mart))


def _words(view: View) -> pl.DataFrame:
    """What the columns mean that other exports do not have, and what was chosen."""
    _ = view.translate
    said = {
        "way": _("measured: als gemeten; chosen: met wat op de pagina is gekozen"),
        "status": _(
            "published: gemeten; projected: doorgerekend; needed: nodig; not_possible: ook met de "
            "hoogste waarde niet gehaald; difference: alle schalen min de andere schaalgroep"
        ),
        "value": _("procent; crossing: tegenover de anderen, 100 is gelijk"),
        "lower": _("Ondergrens van de 95%-marge"),
        "upper": _("Bovengrens van de 95%-marge"),
        "base": _("Personen (of persoonsjaren) waarvan het percentage er een is"),
    }
    pairs = [*said.items(), *view.filters.scenario.to_query().items()]
    return pl.DataFrame(pairs, schema=["name", "description"], orient="row")


def register_routes(server: Flask, mart: Mart) -> None:
    """Serve the files at the query of the page."""
    from flask import request  # noqa: PLC0415  (the command line exports without a web server)

    @server.get(f"{FILE}<name>.<any({', '.join(FORMS)}):form>")
    @server.get(f"{FILE}.<any({', '.join(FORMS)}):form>")
    def projection_file(form: str, name: str = "") -> Response:
        try:
            filters = Filters.from_query(request.query_string.decode(), mart)
            view = View(mart, filters, Style({}, lang=filters.lang))
            content = render(view, form, name, request.args.get("dialect", "excel-nl"))
        except MartUnavailable as error:
            return server.response_class(str(error), status=503, mimetype="text/plain")
        except DashboardError as error:
            return server.response_class(str(error), status=404, mimetype="text/plain")
        response = server.response_class(content, content_type=MIME[form])
        full = file_name(mart, f"projection{name}", form)
        response.headers["Content-Disposition"] = f'attachment; filename="{full}"'
        response.headers["Cache-Control"] = "private, no-cache"
        return response
