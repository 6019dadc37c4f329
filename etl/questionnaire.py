"""The questionnaire of the exit monitor as data of a mapping: items, answers and reasons."""

from __future__ import annotations

from typing import Annotated, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

Theme = Literal["sociale_veiligheid", "inclusie", "ongewenste_omgangsvormen"]
THEMES: tuple[str, ...] = get_args(Theme)
"""What an item can be about."""
Score = Literal["1", "2", "3", "4", "5", ""]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""A code that a mapping declares: too short and too plain to hold a remark."""
HIGHEST = 5
_TICKED, _UNTICKED = ("TRUE", "ja", "yes", "1", "x"), ("FALSE", "nee", "no", "0")


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Item(_Frozen):
    """One question: its column (``""``: not asked) and theme.

    ``reversed``: 5 is its unfavourable end; it is stored turned round.
    """

    column: str
    theme: Theme
    reversed: bool = False


class Questionnaire(_Frozen):
    """How the answers of a questionnaire are written.

    ``answers``: source value = 1 to 5, ``""`` for "not answered"; 1 to 5 stand for themselves.
    Reasons come as columns that are ticked (``reason_columns``: code = header), as one column of
    several values (``reason_values``: source value = code, parted by ``separator``), or as both.
    """

    items: dict[Code, Item] = {}
    answers: dict[str, Score] = {}
    reason_columns: dict[Code, str] = {}
    reason_values: dict[str, Code] = {}
    separator: str = "|"
    ticked: tuple[str, ...] = _TICKED
    unticked: tuple[str, ...] = _UNTICKED

    @model_validator(mode="after")
    def _sound(self) -> Self:
        folded = [header.casefold() for header in self.headers]
        if len(set(folded)) != len(folded):
            raise ValueError("a column feeds two items or reasons")
        if not self.separator:
            raise ValueError("separator is empty")
        return self

    @property
    def asked(self) -> dict[str, Item]:
        """The items that the file has; one that an extending mapping emptied is left out."""
        return {name: item for name, item in self.items.items() if item.column}

    @property
    def ticks(self) -> dict[str, str]:
        """Reason -> the header of its own column."""
        return {code: header for code, header in self.reason_columns.items() if header}

    @property
    def headers(self) -> tuple[str, ...]:
        """Every header of an item or a reason."""
        return (*(item.column for item in self.asked.values()), *self.ticks.values())

    @property
    def reasons(self) -> frozenset[str]:
        """Every reason that can be stored: the mapping's own list."""
        return frozenset((*self.ticks, *self.reason_values.values()))
