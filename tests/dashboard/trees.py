"""Reading component trees in tests: every component, its text, its properties."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from dash.development.base_component import Component


def walk(node: Any) -> Iterator[Component]:
    """Every component of a tree in reading order, the root first."""
    if isinstance(node, Component):
        yield node
        yield from walk(getattr(node, "children", None))
    elif isinstance(node, list | tuple):
        for child in node:
            yield from walk(child)


def text_of(node: Any) -> str:
    """The text of a tree as a reader hears it, parts joined by a space."""
    if node is None or isinstance(node, bool):
        return ""
    if isinstance(node, str | int | float):
        return str(node)
    if isinstance(node, list | tuple):
        return " ".join(part for part in map(text_of, node) if part)
    return text_of(getattr(node, "children", None))


def kinds(node: Any, *names: str) -> list[Component]:
    """Components of these classes (``H1``, ``Td``...)."""
    return [each for each in walk(node) if type(each).__name__ in names]


def drawings(node: Any) -> list[dict[str, Any]]:
    """The figures of a tree as the browser draws them: data and layout."""
    places = (each.to_plotly_json()["props"] for each in with_class(node, "plot"))
    return [json.loads(place["data-figure"]) for place in places]


def with_class(node: Any, name: str) -> list[Component]:
    """Components that carry this CSS class."""
    return [each for each in walk(node) if name in (getattr(each, "className", "") or "").split()]
