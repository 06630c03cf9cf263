"""The read-only pages over a finished plan."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, Response, abort, current_app, render_template, send_from_directory

from gridplan_web.finished import FinishedPlan
from gridplan_web.language import spoken

pages = Blueprint("pages", __name__)


def _finished() -> FinishedPlan:
    return cast(FinishedPlan, current_app.extensions["gridplan"])


@pages.get("/")
def plan() -> str:
    """Show the map, the numbers, the villages and the downloads."""
    return render_template("plan.html", plan=_finished())


@pages.get("/map.json")
def map_json() -> Response:
    """Give the map's script what it draws."""
    return Response(_finished().drawing(spoken()), mimetype="application/json")


@pages.get("/download/<name>")
def download(name: str) -> Response:
    """Give one of the files on offer."""
    if name not in {file.name for file in _finished().downloads}:
        abort(404)
    return send_from_directory(_finished().folder.resolve(), name, as_attachment=True)
