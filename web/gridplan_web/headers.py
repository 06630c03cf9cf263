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

KEPT: Final = ("static.file", "help.picture")
"""What the browser may keep, as long as it asks whether it is still the same."""
TILE: Final = "imagery.tile"
"""What never changes under its address, and is for who may see it."""


def _content_security_policy() -> str:
    """Return what a page may load: its own things, and pictures of the one tile host that the town has chosen."""
    tiles = "" if request.endpoint == "static.file" else tile_host(town_settings().tiles_url)
    return CONTENT_SECURITY_POLICY.format(tiles=f" {tiles}" if tiles else "")


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
