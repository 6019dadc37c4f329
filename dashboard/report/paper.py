"""What a board paper holds, whatever it is written as: sections of blocks with charts and tables.

Every text is as the pages write it and every number is a published cell: the writers draw and set,
they compute nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from dashboard.cells import Row, published
from dashboard.components import margin_text, stand_text, unit_of, value_text
from dashboard.formats import decimals_of
from dashboard.text import dated
from dashboard.view import View

Kind = Literal["trend", "bars", "ratios", "parts", "steps"]
"""Lines over time; rows of shares; of ratios around 1; of parts of a whole; of contributions."""
Tone = Literal["words", "number", "hidden", "figure"]
"""A ``figure`` is a number that stands for itself, set large."""
NOWHERE = "–"
"""What stands where the plan has no cell."""


@dataclass(frozen=True)
class Entry:
    """One cell of a table; a repeated number has its date in ``under``."""

    text: str
    tone: Tone = "words"
    under: str = ""


@dataclass(frozen=True)
class Table:
    """A table whose first column names its rows; ``numeric`` says which columns hold numbers."""

    caption: str
    columns: Sequence[str]
    numeric: Sequence[bool]
    rows: Sequence[Sequence[Entry]]


@dataclass(frozen=True)
class Spot:
    """One value of a series: a ``value`` of None is not shown, and ``text`` says what it is.

    ``stand`` is the date of a number that repeats an earlier one.
    """

    value: float | None
    lower: float | None = None
    upper: float | None = None
    text: str = ""
    decimals: int = 0
    stand: str = ""

    @property
    def hidden(self) -> bool:
        """Whether there is a cell without a number."""
        return self.value is None and self.text != NOWHERE


@dataclass(frozen=True)
class Series:
    """One series of a chart, a spot for each of its names; ``hue`` is a name of ``tokens.css``."""

    label: str
    hue: str
    spots: Sequence[Spot]
    hollow: bool = False


@dataclass(frozen=True)
class Line:
    """A target or benchmark in a chart."""

    value: float
    label: str
    hue: str


@dataclass(frozen=True)
class Chart:
    """A chart of published cells; its names run parallel to the rows of the table of its block.

    ``dates``: the reference dates behind the names, of a chart over time that has them.
    """

    kind: Kind
    alternative: str
    names: Sequence[str]
    series: Sequence[Series]
    unit: str = "%"
    line: Line | None = None
    dates: Sequence[date] = ()

    @property
    def empty(self) -> bool:
        """Whether it would draw nothing: every value is hidden or absent."""
        return all(spot.value is None for series in self.series for spot in series.spots)


Column = str | tuple[str, bool]
"""The label of a column of numbers, or label and False for one of words."""
Pair = tuple[str, str]
"""A term and what is said of it."""


@dataclass(frozen=True)
class Block:
    """One finding with its chart, table and remarks."""

    title: str
    subtitle: str = ""
    chart: Chart | None = None
    table: Table | None = None
    notes: Sequence[str] = ()
    pairs: Sequence[Pair] = ()


@dataclass(frozen=True)
class Figure:
    """One figure for the board, in words."""

    title: str
    value: str
    hidden: bool
    stand: str
    change: str
    margin: str
    foot: Sequence[str]


@dataclass(frozen=True)
class Item:
    """One finding that asks for attention."""

    sentence: str
    under: str
    tone: str


@dataclass(frozen=True)
class Section:
    """A part of the paper; ``name`` is that of its page, ``title`` states the finding."""

    name: str
    title: str
    lead: str = ""
    figures: Sequence[Figure] = ()
    attention: Sequence[Item] = ()
    blocks: Sequence[Block] = ()
    notices: Sequence[str] = ()


@dataclass(frozen=True)
class Paper:
    """The whole board paper in one language."""

    title: str
    organisation: str
    unit: str
    day: str
    lang: str
    provenance: str
    created: datetime
    sections: Sequence[Section]

    @property
    def foot(self) -> str:
        """What stands at the foot of every sheet: whose figures, and where they come from."""
        return f"{self.unit} · {self.provenance}"


# --- cells -> parts ------------------------------------------------------------------------------


def spot(view: View, row: Row | None) -> Spot:
    """A cell as a chart takes it."""
    if row is None:
        return Spot(None, text=NOWHERE)
    if not published(row):
        return Spot(None, text=value_text(view, row))
    decimals = decimals_of(unit_of(view, row["metric"]), row["base"])
    text = dated(row, value_text(view, row), view.lang)
    return Spot(row["value"], row["lower"], row["upper"], text, decimals, stand_text(view, row))


def value(view: View, row: Row | None) -> Entry:
    """A cell as a table holds it."""
    if row is not None and not published(row):
        return Entry(value_text(view, row), "hidden")
    return Entry(value_text(view, row), "number", stand_text(view, row))


def margin(view: View, row: Row | None) -> Entry:
    """The 95% interval of a cell in a table."""
    return Entry(margin_text(view, row), "number")


def words(text: str) -> Entry:
    """A text in a table."""
    return Entry(text)


def table(caption: str, columns: Sequence[Column], rows: Sequence[Sequence[Entry]]) -> Table:
    """A table; a column of words is given as its label with ``False``."""
    named = [(column, True) if isinstance(column, str) else column for column in columns]
    return Table(caption, [label for label, _n in named], [n for _label, n in named], rows)


def chart_notes(view: View, chart: Chart) -> list[str]:
    """Names what a chart over time does not show, or repeats; nothing where all is its own."""
    _ = view.translate
    found: dict[str, list[str]] = {}
    repeated: list[str] = []
    for series in chart.series:
        for name, each in zip(chart.names, series.spots, strict=True):
            if each.hidden:
                found.setdefault(each.text, []).append(f"{series.label} {name}")
            elif each.stand:
                repeated.append(f"{series.label} {name} ({each.stand})")
    said = [
        _("{status}: {places}.").format(status=status[:1].upper() + status[1:], places=", ".join(p))
        for status, p in found.items()
    ]
    if repeated:
        said.append(_("Een eerdere stand: {places}.").format(places=", ".join(repeated)))
    return said


def alternative(view: View, what: str, names: Sequence[str], series: Sequence[Series]) -> str:
    """The text alternative of a chart: everything that it draws, in words."""
    _ = view.translate
    said = [
        f"{name} {each.label} {each.spots[place].text}".replace("  ", " ")
        for place, name in enumerate(names)
        for each in series
    ]
    return _("Grafiek: {what}. {values}.").format(what=what, values="; ".join(said))
