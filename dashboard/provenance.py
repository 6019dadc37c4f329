"""Where the figures of a view come from, in a few words: on every page and every sheet of paper."""

from __future__ import annotations

from datetime import date

from dashboard.cells import published
from dashboard.components import dated_text
from dashboard.formats import date_text
from dashboard.view import View


def provenance_parts(view: View) -> list[str]:
    """Publication, reference date, coverage, rounding and threshold."""
    _ = view.translate
    meta = view.mart.meta()
    return [
        _("Publicatie {name} van {date}").format(
            name=meta["publication"], date=date_text(_created(meta["created"]), view.lang)
        ),
        *_approved(view),
        _("peildatum {date}").format(date=date_text(view.day, view.lang)),
        *([_("herkomst geleverd door het CBS")] if view.from_cbs else _coverage(view)),
        _("cijfers afgerond op {base}, groepen kleiner dan {least} niet getoond").format(
            base=meta["rounding_base"], least=meta["threshold_special"]
        ),
    ]


def sources(view: View) -> str:
    """The same as one line for what leaves the page: of which unit, and whether it is real."""
    _ = view.translate
    invented = view.mart.meta()["synthetic"] == "true"
    kind = [_("synthetische gegevens")] if invented else []
    return " · ".join(["Afspiegeling", view.unit, *kind, *provenance_parts(view)])


def _approved(view: View) -> list[str]:
    """That somebody else approved the publication, or that it is a draft; else nothing."""
    _ = view.translate
    given = view.mart.approval()
    if given.draft:
        return [_("concept, nog niet goedgekeurd")]
    if given.day is None:
        return []
    return [_("goedgekeurd op {date}").format(date=date_text(given.day, view.lang))]


def _coverage(view: View) -> list[str]:
    _ = view.translate
    frame = view.mart.cells(
        ["coverage"], [view.filters.unit], [view.filters.period], scale_groups=["all"],
        attribute=view.filters.attribute,
    )  # fmt: skip
    rows = list(frame.iter_rows(named=True))
    if not rows:
        return []
    name = view.label("attribute", view.filters.attribute).lower()
    text = dated_text(view, rows[0])
    words = _("{what} bekend van {share}") if published(rows[0]) else _("{what} bekend: {share}")
    return [words.format(what=name, share=text)]


def _created(text: str) -> date:
    return date.fromisoformat(text[:10])
