"""The contracts of the extracts: one declaration per column, and the rules that rows must pass.

The Dutch header is the one of the shipped mapping ``rijk-standaard``; a mapping file says which
header of another source system feeds the field. What is not declared here is never stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

Kind = Literal[
    "key",
    "date",
    "birth",
    "unit",
    "scale",
    "attribute",
    "code",
    "flag",
    "number",
    "integer",
    "text",
    "year",
]


@dataclass(frozen=True)
class Column:
    """One column of an extract: field identifier, Dutch header, and how it is read.

    ``attribute`` names the classification in ``data/reference/attributes`` that its codes come
    from, ``codes`` a closed list. A sensitive column is masked in the quarantine. A column that is
    not ``stored`` serves a check only. ``open_end``: year 9999 means "no end".
    """

    field: str
    header: str
    kind: Kind
    required: bool = False
    sensitive: bool = False
    attribute: str = ""
    codes: tuple[str, ...] = ()
    open_end: bool = False
    stored: bool = True


MOVEMENT_KINDS = (
    "inflow",
    "promotion",
    "horizontal",
    "demotion",
    "reclassification",
    "acting",
    "exit",
)
NO_TARGET = "none"
"""Status of a row that says: there is no target here."""
TARGET_STATUSES = ("hard", "ambition", NO_TARGET)

PERSONEEL = (
    Column("reference_date", "peildatum", "date", required=True),
    Column("person_number", "personeelsnummer", "key", required=True, sensitive=True),
    Column("unit", "organisatie_eenheid", "unit", required=True),
    Column("scale", "salarisschaal", "scale", required=True),
    Column("job_scale", "functieschaal", "scale"),
    Column("gender", "geslacht", "attribute", attribute="gender"),
    Column("birth_date", "geboortedatum", "birth", sensitive=True),
    Column("origin", "herkomst", "attribute", sensitive=True, attribute="origin"),
    Column("origin_status", "herkomst_status", "code", sensitive=True, attribute="origin"),
    Column("born_in_nl", "geboren_in_nl", "flag", sensitive=True),
    Column("location_group", "standplaatsgroep", "attribute", attribute="location_group"),
    Column("contract", "aanstelling", "attribute", attribute="contract"),
    Column("fte", "deeltijdfactor", "number"),
    Column("hire_date", "datum_in_dienst", "date"),
    Column("end_date", "datum_uit_dienst", "date", open_end=True, stored=False),
    Column("function_family", "functiefamilie", "text"),
    Column("is_manager", "leidinggevend", "flag"),
)

ORGANISATIE = (
    Column("code", "code", "unit", required=True),
    Column("name_nl", "naam_nl", "text", required=True),
    Column("name_en", "naam_en", "text"),
    Column("parent", "bovenliggend", "unit"),
    Column("level", "niveau", "integer", required=True),
    Column("valid_from", "geldig_van", "date", required=True),
    Column("valid_to", "geldig_tot", "date", open_end=True),
    Column("successor_of", "opvolger_van", "unit"),
)

MUTATIES = (
    Column("person_number", "personeelsnummer", "key", required=True, sensitive=True),
    Column("effective_date", "ingangsdatum", "date", required=True),
    Column("kind", "soort", "code", required=True, codes=MOVEMENT_KINDS),
    Column("reason", "reden", "text", sensitive=True),
    Column("from_scale", "van_schaal", "scale"),
    Column("to_scale", "naar_schaal", "scale"),
    Column("from_unit", "van_eenheid", "unit"),
    Column("to_unit", "naar_eenheid", "unit"),
    Column("hire_date", "datum_in_dienst", "date", stored=False),
    Column("end_date", "einddatum", "date", open_end=True, stored=False),
)

STREEFCIJFERS = (
    Column("indicator", "indicator", "text", required=True),
    Column("scale_group", "schaalgroep", "code"),
    Column("unit", "eenheid", "unit"),
    Column("value", "waarde", "number", required=True),
    Column("year", "jaar", "integer", required=True),
    Column("status", "status", "code", required=True, codes=TARGET_STATUSES),
    Column("source", "bron", "text"),
)

BAROMETER_KINDS = ("organisation", "unit", "scale_group")
"""What a row of `cbs-barometer` is about: everybody, a unit, a band of scales of everybody."""

CBS_BAROMETER = (
    Column("reference_date", "peildatum", "date", required=True),
    Column("kind", "kenmerk", "code", required=True, codes=BAROMETER_KINDS),
    Column("subgroup", "subgroep", "code"),
    Column("size", "aantal", "integer", required=True),
    Column("pct_nl", "pct_nederland", "number", required=True),
    Column("pct_europe", "pct_europa", "number", required=True),
    Column("pct_outside", "pct_buiten_europa", "number", required=True),
)

EXIT_KINDS = (
    *("retirement", "early_retirement", "ill_health", "contract_expired", "agreement"),
    *("resignation_employer", "resignation_moving", "resignation_other", "dismissal", "other"),
)
RACISM_ROLES = ("yes", "no", "not_said")
RETURNS = ("yes", "no", "unsure")

EXIT_UITNODIGINGEN = (
    Column("person_number", "personeelsnummer", "key", required=True, sensitive=True),
    Column("year", "uitstroomjaar", "year", required=True),
    Column("invited", "uitgenodigd", "flag", required=True),
    Column("answered", "beantwoord", "flag", required=True),
)

EXIT_ANTWOORDEN = (
    Column("respondent", "respondent", "key", required=True, sensitive=True),
    Column("year", "uitstroomjaar", "year", required=True),
    Column("unit", "organisatie_eenheid", "unit"),
    Column("scale_group", "schaalgroep", "code"),
    Column("origin", "herkomst", "attribute", sensitive=True, attribute="origin"),
    Column("exit_kind", "soort_vertrek", "code", sensitive=True, codes=EXIT_KINDS),
    Column("reasons", "vertrekredenen", "code", sensitive=True),
    Column("racism_role", "racisme_speelde_rol", "code", sensitive=True, codes=RACISM_ROLES),
    Column("talked", "gesprek_gevoerd", "flag", sensitive=True),
    Column("would_return", "zou_terugkeren", "code", sensitive=True, codes=RETURNS),
)
DEEPEST_ANSWER = 2
"""Deepest level of a unit in `exit-antwoorden`: below it an answer points at a person."""

EXTRACTS: dict[str, tuple[Column, ...]] = {
    "personeel": PERSONEEL,
    "organisatie": ORGANISATIE,
    "mutaties": MUTATIES,
    "streefcijfers": STREEFCIJFERS,
    "cbs-barometer": CBS_BAROMETER,
    "exit-uitnodigingen": EXIT_UITNODIGINGEN,
    "exit-antwoorden": EXIT_ANTWOORDEN,
}
"""Every extract that can be loaded, by name."""

EXIT_EXTRACTS = frozenset({"exit-uitnodigingen", "exit-antwoorden"})
"""The exit monitor: kept by year, apart from the persons, and in no publication yet."""

BAROMETER = "cbs-barometer"
"""Shares per subgroup that CBS delivers: nobody's rows, and never counted with those of persons."""
APART = EXIT_EXTRACTS | {BAROMETER}
"""Extracts whose rows are not rows of persons or units: told apart from those."""

