"""How evenly people are spread: over the groups of an attribute, and groups over scale bands.

Both indices are blind to direction: they tell that something is uneven, not who is missing where.
They stand beside the shares of groups, and are never a headline.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from etl.metrics.cells import CELLS
from etl.metrics.counted import NOT_REFRESHED, PUBLISHED, STATUSES, Counts
from etl.metrics.metric import Metric
from etl.metrics.written import written

BLAU, DUNCAN = "blau", "duncan"
STOCK = "headcount"
WHOLE, SIDES = "all", ("yes", "no")
Cells = list[dict[str, Any]]
PLACE = ("period", "period_kind", "unit", "unit_level", "attribute")
BLIND_NL = (
    "Zonder richting: de maat zegt niet welke groep waar ontbreekt, en is nooit een kop. Berekend "
    "uit beschermde aantallen van één stand; is er een onderdrukt, dan is de maat het ook."
)
BLIND_EN = (
    "Without direction: the index does not tell which group is missing where, and is never a "
    "headline. Computed from protected counts of one date; where one is suppressed, so is the "
    "index."
)


def _index(key: str, labels: tuple[str, str], words: tuple[str, str]) -> Metric:
    return Metric(
        key=key,
        kind="index",
        unit="index",
        sensitivity="special",
        label_nl=labels[0],
        label_en=labels[1],
        definition_nl=f"{words[0]} {BLIND_NL}",
        definition_en=f"{words[1]} {BLIND_EN}",
        numerator=STOCK,
        denominator=STOCK,
        denominator_when="same",
    )


SPREAD = (
    _index(
        BLAU,
        ("Spreiding over groepen (Blau)", "Spread over groups (Blau)"),
        (
            "1 min de som van de gekwadrateerde aandelen van de groepen, gedeeld door het grootst "
            "mogelijke: 0 is één groep, 1 is even grote groepen.",
            "1 minus the sum of the squared shares of the groups, divided by the largest possible: "
            "0 is one group, 1 is groups of equal size.",
        ),
    ),
    _index(
        DUNCAN,
        ("Ongelijke verdeling over schalen (Duncan)", "Uneven spread over scales (Duncan)"),
        (
            "Het deel van de groep dat van schaalgroep zou moeten wisselen om over de fijnere "
            "schaalgroepen verdeeld te zijn zoals de anderen: 0 is gelijk verdeeld, 1 nergens "
            "samen. Schaalgroepen die niet getoond worden, tellen samen als één.",
            "The part of the group that would have to change scale group to be spread over the "
            "finer scale groups as the others are: 0 is equally spread, 1 is nowhere together. "
            "Scale groups that are not shown count as one.",
        ),
    ),
)


def blau(parts: Sequence[float]) -> float:
    """1 - sum(p^2) of the parts of a whole (Blau 1977); they need not add up to 1."""
    whole = sum(parts)
    return 1 - sum((part / whole) ** 2 for part in parts)


def blau_normalised(parts: Sequence[float]) -> float:
    """The same by the most that so many parts can have: two parts at least."""
    return blau(parts) / (1 - 1 / len(parts))


def duncan(group: Sequence[float], others: Sequence[float]) -> float:
    """Half of sum |a/A - b/B| over the places that both are spread over (Duncan 1955)."""
    pairs = zip(group, others, strict=True)
    return sum(abs(a / sum(group) - b / sum(others)) for a, b in pairs) / 2


def spread(book: Counts, dimensions: pl.DataFrame) -> pl.DataFrame:
    """Both indices, for each stock whose groups or finer scale bands are all planned.

    Args:
        book: the protected counts.
        dimensions: ``dimensions.csv``: names groups and bands.

    Returns:
        Columns ``CELLS``, the indices in two decimals.
    """
    groups = dimensions.filter(pl.col("partition") == "groups").select("dimension", "code")
    fine = (pl.col("dimension") == "scale_group") & (pl.col("partition") == "fine")
    bands = dimensions.filter(fine)["code"].to_list()
    alone = (pl.col("attribute") != "") & (pl.col("attribute2") == "")
    cells = book.of(STOCK).filter(alone)
    codes_of = dict(groups.group_by("dimension").agg("code").iter_rows())
    rows = []
    # Only what an index can be made of: going through all cells took longer than all else here.
    grouped = cells.join(groups, left_on=["attribute", "category"], right_on=["dimension", "code"])
    for place, own in _by(grouped.select(cells.columns), [*PLACE, "scale_group"], ["category"]):
        parts = _all_of(own, [(code,) for code in codes_of[place["attribute"]]])
        if len(parts) > 1:
            rows.append(_figure(place | {"metric": BLAU, "category": ""}, [parts]))
    banded = cells.filter(
        pl.col("category").is_in(SIDES), pl.col("scale_group").is_in([*bands, WHOLE])
    )
    planned_fine = banded.filter(pl.col("scale_group").is_in(bands))
    banded = banded.join(planned_fine, on=list(PLACE), how="semi")
    for place, keyed in _by(banded, PLACE, ["category", "scale_group"]):
        planned = [_all_of(keyed, [(side, band) for band in bands]) for side in SIDES]
        whole = _all_of(keyed, [(side, WHOLE) for side in SIDES])
        if all(len(side) > 1 for side in planned) and whole:
            key = place | {"metric": DUNCAN, "category": "yes", "scale_group": WHOLE}
            rows.append(_figure(key, _with_rest(planned, whole)))
    schema = {name: book.cells.schema[name] for name in CELLS}
    schema |= dict.fromkeys(("value", "base", "lower", "upper"), pl.Float64())
    return pl.DataFrame(rows, schema=schema).with_columns(written("value", 2))


def _by(
    cells: pl.DataFrame, keys: Sequence[str], inner: Sequence[str]
) -> Iterator[tuple[dict[str, Any], dict[tuple[Any, ...], dict[str, Any]]]]:
    """Place -> its cells by what tells them apart there."""
    found: dict[tuple[Any, ...], dict[tuple[Any, ...], dict[str, Any]]] = {}
    for row in cells.sort(*keys).iter_rows(named=True):
        place, own = (tuple(row[name] for name in names) for names in (keys, inner))
        found.setdefault(place, {})[own] = row
    for place, rows in found.items():
        yield dict(zip(keys, place, strict=True)), rows


def _all_of(cells: Mapping[Any, Any], codes: Sequence[Any]) -> list[dict[str, Any]]:
    """The cells of all codes, or none where one is not planned."""
    found = [cells.get(code) for code in codes]
    return [] if None in found else [cell for cell in found if cell is not None]


def _hidden(cells: Cells) -> bool:
    return any(cell["status"] != PUBLISHED for cell in cells)


def _with_rest(planned: Sequence[Cells], whole: Cells) -> list[Cells]:
    """The bands that are shown of both sides; all that are not as one, the whole minus these."""
    shown = [
        at
        for at, pair in enumerate(zip(*planned, strict=True))
        if all(cell["status"] == PUBLISHED for cell in pair)
    ]
    if not shown or len(shown) == len(planned[0]) or _hidden(whole):
        return list(planned)  # all that there is, or nothing that tells anything
    sides = []
    for side, everywhere in zip(planned, whole, strict=True):
        kept = [side[at] for at in shown]
        left = everywhere["value"] - sum(cell["value"] for cell in kept)
        sides.append([*kept, {**everywhere, "value": max(left, 0.0)}])
    return sides


def _figure(key: dict[str, Any], sides: Sequence[Sequence[dict[str, Any]]]) -> dict[str, Any]:
    """An index with the worst status of its counts, which must be of one date."""
    counts = [cell for side in sides for cell in side]
    status = max((cell["status"] for cell in counts), key=STATUSES.index)
    dates = {cell["as_of"] for cell in counts}
    if status == PUBLISHED and len(dates) > 1:
        status = NOT_REFRESHED
    shown = status == PUBLISHED
    parts = [[cell["value"] for cell in side] for side in sides]
    value = (blau_normalised(parts[0]) if len(parts) == 1 else duncan(*parts)) if shown else None
    return {
        **dict.fromkeys(CELLS, ""),
        **key,
        "status": status,
        "as_of": dates.pop() if shown else key["period"],
        "value": value,
        "base": sum(map(sum, parts)) if shown else None,
        "lower": None,
        "upper": None,
    }
