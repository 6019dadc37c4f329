"""Source mapping files (TOML): which column of which system feeds which field of an extract."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from fnmatch import fnmatch, fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import polars as pl
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    ValidationError,
    model_validator,
)

from etl.errors import RefusedInput
from etl.limits import MOST_MAPPING_BYTES, MOST_MAPPINGS, too_large
from etl.questionnaire import Questionnaire
from etl.schemas import EXIT_EXTRACTS, EXTRACTS
from etl.settings import SHIPPED_REFERENCE

EXCEL_SERIAL = "excel"
"""Date format of a date that a spreadsheet turned into its day number (45657 = 31-12-2024)."""
TRANSFORMS = ("integer", "strip_zeros", "upper", "lower", "percent")
_DATE_FORMAT = re.compile(r"(?:%[dmY]|[-./_, T])+")
_BY_FIELD = ("columns", "constants", "defaults", "from_name", "values", "transforms")
_PAD = re.compile(r"pad:\d{1,2}")
_ONLY_IN = {"ignore": EXIT_EXTRACTS, "questionnaire": frozenset({"exit-antwoorden"})}
_IGNORED = ("*.toml", "README*", "LICENSE*", ".*")


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Age = Annotated[int, Field(ge=0, le=200)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_as_list)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Parents(_Frozen):
    """Units that are made of the distinct values of a column: the parents of the rows."""

    column: str
    level: int = Field(default=2, ge=2, le=99)


class Limits(_Frozen):
    """Bounds, both included, outside which a row is refused."""

    fte: tuple[FiniteFloat, FiniteFloat] = (0.0, 1.2)
    age: tuple[Age, Age] = (14, 100)


class ExtractMapping(_Frozen):
    """How one kind of extract is recognised and read."""

    pattern: Texts = Field(min_length=1)
    sheet: str | None = None
    delimiter: Literal["auto", ";", ",", "\t", "|"] = "auto"
    encoding: Literal["auto", "utf-8", "cp1252", "utf-16"] = "auto"
    decimal: Literal[",", "."] = ","
    date_formats: Texts = ("%d-%m-%Y", "%Y-%m-%d", "%Y%m%d")
    columns: dict[str, str] = {}
    constants: dict[str, str] = {}
    defaults: dict[str, str] = {}
    from_name: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    transforms: dict[str, Texts] = {}
    scale_map: dict[str, str] = {}
    limits: Limits = Limits()
    parents: Parents | None = None
    derive_level: bool = False
    ignore: Texts = ()
    questionnaire: Questionnaire | None = None

    @model_validator(mode="after")
    def _sound(self) -> Self:
        _check_date_formats(self.date_formats)
        for names in self.transforms.values():
            for name in names:
                if name not in TRANSFORMS and not _PAD.fullmatch(name):
                    raise ValueError(f"unknown transform {name}; known: {', '.join(TRANSFORMS)}")
        for field, pattern in self.from_name.items():
            if _groups(pattern) != 1:
                raise ValueError(f"from_name.{field} needs one group, such as '(\\d{{8}})'")
        for field, codes in self.values.items():
            if len({source.strip().casefold() for source in codes}) != len(codes):
                raise ValueError(f"values.{field} names one source value twice")
        both = self.expected_headers & self.ignored_headers
        if both:
            raise ValueError(f"ignore names a column that is read: {min(both)}")
        return self

    @property
    def headers(self) -> dict[str, str]:
        """Field -> header of the source; a field that an extending mapping emptied is left out."""
        return {field: header for field, header in self.columns.items() if header}

    @property
    def expected_headers(self) -> frozenset[str]:
        """Every header that the mapping knows, case folded."""
        extra = [self.parents.column] if self.parents else []
        asked = self.questionnaire.headers if self.questionnaire else ()
        return frozenset(header.casefold() for header in (*self.headers.values(), *extra, *asked))

    @property
    def ignored_headers(self) -> frozenset[str]:
        """Headers, case folded, of columns that are dropped before anything looks at them."""
        return frozenset(header.casefold() for header in self.ignore)

    def scale_code(self, value: str) -> str:
        """The scale that a source value stands for: exact first, then globs in their order."""
        if value in self.scale_map:
            return self.scale_map[value]
        for pattern, code in self.scale_map.items():
            if fnmatchcase(value.casefold(), pattern.casefold()):
                return code
        return value


class Mapping(_Frozen):
    """One source system: its extracts, and the reference files that it brings along."""

    name: str
    description: str = ""
    source: Path
    reference: dict[str, Path] = {}
    extracts: dict[str, ExtractMapping]

    def extract_for(self, path: Path) -> str:
        """The kind of extract that a file is, by its name.

        Raises:
            RefusedInput: the name fits no pattern, or the patterns of two extracts.
        """
        kinds = [kind for kind, how in self.extracts.items() if _fits(path.name, how.pattern)]
        if len(kinds) == 1:
            return kinds[0]
        known = "; ".join(f"{kind}: {' '.join(e.pattern)}" for kind, e in self.extracts.items())
        raise RefusedInput(
            f"The mapping {self.name} does not know what this file is"
            if not kinds
            else f"The mapping {self.name} takes this file for two extracts",
            where=path.name,
            expected=f"a file name that fits one pattern ({known})",
            got=" and ".join(kinds) or "no pattern that fits",
            next_step="rename the file, correct `pattern`, or choose another mapping",
        )

    def ignores(self, path: Path) -> bool:
        """Whether a file beside the extracts is none: TOML, README, licence, hidden."""
        return any(fnmatch(path.name.casefold(), pattern.casefold()) for pattern in _IGNORED)


def load_mapping(name_or_path: str | Path) -> Mapping:
    """Read a mapping: a shipped name (``rijk-standaard``) or the path of a TOML file.

    Raises:
        RefusedInput: no such mapping, not TOML, an unknown field, or a faulty setting.
    """
    path = _locate(str(name_or_path), Path())
    text = _merged(path, ())
    reference = text.pop("reference", {})
    settings = {key: text.pop(key) for key in ("name", "description") if key in text}
    _check_tables(path, text)
    try:
        return Mapping.model_validate(
            {"source": path, "reference": reference, "extracts": text, **settings}
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise _faulty(path, ".".join(map(str, first["loc"])), first["msg"]) from error


def shipped_mappings() -> list[str]:
    """The names of the mappings that ship with the product."""
    return sorted(path.stem for path in (SHIPPED_REFERENCE / "mappings").glob("*.toml"))


def _fits(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch(name.casefold(), pattern.casefold()) for pattern in patterns)


def _is_file(path: Path) -> bool:
    """Whether there is such a file; a name that no file can have is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _locate(name: str, directory: Path) -> Path:
    for path in (directory / name, SHIPPED_REFERENCE / "mappings" / f"{name}.toml"):
        if _is_file(path):
            return path
    raise RefusedInput(
        "There is no such mapping",
        where=name,
        expected="the path of a TOML file, or one of " + ", ".join(shipped_mappings()),
        next_step="name a mapping with --mapping",
    )


