"""What a publication brings since the one before it: what it is about, never how many people.

The web process opens one publication and cannot look back, so ``publish`` compares the two and the
answer travels along as ``mart_news``. Compared are tables that say what there is to see (dates,
units, metrics, rules, withdrawals); cells and their statuses are not among them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import polars as pl

COMPARED = ("mart_dimension", "mart_metric", "mart_withdrawal", "mart_meta")
"""The only tables that are looked at."""
NEWS = pl.Schema(
    {
        "kind": pl.String(),
        "change": pl.String(),
        "code": pl.String(),
        "period": pl.String(),
        "was": pl.String(),
        "now": pl.String(),
        "label_nl": pl.String(),
        "label_en": pl.String(),
    }
)
"""kind: period, unit, attribute, metric, withdrawal, policy; change: new, gone, ended, changed."""
DIMENSIONS = ("period", "unit", "attribute")
LABELS = ["label_nl", "label_en"]


def news(before: Mapping[str, pl.DataFrame], now: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Compare two publications.

    Args:
        before: the ``COMPARED`` tables of the earlier one, as far as it has them; none at all where
            there is no earlier one.
        now: those of the new one.

    Returns:
        A row for each thing that is new, gone, ended or changed; empty for a first publication.
    """
    old = {name: frame for name, frame in before.items() if name in COMPARED}
    if not old:
        return pl.DataFrame(schema=NEWS)
    parts = [
        *(_codes(_dimension(old, kind), _dimension(now, kind), kind) for kind in DIMENSIONS),
        _ended(_dimension(old, "unit"), _dimension(now, "unit")),
        _codes(_metrics(old), _metrics(now), "metric"),
        _withdrawn(old, now),
        _policy(old, now),
    ]
    return pl.concat(parts, how="diagonal").select(NEWS.names()).cast(NEWS)


def _empty() -> pl.DataFrame:
    return pl.DataFrame(schema=NEWS)


def _dimension(tables: Mapping[str, pl.DataFrame], name: str) -> pl.DataFrame:
    frame = tables["mart_dimension"].filter(pl.col("dimension") == name)
    return frame.unique("code", keep="first", maintain_order=True)


def _metrics(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    return tables["mart_metric"].with_columns(code="metric", partition=pl.lit(""))


def _codes(old: pl.DataFrame, now: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Codes that came and codes that went; ``now`` names the partition (quarter, year, block)."""
    said = [pl.lit(kind).alias("kind"), pl.col("code", *LABELS)]
    came = now.join(old, on="code", how="anti", maintain_order="left")
    went = old.join(now, on="code", how="anti", maintain_order="left")
    return pl.concat(
        [
            came.select(*said, change=pl.lit("new"), now=pl.col("partition")),
            went.select(*said, change=pl.lit("gone"), now=pl.lit(None, pl.String)),
        ]
    )


def _ended(old: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Units that lasted and now have an end."""
    lasting = old.filter(pl.col("valid_to").is_null()).select("code")
    over = now.filter(pl.col("valid_to").is_not_null()).join(lasting, on="code")
    return over.select(
        "code", *LABELS, kind=pl.lit("unit"), change=pl.lit("ended"),
        now=pl.col("valid_to").cast(pl.String),
    )  # fmt: skip


def _withdrawn(before: Mapping[str, pl.DataFrame], now: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    frame, key = now["mart_withdrawal"], ["metric", "period"]
    if "mart_withdrawal" in before:
        frame = frame.join(before["mart_withdrawal"], on=key, how="anti")
    return frame.unique(key).sort(key).select(
        "period", kind=pl.lit("withdrawal"), change=pl.lit("new"), code=pl.col("metric")
    )  # fmt: skip


def _policy(before: Mapping[str, pl.DataFrame], now: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Numbers of the policy in force that are not what they were."""
    old, new = (_numbers(tables["mart_meta"]) for tables in (before, now))
    rows = [
        {
            "kind": "policy",
            "change": "new" if path not in old else "gone" if path not in new else "changed",
            "code": path,
            "was": old.get(path),
            "now": new.get(path),
        }
        for path in dict.fromkeys([*new, *old])
        if old.get(path) != new.get(path)
    ]
    return pl.DataFrame(rows, schema_overrides=NEWS) if rows else _empty()


def _numbers(meta: pl.DataFrame) -> dict[str, str]:
    """Path -> number, of the policy that a publication carries; nothing where it carries none."""
    carried = dict(meta.select("key", "value").iter_rows()).get("policy", "{}")
    return dict(_walk(json.loads(carried), ""))


def _walk(node: Mapping[str, Any], path: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, child in node.items():
        here = f"{path}.{key}" if path else key
        if isinstance(child, Mapping):
            whole = "value" in child
            found += [(here, f"{child['value']:g}")] if whole else _walk(child, here)
    return found
