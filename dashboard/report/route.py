"""The board paper behind an address: ``/report/2025Q4.pdf?unit=MIN``, the bytes of the command."""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from typing import TYPE_CHECKING

from dashboard.errors import DashboardError, MartUnavailable
from dashboard.mart import Mart
from dashboard.report.build import MIME, Request, file_name, render

if TYPE_CHECKING:
    from flask import Flask, Response


KEPT = 32
"""Papers that a process keeps; each takes a second or more to make."""


def register_routes(server: Flask, mart: Mart) -> None:
    """Serve ``/report/<period>.<format>``."""
    from flask import request  # noqa: PLC0415  (the command line writes without a web server)

    @lru_cache(maxsize=KEPT)
    def paper(_key: Hashable, wanted: Request, form: str) -> tuple[bytes, str]:
        return render(mart, wanted, form), file_name(mart, wanted, form)

    @server.get("/report/<name>")
    def report_file(name: str) -> Response:
        period, _dot, form = name.partition(".")
        options = request.args
        wanted = Request(
            period,
            options.get("unit", ""),
            options.get("attribute", ""),
            options.get("lang", "nl"),
        )
        try:
            content, named = paper(mart.key(), wanted, form)
        except MartUnavailable as error:
            return server.response_class(str(error), status=503, mimetype="text/plain")
        except DashboardError as error:
            return server.response_class(str(error), status=404, mimetype="text/plain")
        response = server.response_class(content, content_type=MIME[form])
        response.headers["Content-Disposition"] = f'attachment; filename="{named}"'
        response.headers["Cache-Control"] = "private, no-cache"
        return response
