"""Bad files of the exit monitor, through the command: exit code 2, paragraph, nothing stored."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import afspiegeling
from etl.errors import RefusedInput
from etl.free_text import names_remarks
from etl.mapping import load_mapping
from etl.settings import Settings
from tests.etl.exit_files import HEAD, INVITED_HEAD, answers, row, staffed, stored

REMARK = "Mijn chef zei dat het zo niet ging"  # 34 characters: no code list has many of these


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return staffed(tmp_path)


@pytest.fixture
def run(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """``load`` as the shell runs it: exit code, and what it says."""

    def load(*paths: Path, mapping: str | Path = "rijk-standaard") -> tuple[int, str]:
        words = ["afspiegeling", "--home", settings.home, "load", *paths, "--mapping", mapping]
        monkeypatch.setattr(sys, "argv", list(map(str, words)))
        with pytest.raises(SystemExit) as left:
            afspiegeling.main()
        captured = capsys.readouterr()
        return int(left.value.code or 0), captured.err + captured.out

    return load


def wide(header: str, *texts: str) -> tuple[str, list[str]]:
    """The good rows with one column more."""
    rows = [f"{row(respondent=f'q{n}')};{text}" for n, text in enumerate(texts)]
    return f"{HEAD};{header}", rows


def of(**changed: str) -> tuple[str, list[str]]:
    return HEAD, [row(**changed)]


REFUSED: dict[str, tuple[str, list[str], str, str]] = {
    "a column called toelichting": (*wide("Toelichting", ""), "column Toelichting", "free text"),
    "a column of remarks in English": (
        *wide("otherComments", "no"), "column otherComments", "free text",
    ),
    "a long cell in a column that is not mapped": (
        *wide("vraag 12", "kort", "x " * 30 + "x"), "column vraag 12", "line 3",
    ),
    "a long cell in a column that is mapped": (
        *of(zou_terugkeren="nee " * 16), "column zou_terugkeren", "free text",
    ),
    "a long reason": (*of(vertrekredenen="werkdruk|" + "z" * 61), "vertrekredenen", "free text"),
    "a remark instead of a respondent": (*of(respondent="ik " * 21), "respondent", "free text"),
    "many different sentences": (
        *wide("vraag 12", *(f"{REMARK} {n}" for n in range(21))), "vraag 12", "more than 20",
    ),
    "an item is missing": (
        HEAD.replace(";buitengesloten", ""), [row().rsplit(";", 1)[0]], "header", "buitengesloten",
    ),
    "no respondent at all": (
        HEAD.replace("respondent;", ""), [row().split(";", 1)[1]], "header", "respondent",
    ),
    "a respondent that is a personnel number": (
        *of(respondent="00000102"), "column respondent", "random ids",
    ),
    "personnel numbers beside answers": (
        *wide("Personeelsnummer", "00000102"), "column Personeelsnummer", "beside answers",
    ),
    "a name": (*wide("achternaam", "y"), "column achternaam", "direct identifier"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_refused_file_leaves_everything_as_it_was(
    tmp_path: Path, settings: Settings, run: Callable[..., tuple[int, str]], case: str
) -> None:
    head, rows, where, told = REFUSED[case]
    before = stored(settings, "SELECT * FROM ledger")
    code, said = run(answers(tmp_path / "exit-antwoorden.csv", *rows, head=head))
    assert code == 2, said
    assert where in said
    for part in ("Where: exit-antwoorden.csv", "Expected:", "Next:", told):
        assert part in said, said
    for value in ("00000102", REMARK, "x x x", "nee nee", "zzz", "ik ik"):
        assert value not in said
    assert "Traceback" not in said
    assert stored(settings, "SELECT * FROM ledger") == before
    assert stored(settings, "SELECT * FROM fct_exit_answer") == []
    assert stored(settings, "SELECT * FROM quarantine") == []


def test_free_text_refuses_invitations_too(
    tmp_path: Path, settings: Settings, run: Callable[..., tuple[int, str]]
) -> None:
    head = f"{INVITED_HEAD};opmerking"
    code, said = run(
        answers(tmp_path / "exit-uitnodigingen.csv", "00000101;2024;ja;ja;", head=head)
    )
    assert code == 2
    assert "exit-uitnodigingen.csv, column opmerking" in said
    assert stored(settings, "SELECT * FROM fct_exit_invitation") == []


def test_two_files_of_one_year_are_refused(
    tmp_path: Path, settings: Settings, run: Callable[..., tuple[int, str]]
) -> None:
    one, two = (
        answers(tmp_path / f"exit-antwoorden_{n}.csv", row(respondent=f"q{n}")) for n in (1, 2)
    )
    code, said = run(one, two)
    assert code == 2
    assert (
        "Two files hold the same year. Where: exit-antwoorden_1.csv and exit-antwoorden_2" in said
    )
    assert stored(settings, "SELECT * FROM fct_exit_answer") == []


@pytest.mark.parametrize(("length", "code"), [(59, 0), (60, 0), (61, 2)])
def test_sixty_characters_are_a_choice_and_sixty_one_are_text(
    tmp_path: Path, run: Callable[..., tuple[int, str]], length: int, code: int
) -> None:
    head, rows = wide("vraag 12", "a" * length)
    assert run(answers(tmp_path / "exit-antwoorden.csv", *rows, head=head))[0] == code


@pytest.mark.parametrize(("many", "code"), [(19, 0), (20, 0), (21, 2)])
def test_twenty_different_sentences_are_choices_and_twenty_one_are_text(
    tmp_path: Path, run: Callable[..., tuple[int, str]], many: int, code: int
) -> None:
    head, rows = wide("vraag 12", *(f"{REMARK} {n}" for n in range(many)))
    assert run(answers(tmp_path / "exit-antwoorden.csv", *rows, head=head))[0] == code


def test_long_ids_and_many_reasons_are_no_text(
    tmp_path: Path, run: Callable[..., tuple[int, str]]
) -> None:
    every = "loopbaan|inhoud van het werk|leidinggeven|sfeer en omgang|werkdruk|beloning|reistijd"
    rows = [row(respondent=f"{n:064x}", vertrekredenen=every) for n in range(30)]
    assert run(answers(tmp_path / "exit-antwoorden.csv", *rows))[0] == 0


def test_an_ignored_column_is_taken_in_and_never_stored(
    tmp_path: Path, settings: Settings, run: Callable[..., tuple[int, str]]
) -> None:
    mapping = tmp_path / "own.toml"
    mapping.write_text(
        'name = "own"\nextends = "rijk-standaard"\n[exit-antwoorden]\nignore = ["TOELICHTING"]\n',
        encoding="utf-8",
    )
    head, rows = wide("Toelichting", REMARK * 3, REMARK, REMARK)
    rows[1] = rows[1].replace("Turkije", "elders")
    code, said = run(answers(tmp_path / "exit-antwoorden.csv", *rows, head=head), mapping=mapping)
    assert code == 3, said
    assert stored(settings, "SELECT COUNT(*) AS n FROM fct_exit_answer") == [(2,)]
    assert "chef" not in str(stored(settings, "SELECT row FROM quarantine"))
    assert b"chef" not in settings.warehouse.read_bytes()
    assert all(b"chef" not in path.read_bytes() for path in settings.log.iterdir())


@pytest.mark.parametrize(
    ("header", "remarks"),
    [("Toelichting", True), ("reden_opmerking", True), ("ExitComments", True),
     ("anders, namelijk", True), ("Open vraag 3", True), ("vrije_tekst", True), ("Feedback", False),
     ("Communication", False), ("My say", False), ("vertrekredenen", False)],
)  # fmt: skip
def test_headers_that_name_remarks(header: str, *, remarks: bool) -> None:
    assert names_remarks(header) is remarks


ITEM = '[exit-antwoorden.questionnaire.items]\nx = { column = "x", theme = "inclusie" }\n'
FAULTY = {
    "ignore of a column that is read": '[exit-antwoorden]\nignore = ["Herkomst"]\n',
    "ignore of an item": '[exit-antwoorden]\nignore = ["x"]\n' + ITEM,
    "ignore elsewhere": '[personeel]\nignore = ["x"]\n',
    "a questionnaire elsewhere": ITEM.replace("antwoorden", "uitnodigingen"),
    "an unknown theme": ITEM.replace("inclusie", "sfeer"),
    "a score of 6": '[exit-antwoorden.questionnaire.answers]\nA = "6"\n',
    "a reason that is a sentence": '[exit-antwoorden.questionnaire.reason_values]\na = "Te druk"\n',
    "one column for two items": ITEM + ITEM.split("\n")[1].replace("x =", "y =", 1),
    "no separator": '[exit-antwoorden.questionnaire]\nseparator = ""\n',
}


@pytest.mark.parametrize("case", FAULTY)
def test_a_faulty_mapping_is_refused(tmp_path: Path, case: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(f'name = "own"\nextends = "rijk-standaard"\n{FAULTY[case]}', encoding="utf-8")
    with pytest.raises(RefusedInput, match=r"own\.toml"):
        load_mapping(path)


def test_a_reason_that_is_never_counted_is_refused(
    settings: Settings, run: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    mapping = tmp_path / "own.toml"
    mapping.write_text(
        'extends = "rijk-standaard"\n'
        '[exit-antwoorden.questionnaire.reason_values]\n"koffie" = "coffee"\n',
        encoding="utf-8",
    )
    code, told = run(answers(tmp_path / "exit-antwoorden_2024.csv", row()), mapping=mapping)
    assert code == 2
    assert "reasons that are never counted" in told
    assert "coffee" in told
    assert "exit_monitor.toml" in told
    assert stored(settings, "SELECT 1 FROM fct_exit_answer") == []
