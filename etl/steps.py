"""The steps of ``load`` and ``publish`` by name, told to the logger ``afspiegeling.steps``.

They are the moments between which a crash makes a difference. The tests end the process at each
of them (`tests/faults`), and so can anybody who wants to see where a command stopped.
"""

from __future__ import annotations

import logging
from enum import StrEnum

LOG = logging.getLogger("afspiegeling.steps")


class Step(StrEnum):
    """A step that was passed, or, of the stages of ``publish``, one that begins."""

    WAREHOUSE_OPEN = "warehouse open"

    KEYS_READ = "load: keys read"
    FILE_STAGED = "load: file staged"
    FILE_STORED = "load: file stored"
    TREE_CHECKED = "load: tree checked"
    DATES_COMPARED = "load: dates compared"
    REFERENCE_KEPT = "load: reference files kept"
    LOAD_COMMITTED = "load: committed"
    REPORT_WRITTEN = "load: report written"

    LEAVES = "publish: leaves"
    IDENTITY = "publish: identity"
    PLAUSIBILITY = "publish: plausibility"
    COUNT = "publish: count"
    PROTECT = "publish: protect"
    AUDIT = "publish: audit"
    DERIVE = "publish: derive"
    WRITE = "publish: write"
    PUBLICATION_WRITTEN = "publish: file written"
    PUBLICATION_CHECKED = "publish: file checked"
    DECISIONS_RECORDED = "publish: decisions recorded"
    POINTER_READY = "publish: pointer ready"
    PUBLICATION_NAMED = "publish: publication named"
    POINTER_MOVED = "publish: pointer moved"
    LOG_WRITTEN = "publish: log written"


def passed(step: Step) -> None:
    """Tell that a step was reached."""
    LOG.debug(step.value)
