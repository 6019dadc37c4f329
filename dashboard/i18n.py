"""Dutch and English: gettext catalogues whose message ids are the Dutch text."""

from __future__ import annotations

import gettext
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Literal

Translate = Callable[[str], str]
Language = Literal["nl", "en"]

LANGUAGES: tuple[Language, ...] = ("nl", "en")
DEFAULT_LANGUAGE: Language = "nl"
DOMAIN = "afspiegeling"
LOCALE_DIRECTORY = Path(__file__).resolve().parent / "locale"


def language(code: str | None) -> Language:
    """The language to answer in: ``code`` where it is known, Dutch otherwise."""
    return "en" if code == "en" else DEFAULT_LANGUAGE


@lru_cache
def translator(lang: str) -> Translate:
    """The function that turns a Dutch message id into ``lang``.

    Name it ``_`` and call it with a literal, so that the message can be collected.
    """
    catalogue = gettext.translation(DOMAIN, LOCALE_DIRECTORY, [language(lang)], fallback=True)
    return lambda message: catalogue.gettext(message) if message else ""


def N_(message: str) -> str:  # noqa: N802  (the gettext convention)
    """Mark a message for collection where it is declared; translate it later with ``_``."""
    return message
