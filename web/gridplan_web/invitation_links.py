"""One-time links as people get them: an address to open, and the picture of it to scan."""

from __future__ import annotations

from urllib.parse import urlsplit

import segno
from flask import request, url_for

from gridplan.service.access.invitations import Invitation
from gridplan_web.clock import town_settings


def address() -> str:
    """Return where phones reach the service: as the town has set it, or as it was asked just now."""
    return town_settings().address or request.host_url.rstrip("/")


def only_here() -> bool:
    """Return whether that address is this computer's own name for itself, which no phone can open."""
    return urlsplit(address()).hostname in ("localhost", "127.0.0.1", "::1")


def link(invitation: Invitation) -> str:
    """Return the link of an invitation."""
    return address() + url_for("login.invitation", secret=invitation.token)


def picture(text: str) -> str:
    """Return a QR code as an address of data."""
    # To try all eight masks takes six times as long, and scanners read them all.
    code = segno.make(text, micro=False, error="m", mask=3)
    return code.svg_data_uri(border=2, xmldecl=False, svgclass=None, lineclass=None, omitsize=True, encode_minimal=True)
