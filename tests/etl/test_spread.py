"""Staging over many machines gives what staging on one gives: rows, refusals, lines, presence."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from etl.domain import Reference
from etl.errors import RefusedInput
from etl.pseudonym import KEY_NAMES, Keys
from etl.spread.rows import Told
from etl.spread.stage import stage_spread
from etl.stage import StagedFile, stage
from tests.etl.dirty_files import HEADER, KEYS, NOW, RIJK, ROWS, spoiled, text, units
from tests.etl.machines import InProcess

MANY = (
    *ROWS,
    ROWS[1],  # repeated
    "31-12-2025;00012301;A1;11;V;31-12-1985;nederland;0,2;01-03-2015",  # second employment
    "31-12-2025;00012304;A1;99;V;31-12-1985;nederland;1,0;01-03-2015",
    ";;;;;;;;",
    "31-12-2025;;A1;10;V;31-12-1985;nederland;1,0;01-03-2015",
    "31-12-2025;;A1;10;V;31-12-1985;nederland;1,0;01-03-2015",
    "31-12-2025;1,2345E+17;A1;10;V;31-12-1985;nederland;1,0;01-03-2015",
    "31-12-2025;00012305;ZZ;10;V;31-12-1985;nederland;1,0;01-03-2015",
    "31-12-2025;00012306;OUD;10;V;31-12-1985;nederland;1,0;01-03-2015;extra",
    "31-12-2025;00012307;A1;10;V;31-12-1985;atlantis;1,0;01-03-2015",
    "geen datum;00012308;A1;10;V;31-12-1985;nederland;1,0;01-03-2015",
    "31-12-2099;00012309;A1;10;V;31-12-1985;nederland;1,0;01-03-2015",
    "31-12-2025;00012302;A1;14;M;01-01-1986;suriname;0,3;01-03-2015",
    ROWS[1],  # repeated once more
)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where every machine finds the keys that rows take."""
    directory = tmp_path_factory.mktemp("keys")
    write_keys(directory, KEYS)
    return directory


def write_keys(directory: Path, keys: Keys) -> None:
    for name in ("pseudonym", "record"):  # and not the one that numbers are rounded with
        path = directory / f"{name}.key"
        path.touch(mode=0o600)
        path.write_text(keys.key(name).hex())


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def both(path: Path, keys: Path, machines: InProcess) -> tuple[StagedFile, StagedFile]:
    spread_over = spread_over_machines(path, keys, machines)
    assert spread_over is not None  # it would be for one machine
    return spread_over, stage(path, "personeel", RIJK, Reference(), units(), KEYS, NOW)


def spread_over_machines(path: Path, keys: Path, machines: InProcess) -> StagedFile | None:
    return stage_spread(
        machines, path, RIJK, Reference(), units(), KEYS, now=NOW, key_directory=keys
    )


def told(staging: Callable[[], StagedFile]) -> StagedFile | str:
    """What staging gives, or the words with which it refuses the file."""
    try:
        return staging()
    except RefusedInput as refused:
        return str(refused)


def assert_alike(path: Path, keys: Path, machines: InProcess) -> None:
    """The same rows, or the same refusal in the same words."""
    one = told(lambda: stage(path, "personeel", RIJK, Reference(), units(), KEYS, NOW))
    many = told(
        lambda: (
            spread_over_machines(path, keys, machines)
            or stage(path, "personeel", RIJK, Reference(), units(), KEYS, NOW)
        )
    )
    if isinstance(one, str) or isinstance(many, str):
        assert many == one
    else:
        assert_same(many, one)


def assert_same(many: StagedFile, one: StagedFile) -> None:
    assert (many.sha256, many.rows_read, many.rows_kept) == (
        one.sha256,
        one.rows_read,
        one.rows_kept,
    )
    assert_frame_equal(many.rows, one.rows)
    assert_frame_equal(many.quarantine, one.quarantine)
    assert many.presence is not None
    assert one.presence is not None
    assert_frame_equal(many.presence, one.presence)


@pytest.mark.parametrize(
    "content",
    [
        text(*MANY),
        text(*MANY, end="\r\n"),
        text(*MANY, end="\r"),
        "\n\nsep=;\n" + text(*MANY),
        "\ufeff" + text(*MANY),
        text(*MANY).replace("nederland", '"nederland"'),
        text(*MANY, 'x;"a;b";;;;;;;; ;'),
        text(*MANY, header=HEADER + ";Caf\u00e9").encode("cp1252"),
        text(*(f"31-12-2025;{n};A1;10;V;31-12-1985;;1,0;01-03-2015" for n in range(400))),
    ],
)
@pytest.mark.parametrize("sizes", [(3, 2), (10_000, 5)])
def test_any_cut_gives_what_one_machine_gives(
    content: str | bytes, sizes: tuple[int, int], keys: Path, tmp_path: Path
) -> None:
    many, one = both(write(tmp_path / "personeel_1.csv", content), keys, InProcess(*sizes))
    assert_same(many, one)
    assert one.quarantine.height or one.rows_read == 400


