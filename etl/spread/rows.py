"""What each machine does with its part of a file, as functions over Arrow batches.

No raw value leaves them: a personnel number becomes a pseudonym here, what a refused row held is
masked as in any quarantine, and an error says which kind it is and never what it was about. The
keys are read on the machine that needs them; what is sent to it holds their fingerprints only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import groupby
from pathlib import Path

import polars as pl
import pyarrow as pa

from etl import cast
from etl.checks import first_failed, masked, refused
from etl.delimited import MULTIBYTE
from etl.domain import Reference
from etl.errors import RefusedInput
from etl.extract import LINE, RAGGED, Extract
from etl.identifiers import bare, has_nine_digits, passes_eleven
from etl.intake import DAMAGED_KEY, Intake
from etl.mapping import ExtractMapping
from etl.pseudonym import ROW_KEYS, Keys
from etl.schemas import STAGED_PERSONEEL
from etl.spread.reading import Reading, is_utf8
from etl.stage_people import people_of, person_checks, person_columns

LINES = pl.Schema({"value": pl.Binary(), "block": pl.Int64()})
"""What a part is given: lines in their order, and the byte at which their block begins."""
FACTS = pl.Schema(
    {
        "block": pl.Int64(),
        "lines": pl.Int64(),
        "rows": pl.Int64(),
        "given": pl.Int64(),
        "damaged": pl.Int64(),
        "open_quote": pl.Boolean(),
        "quoted": pl.Boolean(),
        "not_utf8": pl.Boolean(),
        "multibyte": pl.Boolean(),
        "suspect": pl.List(pl.String()),
    }
)
"""What is found out of the whole before any row is judged."""
_KEPT = {
    "unit": pl.String(),
    "fte_number": pl.Float64(),
    "scale_number": pl.Int16(),
    "job_scale_number": pl.Int16(),
    "status_code": pl.String(),
    **{f"{key}_code": pl.String() for key in ("origin", "gender", "contract", "location_group")},
    "age": pl.Int32(),
    "hire": pl.Date(),
    "born_in_nl_flag": pl.Boolean(),
    "function_family": pl.String(),
    "is_manager_flag": pl.Boolean(),
}
"""Typed columns that go on, of rows that no check refuses."""
JUDGED = pl.Schema(
    {
        "by": pl.String(),
        "person": pl.String(),
        "line": pl.Int64(),
        "ref": pl.Date(),
        "present": pl.Boolean(),
        "present_ref": pl.Date(),
        "failed": pl.Int32(),
        "mark": pl.String(),
        "row": pl.String(),
        **_KEPT,
    }
)
"""A judged row; ``by`` says which rows must come together: those of one person."""
OUTCOME = pl.Schema(
    {
        "part": pl.String(),
        **STAGED_PERSONEEL,
        "rule": pl.String(),
        "reason": pl.String(),
        "line": pl.Int64(),
        "row": pl.String(),
    }
)
"""Staged rows, refused rows and who is present, told apart by ``part``."""
MARKS = pl.Schema({"by": pl.String(), "header": pl.String(), "passes": pl.Boolean()})
SHARES = pl.Schema(
    {"header": pl.String(), "texts": pl.Int64(), "candidates": pl.Int64(), "passing": pl.Int64()}
)
_AT_ONCE = 100_000
"""Lines that are judged at once: what is in memory of a part, whatever its size."""

Batches = Iterator[pa.RecordBatch]


@dataclass(frozen=True)
class Task:
    """All that a machine is told: how to read, by which rules, and where its keys are."""

    reading: Reading
    how: ExtractMapping
    reference: Reference
    units: pl.DataFrame
    now: date
    keys: Path
    fingerprints: dict[str, str]
    offsets: dict[int, int] = field(default_factory=dict)
    """The lines before each block."""

    def own_keys(self) -> Keys:
        """The keys of this machine, which must be those of the home."""
        try:
            keys = Keys.of_rows(self.keys)
        except (RefusedInput, OSError):
            raise Told("key") from None
        if any(keys.fingerprint(name) != self.fingerprints[name] for name in ROW_KEYS):
            raise Told("key")
        return keys

    def intake(self, source: Extract, keys: Keys) -> Intake:
        """A part of the file as staging knows a whole one."""
        how, now = self.how, self.now
        return Intake(source, "personeel", how, self.reference, self.units, keys, now, how)


class Told(Exception):
    """A fault on a machine, told by one word: the text of an error may hold somebody's data."""

    def __init__(self, word: str) -> None:
        super().__init__(f"afspiegeling:{word}")


