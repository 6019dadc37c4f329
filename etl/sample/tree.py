"""The tree of the synthetic ministry: made-up units of four levels, renamings, a reorganisation."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from etl.sample.rates import Floats, Ints

ROOT = "MIN"
ROOT_NAME = ("Voorbeeldministerie (synthetisch)", "Example Ministry (synthetic)")
INTERNATIONAL = 1
"""Position among the second level of the unit that holds most of the people abroad."""
LEAST_TO_REORGANISE = 40
"""Below this number of units a reorganisation of two departments would upset the whole."""


@dataclass(frozen=True)
class Field:
    """A second-level unit: name, weight in head count, share of the group relative to the mean."""

    code: str
    nl: str
    en: str
    weight: float
    group: float
    low_scales: float
    topics: tuple[tuple[str, str], ...]


FIELDS = (
    Field(
        "DGU", "DG Uitvoering en Dienstverlening", "DG Delivery and Services", 3400, 1.22, 1.5,
        (("Vergunningen", "Permits"), ("Subsidies", "Grants"), ("Heffingen", "Levies"),
         ("Registers", "Registers"), ("Klantcontact", "Client Contact"), ("Betalingen", "Payments"),
         ("Bezwaar en Beroep", "Objection and Appeal"), ("Regiokantoren", "Regional Offices"),
         ("Digitale Dienstverlening", "Digital Services"), ("Handhaving", "Enforcement"),
         ("Keuringen", "Certification"), ("Inkomensregelingen", "Income Schemes")),
    ),
    Field(
        "DGI", "DG Internationale Zaken", "DG International Affairs", 2400, 0.92, 1.0,
        (("Buitenlandse Posten", "Posts Abroad"), ("Handel", "Trade"),
         ("Europese Coördinatie", "European Coordination"), ("Ontwikkeling", "Development"),
         ("Verdragen", "Treaties"), ("Noodhulp", "Emergency Aid"),
         ("Regionale Betrekkingen", "Regional Relations"), ("Protocol", "Protocol")),
    ),
    Field(
        "DGL", "DG Leefomgeving", "DG Living Environment", 1900, 0.9, 0.8,
        (("Bodem en Lucht", "Soil and Air"), ("Kust en Rivieren", "Coast and Rivers"),
         ("Natuur", "Nature"), ("Circulaire Economie", "Circular Economy"),
         ("Ruimtelijke Ordening", "Spatial Planning"), ("Geluid", "Noise")),
    ),
    Field(
        "SGB", "SG Bedrijfsvoering", "SG Operations", 1400, 1.02, 1.2,
        (("Financiën", "Finance"), ("Personeel en Organisatie", "Human Resources"),
         ("Informatievoorziening", "Information Services"), ("Facilitaire Zaken", "Facilities"),
         ("Inkoop", "Procurement")),
    ),
    Field(
        "DGE", "DG Energie en Grondstoffen", "DG Energy and Raw Materials", 1100, 0.95, 0.7,
        (("Netten", "Grids"), ("Warmte", "Heat"), ("Opwek", "Generation"),
         ("Grondstoffen", "Raw Materials")),
    ),
    Field(
        "DGS", "DG Samenleving", "DG Society", 800, 2.05, 0.8,
        (("Participatie", "Participation"), ("Jeugd", "Youth"), ("Wijken", "Neighbourhoods")),
    ),
    Field(
        "DGT", "DG Toezicht", "DG Supervision", 600, 1.1, 0.9,
        (("Inspectie", "Inspection"), ("Risicoanalyse", "Risk Analysis"),
         ("Markttoezicht", "Market Supervision")),
    ),
    Field(
        "SGK", "SG Kennis en Strategie", "SG Knowledge and Strategy", 400, 1.2, 0.6,
        (("Onderzoek", "Research"), ("Strategie", "Strategy"), ("Cijfers", "Statistics")),
    ),
)  # fmt: skip
TASKS = (
    ("Beleid", "Policy"), ("Advies", "Advice"), ("Uitvoering", "Operations"),
    ("Planning en Regie", "Planning and Direction"), ("Gegevens en Analyse", "Data and Analysis"),
    ("Ondersteuning", "Support"), ("Projecten", "Projects"), ("Kwaliteit", "Quality"),
    ("Juridische Zaken", "Legal Affairs"), ("Noord", "North"), ("Oost", "East"), ("Zuid", "South"),
    ("West", "West"), ("Innovatie", "Innovation"), ("Communicatie", "Communication"),
    ("Coördinatie", "Coordination"),
)  # fmt: skip


@dataclass(frozen=True)
class Unit:
    """A unit; ``opens`` and ``closes`` are snapshot numbers (first, last), None = no bound."""

    code: str
    nl: str
    en: str
    parent: str
    level: int
    second: int
    opens: int | None = None
    closes: int | None = None
    successor_of: str = ""


@dataclass
class Tree:
    """All units that ever were; people point at positions in ``units``."""

    units: list[Unit]
    weight: Floats
    renamed: dict[int, int] = field(default_factory=dict)
    merged: dict[int, tuple[int, int]] = field(default_factory=dict)
    rename_at: int = 0
    reorganised_at: int = 0

    @property
    def level(self) -> Ints:
        """Level of each unit, 1 = the whole."""
        return np.array([unit.level for unit in self.units])

    @property
    def second(self) -> Ints:
        """Position in ``FIELDS`` of each unit's second-level unit; -1 for the root."""
        return np.array([unit.second for unit in self.units])

    def open_at(self, snapshot: int) -> Floats:
        """1.0 for units in which people can be at a snapshot, else 0.0."""
        return np.array(
            [
                float((u.opens or 0) <= snapshot and (u.closes is None or snapshot <= u.closes))
                for u in self.units
            ]
        )

    def probabilities(self, snapshot: int) -> tuple[Floats, Floats, Floats]:
        """Cumulative weight of the units for scales up to 9, 10 to 14, and from 15."""
        tilt = np.array([f.low_scales for f in FIELDS] + [0.3])[self.second]
        head = np.select([self.level == 3, self.level == 2], [8.0, 6.0], default=1.0)
        weight = self.weight * self.open_at(snapshot)
        low, middle, top = weight * tilt, weight / tilt**0.6, weight / tilt**0.6 * head
        return np.cumsum(low), np.cumsum(middle), np.cumsum(top)

    def share_international(self) -> float:
        """Part of the head count under the international second-level unit."""
        return float(self.weight[self.second == INTERNATIONAL].sum() / self.weight.sum())