def test_a_compressed_file(keys: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "personeel_1.csv.gz", gzip.compress(text(*MANY).encode()))
    assert_same(*both(path, keys, InProcess(4, 3)))


CELLS = st.sampled_from(
    [
        "31-12-2025",
        "30-09-2025",
        "",
        "1,0",
        "0,3",
        "00012301",
        "00012302",
        "A1",
        "B",
        "V",
        "10",
        "x",
    ]
)


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    rows=st.lists(
        st.one_of(st.sampled_from(MANY), st.lists(CELLS, min_size=1, max_size=11).map(";".join)),
        min_size=1,
        max_size=12,
    ),
    sizes=st.tuples(st.integers(1, 6), st.integers(1, 6)),
)  # fmt: skip
def test_any_rows_in_any_cut(
    rows: list[str], sizes: tuple[int, int], keys: Path, tmp_path: Path
) -> None:
    path = write(tmp_path / "personeel_1.csv", text(*rows))
    assert_alike(path, keys, InProcess(*sizes))


@pytest.mark.parametrize(
    "content",
    [
        text("1;1,2E+17;A1;10;V;;;1;", "1;1,2E+17;A1;10;V;;;1;", ROWS[0]),
        text(*ROWS, header=HEADER.replace("geslacht", "achternaam")),
        text(
            *(
                f"{row};{bsn}"
                for row, bsn in zip(ROWS, ("111222333", "123456782", ""), strict=True)
            ),
            header=HEADER + ";nummer2",
        ),
        text(*ROWS, header=HEADER.replace("peildatum", "datum")),
        HEADER + "\n",
        text('31-12-2025;"0001\n2301";A1;10;V;;;1;', *ROWS),
        text('31-12-2025;"00012301;A1;10;V;;;1;', *ROWS),
        text(*ROWS).encode() + "\u00e9".encode() + b"\n\xe9\n",
        text(*ROWS).encode("utf-16"),
    ],
)
def test_a_whole_file_is_refused_or_staged_as_on_one_machine(
    content: str | bytes, keys: Path, tmp_path: Path
) -> None:
    path = write(tmp_path / "personeel_1.csv", content)
    assert_alike(path, keys, InProcess(2, 2))


def test_nothing_that_is_sent_or_kept_holds_a_number_or_a_key(keys: Path, tmp_path: Path) -> None:
    machines = InProcess(3, 2)
    assert_same(*both(write(tmp_path / "personeel_1.csv", text(*MANY)), keys, machines))
    kept = b"".join(machines.seen)
    assert b"00012301" in text(*MANY).encode()
    assert KEYS.pseudonyms(pl.Series(["00012301"]))[0].encode() in kept  # it would be found
    for number in range(12301, 12310):
        assert f"000{number}".encode() not in kept
    for name in KEY_NAMES:
        assert KEYS.key(name) not in kept
        assert KEYS.key(name).hex().encode() not in kept


def test_another_key_on_a_machine_is_told_by_one_word(tmp_path: Path) -> None:
    write_keys(tmp_path, Keys({name: bytes([9]) * 32 for name in KEY_NAMES}))
    path = write(tmp_path / "personeel_1.csv", text())
    with pytest.raises(Told, match=r"^afspiegeling:key$"):
        both(path, tmp_path, InProcess(2, 2))
    (tmp_path / "record.key").unlink()
    with pytest.raises(Told, match=r"^afspiegeling:key$"):
        both(path, tmp_path, InProcess(2, 2))


def test_a_fault_on_a_machine_is_told_without_what_it_was_about(
    keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise ValueError("conversion of 00012301 failed")

    monkeypatch.setattr("etl.spread.rows.person_columns", fails)
    with pytest.raises(Told) as told:
        both(
            write(tmp_path / "personeel_1.csv", spoiled(0, "geslacht", "?")), keys, InProcess(9, 9)
        )
    assert str(told.value) == "afspiegeling:failed_ValueError"
    assert told.value.__cause__ is None
    assert told.value.__suppress_context__
