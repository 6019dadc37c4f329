"""Every kind of bad input: a paragraph with what, where and what next, or a rule and a line."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from etl.errors import RefusedInput
from etl.schemas import RULES
from tests.etl.dirty_files import HEADER, ROWS, spoiled, stage_bytes, text


def refusal(
    directory: Path, content: str | bytes, name: str = "personeel.csv", **how: object
) -> str:
    """The paragraph with which a file is refused; its exit code is 2."""
    with pytest.raises(RefusedInput) as caught:
        stage_bytes(directory, content, name, **how)
    assert caught.value.exit_code == 2
    assert name in (caught.value.where or "")
    assert caught.value.next_step
    return caught.value.paragraph()


def refused_row(
    directory: Path, content: str | bytes, name: str = "personeel.csv"
) -> tuple[str, int]:
    """Rule and line of the one row in quarantine; the others are kept."""
    staged = stage_bytes(directory, content, name)
    assert staged.rows_refused == 1
    assert staged.rows_kept == staged.rows_read - 1
    row = staged.quarantine.row(0, named=True)
    assert row["file"] == name
    assert row["reason"].startswith(RULES[row["rule"]].label_nl)
    return row["rule"], row["line"]


# --- files that are refused as a whole ------------------------------------------------------------


def test_missing_column(tmp_path: Path) -> None:
    paragraph = refusal(tmp_path, text().replace("salarisschaal", "trede"))
    assert "A required column is missing" in paragraph
    assert "Expected: a column salarisschaal (scale)" in paragraph
    assert "Got: the columns peildatum, personeelsnummer, organisatie_eenheid, trede" in paragraph


def test_missing_header_shows_nobodys_data(tmp_path: Path) -> None:
    paragraph = refusal(tmp_path, "\n".join(ROWS))
    assert "Required columns are missing" in paragraph
    assert "9 columns, none with a header that the mapping knows" in paragraph
    assert "00012301" not in paragraph
    assert "1985" not in paragraph


def test_wrong_delimiter(tmp_path: Path) -> None:
    paragraph = refusal(tmp_path, text(), delimiter=",")
    assert "one column where several were expected" in paragraph
    assert "Expected: comma between columns. Got: semicolon between columns" in paragraph
    assert 'delimiter = "auto"' in paragraph


def test_unknown_delimiter(tmp_path: Path) -> None:
    paragraph = refusal(tmp_path, text().replace(";", "^"))
    assert "one column where several were expected" in paragraph
    assert "Got: a header of one column" in paragraph


def test_mixed_encodings(tmp_path: Path) -> None:
    header = HEADER + ";functiefamilie"
    rows = [ROWS[0] + ";Coördinatie", ROWS[1] + ";Advisering", ROWS[2] + ";Financiën"]
    utf8, plain, cp1252 = rows[0].encode(), rows[1].encode(), rows[2].encode("cp1252")
    paragraph = refusal(tmp_path, b"\n".join([header.encode(), utf8, plain, cp1252]))
    assert "mixes two encodings" in paragraph
    assert "personeel.csv, line 4" in paragraph
    assert "UTF-8 in line 2, a byte that is not UTF-8 in line 4" in paragraph


def test_byte_outside_every_encoding(tmp_path: Path) -> None:
    content = (text() + "x").encode().replace(b"B;7", b"\x81;7")
    paragraph = refusal(tmp_path, content)
    assert "cannot be read as cp1252" in paragraph
    assert "line 4" in paragraph
    assert "0x81" in paragraph


@pytest.mark.parametrize(
    "content",
    [b"", b"\n\r\n  \n", b"\xef\xbb\xbf", gzip.compress(b"\n", mtime=0)],
    ids=["nothing", "blank lines", "a BOM", "a blank line in gzip"],
)
def test_empty_file(tmp_path: Path, content: bytes) -> None:
    assert "The file is empty" in refusal(tmp_path, content)


def test_only_a_header(tmp_path: Path) -> None:
    assert "a header and no rows" in refusal(tmp_path, HEADER + "\n")


def test_no_movements_is_an_answer(tmp_path: Path) -> None:
    staged = stage_bytes(tmp_path, "personeelsnummer;ingangsdatum;soort\n", "mutaties.csv")
    assert (staged.rows_read, staged.rows.height) == (0, 0)


@pytest.mark.parametrize(("kept", "says"), [(0.9, "cut off"), (0.5, "cut off")])
def test_truncated_gzip(tmp_path: Path, kept: float, says: str) -> None:
    data = gzip.compress(text(*ROWS * 50).encode())
    paragraph = refusal(tmp_path, data[: int(len(data) * kept)], "personeel.csv.gz")
    assert says in paragraph
    assert "a complete gzip file" in paragraph


def test_damaged_gzip(tmp_path: Path) -> None:
    data = bytearray(gzip.compress(text().encode()))
    data[-6] ^= 0xFF  # the checksum
    assert "damaged" in refusal(tmp_path, bytes(data), "personeel.csv.gz")


def test_nul_bytes(tmp_path: Path) -> None:
    paragraph = refusal(tmp_path, text().encode().replace(b"A1;14", b"A1;\x0014"))
    assert "NUL bytes" in paragraph
    assert "line 3" in paragraph


def book(path: Path, *sheets: str) -> bytes:
    """A spreadsheet with the clean rows on each sheet, and one empty sheet."""
    with xlsxwriter.Workbook(path) as workbook:
        for name in sheets:
            sheet = workbook.add_worksheet(name)
            for line, row in enumerate((HEADER, *ROWS)):
                sheet.write_row(line, 0, row.split(";"))
        workbook.add_worksheet("leeg")
    return path.read_bytes()


def test_one_sheet_too_many(tmp_path: Path) -> None:
    content = book(tmp_path / "b.xlsx", "Blad1", "Blad2")
    paragraph = refusal(tmp_path, content, "personeel.xlsx")
    assert "more than one sheet with data" in paragraph
    assert "Blad1, Blad2" in paragraph
    assert stage_bytes(tmp_path, content, "personeel.xlsx", sheet="Blad2").rows_kept == 3
    assert "no such sheet" in refusal(tmp_path, content, "personeel.xlsx", sheet="Blad3")


def test_an_empty_sheet_beside_is_no_matter(tmp_path: Path) -> None:
    content = book(tmp_path / "b.xlsx", "Blad1")
    assert stage_bytes(tmp_path, content, "personeel.xlsx").rows_kept == 3


def test_damaged_spreadsheet_and_parquet(tmp_path: Path) -> None:
    content = book(tmp_path / "b.xlsx", "Blad1")
    assert "spreadsheet cannot be read" in refusal(tmp_path, content[:-400], "personeel.xlsx")
    assert "Parquet file cannot be read" in refusal(
        tmp_path, b"PAR1" + b"x" * 99, "personeel.parquet"
    )
    assert "old or a protected Excel file" in refusal(
        tmp_path, b"\xd0\xcf\x11\xe0" + b"x" * 99, "personeel.xls"
    )


def test_header_twice(tmp_path: Path) -> None:
    paragraph = refusal(tmp_path, text().replace("herkomst", "Geslacht"))
    assert "A column occurs twice" in paragraph
    assert "columns 5, 7" in paragraph


def test_quote_that_is_never_closed(tmp_path: Path) -> None:
    paragraph = refusal(tmp_path, text().replace("A1;14", '"A1;14'))
    assert "A quoted field is not closed" in paragraph
    assert "line 3" in paragraph


@pytest.mark.parametrize(
    "header",
    ["BSN", "bsn_nummer", "Naam", "Achternaam", "voornaam", "E-mail", "emailadres", "Adres",
     "Volledige naam", "NaamMedewerker", "last name", "surname", "Telefoonnummer", "address"],
)  # fmt: skip
def test_identifier_by_its_header(tmp_path: Path, header: str) -> None:
    content = text(*(row + ";geheim" for row in ROWS), header=f"{HEADER};{header}")
    paragraph = refusal(tmp_path, content)
    assert "direct identifier" in paragraph
    assert f"column {header}" in paragraph
    assert "geheim" not in paragraph


@pytest.mark.parametrize(
    "header",
    ["functienaam", "naam_afdeling", "unit_description", "naam_nl", "mailgroep", "bestand"],
)
def test_names_of_things_are_no_identifiers(tmp_path: Path, header: str) -> None:
    content = text(*(row + ";x" for row in ROWS), header=f"{HEADER};{header}")
    assert stage_bytes(tmp_path, content).rows_kept == 3


# Three numbers that pass the 11-test, made up digit by digit (9*1+8*1+...-d = 0 mod 11).
BSN = ("111222333", "123456782", "000000012")


def test_identifier_by_its_content(tmp_path: Path) -> None:
    rows = [f"{row};{bsn}" for row, bsn in zip(ROWS, BSN, strict=True)]
    paragraph = refusal(tmp_path, text(*rows, header=HEADER + ";kenmerk"))
    assert "11-test of a BSN" in paragraph
    assert "column kenmerk" in paragraph
    assert not any(bsn in paragraph for bsn in BSN)


def test_nine_digits_that_fail_the_11_test_pass(tmp_path: Path) -> None:
    rows = [f"{row};{int(bsn) + 1:09d}" for row, bsn in zip(ROWS, BSN, strict=True)]
    assert stage_bytes(tmp_path, text(*rows, header=HEADER + ";kenmerk")).rows_kept == 3


def test_a_person_number_may_look_like_a_bsn(tmp_path: Path) -> None:
    rows = [row.replace(f"0001230{i + 1}", BSN[i]) for i, row in enumerate(ROWS)]
    assert stage_bytes(tmp_path, text(*rows)).rows_kept == 3


def test_most_ids_damaged(tmp_path: Path) -> None:
    rows = [ROWS[0], *(row.replace(row.split(";")[1], "6,34581E+17") for row in ROWS[1:])]
    paragraph = refusal(tmp_path, text(*rows))
    assert "Most personnel numbers were damaged" in paragraph
    assert "column personeelsnummer" in paragraph


def test_personnel_before_any_organisation(tmp_path: Path) -> None:
    from etl.domain import Reference
    from etl.stage import stage
    from tests.etl.dirty_files import KEYS, NOW, RIJK

    (tmp_path / "personeel.csv").write_text(text())
    with pytest.raises(RefusedInput, match="organisation is not known yet"):
        stage(tmp_path / "personeel.csv", "personeel", RIJK, Reference(), pl.DataFrame(), KEYS, NOW)


def test_a_missing_file(tmp_path: Path) -> None:
    from etl.extract import read_extract

    with pytest.raises(RefusedInput, match="cannot be read"):
        read_extract(tmp_path / "nergens.csv")


# --- odd forms that are read all the same ---------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(text(end="\r").encode(), id="bare CR"),
        pytest.param(text(end="\r\n").encode("utf-8-sig"), id="BOM"),
        pytest.param(text().encode("utf-16"), id="UTF-16"),
        pytest.param(("sep=;\r\n" + text(end="\r\n")).encode(), id="sep line"),
        pytest.param(text().replace(";", "\t").encode(), id="tab"),
        pytest.param(text().replace(";", "|").encode(), id="pipe"),
        pytest.param(gzip.compress(text().encode()), id="gzip"),
        pytest.param((text() + ";;;;;;;;\n\n").encode(), id="empty rows at the end"),
    ],
)
def test_odd_forms(tmp_path: Path, content: bytes) -> None:
    expected = stage_bytes(tmp_path, text(), "personeel_plain.csv")
    staged = stage_bytes(tmp_path, content)
    assert staged.rows.equals(expected.rows)
    assert staged.rows_read == 3


# --- rows in quarantine ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("salarisschaal", "14a", "scale_invalid"),
        ("salarisschaal", "0", "scale_invalid"),
        ("salarisschaal", "23", "scale_invalid"),
        ("salarisschaal", "", "scale_missing"),
        ("organisatie_eenheid", "C9", "unit_unknown"),
        ("organisatie_eenheid", "", "unit_missing"),
        ("organisatie_eenheid", "OUD", "unit_not_valid"),
        ("personeelsnummer", "", "key_missing"),
        ("personeelsnummer", "6,34581E+17", "key_damaged"),
        ("peildatum", "", "date_missing"),
        ("peildatum", "2025/12/31", "date_invalid"),
        ("peildatum", "31-03-2026", "date_future"),
        ("datum_in_dienst", "03/31/2015", "date_invalid"),
        ("datum_in_dienst", "31-02-2015", "date_invalid"),
        ("datum_in_dienst", "01-01-2026", "date_order"),
        ("deeltijdfactor", "1,21", "fte_range"),
        ("deeltijdfactor", "-0,1", "fte_range"),
        ("deeltijdfactor", "heel", "number_invalid"),
        ("deeltijdfactor", "1.000", "number_invalid"),
        ("geboortedatum", "01-01-2012", "age_range"),
        ("geboortedatum", "1899", "age_range"),
        ("geboortedatum", "85", "date_invalid"),
        ("geslacht", "W", "code_unknown"),
        ("herkomst", "westers", "code_unknown"),
    ],
)
def test_bad_value(tmp_path: Path, column: str, value: str, rule: str) -> None:
    assert refused_row(tmp_path, spoiled(1, column, value)) == (rule, 3)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("salarisschaal", "19"),
        ("salarisschaal", "19+"),
        ("salarisschaal", "08"),
        ("datum_in_dienst", "31-12-2025"),
        ("datum_in_dienst", ""),
        ("deeltijdfactor", "1,2"),
        ("deeltijdfactor", "0"),
        ("deeltijdfactor", "0.875"),
        ("geboortedatum", "31-12-2011"),
        ("geboortedatum", "1985"),
    ],
)
def test_value_on_the_right_side_of_the_bound(tmp_path: Path, column: str, value: str) -> None:
    assert stage_bytes(tmp_path, spoiled(1, column, value)).rows_refused == 0


def test_duplicate_row(tmp_path: Path) -> None:
    content = text(ROWS[0], ROWS[1], ROWS[0], ROWS[2])
    assert refused_row(tmp_path, content) == ("duplicate_row", 4)


def test_dates_in_two_formats_in_one_column(tmp_path: Path) -> None:
    # 31-12-1985 and 1985-12-31 cannot be mistaken for each other; 12/31/1985 is in no format.
    rows = [ROWS[0].replace("31-12-1985", "1985-12-31"), ROWS[1], ROWS[2]]
    assert stage_bytes(tmp_path, text(*rows)).rows_refused == 0
    rows[2] = ROWS[2].replace("15-06-2001", "06/15/2001")
    assert refused_row(tmp_path, text(*rows)) == ("date_invalid", 4)


def test_exit_before_hire(tmp_path: Path) -> None:
    header = HEADER + ";datum_uit_dienst"
    rows = [f"{ROWS[0]};31-12-9999", f"{ROWS[1]};01-02-2015", f"{ROWS[2]};"]
    assert refused_row(tmp_path, text(*rows, header=header)) == ("date_order", 3)


def test_movement_before_hire(tmp_path: Path) -> None:
    header = "personeelsnummer;ingangsdatum;soort;datum_in_dienst"
    rows = ("00012301;31-12-2024;uitstroom;01-01-2025", "00012302;01-01-2025;instroom;01-01-2025")
    content = text(*rows, header=header)
    assert refused_row(tmp_path, content, "mutaties.csv") == ("date_order", 2)


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("00012301;31-12-2026;promotie;;10;11", "date_future"),
        ("00012301;;promotie;;10;11", "date_missing"),
        ("00012301;31-13-2025;promotie;;10;11", "date_invalid"),
        ("00012301;31-12-2025;ontslag;;10;11", "code_unknown"),
        ("00012301;31-12-2025;;;10;11", "value_missing"),
        ("00012301;31-12-2025;promotie;;10;14a", "scale_invalid"),
        (";31-12-2025;promotie;;10;11", "key_missing"),
        ("00012301;31-12-2025;promotie;" + "is boos weggegaan na " * 3 + ";10;11", "free_text"),
    ],
)
def test_bad_movement(tmp_path: Path, row: str, rule: str) -> None:
    header = "personeelsnummer;ingangsdatum;soort;reden;van_schaal;naar_schaal"
    good = "00012302;31-12-2025;promotie;sollicitatie;10;11"
    content = text(good, row, header=header)
    assert refused_row(tmp_path, content, "mutaties.csv") == (rule, 3)


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("share;>=14;A;vijf;2028;hard", "number_invalid"),
        ("share;>=14;A;5,5;28-2;hard", "number_invalid"),
        ("share;>=15;A;5,5;2028;hard", "code_unknown"),
        ("share;>=14;Z;5,5;2028;hard", "unit_unknown"),
        ("share;>=14;A;5,5;2028;zacht", "code_unknown"),
        ("share;>=14;A;;2028;hard", "value_missing"),
    ],
)
def test_bad_target(tmp_path: Path, row: str, rule: str) -> None:
    header = "indicator;schaalgroep;eenheid;waarde;jaar;status"
    content = text("share;;;11,5;2028;ambitie", row, header=header)
    assert refused_row(tmp_path, content, "streefcijfers.csv") == (rule, 3)


@pytest.mark.parametrize(("length", "refused"), [(200, 0), (201, 1)])
def test_the_source_of_a_target_is_a_line_and_no_page(
    tmp_path: Path, length: int, refused: int
) -> None:
    header = "indicator;schaalgroep;eenheid;waarde;jaar;status;bron"
    content = text("share;;;11,5;2028;ambitie;" + "b" * length, header=header)
    staged = stage_bytes(tmp_path, content, "streefcijfers.csv")
    assert staged.quarantine["rule"].to_list() == ["free_text"] * refused


@pytest.mark.parametrize(
    "row", ["31-12-2025;00012301;A1;10;V;;;1,0;01-03-2015;te;veel", "31-12-2025;x"]
)
def test_row_of_another_shape(tmp_path: Path, row: str) -> None:
    staged = stage_bytes(tmp_path, text(ROWS[0], row))
    assert staged.quarantine.select("rule", "line").row(0) == ("row_shape", 3)
    # In such a row no value is certain to stand in its own column: nothing of it is kept.
    assert staged.quarantine["row"][0] == "{}"


def test_quarantine_masks_what_is_personal_and_drops_what_is_not_mapped(tmp_path: Path) -> None:
    content = spoiled(1, "salarisschaal", "14a").splitlines()
    content[0] += ";opmerking"
    content[2] += ";heeft een rekening bij de kantine"
    content = [line + (";" if i in (1, 3) else "") for i, line in enumerate(content)]
    row = stage_bytes(tmp_path, "\n".join(content)).quarantine.row(0, named=True)
    assert json.loads(row["row"]) == {
        "peildatum": "31-12-2025",
        "personeelsnummer": "***",
        "organisatie_eenheid": "A1",
        "salarisschaal": "14a",
        "geslacht": "M",
        "geboortedatum": "***",
        "herkomst": "***",
        "deeltijdfactor": "0,8",
        "datum_in_dienst": "01-03-2015",
    }
    assert row["reason"] == "De waarde is geen schaal uit de schalentabel (kolom salarisschaal)."


def test_the_mask_hides_whether_there_was_a_value(tmp_path: Path) -> None:
    header = HEADER + ";herkomst_status"
    rows = [row.replace(";14;", ";14a;").replace(";7;", ";7a;") + ";" for row in ROWS]
    rows[2] += "bezwaar"
    shown = stage_bytes(tmp_path, text(*rows, header=header)).quarantine["row"]
    values = [json.loads(row) for row in shown]
    assert [value["herkomst"] for value in values] == ["***", "***"]
    assert [value["herkomst_status"] for value in values] == ["***", "***"]


def test_lines_of_quoted_fields_that_span_lines(tmp_path: Path) -> None:
    header = HEADER + ";opmerking"
    rows = (ROWS[0] + ';"twee\r\nregels\nen nog een"', ROWS[1].replace(";14;", ";14a;") + ";x")
    assert refused_row(tmp_path, text(*rows, header=header, end="\r\n")) == ("scale_invalid", 5)
