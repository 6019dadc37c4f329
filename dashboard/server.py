"""The production server: gunicorn in this process, its workers counted together."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import typer

from dashboard.log import JsonLine, configure
from dashboard.preview import preview_of

THREADS = 8
"""Threads of one worker: queries take milliseconds, clients wait longer than that."""
SHARED = "PROMETHEUS_MULTIPROC_DIR"


def address(host: str, port: int) -> str:
    """What to open in a browser."""
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def run_server(
    published: Path, host: str, port: int, workers: int, publication: str | None = None
) -> None:
    """Run gunicorn in this process; returns only by leaving it.

    Args:
        published: the directory of publications.
        host: address to listen on.
        port: port to listen on.
        workers: how many processes.
        publication: look at this one, a draft perhaps; None: the one that is served.

    Raises:
        DashboardError: there is no such publication.
    """
    from gunicorn.app.base import BaseApplication  # noqa: PLC0415  (not where only files are made)

    # Before anything is counted: the library looks once, when it is imported.
    place = Path(tempfile.mkdtemp(prefix="afspiegeling-"))
    os.environ.setdefault(SHARED, str(place))
    configure()
    shown = published if publication is None else preview_of(published, publication, place)

    from dashboard.app import create_app  # noqa: PLC0415
    from dashboard.settings import Settings  # noqa: PLC0415

    class Server(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
        def load_config(self) -> None:
            for name, value in _options(host, port, workers, place).items():
                self.cfg.set(name, value)

        def load(self) -> Any:  # a WSGI application
            return create_app(Settings(home=shown.parent)).server

    Server().run()


def _options(host: str, port: int, workers: int, place: Path) -> dict[str, Any]:
    """The settings of gunicorn that are not its own defaults."""

    def announce(_server: object) -> None:
        typer.echo(f"Afspiegeling: {address(host, port)}  (Ctrl+C stops)")

    def forget_worker(_server: object, worker: Any) -> None:
        from prometheus_client import multiprocess  # noqa: PLC0415

        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]

    def leave(_server: object) -> None:
        shutil.rmtree(place, ignore_errors=True)

    return {
        "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        "workers": workers,
        "worker_class": "gthread",
        "threads": THREADS,
        "loglevel": "warning",
        "logger_class": _logger_class(),
        "when_ready": announce,
        "child_exit": forget_worker,
        "on_exit": leave,
        "proc_name": "afspiegeling",
        "control_socket_disable": True,  # nobody steers a running server from a socket
    }


def _logger_class() -> type:
    """Gunicorn's own log, its lines as ours; requests are logged where their route is known."""
    from gunicorn.glogging import Logger  # noqa: PLC0415

    class Lines(Logger):  # type: ignore[misc]
        def setup(self, cfg: Any) -> None:
            super().setup(cfg)
            for handler in self.error_log.handlers:
                handler.setFormatter(JsonLine())

    return Lines
