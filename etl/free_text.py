"""Free text at the door of the exit monitor: a column of remarks refuses the whole file.

A remark names people and tells what happened to whom: nothing of it may reach a frame that is
stored. Whoever cannot leave the column out of the export lists it under ``ignore`` in the mapping;
it is then dropped as soon as the file is read.
"""

from __future__ import annotations

import re

import polars as pl

from etl.cast import source_headers
from etl.errors import RefusedInput
from etl.extract import LINE, Extract
from etl.intake import LONGEST_CODE
from etl.mapping import ExtractMapping

_WORDS = frozenset(
    {
        *("toelichting", "toelichtingen", "opmerking", "opmerkingen", "commentaar", "namelijk"),
        *("comment", "comments", "remark", "remarks", "verbatim", "freetext", "vrijetekst"),
        *("opentekst", "openvraag"),
    }
)
_PAIRS = ("vrije tekst", "free text", "open tekst", "open vraag", "open antwoord", "open text")
LONG_LABEL, MOST_LABELS = 30, 20
"""More distinct values of more characters than these, of several words, are no list of choices."""


def names_remarks(header: str) -> bool:
    """Whether a header says that people wrote in it what they liked."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header)
    words = re.findall(r"[a-z]+", spaced.casefold())
    return bool(_WORDS & set(words)) or any(pair in " ".join(words) for pair in _PAIRS)


def check_free_text(extract: Extract, how: ExtractMapping) -> None:
    """Refuse a file with a column that looks like free text, mapped or not; no value is shown.

    Args:
        extract: the file without the columns that the mapping ignores.
        how: its mapping. Each reason of a column of several is looked at by itself, and a long
            respondent id without blanks is no text.

    Raises:
        RefusedInput: naming the column.
    """
    headers = source_headers(extract, how)
    for header in extract.headers:
        if names_remarks(header):
            raise _refused(extract, header, "its header says so")
        several = how.questionnaire if header == headers.get("reasons") else None
        cells = _cells(extract, header, several.separator if several else None)
        long = cells.filter(pl.col("text").str.len_chars() > LONGEST_CODE)
        if header == headers.get("respondent"):
            long = long.filter(pl.col("text").str.contains(r"\s"))
        if long.height:
            why = f"line {long[LINE][0]} has more than {LONGEST_CODE} characters"
            raise _refused(extract, header, why)
        if _distinct_texts(cells["text"]) > MOST_LABELS:
            why = f"more than {MOST_LABELS} different texts of over {LONG_LABEL} characters"
            raise _refused(extract, header, why)


def _cells(extract: Extract, header: str, separator: str | None) -> pl.DataFrame:
    """Line and text of each cell, or of each part of it."""
    cells = pl.DataFrame({LINE: extract.frame[LINE], "text": extract.frame[header]})
    if separator is None:
        return cells
    parts = cells.with_columns(pl.col("text").str.split(separator)).explode("text")
    return parts.with_columns(pl.col("text").str.strip_chars())


def _distinct_texts(values: pl.Series) -> int:
    """How many different values are long and of three words or more: a list has few of them."""
    texts = values.drop_nulls().unique()
    words = texts.str.contains(r"\S\s+\S+\s+\S")
    return texts.filter((texts.str.len_chars() > LONG_LABEL) & words).len()


def _refused(extract: Extract, header: str, why: str) -> RefusedInput:
    return RefusedInput(
        "The file holds free text and is refused as a whole",
        where=f"{extract.path.name}, column {header}",
        expected="choices and numbers only, or the column listed under `ignore` in the mapping",
        got=f"a column that looks like free text: {why}",
        next_step="leave the column out of the export and destroy this file; where that cannot be "
        "done, list its header under `ignore`: it is then never stored",
    )
