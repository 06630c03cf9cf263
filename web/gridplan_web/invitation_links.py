"""One-time links as people get them: an address to open, and the picture of it to scan."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from flask import current_app, request, url_for

from gridplan_web.clock import town_settings

LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
"""What a computer calls itself."""


def address() -> str:
    """Return where phones reach the service: as the town has set it, or as it was asked just now."""
    return town_settings().address or request.host_url.rstrip("/")


def only_here() -> bool:
    """Return whether that address is this computer's own name for itself, which no phone can open."""
    return urlsplit(address()).hostname in LOOPBACK


def phone_address() -> str | None:
    """Return by which address phones reach the service, as far as it can tell; None where it lets none in."""
    names = [name for name in current_app.config["TRUSTED_HOSTS"] if name not in LOOPBACK]
    if current_app.config["SECURE"] and names:
        return f"https://{names[0]}"
    port = urlsplit(request.host_url).port
    return f"http://{names[0]}{f':{port}' if port else ''}" if current_app.config["OPEN_HTTP"] and names else None


def link(token: str = "") -> str:
    """Return the link of an invitation, or how all of them begin."""
    return address() + url_for("login.invitation", secret=token or "-").removesuffix("" if token else "-")
