"""The command `load`: extract files in, warehouse changed as a whole or not at all.

Stages: expand the paths, match each file to one extract of the mapping, then in one transaction
stage and store file after file (units first: rows are checked against them), check the tree,
compare each snapshot with the one before, and commit. Anything that is refused on the way leaves
warehouse and reference files as they were.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from etl.domain import ATTRIBUTES, Reference
from etl.errors import RefusedInput
from etl.forget import still_forgotten
from etl.large import Source, first_pass, large_source
from etl.limits import (
    MOST_BYTES,
    MOST_DATES,
    MOST_FILES,
    MOST_LARGE_BYTES,
    too_large,
    too_many_bytes,
)
from etl.load_report import FileOutcome, LoadResult, write_report
from etl.mapping import Mapping, load_mapping
from etl.overlay import brought_along, confirm
from etl.pseudonym import KEY_NAMES, Keys
from etl.schemas import BAROMETER, EXIT_EXTRACTS
from etl.settings import Settings
from etl.spread.staging import Spread, spreading
from etl.stage import StagedFile, stage, stage_large
from etl.steps import Step, passed
from etl.unlinked import check_unlinked
from etl.warehouse import ledger, plausibility
from etl.warehouse.bounds import Plausibility
from etl.warehouse.store import Warehouse
from etl.warehouse.tree import check_tree

Progress = Callable[[str, int, int], None]
"""Called with the name of the file in hand, its number (from 1) and how many there are."""

_REFERENCES = (
    "organisation.toml",
    "scales.toml",
    *(f"attributes/{key}.toml" for key in ATTRIBUTES),
)


@dataclass(frozen=True)
class _Batch:
    """What one load command works with."""

    warehouse: Warehouse
    mapping: Mapping
    reference: Reference
    keys: Keys
    now: datetime
    spread: Spread | None


def load(
    paths: Sequence[Path],
    mapping_name: str | Path,
    settings: Settings,
    *,
    dry_run: bool = False,
    now: datetime | None = None,
    progress: Progress = lambda _file, _number, _count: None,
) -> LoadResult:
    """Load extract files into the warehouse, all of them or none.

    Args:
        paths: files, and directories of which every file is taken.
        mapping_name: shipped name or path of the mapping.
        settings: the home.
        dry_run: do everything, keep nothing (but the report).
        now: the time of loading; no date in a file may lie after it.
        progress: told of each file before it is read.

    Raises:
        RefusedInput: a file as a whole, the mapping, the keys or the tree is wrong; nothing was
            changed.
    """
    now = now or datetime.now()
    mapping = load_mapping(mapping_name)
    files = match_files(paths, mapping)
    # A dry run on a home without warehouse must not make one.
    scratch = dry_run and not settings.warehouse.is_file()
    with (
        Warehouse.open(settings, "scratch" if scratch else "write") as warehouse,
        _keys(settings, dry_run=dry_run, make=not ledger.is_bound(warehouse)) as keys,
        warehouse.transaction(keep=not dry_run),
        brought_along(
            mapping.reference, settings, fresh=warehouse.is_empty(), keep=not dry_run
        ) as reference,
        spreading(settings) as spread,
    ):
        passed(Step.KEYS_READ)
        ledger.bind_keys(warehouse, {name: keys.fingerprint(name) for name in KEY_NAMES})
        batch = _Batch(warehouse, mapping, reference, keys, now, spread)
        outcomes = tuple(_load_files(batch, files, progress))
        check_tree(warehouse.units(), warehouse.used_units(), reference.organisation.root)
        passed(Step.TREE_CHECKED)
        _check_answers(batch, outcomes)
        compared = plausibility.refresh(warehouse, reference)
        passed(Step.DATES_COMPARED)
        labels = Plausibility.of(reference).labels(reference)
        result = LoadResult(mapping.name, now, dry_run, outcomes, warehouse.findings())
    passed(Step.LOAD_COMMITTED)
    if not dry_run:
        confirm(settings)
    names = {rule: dutch for rule, (dutch, _) in labels.items()}
    result = replace(result, notes=tuple(_notes(outcomes, reference)))
    return _reported(result, compared, settings, names)


def _reported(
    result: LoadResult, compared: pl.DataFrame, settings: Settings, names: dict[str, str]
) -> LoadResult:
    """The result with its report; what is stored stands, also where the report has no room."""
    try:
        report = write_report(result, compared, settings, names)
    except OSError as error:
        note = f"The report could not be written to {settings.log}: {error.strerror}."
        return replace(result, notes=(*result.notes, note))
    passed(Step.REPORT_WRITTEN)
    return replace(result, report=report)


def _notes(outcomes: Sequence[FileOutcome], reference: Reference) -> Iterator[str]:
    """What is stored and not shown."""
    delivered = [file.file for file in outcomes if file.extract == BAROMETER]
    source = reference.organisation.origin_source
    if delivered and source == "declaration":
        yield (
            f"{', '.join(delivered)}: stored, not shown: the source of origin is {source} "
            "(organisation.toml, origin_source)."
        )


def expand(paths: Sequence[Path]) -> list[Path]:
    """List the files that the paths stand for, each once, in the order of their names.

    Raises:
        RefusedInput: a path does not exist, or there is no file.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        if not path.exists():
            raise RefusedInput(
                "There is no such file or directory",
                where=str(path),
                next_step="check the path",
            )
        inside = (p for p in path.rglob("*") if p.is_file()) if path.is_dir() else (path,)
        for file in inside:
            _check_file(file)
            found[file.resolve()] = file
            if len(found) > MOST_FILES:
                raise too_large(str(path), "files in one load", MOST_FILES, "load fewer at once")
    if not found:
        raise RefusedInput(
            "There is nothing to load",
            where=", ".join(map(str, paths)) or "no path given",
            expected="extract files, or a directory that holds them",
        )
    return sorted(found.values(), key=lambda file: (file.name, str(file)))


