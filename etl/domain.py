"""The words of the field as typed configuration: organisation, attributes, scales.

Everything here is read from TOML in ``data/reference/`` (or from the files that a mapping brought
along, kept in the home's overlay); no code list, band or classification stands in code.
"""

from __future__ import annotations

import tomllib
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from etl.errors import RefusedInput
from etl.settings import SHIPPED_REFERENCE, Settings

EVERYBODY = ""
"""The empty attribute or category code: everybody in the unit and scale group."""
KNOWN, UNKNOWN = "known", "unknown"
"""Category codes of the first split of an attribute that has leaves with ``known = false``."""
ALL_SCALES = "all"
"""Scale group code of the whole."""

ATTRIBUTES = ("origin", "gender", "age_band", "contract", "location_group")
"""The person attributes that staged rows, leaves and cells carry; each has its TOML file."""

Sensitivity = Literal["public", "personal", "special"]
Rounding = Literal["own", "complement", "exact"]


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


class Leaf(_Frozen):
    """One code of an attribute as it stands in staged rows."""

    code: str
    label_nl: str
    label_en: str
    known: bool = True


class Part(_Frozen):
    """One part of a partition as written in TOML: its leaves, or the remainder of the parent."""

    code: str
    label_nl: str
    label_en: str
    leaves: frozenset[str] = frozenset()
    remainder: bool = False


class Partition(_Frozen):
    """Disjoint parts that add up to ``parent`` (empty: everybody)."""

    key: str
    parent: str
    part: tuple[Part, ...]

    @model_validator(mode="after")
    def _one_remainder(self) -> Self:
        if sum(p.remainder for p in self.part) != 1:
            raise ValueError(f"partition {self.key}: exactly one part must be the remainder")
        return self


class Definition(_Frozen):
    """A set of parts of the partition ``groups`` that may be read as the group of interest."""

    key: str
    parts: tuple[str, ...]
    label_nl: str
    label_en: str


class AgeBand(_Frozen):
    """Ages from ``from`` (included) to ``below`` (excluded) that one leaf stands for."""

    code: str
    lower: int | None = Field(default=None, alias="from")
    below: int | None = None


class Category(_Frozen):
    """A node of an attribute's classification as it is published."""

    code: str
    partition: str
    parent: str
    leaves: frozenset[str]
    rounding: Rounding
    label_nl: str
    label_en: str


class Attribute(_Frozen):
    """A person attribute: its leaves and the partitions in which it may be published."""

    key: str
    sensitivity: Literal["personal", "special"]
    label_nl: str
    label_en: str
    empty: str
    source: str = ""
    leaf: tuple[Leaf, ...]
    partition: tuple[Partition, ...]
    definition: tuple[Definition, ...] = ()
    band: tuple[AgeBand, ...] = ()

    @cached_property
    def codes(self) -> frozenset[str]:
        """Every leaf code."""
        return frozenset(leaf.code for leaf in self.leaf)

    @cached_property
    def has_known(self) -> bool:
        """Whether the first split is known against not known."""
        return any(not leaf.known for leaf in self.leaf)

    @cached_property
    def categories(self) -> tuple[Category, ...]:
        """All published nodes: ``unknown`` and ``known`` first where the attribute has them."""
        nodes = list(self._known_split())
        for partition in self.partition:
            nodes.extend(self._parts(partition, {node.code: node for node in nodes}))
        return tuple(nodes)

    def of_partition(self, key: str) -> tuple[Category, ...]:
        """The nodes of one partition.

        Raises:
            RefusedInput: the attribute has no such partition.
        """
        nodes = tuple(node for node in self.categories if node.partition == key)
        if not nodes:
            raise RefusedInput(
                f"Attribute {self.key} has no partition {key}",
                where=f"attributes/{self.key}.toml",
                expected="one of " + ", ".join(p.key for p in self.partition),
                next_step="correct the publication plan or add the partition",
            )
        return nodes

    def _known_split(self) -> list[Category]:
        if not self.has_known:
            return []
        known = frozenset(leaf.code for leaf in self.leaf if leaf.known)
        common: dict[str, Any] = {"partition": "known", "parent": EVERYBODY}
        return [
            Category(
                code=UNKNOWN,
                leaves=self.codes - known,
                rounding="own",
                label_nl=f"{self.label_nl} niet bekend",
                label_en=f"{self.label_en} not known",
                **common,
            ),
            Category(
                code=KNOWN,
                leaves=known,
                rounding="complement",
                label_nl=f"{self.label_nl} bekend",
                label_en=f"{self.label_en} known",
                **common,
            ),
        ]

    def _parts(self, partition: Partition, nodes: dict[str, Category]) -> list[Category]:
        if partition.parent == EVERYBODY:
            whole = self.codes
        elif partition.parent in nodes:
            whole = nodes[partition.parent].leaves
        else:
            raise ValueError(f"{self.key}: partition {partition.key} hangs under nothing")
        named = frozenset[str]().union(*(part.leaves for part in partition.part))
        if not named <= whole or sum(len(p.leaves) for p in partition.part) != len(named):
            raise ValueError(f"{self.key}: parts of {partition.key} overlap or leave their parent")
        return [
            Category(
                code=part.code,
                partition=partition.key,
                parent=partition.parent,
                leaves=whole - named if part.remainder else part.leaves,
                rounding="complement" if part.remainder else "own",
                label_nl=part.label_nl,
                label_en=part.label_en,
            )
            for part in partition.part
        ]


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
    def attributes(self) -> dict[str, Attribute]:
        """Every person attribute by key."""
        return {key: self.read(f"attributes/{key}.toml", Attribute) for key in ATTRIBUTES}
