"""The words of the field as typed configuration: organisation, attributes, scales.

Everything here is read from TOML in ``data/reference/`` (or from the files that a mapping brought
along, kept in the home's overlay); no code list, band or classification stands in code.
"""

from __future__ import annotations

import tomllib
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from etl.attributes import (
    EVERYBODY,
    KNOWN,
    NOT_ANSWERED,
    UNKNOWN,
    Attribute,
    Category,
    ExitMonitor,
)
from etl.errors import RefusedInput
from etl.settings import SHIPPED_REFERENCE, Settings

__all__ = [
    "ALL_SCALES",
    "ATTRIBUTES",
    "EVERYBODY",
    "KNOWN",
    "NOT_ANSWERED",
    "QUESTIONS",
    "UNKNOWN",
    "Attribute",
    "Category",
    "ExitMonitor",
    "Organisation",
    "Reference",
    "Scales",
]

ALL_SCALES = "all"
"""Scale group code of the whole."""
DEFAULT_SUBJECT = ("origin", "yes")
"""Attribute and category that the product is about where nothing else is said."""

ATTRIBUTES = ("origin", "gender", "age_band", "contract", "location_group")
"""The person attributes that staged rows, leaves and cells carry; each has its TOML file."""
QUESTIONS = ("racism_role", "talked", "would_return", "exit_kind")
"""Questions of the exit monitor with a TOML file of their own, as attributes of a respondent."""
Sensitivity = Literal["public", "personal", "special"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Organisation(_Frozen):
    """Who is reported on, and the shape of its tree and calendar."""

    name_nl: str
    name_en: str
    synthetic: bool = False
    root: str
    unknown_unit: str
    unknown_unit_nl: str
    unknown_unit_en: str
    calendar: Literal["quarter", "year"]
    year_end_month: Literal[3, 6, 9, 12] = 12
    origin_source: Literal["declaration", "cbs"] = "declaration"
    levels_nl: tuple[str, ...] = Field(min_length=1, max_length=5)
    levels_en: tuple[str, ...] = Field(min_length=1, max_length=5)
    contact: str = ""
    """Where readers report what does not work for them: a mailbox or a desk, never a person."""
    approval: bool = False
    """Whether a publication is served only after another account approved it."""
    approvers: dict[str, str] = Field(default_factory=dict)
    """Account -> role that the page names; who may approve."""

    @model_validator(mode="after")
    def _somebody_approves(self) -> Self:
        if self.approval and not self.approvers:
            raise ValueError("approval asks for accounts under [approvers]")
        if any(not role.strip() for role in self.approvers.values()):
            raise ValueError("an approver has no role")
        return self


class Band(_Frozen):
    """A run of scales, both ends included."""

    code: str
    lower: int = Field(alias="from")
    upper: int = Field(alias="to")
    label_nl: str
    label_en: str

    @property
    def scales(self) -> frozenset[int]:
        """The scales in the band."""
        return frozenset(range(self.lower, self.upper + 1))


class BandPartition(_Frozen):
    """Bands that are disjoint and together hold every scale."""

    key: str
    band: tuple[Band, ...]


class Scales(_Frozen):
    """Salary scales and the bands that figures are split by."""

    lowest: int
    highest: int
    highest_label: str
    partition: tuple[BandPartition, ...]

    @model_validator(mode="after")
    def _bands_cover(self) -> Self:
        every = sorted(range(self.lowest, self.highest + 1))
        for partition in self.partition:
            if sorted(s for band in partition.band for s in band.scales) != every:
                raise ValueError(f"bands of {partition.key} overlap or leave scales out")
        return self

    def label(self, scale: int) -> str:
        """The scale as it is written."""
        return self.highest_label if scale == self.highest else str(scale)

    def bands(self, key: str) -> tuple[Band, ...]:
        """The bands of one partition; ``single`` is one band a scale.

        Raises:
            RefusedInput: there is no such partition.
        """
        if key == "single":
            return tuple(
                Band.model_validate(
                    {
                        "code": self.label(s),
                        "from": s,
                        "to": s,
                        "label_nl": f"schaal {self.label(s)}",
                        "label_en": f"scale {self.label(s)}",
                    }
                )
                for s in range(self.lowest, self.highest + 1)
            )
        for partition in self.partition:
            if partition.key == key:
                return partition.band
        raise RefusedInput(
            f"There is no scale partition {key}",
            where="scales.toml",
            expected="single, " + ", ".join(p.key for p in self.partition),
            next_step="correct the publication plan or add the partition",
        )

    @property
    def sets(self) -> dict[str, frozenset[int]]:
        """The scales of every group that a plan may name, the whole included."""
        groups = [*(p.band for p in self.partition), self.bands("single")]
        held = {band.code: frozenset(band.scales) for bands in groups for band in bands}
        return held | {ALL_SCALES: frozenset(range(self.lowest, self.highest + 1))}

    @property
    def low(self) -> Band:
        """The lower band of ``main``: where a crossing starts."""
        return self.bands("main")[0]

    @property
    def high(self) -> Band:
        """The upper band of ``main``: where a crossing ends."""
        return self.bands("main")[-1]


class YearsInScale(_Frozen):
    """Classes of whole years in one scale."""

    band: tuple[Band, ...] = Field(min_length=1)

    @property
    def sets(self) -> dict[str, frozenset[int]]:
        """The years of every class; there is no whole: a spell counts in each year it reaches."""
        return {band.code: band.scales for band in self.band}


M = TypeVar("M", bound=BaseModel)


@lru_cache
def _read(text: str, model: type[M]) -> M:
    """What a file says, read once however often it is asked for: models are frozen."""
    return model.model_validate(tomllib.loads(text))


class Reference:
    """The reference files in force: the home's overlay first, then the shipped ones."""

    def __init__(self, *directories: Path) -> None:
        self.directories = directories or (SHIPPED_REFERENCE,)

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The reference files that ``settings.home`` works with."""
        return cls(settings.overlay, SHIPPED_REFERENCE)

    def path(self, name: str) -> Path:
        """The file in force for ``name`` (relative, such as ``attributes/origin.toml``)."""
        for directory in self.directories:
            if (directory / name).is_file():
                return directory / name
        raise RefusedInput(
            "A reference file is missing",
            where=name,
            expected="a TOML file in data/reference",
            next_step="restore it from the repository",
        )

    def read(self, name: str, model: type[M]) -> M:
        """Parse and validate one reference file.

        Raises:
            RefusedInput: the file is not TOML or does not fit the model.
        """
        path = self.path(name)
        try:
            found: M = _read(path.read_text(encoding="utf-8"), model)
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise RefusedInput(
                "A reference file is not valid TOML", where=str(path), got=str(error)
            ) from error
        except ValidationError as error:
            first = error.errors()[0]
            raise RefusedInput(
                "A reference file does not say what it must",
                where=f"{path}, {'.'.join(map(str, first['loc'])) or 'top level'}",
                got=first["msg"],
                next_step="correct the file; the shipped one in data/reference is an example",
            ) from error
        return found

    @cached_property
    def organisation(self) -> Organisation:
        """Who is reported on."""
        return self.read("organisation.toml", Organisation)

    @cached_property
    def scales(self) -> Scales:
        """Salary scales and bands."""
        return self.read("scales.toml", Scales)

    @cached_property
    def years_in_scale(self) -> YearsInScale:
        """Classes of the life table, the first year first."""
        return self.read("years_in_scale.toml", YearsInScale)

    @cached_property
    def attributes(self) -> dict[str, Attribute]:
        """Every attribute by key: those of persons, then the questions of the exit monitor."""
        files = (*ATTRIBUTES, *QUESTIONS)
        own = {key: self.read(f"attributes/{key}.toml", Attribute) for key in files}
        return own | self.exit_monitor.attributes

    @cached_property
    def exit_monitor(self) -> ExitMonitor:
        """Themes and reasons of the exit monitor."""
        return self.read("exit_monitor.toml", ExitMonitor)
