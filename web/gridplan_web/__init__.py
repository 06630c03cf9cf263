"""The pages: they parse, authorise, call a use case and render. No rule of planning lives here."""

from gridplan_web.application import create_app
from gridplan_web.server import Server, open_server

__all__ = ["Server", "create_app", "open_server"]
