"""The commands of the dashboard: ``export``, ``report`` and ``serve``."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Protocol
from urllib.parse import urlencode

import polars as pl
import typer

from dashboard import export as exports
from dashboard.errors import DashboardError
from dashboard.export import PICTURES
from dashboard.export_whole import export_all
from dashboard.mart import Mart
from dashboard.report.command import report
from dashboard.server import run_server

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Home(Protocol):
    """What the composition root hands over in ``ctx.obj``."""

    @property
    def published(self) -> Path:
        """Directory with publications and the pointer."""


def register(app: typer.Typer) -> None:
    """Add the commands to the one command line."""
    app.command("export")(export)
    app.command("report")(report)
    app.command("serve")(serve)


@contextmanager
def paragraphs() -> Iterator[None]:
    """Show a refusal as one paragraph on stderr and leave with its exit code."""
    try:
        yield
    except DashboardError as error:
        typer.echo(error.paragraph(), err=True)
        raise typer.Exit(error.exit_code) from error


def _mart(context: typer.Context) -> Mart:
    home: Home = context.obj
    return Mart(home.published)


def export(
    context: typer.Context,
    *,
    metric: Annotated[
        str | None, typer.Argument(help="Metric, such as headcount or share.")
    ] = None,
    unit: Annotated[str | None, typer.Option(help="Code of a unit; default the whole.")] = None,
    period: Annotated[str | None, typer.Option(help="Such as 2025Q4, 2025, 2021-2025.")] = None,
    by: Annotated[
        str | None, typer.Option(help="Split by an attribute (origin), `scale_group` or `unit`.")
    ] = None,
    form: Annotated[
        str | None, typer.Option("--format", help="csv, xlsx, parquet, json; svg, png.")
    ] = None,
    dialect: Annotated[str, typer.Option(help="Of csv: excel-nl or rfc4180.")] = "excel-nl",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write.")] = None,
    everything: Annotated[
        Path | None, typer.Option("--all", help="Write the whole publication into this directory.")
    ] = None,
) -> None:
    """Write published figures as files: one metric as the page shows it, or everything."""
    with paragraphs():
        mart = _mart(context)
        if everything is not None:
            _everything(mart, metric, everything)
            return
        if metric is None:
            raise _usage("neither a metric nor --all")
        chosen = form or _format_of(output)
        if chosen in PICTURES:
            if by is not None:
                raise _usage(f"a picture and --by {by}")
            _put(_picture(mart, metric, chosen, unit=unit, period=period), output, chosen)
            return
        query = query_for(mart, metric, unit=unit, period=period, by=by)
        content = exports.render(mart, query, chosen, dialect=dialect)
        _put(content, output, chosen)


def _picture(mart: Mart, metric: str, form: str, **view: str | None) -> bytes:
    """The first figure of the pages that is about a metric; of a unit and a reference date."""
    from dashboard.pages import PAGES  # noqa: PLC0415  (loaded where it is asked for)
    from dashboard.picture import Address, render  # noqa: PLC0415

    query = urlencode({name: value for name, value in view.items() if value is not None})
    return render(mart, PAGES, Address.of(metric, query), form)


def _everything(mart: Mart, metric: str | None, directory: Path) -> None:
    if metric is not None:
        raise _usage(f"both {metric} and --all")
    try:
        files = export_all(mart, directory)
    except OSError as error:
        raise _unwritable(directory, error) from error
    for path in files:
        typer.echo(str(path))


def query_for(
    mart: Mart, metric: str, *, unit: str | None, period: str | None, by: str | None
) -> exports.Query:
    """The query of one export as the pages make it.

    Without ``by``: everybody, or the followed group where the metric exists only for groups; whole
    and main scale bands. ``by`` = an attribute gives all its categories, ``scale_group`` every
    scale group, ``unit`` the units directly below as well.

    Raises:
        DashboardError: an unknown metric or dimension.
    """
    exports.check_known("metric", [metric], mart.metrics()["metric"].to_list())
    dimensions = mart.dimensions()
    attributes = dimensions.filter(pl.col("dimension") == "attribute")["code"].to_list()
    if by is not None:
        exports.check_known("dimension", [by], [*attributes, "scale_group", "unit"])
    root = unit or mart.meta()["root"]
    main = dimensions.filter(
        (pl.col("dimension") == "scale_group") & (pl.col("partition") == "main")
    )["code"].to_list()
    split = by is not None and by in attributes
    attribute = by if by is not None and split else _default_attribute(mart, metric)
    return exports.Query(
        metric=(metric,),
        unit=(root, *mart.children(root)) if by == "unit" else (root,),
        period=(period,) if period else (),
        scale_group=() if by == "scale_group" else ("all", *main),
        attribute=(attribute,),
        category=("yes",) if attribute and not split else (),
    )


def _default_attribute(mart: Mart, metric: str) -> str:
    """Everybody where the whole has such cells, else the attribute that the pages open with."""
    meta = mart.meta()
    return (
        ""
        if mart.cells([metric], [meta["root"]], attribute="").height
        else meta["default_attribute"]
    )


def _format_of(output: Path | None) -> str:
    suffix = output.suffix.lstrip(".").lower() if output else ""
    return suffix if suffix in {*exports.FORMATS, *PICTURES} else "csv"


def _put(content: bytes, output: Path | None, form: str) -> None:
    if output is None:
        if form in {"xlsx", "parquet", "png"} and sys.stdout.isatty():
            raise _usage(f"{form} on a terminal")
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        raise _unwritable(output, error) from error


def _usage(got: str) -> DashboardError:
    return DashboardError(
        "This use of export is not complete",
        where="the command line",
        expected="`export METRIC [-o FILE]` or `export --all DIR`",
        got=got,
        next_step="see `afspiegeling export --help`",
    )


def _unwritable(path: Path, error: OSError) -> DashboardError:
    return DashboardError(
        "The export cannot be written",
        where=str(path),
        expected="a place that can be written to",
        got=error.strerror or type(error).__name__,
        next_step="choose another place with -o or --all",
    )


def serve(
    context: typer.Context,
    host: Annotated[
        str, typer.Option(help="Address to listen on; another than this computer asks for a login.")
    ] = ("127.0.0.1"),
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8050,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Worker processes.")] = 2,
    publication: Annotated[
        str | None, typer.Option(help="Look at this one (a draft), for yourself; default: served.")
    ] = None,
) -> None:
    """Serve the dashboard with gunicorn until it is stopped."""
    home: Home = context.obj
    with paragraphs():
        check_host(host, login=check_login(home.published))
        check_port(host, port)
        run_server(home.published, host, port, workers, publication)


def check_login(published: Path) -> bool:
    """Whether people log in; refuses a login that is described in part.

    Raises:
        DashboardError: settings are absent that belong together.
    """
    from pydantic import ValidationError  # noqa: PLC0415  (not where only files are made)

    from dashboard.settings import Settings  # noqa: PLC0415

    try:
        settings = Settings(home=published.parent)
    except ValidationError as error:
        raise DashboardError(
            "The settings of the login do not fit together",
            where="the variables AFSPIEGELING_OIDC_... and AFSPIEGELING_BASE_URL",
            expected="an issuer, a client id, its secret and the address that browsers use",
            got="; ".join(each["msg"].removeprefix("Value error, ") for each in error.errors()),
            next_step="set what is absent, or none of them to serve this computer only",
        ) from None
    if settings.login:
        _check_writable(settings.access_log_file)
    return settings.login


def _check_writable(log: Path) -> None:
    """Refuse to serve where nobody could see afterwards who took what."""
    try:
        log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with log.open("ab"):
            log.chmod(0o600)
    except OSError as error:
        raise DashboardError(
            "The log of access cannot be written",
            where=str(log),
            expected="a file that the web process may append to",
            got=error.strerror or type(error).__name__,
            next_step="give it the right, or set AFSPIEGELING_ACCESS_LOG to a file that it may use",
        ) from error


def check_host(host: str, *, login: bool) -> None:
    """Refuse any address but this computer's own where nobody logs in.

    Raises:
        DashboardError: the address can be reached by others.
    """
    if not login and host not in LOOPBACK:
        raise DashboardError(
            "The dashboard is served to this computer only",
            where="--host",
            expected=" or ".join(LOOPBACK),
            got=host,
            next_step="there is no identity provider, so anybody on the network could read it:"
            " set one (docs/access.md), or serve on 127.0.0.1",
        )


def check_port(host: str, port: int) -> None:
    """Refuse a port that is taken, before a server tries it again and again.

    Raises:
        DashboardError: something else listens there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise DashboardError(
                "The port cannot be used",
                where=f"{host}, port {port}",
                expected="a free port",
                got=error.strerror or type(error).__name__,
                next_step="stop what listens there, or choose another with --port",
            ) from error
