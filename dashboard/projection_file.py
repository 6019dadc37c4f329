"""The table of Vooruitblik as a file: the same address query, the same numbers as on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from dashboard.block_projection import FILE
from dashboard.charts import Style
from dashboard.errors import DashboardError, MartUnavailable
from dashboard.export import MIME, as_csv, as_parquet, as_xlsx, created, file_name
from dashboard.filters import Filters
from dashboard.formats import period_end
from dashboard.mart import Mart
from dashboard.outlook import Outlook, outlook
from dashboard.view import View

if TYPE_CHECKING:
    from flask import Flask, Response

FORMS = ("csv", "xlsx", "parquet")


def table(view: View) -> pl.DataFrame:
    """One row for each way, band and year, as they are written on the page.

    Raises:
        DashboardError: there is no projection for this unit, group and date.
    """
    look = outlook(view)
    if not isinstance(look, Outlook):
        raise DashboardError(
            "There is no projection for this part of the organisation",
            where=f"unit {view.filters.unit}, {view.filters.attribute}, {view.filters.period}",
            expected="a published share in both scale bands, and published flows",
            got="not published: " + ", ".join(look[0].names),
            next_step="choose a unit above, or a later reference date",
        )
    rows = [
        {
            "way": way,
            "period": row["period"],
            "reference_date": period_end(row["period"]),
            "unit": row["unit"],
            "unit_label": view.unit,
            "scale_group": band,
            "scale_group_label": view.band(band),
            "attribute": row["attribute"],
            "category": row["category"],
            "category_label": view.group,
            "value": row["value"],
            "status": "projected" if step else row["status"],
            "value_unit": "percent",
            "lower": row["lower"],
            "upper": row["upper"],
            "base": row["base"],
            "publication": view.mart.publication,
        }
        for way in look.ways
        for band in look.bands
        for step, row in enumerate(look.rows(way, band))
    ]
    return pl.DataFrame(rows)


def render(view: View, form: str, dialect: str = "excel-nl") -> bytes:
    """The bytes of one file.

    Raises:
        DashboardError: no projection here, another format or dialect.
    """
    if form not in FORMS:
        raise DashboardError(
            "This file format does not exist",
            where="the name of the export",
            expected=", ".join(FORMS),
            got=repr(form),
            next_step="choose one of these",
        )
    frame = table(view)
    if form == "csv":
        return as_csv(frame, dialect)
    if form == "parquet":
        return as_parquet(frame)
    return as_xlsx(frame, _words(view), created(view.mart))


def _words(view: View) -> pl.DataFrame:
    """What the columns mean that other exports do not have."""
    _ = view.translate
    said = {
        "way": _("measured: als gemeten; chosen: met wat op de pagina is gekozen"),
        "status": _("published: gemeten; projected: doorgerekend"),
        "lower": _("Ondergrens van de 95%-marge"),
        "upper": _("Bovengrens van de 95%-marge"),
        "base": _("Personen in de schaalgroep van wie het kenmerk bekend is"),
    }
    chosen = view.filters.scenario.to_query()
    pairs = [*said.items(), *chosen.items()]
    return pl.DataFrame(pairs, schema=["name", "description"], orient="row")


def register_routes(server: Flask, mart: Mart) -> None:
    """Serve the file at the query of the page."""
    from flask import request  # noqa: PLC0415  (the command line exports without a web server)

    @server.get(f"{FILE}.<form>")
    def projection_file(form: str) -> Response:
        try:
            filters = Filters.from_query(request.query_string.decode(), mart)
            view = View(mart, filters, Style({}, lang=filters.lang))
            content = render(view, form, request.args.get("dialect", "excel-nl"))
        except MartUnavailable as error:
            return server.response_class(str(error), status=503, mimetype="text/plain")
        except DashboardError as error:
            return server.response_class(str(error), status=404, mimetype="text/plain")
        response = server.response_class(content, content_type=MIME[form])
        name = file_name(mart, "projection", form)
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        response.headers["Cache-Control"] = "private, no-cache"
        return response
