"""The security headers of every response."""

from __future__ import annotations

from typing import Final

from flask import Flask, Response, request

from gridplan.service.admin.settings import tile_host
from gridplan_web.clock import town_settings
from gridplan_web.views.static_files import is_kept_for_good

CONTENT_SECURITY_POLICY: Final = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:{tiles}",
        "connect-src 'self'",
        "font-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ]
)

FRAMED_MAP: Final = "town.framed_map"
"""The single-file map, whose script and styles are in it."""
FRAMED_MAP_POLICY: Final = "; ".join(
    [
        "sandbox allow-scripts allow-modals allow-top-navigation-by-user-activation",  # it is of no origin: no cookies
        "default-src 'none'",
        "script-src 'unsafe-inline'",
        "style-src 'unsafe-inline'",
        "img-src data:",
        "font-src data:",
        "form-action 'none'",
        "frame-ancestors 'self'",
        "base-uri 'none'",
    ]
)
FRAMES: Final = "town.shown_map"
"""The page that shows it."""
SHELL: Final = ("phone.shell", "phone.setup", "phone.worker", "phone.manifest")
"""What a phone keeps of the page that opens without signal."""
KEPT: Final = ("static.file", "help.picture", *SHELL)
"""What the browser may keep, as long as it asks whether it is still the same."""
TILE: Final = "imagery.tile"
"""What never changes under its address, and is for who may see it."""


def _content_security_policy() -> str:
    """Return what a page may load: its own things, and pictures of the one tile host that the town has chosen."""
    if request.endpoint == FRAMED_MAP:
        return FRAMED_MAP_POLICY
    tiles = "" if request.endpoint in ("static.file", *SHELL) else tile_host(town_settings().tiles_url)
    policy = CONTENT_SECURITY_POLICY.format(tiles=f" {tiles}" if tiles else "")
    if request.endpoint in SHELL:
        return f"{policy}; manifest-src 'self'; worker-src 'self'"
    return f"{policy}; frame-src 'self'" if request.endpoint == FRAMES else policy


def _how_long_kept(response: Response) -> str:
    if request.endpoint == "static.file" and is_kept_for_good(response):
        return "public, max-age=31536000, immutable"
    if request.endpoint == TILE and response.status_code == 200:
        return "private, max-age=31536000, immutable"
    return "no-cache" if request.endpoint in KEPT else "no-store"


def add_security_headers(app: Flask) -> None:
    """Add the headers to every response, errors included."""

    def add(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = _content_security_policy()
        response.headers["X-Content-Type-Options"] = "nosniff"
        # With none at all, browsers would hide the origin of the service's own forms.
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cache-Control"] = _how_long_kept(response)
        return response

    app.after_request(add)
