"""Which share of the inflow a target asks for, by year, against what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dash.development.base_component import Component

from dashboard.block_projection import files
from dashboard.block_target import target_of
from dashboard.blocks import dot_block, guide_text, lower, main_bands
from dashboard.cells import Row
from dashboard.charts import DotRow, Guide, Mark, Point
from dashboard.components import Cell, Column, data_table, note, tools
from dashboard.findings import reference_words
from dashboard.formats import period
from dashboard.outlook import Outlook
from dashboard.projection import HIGH, Needed, crossing_set, inflow_set, needed
from dashboard.scenario import HORIZONS, MOST
from dashboard.starting import Source
from dashboard.text import capital
from dashboard.text_projection import (
    aim_value,
    needed_margin,
    needed_words,
    percent,
    share_margin,
    title_needed,
    whole_share,
)
from dashboard.view import View


@dataclass(frozen=True)
class Answer:
    """What one year asks: of the inflow in the band itself, or else of the chance to cross.

    ``crossing``: None for the low band, out of which people cross.
    """

    steps: int
    inflow: Needed
    crossing: Needed | None


def needed_blocks(look: Outlook) -> list[Component]:
    """One block for each band with a target."""
    found = [(band, hue, target_of(look.view, band)) for band, hue in main_bands(look.view)]
    return [_block(look, band, hue, target) for band, hue, target in reversed(found) if target]


def answers(look: Outlook, band: str, target: Row) -> list[Answer]:
    """The year of the target, where it has not passed, and the years that the reader can choose."""
    own = int(target["year"]) - look.view.day.year
    steps = sorted({*HORIZONS, *([own] if own > 0 else [])})
    place, value = look.bands[band], target["value"] / 100
    most = MOST["crossing"] / 100
    return [
        Answer(
            each,
            needed(look.model, place, value, each, inflow_set(place)),
            needed(look.model, place, value, each, crossing_set, most) if place == HIGH else None,
        )
        for each in steps
    ]


def _block(look: Outlook, band: str, hue: str, target: Row) -> Component:
    view = look.view
    _ = view.translate
    found = answers(look, band, target)
    source = look.start.sources["inflow_low" if band == view.low else "inflow_high"]
    subtitle = _(
        "Aandeel {group} in de instroom {band}: gemeten, en nodig om op {value} uit te komen"
    ).format(group=lower(view.group), band=view.band(band), value=aim_value(target, view.lang))
    benchmark = view.reference("benchmark", "inflow_share")
    guides = [Guide(benchmark["value"], guide_text(view, benchmark))] if benchmark else []
    table = _table(look, found, band, subtitle)
    references = [_definition(view), target, *([benchmark] if benchmark else [])]
    return dot_block(
        view,
        [_measured(look, source, hue), *_rows(look, found, hue)],
        title=_title(look, found, band, target, source),
        subtitle=subtitle,
        under=tools(
            view,
            table=table,
            image=f"needed-{hue}",
            references=references,
            files=files(view, "-needed"),
        ),
        guides=guides,
        remark=_remark(look, target, benchmark),
    )


def _definition(view: View) -> Row:
    """The definition, as that of a metric."""
    _ = view.translate
    text = _(
        "Het deel van de instroom van de schaalgroep dat uit de groep moet komen, elk jaar vanaf "
        "nu, om in dat jaar op het doel uit te komen; al het andere blijft gelijk. In de tabel ook "
        "de kans op doorbraak, tegenover die van de anderen (100% is gelijk), die hetzelfde doet. "
        "Naar boven afgerond op hele procenten; de marge volgt uit die van het doorgerekende "
        "aandeel."
    )
    return {f"label_{view.lang}": _("Nodig aandeel in de instroom"), "source": text}


def _title(look: Outlook, found: Sequence[Answer], band: str, target: Row, source: Source) -> str:
    view = look.view
    steps = int(target["year"]) - view.day.year
    first = next((each for each in found if each.steps == steps), found[0])
    now = percent(source.rate.value, source.base, view.lang)
    aim = aim_value(target, view.lang)
    year = view.day.year + first.steps
    return title_needed(first.inflow, aim, year, view.band(band), now, view.lang)


def _measured(look: Outlook, source: Source, hue: str) -> DotRow:
    view = look.view
    _ = view.translate
    rate = source.rate
    margin = share_margin(rate.lower, rate.upper, source.base, view.lang)
    text = f"{percent(rate.value, source.base, view.lang)} ({margin})"
    made = Point(100 * rate.value, 100 * rate.lower, 100 * rate.upper, text)
    return DotRow(_("Gemeten"), [Mark(made, hue)])


def _rows(look: Outlook, found: Sequence[Answer], hue: str) -> list[DotRow]:
    """What can be reached; the rest is said in the table and in the title."""
    view = look.view
    _ = view.translate
    return [
        DotRow(
            _("Nodig voor {when}").format(when=_when(look, each.steps)),
            [Mark(_point(each.inflow, view.lang), hue, hollow=True)],
        )
        for each in found
        if each.inflow.value is not None
    ]


def _point(need: Needed, lang: str) -> Point:
    value, margin = need.value or 0.0, needed_margin(need, lang)
    words = f"{whole_share(value, lang)} ({margin})" if margin else whole_share(value, lang)
    lower, upper = (None if end is None else 100 * end for end in (need.lower, need.upper))
    return Point(100 * value, lower, upper, words)


def _when(look: Outlook, steps: int) -> str:
    return period(look.ahead(steps), look.view.lang, stock=True)


def _table(look: Outlook, found: Sequence[Answer], band: str, caption: str) -> Component:
    view = look.view
    _ = view.translate
    columns = [
        Column(_("Gehaald")),
        Column(_("Instroom {band}").format(band=view.band(band))),
        Column(_("95%-marge"), True),
    ]
    if any(each.crossing for each in found):
        columns.append(Column(_("Of: kans op doorbraak tegenover de anderen")))
        columns.append(Column(_("95%-marge"), True))
    rows: list[list[Cell]] = [
        [
            capital(_when(look, each.steps)),
            *(
                said
                for lever, need in (("inflow_high", each.inflow), ("crossing", each.crossing))
                if need is not None
                for said in (
                    needed_words(need, MOST[lever], view.lang),
                    needed_margin(need, view.lang),
                )
            ),
        ]
        for each in found
    ]
    return data_table(columns, rows, caption)


def _remark(look: Outlook, target: Row, benchmark: Row | None) -> Component:
    """What else was held equal, and where the labour market stands."""
    view = look.view
    _ = view.translate
    kept = (
        _("met uw andere keuzes")
        if look.scenario.changes
        else _("terwijl doorbraak en vertrek blijven zoals gemeten")
    )
    parts = [
        _("Om {target} te halen, {kept}. Een ander aandeel begint in het eerste jaar.").format(
            target=reference_words(target, view.lang), kept=kept
        )
    ]
    if benchmark is not None:
        parts.append(
            _("Ter vergelijking: {label}. Bron: {source}.").format(
                label=benchmark[f"label_{view.lang}"], source=benchmark["source"]
            )
        )
    return note(" ".join(parts))
