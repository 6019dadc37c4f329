"""Grep everything that leaves the warehouse for what must not: one invented home, all its outputs.

Its true counts are chosen to be recognisable: four-digit numbers that are hidden because a small
neighbour is, and numbers that are shown rounded. Small hidden numbers cannot be told from others in
a grep; for them a twin home with other small numbers must have the very same outputs.
"""

from __future__ import annotations

import hashlib
import logging
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import duckdb
import polars as pl
import pytest
from typer.testing import CliRunner

from afspiegeling import app
from dashboard.app import create_app
from dashboard.export import MIME
from dashboard.pages import PAGES
from dashboard.projection_file import FORMS, TABLES
from dashboard.settings import Settings as Served
from etl.metrics.cells import KEYS as KEY_COLUMNS
from etl.pipeline import true_counts
from etl.publish import point_to
from etl.settings import Settings
from tests.asked import view_asked
from tests.cli import afspiegeling
from tests.end_to_end.hidden import Secrets, of_content, of_publication, tables_of
from tests.etl.small_extracts import personeel, write

ORGANISATIE = """
code | naam_nl  | bovenliggend | niveau | geldig_van
MIN  | Geheel   |              | 1      | 01-01-2020
A    | Deel A   | MIN          | 2      | 01-01-2020
B    | Deel B   | MIN          | 2      | 01-01-2020
C    | Deel C   | MIN          | 2      | 01-01-2020
A1   | Deel A1  | A            | 3      | 01-01-2020
A2   | Deel A2  | A            | 3      | 01-01-2020
B1   | Deel B1  | B            | 3      | 01-01-2020
C1   | Deel C1  | C            | 3      | 01-01-2020
S1   | Deel S1  | C            | 3      | 01-01-2020
S2   | Deel S2  | C            | 3      | 01-01-2020
"""
STAYERS = {
    "A1 10 V nederland": 1613, "A1 10 M nederland": 1104, "A1 12 M turkije": 237,
    "A1 12 V marokko": 126, "A1 10 M onbekend": 6, "A1 15 V nederland": 312,
    "A1 15 M suriname": 21, "A1 15 V onbekend": 3,
    "A2 10 V nederland": 1207, "A2 11 M nederland": 1388, "A2 12 M turkije": 143,
    "A2 12 V onbekend": 412, "A2 15 M nederland": 287, "A2 16 V indonesie": 34,
    "B1 10 V nederland": 1811, "B1 9 M nederland": 1326, "B1 8 V europa": 253,
    "B1 10 M onbekend": 388, "B1 10 M turkije": 4, "B1 15 M nederland": 341,
    "C1 10 M nederland": 1519, "C1 10 V nederland": 1203, "C1 12 V marokko": 166,
    "C1 12 V onbekend": 147, "C1 15 M nederland": 266, "C1 15 M suriname": 18,
    "S1 10 V nederland": 31, "S1 10 V turkije": 5,
    "S2 10 V nederland": 28, "S2 10 V turkije": 9,
}  # fmt: skip
TWIN = {
    "S1 10 V nederland": 27, "S1 10 V turkije": 9,
    "S2 10 V nederland": 32, "S2 10 V turkije": 5,
}  # fmt: skip
"""The same organisation but for who of two small units is of the group: only hidden numbers."""
JOINERS = {"A1 10 V nederland": 37, "A1 10 M turkije": 17}
LEAVERS = {"A2 11 M nederland": 29, "A2 12 M marokko": 13}
KEYS = {name: str(place) * 64 for place, name in enumerate(("pseudonym", "record", "rounding"), 1)}


@dataclass(frozen=True)
class Home:
    """A published home, what its commands said, who was loaded, and the true counts."""

    settings: Settings
    said: Mapping[str, str]
    numbers: frozenset[str]
    true: pl.DataFrame

    @property
    def publication(self) -> Path:
        return next(self.settings.published.glob("publication-*.duckdb"))


def numbered(groups: Mapping[str, int], first: int) -> dict[str, str]:
    """Personnel number -> row, one for each person."""
    rows = [group for group, persons in groups.items() for _ in range(persons)]
    return {str(first + place): row for place, row in enumerate(rows)}


