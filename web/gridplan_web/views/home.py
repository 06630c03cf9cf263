"""The first page of everybody: where things stand, and what to do next."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import render_template

pages = APIBlueprint("home", __name__, enable_openapi=False)


@pages.get("/")
def first() -> str:
    """Show the first page of the one who asks."""
    return render_template("home.html")
