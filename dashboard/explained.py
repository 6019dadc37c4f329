"""Numbers that are hidden or repeat an earlier date: what that means, on demand, in plain words."""

from __future__ import annotations

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.cells import Row
from dashboard.compare import repeated
from dashboard.view import METHOD, View

NOT_REFRESHED, SUPPRESSED = "not_refreshed", "suppressed"


def explained(view: View, rows: Sequence[Row]) -> list[Component]:
    """On demand: what hidden, repeated and not refreshed mean; nothing where there is none."""
    return [*_hidden(view, rows), *_repeated(view, rows)]


def _hidden(view: View, rows: Sequence[Row]) -> list[Component]:
    _ = view.translate
    if all(row["status"] != SUPPRESSED for row in rows):
        return []
    said = [
        _(
            "Dit cijfer is verborgen om personen te beschermen. Het is geen nul, en de reden wordt "
            "per cijfer niet gezegd."
        ),
        _(
            "Een grotere groep, een hoger onderdeel of een langere periode wordt vaker getoond: "
            "kies het onderdeel erboven of alle schalen."
        ),
    ]
    return [_on_demand(view, _("Wat is onderdrukt?"), said)]


def _repeated(view: View, rows: Sequence[Row]) -> list[Component]:
    _ = view.translate
    again = any(repeated(row) for row in rows)
    stale = any(row["status"] == NOT_REFRESHED for row in rows)
    if not (again or stale):
        return []
    title = _("Waarom een eerdere stand?") if again else _("Waarom niet ververst?")
    first = _(
        "Sinds de stand die erbij staat, zijn hier te weinig mensen gekomen, gegaan of verplaatst. "
        "Twee getallen naast elkaar zouden dan kunnen verraden wie tot de groep horen. Daarom "
        "blijft het eerdere getal staan, ook als het intussen anders is."
    )
    second = _(
        "Niet ververst heet een cijfer dat aantallen van één peildatum nodig heeft, terwijl een "
        "deel daarvan een eerdere stand heeft."
    )
    said = [first] if again else []
    said += [second] if stale else []
    return [_on_demand(view, title, said)]


def _on_demand(view: View, title: str, said: Sequence[str]) -> Component:
    _ = view.translate
    link = dcc.Link(_("Hoe personen worden beschermd"), href=view.link(METHOD))
    words = html.Div([*(html.P(text) for text in said), html.P(link)], className="why")
    return html.Details([html.Summary(title), words])
