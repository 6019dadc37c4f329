"""How much an extract may be: what is beyond is no extract, and is refused before it costs much.

All limits of the readers stand here, each with its reason. They leave room for more than the whole
central government in one file (150,000 people, 40 columns: 6 million values), as CSV or Parquet.
A personnel file that is larger still is read part by part (`etl/large.py`), with limits of its own.
"""

from __future__ import annotations

from etl.errors import RefusedInput

MOST_FILES = 5_000
"""Files of one load: forty years of months with ten extracts each are 4,800."""
MOST_BYTES = 256 << 20
"""Bytes of a file, and of what it unpacks to. Reading takes a few times as much memory."""
MOST_LARGE_BYTES = 16 << 30
"""Bytes of a file that is read part by part: 20 million people with 800 bytes each."""
MOST_LINES = 30_000_000
"""Lines, or rows, of such a file. Two bytes are kept of each while it is read."""
PART_ROWS = 1_000_000
"""About so many rows are one part of such a file: memory follows from it, and as many passes over
the file as it has parts."""
WHOLE_ROWS = 1_500_000
"""A file of more rows is read part by part, however few bytes it has."""
MOST_DISTINCT = 500_000
"""Distinct values of a column of such a file that are looked at for numbers of citizens (BSN)."""
MOST_COLUMNS = 500
"""Columns with a header. The questionnaire among the real files of the tests has 56."""
MOST_CELLS = 20_000_000
"""Rows times columns, empty cells included: a table takes memory for each of them."""
LONGEST_LINE = 100_000
"""Characters of a line of text: 500 columns of 200 characters."""
MOST_MEMBERS = 1_000
"""Parts of a spreadsheet file, which is a ZIP archive: one or two a sheet, and ten of its own."""
MOST_TAGS = 12_000_000
"""Tags in a spreadsheet: four a cell make 3 million cells. Larger ones come as CSV or Parquet."""
MOST_DATES = 600
"""Reference dates in one file: fifty years of months. Each is compared with the one before."""
MOST_MAPPING_BYTES = 1 << 20
"""Bytes of a mapping or of a reference file beside it; the longest that ships has 10,000."""
MOST_MAPPINGS = 10
"""Mappings of which each extends the next one."""


def too_large(name: str, what: str, most: int, next_step: str | None = None) -> RefusedInput:
    """The refusal of a file with more than ``most`` of ``what``."""
    return RefusedInput(
        "The file is too large to be an extract",
        where=name,
        expected=f"at most {most:,} {what}",
        next_step=next_step or "export it again, with the columns and rows of the extract only",
    )


def too_many_bytes(name: str) -> RefusedInput:
    """The refusal of a file that is, or unpacks to, more than ``MOST_BYTES``."""
    split = "split it by reference date"
    return too_large(name, f"MiB ({MOST_BYTES:,} bytes), unpacked", MOST_BYTES >> 20, split)


def check_table(name: str, rows: int, columns: int) -> None:
    """Refuse a table that would take too much memory, before it is made.

    Raises:
        RefusedInput: more than ``MOST_CELLS``.
    """
    if rows * max(columns, 1) > MOST_CELLS:
        raise too_large(name, "values (rows times columns)", MOST_CELLS)
