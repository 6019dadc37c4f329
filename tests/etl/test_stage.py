"""Clean rows -> staged rows: main employment, ages, codes, presence, keys."""

from __future__ import annotations

import gzip
import hashlib
import string
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.domain import Reference
from etl.errors import RefusedInput
from etl.mapping import load_mapping
from etl.pseudonym import Keys
from etl.schemas import QUARANTINE, STAGED_PERSONEEL, STAGED_PRESENCE
from etl.settings import Settings
from etl.stage import stage
from tests.etl.dirty_files import HEADER, KEYS, NOW, ROWS, stage_bytes, text, units


def person(number: str) -> str:
    """The pseudonym by its definition, not by the code under test."""
    return hashlib.blake2b(number.encode(), key=KEYS.key("pseudonym"), digest_size=16).hexdigest()


def test_staged_row(tmp_path: Path) -> None:
    staged = stage_bytes(tmp_path, text(ROWS[1]))
    assert staged.rows.schema == STAGED_PERSONEEL
    assert staged.quarantine.schema == QUARANTINE
    row = staged.rows.row(0, named=True)
    record = hashlib.blake2b(
        person("00012302").encode(), key=KEYS.key("record"), digest_size=8
    ).digest()
    assert row == {
        "ref": date(2025, 12, 31),
        "person": person("00012302"),
        "key_hi": int.from_bytes(record[:4], "big"),
        "key_lo": int.from_bytes(record[4:], "big"),
        "unit": "A1",
        "scale": 14,
        "job_scale": None,
        "origin": "suriname",
        "gender": "M",
        "age_band": "35-44",  # born 1 January 1986: 39
        "contract": "onbekend",
        "location_group": "onbekend",
        "fte_milli": 800,
        "hire_date": date(2015, 3, 1),
        "born_in_nl": None,
        "function_family": None,
        "is_manager": None,
    }
    assert staged.reference_dates == [date(2025, 12, 31)]


@pytest.mark.parametrize(
    ("born", "band"),
    [
        ("31-12-2000", "25-34"),  # 25 on the day itself
        ("01-01-2001", "<25"),
        ("31-12-1990", "35-44"),
        ("01-01-1991", "25-34"),
        ("31-12-1970", "55+"),
        ("01-01-1971", "45-54"),
        ("2000", "25-34"),
        ("2001", "<25"),
        ("", "onbekend"),
    ],
)
def test_age_band_at_the_reference_date(tmp_path: Path, born: str, band: str) -> None:
    staged = stage_bytes(tmp_path, text(ROWS[0].replace("31-12-1985", born)))
    assert staged.rows["age_band"].to_list() == [band]


@pytest.mark.parametrize(("born", "band"), [("30-06-2000", "25-34"), ("01-07-2000", "<25")])
def test_age_within_the_year(tmp_path: Path, born: str, band: str) -> None:
    row = ROWS[0].replace("31-12-2025", "30-06-2025").replace("31-12-1985", born)
    assert stage_bytes(tmp_path, text(row)).rows["age_band"].to_list() == [band]


def employments(directory: Path, *rows: tuple[str, str, str]) -> tuple[str, int, int | None]:
    """Unit, scale and fte of one person with these employments (unit, scale, part-time factor)."""
    lines = [f"31-12-2025;7;{unit};{scale};V;;;{fte};" for unit, scale, fte in rows]
    staged = stage_bytes(directory, text(*lines))
    assert staged.rows_kept == len(rows)
    return staged.rows.select("unit", "scale", "fte_milli").row(0)


def test_main_employment(tmp_path: Path) -> None:
    assert employments(tmp_path, ("A1", "5", "0,4"), ("B", "4", "0,5")) == ("B", 4, 900)
    assert employments(tmp_path, ("A1", "5", "0,5"), ("B", "6", "0,5")) == ("B", 6, 1000)
    assert employments(tmp_path, ("B", "5", "0,5"), ("A1", "5", "0,5")) == ("A1", 5, 1000)
    assert employments(tmp_path, ("B", "5", "0,333"), ("A1", "5", "0,333")) == ("A1", 5, 666)


