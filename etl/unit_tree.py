"""Stage the ``organisatie`` extract: one tree at every moment, or the file is refused.

A row with a fault is no matter of quarantine here: people of half a tree would be refused next.
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from etl import cast
from etl.checks import Check, refuse, repeated_rows
from etl.domain import Organisation, Reference
from etl.errors import RefusedInput
from etl.extract import LINE, Extract
from etl.mapping import ExtractMapping, Parents
from etl.schemas import STAGED_ORGANISATIE

UNITS = STAGED_ORGANISATIE


def stage_units(
    source: Extract,
    how: ExtractMapping,
    reference: Reference,
    known: pl.DataFrame,
    default_unit: str | None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Units of an ``organisatie`` file, with derived parents, root and the unit "unknown".

    Args:
        source: the file as read.
        how: its mapping.
        reference: for the root and the number of levels.
        known: units that were loaded before; the file's codes replace them.
        default_unit: the unit that personnel rows without one get; it is added under the root.

    Returns:
        Staged units, and a quarantine that holds repeated rows only.

    Raises:
        RefusedInput: a faulty row, or the units do not make one tree.
    """
    texts = cast.fields(source, "organisatie", how)
    if how.parents:
        texts = texts.with_columns(_parent_texts(source, how.parents))
    typed = texts.with_columns(
        cast.integers("level").cast(pl.Int16).alias("level_number"),
        cast.dates("valid_from", how.date_formats).alias("begins"),
        cast.dates("valid_to", how.date_formats).alias("ends"),
        repeated_rows(source),
    ).with_columns(
        ends=pl.when(pl.col("ends").dt.year() < cast.OPEN_END_YEAR).then(pl.col("ends")),
        ends_given=pl.col("ends").is_not_null() | pl.col("valid_to").is_null(),
    )
    headers = cast.source_headers(source, how)
    repeated = Check("duplicate_row", None, pl.col("#repeated"))
    kept, quarantine = refuse(source, "organisatie", headers, typed, [repeated])
    _check_rows(kept, source.path.name, how, len(reference.organisation.levels_nl))
    units = kept.select(
        "code",
        "name_nl",
        pl.coalesce("name_en", "name_nl").alias("name_en"),
        "parent",
        pl.col("level_number").alias("level"),
        pl.col("begins").alias("valid_from"),
        pl.col("ends").alias("valid_to"),
        "successor_of",
    ).cast(UNITS)
    if how.parents:
        units = pl.concat([_parent_units(units, how.parents, reference.organisation), units])
    units = _with_root(units, known, reference.organisation)
    units = _with_unknown(units, known, reference.organisation, default_unit)
    older = known.filter(~pl.col("code").is_in(units["code"].implode())).cast(UNITS)
    if how.derive_level:
        units = _with_levels(units, older)
    check_tree(pl.concat([older, units]), reference, source.path.name)
    return units.sort("level", "code", "valid_from"), quarantine


def check_tree(units: pl.DataFrame, reference: Reference, where: str) -> None:
    """At every moment: each code once, one root, known parents, no circle, levels going down.

    Args:
        units: staged ``organisatie`` rows.
        reference: names the root.
        where: the file, for the error.

    Raises:
        RefusedInput: naming the unit and the date.
    """
    _check_overlap(units, where)
    roots = sorted(units.filter(pl.col("parent").is_null())["code"].unique().to_list())
    root = reference.organisation.root
    if roots and roots != [root]:
        extra = [code for code in roots if code != root]
        raise _broken(
            "The organisation has a second root" if len(roots) > 1 else "The root has another code",
            where,
            f"one unit without a parent, {root}",
            "without a parent: " + ", ".join(extra),
            "give them a parent, or name the root in organisation.toml",
        )
    for day in _moments(units):
        _check_moment(units, day, where)
    _check_depth(units, reference, where)
    _check_successors(units, where)


