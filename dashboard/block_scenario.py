"""What the reader can set: how far ahead, who comes in, who moves up, who leaves.

The sliders are made by assets/scenario.js, as the box of units is: a new view leaves them alone.
What is set goes into the address, when the slider is let go; the page follows the address.
"""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components import block
from dashboard.formats import decimals_for, number, period
from dashboard.outlook import Outlook, measured
from dashboard.scenario import HORIZONS, LEVERS, MOST, Scenario
from dashboard.view import View


def scenario_block(look: Outlook, path: str) -> Component:
    """Years ahead and the levers, each with what was measured, and the way back."""
    view = look.view
    _ = view.translate
    levers = [made for lever in LEVERS if (made := _lever(look, lever)) is not None]
    return block(
        _("Wat als het anders gaat"),
        _years(look),
        *levers,
        _reset(view, path),
        subtitle=_("Alles begint op wat is gemeten. Wat u kiest, staat in het adres."),
    )


def _years(look: Outlook) -> Component:
    view = look.view
    _ = view.translate
    options = [
        {
            "value": str(years),
            "label": _("{when}, {years} jaar vooruit").format(
                when=period(look.ahead(years), view.lang, stock=True), years=years
            ),
        }
        for years in HORIZONS
    ]
    name = "scenario-years"
    select = dbc.Select(id=name, options=options, value=str(look.scenario.years))
    label = html.Label(_("Vooruitkijken tot"), htmlFor=name)
    return html.Div([label, select], className="field field-years")


def _lever(look: Outlook, lever: str) -> Component | None:
    """A slider with its number; None where nothing was measured to set it against."""
    view = look.view
    _ = view.translate
    now = measured(look.start.model, lever)
    if now is None:
        return None
    chosen = look.scenario.value(lever)
    label, about = _words(view)[lever]
    name = f"scenario-{lever}"
    decimals = _decimals(look, lever)
    shown = round(now, decimals) if chosen is None else chosen
    data = {
        "data-lever": lever,
        "data-most": str(MOST[lever]),
        "data-value": f"{shown:g}",
        "data-measured": f"{min(round(now, decimals), MOST[lever]):g}",
        "data-number": _("{what}, getal").format(what=label),
        "data-hint": f"{name}-hint",
    }
    told = _("Gemeten: {value}.").format(value=number(now, view.lang, decimals) + "%")
    return html.Div(
        [
            html.Label(label, htmlFor=name),
            html.Div(id=f"lever-{lever}", className="lever-in", **data),
            html.P(f"{told} {about}".strip(), id=f"{name}-hint", className="sub"),
        ],
        className="lever" if chosen is None else "lever is-set",
    )


def _decimals(look: Outlook, lever: str) -> int:
    """As many as a percentage of its base has; a chance against another one is told whole."""
    source = look.start.sources.get(lever)
    return decimals_for(source.base) if source and lever.startswith("inflow") else 0


def _words(view: View) -> dict[str, tuple[str, str]]:
    """Lever -> its name, and how to read it."""
    _ = view.translate
    equal = _("100% is: even grote kans als de anderen.")
    return {
        "inflow_low": (_("Aandeel in de instroom {band}").format(band=view.band(view.low)), ""),
        "inflow_high": (_("Aandeel in de instroom {band}").format(band=view.band(view.high)), ""),
        "crossing": (_("Kans op doorbraak, tegenover de anderen"), equal),
        "exit": (_("Kans op vertrek, tegenover de anderen"), equal),
    }


def _reset(view: View, path: str) -> Component:
    _ = view.translate
    if not view.filters.scenario.changes:
        return html.P(_("Alles staat op gemeten."), id="scenario-reset", className="note")
    plain = view.filters.but(scenario=Scenario(years=view.filters.scenario.years))
    link = dcc.Link(_("Terug naar gemeten"), href=path + plain.to_query(), id="scenario-back")
    return html.P(link, id="scenario-reset", className="note")
