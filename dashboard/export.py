"""The page's own query as a file; ``export_whole`` has the whole publication.

Every file holds what the screen shows and nothing more: protected cells with their status, plus the
words to read them by. The same query gives the same bytes, from a button, a saved address or the
command line.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlencode

import polars as pl
import xlsxwriter

from dashboard import codebook
from dashboard.errors import DashboardError, MartUnavailable
from dashboard.formats import period_end
from dashboard.i18n import language
from dashboard.mart import Mart
from dashboard.plan import ANY, Asked, nearest

if TYPE_CHECKING:
    from flask import Flask, Response
    from werkzeug.datastructures import MultiDict

Dialect = Literal["excel-nl", "rfc4180"]
DIALECTS: tuple[Dialect, ...] = ("excel-nl", "rfc4180")
FORMULA = "^[=+\\-@\t\r]"
"""How a text begins that a spreadsheet would run; ``>=14``, ``<=13`` and ``19+`` do not."""
MISREAD = "^[0-9]{1,2}(-[0-9]{1,2}|\\+)$"
"""Codes of scales that a Dutch spreadsheet takes for a day (``1-5``) or a number (``16+``)."""
MIME = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "json": "application/json",
    "datapackage.json": "application/json",
}
FORMATS = ("csv", "xlsx", "parquet", "json")
PICTURES = {"svg": "image/svg+xml", "png": "image/png"}
"""Forms of a picture of a figure, made by ``dashboard.picture``, with what browsers call them."""


@dataclass(frozen=True)
class Query:
    """One query to the mart as it stands in an address; an empty tuple is no condition."""

    metric: tuple[str, ...]
    unit: tuple[str, ...] = ()
    period: tuple[str, ...] = ()
    period_kind: tuple[str, ...] = ()
    scale_group: tuple[str, ...] = ()
    attribute: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    attribute2: tuple[str, ...] = ()

    @classmethod
    def of(cls, metric: str, arguments: MultiDict[str, str]) -> Query:
        """The query of an address: ``metric`` from its path (joined by ``+``), the rest after."""
        names = [field.name for field in fields(cls) if field.name != "metric"]
        given = {name: tuple(arguments.getlist(name)) for name in names}
        return cls(metric=tuple(metric.split("+")), **given)

    def cells(self, mart: Mart) -> pl.DataFrame:
        """The cells, of the whole organisation where no unit is named.

        Raises:
            DashboardError: a metric, unit or period that the publication does not know.
        """
        known = mart.metrics()["metric"].to_list()
        check_known("metric", self.metric, known)
        units = mart.dimensions().filter(pl.col("dimension") == "unit")["code"].to_list()
        check_known("unit", self.unit, units)
        periods = mart.dimensions().filter(pl.col("dimension") == "period")["code"].to_list()
        check_known("period", self.period, periods)
        return mart.cells(
            self.metric,
            self.unit or [mart.meta()["root"]],
            self.period or None,
            period_kind=self.period_kind[0] if self.period_kind else None,
            scale_groups=self.scale_group or None,
            attribute=self.attribute or None,
            categories=self.category or None,
            attribute2=self.attribute2[0] if self.attribute2 else "",
        )


def check_known(what: str, given: Sequence[str], known: Sequence[str]) -> None:
    """Refuse a code that the publication does not hold.

    Raises:
        DashboardError: with the codes that do exist.
    """
    unknown = [code for code in given if code not in known]
    if unknown:
        raise DashboardError(
            f"The publication has no {what} {', '.join(unknown)}",
            where=f"the {what} that was asked for",
            expected="one of " + ", ".join(known[:40]) + (", ..." if len(known) > 40 else ""),
            got=", ".join(unknown),
            next_step="choose one of these",
        )


def url(metrics: str | Sequence[str], form: str, **query: str | Sequence[str]) -> str:
    """The address of an export: ``/export/share+coverage.csv?unit=MIN``."""
    names = metrics if isinstance(metrics, str) else "+".join(metrics)
    text = urlencode(query, doseq=True)
    return f"/export/{names}.{form}" + (f"?{text}" if text else "")


def labelled(mart: Mart, cells: pl.DataFrame, lang: str) -> pl.DataFrame:
    """Cells as a reader wants them: codes with labels, reference date, status beside the value."""
    lang = language(lang)
    label = f"label_{lang}"
    metrics = mart.metrics().select("metric", pl.col(label).alias("metric_label"), "unit")
    named = mart.labeller(lang)
    ends = {code: period_end(code) for code in cells["period"].unique().to_list()}
    return (
        cells.join(
            metrics.rename({"unit": "value_unit"}), on="metric", how="left", maintain_order="left"
        )
        .with_columns(
            pl.col("period").replace_strict(ends, return_dtype=pl.Date).alias("reference_date"),
            *(_label(named, name) for name in ("unit", "scale_group")),
            *(_category_label(named, name) for name in ("category", "category2")),
            pl.lit(mart.publication).alias("publication"),
        )
        .select(
            *("metric", "metric_label", "period", "reference_date", "period_kind"),
            *("unit", "unit_label", "unit_level", "scale_group", "scale_group_label"),
            *("attribute", "category", "category_label"),
            *("attribute2", "category2", "category2_label"),
            *("value", "status", "value_unit", "lower", "upper", "base", "as_of", "publication"),
        )
    )


def _label(named: Callable[[str, str], str], column: str) -> pl.Expr:
    def name(code: str) -> str:
        return named(column, code)

    return _replaced(pl.col(column), name).alias(f"{column}_label")


def _category_label(named: Callable[[str, str], str], column: str) -> pl.Expr:
    attribute = column.replace("category", "attribute")

    def name(pair: Mapping[str, str]) -> str:
        return named(pair[attribute], pair[column]) if pair[attribute] else ""

    return _replaced(pl.struct(attribute, column), name).alias(f"{column}_label")


def _replaced(expression: pl.Expr, name: Callable[[Any], str]) -> pl.Expr:
    """Each distinct value is named once."""
    return expression.map_batches(
        lambda series: pl.Series([name(value) for value in series.to_list()], dtype=pl.String),
        return_dtype=pl.String,
    )


def neutral(frame: pl.DataFrame, danger: str = FORMULA) -> pl.DataFrame:
    """Text that a spreadsheet would run as a formula gets an apostrophe in front.

    Args:
        frame: any table.
        danger: pattern of the texts that get it.
    """
    return frame.with_columns(
        pl.when(column.str.contains(danger)).then("'" + column).otherwise(column).alias(name)
        for name, dtype in frame.schema.items()
        if dtype == pl.String
        for column in [pl.col(name)]
    )


def as_csv(frame: pl.DataFrame, dialect: str = "excel-nl") -> bytes:
    """CSV: ``excel-nl`` (BOM, ``;``, decimal comma) or ``rfc4180``; ISO dates, CRLF, in both.

    Raises:
        DashboardError: another dialect.
    """
    check_dialect(dialect)
    dutch = dialect == "excel-nl"
    safe = neutral(frame, f"{FORMULA}|{MISREAD}" if dutch else FORMULA)
    plain = safe.with_columns(
        pl.col(pl.Float64).cast(pl.String).str.replace(r"\.0$", "").str.replace(r"\.", ",")
        if dutch
        else pl.col(pl.Float64).cast(pl.String).str.replace(r"\.0$", "")
    )
    text = plain.write_csv(
        include_bom=dutch, separator=";" if dutch else ",", line_terminator="\r\n"
    )
    return text.encode("utf-8")


def check_dialect(dialect: str) -> None:
    """Refuse a dialect of CSV that is not written here.

    Raises:
        DashboardError: with the ones that are.
    """
    if dialect not in DIALECTS:
        raise DashboardError(
            "This dialect of CSV does not exist",
            where="dialect",
            expected=" or ".join(DIALECTS),
            got=repr(dialect),
            next_step="leave it out for Excel, or ask for rfc4180",
        )


def check_format(form: str, known: Collection[str]) -> None:
    """Refuse a file format that is not written.

    Raises:
        DashboardError: with the ones that are.
    """
    if form not in known:
        raise DashboardError(
            "This file format does not exist",
            where="the format that was asked for",
            expected=", ".join(known),
            got=repr(form),
            next_step="choose one of these",
        )


def as_xlsx(frame: pl.DataFrame, words: pl.DataFrame, created: datetime) -> bytes:
    """A workbook: the data, and a sheet with what the columns and metrics mean."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties({"created": created.replace(tzinfo=None)})
    for name, table in (("data", frame), ("codebook", words)):
        neutral(table).write_excel(
            book,
            name,
            float_precision=2,
            dtype_formats={pl.Float64: "General", pl.Date: "yyyy-mm-dd"},
            freeze_panes=(1, 0),
            autofit=True,
        )
    book.close()
    return buffer.getvalue()


