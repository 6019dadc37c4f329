"""A small organisation with yearly extracts and an exit monitor, from counts to publication."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import polars as pl

from etl.domain import Reference
from etl.metrics.count import People, planned_counts
from etl.metrics.dimensions import dimension_frame
from etl.metrics.exits import ANSWER_ROWS, INVITED_ROWS, Exits
from etl.metrics.periods import Calendar
from etl.metrics.registry import metric_frame
from etl.privacy.audit_input import Published
from etl.privacy.grounds import Grounds
from etl.privacy.linkage import Linkage
from etl.privacy.plan import Plan, load_plan
from etl.privacy.policy import Policy
from etl.privacy.protect import Protected, protect
from etl.settings import SHIPPED_REFERENCE
from etl.warehouse.engine import LEAVES
from etl.warehouse.tree import unit_lines, unit_paths
from tests.privacy.bases import KEY

YEARS = (2023, 2024, 2025)
UNITS = ("A", "B", "C")
BLOCK = "2023-2025"
POLICY = Policy.load()
PLAIN = {
    "origin": "nederland",
    "gender": "V",
    "age_band": "35-44",
    "contract": "vast",
    "location_group": "den_haag",
}
ITEM = {"sociale_veiligheid": "speaking", "inclusie": "belonging"}
Respondent = Mapping[str, object]


@cache
def reference() -> Reference:
    """The shipped reference files for an organisation with an extract a year."""
    directory = Path(mkdtemp())
    text = (SHIPPED_REFERENCE / "organisation.toml").read_text(encoding="utf-8")
    changed = text.replace('calendar = "quarter"', 'calendar = "year"')
    (directory / "organisation.toml").write_text(changed, encoding="utf-8")
    return Reference(directory, SHIPPED_REFERENCE)


@cache
def plan() -> Plan:
    """The shipped plan; of the other figures only head counts, which is quicker."""
    found = load_plan(reference(), POLICY)
    kept = [t for t in found.table if t.key == "headcount" or t.key.startswith("exit_")]
    return found.model_copy(update={"table": tuple(kept)})


@cache
def calendar() -> Calendar:
    """Extracts at the end of four years: three years of flows."""
    return Calendar(
        [date(year, 12, 31) for year in (YEARS[0] - 1, *YEARS)], reference().organisation
    )


def units() -> pl.DataFrame:
    """The whole and three parts."""
    rows = [("MIN", None, 1), *((unit, "MIN", 2) for unit in UNITS)]
    named = pl.DataFrame(rows, schema=["code", "parent", "level"], orient="row")
    return named.with_columns(
        pl.col("level").cast(pl.Int16),
        name_nl=pl.col("code"),
        name_en=pl.lit(None, pl.String),
        valid_from=pl.lit(date(2000, 1, 1)),
        valid_to=pl.lit(None, pl.Date),
        successor_of=pl.lit(None, pl.String),
    )


def answers(
    number: int,
    year: int = YEARS[-1],
    unit: str = "A",
    *,
    scores: Mapping[str, Sequence[int]] | None = None,
    **said: object,
) -> list[Respondent]:
    """Some respondents who say the same; ``scores``: theme -> their items."""
    items = [
        {"item": f"{ITEM.get(theme, theme)}{n}", "theme": theme, "score": score}
        for theme, given in (scores or {}).items()
        for n, score in enumerate(given)
    ]
    plain: dict[str, object] = {
        "year": year,
        "unit": unit,
        "origin": "onbekend",
        "exit_kind": None,
        "racism_role": None,
        "talked": None,
        "would_return": None,
        "reasons": [],
        "items": items,
    }
    return [plain | said] * number


def exits(respondents: Iterable[Respondent], invited: Mapping[int, int] | None = None) -> Exits:
    """Respondents and invited leavers (year -> how many) as the warehouse gives them."""
    rows = [{**row, **_halves(n)} for n, row in enumerate(respondents)]
    asked = [
        {"year": year, **_halves(5_000 * year + n)}
        for year, number in (invited or {}).items()
        for n in range(number)
    ]
    return Exits(pl.DataFrame(rows, schema=ANSWER_ROWS), pl.DataFrame(asked, schema=INVITED_ROWS))


def _halves(n: int) -> dict[str, int]:
    return {"key_hi": (7919 * n + 104729) % 2**32, "key_lo": (15485863 * n + 32452843) % 2**32}


def people(found: Exits) -> People:
    """Hundred persons in each part who stay all along, and the exit monitor."""
    dates = calendar().dates
    before = [None, *dates[:-1]]
    rows = [
        _leaf(start, end, unit) for start, end in zip(before, dates, strict=True) for unit in UNITS
    ]
    tree = units()
    return People(
        pl.DataFrame(rows, schema=LEAVES), unit_paths(tree, dates), unit_lines(tree), found
    )


def _leaf(start: date | None, end: date, unit: str) -> dict[str, object]:
    first = start is None
    row: dict[str, object] = {
        "from_ref": start,
        "to_ref": end,
        "kind": "start" if first else "stay",
        "move": "none",
        "persons": 100,
        "fte": 100_000,
        "fte_persons": 100,
        "key_hi": 7,
        "key_lo": ord(unit),
    }
    for side in ("from", "to"):
        gone = first and side == "from"
        row |= {f"{side}_unit": None if gone else unit, f"{side}_scale": None if gone else 10}
        row |= {f"{side}_{key}": None if gone else code for key, code in PLAIN.items()}
    return row


def counted(found: Exits) -> pl.DataFrame:
    """The planned true counts of the exit monitor."""
    made = planned_counts(people(found), plan(), reference(), calendar())
    return made.filter(pl.col("metric").str.starts_with("exit_"))


def protected(
    found: Exits,
    served: pl.DataFrame | None = None,
    withdrawn: pl.DataFrame | None = None,
) -> Protected:
    """What the product publishes of it."""
    one = people(found)
    more = {} if served is None else {"served": served}
    more |= {} if withdrawn is None else {"withdrawn": withdrawn}
    grounds = Grounds(
        reference=reference(),
        policy=POLICY,
        linkage=Linkage.of(one, plan(), calendar()),
        dimensions=dimensions(),
        metrics=metric_frame(),
        **more,
    )
    return protect(planned_counts(one, plan(), reference(), calendar()), grounds, KEY)


def dimensions() -> pl.DataFrame:
    """``dimensions.csv`` of the organisation."""
    return dimension_frame(units(), plan(), reference(), calendar())


def files(made: Protected) -> Published:
    """The publication as anybody has it."""
    return Published(made.table.cells, dimensions(), metric_frame(), POLICY)


def shown(
    made: Protected,
    attribute: str = "",
    period: str = str(YEARS[-1]),
    unit: str = "MIN",
    **more: str,
) -> dict[str, float | None]:
    """Category -> published number (None: hidden) of one split."""
    place = {"metric": "exit_answers", "attribute2": ""} | more
    cells = made.table.cells.filter(attribute=attribute, period=period, unit=unit, **place)
    return dict(cells.select("category", "value").iter_rows())