def _apportion(total: int, weights: Floats) -> list[int]:
    """Whole numbers, each at least 1, that follow the weights and add up to ``total``."""
    spare = total - weights.size
    exact = spare * weights / weights.sum()
    parts = np.floor(exact).astype(int)
    for position in np.argsort(parts - exact, kind="stable")[: spare - int(parts.sum())]:
        parts[position] += 1
    return [int(part) + 1 for part in parts]


def _directorates(second: int, count: int) -> list[Unit]:
    topics = FIELDS[second].topics
    units = []
    for number in range(count):
        nl, en = topics[number % len(topics)]
        again = number // len(topics)
        nl, en = (f"{nl} {again + 1}", f"{en} {again + 1}") if again else (nl, en)
        code = f"{FIELDS[second].code}-{number + 1:02d}"
        units.append(
            Unit(code, f"Directie {nl}", f"{en} Directorate", FIELDS[second].code, 3, second)
        )
    return units


def _departments(parent: Unit, count: int, rng: np.random.Generator) -> list[Unit]:
    tasks = rng.permutation(len(TASKS))
    nl = parent.nl.removeprefix("Directie ")
    en = parent.en.removesuffix(" Directorate")
    units = []
    for number in range(count):
        task, again = TASKS[tasks[number % len(TASKS)]], number // len(TASKS)
        tail = f" {again + 1}" if again else ""
        units.append(
            Unit(
                f"{parent.code}-{number + 1:02d}",
                f"Afdeling {nl} {task[0]}{tail}",
                f"{en} {task[1]}{tail} Department",
                parent.code,
                4,
                parent.second,
            )
        )
    return units


