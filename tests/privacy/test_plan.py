"""The plan says what exists: expanded, checked, and able to name what is nearest."""

from __future__ import annotations

from pathlib import Path

import pytest

from etl.domain import Reference
from etl.errors import RefusedInput
from etl.privacy.plan import PLAN_COLUMNS, Plan, View, categories_of, load_plan
from etl.privacy.policy import Policy
from etl.settings import SHIPPED_REFERENCE

POLICY = Policy.load()
YEARLY = (SHIPPED_REFERENCE / "organisation.toml").read_text(encoding="utf-8")
YEARLY = YEARLY.replace('calendar = "quarter"', 'calendar = "year"')


def plan(*tables: dict[str, object], reference: Reference | None = None) -> Plan:
    written = {"block": {"length": 5}, "table": list(tables)}
    return Plan.model_validate(written).expand(reference or Reference(), POLICY)


def one(**more: object) -> dict[str, object]:
    return {
        "key": "t",
        "metrics": ["headcount"],
        "levels": [1, 2],
        "period_kind": "quarter",
        "scale_partition": "main",
    } | more


@pytest.fixture(scope="module")
def shipped() -> Plan:
    return load_plan(Reference(), POLICY)


def test_the_shipped_plan_publishes_small_units_over_longer_periods(shipped: Plan) -> None:
    offered = {
        (metric, table.period_kind): table.levels
        for table in shipped.table
        for metric in table.metrics
        if table.partitions == {"origin": "binary"} and table.scale_partition == "main"
    }
    assert offered[("inflow", "quarter")] == (1, 1)
    assert offered[("inflow", "year")] == (1, 2)
    assert offered[("inflow", "block")] == (3, 5)
    assert offered[("headcount", "quarter")] == (1, 5)
    assert offered[("crossing", "block")] == (1, 1)
    assert ("crossing", "year") not in offered


def test_a_year_published_alone_never_enters_a_block_of_the_same_unit(shipped: Plan) -> None:
    split = [t for t in shipped.table if t.split]
    for block in (t for t in split if t.period_kind == "block"):
        for year in (t for t in split if t.period_kind == "year" and t.split == block.split):
            shared = set(block.metrics) & set(year.metrics)
            levels = set(range(block.levels[0], block.levels[1] + 1))
            assert not shared or not levels & set(range(year.levels[0], year.levels[1] + 1))


def test_each_spreads_into_one_table_an_attribute() -> None:
    found = plan(one(each={"gender": "binary", "contract": "leaves"})).table
    assert [(t.key, t.split) for t in found] == [
        ("t_gender", (("gender", "binary"),)),
        ("t_contract", (("contract", "leaves"),)),
    ]


def test_the_quarters_of_a_yearly_organisation_are_years(tmp_path: Path) -> None:
    (tmp_path / "organisation.toml").write_text(YEARLY, encoding="utf-8")
    reference = Reference(tmp_path, SHIPPED_REFERENCE)
    kinds = {table.period_kind for table in load_plan(reference, POLICY).table}
    assert kinds == {"year", "block"}


def test_a_dimension_without_a_class_is_refused() -> None:
    with pytest.raises(RefusedInput, match="without a sensitivity class"):
        plan(one(partitions={"religion": "binary"}))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"metrics": ["share"]}, "not a count metric"),
        ({"partitions": {"origin": "thirds"}}, "no partition thirds"),
        ({"scale_partition": "coarse"}, "no scale partition coarse"),
        ({"metrics": ["fte"], "partitions": {"gender": "binary"}}, "everybody only"),
    ],
)
def test_a_table_of_what_does_not_exist_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(RefusedInput, match=said):
        plan(one(**wrong))


def test_two_tables_with_one_key_are_refused() -> None:
    with pytest.raises(RefusedInput, match="one key"):
        plan(one(), one())


def test_groups_apply_only_where_a_classification_has_them() -> None:
    found = plan(one(key="a", partitions={"gender": "groups"}), one(key="b")).table
    assert [table.key for table in found] == ["b"]


def test_a_split_shows_the_nodes_that_it_hangs_under() -> None:
    origin = Reference().attributes["origin"]
    codes = [node.code for node in categories_of(origin, "leaves")]
    assert codes[:5] == ["unknown", "known", "nederland", "europa", "buiten_europa"]
    assert len(codes) == 11
    assert [node.code for node in categories_of(origin, "binary")] == [
        "unknown",
        "known",
        "yes",
        "no",
    ]


def test_blocks_stay_where_they_were_published() -> None:
    found = plan(one(period_kind="block", metrics=["exit"]))
    anchored = found.anchored(["2021-2025", "2026-2030", "2019-2020"])
    assert anchored.block.start == 2021
    assert found.anchored([]).block.start is None
    assert found.anchored(["2019-2020"]).block.start is None


ORIGIN = {"attribute": "origin", "partition": "binary"}


@pytest.mark.parametrize(
    ("wanted", "nearest"),
    [
        # A planned view is its own nearest.
        (
            View(metric="headcount", level=3, scale_partition="main", **ORIGIN),
            View(metric="headcount", level=3, scale_partition="main", **ORIGIN),
        ),
        # a quarter of a directie is not: the block of the same directie is
        (
            View(metric="inflow", level=3, period_kind="quarter", **ORIGIN),
            View(metric="inflow", level=3, period_kind="block", **ORIGIN),
        ),
        # crossing by origin exists for the whole only
        (
            View(metric="crossing", level=4, period_kind="year", **ORIGIN),
            View(metric="crossing", level=1, period_kind="block", **ORIGIN),
        ),
        # single scales by origin exist for the whole only
        (
            View(metric="headcount", level=2, attribute="origin", partition="leaves"),
            View(metric="headcount", level=1, attribute="origin", partition="leaves"),
        ),
        # transfers are never split
        (
            View(metric="transfer_in", level=2, **ORIGIN),
            View(metric="transfer_in", level=2),
        ),
    ],
)
def test_the_nearest_planned_view(shipped: Plan, wanted: View, nearest: View) -> None:
    assert shipped.nearest(wanted) == nearest


def test_an_unplanned_metric_has_nothing_near(shipped: Plan) -> None:
    assert shipped.nearest(View(metric="complaints")) is None


def test_the_plan_travels_as_rows(shipped: Plan) -> None:
    frame = shipped.frame()
    assert tuple(frame.columns) == PLAN_COLUMNS
    crossed = frame.row(
        frame.get_column("table_key").to_list().index("headcount_origin_gender"), named=True
    )
    assert (crossed["attribute"], crossed["attribute2"]) == ("origin", "gender")
    assert (crossed["level_from"], crossed["level_to"]) == (1, 1)
