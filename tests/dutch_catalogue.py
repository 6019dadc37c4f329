"""Dutch is the source language: its catalogue says of every message what the message says."""

from __future__ import annotations

from babel.messages.pofile import read_po, write_po

from dashboard.i18n import DOMAIN, LOCALE_DIRECTORY

PATH = LOCALE_DIRECTORY / "nl" / "LC_MESSAGES" / f"{DOMAIN}.po"

if __name__ == "__main__":
    with PATH.open("rb") as file:
        catalogue = read_po(file, locale="nl", domain=DOMAIN)
    for message in catalogue:
        if message.id:
            message.string = message.id
    with PATH.open("wb") as file:
        write_po(file, catalogue, no_location=True, sort_output=True)
