"""A Spark session: the platform's own, or one on the address in the settings; errors in our words.

``pyspark`` is imported here only, when it is asked for. Words of Spark never reach a user or a log:
a failed task quotes the rows that it worked on. What is told is the name of the error alone.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from etl.errors import AfspiegelingError, RefusedInput

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

OURS = {
    "spark.app.name": "afspiegeling",
    "spark.sql.session.timeZone": "UTC",
    "spark.io.encryption.enabled": "true",
    "spark.ui.enabled": "false",
    "spark.driver.maxResultSize": "0",
    "spark.sql.ansi.enabled": "true",
}
"""What a session that we open asks for; all else is the cluster's own (``spark-defaults.conf``).

Shuffles and spills are encrypted on the disks of the workers; the web page of the application,
which shows plans, is off; leaves may be of any size.
"""
_MARKED = re.compile(r"afspiegeling:(\w+)")
_NAMED = re.compile(r"\[([A-Z][A-Z0-9_.]+)\]")


@contextmanager
def spark_session(url: str | None) -> Iterator[SparkSession]:
    """The platform's own session where there is one, else a session on ``url``, stopped after.

    Raises:
        RefusedInput: no pyspark, no Java, no session and no address, or nobody answers there.
    """
    try:
        from pyspark.sql import SparkSession  # noqa: PLC0415  (an optional extra)
    except ImportError:
        raise RefusedInput(
            "The engine spark needs a part that is not installed",
            expected="pyspark beside this installation",
            next_step='install "afspiegeling[spark]" (docs/scale-out.md), or set '
            "AFSPIEGELING_ENGINE=duckdb",
        ) from None
    own = SparkSession.getActiveSession()
    if own is not None:
        yield own
        return
    if url is None and not _on_a_platform():
        raise RefusedInput(
            "There is no Spark session",
            expected="a platform that gives one (a notebook, spark-submit), or an address",
            next_step="set AFSPIEGELING_SPARK_URL, such as spark://host:7077 or sc://host:15002",
        )
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # else: whatever `python3` is there
    with spark_errors(url or "the platform's own session"):
        builder = SparkSession.builder
        if url is not None:
            builder = builder.remote(url) if url.startswith("sc://") else builder.master(url)
        if url is None or not url.startswith("sc://"):
            for key, value in OURS.items():
                builder = builder.config(key, value)
        session = builder.getOrCreate()
    try:
        yield session
    finally:
        with suppress(Exception):  # it may be gone already
            session.stop()


def _on_a_platform() -> bool:
    """Whether something started us that has a session ready (spark-submit, a notebook)."""
    return any(os.environ.get(name) for name in ("PYSPARK_GATEWAY_PORT", "SPARK_REMOTE"))


def uri(path: Path) -> str:
    """A path as Spark reads it: a path without scheme would be one of the cluster's own store."""
    return path.resolve().as_uri()


@contextmanager
def spark_errors(where: str) -> Iterator[None]:
    """Turn whatever Spark raises into a refusal, without its words.

    Raises:
        RefusedInput: Spark failed; the work was not done and nothing was changed.
    """
    try:
        yield
    except AfspiegelingError:
        raise
    except Exception as error:
        if not _is_of_spark(error):
            raise
        raise refusal(error, where) from None


def _is_of_spark(error: BaseException) -> bool:
    origins = ("pyspark", "py4j", "grpc")
    return any(kind.__module__.split(".")[0] in origins for kind in type(error).__mro__)


def refusal(error: BaseException, where: str) -> RefusedInput:
    """What is told of an error of Spark: which of the known faults it is, else its name.

    Args:
        error: as raised; its text is looked at and never passed on.
        where: the address or directory in hand.
    """
    text = f"{type(error).__name__}: {error}"
    marked = _MARKED.search(text)
    if marked and marked[1] in _MARKED_FAULTS:
        what, expected, next_step = _MARKED_FAULTS[marked[1]]
        return RefusedInput(what, where=where, expected=expected, next_step=next_step)
    for words, what, expected, next_step in _FAULTS:
        if any(word in text for word in words):
            return RefusedInput(
                what, where=where, expected=expected, got=_name(error), next_step=next_step
            )
    return RefusedInput(
        "Spark could not do the work",
        where=where,
        expected="a cluster that runs the query to its end",
        got=_name(error),
        next_step="look at the log of the Spark application; nothing was changed, so that the "
        "command can be run again",
    )


def _name(error: BaseException) -> str:
    """The name that Spark gives an error, without its text."""
    marked = _MARKED.search(str(error))
    if marked:
        return marked[1]
    named = _NAMED.search(str(error))
    return named[1] if named else type(error).__name__


_MARKED_FAULTS = {
    "key": (
        "An executor has another key than this machine, or none",
        "pseudonym.key and record.key of this home, mode 0400 or 0600, on every executor",
        "give the executors the keys (a mounted secret) and say where: AFSPIEGELING_SPARK_KEYS",
    ),
    "file": (
        "A part of the file cannot be read as a table",
        "delimited text in one encoding, quotes around whole fields",
        "load this file with AFSPIEGELING_ENGINE=duckdb to be told the line, or correct the export",
    ),
}
"""Faults that our own code on an executor found: the mark is all that it says."""

_FAULTS = (
    (
        ("No module named 'etl'", "ModuleNotFoundError"),
        "An executor cannot import Afspiegeling",
        "this version of Afspiegeling and its libraries in the Python of every executor",
        "install it there, and name that Python: PYSPARK_PYTHON",
    ),
    (
        ("JAVA_GATEWAY_EXITED", "JAVA_HOME"),
        "Spark could not be started: there is no Java 17 that works",
        "a Java 17 (or 21) that this user can run, on the PATH or in JAVA_HOME",
        "install it, or set AFSPIEGELING_ENGINE=duckdb",
    ),
    (
        ("FILE_NOT_EXIST", "FileNotFoundException", "PATH_NOT_FOUND", "NoSuchFileException"),
        "A machine of the cluster does not see the shared directory",
        "the directory under the same path on this machine and on every executor",
        "mount it everywhere, or set AFSPIEGELING_SPARK_SHARED to one that is",
    ),
    (
        ("CANNOT_MERGE_SCHEMA", "CANNOT_READ_FILE_FOOTER", "PARQUET_COLUMN_DATA_TYPE_MISMATCH"),
        "The files of a relation do not have one schema",
        "files that one version of Afspiegeling wrote",
        "empty the shared directory and run the command again",
    ),
    (
        ("All masters are unresponsive", "UNAVAILABLE", "RETRIES_EXCEEDED", "NO_ACTIVE_SESSION",
         "Connection refused", "ConnectException", "stopped SparkContext",
         "SparkContext was shut down", "Application has been killed"),
        "There is no Spark at this address, or it went away",
        "a master, a Connect server or a platform that answers",
        "correct AFSPIEGELING_SPARK_URL or start the cluster; nothing was changed, so that the "
        "command can be run again",
    ),
    (
        ("ExecutorLostFailure", "Lost executor", "MetadataFetchFailed", "FetchFailed",
         "WORKER_LOST", "Python worker exited unexpectedly"),
        "Workers were lost, more often than the work could be done again",
        "workers that live long enough, with the memory that docs/scale-out.md tells",
        "look at the workers (memory, disk), then run the command again; nothing was changed",
    ),
)  # fmt: skip
"""Words by which Spark tells a fault -> what it is, what was expected, what to do."""
