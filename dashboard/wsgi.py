"""What gunicorn serves: ``dashboard.wsgi:application`` (home from ``AFSPIEGELING_HOME``)."""

from __future__ import annotations

from dashboard.app import create_app

application = create_app().server
