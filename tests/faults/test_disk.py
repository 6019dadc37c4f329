"""A disk that is full, may not be written, or loses its power: nothing is half done."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

import afspiegeling
from etl import durable
from etl.settings import Settings
from tests.faults import child
from tests.faults.cases import DONE, NAMES, Case, Cases
from tests.faults.disks import fill, read_only, small_disk
from tests.faults.power import PowerCut
from tests.faults.rounds import KILLED, as_never_cut, whole
from tests.proof.record import record

REFUSED = 2
KIB = 1 << 10
ROOM = 64 << 20
NAMINGS = {"first load": 5, "next publication": 3}
"""How many files get their names: three keys and two reference files; next pointer, publication,
pointer."""


def told(home: Path) -> str:
    """What the last command said, as one refusal and nothing else after the progress."""
    text = child.said(home).read_text(encoding="utf-8")
    assert "Traceback" not in text
    return text


def refused_then_done(case: Case, home: Path, code: int) -> None:
    """The command was refused in one paragraph, changed nothing, and works afterwards."""
    assert code == REFUSED, told(home)
    assert "Next: " in told(home).splitlines()[-1], told(home)
    whole(case, home)


@pytest.mark.parametrize(
    ("name", "size"),
    [("first load", 8 * KIB), pytest.param("first publication", 100 * KIB, marks=pytest.mark.proof)],
)  # fmt: skip
def test_no_file_can_grow(cases: Cases, tmp_path: Path, name: str, size: int) -> None:
    case, home = cases[name], tmp_path / "home"
    case.copy(home)
    code = child.run(home, *case.words, before=partial(child.no_file_above, size))
    refused_then_done(case, home, code)
    if case.loads:
        assert child.run(home, *case.words) in DONE
        as_never_cut(case, home, published_again=False)


@pytest.mark.proof
def test_full_disk(cases: Cases, tmp_path: Path) -> None:
    outcomes: dict[str, str] = {}
    for name in NAMES:
        case = cases[name]
        for left in (0, 4, 16, 64, 128, 256, 512, 1024, 2048):
            with small_disk(tmp_path / "home", ROOM) as mounted:
                assert mounted, "run this proof as root: it mounts small file systems"
                home = case.copy(tmp_path / "home")
                filler = fill(home, left * KIB)
                code = child.run(home, *case.words)
                filler.unlink()
                if code in DONE:
                    outcomes[f"{name}, {left} KiB left"] = "done"
                    continue
                refused_then_done(case, home, code)
                assert child.run(home, *case.words) in DONE
                as_never_cut(case, home, published_again=False)
                outcomes[f"{name}, {left} KiB left"] = "refused, nothing changed, rerun complete"
    refused = [what for what, outcome in outcomes.items() if outcome != "done"]
    assert {what.split(",")[0] for what in refused} == set(NAMES)
    record("full-disk", "pytest -m proof tests/faults/test_disk.py -k full_disk", outcomes)


@pytest.mark.parametrize(
    ("name", "part"),
    [("first load", "."), ("next load", "warehouse"), ("first publication", "."),
     pytest.param("first publication", "published", marks=pytest.mark.proof)],
)  # fmt: skip
def test_read_only(cases: Cases, tmp_path: Path, name: str, part: str) -> None:
    case, home = cases[name], tmp_path / "home"
    case.copy(home)
    (home / part).mkdir(exist_ok=True)
    with read_only(home / part):
        code = child.run(home, *case.words)
    refused_then_done(case, home, code)
    if case.loads:
        assert child.run(home, *case.words) in DONE
        as_never_cut(case, home, published_again=False)


def test_no_room_for_the_report(cases: Cases, tmp_path: Path) -> None:
    """What is stored stands; that the report is missing is said."""
    case = cases["next load"]
    home = case.copy(tmp_path / "home")
    (home / "log").mkdir(exist_ok=True)
    with read_only(home / "log"):
        assert child.run(home, *case.words) in DONE
    assert "The report could not be written" in told(home)
    assert case.stored(home) == case.stored(case.after)


def test_no_room_to_tell_of_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A fault of our own is told on the terminal then, without its message."""

    def fail(obj: afspiegeling.Run) -> None:
        obj.settings = Settings(home=tmp_path)
        raise KeyError("somebody")

    (tmp_path / "log").write_text("no directory")
    monkeypatch.setattr(afspiegeling, "app", fail)
    with pytest.raises(SystemExit) as ended:
        afspiegeling.main()
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert "KeyError" in said
    assert "test_disk.py" in said
    assert "somebody" not in said


@pytest.mark.parametrize(
    ("name", "at", "after"),
    [("first load", 2, True), ("first load", 5, False)],
)
def test_power_cut(cases: Cases, tmp_path: Path, name: str, at: int, after: bool) -> None:
    power_cut(cases[name], tmp_path / "home", at, after=after)


@pytest.mark.proof
def test_power_cut_at_every_name(cases: Cases, tmp_path: Path) -> None:
    outcomes = {}
    for name, namings in NAMINGS.items():
        for at in range(1, namings + 1):
            for after in (False, True):
                power_cut(cases[name], tmp_path / "home", at, after=after)
                when = "after" if after else "before"
                outcomes[f"{name}, {when} name {at} of {namings}"] = "whole, rerun complete"
    record("power-cut", "pytest -m proof tests/faults/test_disk.py -k power_cut", outcomes)


def power_cut(case: Case, home: Path, at: int, *, after: bool) -> None:
    """Cut the power at a naming; what is left is whole, and a second run completes it."""
    case.copy(home)
    code = child.run(home, *case.words, before=PowerCut(home, at, after))
    assert code == KILLED, told(home)
    done = whole(case, home)
    assert child.run(home, *case.words) in DONE, told(home)
    as_never_cut(case, home, published_again=done and not case.loads)


def test_a_power_cut_finds_what_is_not_synced(cases: Cases, tmp_path: Path) -> None:
    """A key that is not synced is lost, for ever: the cut is as hard as it should be."""
    case = cases["first load"]
    home = case.copy(tmp_path / "home")
    cut = partial(careless, PowerCut(home, 3, after=True))
    assert child.run(home, *case.words, before=cut) == KILLED
    assert child.run(home, *case.words) == REFUSED
    assert "A key " in told(home)


def careless(cut: PowerCut) -> None:
    """Cut the power of a process that never syncs."""
    durable.sync = lambda path: None
    cut()


def test_every_naming_is_cut(cases: Cases, tmp_path: Path) -> None:
    """There is no name beyond those that the proof cuts at."""
    case = cases["first load"]
    home = case.copy(tmp_path / "home")
    beyond = NAMINGS["first load"] + 1
    assert child.run(home, *case.words, before=PowerCut(home, beyond, after=True)) in DONE
