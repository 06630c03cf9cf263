"""Ports under which phones knew the service: what they have is taken there, and they are told where it is now."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, redirect, request
from werkzeug.wrappers import Response

from gridplan_web.clock import town_settings
from gridplan_web.invitation_links import phone_address

CAME_TO: Final = "gridplan.port"
"""In the environment of a request: the port that it came to, whatever its Host says."""
STILL_THERE: Final = ("/m/", "/static/")
"""How the addresses begin that are answered under a former port too."""


def moved_to() -> str | None:
    """Return where the service is now, if this request came under a former port."""
    asked, former = urlsplit(request.host_url), current_app.config["FORMER_PORTS"]
    if asked.port not in former and request.environ.get(CAME_TO, "") not in {str(port) for port in former}:
        return None
    chosen = town_settings().address
    if chosen and urlsplit(chosen).port not in former:
        return chosen
    if current_app.config["SECURE"]:
        return phone_address()
    return f"{asked.scheme}://{asked.hostname}:{current_app.config['PORT']}"


def send_on(app: Flask) -> None:
    """Send browsers on that ask for a page under a former port; no form is taken there."""

    def send() -> Response | None:
        to = None if request.path.startswith(STILL_THERE) else moved_to()
        if to is None:
            return None
        if request.method != "GET":
            abort(404)
        return redirect(f"{to}{request.full_path.rstrip('?')}")

    app.before_request(send)