def _check_file(file: Path) -> None:
    """Refuse what is no plain file of a size that can be read, or has no name to be told by.

    Raises:
        RefusedInput: see above.
    """
    if not file.name.isprintable():  # nor is the name that bytes outside UTF-8 make
        raise RefusedInput(
            "A file name holds characters that cannot be shown",
            where=ascii(file.name),
            expected="a name of letters, digits and punctuation, in UTF-8",
            next_step="rename the file",
        )
    if not file.is_file():
        raise RefusedInput(
            "This is no plain file",
            where=file.name,
            expected="an extract on the disk, not a device or a pipe",
            next_step="save the extract as a file",
        )
    if file.stat().st_size > MOST_LARGE_BYTES:
        raise too_large(file.name, "bytes", MOST_LARGE_BYTES)


def match_files(paths: Sequence[Path], mapping: Mapping) -> list[tuple[str, Path]]:
    """Match each file to the extract that it is, in the order in which extracts are loaded.

    Raises:
        RefusedInput: a file fits no pattern or two, or only files beside the extracts were given.
    """
    order = list(ledger.ROWS)
    files = [
        (mapping.extract_for(path), path) for path in expand(paths) if not mapping.ignores(path)
    ]
    if not files:
        raise RefusedInput(
            "There is nothing to load",
            where=", ".join(map(str, paths)),
            expected="extract files beside the mapping and its reference files",
        )
    return sorted(files, key=lambda file: order.index(file[0]))


@contextmanager
def _keys(settings: Settings, *, dry_run: bool, make: bool) -> Iterator[Keys]:
    """Open the keys of the home; a dry run on a home without keys makes none that stay."""
    if not dry_run or settings.keys.is_dir():
        yield Keys.of(settings, make=make)
        return
    with TemporaryDirectory() as directory:
        yield Keys.of(settings.model_copy(update={"home": Path(directory)}))


def _load_files(
    batch: _Batch, files: Sequence[tuple[str, Path]], progress: Progress
) -> Iterator[FileOutcome]:
    taken: dict[tuple[str, date], str] = {}
    for number, (extract, path) in enumerate(files, start=1):
        progress(path.name, number, len(files))
        context = _context(batch, extract)
        sha256 = _sha256(path)
        known = ledger.loaded_dates(batch.warehouse, extract, sha256, context)
        if known is not None:
            _check_dates(path.name, extract, known, taken)
            yield FileOutcome(path.name, extract, unchanged=True)
            continue
        dates, parts = _staged(batch, extract, path, sha256)
        if len(dates) > MOST_DATES:
            raise too_large(path.name, "reference dates", MOST_DATES)
        _check_dates(path.name, extract, dates, taken)
        passed(Step.FILE_STAGED)
        outcome = _store(batch, parts, dates, context)
        passed(Step.FILE_STORED)
        yield outcome


