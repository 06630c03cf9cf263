"""The map of the town, the pages of villages, grids, households and members behind it, and the search."""

from __future__ import annotations

import hashlib
from io import BytesIO
from typing import Any

from apiflask import APIBlueprint
from flask import jsonify, render_template, request, send_file, send_from_directory, url_for
from markupsafe import escape
from werkzeug.wrappers import Response

from gridplan.errors import NotFound
from gridplan.roles import Actor, Power
from gridplan.service.coverage import contact_map as maps_of_contact
from gridplan.service.coverage.coverage import (
    Coverage,
    asked_day,
    contact_of_grid,
    coverage_of,
    facts_of_grid,
    facts_of_village,
    sentence,
    standing,
)
from gridplan.service.plans.map_file import map_of_scope
from gridplan.service.plans.schedule import scheduled_plans
from gridplan.service.town import basemap, map_details, search, small_map
from gridplan.service.town import pages as places
from gridplan.service.town.pages import village_table
from gridplan.service.town.town_map import absences_of_map, map_revision, town_places
from gridplan.service.town.town_map import figures_map as draw_figures_map
from gridplan.service.town.town_map import town_map as draw_town_map
from gridplan.words import say
from gridplan_web import auth
from gridplan_web.clock import today, town_settings, zone
from gridplan_web.language import page_lang
from gridplan_web.map_answers import (
    ContactMap,
    DayQuery,
    DetailsQuery,
    GridContactDetails,
    GridDetails,
    HouseholdDetails,
    MapPlaces,
    SearchAnswers,
    SearchQuery,
    TownMap,
    VillageDetails,
)
from gridplan_web.map_cache import cached, cached_map, cached_text

pages = APIBlueprint("town", __name__, enable_openapi=False)
api = APIBlueprint("town_api", __name__, url_prefix="/api")
LAST_PAGE = 1000
LONGEST_PART = 16 * 2**20
"""Bytes of the basemap; whoever asks for more of it is sent the whole."""


@pages.app_template_global()
def base_layers() -> dict[str, object]:
    """Return what a map may stand on: the town's own basemap and what is on it, the chosen tiles and their frame."""
    town, age = town_settings(), basemap.basemap_version(auth.store())
    return {
        "basemap": f"/basemap.pmtiles?v={age}" if age else None,
        "kinds": basemap.kinds(auth.store()) if age else [],
        "tiles": town.tiles_url or None,
        "frame": town.tiles_frame,
    }


def _link(text: str, endpoint: str, power: Power = "see coverage", **values: Any) -> list[dict[str, str]]:
    """Return a link, unless it leads where the account may not go."""
    if not auth.actor().may(power):
        return []
    return [{"text": say(text, page_lang()), "href": url_for(endpoint, **values)}]


@pages.app_template_global()
def village_actions(village_id: int, plan_id: int | None = None) -> list[dict[str, str]]:
    """Return what the account may do with a village, and with a plan of it."""
    uses_phones = town_settings().phones
    return [
        *(_link("redraw.link", "redraw.redraw", "plan", plan_id=plan_id) if plan_id else []),
        *_link("town.change", "registry.village", "edit lists", village_id=village_id),
        *_link("town.place_households", "placement.village", "edit lists", village_id=village_id),
        *(_link("town.cards", "cards.village_members", "issue cards", village_id=village_id) if uses_phones else []),
    ]


@pages.app_template_global()
def grid_actions(plan_id: int, number: int) -> list[dict[str, str]]:
    """Return what the account may do with a grid."""
    return [
        *_link("town.change_lead", "drafts.lead_choice", "plan", plan_id=plan_id, number=number),
        *_link("redraw.link", "redraw.redraw", "plan", plan_id=plan_id),
        *_how_often(plan=plan_id, number=number),
    ]


@pages.app_template_global()
def household_actions(household_id: int) -> list[dict[str, str]]:
    """Return what the account may do with a household."""
    return [
        *_link("town.change", "registry.household", "edit lists", household_id=household_id),
        *_how_often(household=household_id),
    ]


def _how_often(**of: int) -> list[dict[str, str]]:
    return _link("visits.how_often", "settings.visit_settings", "edit lists", **of, _anchor="cadences")


