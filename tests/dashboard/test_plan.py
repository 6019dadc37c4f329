"""The planned view that is nearest to a request, in the invented publication."""

from __future__ import annotations

import pytest

from dashboard import export
from dashboard.errors import DashboardError
from dashboard.mart import Mart
from dashboard.plan import Asked, nearest

ORIGIN = {"attribute": "origin", "category": "yes"}


@pytest.mark.parametrize(
    ("asked", "offered"),
    [
        # What is published is its own nearest.
        (
            Asked("share", "UB1", **ORIGIN, scale_group=">=14", period_kind="quarter"),
            Asked("share", "UB1", **ORIGIN, scale_group=">=14", period_kind="quarter"),
        ),
        # A fine band of a unit of level 3: the same unit, all scales.
        (
            Asked("share", "UB1", **ORIGIN, scale_group="6-9", period_kind="quarter"),
            Asked("share", "UB1", **ORIGIN, scale_group="all", period_kind="quarter"),
        ),
        # By contract the second level is the lowest: the unit above.
        (
            Asked("headcount", "UB1", "contract", scale_group="<=13"),
            Asked("headcount", "UBR", "contract", scale_group="<=13", period_kind="quarter"),
        ),
        # A quarter of a unit of level 3: the block of the same unit.
        (
            Asked("inflow_share", "UB1", **ORIGIN, period_kind="quarter"),
            Asked("inflow_share", "UB1", **ORIGIN, period_kind="block"),
        ),
        # Crossing by origin exists for the whole only.
        (
            Asked("crossing", "UB1", **ORIGIN, period_kind="year"),
            Asked("crossing", "MIN", **ORIGIN, period_kind="block"),
        ),
        # Promotion is not split by contract anywhere: everybody, as far down as it goes.
        (
            Asked("promotion", "UB1", "contract", "yes", period_kind="block"),
            Asked("promotion", "UB1", period_kind="block"),
        ),
    ],
)
def test_the_nearest_planned_view(mart: Mart, asked: Asked, offered: Asked) -> None:
    assert nearest(mart, asked) == offered


def test_a_metric_that_is_not_planned_has_nothing_near(mart: Mart) -> None:
    assert nearest(mart, Asked("complaints", "UB1")) is None


def test_an_export_outside_the_plan_names_the_nearest_and_its_address(mart: Mart) -> None:
    query = export.Query(
        ("share",),
        ("UB1",),
        ("2025Q4",),
        scale_group=("6-9",),
        attribute=("origin",),
        category=("yes",),
    )
    with pytest.raises(DashboardError) as refused:
        export.render(mart, query, "csv")
    said = str(refused.value)
    assert "not in the publication plan" in said
    assert "share, unit UB1" in said
    address = "/export/share.csv?unit=UB1&attribute=origin&category=yes&scale_group=all&period_kind=quarter"
    assert f"all scales, by origin, per quarter ({address})" in said


def test_the_offered_view_can_be_exported(mart: Mart) -> None:
    offer = nearest(mart, Asked("crossing", "UB1", **ORIGIN, period_kind="year"))
    assert offer is not None
    query = export.Query(
        (offer.metric,), (offer.unit,), (), (offer.period_kind,), (offer.scale_group,),
        (offer.attribute,), (offer.category,),
    )  # fmt: skip
    assert export.render(mart, query, "csv").count(b"\n") > 1


def test_a_period_without_cells_of_a_planned_view_is_to_be_left_out(mart: Mart) -> None:
    """The first quarter has no flows: nothing came before it."""
    query = export.Query(("inflow",), ("MIN",), ("2020Q4",))
    with pytest.raises(DashboardError, match="leave out the period"):
        export.render(mart, query, "csv")
