"""The router asked as the browser asks it: one request, the whole view as HTML."""

from __future__ import annotations

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


def view_asked(client: FlaskClient, path: str, search: str, **device: bool) -> TestResponse:
    """The answer to a choice on a page; its JSON holds the HTML of the view."""
    return value_asked(client, {"path": path, "search": search, "device": device})


def value_asked(client: FlaskClient, value: object) -> TestResponse:
    """The answer to a question that may be any value, as no page sends it."""
    return client.post(
        "/_dash-update-component",
        json={
            "output": "view.answer",
            "outputs": {"id": "view", "property": "answer"},
            "inputs": [{"id": "view", "property": "asked", "value": value}],
            "changedPropIds": ["view.asked"],
        },
    )