def as_parquet(frame: pl.DataFrame) -> bytes:
    """Parquet, numbers as numbers and text as it is."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def as_json(frame: pl.DataFrame, package: Mapping[str, object]) -> bytes:
    """One object: ``metadata`` (publication, definitions, columns) and ``data`` (rows)."""
    rows = frame.with_columns(pl.col(pl.Date).cast(pl.String)).to_dicts()
    return dumps({"metadata": package, "data": rows})


def dumps(content: object) -> bytes:
    """JSON with the keys in the order they were made."""
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def render(
    mart: Mart, query: Query, form: str, *, dialect: str = "excel-nl", lang: str = "nl"
) -> bytes:
    """The bytes of one export.

    Raises:
        DashboardError: an unknown metric, unit, period, format or dialect, or nothing is planned.
    """
    check_format(form, MIME)
    cells = query.cells(mart)
    if cells.is_empty():
        raise outside_the_plan(mart, query, form)
    frame = labelled(mart, cells, lang)
    match form:
        case "csv":
            return as_csv(frame, dialect)
        case "xlsx":
            words = codebook.sheet(mart, query.metric, frame.schema, lang)
            return as_xlsx(frame, words, created(mart))
        case "parquet":
            return as_parquet(frame)
    package = codebook.package(mart, query.metric, frame.schema, lang)
    return as_json(frame, package) if form == "json" else dumps(package)


def outside_the_plan(mart: Mart, query: Query, form: str) -> DashboardError:
    """The refusal of a request for cells that are not published, with the nearest that are."""
    asked = _asked(mart, query)
    offer = nearest(mart, asked)
    if offer is not None and offer == replace(asked, period_kind=offer.period_kind):
        step = "leave out the period: the rest is published"
    else:
        step = _offered(mart, offer, form) if offer else "choose another metric"
    return DashboardError(
        "The publication holds no such cells: they are not in the publication plan",
        where=f"publication {mart.publication}, metric {asked.metric}",
        expected="a combination of unit, scale group, period and split that the plan lists",
        got="no cell at all (a suppressed cell would have been one)",
        next_step=step,
    )


def _asked(mart: Mart, query: Query) -> Asked:
    """A query as one request: where it names several codes, the first, or the whole."""
    kinds = mart.dimensions().filter(pl.col("dimension") == "period")
    kind_of = dict(kinds.select("code", "partition").iter_rows())
    kind = query.period_kind or tuple(kind_of[code] for code in query.period)
    groups = query.scale_group
    attributes = [code for code in query.attribute if code]
    return Asked(
        metric=query.metric[0],
        unit=query.unit[0] if query.unit else mart.meta()["root"],
        attribute=attributes[0] if attributes else "",
        category=query.category[0] if len(query.category) == 1 else "",
        attribute2=query.attribute2[0] if query.attribute2 else "",
        scale_group="all" if "all" in groups or not groups else groups[0],
        period_kind=kind[0] if kind else ANY,
    )


def _offered(mart: Mart, offer: Asked, form: str) -> str:
    """The nearest view in words, and its address."""
    words = [
        offer.metric,
        f"unit {offer.unit} ({mart.label('unit', offer.unit, 'en')})",
        mart.label("scale_group", offer.scale_group, "en"),
        *(f"by {name}" for name in (offer.attribute, offer.attribute2) if name),
        f"per {offer.period_kind}",
    ]
    given = {name: value for name, value in asdict(offer).items() if value and name != "metric"}
    address = url(offer.metric, form, **given)
    return f"the nearest that is published: {', '.join(words)} ({address})"


def created(mart: Mart) -> datetime:
    """When the publication was made; the only moment that an export knows."""
    moment = datetime.fromisoformat(mart.meta()["created"])
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def file_name(mart: Mart, metric: str, form: str) -> str:
    """A name that tells the publication and the metric, and nothing about what is hidden."""
    return f"afspiegeling-{mart.publication}-{metric}.{form}"


def register_routes(server: Flask, mart: Mart) -> None:
    """Serve ``/export/<metrics>.<format>``: the same query as the page, as a file."""
    from flask import request  # noqa: PLC0415  (the command line exports without a web server)

    @server.get("/export/<path:name>")
    def export_file(name: str) -> Response:
        metric, _dot, form = name.partition(".")
        options = request.args
        try:
            content = render(
                mart,
                Query.of(metric, options),
                form,
                dialect=options.get("dialect", "excel-nl"),
                lang=options.get("lang", "nl"),
            )
        except MartUnavailable as error:
            return server.response_class(str(error), status=503, mimetype="text/plain")
        except DashboardError as error:
            return server.response_class(str(error), status=404, mimetype="text/plain")
        response = server.response_class(content, content_type=MIME[form])
        response.headers["Content-Disposition"] = (
            f'attachment; filename="{file_name(mart, metric, form)}"'
        )
        response.headers["Cache-Control"] = "private, no-cache"
        return response
