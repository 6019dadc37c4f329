"""Numbers that repeat an earlier date: why, on demand, in plain words."""

from __future__ import annotations

import polars as pl
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.view import METHOD, View

NOT_REFRESHED = "not_refreshed"


def repeated_note(view: View, cells: pl.DataFrame) -> list[Component]:
    """On demand: why numbers are repeated or not refreshed; nothing where none is."""
    _ = view.translate
    repeated = (pl.col("status") == "published") & (pl.col("as_of") != pl.col("period"))
    stale = pl.col("status") == NOT_REFRESHED
    seen = cells.select(repeated=repeated.any(), stale=stale.any()).row(0, named=True)
    if not any(seen.values()):
        return []
    title = _("Waarom een eerdere stand?") if seen["repeated"] else _("Waarom niet ververst?")
    first = _(
        "Sinds de stand die erbij staat, zijn hier te weinig mensen gekomen, gegaan of verplaatst. "
        "Twee getallen naast elkaar zouden dan kunnen verraden wie tot de groep horen. Daarom "
        "blijft het eerdere getal staan, ook als het intussen anders is."
    )
    second = _(
        "Niet ververst heet een cijfer dat aantallen van één peildatum nodig heeft, terwijl een "
        "deel daarvan een eerdere stand heeft."
    )
    said = [first] if seen["repeated"] else []
    said += [second] if seen["stale"] else []
    link = dcc.Link(_("Hoe personen worden beschermd"), href=view.link(METHOD))
    words = html.Div([*(html.P(text) for text in said), html.P(link)], className="why")
    return [html.Details([html.Summary(title), words])]
