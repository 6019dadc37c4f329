"""A publication made by hand for tests of the dashboard: the tables of the contract, no ETL.

The numbers are invented but hold together: parts add up to their whole before rounding, stocks and
flows of everybody obey the accounting identity, special cells under the gates are suppressed, and
shares, rates, gaps and parities are recomputed from the protected counts of the same file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Literal

import duckdb
import polars as pl

from etl.metrics.findings import findings
from tests.invented_cells import cells_frame, stock_periods
from tests.invented_counts import BINARY, FINE, FLOWS, HIGH, LOW, ROOT, TREE

__all__ = ["cells_frame", "make_publication", "make_tables", "point_to", "write_publication"]

Inequality = Literal["planted", "reversed", "none"]
Row = tuple[object, ...]
YEARS = range(2021, 2026)
MONTH_ENDS = {1: (3, 31), 2: (6, 30), 3: (9, 30), 4: (12, 31)}

CATEGORIES = """
attribute|origin|||Herkomst|Origin|exact
attribute|gender|||Geslacht|Gender|exact
attribute|age_band|||Leeftijd|Age|exact
attribute|contract|||Aanstelling|Contract|exact
attribute|location_group|||Standplaats|Location|exact
origin|unknown|known||Herkomst niet bekend|Origin not known|own
origin|known|known||Herkomst bekend|Origin known|complement
origin|yes|binary|known|Herkomst buiten Europa|Origin outside Europe|own
origin|no|binary|known|Andere bekende herkomst|Other known origin|complement
origin|nederland|groups|known|Nederland|The Netherlands|complement
origin|europa|groups|known|Europa (exclusief Nederland)|Europe (excluding the Netherlands)|own
origin|buiten_europa|groups|known|Buiten Europa|Outside Europe|own
origin|turkije|leaves|buiten_europa|Turkije|Türkiye|own
origin|marokko|leaves|buiten_europa|Marokko|Morocco|own
origin|suriname|leaves|buiten_europa|Suriname|Suriname|own
origin|nl_cariben|leaves|buiten_europa|Nederlandse Cariben|Dutch Caribbean|own
origin|indonesie|leaves|buiten_europa|Indonesië|Indonesia|own
origin|overig_buiten_europa|leaves|buiten_europa|Overig buiten Europa|Other|complement
gender|yes|binary||Vrouwen|Women|own
gender|no|binary||Niet vrouwen|Not women|complement
age_band|yes|binary||Jonger dan 35|Under 35|own
age_band|no|binary||35 en ouder of onbekend|35 and over, or unknown|complement
contract|yes|binary||Tijdelijk|Temporary|own
contract|no|binary||Vast of onbekend|Permanent or unknown|complement
location_group|yes|binary||Buitenland|Abroad|own
location_group|no|binary||Nederland of onbekend|The Netherlands, or unknown|complement
"""
"""dimension, code, partition, parent, label_nl, label_en, rounding"""

COUNTS = """
headcount|Bezetting|Headcount|In dienst op de peildatum|In service on the reference date
fte|Voltijdbanen|Full-time equivalents|Som van de deeltijdfactoren|Sum of part-time factors
inflow|Instroom|Inflow|Op de vorige peildatum niet in dienst|Not in service at the previous date
exit|Uitstroom|Exits|Nu niet meer in dienst|No longer in service
promotion|Promotie|Promotion|Schaal hoger dan daarvoor|Scale higher than before
crossing|Doorbraak naar 14+|Step to 14+|Promotie van t/m 13 naar 14+|Promotion from up to 13 to 14+
transfer_in|Interne instroom|Transfers in|Uit een ander onderdeel|From another unit
transfer_out|Interne uitstroom|Transfers out|Naar een ander onderdeel|To another unit
"""
"""metric, label_nl, label_en, definition_nl, definition_en"""

DERIVED = """
share|share|headcount|*|headcount|known|same|Aandeel|Share|percent
coverage|share|headcount|known|headcount||same|Herkomst bekend|Origin known|percent
inflow_share|share|inflow|yes|inflow|known|same|Aandeel in de instroom|Share of inflow|percent
exit_share|share|exit|yes|exit|known|same|Aandeel in de uitstroom|Share of exits|percent
promotion_share|share|promotion|yes|promotion|known|same|Deel van promotie|Of promotion|percent
crossing_share|share|crossing|yes|crossing|known|same|Aandeel in doorbraak|Share of the step|percent
inflow_rate|rate|inflow|*|headcount|*|start|Kans op instroom|Inflow rate|percent
exit_rate|rate|exit|*|headcount|*|mean|Kans op vertrek|Exit rate|percent
promotion_rate|rate|promotion|*|headcount|*|start|Kans op promotie|Promotion rate|percent
crossing_rate|rate|crossing|*|headcount|*|start|Kans op doorbraak|Rate of the step|percent
transfer_in_rate|rate|transfer_in||headcount||start|Overplaatsing in|Transfers in|percent
transfer_out_rate|rate|transfer_out||headcount||start|Overplaatsing uit|Transfers out|percent
exit_parity|ratio|exit|yes|exit|no|mean|Kans op vertrek, vergeleken|Exit rate, compared|ratio
promotion_parity|ratio|promotion|yes|promotion|no|start|Promotie, vergeleken|Promotion|ratio
crossing_parity|ratio|crossing|yes|crossing|no|start|Doorbraak, vergeleken|Step, compared|ratio
promotion_parity_p|statistic|promotion_rate|yes|promotion_rate|no|same|Promotie, toets|Promotion, test|probability
exit_parity_p|statistic|exit_rate|yes|exit_rate|no|same|Vertrek, toets|Exit, test|probability
crossing_parity_p|statistic|crossing_rate|yes|crossing_rate|no|same|Doorbraak, toets|Step, test|probability
promotion_odds|ratio|promotion|yes|headcount|no|start|Promotie, odds|Promotion, odds|ratio
promotion_adjusted|ratio|promotion|yes|headcount|no|start|Promotie, binnen|Promotion, within|ratio
promotion_adjusted_p|statistic|promotion|yes|headcount|no|start|Promotie, p|Promotion, p|probability
promotion_standardised|ratio|promotion|yes|headcount|no|start|Promotie, verdeeld|Promotion, spread|ratio
promotion_left_out|statistic|promotion|yes|headcount|no|start|Promotie, erbuiten|Promotion, out|percent
exit_odds|ratio|exit|yes|headcount|no|start|Vertrek, odds|Exit, odds|ratio
exit_adjusted|ratio|exit|yes|headcount|no|start|Vertrek, binnen|Exit, within|ratio
exit_adjusted_p|statistic|exit|yes|headcount|no|start|Vertrek, p|Exit, p|probability
exit_standardised|ratio|exit|yes|headcount|no|start|Vertrek, verdeeld|Exit, spread|ratio
exit_left_out|statistic|exit|yes|headcount|no|start|Vertrek, erbuiten|Exit, out|percent
gap|statistic|headcount|yes|headcount|known|same|Verschil 14+ en t/m 13|Gap 14+ and up to 13|points
ratio|ratio|headcount|yes|headcount|known|same|Verhouding 14+ en t/m 13|Ratio 14+ to 13|ratio
change_inflow|change|inflow|yes|headcount|known|ends|Door instroom|By inflow|points
change_exit|change|exit|yes|headcount|known|ends|Door uitstroom|By exits|points
change_promotion|change|crossing|yes|headcount|known|ends|Door doorbraak|By the step|points
change_other|change|share|yes|headcount|known|ends|Overig en afronding|Other and rounding|points
change_total|change|share|yes|headcount|known|ends|Verandering|Change|points
"""
"""metric, kind, numerator and category, denominator and category, when, label_nl, label_en, unit"""

REFERENCES = """
target|share|MIN|>=14|origin|yes|5.5|2028|ambition||Ambitie 5,5% in 2028|Ambition 5.5% in 2028
target|share|MIN|>=14|gender|yes|45|2026|hard||Streefcijfer 45% in 2026|Target 45% in 2026
benchmark|inflow_share|MIN|all|origin|yes|13.2|2025||CBS|Arbeidsmarkt 13,2%|Labour market 13.2%
"""


def _lines(table: str) -> list[list[str]]:
    return [line.split("|") for line in table.strip().splitlines()]


def _frame(
    lines: Sequence[Sequence[object]], columns: str, /, **types: type[pl.DataType]
) -> pl.DataFrame:
    """Columns are text unless ``types`` says otherwise."""
    schema = {name: types.get(name, pl.String) for name in columns.split()}
    return pl.DataFrame(lines, schema=schema, orient="row")


def _unit_rows(years: Sequence[int]) -> list[Row]:
    start = date(years[0] - 1, 1, 1)

    def unit(code: str, parent: str, level: int, nl: str, en: str) -> Row:
        return ("unit", "tree", code, parent, level, start, None, nl, en, "exact")

    rows = [unit(ROOT, "", 1, "Voorbeeldministerie", "Example ministry")]
    for code, (nl, en, children) in TREE.items():
        rows.append(unit(code, ROOT, 2, nl, en))
        for i, child in enumerate(children, 1):
            rows.append(unit(child, code, 3, f"Directie {nl} {i}", f"Directorate {en} {i}"))
    return rows


def _scale_rows() -> list[Row]:
    def group(partition: str, code: str, nl: str, en: str) -> Row:
        return ("scale_group", partition, code, "", None, None, None, nl, en, "exact")

    rows = [
        group("main", LOW, "t/m schaal 13", "up to scale 13"),
        group("main", HIGH, "vanaf schaal 14", "scale 14 and above"),
    ]
    for code in [name for band in FINE.values() for name in band if name != "16+"]:
        rows.append(group("fine", code, f"schaal {code}", f"scale {code}"))
    rows.append(group("fine", "16+", "vanaf schaal 16", "scale 16 and above"))
    for scale in [*map(str, range(1, 19)), "19+"]:
        rows.append(group("single", scale, f"schaal {scale}", f"scale {scale}"))
    return rows


def _period_rows(years: Sequence[int], calendar: str) -> list[Row]:
    def period(kind: str, code: str, parent: str, start: date, end: date) -> Row:
        return ("period", kind, code, parent, None, start, end, code, code, "exact")

    rows: list[Row] = []
    for _, code, kind in stock_periods(years, calendar):
        if kind == "quarter":
            year, quarter = int(code[:4]), int(code[5])
            end = date(year, *MONTH_ENDS[quarter])
            rows.append(period(kind, code, str(year), date(year, 3 * quarter - 2, 1), end))
    first = years[0] - 1 if calendar == "year" else years[0]
    for year in range(first, years[-1] + 1):
        rows.append(period("year", str(year), "", date(year, 1, 1), date(year, 12, 31)))
    if len(years) >= 5:
        code = f"{years[0]}-{years[4]}"
        rows.append(period("block", code, "", date(years[0], 1, 1), date(years[4], 12, 31)))
    return rows


def dimensions_frame(years: Sequence[int], calendar: str) -> pl.DataFrame:
    """Units, scale groups, periods, attributes and categories with their labels."""
    rows = [*_unit_rows(years), *_scale_rows(), *_period_rows(years, calendar)]
    for dimension, code, partition, parent, nl, en, rounding in _lines(CATEGORIES):
        rows.append((dimension, partition, code, parent, None, None, None, nl, en, rounding))
    columns = (
        "dimension partition code parent level valid_from valid_to label_nl label_en "
        "rounding position"
    )
    numbered = [(*row, i) for i, row in enumerate(rows)]
    types = {"level": pl.Int64, "valid_from": pl.Date, "valid_to": pl.Date, "position": pl.Int64}
    return _frame(numbered, columns, **types)


def metrics_frame() -> pl.DataFrame:
    """Every metric with its definition."""
    rows: list[Row] = []
    for key, nl, en, dnl, den in _lines(COUNTS):
        unit = "fte" if key == "fte" else "persons"
        rows.append((key, "count", "public", "", "", "", "", "", "", 5, nl, en, dnl, den, unit))
    for key, kind, num, ncat, den, dcat, when, nl, en, unit in _lines(DERIVED):
        words = (f"{nl}, uit beschermde aantallen", f"{en}, from protected counts")
        rows.append((key, kind, "special", num, ncat, den, dcat, when, "", 5, nl, en, *words, unit))
    columns = (
        "metric kind sensitivity numerator numerator_category denominator denominator_category "
        "denominator_when reference rounding_base label_nl label_en "
        "definition_nl definition_en unit"
    )
    return _frame(rows, columns, rounding_base=pl.Int64)


def _references_frame() -> pl.DataFrame:
    rows = [(*r[:6], float(r[6]), int(r[7]), *r[8:]) for r in _lines(REFERENCES)]
    columns = (
        "kind metric unit scale_group attribute category value year status source label_nl label_en"
    )
    return _frame(rows, columns, value=pl.Float64, year=pl.Int64)


def _plan_frame() -> pl.DataFrame:
    bands: dict[str, list[str]] = {}
    for row in _scale_rows():
        bands.setdefault(str(row[1]), []).append(str(row[2]))

    def table(
        key: str, metric: str, attribute: str, scales: str, *, levels: str, kind: str
    ) -> list[Row]:
        first, last = map(int, levels.split("-"))
        split = (attribute, "binary" if attribute else "", "", "")
        groups = ["all", *bands[scales]]
        return [(key, metric, *split, scales, group, first, last, kind, 0) for group in groups]

    rows = table("stock", "headcount", "", "main", levels="1-3", kind="quarter")
    for attribute in ("origin", *BINARY):
        levels = "1-3" if attribute in {"origin", "gender"} else "1-2"
        key = f"stock_{attribute}"
        rows += table(key, "headcount", attribute, "main", levels=levels, kind="quarter")
    for scales, levels in (("fine", "1-2"), ("single", "1-1")):
        key = f"stock_{scales}"
        rows += table(key, "headcount", "origin", scales, levels=levels, kind="quarter")
    for flow in FLOWS[:3]:
        for levels, kind in (("1-1", "quarter"), ("1-2", "year"), ("3-3", "block")):
            key = f"{flow}_{kind}"
            rows += table(key, flow, "origin", "main", levels=levels, kind=kind)
    rows += table("crossing_block", "crossing", "origin", "main", levels="1-1", kind="block")
    columns = (
        "table_key metric attribute partition attribute2 partition2 scale_partition "
        "scale_group level_from level_to period_kind mean_base"
    )
    return _frame(rows, columns, level_from=pl.Int64, level_to=pl.Int64, mean_base=pl.Int64)


def _number(value: int, reason: str) -> dict[str, object]:
    owner = "functionaris gegevensbescherming"
    return {"value": value, "reason": reason, "owner": owner, "date": "2026-01-01"}


POLICY: dict[str, object] = {
    "rounding_base": _number(5, "Eén persoon verschil is niet te zien."),
    "classes": {
        "personal": {
            "threshold": _number(5, "Kleiner wijst personen aan."),
            "minimum_base": _number(10, "Kleiner kent iedereen elkaar."),
            "width": _number(3, "Zoveel waarden blijven mogelijk."),
            "distance": _number(5, "Minder wijst wisselingen aan."),
        },
        "special": {
            "threshold": _number(10, "Bijzondere gegevens."),
            "minimum_base": _number(50, "Anders te schatten."),
            "minimum_base_leaves": _number(250, "Grens van het CBS."),
            "width": _number(5, "Zoveel waarden blijven mogelijk."),
            "distance": _number(10, "Minder wijst wisselingen aan."),
        },
    },
    "audit": {
        "small_base": _number(50, "Kleine groep."),
        "majority": _number(2, "De helft."),
    },
    "refusals": {"threshold": _number(10, "Kleine aantallen zeggen iets over personen.")},
    "strata": {"smallest_count": _number(20, "Kleiner is vooral afronding.")},
}


def _meta(
    publication: str, years: Sequence[int], calendar: str, *, synthetic: bool
) -> dict[str, str]:
    periods = [code for _, code, _ in stock_periods(years, calendar)]
    return {
        "publication": publication,
        "created": f"{years[-1] + 1}-01-14T09:00:00+00:00",
        "organisation_nl": "Voorbeeldministerie",
        "organisation_en": "Example ministry",
        "synthetic": "true" if synthetic else "false",
        "calendar": calendar,
        "root": ROOT,
        "first_period": periods[0],
        "last_period": periods[-1],
        "rounding_base": "5",
        "threshold_special": "10",
        "default_attribute": "origin",
        "rows_read": "252853",
        "rows_refused": "168",
        "policy": json.dumps(POLICY),
        "levels_nl": json.dumps(["Ministerie", "SG / DG", "Directie"]),
        "levels_en": json.dumps(["Ministry", "SG / DG", "Directorate"]),
    }


def _sha(text: object) -> str:
    return hashlib.sha256(str(text).encode()).hexdigest()


def _loads(dates: Sequence[date]) -> pl.DataFrame:
    rows: list[Row] = [("personeel", day, _sha(day)) for day in dates]
    rows.append(("organisatie", None, _sha("organisatie")))
    return _frame(rows, "extract reference_date seal", reference_date=pl.Date)


def _refusals() -> pl.DataFrame:
    rows = [
        ("scale_invalid", "Schaal bestaat niet", "Scale does not exist", 120, "published"),
        ("duplicate_row", "Dubbele rij", "Duplicate row", 38, "published"),
        ("code_unknown", "Code onbekend", "Code unknown", None, "suppressed"),
    ]
    return _frame(rows, "rule label_nl label_en rows status", rows=pl.Int64)


AUDIT = {
    "safe": "true",
    "unknowns": "61204",
    "hidden": "9876",
    "constraints": "83551",
    "unsafe": "0",
    "exact": "0",
    "narrow": "0",
    "majority": "0",
    "changes": "0",
    "implied": "0",
    "publications": "3",
}


def withdrawal_frame(*rows: tuple[str, str, str]) -> pl.DataFrame:
    """``mart_withdrawal``: metric, period and reason of figures found wrong."""
    return _frame(rows, "metric period reason")


def news_frame(*rows: Row) -> pl.DataFrame:
    """``mart_news``: what is new since the publication before."""
    return _frame(rows, "kind change code period was now label_nl label_en")


def _warnings(last: date) -> pl.DataFrame:
    jump = ("Bezetting verandert sterk", "Headcount changes sharply", None)
    drop = ("Herkomst veel minder bekend", "Origin much less known", "uitvraag liep door")
    rows = [
        ("headcount_jump", "SG2", last, "warning", *jump),
        ("coverage_drop", "DGD", last, "gross", *drop),
    ]
    columns = "rule unit reference_date severity label_nl label_en accepted_reason"
    return _frame(rows, columns, reference_date=pl.Date)


def make_tables(
    inequality: Inequality = "planted",
    *,
    publication: str = "2026-1",
    calendar: str = "quarter",
    years: Sequence[int] = YEARS,
    synthetic: bool = True,
) -> dict[str, pl.DataFrame]:
    """All tables of the publication as frames, by table name."""
    cells = cells_frame(inequality, calendar=calendar, years=years)
    meta = _meta(publication, years, calendar, synthetic=synthetic)
    metrics = metrics_frame()
    kinds = cells.join(metrics.select("metric", "kind"), on="metric")
    status = kinds.group_by("status", "kind").agg(pl.len().cast(pl.Int64).alias("cells"))
    stocks = {code for _, code, _ in stock_periods(years, calendar)}
    dates = [row[6] for row in _period_rows(years, calendar) if row[2] in stocks]
    ends = [day for day in dates if isinstance(day, date)]
    dimensions, references = dimensions_frame(years, calendar), _references_frame()
    history = [(publication, meta["created"], meta["last_period"])]
    return {
        "mart_cell": cells,
        "mart_dimension": dimensions,
        "mart_metric": metrics,
        "mart_reference": references,
        "mart_plan": _plan_frame(),
        "mart_meta": _frame(list(meta.items()), "key value"),
        "mart_status": status.sort("status", "kind"),
        "mart_load": _loads(ends),
        "mart_refusal": _refusals(),
        "mart_warning": _warnings(ends[-1]),
        "mart_history": _frame(history, "publication created last_period"),
        "mart_audit": _frame(list(AUDIT.items()), "key value"),
        "mart_news": news_frame(),
        "mart_finding": findings(cells, references, dimensions, metrics),
    }


def write_publication(directory: Path, tables: dict[str, pl.DataFrame], publication: str) -> Path:
    """Write the tables as ``publication-<name>.duckdb`` and point ``current.json`` at it."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"publication-{publication}.duckdb"
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        for name, frame in tables.items():
            connection.register("source", frame.to_arrow())
            connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM source')
            connection.unregister("source")
    point_to(directory, publication)
    return path


def point_to(directory: Path, publication: str) -> None:
    """Replace the pointer atomically."""
    path = directory / f"publication-{publication}.duckdb"
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    pointer = {"publication": publication, "file": path.name, "sha256": sha256}
    temporary = directory / "current.json.tmp"
    temporary.write_text(json.dumps(pointer), encoding="utf-8")
    temporary.replace(directory / "current.json")


def make_publication(
    directory: Path,
    *,
    inequality: Inequality = "planted",
    publication: str = "2026-1",
    calendar: str = "quarter",
    years: Sequence[int] = YEARS,
    synthetic: bool = True,
) -> Path:
    """Write an invented publication into ``directory`` (``home/published``) and serve it.

    Returns:
        The DuckDB file; the pointer ``current.json`` stands beside it.
    """
    tables = make_tables(
        inequality,
        publication=publication,
        calendar=calendar,
        years=years,
        synthetic=synthetic,
    )
    return write_publication(directory, tables, publication)
