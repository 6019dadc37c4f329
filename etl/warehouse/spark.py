"""The leaf query on Spark: the same text, on relations in Parquet that every executor can read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from etl.warehouse.engine import CALENDAR, LEAF_SQL, RELATIONS, checked
from etl.warehouse.handover import check_relations
from etl.warehouse.spark_session import spark_errors, uri

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


class SparkEngine:
    """Compute leaves in a Spark session, classic or Connect.

    Only ``read``, ``sql``, temporary views and ``toArrow`` are used. The views are called
    ``snapshot``, ``presence``, ``movement`` and ``calendar``; they are dropped afterwards.
    """

    def __init__(self, session: SparkSession, directory: Path) -> None:
        """Make an engine on relations as :func:`etl.warehouse.handover.hand_over` writes them."""
        self._session, self._directory = session, directory

    def leaves(self, calendar: pl.DataFrame) -> pl.DataFrame:
        """Compute the leaves of all periods of the calendar, checked and in a fixed order.

        Args:
            calendar: ``from_ref, to_ref`` as :func:`etl.warehouse.engine.calendar_of` makes it.

        Raises:
            BrokenContract: the result cannot be right.
            RefusedInput: the relations do not fit, or Spark could not do the work.
        """
        check_relations(self._directory)
        (self._directory / "calendar").mkdir(exist_ok=True)
        calendar.cast(CALENDAR).write_parquet(self._directory / "calendar" / "00000.parquet")
        names = (*RELATIONS, "calendar")
        with spark_errors(str(self._directory.parent)):
            try:
                for name in names:
                    frame = self._session.read.parquet(uri(self._directory / name))
                    frame.createOrReplaceTempView(name)
                found = self._session.sql(LEAF_SQL).toArrow()
            finally:
                for name in names:
                    self._session.catalog.dropTempView(name)
        return checked(pl.DataFrame(found))