def make_home(directory: Path, stayers: Mapping[str, int]) -> Home:
    """Load and publish an organisation with the real commands."""
    home, files = directory / "home", directory / "in"
    (home / "keys").mkdir(parents=True, mode=0o700)
    for name, key in KEYS.items():
        path = home / "keys" / f"{name}.key"
        path.touch(0o600)
        path.write_text(key, encoding="ascii")
    people = numbered(stayers, 770_000_000)
    before = people | numbered(LEAVERS, 771_000_000)
    after = people | numbered(JOINERS, 772_000_000)
    write(files / "organisatie.csv", ORGANISATIE)
    write(files / "personeel_k3.csv", personeel("30-09-2025", before))
    write(files / "personeel_k4.csv", personeel("31-12-2025", after))
    commands = {
        "load": ("load", files, "--mapping", "rijk-standaard"),
        "publish": ("publish",),
        "audit": ("audit", "--json"),
    }
    said = {}
    for name, words in commands.items():
        done = CliRunner().invoke(app, ["--home", str(home), *map(str, words)])
        assert done.exit_code in {0, 4 if name == "audit" else 0}, done.output
        said[name] = done.output
    numbers = frozenset(before | after)
    settings = Settings(home=home)
    return Home(settings, said, numbers, true_counts(settings))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return make_home(tmp_path_factory.mktemp("recognisable"), STAYERS)


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return make_home(tmp_path_factory.mktemp("twin"), STAYERS | TWIN)


@pytest.fixture(scope="module")
def cells(home: Home) -> pl.DataFrame:
    return tables_of(home.publication)["mart_cell"]


@pytest.fixture(scope="module")
def secrets(home: Home, cells: pl.DataFrame) -> Secrets:
    return Secrets.of(home.settings, home.true, cells, home.numbers)


def without_number_of_run(text: str) -> str:
    """A text without the number that the test runner gives its directory: it may equal a count."""
    return re.sub(r"pytest-\d+", "pytest", text)


# --- what is looked for


def test_the_secrets_are_worth_looking_for(secrets: Secrets, home: Home) -> None:
    """Counts by hand: in A1 nobody may know 9 unknown, so not 3.467 known, nor its parts."""
    known = 1613 + 1104 + 237 + 126 + 312 + 21 + 37 + 17
    assert {known, known - 401, 401}.issubset(secrets.counts)  # 401 = 237+126+21+17: shown rounded
    assert len([n for n in secrets.counts if 1000 <= n < 10_000]) > 30
    assert round(100 * 401 / (known + 9), 6) in secrets.fractions
    assert home.numbers < secrets.words
    assert set(KEYS.values()) < secrets.words


# --- where it is looked for


def test_no_secret_is_in_any_table_of_the_publication(secrets: Secrets, home: Home) -> None:
    looked = {table: secrets.found(leaves) for table, leaves in of_publication(home.publication)}
    assert len(looked) >= 12
    assert {table: hits for table, hits in looked.items() if hits} == {}


def test_no_secret_is_in_any_file_of_the_export(
    secrets: Secrets, home: Home, tmp_path: Path
) -> None:
    said = afspiegeling(home.settings.home, "export", "--all", tmp_path)
    looked = {
        path.name: secrets.found(of_content(path.read_bytes(), path.suffix[1:]))
        for path in tmp_path.iterdir()
    }
    assert len(looked) >= 6
    assert {name: hits for name, hits in looked.items() if hits} == {}
    refused = afspiegeling(home.settings.home, "export", "share", "--unit", "NERGENS", expect=2)
    told = [said.stdout + said.stderr, refused.stdout + refused.stderr]
    assert secrets.found(map(without_number_of_run, told)) == set()


def test_no_secret_is_said_logged_or_left_behind(secrets: Secrets, home: Home) -> None:
    """Every output of the commands, and every file of the home but the warehouse and the keys.

    A load report holds figures for the steward, who may see true counts; it is closed to others,
    and names no person.
    """
    looked = {
        name: secrets.found([without_number_of_run(text)]) for name, text in home.said.items()
    }
    kept = {"warehouse", "keys"}
    inside = [path.relative_to(home.settings.home) for path in home.settings.home.rglob("*")]
    for name in (n for n in inside if n.parts[0] not in kept and n.suffix not in {"", ".duckdb"}):
        path = home.settings.home / name
        found = secrets.found(of_content(path.read_bytes(), name.suffix[1:]))
        if name.parts[0] == "log":
            assert path.stat().st_mode & 0o077 == 0
            found &= secrets.words
        looked[str(name)] = found
    assert {name.parts[0] for name in inside} == {"published", "log", *kept}
    assert {where: hits for where, hits in looked.items() if hits} == {}


