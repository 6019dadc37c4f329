"""The one door to the published data: a read-only file that holds protected aggregates only.

``Mart`` follows the pointer ``current.json``: a new publication is served from the next request on,
without a restart; a broken pointer keeps the publication that was served before. One connection per
publication is kept open (opening takes some 30 ms), every call works on its own cursor and drains
its result, so that threads do not meet.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from dashboard.approval import REQUIRED, Approval, check_approval, read_approval
from dashboard.errors import MartUnavailable
from dashboard.i18n import language, translator

log = logging.getLogger(__name__)

POINTER = "current.json"
CONFIG = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "threads": "1",  # queries of a millisecond: more threads only wait for one another
    "lock_configuration": "true",  # no statement can open again what is closed here
}
_CELLS = """SELECT * REPLACE (
    CASE WHEN status = 'published' THEN value END AS value,
    CASE WHEN status = 'published' THEN lower END AS lower,
    CASE WHEN status = 'published' THEN upper END AS upper
) FROM mart_cell"""
"""A cell that is not shown has no number here, whatever a file may hold."""
TABLES = {
    "cells": _CELLS,
    "dimensions": "SELECT * FROM mart_dimension ORDER BY dimension, position, code",
    "metrics": "SELECT * FROM mart_metric",
    "plan": "SELECT * FROM mart_plan",
    "references": "SELECT * FROM mart_reference",
    "loads": "SELECT * FROM mart_load ORDER BY reference_date NULLS FIRST, extract",
    "refusals": "SELECT * FROM mart_refusal ORDER BY rule",
    "warnings": "SELECT * FROM mart_warning ORDER BY reference_date DESC, unit, rule",
    "statuses": "SELECT * FROM mart_status ORDER BY kind, status",
    "history": "SELECT * FROM mart_history ORDER BY created DESC, publication DESC",
    "meta": "SELECT * FROM mart_meta",
    "audit": "SELECT * FROM mart_audit",
    "withdrawals": "SELECT metric, period, reason FROM mart_withdrawal "
    "ORDER BY period DESC, metric",
    "findings": "SELECT * FROM mart_finding",
    "news": "SELECT * FROM mart_news",
    "repeated": "SELECT count(*) AS cells FROM mart_cell "
    "WHERE status = 'published' AND as_of <> period",
    "names": "SELECT table_name FROM information_schema.tables ORDER BY table_name",
}
ASKED = "SELECT value FROM mart_meta WHERE key = 'approval'"
CELLS = _CELLS + " WHERE unit = ANY($units)"
"""The one query by value: the cells of some units, which are then kept; values are bound."""
KEY = [
    *("metric", "period", "period_kind", "unit", "unit_level", "scale_group"),
    *("attribute", "category", "attribute2", "category2"),
]
"""The columns that name a cell; cells are always given in this order."""


class Publication:
    """One immutable publication; every answer of it is of the same run."""

    def __init__(self, path: Path, approval: Approval) -> None:
        self.path, self.approval = path, approval
        self._connection = duckdb.connect(str(path), read_only=True, config=CONFIG)
        self._frames: dict[str, pl.DataFrame] = {}
        self._cells: dict[str, pl.DataFrame] = {}
        self._unusual: dict[str, list[dict[str, Any]]] = {}

    def _run(self, query: str, parameters: dict[str, object] | None = None) -> pl.DataFrame:
        cursor = self._connection.cursor()
        try:
            frame = pl.from_arrow(cursor.sql(query, params=parameters or {}).to_arrow_table())
        finally:
            cursor.close()
        assert isinstance(frame, pl.DataFrame)  # noqa: S101  (a table never becomes a series)
        return frame

    def table(self, name: str) -> pl.DataFrame:
        """One whole table, read once. Names are the keys of ``TABLES``."""
        frame = self._frames.get(name)
        if frame is None:
            frame = self._run(TABLES[name])
            if name != "cells":  # the one large table: whole only for an export, never kept
                self._frames[name] = frame
        return frame

    def asks_approval(self) -> bool:
        """Whether it may be shown only once it was approved. Without Polars: a lock is held."""
        rows = self._connection.cursor().execute(ASKED).fetchall()
        return bool(rows == [(REQUIRED,)])

    @cached_property
    def meta(self) -> dict[str, str]:
        """Everything that is said about the publication as a whole."""
        return dict(self.table("meta").select("key", "value").iter_rows())

    @cached_property
    def labels(self) -> dict[tuple[str, str], tuple[str, str]]:
        """(dimension, code) -> (Dutch, English)."""
        rows = self.table("dimensions").select("dimension", "code", "label_nl", "label_en")
        return {(dimension, code): (nl, en) for dimension, code, nl, en in rows.iter_rows()}

    @cached_property
    def parents(self) -> dict[str, str]:
        """Unit -> parent, the root to an empty text; in the order of the tree."""
        units = self.table("dimensions").filter(pl.col("dimension") == "unit")
        return dict(units.select("code", "parent").iter_rows())

    @cached_property
    def dimension_rows(self) -> dict[str, list[dict[str, Any]]]:
        """Dimension -> its rows in their order."""
        found: dict[str, list[dict[str, Any]]] = {}
        for row in self.table("dimensions").sort("position").to_dicts():
            found.setdefault(row["dimension"], []).append(row)
        return found

    @cached_property
    def reference_rows(self) -> list[dict[str, Any]]:
        """Targets and benchmarks, those of the earliest year first."""
        return self.table("references").sort("year", maintain_order=True).to_dicts()

    def cells(
        self, units: Sequence[str], conditions: Mapping[str, Collection[str]]
    ) -> pl.DataFrame:
        """The cells of some units for which every named column has one of the given codes."""
        frames = self._units(units)
        wanted = [pl.col(name).is_in(list(codes)) for name, codes in conditions.items()]
        return pl.concat(frames).filter(*wanted).sort(KEY)

    def _units(self, units: Sequence[str]) -> list[pl.DataFrame]:
        """The cells of each unit; a publication does not change, so each is read once."""
        asked = list(dict.fromkeys(units))
        unread = [unit for unit in asked if unit not in self._cells]
        if unread or not asked:
            read = self._run(CELLS, {"units": unread})
            empty = read.clear()
            found = read.partition_by("unit", as_dict=True)
            self._cells |= {
                unit: found.get((unit,), empty) for unit in unread if unit in self.parents
            }
            return [*(self._cells.get(unit, empty) for unit in asked), empty]
        return [self._cells[unit] for unit in asked]

    def unusual(self, units: Sequence[str]) -> list[dict[str, Any]]:
        """Cells of some units that are not shown, or that repeat an earlier date: few."""
        few = (pl.col("status") != "published") | (pl.col("as_of") != pl.col("period"))
        for unit in units:
            if unit not in self._unusual:
                self._unusual[unit] = self._units([unit])[0].filter(few).to_dicts()
        return [row for unit in units for row in self._unusual[unit]]

    def holds(self, table: str) -> bool:
        """Whether the publication has a table that not every one has."""
        return table in self.table("names")["table_name"].to_list()

    def audit(self) -> dict[str, str] | None:
        """The report of the attack audit, or None when the publication holds none."""
        if not self.holds("mart_audit"):
            return None
        return dict(self.table("audit").select("key", "value").iter_rows())


class Mart:
    """The served publication. Thread-safe; give one to the whole application."""

    def __init__(self, published: Path) -> None:
        self.published = published
        self._lock = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._open: Publication | None = None
        self._complained: str | None = None
        self._held = threading.local()

    def hold(self) -> None:
        """From now on this thread reads one publication, whatever is published meanwhile."""
        try:
            self._held.publication = self._newest()
        except MartUnavailable:
            self._held.publication = None

    def release(self) -> None:
        """Let this thread follow the pointer again."""
        self._held.publication = None

    def follows(self) -> bool:
        """Whether what this process serves is what the pointer names."""
        return self._open is not None and self._stamp() == self._seen

    def current(self) -> Publication:
        """The publication that this thread holds, else the one that the pointer names now.

        Raises:
            MartUnavailable: there is none, and none was served before.
        """
        return getattr(self._held, "publication", None) or self._newest()

    def _newest(self) -> Publication:
        stamp = self._stamp()
        if self._open is not None and stamp == self._seen:
            return self._open
        with self._lock:
            if self._open is None or stamp != self._seen:
                self._follow(stamp)
            if self._open is None:
                raise self._nothing()
            return self._open

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            stat = (self.published / POINTER).stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_ino, stat.st_size

    def _follow(self, stamp: tuple[int, int, int] | None) -> None:
        try:
            path, approval = _target(self.published)
            if self._open is None or (path, approval) != (self._open.path, self._open.approval):
                new = Publication(path, approval)
                check_approval(approval, required=new.asks_approval())
                self._open = new  # the old one closes when its last reader is done
            self._seen = stamp
        except (OSError, ValueError, KeyError, TypeError, duckdb.Error) as error:
            # A half-written pointer or file: serve what was served, try again at the next request.
            if (message := type(error).__name__) != self._complained:
                log.warning("pointer cannot be followed", extra={"facts": {"error": message}})
                self._complained = message

    def _nothing(self) -> MartUnavailable:
        return MartUnavailable(
            "There is no publication to show",
            where=str(self.published),
            expected=f"a publication and the pointer {POINTER}",
            got="a pointer that cannot be followed" if self._stamp() else "no pointer",
            next_step="run `afspiegeling load` and `afspiegeling publish`, or `afspiegeling demo`",
        )

    @property
    def publication(self) -> str:
        """The name of the publication, such as ``2026-1``."""
        return self.current().meta["publication"]

    def key(self) -> Hashable:
        """What all answers depend on beside the question: an answer can be kept under it.

        Raises:
            MartUnavailable: there is nothing to answer from.
        """
        publication = self.current()
        return publication.path, publication.approval

    def meta(self) -> dict[str, str]:
        """What is said about the publication as a whole (a copy)."""
        return dict(self.current().meta)

    def approval(self) -> Approval:
        """Who approved the publication, by role, and when; of a draft that it is one."""
        return self.current().approval

    def dimensions(self) -> pl.DataFrame:
        """Every code of every dimension, with labels, parent and position."""
        return self.current().table("dimensions")

    def dimension_rows(self, name: str) -> list[dict[str, Any]]:
        """The rows of one dimension in their order; empty where there is none."""
        return self.current().dimension_rows.get(name, [])

    def reference_rows(self) -> list[dict[str, Any]]:
        """Targets and benchmarks, those of the earliest year first."""
        return self.current().reference_rows

    def metrics(self) -> pl.DataFrame:
        """Every metric with kind, unit, labels and definition."""
        return self.current().table("metrics")

    def plan(self) -> pl.DataFrame:
        """The tables that may be published; what is not here is not made."""
        return self.current().table("plan")

    def references(self) -> pl.DataFrame:
        """Targets and benchmarks."""
        return self.current().table("references")

    def loads(self) -> pl.DataFrame:
        """The extracts behind the publication."""
        return self.current().table("loads")

    def refusals(self) -> pl.DataFrame:
        """Refused rows per rule, over the whole publication."""
        return self.current().table("refusals")

    def warnings(self) -> pl.DataFrame:
        """Plausibility warnings: rule, unit and date, without figures."""
        return self.current().table("warnings")

    def statuses(self) -> pl.DataFrame:
        """Number of cells per status and kind."""
        return self.current().table("statuses")

    def repeated(self) -> int:
        """How many shown numbers belong to an earlier date than their period."""
        return int(self.current().table("repeated").item())

    def withdrawals(self) -> pl.DataFrame:
        """Figures found wrong and hidden since: metric, period, reason; empty without any."""
        publication = self.current()
        if publication.holds("mart_withdrawal"):
            return publication.table("withdrawals")
        return pl.DataFrame(schema=dict.fromkeys(("metric", "period", "reason"), pl.String))

    def findings(self) -> pl.DataFrame:
        """What asks for attention, ranked, of the newest figures."""
        return self.current().table("findings")

    def news(self) -> pl.DataFrame | None:
        """What is new since the publication before; None where that does not travel along."""
        publication = self.current()
        return publication.table("news") if publication.holds("mart_news") else None

    def history(self) -> pl.DataFrame:
        """Earlier publications, newest first."""
        return self.current().table("history")

    def cells(
        self,
        metrics: Sequence[str],
        units: Sequence[str],
        periods: Sequence[str] | None = None,
        *,
        period_kind: str | None = None,
        scale_groups: Sequence[str] | None = None,
        attribute: str | Sequence[str] | None = None,
        categories: Sequence[str] | None = None,
        attribute2: str | None = "",
    ) -> pl.DataFrame:
        """Cells of the publication, sorted by key; None means: no condition.

        Intersections (a second attribute) are left out unless ``attribute2`` names one (or None:
        with and without). ``attribute=""`` gives everybody.
        """
        conditions: dict[str, Collection[str] | None] = {
            "metric": metrics,
            "period": periods,
            "period_kind": _one(period_kind),
            "scale_group": scale_groups,
            "attribute": _one(attribute) if isinstance(attribute, str) else attribute,
            "category": categories,
            "attribute2": _one(attribute2),
        }
        given = {name: codes for name, codes in conditions.items() if codes is not None}
        return self.current().cells(units, given)

    def unusual_cells(self, units: Sequence[str]) -> list[dict[str, Any]]:
        """Cells of some units that are not shown, or that repeat an earlier date."""
        return self.current().unusual(units)

    def children(self, unit: str) -> list[str]:
        """The units directly under ``unit``, in the order of the tree."""
        return [code for code, parent in self.current().parents.items() if parent == unit]

    def ancestors(self, unit: str) -> list[str]:
        """From the root down to the parent of ``unit``; empty for the root itself."""
        parents, path = self.current().parents, list[str]()
        above = parents.get(unit, "")
        while above and above not in path:
            path.insert(0, above)
            above = parents.get(above, "")
        return path

    def label(self, dimension: str, code: str, lang: str) -> str:
        """The label of a code; the code itself where the publication has none."""
        return _label(self.current().labels, dimension, code, lang)

    def labeller(self, lang: str) -> Callable[[str, str], str]:
        """``label`` for threads that are not ours: of what this thread reads now, without a lock.

        Polars calls it from its own threads; one that waited for the lock there would wait for
        ever when whoever holds the lock waits for Polars.
        """
        labels = self.current().labels
        return lambda dimension, code: _label(labels, dimension, code, lang)


LABEL_OF = {"nl": 0, "en": 1}


def _label(
    labels: Mapping[tuple[str, str], tuple[str, str]], dimension: str, code: str, lang: str
) -> str:
    found = labels.get((dimension, code))
    if found is not None:
        return found[LABEL_OF[language(lang)]]
    _ = translator(lang)
    if dimension == "scale_group" and code == "all":
        return _("alle schalen")
    return code or _("iedereen")


def _one(code: str | None) -> list[str] | None:
    return None if code is None else [code]


def _target(published: Path) -> tuple[Path, Approval]:
    """The file that the pointer names, after checking that it is the one that was written."""
    pointer = json.loads((published / POINTER).read_text(encoding="utf-8"))
    name = Path(pointer["file"]).name  # a pointer never leads out of the directory
    content = (published / name).read_bytes()
    if hashlib.sha256(content).hexdigest() != pointer["sha256"]:
        raise ValueError("the publication is not the file that the pointer describes")
    return published / name, read_approval(published, pointer)
