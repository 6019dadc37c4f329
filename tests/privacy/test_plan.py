"""The plan says what exists: expanded, checked, and able to name what is nearest."""

from __future__ import annotations

from pathlib import Path

import pytest

from etl.domain import Reference
from etl.errors import RefusedInput
from etl.privacy.plan import PLAN_COLUMNS, Plan, Table, categories_of, load_plan
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


@pytest.mark.parametrize(
    ("levels", "means", "depth"),
    [
        ((1, 4), {1: 12000, 2: 1500, 3: 250, 4: 249}, 3),
        ((1, 4), {1: 12000, 2: 1500, 3: 249.9, 4: 300}, 2),  # never past a level that is too small
        ((1, 4), {1: 100, 2: 90, 3: 80}, 1),  # the whole needs no size
        ((1, 4), {}, 1),
        ((1, 3), {1: 12000, 2: 1500, 3: 300, 4: 280}, 3),
        ((3, 5), {1: 12000, 2: 1500, 3: 251, 4: 100}, 3),
        ((3, 5), {1: 12000, 2: 1500, 3: 249, 4: 300}, 0),  # nothing at all
    ],
)
def test_a_table_goes_down_to_the_last_level_that_is_large_enough(
    levels: tuple[int, int], means: dict[int, float], depth: int
) -> None:
    table = Table.model_validate(one(levels=levels, mean_base=250, partitions={"origin": "binary"}))
    assert table.depth(means) == depth


def test_without_a_size_a_table_has_all_its_levels() -> None:
    assert Table.model_validate(one(levels=(2, 4))).depth({}) == 4


def test_a_table_of_everybody_has_no_size() -> None:
    with pytest.raises(RefusedInput, match="public is planned everywhere"):
        plan(one(mean_base=250))


def test_no_split_below_the_whole_is_without_a_size(shipped: Plan) -> None:
    deep = [table for table in shipped.table if table.split and table.levels[1] > 1]
    assert deep
    assert [table.key for table in deep if not table.mean_base] == []


def test_the_plan_travels_as_rows(shipped: Plan) -> None:
    frame = shipped.frame(
        {
            ("headcount_origin_gender", "headcount", "all"): 1,
            ("headcount_origin", "headcount", "<=13"): 3,
            ("headcount_origin", "headcount", ">=14"): 0,
        }
    )
    assert tuple(frame.columns) == PLAN_COLUMNS
    crossed, single = frame.rows(named=True)
    assert (crossed["attribute"], crossed["attribute2"]) == ("origin", "gender")
    assert (crossed["level_from"], crossed["level_to"], crossed["mean_base"]) == (1, 1, 0)
    assert (single["scale_group"], single["level_to"], single["mean_base"]) == ("<=13", 3, 250)
