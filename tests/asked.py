"""The router asked as the browser asks it: one request, the whole view as HTML."""

from __future__ import annotations

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


def view_asked(client: FlaskClient, path: str, search: str, **device: bool) -> TestResponse:
    """The answer to a choice on a page; its JSON holds the HTML of the view."""
    question = {"path": path, "search": search, "device": device}
    return client.post(
        "/_dash-update-component",
        json={
            "output": "view.answer",
            "outputs": {"id": "view", "property": "answer"},
            "inputs": [{"id": "view", "property": "asked", "value": question}],
            "changedPropIds": ["view.asked"],
        },
    )
