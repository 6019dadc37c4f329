"""Answers that were made before, as the bytes that the browser gets.

A view is a function of the publication, of what the reader may see of it and of what was asked, so
that the second reader of a page costs a look-up. Answers are kept compressed, until the publication
is replaced and newer ones need their room. What went wrong is never kept.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock

import brotli
from flask import Flask, Response, g, request

from dashboard.errors import MartUnavailable
from dashboard.frame import Request
from dashboard.mart import Mart
from dashboard.rendering import asked_by, device_code, document_asked

CHOICE = "/_dash-update-component"
_PAGES = ("/", "/<path:path>")
"""Where Dash answers with the document of a page."""
LONGEST = 400
"""Characters of the longest address whose answer is kept: whoever makes up longer ones may wait."""
MOST_BYTES = 64 * 2**20
"""Compressed answers that a process keeps: some 6,000 views of 10 kB."""
_QUALITY = 5
"""Of brotli: 1 to 4 ms for a view; a higher one gains 2% and takes ten times as long."""


class Kept:
    """Compressed bytes by key, the least used one out first; thread-safe."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most, self._size = most, 0
        self._bytes: OrderedDict[Hashable, bytes] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._bytes)

    def get(self, key: Hashable) -> bytes | None:
        """What is kept under a key."""
        with self._lock:
            if key in self._bytes:
                self._bytes.move_to_end(key)
            return self._bytes.get(key)

    def put(self, key: Hashable, data: bytes) -> None:
        """Keep bytes under a key, and let go of what no longer fits."""
        with self._lock:
            self._size += len(data) - len(self._bytes.pop(key, b""))
            self._bytes[key] = data
            while self._size > self._most:
                self._size -= len(self._bytes.popitem(last=False)[1])


def register(server: Flask, mart: Mart, kept: Kept) -> None:
    """Answer pages and choices with what is kept, and keep them; after the gate of the login."""

    @server.before_request
    def known() -> Response | None:
        key = _key(mart)
        data = kept.get(key) if key else None
        if data is None:
            g.key = key
            return None
        kind = "application/json" if request.path == CHOICE else "text/html; charset=utf-8"
        if not request.accept_encodings["br"]:
            return Response(brotli.decompress(data), content_type=kind)
        return _compressed(Response(data, content_type=kind))

    @server.after_request
    def keep(answer: Response) -> Response:
        key = g.get("key")
        if key is None or answer.status_code != 200 or not g.get("whole"):
            return answer
        data = brotli.compress(answer.get_data(), quality=_QUALITY)
        kept.put(key, data)
        if request.accept_encodings["br"]:
            answer.set_data(data)
            _compressed(answer)
        return answer


def _compressed(answer: Response) -> Response:
    answer.headers["Content-Encoding"] = "br"
    answer.headers.add("Vary", "Accept-Encoding")
    return answer


def _key(mart: Mart) -> Hashable | None:
    """What the answer is a function of; None where it is not one of a page."""
    asked = _asked()
    if asked is None or len(asked.path) + len(asked.search) > LONGEST:
        return None
    try:
        return mart.key(), request.method, asked.path, asked.search, device_code(asked.device)
    except MartUnavailable:
        return None


def _asked() -> Request | None:
    """The view that the request in hand is about.

    Raises:
        BadRequest: a choice that no page sends.
    """
    if request.endpoint in _PAGES and request.method == "GET":
        return document_asked()
    if request.endpoint != CHOICE:
        return None
    question = request.get_json(silent=True)
    inputs = question.get("inputs") if isinstance(question, dict) else None
    if not isinstance(inputs, list) or len(inputs) != 1 or not isinstance(inputs[0], dict):
        return None
    return asked_by(inputs[0].get("value"))
