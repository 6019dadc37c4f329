"""What every answer tells the browser not to do, and how often a file may be asked for."""

from __future__ import annotations

from flask import Flask, Response, abort, request
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from dashboard import access
from dashboard.settings import Settings

CONTENT = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",  # plotly places its texts with inline styles
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
"""Content security policy: nothing from elsewhere, and no script that is written in a page."""
HEADERS = {
    "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in CONTENT.items()),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
LIMITS = ((("/export/", "/report/"), "120 per minute"), (("/login",), "30 per minute"))
"""Starts of addresses -> how often a reader may ask for them, for each process."""


def register(server: Flask, settings: Settings) -> None:
    """Set the headers of every answer, and limit what is costly or could be guessed at."""
    limiter = MovingWindowRateLimiter(MemoryStorage())
    limits = [(starts, parse(rule)) for starts, rule in LIMITS]

    @server.before_request
    def limit() -> None:
        who = access.current().who or request.remote_addr or ""
        for starts, rule in limits:
            if request.path.startswith(starts) and not limiter.hit(rule, starts[0], who):
                abort(429)

    @server.after_request
    def told(answer: Response) -> Response:
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        if settings.base_url.startswith("https:"):
            answer.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if settings.login and not request.path.startswith(("/assets/", "/_dash-component")):
            answer.headers["Cache-Control"] = "private, no-store"
        return answer
