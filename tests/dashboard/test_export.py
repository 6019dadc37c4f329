"""The same numbers as on screen, in the forms that a Dutch Excel and an auditor read."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from flask import Flask
from flask.testing import FlaskClient

from dashboard import export, export_whole
from dashboard.errors import DashboardError
from dashboard.export import Query, as_csv, neutral, render
from dashboard.formats import number
from dashboard.mart import KEY, Mart
from tests.factories import AUDIT, make_tables, withdrawal_frame, write_publication

SHARES = Query(
    ("share",), ("MIN", "SG2"), ("2025Q4",), (), ("all", "<=13", ">=14"), ("origin",), ("yes",)
)


@pytest.fixture
def client(mart: Mart) -> FlaskClient:
    server = Flask("test")
    export.register_routes(server, mart)
    export_whole.register_routes(server, mart)
    return server.test_client()


def test_excel_reads_it_by_a_double_click(mart: Mart) -> None:
    content = render(mart, SHARES, "csv")
    assert content.startswith(b"\xef\xbb\xbf")
    lines = content.decode("utf-8-sig").split("\r\n")
    assert lines[0].startswith("metric;metric_label;period;reference_date;")
    high = next(line for line in lines if ";>=14;" in line and ";MIN;" in line)
    assert ";2025-12-31;" in high
    assert ";3,4;published;percent;2,5;4,6;1330;2025Q4;2026-1" in high


def test_rfc4180_has_points_commas_and_no_bom(mart: Mart) -> None:
    content = render(mart, SHARES, "csv", dialect="rfc4180", lang="en")
    assert content.startswith(b"metric,metric_label,")
    rows = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    high = next(row for row in rows if (row["unit"], row["scale_group"]) == ("MIN", ">=14"))
    assert (high["value"], high["lower"], high["upper"], high["base"]) == (
        *("3.4", "2.5", "4.6", "1330"),
    )
    assert high["category_label"] == "Origin outside Europe"


def test_suppressed_is_a_status_and_never_a_number(mart: Mart) -> None:
    content = render(mart, SHARES, "csv", dialect="rfc4180")
    rows = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    tiny = [row for row in rows if row["unit"] == "SG2"]
    assert len(tiny) == 3
    assert {row["status"] for row in tiny} == {"suppressed"}
    assert {(row["value"], row["lower"], row["upper"]) for row in tiny} == {("", "", "")}


def test_the_file_says_what_the_mart_says(mart: Mart) -> None:
    rows = list(
        csv.DictReader(io.StringIO(render(mart, SHARES, "csv").decode("utf-8-sig")), delimiter=";")
    )
    cells = SHARES.cells(mart)
    assert [row["unit"] for row in rows] == cells["unit"].to_list()
    for row, value, base in zip(rows, cells["value"], cells["base"], strict=True):
        if value is not None:
            decimals = 1 if base >= 1000 else 0
            assert number(float(row["value"].replace(",", ".")), "nl", decimals) == number(
                value, "nl", decimals
            )


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+31 70", "'+31 70"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        (">=14", ">=14"),
        ("<=13", "<=13"),
        ("19+", "19+"),
        ("16+", "16+"),
        ("1-5", "1-5"),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_formulas_are_neutral_and_codes_stay(text: str, written: str) -> None:
    frame = neutral(pl.DataFrame({"text": [text], "number": [-1.5]}))
    assert frame.row(0) == (written, -1.5)


def test_negative_numbers_stay_numbers() -> None:
    frame = pl.DataFrame({"gap": [-7.6, 12000.0, None], "day": [date(2025, 12, 31)] * 3})
    assert as_csv(frame).decode("utf-8-sig").split("\r\n")[1:] == [
        *("-7,6;2025-12-31", "12000;2025-12-31", ";2025-12-31", ""),
    ]
    assert as_csv(frame, "rfc4180").decode().split("\r\n")[1] == "-7.6,2025-12-31"


def test_scales_stay_text_in_a_dutch_spreadsheet() -> None:
    frame = pl.DataFrame({"scale_group": ["1-5", "10-11", "2021-2025", ">=14", "19+"]})
    dutch = as_csv(frame).decode("utf-8-sig").split("\r\n")[1:-1]
    assert dutch == ["'1-5", "'10-11", "2021-2025", ">=14", "'19+"]
    assert as_csv(frame, "rfc4180").decode().split("\r\n")[1:3] == ["1-5", "10-11"]


def test_text_with_separators_quotes_and_lines_comes_back(tmp_path: Path) -> None:
    words = 'DG "Noord"; Oost, en\nWest'
    for dialect, separator in (("excel-nl", ";"), ("rfc4180", ",")):
        content = as_csv(pl.DataFrame({"label": [words]}), dialect).decode("utf-8-sig")
        assert list(csv.reader(io.StringIO(content, newline=""), delimiter=separator)) == [
            *(["label"], [words]),
        ]


def test_workbook_holds_data_and_codebook(mart: Mart) -> None:
    content = render(mart, SHARES, "xlsx")
    data = pl.read_excel(io.BytesIO(content), sheet_name="data")
    high = data.filter((pl.col("unit") == "MIN") & (pl.col("scale_group") == ">=14"))
    assert high.select("value", "lower", "upper").row(0) == (3.4, 2.5, 4.6)
    assert high["reference_date"].to_list() == [date(2025, 12, 31)]
    words = dict(pl.read_excel(io.BytesIO(content), sheet_name="codebook").iter_rows())
    assert words["publicatie"] == "2026-1 (2026-01-14)"
    assert words["share"] == "Aandeel: Aandeel, uit beschermde aantallen"
    assert "verzonnen" in words["synthetisch"]


def test_workbook_runs_no_formula(tmp_path: Path) -> None:
    tables = make_tables(years=range(2024, 2026))
    dimensions = tables["mart_dimension"]
    nasty = pl.when(pl.col("code") == "MIN").then(pl.lit("=1+1")).otherwise("label_nl")
    tables["mart_dimension"] = dimensions.with_columns(nasty.alias("label_nl"))
    write_publication(tmp_path, tables, "2026-1")
    content = render(Mart(tmp_path), SHARES, "xlsx")
    data = pl.read_excel(io.BytesIO(content), sheet_name="data")
    assert data.filter(pl.col("unit") == "MIN")["unit_label"].unique().to_list() == ["'=1+1"]


def test_parquet_and_json_hold_the_same_rows(mart: Mart) -> None:
    frame = pl.read_parquet(io.BytesIO(render(mart, SHARES, "parquet")))
    content = json.loads(render(mart, SHARES, "json"))
    assert frame.height == len(content["data"]) == 6
    assert content["data"][0]["reference_date"] == "2025-12-31"
    assert [row["value"] for row in content["data"]] == frame["value"].to_list()
    assert content["metadata"]["publication"] == "2026-1"
    assert content["metadata"]["metrics"][0]["definition"] == "Aandeel, uit beschermde aantallen"
    assert {field["name"] for field in content["metadata"]["fields"]} == set(frame.columns)
    assert all("description" in field for field in content["metadata"]["fields"])


@pytest.mark.parametrize("form", [*export.FORMATS, "datapackage.json"])
def test_the_address_gives_the_bytes_of_the_button(
    client: FlaskClient, mart: Mart, form: str
) -> None:
    address = export.url(
        ["share"],
        form,
        unit=["MIN", "SG2"],
        period=["2025Q4"],
        scale_group=["all", "<=13", ">=14"],
        attribute=["origin"],
        category=["yes"],
    )
    first, second = client.get(address), client.get(address)
    assert first.status_code == 200
    assert first.data == second.data == render(mart, SHARES, form)
    assert first.headers["Content-Disposition"] == (
        f'attachment; filename="afspiegeling-2026-1-share.{form}"'
    )


def test_several_metrics_and_everybody_beside_a_group(client: FlaskClient) -> None:
    address = export.url(
        ["headcount", "share"], "csv", period="2025Q4", attribute=["", "origin"],
        category=["", "yes"], scale_group="all", dialect="rfc4180",
    )  # fmt: skip
    content = client.get(address).data.decode()
    rows = list(csv.DictReader(io.StringIO(content, newline="")))
    assert [(row["metric"], row["category"], row["value"]) for row in rows] == [
        ("headcount", "", "12000"),
        ("headcount", "yes", "1095"),
        ("share", "yes", "10.1"),
    ]


def test_intersections_only_when_the_address_names_them(client: FlaskClient) -> None:
    plain = export.url("headcount", "csv", period="2025Q4", attribute="origin", category="yes",
                       scale_group="all")  # fmt: skip
    assert client.get(plain).data.count(b"\r\n") == 2
    crossed = client.get(plain + "&attribute2=gender").data.decode()
    assert crossed.count("gender") == 2


@pytest.mark.parametrize(
    "address",
    [
        "/export/no_such.csv",
        "/export/share.docx",
        "/export/share",
        "/export/share.csv?unit=NOPE",
        "/export/share.csv?period=1999",
        "/export/share.csv?dialect=klingon",
        "/export/../mart.csv",
    ],
)
def test_a_wrong_address_is_refused_in_words(client: FlaskClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 404
    if not address.startswith("/export/.."):
        assert "Next:" in answer.text


def test_without_a_publication_it_is_not_available(tmp_path: Path) -> None:
    server = Flask("test")
    export.register_routes(server, Mart(tmp_path))
    answer = server.test_client().get("/export/share.csv")
    assert answer.status_code == 503
    assert "afspiegeling publish" in answer.text


def test_unknown_codes_are_named_with_the_known_ones(mart: Mart) -> None:
    with pytest.raises(DashboardError, match=r"no unit NOPE.*one of MIN, DGOB") as refusal:
        render(mart, Query(("share",), ("NOPE",)), "csv")
    assert refusal.value.exit_code == 2


# --- the whole publication ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, mart: Mart) -> Path:
    directory = tmp_path_factory.mktemp("all") / "new" / "directory"
    export_whole.export_all(mart, directory)
    return directory


def test_export_all_writes_what_an_outsider_needs(whole: Path) -> None:
    assert sorted(path.name for path in whole.iterdir()) == [
        *("audit.json", "cells.csv", "cells.parquet", "datapackage.json", "dimensions.csv"),
        *("findings.csv", "metrics.csv", "references.csv"),
    ]


def test_cells_have_exactly_the_columns_of_the_contract(whole: Path) -> None:
    header = (whole / "cells.csv").read_bytes().split(b"\r\n")[0].decode()
    assert header == (
        "metric,period,period_kind,unit,unit_level,scale_group,attribute,category,attribute2,"
        "category2,status,as_of,value,base,lower,upper"
    )
    header = (whole / "dimensions.csv").read_bytes().split(b"\r\n")[0].decode()
    assert header == (
        "dimension,partition,code,parent,level,valid_from,valid_to,label_nl,label_en,rounding"
    )
    header = (whole / "metrics.csv").read_bytes().split(b"\r\n")[0].decode()
    assert header == (
        "metric,kind,sensitivity,numerator,numerator_category,denominator,denominator_category,"
        "denominator_when,reference,rounding_base,label_nl,label_en,definition_nl,definition_en,unit"
    )


def test_cells_csv_and_parquet_are_the_same_and_complete(whole: Path, mart: Mart) -> None:
    parquet = pl.read_parquet(whole / "cells.parquet")
    text = pl.read_csv(whole / "cells.csv", schema=parquet.schema)
    assert text.equals(parquet)
    assert parquet.height == mart.current().table("cells").height
    assert parquet.equals(parquet.sort(KEY))


def test_shares_recompute_from_the_counts_of_the_file(whole: Path) -> None:
    cells = pl.read_parquet(whole / "cells.parquet").filter(pl.col("attribute2") == "")
    on = ["period", "unit", "scale_group", "attribute"]
    counts = cells.filter(pl.col("metric") == "headcount")
    known = counts.filter(pl.col("category") == "known").select(*on, whole="value")
    yes = counts.filter(pl.col("category") == "yes").select(*on, part="value")
    shares = cells.filter(
        (pl.col("metric") == "share")
        & (pl.col("category") == "yes")
        & (pl.col("attribute") == "origin")
        & (pl.col("base") >= 1000)
        & (pl.col("status") == "published")
    )
    joined = shares.join(yes, on=on).join(known, on=on)
    assert joined.height == shares.height > 100
    off = (joined["value"] - 100 * joined["part"] / joined["whole"]).abs()
    assert float(off.max()) <= 0.05 + 1e-9  # type: ignore[arg-type]


def test_data_package_describes_files_policy_and_audit(whole: Path) -> None:
    package = json.loads((whole / "datapackage.json").read_text())
    resources = {resource["path"]: resource for resource in package["resources"]}
    assert set(resources) == {path.name for path in whole.iterdir()} - {"datapackage.json"}
    for name, resource in resources.items():
        assert resource["bytes"] == (whole / name).stat().st_size
        assert name == "audit.json" or resource["schema"]["fields"], name
    fields = [f["name"] for f in resources["cells.csv"]["schema"]["fields"]]
    assert fields == export_whole.COLUMNS
    assert package["policy"]["classes"]["special"]["threshold"]["value"] == 10
    assert package["audit"]["made"] is True
    assert "not_refreshed" in package["status"]
    assert package["withdrawn"] == []
    assert package["version"] == "2026-1"


def test_export_all_twice_gives_the_same_bytes(whole: Path, mart: Mart, tmp_path: Path) -> None:
    export_whole.export_all(mart, tmp_path)
    for path in whole.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


def test_the_audit_is_written_with_truth_and_numbers(whole: Path) -> None:
    report = json.loads((whole / "audit.json").read_text())
    assert report["safe"] is True
    assert (report["unknowns"], report["publications"]) == (61204, 3)
    assert set(report) == set(AUDIT)


def test_without_an_audit_the_package_says_so_and_what_was_withdrawn(tmp_path: Path) -> None:
    tables = make_tables(years=range(2024, 2026))
    del tables["mart_audit"]
    tables["mart_withdrawal"] = withdrawal_frame(("share", "2025Q2", "verkeerde bron"))
    write_publication(tmp_path / "published", tables, "2026-1")
    export_whole.export_all(Mart(tmp_path / "published"), tmp_path / "out")
    assert not (tmp_path / "out" / "audit.json").exists()
    package = json.loads((tmp_path / "out" / "datapackage.json").read_text())
    assert package["audit"]["made"] is False
    assert "No attack audit" in package["audit"]["en"]
    expected = {"metric": "share", "period": "2025Q2", "reason": "verkeerde bron"}
    assert package["withdrawn"] == [expected]


def test_a_repeated_number_carries_its_date_in_every_file(mart: Mart) -> None:
    query = Query(("share",), ("UB1",), ("2025Q4",), scale_group=("<=13",), category=("yes",))
    frame = pl.read_csv(io.BytesIO(render(mart, query, "csv", dialect="rfc4180")))
    row = frame.filter(pl.col("attribute") == "origin").row(0, named=True)
    assert (row["period"], row["as_of"], row["status"]) == ("2025Q4", "2025Q3", "published")
    sheet = pl.read_excel(io.BytesIO(render(mart, query, "xlsx")), sheet_name="data")
    assert sheet.filter(pl.col("attribute") == "origin")["as_of"].to_list() == ["2025Q3"]


def test_the_archive_holds_the_same_files(client: FlaskClient, mart: Mart, whole: Path) -> None:
    answer = client.get(export_whole.WHOLE)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="afspiegeling-2026-1.zip"'
    assert answer.data == client.get(export_whole.WHOLE).data == export_whole.as_zip(mart)
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        names = {name.removeprefix("afspiegeling-2026-1/"): name for name in archive.namelist()}
        assert set(names) == {"README.txt"} | {path.name for path in whole.iterdir()}
        for path in whole.iterdir():
            assert archive.read(names[path.name]) == path.read_bytes()


def test_a_new_publication_has_a_new_archive(tmp_path: Path) -> None:
    tables = make_tables(years=range(2024, 2026))
    write_publication(tmp_path, tables, "2026-1")
    server = Flask("test")
    export_whole.register_routes(server, Mart(tmp_path))
    client = server.test_client()
    first = client.get(export_whole.WHOLE)
    new = pl.when(pl.col("key") == "publication").then(pl.lit("2026-2")).otherwise("value")
    tables["mart_meta"] = tables["mart_meta"].with_columns(new.alias("value"))
    write_publication(tmp_path, tables, "2026-2")
    assert "2026-1" in first.headers["Content-Disposition"]
    assert "2026-2" in client.get(export_whole.WHOLE).headers["Content-Disposition"]


def test_without_a_publication_there_is_no_archive(tmp_path: Path) -> None:
    server = Flask("test")
    export_whole.register_routes(server, Mart(tmp_path))
    assert server.test_client().get(export_whole.WHOLE).status_code == 503