def test_fte_is_unknown_when_one_of_them_is(tmp_path: Path) -> None:
    assert employments(tmp_path, ("A1", "15", ""), ("B", "4", "0,5")) == ("B", 4, None)


def test_a_refused_employment_leaves_the_other(tmp_path: Path) -> None:
    rows = ("31-12-2025;7;A1;14a;V;;;0,5;", "31-12-2025;7;B;4;V;;;0,4;")
    staged = stage_bytes(tmp_path, text(*rows))
    assert staged.rows.select("unit", "fte_milli").row(0) == ("B", 400)
    assert (staged.rows_read, staged.rows_kept, staged.rows_refused) == (2, 1, 1)


def test_missing_column_of_the_part_time_factor(tmp_path: Path) -> None:
    staged = stage_bytes(tmp_path, text().replace("deeltijdfactor", "dienstverband"))
    assert staged.rows["fte_milli"].null_count() == 3


@pytest.mark.parametrize(
    ("origin", "status", "leaf"),
    [
        ("suriname", "", "suriname"),
        ("Suriname", "opgegeven", "suriname"),
        ("suriname", "bezwaar", "bezwaar"),  # an objection goes before whatever was known
        ("", "niet opgegeven", "niet_opgegeven"),
        ("", "niet gevraagd", "onbekend"),
        ("", "", "onbekend"),
        ("Indonesië", "", "indonesie"),
    ],
)
def test_origin_and_its_status(tmp_path: Path, origin: str, status: str, leaf: str) -> None:
    row = f"31-12-2025;7;A1;10;V;;{origin};1;;{status}"
    staged = stage_bytes(tmp_path, text(row, header=HEADER + ";herkomst_status"))
    assert staged.rows["origin"].to_list() == [leaf]


def test_flags_and_words(tmp_path: Path) -> None:
    header = "peildatum;personeelsnummer;organisatie_eenheid;salarisschaal;geslacht;aanstelling;"
    header += "standplaatsgroep;geboren_in_nl;leidinggevend;functiefamilie;functieschaal"
    row = "20251231;7;A1;10;Vrouw;Vaste aanstelling;Den Haag (NL);Ja;nee;Beleid;11"
    staged = stage_bytes(tmp_path, text(row, header=header)).rows
    assert staged.select(
        "gender", "contract", "location_group", "born_in_nl", "is_manager", "function_family",
        "job_scale",
    ).row(0) == ("V", "vast", "den_haag", True, False, "Beleid", 11)  # fmt: skip


def test_presence_holds_refused_persons(tmp_path: Path) -> None:
    rows = (
        ROWS[0],
        ROWS[1].replace(";14;", ";14a;"),
        ROWS[2].replace("31-12-2025", "2025/12/31"),  # belongs to the one date of the file
        "31-12-2025;;A1;10;V;;;1;",
        "31-12-2025;6,34581E+17;A1;10;V;;;1;",
    )
    staged = stage_bytes(tmp_path, text(*rows))
    assert staged.presence is not None
    assert staged.presence.schema == STAGED_PRESENCE
    day = date(2025, 12, 31)
    expected = {(day, person(number)) for number in ("00012301", "00012302", "00012303")}
    assert set(staged.presence.rows()) == expected
    assert staged.rows["person"].to_list() == [person("00012301")]


def test_two_dates_in_one_file(tmp_path: Path) -> None:
    rows = (ROWS[0], ROWS[0].replace("31-12-2025", "30-09-2025"), "x;9;A1;10;V;;;1;")
    staged = stage_bytes(tmp_path, text(*rows))
    assert staged.rows["ref"].to_list() == [date(2025, 9, 30), date(2025, 12, 31)]
    # The date of the unreadable row is nobody's guess.
    assert staged.presence is not None
    assert staged.presence.height == 2


def test_ids_keep_their_zeros_and_lose_their_blanks(tmp_path: Path) -> None:
    rows = ("31-12-2025;007;A1;10;V;;;1;", "31-12-2025; 7 ;A1;10;V;;;1;")
    staged = stage_bytes(tmp_path, text(*rows))
    assert set(staged.rows["person"]) == {person("007"), person("7")}


