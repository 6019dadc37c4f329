"""Verantwoording in the paper: the rules in force, the attack, the publication, the definitions."""

from __future__ import annotations

import json
from collections.abc import Iterable

import polars as pl

from dashboard.assurance import Audit, account, outcome, verdict
from dashboard.board import METRICS
from dashboard.formats import number
from dashboard.policy import promises, rules
from dashboard.report.paper import Block, Column, Entry, Pair, Section, Table, table, words
from dashboard.text import status_word
from dashboard.view import View

STATUSES = ("published", "suppressed", "not_refreshed", "not_reached", "not_measured")


def accounted(view: View) -> Section:
    """Rules, outcome of the attack, what the publication holds, what the figures mean."""
    _ = view.translate
    policy = json.loads(view.mart.meta()["policy"])
    report = view.mart.current().audit()
    audit = Audit.of(report) if report is not None else None
    title = (
        verdict(audit, view.lang)
        if audit is not None
        else _("Met deze publicatie reist geen aanvalstoets mee")
    )
    blocks = [
        Block(_("Zo worden personen beschermd"), pairs=promises(policy, view.lang)),
        Block(
            _("De aanvalstoets"),
            pairs=account(audit, policy, view.lang) if audit is not None else [],
            table=_outcome(view, audit),
        ),
        _rules(view, policy),
        _publication(view),
        Block(_("Wat de cijfers betekenen"), pairs=_definitions(view)),
    ]
    kept = [block for block in blocks if block.pairs or block.table]
    return Section(_("Verantwoording"), title, blocks=kept)


def _outcome(view: View, audit: Audit | None) -> Table | None:
    _ = view.translate
    found = outcome(audit, view.lang) if audit is not None else []
    if not found:
        return None
    rows = [[words(what), Entry(size, "number"), words(said)] for what, size, said in found]
    columns: list[Column] = [(_("Gezocht"), False), _("Gevonden"), (_("Dat wil zeggen"), False)]
    return table(_("Uitkomst van de aanvalstoets"), columns, rows)


def _rules(view: View, policy: dict[str, object]) -> Block:
    _ = view.translate
    rows = [
        [words(_(rule.words)), Entry(number(rule.value, view.lang), "number"), words(rule.owner)]
        for rule in rules(policy)
    ]
    columns: list[Column] = [(_("Regel"), False), _("Getal"), (_("Wie gaat erover"), False)]
    caption = _("De getallen achter de regels")
    return Block(caption, table=table(caption, columns, rows))


def _publication(view: View) -> Block:
    """Where the figures come from, and how many of them are shown."""
    _ = view.translate
    meta, loads = view.mart.meta(), view.mart.loads()
    found = view.mart.statuses().group_by("status").agg(pl.col("cells").sum())
    sizes = dict(found.iter_rows())
    said = _(
        "{files} bestanden, {read} rijen gelezen, {refused} rijen geweigerd en bewaard met de "
        "reden."
    ).format(
        files=number(loads.height, view.lang),
        read=number(int(meta["rows_read"]), view.lang),
        refused=number(int(meta["rows_refused"]), view.lang),
    )
    rows = [
        [words(status_word(status, view.lang)), Entry(number(sizes[status], view.lang), "number")]
        for status in STATUSES
        if status in sizes
    ]
    title = _("Hoeveel cijfers zijn getoond en hoeveel onderdrukt")
    columns: list[Column] = [(_("Status"), False), _("Cijfers")]
    return Block(title, table=table(title, columns, rows), notes=[said, *_repeated(view)])


def _repeated(view: View) -> Iterable[str]:
    _ = view.translate
    said = _("Onderdrukt is een status en nooit een nul; de reden wordt per cijfer niet gezegd.")
    count = view.mart.repeated()
    if not count:
        return [said]
    pattern = _(
        "Van de getoonde cijfers herhalen er {count} een eerdere stand: sindsdien wisselden te "
        "weinig mensen voor een nieuw getal."
    )
    return [said, pattern.format(count=number(count, view.lang))]


def _definitions(view: View) -> list[Pair]:
    """What the figures of the paper mean, in the words of the publication."""
    label, meaning = f"label_{view.lang}", f"definition_{view.lang}"
    used = [*METRICS, "exit_score", "change_total", "promotion_odds"]
    found = [view.metrics[metric] for metric in used if metric in view.metrics]
    return [(row[label], row[meaning]) for row in found if row[meaning]]
