"""What must be nowhere outside the warehouse, and how it is looked for in any kind of content."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import polars as pl

from etl.metrics.cells import KEYS
from etl.privacy.rounding import key_sums
from etl.pseudonym import KEY_NAMES, Keys
from etl.settings import Settings
from etl.warehouse.store import Warehouse

LEAST = 100
"""Counts from here on are looked for: a smaller number stands everywhere for something else."""
DECIMALS = 6
"""Fractions with this many decimals are told apart; a percentage as it is shown has one."""
NUMBER = re.compile(r"(?<![\w.,])\d[\d.,]*(?!\w)")
GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
WORD = re.compile(r"\b[0-9a-zA-Z]{9,64}\b")


@dataclass(frozen=True)
class Secrets:
    """Tokens that must not occur.

    Attributes:
        counts: true counts of splits that are hidden, or shown as another (rounded) number; sums
            of record keys. Numbers that the publication shows anywhere as a value or base are no
            secrets, and left out.
        fractions: true shares of everybody and of the known, as fraction and as percentage.
        words: personnel numbers, pseudonyms, record keys and secret keys.
    """

    counts: frozenset[int]
    fractions: frozenset[float]
    words: frozenset[str]

    @classmethod
    def of(
        cls,
        settings: Settings,
        true: pl.DataFrame,
        cells: pl.DataFrame,
        numbers: Iterable[str],
    ) -> Secrets:
        """The secrets of a loaded and published home.

        Args:
            settings: the home.
            true: its planned true counts.
            cells: what it published.
            numbers: the personnel numbers that were loaded.
        """
        public = set(cells["value"].drop_nulls().to_list()) | set(cells["base"].drop_nulls())
        told = true.join(cells.select(*KEYS, "value"), on=KEYS, how="left", nulls_equal=True)
        untold = told.filter(pl.col("value").is_null() | (pl.col("value") != pl.col("count")))
        counts = {n for n in untold["count"] if n >= LEAST} - public
        keys = key_sums(true["key_hi"].to_numpy(), true["key_lo"].to_numpy())
        halves = {*true["key_hi"], *true["key_lo"]}
        words = {*numbers, *_words(settings), *(f"{key:016x}" for key in keys)}
        return cls(
            frozenset({*counts, *keys, *halves} - public),
            frozenset(_fractions(true) - _fractions(cells.with_columns(count="value"))),
            frozenset(words),
        )

    def found(self, leaves: Iterable[str]) -> set[str]:
        """The secrets in some pieces of text."""
        hits: set[str] = set()
        for leaf in leaves:
            hits |= self.words.intersection(WORD.findall(leaf))
            for text in NUMBER.findall(leaf):
                number = text.rstrip(".,")
                hits |= {number} if self._is_secret(number) else set()
        return hits

    def _is_secret(self, text: str) -> bool:
        if GROUPED.fullmatch(text) and int(re.sub(r"\D", "", text)) in self.counts:
            return True
        plain = text.replace(",", ".")
        if plain.count(".") > 1:
            return False
        number = float(plain)
        if number.is_integer() and int(number) in self.counts:
            return True
        _, _, decimals = plain.partition(".")
        return len(decimals) >= DECIMALS and round(number, DECIMALS) in self.fractions


def _words(settings: Settings) -> set[str]:
    keys = Keys.of(settings)
    with Warehouse.open(settings, "read") as warehouse:
        persons = warehouse.frame("SELECT DISTINCT person FROM fct_snapshot")["person"]
    halves = keys.record_keys(persons)
    high, low = halves["key_hi"].to_list(), halves["key_lo"].to_list()
    records = [f"{(h << 32) + n:016x}" for h, n in zip(high, low, strict=True)]
    return {*persons, *records, *(keys.key(name).hex() for name in KEY_NAMES)}


def _fractions(counts: pl.DataFrame) -> set[float]:
    """Shares with a remainder that shows, as fractions and as percentages."""
    on = [name for name in KEYS if name not in {"category", "category2"}]
    known = counts.filter(pl.col("category") == "known").select(*on, known="count")
    shares = counts.filter(pl.col("attribute") != "", pl.col("base") > 0).join(
        known, on=on, how="left"
    )
    found = set()
    for size in ("base", "known"):
        share = shares.filter(pl.col(size) > 0).select(pl.col("count") / pl.col(size)).to_series()
        for factor in (1, 100):
            found |= set((share * factor).round(DECIMALS).drop_nulls())
    return {number for number in found if round(number, 3) != number}


# --- content -> pieces of text


def of_publication(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Every column of every table, and whatever text lies in the file itself."""
    for table, frame in tables_of(path).items():
        yield table, of_frame(frame)
    # Pages of a file outlive the rows they held; only words are told apart in raw bytes.
    yield "bytes", re.findall(r"[0-9a-zA-Z]{9,}", path.read_bytes().decode("latin-1"))


def tables_of(path: Path) -> dict[str, pl.DataFrame]:
    """Every table of a publication; from a copy, because a dashboard may hold the file open."""
    with TemporaryDirectory() as directory:
        copy = shutil.copy(path, directory)
        with duckdb.connect(copy, read_only=True) as connection:
            names = [name for (name,) in connection.execute("SHOW TABLES").fetchall()]
            return {n: pl.DataFrame(connection.table(n).to_arrow_table()) for n in names}


def of_frame(frame: pl.DataFrame) -> list[str]:
    """Each distinct value as text, and every column name."""
    found = list(frame.columns)
    for column in frame:
        values = column.drop_nulls().unique()
        if values.dtype.is_float():
            found += [format(value, ".17g") for value in values]
        else:
            found += [str(value) for value in values]
    return found


def of_content(content: bytes, kind: str) -> list[str]:
    """The pieces of text of one file or answer; ``kind`` is its extension."""
    match kind:
        case "parquet":
            return of_frame(pl.read_parquet(io.BytesIO(content)))
        case "xlsx":
            sheets = pl.read_excel(io.BytesIO(content), sheet_id=0)
            return [text for sheet in sheets.values() for text in of_frame(sheet)]
        case "csv":
            text = content.decode("utf-8-sig")
            separator = ";" if text.partition("\r\n")[0].count(";") > 3 else ","
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
            return list({cell for row in reader for cell in row})
        case "json":
            return list(_leaves(json.loads(content)))
    return [content.decode("utf-8", errors="replace")]


def _leaves(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield key
            yield from _leaves(value)
    elif isinstance(node, list):
        for value in node:
            yield from _leaves(value)
    elif isinstance(node, float):
        yield format(node, ".17g")
    elif node is not None and not isinstance(node, bool):
        yield str(node)
