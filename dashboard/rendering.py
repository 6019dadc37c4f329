"""A request -> the HTML of its view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType
from urllib.parse import parse_qs

from flask import g, has_request_context, request
from werkzeug.exceptions import BadRequest

from dashboard import access
from dashboard.charts import read_themes
from dashboard.errors import MartUnavailable
from dashboard.frame import Request, route
from dashboard.help import help_panel
from dashboard.markup import markup
from dashboard.pages import toegang
from dashboard.scope import VisibleMart
from dashboard.settings import ASSETS

DEVICE = ("narrow", "folded", "dark")
"""What a browser tells of itself: a small screen, a menu that folds, the dark theme."""
LIVE = {toegang.PATH}
"""Pages that show more than the publication."""


@dataclass(frozen=True)
class Rendered:
    """A view as the browser gets it."""

    html: str
    title: str
    lang: str


class Rendering:
    """Makes views of one mart; one for the whole application."""

    def __init__(self, mart: VisibleMart, pages: Sequence[ModuleType]) -> None:
        self._mart, self._pages = mart, pages
        self._themes = read_themes(ASSETS / "tokens.css")

    def view(self, asked: Request) -> Rendered:
        """The whole view of an address; what goes wrong is said in it.

        Raises:
            Forbidden: the reader may not see the page, or a unit that it asks for.
        """
        self._check(asked)
        tree = route(self._mart, self._pages, self._themes, asked)
        if has_request_context() and tree.className == "frame" and asked.path not in LIVE:
            g.whole = True  # nothing went wrong: dashboard.kept may keep it
        return Rendered(markup(tree), tree.to_plotly_json()["props"]["data-title"], tree.lang)

    def help(self, lang: str) -> str:
        """The help panel and the tour; nothing without a publication."""
        try:
            return _help(lang, self._mart.meta()["rounding_base"])
        except MartUnavailable:
            return ""

    def _check(self, asked: Request) -> None:
        units = parse_qs(asked.search.lstrip("?")).get("unit", [])
        reader = access.current()
        visible = self._mart.visible() if units and reader.units is not None else ()
        reader.check(asked.path, units, visible)


@lru_cache(maxsize=8)
def _help(lang: str, rounding_base: str) -> str:
    return markup(help_panel(lang, rounding_base))


def device_code(device: Mapping[str, bool]) -> str:
    """``{"dark": True}`` -> ``001``: the properties of ``DEVICE`` in their order."""
    return "".join(str(int(bool(device.get(name)))) for name in DEVICE)


def expected_device(user_agent: str) -> dict[str, bool]:
    """What a first request tells of the device; the browser asks again where it is another."""
    small = "Mobi" in user_agent
    return {"narrow": small, "folded": small, "dark": False}


def document_asked() -> Request:
    """What the first request of a browser asks for."""
    device = expected_device(request.headers.get("User-Agent", ""))
    query = request.query_string.decode(errors="replace")
    return Request(request.path, f"?{query}" if query else "", device)


def asked_by(value: object) -> Request:
    """What the browser sent -> a request.

    Raises:
        BadRequest: it is not what the page sends.
    """
    if not isinstance(value, dict) or not isinstance(value.get("device"), dict):
        raise BadRequest
    path, search = value.get("path"), value.get("search")
    if not isinstance(path, str) or not isinstance(search, str):
        raise BadRequest
    return Request(path, search, {name: value["device"].get(name) is True for name in DEVICE})
