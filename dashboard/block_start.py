"""What the projection starts with, where each number is from, and what is assumed."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashboard.block_projection import files
from dashboard.blocks import lower
from dashboard.cells import ALL
from dashboard.components import Cell, Column, block, data_table, tools
from dashboard.formats import period
from dashboard.outlook import Outlook
from dashboard.projection import Rate
from dashboard.starting import Source
from dashboard.text_projection import percent, share_margin, years_text
from dashboard.view import View


def start_block(look: Outlook) -> Component:
    """Every number of the start with its margin and place, and what was set instead."""
    view = look.view
    _ = view.translate
    chosen = look.scenario.changes
    narrow = view.style.narrow
    columns = [Column(_("Cijfer")), Column(_("Gemeten"), True)]
    columns += [] if narrow else [Column(_("95%-marge"), True)]
    columns += [Column(_("Gekozen"), True)] if chosen else []
    columns += [Column(_("Waar"))] if narrow else [Column(_("Waar")), Column(_("Wanneer"))]
    rows = [_row(look, source, chosen=chosen) for source in sources(look)]
    title = _("Waar deze doorrekening van uitgaat")
    subtitle = _(
        "Kansen per jaar. Wat van dit onderdeel of deze schaalgroep niet is gepubliceerd of "
        "onderdrukt is, komt van de plaats die het dichtst bij ligt; die staat erbij."
    )
    under = tools(view, files=files(view, "-start"))
    return block(title, data_table(columns, rows, label=title), under, subtitle=subtitle)


def _row(look: Outlook, source: Source, *, chosen: bool) -> list[Cell]:
    """One number; on a phone its margin and time stand under value and place."""
    view = look.view
    value, margin = _value(view, source), _margin(view, source)
    place, when = _place(view, source), _when(view, source)
    set_to: list[Cell] = [_chosen(look, source)] if chosen else []
    if not view.style.narrow:
        return [_label(view, source), value, margin, *set_to, place, when]
    return [_label(view, source), _under(value, margin, "num"), *set_to, _under(place, when, "")]


def _under(text: str, more: str, kind: str) -> Component:
    return html.Td([text, html.Span(more, className="under")], className=kind)


def sources(look: Outlook) -> list[Source]:
    """Every number once; one that serves both bands is of all scales."""
    seen: dict[int, Source] = {}
    for source in look.start.sources.values():
        seen.setdefault(id(source.rate), source)
    return list(seen.values())


def _value(view: View, source: Source) -> str:
    return percent(source.rate.value, source.base, view.lang)


def _margin(view: View, source: Source) -> str:
    return share_margin(source.rate.lower, source.rate.upper, source.base, view.lang)


def _chosen(look: Outlook, source: Source) -> str:
    rate: Rate = getattr(look.model, source.name)
    if rate is source.rate:
        return "–"
    return percent(rate.value, source.base, look.view.lang)


def _label(view: View, source: Source) -> str:
    """``Kans op vertrek, herkomst buiten Europa, alle schalen``."""
    _ = view.translate
    what, _sep, rest = source.name.partition("_")
    names = {
        "share": _("Aandeel in de bezetting"),
        "inflow": _("Aandeel in de instroom"),
        "exit": _("Kans op vertrek"),
        "crossing": _("Kans op doorbraak"),
    }
    band = view.band(source.scale_group)
    if what in {"share", "inflow"}:
        return f"{names[what]} {band}"
    group = view.others if rest.endswith("others") else view.group
    return f"{names[what]} {band}, {lower(group)}"


def _place(view: View, source: Source) -> str:
    _ = view.translate
    said = view.label("unit", source.unit)
    if source.rest:
        other = view.high if source.scale_group == view.low else view.low
        said += "; " + _("{all} min {other}").format(all=view.band(ALL), other=view.band(other))
    return said


def _when(view: View, source: Source) -> str:
    if source.name.startswith("share"):
        return period(source.periods[0], view.lang, stock=True)
    return years_text(source.periods)


def method_block(look: Outlook) -> Component:
    """What is assumed, in so many sentences."""
    view = look.view
    _ = view.translate
    attribute = lower(view.label("attribute", view.filters.attribute))
    said = [
        _("Dit is een rekenkundige voortzetting van wat is gemeten, geen voorspelling."),
        _(
            "Elke schaalgroep houdt haar omvang: wie vertrekt of doorbreekt, wordt vervangen. Meer "
            "doorbraken dan er boven plaatsen vrijkomen, kan niet."
        ),
        _("Er wordt gerekend in stappen van een jaar; de kansen blijven elk jaar gelijk."),
        _(
            "Overplaatsing, terugzetting en herindeling tellen niet mee, en ook niet dat later "
            "bekend wordt van wie dat nu niet is. Gerekend wordt over personen van wie {attribute} "
            "bekend is."
        ).format(attribute=attribute),
        _(
            "Alleen gepubliceerde aantallen, afgerond op {base}, zijn gebruikt. De marge is die "
            "van alle cijfers waarmee begonnen wordt, samen; wat u kiest heeft geen marge."
        ).format(base=view.mart.meta()["rounding_base"]),
    ]
    items = html.Ul([html.Li(text) for text in said], className="assumptions")
    return block(_("Zo is gerekend"), items)
