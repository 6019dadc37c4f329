"""The web application: one mart, one router, explicitly listed pages."""

from __future__ import annotations

from dash import Dash

from dashboard import export, export_whole, frame, operation, projection_file
from dashboard.charts import read_themes
from dashboard.mart import Mart
from dashboard.pages import FOOT, PAGES
from dashboard.report import route as board_paper
from dashboard.settings import ASSETS, Settings

INDEX = """<!DOCTYPE html>
<html lang="nl">
<head>{%metas%}<title>{%title%}</title>
<link rel="icon" type="image/svg+xml" href="/assets/favicon.svg">{%css%}</head>
<body>{%app_entry%}{%config%}{%scripts%}{%renderer%}</body>
</html>"""
VIEWPORT = {"name": "viewport", "content": "width=device-width, initial-scale=1"}


def create_app(settings: Settings | None = None) -> Dash:
    """A new application on the publications of ``settings``; nothing is shared between two."""
    settings = settings or Settings()
    app = Dash(
        "dashboard",
        assets_folder=str(ASSETS),
        pages_folder="",
        use_pages=False,
        compress=True,
        index_string=INDEX,
        meta_tags=[VIEWPORT],
        title="Afspiegeling",
        update_title=None,
    )
    mart = Mart(settings.published)
    app.layout = frame.shell()
    frame.register(app, mart, (*PAGES, *FOOT), read_themes(ASSETS / "tokens.css"))
    operation.register_routes(app.server, mart)
    export.register_routes(app.server, mart)
    export_whole.register_routes(app.server, mart)
    projection_file.register_routes(app.server, mart)
    board_paper.register_routes(app.server, mart)
    # Dash registers its scripts when a page is first made. A worker whose first request is for a
    # script, the page having come from another worker, would answer with an error.
    app.server.test_client().get("/")
    return app
