"""A change in a share and what each step did to it -> the sentence above the block. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard import formats
from dashboard.compare import Row, excludes, published
from dashboard.i18n import translator
from dashboard.text import capital, enumerate_words, hidden, share

Named = Sequence[tuple[str, Row]]


def title_change(  # noqa: PLR0917  (the two ends and what lies between)
    start: Row | None, end: Row | None, total: Row | None, terms: Named, subject: str, lang: str
) -> str:
    """How a share changed between two dates, and which steps did more than chance can.

    Args:
        start: the share at the start.
        end: the share at the end.
        total: the change in points, with its interval.
        terms: name (in the middle of a sentence) and contribution in points of each step.
        subject: noun phrase in ``lang`` ("het aandeel").
        lang: language.
    """
    _ = translator(lang)
    if start is None or end is None or total is None or not published(total):
        pattern = _("de verandering van {subject} is {status}")
        return capital(pattern.format(subject=subject, status=hidden(total, lang)))
    values = {
        "subject": subject,
        "before": share(start, lang),
        "now": share(end, lang),
        "first": formats.period(start["period"], lang, stock=True),
        "last": formats.period(end["period"], lang, stock=True),
    }
    same = total["value"] == 0
    doubtful = not same and not excludes(total, 0)
    if same:
        pattern = _("{subject} was {now} ({last}), even groot als {first}")
    elif doubtful:
        pattern = _(
            "{subject} was {before} ({first}) en {now} ({last}); de verandering kan toeval zijn"
        )
    elif total["value"] > 0:
        pattern = _("{subject} steeg van {before} ({first}) naar {now} ({last})")
    else:
        pattern = _("{subject} daalde van {before} ({first}) naar {now} ({last})")
    return capital(pattern.format(**values)) + _sure_terms(terms, lang, doubtful=doubtful)


def _sure_terms(terms: Named, lang: str, *, doubtful: bool) -> str:
    """The steps whose contribution is more than chance, the largest first."""
    _ = translator(lang)
    sure = sorted(
        (item for item in terms if excludes(item[1], 0)), key=lambda item: -abs(item[1]["value"])
    )
    if not sure:
        return ""
    said = [f"{name} ({formats.points(row['value'], row['base'], lang)})" for name, row in sure]
    pattern = _(", de bijdrage van {terms} niet") if doubtful else _(", meer dan toeval: {terms}")
    return pattern.format(terms=enumerate_words(said, lang))
