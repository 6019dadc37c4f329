"""What is shipped to run it: hardened units that systemd accepts, a container without rights."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.main import get_command

import afspiegeling
from tests.conftest import REPOSITORY

DEPLOY = REPOSITORY / "deploy"
UNITS = sorted(path.name for path in DEPLOY.glob("*.service"))
HARDENED = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "ProtectKernelTunables": "yes",
    "ProtectKernelModules": "yes",
    "ProtectControlGroups": "yes",
    "MemoryDenyWriteExecute": "yes",
    "RestrictNamespaces": "yes",
    "RestrictSUIDSGID": "yes",
    "CapabilityBoundingSet": "",
    "SystemCallArchitectures": "native",
}
CONTAINERFILE = (DEPLOY / "Containerfile").read_text(encoding="utf-8")


def settings_of(unit: str) -> dict[str, list[str]]:
    """Setting -> its values in order, whatever the section."""
    found: dict[str, list[str]] = {}
    for line in (DEPLOY / unit).read_text(encoding="utf-8").splitlines():
        if re.match(r"[A-Za-z]+=", line):
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_is_hardened(unit: str) -> None:
    held = settings_of(unit)
    assert {name: held.get(name, ["?"])[-1] for name in HARDENED} == HARDENED
    assert held.get("DynamicUser") == ["yes"] or held["User"] == ["afspiegeling"]
    assert "POLARS_SKIP_CPU_CHECK=1" in held["Environment"][0]  # it writes code into memory


def test_the_web_process_sees_publications_alone() -> None:
    held = settings_of("afspiegeling.service")
    assert held["TemporaryFileSystem"] == ["/var/lib/afspiegeling:ro"]
    assert held["BindReadOnlyPaths"] == ["/var/lib/afspiegeling/published"]
    assert "ReadWritePaths" not in held
    assert held["IPAddressAllow"] == ["localhost"]


def test_retention_is_told_first_and_has_no_keys() -> None:
    held = settings_of("afspiegeling-retention.service")
    assert held["ExecStartPre"][0].endswith(" retention")
    assert held["ExecStart"][0].endswith(" retention --apply")
    assert held["InaccessiblePaths"] == ["-/var/lib/afspiegeling/keys"]
    timer = configparser.ConfigParser(strict=False, interpolation=None)
    timer.read(DEPLOY / "afspiegeling-retention.timer")
    assert timer["Timer"]["Persistent"] == "yes" or timer["Timer"]["Persistent"] == "true"


@pytest.mark.parametrize("unit", UNITS)
def test_the_commands_of_a_unit_exist(unit: str) -> None:
    commands = get_command(afspiegeling.app)
    held = settings_of(unit)
    for line in [*held["ExecStart"], *held.get("ExecStartPre", [])]:
        program, option, home, name, *arguments = shlex.split(line)
        assert (Path(program).name, option, home) == (
            "afspiegeling", "--home", "/var/lib/afspiegeling",
        )  # fmt: skip
        command = commands.commands[name]  # type: ignore[attr-defined]
        known = {text for parameter in command.params for text in parameter.opts}
        assert {word for word in arguments if word.startswith("--")} <= known


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_accepts_the_units_and_finds_little_exposed(tmp_path: Path) -> None:
    for path in DEPLOY.iterdir():
        text = re.sub(r"/opt/\S+/afspiegeling\b", "/bin/true", path.read_text(encoding="utf-8"))
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    units = [str(tmp_path / path.name) for path in DEPLOY.iterdir() if path.name != "Containerfile"]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    said = [line for line in done.stderr.splitlines() if "afspiegeling" in line]
    assert said == []
    for unit in UNITS:
        done = subprocess.run(
            ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(DEPLOY / unit)],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-200:]  # exposure of at most 2.0


def test_the_container_has_no_rights_and_is_watched() -> None:
    lines = CONTAINERFILE.splitlines()
    (user,) = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    assert lines.index(f"USER {user}") > max(n for n, line in enumerate(lines) if "RUN" in line)
    assert "/healthz" in CONTAINERFILE.partition("HEALTHCHECK")[2]
    assert CONTAINERFILE.count("--require-hashes") == 2
    assert "--read-only" in CONTAINERFILE
    assert not re.search(r"(ENV|ARG).*KEY", CONTAINERFILE)


def test_the_container_holds_what_the_product_reads() -> None:
    copied = set(re.findall(r"^COPY (\S+) \1$", CONTAINERFILE, flags=re.MULTILINE))
    assert {"etl", "dashboard", "assets", "data/reference"} <= copied
    assert not {"data", ".", "tests"} & copied