def quiet(work: Callable[[], Iterator[pl.DataFrame]], schema: pl.Schema) -> Batches:
    """The frames of some work as Arrow batches; whatever it raises is told by one word."""
    target = arrow_schema(schema)
    try:
        for frame in work():
            columns = frame.select(pl.col(name).cast(kind) for name, kind in schema.items())
            yield from columns.to_arrow().cast(target).to_batches()
    except Told:
        raise
    except RefusedInput:
        raise Told("file") from None
    except BaseException as error:
        if isinstance(error, (GeneratorExit, KeyboardInterrupt)):
            raise
        raise Told(f"failed_{type(error).__name__}") from None


def arrow_schema(schema: pl.Schema) -> pa.Schema:
    """The Arrow schema with plain strings, as a cluster expects them."""
    plain = {
        pa.large_string(): pa.string(),
        pa.large_list(pa.large_string()): pa.list_(pa.string()),
    }
    found = pl.DataFrame(schema=schema).to_arrow().schema
    return pa.schema([pa.field(f.name, plain.get(f.type, f.type)) for f in found])


@dataclass(frozen=True)
class Part:
    """Some consecutive lines of a file with the place of each: block, and number within it."""

    lines: list[bytes]
    places: pl.DataFrame


def parts(batches: Batches, reading: Reading) -> Iterator[Part]:
    """Join and number the lines of batches; those of the head are left out."""
    counted: dict[int, int] = {}
    waiting: list[pl.DataFrame] = []
    for batch in batches:
        frame = pl.DataFrame(pa.Table.from_batches([batch]))
        waiting.append(_numbered(frame, counted))
        if sum(one.height for one in waiting) >= _AT_ONCE:
            yield _part(waiting, reading)
            waiting = []
    if waiting:
        yield _part(waiting, reading)


def _numbered(frame: pl.DataFrame, counted: dict[int, int]) -> pl.DataFrame:
    blocks = frame["block"].to_list()
    numbers: list[int] = []
    for block, members in groupby(blocks):
        size = sum(1 for _ in members)
        before = counted.get(block, 0)
        numbers.extend(range(before, before + size))
        counted[block] = before + size
    return frame.with_columns(pl.Series("number", numbers, dtype=pl.Int64))


def _part(waiting: list[pl.DataFrame], reading: Reading) -> Part:
    frame = pl.concat(waiting)
    body = frame.filter((pl.col("block") > 0) | (pl.col("number") >= reading.head_lines))
    return Part(body["value"].to_list(), body.select("block", "number"))


