"""Origin has one source: what people declared, or what CBS delivers; never both, never in turn."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest

from etl.errors import RefusedInput
from etl.load import load
from etl.metrics.registry import METRICS
from etl.pipeline import publish
from etl.retention import retain
from etl.settings import SHIPPED_REFERENCE, Settings
from etl.warehouse.store import Warehouse
from tests.etl.small_extracts import personeel
from tests.etl.test_barometer import barometer
from tests.etl.test_publish_commands import NOW, loaded

ROWS = (
    "31-12-2024;organisatie;;1000;76;12;12",
    "31-12-2024;schaalgroep;<=13;600;70;14;16",
    "31-12-2024;schaalgroep;>=14;390;85;9;6",  # ten people are in no band
    "31-12-2025;organisatie;;1000;75;12;13",
    "31-12-2025;schaalgroep;<=13;600;69;14;17",
    "31-12-2025;eenheid;A;500;60;20;20",
)


def staff(number: int, first: int = 0) -> dict[str, str]:
    """So many people in A and B, three of five up to scale 13, one of ten from outside Europe."""
    return {
        f"{n:06d}": f"{'AB'[n % 2]} {10 if n % 5 < 3 else 15} {'VM'[n % 3 == 0]} "
        + ("turkije" if n % 10 == 1 else "nederland")
        for n in range(first, first + number)
    }


def source(settings: Settings, name: str) -> None:
    """Say in the home where origin comes from."""
    shipped = (SHIPPED_REFERENCE / "organisation.toml").read_text(encoding="utf-8")
    changed = shipped.replace('origin_source = "declaration"', f'origin_source = "{name}"')
    changed = changed.replace('calendar = "quarter"', 'calendar = "year"')
    settings.overlay.mkdir(parents=True, exist_ok=True)
    (settings.overlay / "organisation.toml").write_text(changed, encoding="utf-8")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home with two years of 1,000 people, of whom few joined and left, and two deliveries."""
    made = loaded(
        tmp_path,
        ("2024", personeel("31-12-2024", staff(1000))),
        ("2025", personeel("31-12-2025", staff(1000, 25))),
    )
    path = tmp_path / "in" / "cbs-barometer.csv"
    path.write_text(barometer(*ROWS), encoding="utf-8")
    load([path], "rijk-standaard", made, now=NOW)
    return made


def served(settings: Settings, name: str) -> pl.DataFrame:
    path = settings.published / f"publication-{name}.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        return pl.DataFrame(connection.table("mart_cell").to_arrow_table())


def origin_of(cells: pl.DataFrame) -> set[str]:
    """The metrics that are about origin."""
    about = (pl.col("attribute") == "origin") | (pl.col("attribute2") == "origin")
    return set(cells.filter(about)["metric"])


def test_with_cbs_nothing_is_counted_from_what_people_declared(settings: Settings) -> None:
    source(settings, "cbs")
    name = publish(settings, None, NOW).publication.name
    cells = served(settings, name)
    assert origin_of(cells) == {"cbs_share"}
    assert cells.filter(metric="share", attribute="gender").height
    shares = cells.filter(metric="cbs_share", category="yes").select(
        "period", "scale_group", "status", "value", "base", "as_of", "lower"
    )
    assert shares.sort("period", "scale_group").rows() == [
        ("2024", "<=13", "published", 16.0, 600.0, "2024", None),
        ("2024", ">=14", "suppressed", None, None, "2024", None),
        ("2024", "all", "published", 12.0, 1000.0, "2024", None),
        # 25 people joined and left: what was shown stands, with its date
        ("2025", "<=13", "published", 16.0, 600.0, "2024", None),
        ("2025", "all", "published", 12.0, 1000.0, "2024", None),
    ]
    groups = cells.filter(metric="cbs_share", period="2024", scale_group="all")
    assert dict(groups.select("category", "value").iter_rows()) == {
        "yes": 12, "no": 88, "nederland": 76, "europa": 12, "buiten_europa": 12,
    }  # fmt: skip
    assert METRICS["cbs_share"].kind != "count"


def test_with_declarations_a_delivery_is_stored_and_never_shown(settings: Settings) -> None:
    source(settings, "declaration")
    name = publish(settings, None, NOW).publication.name
    cells = served(settings, name)
    assert "share" in origin_of(cells)
    assert "cbs_share" not in set(cells["metric"])


@pytest.mark.parametrize(("first", "then"), [("declaration", "cbs"), ("cbs", "declaration")])
def test_attack_the_source_is_not_changed_after_it_was_shown(
    settings: Settings, first: str, then: str
) -> None:
    source(settings, first)
    publish(settings, None, NOW)
    source(settings, then)
    with pytest.raises(RefusedInput) as refused:
        publish(settings, None, NOW)
    paragraph = refused.value.paragraph()
    assert "Origin was published from another source before" in paragraph
    assert f'origin_source = "{first}"' in paragraph
    assert refused.value.exit_code == 2
    source(settings, first)
    assert publish(settings, None, NOW).publication.name == "2026-2"


def test_a_warehouse_made_anew_does_not_forget_the_source(
    settings: Settings, tmp_path: Path
) -> None:
    source(settings, "cbs")
    publish(settings, None, NOW)
    settings.warehouse.unlink()
    paths = [path for path in (tmp_path / "in").iterdir() if "barometer" not in path.name]
    load(paths, "rijk-standaard", settings, now=NOW)
    source(settings, "declaration")
    with pytest.raises(RefusedInput, match="another source"):
        publish(settings, None, NOW)


def test_what_was_shown_of_a_delivery_stands_when_it_is_corrected(
    settings: Settings, tmp_path: Path
) -> None:
    source(settings, "cbs")
    publish(settings, None, NOW)
    path = tmp_path / "in" / "cbs-barometer.csv"
    path.write_text(barometer("31-12-2024;organisatie;;990;50;25;25"), encoding="utf-8")
    load([path], "rijk-standaard", settings, now=datetime(2026, 3, 1))
    again = served(settings, publish(settings, None, NOW).publication.name)
    shown = again.filter(metric="cbs_share", category="yes", period="2024")
    assert dict(shown.select("scale_group", "value").iter_rows()) == {"<=13": 16.0, "all": 12.0}


def test_attack_retention_makes_no_delivery_fresh_that_was_near(settings: Settings) -> None:
    """25 people between 2024 and 2025: when the persons of 2024 are gone, 2025 must not be told."""
    source(settings, "cbs")
    first = served(settings, publish(settings, None, NOW).publication.name)
    due = retain(settings, datetime(2033, 1, 4, tzinfo=UTC), apply=True)
    assert [ref.year for ref in due.dates] == [2024]
    with Warehouse.open(settings, "read") as warehouse:
        kept = warehouse.frame("SELECT DISTINCT year(ref) AS y FROM fct_barometer ORDER BY y")
    assert kept["y"].to_list() == [2024, 2025]
    then = served(
        settings, publish(settings, None, datetime(2033, 1, 5, tzinfo=UTC)).publication.name
    )
    for cells in (first, then):
        shown = cells.filter(
            pl.col("metric") == "cbs_share", pl.col("period") == "2025",
            pl.col("status") == "published",
        )  # fmt: skip
        assert set(shown["as_of"]) == {"2024"}  # its persons are gone, not what was told
        assert not {17.0, 13.0} & set(shown["value"])