def _first_tree(count: int, rng: np.random.Generator) -> list[Unit]:
    """The units of the first date, parents before children."""
    seconds = min(len(FIELDS), max(2, round(count * 0.053)))
    weights = np.array([f.weight for f in FIELDS[:seconds]])
    rest = count - 1 - seconds
    thirds = max(seconds, round(rest * 0.26))
    units = [Unit(ROOT, *ROOT_NAME, "", 1, -1)]
    units += [Unit(f.code, f.nl, f.en, ROOT, 2, i) for i, f in enumerate(FIELDS[:seconds])]
    for second, number in enumerate(_apportion(thirds, weights)):
        units += _directorates(second, number)
    directorates = [unit for unit in units if unit.level == 3]
    crowd = np.bincount([u.second for u in directorates])
    share = np.array([FIELDS[u.second].weight / crowd[u.second] for u in directorates])
    for parent, number in zip(directorates, _apportion(rest - thirds, share), strict=True):
        units += _departments(parent, number, rng)
    return units


def _weights(units: list[Unit], rng: np.random.Generator) -> Floats:
    """Expected part of the head count of each unit itself (without the units below it)."""
    own: Floats = np.array([{1: 0.0, 2: 0.3, 3: 0.45, 4: 1.0}[u.level] for u in units])
    own *= np.exp(rng.normal(0.0, 0.3, own.size))
    second = np.array([u.second for u in units])
    for number in np.unique(second[second >= 0]):
        inside = second == number
        own[inside] *= FIELDS[number].weight / own[inside].sum()
    own[0] = own.sum() * 0.002
    return np.asarray(own / own.sum())


def _renamed(unit: Unit, at: int) -> tuple[Unit, Unit]:
    old = Unit(**{**unit.__dict__, "closes": at - 1})
    new = Unit(
        f"{unit.code}N", f"{unit.nl} en Vernieuwing", unit.en.replace(" Dep", " and Renewal Dep"),
        unit.parent, 4, unit.second, opens=at, successor_of=unit.code,
    )  # fmt: skip
    return old, new


def grow_tree(count: int, quarters: int, rng: np.random.Generator) -> Tree:
    """A tree of ``count`` units at every date.

    From four quarters on, up to three departments are renamed (1:1 succession) on one snapshot
    boundary; from 40 units on, two departments give way on a later one to two new ones.
    """
    units = _first_tree(count, rng)
    weight = _weights(units, rng)
    tree = Tree(units, weight, rename_at=quarters * 2 // 5, reorganised_at=quarters * 7 // 10)
    if quarters < 4:
        return tree
    leaves = [i for i, unit in enumerate(units) if unit.level == 4 and unit.second == 0]
    for position in leaves[2 : 5 if len(leaves) > 6 else 3]:
        old, new = _renamed(units[position], tree.rename_at)
        units[position] = old
        tree.renamed[position] = len(units)
        units.append(new)
    if count >= LEAST_TO_REORGANISE:
        _reorganise(tree, leaves[:2])
    extra = len(units) - weight.size
    tree.weight = np.concatenate([weight, np.zeros(extra)])
    for before, after in tree.renamed.items():
        tree.weight[after] = weight[before]
    for before, (after, _) in tree.merged.items():
        tree.weight[after] = weight[before]
    return tree


def _reorganise(tree: Tree, closing: list[int]) -> None:
    """Close two departments; their people spread over two new ones."""
    at, units = tree.reorganised_at, tree.units
    parent = next(u for u in units if u.level == 3 and u.second == 0)
    topic, english = parent.nl.removeprefix("Directie "), parent.en.removesuffix(" Directorate")
    first = len(units)
    for number, (nl, en) in enumerate(
        (("Frontoffice", "Front Office"), ("Backoffice", "Back Office"))
    ):
        units.append(
            Unit(
                f"{parent.code}-R{number + 1}",
                f"Afdeling {topic} {nl}",
                f"{english} {en} Department",
                parent.code,
                4,
                0,
                opens=at,
            )
        )
    for number, position in enumerate(closing):
        units[position] = Unit(**{**units[position].__dict__, "closes": at - 1})
        tree.merged[position] = (first + number, first + 1 - number)