def _groups(pattern: str) -> int:
    """How many groups a regular expression has, by the engine that will use it.

    It takes time in proportion to the text; Python's own may take for ever on some expressions.
    """
    try:
        found = pl.Series([""]).str.extract_groups(pattern)
    except pl.exceptions.PolarsError:
        raise ValueError("no regular expression without look-around") from None
    return len(found.struct.fields)


def _merged(path: Path, seen: tuple[Path, ...]) -> dict[str, Any]:
    """The tables of a mapping over those of the mapping that it extends."""
    if path.resolve() in seen:
        raise _faulty(path, "extends", "the mapping extends itself")
    if len(seen) >= MOST_MAPPINGS:
        raise _faulty(path, "extends", f"more than {MOST_MAPPINGS} mappings extend one another")
    text = _parse(path)
    text["reference"] = _reference_paths(path, text.get("reference", {}))
    base_name = text.pop("extends", None)
    if base_name is None:
        return text
    base = _merged(_locate(str(base_name), path.parent), (*seen, path.resolve()))
    return _over(base, text)


def _over(base: dict[str, Any], text: dict[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for key, value in text.items():
        old = result.get(key)
        both = isinstance(old, dict) and isinstance(value, dict)
        result[key] = _over(old, value) if both and isinstance(old, dict) else value
    return result


def _parse(path: Path) -> dict[str, Any]:
    if path.stat().st_size > MOST_MAPPING_BYTES:
        raise too_large(path.name, "bytes in a mapping", MOST_MAPPING_BYTES, "shorten it")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RefusedInput(
            "A mapping file is not valid TOML",
            where=path.name,
            got=str(error),
            next_step="correct the file; data/reference/mappings/rijk-standaard.toml is an example",
        ) from error


def _reference_paths(path: Path, names: Any) -> dict[str, Path]:
    if not isinstance(names, dict) or not all(isinstance(file, str) for file in names.values()):
        raise _faulty(path, "reference", "expected a table: name = file")
    files = {}
    for name, relative in names.items():
        leads_out = Path(name).is_absolute() or ".." in Path(name).parts
        if leads_out or not name.isprintable() or not name.endswith(".toml"):
            raise _faulty(path, f"reference.{name}", "not the name of a reference file")
        file = path.parent / relative
        if not _is_file(file):
            raise _faulty(path, f"reference.{name}", f"there is no file {relative} beside it")
        if file.stat().st_size > MOST_MAPPING_BYTES:
            raise too_large(file.name, "bytes in a reference file", MOST_MAPPING_BYTES)
        files[name] = file
    return files


def _check_tables(path: Path, text: dict[str, Any]) -> None:
    """Every table is an extract, and every field in it one of the extract's contract."""
    for extract, table in text.items():
        if extract not in EXTRACTS or not isinstance(table, dict):
            raise _faulty(path, extract, f"expected a table: {', '.join(EXTRACTS)}")
        fields = {column.field for column in EXTRACTS[extract]}
        for part, extracts in _ONLY_IN.items():
            if part in table and extract not in extracts:
                raise _faulty(path, f"{extract}.{part}", f"only for {', '.join(sorted(extracts))}")
        for part in _BY_FIELD:
            given = table.get(part, {})
            if not isinstance(given, dict):
                raise _faulty(path, f"{extract}.{part}", "expected a table: field = value")
            unknown = sorted(_named(part, given) - fields)
            if unknown:
                raise _faulty(
                    path,
                    f"{extract}.{part}.{unknown[0]}",
                    f"no field of {extract}; its fields: {', '.join(sorted(fields))}",
                )


def _named(part: str, given: dict[str, Any]) -> set[str]:
    """The fields that a table names: its keys, and ``{field}`` in a default."""
    texts = [text for text in given.values() if isinstance(text, str)] if part == "defaults" else []
    return set(given) | {field for text in texts for field in re.findall(r"\{(\w+)\}", text)}


def _check_date_formats(formats: tuple[str, ...]) -> None:
    """Refuse formats that read one text as two dates: 03-04-2024 is March or April."""
    day = date(2024, 3, 4)
    texts: dict[str, str] = {}
    for pattern in formats:
        if pattern == EXCEL_SERIAL:
            continue
        parts = sorted(re.findall("%.", pattern))
        if parts != ["%Y", "%d", "%m"] or not _DATE_FORMAT.fullmatch(pattern):
            raise ValueError(f"date format {pattern} needs %d, %m and %Y, once each")
        # What a text looks like to the reader: its digits, whatever part of the date they are.
        shape = re.sub(r"%[dm]", "00", pattern).replace("%Y", "0000")
        if shape in texts and texts[shape] != day.strftime(pattern):
            raise ValueError(f"date formats are ambiguous: {pattern} reads as another day, too")
        texts[shape] = day.strftime(pattern)


def _faulty(path: Path, where: str, got: str) -> RefusedInput:
    return RefusedInput(
        "A mapping file does not say what it must",
        where=f"{path.name}, {where}",
        got=got,
        next_step="correct the mapping; data/reference/mappings/rijk-standaard.toml is an example",
    )