@dataclass(frozen=True)
class Scan:
    """Find out what only the whole tells: line numbers, encoding, quotes, damage, suspects."""

    task: Task

    def __call__(self, batches: Batches) -> Batches:
        """Batches of ``LINES`` -> batches of ``FACTS``."""
        return quiet(lambda: self._facts(batches), FACTS)

    def _facts(self, batches: Batches) -> Iterator[pl.DataFrame]:
        for part in parts(batches, self.task.reading):
            counts = part.places.group_by("block").agg(lines=pl.len().cast(pl.Int64))
            found = pl.DataFrame([self._of_text(part.lines)], schema=_of_text_schema())
            yield pl.concat([counts, found], how="diagonal")

    def _of_text(self, lines: list[bytes]) -> dict[str, object]:
        text = b"\n".join(lines)
        valid = is_utf8(self.task.reading.head + text)
        facts: dict[str, object] = {
            "quoted": b'"' in text,
            "open_quote": any(line.count(b'"') % 2 for line in lines) if b'"' in text else False,
            "not_utf8": not valid,
            "multibyte": MULTIBYTE.search(self.task.reading.head + text) is not None,
        }
        if facts["open_quote"]:
            return facts
        told = self.task.reading.encoding
        guess = ("utf-8" if valid else "cp1252") if told == "auto" else told
        source = replace(self.task.reading, encoding=guess).extract(lines)
        return facts | self._of_rows(source)

    def _of_rows(self, source: Extract) -> dict[str, object]:
        how = self.task.how
        numbers = cast.fields(source, "personeel", how)["person_number"].drop_nulls()
        own = cast.source_headers(source, how).get("person_number")
        suspect = [
            header
            for header in source.headers
            if header != own and has_nine_digits(bare(source.frame[header])).any()
        ]
        return {
            "rows": source.frame.height,
            "given": len(numbers),
            "damaged": int(numbers.str.contains(DAMAGED_KEY).sum()),
            "suspect": suspect,
        }


def _of_text_schema() -> pl.Schema:
    return pl.Schema({k: v for k, v in FACTS.items() if k not in {"block", "lines"}})


@dataclass(frozen=True)
class Judge:
    """Read, type, check and pseudonymise the rows of a part; what waits is who repeats whom."""

    task: Task

    def __call__(self, batches: Batches) -> Batches:
        """Batches of ``LINES`` -> batches of ``JUDGED``."""
        return quiet(lambda: self._judged(batches), JUDGED)

    def _judged(self, batches: Batches) -> Iterator[pl.DataFrame]:
        keys = self.task.own_keys()
        for part in parts(batches, self.task.reading):
            source = self.task.reading.extract(part.lines)
            if source.frame.height:
                yield self._rows(source, keys).with_columns(self._lines(source, part))

    def _lines(self, source: Extract, part: Part) -> pl.Series:
        """The line of the file on which each row stands, from 1."""
        places = part.places[(source.frame[LINE] - 1).cast(pl.UInt32).to_list()]
        before = places["block"].replace_strict(self.task.offsets, return_dtype=pl.Int64)
        return (before + places["number"] + 1).alias("line")

    def _rows(self, source: Extract, keys: Keys) -> pl.DataFrame:
        intake = self.task.intake(source, keys)
        texts = cast.fields(source, intake.name, intake.how)
        typed = person_columns(intake, texts).with_columns(pl.lit(False).alias("#repeated"))
        failed = first_failed(typed, person_checks(intake)).alias("failed")
        number, ref = pl.col("person_number"), pl.col("ref")
        good = pl.col("failed").is_null()
        return typed.with_columns(
            failed,
            masked(source.frame, intake.name, intake.headers).alias("row"),
            keys.row_marks(_whole(source)).alias("mark"),
            (~number.str.contains(DAMAGED_KEY)).fill_null(False).alias("present"),
            pl.when(ref <= intake.now).then(ref).alias("present_ref"),
        ).select(
            pl.col("person").fill_null("").alias("by"),
            "person",
            pl.lit(0).alias("line"),
            "ref",
            *("present", "present_ref", "failed", "mark", "row"),
            *(pl.when(good).then(pl.col(name)).alias(name) for name in _KEPT),
        )


def _whole(source: Extract) -> pl.Series:
    """Each row as one text that no other row has: header, length and value of every column."""
    named = source.frame.select(
        # Series, not pl.col(): a header such as "*" would be read as a pattern.
        [source.frame[RAGGED].cast(pl.String)]
        + [source.frame[h].alias(str(n)) for n, h in enumerate(source.headers)]
    )
    values = [
        pl.format("{}:{}:{}", pl.lit(h), pl.col(str(n)).str.len_bytes(), pl.col(str(n)))
        for n, h in enumerate(source.headers)
    ]
    return named.select(pl.concat_str([RAGGED, *values], ignore_nulls=True).alias("w"))["w"]


