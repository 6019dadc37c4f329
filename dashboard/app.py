"""The web application: one mart, one router, explicitly listed pages."""

from __future__ import annotations

from dash import Dash, Input, Output

from dashboard import (
    document,
    export,
    export_whole,
    headers,
    kept,
    login,
    operation,
    picture,
    projection_file,
)
from dashboard.filter_bar import UNITS, units_json
from dashboard.page_view import PageView
from dashboard.pages import FOOT, OFFICE, PAGES
from dashboard.rendering import Rendering, asked_by, document_asked
from dashboard.report import route as board_paper
from dashboard.scope import VisibleMart
from dashboard.settings import ASSETS, Settings
from dashboard.waiting import SERVED, served_json


class Application(Dash):  # type: ignore[misc]  # Dash has no types
    """Dash, whose first answer already holds the view that is asked for."""

    rendering: Rendering

    def register_scripts(self) -> None:
        """Make the scripts known that a page names."""
        self._generate_scripts_html()

    def interpolate_index(self, **parts: str) -> str:
        """The document of a first request."""
        asked = document_asked()
        view = self.rendering.view(asked)
        return document.document(view, self.rendering.help(view.lang), asked.device, parts)


def create_app(settings: Settings | None = None) -> Dash:
    """A new application on the publications of ``settings``; nothing is shared between two."""
    settings = settings or Settings()
    app = Application(
        "dashboard",
        assets_folder=str(ASSETS),
        assets_ignore=document.OWN_TAG,
        pages_folder="",
        use_pages=False,
        compress=True,
        title="Afspiegeling",
        update_title=None,
    )
    mart = VisibleMart(settings.published)
    operation.register_routes(app.server, mart)  # first: refusals are counted, too
    login.register(app.server, settings, mart)
    headers.register(app.server, settings)
    kept.register(app.server, mart, kept.Kept())
    app.rendering = Rendering(mart, (*PAGES, *OFFICE, *FOOT))
    app.layout = PageView(id="view")

    def answer(asked: object) -> dict[str, str]:
        return {"html": app.rendering.view(asked_by(asked)).html}

    app.callback(Output("view", "answer"), Input("view", "asked"), prevent_initial_call=True)(
        answer
    )
    app.server.add_url_rule(UNITS, "units", lambda: units_json(mart))
    app.server.add_url_rule(SERVED, "served", lambda: served_json(mart))
    document.register_routes(app.server)
    export.register_routes(app.server, mart)
    export_whole.register_routes(app.server, mart)
    projection_file.register_routes(app.server, mart)
    picture.register_routes(app.server, mart, PAGES)
    board_paper.register_routes(app.server, mart)
    # Dash does so when a page is first made. A worker whose first request is for a
    # script, the page having come from another worker, would answer with an error.
    app.register_scripts()
    return app
