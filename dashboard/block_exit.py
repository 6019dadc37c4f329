"""Blocks of the exit monitor: response, opinions, reasons, racism, conversation, trend."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard import chart_diverging, chart_rows, chart_trend, text, text_exit
from dashboard.blocks import list_alternative
from dashboard.cells import ALL, NO, YES, Row, published
from dashboard.chart_diverging import Opinion
from dashboard.charts import DotRow, Line, Mark, Point
from dashboard.components import (
    Column,
    Download,
    block,
    data_table,
    figure,
    margin_cell,
    mark_point,
    note,
    point,
    tools,
    unavailable,
    value_cell,
)
from dashboard.exit_answers import OPINIONS, Answers, of_size
from dashboard.formats import period, short_period
from dashboard.view import View

HUES = ("theme-1", "theme-2", "theme-3")
Labelled = Sequence[tuple[str, Row]]


def exit_blocks(view: View, path: str) -> list[Component]:
    """All blocks of the exit monitor, or one that says where it is published."""
    _ = view.translate
    found = Answers(view)
    head = html.H2(_("Exitmonitor"), className="part")
    if not found.here:
        if not found.nearest:
            return []
        return [head, unavailable(view, path, _("De exitmonitor"), found.nearest)]
    rows = [
        [_response(view, found), _racism(view, found)],
        [_themes(view, found), _trend(view, found)],
        [_groups(view, found, path)],
        [_reasons(view, found), _kinds(view, found)],
        [_talk(view, found)],
    ]
    parts: list[Component] = [head]
    for row in rows:
        kept = [part for part in row if part is not None]
        if kept:
            parts.append(html.Div(kept, className="row row-even" if len(kept) > 1 else "row"))
    return parts


# --- response ------------------------------------------------------------------------------------


def _response(view: View, found: Answers) -> Component | None:
    _ = view.translate
    series = found.series("exit_response")
    answered, invited = found.series("exit_answers"), found.series("exit_invited")
    if not series:
        return _answered(view, found)
    codes = sorted(series)
    rows = [DotRow(c, [Mark(mark_point(view, series[c]), "answer")]) for c in codes]
    subtitle = _("Respondenten per 100 uitgenodigde vertrekkers, per jaar, met 95%-marge")
    columns = [Column(_("Jaar")), Column(_("Respondenten"), True), Column(_("Uitgenodigd"), True)]
    columns += [Column(_("Respons"), True), Column(_("95%-marge"), True)]
    table = [
        [
            code,
            value_cell(view, answered.get(code)),
            value_cell(view, invited.get(code)),
            value_cell(view, series[code]),
            margin_cell(view, series[code]),
        ]
        for code in reversed(codes)
    ]
    metrics = ["exit_response", "exit_answers", "exit_invited"]
    download = Download(metrics, [view.filters.unit], codes, [ALL], attributes=[""])
    return block(
        text_exit.title_response(series[codes[-1]], view.lang),
        figure(chart_rows.dots(rows, view.style), list_alternative(view, subtitle, rows)),
        tools(
            view, table=data_table(columns, table, subtitle), download=download, image="response",
            metrics=metrics,
        ),
        subtitle=subtitle,
    )  # fmt: skip


def _answered(view: View, found: Answers) -> Component | None:
    """How many answered, where nobody knows how many were invited."""
    _ = view.translate
    row = found.last("exit_answers", "")
    if row is None:
        return None
    code = period(row["period"], view.lang)
    title = _("Respondenten van de exitmonitor, {period}").format(period=code)
    columns = [Column(_("Periode")), Column(_("Respondenten"), True)]
    download = Download(
        ["exit_answers"], [view.filters.unit], [row["period"]], [ALL], attributes=[""]
    )
    return block(
        title,
        data_table(columns, [[code, value_cell(view, row)]], label=title),
        note(
            _("De respons wordt alleen voor het geheel gepubliceerd, per jaar.")
            if view.ancestors
            else _("Hoeveel vertrekkers zijn uitgenodigd, is niet geladen.")
        ),
        tools(view, download=download, metrics=["exit_answers"]),
    )


# --- opinions ------------------------------------------------------------------------------------


def _themes(view: View, found: Answers) -> Component | None:
    _ = view.translate
    themes = [theme for theme in found.questions("theme") if asked(found, theme)]
    if not themes:
        return None
    named = [(view.label("question", theme), theme, "") for theme in themes]
    return _opinions(view, found, named, *themes_said(view, found, themes), "themes")


def themes_said(view: View, found: Answers, themes: Sequence[str]) -> tuple[str, str]:
    """Title and subtitle of the opinions by theme; at least one theme."""
    _ = view.translate
    last = found.last("exit_theme", themes[0], "favourable")
    code = period(last["period"], view.lang) if last else ""
    bad = [
        (view.label("question", theme), row)
        for theme in themes
        if (row := _opinion(found, theme, "", 0))
    ]
    subtitle = _("Oordeel van respondenten per thema, {period}").format(period=code)
    return text_exit.title_themes(bad, view.lang), subtitle


def _groups(view: View, found: Answers, path: str) -> Component | None:
    _ = view.translate
    themes = [theme for theme in found.questions("theme") if asked(found, theme, YES)]
    if not themes:
        title = _("Het oordeel per groep")
        what = _("Het oordeel naar {attribute}").format(
            attribute=view.label("attribute", view.filters.attribute).lower()
        )
        return block(title, unavailable(view, path, what, _with_groups(view, found)))
    named = [
        (f"{view.label('question', theme)}: {label}", theme, group)
        for theme in themes
        for group, label in ((YES, view.group), (NO, view.others))
    ]
    last = found.last("exit_theme", themes[0], "favourable", YES)
    code = period(last["period"], view.lang) if last else ""
    gaps = [
        (view.label("question", theme), row)
        for theme in themes
        if (row := found.last("exit_gap", theme, "favourable", YES)) is not None
    ]
    subtitle = _("Oordeel van respondenten per thema en groep, {period}").format(period=code)
    title = text_exit.title_groups(gaps, view.group, view.lang)
    return _opinions(view, found, named, title, subtitle, "groups")


def _with_groups(view: View, found: Answers) -> str:
    return found.nearest if view.filters.attribute == "origin" else ""


def asked(found: Answers, theme: str, group: str = "") -> bool:
    """Whether a theme was asked of those who left, or of one group of them."""
    row = found.last("exit_theme", theme, "favourable", group)
    return row is not None and row["status"] != "not_measured"


def _opinion(found: Answers, theme: str, group: str, place: int) -> Row | None:
    return found.last("exit_theme", theme, OPINIONS[place], group)


def _opinions(  # noqa: PLR0917  (the parts of one block)
    view: View,
    found: Answers,
    named: Sequence[tuple[str, str, str]],
    title: str,
    subtitle: str,
    image: str,
) -> Component:
    """Diverging bars of (label, theme, group), their table and files."""
    _ = view.translate
    parts = tuple(view.label(named[0][1], code) for code in OPINIONS)
    rows, body, periods = [], [], []
    for label, theme, group in named:
        three = [found.last("exit_theme", theme, code, group) for code in OPINIONS]
        score = found.last("exit_score", theme, "", group)
        size = of_size(three[-1], view.lang)
        low, middle, high = (mark_point(view, row) for row in three)
        sized = size and not view.style.narrow  # on a phone the table tells how many answered
        rows.append(Opinion(f"{label} ({size})" if sized else label, low, middle, high))
        values = [cell for row in three for cell in (value_cell(view, row), margin_cell(view, row))]
        body.append([label, size, *values, value_cell(view, score), margin_cell(view, score)])
        periods += [row["period"] for row in three if row is not None]
    margin = _("95%-marge")
    columns = [Column(_("Thema")), Column(_("Respondenten"), True)]
    for name in (*parts, _("Score (0–10)")):
        columns += [Column(name, True), Column(margin, True)]
    drawing = chart_diverging.opinions(rows, view.style, (parts[0], parts[1], parts[2]))
    metrics = ["exit_theme", "exit_score"]
    grouped = any(group for _l, _t, group in named)
    download = Download(
        [*metrics, "exit_gap"] if grouped else metrics,
        [view.filters.unit],
        list(dict.fromkeys(periods)),
        [ALL],
        attribute2=view.filters.attribute if grouped else "",
        attributes=list(dict.fromkeys(theme for _l, theme, _g in named)),
    )
    said = "; ".join(
        f"{row.label}: "
        + ", ".join(f"{name.lower()} {p.said}" for name, p in zip(parts, _points(row), strict=True))
        for row in rows
    )
    alternative = _("Grafiek: {what}. {values}.").format(what=subtitle, values=said)
    return block(
        title,
        figure(drawing, alternative),
        tools(
            view, table=data_table(columns, body, subtitle), download=download, image=image,
            metrics=list(download.metrics),
        ),
        subtitle=subtitle,
    )  # fmt: skip


def _points(row: Opinion) -> tuple[Point, ...]:
    return row.unfavourable, row.neutral, row.favourable


def _trend(view: View, found: Answers) -> Component | None:
    """Favourable opinions by calendar year."""
    _ = view.translate
    themes = [theme for theme in found.questions("theme") if asked(found, theme)]
    codes = found.periods("exit_theme", themes[0], "favourable") if themes else []
    if len(codes) < 2:
        return None
    rows = {theme: found.series("exit_theme", theme, "favourable") for theme in themes}
    lines = [
        Line(view.label("question", theme), hue, [point(view, rows[theme].get(c)) for c in codes])
        for theme, hue in zip(themes, HUES, strict=False)
    ]
    subtitle = _("Respondenten met een gunstig oordeel, per jaar, met 95%-marge")
    subject = _("het gunstige oordeel over {theme}").format(theme=lines[0].label.lower())
    first = rows[themes[0]]
    title = text.title_series(first.get(codes[0]), first.get(codes[-1]), subject, view.lang)
    names = [short_period(code, view.lang) for code in codes]
    columns = [Column(_("Periode"))]
    for line in lines:
        columns += [Column(line.label, True), Column(_("95%-marge"), True)]
    body = [
        [
            short_period(code, view.lang),
            *(
                cell
                for theme in themes[: len(lines)]
                for cell in (
                    value_cell(view, rows[theme].get(code)),
                    margin_cell(view, rows[theme].get(code)),
                )
            ),
        ]
        for code in reversed(codes)
    ]
    said = "; ".join(f"{line.label}: {line.points[-1].said}" for line in lines if line.points[-1])
    download = Download(
        ["exit_theme"], [view.filters.unit], codes, [ALL], ["favourable"], attributes=themes
    )
    alternative = _("Grafiek: {what}. Laatste waarde {ends}. Alle waarden staan in de tabel.")
    return block(
        title,
        figure(
            chart_trend.trend(names, lines, view.style, height=290),
            alternative.format(what=subtitle, ends=said),
        ),
        tools(
            view, table=data_table(columns, body, subtitle), download=download, image="trend",
            metrics=["exit_theme"],
        ),
        subtitle=subtitle,
    )  # fmt: skip


# --- answers -------------------------------------------------------------------------------------


def _reasons(view: View, found: Answers) -> Component | None:
    _ = view.translate
    rows = _labelled(
        (view.label("question", reason), found.last("exit_answer_share", reason, YES))
        for reason in found.questions("reason")
    )
    subtitle = _("Deel van de respondenten dat de reden noemde, {period}, met 95%-marge")
    return _bars(
        view, rows, text_exit.title_reasons(rows, view.lang), subtitle, _("Reden"), image="reasons"
    )


def _kinds(view: View, found: Answers) -> Component | None:
    _ = view.translate
    (question,) = found.questions("kind") or [""]
    rows = _labelled(
        (view.label(question, code), found.last("exit_answer_share", question, code))
        for code in found.categories(question)
    )
    subtitle = _("Deel van de respondenten per soort vertrek, {period}, met 95%-marge")
    title = text_exit.title_kinds(rows, view.lang)
    return _bars(view, rows, title, subtitle, _("Soort vertrek"), image="kinds")


def _talk(view: View, found: Answers) -> Component | None:
    _ = view.translate
    asked = [*found.questions("talk"), *found.questions("return")]
    rows = _labelled(
        (
            f"{view.label('question', question)}: {view.label(question, code).lower()}",
            found.last("exit_answer_share", question, code),
        )
        for question in asked
        for code in found.categories(question)
    )
    yes = {q: found.last("exit_answer_share", q, YES) for q in asked}
    first = next((yes[q] for q in found.questions("talk")), None)
    back = next((yes[q] for q in found.questions("return")), None)
    title = text_exit.title_talk(first, back, view.lang)
    subtitle = _("Deel van de respondenten, {period}, met 95%-marge")
    return _bars(view, rows, title, subtitle, _("Antwoord"), image="talk", ordered=False)


def _racism(view: View, found: Answers) -> Component | None:
    _ = view.translate
    title, rows = racism_said(view, found)
    subtitle = _("Racisme speelde een rol bij het vertrek, {period}, met 95%-marge")
    return _bars(view, rows, title, subtitle, _("Respondenten"), image="racism", ordered=False)


def racism_said(view: View, found: Answers) -> tuple[str, list[tuple[str, Row]]]:
    """For how many racism played a role: the title, and label and cell of each group."""
    _ = view.translate
    question = next(iter(found.questions("role")), "")
    whole = found.last("exit_answer_share", question, YES)
    rows = _labelled(
        [
            (_("Alle respondenten"), whole),
            (view.group, found.last("exit_answer_share", question, YES, YES)),
            (view.others, found.last("exit_answer_share", question, YES, NO)),
            (
                f"{_('Alle respondenten')}: {view.label(question, 'not_said').lower()}",
                found.last("exit_answer_share", question, "not_said"),
            ),
        ]
    )
    gap = found.last("exit_gap", question, YES, YES)
    return text_exit.title_racism(whole, gap, view.group, view.lang), rows


def _labelled(found: object) -> list[tuple[str, Row]]:
    """Those that there are and that were asked."""
    return [
        (label, row)
        for label, row in found  # type: ignore[attr-defined]
        if row is not None and row["status"] != "not_measured"
    ]


def _bars(
    view: View,
    labelled: Labelled,
    title: str,
    subtitle: str,
    head: str,
    *,
    image: str,
    ordered: bool = True,
) -> Component | None:
    """Bars of answers, the largest first; hidden ones stand last, by their place."""
    _ = view.translate
    if not labelled:
        return None
    kept = sorted(labelled, key=lambda item: -(item[1]["value"] or -1)) if ordered else labelled
    periods = list(dict.fromkeys(row["period"] for _l, row in kept))
    words = subtitle.format(period=", ".join(period(code, view.lang) for code in periods))
    several = len(periods) > 1
    rows = [
        DotRow(
            f"{label}, {period(row['period'], view.lang)}" if several else label,
            [Mark(mark_point(view, row), _hue(row))],
        )
        for label, row in kept
    ]
    columns = [Column(head), Column(_("Periode")), Column(_("Aandeel"), True)]
    columns += [Column(_("95%-marge"), True), Column(_("Respondenten"), True)]
    body = [
        [
            label,
            period(row["period"], view.lang),
            value_cell(view, row),
            margin_cell(view, row),
            of_size(row, view.lang),
        ]
        for label, row in kept
    ]
    grouped = any(row["attribute2"] for _l, row in kept)
    download = Download(
        ["exit_answer_share"],
        [view.filters.unit],
        periods,
        [ALL],
        list(dict.fromkeys(row["category"] for _l, row in kept)),
        attributes=list(dict.fromkeys(row["attribute"] for _l, row in kept)),
        attribute2=view.filters.attribute if grouped else "",
    )
    metrics = ["exit_answer_share", *(["exit_gap"] if grouped else [])]
    return block(
        title,
        figure(chart_diverging.bars(rows, view.style), list_alternative(view, words, rows)),
        tools(
            view, table=data_table(columns, body, words), download=download, image=image,
            metrics=metrics,
        ),
        subtitle=words,
    )  # fmt: skip


def _hue(row: Row) -> str:
    if not row["attribute2"]:
        return "answer"
    return "group" if row["category2"] == YES and published(row) else "others"
