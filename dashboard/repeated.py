"""Numbers that repeat an earlier date: why, on demand, in plain words."""

from __future__ import annotations

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.cells import Row
from dashboard.compare import repeated
from dashboard.view import METHOD, View

NOT_REFRESHED = "not_refreshed"


def repeated_note(view: View, rows: Sequence[Row]) -> list[Component]:
    """On demand: why numbers are repeated or not refreshed; nothing where none is."""
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
    link = dcc.Link(_("Hoe personen worden beschermd"), href=view.link(METHOD))
    words = html.Div([*(html.P(text) for text in said), html.P(link)], className="why")
    return [html.Details([html.Summary(title), words])]