def test_no_personnel_number_leaves_the_stage(tmp_path: Path) -> None:
    staged = stage_bytes(tmp_path, text(*ROWS, ROWS[0].replace(";10;", ";14a;")))
    everything = staged.rows.write_csv() + staged.quarantine.write_csv()
    assert staged.presence is not None
    everything += staged.presence.write_csv()
    assert "000123" not in everything
    assert "1985" not in everything


def test_movements(tmp_path: Path) -> None:
    header = (
        "personeelsnummer;ingangsdatum;soort;reden;van_schaal;naar_schaal;van_eenheid;naar_eenheid"
    )
    rows = ("7;01-10-2025;Promotie;sollicitatie;13;14;A1;OUD", "7;31-12-2025;uitstroom;;;;;")
    staged = stage_bytes(tmp_path, text(*rows, header=header), "mutaties_2025.csv")
    assert staged.rows.rows() == [
        (person("7"), date(2025, 10, 1), "promotion", "sollicitatie", 13, 14, "A1", "OUD"),
        (person("7"), date(2025, 12, 31), "exit", None, None, None, None, None),
    ]
    assert staged.presence is None


def test_targets(tmp_path: Path) -> None:
    header = "indicator;schaalgroep;eenheid;waarde;jaar;status"
    rows = ("share;14+;;5,5;2028;ambitie", "share;>=14;A;5;2027;Hard", "share;;;11;2027;geen")
    staged = stage_bytes(tmp_path, text(*rows, header=header), "streefcijfers.csv")
    assert staged.rows.rows() == [
        ("share", ">=14", "MIN", 5.5, 2028, "ambition", None),
        ("share", ">=14", "A", 5.0, 2027, "hard", None),
        ("share", "all", "MIN", None, 2027, "none", None),
    ]


def test_targets_say_who_set_them_and_none_needs_no_value(tmp_path: Path) -> None:
    header = "indicator;schaalgroep;eenheid;waarde;jaar;status;bron"
    rows = ("share;;;11;2027;hard;Brief van 25-1-2023", "share;;A;;2027;geen;")
    staged = stage_bytes(tmp_path, text(*rows, header=header), "streefcijfers.csv")
    assert staged.rows.select("value", "source").rows() == [
        (11.0, "Brief van 25-1-2023"),
        (None, None),
    ]
    assert staged.quarantine.is_empty()


def test_sap(tmp_path: Path) -> None:
    mapping = load_mapping("sap-hr")
    path = tmp_path / "PA_20251231.csv"
    path.write_text(
        "PERNR;ORGEH;TRFGR;TRFST;GESCH;GBDAT;EMPCT;BEGDA;ENDDA\n"
        "4711;50000100;08;03;2;19851231;80,00;20150301;99991231\n"
        "4712;50000100;13;10;1;00000000;100,00;20150301;20251230\n"
    )
    known = units(("MIN", None, 1, "2020-01-01", None), ("50000100", "MIN", 2, "2020-01-01", None))
    staged = stage(path, mapping.extract_for(path), mapping, Reference(), known, KEYS, NOW)
    row = staged.rows.row(0, named=True)
    assert (row["person"], row["scale"], row["gender"]) == (person("00004711"), 8, "V")
    assert (row["fte_milli"], row["age_band"]) == (800, "35-44")
    assert staged.quarantine.select("rule", "line").rows() == [("date_order", 3)]

    path = tmp_path / "it0000.csv"
    path.write_text("PERNR;BEGDA;ENDDA;MASSN;MASSG\n4711;20251001;99991231;1;02\n")
    moves = stage(path, mapping.extract_for(path), mapping, Reference(), known, KEYS, NOW)
    assert moves.rows.select("person", "kind", "reason").row(0) == (
        person("00004711"), "inflow", "02",
    )  # fmt: skip


