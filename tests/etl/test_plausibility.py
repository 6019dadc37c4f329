"""Plausibility: each measure at its bound, the sizes below which nothing warns, and acceptance."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from etl.domain import Reference
from etl.errors import RefusedInput
from etl.settings import SHIPPED_REFERENCE, Settings
from etl.warehouse import ledger, plausibility
from etl.warehouse.bounds import Bounds, Plausibility, judge
from etl.warehouse.compare import Picture, compare
from etl.warehouse.engine import calendar_of
from etl.warehouse.store import Warehouse
from tests.etl.person_rows import PLAIN, Q1, Q2, Q3, people, units
from tests.etl.test_warehouse_store import File
from tests.spec.tables import table

REFERENCE = Reference()
NOW = datetime(2026, 1, 15)

TREE = """
code | parent | level | valid_from | valid_to   | successor_of
MIN  | -      | 1     | 2020-01-01 | -          | -
A    | MIN    | 2     | 2020-01-01 | -          | -
B    | MIN    | 2     | 2020-01-01 | -          | -
"""

NO_FLOWS = "ref | unit | measure | persons\n2025-06-30 | A | stayed | 1000"


def states(drawing: str) -> pl.DataFrame:
    """Sums of person rows; what is not drawn is the same for everybody, fte is 1."""
    drawn = table(drawing, ref=pl.Date, persons=pl.Int64)
    plain = {k: pl.lit(v) for k, v in (PLAIN | {"scale": "10"}).items() if k not in drawn.columns}
    frame = drawn.with_columns(**plain).with_columns(pl.col("scale").cast(pl.Int16))
    if "fte_milli" not in frame.columns:
        frame = frame.with_columns(fte_milli=1000 * pl.col("persons"))
    if "fte_persons" not in frame.columns:
        frame = frame.with_columns(fte_persons="persons")
    return frame.with_columns(pl.col("fte_milli", "fte_persons").cast(pl.Float64))


def found(
    drawing: str,
    flows: str = NO_FLOWS,
    present: tuple[int, int] = (1000, 0),
    tree: str = TREE,
    reference: Reference = REFERENCE,
) -> dict[tuple[str, str], str]:
    """Rule and unit -> severity of what lies past a bound on the second of two dates."""
    dates = [Q1, Q2]
    picture = Picture(
        states(drawing),
        table(flows, ref=pl.Date, persons=pl.Int64),
        pl.DataFrame(
            {"ref": dates, "present": [1000, present[0]], "refused": [0, present[1]]},
        ),
        calendar_of(dates),
    )
    findings = judge(
        compare(picture, units(tree), reference), Plausibility.of(reference), reference
    )
    return {(r, u): s for r, u, s in findings.select("rule", "unit", "severity").iter_rows()}


def pair(before: int, now: int, rest: int = 5000) -> str:
    return f"""
    ref        | unit | persons
    2025-03-31 | A    | {before}
    2025-03-31 | B    | {rest}
    2025-06-30 | A    | {now}
    2025-06-30 | B    | {rest}
    """


@pytest.mark.parametrize(
    ("before", "now", "severity"),
    [
        (1000, 751, None),
        (1000, 750, "warning"),  # a quarter of the larger number
        (750, 1000, "warning"),
        (751, 1000, None),
        (49, 20, None),  # below 50 persons nothing warns
        (50, 20, "warning"),
        (20, 50, "warning"),
        (1000, 0, "warning"),  # moves inside the organisation hold nothing
    ],
)
def test_head_count_of_a_unit(before: int, now: int, severity: str | None) -> None:
    assert found(pair(before, now)).get(("headcount_unit", "A")) == severity


@pytest.mark.parametrize(
    ("before", "now", "severity"),
    [(1000, 921, None), (1000, 920, "warning"), (1000, 801, "warning"), (1000, 800, "gross")],
)
def test_head_count_of_the_whole(before: int, now: int, severity: str | None) -> None:
    assert found(pair(before, now, rest=0)).get(("headcount_whole", "MIN")) == severity


@pytest.mark.parametrize(
    ("pool", "leavers", "severity"),
    [
        (100, 14, None),
        (100, 15, "warning"),
        (100, 29, "warning"),
        (100, 30, "gross"),
        (100, 50, "gross"),  # half a directorate gone
        (79, 79, None),  # too small to judge
        (80, 40, "gross"),
    ],
)
def test_leavers(pool: int, leavers: int, severity: str | None) -> None:
    flows = f"ref | unit | measure | persons\n2025-06-30 | A | exit | {leavers}"
    drawn = pair(pool, pool - leavers)
    assert found(drawn, flows).get(("exit", "A")) == severity


@pytest.mark.parametrize(
    ("joiners", "severity"), [(19, None), (20, "warning"), (49, "warning"), (50, "gross")]
)
def test_joiners_are_held_against_the_head_count_now(joiners: int, severity: str | None) -> None:
    flows = f"ref | unit | measure | persons\n2025-06-30 | A | inflow | {joiners}"
    assert found(pair(190, 200), flows).get(("inflow", "A")) == severity


@pytest.mark.parametrize(
    ("moves", "severity"), [(23, None), (24, "warning"), (69, "warning"), (70, "gross")]
)
def test_scale_changes_are_held_against_those_who_stayed(moves: int, severity: str | None) -> None:
    flows = f"""
    ref        | unit | measure | persons
    2025-06-30 | A    | stayed  | 200
    2025-06-30 | A    | moves   | {moves}
    """
    assert found(pair(250, 250), flows).get(("moves", "A")) == severity


@pytest.mark.parametrize(
    ("refused", "severity"), [(9, None), (10, "warning"), (99, "warning"), (100, "gross")]
)
def test_refused_people(refused: int, severity: str | None) -> None:
    drawn = pair(1000, 1000 - refused)
    assert found(drawn, present=(1000, refused)).get(("refused", "MIN")) == severity


def origins(known_before: int, known_now: int) -> str:
    return f"""
    ref        | unit | origin    | persons
    2025-03-31 | A    | nederland | {known_before}
    2025-03-31 | A    | onbekend  | {1000 - known_before}
    2025-06-30 | A    | nederland | {known_now}
    2025-06-30 | A    | bezwaar   | {1000 - known_now}
    """


@pytest.mark.parametrize(
    ("before", "now", "severity"),
    [
        (1000, 901, None),
        (1000, 900, "warning"),
        (1000, 601, "warning"),
        (1000, 600, "gross"),
        (800, 0, "gross"),  # origin suddenly empty
        (300, 0, "gross"),  # also where few had declared it
        (199, 0, "warning"),
        (99, 0, None),
        (0, 800, "gross"),  # asked for the first time: somebody has to say so
    ],
)
def test_coverage_of_origin(before: int, now: int, severity: str | None) -> None:
    assert found(origins(before, now)).get(("coverage", "MIN")) == severity


def codes(
    column: str, before: tuple[int, int], now: tuple[int, int], names: tuple[str, str]
) -> str:
    rows = [
        f"{ref} | A | {code} | {count}"
        for ref, counts in ((Q1, before), (Q2, now))
        for code, count in zip(names, counts, strict=True)
    ]
    return "\n".join([f"ref | unit | {column} | persons", *rows])


@pytest.mark.parametrize(
    ("now", "severity"),
    [(49, None), (50, "warning"), (299, "warning"), (300, "gross")],
)
def test_share_of_unknown(now: int, severity: str | None) -> None:
    drawn = codes("gender", (1000, 0), (1000 - now, now), ("V", "onbekend"))
    assert found(drawn).get(("unknown_gender", "MIN")) == severity


@pytest.mark.parametrize(
    ("moved", "severity"), [(99, None), (100, "warning"), (299, "warning"), (300, "gross")]
)
def test_mix_of_scales(moved: int, severity: str | None) -> None:
    drawn = codes("scale", (500, 500), (500 - moved, 500 + moved), ("10", "11"))
    assert found(drawn).get(("scale_mix", "MIN")) == severity


@pytest.mark.parametrize(
    ("moved", "severity"), [(79, None), (80, "warning"), (249, "warning"), (250, "gross")]
)
def test_mix_of_codes_leaves_the_unknown_out(moved: int, severity: str | None) -> None:
    drawn = codes("gender", (500, 500), (500 - moved, 500 + moved), ("V", "M"))
    unknown = f"\n{Q2} | A | onbekend | 400"
    assert found(drawn + unknown).get(("code_mix_gender", "MIN")) == severity
    assert ("code_mix_contract", "MIN") not in found(drawn + unknown)


@pytest.mark.parametrize(
    ("now", "severity"), [(951, None), (950, "warning"), (751, "warning"), (750, "gross")]
)
def test_mean_part_time_factor(now: int, severity: str | None) -> None:
    drawn = f"""
    ref        | unit | persons | fte_milli | fte_persons
    2025-03-31 | A    | 1000    | 1000000   | 1000
    2025-06-30 | A    | 1000    | {now}000  | 1000
    """
    assert found(drawn).get(("fte", "MIN")) == severity


def test_part_time_factor_gone_is_a_jump_of_unknown() -> None:
    drawn = """
    ref        | unit | persons | fte_milli | fte_persons
    2025-03-31 | A    | 1000    | 1000000   | 1000
    2025-06-30 | A    | 1000    | 0         | 0
    """
    assert found(drawn)["unknown_fte", "MIN"] == "gross"


def test_nothing_jumps_in_a_calm_quarter() -> None:
    flows = """
    ref        | unit | measure | persons
    2025-06-30 | A    | inflow  | 25
    2025-06-30 | A    | exit    | 20
    2025-06-30 | A    | stayed  | 980
    2025-06-30 | A    | moves   | 15
    """
    assert found(pair(1000, 1005), flows) == {}


REORGANISED = TREE + (
    "OLD | MIN | 2 | 2020-01-01 | 2025-03-31 | -\nNEW | MIN | 2 | 2025-04-01 | - | "
)


def test_successor_is_compared_with_its_predecessor() -> None:
    tree = (
        TREE + "OLD | MIN | 2 | 2020-01-01 | 2025-03-31 | -\nNEW | MIN | 2 | 2025-04-01 | - | OLD"
    )
    drawn = """
    ref        | unit | persons
    2025-03-31 | OLD  | 400
    2025-06-30 | NEW  | 100
    """
    assert found(drawn, tree=tree)["headcount_unit", "NEW"] == "warning"


def test_new_and_abolished_units_are_not_compared() -> None:
    tree = REORGANISED + "-"
    drawn = """
    ref        | unit | persons
    2025-03-31 | OLD  | 400
    2025-06-30 | NEW  | 400
    """
    assert found(drawn, tree=tree) == {}


def test_first_snapshot_is_compared_with_nothing() -> None:
    picture = Picture(
        states("ref | unit | persons\n2025-03-31 | A | 1000"),
        table("ref | unit | measure | persons", ref=pl.Date, persons=pl.Int64),
        pl.DataFrame({"ref": [Q1], "present": [1000], "refused": [900]}),
        calendar_of([Q1]),
    )
    assert compare(picture, units(TREE), REFERENCE).is_empty()


def test_yearly_organisation_has_wider_bounds(tmp_path: Path) -> None:
    text = (SHIPPED_REFERENCE / "organisation.toml").read_text("utf-8")
    yearly = text.replace('calendar = "quarter"', 'calendar = "year"')
    (tmp_path / "organisation.toml").write_text(yearly, encoding="utf-8")
    drawn = pair(1000, 700)
    assert found(drawn)["headcount_unit", "A"] == "warning"
    assert ("headcount_unit", "A") not in found(
        drawn, reference=Reference(tmp_path, SHIPPED_REFERENCE)
    )


def test_every_rule_id_has_labels_and_a_reason() -> None:
    rules = Plausibility.of(REFERENCE)
    labels = rules.labels(REFERENCE)
    assert labels["unknown_gender"] == (
        "Het aandeel onbekend verspringt: geslacht",
        "The share of unknown jumps: gender",
    )
    assert all("{" not in text and text for pair_ in labels.values() for text in pair_)
    assert all(len(rule.reason) > 20 for rule in rules.rule)
    assert "unknown_origin" not in labels  # the coverage says it


def test_gross_below_warning_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="gross must not lie below"):
        Bounds(warning=0.2, gross=0.1)
    text = (SHIPPED_REFERENCE / "plausibility.toml").read_text("utf-8")
    wrong = text.replace("{ warning = 0.08, gross = 0.20 }", "{ warning = 0.08, gross = 0.02 }")
    (tmp_path / "plausibility.toml").write_text(wrong, encoding="utf-8")
    with pytest.raises(RefusedInput, match="does not say what it must"):
        Plausibility.of(Reference(tmp_path, SHIPPED_REFERENCE))


# --- through the warehouse


def crowd(ref: str, size: int, unit: str = "A", start: int = 0) -> str:
    return "\n".join(f"{ref} | p{n} | {unit} | 10" for n in range(start, start + size))


HEAD = "ref | person | unit | scale\n"


def put(warehouse: Warehouse, name: str, drawing: str) -> pl.DataFrame:
    rows = people(HEAD + drawing)
    file = File("personeel", name, rows, rows.select("ref", "person"))
    with warehouse.transaction():
        ledger.store(warehouse, file, mapping="m", context="c", loaded_at=NOW)
        plausibility.refresh(warehouse, REFERENCE)
    return warehouse.findings()


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    with Warehouse.open(Settings(home=tmp_path), "scratch") as opened:
        with opened.transaction():
            file = File("organisatie", "o.csv", units(TREE))
            ledger.store(opened, file, mapping="m", context="c", loaded_at=NOW)
        yield opened


def test_half_a_directorate_gone_holds_until_accepted(warehouse: Warehouse) -> None:
    whole = crowd("2025-03-31", 200) + "\n" + crowd("2025-03-31", 900, "B", 1000)
    half = crowd("2025-06-30", 100) + "\n" + crowd("2025-06-30", 900, "B", 1000)
    assert put(warehouse, "q1.csv", whole).is_empty()
    findings = put(warehouse, "q2.csv", half)
    gone = findings.filter(pl.col("rule") == "exit")
    assert gone.select("ref", "unit", "severity", "figure", "before", "bound").rows() == [
        (Q2, "A", "gross", 0.5, 0.0, 0.3)
    ]
    assert warehouse.held().select("rule", "unit").rows() == [("exit", "A")]

    warehouse.accept("Part A was privatised", NOW)
    # Another file that leaves these figures as they are keeps the acceptance ...
    put(warehouse, "q3.csv", half.replace("2025-06-30", "2025-09-30"))
    assert warehouse.held().is_empty()
    # ... a corrected file with other figures does not.
    smaller = crowd("2025-06-30", 90) + "\n" + crowd("2025-06-30", 900, "B", 1000)
    put(warehouse, "q2b.csv", smaller)
    assert warehouse.held().select("rule", "unit", "ref").rows() == [("exit", "A", Q2)]
    # The corrected file was half delivered; the right one ends the finding.
    right = whole.replace("2025-03-31", "2025-06-30")
    put(warehouse, "q2c.csv", right)
    assert warehouse.held().select("rule", "unit", "ref").rows() == [("exit", "A", Q3)]


def test_renumbered_staff_are_noticed(warehouse: Warehouse) -> None:
    put(warehouse, "q1.csv", crowd("2025-03-31", 300))
    findings = put(warehouse, "q2.csv", crowd("2025-06-30", 300, start=5000))
    gross = findings.filter(pl.col("severity") == "gross").select("rule", "unit").rows()
    assert gross == [("exit", "A"), ("exit", "MIN"), ("inflow", "A"), ("inflow", "MIN")]


def test_people_refused_on_one_date_neither_join_nor_leave(warehouse: Warehouse) -> None:
    put(warehouse, "q1.csv", crowd("2025-03-31", 300))
    rows = people(HEAD + crowd("2025-06-30", 200))
    seen = people(HEAD + crowd("2025-06-30", 300)).select("ref", "person")
    with warehouse.transaction():
        ledger.store(
            warehouse,
            File("personeel", "q2.csv", rows, seen),
            mapping="m",
            context="c",
            loaded_at=NOW,
        )
        plausibility.refresh(warehouse, REFERENCE)
    found_ = dict(warehouse.findings().select("rule", "figure").iter_rows())
    assert found_["refused"] == pytest.approx(1 / 3)
    assert "exit" not in found_
