"""Log in with OpenID Connect (code flow with PKCE), and the gate that every request passes.

Without an identity provider everybody on this computer may read everything and nobody else may
connect. With one, who is not logged in sees nothing, and what a role may see is decided on the
server by ``dashboard.access``.
"""

from __future__ import annotations

import hashlib
import time
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Flask, Response, abort, g, redirect, request, session, url_for
from requests import RequestException
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response as Answer

from dashboard.access import EVERYBODY, HR, ROLES, WITHOUT_LOGIN, Access
from dashboard.access_log import AccessLog
from dashboard.scope import VisibleMart
from dashboard.settings import Settings

LONGEST, IDLE = timedelta(hours=8), timedelta(hours=1)
"""How long a session lasts, and how long without a request."""
LOOPBACK = {"127.0.0.1", "::1"}
TAKEN = ("/export/", "/report/", "/toegang.csv")
"""Addresses of files: who took what is logged."""


def register(server: Flask, settings: Settings, mart: VisibleMart) -> None:
    """Put the gate before every route of ``server``, and add the routes of the login."""
    log = AccessLog.of(settings.published)
    if settings.login:
        _configure(server, settings)
        _routes(server, settings, log)

    @server.before_request
    def gate() -> Answer | None:
        if not settings.login:
            if request.remote_addr not in LOOPBACK:
                abort(403)  # there is nobody to ask who this is
            g.access = EVERYBODY
            return None
        return _judged(mart)

    @server.after_request
    def taken(answer: Response) -> Response:
        if settings.login and request.path.startswith(TAKEN) and answer.status_code in {200, 403}:
            reader: Access = g.get("access", Access(""))
            event = "refused" if answer.status_code == 403 else "export"
            log.append(event, reader.who, reader.role, request.full_path.rstrip("?"))
        return answer


def _judged(mart: VisibleMart) -> Answer | None:
    if request.method not in {"GET", "HEAD"} and _from_elsewhere():
        abort(403)
    reader = _reader()
    if reader is not None:
        g.access = reader
    if WITHOUT_LOGIN.fullmatch(request.path):
        return None
    if reader is None:
        if request.method == "GET":
            return redirect(url_for("login", next=request.full_path.rstrip("?")))
        abort(401)
    if request.path == "/" and not reader.may("/"):
        return redirect("/verantwoording")
    if request.path != "/_dash-update-component":  # which is judged by what it asks for
        units = request.args.getlist("unit")
        reader.check(request.path, units, mart.visible() if units else ())
    return None


def _from_elsewhere() -> bool:
    """Whether another site made the browser send this."""
    origin = request.headers.get("Origin")
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    return (origin is not None and urlsplit(origin).netloc != request.host) or (
        site not in {"same-origin", "none"}
    )


def _reader() -> Access | None:
    """The reader of a session that is not too old."""
    if "role" not in session:
        return None
    now = time.time()
    if now > session["until"] or now > session["seen"] + IDLE.total_seconds():
        session.clear()
        return None
    session["seen"] = int(now)
    units = session["units"]
    return Access(session["role"], None if units is None else tuple(units), session["who"])


def _configure(server: Flask, settings: Settings) -> None:
    secure = settings.base_url.startswith("https:")
    # every worker and node has the secret of the client: all read one another's cookies
    secret = settings.oidc_client_secret.get_secret_value().encode()
    server.secret_key = hashlib.blake2b(secret[:64], person=b"afsp-session").digest()
    if settings.proxies:
        told = dict.fromkeys(("x_for", "x_proto", "x_host"), settings.proxies)
        server.wsgi_app = ProxyFix(server.wsgi_app, **told)  # type: ignore[method-assign]
    server.config.update(
        SESSION_COOKIE_NAME="__Host-afspiegeling" if secure else "afspiegeling",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure,
        PERMANENT_SESSION_LIFETIME=LONGEST,
    )