def _check_rows(kept: pl.DataFrame, name: str, how: ExtractMapping, levels: int) -> None:
    level = pl.col("level_number")
    level_fault = pl.lit(False) if how.derive_level else ~level.is_between(1, levels)
    faults: list[tuple[str, pl.Expr, str]] = [
        ("code", pl.col("code").is_null(), "a code in every row"),
        ("name_nl", pl.col("name_nl").is_null(), "a name in every row"),
        ("level", level_fault.fill_null(True), f"a level from 1 to {levels}"),
        ("valid_from", pl.col("begins").is_null(), "a date in one of the mapping's formats"),
        ("valid_to", ~pl.col("ends_given"), "a date in one of the mapping's formats, or nothing"),
        ("valid_to", pl.col("ends") < pl.col("begins"), "an end that is not before the begin"),
    ]
    for field, fails, expected in faults:
        bad = kept.filter(fails)
        if bad.height:
            raise RefusedInput(
                "A unit is not described as it must be",
                where=f"{name}, line {bad[LINE][0]}, column {how.headers.get(field, field)}",
                expected=expected,
                got=str(bad[field][0]) if bad[field][0] else "an empty cell",
                next_step="correct the extract; an organisation is loaded as a whole or not at all",
            )


def _parent_texts(source: Extract, parents: Parents) -> pl.Series:
    here = {header.casefold(): header for header in source.headers}
    header = here.get(parents.column.casefold())
    if header is None:
        raise RefusedInput(
            "A required column is missing",
            where=f"{source.path.name}, header",
            expected=f"a column {parents.column}, of which the parents are made",
            got="the columns " + ", ".join(source.headers),
            next_step="add it to the export, or correct `parents` in the mapping",
        )
    return source.frame[header].alias("parent")


def _parent_units(
    units: pl.DataFrame, parents: Parents, organisation: Organisation
) -> pl.DataFrame:
    own = (
        units.filter(pl.col("parent").is_not_null()).group_by("parent").agg(_span()).unnest("span")
    )
    return own.select(
        pl.col("parent").alias("code"),
        pl.col("parent").alias("name_nl"),
        pl.col("parent").alias("name_en"),
        pl.lit(organisation.root).alias("parent"),
        pl.lit(parents.level).alias("level"),
        "valid_from",
        "valid_to",
        pl.lit(None).alias("successor_of"),
    ).cast(UNITS)


def _span() -> pl.Expr:
    """From the first begin to the last end; open if one of them is."""
    ends = pl.when(pl.col("valid_to").is_not_null().all()).then(pl.col("valid_to").max())
    return pl.struct(pl.col("valid_from").min(), ends.alias("valid_to")).alias("span")


def _with_root(
    units: pl.DataFrame, known: pl.DataFrame, organisation: Organisation
) -> pl.DataFrame:
    """Add the root of ``organisation.toml`` when no unit of the file or before is one."""
    root = organisation.root
    if root in units["code"] or root in known["code"]:
        return units
    given = units.filter(pl.col("parent").is_null())
    if given.height == 1:
        return units  # another root: the tree check says so
    added = _made(units, root, (organisation.name_nl, organisation.name_en), None, 1)
    return pl.concat([added, units.with_columns(pl.col("parent").fill_null(root))])


def _with_unknown(
    units: pl.DataFrame, known: pl.DataFrame, organisation: Organisation, default: str | None
) -> pl.DataFrame:
    """Add the unit for people without one, when the mapping uses it."""
    code = organisation.unknown_unit
    if default != code or code in units["code"] or code in known["code"]:
        return units
    names = organisation.unknown_unit_nl, organisation.unknown_unit_en
    return pl.concat([units, _made(units, code, names, organisation.root, 2)])


def _made(
    units: pl.DataFrame, code: str, names: tuple[str, str], parent: str | None, level: int
) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "code": [code],
            "name_nl": [names[0]],
            "name_en": [names[1]],
            "parent": [parent],
            "level": [level],
            "valid_from": [units["valid_from"].min()],
            "valid_to": [None],
            "successor_of": [None],
        },
        schema=UNITS,
    )


def _with_levels(units: pl.DataFrame, older: pl.DataFrame) -> pl.DataFrame:
    """Levels by the distance to the root, for systems that do not deliver them."""
    parents = dict(pl.concat([older, units]).select("code", "parent").iter_rows())
    depths = [len(_path(code, parents)) for code in units["code"]]
    return units.with_columns(pl.Series("level", depths, dtype=pl.Int16))


