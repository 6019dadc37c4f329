"""The machines of a Spark session: parts of a file by ``mapInArrow``, persons by one shuffle."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from etl.spread.stage import Work
from etl.warehouse.spark_session import spark_errors, uri

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_VIEW = "afspiegeling_judged"
_TOGETHER = "SELECT * FROM afspiegeling_judged DISTRIBUTE BY by"
_TYPES: dict[pl.DataType, str] = {
    pl.String(): "STRING",
    pl.Int16(): "SMALLINT",
    pl.Int32(): "INT",
    pl.Int64(): "BIGINT",
    pl.Float64(): "DOUBLE",
    pl.Boolean(): "BOOLEAN",
    pl.Date(): "DATE",
    pl.List(pl.String()): "ARRAY<STRING>",
}


class SparkMachines:
    """What :func:`etl.spread.stage.stage_spread` needs, in a Spark session, classic or Connect."""

    def __init__(self, session: SparkSession) -> None:
        self._session = session

    def mapped(self, path: Path, work: Work, schema: pl.Schema) -> pl.DataFrame:
        """Do some work on the lines of a file, part by part."""
        with spark_errors(str(path.name)):
            return _frame(self._lines(path).mapInArrow(work, ddl(schema)), schema)

    def gathered(
        self, path: Path, work: Work, between: pl.Schema, last: Work, schema: pl.Schema
    ) -> pl.DataFrame:
        """The same, then the rows of one value of ``by`` together, and the last work on them."""
        with spark_errors(str(path.name)):
            judged = self._lines(path).mapInArrow(work, ddl(between))
            judged.createOrReplaceTempView(_VIEW)
            try:
                together = self._session.sql(_TOGETHER)
                return _frame(together.mapInArrow(last, ddl(schema)), schema)
            finally:
                self._session.catalog.dropTempView(_VIEW)

    def _lines(self, path: Path) -> DataFrame:
        """Lines as bytes, each with the byte at which its block of the file begins."""
        return self._session.read.text(uri(path)).selectExpr(
            "CAST(value AS BINARY) AS value", "_metadata.file_block_start AS block"
        )


def ddl(schema: pl.Schema) -> str:
    """The schema in the words of Spark."""
    return ", ".join(f"`{name}` {_TYPES[kind]}" for name, kind in schema.items())


def _frame(found: DataFrame, schema: pl.Schema) -> pl.DataFrame:
    return pl.DataFrame(found.toArrow()).cast(schema)
