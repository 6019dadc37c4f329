"""Every bad input of the list, through the command: exit code, paragraph, nothing half-loaded."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

import afspiegeling
from etl.settings import Settings
from etl.warehouse.store import Warehouse
from tests.etl.small_extracts import ORGANISATIE, write

HEAD = "peildatum;personeelsnummer;organisatie_eenheid;salarisschaal;geslacht;geboortedatum;datum_in_dienst;datum_uit_dienst"
GOOD = [
    f"31-12-2024;00{n};A;{n % 18 + 1};V;01-02-1980;01-03-2010;31-12-9999" for n in range(100, 160)
]


def lines(*rows: str, head: str = HEAD) -> bytes:
    return ("\r\n".join([head, *rows]) + "\r\n").encode()


def row(**changed: str) -> str:
    """A good row with some fields changed."""
    fields = dict(zip(HEAD.split(";"), GOOD[0].split(";"), strict=True)) | changed
    return ";".join(fields.values())


def two_sheets(path: Path) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        for name in ("personeel", "toelichting"):
            sheet = book.add_worksheet(name)
            for i, line in enumerate([HEAD, *GOOD[:5]]):
                sheet.write_row(i, 0, line.split(";"))


def cut_gzip(path: Path) -> None:
    whole = gzip.compress(lines(*GOOD))
    path.write_bytes(whole[: len(whole) // 2])


def raw(content: bytes) -> Callable[[Path], None]:
    def put(path: Path) -> None:
        path.write_bytes(content)

    return put


MIXED = (
    lines(*GOOD)
    + b"31-12-2024;00900;A;5;V;;;\r\n"
    + b"31-12-2024;\xe9\xe900;A;5;V;;;\r\n"
    + "31-12-2024;é0901;A;5;V;;;\r\n".encode()
)
NO_SCALE = [";".join(r.split(";")[:3] + r.split(";")[4:]) for r in GOOD]

REFUSED: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "missing column": (
        "personeel.csv",
        raw(lines(*NO_SCALE, head=HEAD.replace("salarisschaal;", ""))),
        "salarisschaal",
    ),
    "wrong delimiter": ("personeel.csv", raw(lines(*GOOD).replace(b";", b"#")), "personeel.csv"),
    "mixed encodings": ("personeel.csv", raw(MIXED), "personeel.csv"),
    "empty file": ("personeel.csv", raw(b""), "personeel.csv"),
    "truncated gzip": ("personeel.csv.gz", cut_gzip, "personeel.csv.gz"),
    "a sheet too many": ("personeel.xlsx", two_sheets, "toelichting"),
    "a BSN column": (
        "personeel.csv",
        raw(lines(*(f"{r};111222333" for r in GOOD), head=f"{HEAD};BSN")),
        "BSN",
    ),
}

QUARANTINED: dict[str, tuple[list[str], str, int]] = {
    "duplicate ids, rows identical": ([GOOD[0]], "duplicate_row", 62),
    "an id damaged by Excel": ([row(personeelsnummer="6,34581E+17")], "key_damaged", 62),
    "dates in two formats": (
        [row(personeelsnummer="00900", peildatum="12/31/2024")],
        "date_invalid",
        62,
    ),
    "scale 14a": ([row(personeelsnummer="00900", salarisschaal="14a")], "scale_invalid", 62),
    "unknown unit": ([row(personeelsnummer="00900", organisatie_eenheid="ZZ")], "unit_unknown", 62),
    "future date": ([row(personeelsnummer="00900", peildatum="31-12-2099")], "date_future", 62),
    "exit before hire": (
        [
            row(
                personeelsnummer="00900",
                datum_in_dienst="01-03-2020",
                datum_uit_dienst="01-03-2019",
            )
        ],
        "date_order",
        62,
    ),
}

READ_ALL_THE_SAME = {
    "bare CR": lines(*GOOD).replace(b"\r\n", b"\r"),
    "BOM": b"\xef\xbb\xbf" + lines(*GOOD),
}


@pytest.fixture
def home(tmp_path: Path, run: Callable[..., tuple[int, str]]) -> Settings:
    """A home that knows its units and one earlier reference date."""
    settings = Settings(home=tmp_path / "home")
    write(tmp_path / "first" / "organisatie.csv", ORGANISATIE)
    before = lines(*(r.replace("31-12-2024", "30-09-2024") for r in GOOD))
    (tmp_path / "first" / "personeel_1.csv").write_bytes(before)
    code, said = run(settings, tmp_path / "first")
    assert code == 0, said
    return settings


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """``load`` as the shell runs it: exit code, and what stands on stderr and stdout."""

    def load(settings: Settings, path: Path) -> tuple[int, str]:
        words = ["afspiegeling", "--home", str(settings.home), "load", str(path)]
        monkeypatch.setattr(sys, "argv", [*words, "--mapping", "rijk-standaard"])
        with pytest.raises(SystemExit) as left:
            afspiegeling.main()
        captured = capsys.readouterr()
        return int(left.value.code or 0), captured.err + captured.out

    return load


def state(settings: Settings) -> tuple[pl.DataFrame, ...]:
    """Everything that a load can change in the warehouse."""
    with Warehouse.open(settings, "read") as warehouse:
        return (
            warehouse.loads().drop("loaded_at"),
            warehouse.head_counts(),
            warehouse.frame(
                "SELECT ref, COUNT(*) AS n FROM fct_presence GROUP BY ref ORDER BY ref"
            ),
            warehouse.quarantine(),
            warehouse.units(),
        )


@pytest.mark.parametrize("case", REFUSED)
def test_a_refused_file_leaves_everything_as_it_was(
    tmp_path: Path, home: Settings, run: Callable[..., tuple[int, str]], case: str
) -> None:
    name, put, named = REFUSED[case]
    put(tmp_path / name)
    before = state(home)
    code, said = run(home, tmp_path / name)
    assert code == 2, said
    for part in ("Where:", "Next:"):
        assert part in said, said
    assert named in said
    assert "Traceback" not in said
    assert "111222333" not in said
    assert "00100" not in said
    assert all(a.equals(b) for a, b in zip(before, state(home), strict=True))


@pytest.mark.parametrize("case", QUARANTINED)
def test_a_refused_row_is_kept_with_rule_file_and_line(
    tmp_path: Path, home: Settings, run: Callable[..., tuple[int, str]], case: str
) -> None:
    rows, rule, line = QUARANTINED[case]
    (tmp_path / "personeel.csv").write_bytes(lines(*GOOD, *rows))
    code, said = run(home, tmp_path / "personeel.csv")
    assert code == 3, said
    assert rule in said
    with Warehouse.open(home, "read") as warehouse:
        (kept,) = warehouse.quarantine().rows(named=True)
        counts = dict(warehouse.head_counts().iter_rows())
    assert (kept["rule"], kept["file"], kept["line"]) == (rule, "personeel.csv", line)
    assert list(counts.values()) == [60, 60]


@pytest.mark.parametrize("case", READ_ALL_THE_SAME)
def test_odd_but_readable(
    tmp_path: Path, home: Settings, run: Callable[..., tuple[int, str]], case: str
) -> None:
    (tmp_path / "personeel.csv").write_bytes(READ_ALL_THE_SAME[case])
    code, said = run(home, tmp_path / "personeel.csv")
    assert code == 0, said
    with Warehouse.open(home, "read") as warehouse:
        assert [n for _, n in warehouse.head_counts().iter_rows()] == [60, 60]
