"""How persons are protected: the rules in force, the attack, what was withdrawn, what remains."""

from __future__ import annotations

import json
from datetime import date

from dash import html
from dash.development.base_component import Component

from dashboard.assurance import Audit, account, outcome, residual, verdict
from dashboard.components import Cell, Column, block, data_table, definition_list, notice
from dashboard.formats import date_text, number, short_period
from dashboard.policy import Rule, promises, rules
from dashboard.view import View


def protection(view: View) -> Component:
    """The rules in force: first what they do, then every number with its reason."""
    _ = view.translate
    policy = json.loads(view.mart.meta()["policy"])
    columns = [Column(_("Regel")), Column(_("Getal"), numeric=True)]
    if not view.style.narrow:  # on a phone the rest stands under the rule
        columns += [Column(_("Waarom")), Column(_("Wie gaat erover")), Column(_("Sinds"))]
    rows = [_rule(view, rule) for rule in rules(policy)]
    return block(
        _("Zo worden personen beschermd"),
        definition_list(promises(policy, view.lang)),
        data_table(columns, rows, label=_("De getallen achter de regels")),
        subtitle=_("De regels die voor deze publicatie gelden; ze reizen met de cijfers mee"),
    )


def _rule(view: View, rule: Rule) -> list[Cell]:
    """What a rule says, its number, why, whose it is and since when."""
    _ = view.translate
    words, value = _(rule.words), number(rule.value, view.lang)
    since = date_text(date.fromisoformat(rule.since), view.lang) if rule.since else "–"
    if not view.style.narrow:
        return [words, value, _dutch(rule.reason, view), rule.owner, since]
    told = html.Span(rule.reason, className="under", lang="nl")
    whose = html.Span(f"{rule.owner} · {since}", className="under")
    return [html.Div([words, told, whose]), value]


def _dutch(words: str, view: View) -> Component | str:
    """Reasons are written by the organisation, in Dutch: say so to a screen reader."""
    return words if view.lang == "nl" else html.Td(html.Span(words, lang="nl"))


def attack(view: View) -> Component:
    """Who was assumed to attack, what was tried, what came out, and what safe means."""
    _ = view.translate
    report = view.mart.current().audit()
    if report is None:
        return block(
            _("Met deze publicatie reist geen aanvalstoets mee"),
            notice(
                _(
                    "Een aanvalstoets rekent na of iemand verborgen aantallen kan afleiden door "
                    "getoonde cijfers van elkaar af te trekken. Van deze publicatie is de uitkomst "
                    "niet bekend; de drempels en de afronding hierboven zijn wel toegepast."
                )
            ),
        )
    audit = Audit.of(report)
    columns = [
        Column(_("Gezocht")),
        Column(_("Gevonden"), numeric=True),
        Column(_("Dat wil zeggen")),
    ]
    rows: list[list[Cell]] = [list(row) for row in outcome(audit, view.lang)]
    policy = json.loads(view.mart.meta()["policy"])
    return block(
        verdict(audit, view.lang),
        definition_list(account(audit, policy, view.lang)),
        data_table(columns, rows, label=_("Uitkomst van de aanvalstoets")) if rows else None,
        subtitle=_("De aanvalstoets: elke publicatie wordt aangevallen voordat zij wordt getoond"),
    )


def remaining(view: View) -> Component:
    """What no rule and no attack of ours takes away."""
    _ = view.translate
    return block(_("Welk risico overblijft"), definition_list(residual(view.lang)))


def withdrawn(view: View) -> Component | None:
    """Figures that were found wrong; nothing where there are none."""
    _ = view.translate
    found = view.mart.withdrawals()
    if found.is_empty():
        return None
    rows: list[list[Cell]] = [
        [
            view.metric(row["metric"]),
            short_period(row["period"], view.lang),
            _dutch(row["reason"] or "–", view),
        ]
        for row in found.iter_rows(named=True)
    ]
    columns = [Column(_("Kengetal")), Column(_("Periode")), Column(_("Reden"))]
    return block(
        _("Welke cijfers zijn ingetrokken"),
        data_table(columns, rows, label=_("Ingetrokken cijfers")),
        subtitle=_("Fout gebleken: sindsdien onderdrukt, en niet door een ander getal vervangen"),
    )
