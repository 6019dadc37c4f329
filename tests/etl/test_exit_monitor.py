"""The exit monitor comes in: what is stored of it, what is refused, and that nothing joins it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest
import typer
from typer.testing import CliRunner

from etl import cli_steward
from etl.errors import RefusedInput
from etl.forget import forget
from etl.pipeline import publish
from etl.pseudonym import Keys
from etl.settings import Settings
from etl.warehouse.store import Warehouse
from tests.end_to_end.hidden import tables_of
from tests.etl.exit_files import (
    NOW,
    answer_rows,
    answers,
    invitations,
    row,
    staffed,
    stored,
    take,
)
from tests.etl.small_extracts import personeel, write
from tests.etl.test_publish_commands import JOINERS, LEAVERS, STAYERS, loaded


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return staffed(tmp_path)


def test_an_answer_is_stored_as_year_coarse_groups_codes_and_scores(
    settings: Settings, tmp_path: Path
) -> None:
    told = row(
        uitstroomjaar="14-03-2024",
        fouten_bespreken="helemaal mee eens",
        erbij_horen="",
        gelijke_kansen="2",
        respectvol_behandeld="n.v.t.",
        buitengesloten="5",
    )
    result = take(settings, answers(tmp_path / "exit-antwoorden.csv", told))
    assert result.exit_code == 0
    (found,) = answer_rows(settings).to_dicts()
    assert len(found.pop("respondent")) == 32
    assert found.pop("items") == [
        {"item": "vrijuit_spreken", "theme": "sociale_veiligheid", "score": 4},
        {"item": "fouten_bespreken", "theme": "sociale_veiligheid", "score": 5},
        {"item": "gelijke_kansen", "theme": "inclusie", "score": 2},
        {"item": "buitengesloten", "theme": "ongewenste_omgangsvormen", "score": 1},
    ]
    assert found == {
        "load_id": 3,
        "year": 2024,
        "unit": "A",
        "scale_group": "<=13",
        "origin": "turkije",
        "exit_kind": "resignation_other",
        "racism_role": "yes",
        "talked": False,
        "would_return": "unsure",
        "reasons": ["omgang", "werkdruk"],
    }


def test_an_answer_may_leave_everything_open_but_its_year(
    settings: Settings, tmp_path: Path
) -> None:
    take(settings, answers(tmp_path / "exit-antwoorden.csv", "q1;2024" + ";" * 14))
    (found,) = answer_rows(settings).drop("load_id", "respondent").rows()
    assert found == (2024, "MIN", None, "onbekend", None, None, None, None, [], [])


@pytest.mark.parametrize(
    ("text", "year"),
    [("2024", 2024), ("03-2024", 2024), ("3/2024", 2024), ("2024-12", 2024), ("45657", 2024),
     ("01-01-2023", 2023), ("20231231", 2023)],
)  # fmt: skip
def test_a_year_is_all_that_is_left_of_a_date(
    settings: Settings, tmp_path: Path, text: str, year: int
) -> None:
    take(settings, answers(tmp_path / "exit-antwoorden.csv", row(uitstroomjaar=text)))
    assert answer_rows(settings)["year"].to_list() == [year]


REFUSED = {
    "no respondent": (row(respondent=""), "value_missing"),
    "no year": (row(uitstroomjaar=""), "date_missing"),
    "a year that is none": (row(uitstroomjaar="Not Stated"), "date_invalid"),
    "month 13": (row(uitstroomjaar="13/2024"), "date_invalid"),
    "next year": (row(uitstroomjaar="2027"), "date_future"),
    "an unknown unit": (row(organisatie_eenheid="ZZ"), "unit_unknown"),
    "a unit below the second level": (row(organisatie_eenheid="A1"), "unit_too_deep"),
    "a unit that was gone": (row(organisatie_eenheid="OLD"), "unit_not_valid"),
    "a single scale": (row(schaalgroep="14"), "code_unknown"),
    "an unknown origin": (row(herkomst="elders"), "code_unknown"),
    "an unknown kind": (row(soort_vertrek="weg"), "code_unknown"),
    "an unknown reason": (row(vertrekredenen="werkdruk|iets"), "code_unknown"),
    "racism perhaps": (row(racisme_speelde_rol="misschien"), "code_unknown"),
    "talked sometimes": (row(gesprek_gevoerd="soms"), "code_unknown"),
    "return ever": (row(zou_terugkeren="ooit"), "code_unknown"),
    "a score of 0": (row(vrijuit_spreken="0"), "code_unknown"),
    "a score of 6": (row(vrijuit_spreken="6"), "code_unknown"),
    "a respondent again": (row(respondent="q1", herkomst="europa"), "duplicate_key"),
    "a row again": (row(respondent="q1"), "duplicate_row"),
    "a field too many": (row() + ";x", "row_shape"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refused_answer_is_counted_and_tells_nothing(
    settings: Settings, tmp_path: Path, case: str
) -> None:
    refused, rule = REFUSED[case]
    file = answers(tmp_path / "exit-antwoorden.csv", row(respondent="q1"), refused)
    result = take(settings, file)
    (outcome,) = result.files
    assert (outcome.rows_read, outcome.rows_kept, outcome.rows_refused) == (2, 1, 1)
    assert result.exit_code == 3
    assert answer_rows(settings).height == 1
    (found,) = stored(settings, "SELECT rule, file, line, row FROM quarantine")
    assert found[:3] == (rule, "exit-antwoorden.csv", 3)
    for word in ("q7a", "q1", "urkije", "verzoek", "werkdruk", "misschien", "elders", "vrijuit"):
        assert word not in found[3]


def test_an_invitation_is_year_pseudonym_and_two_marks(settings: Settings, tmp_path: Path) -> None:
    file = invitations(
        tmp_path / "exit-uitnodigingen.csv",
        "00000101;2024;ja;ja",
        "00000102;2024;ja;nee",
        "00000103;2024;nee;nee",
        "00000101;2025;1;0",
    )
    assert take(settings, file).exit_code == 0
    counts = stored(
        settings,
        "SELECT year, COUNT(*) AS n, COUNT(*) FILTER (invited) AS i, COUNT(*) FILTER (answered) "
        "AS a FROM fct_exit_invitation GROUP BY year ORDER BY year",
    )
    assert counts == [(2024, 3, 2, 1), (2025, 1, 1, 0)]
    known = "SELECT COUNT(*) AS n FROM fct_exit_invitation WHERE person IN "
    assert stored(settings, known + "(SELECT person FROM fct_snapshot)") == [(4,)]


@pytest.mark.parametrize(
    ("refused", "rule"),
    [(";2024;ja;nee", "key_missing"), ("6,34581E+17;2024;ja;nee", "key_damaged"),
     ("00000102;;ja;nee", "date_missing"), ("00000102;2024;;nee", "value_missing"),
     ("00000102;2024;ja;soms", "code_unknown"), ("00000102;2024;nee;ja", "not_invited"),
     ("00000101;2024;ja;ja", "duplicate_key"), ("00000101;2024;ja;nee", "duplicate_row"),
     ("00000102;2027;ja;nee", "date_future")],
)  # fmt: skip
def test_a_refused_invitation_is_counted(
    settings: Settings, tmp_path: Path, refused: str, rule: str
) -> None:
    file = invitations(
        tmp_path / "exit-uitnodigingen.csv", "00000101;2024;ja;nee", "00000103;2024;ja;nee", refused
    )
    (outcome,) = take(settings, file).files
    assert (outcome.rows_read, outcome.rows_kept, outcome.refused) == (3, 2, {rule: 1})
    assert stored(settings, "SELECT COUNT(*) AS n FROM fct_exit_invitation") == [(2,)]


# --- what replaces what


def test_the_same_file_is_a_no_op_and_a_corrected_one_replaces_its_years(
    settings: Settings, tmp_path: Path
) -> None:
    both = answers(
        tmp_path / "1" / "exit-antwoorden_a.csv",
        row(respondent="q1", uitstroomjaar="2023"),
        row(respondent="q2", uitstroomjaar="2024"),
        row(respondent="q3", uitstroomjaar="2024"),
    )
    take(settings, both)
    before = answer_rows(settings)
    assert take(settings, both).files[0].unchanged
    assert answer_rows(settings).equals(before)
    corrected = answers(tmp_path / "2" / "exit-antwoorden_b.csv", row(respondent="q4"))
    (outcome,) = take(settings, corrected).files
    assert outcome.replaced == ("exit-antwoorden_a.csv",)
    assert outcome.reference_dates == (date(2024, 12, 31),)
    count = "SELECT year, COUNT(*) AS n FROM fct_exit_answer GROUP BY year ORDER BY year"
    assert stored(settings, count) == [(2023, 1), (2024, 1)]
    assert not take(settings, both).files[0].unchanged  # one of its years was another's
    assert stored(settings, count) == [(2023, 1), (2024, 2)]


def test_a_year_of_answers_takes_nothing_from_invitations_or_snapshots(
    settings: Settings, tmp_path: Path
) -> None:
    asked = invitations(tmp_path / "exit-uitnodigingen.csv", "00000101;2024;ja;ja")
    take(settings, asked, answers(tmp_path / "exit-antwoorden.csv", row()))
    take(settings, answers(tmp_path / "exit-antwoorden.csv", row(respondent="q9")))
    tables = ("fct_exit_invitation", "fct_exit_answer", "fct_presence")
    counts = [stored(settings, f"SELECT COUNT(*) AS n FROM {table}") for table in tables]
    assert counts == [[(1,)], [(1,)], [(3,)]]
    assert take(settings, asked).files[0].unchanged
    again = take(settings, tmp_path / "first")
    assert [file.unchanged for file in again.files] == [True, True]


def test_nobody_answering_is_an_answer(settings: Settings, tmp_path: Path) -> None:
    (outcome,) = take(settings, answers(tmp_path / "exit-antwoorden.csv")).files
    assert (outcome.rows_read, outcome.rows_kept, outcome.rows_refused) == (0, 0, 0)


def test_status_and_report_tell_of_both(settings: Settings, tmp_path: Path) -> None:
    result = take(
        settings,
        invitations(tmp_path / "exit-uitnodigingen.csv", "00000101;2024;ja;ja"),
        answers(tmp_path / "exit-antwoorden.csv", row(), row(uitstroomjaar="")),
    )
    assert result.report is not None
    text = result.report.read_text(encoding="utf-8")
    assert (
        "| exit-antwoorden.csv | exit-antwoorden | 2024-12-31 | 2 | 1 | 1 | date_missing 1 |"
        in text
    )
    with Warehouse.open(settings, "read") as warehouse:
        loads = warehouse.standing_loads().select("extract", "rows_read", "rows_kept").rows()
        assert warehouse.refusals().rows() == [("date_missing", 1)]
    assert ("exit-antwoorden", 2, 1) in loads
    assert ("exit-uitnodigingen", 1, 1) in loads


# --- nothing joins the two


def test_no_value_of_an_answer_is_one_of_a_person(settings: Settings, tmp_path: Path) -> None:
    take(
        settings,
        invitations(tmp_path / "exit-uitnodigingen.csv", "00000101;2024;ja;ja"),
        answers(tmp_path / "exit-antwoorden.csv", *(row(respondent=f"q{n}") for n in range(9))),
    )
    found = answer_rows(settings)["respondent"]
    assert found.to_list() == sorted(found)  # the order of the file is gone
    persons = stored(settings, "SELECT person FROM fct_snapshot")
    assert not set(found) & {person for (person,) in persons}
    content = settings.warehouse.read_bytes()
    assert b"00000101" not in content
    assert b"q7a" not in content
    columns = stored(
        settings,
        "SELECT column_name, data_type FROM information_schema.columns "
        "WHERE table_name = 'fct_exit_answer'",
    )
    assert not [name for name, kind in columns if kind in {"DATE", "TIMESTAMP"}]
    assert "person" not in {name for name, _ in columns}


@pytest.mark.parametrize("when", ["together", "later", "earlier", "invited only", "forgotten"])
def test_a_respondent_that_is_a_personnel_number_refuses_the_load(
    tmp_path: Path, when: str
) -> None:
    settings = staffed(tmp_path)
    number = "00000777"
    staff = write(
        tmp_path / "p" / "personeel.csv", personeel("30-06-2025", {number: "A 9 V europa"})
    )
    file = answers(tmp_path / "exit-antwoorden.csv", row(), row(respondent=number))
    asked = invitations(tmp_path / "exit-uitnodigingen.csv", f"{number};2024;ja;ja")
    steps = {
        "together": [[staff, file]],
        "later": [[staff], [file]],
        "earlier": [[file], [staff]],
        "invited only": [[asked], [file]],
        "forgotten": [[staff], [file]],
    }[when]
    for step in steps[:-1]:
        take(settings, *step)
    if when == "forgotten":
        forget(settings, [number], NOW)
    before = stored(settings, "SELECT * FROM ledger"), answer_rows(settings)
    with pytest.raises(RefusedInput, match="column respondent") as refused:
        take(settings, *steps[-1])
    assert number not in str(refused.value)
    assert stored(settings, "SELECT * FROM ledger") == before[0]
    assert answer_rows(settings).equals(before[1])
    corrected = answers(tmp_path / "2" / "exit-antwoorden.csv", row())
    assert take(settings, corrected, staff).exit_code == 0  # the way out, whatever came first


def test_a_number_without_its_zeros_is_noticed_too(tmp_path: Path) -> None:
    settings = staffed(tmp_path)
    mapping = tmp_path / "padded.toml"
    mapping.write_text(
        'name = "padded"\nextends = "rijk-standaard"\n'
        '[personeel.transforms]\nperson_number = "pad:8"\n',
        encoding="utf-8",
    )
    file = answers(tmp_path / "exit-antwoorden.csv", row(respondent="101"))
    with pytest.raises(RefusedInput, match="personnel number"):
        take(settings, file, mapping=mapping)


def test_forget_leaves_an_invitation_that_counts_no_more(
    settings: Settings, tmp_path: Path
) -> None:
    take(
        settings,
        invitations(
            tmp_path / "exit-uitnodigingen.csv", "00000101;2024;ja;ja", "00000102;2024;ja;nee"
        ),
        answers(tmp_path / "exit-antwoorden.csv", row()),
    )
    answered = answer_rows(settings)
    asked = "SELECT year, invited, answered FROM fct_exit_invitation ORDER BY ALL"
    persons = set(stored(settings, "SELECT person FROM fct_exit_invitation"))
    assert forget(settings, ["00000101"], NOW) == 1
    assert stored(settings, asked) == [(2024, True, False), (2024, None, None)]
    assert len(persons & set(stored(settings, "SELECT person FROM fct_exit_invitation"))) == 1
    assert answer_rows(settings).equals(answered)
    corrected = invitations(
        tmp_path / "2" / "exit-uitnodigingen.csv", "00000101;2024;ja;nee", "00000103;2024;ja;ja"
    )
    take(settings, corrected)
    assert stored(settings, asked) == [(2024, True, True), (2024, None, None)]


def test_the_command_forgets_the_invitations_of_every_year(
    settings: Settings, tmp_path: Path
) -> None:
    """Through the command: two years of one person, answers of nobody, and nothing on the disk."""
    take(
        settings,
        invitations(
            tmp_path / "exit-uitnodigingen.csv",
            *("00000101;2023;ja;nee", "00000101;2024;ja;ja", "00000103;2024;ja;nee"),
        ),
        answers(tmp_path / "exit-antwoorden.csv", row(), row(respondent="q8b")),
    )
    answered = answer_rows(settings)
    (pseudonym,) = Keys.of(settings).pseudonyms(pl.Series(["00000101"]))
    assert pseudonym.encode() in settings.warehouse.read_bytes()
    app = typer.Typer()
    cli_steward.register(app)
    done = CliRunner().invoke(app, ["forget"], obj=settings, input="00000101\n")
    assert done.exit_code == 0, done.output
    assert "Forgotten: 1 " in done.output
    asked = "SELECT year, invited, answered FROM fct_exit_invitation ORDER BY ALL"
    assert stored(settings, asked) == [(2023, None, None), (2024, True, False), (2024, None, None)]
    assert len(stored(settings, "SELECT DISTINCT person FROM fct_exit_invitation")) == 2
    assert answer_rows(settings).equals(answered)
    assert pseudonym.encode() not in settings.warehouse.read_bytes()


def test_nothing_of_a_year_that_is_not_complete_is_published(tmp_path: Path) -> None:
    """The same publication with and without: files, refused rows, totals and cells."""
    settings = loaded(
        tmp_path,
        ("k3", personeel("30-09-2025", STAYERS | LEAVERS)),
        ("k4", personeel("31-12-2025", STAYERS | JOINERS)),
    )
    at = NOW.astimezone()
    publish(settings, "before", at)
    take(
        settings,
        invitations(tmp_path / "exit-uitnodigingen.csv", "1;2025;nee;ja", "2;2025;ja;ja"),
        answers(
            tmp_path / "exit-antwoorden.csv",
            row(organisatie_eenheid=""),
            row(organisatie_eenheid="ZZ", respondent="q2"),
        ),
    )
    publish(settings, None, at)
    files = sorted(
        settings.published.glob("publication-*.duckdb"), key=lambda p: p.stat().st_mtime_ns
    )
    before, after = map(tables_of, files)
    for name in ("mart_load", "mart_refusal", "mart_dimension", "mart_metric", "mart_plan"):
        assert after[name].equals(before[name]), name
    rows = pl.col("key").is_in(["rows_read", "rows_refused"])
    assert after["mart_meta"].filter(rows).equals(before["mart_meta"].filter(rows))
    shown = [c for c in before["mart_cell"].columns if c != "publication"]
    assert after["mart_cell"].select(shown).equals(before["mart_cell"].select(shown))
    assert "exit-" not in str({name: table.rows() for name, table in after.items()})
