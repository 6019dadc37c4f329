"""What asks for attention: the findings of the publication in words, at most five."""

from __future__ import annotations

import polars as pl
import pytest

from dashboard.board import METRICS
from dashboard.compare import Row
from dashboard.findings import Finding, findings, no_findings, reference_words
from dashboard.mart import Mart
from etl.about import REFERENCES
from etl.metrics.findings import INFLOW, RULES
from etl.metrics.findings import findings as judged
from etl.metrics.registry import metric_frame
from tests.dashboard.rows import cell
from tests.spec.test_findings import TARGET, dimensions

HIGH = (">=14", "vanaf schaal 14")


def found(*rows: Row, references: tuple[dict[str, object], ...] = ()) -> list[Finding]:
    cells = pl.DataFrame(list(rows), infer_schema_length=None)
    listed = pl.DataFrame(references, schema=REFERENCES)
    return findings(
        judged(cells, listed, dimensions(), metric_frame()), cells, listed, "nl", high=HIGH
    )


def test_certain_or_not_is_said_and_colours_the_item() -> None:
    said = found(
        cell("promotion_parity", 0.5, 0.2, 1.2, period="2025"),
        cell("exit_parity", 1.2, 1.1, 1.31, period="2025"),
        cell("crossing_parity", 0.5, 0.36, 0.69, period="2021-2025", scale_group="<=13"),
    )
    assert [(f.tone, f.path) for f in said] == [
        ("bad", "/doorstroom"),
        ("bad", "/uitstroom"),
        ("unsure", "/doorstroom"),
    ]
    assert [f.sentence for f in said] == [
        "De stap naar de hoge schalen wordt ongeveer half zo vaak gezet als door anderen",
        "De kans op vertrek is groter: 1,20 keer die van anderen",
        "De kans op promotie is 0,50 keer die van anderen; het verschil kan toeval zijn",
    ]
    assert said[0].certainty.startswith("Meer dan toeval")
    assert said[2].certainty == "Kan toeval zijn"
    assert all("Holm" in f.rule for f in said)


def test_a_sentence_is_never_stronger_than_all_findings_together_allow() -> None:
    """Outside its own interval, but not among forty: no direction is stated."""
    units = [cell("exit_parity", 2.0, 1.2, 3.3, period="2025", unit=f"D{n}") for n in range(40)]
    assert found(*units)[0].sentence == (
        "De kans op vertrek is 2,00 keer die van anderen; het verschil kan toeval zijn"
    )


def test_no_findings_is_said() -> None:
    assert found(cell("exit_parity", 1.1, 0.9, 1.4, period="2025")) == []
    assert no_findings("nl") == "Geen verschil is hier meer dan toeval."


@pytest.mark.parametrize(("value", "word"), [(0.5, "kleiner"), (1.9, "groter")])
def test_promotion_within_scales_in_words(value: float, word: str) -> None:
    within = cell("promotion_adjusted", value, value / 1.2, value * 1.2, period="2025")
    assert found(within)[0].sentence.startswith(
        f"Binnen dezelfde schaalgroepen is de kans op promotie {word} dan die van anderen"
    )


@pytest.mark.parametrize(("upper", "tone"), [(4.6, "bad"), (5.4, "unsure")])
def test_a_target_in_words(upper: float, tone: str) -> None:
    share = cell("share", 3.4, 2.5, upper, scale_group=">=14")
    said = found(share, references=(TARGET,))
    expected = {
        "bad": "Het aandeel vanaf schaal 14 (3,4%) ligt onder de ambitie van 5,5% voor 2028",
        "unsure": "Het aandeel vanaf schaal 14 (3,4%) verschilt niet aantoonbaar van "
        "de ambitie van 5,5% voor 2028",
    }
    assert [(f.tone, f.sentence) for f in said] == [(tone, expected[tone])]


def test_a_finding_of_a_repeated_number_names_its_date() -> None:
    share = cell("share", 3.4, 2.5, 4.6, scale_group=">=14", as_of="2025Q2")
    assert found(share, references=(TARGET,))[0].sentence == (
        "Het aandeel vanaf schaal 14 (3,4%, stand 2025 K2) ligt onder de ambitie van 5,5% voor 2028"
    )


def test_inflow_names_the_stock_that_it_is_held_against() -> None:
    inflow = cell("inflow_share", 17.0, 15.0, 19.0, period="2025")
    assert found(inflow, cell("share", 10.0, 9.5, 10.5))[0].sentence == (
        "Het aandeel in de instroom is 17,0%: hoger dan in de bezetting (10,0%)"
    )


def test_reference_in_words() -> None:
    assert reference_words(TARGET, "nl") == "de ambitie van 5,5% voor 2028"
    hard = TARGET | {"status": "hard", "value": 45.0, "year": 2026}
    assert reference_words(hard, "nl") == "het streefcijfer van 45% voor 2026"
    benchmark = TARGET | {"kind": "benchmark", "status": "", "value": 18.4, "year": 2024}
    assert reference_words(benchmark, "en") == "the benchmark of 18.4% (2024)"


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_findings_follow_the_inequality(marts: dict[str, Mart], lang: str) -> None:
    mine = {"unit": "MIN", "attribute": "origin", "category": "yes"}
    said = {
        kind: findings(
            mart.findings().filter(**mine),
            mart.cells(
                [*mart.findings()["metric"].unique().to_list(), "share"],
                ["MIN"],
                attribute="origin",
                categories=["yes"],
            ),
            mart.references(),
            lang,
            high=HIGH,
        )
        for kind, mart in marts.items()
    }
    assert all(len(each) <= 5 for each in said.values())
    tones = {kind: {f.path: f.tone for f in each} for kind, each in said.items()}
    # Half as many crossings, of an organisation as small as this one, is not certain among all.
    assert tones["planted"]["/doorstroom"] == "unsure"
    assert "good" not in {tones["planted"].get(path) for path in ("/doorstroom", "/uitstroom")}
    assert tones["reversed"]["/doorstroom"] == "good"
    assert "bad" not in {tones["reversed"].get(path) for path in ("/doorstroom", "/uitstroom")}
    assert not {"/doorstroom", "/uitstroom"} & tones["none"].keys()


def test_the_overview_asks_for_the_cells_of_every_finding() -> None:
    """A finding whose cell the page does not have would not be told."""
    assert {rule.metric for rule in (*RULES, INFLOW)} | {"share"} <= set(METRICS)
