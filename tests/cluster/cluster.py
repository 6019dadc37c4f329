"""A Spark cluster on the loopback address: a master and two workers, each a process of its own."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DEPLOY = "org.apache.spark.deploy"

DEFAULTS = {
    "spark.authenticate": "true",
    "spark.network.crypto.enabled": "true",
    "spark.io.encryption.enabled": "true",
    "spark.master.rest.enabled": "false",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.eventLog.enabled": "true",
    "spark.eventLog.rolling.enabled": "false",
    "spark.eventLog.compress": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "1g",
    "spark.executor.memory": "1g",
    "spark.executor.cores": "1",
    "spark.sql.adaptive.coalescePartitions.enabled": "false",
    "spark.sql.session.timeZone": "UTC",
}
"""Without coalescing, so that a shuffle has tasks enough to lose some."""


def spark_home() -> Path:
    """Where pip has put Spark; asked when a cluster starts, since most environments have none."""
    import pyspark

    return Path(pyspark.__file__).parent


@dataclass
class Cluster:
    """A running cluster; ``workers`` are the processes of its workers."""

    directory: Path
    url: str
    secret: str
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def shared(self) -> Path:
        """What driver and executors share."""
        return self.directory / "shared"

    def written(self) -> list[Path]:
        """Every file that Spark has written: logs, worker directories, event log, local files."""
        places = ("logs", "work", "events", "local", "shared")
        found = [p for place in places for p in (self.directory / place).rglob("*")]
        return [path for path in found if path.is_file()]

    def events(self) -> list[dict[str, Any]]:
        """The event log of every application, in order."""
        files = sorted(p for p in (self.directory / "events").rglob("*") if p.is_file())
        return [json.loads(line) for file in files for line in file.read_text().splitlines()]

    def kill_a_worker(self) -> int:
        """Kill -9 the worker that has an executor, and this executor; how many processes died."""
        for worker in self.workers:
            executors = children_of(worker.pid)
            if executors:
                for process in (worker.pid, *executors):
                    os.kill(process, signal.SIGKILL)
                return 1 + len(executors)
        raise AssertionError("no worker has an executor")


def children_of(process: int) -> list[int]:
    """The processes that a process started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rsplit(")", 1)[1].split()[1]) == process:
                found.append(int(stat.parent.name))
    return found


@contextmanager
def running_cluster(directory: Path, **changed: str) -> Iterator[Cluster]:
    """Start master and workers in a directory; ``SPARK_*`` of this process point to them."""
    for place in ("conf", "logs", "work", "events", "local", "shared", "tmp"):
        (directory / place).mkdir(parents=True, mode=0o700)
    secret = secrets.token_hex(16)
    settings = DEFAULTS | changed
    settings |= {
        "spark.authenticate.secret": secret,
        "spark.eventLog.dir": (directory / "events").as_uri(),
    }
    conf = directory / "conf" / "spark-defaults.conf"
    conf.touch(mode=0o600)
    conf.write_text("".join(f"{key} {value}\n" for key, value in settings.items()))
    environment = {
        "SPARK_CONF_DIR": str(directory / "conf"),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_DIRS": str(directory / "local"),
        "SPARK_LOG_DIR": str(directory / "logs"),
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_HOME": str(spark_home()),
        "PYSPARK_PYTHON": sys.executable,
    }
    before = dict(os.environ)
    os.environ.update(environment)
    started: list[subprocess.Popen[bytes]] = []
    try:
        master = _start(directory, "master", [f"{DEPLOY}.master.Master", "--port", "0"])
        started.append(master)
        cluster = Cluster(directory, _address(directory / "logs" / "master"), secret)
        for number in (1, 2):
            command = [f"{DEPLOY}.worker.Worker", "--cores", "1", "--memory", "1g"]
            command += ["--work-dir", str(directory / "work" / str(number)), cluster.url]
            worker = _start(directory, f"worker-{number}", command)
            started.append(worker)
            cluster.workers.append(worker)
        _wait(lambda: (directory / "logs" / "master").read_text().count("Registering worker") == 2)
        yield cluster
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            process.wait(timeout=30)
        os.environ.clear()
        os.environ.update(before)


def _start(directory: Path, name: str, command: list[str]) -> subprocess.Popen[bytes]:
    with (directory / "logs" / name).open("wb") as log:
        return subprocess.Popen(
            [
                spark_home() / "bin" / "spark-class",
                command[0],
                "--host",
                "127.0.0.1",
                "--webui-port",
                "0",
                *command[1:],
            ],
            stdout=log,
            stderr=log,
        )


def _address(log: Path) -> str:
    _wait(lambda: "Starting Spark master at" in log.read_text())
    return log.read_text().split("Starting Spark master at ")[1].split()[0]


def _wait(true: Any, seconds: float = 180) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "the cluster did not start"
        time.sleep(0.05)
