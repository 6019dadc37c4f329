"""Publications read back as an outsider has them: their files, and nothing of the warehouse."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
from pydantic import ValidationError

from etl.errors import RefusedInput
from etl.privacy.audit_input import Published
from etl.privacy.policy import Policy
from etl.publish import names, served

TABLES = {
    "cells": "SELECT * FROM mart_cell",
    "dimensions": "SELECT * FROM mart_dimension",
    "metrics": "SELECT * FROM mart_metric",
    "meta": "SELECT * FROM mart_meta",
}

SHOWN_NUMBERS = "SELECT * FROM mart_cell WHERE status = 'published' AND attribute <> ''"


def read_published(directory: Path, name: str | None = None) -> Published:
    """The tables of a publication that an outsider has as files.

    Args:
        directory: where publications are.
        name: which one; None: the one that is served.

    Raises:
        RefusedInput: there is no such publication, or its policy says nothing of an audit.
    """
    known = names(directory)
    wanted = name or served(directory)
    if wanted not in known:
        raise RefusedInput(
            "There is no such publication",
            where=str(directory),
            expected="one of " + (", ".join(known) or "none yet"),
            got=wanted or "none",
            next_step="publish first: afspiegeling publish",
        )
    with _opened(directory, wanted) as connection:
        frames = {key: connection.sql(query).pl() for key, query in TABLES.items()}
    meta = dict(frames["meta"].select("key", "value").iter_rows())
    return Published(frames["cells"], frames["dimensions"], frames["metrics"], _policy(meta))


def _policy(meta: dict[str, str]) -> Policy:
    try:
        return Policy.model_validate_json(meta["policy"])
    except (KeyError, ValidationError) as error:
        raise RefusedInput(
            "The policy of this publication does not say what an audit must leave open",
            where="mart_meta, policy",
            expected="the numbers of policy.toml, with widths",
            next_step="publish again, and audit that publication",
        ) from error


def shown_by_others(directory: Path, name: str | None = None) -> list[pl.DataFrame]:
    """The numbers about parts of people that the other publications show, newest first.

    Args:
        directory: where publications are.
        name: the publication that is left out; None: none is.
    """
    found = []
    for other in reversed([other for other in names(directory) if other != name]):
        with _opened(directory, other) as connection:
            found.append(connection.sql(SHOWN_NUMBERS).pl())
    return found


def _opened(directory: Path, name: str) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(
        str(directory / f"publication-{name}.duckdb"),
        read_only=True,
        config={"enable_external_access": "false"},
    )
