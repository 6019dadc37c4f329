"""Text -> fields, dates, numbers, scales and codes, as vectors; what does not fit becomes null.

Nothing is refused here: a value that was there and is null after the cast is for the rules.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as Dict
from datetime import date

import polars as pl

from etl.domain import Attribute, Scales
from etl.errors import RefusedInput
from etl.extract import LINE, RAGGED, Extract
from etl.mapping import EXCEL_SERIAL, ExtractMapping
from etl.schemas import EXTRACTS

OPEN_END_YEAR = 9999
_EXCEL_EPOCH = date(1899, 12, 30)
_DIGITS = {"%d": r"\d{1,2}", "%m": r"\d{1,2}", "%Y": r"\d{4}"}


def fields(extract: Extract, name: str, how: ExtractMapping) -> pl.DataFrame:
    """The fields of an extract as text, in source order, with ``#line`` and ``#ragged``.

    Each field is its constant, a part of the file name, or its source column, then transformed,
    recoded, and filled with its default where it is empty.

    Raises:
        RefusedInput: the file name does not tell what it should.
    """
    headers = source_headers(extract, how)
    frame = extract.frame.select(LINE, RAGGED).with_columns(
        _source(c.field, extract, how, headers).alias(c.field) for c in EXTRACTS[name]
    )
    frame = frame.with_columns(
        _transformed(pl.col(field), names).alias(field) for field, names in how.transforms.items()
    )
    frame = frame.with_columns(
        recoded(frame[field], codes).alias(field) for field, codes in how.values.items()
    )
    return frame.with_columns(
        pl.col(field).fill_null(_filled(text)).alias(field) for field, text in how.defaults.items()
    )


def as_in_file(values: pl.Series, field: str, how: ExtractMapping) -> pl.Series:
    """Values of one field that somebody typed, read as a file of this mapping gives them."""
    stripped = pl.DataFrame({field: values.str.strip_chars()})
    read = stripped.select(_transformed(pl.col(field), how.transforms.get(field, ())))[field]
    return recoded(read, how.values.get(field, {}))


def source_headers(extract: Extract, how: ExtractMapping) -> dict[str, str]:
    """Field -> the header in this very file that feeds it."""
    here = {header.casefold(): header for header in extract.headers}
    return {
        field: here[header.casefold()]
        for field, header in how.headers.items()
        if header.casefold() in here
    }


def check_columns(extract: Extract, name: str, how: ExtractMapping) -> None:
    """Refuse a file without a required column.

    Raises:
        RefusedInput: naming the missing columns; the file's own headers only where one of them is
            known, since the first line of a file without a header is somebody's data.
    """
    headers = source_headers(extract, how)
    given = {*headers, *how.constants, *how.from_name, *(["level"] if how.derive_level else [])}
    missing = [c for c in EXTRACTS[name] if c.required and c.field not in given]
    if missing:
        wanted = [f"{how.headers.get(c.field, c.header)} ({c.field})" for c in missing]
        unknown = f"{len(extract.headers)} columns, none with a header that the mapping knows"
        raise RefusedInput(
            "A required column is missing" if len(missing) == 1 else "Required columns are missing",
            where=f"{extract.path.name}, header",
            expected="a column " + " and ".join(wanted),
            got="the columns " + ", ".join(extract.headers) if headers else unknown,
            next_step="add it to the export, or name its header in the mapping",
        )


def recoded(values: pl.Series, codes: Dict[str, str]) -> pl.Series:
    """Values through a value map that ignores case and blanks; others stay; ``""`` is null."""
    if not codes:
        return values.set(values == "", None)
    folded = {source.strip().casefold(): code for source, code in codes.items()}
    distinct = values.drop_nulls().unique()
    mapped = [folded.get(value.casefold(), value) or None for value in distinct]
    return values.replace_strict(
        distinct, pl.Series(mapped, dtype=pl.String), default=None, return_dtype=pl.String
    )


def scales_of(values: pl.Series, how: ExtractMapping, scales: Scales) -> pl.Series:
    """Scale texts -> Int16 within the scale table, through the scale map; else null."""
    known = {str(s): s for s in range(scales.lowest, scales.highest + 1)}
    known[scales.highest_label] = scales.highest
    distinct = values.drop_nulls().unique()
    codes = [how.scale_code(value).strip() for value in distinct]
    found = [known.get(code.lstrip("0")) for code in codes]
    return values.replace_strict(
        distinct, pl.Series(found, dtype=pl.Int16), default=None, return_dtype=pl.Int16
    )


def codes_of(values: pl.Series, attribute: Attribute) -> pl.Series:
    """Codes of an attribute in their own spelling, whatever case they came in; else null."""
    return _canonical(values, attribute.codes)


def listed(values: pl.Series, codes: tuple[str, ...]) -> pl.Series:
    """Codes of a closed list in their own spelling; else null."""
    return _canonical(values, frozenset(codes))


def flags_of(values: pl.Series) -> pl.Series:
    """``true`` and ``false`` -> Boolean; else null."""
    return values.str.to_lowercase().replace_strict(
        ["true", "false"], [True, False], default=None, return_dtype=pl.Boolean
    )


def dates(field: str, formats: tuple[str, ...]) -> pl.Expr:
    """Dates in one of the formats of the mapping (or ISO, as typed files have them); else null."""
    text = pl.col(field)
    return pl.coalesce(_date(text, pattern) for pattern in (*formats, "%Y-%m-%d"))


def birth_years(field: str) -> pl.Expr:
    """Birth years, where a year stands for the date; else null."""
    return pl.col(field).str.extract(r"^(\d{4})$").cast(pl.Int32)


def years(field: str, formats: tuple[str, ...]) -> pl.Expr:
    """The year of a date, of a month (``08/2012``, ``2012-08``) or by itself; else null."""
    text, month = pl.col(field), r"(?:0?[1-9]|1[0-2])"
    shapes = (rf"^{month}[-/.](\d{{4}})$", rf"^(\d{{4}})[-/.]{month}$", r"^(\d{4})$")
    found = (text.str.extract(shape).cast(pl.Int16) for shape in shapes)
    year = pl.coalesce(dates(field, formats).dt.year().cast(pl.Int16), *found)
    return pl.when(year.is_between(1900, 2200)).then(year)


def numbers(field: str, how: ExtractMapping, *, typed: bool = False) -> pl.Expr:
    """Numbers with the mapping's decimal mark; else null.

    The other mark is taken, too, where it cannot be a thousands separator (``0.875``, ``1.25``,
    not ``1.250``): hand-made corrections mix them. A typed file always writes a point.
    """
    decimal = "." if typed else how.decimal
    mark, other = re.escape(decimal), re.escape("." if decimal == "," else ",")
    fits = rf"^[+-]?(?:\d+(?:{mark}\d+|{other}\d{{1,2}}|{other}\d{{4,}})?|0{other}\d+)$"
    text = pl.col(field)
    plain = pl.when(text.str.contains(fits)).then(text.str.replace(",", ".", literal=True))
    factor = 0.01 if "percent" in how.transforms.get(field, ()) else 1.0
    return plain.cast(pl.Float64) * factor


def integers(field: str) -> pl.Expr:
    """Whole numbers; else null."""
    text = pl.col(field)
    return pl.when(text.str.contains(r"^\d{1,9}$")).then(text).cast(pl.Int32)


def _canonical(values: pl.Series, codes: frozenset[str]) -> pl.Series:
    spelled = {code.casefold(): code for code in codes}
    distinct = values.drop_nulls().unique()
    found = pl.Series([spelled.get(value.casefold()) for value in distinct], dtype=pl.String)
    return values.replace_strict(distinct, found, default=None, return_dtype=pl.String)


def _source(
    field: str, extract: Extract, how: ExtractMapping, headers: dict[str, str]
) -> pl.Series | pl.Expr:
    if field in how.constants:
        return pl.lit(how.constants[field], dtype=pl.String)
    if field in how.from_name:
        return pl.lit(_from_name(extract, how.from_name[field], field), dtype=pl.String)
    # A series, not pl.col(): a header such as "*" or "^a$" would be read as a pattern.
    return extract.frame[headers[field]] if field in headers else pl.lit(None, dtype=pl.String)


def _from_name(extract: Extract, pattern: str, field: str) -> str:
    found = pl.Series([extract.path.name]).str.extract(pattern, 1).item()
    if found is None:
        raise RefusedInput(
            f"The file name does not tell its {field}",
            where=extract.path.name,
            expected=f"a name in which {pattern} is found",
            next_step="rename the file, or give the column in the export",
        )
    return str(found)


def _transformed(text: pl.Expr, names: tuple[str, ...]) -> pl.Expr:
    for name in names:
        if name == "integer":
            text = text.str.replace(r"^(-?\d+)[.,]0+$", "$1")
        elif name == "strip_zeros":
            text = text.str.replace(r"^0+(.)", "$1")
        elif name == "upper":
            text = text.str.to_uppercase()
        elif name == "lower":
            text = text.str.to_lowercase()
        elif name.startswith("pad:"):
            text = text.str.zfill(int(name.removeprefix("pad:")))
    return text


def _filled(default: str) -> pl.Expr:
    """A default; ``{code}`` in it stands for the row's own code (or another field)."""
    parts = re.split(r"\{(\w+)\}", default)
    return pl.concat_str(pl.col(part) if i % 2 else pl.lit(part) for i, part in enumerate(parts))


def _date(text: pl.Expr, pattern: str) -> pl.Expr:
    if pattern == EXCEL_SERIAL:
        days = pl.when(text.str.contains(r"^[2-6]\d{4}$")).then(text).cast(pl.Int32)
        return pl.lit(_EXCEL_EPOCH) + pl.duration(days=days)
    digits = _DIGITS
    if re.fullmatch(r"(%\w)+", pattern):  # without separators every part has its full width
        digits = {"%d": r"\d{2}", "%m": r"\d{2}", "%Y": r"\d{4}"}
    shape = re.sub(r"%\w", lambda part: digits[part.group()], re.escape(pattern))
    fitting = pl.when(text.str.contains(f"^{shape}$")).then(text)
    return fitting.str.strptime(pl.Date, pattern, strict=False)