SIZES = {"Content-Length", "ETag", "Date"}
"""Headers that hold a number of the answer, not of what it is about."""


class Crawler:
    """The dashboard, asked as a browser does; ``answers`` gives every response as text."""

    def __init__(self, home: Path) -> None:
        self.client = create_app(Served(home=home)).server.test_client()

    def page(self, path: str, query: str, **device: bool) -> list[str]:
        """One page with its figures, alt texts and addresses."""
        answer = view_asked(self.client, path, query, **device)
        assert answer.status_code == 200
        return of_content(answer.data, "json")

    def get(self, address: str, kind: str = "txt") -> list[str]:
        """One address: its content, and its headers."""
        answer = self.client.get(address)
        form = kind if answer.status_code == 200 else "txt"
        headers = [text for name, text in answer.headers if name not in SIZES]
        return [*headers, *of_content(answer.data, form)]

    def exports(self, cells: pl.DataFrame) -> Iterator[tuple[str, list[str]]]:
        """Every metric and unit in every format, without and with a second attribute."""
        metrics = "+".join(sorted(set(cells["metric"])))
        units = "&".join(f"unit={unit}" for unit in sorted(set(cells["unit"])))
        for form in MIME:
            for second in ("", "gender"):
                for dialect in ("excel-nl", "rfc4180") if form == "csv" else ("excel-nl",):
                    more = f"&attribute2={second}&dialect={dialect}&lang=en"
                    address = f"/export/{metrics}.{form}?{units}{more}"
                    yield address, self.get(address, form.rpartition(".")[2])
        for unit, name in product(sorted(set(cells["unit"])), TABLES):
            for form in FORMS:
                address = f"/export/projection{name}.{form}?unit={unit}&crossing=100"
                yield address, self.get(address, form)

    def pages(self, cells: pl.DataFrame) -> Iterator[tuple[str, list[str]]]:
        """Every page for every unit, attribute, date, comparison, language and screen."""
        queries = [f"?unit={unit}" for unit in sorted(set(cells["unit"]))]
        for attribute in sorted(set(cells["attribute"]) - {"", "origin"}):
            queries += [f"?unit={unit}&attribute={attribute}" for unit in ("MIN", "A", "S1")]
        for period in ("2025Q3", "2025Q4"):
            for compare in ("parent", "year", "quarter", "2025Q3"):
                queries.append(f"?unit=A&period={period}&compare={compare}&lang=en")
        for page in PAGES:
            for query in queries:
                yield page.PATH + query, self.page(page.PATH, query)
            yield page.PATH + " narrow", self.page(page.PATH, "?unit=A", narrow=True, dark=True)

    def others(self) -> Iterator[tuple[str, list[str]]]:
        """What else answers: the shell, the tree of units, and everything that does not exist."""
        for address in ("/", "/_dash-layout", "/_dash-dependencies", "/units.json", "/nergens"):
            yield address, self.get(address, "json" if "json" in address else "txt")
        for wrong in ("share.exe", "niets.csv", "share.csv?unit=NERGENS", "share.csv?period=1999"):
            yield wrong, self.get(f"/export/{wrong}")
        yield "unknown page", self.page("/nergens", "?unit=NERGENS&attribute=x&period=y&compare=z")


