"""Direct identifiers at the door: names, BSN, e-mail and addresses refuse the whole file."""

from __future__ import annotations

import re
import unicodedata

import polars as pl

from etl.errors import RefusedInput
from etl.extract import Extract


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text))


_ALWAYS = _words("""
    bsn burgerservicenummer sofi sofinummer ssn perid achternaam voornaam voornamen roepnaam
    voorletters initialen tussenvoegsel geboortenaam surname firstname lastname fullname forename
    initials nachn vorna ename mailadres telefoon telefoonnummer telnr phone telephone postcode
    huisnummer straat straatnaam woonplaats woonadres stras pstlz street zipcode iban bankrekening
    rekeningnummer paspoortnummer passport
""")
"""A header with one of these words is an identifier, whatever stands beside it."""
_ALONE = _words("naam name adres address mail mobiel mobile")
"""These are one when nothing else, or only words for a person, stands beside them."""
_PERSON = _words("""
    medewerker werknemer ambtenaar persoon employee person staff worker volledige full first last
    given family middle birth home eigen own manager leidinggevende nummer number
""")
_STARTS = ("bsn", "burgerservice", "email")
_DIGITS_9 = r"^\d{9}$"
_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)


def is_identifier(header: str) -> bool:
    """Whether a header names a direct identifier of a person."""
    plain = unicodedata.normalize("NFKD", header).encode("ascii", "ignore").decode()
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", re.sub(r"(?i)\be[-_ ]?mail", "email", plain))
    words = {word for word in re.split(r"[^a-z0-9]+", spaced.casefold()) if word}
    joined = "".join(re.findall(r"[a-z]+", plain.casefold()))
    if words & _ALWAYS or joined in _ALWAYS or any(w.startswith(_STARTS) for w in words):
        return True
    return bool(words & _ALONE) and words <= _ALONE | _PERSON


def bsn_share(values: pl.Series) -> float:
    """The share of the distinct non-empty values that pass the 11-test of a BSN (0 to 1)."""
    texts = bare(values).unique()
    candidates = texts.filter(has_nine_digits(texts))
    return share_of(len(texts), len(candidates), int(passes_eleven(candidates).sum()))


def bare(values: pl.Series) -> pl.Series:
    """Values without the blanks and points that numbers are written with; none that are null."""
    return values.drop_nulls().str.replace_all(r"[ .]", "")


def has_nine_digits(values: pl.Series) -> pl.Series:
    """Which bare values have the length of a BSN."""
    return values.str.contains(_DIGITS_9)


def passes_eleven(candidates: pl.Series) -> pl.Series:
    """Which values of nine digits pass the 11-test."""
    total = pl.sum_horizontal(
        pl.col("v").str.slice(i, 1).cast(pl.Int32) * weight for i, weight in enumerate(_WEIGHTS)
    )
    return pl.DataFrame({"v": candidates}).select((total % 11 == 0).alias("v"))["v"]


def share_of(texts: int, candidates: int, passing: int) -> float:
    """The share of distinct values that pass; one number of nine digits alone tells nothing."""
    return passing / texts if candidates > 1 else 0.0


def check_identifiers(extract: Extract, numbers: set[str], unit_names: set[str]) -> None:
    """Refuse a file with direct identifiers of persons; no value is ever shown.

    Args:
        extract: the file as read.
        numbers: headers mapped as the person number; their content may look like a BSN.
        unit_names: headers mapped as the name of a unit, so that ``naam`` is one there.

    Raises:
        RefusedInput: naming the column.
    """
    for header in extract.headers:
        if header not in unit_names and is_identifier(header):
            raise _refused(extract, header, "its header names a direct identifier")
        if header not in numbers:
            check_share(extract, header, bsn_share(extract.frame[header]))


def check_share(extract: Extract, header: str, share: float) -> None:
    """Refuse a column of which most distinct values pass the 11-test.

    Raises:
        RefusedInput: naming the column.
    """
    if share > 0.5:
        raise _refused(extract, header, "most of its values pass the 11-test of a BSN")


def _refused(extract: Extract, header: str, why: str) -> RefusedInput:
    return RefusedInput(
        "The file holds a direct identifier of persons and is refused as a whole",
        where=f"{extract.path.name}, column {header}",
        expected="no name, BSN, e-mail, telephone or address",
        got=why,
        next_step="leave the column out of the export and destroy this file",
    )
