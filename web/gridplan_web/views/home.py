"""The first page of each role: where things stand, and what to do next."""

from __future__ import annotations

from typing import Final

from apiflask import APIBlueprint
from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from gridplan.service.contact import covers
from gridplan.service.coverage.coverage import coverage_of, sentence
from gridplan.service.coverage.lists import first_villages
from gridplan.service.desk.pile import this_week
from gridplan.service.meeting.packs import pack_page
from gridplan.service.plans.schedule import scheduled_plans
from gridplan.service.town.home import home_page
from gridplan.service.town.pages import village_table
from gridplan_web import auth
from gridplan_web.clock import now, today, zone
from gridplan_web.language import page_lang

STEP_ENDPOINTS: Final = {
    "import": "imports.upload",
    "positions": "placement.village_list",
    "plan": "drafts.new",
    "publish": "drafts.draft_list",
    "cards": "cards.villages",
}
"""The page of each step."""
NEWEST: Final = 5
"""Meeting packs on the first page of a viewer."""

pages = APIBlueprint("home", __name__, enable_openapi=False)


@pages.get("/")
def page() -> str | Response:
    """Show the first page of the one who asks."""
    actor = auth.actor()
    if actor.may("see own grids"):
        return redirect(url_for("phone.shell"))
    pile = this_week(auth.store(), actor.scope, zone=zone(), today=today()) if actor.may("keep record") else None
    contact = coverage_of(auth.store(), actor.scope, today(), zone())
    told = {
        "contact": contact,
        "contact_sentence": sentence(contact, page_lang()),
        "failing": first_villages(contact),
        "scheduled": scheduled_plans(auth.store(), actor.scope),
    }
    if actor.may("edit lists"):
        page = home_page(auth.store(), actor, today())
        return render_template("home/planner.html", page=page, endpoints=STEP_ENDPOINTS, pile=pile, **told)
    if not actor.may("see coverage"):
        made = pack_page(auth.store(), actor, before=None, now=now()).made[:NEWEST]
        return render_template("home/viewer.html", packs=made, **told)
    ending = covers.ending(auth.store(), actor.scope, today()) if actor.may("keep record") else ()
    table = village_table(auth.store(), actor.scope)
    return render_template("home/villages.html", table=table, pile=pile, covers_ending=ending, **told)
