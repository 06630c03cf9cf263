"""The description of what scripts ask for, as people read it."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import render_template

pages = APIBlueprint("api", __name__, enable_openapi=False)


@pages.get("/api")
def description() -> str:
    """Show the description in a page that needs nothing from elsewhere."""
    return render_template("api.html")
