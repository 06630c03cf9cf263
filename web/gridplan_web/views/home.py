"""The first page of everybody: where things stand, and what to do next."""

from __future__ import annotations

from typing import Final

from apiflask import APIBlueprint
from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from gridplan.service.town.home import home_page
from gridplan.service.town.village_table import village_table
from gridplan_web import auth

WAYS: Final = {
    "bring": "imports.upload",
    "look": "placement.village_list",
    "plan": "drafts.new",
    "publish": "drafts.draft_list",
    "cards": "cards.villages",
}
"""Where the steps are taken."""

pages = APIBlueprint("home", __name__, enable_openapi=False)


@pages.get("/")
def page() -> str | Response:
    """Show the first page of the one who asks."""
    actor = auth.actor()
    if actor.may("see own grids"):
        return redirect(url_for("town.own_grids"))
    if not actor.may("see coverage"):
        return render_template("home/viewer.html")
    if actor.may("edit lists"):
        return render_template("home/planner.html", page=home_page(auth.store(), actor), ways=WAYS)
    return render_template("home/villages.html", table=village_table(auth.store(), actor.scope))