@pages.get("/map")
def town_map() -> str:
    """Show the map of the town beside its villages."""
    return render_template("town/map.html", table=village_table(auth.store(), auth.actor().scope))


@pages.get("/map/file")
def map_file() -> Response:
    """Send the map of the plans in force as one file, with how far contact reaches today."""
    return send_file(BytesIO(_map_file().encode()), "text/html", as_attachment=True, download_name="map.html")


@pages.get("/map/file/shown")
def shown_map() -> str:
    """Show the map that is one file, in a frame."""
    return render_template("town/shown_map.html")


@pages.get("/map/file/framed")
def framed_map() -> str:
    """Return the map that is one file for the frame: it is of no origin there, and its grids lead to their pages."""
    leads_on = f'<head><base target="_top"><meta name="coverage" content="{escape(url_for("coverage.town"))}">'
    return _map_file().replace("<head>", leads_on, 1)


def _map_file() -> str:
    store, actor, lang, day = auth.store(), auth.actor(), page_lang(), today()
    title = town_settings().name or "gridplan"
    of = f"{map_revision(store)}-{maps_of_contact.contact_revision(store)}-{day}-{lang}"
    return cached_text(
        f"file-{of}-{_told(f'{_scope(actor)}:{title}')}",
        lambda: map_of_scope(store, actor.scope, lang, title, today=day, zone=zone()),
    )


@pages.get("/villages/<int:village_id>")
def village(village_id: int) -> str:
    """Show a village."""
    may_see = auth.actor().may("see households")
    page = places.village_page(auth.store(), village_id, households=may_see, day=today())
    drawn = small_map.of_village(auth.store(), village_id, page_lang(), today(), households=may_see)
    contact = coverage_of(auth.store(), [village_id], today(), zone()) if page.plan else None
    return render_template(
        "town/village.html",
        page=page,
        scheduled=scheduled_plans(auth.store(), [village_id]),
        small_map=_with_contact(drawn, contact),
        contact_sentence=sentence(contact, page_lang()) if contact else None,
    )


@pages.get("/grids/<int:plan_id>/<int:number>")
def grid(plan_id: int, number: int) -> str:
    """Show a grid with its people and households."""
    page, drawn = _grid_page(plan_id, number)
    return render_template("town/grid.html", page=page, small_map=drawn)


def _grid_page(plan_id: int, number: int) -> tuple[places.GridPage, dict[str, Any] | None]:
    """Return a grid, and the map of it."""
    may_see, may_plan = (auth.actor().may(power) for power in ("see households", "plan"))
    day = today() if may_see else None
    page = places.grid_page(auth.store(), plan_id, number, households=may_see, drafts=may_plan, day=day)
    return page, small_map.of_grid(auth.store(), page, page_lang(), today(), households=may_see)


@pages.get("/households/<int:household_id>")
def household(household_id: int) -> str:
    """Show a household."""
    return household_answer(household_id)


def household_answer(household_id: int, problem: str | None = None) -> str:
    """Return the page of a household; with what is wrong with a state that was to be recorded of it."""
    page = places.household_page(auth.store(), household_id, today())
    return render_template(
        "town/household.html",
        page=page,
        small_map=small_map.of_household(auth.store(), page, page_lang(), today()),
        standing=_standing(household_id, page.home["village_id"]) if page.grid else None,
        state_problem=problem,
    )


@pages.get("/members/<int:member_id>")
def member(member_id: int) -> str:
    """Show a member."""
    page = places.member_page(auth.store(), member_id, of=auth.actor().scope)
    drawn = small_map.of_member(auth.store(), page, page_lang())
    return render_template("town/member.html", page=page, small_map=drawn)


@pages.get("/search")
def search_page() -> str:
    """Show all that a search found, by kind; of one kind page by page."""
    text, kind = request.args.get("q", ""), request.args.get("kind")
    page = max(1, min(request.args.get("page", 1, type=int), LAST_PAGE))
    if kind not in search.KINDS:
        kind, page = None, 1
    found = search.search_pages(auth.store(), text, auth.actor(), kind, page)
    return render_template(
        "town/search.html",
        text=text,
        found=found,
        kind=kind,
        page=page,
        size=search.PAGE_SIZE,
        answer_page=_page_of,
        on_map=_on_map,
    )


