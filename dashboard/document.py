"""The HTML document around a view, and the files that it needs.

The view stands in the document itself: a reader sees the page before any script has run, and where
none runs, its links still work. Scripts are few: of the libraries that Dash offers only those that
the one component of ours needs, and none is written inside the document.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from flask import Flask, Response, request, send_from_directory
from markupsafe import escape

from dashboard.rendering import Rendered, device_code
from dashboard.settings import ASSETS

PLOTLY = "plotly-basic-4.1.1.min.js"
OWN_TAG = r"start\.js|.*\.br"
"""Assets that are not added to the page by themselves."""
_UNUSED = re.compile(r"/dash/(dcc|html|dash_table)/|/dash_bootstrap_components/|/polyfill@")
"""Scripts of components that leave the server as HTML, and those for browsers of long ago."""
_SOURCE = re.compile(r'src="([^"]+)"')
TYPE = "/assets/fonts/source-sans-3-latin-wght-normal.woff2"
"""The type of the pages: figures are drawn once it is there."""
_YEAR = 365 * 24 * 3600


def document(
    view: Rendered, help_html: str, device: Mapping[str, bool], parts: Mapping[str, str]
) -> str:
    """The document of a first request; ``parts`` are those of ``Dash.interpolate_index``.

    The help stands beside the view, since it is the same for every view of a language.
    """
    scripts = "".join(f'<script defer src="{source}"></script>' for source in _sources(parts))
    return f"""<!DOCTYPE html>
<html lang="{view.lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(view.title)}</title>
<link rel="icon" type="image/svg+xml" href="/assets/favicon.svg">
<link rel="preload" href="{TYPE}" as="font" type="font/woff2" crossorigin>
{parts["css"]}
{scripts}
</head>
<body>
<div id="view" data-device="{device_code(device)}">{view.html}</div>
{help_html}
<div id="announce" class="sr-only" role="status"></div>
<div id="react-entry-point" hidden></div>
{parts["config"]}
<script defer id="_dash-renderer" src="/assets/start.js"></script>
</body>
</html>"""


def _sources(parts: Mapping[str, str]) -> list[str]:
    """Addresses of the scripts: what draws figures first, then the page's own, then Dash."""
    needed = [each for each in _SOURCE.findall(parts["scripts"]) if not _UNUSED.search(each)]
    first = ("/assets/plotly", "/assets/morphdom", "/assets/frame", "/assets/")
    places = {
        each: next((i for i, start in enumerate(first) if each.startswith(start)), len(first))
        for each in needed
    }
    return sorted(needed, key=places.__getitem__)


def register_routes(server: Flask) -> None:
    """The largest script, compressed beforehand; a file with a stamp may be kept for a year."""

    def plotly() -> Response:
        small = request.accept_encodings["br"] > 0
        name = f"{PLOTLY}.br" if small else PLOTLY
        answer = send_from_directory(ASSETS, name, mimetype="text/javascript")
        if small:
            answer.headers["Content-Encoding"] = "br"
        answer.headers.add("Vary", "Accept-Encoding")
        return answer

    def keep(answer: Response) -> Response:
        if request.path.startswith("/assets/") and "m" in request.args:
            answer.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
        return answer

    server.add_url_rule(f"/assets/{PLOTLY}", "plotly", plotly)
    server.after_request(keep)
