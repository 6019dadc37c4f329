"""Can I trust it: the page says what travels inside the publication, in plain words."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dashboard.block_assurance import protection
from dashboard.charts import Style, read_themes
from dashboard.filters import Filters
from dashboard.mart import Mart
from dashboard.pages import verantwoording
from dashboard.policy import promises, rules
from dashboard.settings import ASSETS
from dashboard.view import View
from tests.factories import AUDIT, make_tables, withdrawal_frame, write_publication

SHORT = range(2024, 2026)
Changed = Callable[..., Mart]


def words(component: Any) -> str:
    """All text of a component tree, in reading order, one string a line."""
    if component is None or isinstance(component, str | int | float):
        return "" if component is None else f"{component}\n"
    if isinstance(component, list | tuple):
        return "".join(words(child) for child in component)
    return words(getattr(component, "children", None))


def kinds(component: Any) -> list[str]:
    """The tag of every component, in reading order."""
    if isinstance(component, list | tuple):
        return [kind for child in component for kind in kinds(child)]
    if component is None or isinstance(component, str | int | float):
        return []
    own = [type(component).__name__]
    return own + kinds(getattr(component, "children", None))


def view_of(mart: Mart, lang: str = "nl", unit: str = "MIN", *, narrow: bool = False) -> View:
    last = mart.meta()["last_period"]
    filters = Filters(
        unit=unit, period=last, compare="previous_year", attribute="origin", lang=lang
    )
    themes = read_themes(ASSETS / "tokens.css")
    return View(mart, filters, Style(themes["light"], narrow=narrow, lang=lang))


def page(mart: Mart, lang: str = "nl", unit: str = "MIN") -> str:
    return words(verantwoording.layout(view_of(mart, lang, unit)))


@pytest.fixture
def changed(tmp_path: Path) -> Changed:
    """A mart with some tables replaced, or left out."""

    def make(**tables: pl.DataFrame | None) -> Mart:
        made = make_tables(years=SHORT) | tables
        kept = {name: frame for name, frame in made.items() if frame is not None}
        write_publication(tmp_path, kept, "2026-1")
        return Mart(tmp_path)

    return make


def test_headings_are_in_order(mart: Mart) -> None:
    headings = [k for k in kinds(verantwoording.layout(view_of(mart))) if k in {"H1", "H2", "H3"}]
    assert headings[0] == "H1"
    assert headings.count("H1") == 1
    assert set(headings[1:]) == {"H2"}


def test_lead_counts_rows_read_and_refused(mart: Mart) -> None:
    # 21 personnel files of 12,040 rows with 8 refused each, and 13 units
    assert "22 bestanden, 252.853 rijen gelezen, 168 rijen geweigerd" in page(mart)
    assert "22 files, 252,853 rows read, 168 rows refused" in page(mart, "en")


def test_rules_in_force_are_said_in_plain_words(mart: Mart) -> None:
    text = page(mart)
    assert (
        "Hierover staat hier alleen iets als minstens 10 mensen tot de groep horen, "
        "minstens 10 er niet toe horen, en het over minstens 50 medewerkers gaat."
    ) in text
    assert "Losse herkomstlanden\nAlleen te zien vanaf 250 medewerkers." in text
    assert "functionaris gegevensbescherming" in text
    assert "Kleiner wijst personen aan." in text


def test_on_a_phone_a_rule_has_its_reason_and_owner_under_it(mart: Mart) -> None:
    wide, narrow = protection(view_of(mart)), protection(view_of(mart, narrow=True))
    told, told_narrow = set(words(wide).split()), set(words(narrow).split())
    assert told - told_narrow == {"Waarom", "Wie", "gaat", "erover", "Sinds"}
    assert told_narrow - told == {"·"}
    assert kinds(wide).count("Th") - kinds(narrow).count("Th") == 3


def test_rules_follow_the_policy_of_the_publication() -> None:
    def number(value: int) -> dict[str, object]:
        return {"value": value, "reason": "r", "owner": "o", "date": "2026-01-01"}

    policy = {"classes": {"special": {"threshold": number(12), "minimum_base": number(60)}}}
    said = promises(policy, "nl")
    assert said[0][0] == "Herkomst"
    assert "minstens 12 mensen tot de groep" in said[0][1]
    assert "minstens 60 medewerkers" in said[0][1]
    assert not any("afgerond op" in sentence for _subject, sentence in said)
    assert [(rule.path, rule.value) for rule in rules(policy)] == [
        ("classes.special.threshold", 12),
        ("classes.special.minimum_base", 60),
    ]


def test_a_number_without_words_is_shown_by_its_path() -> None:
    policy = {"later": {"rule": {"value": 3, "reason": "r", "owner": "o", "date": "d"}}}
    assert [(r.words, r.value, r.reason) for r in rules(policy)] == [("later.rule", 3, "r")]


def test_the_shipped_policy_has_words_for_every_number() -> None:
    path = ASSETS.parent / "etl" / "privacy" / "policy.toml"
    shipped = rules(tomllib.loads(path.read_text(encoding="utf-8")))
    assert len(shipped) >= 7
    assert [rule.path for rule in shipped if rule.words == rule.path] == []


def test_without_an_audit_it_says_so(changed: Changed) -> None:
    mart = changed(mart_audit=None)
    assert "Met deze publicatie reist geen aanvalstoets mee" in page(mart)
    assert "No attack audit travels with this publication" in page(mart, "en")
    assert "Welk risico overblijft" in page(mart)


def report(**numbers: str) -> pl.DataFrame:
    told = AUDIT | numbers
    return pl.DataFrame({"key": list(told), "value": list(told.values())})


def test_the_attack_is_told_in_plain_words(mart: Mart) -> None:
    text = page(mart)
    assert (
        "De aanval op deze publicatie is mislukt: van elk verborgen getal bleven genoeg waarden "
        "mogelijk"
    ) in text
    assert "de eigen gegevens kent en die van twee collega's" in text
    assert "61.204 aantallen, waarvan 9.876 verborgen, met 83.551 verbanden ertussen" in text
    assert "lagen 3 publicaties naast elkaar" in text
    assert "minstens 5 gehele waarden mogelijk (bij geslacht, leeftijd, aanstelling" in text
    assert "minder dan 50 medewerkers" in text
    lines = text.splitlines()
    for found in ("Precies bekend", "Te nauw ingesloten", "Samen niet veilig", "Al eerder bekend"):
        assert lines[lines.index(found) + 1] == "0"


def test_an_attack_that_succeeded_is_not_called_a_failure(changed: Changed) -> None:
    text = page(changed(mart_audit=report(safe="false", exact="2", unsafe="7")))
    assert "De aanval op deze publicatie slaagde voor een deel" in text
    assert "is mislukt" not in text
    lines = text.splitlines()
    assert lines[lines.index("Precies bekend") + 1] == "2"
    assert lines[lines.index("Samen niet veilig") + 1] == "7"


def test_what_was_known_already_is_told(changed: Changed) -> None:
    text = page(changed(mart_audit=report(implied="4", publications="1")))
    assert "vond niets dat niet al eerder bekend was" in text
    assert "Een eerdere publicatie was er niet." in text
    lines = text.splitlines()
    assert lines[lines.index("Al eerder bekend") + 1] == "4"


def test_a_report_without_numbers_claims_no_numbers(changed: Changed) -> None:
    text = page(changed(mart_audit=pl.DataFrame({"key": ["safe"], "value": ["false"]})))
    assert "slaagde voor een deel" in text
    assert "Wat is geprobeerd" not in text
    assert "Precies bekend" not in text


def test_distance_and_history_are_promised_only_where_the_policy_has_them(
    mart: Mart, changed: Changed
) -> None:
    assert "minstens 10 mensen anders zijn dan op elke peildatum" in page(mart)
    assert "Geschiedenis blijft staan" in page(mart)
    meta = make_tables(years=SHORT)["mart_meta"]
    policy = json.loads(mart.meta()["policy"])
    del policy["classes"]["special"]["distance"]
    other = pl.when(pl.col("key") == "policy").then(pl.lit(json.dumps(policy))).otherwise("value")
    without = page(changed(mart_meta=meta.with_columns(value=other)))
    assert "anders zijn dan op elke peildatum" not in without
    assert "Geschiedenis blijft staan" not in without


def test_withdrawn_figures_are_named_with_their_reason(mart: Mart, changed: Changed) -> None:
    assert "ingetrokken\n" not in page(mart)
    frame = withdrawal_frame(("share", "2025Q2", "verkeerde bron"))
    lines = page(changed(mart_withdrawal=frame)).splitlines()
    at = lines.index("Welke cijfers zijn ingetrokken")
    assert lines[at + 5 : at + 8] == ["Aandeel", "2025 K2", "verkeerde bron"]


def test_repeated_numbers_are_counted(mart: Mart) -> None:
    count = f"{mart.repeated():,}".replace(",", ".")
    assert f"Van de getoonde cijfers herhalen er {count} een eerdere stand" in page(mart)


def test_refused_rows_per_rule_and_a_small_count_is_suppressed(mart: Mart) -> None:
    lines = page(mart).splitlines()
    assert lines[lines.index("scale_invalid") + 1] == "120"
    assert lines[lines.index("duplicate_row") + 1] == "38"
    assert lines[lines.index("code_unknown") + 1] == "onderdrukt"


def test_warnings_name_rule_unit_and_date_and_no_figure(mart: Mart) -> None:
    lines = page(mart).splitlines()
    at = lines.index("Bezetting verandert sterk")
    assert lines[at + 1 : at + 5] == [
        *("Directie SG-cluster 2", "31 december 2025", "waarschuwing", "–"),
    ]
    at = lines.index("Herkomst veel minder bekend")
    assert lines[at + 3 : at + 5] == ["grove afwijking", "uitvraag liep door"]


def test_nothing_to_report_is_said(changed: Changed) -> None:
    empty = make_tables(years=SHORT)["mart_warning"].clear()
    assert "Niets te melden." in page(changed(mart_warning=empty))


def test_coverage_of_the_unit_and_those_below(mart: Mart) -> None:
    lines = page(mart, unit="SGC").splitlines()
    at = lines.index("Deel van alle medewerkers, eind 2025")
    table = lines[at:]
    row = table.index("Directie SG-cluster 2")
    assert table[row + 1 : row + 4] == ["onderdrukt"] * 3
    row = table.index("Directie SG-cluster 1")
    assert table[row + 1].endswith("%")


def test_counts_per_status_are_those_of_the_publication(mart: Mart) -> None:
    lines = page(mart).splitlines()
    statuses = {
        (row["kind"], row["status"]): row["cells"] for row in mart.statuses().iter_rows(named=True)
    }
    at = lines.index("aantallen")
    expected = [statuses["count", "published"], statuses["count", "suppressed"]]
    assert lines[at - 4 : at] == ["Soort", "getoond", "onderdrukt", "niet ververst"]
    assert lines[at + 1 : at + 3] == [f"{n:,}".replace(",", ".") for n in expected]


def test_definitions_sources_and_history(mart: Mart) -> None:
    text = page(mart)
    assert "In dienst op de peildatum" in text
    assert mart.loads()["seal"][0][:12] in text
    assert mart.loads()["seal"][0] not in text
    assert "14 januari 2026" in text


def test_english_page_has_no_dutch_of_its_own(mart: Mart) -> None:
    dutch = set(page(mart).splitlines())
    english = set(page(mart, "en").splitlines())
    same = {line for line in dutch & english if len(line) > 25}
    reasons = {r.reason for r in rules(json.loads(mart.meta()["policy"]))}
    assert {line for line in same if line not in reasons and " " in line} <= {
        "functionaris gegevensbescherming"
    }