@dataclass(frozen=True)
class Finish:
    """What takes all rows of a person: repeated rows, the main employment, who is present."""

    task: Task

    def __call__(self, batches: Batches) -> Batches:
        """Batches of ``JUDGED``, all of a person's among them -> batches of ``OUTCOME``."""
        return quiet(lambda: self._outcome(batches), OUTCOME)

    def _outcome(self, batches: Batches) -> Iterator[pl.DataFrame]:
        given = list(batches)
        if not given:
            return
        keys = self.task.own_keys()
        intake = self.task.intake(self.task.reading.extract([]), keys)
        checks = person_checks(intake)
        rows = pl.DataFrame(pa.Table.from_batches(given)).cast(JUDGED).sort("line")
        rows = rows.with_columns(_with_repeated([check.rule for check in checks]))
        kept = rows.filter(pl.col("failed").is_null()).rename({"line": LINE})
        bad = rows.filter(pl.col("failed").is_not_null())
        headers = intake.headers
        yield _outcome("staged", people_of(kept, intake))
        yield _outcome("refused", refused(self.task.reading.name, headers, checks, bad))
        yield _outcome("seen", _present(rows))


def _present(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter("present").select(pl.col("present_ref").alias("ref"), "person").unique()


def _with_repeated(rules: list[str]) -> pl.Expr:
    """The first failed check once it is known which rows repeat an earlier one."""
    place = rules.index("duplicate_row")
    earlier = pl.col("failed").is_not_null() & (pl.col("failed") < place)
    repeats = ~pl.col("mark").is_first_distinct() & ~earlier
    return pl.when(repeats).then(pl.lit(place, dtype=pl.Int32)).otherwise("failed").alias("failed")


def _outcome(part: str, rows: pl.DataFrame) -> pl.DataFrame:
    known = rows.with_columns(pl.lit(part).alias("part"))
    return known.select(
        (pl.col(name) if name in known.columns else pl.lit(None).alias(name)).cast(kind)
        for name, kind in OUTCOME.items()
    )


@dataclass(frozen=True)
class Marks:
    """The distinct values of suspect columns, as marks, and which of them pass the 11-test."""

    task: Task
    headers: tuple[str, ...]

    def __call__(self, batches: Batches) -> Batches:
        """Batches of ``LINES`` -> batches of ``MARKS``; ``passes`` is null of other lengths."""
        return quiet(lambda: self._marks(batches), MARKS)

    def _marks(self, batches: Batches) -> Iterator[pl.DataFrame]:
        keys = self.task.own_keys()
        for part in parts(batches, self.task.reading):
            source = self.task.reading.extract(part.lines)
            for header in self.headers:
                values = bare(source.frame[header]).unique()
                nine = has_nine_digits(values)
                passing = values.filter(nine)
                passes = passing.to_frame("v").with_columns(passes=passes_eleven(passing))
                told = values.to_frame("v").join(passes, on="v", how="left")
                yield told.select(
                    by=keys.row_marks(told["v"]), header=pl.lit(header), passes=pl.col("passes")
                )


@dataclass(frozen=True)
class Shares:
    """Count distinct marks per column: all of a mark's rows must be among them."""

    def __call__(self, batches: Batches) -> Batches:
        """Batches of ``MARKS`` -> batches of ``SHARES``."""
        return quiet(lambda: self._shares(batches), SHARES)

    def _shares(self, batches: Batches) -> Iterator[pl.DataFrame]:
        given = list(batches)
        if given:
            rows = pl.DataFrame(pa.Table.from_batches(given)).unique()
            yield rows.group_by("header").agg(
                texts=pl.len(),
                candidates=pl.col("passes").is_not_null().sum(),
                passing=pl.col("passes").fill_null(False).sum(),
            )
