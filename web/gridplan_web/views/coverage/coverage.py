"""How far contact reaches: the town, its villages, party groups and grids by number; nobody is named here."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import render_template

from gridplan.service.coverage.coverage import coverage_of, sentence
from gridplan_web import auth
from gridplan_web.clock import today, zone
from gridplan_web.language import page_lang

pages = APIBlueprint("coverage", __name__, enable_openapi=False, url_prefix="/coverage")


@pages.get("")
def town() -> str:
    """Show how far contact reaches in the villages of the scope."""
    contact = coverage_of(auth.store(), auth.actor().scope, today(), zone())
    return render_template("coverage/town.html", contact=contact, sentence=sentence(contact, page_lang()))
