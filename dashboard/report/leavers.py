"""Uitstroom en exitmonitor in the paper: who leaves, and what they say."""

from __future__ import annotations

from dashboard import text
from dashboard.block_adjusted import adjusted_metrics
from dashboard.block_exit import asked, racism_said, themes_said
from dashboard.block_parity import exit_comparisons
from dashboard.blocks import lower
from dashboard.cells import Row
from dashboard.exit_answers import OPINIONS, Answers, of_size
from dashboard.formats import period
from dashboard.report.paper import (
    Block,
    Chart,
    Column,
    Section,
    Series,
    alternative,
    spot,
    table,
    value,
    words,
)
from dashboard.report.parts import (
    adjusted_block,
    nothing,
    parity_block,
    rates,
    share_rows,
    unavailable,
)
from dashboard.view import View

LEAVING = ("exit_rate", "exit_parity", *adjusted_metrics("exit"))
HUES = ("bad", "hatch", "good")
"""Colours of unfavourable, neutral and favourable opinions."""


def leaving(view: View) -> Section:
    """Parity of leaving, corrected for scale, over time; the exit monitor."""
    _ = view.translate
    name = _("Uitstroom en exitmonitor")
    cells = view.cells(LEAVING, children=False)
    named = exit_comparisons(view, cells)
    said = _monitor(view)
    if not named:
        what = _("De uitstroom van {group}").format(group=lower(view.group))
        if not said:
            return nothing(view, name, what, cells, "exit_parity")
        notice = unavailable(view, what, cells, "exit_parity")
        return Section(name, view.unit, notices=[notice], blocks=said)
    whole = named[0][1]
    lead = _("{unit}, {group}, vertrek in {period} vergeleken met {others}.").format(
        unit=view.unit,
        group=lower(view.group),
        period=period(whole["period"], view.lang),
        others=lower(view.others),
    )
    subtitle = _("Vertrekkers per 100 medewerkers, alle schalen, met 95%-marge")
    blocks = (
        parity_block(view, cells, named, _("De kans op vertrek per schaalgroep")),
        adjusted_block(view, cells, "exit"),
        rates(view, cells, "exit_rate", _("de kans op vertrek"), subtitle),
        *said,
    )
    title = text.title_parity(whole, view.lang)
    return Section(name, title, lead, blocks=[each for each in blocks if each is not None])


def _monitor(view: View) -> list[Block]:
    """Opinions by theme, and for how many racism played a role; empty where not published."""
    found = Answers(view)
    if not found.here:
        return []
    return [each for each in (_themes(view, found), _racism(view, found)) if each is not None]


def _themes(view: View, found: Answers) -> Block | None:
    _ = view.translate
    themes = [theme for theme in found.questions("theme") if asked(found, theme)]
    if not themes:
        return None
    cells = {
        theme: [found.last("exit_theme", theme, code) for code in OPINIONS] for theme in themes
    }
    parts = [view.label(themes[0], code) for code in OPINIONS]
    names = [view.label("question", theme) for theme in themes]
    series = [
        Series(part, hue, [spot(view, cells[theme][place]) for theme in themes])
        for place, (part, hue) in enumerate(zip(parts, HUES, strict=True))
    ]
    rows = [
        [
            words(name),
            words(of_size(cells[theme][-1], view.lang)),
            *(value(view, row) for row in cells[theme]),
            value(view, found.last("exit_score", theme, "")),
        ]
        for name, theme in zip(names, themes, strict=True)
    ]
    title, subtitle = themes_said(view, found, themes)
    columns: list[Column] = [
        *((_("Thema"), False), _("Respondenten")),
        *(*parts, _("Score (0–10)")),
    ]
    chart = Chart("parts", alternative(view, subtitle, names, series), names, series)
    return Block(title, subtitle, chart, table(subtitle, columns, rows))


def _racism(view: View, found: Answers) -> Block | None:
    _ = view.translate
    title, named = racism_said(view, found)
    if not named:
        return None
    codes = list(dict.fromkeys(row["period"] for _label, row in named))
    subtitle = _("Racisme speelde een rol bij het vertrek, {period}, met 95%-marge").format(
        period=", ".join(period(code, view.lang) for code in codes)
    )
    several = len(codes) > 1
    labelled = [
        (f"{label}, {period(row['period'], view.lang)}" if several else label, row, _hue(row))
        for label, row in named
    ]
    return share_rows(view, labelled, title=title, subtitle=subtitle, head=_("Respondenten"))


def _hue(row: Row) -> str:
    if not row["attribute2"]:
        return "answer"
    return "group" if row["category2"] == "yes" else "others"
