"""The one Dash component of a page: what the reader asks for, and the HTML that is the answer.

``assets/frame.js`` defines it in the browser. It draws nothing itself, so that the renderer of Dash
has one node to look at, however long the page is.
"""

from __future__ import annotations

from typing import Any, ClassVar

from dash.development.base_component import Component


class PageView(Component):  # type: ignore[misc]  # Dash has no types
    """Asks the server for a view and puts its HTML in the page.

    Properties in the browser:
        asked: {path, search, device: {narrow, folded, dark}}, as ``dashboard.frame.Request``.
        answer: {html}: a new one for each question, also where the HTML is the same.
    """

    _namespace = "afspiegeling"
    _type = "PageView"
    _children_props: ClassVar[list[str]] = []
    _base_nodes: ClassVar[list[str]] = ["children"]

    def __init__(
        self, id: str, asked: dict[str, Any] | None = None, answer: dict[str, str] | None = None
    ):
        self._prop_names = ["id", "asked", "answer"]
        self._valid_wildcard_attributes: list[str] = []
        self.available_properties = list(self._prop_names)
        self.available_wildcard_properties: list[str] = []
        given = {"id": id, "asked": asked, "answer": answer}
        super().__init__(**{name: value for name, value in given.items() if value is not None})
