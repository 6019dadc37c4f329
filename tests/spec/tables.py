"""Tables in tests: a drawing with `|` between the columns becomes a frame."""

from __future__ import annotations

import polars as pl


def table(drawing: str, **types: pl.DataType | type[pl.DataType]) -> pl.DataFrame:
    """Read a drawn table: first line names, `-` is null, columns not in ``types`` are text."""
    lines = [line.strip() for line in drawing.strip().splitlines()]
    names, *rows = ([cell.strip() for cell in line.split("|")] for line in lines)
    columns = {
        name: pl.Series(name, [None if row[i] == "-" else row[i] for row in rows], dtype=pl.String)
        for i, name in enumerate(names)
    }
    frame = pl.DataFrame(columns)
    return frame.with_columns(
        pl.col(name).str.to_date() if kind == pl.Date else pl.col(name).cast(kind)
        for name, kind in types.items()
    )
