"""What asks for attention: at most five, the surest and largest first."""

from __future__ import annotations

import polars as pl
import pytest

from dashboard.compare import Row
from dashboard.findings import Finding, findings, no_findings, reference_words
from dashboard.mart import Mart
from tests.dashboard.rows import cell

LOW, HIGH = ("<=13", "t/m schaal 13"), (">=14", "vanaf schaal 14")
METRICS = ["share", "promotion_parity", "crossing_parity", "exit_parity", "inflow_share"]


def found(*rows: Row, references: tuple[dict[str, object], ...] = ()) -> list[Finding]:
    cells = pl.DataFrame(list(rows), infer_schema_length=None)
    schema = ("kind", "metric", "unit", "scale_group", "attribute", "category", "value", "year")
    listed = pl.DataFrame(references) if references else pl.DataFrame(schema=list(schema))
    return findings(cells, listed, "nl", low=LOW, high=HIGH)


TARGET = {
    "kind": "target",
    "metric": "share",
    "unit": "MIN",
    "scale_group": ">=14",
    "attribute": "origin",
    "category": "yes",
    "value": 5.5,
    "year": 2028,
    "status": "ambition",
    "label_nl": "",
    "label_en": "",
}


def test_sure_before_unsure_and_large_before_small() -> None:
    said = found(
        cell("promotion_parity", 0.5, 0.2, 1.2, period="2025"),  # large, may be chance
        cell("exit_parity", 1.2, 1.05, 1.4, period="2025"),  # small, sure
        cell("crossing_parity", 0.6, 0.4, 0.9, period="2021-2025", scale_group="<=13"),  # both
    )
    assert [(f.tone, f.path) for f in said] == [
        ("bad", "/doorstroom"),
        ("bad", "/uitstroom"),
        ("unsure", "/doorstroom"),
    ]
    assert [f.certainty for f in said] == [*["Meer dan toeval"] * 2, "Kan toeval zijn"]


def test_small_and_unsure_is_no_finding() -> None:
    assert found(cell("exit_parity", 1.1, 0.9, 1.4, period="2025")) == []
    assert no_findings("nl") == "Geen verschil is hier meer dan toeval."


def test_hidden_cells_give_no_finding() -> None:
    assert found(cell("exit_parity", None, period="2025")) == []


def test_more_promotion_is_good_and_more_exits_are_bad() -> None:
    promotion = found(cell("promotion_parity", 1.5, 1.2, 1.9, period="2025"))
    leaving = found(cell("exit_parity", 0.7, 0.5, 0.9, period="2025"))
    assert [f.tone for f in promotion + leaving] == ["good", "good"]


def test_the_latest_and_of_equal_ends_the_longest_period_counts() -> None:
    said = found(
        cell("exit_parity", 3.0, 2.0, 4.0, period="2024"),
        cell("exit_parity", 2.0, 1.5, 2.5, period="2025Q4"),
        cell("exit_parity", 1.5, 1.2, 1.9, period="2025"),
    )
    assert [f.sentence for f in said] == ["De kans op vertrek is groter: 1,50 keer die van anderen"]


@pytest.mark.parametrize(("upper", "tone"), [(5.4, "bad"), (5.5, "unsure"), (5.6, "unsure")])
def test_below_target_needs_the_interval_below_it(upper: float, tone: str) -> None:
    share = cell("share", 3.4, 2.5, upper, scale_group=">=14")
    said = found(share, references=(TARGET,))
    assert [f.tone for f in said] == [tone]
    expected = {
        "bad": "Het aandeel vanaf schaal 14 (3,4%) ligt onder de ambitie van 5,5% voor 2028",
        "unsure": "Het aandeel vanaf schaal 14 (3,4%) verschilt niet aantoonbaar van "
        "de ambitie van 5,5% voor 2028",
    }
    assert said[0].sentence == expected[tone]


def test_a_finding_of_a_repeated_number_names_its_date() -> None:
    share = cell("share", 3.4, 2.5, 4.6, scale_group=">=14", as_of="2025Q2")
    assert found(share, references=(TARGET,))[0].sentence == (
        "Het aandeel vanaf schaal 14 (3,4%, stand 2025 K2) ligt onder de ambitie van 5,5% voor 2028"
    )


@pytest.mark.parametrize("other", [{"unit": "DGD"}, {"attribute": "gender"}, {"category": "no"}])
def test_a_target_of_another_subject_says_nothing_here(other: dict[str, str]) -> None:
    share = cell("share", 3.4, 2.5, 4.6, scale_group=">=14")
    assert found(share, references=(TARGET | other,)) == []


def test_reference_in_words() -> None:
    assert reference_words(TARGET, "nl") == "de ambitie van 5,5% voor 2028"
    hard = TARGET | {"status": "hard", "value": 45.0, "year": 2026}
    assert reference_words(hard, "nl") == "het streefcijfer van 45% voor 2026"
    benchmark = TARGET | {"kind": "benchmark", "status": "", "value": 18.4, "year": 2024}
    assert reference_words(benchmark, "en") == "the benchmark of 18.4% (2024)"


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_findings_follow_the_inequality(marts: dict[str, Mart], lang: str) -> None:
    said = {
        kind: findings(
            mart.cells(METRICS, ["MIN"], attribute="origin", categories=["yes"]),
            mart.references(),
            lang,
            low=LOW,
            high=HIGH,
        )
        for kind, mart in marts.items()
    }
    assert all(len(each) <= 5 for each in said.values())
    tones = {kind: {f.path: f.tone for f in each} for kind, each in said.items()}
    assert tones["planted"]["/doorstroom"] == tones["planted"]["/uitstroom"] == "bad"
    assert tones["reversed"]["/doorstroom"] == tones["reversed"]["/uitstroom"] == "good"
    assert not {"/doorstroom", "/uitstroom"} & tones["none"].keys()