@pages.get("/basemap.pmtiles")
def basemap_file() -> Response:
    """Send parts of the basemap as the browser asks for them."""
    if not basemap.basemap_version(auth.store()):
        raise NotFound("entrance.not_here")
    size = (auth.store().folder / basemap.FILE).stat().st_size
    first, end = (request.range.range_for_length(size) if request.range else None) or (0, 0)
    return send_from_directory(
        auth.store().folder,
        basemap.FILE,
        mimetype="application/octet-stream",
        conditional=end - first <= LONGEST_PART,  # a larger part would hold a thread for as long as it is read
        etag=True,
    )


@api.get("/map.json")
@api.output(TownMap)
def map_data() -> Response:
    """Return the map of the plans in force, within the scope of the account; households are asked for by village."""
    store, actor, lang = auth.store(), auth.actor(), page_lang()
    counts_only = not actor.may("see households")
    absences = "" if counts_only else absences_of_map(store, actor.scope, today())
    whom = _told(f"{_scope(actor)}:{counts_only}")
    return cached_map(
        f"{lang}-{whom}-{absences}",
        lambda: draw_town_map(store, actor.scope, lang, today(), counts_only=counts_only),
    )


@api.get("/coverage/map.json")
@api.output(TownMap)
def figures_map() -> Response:
    """Return outlines and numbers of the grids in force, within the scope of the account: nobody is named."""
    store, actor, lang = auth.store(), auth.actor(), page_lang()
    return cached_map(f"figures-{lang}-{_told(_scope(actor))}", lambda: draw_figures_map(store, actor.scope, lang))


@api.get("/coverage/villages/<int:village_id>/map.json")
@api.output(TownMap)
def village_figures_map(village_id: int) -> Response:
    """Return outlines and numbers of the grids of a village that are in force: nobody is named."""
    store, lang = auth.store(), page_lang()
    return cached_map(f"figures-{lang}-{village_id}", lambda: draw_figures_map(store, [village_id], lang))


@api.get("/contact.json")
@api.input(DayQuery, location="query", arg_name="asked")
@api.output(ContactMap)
def contact_data(asked: DayQuery) -> Response:
    """Return how far contact reaches, within the scope of the account: colours of grids, and sentences."""
    store, actor, lang, day = auth.store(), auth.actor(), page_lang(), today()
    as_of = asked_day(store, actor.scope, asked.as_of, day)
    return cached(
        f"contact-{maps_of_contact.contact_revision(store)}-{day}-{as_of}-{lang}-{_told(_scope(actor))}",
        lambda: maps_of_contact.contact_map(store, actor.scope, lang, today=day, zone=zone(), as_of=as_of),
    )


def _scope(actor: Actor) -> str:
    return "all" if actor.scope is None else ",".join(map(str, sorted(actor.scope)))


def _told(whom: str) -> str:
    return hashlib.sha256(whom.encode()).hexdigest()[:16]


@api.get("/map/villages/<int:village_id>/households.json")
@api.output(MapPlaces)
def places_data(village_id: int) -> Response:
    """Return where the households of a village stand, with their grids of the plan in force."""
    store, lang = auth.store(), page_lang()
    return cached_map(f"places-{village_id}-{lang}", lambda: town_places(store, village_id, lang))


@api.get("/map/villages/<int:village_id>")
@api.input(DetailsQuery, location="query", arg_name="asked")
@api.output(VillageDetails)
def village_details(village_id: int, asked: DetailsQuery) -> Response:
    """Return what the panel beside the map tells of a village."""
    actor = auth.actor()
    found = map_details.village_details(
        auth.store(),
        village_id,
        asked.plan,
        page_lang(),
        households=actor.may("see households"),
        drafts=actor.may("plan"),
    )
    page = _link("town.map.open_village", "town.village", village_id=village_id)
    day = asked_day(auth.store(), actor.scope, asked.as_of, today())
    contact = facts_of_village(coverage_of(auth.store(), [village_id], day, zone()), page_lang())
    as_of = None if day == today() else asked.as_of
    reached = _link("coverage.section", "coverage.village", "see figures", village_id=village_id, as_of=as_of)
    return jsonify(found | {"contact": contact, "links": [*page, *reached, *village_actions(village_id, asked.plan)]})


