"""A request -> the HTML of its view, kept as long as the publication is served.

A view is a function of the publication and of what the reader asked, so that the second reader of a
page costs a look-up. What went wrong is never kept.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from types import ModuleType
from urllib.parse import parse_qs

from werkzeug.exceptions import BadRequest

from dashboard import access
from dashboard.charts import read_themes
from dashboard.errors import MartUnavailable
from dashboard.frame import Request, help_parts, route
from dashboard.markup import markup
from dashboard.pages import toegang
from dashboard.scope import VisibleMart
from dashboard.settings import ASSETS

DEVICE = ("narrow", "folded", "dark")
"""What a browser tells of itself: a small screen, a menu that folds, the dark theme."""
LIVE = {toegang.PATH}
"""Pages that show more than the publication."""
KEPT, LONGEST = 200, 400
"""Views that a process keeps (some 100 kB each), and characters of the longest query of one."""


@dataclass(frozen=True)
class Rendered:
    """A view as the browser gets it."""

    html: str
    title: str
    lang: str


class Rendering:
    """Makes views of one mart; thread-safe, one for the whole application."""

    def __init__(self, mart: VisibleMart, pages: Sequence[ModuleType]) -> None:
        self._mart, self._pages = mart, pages
        self._themes = read_themes(ASSETS / "tokens.css")
        self._lock = Lock()
        self._kept: OrderedDict[tuple[object, ...], Rendered] = OrderedDict()

    def view(self, asked: Request) -> Rendered:
        """The whole view of an address; what goes wrong is said in it.

        Raises:
            Forbidden: the reader may not see the page, or a unit that it asks for.
        """
        self._check(asked)
        key = self._key(asked)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made, complete = self._make(asked)
        # a publication that was replaced meanwhile would stand under the name of the other
        kept = complete and asked.path not in LIVE
        if kept and key and key == self._key(asked) and len(asked.search) <= LONGEST:
            with self._lock:
                self._kept[key] = made
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
        return made

    def _key(self, asked: Request) -> tuple[object, ...]:
        try:
            return (self._mart.key(), asked.path, asked.search, device_code(asked.device))
        except MartUnavailable:
            return ()

    def _check(self, asked: Request) -> None:
        units = parse_qs(asked.search.lstrip("?")).get("unit", [])
        reader = access.current()
        visible = self._mart.visible() if units and reader.units is not None else ()
        reader.check(asked.path, units, visible)

    def _make(self, asked: Request) -> tuple[Rendered, bool]:
        tree = route(self._mart, self._pages, self._themes, asked)
        html = markup([tree, *help_parts(self._mart, tree.lang)])
        title = tree.to_plotly_json()["props"]["data-title"]
        return Rendered(html, title, tree.lang), tree.className == "frame"


def device_code(device: Mapping[str, bool]) -> str:
    """``{"dark": True}`` -> ``001``: the properties of ``DEVICE`` in their order."""
    return "".join(str(int(bool(device.get(name)))) for name in DEVICE)


def expected_device(user_agent: str) -> dict[str, bool]:
    """What a first request tells of the device; the browser asks again where it is another."""
    small = "Mobi" in user_agent
    return {"narrow": small, "folded": small, "dark": False}


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
