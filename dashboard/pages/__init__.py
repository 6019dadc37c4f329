"""The pages, in the order of the menu. A page is a module with PATH, TITLE, SECTION and layout.

``layout(view)`` gives everything under the provenance line, as components that
``dashboard/markup.py`` knows the HTML of. No page imports another.

The page of ``OFFICE`` is for the privacy officer alone, where people log in.

The pages of ``FOOT`` are linked from the foot of every page instead of the menu. They have no
SECTION, and ``bare(lang)`` gives them as they are where there is no publication.
"""

from __future__ import annotations

from types import ModuleType

from dashboard.pages import (
    bezetting,
    doorstroom,
    instroom,
    keten,
    overzicht,
    toegang,
    toegankelijkheid,
    uitstroom,
    verantwoording,
    vooruitblik,
)

PAGES: tuple[ModuleType, ...] = (
    overzicht,
    bezetting,
    instroom,
    doorstroom,
    uitstroom,
    keten,
    vooruitblik,
    verantwoording,
)
OFFICE: tuple[ModuleType, ...] = (toegang,)
FOOT: tuple[ModuleType, ...] = (toegankelijkheid,)

__all__ = [
    "FOOT",
    "OFFICE",
    "PAGES",
    "bezetting",
    "doorstroom",
    "instroom",
    "keten",
    "overzicht",
    "toegang",
    "toegankelijkheid",
    "uitstroom",
    "verantwoording",
    "vooruitblik",
]
