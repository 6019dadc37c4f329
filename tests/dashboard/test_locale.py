"""Both languages are complete, and what is compiled is what is written.

After a change of texts: ``pybabel extract -k N_ -o build/afspiegeling.pot dashboard``, then
``pybabel update -N -D afspiegeling -i build/afspiegeling.pot -d dashboard/locale``,
translate, and ``pybabel compile -D afspiegeling -d dashboard/locale``.
"""

from __future__ import annotations

import gettext
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from dashboard.i18n import DOMAIN, LANGUAGES, LOCALE_DIRECTORY, language, translator

DASHBOARD = LOCALE_DIRECTORY.parent
PLACEHOLDER = re.compile(r"\{\w*\}")


def path_of(lang: str, suffix: str) -> Path:
    return LOCALE_DIRECTORY / lang / "LC_MESSAGES" / f"{DOMAIN}.{suffix}"


def catalogue(lang: str) -> Catalog:
    with path_of(lang, "po").open("rb") as file:
        return read_po(file, locale=lang, domain=DOMAIN)


@pytest.fixture(scope="module")
def used() -> set[str]:
    """Every message id in the code of the dashboard."""
    keywords = {"_": None, "N_": None}
    found = extract_from_dir(str(DASHBOARD), method_map=[("**.py", "python")], keywords=keywords)
    return {message for _file, _line, message, _comments, _context in found if message}


def test_messages_are_found(used: set[str]) -> None:
    assert "onderdrukt" in used
    assert "Verantwoording" in used  # marked with N_, translated elsewhere


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_message_is_translated(lang: str, used: set[str]) -> None:
    known = {m.id: m.string for m in catalogue(lang) if m.id and not m.fuzzy}
    assert sorted(used - known.keys()) == []
    assert sorted(message for message in used if not known[message]) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_message_is_left_over(lang: str, used: set[str]) -> None:
    assert sorted({m.id for m in catalogue(lang) if m.id} - used) == []


def test_dutch_is_its_own_translation() -> None:
    assert [m.id for m in catalogue("nl") if m.id and m.id != m.string] == []


def test_translations_keep_their_placeholders() -> None:
    wrong = [
        m.id
        for m in catalogue("en")
        if m.id and sorted(PLACEHOLDER.findall(m.id)) != sorted(PLACEHOLDER.findall(m.string))
    ]
    assert wrong == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_compiled_catalogue_is_current(lang: str) -> None:
    with path_of(lang, "mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    stale = [m.id for m in catalogue(lang) if m.id and compiled.gettext(m.id) != m.string]
    assert stale == []


def test_unknown_language_is_dutch() -> None:
    assert language("fr") == "nl"
    assert translator("fr")("onderdrukt") == "onderdrukt"
    assert translator("en")("onderdrukt") == "suppressed"