MAY_BE_EMPTY = EXIT_EXTRACTS | {"mutaties", "streefcijfers"}
"""Extracts in which "nothing happened" is a possible answer: a header without rows is taken."""


def column(extract: str, field: str) -> Column:
    """The declaration of one field.

    Raises:
        KeyError: the extract has no such field.
    """
    for declared in EXTRACTS[extract]:
        if declared.field == field:
            return declared
    raise KeyError(f"{extract}.{field}")


STAGED_PERSONEEL = pl.Schema(
    {
        "ref": pl.Date,
        "person": pl.String,
        "key_hi": pl.Int64,
        "key_lo": pl.Int64,
        "unit": pl.String,
        "scale": pl.Int16,
        "job_scale": pl.Int16,
        "origin": pl.String,
        "gender": pl.String,
        "age_band": pl.String,
        "contract": pl.String,
        "location_group": pl.String,
        "fte_milli": pl.Int32,
        "hire_date": pl.Date,
        "born_in_nl": pl.Boolean,
        "function_family": pl.String,
        "is_manager": pl.Boolean,
    }
)
STAGED_ORGANISATIE = pl.Schema(
    {
        "code": pl.String,
        "name_nl": pl.String,
        "name_en": pl.String,
        "parent": pl.String,
        "level": pl.Int16,
        "valid_from": pl.Date,
        "valid_to": pl.Date,
        "successor_of": pl.String,
    }
)
STAGED_MUTATIES = pl.Schema(
    {
        "person": pl.String,
        "effective": pl.Date,
        "kind": pl.String,
        "reason": pl.String,
        "from_scale": pl.Int16,
        "to_scale": pl.Int16,
        "from_unit": pl.String,
        "to_unit": pl.String,
    }
)
STAGED_STREEFCIJFERS = pl.Schema(
    {
        "indicator": pl.String,
        "scale_group": pl.String,
        "unit": pl.String,
        "value": pl.Float64,
        "year": pl.Int32,
        "status": pl.String,
        "source": pl.String,
    }
)
STAGED_BAROMETER = pl.Schema(
    {
        "ref": pl.Date,
        "unit": pl.String,
        "scale_group": pl.String,
        "size": pl.Int32,
        "pct_nl": pl.Int16,
        "pct_europe": pl.Int16,
        "pct_outside": pl.Int16,
    }
)
STAGED_INVITATIONS = pl.Schema(
    {
        "year": pl.Int16,
        "person": pl.String,
        "invited": pl.Boolean,
        "answered": pl.Boolean,
    }
)
STAGED_ANSWERS = pl.Schema(
    {
        "year": pl.Int16(),
        "respondent": pl.String(),
        "unit": pl.String(),
        "scale_group": pl.String(),
        "origin": pl.String(),
        "exit_kind": pl.String(),
        "racism_role": pl.String(),
        "talked": pl.Boolean(),
        "would_return": pl.String(),
        "reasons": pl.List(pl.String()),
        "items": pl.List(
            pl.Struct({"item": pl.String(), "theme": pl.String(), "score": pl.Int8()})
        ),
    }
)
STAGED_PRESENCE = pl.Schema({"ref": pl.Date, "person": pl.String})
QUARANTINE = pl.Schema(
    {
        "rule": pl.String,
        "reason": pl.String,
        "file": pl.String,
        "line": pl.Int64,
        "row": pl.String,
    }
)