def _routes(server: Flask, settings: Settings, log: AccessLog) -> None:
    oauth = OAuth(server)
    provider = oauth.register(
        "provider",
        server_metadata_url=f"{settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration",
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret.get_secret_value(),
        client_kwargs={"scope": settings.oidc_scope, "code_challenge_method": "S256"},
    )

    @server.get("/login")
    def login() -> Answer:
        session["next"] = _inside(request.args.get("next", "/"))
        try:
            back = settings.base_url.rstrip("/") + "/login/return"
            answer: Answer = provider.authorize_redirect(back)
        except (OAuthError, RequestException):
            told = ("De aanmelddienst antwoordt niet.", "The login service does not answer.")
            return _said(*told, 503)
        return answer

    @server.get("/login/return")
    def login_return() -> Answer:
        after = _inside(session.get("next", "/"))
        try:
            token = provider.authorize_access_token()
            claims = dict(token.get("userinfo") or {})
            if settings.oidc_role_claim not in claims:
                claims |= dict(provider.userinfo(token=token))
        except (OAuthError, RequestException, ValueError, KeyError) as error:
            log.append("refused", "", "", type(error).__name__)
            return _said("Aanmelden is niet gelukt.", "Logging in did not succeed.", 403)
        reader = reader_of(claims, settings)
        session.clear()
        if reader is None:
            log.append("refused", str(claims.get("sub", "")), "", "no role")
            return _said(
                "U bent aangemeld, maar hebt geen rol in Afspiegeling. Vraag uw beheerder erom.",
                "You are logged in, but have no role in Afspiegeling. Ask your administrator.",
                403,
            )
        now = int(time.time())
        session.permanent = True
        session.update(
            role=reader.role,
            units=None if reader.units is None else list(reader.units),
            who=reader.who,
            seen=now,
            until=now + int(LONGEST.total_seconds()),
        )
        log.append("login", reader.who, reader.role)
        return redirect(after)

    @server.get("/toegang.csv")
    def taken_along() -> Response:
        return Response(log.as_csv(), mimetype="text/csv")

    @server.post("/logout")
    def logout() -> Answer:
        reader: Access | None = g.get("access")
        if reader is not None:
            log.append("logout", reader.who, reader.role)
        session.clear()
        return _said("U bent afgemeld.", "You are logged out.", 200)


def reader_of(claims: dict[str, Any], settings: Settings) -> Access | None:
    """The reader that the claims of an identity provider tell; None without a role.

    An HR manager without a unit has no role either: nothing says what may be seen.
    """
    given = _texts(claims.get(settings.oidc_role_claim))
    role = next((role for role in ROLES if role in given), None)
    if role is None:
        return None
    units = _texts(claims.get(settings.oidc_unit_claim)) if role == HR else None
    if role == HR and not units:
        return None
    return Access(role, None if units is None else tuple(units), str(claims.get("sub", "")))


def _texts(value: object) -> list[str]:
    """A claim as texts: one, or a list of them."""
    if isinstance(value, str):
        return value.split()
    return [str(each) for each in value] if isinstance(value, list) else []


def _inside(address: str) -> str:
    """An address of this server, never one of another."""
    parts = urlsplit(address)
    plain = address.startswith("/") and not address.startswith(("//", "/\\", "/log"))
    return address if plain and not parts.netloc and "\\" not in address else "/"


def _said(dutch: str, english: str, status: int) -> Response:
    """A page of a few words, outside the dashboard."""
    text = (
        '<!DOCTYPE html><html lang="nl"><head><meta charset="utf-8"><title>Afspiegeling</title>'
        '<meta name="viewport" content="width=device-width"><link rel="stylesheet" '
        'href="/assets/tokens.css"><link rel="stylesheet" href="/assets/app.css"></head>'
        f'<body><main><h1>{dutch}</h1><p lang="en">{english}</p>'
        '<p><a href="/">Afspiegeling</a></p></main></body></html>'
    )
    return Response(text, status=status, mimetype="text/html")
