"""A tree of Dash components -> HTML, made on the server.

A page is some thousands of components that never change by themselves. Sent as components, the
browser makes an element of each, walks all of them at every choice and spends most of its time
there; sent as HTML, it reads them as it reads any page.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any

from dash import html
from dash.development.base_component import Component

_NAMES = {"className": "class", "htmlFor": "for"}
_VOID = {"br", "hr", "img", "input"}
_INNER = set(vars(html.Div())) - {"children"}
"""What Dash keeps with a component beside its properties."""
_ATTRIBUTE = re.compile(r"[a-z][a-z-]*\Z")


def markup(node: Any) -> str:
    """The HTML of a component, a text, a number or a list of these; texts are escaped.

    Raises:
        ValueError: a component of another library than ``dash.html``, for which nothing is known.
    """
    out: list[str] = []
    _write(node, out)
    return "".join(out)


def _write(node: Any, out: list[str]) -> None:
    if isinstance(node, Component):
        _element(node, out)
    elif isinstance(node, list | tuple):
        for child in node:
            _write(child, out)
    elif node is not None:
        out.append(escape(str(node), quote=False))


def _element(node: Component, out: list[str]) -> None:
    # what to_plotly_json() tells, without asking for each of the 200 names that it may have
    properties = {name: value for name, value in vars(node).items() if name not in _INNER}
    children = properties.pop("children", None)
    tag = _tag(node, properties)
    options, chosen = properties.pop("options", ()), properties.pop("value", None)
    out.append(f"<{tag}{_attributes(properties)}>")
    if tag in _VOID:
        return
    for option in options:
        told = {"value": option["value"], "selected": option["value"] == chosen}
        out.append(f"<option{_attributes(told)}>{escape(option['label'], quote=False)}</option>")
    _write(children, out)
    out.append(f"</{tag}>")


def _tag(node: Component, properties: dict[str, Any]) -> str:
    """The element of a component; Bootstrap's have its classes."""
    kind = (node._namespace, node._type)  # how Dash names it to the browser
    if node._namespace == "dash_html_components":
        return str(node._type).lower()
    if kind == ("dash_core_components", "Link"):
        properties["data-page"] = True
        return "a"
    if kind == ("dash_bootstrap_components", "NavLink"):
        here = properties.pop("active", False)
        properties["data-page"] = True
        properties["className"] = "nav-link active" if here else "nav-link"
        if here:
            properties["aria-current"] = "page"
        return "a"
    if kind == ("dash_bootstrap_components", "Nav"):
        properties["className"] = "nav"
        return "div"
    if kind == ("dash_bootstrap_components", "Select"):
        properties["className"] = "form-select"
        return "select"
    raise ValueError(f"no HTML is known for the component {'.'.join(kind)}")


def _attributes(properties: dict[str, Any]) -> str:
    """`` class="a" open``: False and None are left out, True has no value."""
    parts = []
    for given, value in properties.items():
        name = _NAMES.get(given, given if "-" in given else given.lower())
        if not _ATTRIBUTE.match(name):
            raise ValueError(f"{given!r} is not the name of an attribute")
        if value is None or value is False:
            continue
        parts.append(f" {name}" if value is True else f" {name}={_quoted(str(value))}")
    return "".join(parts)


def _quoted(value: str) -> str:
    """A value between quotes, single ones around the many double ones of a figure."""
    safe = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if '"' in safe:
        return "'" + safe.replace("'", "&#39;") + "'"
    return f'"{safe}"'
