"""The board paper from the command line and from an address: the same bytes, or a clear refusal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import polars as pl
import pytest
import typer
from flask.testing import FlaskClient
from typer.testing import CliRunner, Result

from dashboard import cli
from dashboard.app import create_app
from dashboard.charts import Style, read_themes
from dashboard.errors import DashboardError
from dashboard.filters import Filters
from dashboard.mart import Mart
from dashboard.pages import overzicht
from dashboard.report.axis import axis
from dashboard.report.build import Request, build, render
from dashboard.report.command import formats
from dashboard.report.paper import Chart, Series, Spot
from dashboard.settings import ASSETS, Settings
from dashboard.view import View
from tests.dashboard.board_papers import mart_of, paper, pdf, said, slides_of
from tests.factories import make_tables

Run = Callable[..., Result]


@dataclass(frozen=True)
class Home:
    published: Path


@pytest.fixture
def run(published: dict[str, Path]) -> Run:
    app = typer.Typer()
    cli.register(app)

    def invoke(*arguments: object, home: Path | None = None) -> Result:
        obj = Home(home or published["planted"])
        return CliRunner().invoke(app, ["report", *map(str, arguments)], obj=obj)

    return invoke


@pytest.fixture(scope="module")
def client(published: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    home = tmp_path_factory.mktemp("home")
    (home / "published").symlink_to(published["planted"])
    return create_app(Settings(home=home)).server.test_client()


def test_the_command_writes_both_and_the_button_gives_the_same(
    run: Run, client: FlaskClient, tmp_path: Path
) -> None:
    wanted = ("--period", "2025Q4", "--unit", "SGC", "--format", "pptx,pdf")
    done = run(*wanted, "-o", tmp_path / "stuk.pptx")
    assert done.exit_code == 0, done.output
    for form in ("pptx", "pdf"):
        written = (tmp_path / f"stuk.{form}").read_bytes()
        answer = client.get(f"/report/2025Q4.{form}?unit=SGC")
        assert answer.status_code == 200
        assert answer.data == written
        assert f"SGC-2025Q4-nl.{form}" in answer.headers["Content-Disposition"]


def test_the_file_names_the_format(run: Run, tmp_path: Path) -> None:
    done = run("--unit", "SG1", "--lang", "en", "-o", tmp_path / "paper.pdf")
    assert done.exit_code == 0, done.output
    assert [path.name for path in tmp_path.iterdir()] == ["paper.pdf"]
    assert (tmp_path / "paper.pdf").read_bytes().startswith(b"%PDF-1.7")
    assert formats(None, None) == ["pptx", "pdf"]
    with pytest.raises(DashboardError, match="another format"):
        formats("pdf", Path("paper.pptx"))


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["--unit", "NOPE"], "The publication has no unit NOPE"),
        (["--period", "2031Q4"], "The publication has no period 2031Q4"),
        (["--period", "2025"], "The publication has no period 2025"),
        (["--attribute", "shoe"], "The publication has no attribute shoe"),
        (["--lang", "de"], "The publication has no language de"),
        (["--format", "docx"], "This file format does not exist"),
    ],
)
def test_refused_in_one_paragraph(
    run: Run, tmp_path: Path, arguments: list[str], what: str
) -> None:
    form = [] if "--format" in arguments else ["--format", "pdf"]
    done = run(*arguments, *form, "-o", tmp_path / "stuk")
    assert done.exit_code == 2
    assert what in done.output
    assert "Expected: " in done.output
    assert "Next: " in done.output
    assert "Traceback" not in done.output
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_to_and_no_publication(run: Run, tmp_path: Path) -> None:
    done = run("-o", tmp_path / "absent" / "stuk.pdf")
    assert done.exit_code == 2
    assert "cannot be written" in done.output
    done = run("-o", tmp_path / "stuk.pdf", home=tmp_path / "empty")
    assert done.exit_code == 2
    assert "There is no publication" in done.output


@pytest.mark.parametrize(
    "address",
    ["2025Q4.docx", "2025Q4", "2031Q4.pdf", "2025Q4.pdf?unit=..%2F..", "2025Q4.pdf?lang=xx"],
)
def test_an_address_that_is_not_there(client: FlaskClient, address: str) -> None:
    answer = client.get(f"/report/{address}")
    assert answer.status_code == 404
    assert answer.mimetype == "text/plain"
    assert "Next: " in answer.text


def test_no_publication_is_said_by_the_address(tmp_path: Path) -> None:
    answer = create_app(Settings(home=tmp_path)).server.test_client().get("/report/2025Q4.pdf")
    assert answer.status_code == 503


def test_overzicht_offers_the_paper_of_its_view(mart: Mart) -> None:
    asked = {"unit": "SGC", "period": "2024Q4", "lang": "en"}
    style = Style(read_themes(ASSETS / "tokens.css")["light"], lang="en")
    view = View(mart, Filters.from_query("?" + urlencode(asked), mart), style)
    tree = str(overzicht.layout(view))
    for form in ("pptx", "pdf"):
        assert f"/report/2024Q4.{form}?unit=SGC&attribute=origin&lang=en" in tree


def test_a_unit_with_nothing_published_says_so(tmp_path: Path) -> None:
    told = make_tables()["mart_cell"]
    bare = told.filter((pl.col("unit") != "SG1") | (pl.col("metric") == "headcount"))
    mart = mart_of(
        tmp_path, mart_cell=bare.filter((pl.col("unit") != "SG1") | (pl.col("attribute") == ""))
    )
    model = build(mart, Request("2025Q4", "SG1"))
    names = [section.name for section in model.sections]
    assert names[0] == "Niet gepubliceerd"
    assert names[-1] == "Verantwoording"
    words = said(pdf(paper(mart, "pdf", "SG1")))
    assert "wordt voor Directie SG-cluster 1 niet gepubliceerd" in words
    assert "Het dichtstbij gepubliceerd" in words
    first = slides_of(paper(mart, "pptx", "SG1"))[0]
    assert "niet gepubliceerd" in first.shapes.title.text + first.shapes[3].text_frame.text


def test_an_earlier_date_has_its_own_figures(mart: Mart) -> None:
    now, before = (build(mart, Request(period)) for period in ("2025Q4", "2023Q4"))
    assert now.sections[0].title != before.sections[0].title
    assert "31 december 2023" in before.provenance
    said_then = before.sections[0].attention[0].sentence
    assert said_then == "Bevindingen gaan over de laatste peildatum (eind 2025)."


def test_another_attribute_is_another_paper(mart: Mart) -> None:
    model = build(mart, Request("2025Q4", attribute="gender"))
    assert "vrouwen" in model.sections[0].lead


def test_an_unknown_format_is_refused_before_anything_is_made(mart: Mart) -> None:
    with pytest.raises(DashboardError, match="file format does not exist"):
        render(mart, Request("2025Q4"), "odp")


def chart(kind: str, *values: float | None) -> Chart:
    spots = [Spot(value) for value in values]
    return Chart(kind, "", [""] * len(values), [Series("", "low", spots)])  # type: ignore[arg-type]


def test_axes_hold_what_they_must() -> None:
    ratios = axis(chart("ratios", 0.3, None, 1.1), "nl")
    assert (ratios.low, ratios.high, ratios.start, ratios.step) == (0.25, 2.0, 1.0, 2.0)
    assert ratios.ticks[0][1] == "0,25×"
    steps = axis(chart("steps", -0.4, 1.2), "nl")
    assert steps.low <= -0.4
    assert steps.high >= 1.2
    assert steps.start == 0
    bars = axis(chart("bars", 3.0, None), "en")
    assert (bars.low, bars.start) == (0, 0)
    assert axis(chart("parts", 3.0), "nl").high == 100