VALUES = st.sampled_from(
    ["", "7", "8", "6,34581E+17", "31-12-2025", "31-12-2031", "14", "14a", "A1", "ZZ", "OUD", "V",
     "suriname", "0,8", "9", "1985", "1,0", "ja", "x" * 70, "01-01-2020", "-1"]
)  # fmt: skip
LINES = st.lists(st.lists(VALUES, min_size=7, max_size=10), min_size=1, max_size=12)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(LINES, st.data())
def test_no_row_is_lost(tmp_path: Path, rows: list[list[str]], data: st.DataObject) -> None:
    for row in rows:  # mostly rows that could pass, so that both sides are met
        if data.draw(st.booleans()):
            row[:9] = ["31-12-2025", data.draw(st.sampled_from("789")), "A1", "10"] + [""] * 5
    read = [i for i, row in enumerate(rows, start=2) if any(row)]
    content = text(*(";".join(row) for row in rows))
    try:
        staged = stage_bytes(tmp_path, content)
    except RefusedInput as refused:
        assert "Most personnel numbers" in refused.what or not read  # noqa: PT017
        return
    assert staged.rows_read == len(read)
    assert staged.rows_kept + staged.rows_refused == staged.rows_read
    assert staged.quarantine["line"].is_in(read).all()
    assert staged.quarantine["line"].is_unique().all()
    kept = {line for line in read if line not in set(staged.quarantine["line"])}
    numbers = {(rows[line - 2][0], rows[line - 2][1]) for line in kept}
    assert staged.rows.height == len(numbers)
    assert staged.presence is not None
    assert set(staged.rows["person"]) <= set(staged.presence["person"])


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.booleans(),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 9), st.binary(max_size=3)), max_size=6),
)
def test_damaged_bytes_are_refused_or_accounted_for(
    tmp_path: Path, zipped: bool, damage: list[tuple[int, int, bytes]]
) -> None:
    content = bytearray(gzip.compress(text().encode(), mtime=0) if zipped else text().encode())
    for place, length, instead in damage:
        content[place : place + length] = instead
    try:
        staged = stage_bytes(tmp_path, bytes(content))
    except RefusedInput as refused:
        assert refused.where  # noqa: PT017
        return
    assert staged.rows.height <= staged.rows_kept == staged.rows_read - staged.rows_refused


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(string.digits, min_size=1, max_size=9), max_size=20))
def test_pseudonyms_tell_persons_apart(numbers: list[str]) -> None:
    hashed = KEYS.pseudonyms(pl.Series(numbers, dtype=pl.String)).to_list()
    assert hashed == [person(number) for number in numbers]
    blanks = KEYS.pseudonyms(pl.Series([f" {number} " for number in numbers], dtype=pl.String))
    assert blanks.to_list() == hashed
    halves = KEYS.record_keys(pl.Series(hashed, dtype=pl.String))
    assert halves.schema == {"key_hi": pl.Int64, "key_lo": pl.Int64}
    assert all(0 <= value < 2**32 for row in halves.rows() for value in row)


def test_keys_are_made_once_and_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PSEUDONYM", "RECORD", "ROUNDING"):
        monkeypatch.delenv(f"AFSPIEGELING_{name}_KEY", raising=False)
    home = Settings(home=tmp_path)
    first, second = Keys.of(home), Keys.of(home)
    for name in ("pseudonym", "record", "rounding"):
        assert (home.keys / f"{name}.key").stat().st_mode & 0o777 == 0o600
        assert first.key(name) == second.key(name)
        assert first.fingerprint(name) == second.fingerprint(name)
    assert len({first.key(name) for name in ("pseudonym", "record", "rounding")}) == 3
    monkeypatch.setenv("AFSPIEGELING_PSEUDONYM_KEY", "ab" * 32)
    other = Keys.of(home)
    assert other.key("pseudonym") == b"\xab" * 32
    assert other.fingerprint("pseudonym") != first.fingerprint("pseudonym")
    assert other.fingerprint("record") == first.fingerprint("record")


@pytest.mark.parametrize(
    ("content", "mode", "says"),
    [
        ("zz", 0o600, "not written in hexadecimal"),
        ("abcd", 0o600, "wrong length"),
        ("ab" * 32, 0o640, "can be read by others"),
    ],
)
def test_bad_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, mode: int, says: str
) -> None:
    monkeypatch.delenv("AFSPIEGELING_RECORD_KEY", raising=False)
    home = Settings(home=tmp_path)
    home.keys.mkdir()
    path = home.keys / "record.key"
    path.write_text(content)
    path.chmod(mode)
    with pytest.raises(RefusedInput, match=says) as caught:
        Keys.of(home)
    assert "abab" not in caught.value.paragraph()