def test_no_secret_is_in_any_answer_of_the_dashboard(
    secrets: Secrets, home: Home, cells: pl.DataFrame, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    crawler = Crawler(home.settings.home)
    looked = {
        address: secrets.found(leaves)
        for answers in (crawler.others(), crawler.exports(cells), crawler.pages(cells))
        for address, leaves in answers
    }
    assert len(looked) > 150
    assert {address: hits for address, hits in looked.items() if hits} == {}
    assert secrets.found([caplog.text]) == set()


def test_a_fingerprint_of_an_extract_is_not_one_that_a_guess_can_be_held_against(
    home: Home,
) -> None:
    """Who has the extract but for one origin would try all of them on a plain checksum."""
    told = set(tables_of(home.publication)["mart_load"]["seal"])
    files = (home.settings.home.parent / "in").glob("personeel*.csv")
    assert not told & {hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


# --- the grep can fail


MUTATIONS = {
    "a hidden number as value": "UPDATE mart_cell SET value = {count} WHERE status <> 'published'",
    "a true share as bound": "UPDATE mart_cell SET upper = {share} WHERE metric = 'share'",
    "a hidden number in words": "UPDATE mart_dimension SET label_nl = 'Deel ({dutch})'",
    "a personnel number": "UPDATE mart_dimension SET label_nl = 'voor {person}'",
    "a key": "UPDATE mart_meta SET value = '{key}' WHERE key = 'organisation_nl'",
}


@pytest.fixture
def spoiled(home: Home, secrets: Secrets, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A home whose publication holds one secret; its directory ``published`` is served."""
    count = min(n for n in secrets.counts if n > 1000)
    tokens = {
        "count": count,
        "dutch": f"{count:,}".replace(",", "."),
        "share": next(iter(secrets.fractions)),
        "person": min(home.numbers),
        "key": KEYS["rounding"],
    }
    shutil.copytree(home.settings.published, tmp_path / "published")
    (path,) = (tmp_path / "published").glob("publication-*.duckdb")
    with duckdb.connect(str(path)) as connection:
        connection.execute(MUTATIONS[request.param].format(**tokens))
    point_to(tmp_path / "published", path.stem.removeprefix("publication-"))
    return tmp_path


@pytest.mark.parametrize("spoiled", MUTATIONS, indirect=True)
def test_a_publication_with_one_secret_is_caught(secrets: Secrets, spoiled: Path) -> None:
    (path,) = (spoiled / "published").glob("publication-*.duckdb")
    assert any(secrets.found(leaves) for _, leaves in of_publication(path))


@pytest.mark.parametrize(
    "spoiled", ["a hidden number in words", "a personnel number"], indirect=True
)
def test_so_is_an_answer_with_one_in_a_page_and_in_every_format(
    secrets: Secrets, spoiled: Path
) -> None:
    crawler = Crawler(spoiled)
    assert secrets.found(crawler.page("/", "?unit=A"))
    assert secrets.found(crawler.get("/units.json", "json"))
    for form in ("csv", "xlsx", "parquet", "json"):
        assert secrets.found(crawler.get(f"/export/headcount.{form}?unit=A&lang=nl", form)), form


# --- small hidden numbers: two truths, one output


CHANGES_EACH_TIME = r"\d+\.\d s|\d{8}-\d{6}"


def tables(home: Home) -> dict[str, pl.DataFrame]:
    """The publication without the moment it was made, and the fingerprints of its extracts."""
    found = tables_of(home.publication)
    found["mart_meta"] = found["mart_meta"].filter(pl.col("key") != "created")
    found["mart_history"] = found["mart_history"].drop("created")
    found["mart_load"] = found["mart_load"].drop("seal")
    return found


def test_a_home_with_other_hidden_numbers_publishes_the_same(home: Home, twin: Home) -> None:
    """Nothing that is shown, exported or said depends on who of S1 and S2 is of the group."""
    one, other = tables(home), tables(twin)
    assert one.keys() == other.keys()
    assert [name for name in one if not one[name].equals(other[name])] == []
    for name, text in home.said.items():
        said = [re.sub(CHANGES_EACH_TIME, "", t) for t in (text, twin.said[name])]
        parent = home.settings.home.parent, twin.settings.home.parent
        assert said[0].replace(str(parent[0]), "") == said[1].replace(str(parent[1]), ""), name


def test_the_twins_do_differ_where_only_the_steward_looks(home: Home, twin: Home) -> None:
    one, other = (each.true.sort(KEY_COLUMNS) for each in (home, twin))
    changed = one.filter(one["count"] != other["count"])
    assert set(changed["unit"]) == {"S1", "S2"}
