"""The pages: they parse, authorise, call a use case and render. No rule of planning lives here."""

from gridplan_web.application import create_app

__all__ = ["create_app"]