def _path(code: str, parents: dict[str, str | None]) -> list[str]:
    """A unit and its ancestors; ends at an unknown parent or where a circle closes."""
    path: list[str] = []
    at: str | None = code
    while at is not None and at in parents and at not in path:
        path.append(at)
        at = parents[at]
    return path


def _moments(units: pl.DataFrame) -> list[date]:
    """Every date on which the tree changes, while something is valid."""
    begins = set(units["valid_from"].to_list())
    after = {day + timedelta(days=1) for day in units["valid_to"].drop_nulls().to_list()}
    return sorted(begins | after)


def _check_overlap(units: pl.DataFrame, where: str) -> None:
    ordered = units.sort("code", "valid_from")
    before = pl.col("valid_to").fill_null(date(cast.OPEN_END_YEAR, 12, 31)).shift(1).over("code")
    twice = ordered.filter(pl.col("valid_from") <= before)
    if twice.height:
        code, day = twice["code"][0], twice["valid_from"][0]
        raise _broken(
            "A unit code occurs twice at one time",
            where,
            "validity periods of one code that do not overlap",
            f"{code} twice on {day.isoformat()}",
            "end the older one (geldig_tot) before the newer begins",
        )


def _check_moment(units: pl.DataFrame, day: date, where: str) -> None:
    valid = units.filter(
        (pl.col("valid_from") <= day) & (pl.col("valid_to").is_null() | (pl.col("valid_to") >= day))
    )
    parents = dict(valid.select("code", "parent").iter_rows())
    for code, parent in sorted(parents.items()):
        if parent is not None and parent not in parents:
            raise _broken(
                "A unit has an unknown parent",
                where,
                "a parent that is in the extract and valid at the same time",
                f"{code} under {parent} on {day.isoformat()}",
                "add the parent, or correct its validity",
            )
        path = _path(code, parents)
        if parents[path[-1]] is not None:
            raise _broken(
                "Units hang under each other in a circle",
                where,
                "a tree",
                " under ".join([*path, str(parents[path[-1]])]),
                "correct the parent of one of them",
            )
    _check_levels(dict(valid.select("code", "level").iter_rows()), parents, where)


def _check_levels(levels: dict[str, int], parents: dict[str, str | None], where: str) -> None:
    for code, level in sorted(levels.items()):
        parent = parents[code]
        if parent is not None and levels[parent] >= level:
            raise _broken(
                "A unit has a level that does not fit its place",
                where,
                f"a level below that of its parent {parent} ({levels[parent]})",
                f"{code} on level {level}",
                "correct the level or the parent",
            )


def _check_depth(units: pl.DataFrame, reference: Reference, where: str) -> None:
    deepest = len(reference.organisation.levels_nl)
    below = units.filter(pl.col("level") > deepest)
    if below.height:
        raise _broken(
            "A unit lies deeper than the organisation has levels",
            where,
            f"levels 1 to {deepest}",
            f"{below['code'][0]} on level {below['level'][0]}",
            "name the levels in organisation.toml, or leave the deeper units out",
        )


def _check_successors(units: pl.DataFrame, where: str) -> None:
    pairs = (
        units.filter(pl.col("successor_of").is_not_null()).select("code", "successor_of").unique()
    )
    codes = set(units["code"].to_list())
    for code, older in pairs.sort("code").iter_rows():
        one_to_one = (pairs["successor_of"] == older).sum() == (pairs["code"] == code).sum() == 1
        if older not in codes or older == code or not one_to_one:
            raise _broken(
                "A unit cannot succeed as it says",
                where,
                "opvolger_van names one known unit, and each unit has one successor at most",
                f"{code} succeeds {older}",
                "leave opvolger_van empty when units were split or joined",
            )


def _broken(what: str, where: str, expected: str, got: str, next_step: str) -> RefusedInput:
    return RefusedInput(what, where=where, expected=expected, got=got, next_step=next_step)