@api.get("/map/grids/<int:plan_id>/<int:number>")
@api.output(GridDetails)
def grid_details(plan_id: int, number: int) -> Response:
    """Return what the panel beside the map tells of a grid and its people."""
    actor = auth.actor()
    found = map_details.grid_details(
        auth.store(),
        plan_id,
        number,
        page_lang(),
        households=actor.may("see households"),
        drafts=actor.may("plan"),
        day=today(),
    )
    page = _link("town.map.open_grid", "town.grid", plan_id=plan_id, number=number)
    return jsonify(found | {"links": [*page, *grid_actions(plan_id, number)]})


@api.get("/map/grids/<int:plan_id>/<int:number>/contact")
@api.input(DayQuery, location="query", arg_name="asked")
@api.output(GridContactDetails)
def grid_contact_details(plan_id: int, number: int, asked: DayQuery) -> Response:
    """Return what the panel tells of contact in a grid, where the map is coloured by it: nobody is named."""
    day = asked_day(auth.store(), auth.actor().scope, asked.as_of, today())
    try:
        of = contact_of_grid(auth.store(), plan_id, number, day, zone())
    except NotFound:
        return jsonify({"contact": [], "links": []})
    as_of = None if day == today() else asked.as_of
    page = _link("map.coverage_page", "coverage.grid", "see figures", plan_id=plan_id, number=number, as_of=as_of)
    due = of.figures.due + of.figures.overdue
    where = {"village": of.grids[0].village_id, "grid": f"{plan_id}-{number}"}
    listed = _link("coverage.due_list", "coverage.due", "see due households", **where) if due and as_of is None else []
    return jsonify({"contact": facts_of_grid(of, page_lang()), "links": [*page, *listed]})


@api.get("/map/households/<int:household_id>")
@api.output(HouseholdDetails)
def household_details(household_id: int) -> Response:
    """Return what the panel beside the map tells of a household."""
    found = map_details.household_details(auth.store(), household_id, drafts=auth.actor().may("plan"))
    page = _link("town.map.open_household", "town.household", household_id=household_id)
    contact = _standing(household_id, found["village"])
    return jsonify(found | {"contact": contact, "links": [*page, *household_actions(household_id)]})


@api.get("/search")
@api.input(SearchQuery, location="query", arg_name="asked")
@api.output(SearchAnswers)
def search_data(asked: SearchQuery) -> Response:
    """Return villages, grids, households and members that fit a text, within the scope and powers of the account."""
    found, lang = search.search_town(auth.store(), asked.q, auth.actor()), page_lang()
    answers = [
        {
            "kind": one.kind,
            "ids": one.ids,
            "text": one.text.say(lang),
            "detail": one.detail.say(lang),
            "href": _page_of(one),
            "on_map": _on_map(one),
        }
        for one in found.answers
    ]
    return jsonify(found=answers, more=found.more)


def _with_contact(drawn: dict[str, Any] | None, contact: Coverage | None) -> dict[str, Any] | None:
    """Return the map of a page with how far contact reaches, where that is told."""
    if drawn is None or contact is None:
        return drawn
    return drawn | {"contact": maps_of_contact.coloured(contact, page_lang())}


def _standing(household_id: int, village_id: int) -> str | None:
    """Return whether a household is in order, due or overdue, as it is said."""
    of = standing(auth.store(), household_id, village_id, today(), zone())
    return None if of is None else say(f"coverage.{of.replace(' ', '_')}", page_lang())


def _page_of(answer: search.SearchAnswer) -> str:
    """Return the page of an answer; a hamlet is on that of its village."""
    kind = "village" if answer.kind == "hamlet" else answer.kind
    return f"/{kind}s/{'/'.join(map(str, answer.ids))}"


def _on_map(answer: search.SearchAnswer) -> str | None:
    """Return the map with an answer chosen; a member is not on it."""
    if answer.kind == "member":
        return None
    kind = "village" if answer.kind == "hamlet" else answer.kind
    return f"/map?{kind}={'-'.join(map(str, answer.ids))}"