@dataclass(frozen=True)
class Rule:
    """A rule that a row must pass; a row that fails goes to quarantine under its id."""

    key: str
    label_nl: str
    label_en: str


_RULES = (
    Rule(
        "row_shape",
        "De rij heeft een ander aantal velden dan de kop",
        "The row has another number of fields than the header",
    ),
    Rule("key_missing", "Het personeelsnummer ontbreekt", "The personnel number is missing"),
    Rule(
        "key_damaged",
        "Het personeelsnummer is door een rekenblad beschadigd",
        "The personnel number was damaged by a spreadsheet",
    ),
    Rule(
        "duplicate_row",
        "De rij is gelijk aan een eerdere rij",
        "The row is equal to an earlier row",
    ),
    Rule("date_missing", "Een verplichte datum ontbreekt", "A required date is missing"),
    Rule(
        "date_invalid",
        "De datum staat in geen van de afgesproken vormen",
        "The date is in none of the agreed formats",
    ),
    Rule("date_future", "De datum ligt in de toekomst", "The date lies in the future"),
    Rule("date_order", "De datums staan in de verkeerde volgorde", "The dates are out of order"),
    Rule("scale_missing", "De salarisschaal ontbreekt", "The salary scale is missing"),
    Rule(
        "scale_invalid",
        "De waarde is geen schaal uit de schalentabel",
        "The value is no scale of the scale table",
    ),
    Rule("unit_missing", "De organisatie-eenheid ontbreekt", "The unit is missing"),
    Rule(
        "unit_unknown",
        "De eenheid staat niet in het extract organisatie",
        "The unit is not in the organisation extract",
    ),
    Rule(
        "unit_not_valid",
        "De eenheid is niet geldig op de peildatum",
        "The unit is not valid on the reference date",
    ),
    Rule("number_invalid", "De waarde is geen getal", "The value is not a number"),
    Rule(
        "fte_range",
        "De deeltijdfactor valt buiten de grenzen",
        "The part-time factor is out of range",
    ),
    Rule("age_range", "De leeftijd valt buiten de grenzen", "The age is out of range"),
    Rule(
        "code_unknown",
        "De code staat niet in de codelijst",
        "The code is not in the code list",
    ),
    Rule(
        "free_text",
        "De waarde is te lang voor een code en wordt niet bewaard",
        "The value is too long for a code and is not stored",
    ),
    Rule("value_missing", "Een verplichte waarde ontbreekt", "A required value is missing"),
)
_EXIT_RULES = (
    Rule(
        "duplicate_key",
        "Wie dit is, staat al in een eerdere rij van het bestand",
        "Who this is stands in an earlier row of the file",
    ),
    Rule(
        "not_invited",
        "Er is een antwoord van iemand die niet is uitgenodigd",
        "There is an answer of somebody who was not invited",
    ),
    Rule(
        "unit_too_deep",
        "De eenheid ligt dieper dan antwoorden bewaard mogen worden",
        "The unit lies deeper than answers may be stored",
    ),
)
"""Rules of the exit monitor alone."""
_BAROMETER_RULES = (
    Rule(
        "date_no_period_end",
        "De datum is geen einde van een periode van deze organisatie",
        "The date does not end a period of this organisation",
    ),
    Rule(
        "subgroup_small",
        "De subgroep is kleiner dan het CBS mag leveren",
        "The subgroup is smaller than CBS may deliver",
    ),
    Rule(
        "subgroup_again",
        "De subgroep staat al in een eerdere rij met deze peildatum",
        "The subgroup stands in an earlier row of this reference date",
    ),
    Rule(
        "percent_invalid",
        "Het percentage is geen heel getal van 0 tot en met 100",
        "The percentage is no whole number from 0 to 100",
    ),
    Rule(
        "percent_sum",
        "De drie percentages tellen niet op tot 99, 100 of 101",
        "The three percentages do not add up to 99, 100 or 101",
    ),
)
"""Rules of `cbs-barometer` alone."""
PUBLISHED_RULES: dict[str, Rule] = {rule.key: rule for rule in _RULES}
"""Row rules that a publication counts, by id."""
RULES: dict[str, Rule] = PUBLISHED_RULES | {
    rule.key: rule for rule in (*_EXIT_RULES, *_BAROMETER_RULES)
}
"""Every row rule by id."""