def _staged(
    batch: _Batch, extract: str, path: Path, sha256: str
) -> tuple[Sequence[date], Iterator[StagedFile]]:
    """The reference dates of a file, and its parts: one, but of a large personnel file."""
    units, now = batch.warehouse.units(), batch.now.date()
    rules = (batch.mapping, batch.reference, units, batch.keys, now)
    if batch.spread is not None and extract == "personeel":
        spread = batch.spread(path, *rules)
        if spread is not None:
            return ledger.reference_dates(spread), _without_forgotten(batch, [spread])
    source = _large(batch, extract, path)
    if source is None:
        whole = stage(path, extract, *rules)
        return ledger.reference_dates(whole), _without_forgotten(batch, [whole])
    large = first_pass(path, sha256, source, batch.mapping.extracts[extract], now)
    return large.dates, _without_forgotten(batch, stage_large(large, *rules))


def _large(batch: _Batch, extract: str, path: Path) -> Source | None:
    if extract == "personeel":
        return large_source(path, batch.mapping.extracts[extract])
    if path.stat().st_size > MOST_BYTES:
        raise too_many_bytes(path.name)
    return None


def _without_forgotten(batch: _Batch, parts: Iterable[StagedFile]) -> Iterator[StagedFile]:
    for part in parts:
        yield still_forgotten(batch.warehouse, part, batch.keys, batch.reference)


def _store(
    batch: _Batch, parts: Iterator[StagedFile], dates: Sequence[date], context: str
) -> FileOutcome:
    first = next(parts)
    refused: Counter[str] = Counter()
    read = 0

    def counted() -> Iterator[StagedFile]:
        nonlocal read
        for part in chain([first], parts):
            read += part.rows_read
            refused.update(part.quarantine["rule"])
            yield part

    replaced = ledger.store_parts(
        batch.warehouse,
        counted(),
        dates,
        mapping=batch.mapping.name,
        context=context,
        loaded_at=batch.now,
    )
    return FileOutcome(
        first.path.name,
        first.extract,
        reference_dates=tuple(dates),
        rows_read=read,
        rows_kept=read - refused.total(),
        rows_refused=refused.total(),
        refused=dict(sorted(refused.items())),
        replaced=tuple(replaced),
    )


def _check_dates(
    file: str, extract: str, dates: Sequence[date], taken: dict[tuple[str, date], str]
) -> None:
    """Refuse two files of one extract for one date (or year): each would replace the other."""
    yearly = extract in EXIT_EXTRACTS
    what = "year" if yearly else "reference date"
    for ref in dates:
        if (extract, ref) in taken:
            when = str(ref.year) if yearly else ref.isoformat()
            raise RefusedInput(
                f"Two files hold the same {what}",
                where=f"{taken[extract, ref]} and {file}, {when}",
                expected=f"one file with everybody for each {what}",
                next_step="load the right one of the two, or put their rows into one file",
            )
        taken[extract, ref] = file


def _check_answers(batch: _Batch, outcomes: Sequence[FileOutcome]) -> None:
    """Whatever was loaded first: no respondent of the exit monitor is a personnel number."""
    how = batch.mapping.extracts.get("exit-antwoorden")
    header = how.headers.get("respondent", "respondent") if how else "respondent"
    check_unlinked(batch.warehouse, batch.keys, header, [file.file for file in outcomes])


def _context(batch: _Batch, extract: str) -> str:
    """Hash what decides how a file is read, besides the file: then its result is known, too."""
    mapping = batch.mapping.model_dump_json(exclude={"source", "reference", "description"})
    parts = [mapping, *(batch.reference.path(name).read_text("utf-8") for name in _REFERENCES)]
    if extract != "organisatie":
        parts.append(_text(batch.warehouse.units()))
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _text(units: pl.DataFrame) -> str:
    return units.write_csv()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
