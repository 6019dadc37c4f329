"""What CBS delivered, what was shown of it, and who shows origin: the rows behind the rules."""

from __future__ import annotations

import polars as pl

from etl.schemas import STAGED_BAROMETER
from etl.warehouse.store import Warehouse

_COLUMNS = ", ".join(STAGED_BAROMETER.names())


def deliveries(warehouse: Warehouse) -> pl.DataFrame:
    """Return the rows of `cbs-barometer` in force."""
    return warehouse.frame(f"SELECT {_COLUMNS} FROM fct_barometer ORDER BY ALL")  # noqa: S608


def shown(warehouse: Warehouse) -> pl.DataFrame:
    """Return the delivered rows that publications show, each once."""
    return warehouse.frame(f"SELECT {_COLUMNS} FROM delivered_shown ORDER BY ALL")  # noqa: S608


def append_shown(warehouse: Warehouse, publication: str, rows: pl.DataFrame) -> None:
    """Add delivered rows that a publication shows first."""
    named = rows.with_columns(publication=pl.lit(publication))
    with warehouse.transaction(), warehouse.registered("shown_now", named):
        warehouse.connection.execute("INSERT INTO delivered_shown BY NAME SELECT * FROM shown_now")


def declared_publications(warehouse: Warehouse) -> list[str]:
    """Return the publications that show origin as people declared it."""
    found = warehouse.frame(
        "SELECT DISTINCT publication FROM decision WHERE status = 'published' "
        "AND (attribute = 'origin' OR attribute2 = 'origin') ORDER BY publication"
    )
    return list(found["publication"])


def delivered_publications(warehouse: Warehouse) -> list[str]:
    """Return the publications that show delivered shares."""
    found = warehouse.frame("SELECT DISTINCT publication FROM delivered_shown ORDER BY publication")
    return list(found["publication"])


def anything_recorded(warehouse: Warehouse) -> bool:
    """Tell whether this warehouse knows of any publication."""
    found = warehouse.frame(
        "SELECT (SELECT COUNT(*) FROM decision) + (SELECT COUNT(*) FROM delivered_shown) AS rows"
    )
    return int(found.item()) > 0
