"""Many machines in one process: a file in blocks, dealt out, and rows brought together by ``by``."""

from __future__ import annotations

import gzip
import pickle
import random
import re
from pathlib import Path

import polars as pl
import pyarrow as pa

from etl.spread.rows import LINES, Batches, arrow_schema
from etl.spread.stage import Work


class InProcess:
    """What a cluster does, with blocks and batches of any size in any order."""

    def __init__(self, block: int, batch: int, seed: int = 1) -> None:
        self.block, self.batch, self.draw = block, batch, random.Random(seed)  # noqa: S311
        self.seen: list[bytes] = []
        """Everything that was sent or stayed between two steps."""

    def mapped(self, path: Path, work: Work, schema: pl.Schema) -> pl.DataFrame:
        blocks = _blocks(path, self.block)
        self.draw.shuffle(blocks)
        half = len(blocks) // 2
        tables = []
        for part in (blocks[:half], blocks[half:]):
            sent = pickle.dumps(work)
            self.seen.append(sent)
            batches = (one for block in part for one in _batches(block, self.batch))
            tables += list(pickle.loads(sent)(batches))  # noqa: S301
        return pl.DataFrame(pa.Table.from_batches(tables, arrow_schema(schema))).cast(schema)

    def gathered(
        self, path: Path, work: Work, between: pl.Schema, last: Work, schema: pl.Schema
    ) -> pl.DataFrame:
        judged = self.mapped(path, work, between)
        self.seen.append(judged.write_json().encode())
        parts = judged.with_columns(part=pl.col("by").hash(seed=3) % 3).partition_by("part")
        found = []
        for part in parts:
            rows = part.drop("part").sample(fraction=1.0, shuffle=True, seed=2)
            batches: Batches = iter(rows.to_arrow().cast(arrow_schema(between)).to_batches())
            found += list(last(batches))
        return pl.DataFrame(pa.Table.from_batches(found, arrow_schema(schema))).cast(schema)


def _blocks(path: Path, size: int) -> list[tuple[int, list[bytes]]]:
    data = path.read_bytes()
    if path.suffix == ".gz":
        return [(0, re.split(rb"\r\n|\r|\n", gzip.decompress(data)))]
    lines = re.split(rb"\r\n|\r|\n", data)
    first = max(size, 5)  # the head lies in one block
    dealt = [lines[:first], *(lines[n : n + size] for n in range(first, len(lines), size))]
    before = [sum(len(x) + 1 for part in dealt[:n] for x in part) for n in range(len(dealt))]
    return list(zip(before, dealt, strict=True))


def _batches(block: tuple[int, list[bytes]], size: int) -> Batches:
    begin, lines = block
    for n in range(0, len(lines), size):
        some = lines[n : n + size]
        frame = pl.DataFrame({"value": some, "block": [begin] * len(some)}, schema=LINES)
        yield from (
            frame.to_arrow()
            .cast(pa.schema([("value", pa.binary()), ("block", pa.int64())]))
            .to_batches()
        )
